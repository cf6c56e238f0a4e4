"""Shape of each class at each energy by written rules on its mean distribution, and the name of the class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.mean_pads import MeanPads
from magnetoflow.rept_pad.pad_curves import CurveFits, fit_curves
from magnetoflow.rept_pad.pad_fits import Levels

Floats = NDArray[np.float64]

FAINT = "faint"
"""Name of a class whose records have too few counts at every energy."""
SHAPES = ("pancake", "flattop", "butterfly", "cap", "field-aligned", "isotropic", "background")
"""In canonical order."""
MOST_RUNS = 3
ERROR_OF_STACKED, STACKED_COUNTS = 0.05, 0.2
"""Largest error of a mean distribution that has a shape though single records have few counts, and their
share of the least counts: below, the map to the equator and the background are not known well enough."""
DOUBTFUL = "dip at 90 degrees of less than"


@dataclass(frozen=True)
class NamingOptions:
    """Limits of the rules.

    Attributes
    ----------
    min_counts : float [count]
        Mean counts above the background in the native bin nearest to 90 degrees that a record sees; an energy
        with fewer is ``background``.
    dip : float [1]
        90 degrees lies at least this share below the maximum in a butterfly.
    butterfly_deg : (float, float) [deg]
        Where its maximum lies.
    flat : float [1]
        Least share of the flux at 90 degrees that a flattop has at 45 degrees: that of sin^0.6.
    bump : float [1]
        How far 90 degrees lies above the sin^n of the angles below 65 degrees in a cap.
    same : float [1]
        Largest difference from the mean in an isotropic shape.
    sigma : float
        A dip, a bump or a field-aligned maximum is at least this many errors.
    hardly_seen : float [1]
        Share of the records that must see an angle for the shape to rest on it.
    """

    min_counts: float = 10.0
    dip: float = 0.05
    butterfly_deg: tuple[float, float] = (30.0, 75.0)
    flat: float = 0.5**0.3
    bump: float = 0.2
    same: float = 0.05
    sigma: float = 3.0
    hardly_seen: float = 0.01


@dataclass(frozen=True)
class ShapeTable:
    """Shape of each class at each energy.

    Attributes
    ----------
    shape : (class, energy) ndarray of str
        Of :data:`SHAPES`.
    stacked : (class, energy) ndarray of str
        The same, but also where single records have fewer counts, down to a fifth, if the mean distribution
        is known to 5 percent; else empty. Strong records of such an energy have this shape.
    remark : (class, energy) ndarray of str
        What makes the shape doubtful; empty if nothing.
    counts_90 : (class, energy) ndarray [count]
        See :attr:`NamingOptions.min_counts`.
    fits : CurveFits
        Of the mean distributions, rows (class, energy) in C order; errors are those of the mean.
    """

    shape: NDArray[np.str_]
    stacked: NDArray[np.str_]
    remark: NDArray[np.str_]
    counts_90: Floats
    fits: CurveFits


def class_shapes(pads: MeanPads, levels: Levels, options: NamingOptions | None = None) -> ShapeTable:
    """Name the shape of each class at each energy.

    Parameters
    ----------
    pads : MeanPads
    levels : Levels
        Flux of one count.
    options : NamingOptions, optional

    Returns
    -------
    ShapeTable
        The first rule that holds: background (too few counts); isotropic; field-aligned (largest below 30
        degrees); butterfly; cap; flattop; else pancake. A dip deep enough but of fewer than `sigma` errors
        counts where the next lower energy is a butterfly.
    """
    options = options or NamingOptions()
    classes, _angles, energies = pads.mean.shape
    with np.errstate(invalid="ignore"):
        counts = pads.flux_90 / levels.one_count
    shape, stacked = (np.full((classes, energies), name, dtype="<U16") for name in ("background", ""))
    remark = np.full((classes, energies), "", dtype="<U96")
    for k in range(classes):
        for e in range(energies):
            mean, error = pads.mean[k, :, e], pads.mean_error[k, :, e]
            seen = pads.seen[k, :, e] >= options.hardly_seen * pads.records[k, e]
            enough = counts[k, e] >= options.min_counts
            few = not counts[k, e] >= STACKED_COUNTS * options.min_counts
            if not enough and (few or not _known(mean, error, seen)):
                continue
            name, doubt = shape_of(mean, error, seen, pads.angle_deg, options)
            if doubt.startswith(DOUBTFUL) and e > 0 and stacked[k, e - 1] == "butterfly":
                name = "butterfly"
            stacked[k, e] = name
            if enough:
                shape[k, e], remark[k, e] = name, doubt
    values = pads.mean.transpose(0, 2, 1).reshape(classes * energies, -1)
    variance = pads.mean_error.transpose(0, 2, 1).reshape(values.shape) ** 2
    fits = fit_curves(values, variance, np.zeros_like(values), pads.angle_deg)
    return ShapeTable(shape, stacked, remark, counts, fits)


def _known(mean: Floats, error: Floats, seen: NDArray[np.bool_]) -> bool:
    used = seen & np.isfinite(mean) & (error > 0)
    return bool(used.sum() >= 4 and np.median(error[used]) < ERROR_OF_STACKED * mean[used].max())


def shape_of(
    mean: Floats,
    error: Floats,
    seen: NDArray[np.bool_],
    angle_deg: Floats,
    options: NamingOptions,
) -> tuple[str, str]:
    """Shape of one mean distribution, and what makes it doubtful.

    Parameters
    ----------
    mean, error : (angle,) ndarray
        In any one unit; NaN where never seen.
    seen : (angle,) ndarray of bool
        Angles seen often enough.
    angle_deg : (angle,) ndarray [deg]
    options : NamingOptions
    """
    off, value, weight = _by_distance(mean, error, seen, angle_deg)
    if len(off) < 4 or value.max() <= 0:
        return "background", "fewer than four angles were seen"
    top, top_error = value[0], weight[0] ** -0.5
    remark = ""
    step = float(np.median(np.diff(np.unique(off))))
    if off[0] > step / 2 + 0.05:
        remark = f"above {90 - off[0]:.0f} degrees hardly seen"
    angle = 90.0 - off
    inner = angle >= 15.0
    flatness = np.abs(value[inner] / np.average(value[inner], weights=weight[inner]) - 1)
    noise = weight[inner] ** -0.5 / value[inner].mean()
    if (flatness <= np.maximum(options.same, 2 * noise)).all() and np.median(noise) <= options.same:
        return "isotropic", remark
    low, high = options.butterfly_deg
    middle, middle_error = _largest(value, weight, (angle >= low) & (angle <= high))
    outer, outer_error = _largest(value, weight, (angle >= 10.0) & (angle < low))
    if _clearly(outer, outer_error, max(top, middle), max(top_error, middle_error), options):
        return "field-aligned", remark
    if _clearly(middle, middle_error, top, top_error, options):
        return "butterfly", remark
    if middle * (1 - options.dip) > top:
        remark = f"{DOUBTFUL} {options.sigma:g} errors"
    expected, expected_error = _extrapolated(angle, value, weight)
    if top > (1 + options.bump) * expected and top - expected > options.sigma * np.hypot(
        top_error, expected_error
    ):
        return "cap", remark
    at_45 = float(np.interp(45.0, angle[::-1], value[::-1]))
    return ("flattop" if at_45 >= options.flat * max(top, middle) else "pancake"), remark


def _by_distance(
    mean: Floats, error: Floats, seen: NDArray[np.bool_], angle_deg: Floats
) -> tuple[Floats, Floats, Floats]:
    """Distance from 90 degrees, ascending; mean of both sides there, and its weight 1/error^2."""
    used = seen & np.isfinite(mean) & (error > 0)
    distance = np.round(np.abs(angle_deg[used] - 90.0), 2)
    off, place = np.unique(distance, return_inverse=True)
    weight = np.bincount(place, error[used] ** -2.0, minlength=len(off))
    value = np.bincount(place, mean[used] * error[used] ** -2.0, minlength=len(off)) / weight
    return off.astype(np.float64), value, weight.astype(np.float64)


def _largest(value: Floats, weight: Floats, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Largest mean of two neighbours, which noise raises less than the largest bin, and its error."""
    some, weights = value[inside], weight[inside]
    if len(some) == 0:
        return 0.0, 0.0
    if len(some) == 1:
        return float(some[0]), float(weights[0] ** -0.5)
    pair = (some[1:] + some[:-1]) / 2
    error = np.sqrt(1 / weights[1:] + 1 / weights[:-1]) / 2
    best = int(pair.argmax())
    return float(pair[best]), float(error[best])


