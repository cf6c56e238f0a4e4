"""DeHoffmann-Teller frame and Walen test: exact for an ideal layer, errors that cover for a noisy one."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, MissingData, VariableError
from magnetoflow.mms_mp.hoffmann_teller import HoffmannTellerOptions, frame_of, hoffmann_teller
from magnetoflow.mms_mp.samples import samples_of
from magnetoflow.mms_mp.walen import walen
from magnetoflow.sample.magnetopause import Boundary
from tests.unit.mp_events import axes, event

ROTATIONAL = Boundary(rotational=True, n_cm3=(10.0, 10.0), b_n_nt=3.0)
FRAME_LMN = np.array([-20.0, 0.0, -60.0])


@pytest.mark.parametrize(("b_n", "sign"), [(3.0, -1.0), (-3.0, 1.0)])
def test_a_rotational_discontinuity_has_a_frame_and_a_walen_slope_of_one(b_n, sign):
    boundary = replace(ROTATIONAL, b_n_nt=b_n)
    found = hoffmann_teller(event(boundary), 1, -20, 20, axes(boundary))
    assert boundary.axes @ found.v_km_s == pytest.approx(FRAME_LMN, abs=0.05)
    assert found.speed_km_s == pytest.approx(-60, abs=0.01)
    assert found.walen_slope == pytest.approx(sign, abs=1e-3)
    assert abs(found.walen_correlation) > 0.99999
    assert found.ratio < 1e-5
    assert found.correlation > 0.99999
    assert found.slope == pytest.approx(1, abs=1e-4)
    assert found.reliable


def test_case_a_has_the_frame_of_other_packages_with_an_error_that_owns_up_to_it():
    """V_HT . n of case A is 58.4, not 60: with B_N, flow along the layer is not of one frame."""
    found = hoffmann_teller(event(), 1, -20, 20, axes())
    assert found.speed_km_s == pytest.approx(-58.4, abs=0.05)
    assert abs(found.speed_km_s + 60) < 2 * found.speed_error_km_s
    assert abs(found.walen_slope) < 0.1  # a tangential discontinuity


def ar1(rng, number, phi, runs=1):
    """(runs, number, 3) noise of unit variance whose autocorrelation falls as phi^k."""
    white = rng.normal(size=(number + 100, runs, 3))
    for k in range(1, len(white)):
        white[k] = phi * white[k - 1] + np.sqrt(1 - phi**2) * white[k]
    return white[100:].swapaxes(0, 1)


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_errors_cover_the_truth(phi):
    """400 runs each, noise of 8 km/s, white or correlated: 60 to 76 % within one sigma."""
    t = np.arange(-20, 20, 0.15)
    x = -ROTATIONAL.path_km(t)
    b = ROTATIONAL.to_gsm(ROTATIONAL.b_lmn_nt(x))
    v = ROTATIONAL.to_gsm(ROTATIONAL.v_lmn_km_s(t, x))
    alfven = ROTATIONAL.to_gsm(21.812 * ROTATIONAL.b_lmn_nt(x) / np.sqrt(10))
    rng = np.random.default_rng(3)
    speeds, slopes = [], []
    n = ROTATIONAL.axes[2]
    for noise in ar1(rng, len(t), phi, runs=400):
        noisy = v + 8 * noise
        frame = frame_of(noisy, b)
        speeds.append((n @ frame.v_km_s + 60) / np.sqrt(n @ frame.covariance @ n))
        slope, error, _ = walen(noisy - frame.v_km_s, alfven, frame.influence)
        slopes.append((slope + 1) / error)
    assert 0.60 < np.mean(np.abs(speeds) < 1) < 0.76
    assert 0.60 < np.mean(np.abs(slopes) < 1) < 0.76


def test_correlated_noise_widens_the_error():
    t = np.arange(-20, 20, 0.15)
    x = -ROTATIONAL.path_km(t)
    b, v = ROTATIONAL.b_lmn_nt(x), ROTATIONAL.v_lmn_km_s(t, x)
    rng = np.random.default_rng(5)
    white = frame_of(v + 8 * rng.normal(size=v.shape), b).covariance
    slow = frame_of(v + 8 * ar1(rng, len(t), 0.9)[0], b).covariance
    assert np.trace(slow) > 4 * np.trace(white)


def test_anisotropy_makes_the_alfven_speed_smaller_and_is_said():
    whole = event(ROTATIONAL)
    craft = whole.spacecraft[1]
    ions = craft.plasma["ion"]
    b = samples_of(whole, 1).b_nt
    along = b / np.linalg.norm(b, axis=1)[:, None]
    alpha = 0.36
    extra = alpha * np.sum(b * b, axis=1) / (4e-7 * np.pi) * 1e-9  # p_par - p_perp = alpha B^2/mu0
    p = ions.p_npa + extra[:, None, None] * along[:, :, None] * along[:, None, :]
    new = replace(whole, spacecraft={1: replace(craft, plasma={"ion": replace(ions, p_npa=p)})})
    found = hoffmann_teller(new, 1, -20, 20, axes(ROTATIONAL))
    assert found.anisotropy_used
    assert found.walen_slope == pytest.approx(-1 / 0.8, abs=2e-3)
    without = hoffmann_teller(new, 1, -20, 20, axes(ROTATIONAL), HoffmannTellerOptions(anisotropy=False))
    assert not without.anisotropy_used
    assert without.walen_slope == pytest.approx(-1, abs=2e-3)


def test_the_measured_field_gives_the_same_frame():
    found = hoffmann_teller(
        event(ROTATIONAL), 1, -20, 20, axes(ROTATIONAL), HoffmannTellerOptions(field="measured")
    )
    assert found.species == "exb"
    assert found.speed_km_s == pytest.approx(-60, abs=0.1)
    assert found.walen_slope == pytest.approx(-1, abs=0.01)
    with pytest.raises(MissingData, match="electric"):
        hoffmann_teller(event(e=None), 1, -20, 20, axes(), HoffmannTellerOptions(field="measured"))


def test_a_moving_frame_adds_its_velocity():
    t = np.arange(-20, 20, 0.15)
    x = -ROTATIONAL.path_km(t)
    b = ROTATIONAL.b_lmn_nt(x)
    v = ROTATIONAL.v_lmn_km_s(t, x) + np.random.default_rng(1).normal(0, 5, b.shape)
    shift = np.array([100.0, -200.0, 50.0])
    assert frame_of(v + shift, b).v_km_s == pytest.approx(frame_of(v, b).v_km_s + shift)
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    assert frame_of(v @ turn.T, b @ turn.T).v_km_s == pytest.approx(turn @ frame_of(v, b).v_km_s)


def test_what_cannot_be_known_is_refused_or_said():
    whole = event()
    with pytest.raises(InsufficientData, match="too few"):
        hoffmann_teller(whole, 1, 0, 0.5, axes())
    with pytest.raises(InsufficientData, match="does not turn"):
        frame_of(np.random.default_rng(0).normal(size=(50, 3)), np.tile([0.0, 0.0, 30.0], (50, 1)))
    with pytest.raises(MissingData, match="heplusplus"):
        hoffmann_teller(whole, 1, -20, 20, axes(), HoffmannTellerOptions(species="heplusplus"))
    with pytest.raises(VariableError, match="frames"):
        hoffmann_teller(whole, 1, -20, 20, axes(frame="GSE"))
    one_side = hoffmann_teller(event(noise=1), 1, -60, -40, axes())
    assert not one_side.reliable
    assert "not determined" in one_side.reason


def test_missing_measurements_are_left_out():
    whole = event(ROTATIONAL, noise=1)
    craft = whole.spacecraft[1]
    ions = craft.plasma["ion"]
    v = ions.v_km_s.copy()
    v[::3] = np.nan
    new = replace(whole, spacecraft={1: replace(craft, plasma={"ion": replace(ions, v_km_s=v)})})
    found = hoffmann_teller(new, 1, -20, 20, axes(ROTATIONAL))
    assert found.points == pytest.approx(2 / 3 * 267, abs=2)
    assert abs(found.speed_km_s + 60) < 4 * found.speed_error_km_s


def test_a_tilt_of_the_normal_is_in_the_error_of_the_speed():
    whole = event(ROTATIONAL, noise=1)
    plain = hoffmann_teller(whole, 1, -20, 20, axes(ROTATIONAL))
    tilted = hoffmann_teller(whole, 1, -20, 20, axes(ROTATIONAL, covariance=np.diag([0.0, 0.05**2, 0.0])))
    more = np.sqrt(tilted.speed_error_km_s**2 - plain.speed_error_km_s**2)
    assert more == pytest.approx(0.05 * abs(ROTATIONAL.axes[0] @ plain.v_km_s), rel=1e-6)
