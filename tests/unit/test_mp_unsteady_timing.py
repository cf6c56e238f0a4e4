"""Boundaries of changing speed: CTA, DA and MTV on exact and on noisy times and widths."""

import numpy as np
import pytest

from magnetoflow.mms_mp.normals import Normal, angle_deg, unknown_normal
from magnetoflow.mms_mp.passage_times import passage
from magnetoflow.mms_mp.timing import constant_velocity
from magnetoflow.mms_mp.unsteady_timing import (
    constant_thickness,
    discontinuity_analyser,
    mean_normal,
    minimum_thickness_variation,
)
from magnetoflow.sample.magnetopause import CASE_A, tetrahedron_km

L, M, N = CASE_A.axes
V_SC = np.array([-2.6, -0.4, 0.4])
HOME = np.array(CASE_A.r0_km)
H = 400.0
GIVEN = Normal("mva", 1, N, 1e-8 * (np.eye(3) - np.outer(N, N)))
METHODS = (
    constant_thickness,
    lambda data: discontinuity_analyser(data, GIVEN),
    minimum_thickness_variation,
)


def times_at(x, speed, acceleration):
    """When a boundary of speed + acceleration t relative to the array is at x."""
    if not acceleration:
        return x / speed
    return 2 * x / (speed + np.sign(speed) * np.sqrt(speed**2 + 2 * acceleration * x))


def noisy_passage(offsets, acceleration=0.0, sigma_t=1e-4, sigma_w=2e-4, rng=None, count=4):
    """Times, positions at them, and half-widths at the speed of the moment; acceleration in km/s^2."""
    speed = -60.0 - V_SC @ N
    x = offsets @ N
    t = times_at(x, speed, acceleration)
    w = H / np.abs(speed + acceleration * t)
    r = HOME + offsets + t[:, None] * V_SC
    if rng is not None:
        t, w = t + sigma_t * rng.normal(size=len(t)), w + sigma_w * rng.normal(size=len(t))
    errors = np.diag([sigma_t**2] * count + [sigma_w**2] * count)
    return (
        passage(t[:count], w[:count], errors, r[:count], V_SC),
        t,
        r,
    )


def test_all_find_a_boundary_of_constant_speed():
    data, _, _ = noisy_passage(tetrahedron_km(15.0))
    for method in METHODS:
        found = method(data)
        assert angle_deg(found.n, N) < 1e-3
        assert found.speed_km_s == pytest.approx(-60, abs=1e-3)
        assert found.quality["half_width_km"] == pytest.approx(H, rel=1e-4)
        assert found.quality["acceleration_km_s2"] == pytest.approx(0, abs=0.01)


def test_acceleration_turns_constant_velocity_but_not_the_others():
    data, t, r = noisy_passage(tetrahedron_km(500.0), acceleration=2.0)
    steady = constant_velocity(dict(enumerate(t)), dict(enumerate(r)), errors_s=dict.fromkeys(range(4), 1e-4))
    assert angle_deg(steady.normal.n, N) > 1
    for method in METHODS:
        found = method(data)
        assert angle_deg(found.n, N) < 0.01
        assert found.speed_km_s == pytest.approx(-60 + 2 * t.mean(), abs=0.01)
        assert found.quality["acceleration_km_s2"] == pytest.approx(2, rel=0.001)


@pytest.mark.parametrize("method", METHODS[:1] + METHODS[2:], ids=["cta", "mtv"])
def test_stated_errors_hold(method):
    rng = np.random.default_rng(6)
    pulls = []
    for _ in range(150):
        found = method(noisy_passage(tetrahedron_km(100.0), 0.0, 5e-4, 1e-3, rng)[0])
        tilts = [found.n @ e / np.sqrt(e @ found.covariance @ e) for e in (L, M)]
        width = (found.quality["half_width_km"] - H) / found.quality["half_width_error_km"]
        pulls.append([*tilts, (found.speed_km_s + 60) / found.speed_error_km_s, width])
    share = np.mean(np.abs(pulls) < 1, axis=0)
    assert ((share > 0.58) & (share < 0.78)).all(), share


def test_a_cubic_from_a_small_array_says_that_it_knows_little():
    """Widths of a few seconds and lags of tenths of a second leave a cubic open."""
    rng = np.random.default_rng(7)
    cubic = constant_thickness(noisy_passage(tetrahedron_km(15.0), 0.0, 5e-4, 1e-3, rng)[0], order=3)
    assert not cubic.reliable
    assert cubic.reason
    assert cubic.quality["order"] == 3


def test_what_they_cannot_do_they_refuse():
    data, _, _ = noisy_passage(tetrahedron_km(15.0), count=3)
    for method in (constant_thickness, minimum_thickness_variation):
        assert np.isnan(method(data).n).all()
        assert "four" in method(data).reason
    # normals of single spacecraft do with two
    two = discontinuity_analyser(noisy_passage(tetrahedron_km(15.0), count=2)[0], GIVEN)
    assert two.speed_km_s == pytest.approx(-60, abs=0.01)
    alone = noisy_passage(tetrahedron_km(15.0), count=1)[0]
    assert np.isnan(discontinuity_analyser(alone, GIVEN).n).all()
    assert discontinuity_analyser(data, unknown_normal("mva", "no data")).reason == "no data"


def test_opposite_normals_are_aligned_and_their_scatter_counts():
    tilted = (N + 0.02 * L) / np.linalg.norm(N + 0.02 * L)
    mean = mean_normal([GIVEN, Normal("mva", 2, -tilted, GIVEN.covariance), unknown_normal("mva", "", 3)])
    assert angle_deg(mean.n, N + 0.01 * L) < 0.01
    assert np.sqrt(L @ mean.covariance @ L) == pytest.approx(0.01, rel=0.02)
    assert not np.isfinite(mean_normal([]).n).any()
