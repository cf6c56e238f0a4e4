"""Time and width of a change by a fit of a + c tanh((t - t_c)/w); errors hold for coloured noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.noise import covariance_of_estimates
from magnetoflow.mms_mp.passages import TanhFit

MIN_POINTS = 20
STEPS = 60
CHUNK = 100_000
"""Samples of one batch of fits."""
MIN_SIGNIFICANCE = 3.0
"""Half-jumps below this many errors are no jumps."""
INSIGNIFICANT = "half-jump of"
"""How the reason begins then."""
ASTRAY = ("no convergence", "t_c at")
"""How reasons begin after a search that another start may mend."""
WIDTHS = (3.0, 6.0, 12.0, 24.0, 48.0, 96.0)
"""First guesses of w: parts of the window."""


def fit_tanh(
    t_s: ArrayLike,
    values: ArrayLike,
    *,
    t_guess: float | None = None,
    w_guess: float | None = None,
    start_s: float | None = None,
    stop_s: float | None = None,
) -> TanhFit:
    """Fit ``a + c tanh((t - t_c)/w)`` by least squares.

    Parameters
    ----------
    t_s : (time,) array_like [s]
        Ascending.
    values : (time,) array_like
        Rows with NaN are dropped.
    t_guess, w_guess : float, optional [s]
        Where the search starts; by default the best of a coarse grid.
    start_s, stop_s : float, optional [s]
        Samples with ``start_s <= t <= stop_s`` are used; all by default.

    Returns
    -------
    TanhFit
        Not `good`, with the reason, where the fit says nothing of a crossing: fewer than 20 points, no
        convergence, t_c outside the window, a window shorter than 4 w, a half-jump below 3 errors, or no
        sample in part of the layer (a step of more than w within t_c +- w).

    Notes
    -----
    The covariance is that of the least-squares estimate under the spectrum of its residuals
    (see :func:`magnetoflow.mms_mp.noise.covariance_of_estimates`); for white noise it is
    ``s^2 (J^T J)^-1`` of all four parameters.
    """
    t = np.asarray(t_s, dtype=np.float64)
    y = np.asarray(values, dtype=np.float64)
    used = np.isfinite(y) & np.isfinite(t)
    if start_s is not None:
        used &= t >= start_s
    if stop_s is not None:
        used &= t <= stop_s
    t, y = t[used], y[used]
    if len(t) < MIN_POINTS:
        return no_fit(f"{len(t)} points, at least {MIN_POINTS} needed", t, start_s, stop_s)
    if not np.ptp(y) > 0:
        return no_fit("the values are constant", t, start_s, stop_s)
    return fit_many(t, y[None], t_guess=t_guess, w_guess=w_guess, start_s=start_s, stop_s=stop_s)[0]


def no_fit(reason: str, t: Floats, start_s: float | None = None, stop_s: float | None = None) -> TanhFit:
    """Stand for a fit that could not be made."""
    nan = float("nan")
    first, last = (float(t[0]), float(t[-1])) if len(t) else (nan, nan)
    start, stop = first if start_s is None else start_s, last if stop_s is None else stop_s
    return TanhFit(nan, nan, nan, nan, np.full((4, 4), nan), nan, nan, len(t), start, stop, False, reason)


def fit_many(
    t_s: ArrayLike,
    values: ArrayLike,
    *,
    t_guess: float | None = None,
    w_guess: float | None = None,
    start_s: float | None = None,
    stop_s: float | None = None,
) -> list[TanhFit]:
    """Fit many series at the same times, as :func:`fit_tanh` does one.

    Parameters
    ----------
    t_s : (time,) array_like [s]
        Ascending, at least 20.
    values : (series, time) array_like
        Without NaN.
    t_guess, w_guess : float, optional [s]
    start_s, stop_s : float, optional [s]
        Window to state; the samples are all used.

    Returns
    -------
    list of TanhFit
    """
    t = np.asarray(t_s, dtype=np.float64)
    y = np.asarray(values, dtype=np.float64)
    window = (float(t[0]) if start_s is None else start_s, float(t[-1]) if stop_s is None else stop_s)
    size = max(1, CHUNK // len(t))
    fits: list[TanhFit] = []
    for begin in range(0, len(y), size):
        fits += _fit_batch(t, y[begin : begin + size], t_guess, w_guess, window)
    return fits


def _fit_batch(
    t: Floats, y: Floats, t_guess: float | None, w_guess: float | None, window: tuple[float, float]
) -> list[TanhFit]:
    parameters, converged = _least_squares(t, y, _first_guesses(t, y, t_guess, w_guess))
    residuals = y - _model(t, parameters)
    jacobian = _jacobian(t, parameters).transpose(0, 2, 1)
    covariance, independent = covariance_of_estimates(t, jacobian, residuals, of=2)
    fits = []
    for k, (a, c, t_c, w) in enumerate(parameters):
        reason = "no convergence" if not converged[k] else _doubt(t, parameters[k], covariance[k], window)
        rms = float(np.sqrt(np.mean(residuals[k] ** 2)))
        fits.append(
            TanhFit(
                float(t_c), float(w), float(a), float(c), covariance[k], rms, float(independent[k]),
                len(t), *window, not reason, reason,
            )
        )  # fmt: skip
    return fits


def _doubt(t: Floats, parameters: Floats, covariance: Floats, window: tuple[float, float]) -> str:
    """Why a fit that converged says nothing of a crossing; empty where it does."""
    _, c, t_c, w = (float(one) for one in parameters)
    if not np.isfinite(covariance).all() or (np.diag(covariance) < 0).any():
        return "the errors are not determined"
    if not window[0] < t_c < window[1]:
        return f"t_c at {t_c:.3f} s, outside the window"
    if window[1] - window[0] < 4 * w:
        return f"w of {w:.3g} s, window of {window[1] - window[0]:.3g} s: it shows no plateaus"
    if abs(c) < MIN_SIGNIFICANCE * np.sqrt(covariance[1, 1]):
        return f"{INSIGNIFICANT} {abs(c):.3g} with error {np.sqrt(covariance[1, 1]):.3g}"
    inside = np.clip([t_c - w, t_c + w], t[0], t[-1])
    low, high = np.searchsorted(t, inside)
    step = float(np.max(np.diff(t[max(low - 1, 0) : high + 1]), initial=0.0))
    if step > w:
        return f"{step:.3g} s between samples within the layer, w is {w:.3g} s"
    return ""


def _first_guesses(t: Floats, y: Floats, t_guess: float | None, w_guess: float | None) -> Floats:
    """Best of a grid of times and widths, with a and c by linear least squares, on means of blocks."""
    size = -(-len(t) // 300)
    whole = len(t) // size * size
    coarse_t = t[:whole].reshape(-1, size).mean(axis=1)
    coarse_y = y[:, :whole].reshape(len(y), -1, size).mean(axis=2)
    times = np.array([t_guess]) if t_guess is not None else np.linspace(t[0], t[-1], 62)[1:-1]
    widths = np.array([w_guess]) if w_guess is not None else (t[-1] - t[0]) / np.array(WIDTHS)
    grid_t, grid_w = (one.ravel() for one in np.meshgrid(times, widths))
    shape = np.tanh((coarse_t - grid_t[:, None]) / grid_w[:, None])
    mean = shape.mean(axis=1)
    power = np.sum((shape - mean[:, None]) ** 2, axis=1)
    product = (coarse_y - coarse_y.mean(axis=1, keepdims=True)) @ shape.T
    gain = np.divide(product**2, power, out=np.zeros_like(product), where=power > 0)
    best = gain.argmax(axis=1)
    c = product[np.arange(len(y)), best] / np.where(power > 0, power, 1.0)[best]
    return np.stack([coarse_y.mean(axis=1) - c * mean[best], c, grid_t[best], grid_w[best]], axis=1)


def _model(t: Floats, parameters: Floats) -> Floats:
    a, c, t_c, w = parameters.T[:, :, None]
    return np.asarray(a + c * np.tanh((t - t_c) / w))


def _jacobian(t: Floats, parameters: Floats) -> Floats:
    """(series, 4, time) derivatives by a, c, t_c, w."""
    _, c, t_c, w = parameters.T[:, :, None]
    rows = np.ones((len(parameters), 4, len(t)))
    u = (t - t_c) / w
    np.tanh(u, out=rows[:, 1])
    np.multiply(rows[:, 1] ** 2 - 1, c / w, out=rows[:, 2])
    np.multiply(rows[:, 2], u, out=rows[:, 3])
    return rows


def _least_squares(t: Floats, y: Floats, start: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Levenberg-Marquardt steps of all series at once, in a, c, t_c and ln w."""
    parameters = start.copy()
    cost = np.sum((y - _model(t, parameters)) ** 2, axis=1)
    damping = np.full(len(y), 1e-3)
    done = np.zeros(len(y), dtype=bool)
    widest = 2 * (t[-1] - t[0])  # beyond it the fit is a parabola that no step ends
    for _ in range(STEPS):
        open_ = np.flatnonzero(~done)
        if not len(open_):
            break
        at = parameters[open_]
        step = _step(t, y[open_], at, damping[open_])
        step[:, 2] = np.clip(step[:, 2], -2 * at[:, 3], 2 * at[:, 3])
        after = at + step
        after[:, 3] = at[:, 3] * np.exp(np.clip(step[:, 3], -1, 1))
        new = np.sum((y[open_] - _model(t, after)) ** 2, axis=1)
        better = new <= cost[open_]
        # relative to its own width a step of 1e-6 is far below any error that noise leaves
        small = (np.abs(step[:, 2]) < 1e-6 * at[:, 3]) & (np.abs(step[:, 3]) < 1e-6)
        flat = better & (cost[open_] - new <= 1e-13 * cost[open_])
        done[open_] = small | flat | (after[:, 3] > widest)
        rows = open_[better]
        parameters[rows], cost[rows] = after[better], new[better]
        damping[open_] = np.clip(damping[open_] * np.where(better, 0.1, 10.0), 1e-12, 1e9)
    return parameters, done & (parameters[:, 3] <= widest)


