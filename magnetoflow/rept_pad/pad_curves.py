"""Fit sin^n a (1 - d exp(-((a - 90)/w)^2)) and A1 sin a + A3 sin 3a + A5 sin 5a to many distributions.

Every distribution has its own missing bins, so each fit is weighted; all are done at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

N_GRID = np.round(np.arange(-1.5, 9.0001, 0.02), 2)
"""Exponents at which the averages over bins are tabulated."""
D_LIMITS = (-1.5, 0.95)
STEPS, MORE_STEPS = 8, 4
"""Gauss-Newton steps with the first width, and with each further one from there."""
ROWS = 4096
EDGE_DEG = 10.0
"""Bins nearer to the field line hold the loss cone, which the curves do not have: left out."""


@dataclass(frozen=True)
class CurveOptions:
    """What is taken as known before a fit.

    Attributes
    ----------
    widths_deg : tuple of float [deg]
        Widths w of the dip that are tried; the results are means over them by their posterior weight.
    n_mean, n_spread, d_spread : float
        Normal prior of n, and of d around 0: they hold what bins that are not seen leave open.
    relative_error : float
        1 sigma of what no such curve follows, relative to the curve; added to the error of counts.
    """

    widths_deg: tuple[float, ...] = (15.0, 20.0, 25.0, 30.0)
    n_mean: float = 1.5
    n_spread: float = 2.0
    d_spread: float = 0.4
    relative_error: float = 0.02


@dataclass(frozen=True)
class CurveFits:
    """Parameters of fitted curves, each with its 1-sigma error; NaN where nothing could be fitted.

    Attributes
    ----------
    n, n_error, d, d_error : (m,) ndarray [1]
        Of sin^n a (1 - d exp(-((a - 90)/w)^2)).
    anisotropy, anisotropy_error : (m,) ndarray [1]
        Integral of j sin^3 a over twice that of j cos^2 a sin a, less 1, of the fitted curve: n / 2 if d = 0.
    flux_90, flux_90_error : (m,) ndarray
        Fitted curve at 90 degrees, in the unit of the values.
    terms, terms_error : (m, 3) ndarray
        A1, A3, A5, in the unit of the values.
    """

    n: Floats
    n_error: Floats
    d: Floats
    d_error: Floats
    anisotropy: Floats
    anisotropy_error: Floats
    flux_90: Floats
    flux_90_error: Floats
    terms: Floats
    terms_error: Floats


def fit_curves(
    values: Floats,
    variance: Floats,
    slope: Floats,
    angle_deg: Floats,
    options: CurveOptions | None = None,
) -> CurveFits:
    """Fit both curves to each row.

    Parameters
    ----------
    values : (m, angle) ndarray
        Flux or shape without background; NaN where not seen.
    variance : (m, angle) ndarray
        Part of the variance that does not depend on the curve: background counts, error of a mean.
    slope : (m, angle) ndarray
        Variance per value of the curve: the flux of one count where the error is that of counts, else 0.
    angle_deg : (angle,) ndarray [deg]
        Middle of the bins.
    options : CurveOptions, optional

    Returns
    -------
    CurveFits
        Maximum of the posterior and its curvature, averaged over the widths (Laplace approximation). Weights
        come from the fitted curve, not from the measured counts, which would favour bins that came out low.
        A1, A3, A5 need four bins. The form of Smirnov et al. (2022), 10.1029/2022SW003053, is A1, A3, A5.
    """
    options = options or CurveOptions()
    inner = np.abs(angle_deg - 90.0) < 90.0 - EDGE_DEG
    width = bin_width_deg(angle_deg)
    tables = [_Tables.of(angle_deg[inner], width, dip) for dip in options.widths_deg]
    parts = [
        _fit_rows(values[at, inner], variance[at, inner], slope[at, inner], tables, options)
        for start in range(0, max(len(values), 1), ROWS)
        for at in [slice(start, start + ROWS)]
    ]
    return CurveFits(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@dataclass(frozen=True)
class _Tables:
    """For one width: averages over bins of sin^n (its ln, on N_GRID), of the dip and of sin ka; integrals."""

    log_sine: Floats
    dip: Floats
    integrals: Floats
    terms: Floats

    @classmethod
    def of(cls, angle_deg: Floats, bin_deg: float, width_deg: float) -> _Tables:
        angle, half = np.deg2rad(angle_deg), np.deg2rad(bin_deg) / 2
        nodes, weights = np.polynomial.legendre.leggauss(8)
        sine = np.abs(np.sin(angle[:, None] + half * nodes))
        log_sine = np.log(np.exp(N_GRID[:, None, None] * np.log(np.maximum(sine, 1e-9))) @ (weights / 2))
        off = (angle[:, None] + half * nodes - np.pi / 2) / np.deg2rad(width_deg)
        fine = (np.arange(720) + 0.5) * np.pi / 720
        bell = np.exp(-(((fine - np.pi / 2) / np.deg2rad(width_deg)) ** 2))
        power = np.sin(fine) ** N_GRID[:, None]
        across, along = np.sin(fine) ** 3, np.cos(fine) ** 2 * np.sin(fine)
        integrals = np.array([power @ across, power @ (across * bell), power @ along, power @ (along * bell)])
        order = np.array([1.0, 3.0, 5.0])
        terms = np.sin(angle[:, None] * order) * (np.sin(order * half) / (order * half))
        return cls(log_sine, np.exp(-(off**2)) @ (weights / 2), integrals, terms)

    def at(self, n: Floats) -> tuple[Floats, Floats]:
        """Ln of the mean of sin^n over each bin, and its derivative by n."""
        place, rest = _place(n)
        low, high = self.log_sine[place], self.log_sine[place + 1]
        rise = high - low
        return low + rest[:, None] * rise, rise / (N_GRID[1] - N_GRID[0])

    def anisotropy(self, n: Floats, d: Floats) -> tuple[Floats, Floats]:
        """Anisotropy of the curve, and its derivatives by n and d, (m, 2)."""
        place, rest = _place(n)
        rise = self.integrals[:, place + 1] - self.integrals[:, place]
        a, b, c, e = self.integrals[:, place] + rest * rise
        by_n = rise / (N_GRID[1] - N_GRID[0])
        above, below = a - d * b, c - d * e
        ratio = above / (2 * below)
        dn = ((by_n[0] - d * by_n[1]) / 2 - ratio * (by_n[2] - d * by_n[3])) / below
        dd = (-b / 2 + ratio * e) / below
        return ratio - 1, np.stack([dn, dd], axis=1)


def _place(n: Floats) -> tuple[NDArray[np.intp], Floats]:
    exact = (np.clip(n, N_GRID[0], N_GRID[-1]) - N_GRID[0]) / (N_GRID[1] - N_GRID[0])
    place = np.minimum(exact.astype(np.intp), len(N_GRID) - 2)
    return place, exact - place


def bin_width_deg(angle_deg: Floats) -> float:
    """Width of the bins of a grid [deg]."""
    return float(np.median(np.diff(angle_deg)))


def _fit_rows(
    values: Floats, variance: Floats, slope: Floats, tables: list[_Tables], options: CurveOptions
) -> tuple[Floats, ...]:
    seen = np.isfinite(values) & np.isfinite(variance) & np.isfinite(slope)
    level = np.where(seen, values, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    usable = level > 0
    scale = np.where(usable, level, 1.0)[:, None]
    rows = _Rows(
        np.where(seen, values, 0.0) / scale,
        seen,
        np.where(seen, variance, 1.0) / scale**2,
        np.where(seen, slope, 0.0) / scale,
        options,
    )
    theta = np.column_stack([np.full(len(values), 0.2), np.ones(len(values)), np.zeros(len(values))])
    results, weights, curves, steps = [], [], [], STEPS
    for table in tables:
        theta, found, weight, curve = _fit_width(rows, theta, table, steps)
        results.append(found)
        weights.append(weight)
        curves.append(curve)
        steps = MORE_STEPS
    chance = np.exp(np.array(weights) - np.max(weights, axis=0))
    chance /= chance.sum(axis=0)
    mean, spread = _mixed(np.array(results), chance)
    curve = (chance[:, :, None] * np.array(curves)).sum(axis=0)
    terms, terms_error = _terms(rows, curve, tables[0])
    blank = np.where(usable, 1.0, np.nan)
    n, d, anisotropy, log_90 = mean * blank
    flux_90 = np.exp(log_90) * scale[:, 0]
    columns = (n, spread[0] * blank, d, spread[1] * blank, anisotropy, spread[2] * blank)
    size = scale * blank[:, None]
    return (*columns, flux_90, flux_90 * spread[3], terms * size, terms_error * size)


@dataclass(frozen=True)
class _Rows:
    """Distributions relative to their own level: values, what is seen, and the variance's two parts."""

    x: Floats
    seen: NDArray[np.bool_]
    fixed: Floats
    rising: Floats
    options: CurveOptions

    def variance(self, curve: Floats) -> Floats:
        var = self.fixed + self.rising * curve + (self.options.relative_error * curve) ** 2
        return np.maximum(var, 1e-12)


