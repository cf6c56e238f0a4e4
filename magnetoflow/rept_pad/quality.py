"""Flags of the records of pitch-angle distributions, and what a record is to the clustering."""

from __future__ import annotations

DATA, BACKGROUND, NO_DATA = 0, 1, 2
"""State of a record: clustered; measured, but no energy above the background; nothing measured."""

FLAGS = {
    "missing_angles": 1,
    "few_counts": 2,
    "no_data": 4,
    "no_l_star": 8,
    "no_mapping": 16,
    "time_out_of_order": 32,
    "proton_contamination": 64,
    "all_zero": 128,
    "out_of_range": 256,
    "asymmetric": 512,
    "far_from_classes": 1024,
}
"""Bits of ``quality``: some angle missing; no energy above the background; nothing measured; L* missing; not
mapped to the equator, for its B is missing; epoch repeated or going back; below the L where protons
contaminate; every bin 0; values outside the valid range masked; left and right of 90 degrees differ by more
than chance; no class within the outlier limit."""
