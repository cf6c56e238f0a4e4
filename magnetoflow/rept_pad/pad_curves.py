"""Fit sin^n a (1 - d exp(-((a - 90)/w)^2)) and A1 sin a + A3 sin 3a + A5 sin 5a to many distributions.

Every distribution has its own missing bins, so each fit is weighted; all are done at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.pad_curve_loops import fit_rows

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
    tables = _Tables.of(angle_deg[inner], bin_width_deg(angle_deg), options.widths_deg)
    parts = [
        _fit_rows(values[at, inner], variance[at, inner], slope[at, inner], tables, options)
        for start in range(0, max(len(values), 1), ROWS)
        for at in [slice(start, start + ROWS)]
    ]
    return CurveFits(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@dataclass(frozen=True)
class _Tables:
    """Averages over bins: ln of sin^n (grid, angle), dips (width, angle), sin ka; integrals of each width."""

    log_sine: Floats
    dips: Floats
    integrals: Floats
    terms: Floats

    @classmethod
    def of(cls, angle_deg: Floats, bin_deg: float, widths_deg: tuple[float, ...]) -> _Tables:
        angle, half = np.deg2rad(angle_deg), np.deg2rad(bin_deg) / 2
        nodes, weights = np.polynomial.legendre.leggauss(8)
        sine = np.abs(np.sin(angle[:, None] + half * nodes))
        log_sine = np.log(np.exp(N_GRID[:, None, None] * np.log(np.maximum(sine, 1e-9))) @ (weights / 2))
        width = np.deg2rad(np.array(widths_deg))
        off = (angle[:, None] + half * nodes - np.pi / 2) / width[:, None, None]
        fine = (np.arange(720) + 0.5) * np.pi / 720
        bell = np.exp(-(((fine - np.pi / 2) / width[:, None]) ** 2))
        power = np.sin(fine) ** N_GRID[:, None]
        across, along = np.sin(fine) ** 3, np.cos(fine) ** 2 * np.sin(fine)
        columns = [
            (power @ across, power @ (across * one), power @ along, power @ (along * one)) for one in bell
        ]
        order = np.array([1.0, 3.0, 5.0])
        terms = np.sin(angle[:, None] * order) * (np.sin(order * half) / (order * half))
        return cls(log_sine, np.exp(-(off**2)) @ (weights / 2), np.array(columns), terms)


def bin_width_deg(angle_deg: Floats) -> float:
    """Width of the bins of a grid [deg]."""
    return float(np.median(np.diff(angle_deg)))


def _fit_rows(
    values: Floats, variance: Floats, slope: Floats, tables: _Tables, options: CurveOptions
) -> tuple[Floats, ...]:
    seen = np.isfinite(values) & np.isfinite(variance) & np.isfinite(slope)
    level = np.where(seen, values, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    usable = level > 0
    scale = np.where(usable, level, 1.0)[:, None]
    x = np.where(seen, values, 0.0) / scale
    fixed, rising = np.where(seen, variance, 1.0) / scale**2, np.where(seen, slope, 0.0) / scale
    steps = np.full(len(tables.dips), MORE_STEPS)
    steps[0] = STEPS
    mean, spread, curve = fit_rows(
        *(np.ascontiguousarray(one) for one in (x, seen, fixed, rising)),
        tables.log_sine,
        tables.dips,
        tables.integrals,
        N_GRID,
        np.array([1e-6, options.n_spread**-2, options.d_spread**-2]),
        np.array([0.0, options.n_mean, 0.0]),
        np.array([1.0, 1.0, 0.3]),
        np.array([-20.0, N_GRID[0], D_LIMITS[0]]),
        np.array([20.0, N_GRID[-1], D_LIMITS[1]]),
        options.relative_error,
        steps,
    )
    # three terms follow no curve better than some share of its maximum: without this the bins of fewest
    # counts would rule the fit
    misfit = options.relative_error * curve.max(axis=1, keepdims=True)
    weight = seen / (fixed + rising * curve + misfit**2)
    terms, terms_error = _terms(x, weight, tables.terms)
    blank = np.where(usable, 1.0, np.nan)
    n, d, anisotropy, log_90 = mean.T * blank
    flux_90 = np.exp(log_90) * scale[:, 0]
    columns = (n, spread[:, 0] * blank, d, spread[:, 1] * blank, anisotropy, spread[:, 2] * blank)
    size = scale * blank[:, None]
    return (*columns, flux_90, flux_90 * spread[:, 3], terms * size, terms_error * size)


def _terms(x: Floats, weight: Floats, design: Floats) -> tuple[Floats, Floats]:
    """A1, A3, A5 and their errors."""
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), 9)
    normal = (weight @ products).reshape(-1, 3, 3)
    size = np.einsum("mjj->m", normal)
    enough = ((weight > 0).sum(axis=1) >= 4) & (size > 0)
    normal[~enough] = np.eye(3)
    normal[enough] += 1e-9 * size[enough, None, None] * np.eye(3)
    right = (weight * x) @ design
    terms = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    error = np.sqrt(np.einsum("mjj->mj", np.linalg.inv(normal)))
    blank = np.where(enough, 1.0, np.nan)[:, None]
    return np.asarray(terms * blank), np.asarray(error * blank)