def _fit_width(
    rows: _Rows, theta: Floats, table: _Tables, steps: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Last theta = (ln level, n, d); (2, 4, m) results and variances; ln of the posterior weight; curve.

    The results are n, d, anisotropy and ln j(90).
    """
    options = rows.options
    prior = np.array([1e-6, options.n_spread**-2, options.d_spread**-2])
    centre = np.array([0.0, options.n_mean, 0.0])
    largest = np.array([1.0, 1.0, 0.3])
    low, high = np.array([-20.0, N_GRID[0], D_LIMITS[0]]), np.array([20.0, N_GRID[-1], D_LIMITS[1]])
    for _ in range(steps):
        curve, normal, right, _weight = _normal_equations(rows, theta, table, prior)
        right -= prior * (theta - centre)
        step = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
        theta = np.clip(theta + np.clip(step, -largest, largest), low, high)
    curve, normal, _right, weight = _normal_equations(rows, theta, table, prior)
    covariance = np.linalg.inv(normal)
    misfit = weight * (rows.x - curve) ** 2 - np.log(np.where(rows.seen, weight, 1.0))
    log_weight = -0.5 * misfit.sum(axis=1)
    log_weight -= 0.5 * (((theta - centre) ** 2 * prior).sum(axis=1) + np.log(np.linalg.det(normal)))
    c, n, d = theta.T
    anisotropy, by = table.anisotropy(n, d)
    at_90 = np.column_stack([np.ones(len(n)), np.zeros(len(n)), -1 / (1 - d)])
    of_anisotropy = np.einsum("mj,mjk,mk->m", by, covariance[:, 1:, 1:], by)
    of_90 = np.einsum("mj,mjk,mk->m", at_90, covariance, at_90)
    found = [n, d, anisotropy, c + np.log(1 - d)]
    errors = [covariance[:, 1, 1], covariance[:, 2, 2], of_anisotropy, of_90]
    return theta, np.array([found, errors]), log_weight, curve


def _normal_equations(
    rows: _Rows, theta: Floats, table: _Tables, prior: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Curve, normal matrix, right side and weights at theta."""
    c, n, d = theta.T
    log_sine, by_n = table.at(n)
    sine = np.exp(c[:, None] + log_sine)
    dip = sine * table.dip
    curve = sine - d[:, None] * dip
    weight = rows.seen / rows.variance(curve)
    jacobian = (curve, curve * by_n, -dip)
    residual = rows.x - curve
    normal, right = np.empty((len(n), 3, 3)), np.empty((len(n), 3))
    for j in range(3):
        weighted = weight * jacobian[j]
        right[:, j] = (weighted * residual).sum(axis=1)
        for k in range(j + 1):
            normal[:, j, k] = normal[:, k, j] = (weighted * jacobian[k]).sum(axis=1)
    return curve, normal + np.diag(prior), right, weight


def _mixed(results: Floats, chance: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation over the widths, (4, m)."""
    values, variances = results[:, 0], results[:, 1]
    mean = (chance[:, None] * values).sum(axis=0)
    second = (chance[:, None] * (variances + (values - mean) ** 2)).sum(axis=0)
    return mean, np.sqrt(second)


def _terms(rows: _Rows, curve: Floats, table: _Tables) -> tuple[Floats, Floats]:
    """A1, A3, A5 and their errors."""
    # three terms follow no curve better than some share of its maximum: without this the bins of fewest
    # counts would rule the fit
    misfit = rows.options.relative_error * curve.max(axis=1, keepdims=True)
    weight = rows.seen / (rows.fixed + rows.rising * curve + misfit**2)
    products = (table.terms[:, :, None] * table.terms[:, None, :]).reshape(len(table.terms), 9)
    normal = (weight @ products).reshape(-1, 3, 3)
    size = np.einsum("mjj->m", normal)
    enough = (rows.seen.sum(axis=1) >= 4) & (size > 0)
    normal[~enough] = np.eye(3)
    normal[enough] += 1e-9 * size[enough, None, None] * np.eye(3)
    right = (weight * rows.x) @ table.terms
    terms = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    error = np.sqrt(np.einsum("mjj->mj", np.linalg.inv(normal)))
    blank = np.where(enough, 1.0, np.nan)[:, None]
    return terms * blank, error * blank
