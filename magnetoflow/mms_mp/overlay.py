"""Published normals and speeds beside ours, with their signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from magnetoflow.mms_mp.data import FRAME, Floats
from magnetoflow.mms_mp.normals import angle_deg, unknown_normal
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.tables import table

OVERLAY = (
    *("probe", "n_x", "n_y", "n_z", "V_ph_km_s", "n_dot_N", "angle_to_N_deg", "earthward"),
    *("V_along_N_km_s", "Vn_km_s", "Vn_error_km_s", "source"),
)


@dataclass(frozen=True)
class Published:
    """Normal and speed of one spacecraft as a paper states them.

    Attributes
    ----------
    n_hat : (3,) ndarray
        Unit vector, its sign as published.
    v_ph_km_s : float [km/s]
        Along `n_hat`; NaN where none is stated.
    """

    n_hat: Floats
    v_ph_km_s: float


@dataclass(frozen=True)
class Overlay:
    """Published values of one event.

    Attributes
    ----------
    per_probe : mapping of int to Published
    name : str
        Of the file.
    frame : str
        Of the normals.
    """

    per_probe: Mapping[int, Published]
    name: str
    frame: str = FRAME


def with_published(analysis: Analysis, overlay: Overlay) -> Analysis:
    """Put published normals beside ours, as pages and figures show them, with their signs.

    Parameters
    ----------
    analysis : Analysis
    overlay : Overlay

    Returns
    -------
    Analysis
    """
    published = [
        replace(
            unknown_normal("published", f"published, {overlay.name}", probe),
            n=one.n_hat,
            speed_km_s=one.v_ph_km_s,
            reliable=True,
            frame=overlay.frame,
        )
        for probe, one in sorted(overlay.per_probe.items())
    ]
    normals = (*analysis.orientation.normals, *published)
    return replace(analysis, orientation=replace(analysis.orientation, normals=normals))


def overlay_frame(overlay: Overlay, analysis: Analysis, source: str) -> pd.DataFrame:
    """Compare published normals with the chosen N.

    Parameters
    ----------
    overlay : Overlay
    analysis : Analysis
    source : str

    Returns
    -------
    DataFrame
        One row per spacecraft with `OVERLAY`. ``n_dot_N`` keeps its sign: below zero the published normal is
        earthward. ``V_along_N_km_s`` is the published speed with the sign that it has along our N.
    """
    n, main = analysis.orientation.lmn.matrix[2], analysis.main_pass
    rows = []
    for probe, one in sorted(overlay.per_probe.items()):
        cosine = float(one.n_hat @ n)
        rows.append(
            {
                "probe": probe,
                **dict(zip(("n_x", "n_y", "n_z"), one.n_hat, strict=True)),
                "V_ph_km_s": one.v_ph_km_s,
                "n_dot_N": cosine,
                "angle_to_N_deg": angle_deg(one.n_hat, n),
                "earthward": cosine < 0,
                "V_along_N_km_s": one.v_ph_km_s * np.sign(cosine),
                "Vn_km_s": main.speed_km_s if main else np.nan,
                "Vn_error_km_s": main.speed_error_km_s if main else np.nan,
            }
        )
    return table(OVERLAY, source, rows)
