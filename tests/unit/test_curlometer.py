"""Curlometer: exact for linear fields, the same for every order and frame, silent where it cannot know."""

from itertools import permutations

import numpy as np
import pytest

from magnetoflow.curlometer import array_shape, curlometer, on_common_times, reciprocal_vectors
from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.series import Series

RNG = np.random.default_rng(20170810)
BEGIN = np.datetime64("2017-08-10T12:18:00", "ns")
# dB_k/dx_j [nT/km], row j: curl = (G12 - G21, G20 - G02, G01 - G10), divergence = trace
GRADIENT = np.array([[0.010, -0.020, 0.005], [0.030, -0.004, 0.040], [-0.015, 0.025, 0.002]])
CURL = np.array([0.040 - 0.025, -0.015 - 0.005, -0.020 - 0.030])


def tetrahedra(number=50, edge_km=20.0):
    """Regular tetrahedra, shaken, far from the Earth's centre: (4, number, 3)."""
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(8)
    return edge_km * (corners[:, None] + 0.15 * RNG.normal(size=(4, number, 3))) + [-1e5, 2e4, 3e4]


def linear_field(position, gradient=GRADIENT):
    return np.array([3.0, -1.0, 7.0]) + (position - [-1e5, 2e4, 3e4]) @ gradient


def rotation():
    matrix, _ = np.linalg.qr(RNG.normal(size=(3, 3)))
    return matrix * np.linalg.det(matrix)


def series(name, seconds, values, frame="GSE"):
    time = BEGIN + np.round(np.asarray(seconds) * 1e9).astype("timedelta64[ns]")
    return Series(name, time, np.asarray(values, dtype=float), "nT", frame)


def test_a_linear_field_is_found_exactly():
    position = tetrahedra()
    curl = curlometer(position, linear_field(position))
    np.testing.assert_allclose(curl.gradient_nt_km, np.tile(GRADIENT, (50, 1, 1)), atol=1e-10)
    np.testing.assert_allclose(curl.curl_nt_km, np.tile(CURL, (50, 1)), atol=1e-10)
    np.testing.assert_allclose(curl.div_nt_km, 0.008, atol=1e-10)
    # |curl| = sqrt(0.015^2 + 0.02^2 + 0.05^2) = sqrt(3.125e-3)
    np.testing.assert_allclose(curl.div_b_over_curl, 0.008 / np.sqrt(3.125e-3), rtol=1e-7)
    # 1 nT/km = 1e-12 T/m; / (4 pi 1e-7 H/m) = 0.79577471545947667884e-6 A/m^2
    np.testing.assert_allclose(curl.j_ua_m2, 0.79577471545947667884 * np.tile(CURL, (50, 1)), atol=1e-10)


def test_a_sheet_carries_its_current_along_y():
    # B_x = 20 tanh(z / 300 km) nT: at the centre dB_x/dz = 20/300 nT/km, J_y = dB_x/dz / mu0 = 53.05 nA/m^2
    position = tetrahedra(1) - [-1e5, 2e4, 3e4]
    position -= position.mean(axis=0)
    field = np.zeros_like(position)
    field[..., 0] = 20 * np.tanh(position[..., 2] / 300)
    curl = curlometer(position, field)
    np.testing.assert_allclose(curl.j_ua_m2[0], [0, 0.0530516, 0], atol=2e-4)
    assert curl.div_b_over_curl[0] < 2e-3


def test_every_order_of_the_spacecraft_gives_the_same():
    position = tetrahedra()
    field = linear_field(position) + RNG.normal(0, 0.05, position.shape)  # not linear
    first = curlometer(position, field)
    for order in permutations(range(4)):
        other = curlometer(position[list(order)], field[list(order)])
        for name in ("gradient_nt_km", "j_ua_m2", "div_nt_km", "elongation", "planarity"):
            np.testing.assert_allclose(getattr(other, name), getattr(first, name), atol=1e-11)


def test_the_current_turns_with_the_frame():
    position = tetrahedra()
    field = linear_field(position) + RNG.normal(0, 0.05, position.shape)
    first = curlometer(position, field)
    for _ in range(20):
        turn = rotation()
        other = curlometer(position @ turn.T, field @ turn.T)
        np.testing.assert_allclose(other.j_ua_m2, first.j_ua_m2 @ turn.T, atol=1e-9)
        np.testing.assert_allclose(other.div_b_over_curl, first.div_b_over_curl, rtol=1e-6)
        np.testing.assert_allclose(other.condition, first.condition, rtol=1e-6)


def test_an_offset_of_all_fields_changes_nothing():
    position = tetrahedra()
    field = RNG.normal(0, 1, position.shape)
    moved = curlometer(position + np.array([5e4, -2e4, 1e4]), field + np.array([30.0, -40.0, 50.0]))
    np.testing.assert_allclose(moved.gradient_nt_km, curlometer(position, field).gradient_nt_km, atol=1e-10)


