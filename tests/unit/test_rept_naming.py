"""Fits of single records, mean distributions, their names, and numbers that stay."""

from dataclasses import fields, replace

import numpy as np
import pytest

from magnetoflow.errors import ConfigError
from magnetoflow.rept_pad.data import take
from magnetoflow.rept_pad.mean_pads import mean_pads, shape_from_pairs
from magnetoflow.rept_pad.naming import (
    NamingOptions,
    class_name,
    class_names,
    class_shapes,
    runs_text,
    shape_of,
)
from magnetoflow.rept_pad.order import canonical_order, difference, matched_ids
from magnetoflow.rept_pad.pad_curves import fit_curves
from magnetoflow.rept_pad.pad_fits import Levels, fit_pads, levels_of
from magnetoflow.rept_pad.pad_sums import pad_sums
from magnetoflow.sample.rept_pad_classes import SHAPES as PLANTED_SHAPES
from magnetoflow.sample.rept_pad_levels import FLOOR, ONE_COUNT
from tests.unit.rept_summary_data import planted, prepared

WHOLE = (np.arange(17) + 0.5) * 180 / 17
FOLDED = WHOLE[:9]
ELEVEN = (np.arange(11) + 0.5) * 180 / 11


def sine(angle_deg, n):
    return np.sin(np.deg2rad(angle_deg)) ** n


def dip(angle_deg, d, w):
    return 1 - d * np.exp(-(((angle_deg - 90) / w) ** 2))


CURVES = {
    "steep pancake": (lambda a: sine(a, 3.5), "pancake"),
    "mild pancake": (lambda a: sine(a, 1.0), "pancake"),
    "flattop": (lambda a: sine(a, 0.34), "flattop"),
    "saturated": (lambda a: np.minimum(1, sine(a, 2.5) / sine(45, 2.5)), "flattop"),
    "strong butterfly": (lambda a: sine(a, 1.1) * dip(a, 0.55, 22), "butterfly"),
    "weak butterfly": (lambda a: sine(a, 0.75) * dip(a, 0.2, 20), "butterfly"),
    # d/(1 - d) < n w^2/2: the largest value stays at 90 degrees, whatever d says
    "dip that makes no butterfly": (lambda a: sine(a, 3) * dip(a, 0.2, 30), "pancake"),
    "cap": (lambda a: sine(a, 0.7) * dip(a, -0.8, 12), "cap"),
    "field-aligned": (lambda a: sine(a, -0.5), "field-aligned"),
    "isotropic": (lambda a: 0 * a + 1, "isotropic"),
}


@pytest.mark.parametrize("angle_deg", [WHOLE, FOLDED, ELEVEN], ids=["17", "9", "11"])
@pytest.mark.parametrize("name", CURVES)
def test_rules_name_the_curves_in_any_unit(name, angle_deg):
    curve, wanted = CURVES[name]
    mean = curve(angle_deg)
    for unit in (1.0, 1e3):
        seen = np.ones(len(mean), bool)
        assert shape_of(unit * mean, unit * 0.01 * mean, seen, angle_deg, NamingOptions()) == (wanted, "")


def test_a_dip_within_its_error_is_no_butterfly_and_unseen_angles_are_named():
    mean = sine(FOLDED, 0.5) * dip(FOLDED, 0.15, 20)
    seen = np.ones(9, bool)
    shape, remark = shape_of(mean, np.full(9, 0.1), seen, FOLDED, NamingOptions())
    assert (shape, remark) == ("flattop", "dip at 90 degrees of less than 3 errors")
    seen[-2:] = False
    shape, remark = shape_of(sine(FOLDED, 2), np.full(9, 0.001), seen, FOLDED, NamingOptions())
    assert (shape, remark) == ("pancake", "above 69 degrees hardly seen")
    assert shape_of(mean, np.full(9, 0.1), np.arange(9) < 3, FOLDED, NamingOptions())[0] == "background"


@pytest.fixture(scope="module")
def sample():
    p, levels, truth = planted(2500, 3)
    column = np.where(p.state == 2, -1, truth.class_id - 1)
    sums = pad_sums(p, column, None, levels, 6)
    return p, levels, truth, column, mean_pads(sums, p.angle_deg, p.energy_mev)


