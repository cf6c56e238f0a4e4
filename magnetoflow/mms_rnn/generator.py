"""Labelled cuts for training and scores: families of analytic sites, shapes and paths.

Samples are free of noise; :mod:`magnetoflow.mms_rnn.noise` makes them what instruments would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from magnetoflow.errors import ConfigError
from magnetoflow.mms_rnn.analytic import Site, true_region
from magnetoflow.mms_rnn.cuts import Cut
from magnetoflow.mms_rnn.paths import PATHS, path
from magnetoflow.mms_rnn.profiles import PROFILES, Shape, shaped_fields

HELD_SHAPES = ("erf",)
HELD_PATHS = ("flapping", "in_and_out")
"""Kinds that no training and no validation sees."""
SHAPES = tuple(kind for kind in PROFILES if kind not in HELD_SHAPES)
KNOWN_PATHS = tuple(kind for kind in PATHS if kind not in HELD_PATHS)
SPEEDS = (0.002, 0.02)
"""Slowest and fastest mean speed [d_i per sample]; the reference crossing has 0.001 to 0.017."""

_KNOWN = tuple(product(SHAPES, KNOWN_PATHS))
_HELD = (
    *product(HELD_SHAPES, KNOWN_PATHS),
    *product(SHAPES, HELD_PATHS),
    *product(HELD_SHAPES, HELD_PATHS),
)
SPLITS = {"training": _KNOWN, "validation": _KNOWN, "new_sites": _KNOWN, "held_out": _HELD}
"""Shape and path of the families of each split, in turn. Sites are drawn anew for every family; those of
``held_out`` also have a shape, a path or both of kinds that are in no other split."""


@dataclass(frozen=True)
class Family:
    """One site of one shape, and the kind of path through it."""

    name: str
    site: Site
    shape: Shape
    path: str


def random_site(rng: np.random.Generator) -> Site:
    """Draw the numbers of a site: thin to thick sheets, weak to strong Hall and guide fields."""
    inflow = rng.uniform(0.05, 0.3)
    return Site(
        half_width=rng.uniform(0.35, 1.2),
        opening=rng.uniform(0.06, 0.2),
        b_normal=rng.uniform(0.1, 0.35),
        b_hall=rng.uniform(0.1, 0.45),
        b_guide=rng.uniform(-0.4, 0.4) * (rng.random() < 0.7),
        e_hall=rng.uniform(0.6, 2.0),
        e_reconnection=rng.uniform(0.03, 0.2),
        e_extra=rng.uniform(0.0, 0.2),
        n_inflow=inflow,
        n_exhaust=rng.uniform(0.2, 0.7),
        n_cavity=rng.uniform(0.0, 0.7) * inflow,
        v_outflow=rng.uniform(0.4, 1.1),
        v_inflow=rng.uniform(0.0, 0.2),
        v_out_of_plane=rng.uniform(0.0, 0.2),
        ve_beam=rng.uniform(0.03, 0.3),
        ve_current=rng.uniform(0.1, 0.5),
        ve_drift=rng.uniform(0.0, 0.05),
        acceleration=rng.uniform(1.2, 4.0),
        normal_length=rng.uniform(1.0, 3.0),
        jet_length=rng.uniform(0.8, 2.5),
    )


def random_shape(rng: np.random.Generator, kind: str) -> Shape:
    """Draw layer and asymmetries of a shape."""
    return Shape(
        kind=kind,
        centre=rng.uniform(1.3, 1.4),
        width=rng.uniform(0.27, 0.33),
        south_b=rng.uniform(0.9, 1.1),
        south_n=rng.uniform(0.7, 1.4),
        south_e=rng.uniform(0.75, 1.3),
        tailward_v=rng.uniform(0.7, 1.4),
        arms_e=rng.uniform(-0.25, 0.25),
    )


def family(rng: np.random.Generator, name: str, shape: str, kind: str) -> Family:
    """Draw a family.

    Parameters
    ----------
    rng : Generator
    name : str
    shape, kind : str
        Of :data:`magnetoflow.mms_rnn.profiles.PROFILES` and :data:`magnetoflow.mms_rnn.paths.PATHS`.
    """
    return Family(name, random_site(rng), random_shape(rng, shape), kind)


def cut(rng: np.random.Generator, one: Family, name: str) -> Cut:
    """Draw a path of a family and sample it."""
    speed = float(np.exp(rng.uniform(*np.log(SPEEDS))))
    x, y = path(rng, one.path, one.site, speed)
    features = shaped_fields(x, y, one.site, one.shape)
    return Cut(features, true_region(x, y, one.site), one.name, name, one.shape.kind, one.path)


def trajectories(seed: int, n: int, split: str, cuts: int = 1) -> list[Cut]:
    """Draw the cuts of a split.

    Parameters
    ----------
    seed : int
    n : int
        Families.
    split : str
        Of `SPLITS`.
    cuts : int
        Paths of each family.

    Returns
    -------
    list of Cut
        Without noise; the first families of a split do not depend on `n`.

    Raises
    ------
    ConfigError
        No such split.
    """
    if split not in SPLITS:
        raise ConfigError("no such split", why=f"{split!r}", todo=f"one of {', '.join(SPLITS)}")
    found = []
    for k in range(n):
        rng = np.random.default_rng([seed, list(SPLITS).index(split), k])
        shape, kind = SPLITS[split][k % len(SPLITS[split])]
        one = family(rng, f"{split}_{k:04d}", shape, kind)
        found += [cut(rng, one, f"{one.name}_{j}") for j in range(cuts)]
    return found
