"""Layers and shear: thickness with the motion of the spacecraft in it, gaps, cuts; angles between fields."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.mms_mp.layers import layers
from magnetoflow.mms_mp.motion import MotionOptions, motion
from magnetoflow.mms_mp.passages import Crossing, TanhFit, Visit
from magnetoflow.mms_mp.shear import shear_deg, shears
from magnetoflow.sample.magnetopause import CASE_A, Boundary
from tests.unit.mp_events import V_SC, axes, event

EXACT = MotionOptions(calibration_km_s=0.0, e_offset_mv_m=0.0)
RELATIVE = CASE_A.v_n_km_s - V_SC @ CASE_A.axes[2]


def through(start, stop):
    return (
        Visit(1, "magnetosphere", -60.0, start, cut_start=True),
        Visit(1, "mp_layer", start, stop),
        Visit(1, "sheath", stop, 60.0, cut_stop=True),
    )


def test_the_thickness_is_the_path_relative_to_the_spacecraft():
    """Defect 14: thickness without v_sc . n, 4 % off in case A."""
    whole = event()
    found = layers(whole, {1: through(-8.03, 7.77)}, {1: motion(whole, 1, axes(), 0.0, EXACT, V_SC)})
    assert [one.layer for one in found] == ["magnetosphere", "mp_layer", "sheath"]
    assert [one.cut for one in found] == [True, False, True]
    assert [one.method for one in found] == ["extent", "net path", "extent"]
    assert found[1].thickness_km == pytest.approx(15.8 * abs(RELATIVE), abs=1e-6)
    assert found[0].thickness_km == pytest.approx(51.97 * abs(RELATIVE), rel=0.01)


def test_a_visit_that_ends_where_it_began_has_the_depth_as_its_size():
    swinging = Boundary(v_n_km_s=0.0, swing_km_s=40.0, swing_s=40.0)
    whole = event(swinging)
    visits = (
        Visit(1, "magnetosphere", -60.0, -20.0),
        Visit(1, "mp_layer", -20.0, 20.0),
        Visit(1, "magnetosphere", 20.0, 60.0),
    )
    found = layers(whole, {1: visits}, {1: motion(whole, 1, axes(swinging), 0.0, EXACT)})
    depth = 2 * 40 * 40 / (2 * np.pi)
    assert found[1].method == "extent"
    assert found[1].thickness_km == pytest.approx(depth, rel=1e-3)


def test_a_layer_across_a_gap_or_without_motion_has_no_thickness():
    whole = event()
    craft = whole.spacecraft[1]
    ions = craft.plasma["ion"]
    v = ions.v_km_s.copy()
    t = whole.seconds(ions.time)
    v[(t > 0) & (t < 2)] = np.nan
    holed = replace(whole, spacecraft={1: replace(craft, e=None, plasma={"ion": replace(ions, v_km_s=v)})})
    found = layers(holed, {1: through(-8, 8)}, {1: motion(holed, 1, axes(), -5.0, EXACT, V_SC)})
    assert np.isnan(found[1].thickness_km)
    assert np.isnan(found[1].error_km)
    v[(t > 5) & (t < 20)] = np.nan
    holed = replace(whole, spacecraft={1: replace(craft, e=None, plasma={"ion": replace(ions, v_km_s=v)})})
    behind = (Visit(1, "sheath", 30.0, 40.0), Visit(1, "mp_layer", 40.0, 45.0))
    found = layers(holed, {1: behind}, {1: motion(holed, 1, axes(), -5.0, EXACT, V_SC)})
    assert found[0].thickness_km == pytest.approx(10 * abs(RELATIVE))
    assert np.isnan(layers(whole, {1: through(-8, 8)}, {})[1].thickness_km)
    assert layers(whole, {}, {}) == ()


def test_a_stay_that_the_data_cut_is_measured_as_far_as_the_plasma_reaches():
    whole = event(half_s=20)
    craft = whole.spacecraft[1]
    ions = craft.plasma["ion"]
    used = whole.seconds(ions.time) > -15
    late = replace(ions, time=ions.time[used], v_km_s=ions.v_km_s[used], n_cm3=ions.n_cm3[used])
    new = replace(whole, spacecraft={1: replace(craft, e=None, plasma={"ion": late})})
    visits = (Visit(1, "magnetosphere", -20.0, -6.0, cut_start=True), Visit(1, "sheath", -6.0, 19.5))
    moved = {1: motion(new, 1, axes(), 0.0, EXACT, V_SC)}
    found = layers(new, {1: visits}, moved)
    assert found[0].cut
    assert found[0].thickness_km == pytest.approx(9 * abs(RELATIVE), rel=0.02)
    assert found[1].thickness_km == pytest.approx(25.5 * abs(RELATIVE), rel=0.02)
    whole_stay = (replace(visits[0], cut_start=False), visits[1])
    assert np.isnan(layers(new, {1: whole_stay}, moved)[0].thickness_km)


def test_errors_of_layers_cover_the_truth():
    """400 runs with noise, calibration and tilt: 60 to 76 % within one sigma."""
    options = MotionOptions(calibration_km_s=2.0)
    base = event(half_s=12, e=None)
    craft = base.spacecraft[1]
    ions = craft.plasma["ion"]
    covariance = np.diag([4e-4, 9e-4, 1e-4])
    visits = (
        Visit(1, "magnetosphere", -12.0, -6.0),
        Visit(1, "mp_layer", -6.0, 6.0),
        Visit(1, "sheath", 6.0, 12.0),
    )
    rng = np.random.default_rng(12)
    score = []
    for _ in range(400):
        v = ions.v_km_s + rng.normal(0, 5, ions.v_km_s.shape) + rng.normal(0, 2, 3)
        turn = rng.normal(size=3) * np.sqrt(np.diag(covariance)) @ CASE_A.axes
        lmn = replace(axes(covariance=covariance), matrix=CASE_A.axes + np.cross(turn, CASE_A.axes))
        noisy = replace(base, spacecraft={1: replace(craft, plasma={"ion": replace(ions, v_km_s=v)})})
        found = layers(noisy, {1: visits}, {1: motion(noisy, 1, lmn, 0.0, options, V_SC)})[1]
        score.append((found.thickness_km - 12 * abs(RELATIVE)) / found.error_km)
    assert 0.60 < np.mean(np.abs(score) < 1) < 0.76


def crossing(time_s, width_s=6.0, probe=1):
    fit = TanhFit(time_s, width_s, 0.0, -35.0, np.zeros((4, 4)))
    return Crossing(probe, time_s, 0.001, "magnetosphere", "sheath", fit)


def test_the_shear_is_the_angle_between_the_fields_of_both_sides():
    whole = event(half_s=90)
    (found,) = shears(whole, {1: (crossing(0.0),)})
    before, after = np.array([40.0, 5.0, 2.0]), np.array([-30.0, 12.0, 2.0])
    true = np.rad2deg(np.arccos(before @ after / np.linalg.norm(before) / np.linalg.norm(after)))
    assert found.shear_deg == pytest.approx(true, abs=0.6)  # the current reaches beyond 3 half-widths
    assert found.sigma_deg < 1
    noisy, quiet = (shears(event(half_s=90, noise=n, seed=1), {1: (crossing(0.0),)})[0] for n in (60, 1))
    assert noisy.sigma_deg > 5 * quiet.sigma_deg


def test_a_side_reaches_to_the_middle_between_two_crossings_only():
    whole = event(Boundary(v_n_km_s=-60.0, half_width_km=60.0), half_s=90)
    craft = whole.spacecraft[1]
    t = whole.seconds(craft.b.time)
    back = np.where((t > 20)[:, None], craft.b.values[0], craft.b.values)  # magnetosphere again from 20 s on
    again = replace(whole, spacecraft={1: replace(craft, b=replace(craft.b, values=back))})
    found = shears(again, {1: (crossing(0.0, 1.0), crossing(20.0, 1.0))})
    assert found[0].shear_deg == pytest.approx(found[1].shear_deg, abs=0.5)
    assert found[0].shear_deg > 140


def test_shear_of_known_angles():
    rng = np.random.default_rng(2)
    for angle in (0.0, 30.0, 90.0, 180.0):
        first = np.tile([20.0, 0.0, 0.0], (200, 1))
        turn = np.deg2rad(angle)
        second = np.tile([20 * np.cos(turn), 20 * np.sin(turn), 0.0], (200, 1))
        assert shear_deg(first, second) == pytest.approx((angle, 0.0), abs=1e-6)
        shear, sigma = shear_deg(
            first + rng.normal(0, 1, first.shape), second + rng.normal(0, 1, second.shape)
        )
        assert shear == pytest.approx(angle, abs=1)
        assert sigma == pytest.approx(np.rad2deg(np.sqrt(2) / 20), rel=0.15)
    first[::2] = np.nan
    assert shear_deg(first, second)[0] == pytest.approx(180, abs=1e-6)
    assert np.isnan(shear_deg(first[:6], second)).all()
