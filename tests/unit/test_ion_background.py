"""Ion moments without penetrating radiation, and temperatures along and across the field."""

import numpy as np
import pytest

from magnetoflow.mms_rnn.ions import Ions, temperatures_ev, without_background
from magnetoflow.mms_rnn.quality import FLAGS

PROTON_KG, BOLTZMANN, KELVIN_PER_EV = 1.6726e-27, 1.3807e-23, 11604.0


def ions(n, n_bg, v, p, p_bg):
    count = len(n)
    time = np.datetime64("2017-07-11", "ns") + np.arange(count) * np.timedelta64(150, "ms")
    return Ions(time, *(np.array(one, dtype=float) for one in (n, n_bg, v, p, p_bg)), 0.15)


def measured(seed=0, count=50):
    """Random moments in the tail's ranges, with pressure tensors that are positive."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((count, 3, 3))
    n = rng.uniform(0.05, 0.5, count)
    return ions(
        n,
        n * rng.uniform(0, 0.49, count),
        400 * rng.standard_normal((count, 3)),
        0.05 * np.einsum("tij,tkj->tik", root, root) + 0.05 * np.eye(3),
        rng.uniform(0, 0.02, count),
    )


def test_every_term_in_si_units():
    one = measured()
    clean = without_background(one)
    for k in range(len(one.time)):
        n, n_bg = one.n_cm3[k] * 1e6, one.n_bg_cm3[k] * 1e6
        v = one.v_gse_km_s[k] * 1e3
        p = one.p_gse_npa[k] * 1e-9
        rest = n - n_bg
        flow = v * n / rest
        ram = np.array([[PROTON_KG * n * v[i] * v[j] for j in range(3)] for i in range(3)])
        new_ram = np.array([[PROTON_KG * rest * flow[i] * flow[j] for j in range(3)] for i in range(3)])
        pressure = p + ram - one.p_bg_npa[k] * 1e-9 * np.identity(3) - new_ram
        np.testing.assert_allclose(clean.n_cm3[k], rest * 1e-6, rtol=1e-10)
        np.testing.assert_allclose(clean.v_gse_km_s[k], flow * 1e-3, rtol=1e-10)
        np.testing.assert_allclose(clean.p_gse_npa[k], pressure * 1e9, rtol=1e-10, atol=1e-12)
    assert not clean.flags.any()


def test_a_flow_with_radiation_at_rest_added_to_it_comes_back():
    n, v, p = 0.12, np.array([600.0, -80.0, 40.0]), np.diag([0.09, 0.07, 0.06])
    n_bg, p_bg = 0.05, 0.012
    total = n + n_bg
    mean = n * v / total
    ram = 1e6 * 1e6 * 1e9 * PROTON_KG
    stress = p + ram * n * np.outer(v, v) + p_bg * np.eye(3) - ram * total * np.outer(mean, mean)
    clean = without_background(ions([total], [n_bg], [mean], [stress], [p_bg]))
    np.testing.assert_allclose(clean.n_cm3, [n], rtol=1e-12)
    np.testing.assert_allclose(clean.v_gse_km_s, [v], rtol=1e-12)
    np.testing.assert_allclose(clean.p_gse_npa, [p], rtol=0, atol=1e-12)


def test_defect_5_where_radiation_is_all_there_is_nothing_is_left():
    one = ions(
        [0.1, 0.1, 0.1, 0.1, np.nan], [0.1, 0.2, 0.06, 0.05, 0.0], np.ones((5, 3)), [np.eye(3)] * 5, [0.0] * 5
    )
    clean = without_background(one)
    assert np.isnan(clean.n_cm3).tolist() == [True, True, False, False, True]
    assert np.isnan(clean.v_gse_km_s[:2]).all()
    assert np.isnan(clean.p_gse_npa[:2]).all()
    background = FLAGS["ION_BACKGROUND"]
    assert clean.flags.tolist() == [background, background, background, 0, 0]


def test_defect_5_temperature_is_that_of_the_corrected_density():
    one = ions([0.3], [0.1], np.zeros((1, 3)), [0.16 * np.eye(3)], [0.0])
    clean = without_background(one)
    para, perp = temperatures_ev(clean.p_gse_npa, clean.n_cm3, np.array([[0.0, 0.0, 5.0]]))
    wanted = 0.16e-9 / (0.2e6 * BOLTZMANN) / KELVIN_PER_EV
    np.testing.assert_allclose([para[0], perp[0]], wanted, rtol=1e-10)
    assert wanted == pytest.approx(4993, abs=1)


def test_temperatures_are_those_along_and_across_the_field():
    rng = np.random.default_rng(3)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    tensor = turn @ np.diag([0.2, 0.1, 0.06]) @ turn.T
    para, perp = temperatures_ev(tensor[None], np.array([0.25]), 17.0 * turn[:, 0][None])
    ev = 1e-9 / (0.25e6 * BOLTZMANN) / KELVIN_PER_EV
    np.testing.assert_allclose(para, [0.2 * ev], rtol=1e-10)
    np.testing.assert_allclose(perp, [0.08 * ev], rtol=1e-10)


def test_a_temperature_that_is_not_positive_is_missing():
    tensors = np.array([np.diag([0.1, 0.1, -0.1]), np.diag([-0.2, 0.1, 0.1]), np.eye(3), np.eye(3)])
    fields = np.array([[0.0, 0, 1], [0, 0, 1], [0, 0, 0], [np.nan, 0, 1]])
    for one in temperatures_ev(tensors, np.full(4, 0.1), fields):
        assert np.isnan(one).all()
