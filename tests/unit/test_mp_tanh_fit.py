"""Tanh fits: exact truths, the predicted error, coverage for white and coloured noise, refusals."""

import numpy as np
import pytest

from magnetoflow.mms_mp.tanh_fit import fit_many, fit_tanh

W = 400 / 57.587
"""Half-width of case A in time [s]."""


def times(rate_hz, widths=6.0):
    return np.arange(-widths * W, widths * W, 1 / rate_hz)


def case_a(t, t_c=0.0, w=W):
    return 5 - 35 * np.tanh((t - t_c) / w)


def coloured(rng, runs, points, slope):
    """Noise of the spectrum f^-slope and variance 1, cut out of 8 times its length."""
    f = np.fft.rfftfreq(8 * points)
    size = np.concatenate([[0.0], f[1:] ** (-slope / 2)])
    parts = rng.normal(size=(2, runs, len(f)))
    noise = np.fft.irfft((parts[0] + 1j * parts[1]) * size)[:, :points]
    return noise / noise.std()


def coverage(fits, t_c=0.0, w=W):
    found = np.array([(fit.t_c_s - t_c, fit.t_c_error_s, fit.w_s - w, fit.w_error_s) for fit in fits])
    return np.mean(np.abs(found[:, 0]) < found[:, 1]), np.mean(np.abs(found[:, 2]) < found[:, 3])


def test_exact_values_give_exact_parameters():
    t = times(8)
    fit = fit_tanh(t, case_a(t, t_c=0.3))
    assert fit.good, fit.reason
    assert (fit.t_c_s, fit.w_s, fit.a, fit.c) == pytest.approx((0.3, W, 5, -35), abs=1e-8)
    assert fit.t_c_error_s < 1e-9
    assert (fit.points, fit.start_s, fit.stop_s) == (len(t), t[0], t[-1])


def test_the_predicted_error_of_case_a():
    """0.468 ms predicted, 0.466 ms scatter at 64 Hz, 0.05 nT and a window of 6 w (reference, 3.4)."""
    rng = np.random.default_rng(1)
    t = times(64)
    fits = fit_many(t, case_a(t) + 0.05 * rng.normal(size=(60, len(t))))
    stated = np.array([fit.t_c_error_s for fit in fits])
    assert np.median(stated) == pytest.approx(0.468e-3, rel=0.03)
    assert np.std([fit.t_c_s for fit in fits]) == pytest.approx(0.468e-3, rel=0.3)
    closed_form = 0.05 / (35 * 8) * np.sqrt(3 * W / 4)
    assert np.median(stated) / closed_form == pytest.approx(1.15, abs=0.04)


@pytest.mark.parametrize("slope", [0.0, 1.0], ids=["white", "1/f"])
def test_errors_cover_the_truth(slope):
    rng = np.random.default_rng(2)
    t = times(8)
    white = rng.normal(size=(400, len(t)))
    noise = white if slope == 0 else coloured(rng, 400, len(t), slope) + 0.1 * white
    for share in coverage(fit_many(t, case_a(t) + noise)):
        assert 0.60 < share < 0.76


def test_errors_cover_the_truth_with_gaps_and_an_exponential_correlation():
    rng = np.random.default_rng(3)
    t = times(8)
    noise = rng.normal(size=(400, len(t)))
    for k in range(1, len(t)):
        noise[:, k] = 0.8 * noise[:, k - 1] + 0.6 * noise[:, k]
    kept = rng.random(len(t)) > 0.05
    kept[100:140] = False
    fits = fit_many(t[kept], case_a(t[kept]) + noise[:, kept])
    for share in coverage(fits):
        assert 0.60 < share < 0.76
    # nine samples of such noise count as one
    assert np.median([fit.independent for fit in fits]) == pytest.approx(kept.sum() / 9, rel=0.3)


def test_coloured_noise_has_larger_errors_than_white_noise_of_the_same_size():
    rng = np.random.default_rng(4)
    t = times(8)
    white = fit_tanh(t, case_a(t) + rng.normal(size=len(t)))
    other = fit_tanh(t, case_a(t) + coloured(rng, 1, len(t), 1.0)[0])
    assert other.t_c_error_s > 3 * white.t_c_error_s
    assert other.independent < 0.1 * white.independent


