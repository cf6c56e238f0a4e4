"""Resampling: exact where it can be, never across a gap, whatever the phases of the series."""

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.resampling import average_onto, merge, resample, spacing_s, stretches
from magnetoflow.series import Series

TIME0 = np.datetime64("2018-01-15T06:00:00", "ns")


def times(seconds):
    return TIME0 + np.round(np.asarray(seconds) * 1e9).astype("timedelta64[ns]")


def series(t, values, name="b"):
    return Series(name, times(t), np.asarray(values, dtype=float), "nT", "GSM")


def wave(t):
    return np.stack([np.sin(2 * np.pi * 0.31 * t), np.cos(2 * np.pi * 0.17 * t), 0.1 * t], axis=-1)


FINE = np.arange(0, 100, 0.1)
COARSE = np.arange(20.003, 80, 0.37)


def test_nearest_takes_the_sample_within_half_a_cadence():
    found = resample(series(FINE, wave(FINE)), times(COARSE), "nearest")
    assert (found.values == wave(FINE)[np.round(COARSE / 0.1).astype(int)]).all()
    assert (found.frame, found.unit) == ("GSM", "nT")
    outside = resample(series(FINE, wave(FINE)), times([-1.0, -0.04, 99.94, 120.0]), "nearest")
    assert np.isfinite(outside.values[:, 0]).tolist() == [False, True, True, False]


def test_linear_is_exact_for_straight_lines():
    found = resample(series(FINE, np.stack([FINE, 3 - FINE], axis=1)), times(COARSE))
    assert found.values[:, 0] == pytest.approx(COARSE, abs=1e-9)


def test_fourier_is_exact_for_what_is_band_limited():
    t = np.arange(0, 100, 0.5)
    found = resample(series(t, wave(t)), times(COARSE), "fft")
    assert np.abs(found.values - wave(COARSE)).max() < 2e-3
    linear = resample(series(t, wave(t)), times(COARSE))
    assert np.abs(linear.values - wave(COARSE)).max() > 20 * np.abs(found.values - wave(COARSE)).max()


def test_fourier_takes_out_what_slower_times_cannot_carry():
    signal = np.sin(2 * np.pi * 0.2 * FINE) + np.sin(2 * np.pi * 4.0 * FINE)
    at = np.arange(10, 90, 1.0)
    found = resample(series(FINE, signal[:, None]), times(at), "fft").values[:, 0]
    assert np.abs(found - np.sin(2 * np.pi * 0.2 * at)).max() < 0.02


@pytest.mark.parametrize("how", ["nearest", "linear", "fft"])
def test_nothing_is_filled_across_a_gap(how):
    kept = (FINE < 40) | (FINE > 50)
    values = wave(FINE)[kept]
    values[100:110] = np.nan
    found = resample(series(FINE[kept], values), times(COARSE), how)
    inside = ((COARSE > 40.1) & (COARSE < 49.9)) | ((COARSE > 10.05) & (COARSE < 10.9))
    assert np.isnan(found.values[inside]).all()
    assert np.isfinite(found.values[~inside]).mean() > 0.98


@pytest.mark.parametrize("how", ["nearest", "linear", "fft"])
def test_series_out_of_phase_are_merged(how):
    """Defect 1: a join on exact times left no finite value."""
    shifted = FINE + 0.0333
    both = merge({"a": series(FINE, wave(FINE)), "b": series(shifted, wave(shifted))}, times(COARSE), how)
    for one in both.values():
        assert np.isfinite(one.values).all()
        assert np.abs(one.values - wave(COARSE)).max() < (0.12 if how == "nearest" else 0.01)


def test_averages_over_measurements_and_interpolates_for_a_faster_instrument():
    t = np.arange(0, 60, 1 / 64)
    at = np.arange(1, 59, 0.15)
    assert average_onto(times(t), 2 * t, times(at), 0.15) == pytest.approx(2 * at, abs=0.02)
    fast = np.arange(1, 59, 0.004)
    assert average_onto(times(t), 2 * t, times(fast), 0.004) == pytest.approx(2 * fast, abs=1e-6)
    assert np.isnan(average_onto(times(t[:1]), t[:1], times(at), 0.15)).all()


def test_stretches_end_at_gaps_and_missing_samples():
    t = np.array([0, 1, 2, 5, 6, 7, 8], dtype=float)
    good = np.array([True, True, True, True, False, True, True])
    assert stretches(times(t), good) == [(0, 3), (3, 4), (5, 7)]
    assert stretches(times(t), np.zeros(7, bool)) == []


def test_empty_and_unknown():
    empty = series([], np.zeros((0, 3)))
    for how in ("nearest", "linear", "fft"):
        assert np.isnan(resample(empty, times(COARSE), how).values).all()
        assert resample(series(FINE, wave(FINE)), times([]), how).values.shape == (0, 3)
    with pytest.raises(ValueError, match="one of nearest"):
        resample(empty, times(COARSE), "cubic")
    with pytest.raises(InsufficientData):
        spacing_s(times([1.0]))
