"""Magnetopause crossings: orientation, motion, timing, thickness, each with its error."""