def test_planted_classes_have_their_names_at_every_energy_of_ten_counts(sample):
    _p, levels, truth, column, pads = sample
    table = class_shapes(pads, levels)
    for k in range(6):
        own = column == k
        mean = (truth.expected_90[own] - FLOOR / ONE_COUNT).mean(axis=0)
        codes = truth.shape[own]
        for e in range(12):
            wanted = PLANTED_SHAPES[np.bincount(codes[:, e]).argmax()]
            if mean[e] > 11:
                assert table.shape[k, e] == table.stacked[k, e] == wanted, (k, e)
            elif mean[e] < 9:
                assert table.shape[k, e] == "background", (k, e)
                # a mean of many records has a shape before single ones do; far below ten counts it has none
                assert table.stacked[k, e] == wanted or mean[e] < 4, (k, e)
                assert table.stacked[k, e] == "" or mean[e] > 1.5, (k, e)
    order = canonical_order(table)
    assert class_names(table.shape[order]) == (
        *("pancake A", "pancake B", "flattop", "flattop to pancake", "butterfly", "butterfly to pancake"),
    )
    assert order.tolist() == [0, 1, 4, 5, 3, 2]
    n, d = table.fits.n.reshape(6, 12), table.fits.d.reshape(6, 12)
    # parameters of the mean curve at 3.4 MeV, through the map to the equator
    assert np.allclose(n[[0, 1, 2, 3, 4], 3], [3.5, 1.5, 1.1, 0.75, 0.34], atol=0.12)
    assert np.allclose(d[[0, 1, 2, 3, 4], 3], [0, 0, 0.55, 0.3, 0], atol=0.05)


def test_order_and_numbers_do_not_follow_the_order_of_clusters(sample):
    """R15: cluster numbers are arbitrary."""
    p, levels, _truth, column, pads = sample
    shuffle = np.array([3, 0, 5, 1, 4, 2])
    other = np.where(column >= 0, shuffle[column], -1)
    moved = mean_pads(pad_sums(p, other, None, levels, 6), p.angle_deg, p.energy_mev)
    first, second = (class_shapes(one, levels) for one in (pads, moved))
    assert np.array_equal(shuffle[canonical_order(first)], canonical_order(second))
    # an earlier model with other numbers: kept, and a new class gets a fresh one
    strong = np.where(p.energy_mev < 7, 1.0, np.nan)
    old = pads.mean * strong
    assert matched_ids(moved.mean * strong, old, (1, 2, 3, 5, 6, 9)) == tuple(
        (1, 2, 3, 5, 6, 9)[k] for k in np.argsort(shuffle)
    )
    ids = matched_ids(old, old[:5], (1, 2, 3, 5, 6))
    assert ids == (1, 2, 3, 5, 6, 7)
    assert difference(1000 * old, old).diagonal().max() < 1e-6


def test_the_mean_does_not_follow_which_records_saw_which_angles():
    g = np.stack([sine(FOLDED, 1.1) * dip(FOLDED, 0.5, 22), sine(FOLDED, 3)], axis=1)
    rng = np.random.default_rng(1)
    level = rng.lognormal(5, 1, 200)
    flux = level[:, None, None] * g
    # records that see the highest angles are a hundred times stronger; a few miss the lowest
    flux[:100] *= 100
    flux[100:, 6:] = np.nan
    flux[rng.random((200, 9)) < 0.1] = np.nan
    p = prepared(flux)
    levels = Levels(np.ones(2), np.zeros(2))
    column = np.zeros(200, np.int64)
    pads = mean_pads(pad_sums(p, column, None, levels, 1), p.angle_deg, p.energy_mev)
    for found in (pads.mean[0], pads.even[0]):
        assert np.allclose(found / found.max(axis=0), g / g.max(axis=0), rtol=1e-4)
    plain = np.nanmean(flux, axis=0)
    assert np.abs(np.log(plain / plain[8] * g[8] / g)).max() > 0.5
    # with the shapes known, every record's own level is found: no spread is left
    again = mean_pads(pad_sums(p, column, pads.mean, levels, 1), p.angle_deg, p.energy_mev, pads.mean)
    assert np.allclose(again.quantiles[:, 0], pads.mean[0], rtol=0.06)
    expected = (level * np.r_[np.full(100, 100), np.ones(100)]).mean()
    assert np.allclose(again.flux[0], expected * g, rtol=1e-3)


def test_pairs_of_complete_records_give_the_plain_sum_and_angles_never_seen_stay_missing():
    total = np.array([3.0, 0.0, 8.0, 5.0])
    pairs = np.repeat(total[:, None], 4, axis=1)
    assert np.allclose(shape_from_pairs(pairs), total / 8, atol=1e-5)
    pairs[2], pairs[:, 2] = 0, 0
    assert np.allclose(shape_from_pairs(pairs), [0.6, 0, np.nan, 1], atol=1e-5, equal_nan=True)
    assert np.isnan(shape_from_pairs(np.zeros((2, 3, 3)))).all()


