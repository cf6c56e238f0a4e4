"""Quality flags of samples on electron times. No numpy."""

from __future__ import annotations

FLAGS = {
    "GAP_BEFORE": 1,
    "ELECTRONS_MISSING": 2,
    "IONS_MISSING": 4,
    "B_MISSING": 8,
    "E_MISSING": 16,
    "FAST_E_MISSING": 32,
    "ION_BACKGROUND": 64,
    "DAMAGED_FILE": 128,
    "UNUSUAL": 256,
    "UNSURE": 512,
}
"""First sample after a gap; electrons, ions, magnetic field, burst and survey electric field missing or
masked; ion background more than half of the density, or all of it; in the time of a refused file; beyond the
model's out-of-distribution limit; largest probability below the limit."""

MISSING_INPUT = FLAGS["ELECTRONS_MISSING"] | FLAGS["IONS_MISSING"] | FLAGS["B_MISSING"] | FLAGS["E_MISSING"]
"""A sample with any of these has no features and no label."""
