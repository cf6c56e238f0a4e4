"""Weighted components: records of a known linear model, drawn with Poisson counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import ConfigError, InsufficientData, ModelError
from magnetoflow.rept_pad.data import Prepared, take
from magnetoflow.rept_pad.folding import bin_edges_deg
from magnetoflow.rept_pad.weighted import VAGUE, WeightedPca
from magnetoflow.rept_pad.weighted_fit import fit_weighted

ANGLE = (np.arange(9) + 0.5) * 180 / 17
ENERGY = np.array([1.8, 3.4, 5.2])
BINS = np.array([2.0] * 8 + [1.0])
UNIT = np.array([35.0, 19.0, 12.0])
FLOOR = np.array([0.0, 10.0, 30.0])
EXPOSURE = BINS[:, None] / UNIT


def curves(ratio: float = 1.0) -> np.ndarray:
    """Mean, power of the sine and a dip at 90 degrees that fades with energy; (3, angle, energy)."""
    sine = np.sin(np.radians(ANGLE)) * np.sqrt(ratio)
    off = np.degrees(np.arccos(sine))
    power, dip = np.log(sine), np.exp(-((off / 25.0) ** 2))
    each = np.ones(3), np.ones(3), np.array([1.0, 0.5, 0.0])
    return np.stack([np.outer(one, e) for one, e in zip((power, 0.5 * power, 0.4 * dip), each, strict=True)])


def made(z: np.ndarray, level: np.ndarray, *, ratio: float = 1.0, seed: int | None = 0) -> Prepared:
    """Records of scores `z` and counts `level` (n, energy) at 90 degrees; expected ones without seed."""
    shape = np.tensordot(np.c_[np.ones(len(z)), z], curves(ratio), axes=1)
    shape -= shape[:, -1:, :]
    net = BINS[:, None] * level[:, None, :] * np.exp(shape)
    want = net + FLOOR * EXPOSURE
    counts = want if seed is None else np.random.default_rng(seed).poisson(want).astype(float)
    n, none = len(z), np.full(len(z), np.nan)
    return Prepared(
        time=np.datetime64("2013-03-17", "ns") + np.arange(n) * np.timedelta64(60, "s"),
        flux=(counts / EXPOSURE).astype(np.float32),
        counts=counts.astype(np.float32),
        background=FLOOR * EXPOSURE,
        signal=np.broadcast_to(level > 0, (n, 3)).copy(),
        state=np.zeros(n, np.uint8),
        block=np.arange(n) // 25,
        angle_deg=ANGLE,
        energy_mev=ENERGY,
        l=np.full(n, 4.5),
        l_star=none,
        mlt=none,
        mlat_deg=none,
        b_ratio=np.full(n, ratio),
        quality=np.zeros(n, np.uint16),
        equatorial=False,
        folded=True,
        one_count=UNIT,
        floor=FLOOR,
    )


TRUE = np.random.default_rng(5).standard_normal((600, 2))
LEVELS = np.exp(np.random.default_rng(6).normal(np.log([800.0, 100.0, 15.0]), 1.0, (600, 3)))


@pytest.fixture(scope="module")
def records() -> Prepared:
    return made(TRUE, LEVELS)


@pytest.fixture(scope="module")
def model(records: Prepared) -> WeightedPca:
    return fit_weighted(records, 2, error_floor=0.02)[0]


def exact() -> WeightedPca:
    """Give the model that made the records."""
    level = curves() - curves().mean(axis=1, keepdims=True)
    return WeightedPca(level[0], level[1:], EXPOSURE, ANGLE, ENERGY, True, 0.0)


def test_fit_finds_mean_and_components(model: WeightedPca) -> None:
    seen, true = np.s_[1:], exact()
    centred = [
        (one - one.mean(axis=-2, keepdims=True))
        for one in (model.components[:, seen], true.components[:, seen])
    ]
    found, wanted = (one.reshape(2, -1) for one in centred)
    left = wanted - wanted @ np.linalg.pinv(found) @ found
    assert (left**2).sum() < 0.01 * (wanted**2).sum()
    mean = model.mean[seen] - true.mean[seen]
    mean = (mean - mean.mean(axis=0)).ravel()
    assert np.abs(mean - mean @ np.linalg.pinv(wanted) @ wanted).max() < 0.05
    assert model.explained_variance_ratio[0] > 0.5 > model.explained_variance_ratio[1]


def test_errors_of_scores_hold(records: Prepared) -> None:
    scores = exact().scores(records)
    gap = scores.values - TRUE
    squares = np.einsum("ni,nij,nj->n", gap, np.linalg.inv(scores.covariance), gap)
    assert squares.mean() == pytest.approx(2.0, abs=0.35)


def test_few_and_zero_counts_do_not_move_scores() -> None:
    z = np.tile([[1.5, -1.0]], (1500, 1))
    low = made(z, np.tile([[8.0, 4.0, 0.0]], (1500, 1)), seed=3)
    assert (low.counts[:, 1:3, :2] == 0).mean() > 0.05
    scores = exact().scores(low)
    gap = (scores.values - z) / np.sqrt(np.diagonal(scores.covariance, axis1=1, axis2=2))
    assert np.abs(gap.mean(axis=0)).max() < 0.15
    assert gap.std(axis=0) == pytest.approx(1.0, abs=0.15)


def test_level_of_an_energy_and_unit_do_not_matter(model: WeightedPca) -> None:
    z = TRUE[:20]
    one = made(z, np.full((20, 3), 1e6), seed=None)
    scaled = made(z, np.array([[1e6, 3e7, 4e6]] * 20), seed=None)
    assert model.scores(one).values == pytest.approx(model.scores(scaled).values, abs=2e-3)
    other = replace(one, flux=one.flux * 1000, one_count=UNIT * 1000, floor=FLOOR * 1000)
    again = replace(model, exposure=model.exposure / 1000)
    assert again.scores(other).values == pytest.approx(model.scores(one).values, abs=2e-4)


def test_scores_do_not_depend_on_latitude() -> None:
    z = np.c_[TRUE[:20, 0], np.zeros(20)]
    level = np.full((20, 3), 1e6)
    for ratio in (1.0, 0.8, 0.56):
        assert exact().scores(made(z, level, ratio=ratio, seed=None)).values[:, 0] == pytest.approx(
            z[:, 0], abs=0.05
        )
    near, far = (
        exact().scores(made(z, np.full((20, 3), 100.0), ratio=ratio, seed=None)).covariance
        for ratio in (1.0, 0.56)
    )
    assert (far[:, 1, 1] > 5 * near[:, 1, 1]).all()  # the dip cannot be seen


def test_missing_bins_cost_certainty_only(model: WeightedPca) -> None:
    whole = made(TRUE[:20], np.full((20, 3), 1e5), seed=None)
    lost = np.broadcast_to((np.arange(9) % 2 == 1)[None, :, None], whole.counts.shape)
    holes = replace(
        whole, flux=np.where(lost, np.nan, whole.flux), counts=np.where(lost, np.nan, whole.counts)
    )
    a, b = model.scores(whole), model.scores(holes)
    assert b.values == pytest.approx(a.values, abs=0.1)
    assert (np.linalg.det(b.covariance) > np.linalg.det(a.covariance)).all()
    half = np.where(np.arange(9) == 3, 0.5, 1.0)[:, None]
    seen = replace(
        whole, counts=(whole.counts * half).astype(np.float32)
    )  # flux stays: half of a fold missing
    assert model.scores(seen).values == pytest.approx(a.values, abs=2e-3)


def test_record_without_signal_says_nothing(model: WeightedPca) -> None:
    scores = model.scores(made(np.zeros((1, 2)), np.zeros((1, 3))))
    assert (scores.values == 0).all()
    assert scores.covariance[0] == pytest.approx(np.eye(2) / VAGUE)


def test_bin_of_the_loss_cone_is_left_out(model: WeightedPca) -> None:
    one = made(TRUE[:5], np.full((5, 3), 1e4), seed=None)
    odd = replace(one, counts=one.counts.copy(), flux=one.flux.copy())
    odd.counts[:, 0] *= 0.1
    odd.flux[:, 0] *= 0.1
    assert (model.scores(odd).values == model.scores(one).values).all()
    assert bin_edges_deg(ANGLE)[0] == 0


def test_same_again_in_any_order_and_input_unchanged(records: Prepared, model: WeightedPca) -> None:
    before = records.counts.copy()
    again, _ = fit_weighted(records, 2, error_floor=0.02)
    assert (again.components == model.components).all()
    assert (again.mean == model.mean).all()
    order = np.random.default_rng(0).permutation(len(records))
    assert (model.scores(take(records, order)).values == model.scores(records).values[order]).all()
    assert (records.counts == before).all()


def test_number_of_components_is_found(records: Prepared) -> None:
    model, rows = fit_weighted(records, "auto", error_floor=0.02, seed=1)
    assert model.number == 2
    assert [row.components for row in rows if row.chosen] == [2]
    assert rows[0].deviance > rows[1].deviance


def test_misfit_tells_a_foreign_shape(records: Prepared, model: WeightedPca) -> None:
    chi, freedom = exact().misfit(records)
    assert chi.sum() / freedom.sum() == pytest.approx(1.0, abs=0.1)
    assert model.spread < 1.0  # the floor is wider than these records need
    odd = made(TRUE[:5], np.full((5, 3), 1e3), seed=None)
    bump = np.where(np.arange(9) == 4, 3.0, 1.0).astype(np.float32)[:, None]
    chi, freedom = model.misfit(replace(odd, counts=odd.counts * bump, flux=odd.flux * bump))
    assert (chi > 5 * freedom).all()


def test_other_grid_and_too_few_records_are_refused(records: Prepared, model: WeightedPca) -> None:
    with pytest.raises(ModelError, match="other energies"):
        model.scores(replace(records, energy_mev=ENERGY * 1.1))
    with pytest.raises(ModelError, match="local pitch angles"):
        replace(model, equatorial=False).scores(replace(records, equatorial=True))
    with pytest.raises(InsufficientData, match="too few"):
        fit_weighted(take(records, slice(0, 20)), 2)
    for wrong in (0, 21, "many"):
        with pytest.raises(ConfigError, match="number of weighted components"):
            fit_weighted(records, wrong)
