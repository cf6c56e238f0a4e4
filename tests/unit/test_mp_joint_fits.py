"""Fits of all spacecraft together: what all see alike does not blur the lags, what differs does."""

import numpy as np
import pytest

from magnetoflow.mms_mp.joint_fits import joint_fits
from magnetoflow.mms_mp.passages import TanhFit
from magnetoflow.mms_mp.tanh_fit import fit_tanh
from magnetoflow.mms_mp.timing import constant_velocity
from magnetoflow.sample.magnetopause import CASE_A, crossing_time_s, tetrahedron_km

L, M, N = CASE_A.axes
V_SC = np.array([-2.6, -0.4, 0.4])
HOME = np.array(CASE_A.r0_km)
TETRAHEDRON = tetrahedron_km(15.0)
TRUTH = crossing_time_s(CASE_A, TETRAHEDRON)


def bursts(rng, waves=0.0, noise=0.05, half_s=26.0, probes=(1, 2, 3, 4)):
    """B_L of case A with waves that the boundary carries along, and white noise [nT]; fits to it."""
    parts = [(rng.normal(), rng.uniform(0.05, 0.5), rng.uniform(0, 2 * np.pi)) for _ in range(8)]
    t_s, values, fits = {}, {}, {}
    for probe in probes:
        t = np.arange(-half_s, half_s, 1 / 64) + rng.uniform(0, 1 / 64)
        x = CASE_A.distance_km(t, HOME + TETRAHEDRON[probe - 1] + t[:, None] * V_SC)
        b_l = CASE_A.b_lmn_nt(x)[:, 0] + noise * rng.normal(size=len(t))
        for size, turns, phase in parts:
            b_l += waves * size * np.sin(turns * x / 20 + phase)
        t_s[probe], values[probe] = t, b_l
        fits[probe] = fit_tanh(t, b_l, t_guess=0.0, w_guess=7.0)
    return t_s, values, fits


def timed(found):
    r = {
        probe: HOME + TETRAHEDRON[probe - 1] + t * V_SC
        for probe, t in zip(found.probes, found.t_s, strict=True)
    }
    count = len(found.probes)
    times = dict(zip(found.probes, found.t_s, strict=True))
    return constant_velocity(times, r, covariance=found.covariance[:count, :count], v_sc_km_s=V_SC).normal


def test_waves_carried_along_do_not_blur_the_lags():
    rng = np.random.default_rng(1)
    pulls, errors = [], []
    for _ in range(24):
        t_s, values, fits = bursts(rng, waves=1.0)
        found = joint_fits(t_s, values, fits)
        lags, true_lags = found.t_s - found.t_s.mean(), TRUTH - TRUTH.mean()
        assert np.abs(lags - true_lags).max() < 2.5e-3
        # alone, a time is much worse, and the covariance says so
        assert np.sqrt(found.covariance[0, 0]) > 0.02
        normal = timed(found)
        errors.append(normal.error_deg)
        pulls.append([normal.n @ e / np.sqrt(e @ normal.covariance @ e) for e in (L, M)])
    assert np.median(errors) < 0.3
    assert 0.55 < np.mean(np.abs(pulls) < 1) < 0.85


def test_noise_of_each_spacecraft_gives_the_errors_of_single_fits():
    rng = np.random.default_rng(2)
    t_s, values, fits = bursts(rng)
    found = joint_fits(t_s, values, fits)
    errors = np.sqrt(np.diag(found.covariance))
    np.testing.assert_allclose(errors[:4], [one.t_c_error_s for one in fits.values()], rtol=0.5)
    np.testing.assert_allclose(errors[4:], [one.w_error_s for one in fits.values()], rtol=0.5)
    np.testing.assert_allclose(found.t_s, [one.t_c_s for one in fits.values()], atol=2e-4)
    np.testing.assert_allclose(found.w_s, [one.w_s for one in fits.values()], atol=2e-4)
    single = constant_velocity(
        {probe: one.t_c_s for probe, one in fits.items()},
        dict(enumerate(HOME + TETRAHEDRON + TRUTH[:, None] * V_SC, 1)),
        errors_s={probe: one.t_c_error_s for probe, one in fits.items()},
    ).normal
    assert timed(found).error_deg == pytest.approx(single.error_deg, rel=0.5)
    assert (np.linalg.eigvalsh(found.covariance) > 0).all()


def test_waves_that_differ_widen_the_errors():
    rng = np.random.default_rng(3)
    t_s, values, fits = bursts(rng)
    quiet = timed(joint_fits(t_s, values, fits)).error_deg
    for probe, t in t_s.items():
        values[probe] = values[probe] + 0.5 * np.sin(0.7 * t + probe**2)
    fits = {probe: fit_tanh(t_s[probe], values[probe], t_guess=0.0, w_guess=7.0) for probe in t_s}
    assert timed(joint_fits(t_s, values, fits)).error_deg > 5 * quiet


def test_gaps_are_left_out():
    rng = np.random.default_rng(4)
    t_s, values, fits = bursts(rng, waves=0.3)
    values[2][500:700] = np.nan
    keep = np.abs(t_s[3] - 9.0) > 1.5
    t_s[3], values[3] = t_s[3][keep], values[3][keep]
    fits = {probe: fit_tanh(t_s[probe], values[probe], t_guess=0.0, w_guess=7.0) for probe in t_s}
    found = joint_fits(t_s, values, fits)
    assert np.abs(found.t_s - found.t_s.mean() - TRUTH + TRUTH.mean()).max() < 3e-3


def test_too_little_in_common_gives_none():
    rng = np.random.default_rng(5)
    t_s, values, fits = bursts(rng, probes=(1, 2))
    assert joint_fits(t_s, values, {1: fits[1]}) is None
    assert joint_fits(t_s, values, {}) is None
    narrow = {
        probe: TanhFit(one.t_c_s, one.w_s, one.a, one.c, one.covariance, start_s=-5, stop_s=5)
        for probe, one in fits.items()
    }
    assert joint_fits(t_s, values, narrow) is None
    values[2] = np.full_like(values[2], np.nan)
    assert joint_fits(t_s, values, fits) is None
