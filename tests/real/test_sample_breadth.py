"""The sample's spread encloses the real labelled windows. Nothing is fitted to the windows."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from magnetoflow.mms_gmm.robust import robust_features
from magnetoflow.sample.instrument import energy_table
from magnetoflow.sample.plan import PROBE_DAYS
from magnetoflow.sample.plasma import simulate
from magnetoflow.sample.sequence import REGIONS

WINDOWS = Path(os.environ.get("MAGNETOFLOW_REAL", "../shared/real")) / "labels" / "mms_regions_training.h5"
RECORDS = 40
FLOOR = 1e3  # below it a mean is made of a few counts

pytestmark = pytest.mark.skipif(not WINDOWS.exists(), reason="no real labelled windows here")


@pytest.fixture(scope="module")
def real():
    """Log10 mean spectrum and log10 mean field of each window, by region."""
    with h5py.File(WINDOWS) as file:
        flux, field, label = file["flux"][:], file["parameters"][:, :, 0], file["labels"][:]
    spectrum = np.log10(np.maximum(flux.astype(float).mean(axis=1), FLOOR))
    strength = np.log10(np.nanmean(field, axis=1))
    return {name: (spectrum[label == k], strength[label == k]) for k, name in enumerate(REGIONS)}


@pytest.fixture(scope="module")
def sample():
    """Return the same of some training days of the sample, for stretches inside one region."""
    found = {name: ([], []) for name in REGIONS}
    for plan in [one for one in PROBE_DAYS if one.role == "training"][:14]:
        if plan.table != "standard":
            continue
        day = simulate(plan)
        size = day.time.size // RECORDS * RECORDS
        region = day.region[:size].reshape(-1, RECORDS)
        share = day.other_share[:size].reshape(-1, RECORDS).max(axis=1)
        spectrum = day.flux[:size].reshape(-1, RECORDS, 32).mean(axis=1)
        at = np.searchsorted(day.b_time, day.time[:size]).clip(max=day.b_time.size - 1)
        strength = day.b_nt[at].reshape(-1, RECORDS).mean(axis=1)
        for number, name in enumerate(REGIONS):
            rows = (region == number).all(axis=1) & (share == 0)
            found[name][0].append(np.log10(np.maximum(spectrum[rows], FLOOR)))
            found[name][1].append(np.log10(strength[rows]))
    return {name: (np.vstack(one[0]), np.concatenate(one[1])) for name, one in found.items()}


@pytest.mark.parametrize("region", REGIONS)
def test_sample_spectra_enclose_the_real_ones_in_every_channel(sample, real, region):
    low, high = np.percentile(sample[region][0], [2, 98], axis=0)
    real_low, real_high = np.percentile(real[region][0], [5, 95], axis=0)
    outside = np.flatnonzero((real_low < low - 0.15) | (real_high > high + 0.15))
    assert outside.size <= 2, f"channels {outside}"


@pytest.mark.parametrize("region", REGIONS)
def test_sample_field_encloses_the_real_one(sample, real, region):
    low, high = np.percentile(sample[region][1], [1, 99])
    real_low, real_high = np.percentile(real[region][1], [5, 95])
    assert low - 0.1 < real_low < real_high < high + 0.1


@pytest.mark.parametrize("region", REGIONS)
def test_real_spectra_have_a_simulated_neighbour_of_their_region(sample, real, region):
    simulated, observed = sample[region][0], real[region][0]
    distance = np.sqrt(((observed[:, None, :] - simulated[None, :, :]) ** 2).mean(axis=2)).min(axis=1)
    assert np.median(distance) < 0.5
    assert np.quantile(distance, 0.95) < 0.7


def test_real_windows_lie_nearest_to_simulated_ones_of_their_kind(sample, real):
    """Wind and foreshock have the same beams: what divides them is the excess above the background."""
    kinds = [("solar_wind", "ion_foreshock"), ("magnetosheath",), ("magnetosphere",)]
    simulated = [np.vstack([sample[name][0] for name in kind]) for kind in kinds]
    label = np.repeat(np.arange(len(kinds)), [len(rows) for rows in simulated])
    for k, kind in enumerate(kinds):
        observed = np.vstack([real[name][0] for name in kind])
        distance = ((observed[:, None, :] - np.vstack(simulated)[None, :, :]) ** 2).mean(axis=2)
        assert (label[distance.argmin(axis=1)] == k).mean() > 0.9, kind


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("feature", ["log_flux", "log_energy", "log_core", "log_excess"])
def test_sample_features_enclose_the_real_ones(sample, real, region, feature):
    energy = energy_table("standard")
    simulated, observed = (
        getattr(robust_features(10.0**rows, np.tile(energy, (len(rows), 1))), feature)
        for rows in (sample[region][0], real[region][0])
    )
    low, high = np.nanpercentile(simulated, [1, 99])
    real_low, real_high = np.nanpercentile(observed, [5, 95])
    assert low - 0.1 < real_low < real_high < high + 0.1
