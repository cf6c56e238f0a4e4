"""Post-cleaning of minute labels: what neighbours and plain limits say against a label.

Rules of use in Toy-Edens et al. 2024, doi:10.1029/2024JA032431; their limits are not published in full, so
each is configurable, and a limit of None leaves its rule out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_gmm.regions import REGIONS, UNKNOWN

Floats = NDArray[np.float64]
Labels = NDArray[np.object_]
UPSTREAM = ("solar_wind", "ion_foreshock")


@dataclass(frozen=True)
class Limits:
    """Limits on single minutes.

    Attributes
    ----------
    min_filled_fraction : float
        Least share of channels with counts.
    b_magnetosphere_nt : float or None [nT]
        A stronger field is magnetosphere.
    b_solar_wind_nt : float or None [nT]
        Magnetosheath in a weaker field is solar wind.
    width_sheath : float or None
        Solar wind with a larger `ratio_max_width` is magnetosheath.
    b_weak_sheath_nt : float or None [nT]
        Magnetosheath with a smaller `ratio_max_width` than `width_sheath` in a weaker field is solar wind.
    """

    min_filled_fraction: float = 0.2
    b_magnetosphere_nt: float | None = None
    b_solar_wind_nt: float | None = None
    width_sheath: float | None = None
    b_weak_sheath_nt: float | None = None


def apply_limits(
    label: Labels, b_nt: Floats, ratio_max_width: Floats, filled: Floats, limits: Limits
) -> Labels:
    """Correct labels that contradict the limits.

    Parameters
    ----------
    label : (minute,) ndarray of str
    b_nt, ratio_max_width, filled : (minute,) ndarray [nT], [1], [1]
        Field strength, width of the peak and share of channels with counts; a missing value corrects nothing.
    limits : Limits

    Returns
    -------
    (minute,) ndarray of str
    """
    label = label.copy()
    known = label != UNKNOWN
    width = limits.width_sheath if limits.width_sheath is not None else np.nan
    with np.errstate(invalid="ignore"):
        if limits.b_magnetosphere_nt is not None:
            label[known & (b_nt >= limits.b_magnetosphere_nt)] = "magnetosphere"
        if limits.b_solar_wind_nt is not None:
            label[(label == "magnetosheath") & (b_nt <= limits.b_solar_wind_nt)] = "solar_wind"
        label[(label == "solar_wind") & (ratio_max_width > width)] = "magnetosheath"
        if limits.b_weak_sheath_nt is not None:
            narrow = (ratio_max_width <= width) & (b_nt <= limits.b_weak_sheath_nt)
            label[(label == "magnetosheath") & narrow] = "solar_wind"
        label[filled < limits.min_filled_fraction] = UNKNOWN
    return label


def remove_flips(label: Labels, minutes: int = 1) -> Labels:
    """Give short visits that start and end in the same region the label of that region.

    Parameters
    ----------
    label : (minute,) ndarray of str
        Consecutive minutes.
    minutes : int [min]
        Longest visit that is removed; 0 removes none.

    Returns
    -------
    (minute,) ndarray of str
        Where visits follow one another the first is removed, then the sequence is read on from there. Unknown
        minutes neither are visits nor end them.
    """
    label = label.copy()
    known = np.flatnonzero(label != UNKNOWN)
    for size in range(1, minutes + 1):
        for i in range(1, len(known) - size):
            inside = known[i : i + size]
            before, after = known[i - 1], known[i + size]
            near = after - before == size + 1
            if near and label[before] == label[after] and (label[inside] != label[before]).all():
                label[inside] = label[before]
    return label


def resolve_mixtures(label: Labels, probability: Floats, minutes: int = 1) -> Labels:
    """Relabel short visits on the way from one region to another that do not lie between them.

    The mean of a minute that holds a foreshock boundary is hotter than the solar wind and looks like sheath.

    Parameters
    ----------
    label : (minute,) ndarray of str
        Consecutive minutes.
    probability : (minute, len(REGIONS)) ndarray
    minutes : int [min]
        Longest visit that is relabelled; 0 relabels none.

    Returns
    -------
    (minute,) ndarray of str
        Each such minute takes the more probable of the regions around the visit. A visit to a region between
        these two, in the order of `REGIONS` from the Sun inwards, stays.
    """
    label = label.copy()
    place = {name: row for row, name in enumerate(REGIONS)}
    at = np.array([place.get(str(name), -1) for name in label])
    begins = np.flatnonzero(np.diff(at, prepend=-2, append=-2))
    for i in range(1, len(begins) - 2):
        first, stop = begins[i], begins[i + 1]
        before, here, after = at[first - 1], at[first], at[stop]
        known = min(before, here, after) >= 0
        if not known or stop - first > minutes or min(before, after) <= here <= max(before, after):
            continue
        for row in range(first, stop):
            nearer = max(before, after, key=lambda region: probability[row, region])
            label[row] = REGIONS[nearer]
    return label


def resolve_jumps(label: Labels, minutes: int = 7) -> Labels:
    """Relabel minutes around a jump between solar wind and magnetosphere by the majority around them.

    Parameters
    ----------
    label : (minute,) ndarray of str
        Consecutive minutes.
    minutes : int [min]
        Half width of the window; 0 leaves jumps as they are.

    Returns
    -------
    (minute,) ndarray of str
        The minute on each side of the jump takes the majority of its window. A jump that both majorities
        confirm stays.
    """
    if minutes == 0:
        return label.copy()
    upstream, inside = np.isin(label, UPSTREAM), label == "magnetosphere"
    jumps = np.flatnonzero((upstream[:-1] & inside[1:]) | (inside[:-1] & upstream[1:]))
    cleaned = label.copy()
    for row in np.unique(np.concatenate([jumps, jumps + 1])):
        window = label[max(row - minutes, 0) : row + minutes + 1]
        names, counts = np.unique(window[window != UNKNOWN].astype(str), return_counts=True)
        if counts.max() > counts.sum() / 2:
            cleaned[row] = names[counts.argmax()]
    return cleaned
