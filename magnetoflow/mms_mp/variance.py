"""Axes along which the field of a boundary varies most and least, with errors: minimum variance analysis."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.bootstrap import bootstrap_turns
from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.noise import averaged_covariance
from magnetoflow.mms_mp.principal import constrained_axes, principal_axes
from magnetoflow.mms_mp.turns import turns_of

FEWEST = 20
"""Samples that axes need."""
MOST_STEPS = 2048
"""Faster samples are averaged for the spectrum of the noise; the errors hang on its slow part."""
ZERO_B_N = "<B_n> = 0"


@dataclass(frozen=True)
class Variance:
    """Axes by variance.

    Attributes
    ----------
    axes : (3, 3) ndarray
        Rows of largest, intermediate and smallest variance, right-handed; their signs mean nothing. With
        ``<B_n> = 0`` the last is the normal and the first the direction of most variance across it.
    eigenvalues_nt2 : (3,) ndarray [nT^2]
        Variances along the rows.
    ratios : tuple of float
        Largest over intermediate, intermediate over smallest. With ``<B_n> = 0`` the second is that of the
        two variances across the mean field, on which the normal hangs.
    mean_nt : (3,) ndarray [nT]
    points : int
        Samples of all spacecraft.
    independent : float
        K: as many samples with white noise would give the same error of the normal.
    covariance : (3, 3) ndarray [rad^2]
        Of the turns about the rows, by formula; the tilt of the last row toward the second is the turn about
        the first.
    b_n_nt, b_n_error_nt : float [nT]
        Mean field along the last row, and its 1-sigma error; offsets of the instrument are not in it.
    mean_error_nt : float [nT]
        Part of that error that is noise of the mean; NaN with ``<B_n> = 0``.
    constraint : str
        ``<B_n> = 0``, or empty.
    bootstrap : (3, 3) ndarray [rad^2]
        As `covariance`, by block bootstrap; NaN where none was asked.
    block_s : float [s]
        Length of its blocks.
    """

    axes: Floats
    eigenvalues_nt2: Floats
    ratios: tuple[float, float]
    mean_nt: Floats
    points: int
    independent: float
    covariance: Floats
    b_n_nt: float
    b_n_error_nt: float
    mean_error_nt: float = np.nan
    constraint: str = ""
    bootstrap: Floats = field(default_factory=lambda: np.full((3, 3), np.nan))
    block_s: float = np.nan


def minimum_variance(
    b_nt: ArrayLike, *, cadence_s: float, zero_b_n: bool = False, resamples: int = 0, seed: int = 0
) -> Variance:
    """Find the axes of largest and smallest variance.

    Parameters
    ----------
    b_nt : (time, 3) or (spacecraft, time, 3) array_like [nT]
        On equal steps; several spacecraft aligned by their crossings, each about its own mean. Rows with a
        missing component are dropped.
    cadence_s : float [s]
    zero_b_n : bool
        Hold the mean field along the normal at zero: right for a tangential discontinuity only.
    resamples : int
        Of the block bootstrap; 0: none.
    seed : int

    Returns
    -------
    Variance

    Raises
    ------
    InsufficientData
        Fewer than 20 samples, a field that does not vary, or, with `zero_b_n`, no mean field.

    Notes
    -----
    ``dphi_3j^2 = l3/(K - 1) l_j/(l_j - l3)^2``. In a plane boundary B . x3 is constant, so that its changes
    are noise; their spectrum (:mod:`magnetoflow.mms_mp.noise`), of the mean over the spacecraft, gives K:
    noise that is correlated in time or common to spacecraft widens the errors. ``dphi_12`` takes the noise
    along all axes to be alike.

    References
    ----------
    Sonnerup & Scheible 1998, ISSI SR-001, chapter 8.
    """
    b = _usable(b_nt)
    mean = np.nanmean(b.reshape(-1, 3), axis=0)
    about = b - np.nanmean(b, axis=1, keepdims=True)
    rows = about[np.isfinite(about[..., 0])]
    matrix = rows.T @ rows / len(rows)
    values, axes = principal_axes(matrix)
    if not values[0] > 1e-24 * (mean @ mean):
        raise InsufficientData("the field does not vary", why=f"its variance is {values[0]:.3g} nT^2")
    ratios = _ratio(values[0], values[1]), _ratio(values[1], values[2])
    if zero_b_n:
        if not np.linalg.norm(mean) > 0:
            raise InsufficientData("the mean field is zero", why="the normal is held across it")
        values, axes, pair = constrained_axes(matrix, mean)
        ratios = ratios[0], _ratio(pair[0], pair[1])
        spread, mean_variance, independent = _held(about, matrix, mean, axes[2])
    else:
        errors, independent = _tilts(about, axes[:2], axes[2])
        spread, mean_variance = axes[:2].T @ errors[1:, 1:] @ axes[:2], float(errors[0, 0])
    turn = values[2] * (values[0] + values[1] - values[2]) / max(independent - 1, 1.0)
    turn /= max(values[0] - values[1], 1e-12 * values[0]) ** 2
    covariance, block_s = np.full((3, 3), np.nan), np.nan
    if resamples:
        covariance, block_s = bootstrap_turns(
            b, axes, zero_b_n=zero_b_n, correlation=len(rows) / len(b) / independent,
            resamples=resamples, seed=seed,
        )  # fmt: skip
    b_n_error = float(np.sqrt(np.nan_to_num(mean_variance) + mean @ spread @ mean))
    return Variance(
        axes, values, ratios, mean, len(rows), independent, turns_of(spread, axes, turn),
        float(axes[2] @ mean), b_n_error, float(np.sqrt(mean_variance)),
        ZERO_B_N if zero_b_n else "", covariance, block_s * cadence_s,
    )  # fmt: skip


def _held(about: Floats, matrix: Floats, mean: Floats, normal: Floats) -> tuple[Floats, float, float]:
    """Covariance of a normal that is held across the mean field, NaN, and K.

    Noise m of the mean tilts the normal by -m/|B| toward it; what then varies along the normal together with
    the field across the mean tilts it further.
    """
    size = float(np.linalg.norm(mean))
    along = np.stack([mean / size, np.cross(normal, mean) / size])
    errors, independent = _tilts(about, along[1:], normal)
    product = along @ matrix @ along.T
    tilt = np.array([[-1 / size, 0.0], [product[0, 1] / product[1, 1] / size, -1.0]])
    return along.T @ tilt @ errors @ tilt.T @ along, np.nan, independent


def _usable(b_nt: ArrayLike) -> Floats:
    """(spacecraft, time, 3) field without the spacecraft that have none; incomplete rows all NaN."""
    b = np.asarray(b_nt, dtype=np.float64)
    b = b[None] if b.ndim == 2 else b
    good: NDArray[np.bool_] = np.asarray(np.isfinite(b).all(axis=2))
    times = int(good.any(axis=0).sum())
    if times < FEWEST:
        raise InsufficientData(
            "too few samples for axes by variance",
            why=f"the field is there at {times} times, {FEWEST} are needed",
            todo="take a longer interval",
        )
    return np.where(good[..., None], b, np.nan)[good.any(axis=1)]


def _tilts(about: Floats, across: Floats, normal: Floats) -> tuple[Floats, float]:
    """Covariance of the mean along the normal and of its tilts toward other axes, and K.

    Parameters
    ----------
    about : (spacecraft, time, 3) ndarray [nT]
        Less its mean.
    across : (k, 3) ndarray
    normal : (3,) ndarray

    Returns
    -------
    covariance : (1 + k, 1 + k) ndarray [nT^2, nT rad, rad^2]
    independent : float
    """
    good: NDArray[np.bool_] = np.isfinite(about[..., 0])
    times = np.flatnonzero(good.any(axis=0))
    number = good[:, times].sum(axis=0)
    mean = np.where(good[..., None], about, 0.0)[:, times].sum(axis=0) / number[:, None]
    step = -(-int(times[-1] + 1 - times[0]) // MOST_STEPS)
    begins = np.flatnonzero(np.diff(times // step, prepend=-1))
    mean = np.add.reduceat(mean, begins) / np.diff(begins, append=len(mean))[:, None]
    design = np.concatenate([np.ones((len(mean), 1)), mean @ across.T], axis=1)
    steps = (times[begins] // step).astype(np.float64)
    covariance = averaged_covariance(steps, design, mean @ normal)
    rows = about[good]
    large, least = np.mean((rows @ across.T) ** 2, axis=0), float(np.mean((rows @ normal) ** 2))
    large = np.maximum(large, 1e-300)
    scale = np.append(1.0, large / np.maximum(large - least, 1e-12 * large))
    found = np.diag(covariance)[1:]
    ratio = np.divide(least / large, found, out=np.full_like(found, np.inf), where=found > 0)
    return scale[:, None] * covariance * scale, float(np.minimum(ratio, len(rows)).min())


def _ratio(larger: float, smaller: float) -> float:
    """Quotient; infinite where only the smaller is zero, NaN where both are."""
    if smaller > 0:
        return float(larger / smaller)
    return np.inf if larger > 0 else np.nan
