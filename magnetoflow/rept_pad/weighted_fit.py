"""Fit of the weighted principal components: expectation-maximisation over records with known noise."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.rept_pad.data import Floats, Prepared, take
from magnetoflow.rept_pad.quality import DATA
from magnetoflow.rept_pad.weighted import WeightedPca, _centred, _solved, exposed, in_cone, mapping
from magnetoflow.rept_pad.weighted_kernel import normal_equations

ROUNDS, ENOUGH = 25, 2e-3
LEAST_RECORDS = 50
RIDGE, HELD = 1e-3, 1e-6
ALIKE = 25.0
"""Precision with which ln flux of an angle is expected to be alike at neighbouring energies, 1 / 0.2^2."""
MOST_COMPONENTS, LARGEST, PATIENCE = 10, 20, 2
TRIED_RECORDS, TRIED_ROUNDS = 3000, 10
UNGAINED = 0.01
"""Share of what components gain in prediction that is not worth further components."""
HIDDEN = 0.25
LEFT_LEAST, LEFT_MOST = -0.9, 3.0


@dataclass(frozen=True)
class NumberRow:
    """How well a number of components predicts counts that were hidden from it, in blocks not fitted.

    Attributes
    ----------
    components : int
    deviance : float [1]
        Poisson deviance of the hidden bins, mean per bin.
    error : float [1]
        1 sigma of `deviance` less that of the best number, from the scatter of blocks.
    chosen : bool
    """

    components: int
    deviance: float
    error: float
    chosen: bool = False


def fit_weighted(
    p: Prepared,
    components: int | str = "auto",
    error_floor: float = 0.05,
    seed: int = 0,
    *,
    equator: bool = True,
) -> tuple[WeightedPca, tuple[NumberRow, ...]]:
    """Fit weighted principal components to records.

    Parameters
    ----------
    p : Prepared
        Records without signal are left out.
    components : int or "auto"
        ``auto``: the least number whose prediction of hidden bins in unseen blocks is within one standard
        error of the best, or has all but 1 % of its gain over one component.
    error_floor : float [1]
        Error of ln flux beside Poisson noise: interpolation, calibration, offsets of angle.
    seed : int
        For the choice of bins and blocks that are hidden.
    equator : bool
        Model the shape over equatorial pitch angle, also where `p` is at local ones: each record is compared
        with the shape as it is seen at its B_eq / B, without interpolation of counts.

    Returns
    -------
    model : WeightedPca
    rows : tuple of NumberRow
        Empty where the number was given.

    Raises
    ------
    ConfigError
        ``components`` is neither ``auto`` nor a number from 1 to 20.
    InsufficientData
        With too few records.
    """
    if components != "auto" and components not in range(1, LARGEST + 1):
        raise ConfigError(
            "number of weighted components cannot be used",
            where="reduce.components",
            why=f"{components!r}",
            todo=f"give auto, or a number from 1 to {LARGEST}",
        )
    good = take(p, (p.state == DATA) & p.signal.any(axis=1))
    if len(good) < LEAST_RECORDS:
        raise InsufficientData(
            "too few records to fit shapes",
            why=f"{len(good)} with signal, {LEAST_RECORDS} are needed",
            todo="give more days, or lower the least counts of a signal",
        )
    rows: tuple[NumberRow, ...] = ()
    if components == "auto":
        rows = _numbers(good, error_floor, seed, equator)
        components = next(row.components for row in rows if row.chosen)
    return _fitted(good, int(components), error_floor, equator), rows


def _numbers(p: Prepared, floor: float, seed: int, equator: bool) -> tuple[NumberRow, ...]:
    random = np.random.default_rng(seed)
    p = take(p, np.sort(random.permutation(len(p))[:TRIED_RECORDS]))
    blocks = np.unique(p.block)
    unseen = np.isin(p.block, random.permutation(blocks)[: max(len(blocks) // 3, 1)])
    if unseen.all():
        unseen = np.arange(len(p)) % 3 == 0
    known, test = take(p, ~unseen), take(p, unseen)
    hidden = random.random(test.counts.shape) < HIDDEN
    hidden &= np.isfinite(test.counts) & test.signal[:, None, :] & ~in_cone(test).transpose(0, 2, 1)
    each: list[Floats] = []
    for q in range(1, MOST_COMPONENTS + 1):
        each.append(_by_block(_fitted(known, q, floor, equator, TRIED_ROUNDS), test, hidden))
        chosen = _least(np.stack(each))
        if not any(row.chosen for row in chosen[-PATIENCE:]):
            break
    return _least(np.stack(each))


def _by_block(model: WeightedPca, p: Prepared, hidden: NDArray[np.bool_]) -> Floats:
    shown = replace(p, counts=np.where(hidden, np.nan, p.counts).astype(np.float32))
    expected = expectation(model, shown, replace(p))
    got = np.where(hidden, p.counts, 0.0)
    want = np.where(hidden & np.isfinite(expected), np.maximum(expected, 1e-6), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        poisson = 2 * (np.where(got > 0, got * np.log(got / want), 0.0) - got + want)
    # the floor makes strong bins less certain: the deviance is counted in units of both errors
    scaled = np.where(hidden & np.isfinite(expected), poisson / (1 + want * model.error_floor**2), 0.0)
    blocks, at = np.unique(p.block, return_inverse=True)
    number = np.bincount(at, weights=hidden.sum(axis=(1, 2)), minlength=len(blocks))
    return np.asarray(
        np.bincount(at, weights=scaled.sum(axis=(1, 2)), minlength=len(blocks)) / np.maximum(number, 1)
    )


def expectation(model: WeightedPca, shown: Prepared, p: Prepared) -> Floats:
    """Give the counts that the model expects in every bin of `p`, from the bins of `shown` alone.

    Parameters
    ----------
    model : WeightedPca
    shown, p : Prepared
        The same records; bins that are hidden in `shown` are NaN there.

    Returns
    -------
    (n, angle, energy) ndarray [count]
        NaN for energies without signal.
    """
    values, *_, level = _solved(model, shown, 1.0)
    group, maps = mapping(p.b_ratio, model.angle_deg, mapped=model.equatorial and not p.equatorial)
    _, exposure = exposed(p, model.exposure)
    curve = model.mean + np.tensordot(values, model.components, axes=1)
    local = np.einsum("nab,nbe->nae", maps[group], curve)
    net = exposure.transpose(0, 2, 1) * np.exp(np.clip(local + level[:, None, :], -60, 60))
    return np.asarray(net + p.background / model.exposure * exposure.transpose(0, 2, 1))


def _least(each: Floats) -> tuple[NumberRow, ...]:
    mean = each.mean(axis=1)
    best = int(mean.argmin())
    error = (each - each[best]).std(axis=1, ddof=min(1, each.shape[1] - 1)) / np.sqrt(each.shape[1])
    enough = np.maximum(error, UNGAINED * (mean[0] - mean[best]))
    chosen = next(one for one in range(len(mean)) if mean[one] <= mean[best] + enough[one])
    return tuple(
        NumberRow(one + 1, float(mean[one]), float(error[one]), one == chosen) for one in range(len(mean))
    )


def _fitted(p: Prepared, q: int, floor: float, equator: bool, rounds: int = ROUNDS) -> WeightedPca:
    model = _start(p, q, floor, equator)
    for _ in range(rounds):
        before = model
        model = _round(model, p)
        change = np.abs(_centred(model.mean - before.mean)).max()
        if change < ENOUGH and np.allclose(
            model.explained_variance, before.explained_variance, rtol=10 * ENOUGH
        ):
            break
    model = _turned(model)
    chi, freedom = model.misfit(p)
    return replace(model, spread=float(np.sqrt(chi.sum() / max(freedom.sum(), 1))))


def _start(p: Prepared, q: int, floor: float, equator: bool) -> WeightedPca:
    with np.errstate(invalid="ignore", divide="ignore"):
        nominal = _nominal(np.where(p.flux > 0, p.counts / p.flux, np.nan))
    used = np.isfinite(p.counts) & p.signal[:, None, :]
    net = np.where(used, p.counts - p.background, 0.0).sum(axis=0, dtype=np.float64)
    total = net / np.maximum((used * nominal).sum(axis=0), 1e-30)
    mean = _centred(np.log(np.maximum(total, 1e-3 * total.max(axis=0) + 1e-30)))
    zero = np.zeros((1, *mean.shape))
    model = WeightedPca(mean, zero, nominal, p.angle_deg, p.energy_mev, p.equatorial or equator, floor)
    for _ in range(3):
        model = replace(_round(model, p), components=zero)
    _, _, weight, left, _ = _solved(model, p, 1.0)
    trusted = weight / (weight + 4.0)
    centre = (trusted * left).sum(axis=2) / np.maximum(trusted.sum(axis=2), 1e-9)
    left = trusted * np.clip(left - centre[:, :, None], LEFT_LEAST, LEFT_MOST)
    flat = left.transpose(0, 2, 1).reshape(len(p), -1)
    values, vectors = np.linalg.eigh(flat.T @ flat / len(p))
    chosen = np.argsort(values)[::-1][:q]
    sizes = np.sqrt(np.maximum(values[chosen], 1e-6))
    return replace(model, components=(vectors[:, chosen] * sizes).T.reshape(q, *mean.shape))


def _nominal(ratio: Floats) -> Floats:
    """Exposure of a whole record; bins and energies that never counted get it from their neighbours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN slices are mended below
        whole = np.nanmedian(ratio, axis=0)
        by_angle = np.nanmedian(whole, axis=1, keepdims=True)
    whole = np.where(np.isfinite(whole), whole, by_angle)
    return np.asarray(np.where(np.isfinite(whole), whole, 1.0))