def test_reciprocal_vectors():
    position = tetrahedra(5)
    vectors = reciprocal_vectors(position)
    np.testing.assert_allclose(vectors.sum(axis=0), 0, atol=1e-12)
    for a, b in permutations(range(4), 2):
        np.testing.assert_allclose(np.sum(vectors[a] * (position[b] - position[a]), axis=1), -1, rtol=1e-9)


def flat(position):
    position = position.copy()
    position[..., 2] = 3e4 + 0.3 * position[..., 0]
    return position


def line(position):
    along = np.array([1.0, 2.0, -1.0])
    return np.array([0.0, 10.0, 25.0, 32.0])[:, None, None] * along + np.zeros_like(position)


@pytest.mark.parametrize("squeeze", [flat, line, np.zeros_like])
def test_a_flat_a_straight_and_a_collapsed_array_have_no_gradient(squeeze):
    position = squeeze(tetrahedra(3))
    curl = curlometer(position, linear_field(position))
    assert curl.degenerate.all()
    for name in ("gradient_nt_km", "curl_nt_km", "div_nt_km", "j_ua_m2", "div_b_over_curl"):
        assert np.isnan(getattr(curl, name)).all()


def test_a_missing_spacecraft_is_a_missing_current():
    position = tetrahedra(4)
    field = linear_field(position)
    field[2, 0, 1] = np.nan
    position[1, 3] = np.nan
    curl = curlometer(position, field)
    assert np.isnan(curl.j_ua_m2).all(axis=1).tolist() == [True, False, False, True]
    assert np.isnan(curl.elongation).tolist() == [False, False, False, True]


@pytest.mark.parametrize("shape", [(3, 5, 3), (4, 5, 4), (4, 3), (5, 5, 3)])
def test_other_numbers_of_spacecraft_are_refused(shape):
    with pytest.raises(VariableError, match="four spacecraft"):
        curlometer(np.zeros(shape), np.zeros(shape))


def test_shape_of_known_arrays():
    regular = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)[:, None]
    elongation, planarity, condition = (value[0] for value in array_shape(regular))
    assert (elongation, planarity, condition) == pytest.approx((0, 0, 1), abs=1e-7)
    # a box's corners +-5, +-3, +-2 taken by turns: semi-axes 5, 3, 2
    stretched = regular * [5.0, 3.0, 2.0]
    assert [value[0] for value in array_shape(stretched)] == pytest.approx([1 - 3 / 5, 1 - 2 / 3, 25 / 4])


def test_common_times_interpolate_between_and_never_across_a_gap():
    # fields that are linear in time, with starts of their own; the second has a gap from 2 s to 3 s
    starts = (0.0, 0.003, -0.005, 0.001)
    seconds = [start + np.arange(640) / 128 for start in starts]
    seconds[1] = seconds[1][(seconds[1] < 2) | (seconds[1] > 3)]
    fields = [series(f"b{n}", s, np.column_stack([s, 2 * s, n - s, s])) for n, s in enumerate(seconds)]
    states = [series(f"r{n}", [-20, 10, 40], np.full((3, 3), float(n))) for n in range(4)]
    time, position, field = on_common_times(fields, states, cadence_s=1 / 128)
    at = (time - BEGIN) / np.timedelta64(1, "s")
    assert at[0] >= 0.003
    assert at[-1] <= 639 / 128 - 0.005
    gap = (at > seconds[1][seconds[1] < 2][-1]) & (at < 3.003)
    assert 100 < gap.sum() < 135
    assert np.isnan(field[1, gap]).all()
    for n in range(4):
        good = ~gap if n == 1 else np.ones(len(at), dtype=bool)
        np.testing.assert_allclose(field[n, good], np.column_stack([at, 2 * at, n - at])[good], atol=1e-9)
    assert np.array_equal(position[:, 0, 0], [0.0, 1.0, 2.0, 3.0])


def test_mixed_frames_are_refused():
    good = [series(f"b{n}", [0, 1], np.zeros((2, 3))) for n in range(4)]
    other = [series("r4", [0, 1], np.zeros((2, 3)), frame="GSM")]
    with pytest.raises(VariableError, match=r"(?s)different frames.*GSE, GSM"):
        on_common_times(good, good[:3] + other, cadence_s=1)


@pytest.mark.parametrize("late", [[10.0, 11.0], [0.5], []])
def test_no_common_time_is_an_error_that_names_the_series(late):
    good = [series(f"b{n}", [0, 1], np.zeros((2, 3))) for n in range(3)]
    last = series("b_late", late, np.zeros((len(late), 3)))
    with pytest.raises(InsufficientData, match="b_late"):
        on_common_times([*good, last], good, cadence_s=1)
