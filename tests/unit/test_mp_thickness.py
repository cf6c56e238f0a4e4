"""Thickness by slope, by peak current, by edges: the same half-width; noise has none."""

import numpy as np
import pytest

from magnetoflow.mms_mp.normals import Normal
from magnetoflow.mms_mp.thickness import (
    current_sheet_half_width,
    gradient_half_width,
    multi_scale_half_widths,
    pair_thickness,
    relative_speed,
)
from magnetoflow.sample.magnetopause import CASE_A

T = np.arange(-40.0, 40.0, 1 / 64)
W, SPEED = 6.94, -57.6
SCALES = (0.5, 1.0, 2.0, 3.0)


def layer(amplitude=35.0, sigma=0.0, seed=0):
    return 5 - amplitude * np.tanh(T / W) + sigma * np.random.default_rng(seed).normal(size=len(T))


@pytest.mark.parametrize("amplitude", [0.01, 35.0, -700.0])
def test_slope_gives_the_half_width_of_any_amplitude(amplitude):
    h, _ = gradient_half_width(T, layer(amplitude), 1.0, SPEED)
    assert h == pytest.approx(W * 57.6, rel=0.01)
    assert gradient_half_width(T, layer(amplitude), 1.0, -SPEED)[0] == h
    assert gradient_half_width(T + 1e4, layer(amplitude), 1.0, SPEED)[0] == pytest.approx(h, rel=1e-6)


def test_error_of_the_slope_and_missing_samples():
    y = layer(sigma=0.2)
    y[100:130] = np.nan
    h, error = gradient_half_width(T, y, 3.0, SPEED, 0.6)
    assert abs(h - W * 57.6) < 3 * error
    assert 0.01 < error / h < 0.05


def test_noise_has_no_thickness():
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert multi_scale_half_widths(T, rng.normal(size=len(T)), SCALES, SPEED) == {}
    assert np.isnan(gradient_half_width(T[:6], layer()[:6], 1.0, SPEED)).all()
    assert np.isnan(gradient_half_width(T, np.full(len(T), np.nan), 1.0, SPEED)).all()
    assert np.isnan(gradient_half_width(T, np.ones(len(T)), 1.0, SPEED)).all()
    # an interval far from the layer shows a slope, but no jump
    assert np.isnan(gradient_half_width(T, 35 + layer(1e-3, 0.05), 1.0, SPEED)).all()


def test_scales_agree_and_none_is_made_up():
    found = multi_scale_half_widths(T, layer(sigma=0.02), SCALES, SPEED)
    assert set(found) <= set(SCALES)
    assert {2.0, 3.0} <= set(found)
    for h, _ in found.values():
        assert h == pytest.approx(W * 57.6, rel=0.1)


def test_peak_current_gives_the_half_width():
    peak = CASE_A.j_lmn_na_m2(0.0)[1]
    assert peak == pytest.approx(-69.6, abs=0.05)
    h, error = current_sheet_half_width(35.0, 0.35, peak, 0.7)
    assert h == pytest.approx(400, rel=1e-3)
    assert error == pytest.approx(400 * np.hypot(0.01, 0.7 / 69.6), rel=0.01)
    assert np.isnan(current_sheet_half_width(35.0, 0.1, 0.5, 0.7)).all()


def test_two_edges_and_motion_of_the_spacecraft():
    n = CASE_A.axes[2]
    normal = Normal("mva", None, n, 0.1**2 * (np.eye(3) - np.outer(n, n)))
    v_sc = np.array([-2.6, -0.4, 0.4])
    speed, error = relative_speed(-60.0, 0.1, normal, v_sc)
    assert speed == pytest.approx(-57.6, abs=0.02)
    assert error == pytest.approx(np.hypot(0.1, 0.1 * np.linalg.norm(v_sc - v_sc @ n * n)))
    thick, wide = pair_thickness(10.0, 24.0, (0.1, 0.1), speed, error)
    assert thick == pytest.approx(14 * 57.6, rel=1e-3)
    assert wide == pytest.approx(np.hypot(57.6 * 0.1 * np.sqrt(2), 14 * error), rel=1e-3)
