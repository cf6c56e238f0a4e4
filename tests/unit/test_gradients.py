"""Normals, speed and current from gradients between four spacecraft, on a plane boundary."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.mms_mp.data import EventData, Spacecraft
from magnetoflow.mms_mp.gradient_interval import long_run
from magnetoflow.mms_mp.gradients import GradientOptions, gradients
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.sample.magnetopause import CASE_A, Boundary, tetrahedron_km
from magnetoflow.series import Series
from tests.unit.mp_events import TIME0, V_SC, utc

HALF_S = 120.0
N = CASE_A.axes[2]
RANDOM = np.random.default_rng(7).normal(size=(4, 3)) * 12


def build(
    boundary=CASE_A,
    *,
    array=None,
    noise=0.0,
    offsets=None,
    seed=0,
    probes=(1, 2, 3, 4),
    rotation=None,
    rate=64.0,
):
    """Fields of spacecraft with random phases of sampling; `offsets` (4, 3) [nT]."""
    rng = np.random.default_rng(seed)
    array = tetrahedron_km(15.0) if array is None else array
    turn = np.eye(3) if rotation is None else rotation
    crafts = {}
    for probe in probes:
        place = np.asarray(boundary.r0_km) + array[probe - 1]
        t = np.arange(-HALF_S, HALF_S, 1 / rate) + rng.uniform(0, 1 / rate)
        b = boundary.to_gsm(boundary.b_lmn_nt(boundary.distance_km(t, place + t[:, None] * V_SC)))
        b += noise * rng.normal(size=b.shape)
        if offsets is not None:
            b += offsets[probe - 1]
        at = np.arange(-HALF_S - 30, HALF_S + 31, 30.0)
        crafts[probe] = Spacecraft(
            probe,
            Series("b", utc(t), b @ turn.T, "nT", "GSM"),
            Series("r", utc(at), (place + at[:, None] * V_SC) @ turn.T, "km", "GSM"),
        )
    return EventData("test", utc(-HALF_S), utc(HALF_S), TIME0, "brst", np.eye(3), crafts)


@pytest.mark.parametrize(
    "array", [tetrahedron_km(7.0), tetrahedron_km(15.0), RANDOM], ids=["7", "15", "random"]
)
def test_normal_speed_and_current_of_a_plane_layer(array):
    series, mdd, current = gradients(build(array=array), -40, 40)
    for found in (mdd, current):
        assert angle_deg(found.n, N) < 0.05
        assert found.speed_km_s == pytest.approx(-60, rel=2e-3)
        assert found.reliable
    exact = np.linalg.norm(CASE_A.j_lmn_na_m2(np.linspace(-100, 100, 201)), axis=1).max()
    assert np.nanmax(np.linalg.norm(series.j_na_m2, axis=1)) == pytest.approx(exact, rel=0.01)
    middle = np.abs(series.time - TIME0).argmin()
    np.testing.assert_allclose(CASE_A.axes @ series.j_na_m2[middle], CASE_A.j_lmn_na_m2(0.0), atol=0.7)
    assert angle_deg(series.mdd_n[middle], N) < 0.5
    assert series.std_v_n_km_s[middle] == pytest.approx(-60, abs=0.6)
    assert (mdd.method, current.method) == ("mdd", "curlometer")


def test_the_speed_is_that_of_the_boundary_not_of_the_array():
    inward, outward = (gradients(build(replace(CASE_A, v_n_km_s=v)), -40, 40)[1] for v in (-60.0, 60.0))
    assert (inward.speed_km_s, outward.speed_km_s) == pytest.approx((-60, 60), rel=2e-3)


def test_offsets_are_taken_off_first():
    offsets = np.random.default_rng(3).normal(size=(4, 3)) * 0.1
    event = build(offsets=offsets)
    series, mdd, current = gradients(event, -40, 40)
    _, kept, kept_current = gradients(event, -40, 40, GradientOptions(offsets="none"))
    np.testing.assert_allclose(series.offsets_nt, offsets - offsets.mean(axis=0), atol=2e-3)
    assert angle_deg(mdd.n, N) < 0.05
    assert angle_deg(current.n, N) < 0.3
    assert angle_deg(kept_current.n, N) > 10 * angle_deg(current.n, N)
    assert kept_current.error_deg > 10 * current.error_deg  # and the error says so
    assert mdd.error_deg < kept.error_deg


def test_without_quiet_time_the_errors_hold_unknown_offsets():
    series, mdd, _ = gradients(build(), -119, 119)
    assert "offsets kept" in series.method
    assert mdd.error_deg > 1


def test_curvature_of_the_profile_does_not_turn_the_normal_of_the_current():
    for half_width in (400.0, 100.0):
        _, mdd, current = gradients(
            build(Boundary(half_width_km=half_width)), -0.1 * half_width, 0.1 * half_width
        )
        assert angle_deg(current.n, N) < 0.1
        assert angle_deg(mdd.n, N) < 0.05


def test_every_component_of_the_current_is_kept():
    """Defect 20: the z current of the earlier toolkit is zero."""
    series, _, _ = gradients(build(), -40, 40)
    assert np.abs(series.j_na_m2).max(axis=0).min() > 9


def test_turning_the_frame_turns_the_result():
    angle = np.deg2rad(25)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]])
    _, mdd, current = gradients(build(noise=0.02), -40, 40)
    _, turned, turned_current = gradients(build(noise=0.02, rotation=turn), -40, 40)
    for one, other in ((mdd, turned), (current, turned_current)):
        np.testing.assert_allclose(turn @ one.n, other.n, atol=1e-8)
        np.testing.assert_allclose(turn @ one.covariance @ turn.T, other.covariance, rtol=1e-6, atol=1e-15)
        assert one.speed_km_s == pytest.approx(other.speed_km_s, rel=1e-9)


def test_the_order_of_spacecraft_does_not_matter():
    event = build(noise=0.02)
    crafts = event.spacecraft
    renamed = {
        new: replace(crafts[old], probe=new) for new, old in zip((1, 2, 3, 4), (3, 1, 4, 2), strict=True)
    }
    _, mdd, _ = gradients(event, -40, 40)
    _, other, _ = gradients(replace(event, spacecraft=renamed), -40, 40)
    assert angle_deg(mdd.n, other.n) < mdd.error_deg
    assert mdd.error_deg == pytest.approx(other.error_deg, rel=0.2)


def test_a_later_clock_changes_nothing():
    event = build(noise=0.02)
    shift = np.timedelta64(5000, "D")
    moved = {
        probe: replace(
            one,
            b=replace(one.b, time=one.b.time + shift),
            position=replace(one.position, time=one.position.time + shift),
        )
        for probe, one in event.spacecraft.items()
    }
    later = replace(event, spacecraft=moved, time0=event.time0 + shift)
    np.testing.assert_array_equal(gradients(event, -40, 40)[1].n, gradients(later, -40, 40)[1].n)


def test_a_gap_at_one_spacecraft_is_not_filled():
    event = build(noise=0.01)
    craft = event.spacecraft[3]
    keep = (event.seconds(craft.b.time) < -3) | (event.seconds(craft.b.time) > -1)
    cut = replace(craft, b=replace(craft.b, time=craft.b.time[keep], values=craft.b.values[keep]))
    series, mdd, current = gradients(replace(event, spacecraft={**event.spacecraft, 3: cut}), -40, 40)
    inside = (event.seconds(series.time) > -2.7) & (event.seconds(series.time) < -1.3)
    assert np.isnan(series.j_na_m2[inside]).all()
    assert np.isnan(series.mdd_n[inside]).all()
    assert angle_deg(mdd.n, N) < 4 * mdd.error_deg
    assert np.isnan(current.speed_km_s)  # an integral over the gap would be a guess
    assert np.isfinite(current.error_deg)


def test_a_current_along_one_line_is_not_reliable():
    flat = Boundary(b_m_nt=(5.0, 5.0), bump_m_nt=0.0)
    _, mdd, current = gradients(build(flat, noise=0.02), -40, 40)
    assert mdd.reliable
    assert not current.reliable
    assert "one line" in current.reason


def test_noise_alone_has_no_reliable_normal():
    _, mdd, current = gradients(
        build(Boundary(b_l_nt=(5.0, 5.0), b_m_nt=(5.0, 5.0), bump_m_nt=0.0), noise=0.05), -40, 40
    )
    assert not mdd.reliable
    assert not current.reliable


STRING = np.array([[0, 0, 0.1], [120, 160, 0], [300, 401, 0], [540, 720, 0]])
SQUARE = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [10, 10, 0]])


@pytest.mark.parametrize(
    ("array", "probes", "why"),
    [
        (None, (1, 2, 3), "four spacecraft"),
        (SQUARE, (1, 2, 3, 4), "planarity 1"),
        (STRING, (1, 2, 3, 4), "elongation 0.99"),
        (np.zeros((4, 3)), (1, 2, 3, 4), "elongation nan"),
    ],
    ids=["three", "plane", "string", "one place"],
)
def test_an_array_that_gives_no_gradient_is_refused(array, probes, why):
    with pytest.raises(InsufficientData, match=why):
        gradients(build(array=array, probes=probes), -40, 40)


def test_short_intervals_and_foreign_frames_are_refused():
    event = build()
    with pytest.raises(InsufficientData, match="bins"):
        gradients(event, 0, 0.3)
    with pytest.raises(InsufficientData):
        gradients(event, 1000, 1080)
    craft = event.spacecraft[2]
    empty = replace(craft, b=replace(craft.b, time=craft.b.time[:0], values=craft.b.values[:0]))
    with pytest.raises(InsufficientData, match="no field"):
        gradients(replace(event, spacecraft={**event.spacecraft, 2: empty}), -40, 40)
    mixed = {**event.spacecraft, 2: replace(craft, position=replace(craft.position, frame="GSE"))}
    with pytest.raises(VariableError, match="GSE"):
        gradients(replace(event, spacecraft=mixed), -40, 40)


def test_the_errors_cover_the_truth():
    across, quiet, rng = CASE_A.axes[:2], build(rate=16.0), np.random.default_rng(11)
    hits = []
    for _ in range(400):
        row = []
        crafts = {
            probe: replace(
                one, b=replace(one.b, values=one.b.values + rng.normal(0, 0.03, one.b.values.shape))
            )
            for probe, one in quiet.spacecraft.items()
        }
        event = replace(quiet, spacecraft=crafts)
        for found in gradients(event, -40, 40)[1:]:
            sigma = np.sqrt(np.diag(across @ found.covariance @ across.T))
            row += [*(np.abs(across @ found.n) < sigma), abs(found.speed_km_s + 60) < found.speed_error_km_s]
        hits.append(row)
    share = np.mean(hits, axis=0)
    assert ((share > 0.60) & (share < 0.76)).all(), share


def test_the_long_run_variance_of_correlated_terms():
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(300, 2005))
    sums = noise[:, 5:] + 0
    for lag in range(1, 6):
        sums = sums + noise[:, 5 - lag : -lag]
    found = np.mean([long_run(one[:, None])[0, 0] for one in sums])
    assert found == pytest.approx(np.var(sums.sum(axis=1)), rel=0.3)
    assert found > 3 * np.mean(np.sum(sums**2, axis=1)) / 1.01 * 0.9


def test_another_crossing_in_the_quiet_time_is_left_out():
    back = Boundary(acceleration_km_s2=1.5, half_width_km=150.0)  # it comes again after 80 s
    offsets = np.random.default_rng(3).normal(size=(4, 3)) * 0.1
    series, mdd, _ = gradients(build(back, noise=0.03, offsets=offsets), -15, 15)
    np.testing.assert_allclose(series.offsets_nt, offsets - offsets.mean(axis=0), atol=4e-3)
    assert angle_deg(mdd.n, N) < 3 * mdd.error_deg < 1
    assert mdd.speed_km_s == pytest.approx(-60, abs=3 * mdd.speed_error_km_s)
