"""Pitch-angle distributions of relativistic electrons: clean, fold, reduce, cluster, name."""
