"""Passages over the array: matching, speed along N, thickness and predictions on exact and noisy fields."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.mms_mp.axes import Lmn, Orientation
from magnetoflow.mms_mp.data import EventData, Spacecraft
from magnetoflow.mms_mp.field_jump import jump_of_field
from magnetoflow.mms_mp.matching import match
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.passages import Crossing
from magnetoflow.mms_mp.passes import (
    PassOptions,
    normal_of,
    passes,
    position_at,
    velocity_of,
    with_speed,
)
from magnetoflow.mms_mp.predictions import predictions
from magnetoflow.mms_mp.results import Motion
from magnetoflow.mms_mp.tanh_fit import fit_many, fit_tanh, no_fit
from magnetoflow.mms_mp.thickness import thickness
from magnetoflow.mms_mp.timing import constant_velocity
from magnetoflow.sample.magnetopause import CASE_A, Boundary, crossing_time_s, tetrahedron_km
from magnetoflow.series import Series

L, M, N = CASE_A.axes
TIME0 = np.datetime64("2018-01-15T06:00:00", "ns")
V_SC = np.array([-2.6, -0.4, 0.4])
HOME = np.array(CASE_A.r0_km)
TETRAHEDRON = tetrahedron_km(15.0)
REGIONS = ("magnetosphere", "sheath")


def utc(t_s):
    return TIME0 + np.round(np.asarray(t_s) * 1e9).astype("timedelta64[ns]")


def field(boundary, t, offset, rng=None, sigma=0.05):
    """(time, 3) field at a spacecraft [nT]."""
    place = HOME + offset + t[:, None] * V_SC
    b = boundary.to_gsm(boundary.b_lmn_nt(boundary.distance_km(t, place)))
    return b if rng is None else b + sigma * rng.normal(size=b.shape)


def event(boundary=CASE_A, offsets=TETRAHEDRON, half_s=45.0, rng=None):
    crafts = {}
    for probe, offset in enumerate(offsets, 1):
        t, rows = np.arange(-half_s, half_s, 1 / 64) + 1e-4 * probe, np.arange(-150.0, 151.0, 30.0)
        b = Series("b", utc(t), field(boundary, t, offset, rng), "nT", "GSM")
        r = Series("r", utc(rows), HOME + offset + rows[:, None] * V_SC, "km", "GSM")
        crafts[probe] = Spacecraft(probe, b, r)
    return EventData("test", utc(-half_s), utc(half_s), TIME0, "brst", np.eye(3), crafts)


def crossing(probe, time, outbound=True, fit=None):
    fit = fit or no_fit("", np.zeros(0))
    before, after = REGIONS if outbound else REGIONS[::-1]
    return Crossing(probe, time, 1e-3, before, after, fit)


def fitted(data, boundary=CASE_A, probes=None, around=(0.0,), half_s=28.0):
    """Crossings by tanh fits around given times."""
    found = {}
    for probe in probes or data.spacecraft:
        b = data.spacecraft[probe].b
        t, b_l = data.seconds(b.time), b.values @ boundary.axes[0]
        fits = [fit_tanh(t, b_l, start_s=one - half_s, stop_s=one + half_s) for one in around]
        found[probe] = tuple(
            Crossing(probe, one.t_c_s, one.t_c_error_s, *(REGIONS if one.c < 0 else REGIONS[::-1]), one)
            for one in fits
        )
    return found


def orientation(tilt=1e-3, variance=()):
    axes = Lmn(CASE_A.axes, "mva", "", np.diag([tilt**2] * 3), utc(-40), utc(40))
    return Orientation(axes, (), dict.fromkeys(variance, axes))


def times_of(groups):
    return [{probe: one.time_s for probe, one in group.items()} for group in groups]


def test_matching_is_one_to_one_in_order_and_by_direction():
    crossings = {
        1: [crossing(1, 0.0), crossing(1, 10.0, outbound=False), crossing(1, 20.0)],
        2: [crossing(2, 20.5), crossing(2, 0.6), crossing(2, 10.2, outbound=False)],
        3: [crossing(3, 19.0)],
        4: [],
    }
    expected = [{1: 0.0, 2: 0.6}, {1: 10.0, 2: 10.2}, {1: 20.0, 2: 20.5, 3: 19.0}]
    assert times_of(match(crossings, 3.0)) == expected
    reversed_ = {5 - probe: some[::-1] for probe, some in crossings.items()}
    assert [sorted(one.values()) for one in times_of(match(reversed_, 3.0))] == [
        sorted(one.values()) for one in expected
    ]


def test_matching_leaves_apart_what_is_too_far_apart_and_loses_nothing():
    crossings = {1: [crossing(1, 0.0)], 2: [crossing(2, 5.0), crossing(2, 9.0)], 3: [crossing(3, 9.5)]}
    assert times_of(match(crossings, 3.0)) == [{1: 0.0}, {2: 5.0}, {2: 9.0, 3: 9.5}]
    # as many pairs as possible: 1 to 1 and 2 to 2, though 1 to 2 are nearest
    crowd = {1: [crossing(1, 1.0), crossing(1, 3.0)], 2: [crossing(2, 0.0), crossing(2, 1.1)]}
    assert times_of(match(crowd, 3.0)) == [{1: 1.0, 2: 0.0}, {1: 3.0, 2: 1.1}]
    assert match({}, 3.0) == match({1: []}, 3.0) == []


def test_matching_takes_partial_crossings_by_their_direction():
    into = Crossing(1, 0.0, 1e-3, "mp_layer", "magnetosphere", no_fit("", np.zeros(0)))
    assert len(match({1: [into], 2: [crossing(2, 0.1, outbound=False)]}, 1.0)) == 1
    assert len(match({1: [into], 2: [crossing(2, 0.1)]}, 1.0)) == 2


def test_case_a_without_noise():
    data = event()
    (one,) = passes(data, fitted(data), orientation(variance=(1, 2, 3, 4)))
    assert (one.number, one.outbound, one.unmatched) == (1, True, ())
    truth = crossing_time_s(CASE_A, TETRAHEDRON)
    for probe, t in one.timing.times_s.items():
        assert t == pytest.approx(truth[probe - 1], abs=1e-6)
    assert one.speed_km_s == pytest.approx(-60, abs=0.01)
    assert one.speed_method == "timing along N"
    for normal in (one.timing.normal, *one.estimates):
        assert angle_deg(normal.n, N) < 0.01
        assert normal.speed_km_s == pytest.approx(-60, abs=0.02)
        assert normal.start < TIME0 < normal.stop
    assert [one.method for one in one.estimates] == ["cta", "da", "mtv"]
    for layer in one.thickness.values():
        assert layer.half_width_km == pytest.approx(400, abs=0.2)
        # without the motion of the spacecraft it would be 4.2 % larger
        assert layer.relative_speed_km_s == pytest.approx(-60 - V_SC @ N, abs=0.01)


def test_two_passages_in_and_out():
    # out at 0, back with the boundary that turned at 80 s
    boundary = Boundary(acceleration_km_s2=1.5)
    data = event(boundary, half_s=140.0)
    back = -2 * (boundary.v_n_km_s - V_SC @ N) / boundary.acceleration_km_s2
    found = fitted(data, boundary, around=(0.0, back), half_s=25.0)
    found[3] = found[3][:1]
    out, in_ = passes(data, found, orientation())
    assert (out.outbound, in_.outbound) == (True, False)
    assert out.speed_km_s < 0 < in_.speed_km_s
    assert in_.unmatched == (3,)
    assert (in_.timing.kind, in_.timing.reason) == ("plane", "n . dB = 0")
    assert set(in_.thickness) == {1, 2, 4}
    # axes by variance are of the first passage only
    assert np.isnan(in_.estimates[1].n).all()


def test_one_spacecraft_has_no_speed_until_one_is_put_in():
    data = event(offsets=TETRAHEDRON[:1])
    (one,) = passes(data, fitted(data), orientation())
    assert one.timing.kind == "none"
    assert np.isnan(one.speed_km_s)
    assert one.thickness == {}
    known = with_speed(data, one, normal_of(orientation().lmn), -60.0, 0.6, "hoffmann_teller")
    assert known.thickness[1].half_width_km == pytest.approx(400, abs=0.2)
    assert known.thickness[1].half_width_error_km == pytest.approx(400 * 0.6 / 57.6, rel=0.02)
    assert known.thickness[1].speed_method == "hoffmann_teller"
    assert predictions(data, (one,), orientation().lmn) == ()


def test_no_crossing_no_passage():
    data = event()
    assert passes(data, {1: (), 2: ()}, orientation()) == ()
    assert passes(data, {}, orientation()) == ()


def test_a_time_without_a_fit_is_not_timed_beside_fits():
    data = event()
    found = fitted(data)
    found[2] = (Crossing(2, found[2][0].time_s, 3.0, *REGIONS, no_fit("gap", np.zeros(0))),)
    (one,) = passes(data, found, orientation())
    assert set(one.timing.times_s) == {1, 3, 4}
    assert one.speed_km_s == pytest.approx(-60, abs=0.05)
    assert set(one.thickness) == {1, 3, 4}


def test_positions_and_jump_of_the_field():
    data = event(rng=np.random.default_rng(8))
    place = HOME + TETRAHEDRON[2] + np.array([[-10.0], [7.3]]) * V_SC
    np.testing.assert_allclose(position_at(data, 3, [-10.0, 7.3]), place, atol=1e-6)
    np.testing.assert_allclose(velocity_of(data, 3), V_SC, atol=1e-9)
    assert np.isnan(position_at(data, 3, np.nan)).all()
    assert np.isnan(position_at(data, 3, 1e5)).all()
    jump, error = jump_of_field(data, fitted(data, probes=(1,))[1][0])
    assert abs(jump @ N) < 5 * error < 0.5
    lonely = crossing(1, 44.9)
    assert np.isnan(jump_of_field(data, lonely)[0]).all()


def test_predictions_are_signed_and_blind():
    data = event()
    found = fitted(data)
    some = passes(data, found, orientation())
    foretold = predictions(data, some, orientation().lmn)
    assert len(foretold) == 12
    for one in foretold:
        assert abs(one.error_s) < 1e-4
        between = (TETRAHEDRON[one.target - 1] - TETRAHEDRON[one.reference - 1]) @ N
        # the boundary moves earthward: what lies outward is met earlier
        assert np.sign(one.t_predicted_s - one.t_reference_s) == -np.sign(between)
        assert one.v_n_km_s == pytest.approx(-60, abs=0.01)
    # a target without a crossing is foretold, and the late crossing of another passage is not taken for it
    found[4] = (crossing(4, 40.0, fit=found[4][0].fit),)
    late = predictions(
        data, passes(data, found, orientation(), PassOptions(min_lag_s=1.0)), orientation().lmn
    )
    first = [one for one in late if one.target == 4 and one.t_reference_s < 1]
    assert len(first) == 3
    assert all(np.isnan(one.t_actual_s) and np.isnan(one.error_s) for one in first)
    truth = crossing_time_s(CASE_A, TETRAHEDRON)[3]
    assert all(one.t_predicted_s == pytest.approx(truth, abs=1e-4) for one in first)


def test_two_spacecraft_predict_by_the_plasma_of_the_reference():
    pair = TETRAHEDRON[[1, 3]]
    data = event(offsets=pair)
    some = passes(data, fitted(data), orientation())
    assert predictions(data, some, orientation().lmn) == ()
    t = np.arange(-40, 40, 0.15)
    speed = np.where(np.abs(t) < 7.5, -60.0, 300.0)
    nan, source, gaps = (
        np.full(len(t), fill, dtype=kind) for fill, kind in ((np.nan, float), (2, np.int8), (0, np.int32))
    )
    near = Motion(1, utc(t), speed, nan, source, speed, nan, nan, nan, nan, nan, nan, gaps, 0.0, "bulk")
    near = replace(near, v_n_error_km_s=np.full(len(t), 5.0))
    (one,) = predictions(data, some, orientation().lmn, {1: near})
    assert (one.reference, one.target, one.method, one.v_n_km_s) == (1, 2, "bulk", -60)
    assert abs(one.error_s) < 1e-4
    lag = abs(crossing_time_s(CASE_A, pair[1] - pair[0]))
    assert one.expected_error_s == pytest.approx(lag * 5 / np.sqrt(93) / 57.6, rel=0.2)


def many(sigma, runs, half_s, seed, half_width=400.0):
    """Runs of case A: fits to B_L of four spacecraft; normal, speed and thickness of each run."""
    rng = np.random.default_rng(seed)
    boundary = Boundary(half_width_km=half_width)
    fits = []
    for probe, offset in enumerate(TETRAHEDRON, 1):
        t = np.arange(-half_s, half_s, 1 / 64) + 1e-4 * probe
        b_l = field(boundary, t, offset) @ L
        fits.append(
            fit_many(t, b_l + sigma * rng.normal(size=(runs, len(t))), t_guess=0.0, w_guess=half_width / 60)
        )
    found = []
    for run in zip(*fits, strict=True):
        t = {probe: one.t_c_s for probe, one in enumerate(run, 1)}
        r = {probe: HOME + TETRAHEDRON[probe - 1] + x * V_SC for probe, x in t.items()}
        normal = constant_velocity(
            t, r, errors_s={p: one.t_c_error_s for p, one in enumerate(run, 1)}, v_sc_km_s=V_SC
        ).normal
        layer = thickness(
            crossing(1, t[1], fit=run[0]), normal, normal.speed_km_s, normal.speed_error_km_s, V_SC, ""
        )
        found.append((normal, layer))
    return found


@pytest.mark.parametrize(
    ("sigma", "runs", "half_s", "half_width", "limits"),
    [
        (0.05, 200, 24.0, 400.0, (0.3, 0.003, 0.01)),
        (0.2, 200, 18.0, 400.0, (1.0, 0.01, 0.01)),
        (0.05, 200, 8.0, 100.0, (0.2, 0.002, 0.01)),
    ],
    ids=["0.05 nT", "0.2 nT", "h 100 km"],
)
def test_case_a_from_fits(sigma, runs, half_s, half_width, limits):
    found = many(sigma, runs, half_s, 9, half_width)
    angles = [angle_deg(one.n, N) for one, _ in found]
    speeds = np.array([one.speed_km_s for one, _ in found])
    widths = np.array([one.half_width_km for _, one in found])
    assert np.median(angles) <= limits[0]
    assert np.median(np.abs(speeds / -60 - 1)) <= limits[1]
    assert np.median(np.abs(widths / half_width - 1)) <= limits[2]
    pulls = [
        [one.n @ e / np.sqrt(e @ one.covariance @ e) for e in (L, M)]
        + [
            (one.speed_km_s + 60) / one.speed_error_km_s,
            (layer.half_width_km - half_width) / layer.half_width_error_km,
        ]
        for one, layer in found
    ]
    share = np.mean(np.abs(pulls) < 1, axis=0)
    assert ((share > 0.58) & (share < 0.78)).all(), share


def test_thickness_needs_fit_and_speed():
    normal = Normal("mva", None, N, np.zeros((3, 3)))
    assert thickness(crossing(1, 0.0), normal, -60.0, 1.0, V_SC, "") is None
    good = fit_tanh(np.arange(-40, 40, 0.1), np.tanh(np.arange(-40, 40, 0.1) / 7))
    assert thickness(crossing(1, 0.0, fit=good), normal, np.nan, 1.0, V_SC, "") is None
    assert thickness(crossing(1, 0.0, fit=good), normal, -60.0, 1.0, V_SC, "").half_width_km == pytest.approx(
        403, abs=1
    )
