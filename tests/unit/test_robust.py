"""Robust features: what must not change them, and what must."""

from dataclasses import fields

import numpy as np
import pytest

from magnetoflow.mms_gmm.robust import BAND_EV, RobustFeatures, band_weights, robust_features
from magnetoflow.sample.instrument import background, energy_table, response_nodes
from magnetoflow.sample.populations import MAXWELLIAN_KAPPA, Population, energy_flux

SHAPES = ("log_energy", "log_width", "log_core", "log_tail")
BEAM, SHEATH, HOT = (8.0, 12.0, 450.0), (30.0, 220.0, 150.0), (0.6, 7000.0, 40.0)
ALL = (BEAM, SHEATH, HOT)


def spectrum(populations, table="standard"):
    """Expected spectrum of Maxwellian populations over a flat background, (1, channel)."""
    energy = energy_table(table)[None, :]
    nodes, weights = response_nodes(energy)
    one = np.ones(1)
    flux = background(5e3 * one, 0.0 * one, 0.0 * one, energy)
    for n, t, v in populations:
        ions = Population(n * one, t * one, v * one, MAXWELLIAN_KAPPA * one)
        flux = flux + energy_flux(ions, nodes) @ weights
    return flux, energy


def features(*populations, table="standard"):
    return robust_features(*spectrum(populations, table))


@pytest.mark.parametrize("ions", ALL)
def test_another_unit_shifts_the_level_and_leaves_the_shape(ions):
    flux, energy = spectrum([ions])
    first, second = robust_features(flux, energy), robust_features(1e3 * flux, energy)
    for name in SHAPES:
        np.testing.assert_allclose(getattr(second, name), getattr(first, name), atol=1e-12)
    np.testing.assert_allclose(second.log_flux, first.log_flux + 3.0)
    np.testing.assert_allclose(second.log_ratio_high_low, first.log_ratio_high_low)


@pytest.mark.parametrize("ions", ALL)
@pytest.mark.parametrize("table", ["even", "odd", "shifted", "solar_wind"])
def test_another_energy_table_changes_little(ions, table):
    first, second = features(ions), features(ions, table=table)
    # hot ions lie above the background down to the lowest channels, which one table lacks
    excess = () if ions == HOT and table == "solar_wind" else ("log_excess",)
    for name in ("log_flux", *SHAPES, *excess):
        np.testing.assert_allclose(getattr(second, name), getattr(first, name), atol=0.1, err_msg=name)


def test_table_without_low_channels_lacks_only_the_ratio():
    found = features(SHEATH, table="solar_wind")
    assert np.isnan(found.log_ratio_high_low).all()
    assert all(np.isfinite(getattr(found, f.name)).all() for f in fields(RobustFeatures)[:-1])


@pytest.mark.parametrize("ions", ALL)
@pytest.mark.parametrize("channel", [2, 14, 27])
def test_one_empty_channel_changes_little(ions, channel):
    flux, energy = spectrum([ions])
    empty = flux.copy()
    empty[0, channel] = 0.0
    first, second = robust_features(flux, energy), robust_features(empty, energy)
    for field in fields(RobustFeatures):
        change = getattr(second, field.name) - getattr(first, field.name)
        assert np.abs(change).max() < 0.2, field.name


def test_core_is_the_width_of_a_gaussian_and_keeps_it_below_a_faint_broad_population():
    beam, with_hot = features(BEAM), features(BEAM, (0.05, 5000.0, 80.0))
    np.testing.assert_allclose(with_hot.log_core, beam.log_core, atol=0.02)
    assert with_hot.log_width > beam.log_width + 0.1
    energy = np.geomspace(100.0, 30000.0, 300)[None, :]
    for sigma in (0.05, 0.1, 0.2):
        flux = 1e7 * np.exp(-0.5 * ((np.log10(energy) - 3.2) / sigma) ** 2)
        np.testing.assert_allclose(10 ** robust_features(flux, energy).log_core, sigma, rtol=0.01)


def test_excess_tells_ions_above_the_background_from_the_background():
    quiet, diffuse = features(BEAM), features(BEAM, (0.05, 5000.0, 80.0))
    assert abs(quiet.log_excess) < 0.05
    assert diffuse.log_excess > 1.0


def test_rows_with_too_little_are_missing_and_few_gaps_are_bridged():
    flux, energy = spectrum([SHEATH])
    zero, gaps, tail = np.zeros_like(flux), flux.copy(), flux.copy()
    gaps[0, 18] = np.nan
    tail[0, 28:] = np.nan
    found = robust_features(
        np.vstack([zero, gaps, tail, np.full_like(flux, np.nan)]), np.tile(energy, (4, 1))
    )
    whole = robust_features(flux, energy)
    for field in fields(RobustFeatures)[:-1]:
        values = getattr(found, field.name)
        assert np.isnan(values[[0, 2, 3]]).all()
        np.testing.assert_allclose(values[1], getattr(whole, field.name)[0], atol=0.1)


def test_band_weights_sum_to_one_where_the_table_covers_the_band():
    tables = np.vstack([energy_table(kind) for kind in ("standard", "even", "odd", "solar_wind")])
    np.testing.assert_allclose(band_weights(tables, *BAND_EV).sum(axis=1), 1.0)
    assert band_weights(energy_table("low")[None, :], *BAND_EV).sum() < 1.0
