"""Shapes against records in units of the errors of counts, and the choice among several fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.rept_pad import fitting
from magnetoflow.rept_pad.data import Scores, no_records
from magnetoflow.rept_pad.fit_options import FitOptions
from magnetoflow.rept_pad.mixture import Mixture
from magnetoflow.rept_pad.shape_errors import shape_errors

ANGLES = np.array([15.0, 30.0, 45.0, 60.0, 75.0, 90.0])
ENERGIES = np.array([2.0, 7.0])
UNIT, FLOOR = np.array([30.0, 8.0]), np.array([0.0, 40.0])


def records(count, seed):
    """Poisson counts of sin^2 at levels of 100 counts, above a background in the second energy."""
    rng = np.random.default_rng(seed)
    shape = np.sin(np.deg2rad(ANGLES))[:, None] ** 2 * np.ones(2)
    counts = rng.poisson(100 * shape + FLOOR / UNIT, (count, len(ANGLES), 2))
    empty = no_records(ANGLES, ENERGIES)
    filled = replace(
        empty,
        counts=counts.astype(np.float32),
        flux=(counts * UNIT).astype(np.float32),
        signal=np.ones((count, 2), dtype=bool),
        one_count=UNIT,
        floor=FLOOR,
    )
    return filled, np.broadcast_to(shape, counts.shape)


def test_the_true_shape_is_off_by_the_error_of_counts_and_another_by_more():
    p, shape = records(2000, 1)
    true = shape_errors(p, shape, 1e-6)
    np.testing.assert_allclose(true.by_energy(), 1.0, atol=0.05)
    assert true.total == pytest.approx(1.0, abs=0.05)
    np.testing.assert_allclose(np.median(true.level, axis=0), 100 * UNIT, rtol=0.02)
    assert (shape_errors(p, np.ones_like(shape), 1e-6).by_energy() > 3).all()
    faint = replace(p, signal=p.signal & np.array([True, False]))
    assert np.isnan(shape_errors(faint, shape, 1e-6).by_energy()[1])


def test_of_several_fits_the_most_likely_is_taken(monkeypatch):
    values = np.concatenate([np.zeros((50, 1)), np.full((50, 1), 9.0)])
    values += np.random.default_rng(2).normal(0, 0.5, values.shape)
    scores, spread = Scores(values), np.full((2, 1, 1), 0.25)
    good = Mixture(np.array([0.5, 0.5]), np.array([[0.0], [9.0]]), spread)
    poor = Mixture(np.array([0.5, 0.5]), np.array([[4.0], [5.0]]), spread)
    for of_search, of_seeds in ((good, poor), (poor, good)):
        fits = {True: of_search, False: of_seeds}
        monkeypatch.setattr(fitting, "fit_mixture", lambda *_, start=None, f=fits, **__: f[start is not None])
        assert fitting.final_clusters(scores, 2, FitOptions(), of_search) is good