def test_the_covariance_of_white_noise_is_that_of_least_squares():
    rng = np.random.default_rng(5)
    t = times(32)
    fit = fit_tanh(t, case_a(t) + 0.2 * rng.normal(size=len(t)))
    shape = np.tanh((t - fit.t_c_s) / fit.w_s)
    slope = fit.c / fit.w_s * (shape**2 - 1)
    j = np.stack([np.ones_like(t), shape, slope, slope * (t - fit.t_c_s) / fit.w_s], axis=1)
    expected = fit.residual**2 * np.linalg.inv(j.T @ j)
    np.testing.assert_allclose(fit.covariance, expected, rtol=0.15, atol=0.15 * np.abs(expected).min())
    assert fit.independent > 0.9 * len(t)


def test_rows_with_nan_are_dropped():
    rng = np.random.default_rng(6)
    t = times(8)
    values = case_a(t) + 0.1 * rng.normal(size=len(t))
    missing = rng.random(len(t)) < 0.05
    fit = fit_tanh(t, np.where(missing, np.nan, values))
    same = fit_tanh(t[~missing], values[~missing])
    assert fit.points == np.sum(~missing)
    assert (fit.t_c_s, fit.w_s) == (same.t_c_s, same.w_s)


def test_time_shift_unit_and_sign_do_not_matter():
    rng = np.random.default_rng(7)
    t = times(8)
    values = case_a(t) + 0.1 * rng.normal(size=len(t))
    one, other = fit_tanh(t, values), fit_tanh(t + 1000.0, -1e3 * values)
    assert other.t_c_s - 1000 == pytest.approx(one.t_c_s, abs=1e-6)
    assert other.w_s == pytest.approx(one.w_s, rel=1e-6)
    assert other.c == pytest.approx(-1e3 * one.c, rel=1e-6)
    assert other.t_c_error_s == pytest.approx(one.t_c_error_s, rel=1e-4)


def test_a_bad_guess_does_not_matter():
    rng = np.random.default_rng(8)
    t = times(8)
    values = case_a(t, t_c=2.0, w=1.5) + 0.1 * rng.normal(size=len(t))
    fits = [
        fit_tanh(t, values),
        fit_tanh(t, values, t_guess=-3.0, w_guess=8.0),
        fit_tanh(t, values, t_guess=4.0, w_guess=0.2),
    ]
    assert all(fit.good for fit in fits)
    assert np.ptp([fit.t_c_s for fit in fits]) < 1e-5
    assert np.ptp([fit.w_s for fit in fits]) < 1e-5


def test_a_layer_that_is_no_tanh_has_one_best_fit():
    t = times(8)
    values = np.interp(t, [-12, -9, 0, 3], [40.0, 10.0, 15.0, -30.0]) + 4 * np.sin(t)
    fits = [fit_tanh(t, values, t_guess=t_c, w_guess=w) for t_c, w in ((-4, 8), (2, 4), (-5, 12), (-1, 6))]
    assert all(fit.good for fit in fits)
    assert np.ptp([fit.t_c_s for fit in fits]) < 1e-4
    assert np.ptp([fit.w_s for fit in fits]) < 1e-4
    assert fits[0].independent < 0.1 * len(t)


def test_the_window_is_kept():
    t = times(8)
    fit = fit_tanh(t, case_a(t), start_s=-20.0, stop_s=25.0)
    assert (fit.start_s, fit.stop_s) == (-20.0, 25.0)
    assert fit.points == np.sum((t >= -20) & (t <= 25))


@pytest.mark.parametrize(
    ("t", "values", "reason"),
    [
        (np.arange(19.0), np.tanh(np.arange(19.0) - 9), "19 points"),
        (np.arange(30.0), np.full(30, np.nan), "0 points"),
        (np.arange(30.0), np.full(30, 7.0), "constant"),
        (np.arange(-2, 2, 0.02), np.tanh(np.arange(-2, 2, 0.02) / 3), "plateaus"),
        (
            np.concatenate([np.arange(-40, -6, 0.1), np.arange(6, 40, 0.1)]),
            np.tanh(np.concatenate([np.arange(-40, -6, 0.1), np.arange(6, 40, 0.1)]) / 7),
            "between samples",
        ),
    ],
)
def test_what_says_nothing_of_a_crossing_is_not_good(t, values, reason):
    rng = np.random.default_rng(9)
    noise = 0.0 if np.ptp(values) == 0 else 0.01 * rng.normal(size=len(t))
    fit = fit_tanh(t, values + noise)
    assert not fit.good
    assert reason in fit.reason


def test_noise_is_no_crossing():
    rng = np.random.default_rng(10)
    t = times(8)
    fits = fit_many(t, coloured(rng, 40, len(t), 1.0)) + fit_many(t, rng.normal(size=(40, len(t))))
    assert np.mean([fit.good for fit in fits]) < 0.15
