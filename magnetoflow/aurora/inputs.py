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

SIDE_LAGS = (1, 3)
"""In frames: changes over these, told for the frames up to the window's own and from it on separately."""

LAG_INPUTS = tuple(f"lag_{lag}" for lag in LAGS)
SKY_INPUTS = ("sky", "level", "mean", "frame", "stars")
TIME_INPUTS = ("high_pass", "deviation", "trend", "recovery")
SIDE_INPUTS = ("frame_stars", "before", "after", "before_1", "before_3", "after_1", "after_3")
"""What tells which side of a change of scene a frame is on."""
INPUTS = (*SKY_INPUTS, *TIME_INPUTS, *LAG_INPUTS, *SIDE_INPUTS)
"""Input channels of the network, in their order."""

INPUTS_VERSION = 2
"""Another number where the meaning of an input changes and its name does not."""

CHAINS = {"fast": ("chain", "size"), "compatible": ("chain", "clip", "tiles", "size", "variant")}
"""Options of the preprocessing that change what a network sees, by chain."""

SIZES = {"fast": 64, "compatible": 224}
EQUALISATION = {"themis": {"clip": 3.0, "tiles": 8}, "pfrr": {"clip": 300.0, "tiles": 4}}
"""What an option that is None stands for, as in :class:`magnetoflow.aurora.preprocessing.Preprocess`."""


def relevant(preprocessing: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a preprocessing that a network depends on, with their defaults."""
    chain, variant = str(preprocessing.get("chain")), str(preprocessing.get("variant", "themis"))
    default = {"variant": "themis", "size": SIZES.get(chain), **EQUALISATION.get(variant, {})}
    given = {name: value for name, value in preprocessing.items() if value is not None}
    names = CHAINS.get(chain, ("chain",))
    return {name: given.get(name, default.get(name)) for name in names}


def described() -> dict[str, Any]:
    """Describe the inputs, as model files hold it."""
    return {"channels": list(INPUTS), "window_frames": WINDOW, "version": INPUTS_VERSION}