def _clearly(high: float, high_error: float, low: float, low_error: float, options: NamingOptions) -> bool:
    """Whether a maximum stands above another value by the share `dip`, and by more than chance."""
    enough = high * (1 - options.dip) > low
    return bool(enough and high - low > options.sigma * np.hypot(high_error, low_error))


def _extrapolated(angle: Floats, value: Floats, weight: Floats) -> tuple[float, float]:
    """Value at the first angle by the sin^n of the angles from 15 to 65 degrees, and its error."""
    used = (angle >= 15.0) & (angle <= 65.0) & (value > 0)
    if used.sum() < 3:
        return float("inf"), 0.0
    x = np.log(np.sin(np.deg2rad(angle)))
    design = np.column_stack([np.ones(used.sum()), x[used]])
    relative = weight[used] * value[used] ** 2 / (1 + weight[used] * value[used] ** 2 * 0.02**2)
    normal = design.T @ (relative[:, None] * design)
    found = np.linalg.solve(normal, design.T @ (relative * np.log(value[used])))
    at = np.array([1.0, x[0]])
    expected = float(np.exp(at @ found))
    # where the flank is no sin^n, what it would be at 90 degrees is known less well
    misfit = relative @ (np.log(value[used]) - design @ found) ** 2 / (used.sum() - 2)
    error = np.sqrt(max(1.0, misfit) * (at @ np.linalg.solve(normal, at)))
    return expected, expected * float(error)


