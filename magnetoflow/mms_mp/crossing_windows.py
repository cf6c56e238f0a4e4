"""Intervals around the crossings of one passage, in which axes and frames are sought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from magnetoflow.mms_mp.passages import Crossing, Visit

WIDTHS, LEAST_S = 6.0, 3.0
"""Half-window around a crossing: so many half-widths, and at least so many seconds."""
BEYOND = 5.0
"""And so many half-widths beyond the layer: that of a tanh ends 0.87 half-widths from its middle."""
NEAR = 2.0
"""Stays that end or begin within so many half-widths of a crossing are those beside it."""


def around(
    crossings: Mapping[int, Crossing],
    visits: Mapping[int, Sequence[Visit]],
    window_s: float | None = None,
) -> dict[int, tuple[float, float]]:
    """Choose intervals that hold the whole layer and what is on both sides of it.

    Parameters
    ----------
    crossings : mapping of int to Crossing
        Of one passage, by probe.
    visits : mapping of int to sequence of Visit
        Of the same detection.
    window_s : float [s], optional
        Half of the interval; else six half-widths of the fit, at least 3 s, and five beyond the layer.

    Returns
    -------
    dict of int to (start, stop) [s]
        Symmetric about each crossing, so that shorter windows about the same middle hold it too.

    Notes
    -----
    A layer whose field stays for a while between those of both sides is wider than the turn that the fit
    follows: axes by variance of that turn alone are not those of the boundary. All spacecraft have the median
    of the reaches of their layers, so that none has a window of another kind.
    """
    reach = float(np.median([_reach(one, visits.get(probe, ())) for probe, one in crossings.items()]))
    windows = {}
    for probe, one in crossings.items():
        w = one.fit.w_s if one.fit.good else np.nan
        half = window_s or float(np.fmax(np.fmax(WIDTHS * w, reach + BEYOND * w), LEAST_S))
        windows[probe] = (one.time_s - half, one.time_s + half)
    return windows


def _reach(one: Crossing, visits: Sequence[Visit]) -> float:
    """Time from a crossing to the farther edge of its layer [s]; 0 where the stays beside it are unknown."""
    slack = NEAR * one.fit.w_s if one.fit.good else one.error_s
    ends = [it.stop_s for it in visits if it.region == one.before and it.stop_s <= one.time_s + slack]
    begins = [it.start_s for it in visits if it.region == one.after and it.start_s >= one.time_s - slack]
    return max([0.0, *(one.time_s - end for end in ends[-1:]), *(begin - one.time_s for begin in begins[:1])])
