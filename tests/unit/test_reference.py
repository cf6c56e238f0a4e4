"""The published features against their definition written with SciPy, row by row."""

import warnings

import numpy as np
import pytest
from scipy.signal import find_peaks, peak_widths
from scipy.stats import pearsonr

from magnetoflow.mms_gmm.peaks import highest_peak
from magnetoflow.mms_gmm.reference import reference_features

ENERGY = 11.33 * 1.284 ** np.arange(32)


def definition(flux, energy):
    """Section by section: levels, peak, ratios, correlation; (rmw, rhl, r, zeroed)."""
    levels = np.log10(flux + 1e-6)
    fast = energy > 300
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        r = pearsonr(energy[fast], levels[fast]).statistic if fast.sum() > 1 else np.nan
    peaks, found = find_peaks(levels, height=1, prominence=0.2, width=1)
    high, low = levels[energy > 4000], levels[energy < 100]
    undefined = len(peaks) == 0 or len(high) == 0 or low.mean() == 0
    if undefined or fast.sum() < 2 or r > 0.7:
        return 0.0, 0.0, r, 1.0
    peak = peaks[np.argmax(found["peak_heights"])]
    left = peak_widths(levels, [peak], rel_height=0.5)[2][0]
    return 2 * (peak - left) / 32, high.mean() / low.mean(), r, 0.0


def beams(rng, rows):
    centre, width = rng.uniform(0, 31, (rows, 1)), rng.uniform(0.5, 8, (rows, 1))
    shape = 10 ** rng.uniform(4, 8, (rows, 1)) * np.exp(-(((np.arange(32) - centre) / width) ** 2))
    return shape + 1e4 * np.exp(rng.normal(0, 0.3, (rows, 32)))


def noise(rng, rows):
    return 10 ** rng.uniform(-3, 8, (rows, 32))


def steps(rng, rows):
    """Few levels, so that plateaus, ties and flat spectra are common."""
    return 10.0 ** rng.integers(0, 4, (rows, 32))


def holes(rng, rows):
    return np.where(rng.random((rows, 32)) < 0.4, 0.0, beams(rng, rows))


def slopes(rng, rows):
    return 10 ** (4 + np.arange(32) * rng.uniform(-0.1, 0.1, (rows, 1))) * np.exp(
        rng.normal(0, 0.2, (rows, 32))
    )


@pytest.mark.parametrize("kind", [beams, noise, steps, holes, slopes])
def test_features_equal_the_definition(kind):
    rng = np.random.default_rng(20151017)
    flux = kind(rng, 600)
    energy = np.where(rng.random((600, 1)) < 0.5, ENERGY, 1.07 * ENERGY)
    got = reference_features(flux, energy)
    want = np.array([definition(f, e) for f, e in zip(flux, energy, strict=True)]).T
    columns = (got.ratio_max_width, got.ratio_high_low, got.pseudofeature, got.zeroed)
    for column, expected in zip(columns, want, strict=True):
        np.testing.assert_allclose(column, expected, rtol=1e-12, atol=1e-12)


def test_peaks_equal_scipy_on_plateaus_and_edges():
    rng = np.random.default_rng(1)
    for levels in rng.integers(0, 5, (3000, 12)).astype(float):
        peaks, found = find_peaks(levels, height=1, prominence=2, width=1.5)
        peak, left, right = highest_peak(levels, 1.0, 2.0, 1.5)
        if len(peaks) == 0:
            assert peak == -1
            continue
        best = np.argmax(found["peak_heights"])
        want = peaks[best], found["left_ips"][best], found["right_ips"][best]
        assert (peak, left, right) == pytest.approx(want, abs=1e-12)


def test_order_of_rows_does_not_matter():
    rng = np.random.default_rng(2)
    flux, energy = beams(rng, 200), np.where(rng.random((200, 1)) < 0.5, ENERGY, 17 * ENERGY)
    order = rng.permutation(200)
    one, other = reference_features(flux, energy), reference_features(flux[order], energy[order])
    np.testing.assert_array_equal(one.ratio_max_width[order], other.ratio_max_width)
    np.testing.assert_array_equal(one.pseudofeature[order], other.pseudofeature)


def test_a_missing_channel_or_energy_makes_the_row_missing():
    flux = beams(np.random.default_rng(3), 4)
    energy = np.tile(ENERGY, (4, 1))
    flux[1, 5] = np.nan
    flux[2], energy[2] = np.nan, np.nan
    got = reference_features(flux, energy)
    for column in (got.ratio_max_width, got.ratio_high_low, got.pseudofeature, got.zeroed):
        assert np.isnan(column).tolist() == [False, True, True, False]


def test_a_table_without_low_channels_leaves_the_ratios_missing_not_zero():
    got = reference_features(
        beams(np.random.default_rng(4), 3), np.tile(np.geomspace(200, 26000, 32), (3, 1))
    )
    assert np.isnan(got.ratio_max_width).all()
    assert np.isnan(got.zeroed).all()
    assert np.isfinite(got.pseudofeature).all()


def test_no_rows():
    assert reference_features(np.zeros((0, 32)), np.zeros((0, 32))).zeroed.shape == (0,)