def class_name(shapes: Sequence[str]) -> str:
    """Name of a class: its shapes from low to high energy, ``butterfly to pancake``.

    Parameters
    ----------
    shapes : sequence of str
        By ascending energy. Energies of ``background`` say nothing, and a class of nothing else is ``faint``;
        one energy that differs from equal ones on both sides is passed over.
    """
    named = [one for one in shapes if one != "background"]
    for at in range(1, len(named) - 1):
        if named[at - 1] == named[at + 1]:
            named[at] = named[at - 1]
    runs = [name for name, _ in groupby(named)]
    if not runs:
        return FAINT
    return " to ".join(runs) if len(runs) <= MOST_RUNS else "mixed"


def class_names(shapes: NDArray[np.str_]) -> tuple[str, ...]:
    """Names of all classes; equal ones get A, B, ... in the order given, which should be canonical.

    Parameters
    ----------
    shapes : (class, energy) ndarray of str
    """
    plain = [class_name(row.tolist()) for row in shapes]
    out = []
    for at, name in enumerate(plain):
        number = plain[:at].count(name)
        out.append(name if plain.count(name) == 1 else f"{name} {_letters(number)}")
    return tuple(out)


def _letters(number: int) -> str:
    letters = ascii_uppercase[number % 26]
    return letters if number < 26 else _letters(number // 26 - 1) + letters


def runs_text(shapes: Sequence[str], energy_mev: Floats) -> str:
    """Shapes with their energies, as ``butterfly 1.8-3.4 MeV, pancake 4.2-5.2 MeV``."""
    texts = []
    for name, some in groupby(range(len(shapes)), key=lambda at: shapes[at]):
        at = list(some)
        first, last = float(energy_mev[at[0]]), float(energy_mev[at[-1]])
        span = f"{first:g}" if len(at) == 1 else f"{first:g}-{last:g}"
        texts.append(f"{name} {span} MeV")
    return ", ".join(texts)