def _step(t: Floats, y: Floats, parameters: Floats, damping: Floats) -> Floats:
    """Newton step; Gauss-Newton where the Hessian is not positive.

    Where the layer is no tanh, the residuals make Gauss-Newton steps creep.
    """
    rows = _jacobian(t, parameters)
    residuals = y - parameters[:, :1] - parameters[:, 1:2] * rows[:, 1]
    gradient = (rows @ residuals[..., None])[..., 0]
    by_log_w = np.where(np.arange(4) == 3, parameters[:, 3:], 1.0)
    normal = rows @ rows.transpose(0, 2, 1) * by_log_w[:, :, None] * by_log_w[:, None, :]
    gradient = gradient * by_log_w
    scale = np.sqrt(np.einsum("spp->sp", normal))
    scale = np.where(scale > 0, scale, 1.0)
    both = scale[:, :, None] * scale[:, None, :]
    hessian = (normal - _curvature(t, parameters, rows[:, 1], residuals)) / both
    convex = np.linalg.eigvalsh(hessian)[:, 0] > 1e-6
    scaled = np.where(convex[:, None, None], hessian, normal / both)
    scaled = scaled + (damping[:, None, None] + 1e-14) * np.eye(4)
    return np.asarray(np.linalg.solve(scaled, (gradient / scale)[..., None])[..., 0] / scale)


def _curvature(t: Floats, parameters: Floats, shape: Floats, residuals: Floats) -> Floats:
    """(series, 4, 4) sums of residuals times second derivatives by a, c, t_c and ln w."""
    _, c, t_c, w = parameters.T
    u = (t - t_c[:, None]) / w[:, None]
    flat = residuals * (1 - shape**2)
    bent = flat * shape
    s0, s1 = flat.sum(axis=1), np.einsum("st,st->s", flat, u)
    b0, b1, b2 = (np.einsum("st,st->s", bent, weight) for weight in (np.ones_like(u), u, u**2))
    result = np.zeros((len(parameters), 4, 4))
    result[:, 1, 2] = result[:, 2, 1] = -s0 / w
    result[:, 1, 3] = result[:, 3, 1] = -s1
    result[:, 2, 2] = -2 * c / w**2 * b0
    result[:, 2, 3] = result[:, 3, 2] = c / w * (s0 - 2 * b1)
    result[:, 3, 3] = c * (s1 - 2 * b2)
    return result
