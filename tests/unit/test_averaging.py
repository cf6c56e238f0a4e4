"""Means of bins and linear interpolation: against their definitions, at ends, gaps and missing samples."""

import numpy as np
import pytest

from magnetoflow.averaging import bin_average, interpolate

CADENCE = 0.03


def ns(seconds):
    return np.datetime64("2017-07-11T22:33:30", "ns") + np.round(np.asarray(seconds) * 1e9).astype("m8[ns]")


def by_definition(time, values, centres, spacing, min_fill=0.5):
    """Loop over bins: half open, halfway between neighbours, half a cadence at ends and gaps."""
    mean = np.full((len(centres), *values.shape[1:]), np.nan)
    at, middle = time.astype("i8"), centres.astype("i8")
    half = int(CADENCE * 5e8)
    for k, centre in enumerate(middle):
        low, high = centre - half, centre + half
        if k and centre - middle[k - 1] <= 1.5 * CADENCE * 1e9:
            low = middle[k - 1] + (centre - middle[k - 1]) // 2
        if k + 1 < len(middle) and middle[k + 1] - centre <= 1.5 * CADENCE * 1e9:
            high = centre + (middle[k + 1] - centre) // 2
        inside = values[(at >= low) & (at < high)]
        for place in np.ndindex(values.shape[1:]):
            one = inside[(slice(None), *place)]
            one = one[~np.isnan(one)]
            if len(one) and len(one) >= min_fill * (high - low) / 1e9 / spacing:
                mean[(k, *place)] = one.sum() / len(one)
    return mean


@pytest.mark.parametrize("shape", [(), (3,), (3, 3)])
def test_means_are_those_of_the_definition_with_jitter_gaps_and_missing_samples(shape):
    rng = np.random.default_rng(1)
    spacing = 1 / 128
    seconds = np.arange(0, 12, spacing) + rng.uniform(-1e-3, 1e-3, 1536)
    seconds = seconds[(seconds < 4.013) | (seconds > 4.4)]
    values = 10 * rng.standard_normal((len(seconds), *shape))
    values[rng.random(values.shape) < 0.2] = np.nan
    centres = 0.4 + CADENCE * np.arange(380) + rng.uniform(-2e-4, 2e-4, 380)
    centres = np.delete(centres, [100, 101, 102, 250])
    found = bin_average(ns(seconds), values, ns(centres), cadence_s=CADENCE)
    wanted = by_definition(ns(seconds), values, ns(centres), spacing)
    assert np.isnan(wanted).any()
    assert np.isfinite(wanted).mean() > 0.8
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10)


def test_defect_4_last_bins_hold_their_own_samples_also_of_one_dimension():
    seconds = np.arange(0, 3.0, 1 / 1024)
    centres = 0.5 + CADENCE * np.arange(60)
    mean = bin_average(ns(seconds), 5.0 + seconds, ns(centres), cadence_s=CADENCE)
    np.testing.assert_allclose(mean, 5.0 + centres, atol=1e-3)
    vectors = np.column_stack([seconds, -seconds])
    both = bin_average(ns(seconds), vectors, ns(centres), cadence_s=CADENCE)
    np.testing.assert_allclose(both[-2:, 1], -centres[-2:], atol=1e-3)


def test_defect_4_a_missing_sample_is_left_out_of_its_mean():
    seconds = np.arange(0, 0.3, 0.003)
    values = np.ones(100)
    values[::4] = np.nan
    mean = bin_average(ns(seconds), values, ns([0.1, 0.13]), cadence_s=CADENCE)
    assert mean.tolist() == [1.0, 1.0]


def test_large_values_elsewhere_take_no_digits():
    seconds = np.arange(0, 30, 1 / 1024)
    values = np.where(seconds < 15, 1e12, 0.001 * np.sin(seconds))
    centres = ns(20 + CADENCE * np.arange(100))
    mean = bin_average(ns(seconds), values, centres, cadence_s=CADENCE)
    wanted = by_definition(ns(seconds[seconds > 16]), values[seconds > 16], centres, 1 / 1024)
    np.testing.assert_allclose(mean, wanted, rtol=1e-10)


