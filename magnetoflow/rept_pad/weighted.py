"""Shapes of pitch-angle distributions as a few scores, weighted by the counts behind each bin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ModelError
from magnetoflow.rept_pad.data import Floats, Prepared, Scores, take
from magnetoflow.rept_pad.equator import loss_cone_deg
from magnetoflow.rept_pad.folding import bin_edges_deg
from magnetoflow.rept_pad.weighted_kernel import solve

CHUNK = 20_000
VAGUE = 0.01
"""Precision of the prior under which scores are given: they are nearly free, and a direction that the record
does not show keeps a variance of 1 / VAGUE."""
RATIO_STEP, RATIO_LEAST = 0.02, 0.05
"""Step in the logarithm of B_eq / B to which the mapping is rounded, and the least ratio mapped."""


@dataclass(frozen=True)
class WeightedPca:
    """Probabilistic principal components of ln flux, with Poisson noise and the level of each energy free.

    ln of the expected net counts of a record is c(energy) + ln exposure + mean + components . z, z ~ N(0, I).
    Tipping & Bishop (1999, 10.1111/1467-9868.00196), with noise known for each bin. Bins that the loss cone
    enters are left out: what fills the cone does not tell classes apart.

    Attributes
    ----------
    mean : (angle, energy) ndarray [1]
        ln flux less its level: its mean over angles is 0.
    components : (q, angle, energy) ndarray [1]
        Change of ln flux for one standard deviation of each score; the largest first.
    exposure : (angle, energy) ndarray [count / (cm^-2 s^-1 sr^-1 MeV^-1)]
        Counts over flux of a record with every bin.
    angle_deg, energy_mev : (angle,), (energy,) ndarray [deg, MeV]
    equatorial : bool
        Pitch angles of the model are those at the equator. Records at local pitch angles are then compared
        with the model as it is seen at their B_eq / B.
    error_floor : float [1]
        What a bin's ln flux may differ from the model beside Poisson noise, 1 sigma.
    spread : float [1]
        Root of the mean squared residual in units of the error, over the records of the fit.
    """

    mean: Floats
    components: Floats
    exposure: Floats
    angle_deg: Floats
    energy_mev: Floats
    equatorial: bool
    error_floor: float
    spread: float = 1.0

    @property
    def number(self) -> int:
        """Components kept."""
        return len(self.components)

    @property
    def explained_variance(self) -> Floats:
        """Variance of ln flux that each component carries, over all bins together; (q,) ndarray [1]."""
        return np.asarray((_centred(self.components) ** 2).sum(axis=(1, 2)))

    @property
    def explained_variance_ratio(self) -> Floats:
        """Share of each component in the variance that the components carry; (q,) ndarray [1]."""
        return np.asarray(self.explained_variance / self.explained_variance.sum())

    def scores(self, p: Prepared, prior: float = VAGUE) -> Scores:
        """Reduce records to scores with their errors.

        Parameters
        ----------
        p : Prepared
        prior : float [1]
            Precision of the normal prior of each score; 1 gives the posterior of the model.

        Returns
        -------
        Scores
            Records without signal have scores 0 and the covariance of the prior.

        Raises
        ------
        ModelError
            For another grid.
        """
        values = np.zeros((len(p), self.number))
        covariance = np.zeros((len(p), self.number, self.number))
        for rows, one in _chunks(p):
            values[rows], covariance[rows], *_ = _solved(self, one, prior)
        return Scores(values, covariance)

    def reconstruct(self, scores: Scores) -> NDArray[np.float32]:
        """Give ln flux by the model, less its level; (n, angle, energy) ndarray of float32 [1]."""
        flat = self.components.reshape(self.number, -1)
        return np.asarray((scores.values @ flat).reshape(-1, *self.mean.shape) + self.mean, dtype=np.float32)

    def misfit(self, p: Prepared) -> tuple[Floats, Floats]:
        """Measure how well the model describes each record.

        Returns
        -------
        chi_squared : (n,) ndarray [1]
            Sum of squared residuals of counts in units of their error, Poisson and floor.
        freedom : (n,) ndarray [1]
            Bins with signal, less the levels, less the scores as far as the bins and not the prior fix them.
        """
        chi = np.zeros(len(p))
        freedom = np.zeros(len(p))
        for rows, one in _chunks(p):
            _, covariance, weight, left, _ = _solved(self, one, 1.0)
            chi[rows] = (weight * left**2).sum(axis=(1, 2))
            freedom[rows] = (weight > 0).sum(axis=(1, 2)) - (weight > 0).any(axis=2).sum(axis=1)
            freedom[rows] -= self.number - np.trace(covariance, axis1=1, axis2=2)
        return chi, freedom


def _centred(curves: Floats) -> Floats:
    return np.asarray(curves - curves.mean(axis=-2, keepdims=True))


def _chunks(p: Prepared) -> Iterator[tuple[slice, Prepared]]:
    for start in range(0, len(p), CHUNK):
        rows = slice(start, start + CHUNK)
        yield rows, take(p, rows)


def _solved(model: WeightedPca, p: Prepared, prior: float) -> tuple[Any, ...]:
    _same_grid(model, p)
    group, maps = mapping(p.b_ratio, model.angle_deg, mapped=model.equatorial and not p.equatorial)
    mean = np.ascontiguousarray(np.einsum("gan,ne->gea", maps, model.mean))
    components = np.ascontiguousarray(np.einsum("gan,qne->gqea", maps, model.components))
    counts, exposure = exposed(p, model.exposure)
    counts[in_cone(p)] = np.nan
    background = np.ascontiguousarray((p.background / model.exposure).T)
    signal = np.ascontiguousarray(p.signal)
    found: tuple[Any, ...] = solve(
        counts, exposure, background, signal, group, mean, components, model.error_floor, float(prior)
    )
    return found


def _same_grid(model: WeightedPca, p: Prepared) -> None:
    for name, mine, theirs in (
        ("angles", model.angle_deg, p.angle_deg),
        ("energies", model.energy_mev, p.energy_mev),
    ):
        if mine.shape != theirs.shape or not np.allclose(mine, theirs, rtol=1e-3):
            raise ModelError(
                f"the model has other {name} than the data",
                why=f"model: {np.round(mine, 3).tolist()}; data: {np.round(theirs, 3).tolist()}",
                todo="use a model that was fitted on this grid, or fit one",
            )
    if p.equatorial and not model.equatorial:
        raise ModelError(
            "the model is of local pitch angles, the data of those at the equator",
            todo="prepare the data with equator: false, or fit a model on mapped data",
        )


def in_cone(p: Prepared) -> NDArray[np.bool_]:
    """(n, energy, angle): bins that the loss cone enters; they say how full it is, not what is trapped."""
    ratio = np.ones(len(p)) if p.equatorial else np.clip(np.nan_to_num(p.b_ratio, nan=1.0), RATIO_LEAST, 1.0)
    cone = np.nan_to_num(np.sin(np.radians(loss_cone_deg(p.l))) / np.sqrt(ratio), nan=0.0)
    edges = np.sin(np.radians(bin_edges_deg(p.angle_deg)))
    least = np.minimum(edges[:-1], edges[1:])
    inside = least[None, :] <= np.minimum(cone, 0.5)[:, None]
    return np.broadcast_to(inside[:, None, :], (len(p), len(p.energy_mev), len(p.angle_deg)))


def exposed(p: Prepared, nominal: Floats) -> tuple[Floats, Floats]:
    """Give counts and counts per flux, energy before angle.

    A bin without counts does not show its exposure: it is the nominal one times the part that the other
    energies of the same angle have (half, where one of two folded bins is missing).

    Parameters
    ----------
    p : Prepared
    nominal : (angle, energy) ndarray [count / (cm^-2 s^-1 sr^-1 MeV^-1)]

    Returns
    -------
    counts, exposure : (n, energy, angle) ndarray of float64
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(p.flux > 0, p.counts / p.flux, np.nan) / nominal
    seen = np.isfinite(ratio)
    part = np.where(seen, ratio, 0).sum(axis=2) / np.maximum(seen.sum(axis=2), 1)
    part = np.where(seen.any(axis=2), part, 1.0)
    filled = np.where(seen, ratio, part[:, :, None]) * nominal
    return (
        np.ascontiguousarray(p.counts.transpose(0, 2, 1), dtype=np.float64),
        np.ascontiguousarray(filled.transpose(0, 2, 1), dtype=np.float64),
    )


