"""Shape of an array of spacecraft, the name of that shape, and whether timing determines a normal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.axes import Formation
from magnetoflow.mms_mp.data import Floats


@dataclass(frozen=True)
class FormationOptions:
    """Bounds of the shapes.

    Attributes
    ----------
    string_linearity, string_sphericity, string_angle_deg : float
        A string is longer, thinner, and closer to the direction of flight.
    linear_linearity, linear_sphericity : float
    planar_flatness, planar_sphericity : float
    tetrahedral_sphericity, tetrahedral_ratio : float
        A tetrahedron is thicker; the ratio is that of the least to the largest eigenvalue.
    min_volume_km3, collapsed_km : float
        Volume of a tetrahedron, and largest separation of an array that is called ``collapsed``. Zero, as
        real tetrahedra have sides of 7 to 10 km.
    most_elongated, most_planar : float
        Beyond either four-point timing does not determine a normal.
    """

    string_linearity: float = 0.85
    string_sphericity: float = 0.10
    string_angle_deg: float = 12.0
    linear_linearity: float = 0.75
    linear_sphericity: float = 0.20
    planar_flatness: float = 0.90
    planar_sphericity: float = 0.15
    tetrahedral_sphericity: float = 0.15
    tetrahedral_ratio: float = 0.10
    min_volume_km3: float = 0.0
    collapsed_km: float = 0.0
    most_elongated: float = 0.9
    most_planar: float = 0.9


DEFAULT = FormationOptions()
EARLIER = FormationOptions(min_volume_km3=1000.0, collapsed_km=10.0)
"""Bounds of the earlier toolkit, for comparison: they call no MMS tetrahedron below 20 km by its name."""


def formation(
    position_km: Mapping[int, Floats],
    v_sc: Floats | None,
    n: Floats | None,
    time: np.datetime64,
    options: FormationOptions = DEFAULT,
) -> Formation:
    """Describe the shape of an array.

    Parameters
    ----------
    position_km : mapping of int to (3,) ndarray [km]
        By probe, all at one time; one that is NaN is left out.
    v_sc : (3,) ndarray [km/s] or None
        Mean velocity; without it no array is a string, which lies along the direction of flight.
    n : (3,) ndarray or None
        Outward normal, for the order along it.
    time : datetime64[ns]
    options : FormationOptions

    Returns
    -------
    Formation

    Raises
    ------
    InsufficientData
        No position is known.

    References
    ----------
    Robert et al. 1998, ISSI SR-001, chapter 13 (semi-axes, elongation, planarity).
    """
    known = {
        probe: np.asarray(place, dtype=np.float64)
        for probe, place in sorted(position_km.items())
        if np.isfinite(place).all()
    }
    if not known:
        raise InsufficientData(
            "no spacecraft has a position", where=str(time), todo="give an ephemeris that covers the event"
        )
    places = np.stack(list(known.values()))
    offset = places - places.mean(axis=0)
    # of the positions themselves: squares would lose the thickness of a string
    _, axes, directions = np.linalg.svd(offset / np.sqrt(len(places)), full_matrices=True)
    axes = np.concatenate([axes, np.zeros(3 - len(axes))])
    directions = directions * _positive(directions)[:, None]
    elongation, planarity = (1 - _over(axes[1], axes[0])), (1 - _over(axes[2], axes[1]))
    shares = _over(np.cumsum(axes**2), np.sum(axes**2))
    linearity, flatness, sphericity = shares[0], shares[1], _over(axes[2] ** 2, np.sum(axes**2))
    separations = {f"{a}-{b}": float(np.linalg.norm(known[a] - known[b])) for a, b in combinations(known, 2)}
    volume = abs(float(np.linalg.det(places[1:] - places[0]))) / 6 if len(places) == 4 else 0.0
    condition = _condition(places)
    timing, reason = _timing(len(places), float(elongation), float(planarity), condition, options)
    tilt = np.nan if v_sc is None else _tilt_deg(directions[0], v_sc)
    kind = _kind(len(places), axes, volume, tilt, max(separations.values(), default=0.0), options)
    return Formation(
        time=time,
        axes_km=axes,
        directions=directions,
        elongation=float(elongation),
        planarity=float(planarity),
        linearity=float(linearity),
        flatness=float(flatness),
        sphericity=float(sphericity),
        volume_km3=volume,
        separations_km=separations,
        kind=kind,
        timing=timing,
        reason=reason,
        orders=_orders(known, v_sc, n),
        condition=condition,
    )


def _over(a: Floats, b: Floats) -> Floats:
    """Quotient; NaN over zero."""
    return np.asarray(a / np.where(b > 0, b, np.nan))


def _positive(directions: Floats) -> Floats:
    """Signs that make the largest component of each row positive."""
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(largest < 0, -1.0, 1.0)


def _condition(places: Floats) -> float:
    """Condition number of the baselines from the first spacecraft; infinite where they span no volume."""
    if len(places) < 4:
        return float("inf")
    size = np.linalg.svd(places[1:] - places[0], compute_uv=False)
    return float(size[0] / size[2]) if size[2] > 0 else float("inf")


def _timing(
    count: int, elongation: float, planarity: float, condition: float, options: FormationOptions
) -> tuple[bool, str]:
    """Whether timing determines a normal, and why not."""
    if count < 4:
        return False, f"{count} spacecraft, four are needed"
    # NaN, of spacecraft at one place or on a line, is no shape for timing
    if elongation <= options.most_elongated and planarity <= options.most_planar:
        return True, ""
    return False, (
        f"elongation {elongation:.5f} (at most {options.most_elongated:g}), planarity {planarity:.3f} "
        f"(at most {options.most_planar:g}), condition of the baselines {condition:.2g}"
    )


def _tilt_deg(axis: Floats, v_sc: Floats) -> float:
    speed = float(np.linalg.norm(v_sc))
    if not speed > 0:
        return float("nan")
    return float(np.rad2deg(np.arccos(min(abs(float(axis @ v_sc)) / speed, 1.0))))


def _kind(
    count: int, axes: Floats, volume: float, tilt_deg: float, largest_km: float, options: FormationOptions
) -> str:
    """Name of the shape."""
    if count < 3:
        return {1: "single", 2: "pair"}[count]
    if largest_km < options.collapsed_km or not axes[0] > 0:
        return "collapsed"
    first, second, third = axes**2 / np.sum(axes**2)
    if first > options.string_linearity and third < options.string_sphericity:
        if tilt_deg <= options.string_angle_deg:
            return "string"
        return "linear"
    if first > options.linear_linearity and third < options.linear_sphericity:
        return "linear"
    if first + second > options.planar_flatness and third < options.planar_sphericity:
        return "planar"
    thick = third > options.tetrahedral_sphericity and third / first > options.tetrahedral_ratio
    return "tetrahedral" if thick and volume > options.min_volume_km3 else "irregular"


def _orders(known: Mapping[int, Floats], v_sc: Floats | None, n: Floats | None) -> dict[str, str]:
    """Probes from the least to the largest coordinate along each direction that is known."""
    centre = np.mean(list(known.values()), axis=0)
    directions: dict[str, Floats | None] = {
        "x_gsm": np.array([1.0, 0.0, 0.0]),
        "n": n,
        "radial": centre,
        "velocity": v_sc,
    }
    return {
        name: _order(known, axis)
        for name, axis in directions.items()
        if axis is not None and np.isfinite(axis).all() and np.any(axis)
    }


def _order(known: Mapping[int, Floats], axis: Floats) -> str:
    return " ".join(str(probe) for probe in sorted(known, key=lambda probe: float(known[probe] @ axis)))
