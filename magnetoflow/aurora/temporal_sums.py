"""Sums over windows of frames, compiled: element by element in one fixed order, so never chunk by chunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.inputs import WINDOW
from magnetoflow.compiled import compiled

Floats = NDArray[np.float32]


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
def _sums(images, low, high, a, b, lags, rest, slope, mean, excess, noise, covariance):  # type: ignore[no-untyped-def]
    """Mean, mean excess, noise variance and autocovariances (lag 0 first) of some blocks, without trend."""
    n = high - low
    middle, one = np.float32(0.5 * (n - 1)), np.float32(1)
    share, spread = one / np.float32(n), one / np.float32(max(n * (n * n - 1) / 12, 1))
    for j in range(n):
        _add(mean[a:b], images[low + j, 0, a:b], share)
        _add(excess[a:b], images[low + j, 1, a:b], share)
        _add(slope[a:b], images[low + j, 0, a:b], spread * (np.float32(j) - middle))
    for j in range(n):
        _rest(rest[j, : b - a], images[low + j, 0, a:b], mean[a:b], slope[a:b], np.float32(j) - middle)
        if j > 0:
            _add_squared_step(noise[a:b], rest[j, : b - a], rest[j - 1, : b - a])
    for k in range(len(lags)):
        for j in range(n - lags[k]):
            _add_product(covariance[k, a:b], rest[j, : b - a], rest[j + lags[k], : b - a])


@compiled
def _soft(value):  # type: ignore[no-untyped-def]
    """Compress large values to their square root; small ones stay."""
    return value / np.sqrt(np.float32(1) + abs(value))


@compiled
def _scale(frame, n, mean, slope, excess, noise, covariance, levels, pixels, out):  # type: ignore[no-untyped-def]
    """Set the inputs of one frame against the brightness and the noise of its own sky."""
    seen = frame > 0
    if not seen.any():
        return
    sky, star = np.float32(_quantile(mean[seen], 0.5)), np.float32(_quantile(excess[seen], 0.5))
    # the quiet fifth of the sky, so that aurora in most of it does not count as noise
    variance = np.float32(max(_quantile(noise[seen], 0.2), levels[3] * levels[3]))
    sigma = np.float32(np.sqrt(variance))
    light = max(sky - levels[0], levels[1])
    level = np.float32(np.log(light / levels[1]))
    tone = np.float32(5) / light
    starlight = np.float32(1) / (max(star, np.float32(0)) + levels[2])
    for i in range(len(frame)):
        if seen[i]:
            one = out[pixels[i]]
            one[0] = 1
            one[1] = level
            one[2] = _soft((mean[i] - sky) * tone)
            one[3] = _soft((frame[i] - sky) * tone)
            one[4] = _soft((excess[i] - star) * starlight)
            one[5] = _soft((frame[i] - mean[i]) / (np.float32(3) * sigma))
            one[6] = _soft(np.sqrt(covariance[0, i]) / sigma)
            one[7] = _soft(slope[i] * n / sigma)
            # how far the autocorrelation comes back up: high for any period, low for drift and for disorder
            lowest, recovery = np.float32(1), np.float32(0)
            for k in range(1, len(covariance)):
                value = covariance[k, i] / (covariance[0, i] + variance)
                one[8 + k] = value
                lowest = min(lowest, value)
                recovery = max(recovery, value - lowest)
            one[8] = recovery


@compiled
def fill(images, frames, low, high, lags, levels, pixels, out, places):  # type: ignore[no-untyped-def]
    """Fill the inputs of each frame, see INPUTS; `pixels` says where in the image each block of sky lies."""
    size, tile = images.shape[2], 256
    rest = np.empty((WINDOW, tile), np.float32)
    for f in range(len(frames)):
        n = high[f] - low[f]
        mean, excess = np.zeros(size, np.float32), np.zeros(size, np.float32)
        noise, slope = np.zeros(size, np.float32), np.zeros(size, np.float32)
        covariance = np.zeros((len(lags), size), np.float32)
        for a in range(0, size, tile):
            b = min(a + tile, size)
            _sums(images, low[f], high[f], a, b, lags, rest, slope, mean, excess, noise, covariance)
        covariance /= np.float32(n)
        noise /= np.float32(2 * max(n - 1, 1))
        _scale(
            images[frames[f], 0], n, mean, slope, excess, noise, covariance, levels, pixels, out[places[f]]
        )
