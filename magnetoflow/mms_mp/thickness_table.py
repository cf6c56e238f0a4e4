"""Half-widths of the current layer by further methods, beside that of the tanh fit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.passages import Pass, Thickness
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.tables import Row, table
from magnetoflow.mms_mp.thickness import current_sheet_half_width, multi_scale_half_widths

SCALES = (0.125, 0.25, 0.5)
"""Lengths of the slopes, in half-widths of the fit: a slope over one w makes the layer 5 % too wide."""
QUIET = 3.0
"""The scatter of the current is taken from times farther than this from the crossing, in half-widths."""
METHODS = ("pass", "probe", "method", "scale_s", "half_width_km", "error_km", "source")


def thickness_methods_frame(event: EventData, analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per passage, spacecraft and method.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    source : str

    Returns
    -------
    DataFrame
        ``tanh`` as in ``thickness.csv``; ``gradient`` by the steepest slope over ``scale_s``, only where it
        stands out of the noise; ``current_sheet`` by the peak of the current between four spacecraft, of the
        main passage. Stays in the layer, by its two edges, are in ``layer_thickness.csv``.
    """
    rows = [
        row
        for one in analysis.passes
        for layer in one.thickness.values()
        for row in _of_spacecraft(event, analysis, one, layer)
    ]
    main = analysis.main_pass
    return table(METHODS, source, [*rows, *(_current_sheet(event, analysis, main) if main else ())])


def _of_spacecraft(event: EventData, analysis: Analysis, one: Pass, layer: Thickness) -> Iterator[Row]:
    whose = {"pass": one.number, "probe": layer.probe}
    yield {
        **whose,
        "method": "tanh",
        "half_width_km": layer.half_width_km,
        "error_km": layer.half_width_error_km,
    }
    fit, field = one.crossings[layer.probe].fit, event.spacecraft[layer.probe].b
    t = event.seconds(field.time)
    inside = (t >= fit.start_s) & (t <= fit.stop_s)
    found = multi_scale_half_widths(
        t[inside],
        field.values[inside] @ analysis.orientation.lmn.matrix[0],
        [share * fit.w_s for share in SCALES],
        layer.relative_speed_km_s,
        layer.relative_speed_error_km_s,
    )
    for scale, (half, error) in found.items():
        yield {**whose, "method": "gradient", "scale_s": scale, "half_width_km": half, "error_km": error}


def _current_sheet(event: EventData, analysis: Analysis, main: Pass) -> Iterator[Row]:
    fits = [crossing.fit for crossing in main.crossings.values() if crossing.fit.good]
    if analysis.gradients is None or not fits:
        return
    middle, w = np.mean([fit.t_c_s for fit in fits]), np.mean([fit.w_s for fit in fits])
    along_m = analysis.gradients.j_na_m2 @ analysis.orientation.lmn.matrix[1]
    far = np.abs(event.seconds(analysis.gradients.time) - middle) / w
    quiet, near = along_m[(far > QUIET) & np.isfinite(along_m)], along_m[(far < 1) & np.isfinite(along_m)]
    if not (len(quiet) > 1 and len(near)):
        return
    jump, jump_error = (
        np.mean([fit.c for fit in fits]),
        np.mean([np.sqrt(fit.covariance[1, 1]) for fit in fits]),
    )
    peak = near[np.argmax(np.abs(near))]
    half, error = current_sheet_half_width(float(jump), float(jump_error), float(peak), float(quiet.std()))
    if np.isfinite(half):
        yield {"pass": main.number, "method": "current_sheet", "half_width_km": half, "error_km": error}
