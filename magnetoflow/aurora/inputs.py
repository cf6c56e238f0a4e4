"""What goes into the network: names, window and lags. No numpy: models are checked against this first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HALF = 10
WINDOW = 2 * HALF + 1
"""Frames of a window: 30 s to either side; shifted, not cut, near the ends of a run of frames."""

ENOUGH = 11
"""Frames that a window needs; with fewer the frame gets the flag SHORT_CONTEXT."""

LAGS = (1, 2, 3, 4, 5, 7, 10)
"""In frames: periods from 6 s to 30 s differ in their autocovariance at these."""

INPUTS = ("sky", "mean", "frame", "stars", "high_pass", "deviation", *(f"lag_{lag}" for lag in LAGS))
"""Input channels of the network, in their order."""

INPUTS_VERSION = 1
"""Another number where the meaning of an input changes and its name does not."""

CHAINS = {"fast": ("chain", "size"), "compatible": ("chain", "clip", "tiles", "size", "variant")}
"""Options of the preprocessing that change what a network sees, by chain."""


def relevant(preprocessing: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a preprocessing that a network depends on; those not named are left out."""
    names = CHAINS.get(str(preprocessing.get("chain")), ("chain",))
    return {name: preprocessing[name] for name in names if name in preprocessing}


def described() -> dict[str, Any]:
    """Describe the inputs, as model files hold it."""
    return {"channels": list(INPUTS), "window_frames": WINDOW, "version": INPUTS_VERSION}