def test_a_bin_less_than_half_full_is_missing():
    spacing = 0.001
    seconds = np.concatenate([np.arange(0, 0.1, spacing), np.arange(0.2, 0.3, spacing)])
    centres = 0.015 + CADENCE * np.arange(10)
    mean = bin_average(ns(seconds), np.ones(len(seconds)), ns(centres), cadence_s=CADENCE)
    # bins end at multiples of 30 ms: the fourth and the seventh hold 10 of 30 samples, those between none
    assert np.isnan(mean).tolist() == [False] * 3 + [True] * 4 + [False] * 3
    mean = bin_average(ns(seconds), np.ones(len(seconds)), ns(centres), cadence_s=CADENCE, min_fill=0.3)
    assert np.isnan(mean).tolist() == [False] * 4 + [True] * 2 + [False] * 4


def test_a_bin_without_a_sample_does_not_take_the_next_one():
    seconds = np.array([0.0, 0.03, 0.06, 0.15, 0.18])
    mean = bin_average(ns(seconds), seconds, ns(0.03 * np.arange(8)), cadence_s=CADENCE)
    np.testing.assert_array_equal(mean, [0.0, 0.03, 0.06, np.nan, np.nan, 0.15, 0.18, np.nan])


def test_a_bin_beside_a_gap_of_the_centres_takes_half_a_cadence_only():
    seconds = np.arange(0, 1, 0.001)
    centres = [0.3, 0.33, 0.6, 0.63]
    mean = bin_average(ns(seconds), seconds, ns(centres), cadence_s=CADENCE)
    np.testing.assert_allclose(mean, centres, atol=6e-4)


def test_waves_between_the_samples_are_averaged_out_and_alias_when_interpolated():
    seconds = np.arange(0, 5, 1 / 8192)
    wave = 20.0 * np.sin(2 * np.pi * 333.4 * seconds)  # at 30 ms it looks like 0.07 Hz
    centres = ns(1 + CADENCE * np.arange(100))
    mean = bin_average(ns(seconds), wave, centres, cadence_s=CADENCE)
    point = interpolate(ns(seconds), wave, centres, max_gap_s=1.5 / 8192)
    assert np.abs(mean).max() < 0.5
    assert np.sqrt(np.mean(point**2)) > 5.0


@pytest.mark.parametrize("shape", [(), (3,), (3, 3)])
def test_no_samples_and_no_centres(shape):
    none, some = ns([]), ns([1.0, 1.03])
    values = np.zeros((0, *shape))
    for found in (
        bin_average(none, values, some, cadence_s=CADENCE),
        interpolate(none, values, some, max_gap_s=1.0),
    ):
        assert found.shape == (2, *shape)
        assert np.isnan(found).all()
    assert bin_average(some, np.zeros((2, *shape)), none, cadence_s=CADENCE).shape == (0, *shape)
    assert interpolate(some, np.zeros((2, *shape)), none, max_gap_s=1.0).shape == (0, *shape)


@pytest.mark.parametrize("shape", [(), (3,), (3, 3)])
def test_interpolation_is_linear_and_exact_at_samples(shape):
    rng = np.random.default_rng(2)
    time = 0.15 * np.arange(40)
    values = rng.standard_normal((40, *shape))
    wanted = np.sort(np.concatenate([rng.uniform(0, 5.85, 200), time[[0, 7, 39]]]))
    found = interpolate(ns(time), values, ns(wanted), max_gap_s=0.225)
    for place in np.ndindex(shape):
        cut = (slice(None), *place)
        np.testing.assert_allclose(found[cut], np.interp(np.round(wanted, 9), time, values[cut]), atol=1e-7)
    assert (found[np.isin(wanted, time[[0, 7, 39]])] == values[[0, 7, 39]]).all()


def test_defect_6_nothing_is_filled_in_beyond_the_ends_across_gaps_or_beside_missing_samples():
    time = ns([0.0, 0.15, 0.30, 0.53, 0.68, 0.83, 0.98])
    values = np.array([0.0, 1.0, 2.0, 3.0, np.nan, 5.0, 6.0])
    wanted = [-0.01, 0.0, 0.1, 0.30, 0.31, 0.52, 0.53, 0.6, 0.68, 0.7, 0.83, 0.9, 0.98, 1.0]
    found = interpolate(time, values, ns(wanted), max_gap_s=0.225)
    n = np.nan
    np.testing.assert_allclose(
        found, [n, 0.0, 2 / 3, 2.0, n, n, 3.0, n, n, n, 5.0, 5 + 7 / 15, 6.0, n], atol=1e-12
    )
    assert interpolate(time, values, ns([0.415]), max_gap_s=0.23)[0] == pytest.approx(2.5)
