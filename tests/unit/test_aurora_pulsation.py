"""Pulsating patches: periods with errors and aliases, pulses, drift, and what must not count as one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.frames import Planes
from magnetoflow.aurora.periods import (
    alias_text,
    aliases,
    detrend,
    explained_share,
    fit_period,
    log_chance,
    make_basis,
    red_share,
)
from magnetoflow.aurora.pulsation import PulsationOptions, find_pulsations
from magnetoflow.aurora.pulsation_results import (
    Patch,
    Window,
    ground_velocity,
    minute_table,
    patch_table,
    pulse_table,
)
from magnetoflow.aurora.pulses import _interpolation, pulses
from magnetoflow.sample.aurora_scenes import random_scene, render, truth_of
from tests.unit.pulsation_data import SKY, START, Truth, cube, planes

QUADRANTS = [(85.0, 85.0), (85.0, 170.0), (170.0, 85.0), (170.0, 170.0)]


def found(counts: np.ndarray, **options: float) -> list[Patch]:
    windows = find_pulsations([planes(counts)], options=PulsationOptions(**options))
    return [patch for window in windows for patch in window.patches]


def nearest(patches: list[Patch], truth: Truth) -> Patch:
    return min(patches, key=lambda patch: np.hypot(patch.row - truth.row, patch.column - truth.column))


@pytest.mark.parametrize("samples", [4, 7, 40, 100])
def test_light_between_samples_is_that_of_scipy(samples: int) -> None:
    signal = pytest.importorskip("scipy.signal")
    finer = signal.resample_poly(np.eye(samples), 8, 1, axis=0, padtype="line")
    np.testing.assert_allclose(_interpolation(samples), finer[: 8 * samples - 7], rtol=0, atol=1e-14)


def test_a_period_has_the_aliases_that_sampling_makes_with_the_exposures_factors() -> None:
    periods, factors = aliases(7.5)
    np.testing.assert_allclose(periods, [7.5, 5.0, 1 / (1 / 3 + 1 / 7.5)])
    np.testing.assert_allclose(factors[1], 0.935, atol=5e-4)
    periods, factors = aliases(12.0)
    np.testing.assert_allclose(periods, [12.0, 4.0, 2.4])
    np.testing.assert_allclose(factors[1], 0.900, atol=5e-4)
    assert alias_text(7.5) == "7.5;5;2.14"
    assert aliases(7.5, shortest_s=4.0)[0].tolist() == pytest.approx([7.5, 5.0])
    for true in aliases(9.0, shortest_s=0.5)[0]:  # sampled every 3 s they are one wave
        angle = 2 * np.pi * np.arange(20) * 3 / true
        np.testing.assert_allclose(np.cos(angle), np.cos(2 * np.pi * np.arange(20) * 3 / 9.0), atol=1e-9)


@pytest.mark.parametrize(("true", "seen", "factor"), [(5.0, 7.5, 0.935), (4.0, 12.0, 0.900)])
def test_a_fast_pulsation_appears_at_its_alias_weakened_by_the_exposure(
    true: float, seen: float, factor: float
) -> None:
    slow = found(cube([Truth(period=seen, exposure=1e-6)]))[0]
    fast = found(cube([Truth(period=true)]))[0]
    assert fast.period_s == pytest.approx(seen, abs=0.01)
    assert f"{true:g}" in fast.aliases_s.split(";")
    assert fast.amplitude_count / slow.amplitude_count == pytest.approx(factor, abs=0.006)


def test_patches_are_found_with_period_place_drift_duty_and_amplitude() -> None:
    rng = np.random.default_rng(4)
    drifts = [(0.0, 0.0), (0.5, -0.3), (-0.7, 0.2), (0.1, 0.9)]
    truths = [
        Truth(row, column, period=period, phase=period, drift=drift)
        for (row, column), period, drift in zip(QUADRANTS, [8.0, 13.3, 19.0, 27.0], drifts, strict=True)
    ]
    patches = found(cube(truths, rng=rng))
    assert len(patches) == 4
    for truth in truths:
        patch = nearest(patches, truth)
        assert np.hypot(patch.row - truth.row, patch.column - truth.column) < 1.5
        assert patch.period_s == pytest.approx(truth.period, abs=max(5 * patch.period_error_s, 0.02))
        assert patch.period_error_s < 0.05
        assert (patch.row_px_frame, patch.column_px_frame) == pytest.approx(truth.drift, abs=0.05)
        assert patch.duty == pytest.approx(0.5, abs=0.04)
        assert patch.on_s + patch.off_s == pytest.approx(truth.period, rel=0.03)
        half_area = np.pi * truth.radius**2 * np.log(2)  # of exp(-r^2): half amplitude at r^2 = ln 2
        assert patch.area_px == pytest.approx(half_area, rel=0.3)
        mean = truth.peak * np.sinc(1 / truth.period) * 0.5 / np.log(2)  # mean of exp(-r^2) to there
        assert patch.amplitude_count == pytest.approx(mean, rel=0.15)


def test_errors_of_period_and_drift_cover_the_truth() -> None:
    rng = np.random.default_rng(11)
    period, drift = [], []
    for _ in range(8):
        truths = [
            Truth(
                row, column, radius=rng.uniform(7, 16), peak=np.exp(rng.uniform(np.log(90), np.log(1500))),
                period=rng.uniform(8, 28), phase=rng.uniform(0, 6), drift=tuple(rng.uniform(-0.7, 0.7, 2)),
            )
            for row, column in QUADRANTS
        ]  # fmt: skip
        for patch in found(cube(truths, rng=rng)):
            near = [np.hypot(patch.row - truth.row, patch.column - truth.column) for truth in truths]
            truth = truths[int(np.argmin(near))]
            assert min(near) < 4
            period.append((patch.period_s - truth.period) / patch.period_error_s)
            drift += [
                (patch.row_px_frame - truth.drift[0]) / patch.drift_error_px_frame,
                (patch.column_px_frame - truth.drift[1]) / patch.drift_error_px_frame,
            ]
    assert len(period) >= 26
    for scaled in (np.abs(period), np.abs(drift)):
        assert 0.5 < (scaled < 1).mean() < 0.92
        assert (scaled < 3).mean() > 0.93


def test_the_error_of_a_period_covers_the_truth_in_white_noise_with_missing_frames() -> None:
    rng = np.random.default_rng(2)
    scaled = []
    for _ in range(150):
        seconds = np.delete(np.arange(60) * 3.0, rng.choice(np.arange(5, 55), 6, replace=False))
        basis = make_basis(seconds)
        true = rng.uniform(7, 28)
        light = np.cos(2 * np.pi * seconds / true + rng.uniform(0, 6)) + rng.normal(0, 0.5, len(seconds))
        fit = fit_period(detrend(light, basis), basis, 1 / true + rng.normal(0, 5e-4))
        scaled.append((fit.period_s - true) / fit.period_error_s)
    assert 0.62 < (np.abs(scaled) < 1).mean() < 0.88
    assert (np.abs(scaled) < 2).mean() > 0.9


def test_noise_reaches_the_stated_chance_as_often_as_stated() -> None:
    rng = np.random.default_rng(5)
    basis = make_basis(np.arange(60) * 3.0)
    white = detrend(rng.normal(size=(60, 4000)), basis)
    chance = log_chance(explained_share(white, basis), np.ones((len(basis.frequency_hz), 1)), 60)
    at_one = chance[len(chance) // 2]
    for level in (0.1, 0.01):
        assert (at_one < np.log(level)).mean() == pytest.approx(level, rel=0.3)
    noise = rng.normal(size=(80, 4000))
    for step in range(1, 80):
        noise[step] += 0.8 * noise[step - 1]
    red = detrend(noise[20:], basis)
    searched = log_chance(explained_share(red, basis), red_share(red, basis), 60).min(axis=0)
    assert (searched < np.log(1e-3 / 24)).mean() < 5e-3


def _shuffled(rng: np.random.Generator) -> np.ndarray:
    truths = [Truth(row, column, period=8 + 4 * k) for k, (row, column) in enumerate(QUADRANTS)]
    return cube(truths, rng=rng)[rng.permutation(60)]


def _steady(rng: np.random.Generator) -> np.ndarray:
    truths = [
        Truth(row, column, period=np.inf, drift=tuple(rng.uniform(-0.9, 0.9, 2))) for row, column in QUADRANTS
    ]
    return cube([replace(truth, period=1e9, phase=np.pi) for truth in truths], rng=rng)


def _arc(rng: np.random.Generator) -> np.ndarray:
    counts = cube([], rng=rng)
    rows = np.arange(64)[None, :, None] * 4 - 90 - np.arange(60)[:, None, None] * rng.uniform(0.2, 1.5)
    light = 4000 * np.exp(-((rows + rng.uniform(-20, 20)) ** 2) / 2 / rng.uniform(4, 12) ** 2)
    return np.where(SKY, counts + light, 0).astype(np.float32)


def _lamp(rng: np.random.Generator) -> np.ndarray:
    counts = cube([], rng=rng)
    row, column = rng.integers(20, 40, 2)
    blink = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(60) * 3 / rng.uniform(7, 25))
    spread = np.array([[0.05, 0.1, 0.02], [0.1, 0.6, 0.05], [0.02, 0.04, 0.02]])
    counts[:, row : row + 3, column : column + 3] += 3000 * blink[:, None, None] * spread
    return counts


def _flicker(rng: np.random.Generator) -> np.ndarray:
    light = rng.normal(size=(80, 4)) * 400
    for step in range(1, 80):
        light[step] += 0.85 * light[step - 1]
    counts = cube([], rng=rng)
    y, x = np.indices((64, 64)) * 4
    for (row, column), curve in zip(QUADRANTS, light[20:].T, strict=True):
        counts += curve[:, None, None] * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 14**2)
    return np.where(SKY, counts, 0).astype(np.float32)


def _whole_sky(rng: np.random.Generator) -> np.ndarray:
    counts = cube([], rng=rng)
    return np.where(SKY, counts * (1 + 0.05 * np.cos(np.arange(60) * 2)[:, None, None]), 0).astype(np.float32)


@pytest.mark.parametrize("scene", [_shuffled, _steady, _arc, _lamp, _flicker, _whole_sky])
def test_what_does_not_pulsate_in_patches_gives_none(scene: object) -> None:
    rng = np.random.default_rng(8)
    assert sum(len(found(scene(rng))) for _ in range(5)) == 0


def test_a_light_that_pulses_in_a_third_of_the_window_only_is_refused() -> None:
    truth = Truth(period=9.0)
    counts, still = cube([truth]), cube([])
    counts[20:] = still[20:]
    assert found(counts) == []


def test_the_stream_may_be_cut_anywhere_and_windows_stand_at_fixed_times() -> None:
    counts = cube([Truth(period=11.0)], frames=150, rng=np.random.default_rng(1))
    late = START + np.timedelta64(61, "s")
    whole = planes(counts, late)
    cut = [
        Planes(whole.time[rows], whole.flags[rows], whole.images[rows])
        for rows in np.split(np.arange(150), [1, 7, 60, 61, 130])
    ]
    one, many = list(find_pulsations([whole])), list(find_pulsations(cut))
    assert one == many
    assert [window.start for window in one] == [START + np.timedelta64(180 * k, "s") for k in range(3)]
    assert [window.judged for window in one] == [False, True, True]
    assert all(len(window.patches) == 1 for window in one[1:])
    assert list(find_pulsations([])) == []


def test_missing_and_flagged_frames_are_left_out_and_pulses_do_not_span_them() -> None:
    truth = Truth(period=12.0)
    counts = cube([truth], rng=np.random.default_rng(6))
    keep = np.r_[0:20, 28:60]
    patch = next(find_pulsations([planes(counts, keep=keep)])).patches[0]
    assert patch.period_s == pytest.approx(12.0, abs=0.05)
    hole = START + np.array([57, 84]) * np.timedelta64(1, "s")
    assert not any(on <= hole[0] and off >= hole[1] for on, off in patch.pulses)
    assert 9 <= len(patch.pulses) <= 13
    few = next(find_pulsations([planes(counts, keep=np.arange(0, 60, 2))]))
    assert (few.judged, few.patches) == (False, ())
    black = planes(counts)
    black.images[30:33] = 0
    black.flags[30:33] = Flag.BLACK
    clean = next(find_pulsations([black], left_out=int(Flag.BLACK)))
    assert clean.frames == 57
    assert clean.patches[0].period_s == pytest.approx(12.0, abs=0.05)


def test_pulses_begin_and_end_at_half_amplitude() -> None:
    truth = Truth(period=18.0, phase=1.0)
    patch = found(cube([truth]))[0]
    rise = (np.pi / 2 - 1.0) / (2 * np.pi) * 18
    for on, off in patch.pulses:
        on_s, off_s = ((time - START) / np.timedelta64(1, "s") for time in (on, off))
        assert abs((on_s - rise + 9) % 18 - 9) < 0.5
        assert off_s - on_s == pytest.approx(9.0, abs=0.5)
    assert len(patch.pulses) in (9, 10)
    seconds = np.arange(60) * 3.0
    narrow = np.clip(np.cos(2 * np.pi * seconds / 30), 0, None) ** 2
    _, on_s, off_s = pulses(narrow, seconds)
    assert on_s.mean() / (on_s.mean() + off_s.mean()) == pytest.approx(0.25, abs=0.03)


def _binned(images: np.ndarray) -> np.ndarray:
    counts = images.reshape(len(images), 64, 4, 64, 4).mean(axis=(2, 4)).astype(np.float32)
    return np.where(SKY, counts, 0)


def test_patches_of_the_samples_scenes_are_found_where_they_are_with_their_period() -> None:
    rng = np.random.default_rng(12)
    seconds = np.arange(60) * 3.0
    near, right, visible = 0, 0, 0
    for _ in range(3):
        scene = random_scene(rng, "pulsating", "patches")
        truth = truth_of(scene, seconds)
        row, column = truth.row[30], truth.column[30]
        visible += int((np.hypot(row - 128, column - 124) < 85).sum())
        patches = found(_binned(render(scene, seconds)))
        for patch in patches:
            away = np.hypot(row - patch.row, column - patch.column) < scene.patches.radius_px + 4
            near += bool(away.any())
            right += bool((np.abs(truth.period_s[away] / patch.period_s - 1) < 0.1).any())
    assert right >= 0.5 * visible
    assert near >= right >= 0.95 * near


@pytest.mark.parametrize("variant", ["arc", "static_patches", "rayed"])
def test_other_aurora_of_the_samples_scenes_does_not_pulsate(variant: str) -> None:
    rng = np.random.default_rng(13)
    for _ in range(2):
        scene = random_scene(rng, "other_aurora", variant)
        assert found(_binned(render(scene, np.arange(60) * 3.0))) == []


def test_tables_list_patches_pulses_and_minutes() -> None:
    counts = cube([Truth(period=12.0), Truth(row=70, column=80, period=20.0)])
    windows = list(find_pulsations([planes(counts)]))
    table = patch_table(windows)
    assert sorted(table["period_s"].round().tolist()) == [12, 20]
    assert table.columns[:4].tolist() == ["start", "stop", "row", "column"]
    assert table["aliases_s"].str.count(";").eq(2).all()
    minutes = minute_table(windows)
    assert minutes["time"].tolist() == [START + np.timedelta64(k, "m") for k in range(3)]
    assert minutes["patches"].tolist() == [2, 2, 2]
    assert minutes["pulses_begun"].sum() == len(pulse_table(windows)) >= 20
    assert minutes["period_s"].between(12, 20).all()
    assert minutes["area_share"].between(0.01, 0.2).all()
    empty = minute_table([Window(START, START + np.timedelta64(180, "s"), 60, True, 1e4, ())])
    assert empty["period_s"].isna().all()
    assert empty["patches"].eq(0).all()
    assert len(patch_table([])) == 0
    assert list(patch_table([]).columns) == list(table.columns)


def test_drift_over_ground_is_the_maps_scale_times_the_drift() -> None:
    patch = replace(found(cube([Truth()]))[0], row=100.0, column=90.0, row_px_frame=-0.6, column_px_frame=0.3)
    corner = np.arange(257.0)
    latitude = np.repeat((56 - 0.02 * corner)[:, None], 257, axis=1)
    longitude = np.repeat((359.0 + 0.04 * corner)[None] % 360, 257, axis=0)
    north, east = ground_velocity(patch, latitude, longitude, 110.0)
    degree = np.pi / 180 * (6371.2 + 110)
    assert north == pytest.approx(0.6 * 0.02 * degree / 3, rel=1e-6)
    assert east == pytest.approx(0.3 * 0.04 * degree * np.cos(np.deg2rad(54)) / 3, rel=1e-3)
    latitude[:, :] = np.nan
    assert np.isnan(ground_velocity(patch, latitude, longitude, 110.0)).all()
    assert np.isnan(ground_velocity(replace(patch, row=-9.0), latitude, longitude, 110.0)).all()
