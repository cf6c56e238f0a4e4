"""Speed along N and displacement: exact for the plane magnetopause, errors that cover the truth."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, MissingData, VariableError
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.motion import MotionOptions, motion
from magnetoflow.sample.magnetopause import CASE_A, Boundary
from tests.unit.mp_events import V_SC, axes, event, utc

EXACT = MotionOptions(calibration_km_s=0.0, e_offset_mv_m=0.0)
SWINGING = Boundary(acceleration_km_s2=0.3, swing_km_s=25.0, swing_s=40.0)


def truth(boundary, t):
    """Path of the boundary past the spacecraft since time 0."""
    return boundary.path_km(t) - (V_SC @ boundary.axes[2]) * t


@pytest.mark.parametrize("blend", ["exb", "bulk", "prefer_exb", "prefer_bulk", "average"])
def test_every_blend_follows_the_boundary(blend):
    whole = event(SWINGING)
    found = motion(whole, 1, axes(SWINGING), 0.0, replace(EXACT, blend=blend), V_SC)
    t = whole.seconds(found.time)
    off = np.nanmax(np.abs(found.displacement_km - truth(SWINGING, t)))
    assert off < (0.1 if "bulk" in blend else 2.0)  # means of E x B over 0.15 s
    assert np.nanmax(np.abs(found.v_n_km_s - SWINGING.speed_km_s(t))) < (1e-9 if "bulk" in blend else 1.0)
    assert set(found.source.tolist()) <= {0, {"exb": 1, "prefer_exb": 1, "average": 3}.get(blend, 2), 2}


def test_the_displacement_is_the_trapezoid_of_the_speed_less_that_of_the_spacecraft():
    whole = event(SWINGING, noise=1)
    found = motion(whole, 1, axes(SWINGING), 2.0, EXACT, V_SC)
    t, v = whole.seconds(found.time), found.relative_km_s
    path = np.concatenate([[0], np.cumsum(np.diff(t) * (v[1:] + v[:-1]) / 2)])
    k = int(np.searchsorted(t, 2.0)) - 1
    share = (2.0 - t[k]) / (t[k + 1] - t[k])
    zero = path[k] + (2.0 - t[k]) * (v[k] + share * (v[k + 1] - v[k]) / 2)
    assert np.abs(found.displacement_km - (path - zero)).max() < 1e-5
    assert found.relative_km_s == pytest.approx(found.v_n_km_s - V_SC @ SWINGING.axes[2])


def test_columns_of_other_species_are_at_their_own_times():
    whole = event(probes=(2,))
    found = motion(whole, 2, axes(), 0.0)
    heplus = np.isfinite(found.heplus_km_s)
    assert heplus.sum() == len(whole.spacecraft[2].plasma["heplus"].time)
    assert found.heplus_km_s[heplus] == pytest.approx(-60.0)
    assert np.nanmax(np.abs(found.electron_km_s + 60)) < 1e-6


def test_a_normal_that_is_turned_around_turns_the_sign():
    """Defect 23: no absolute values."""
    whole = event()
    inward = replace(axes(), matrix=np.diag([1.0, -1.0, -1.0]) @ CASE_A.axes)
    assert motion(whole, 1, axes(), 0.0).v_n_km_s[5] == pytest.approx(-60)
    assert motion(whole, 1, inward, 0.0).v_n_km_s[5] == pytest.approx(60)


def test_a_rotation_and_another_epoch_change_nothing():
    turn, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    turn *= np.linalg.det(turn)
    whole = event(noise=1)
    craft = whole.spacecraft[1]
    lmn = replace(axes(), covariance=np.diag([1e-3, 4e-3, 1e-3]))
    before = motion(whole, 1, lmn, 0.0, v_sc=V_SC)
    later = np.timedelta64(123456789, "ns")

    def moved(series):
        return replace(series, time=series.time + later, values=series.values @ turn.T)

    plasma = {
        name: replace(one, time=one.time + later, v_km_s=one.v_km_s @ turn.T)
        for name, one in craft.plasma.items()
    }
    new = replace(craft, b=moved(craft.b), e=moved(craft.e), position=moved(craft.position), plasma=plasma)
    turned = replace(
        whole,
        time0=whole.time0 + later,
        start=whole.start + later,
        stop=whole.stop + later,
        spacecraft={1: new},
    )
    after = motion(turned, 1, replace(lmn, matrix=lmn.matrix @ turn.T), 0.0, v_sc=turn @ V_SC)
    for name in ("displacement_km", "displacement_error_km", "exb_km_s", "v_n_error_km_s"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name), rtol=1e-7, atol=1e-6)


def test_mixed_frames_are_refused():
    """Defect 5: velocities in GSE projected on a normal in GSM."""
    whole = event()
    craft = whole.spacecraft[1]
    ions = replace(craft.plasma["ion"], frame="GSE")
    wrong = replace(whole, spacecraft={1: replace(craft, plasma={"ion": ions})})
    with pytest.raises(VariableError, match="frames"):
        motion(wrong, 1, axes(), 0.0)
    with pytest.raises(VariableError, match="frames"):
        motion(
            replace(whole, spacecraft={1: replace(craft, e=replace(craft.e, frame="GSE"))}), 1, axes(), 0.0
        )
    with pytest.raises(VariableError, match="frames"):
        motion(whole, 1, axes(frame="GSE"), 0.0)


def test_without_moments_the_electric_field_gives_the_speed():
    """Defect 2: the option for E failed on its times."""
    found = motion(event(plasma={}), 1, axes(), 0.0, EXACT, V_SC)
    assert np.isfinite(found.displacement_km).mean() > 0.98
    assert set(found.source.tolist()) <= {0, 1}
    assert np.nanmedian(found.v_n_km_s) == pytest.approx(-60, abs=4)  # B_N is not 0, nor the flow along B
    no_normal_field = Boundary(b_n_nt=0.0)
    found = motion(event(no_normal_field, plasma={}), 1, axes(), 0.0, EXACT, V_SC)
    assert np.nanmax(np.abs(found.v_n_km_s + 60)) < 0.5
    with pytest.raises(MissingData):
        motion(event(plasma={}, e=None), 1, axes(), 0.0)
    with pytest.raises(InsufficientData):
        motion(event(e=None), 1, axes(), 0.0, MotionOptions(blend="exb"))


def holed(whole, *holes, species="ion"):
    """Event whose ions are missing in the stated times."""
    craft = whole.spacecraft[1]
    ions = craft.plasma[species]
    t = whole.seconds(ions.time)
    v = ions.v_km_s.copy()
    for start, stop in holes:
        v[(t > start) & (t < stop)] = np.nan
    return replace(whole, spacecraft={1: replace(craft, e=None, plasma={"ion": replace(ions, v_km_s=v)})})


def test_gaps_are_missing_and_widen_the_error_behind_them():
    """Defect 15: missing speeds as zeros, errors that do not grow over gaps."""
    whole = event(SWINGING, noise=1)
    plain = motion(holed(whole), 1, axes(SWINGING), 0.0, EXACT, V_SC)
    found = motion(holed(whole, (20, 26), (-50, -35)), 1, axes(SWINGING), 0.0, EXACT, V_SC)
    t = whole.seconds(found.time)
    assert np.isnan(found.displacement_km[(t > 20.1) & (t < 25.9)]).all()
    assert (found.segment[(t > 20.1) & (t < 25.9)] == -1).all()
    behind = t > 26.2
    assert (found.displacement_error_km[behind] > 1.5 * plain.displacement_error_km[behind]).all()
    off = np.abs(found.displacement_km - truth(SWINGING, t))
    assert (off[behind] < 4 * found.displacement_error_km[behind]).all()
    assert np.isnan(found.displacement_km[t < -50.2]).all()  # behind 15 s, longer than what is bridged
    assert np.isfinite(found.displacement_km[(t > -34.8) & (t < 20)]).all()
    zero = motion(holed(whole, (-5, 5)), 1, axes(SWINGING), 1.0, replace(EXACT, bridge_s=0.0), V_SC)
    assert zero.zero_s == pytest.approx(5.0, abs=0.16)


def test_errors_grow_with_time_and_with_calibration_and_tilt():
    whole = event(noise=1)
    t = whole.seconds(motion(whole, 1, axes(), 0.0).time)
    only = motion(whole, 1, axes(), 0.0, EXACT, V_SC).displacement_error_km
    calibrated = motion(whole, 1, axes(), 0.0, replace(EXACT, calibration_km_s=3.0), V_SC)
    assert calibrated.displacement_error_km == pytest.approx(np.hypot(only, 3 * np.abs(t)), abs=0.3)
    tilted = motion(whole, 1, axes(covariance=np.diag([0.0, 0.02**2, 0.0])), 0.0, EXACT, V_SC)
    along = np.median(tilted.displacement_error_km[-5:]) ** 2 - np.median(only[-5:]) ** 2
    x = CASE_A.distance_km(t, np.asarray(CASE_A.r0_km) + t[:, None] * V_SC)
    v_l = CASE_A.v_lmn_km_s(t, x)[:, 0] - V_SC @ CASE_A.axes[0]
    d_l = np.sum(v_l[t > 0]) * 0.15
    assert np.sqrt(along) == pytest.approx(0.02 * abs(d_l), rel=0.1)


def test_noise_that_lasts_is_seen_by_a_second_instrument():
    whole = event(noise=1, half_s=150)
    craft = whole.spacecraft[1]
    ions = craft.plasma["ion"]
    rng = np.random.default_rng(9)
    slow = np.zeros((len(ions.time), 3))
    for k in range(1, len(slow)):
        slow[k] = 0.97 * slow[k - 1] + rng.normal(0, 2, 3)
    wavy = replace(craft, plasma={**craft.plasma, "ion": replace(ions, v_km_s=ions.v_km_s + slow)})
    plain = motion(whole, 1, axes(), 0.0, EXACT, V_SC).displacement_error_km[-1]
    assert (
        motion(replace(whole, spacecraft={1: wavy}), 1, axes(), 0.0, EXACT, V_SC).displacement_error_km[-1]
        > 5 * plain
    )


def stated(ions, sigma):
    return replace(ions, v_error_km_s=np.full(len(ions.time), sigma))


def test_the_error_of_the_file_counts_unless_the_flow_scatters_more():
    whole = holed(event(noise=1))
    craft = whole.spacecraft[1]

    def last(ions):
        one = replace(whole, spacecraft={1: replace(craft, plasma={"ion": ions})})
        return motion(one, 1, axes(), 0.0, EXACT, V_SC).v_n_error_km_s[10]

    ions = craft.plasma["ion"]
    assert last(ions) == pytest.approx(5.0, rel=0.15)
    assert last(stated(ions, 8.0)) == pytest.approx(8.0)
    assert last(stated(ions, 1.0)) == pytest.approx(5.0, rel=0.15)


@pytest.mark.parametrize("blend", ["bulk", "exb"])
def test_the_error_of_the_displacement_covers_the_truth(blend):
    """400 runs with noise, an offset and a tilt: 60 to 76 % within one sigma."""
    covariance = np.array([[3e-4, 1e-4, 0], [1e-4, 6e-4, 0], [0, 0, 1e-4]])
    options = MotionOptions(blend=blend, calibration_km_s=3.0, e_offset_mv_m=0.3)
    base = event(half_s=15)
    craft = base.spacecraft[1]
    ions, e = craft.plasma["ion"], craft.e
    t = base.seconds(ions.time)
    true = truth(CASE_A, t)
    rng = np.random.default_rng(7)
    score = []
    for _ in range(400):
        noisy = replace(ions, v_km_s=ions.v_km_s + rng.normal(0, 5, ions.v_km_s.shape) + rng.normal(0, 3, 3))
        field = replace(e, values=e.values + rng.normal(0, 0.3, e.values.shape) + rng.normal(0, 0.3, 3))
        part = replace(craft, plasma={"ion": noisy}, e=field if blend == "exb" else None)
        turn = np.linalg.cholesky(covariance) @ rng.normal(size=3)
        matrix = CASE_A.axes + np.stack([np.cross(turn @ CASE_A.axes, row) for row in CASE_A.axes])
        lmn = Lmn(matrix, "given", "", covariance)
        found = motion(replace(base, spacecraft={1: part}), 1, lmn, 0.0, options, V_SC)
        k = int(rng.choice([20, -20]))
        score.append((found.displacement_km[k] - true[k]) / found.displacement_error_km[k])
    assert 0.60 < np.mean(np.abs(score) < 1) < 0.76


def test_no_time_of_a_sample_is_moved():
    """Defect 21: series of different cadences were paired by their index."""
    whole = event(half_s=20)
    found = motion(whole, 1, axes(), 0.0)
    assert (found.time == whole.spacecraft[1].plasma["ion"].time).all()
    assert utc(0.0) not in found.time
