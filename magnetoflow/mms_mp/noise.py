"""Covariance of a least-squares estimate whose residuals are correlated in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_mp.data import Floats

POWER_LAWS = (2 / 3, 1.0, 4 / 3, 5 / 3, 2.0)
CORNERS = tuple(2.0**k for k in range(1, 11))
"""Corners of Lorentz spectra, as noise with an exponential correlation has them; times window."""
MIN_GAIN = 3.0
"""Gain of log-likelihood that a coloured part needs: white noise seldom passes for coloured then."""
ABSORBED = 0.5
"""Frequencies at which the fit takes up more than this share of white noise tell nothing of the noise."""
MAX_WEIGHT = 32.0
"""Most independent periodogram values that one band of frequencies counts for: the many high frequencies,
where filters of instruments act, do not outvote those that a slow change is blurred by."""
BANDS_PER_OCTAVE = 2
EM_STEPS = 60
SHARPNESS = 3.5
"""Power of the likelihood in averages over spectra; `MAX_WEIGHT` has cut it."""


def covariance_of_estimates(
    t_s: Floats, jacobian: Floats, residuals: Floats, *, of: int
) -> tuple[Floats, Floats]:
    """Covariance of ordinary least squares under noise of the spectrum ``A + B s(f)``.

    Parameters
    ----------
    t_s : (time,) ndarray [s]
        Ascending; steps may be missing.
    jacobian : (series, time, parameter) ndarray
        Derivatives of the model.
    residuals : (series, time) ndarray
    of : int
        Parameter whose number of independent samples is wanted.

    Returns
    -------
    covariance : (series, parameter, parameter) ndarray
    independent : (series,) ndarray
        Number of independent samples that would give the same error of the parameter `of`.

    Notes
    -----
    With the influence functions ``g = (J^T J)^-1 J^T`` the covariance is ``g C g^T``, as an integral over
    frequency of the transforms of g and the spectrum; s is a power law or a Lorentz spectrum. A, B and s
    maximise the likelihood of Whittle (1953, 10.1007/BF02590998) of the periodogram of the residuals, each
    frequency corrected for the share of noise that the fit takes up there.
    """
    place, length = _grid(t_s)
    cycles = np.arange(1, length // 2 + 1, dtype=np.float64)
    rows = jacobian.transpose(0, 2, 1)
    normal = rows @ jacobian
    scale = np.sqrt(np.einsum("spp->sp", normal))
    scale = np.where(scale > 0, scale, 1.0)
    inverse = np.linalg.pinv(normal / (scale[:, :, None] * scale[:, None, :]), hermitian=True)
    influence = inverse / (scale[:, :, None] * scale[:, None, :]) @ rows
    taken = _taken_up(rows, influence, place, length)
    power = np.abs(np.fft.rfft(_placed(residuals, place, length))[:, 1:]) ** 2 / len(t_s)
    white, coloured, shape = _spectra(cycles, power, taken)
    covariance = white[:, None, None] * (influence @ influence.transpose(0, 2, 1))
    for k in np.flatnonzero(coloured > 0):
        covariance[k] += coloured[k] * _coloured(influence[k], place, length, int(shape[k]))
    alone = np.mean(residuals**2, axis=1) * np.sum(influence[:, of] ** 2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # residuals that are zero have no errors
        independent = len(t_s) * np.minimum(1.0, alone / covariance[:, of, of])
    return covariance, independent


def averaged_covariance(t_s: Floats, design: Floats, residuals: Floats) -> Floats:
    """Covariance of ordinary least squares, averaged over the spectra that the residuals allow.

    Parameters
    ----------
    t_s : (time,) ndarray [s]
        Ascending; steps may be missing.
    design : (time, parameter) ndarray
    residuals : (time,) ndarray

    Returns
    -------
    (parameter, parameter) ndarray

    Notes
    -----
    For estimates that hang on the slowest noise, as the share of a change from one plateau to another does:
    where the estimate itself takes up the noise, spectra that are alike in likelihood differ, and the
    likeliest alone gives errors that are too small more often than not for power as 1/f. The integral starts
    at a quarter of the lowest frequency of the window.
    """
    place, length = _grid(t_s)
    influence: Floats = np.asarray(np.linalg.pinv(design), dtype=np.float64)
    cycles = np.arange(1, length // 2 + 1, dtype=np.float64)
    taken = _taken_up(design.T[None], influence[None], place, length)
    power = np.abs(np.fft.rfft(_placed(residuals, place, length))[1:]) ** 2 / len(t_s)
    white, coloured = _averaged(*_banded(cycles, power[None], taken))
    padded = 4 * length
    part = np.fft.rfft(_placed(influence, place, length), padded)[:, 1:]
    spectrum = coloured @ _shapes(np.arange(1, 1 + part.shape[1]) / 4)
    slow = 2 / padded * (part * spectrum @ part.conj().T).real
    return np.asarray(white * (influence @ influence.T) + slow)


def _averaged(mean: Floats, shapes: Floats, weight: Floats) -> tuple[float, Floats]:
    """White level, and level of each shape, weighted by likelihood; power laws and Lorentz spectra alike."""
    alone = np.sum(weight * mean, axis=1) / np.sum(weight, axis=1)
    white, coloured, loss = (one[0] for one in _scores(mean[:, None], shapes, weight[:, None]))
    size = np.repeat([len(POWER_LAWS), len(CORNERS)], [len(POWER_LAWS), len(CORNERS)])
    loss = np.append(loss + MIN_GAIN + np.log(size), _loss(mean, alone[:, None], weight))
    if not np.isfinite(loss).all():  # residuals that are zero
        return float(alone[0]), np.zeros(len(coloured))
    share = np.exp(-SHARPNESS * (loss - loss.min()))
    share /= share.sum()
    return float(share[:-1] @ white + share[-1] * alone[0]), np.asarray(share[:-1] * coloured)


def _grid(t_s: Floats) -> tuple[NDArray[np.int64], int]:
    """Place of each sample on an even grid, and its length; steps that vary are taken as even."""
    steps = np.diff(t_s)
    cadence = float(np.median(steps))
    place = np.concatenate([[0], np.cumsum(np.maximum(np.rint(steps / cadence), 1))]).astype(np.int64)
    return place, int(place[-1]) + 1


def _placed(values: Floats, place: NDArray[np.int64], length: int) -> Floats:
    if len(place) == length:
        return values
    even = np.zeros((*values.shape[:-1], length))
    even[..., place] = values
    return even


def _taken_up(rows: Floats, influence: Floats, place: NDArray[np.int64], length: int) -> Floats:
    """Share of white noise at each frequency that the fit takes up: the diagonal of J g there."""
    model = np.fft.rfft(_placed(rows, place, length))[..., 1:]
    weight = np.fft.rfft(_placed(influence, place, length))[..., 1:]
    share = np.einsum("spf,spf->sf", model.real, weight.real) + np.einsum(
        "spf,spf->sf", model.imag, weight.imag
    )
    return np.asarray(np.clip(share / len(place), 0.0, 1.0))


def _shapes(frequency: Floats) -> Floats:
    """(shape, frequency) spectra of coloured noise, by frequency times window."""
    laws = [frequency**-slope for slope in POWER_LAWS]
    return np.asarray([*laws, *(1 / (1 + (frequency / corner) ** 2) for corner in CORNERS)])


def _banded(cycles: Floats, power: Floats, taken: Floats) -> tuple[Floats, Floats, Floats]:
    """Means of power and of the shapes over bands, and how many values of power a band counts for."""
    kept = np.where(taken < ABSORBED, 1 - taken, 0.0)
    octave = np.floor(np.log2(cycles) * BANDS_PER_OCTAVE)
    begins = np.flatnonzero(np.diff(octave, prepend=-1.0))
    weight = np.add.reduceat(kept, begins, axis=1)
    full = np.where(weight > 0, weight, 1.0)
    mean = np.add.reduceat(np.where(kept > 0, power, 0.0), begins, axis=1) / full  # E(power) = S (1 - taken)
    shapes = np.add.reduceat(kept[:, None] * _shapes(cycles), begins, axis=2) / full[:, None]
    return mean, shapes, np.minimum(weight, MAX_WEIGHT)


def _spectra(cycles: Floats, power: Floats, taken: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Find A, B and the number of the shape with the largest likelihood of Whittle, on means over bands."""
    mean, shapes, weight = _banded(cycles, power, taken)
    alone = np.sum(weight * mean, axis=1) / np.sum(weight, axis=1)
    white, coloured, loss = _scores(mean[:, None], shapes, weight[:, None])
    best = np.asarray(loss.argmin(axis=1))
    rows = np.arange(len(power))
    worth = _loss(mean, alone[:, None], weight) - loss[rows, best] > MIN_GAIN
    return np.where(worth, white[rows, best], alone), np.where(worth, coloured[rows, best], 0.0), best


