"""Sums over windows of frames, compiled: element by element in one fixed order, so never chunk by chunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.inputs import WINDOW
from magnetoflow.compiled import compiled

Floats = NDArray[np.float32]

LEAST_PAIRS = 2
"""Pairs of frames on one side of the window's own from which its steps count."""


@compiled
def _quantile(values, share):  # type: ignore[no-untyped-def]
    """Value below which a share of the values lies; of many values a quarter is asked."""
    some = values[::4] if len(values) >= 400 else values
    place = int(share * (len(some) - 1))
    return np.partition(some, place)[place]


@compiled
def _add(total: Floats, values: Floats, weight: float) -> None:
    """Add weighted values; one dimension and one type, so that it becomes vector instructions."""
    for i in range(len(total)):
        total[i] += weight * values[i]


@compiled
def _add_product(total: Floats, one: Floats, other: Floats) -> None:
    for i in range(len(total)):
        total[i] += one[i] * other[i]


@compiled
def _add_squared_step(total: Floats, one: Floats, other: Floats) -> None:
    for i in range(len(total)):
        step = one[i] - other[i]
        total[i] += step * step


@compiled
def _rest(rest: Floats, values: Floats, mean: Floats, slope: Floats, tau: float) -> None:
    for i in range(len(rest)):
        rest[i] = values[i] - mean[i] - tau * slope[i]


@compiled
def _sums(images, frame, low, high, a, b, lags, side_lags, rest, slope, sides, excess, steps, covariance):  # type: ignore[no-untyped-def]
    """Sum over the window, for some blocks.

    Means up to the frame and from it on, squared steps over `side_lags` up to it, from it on and across it,
    mean excess, and autocovariances without trend, lag 0 first.
    """
    n = high - low
    middle, one = np.float32(0.5 * (n - 1)), np.float32(1)
    share, spread = one / np.float32(n), one / np.float32(max(n * (n * n - 1) / 12, 1))
    before, after = one / np.float32(frame + 1 - low), one / np.float32(high - frame)
    for j in range(low, high):
        _add(excess[a:b], images[j, 1, a:b], share)
        _add(slope[a:b], images[j, 0, a:b], spread * (np.float32(j - low) - middle))
        if j <= frame:
            _add(sides[0, a:b], images[j, 0, a:b], before)
        if j >= frame:
            _add(sides[1, a:b], images[j, 0, a:b], after)
    mean = (sides[0, a:b] / before + sides[1, a:b] / after - images[frame, 0, a:b]) * share
    for j in range(n):
        _rest(rest[j, : b - a], images[low + j, 0, a:b], mean, slope[a:b], np.float32(j) - middle)
    for k in range(len(side_lags)):
        lag = side_lags[k]
        for j in range(low, high - lag):
            side = 0 if j + lag <= frame else (1 if j >= frame else 2)
            _add_squared_step(steps[k, side, a:b], images[j + lag, 0, a:b], images[j, 0, a:b])
    for k in range(len(lags)):
        for j in range(n - lags[k]):
            _add_product(covariance[k, a:b], rest[j, : b - a], rest[j + lags[k], : b - a])


@compiled
def _soft(value):  # type: ignore[no-untyped-def]
    """Compress large values to their square root; small ones stay."""
    return value / np.sqrt(np.float32(1) + abs(value))


@compiled
def _share_steps(steps, side_lags, before, after):  # type: ignore[no-untyped-def]
    """Make half the means of them, of the window in place of those across; a short side takes the other's."""
    half = np.float32(0.5)
    for k in range(len(side_lags)):
        lag = side_lags[k]
        one, other = before - lag, after - lag
        steps[k, 2] = (steps[k, 0] + steps[k, 1] + steps[k, 2]) * (
            half / np.float32(max(before + after - 1 - lag, 1))
        )
        steps[k, 0] *= half / np.float32(max(one, 1))
        steps[k, 1] *= half / np.float32(max(other, 1))
        if one < LEAST_PAIRS:
            steps[k, 0] = steps[k, 1] if other >= LEAST_PAIRS else steps[k, 2]
        if other < LEAST_PAIRS:
            steps[k, 1] = steps[k, 0]