def test_error_of_the_mean_covers_shapes_that_vary_from_orbit_to_orbit():
    rng = np.random.default_rng(5)
    blocks, records = 48, 10
    n = rng.normal(1.5, 0.3, (blocks, 1, 40))
    flux = 1e4 * np.exp(n * np.log(np.sin(np.deg2rad(FOLDED)))[:, None])
    flux = rng.poisson(np.repeat(flux, records, axis=0))
    energy = np.linspace(2, 6, 40)
    p = prepared(flux, energy_mev=energy, block=np.repeat(np.arange(blocks), records))
    levels = Levels(np.ones(40), np.zeros(40))
    pads = mean_pads(pad_sums(p, np.zeros(len(p), np.int64), None, levels, 1), FOLDED, energy)
    many = np.exp(rng.normal(1.5, 0.3, 200000)[:, None] * np.log(np.sin(np.deg2rad(FOLDED)))).mean(axis=0)
    truth = many[:, None] * pads.mean[0].sum(axis=0) / many.sum()
    z = (pads.mean[0] - truth) / pads.mean_error[0]
    assert 0.75 < z[1:7].std() < 1.3
    assert pads.mean_error[0, 3].mean() > 5 * np.sqrt(1e4 * many[3] * 480) / (1e4 * 480)


def test_name_of_a_class_follows_its_shapes_over_energy():
    b, p, f, no = "butterfly", "pancake", "flattop", "background"
    assert class_name([b, b, p, p, no]) == "butterfly to pancake"
    assert class_name([b, p, b, b, no, no]) == "butterfly"
    assert class_name([no, no]) == "faint"
    assert class_name([b, b, f, f, p, p, b, b]) == "mixed"
    shapes = np.array([[p, p], [f, no], [p, no], [p, p]])
    assert class_names(shapes) == ("pancake A", "flattop", "pancake B", "pancake C")
    assert runs_text([b, b, p], np.array([1.8, 2.1, 2.6])) == "butterfly 1.8-2.1 MeV, pancake 2.6 MeV"


def test_fits_of_records_have_errors_that_cover():
    p, levels, truth = planted(2500, 8)
    fits = fit_pads(p, 4.2, levels=levels)
    e = 4
    counts = truth.expected_90[:, e]
    used = np.isfinite(fits.n) & (truth.class_id > 0) & (counts > 30) & (counts < 300)
    used_all, used = (
        used,
        used & (p.b_ratio > 0.95),
    )  # elsewhere the prior of d rules, as 90 degrees is unseen
    n, d = truth.parameters.n[:, e], truth.parameters.d[:, e]
    plain = used & ~truth.parameters.knee[:, e]
    for found, error, wanted in ((fits.n, fits.n_error, n), (fits.d, fits.d_error, d)):
        z = ((found - wanted) / error)[plain]
        assert 0.7 < z.std() < 1.2
        assert abs(np.median(z)) < 0.3
    alone = plain & (d == 0)
    z = ((fits.anisotropy - n / 2) / fits.anisotropy_error)[alone]
    assert 0.7 < z.std() < 1.2
    # where 90 degrees is not seen the error of what is extrapolated to there is larger
    seen = np.isfinite(p.flux[:, -1, e])
    relative = fits.flux_90_error / fits.flux_90
    assert np.median(relative[used_all & ~seen]) > 1.5 * np.median(relative[used_all & seen])
    assert np.isnan(fits.n[~p.signal[:, e]]).all()


def test_fits_do_not_follow_units_or_neighbours():
    p, levels, _ = planted(200, 2)
    whole = fit_pads(p, 3.4, levels=levels)
    rows = np.random.default_rng(0).permutation(200)[:150]
    some = fit_pads(take(p, rows), 3.4, levels=levels)
    per_kev = replace(p, flux=p.flux / np.float32(1000))
    small = fit_pads(per_kev, 3.4, levels=Levels(levels.one_count / 1000, levels.background / 1000))
    for name in (one.name for one in fields(whole)):
        assert np.allclose(getattr(some, name), getattr(whole, name)[rows], rtol=1e-9, equal_nan=True)
        factor = 1000 if name.startswith(("flux", "terms")) else 1
        assert np.allclose(factor * getattr(small, name), getattr(whole, name), rtol=1e-3, equal_nan=True)
    with pytest.raises(ConfigError, match=r"no energy near 0\.5 MeV"):
        fit_pads(p, 0.5)


def test_three_sines_follow_what_is_made_of_them():
    terms = np.array([3.0, -0.4, 0.1])
    half = np.pi / 34
    order = np.array([1, 3, 5])
    smear = np.sin(order * half) / (order * half)
    mean = np.sin(np.deg2rad(WHOLE)[:, None] * order) @ (terms * smear)
    found = fit_curves(mean[None], np.full((1, 17), 1e-4), np.zeros((1, 17)), WHOLE)
    assert np.allclose(found.terms[0], terms, atol=1e-6)
    empty = fit_curves(np.full((2, 17), np.nan), np.ones((2, 17)), np.ones((2, 17)), WHOLE)
    assert all(np.isnan(getattr(empty, one.name)).all() for one in fields(empty))


def test_levels_are_found_in_records_that_are_not_mapped():
    p = prepared(np.full((3, 9, 2), 30.0), one=5.0, background=np.full((9, 2), 2.0))
    found = levels_of(p)
    assert np.allclose(found.one_count, 5)
    assert np.allclose(found.background, 10)