def _loss(mean: Floats, expected: Floats, weight: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):  # residuals that are zero
        terms = np.where(weight > 0, weight * (np.log(expected) + mean / expected), 0.0)
    return np.asarray(np.sum(terms, axis=-1))


def _scores(mean: Floats, shapes: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Find A, B >= 0 of ``A + B shape`` for each shape, and less the log-likelihood.

    Each step multiplies both, so that they stay positive, and ends where the likelihood is largest.
    """
    level = np.sum(weight * mean, axis=2) / np.sum(weight, axis=2)
    white = np.broadcast_to(level / 2, shapes.shape[:2])
    coloured = level / 2 / np.sum(weight * shapes, axis=2) * np.sum(weight, axis=2)
    for _ in range(EM_STEPS):
        expected = white[..., None] + coloured[..., None] * shapes
        expected = np.where(expected > 0, expected, 1.0)
        size = weight / expected
        excess = size * (mean / expected - 1)
        gain = np.sum(excess * shapes, axis=2) / np.sum(size * shapes, axis=2)
        white = white * np.clip(1 + excess.sum(axis=2) / size.sum(axis=2), 0.1, 10)
        coloured = coloured * np.clip(1 + gain, 0.1, 10)
    return white, coloured, _loss(mean, white[..., None] + coloured[..., None] * shapes, weight)


def _coloured(influence: Floats, place: NDArray[np.int64], length: int, shape: int) -> Floats:
    """Integrate g C g^T of the coloured part, which starts at half the lowest frequency of the window."""
    padded = 4 * length
    part = np.fft.rfft(_placed(influence, place, length), padded)[:, 2:]
    spectrum = _shapes(np.arange(2, 2 + part.shape[1]) / 4)[shape]
    return np.asarray(2 / padded * (part * spectrum @ part.conj().T).real)
