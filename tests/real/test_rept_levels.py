"""Levels of the REPT sample against the real mean fluxes over L, which they are not fitted to."""

import os
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.sample.rept_pad_levels import ENERGY_MEV, FLOOR, mean_e0_mev, spectrum
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
FILE = REAL / "rbsp" / "rept_fedu_mean.csv"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="no real file beside the checkout")


@pytest.fixture(scope="module")
def means():
    rows = [line.split(",") for line in FILE.read_text().splitlines()]
    flux = np.array(rows[1:], dtype=float)
    return np.array(rows[0][:-1], dtype=float), flux[:, -1], flux[:, :-1].T


def test_energies_are_those_of_the_file(means):
    np.testing.assert_allclose(means[1], ENERGY_MEV)


def test_levels_are_those_of_the_file(means):
    l_shell, _, flux = means
    off = np.log((spectrum(l_shell) + FLOOR) / flux)
    inside = (l_shell > 3.9) & (l_shell < 6.0)
    assert (np.median(np.abs(off[inside]), axis=0) < 0.35).all()
    assert (np.abs(off[inside, :8]) < 0.9).all()


def test_spectra_fall_as_those_of_the_file(means):
    l_shell, energy, flux = means
    for place in (3.0, 4.0, 5.0, 6.0):
        near = np.abs(l_shell - place) < 0.055
        slope = np.polyfit(energy[:6], np.log(flux[near].mean(axis=0)[:6]), 1)[0]
        assert -1 / slope == pytest.approx(mean_e0_mev(np.array([place]))[0], rel=0.05)