@compiled
def _scale(image, n, mean, slope, sides, excess, steps, covariance, levels, pixels, out):  # type: ignore[no-untyped-def]
    """Set the inputs of one frame against the brightness and the noise of its own sky."""
    frame = image[0]
    seen = frame > 0
    if not seen.any():
        return
    sky, star = np.float32(_quantile(mean[seen], 0.5)), np.float32(_quantile(excess[seen], 0.5))
    # the quiet fifth of the sky, so that aurora in most of it does not count as noise
    # on the quieter side of the frame, so that a change of the whole sky does not either
    quiet = min(_quantile(steps[0, 0][seen], 0.2), _quantile(steps[0, 1][seen], 0.2))
    variance = np.float32(max(quiet, levels[3] * levels[3]))
    sigma = np.float32(np.sqrt(variance))
    light = max(sky - levels[0], levels[1])
    level = np.float32(np.log(light / levels[1]))
    tone = np.float32(5) / light
    starlight = np.float32(1) / (max(star, np.float32(0)) + levels[2])
    third, per_sigma = np.float32(1) / (np.float32(3) * sigma), np.float32(1) / sigma
    lags = len(covariance) - 1
    for i in range(len(frame)):
        if seen[i]:
            one = out[pixels[i]]
            one[0] = 1
            one[1] = level
            one[2] = _soft((mean[i] - sky) * tone)
            one[3] = _soft((frame[i] - sky) * tone)
            one[4] = _soft((excess[i] - star) * starlight)
            one[5] = _soft((frame[i] - mean[i]) * third)
            one[6] = _soft(np.sqrt(covariance[0, i]) * per_sigma)
            one[7] = _soft(slope[i] * np.float32(n) * per_sigma)
            # how far the autocorrelation comes back up: high for any period, low for drift and for disorder
            lowest, recovery = np.float32(1), np.float32(0)
            for k in range(1, lags + 1):
                value = covariance[k, i] / (covariance[0, i] + variance)
                one[8 + k] = value
                lowest = min(lowest, value)
                recovery = max(recovery, value - lowest)
            one[8] = recovery
            one[9 + lags] = _soft((image[1, i] - star) * starlight)
            one[10 + lags] = _soft((frame[i] - sides[0, i]) * third)
            one[11 + lags] = _soft((frame[i] - sides[1, i]) * third)
            for side in range(2):
                one[12 + lags + 2 * side] = _soft(np.sqrt(steps[0, side, i]) * per_sigma)
                one[13 + lags + 2 * side] = _soft(np.sqrt(steps[1, side, i]) * per_sigma)


@compiled
def fill(images, frames, low, high, lags, side_lags, levels, pixels, out, places):  # type: ignore[no-untyped-def]
    """Fill the inputs of each frame, see INPUTS; `pixels` says where in the image each block of sky lies."""
    size, tile = images.shape[2], 256
    rest = np.empty((WINDOW, tile), np.float32)
    for f in range(len(frames)):
        frame, n = frames[f], high[f] - low[f]
        before, after = frame + 1 - low[f], high[f] - frame
        sides, excess = np.zeros((2, size), np.float32), np.zeros(size, np.float32)
        slope, steps = np.zeros(size, np.float32), np.zeros((len(side_lags), 3, size), np.float32)
        covariance = np.zeros((len(lags), size), np.float32)
        for a in range(0, size, tile):
            b = min(a + tile, size)
            _sums(
                images, frame, low[f], high[f], a, b, lags, side_lags, rest, slope, sides, excess, steps,
                covariance,
            )  # fmt: skip
        covariance /= np.float32(n)
        _share_steps(steps, side_lags, before, after)
        mean = (sides[0] * np.float32(before) + sides[1] * np.float32(after) - images[frame, 0]) / np.float32(
            n
        )
        if before == 1 or after == 1:
            sides[:] = mean
        _scale(
            images[frame], n, mean, slope, sides, excess, steps, covariance, levels, pixels, out[places[f]]
        )
