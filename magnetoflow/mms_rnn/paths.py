"""Paths through the plane of a reconnection site, of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.analytic import Site, exhaust_half_width

Floats = NDArray[np.float64]
Place = tuple[Floats, Floats]
STEPS = 4000
SHORTEST, LONGEST = 300, 1800
"""Samples of a path; from a longer one a stretch is taken."""


def path(rng: np.random.Generator, kind: str, site: Site, speed: float) -> Place:
    """Draw a path.

    Parameters
    ----------
    rng : Generator
    kind : str
        Of `PATHS`.
    site : Site
    speed : float [d_i per sample]
        Mean; it changes along the path by a factor of at most 1.5 either way.

    Returns
    -------
    x, y : (sample,) ndarray [d_i]
    """
    s = np.linspace(0.0, 1.0, STEPS)
    x, y = PATHS[kind](rng, s, site)
    if rng.random() < 0.5:
        x = -x
    if rng.random() < 0.5:
        y = -y
    pace = 1.5 ** np.sin(2 * np.pi * (rng.uniform(0.3, 2) * s + rng.random()))
    need = np.append(0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y)) / (speed * pace[1:])))
    count = int(max(SHORTEST, need[-1]))
    when = np.linspace(0.0, need[-1], count)
    first = int(rng.integers(0, max(1, count - LONGEST)))
    kept = when[first : first + LONGEST]
    return np.interp(kept, need, x), np.interp(kept, need, y)


def _crossing(rng: np.random.Generator, s: Floats, site: Site) -> Place:
    """Cross the sheet from lobe to lobe, at 20 to 90 degrees to it."""
    slope = rng.choice([-1, 1]) / np.tan(np.deg2rad(rng.uniform(20, 90)))
    far = rng.uniform(2.2, 4.0)
    x = rng.uniform(1.0, 8.0) + far * site.half_width * slope * (2 * s - 1)
    return x, far * exhaust_half_width(x, site) * (2 * s - 1)


def _skimming(rng: np.random.Generator, s: Floats, site: Site) -> Place:
    """Follow the exhaust, now and then up to its edge."""
    x = rng.uniform(0.5, 2) + rng.uniform(4, 10) * s
    waves = np.sin(2 * np.pi * (rng.uniform(0.5, 3) * s + rng.random()))
    return x, exhaust_half_width(x, site) * (rng.uniform(-0.6, 0.6) + rng.uniform(0.2, 0.9) * waves)


def _separatrix(rng: np.random.Generator, s: Floats, site: Site) -> Place:
    """Follow a separatrix, and come out of it on both sides."""
    x = rng.uniform(0.3, 2) + rng.uniform(3, 9) * s
    waves = np.sin(2 * np.pi * (rng.uniform(0.5, 3) * s + rng.random()))
    return x, exhaust_half_width(x, site) * (rng.uniform(1.25, 1.55) + rng.uniform(0.1, 0.7) * waves)


def _x_line(rng: np.random.Generator, s: Floats, site: Site) -> Place:
    """Pass the X-line from one outflow to the other, from lobe to lobe or within the sheet."""
    x = rng.uniform(3, 7) * np.tanh(rng.uniform(2, 5) * (2 * s - 1) + rng.uniform(-0.3, 0.3))
    far, bend, beside = rng.uniform(0.2, 3.5), rng.choice([1.0, 3.0]), rng.uniform(-0.4, 0.4)
    y = far * np.sign(2 * s - 1) * np.abs(2 * s - 1) ** bend + beside
    return x, exhaust_half_width(x, site) * y


def _lobe(rng: np.random.Generator, s: Floats, site: Site) -> Place:
    """Stay in one lobe."""
    x = rng.uniform(-8, 8) + rng.uniform(1, 5) * s
    waves = np.sin(2 * np.pi * (rng.uniform(0.5, 3) * s + rng.random()))
    return x, exhaust_half_width(x, site) * (rng.uniform(2.6, 4.5) + rng.uniform(0, 0.8) * waves)


def _flapping(rng: np.random.Generator, s: Floats, site: Site) -> Place:
    """Cross the sheet several times, as it moves up and down."""
    x = rng.uniform(0.5, 7) + rng.uniform(-3, 3) * s
    waves = np.sin(2 * np.pi * (rng.uniform(1, 3) * s + rng.random()))
    more = rng.uniform(0, 0.4) * np.sin(2 * np.pi * (rng.uniform(3, 6) * s + rng.random()))
    return x, exhaust_half_width(x, site) * (rng.uniform(-1, 1) + rng.uniform(1.5, 3) * (waves + more))


def _in_and_out(rng: np.random.Generator, s: Floats, site: Site) -> Place:
    """Come from a lobe, reach a depth, return to the same lobe; once or twice."""
    x = rng.uniform(0.5, 6) + rng.uniform(-2, 2) * s
    dips = np.sin(np.pi * rng.integers(1, 3) * s) ** 2
    outside, depth = rng.uniform(2.2, 3.5), rng.uniform(0.1, 1.5)
    return x, exhaust_half_width(x, site) * (outside - (outside - depth) * dips)


PATHS: Mapping[str, Callable[[np.random.Generator, Floats, Site], Place]] = {
    "crossing": _crossing,
    "skimming": _skimming,
    "separatrix": _separatrix,
    "x_line": _x_line,
    "lobe": _lobe,
    "flapping": _flapping,
    "in_and_out": _in_and_out,
}
