"""Reconnection sites of several shapes, in scaled units: the analytic model with other profiles.

The shape named ``tanh`` without asymmetries is :func:`magnetoflow.mms_rnn.analytic.fields`. The others differ
in the functions, not only in the numbers, so that a network can be scored on a shape that it was not trained
on. The true region is that of :func:`magnetoflow.mms_rnn.analytic.true_region` for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

from magnetoflow.mms_rnn.analytic import ROOT_MASS_RATIO, Site, exhaust_half_width
from magnetoflow.mms_rnn.classes import FEATURES

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Profile:
    """Functions of the distance to the sheet in half widths, and of the layer's and outflow's coordinates.

    Attributes
    ----------
    field : callable
        Reconnecting field over its inflow value, 0 at the centre.
    inside : callable
        What the exhaust holds, 1 at the centre and 0 far away.
    layer : callable
        Of the distance to the middle of a layer in its widths: 1 at 0. All have the same full width at half
        maximum, so that layers mark the same region.
    along : callable
        Odd, saturates at 1: growth along the outflow.
    """

    field: Function
    inside: Function
    layer: Function
    along: Function


def _taper(t: Floats, length: float) -> Floats:
    """Fall as a squared cosine that is 0 beyond `length`."""
    return np.asarray(np.cos(np.pi / 2 * np.minimum(np.abs(t) / length, 1.0)) ** 2)


PROFILES: Mapping[str, Profile] = {
    "tanh": Profile(np.tanh, lambda t: np.exp(-(t**2)), lambda u: np.exp(-(u**2)), np.tanh),
    "erf": Profile(
        lambda t: erf(0.9 * t),
        lambda t: np.exp(-((t / 1.1) ** 4)),
        lambda u: 1 / np.cosh(1.06 * u) ** 2,
        lambda x: erf(np.sqrt(np.pi) / 2 * x),
    ),
    "tapered": Profile(
        lambda t: np.sin(np.pi / 2 * np.minimum(t / 1.8, 1.0)),
        lambda t: _taper(t, 1.75),
        lambda u: _taper(u, 1.67),
        lambda x: np.clip(0.8 * x, -1.0, 1.0),
    ),
    "stepped": Profile(
        lambda t: 0.4 * np.tanh(2.5 * t) + 0.6 * (expit((t - 1.05) / 0.17) - expit((-t - 1.05) / 0.17)),
        lambda t: expit((1.0 - t) / 0.15) / expit(1.0 / 0.15),
        lambda u: np.exp(-((u / np.where(u < 0, 0.9, 1.1)) ** 2)),
        lambda x: x / np.sqrt(1 + x**2),
    ),
    "algebraic": Profile(
        lambda t: t / (1 + np.abs(t) ** 3) ** (1 / 3),
        lambda t: 1 / (1 + t**4),
        lambda u: 1 / (1 + (u / 1.29) ** 2) ** 2,
        lambda x: 2 / np.pi * np.arctan(np.pi / 2 * x),
    ),
}
"""Harris-like; error function with a flat exhaust; of finite extent (sheets bounded by shocks look so);
field in two steps, as in exhausts bounded by a pair of discontinuities; with slow tails."""


@dataclass(frozen=True)
class Shape:
    """Profile and asymmetries of a site.

    Attributes
    ----------
    kind : str
        Of `PROFILES`.
    centre, width : float [half width]
        Of the layer of the Hall electric field, the density cavity and the electron beams.
    south_b, south_n, south_e : float
        Field, density and Hall field south of the sheet over those north of it.
    tailward_v : float
        Outflow tailward over that earthward.
    arms_e : float
        Hall field of the north-earthward and south-tailward separatrices over 1, of the others below 1: a
        guide field does so.
    """

    kind: str = "tanh"
    centre: float = 1.35
    width: float = 0.3
    south_b: float = 1.0
    south_n: float = 1.0
    south_e: float = 1.0
    tailward_v: float = 1.0
    arms_e: float = 0.0


def shaped_fields(x: Floats, y: Floats, site: Site, shape: Shape) -> Floats:
    """Features at places of a site.

    Parameters
    ----------
    x, y : (place,) ndarray [d_i]
        Along the outflow, and normal to the sheet (southward).
    site : Site
    shape : Shape

    Returns
    -------
    (place, 14) ndarray
        In the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`, scaled.
    """
    profile = PROFILES[shape.kind]
    h = exhaust_half_width(x, site)
    t, side = np.abs(y) / h, np.sign(y)
    south = expit(y / (0.25 * h))
    inside = profile.inside(t)
    layer = profile.layer((t - shape.centre) / shape.width)
    hall_b = profile.layer((t - 1.0) / 0.5)
    normal, ahead = profile.along(x / site.normal_length), profile.along(x / site.acceleration)
    density = (site.n_inflow - site.n_cavity * layer) * (1 + (shape.south_n - 1) * south)
    density = density + site.n_exhaust * inside
    vix = site.v_outflow * np.where(x < 0, shape.tailward_v, 1.0) * ahead * inside
    # the beams change direction at the X-line faster than the ions do
    beam = site.ve_beam * profile.along(x) * layer
    hall_e = site.e_hall * (1 + (shape.south_e - 1) * south) * (1 - shape.arms_e * side * np.tanh(x))
    columns = {
        "Bx": -side * profile.field(t) * (1 + (shape.south_b - 1) * south),
        "By": -site.b_normal * normal * inside,
        "Bz": site.b_guide - site.b_hall * normal * side * hall_b,
        "Ex": np.zeros_like(x),
        "Ey": -hall_e * side * layer,
        "Ez": site.e_reconnection + site.e_extra * inside,
        "ni": density,
        "ne": density,
        "vix": vix,
        "viy": -site.v_inflow * np.tanh(y) * (1 - inside),
        "viz": site.v_out_of_plane * inside,
        "vex": vix / ROOT_MASS_RATIO - beam,
        "vey": np.zeros_like(x),
        "vez": -site.ve_current * np.exp(-((x / site.jet_length) ** 2)) * inside - site.ve_drift * inside,
    }
    return np.column_stack([columns[name] for name in FEATURES])
