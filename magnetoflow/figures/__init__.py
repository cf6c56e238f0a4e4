"""Figures: data in, matplotlib Figure out. No file is read; only ``save`` writes."""
