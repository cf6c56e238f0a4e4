"""The process environment in which results do not depend on where they are made."""

from __future__ import annotations

import os
import time

SETTINGS = {
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "NUMEXPR_NUM_THREADS",
            "NUMBA_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
        ),
        "1",
    ),
    "MPLBACKEND": "Agg",
    "TZ": "UTC",
}
"""One thread per job, so that sums have one order; no display; no local time."""


def settle() -> None:
    """Set the environment of this process and of its children; call it before numpy is imported."""
    os.environ.update(SETTINGS)
    time.tzset()
