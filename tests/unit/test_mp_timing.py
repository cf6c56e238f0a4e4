"""Timing of a plane boundary: exact answers, what cannot be known, and how often stated errors hold."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from magnetoflow.errors import VariableError
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.timing import TimingOptions, constant_velocity
from magnetoflow.sample.magnetopause import CASE_A, crossing_time_s, tetrahedron_km

L, M, N = CASE_A.axes
V_SC = np.array([-2.6, -0.4, 0.4])
HOME = np.array(CASE_A.r0_km)
JUMP = CASE_A.to_gsm([-70.0, 7.0, 0.0])
RUNS = 400
TETRAHEDRON = tetrahedron_km(15.0)
STRING = np.array([[-340.8, 0.13, 0.0], [-110.0, -0.16, 0.0073], [100.0, 0.12, -0.009], [460.0, 0.1, 0.006]])


def passing(offsets, v_sc=V_SC):
    """Exact times, and positions at them."""
    t = crossing_time_s(CASE_A, offsets, v_sc)
    return dict(enumerate(t, 1)), dict(enumerate(HOME + offsets + t[:, None] * v_sc, 1))


def errors(times, sigma=1e-3):
    return dict.fromkeys(times, sigma)


def normal(n=N, tilt=0.0):
    return Normal("mva", None, n, tilt**2 * (np.eye(3) - np.outer(n, n)))


def first(count, some):
    return {probe: some[probe] for probe in range(1, count + 1)}


def random_tetrahedron(rng):
    while True:
        offsets = rng.normal(size=(4, 3)) * 15
        size = np.linalg.svd(offsets - offsets.mean(axis=0), compute_uv=False)
        if size[1] > 0.3 * size[0] and size[2] > 0.3 * size[1]:
            return offsets


def test_random_tetrahedra_give_normal_and_speed_and_inputs_stay_as_they_are():
    rng = np.random.default_rng(1)
    for _ in range(100):
        t, r = passing(random_tetrahedron(rng))
        sigma = errors(t, 1e-5)
        for one in r.values():
            one.setflags(write=False)
        before = dict(t), {probe: one.copy() for probe, one in r.items()}, dict(sigma)
        found = constant_velocity(t, r, errors_s=sigma)
        assert angle_deg(found.normal.n, N) < 1e-6
        assert found.normal.speed_km_s == pytest.approx(-60, abs=1e-3)
        assert (t, sigma) == (before[0], before[2])
        assert all((r[probe] == before[1][probe]).all() for probe in r)


def test_one_common_time_gives_the_speed_relative_to_the_spacecraft():
    t, r = passing(TETRAHEDRON)
    own = constant_velocity(t, r, errors_s=errors(t))
    common = constant_velocity(t, dict(enumerate(HOME + TETRAHEDRON, 1)), errors_s=errors(t))
    assert own.normal.speed_km_s == pytest.approx(-60.0, abs=0.001)
    assert common.normal.speed_km_s == pytest.approx(-60.0 - V_SC @ N, abs=0.001)
    assert own.kind == "four"
    assert not own.degenerate
    assert own.normal.reliable


def test_errors_of_a_regular_tetrahedron():
    """Tilt sqrt(2) V sigma_t/d per axis: 9.7 deg for 30 ms, 60 km/s, 15 km."""
    t, r = passing(TETRAHEDRON, np.zeros(3))
    found = constant_velocity(t, r, errors_s=errors(t, 0.03))
    np.testing.assert_allclose(found.tilt_deg, 9.72, atol=0.01)
    assert found.normal.error_deg == pytest.approx(9.72, abs=0.01)
    assert found.normal.speed_error_km_s == pytest.approx(60 * np.deg2rad(9.72), rel=1e-3)
    assert constant_velocity(t, r, errors_s=errors(t, 1e-6)).normal.speed_error_km_s < 1e-3


@pytest.mark.parametrize("count", [2, 3, 4])
def test_exact_times_of_two_to_four_spacecraft(count):
    t, r = passing(TETRAHEDRON)
    found = constant_velocity(
        first(count, t), r, errors_s=errors(t, 1e-6), given=normal(), b_jump=JUMP, b_jump_error=1e-3
    )
    assert found.kind == {2: "line", 3: "plane", 4: "four"}[count]
    assert found.speed_given_km_s == pytest.approx(-60, abs=1e-3)
    if count == 2:
        assert found.degenerate
        assert np.isnan(found.normal.n).all()
        assert "line" in found.reason
    else:
        assert angle_deg(found.normal.n, N) < 1e-3
        assert found.normal.speed_km_s == pytest.approx(-60, abs=1e-3)
    assert set(found.times_s) == set(found.errors_s) == set(range(1, count + 1))


def test_three_spacecraft_alone_know_their_plane_only():
    t, r = passing(TETRAHEDRON)
    found = constant_velocity(first(3, t), r, errors_s=errors(t))
    across = np.cross(r[2] - r[1], r[3] - r[1])
    across /= np.linalg.norm(across)
    slowness = N / -60
    assert found.degenerate
    assert np.isnan(found.normal.n).all()
    assert "plane" in found.normal.reason
    np.testing.assert_allclose(found.m_s_km, slowness - across * (across @ slowness), atol=1e-8)
    assert across @ found.covariance @ across == pytest.approx(0, abs=1e-15)
    closed = constant_velocity(first(3, t), r, errors_s=errors(t), given=normal(tilt=0.02))
    assert angle_deg(closed.normal.n, N) < 0.01
    assert "prior normal by mva" in closed.reason


def test_four_in_a_plane_are_no_tetrahedron():
    offsets = np.array([[0, 0, 0], [15, 0, 0], [0, 15, 0], [12, 14, 0.2]])
    t, r = passing(offsets)
    alone = constant_velocity(t, r, errors_s=errors(t))
    assert (alone.kind, alone.degenerate) == ("plane", True)
    assert alone.planarity > 0.9
    closed = constant_velocity(t, r, errors_s=errors(t), b_jump=JUMP)
    assert angle_deg(closed.normal.n, N) < 0.01
    assert constant_velocity(t, r, errors_s=errors(t), options=TimingOptions(max_planarity=1)).kind == "four"


def test_string_of_pearls_is_refused_and_measures_the_speed_along_a_given_normal():
    """Geometry of 2019-01-27."""
    t, r = passing(STRING)
    found = constant_velocity(t, r, errors_s=errors(t, 0.01), given=normal(tilt=0.02))
    assert found.degenerate
    assert found.kind == "line"
    assert found.elongation > 0.999
    assert np.isnan(found.normal.n).all()
    assert np.isnan(found.m_s_km).all()
    assert found.condition > 3e4
    assert found.normal.quality["condition"] == found.condition
    assert found.speed_given_km_s == pytest.approx(-60, abs=0.05)
    # a tilt of the normal along the string changes the speed by V tan(angle) times the tilt
    tilt = 60 * 0.02 * np.tan(np.deg2rad(angle_deg(r[4] - r[1], N)))
    assert found.speed_given_error_km_s == pytest.approx(tilt, rel=0.005)
    assert np.isnan(constant_velocity(t, r, errors_s=errors(t)).speed_given_km_s)


@pytest.mark.parametrize(
    ("offsets", "times", "kind"),
    [
        (TETRAHEDRON, [1.0] * 4, "none"),
        (np.zeros((4, 3)), [0.0, 0.1, 0.2, 0.3], "none"),
        (np.outer([0, 1, 2, 4], [3.0, 1.0, 2.0]), [0.0, 0.1, 0.2, 0.4], "line"),
        (TETRAHEDRON[:1], [0.0], "none"),
        (TETRAHEDRON, [0.0, np.nan, np.nan, np.nan], "none"),
        (TETRAHEDRON, [0.0, 0.1, np.nan, 0.3], "plane"),
        (np.zeros((0, 3)), [], "none"),
    ],
    ids=["equal times", "one place", "collinear", "one spacecraft", "one time", "three times", "nothing"],
)
def test_what_has_no_normal_says_so(offsets, times, kind):
    r = dict(enumerate(HOME + offsets, 1))
    t = dict(enumerate(times, 1))
    found = constant_velocity(t, r, errors_s=errors(t))
    assert found.kind == kind
    assert found.degenerate
    assert found.reason
    assert np.isnan(found.normal.n).all()
    assert np.isnan(found.normal.speed_km_s)
    assert not found.normal.reliable
    assert "condition" in found.normal.quality
    with_normal = constant_velocity(t, r, errors_s=errors(t), given=normal())
    assert np.isfinite(with_normal.speed_given_km_s) == (kind != "none")


def test_times_within_their_errors_give_no_normal():
    t, r = passing(TETRAHEDRON)
    small = {probe: 1e-3 * one for probe, one in t.items()}
    found = constant_velocity(small, r, errors_s=errors(t), given=normal())
    assert np.isnan(found.normal.n).all()
    assert "errors" in found.normal.reason
    assert np.isnan(found.speed_given_km_s)
    poor = constant_velocity(t, r, errors_s=errors(t, 0.06)).normal
    assert np.isfinite(poor.n).all()
    assert not poor.reliable
    assert "tilt" in poor.reason


def test_errors_are_needed():
    t, r = passing(TETRAHEDRON)
    with pytest.raises(VariableError, match="errors of the times"):
        constant_velocity(t, r)
    with pytest.raises(VariableError, match="shape"):
        constant_velocity(t, r, covariance=np.eye(3))
    # a time whose error is unknown cannot be weighed
    assert constant_velocity(t, r, errors_s={1: 1e-3, 2: 1e-3, 3: 1e-3, 4: np.nan}).kind == "plane"


def test_time_shift_order_units_and_rotation():
    rng = np.random.default_rng(2)
    t, r = passing(random_tetrahedron(rng))
    t = {probe: one + 1e-3 * rng.normal() for probe, one in t.items()}
    one = constant_velocity(t, r, errors_s=errors(t), given=normal(tilt=0.01))
    shifted = constant_velocity({p: x + 1234.5 for p, x in t.items()}, r, errors_s=errors(t))
    np.testing.assert_allclose(shifted.normal.n, one.normal.n, atol=1e-9)
    swapped = constant_velocity(
        {5 - p: x for p, x in t.items()}, {5 - p: x for p, x in r.items()}, errors_s=errors(t)
    )
    np.testing.assert_allclose(swapped.covariance, one.covariance, rtol=1e-6)
    np.testing.assert_allclose(swapped.normal.n, one.normal.n, atol=1e-9)
    assert swapped.condition == pytest.approx(one.condition)
    ms = constant_velocity({p: 1e3 * x for p, x in t.items()}, r, errors_s=errors(t, 1.0))
    assert ms.normal.speed_km_s == pytest.approx(one.normal.speed_km_s / 1e3)
    assert ms.normal.error_deg == pytest.approx(one.normal.error_deg)
    turn = Rotation.from_rotvec([0.1, 0.2, -0.3]).as_matrix()
    given = Normal("mva", None, turn @ N, turn @ normal(tilt=0.01).covariance @ turn.T)
    turned = constant_velocity(t, {p: turn @ x for p, x in r.items()}, errors_s=errors(t), given=given)
    np.testing.assert_allclose(turned.normal.n, turn @ one.normal.n, atol=1e-8)
    np.testing.assert_allclose(turned.normal.covariance, turn @ one.normal.covariance @ turn.T, atol=1e-10)
    assert turned.speed_given_km_s == pytest.approx(one.speed_given_km_s)


def test_an_error_common_to_all_times_does_no_harm():
    t, r = passing(TETRAHEDRON)
    alone = constant_velocity(t, r, errors_s=errors(t))
    common = constant_velocity(t, r, covariance=1e-6 * np.eye(4) + 0.01 * np.ones((4, 4)))
    np.testing.assert_allclose(common.covariance, alone.covariance, rtol=1e-4)
    alike = constant_velocity(t, r, covariance=1e-6 * (0.5 * np.eye(4) + 0.5 * np.ones((4, 4))))
    np.testing.assert_allclose(alike.covariance, alone.covariance / 2, rtol=1e-6)


def test_a_boundary_that_moves_out_has_a_positive_speed_and_the_same_normal():
    t, r = passing(TETRAHEDRON)
    found = constant_velocity(
        {probe: -one for probe, one in t.items()}, r, errors_s=errors(t), given=normal()
    )
    assert angle_deg(found.normal.n, N) < 1
    assert found.normal.speed_km_s > 0
    assert found.speed_given_km_s > 0


def test_a_normal_that_contradicts_the_times_widens_the_error():
    t, r = passing(TETRAHEDRON)
    right = constant_velocity(t, r, errors_s=errors(t, 1e-4), given=normal(tilt=1e-3))
    wrong = constant_velocity(
        t, r, errors_s=errors(t, 1e-4), given=normal(n=Rotation.from_rotvec(0.2 * L).apply(N), tilt=1e-3)
    )
    assert wrong.normal.quality["chi2_given"] > 100
    assert wrong.speed_given_error_km_s > 10 * right.speed_given_error_km_s


def test_a_late_time_takes_its_position_along():
    """An error e of the time moves the position by v_sc e: it counts 1 - v_sc . n/V = 0.96 times."""
    t, r = passing(TETRAHEDRON)
    still = constant_velocity(t, r, errors_s=errors(t))
    moving = constant_velocity(t, r, errors_s=errors(t), v_sc_km_s=V_SC, given=normal(tilt=1e-4))
    np.testing.assert_allclose(moving.covariance, (1 - V_SC @ N / -60) ** 2 * still.covariance, rtol=1e-4)
    np.testing.assert_allclose(moving.normal.n, still.normal.n, atol=1e-9)
    assert moving.errors_s == still.errors_s


def coverage(pulls):
    """Share of runs within one stated error, by quantity."""
    return np.mean(np.abs(pulls) < 1, axis=0)


def pulls_of(found):
    """Deviations along the true L and M, and of the speed, over their stated errors."""
    tilts = [found.n @ e / np.sqrt(e @ found.covariance @ e) for e in (L, M)]
    return [*tilts, (found.speed_km_s + 60) / found.speed_error_km_s]


IRREGULAR = np.array([[0, 0, 0], [14, 3, -2], [-4, 12, 5], [3, -5, 9.0]])


@pytest.mark.parametrize(
    ("offsets", "sigmas"),
    [(TETRAHEDRON, [5e-4] * 4), (TETRAHEDRON, [0.01] * 4), (IRREGULAR, [0.002, 0.001, 0.004, 0.003])],
    ids=["0.5 ms", "10 ms", "unequal"],
)
def test_stated_errors_hold_and_reach_the_bound(offsets, sigmas):
    rng = np.random.default_rng(3)
    t, r = passing(offsets)
    sigma = dict(enumerate(sigmas, 1))
    bound = constant_velocity(t, r, errors_s=sigma).normal
    found = [
        constant_velocity({p: x + sigma[p] * rng.normal() for p, x in t.items()}, r, errors_s=sigma).normal
        for _ in range(RUNS)
    ]
    share = coverage([pulls_of(one) for one in found])
    assert ((share > 0.60) & (share < 0.76)).all(), share
    tilts = np.array([[one.n @ L, one.n @ M] for one in found])
    limit = np.trace(bound.covariance)
    assert np.mean(np.sum(tilts**2, axis=1)) < 1.2**2 * limit
    assert np.std([one.speed_km_s for one in found]) < 1.2 * bound.speed_error_km_s


def test_stated_errors_hold_for_three_and_two_spacecraft():
    rng = np.random.default_rng(4)
    t, r = passing(TETRAHEDRON)
    plane, line = [], []
    for _ in range(RUNS):
        noisy = {p: x + 1e-3 * rng.normal() for p, x in t.items()}
        jump = JUMP + 0.5 * rng.normal(size=3)
        tilted = N + 0.02 * (L * rng.normal() + M * rng.normal())
        given = normal(n=tilted / np.linalg.norm(tilted), tilt=0.02)
        three = constant_velocity(first(3, noisy), r, errors_s=errors(t), b_jump=jump, b_jump_error=0.5)
        two = constant_velocity({p: noisy[p] for p in (1, 4)}, r, errors_s=errors(t), given=given)
        plane.append(pulls_of(three.normal))
        line.append((two.speed_given_km_s + 60) / two.speed_given_error_km_s)
    share = [*coverage(plane), coverage(line)]
    assert all(0.60 < one < 0.76 for one in share), share


def test_the_mean_speed_of_an_uneven_array_is_not_biased():
    """Tilts of 9 deg along both axes lengthen n/V by 2 %, which would make the mean speed too small."""
    rng = np.random.default_rng(5)
    offsets = np.array([[20, 0, 4], [-20, 0, 4.0], [0, 5, -4], [0, -5, -4]]) @ np.stack([N, L, M])
    t, r = passing(offsets, np.zeros(3))
    sigma = errors(t, 0.02)
    found, raw = [], []
    for _ in range(RUNS):
        one = constant_velocity({p: x + 0.02 * rng.normal() for p, x in t.items()}, r, errors_s=sigma)
        found.append(-one.normal.speed_km_s)
        raw.append(1 / np.linalg.norm(one.m_s_km))
    assert np.mean(raw) < 59
    assert abs(np.mean(found) - 60) < 0.5
