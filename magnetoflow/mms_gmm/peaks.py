"""The highest significant peak of a spectrum, compiled.

Step for step the definitions of ``scipy.signal.find_peaks`` and ``peak_widths``: a plateau counts once, at
its middle; the prominence is the height above the higher of the two bases; a flank crosses half of the
prominence between two channels, by linear interpolation.
"""

from __future__ import annotations

from magnetoflow.compiled import compiled

NO_PEAK = (-1, 0.0, 0.0)


@compiled
def highest_peak(levels, height, prominence, width):  # type: ignore[no-untyped-def]
    """Highest peak that is tall, prominent and wide enough.

    Parameters
    ----------
    levels : (channel,) ndarray
        A spectrum in any monotonic measure of flux, here its logarithm; no NaN.
    height, prominence, width : float
        Least height, least prominence (in units of `levels`) and least full width at half prominence (in
        channels).

    Returns
    -------
    tuple of (int, float, float)
        Channel of the peak, and the interpolated channels where its left and right flank fall to half of the
        prominence. The channel is -1 where there is no such peak; of equal peaks the lowest channel is taken.
    """
    last = levels.size - 1
    top = 0
    for i in range(1, levels.size):
        if levels[i] > levels[top]:
            top = i
    # the highest channel of all, if it is a peak and good enough, spares the search
    peak, left, right = _peak_from(levels, top, height, prominence, width) if 0 < top < last else NO_PEAK
    if peak >= 0:
        return peak, left, right
    best, best_left, best_right = NO_PEAK
    for i in range(1, last):
        if levels[i - 1] < levels[i] and (best < 0 or levels[i] > levels[best]):
            peak, left, right = _peak_from(levels, i, height, prominence, width)
            if peak >= 0:
                best, best_left, best_right = peak, left, right
    return best, best_left, best_right


@compiled
def _peak_from(levels, start, height, prominence, width):  # type: ignore[no-untyped-def]
    """Peak that rises at channel `start`, with its flanks, or `NO_PEAK` where it is none or not enough."""
    stop = start
    while stop + 1 < levels.size and levels[stop + 1] == levels[start]:
        stop += 1
    if stop + 1 == levels.size or levels[stop + 1] > levels[start] or levels[start] < height:
        return NO_PEAK
    peak = (start + stop) // 2
    left_base, right_base = _base(levels, peak, -1), _base(levels, peak, 1)
    rise = levels[peak] - max(levels[left_base], levels[right_base])
    half = levels[peak] - 0.5 * rise
    left = _crossing(levels, peak, left_base, half, -1)
    right = _crossing(levels, peak, right_base, half, 1)
    if rise < prominence or right - left < width:
        return NO_PEAK
    return peak, left, right


@compiled
def _base(levels, peak, step):  # type: ignore[no-untyped-def]
    """Channel of the lowest level between the peak and the first level above it."""
    base = here = peak
    while 0 <= here < levels.size and levels[here] <= levels[peak]:
        if levels[here] < levels[base]:
            base = here
        here += step
    return base


@compiled
def _crossing(levels, peak, base, height, step):  # type: ignore[no-untyped-def]
    """Interpolated channel where a flank crosses `height`, not beyond its base."""
    here = peak
    while here != base and height < levels[here]:
        here += step
    if levels[here] < height:
        return here - step * (height - levels[here]) / (levels[here - step] - levels[here])
    return float(here)