def mapping(b_ratio: Floats, angle_deg: Floats, *, mapped: bool) -> tuple[NDArray[np.int64], Floats]:
    """Give how curves over equatorial pitch angle are seen in local bins.

    The mapping sin^2 alpha_eq = sin^2 alpha B_eq / B is a shift of ln sin alpha, in which powers of the sine
    are straight lines: curves are interpolated in it.

    Parameters
    ----------
    b_ratio : (n,) ndarray [1]
        B_eq / B; where missing, no mapping is done.
    angle_deg : (angle,) ndarray [deg]
    mapped : bool
        False where the records are on the grid of the model already.

    Returns
    -------
    group : (n,) ndarray of int
        Which of the matrices holds for each record.
    maps : (group, angle, angle) ndarray [1]
        Matrices that give a curve at the local angles from its values at the equatorial ones.
    """
    if not mapped:
        return np.zeros(len(b_ratio), dtype=np.int64), np.eye(len(angle_deg))[None]
    ratio = np.clip(np.where(np.isfinite(b_ratio), b_ratio, 1.0), RATIO_LEAST, 1.0)
    steps, group = np.unique(np.round(np.log(ratio) / RATIO_STEP).astype(np.int64), return_inverse=True)
    maps = np.stack([_map(angle_deg, float(np.exp(step * RATIO_STEP))) for step in steps])
    return np.asarray(group, dtype=np.int64), maps


def _map(angle_deg: Floats, ratio: float) -> Floats:
    sine = np.sin(np.radians(angle_deg))
    side = np.where(angle_deg > 90, 1.0, -1.0)
    nodes = -side * np.log(np.maximum(sine, 1e-6))
    at = -side * np.log(np.maximum(sine * np.sqrt(ratio), 1e-6))
    return _linear(nodes, at)


def _linear(nodes: Floats, at: Floats) -> Floats:
    upper = np.clip(np.searchsorted(nodes, at), 1, len(nodes) - 1)
    along = (at - nodes[upper - 1]) / (nodes[upper] - nodes[upper - 1])
    matrix = np.zeros((len(at), len(nodes)))
    rows = np.arange(len(at))
    matrix[rows, upper - 1] = 1 - along
    matrix[rows, upper] = along
    return matrix