def _round(model: WeightedPca, p: Prepared) -> WeightedPca:
    values, covariance, weight, left, _ = _solved(model, p, 1.0)
    group, maps = mapping(p.b_ratio, model.angle_deg, mapped=model.equatorial and not p.equatorial)
    # (energy, node, curve): the mean is the first curve
    both = np.concatenate([model.mean[None], model.components])
    curves = np.ascontiguousarray(np.transpose(both, (2, 1, 0)))
    matrix, slope = normal_equations(weight, left, values, covariance, group, maps, curves)
    _, nodes, size = curves.shape
    # energies with few counts take the curves of the energy below
    slope[1:] += ALIKE * (curves[:-1] - curves[1:]).reshape(len(curves) - 1, -1)
    matrix[1:] += ALIKE * np.eye(nodes * size)
    step = np.stack([_stepped(*one, nodes, size) for one in zip(matrix, slope, strict=True)])
    new = np.transpose(curves + step, (2, 1, 0))
    return _standard(model, new, values, covariance)


def _stepped(matrix: Floats, slope: Floats, nodes: int, size: int) -> Floats:
    """Solve one energy's equations; the free level of each curve and unseen nodes are held."""
    level = np.trace(matrix) / len(matrix)
    if level <= 0:
        return np.zeros((nodes, size))
    held = RIDGE * level * np.kron(np.ones((nodes, nodes)) / nodes, np.eye(size))
    held[np.diag_indices_from(held)] += HELD * level
    return np.asarray(np.linalg.solve(matrix + held, slope).reshape(nodes, size))


def _standard(model: WeightedPca, curves: Floats, values: Floats, covariance: Floats) -> WeightedPca:
    """Give the scores zero mean and unit variance again (expanded parameters), which speeds the fit up."""
    middle = values.mean(axis=0)
    second = covariance.mean(axis=0) + np.cov(values.T, bias=True).reshape(len(middle), len(middle))
    root = np.linalg.cholesky(second + 1e-9 * np.eye(len(middle)))
    mean = _centred(curves[0] + np.tensordot(middle, curves[1:], axes=1))
    return replace(model, mean=mean, components=_centred(np.tensordot(root.T, curves[1:], axes=1)))


def _turned(model: WeightedPca) -> WeightedPca:
    """Turn the components to the principal axes, sign fixed by the largest entry."""
    flat = model.components.reshape(model.number, -1)
    _, sizes, axes = np.linalg.svd(flat, full_matrices=False)
    sign = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    return replace(model, components=((sizes * sign)[:, None] * axes).reshape(model.components.shape))
