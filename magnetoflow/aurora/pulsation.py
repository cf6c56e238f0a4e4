"""Pulsating patches: where light comes and goes periodically, how fast, how strong, and when it was on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from magnetoflow.aurora.drift import amplitude_map, half_area, refine_drift, search_drift
from magnetoflow.aurora.frames import CADENCE_S, SHAPE, Planes
from magnetoflow.aurora.patches import Seed, find_seeds, moved_box, moved_series
from magnetoflow.aurora.periods import (
    EXPOSURE_S,
    SLOWEST_S,
    Basis,
    Fit,
    alias_text,
    detrend,
    explained_share,
    fit_period,
    log_chance,
    make_basis,
    red_share,
)
from magnetoflow.aurora.pulsation_results import Patch, Window
from magnetoflow.aurora.pulses import fitted_curve, pulses, weakest_part

__all__ = ["Patch", "PulsationOptions", "Window", "find_pulsations"]

Floats = NDArray[np.float64]
HALF_BOX = 8
THIRDS = 3
TRIALS = 24 * 10
"""Independent frequencies times independent velocities that the search of one seed looks at, about."""


@dataclass(frozen=True)
class PulsationOptions:
    """What counts as a pulsating patch.

    Attributes
    ----------
    window_s : float [s]
        Length of a window; windows begin at whole multiples of it since midnight UTC.
    least_coverage : float
        Share of a window's frames below which it is not judged.
    false_alarms : float
        Expected patches per window from noise (white, or red of first order).
    least_area_px : float [px]
        Patches of a smaller area at half amplitude are lamps, stars or aircraft; pixels of the full image.
    largest_sky_share : float
        What varies in common over more than this share of the sky is no patch.
    least_third : float
        Least amplitude in each third of the window, relative to the whole.
    least_share : float
        Of the variance of a patch's light that the period explains: rays and substorms flicker with many.
    least_contrast : float
        Amplitude relative to the range of the mean brightness in and around the patch: a bright edge that
        sways, or that drifts from block to block, pulses a little everywhere.
    fastest_px_frame : float [px/frame]
        Largest drift that is tried.
    most_seeds : int
        Regions tried per window.
    """

    window_s: float = 180.0
    least_coverage: float = 0.7
    false_alarms: float = 1e-3
    least_area_px: float = 80.0
    largest_sky_share: float = 0.5
    least_third: float = 0.3
    least_share: float = 0.7
    least_contrast: float = 0.35
    fastest_px_frame: float = 1.2
    most_seeds: int = 40


def find_pulsations(
    chunks: Iterable[Planes],
    sky: NDArray[np.bool_] | None = None,
    options: PulsationOptions | None = None,
    *,
    left_out: int = 0,
) -> Iterator[Window]:
    """Find pulsating patches window by window.

    Parameters
    ----------
    chunks : iterable of Planes
        In time order; how the stream is cut changes nothing. Channel 0 is linear counts, square.
    sky : (row, column) ndarray of bool, optional
        Blocks to look at; by default those that are not 0 throughout the window.
    options : PulsationOptions, optional
    left_out : int
        Frames with any of these :class:`magnetoflow.aurora.classes.Flag` bits are not used.

    Yields
    ------
    Window
        For each window with a frame.
    """
    options = options or PulsationOptions()
    for start, time, counts in _windows(chunks, options.window_s, left_out):
        stop = start + np.timedelta64(round(options.window_s * 1e9), "ns")
        enough = len(time) >= options.least_coverage * options.window_s / CADENCE_S
        seen = (counts != 0).any(axis=0) if sky is None else sky
        scale = SHAPE[0] / counts.shape[1]
        found = _patches(time, start, counts, seen, options) if enough else ()
        yield Window(start, stop, len(time), enough, float(seen.sum()) * scale**2, found)


def _windows(
    chunks: Iterable[Planes], window_s: float, left_out: int
) -> Iterator[tuple[np.datetime64, NDArray[np.datetime64], NDArray[np.float32]]]:
    """Collect the frames of each window."""
    length = round(window_s * 1e9)
    slot: int | None = None
    times: list[NDArray[np.datetime64]] = []
    images: list[NDArray[np.float32]] = []

    def packed() -> tuple[np.datetime64, NDArray[np.datetime64], NDArray[np.float32]]:
        assert slot is not None
        return np.datetime64(slot * length, "ns"), np.concatenate(times), np.concatenate(images)

    for chunk in chunks:
        good = (chunk.flags & left_out) == 0
        time, counts = chunk.time[good], chunk.images[good, 0]
        slots = time.astype("datetime64[ns]").astype(np.int64) // length
        edges = np.flatnonzero(np.diff(slots)) + 1
        bounds = zip([0, *edges], [*edges, len(time)], strict=True)
        for first, last in bounds:
            if last == first:
                continue
            if slot is not None and slots[first] != slot:
                yield packed()
                times, images = [], []
            slot = int(slots[first])
            times.append(time[first:last])
            images.append(counts[first:last])
    if times:
        yield packed()


def _patches(
    time: NDArray[np.datetime64],
    start: np.datetime64,
    counts: NDArray[np.float32],
    sky: NDArray[np.bool_],
    options: PulsationOptions,
) -> tuple[Patch, ...]:
    """Try every region that varies in the middle of the window."""
    seconds = (time - start) / np.timedelta64(1, "s") - options.window_s / 2
    middle = np.abs(seconds) <= options.window_s / 6
    seeds = find_seeds(counts[middle], sky, options.most_seeds)
    counts = np.where(sky, counts, np.float32(np.nan))
    basis = make_basis(seconds)
    limit = np.log(options.false_alarms / (TRIALS * max(len(seeds), 1)))
    found: list[tuple[Patch, NDArray[np.bool_]]] = []
    taken = np.zeros(sky.shape, dtype=np.bool_)
    for seed in seeds:
        if len(seed.rows) > options.largest_sky_share * sky.sum():
            continue
        if taken[seed.rows, seed.columns] @ seed.weights > 0.5:
            continue
        judged = _judge(seed, time, seconds, counts, sky, basis, limit, options)
        if judged is not None and not any(_same(judged[1], other) for _, other in found):
            found.append(judged)
            taken |= judged[1]
    return tuple(patch for patch, _ in sorted(found, key=lambda pair: pair[0].log10_chance))


def _same(area: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    """Tell whether two areas share half of the smaller one."""
    return bool((area & other).sum() >= 0.5 * min(area.sum(), other.sum()))


def _judge(
    seed: Seed,
    time: NDArray[np.datetime64],
    seconds: Floats,
    counts: NDArray[np.float32],
    sky: NDArray[np.bool_],
    basis: Basis,
    limit: float,
    options: PulsationOptions,
) -> tuple[Patch, NDArray[np.bool_]] | None:
    """Follow a region through the window and test its light; None where it is no pulsating patch."""
    scale = SHAPE[0] / counts.shape[1]
    steps = seconds / CADENCE_S
    velocity = search_drift(seed, steps, counts, basis, options.fastest_px_frame / scale)
    places = seed.rows.astype(np.float64), seed.columns.astype(np.float64)
    light = moved_series(counts, steps, *places, seed.weights, velocity[None])[0]
    known = np.isfinite(light)
    if known.mean() < options.least_coverage:
        return None
    if not known.all():
        counts, light, seconds, steps, time = (
            values[known] for values in (counts, light, seconds, steps, time)
        )
        basis = make_basis(seconds)
    residual = detrend(light, basis)
    share = explained_share(residual[:, None], basis)
    chance = log_chance(share, red_share(residual[:, None], basis), len(light))[:, 0]
    if chance.min() > limit:
        return None
    fit = fit_period(residual, basis, float(basis.frequency_hz[chance.argmin()]))
    if fit.share < options.least_share or fit.period_s > SLOWEST_S:
        return None
    if weakest_part(residual, basis.seconds, fit, THIRDS) < options.least_third:
        return None
    log10_chance = float(chance.min() - limit + np.log(options.false_alarms)) / np.log(10)
    return _measure(seed, velocity, time, steps, counts, sky, basis, fit, log10_chance, options)


def _relief(mean: Floats, area: NDArray[np.bool_]) -> float:
    """Range of the mean brightness within an area and the blocks around it."""
    around = ndimage.binary_dilation(area) & np.isfinite(mean)
    return float(np.ptp(mean[around])) if around.any() else 0.0


def _measure(
    seed: Seed,
    velocity: Floats,
    time: NDArray[np.datetime64],
    steps: Floats,
    counts: NDArray[np.float32],
    sky: NDArray[np.bool_],
    basis: Basis,
    fit: Fit,
    log10_chance: float,
    options: PulsationOptions,
) -> tuple[Patch, NDArray[np.bool_]] | None:
    """Measure a patch that passed the tests; None where it is smaller than a patch can be."""
    scale = SHAPE[0] / counts.shape[1]
    middle = np.array([seed.weights @ seed.rows, seed.weights @ seed.columns]).round()
    light = moved_box(counts, steps, middle[0], middle[1], HALF_BOX, velocity)
    box = detrend(light.reshape(len(light), -1), basis).reshape(light.shape)
    curve = fitted_curve(basis.seconds, fit)
    strength = amplitude_map(box, curve, basis.trend)
    area = half_area(strength, (HALF_BOX, HALF_BOX))
    if area.sum() * scale**2 < options.least_area_px:
        return None
    amplitude = fit.amplitude * float(strength[area].mean())
    if amplitude < options.least_contrast * _relief(light.mean(axis=0), area):
        return None
    more, error = refine_drift(box, curve, steps, strength, area)
    inside = np.argwhere(area)
    offset = strength[area] @ inside / strength[area].sum() - HALF_BOX
    on, on_s, off_s = pulses(box[:, area].mean(axis=1), basis.seconds)
    mean_on, mean_off = (float(length.mean()) if len(length) else float("nan") for length in (on_s, off_s))
    begin = time[0] - np.timedelta64(round(basis.seconds[0] * 1e9), "ns")
    whole = begin + np.round((on + EXPOSURE_S / 2) * 1e9).astype("timedelta64[ns]")
    drift = (velocity + more) * scale
    place = (middle + offset + 0.5) * scale - 0.5
    covered = np.zeros(sky.shape, dtype=np.bool_)
    rows, columns = (inside + (middle - HALF_BOX).astype(int)).T
    within = (rows >= 0) & (rows < sky.shape[0]) & (columns >= 0) & (columns < sky.shape[1])
    covered[rows[within], columns[within]] = True
    patch = Patch(
        row=float(place[0]),
        column=float(place[1]),
        area_px=float(area.sum() * scale**2),
        period_s=fit.period_s,
        period_error_s=fit.period_error_s,
        aliases_s=alias_text(fit.period_s),
        amplitude_count=amplitude,
        on_s=mean_on,
        off_s=mean_off,
        duty=mean_on / (mean_on + mean_off),
        row_px_frame=float(drift[0]),
        column_px_frame=float(drift[1]),
        drift_error_px_frame=error * scale,
        share=fit.share,
        log10_chance=log10_chance,
        pulses=tuple((pair[0], pair[1]) for pair in whole),
    )
    return patch, covered
