"""Path of the boundary: exact integrals, gaps that are seen, errors that add up."""

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.correlation import covariance_of_sum, inflation, scatter
from magnetoflow.mms_mp.path import idl_path_km, path_at, path_of, random_km2

RNG = np.random.default_rng(20180115)


def uneven(number=400):
    return np.cumsum(0.15 * (1 + 0.2 * RNG.uniform(-1, 1, number)))


def test_the_trapezoid_is_exact_to_a_centimetre():
    t = np.arange(0, 3600, 0.15)
    v = 60 * np.sin(t / 7) + RNG.normal(0, 5, len(t))
    expected = np.concatenate([[0], np.cumsum(np.diff(t) * (v[1:] + v[:-1]) / 2)])
    assert np.abs(path_of(t, v, 0.15).path_km - expected).max() < 1e-5
    assert path_of(t, v, 0.15).path_km[-1] == pytest.approx(np.trapezoid(v, t), abs=1e-5)


def test_simpson_is_exact_for_cubics_and_rectangles_take_the_speed_at_the_beginning():
    t = 0.15 * np.arange(101)
    cubic = 3 - 2 * t + 0.5 * t**2 - 0.04 * t**3
    whole = 3 * t - t**2 + t**3 / 6 - 0.01 * t**4
    assert path_of(t, cubic, 0.15, rule="simpson").path_km[::2] == pytest.approx(whole[::2], abs=1e-9)
    t = uneven()
    parabola = 3 - 2 * t + 0.5 * t**2
    exact = 3 * t - t**2 + t**3 / 6
    assert path_of(t, parabola, 0.2, rule="simpson").path_km == pytest.approx(exact - exact[0], abs=1e-8)
    rectangles = np.sum(np.diff(t) * parabola[:-1])
    assert path_of(t, parabola, 0.2, rule="rectangle").path_km[-1] == pytest.approx(rectangles)


def test_two_samples_and_one_are_integrated_too():
    for rule in ("trapezoid", "simpson", "rectangle"):
        assert path_of(np.array([0.0, 0.1]), np.array([5.0, 5.0]), 0.1, rule=rule).path_km[
            -1
        ] == pytest.approx(0.5)
        assert path_of(np.array([3.0]), np.array([5.0]), 0.1, rule=rule).path_km.tolist() == [0.0]


def test_finer_steps_change_rectangles_only():
    t = uneven()
    v = 50 * np.cos(t)
    trapezoid = path_of(t, v, 0.2).path_km
    assert path_of(t, v, 0.2, max_step_s=0.01).path_km == pytest.approx(trapezoid, abs=1e-9)
    fine = path_of(t, v, 0.2, rule="rectangle", max_step_s=0.001).path_km
    coarse = path_of(t, v, 0.2, rule="rectangle").path_km
    assert np.abs(fine - trapezoid).max() < 0.01 * np.abs(coarse - trapezoid).max()


def test_the_cost_of_simpson_grows_with_the_number_of_samples():
    """Defect 20: a loop over all pairs would take minutes for a million samples."""
    t = 0.03 * np.arange(1_000_000)
    end = path_of(t, np.sin(t), 0.03, rule="simpson").path_km[-1]
    assert end == pytest.approx(1 - np.cos(t[-1]), abs=1e-6)


def test_a_gap_is_bridged_with_an_error_and_a_long_one_ends_the_block():
    t = 0.15 * np.arange(2000)
    v = 20 * np.sin(2 * np.pi * t / 30)
    hole = (t > 100) & (t < 104)
    path = path_of(np.where(hole, np.nan, t), v, 0.15, bridge_s=10)
    true = 20 * 30 / (2 * np.pi) * (1 - np.cos(2 * np.pi * path.t_s / 30))
    after = path.t_s > 104
    assert set(path.segment.tolist()) == {0, 1}
    assert set(path.block.tolist()) == {0}
    assert not path.gap_km2[~after].any()
    error = np.sqrt(path.gap_km2[-1])
    assert 0 < abs((path.path_km - true)[-1]) < 3 * error
    assert error < 20 * 4  # a gap of 4 s at speeds of at most 20 km/s
    assert path_of(np.where(hole, np.nan, t), v, 0.15, bridge_s=1).block[-1] == 1


def test_the_path_between_samples_is_that_of_the_straight_line():
    t = uneven(50)
    path = path_of(t, 2 * t - 7, 0.2)
    at = 0.3 * t[10] + 0.7 * t[11]
    assert path_at(path, at) == pytest.approx((at**2 - 7 * at) - (t[0] ** 2 - 7 * t[0]), abs=1e-9)
    assert np.isnan(path_at(path, t[0] - 1))
    assert np.isnan(path_at(path, t[-1] + 1))


def test_independent_errors_add_as_squares():
    t = 0.15 * np.arange(1000)
    ends = [path_of(t, RNG.normal(0, 5, len(t)), 0.15).path_km[-1] for _ in range(400)]
    stated = np.sqrt(random_km2(path_of(t, np.ones(len(t)), 0.15), np.full(len(t), 5.0)))
    assert stated[-1] == pytest.approx(5 * 0.15 * np.sqrt(1000), rel=2e-3)
    assert np.std(ends) == pytest.approx(stated[-1], rel=0.1)
    assert (np.diff(stated) >= 0).all()


def test_the_idl_window_runs_backward_when_approaching():
    t = np.arange(-100, 100, 0.5)
    v = np.where(t < 0, -60.0, 30.0)
    after, distance = idl_path_km(t, v, 0.0, 20.0, approaching=False)
    assert after[0] == -3.5
    assert after[-1] == 23.5
    assert distance[0] == 0
    assert (distance >= 0).all()
    _, backward = idl_path_km(t, v, 0.0, 20.0, approaching=True)
    assert backward[-1] == 0
    assert backward[0] == pytest.approx(distance[-1])
    with pytest.raises(InsufficientData):
        idl_path_km(t, v, 500.0, 600.0, approaching=True)


def test_nothing_to_integrate_is_an_error():
    with pytest.raises(InsufficientData):
        path_of(np.arange(5.0), np.full(5, np.nan), 1.0)


def ar1(number, phi, runs):
    white = RNG.normal(size=(runs, number + 200))
    x = np.zeros_like(white)
    for k in range(1, white.shape[1]):
        x[:, k] = phi * x[:, k - 1] + np.sqrt(1 - phi**2) * white[:, k]
    return x[:, 200:]


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_sums_of_correlated_noise_have_wider_errors(phi):
    runs = ar1(1000, phi, 200)
    stated = np.array([covariance_of_sum(x[:, None] - x.mean())[0, 0] for x in runs])
    assert np.sqrt(stated.mean()) == pytest.approx(np.std(runs.sum(axis=1)), rel=0.2)
    assert inflation(runs[0]) >= 1


def test_scatter_sees_noise_and_not_what_changes_slowly():
    t = np.linspace(0, 10, 4000)
    noisy = 100 * np.sin(t) + RNG.normal(0, 3, len(t))
    noisy[::50] = 1e4
    assert scatter(noisy) == pytest.approx(3, rel=0.15)
    assert np.isnan(scatter(np.full(100, np.nan)))
