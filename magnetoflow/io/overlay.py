"""Read published normals and speeds from a JSON file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from magnetoflow.io.overlay_json import read_published
from magnetoflow.mms_mp.normals import unit
from magnetoflow.mms_mp.overlay import Overlay, Published


def read_overlay(path: str | Path) -> Overlay:
    """Read published values.

    Parameters
    ----------
    path : path
        JSON ``{"per_probe": {"1": {"n_hat": [x, y, z], "V_ph_km_s": v}, ...}}``: normals in GSM with the sign
        that was published, speeds along them; a speed may be missing or null.

    Returns
    -------
    Overlay

    Raises
    ------
    ConfigError
        The file cannot be read or has another form; names the key.
    """
    per_probe = {
        probe: Published(unit(n_hat), np.nan if speed is None else speed)
        for probe, (n_hat, speed) in read_published(path).items()
    }
    return Overlay(per_probe, Path(path).name)
