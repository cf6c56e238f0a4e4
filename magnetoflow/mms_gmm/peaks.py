"""The highest significant peak of a spectrum, compiled.

Step for step the definitions of ``scipy.signal.find_peaks`` and ``peak_widths``: a plateau counts once, at
its middle; the prominence is the height above the higher of the two bases; a flank crosses half of the
prominence between two channels, by linear interpolation.
"""

from __future__ import annotations

from magnetoflow.compiled import compiled


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
    best, best_left, best_right = -1, 0.0, 0.0
    last = levels.size - 1
    i = 1
    while i < last:
        stop = i
        if levels[i - 1] < levels[i]:
            while stop + 1 < last and levels[stop + 1] == levels[i]:
                stop += 1
            taller = levels[i] >= height and (best < 0 or levels[i] > levels[best])
            if taller and levels[stop + 1] < levels[i]:
                peak = (i + stop) // 2
                left_base = _base(levels, peak, -1)
                right_base = _base(levels, peak, 1)
                rise = levels[peak] - max(levels[left_base], levels[right_base])
                half = levels[peak] - 0.5 * rise
                left = _crossing(levels, peak, left_base, half, -1)
                right = _crossing(levels, peak, right_base, half, 1)
                if rise >= prominence and right - left >= width:
                    best, best_left, best_right = peak, left, right
        i = stop + 1
    return best, best_left, best_right


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
