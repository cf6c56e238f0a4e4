"""Pitch-angle distributions made comparable: defects R3 to R6, R16 and R17, and exact truths of each step."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import ConfigError, InsufficientData, VariableError
from magnetoflow.rept_pad import equator
from magnetoflow.rept_pad import prepare as preparing
from magnetoflow.rept_pad.background import REPT_FLOOR, floor_flux, signal_counts, significant
from magnetoflow.rept_pad.data import take
from magnetoflow.rept_pad.equator import loss_cone_deg, mapped
from magnetoflow.rept_pad.folding import bin_edges_deg, folding
from magnetoflow.rept_pad.one_count import one_count_from_data
from magnetoflow.rept_pad.prepare import PrepareOptions, one_count, prepare
from magnetoflow.rept_pad.quality import BACKGROUND, DATA, FLAGS, NO_DATA
from tests.unit.rept_counts import ANGLES, BARE, ENERGIES, LOCAL, UNIT, bin_means, drawn, records


def has(p, flag):
    return (p.quality & FLAGS[flag]) > 0


def test_halves_fold_to_the_mean_flux_and_the_sum_of_counts():
    counts = np.arange(17.0)[None, :, None] * np.ones((1, 1, 12))
    d = records(counts)
    d.flux[0, 15, 3] = np.nan  # the mirror of bin 1
    d.flux[0, [2, 14], 4] = np.nan
    p = prepare(d, LOCAL)
    np.testing.assert_allclose(p.angle_deg, ANGLES[:9])
    np.testing.assert_allclose(p.counts[0, :, 0], [16] * 8 + [8], rtol=1e-6)
    np.testing.assert_allclose(p.flux[0, :, 0] / UNIT[0], 8, rtol=1e-6)
    np.testing.assert_allclose([p.flux[0, 1, 3] / UNIT[3], p.counts[0, 1, 3]], [1, 1], rtol=1e-6)
    assert np.isnan(p.flux[0, 2, 4])
    assert np.isnan(p.counts[0, 2, 4])
    np.testing.assert_allclose(p.background[:, 6], [2 * 4.0 / UNIT[6]] * 8 + [4.0 / UNIT[6]])
    np.testing.assert_array_equal(p.one_count, UNIT)


def test_grids_fold_by_symmetry_only():
    assert len(folding((np.arange(11) + 0.5) * 180 / 11).angle_deg) == 6
    assert len(folding(np.arange(5.0, 180, 10)).angle_deg) == 9
    np.testing.assert_array_equal(folding(ANGLES[:9]).bins, 1)
    with pytest.raises(VariableError, match="cannot be folded"):
        folding(np.array([10.0, 50.0, 90.0, 120.0, 170.0]))
    np.testing.assert_allclose(bin_edges_deg(ANGLES[:9])[[0, 1, 8, 9]], [0, 180 / 17, 90 - 90 / 17, 90])


@pytest.mark.parametrize("fill", [np.nan, np.inf, -np.inf, -1e31, 1e31, np.float64(np.float32(-1e31))])
def test_what_is_no_flux_is_missing_and_the_input_stays(fill):  # R3, R4, R5
    d = drawn(3, 100)
    d = replace(d, flux=d.flux.astype(np.float64))
    d.flux[0] = fill
    d.flux[1, :3] = fill
    before = d.flux.copy()
    p = prepare(d, BARE)
    np.testing.assert_array_equal(d.flux, before)
    assert p.state.tolist() == [NO_DATA, DATA, DATA]
    assert np.isnan(p.flux[0]).all()
    assert np.isnan(p.counts[0]).all()
    assert np.isfinite(p.flux[1]).all()  # the other half was measured
    assert has(p, "missing_angles").tolist() == [False, True, False]
    assert np.nanmin(p.flux[1, :3]) > 0


def test_records_without_data_are_named_and_have_no_signal():  # R6
    d = drawn(4, 100)
    d.flux[0] = 0
    d.flux[1, [0, 1, 2, 3, 4, -1, -2, -3, -4, -5]] = np.nan
    d.flux[2, :5] = np.nan
    p = prepare(d, BARE)
    assert p.state.tolist() == [NO_DATA, NO_DATA, DATA, DATA]
    assert has(p, "no_data").tolist() == [True, True, False, False]
    assert has(p, "all_zero").tolist() == [True, False, False, False]
    assert not p.signal[:2].any()
    assert p.signal[2:].all()
    assert prepare(records(np.empty((0, 17, 12))), BARE).flux.shape == (0, 9, 12)


def test_energies_count_as_signal_only_above_the_background():
    floor = np.array([0.0] * 6 + list(REPT_FLOOR.values())) / UNIT
    np.testing.assert_allclose(floor_flux(ENERGIES, "rept"), floor * UNIT)
    rng = np.random.default_rng(1)
    counts = rng.poisson(floor, (600, 17, 12)).astype(float)
    counts[300:, :, :5] += rng.poisson(3.0, (300, 17, 5))
    p = prepare(records(counts, shell=np.r_[np.full(550, 5.0), np.full(50, 2.4)]), PrepareOptions())
    assert np.all(p.state[:300] != DATA)
    assert np.all(p.state[550:] == BACKGROUND)
    np.testing.assert_array_equal(p.state[300:550], DATA)
    assert p.signal[300:550, :5].all()
    assert not p.signal[:, 5:].any()
    np.testing.assert_array_equal(has(p, "few_counts"), p.state == BACKGROUND)
    np.testing.assert_array_equal(has(p, "proton_contamination"), np.arange(600) >= 550)
    with pytest.raises(ConfigError, match="no background is known"):
        floor_flux(np.array([8.8]), "rept")
    with pytest.raises(ConfigError, match="does not fit the channels"):
        prepare(take(records(counts), slice(2)), PrepareOptions(counts=(1.0, 2.0)))


def test_signal_needs_both_significance_and_counts():
    background, bins = np.array([[0.0, 0.0, 1.7, 17.0, 100.0]]), np.full((1, 5), 17.0)
    need = np.array([[17.0, 17.0, 18.7, 17 + 5 * 17**0.5, 150.0]])
    for offset, expected in ((1e-9, True), (-0.1, False)):
        assert np.all(significant(need + offset, background, bins, 5.0, 1.0) == expected)
    assert not significant(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), 0.0, 0.0).any()


def test_left_and_right_differ_only_where_chance_does_not_explain_it():
    d = drawn(200, 1e5, seed=2)
    d.flux[:20, :8] *= 1.5
    d.flux[20:40, :8] *= 1.02
    np.testing.assert_array_equal(has(prepare(d, BARE), "asymmetric"), np.arange(200) < 20)


@pytest.mark.parametrize(("b_ratio", "seen"), [(1.0, 9), (0.99, 9), (0.987, 8), (0.9, 7), (0.56, 5)])
@pytest.mark.parametrize(("power", "within"), [(2.0, 2e-4), (0.5, 0.012), (-0.3, 0.012)])
def test_powers_of_the_sine_map_to_the_equator(b_ratio, seen, power, within):  # R16
    local = (1e6 * bin_means(power, b_ratio))[None, :, None] * np.ones(12)
    p = prepare(records(local, b_ratio=b_ratio), BARE)
    truth = 1e6 * bin_means(power)[:9]
    assert p.equatorial
    np.testing.assert_array_equal(np.isfinite(p.flux[0, :, 5]), np.arange(9) < seen)
    np.testing.assert_array_equal(np.isfinite(p.counts), np.isfinite(p.flux))
    np.testing.assert_allclose(p.flux[0, 1:seen, 5] / UNIT[5], truth[1:seen], rtol=within)
    np.testing.assert_allclose(p.flux[0, 0, 5] / UNIT[5], truth[0], rtol=within + 0.06 * (power != 2))


def test_a_dip_at_90_degrees_keeps_its_depth_where_90_degrees_is_nearly_seen():
    def dip(square):  # of the cosine of the equatorial angle
        return 1 - 0.5 * np.exp(-square / np.radians(22) ** 2)

    inside = ANGLES[:, None] + (np.arange(200) + 0.5) / 200 * 180 / 17 - 90 / 17
    square = np.cos(np.radians(inside)) ** 2
    local = 1e6 * dip(1 - 0.99 * (1 - square)).mean(axis=1)[None, :, None] * np.ones(12)
    p = prepare(records(local, b_ratio=0.99), BARE)
    truth = 1e6 * dip(square).mean(axis=1)
    assert local[0, 8, 0] > 1.05 * truth[8]  # what the local bin of 90 degrees shows
    np.testing.assert_allclose(p.flux[0, :, 5] / UNIT[5], truth[:9], rtol=0.02)


def test_records_without_a_usable_field_stay_local_and_flagged():
    d = drawn(5, 100)
    d = replace(d, b_ratio=np.array([1.0, 1.04, 1.2, np.nan, 0.8]), l_star=np.array([5, 5, np.nan, 5, 5.0]))
    local, p = prepare(d, replace(LOCAL, background="none")), prepare(d, BARE)
    assert has(p, "no_mapping").tolist() == [False, False, True, True, False]
    assert has(p, "no_l_star").tolist() == [False, False, True, False, False]
    np.testing.assert_allclose(p.flux[:4], local.flux[:4], rtol=1e-6)
    np.testing.assert_allclose(p.counts[:4], local.counts[:4], rtol=1e-5)
    later = mapped(local)
    np.testing.assert_array_equal(later.flux, p.flux)
    np.testing.assert_array_equal(later.counts, p.counts)
    np.testing.assert_array_equal(later.quality, p.quality)
    assert mapped(p) is p
    with pytest.raises(VariableError, match="which flux one count"):
        mapped(replace(local, one_count=np.zeros(0)))
    with pytest.raises(ConfigError, match="cannot be mapped"):
        prepare(d, PrepareOptions(fold=False))


@pytest.mark.parametrize(("b_ratio", "lacking"), [(1.0, [4]), (0.93, [4]), (0.85, [3, 4])])
def test_the_map_fills_no_missing_bin(b_ratio, lacking):
    counts = np.full((1, 17, 12), 50.0)
    counts[:, [4, 12]] = np.nan
    p = prepare(records(counts, b_ratio=b_ratio), BARE)
    lost = np.flatnonzero(np.isnan(p.flux[0, :6, 0]))
    assert lost.tolist() == lacking
    np.testing.assert_allclose(p.flux[0, 0] / UNIT, 50, rtol=1e-3)


@pytest.mark.parametrize("level", [1.0, 30.0])
@pytest.mark.parametrize("b_ratio", [0.99, 0.8])
def test_mapped_flux_is_unbiased_and_its_counts_are_not_more_than_its_scatter_shows(level, b_ratio):
    d = drawn(1500, level, power=0.0, b_ratio=b_ratio, seed=3)
    p, local = prepare(d, BARE), prepare(d, replace(LOCAL, background="none"))
    flux = p.flux[:, :6] / UNIT
    np.testing.assert_allclose(flux.mean(axis=(0, 2)), level, rtol=0.02)
    shown = (flux.mean(axis=0) ** 2 / flux.var(axis=0)).mean(axis=1)
    assert np.all(p.counts[:, :6].mean(axis=(0, 2)) <= 1.05 * shown)
    assert np.all(np.nansum(p.counts, axis=1) <= 1.0001 * np.nansum(local.counts, axis=1))


def test_no_combination_of_mapped_bins_is_worth_more_than_was_measured():
    edges = np.radians(bin_edges_deg(ANGLES[:9]))
    native = np.array([2.0] * 8 + [1.0])
    for b_ratio in (0.97, 0.9, 0.8, 0.6):
        line = equator._lines(np.array([-np.log(b_ratio)]), edges, np.ones((1, 9), bool))[0]
        kept = line[np.isfinite(line[:, 0])]
        covariance = kept @ np.diag(1 / native) @ kept.T
        shared = np.abs(kept) / np.maximum(np.abs(kept).sum(axis=0), 1)
        worth = np.minimum(1 / np.diag(covariance), shared @ native)
        scale = np.sqrt(worth)
        assert np.linalg.eigvalsh(scale[:, None] * covariance * scale).max() < 1.01


def test_loss_cone_is_that_of_a_dipole():
    np.testing.assert_allclose(loss_cone_deg(np.array([4.0, 6.0])), [5.34, 2.85], atol=0.01)
    assert np.isnan(loss_cone_deg(np.array([0.5, np.nan]))).all()


def test_a_record_depends_on_no_other(monkeypatch):  # R17
    d = drawn(40, 5, seed=4, shell=np.linspace(2, 6, 40))
    d = replace(d, b_ratio=np.linspace(0.5, 1.02, 40))
    whole = prepare(d, PrepareOptions())
    monkeypatch.setattr(preparing, "ROWS", 7)
    other = prepare(d, PrepareOptions())
    turned = prepare(replace(take(d, slice(None, None, -1)), time=d.time), PrepareOptions())
    for name in ("flux", "counts", "signal", "state", "quality"):
        np.testing.assert_array_equal(getattr(other, name), getattr(whole, name))
        np.testing.assert_array_equal(getattr(turned, name)[::-1], getattr(whole, name))


def test_the_unit_of_the_flux_changes_nothing_else():
    d = drawn(20, 5, seed=5, b_ratio=0.9)
    options = PrepareOptions(counts=tuple(UNIT), background=tuple(floor_flux(ENERGIES, "rept")))
    scaled = replace(
        options, counts=tuple(1000 * UNIT), background=tuple(1000 * floor_flux(ENERGIES, "rept"))
    )
    one, other = prepare(d, options), prepare(replace(d, flux=d.flux * 1000), scaled)
    np.testing.assert_allclose(other.counts, one.counts, rtol=1e-5)
    np.testing.assert_allclose(other.flux, 1000 * one.flux, rtol=1e-5)
    np.testing.assert_array_equal(other.signal, one.signal)
    np.testing.assert_allclose(signal_counts(other), signal_counts(one), rtol=1e-5)


def test_one_count_is_found_in_the_steps_of_the_data_or_in_the_scatter_of_the_halves():
    d = drawn(300, 4, seed=6)
    np.testing.assert_allclose(one_count(d, PrepareOptions(counts="data")), UNIT, rtol=1e-3)
    mean = d.flux.reshape(-1, 3, 17, 12).mean(axis=1) * np.linspace(0.7, 1.3, 100)[:, None, None]
    np.testing.assert_allclose(one_count_from_data(mean, ANGLES, ENERGIES), UNIT / 3, rtol=0.2)
    with pytest.raises(InsufficientData, match=r"too few low fluxes at 1\.8"):
        one_count_from_data(d.flux[:1, :2], ANGLES[:2], ENERGIES)
