"""Draw the lights of synthetic scenes over a broad range: each class has variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from magnetoflow.sample.aurora_clouds import Clouds, Dome, Twilight
from magnetoflow.sample.aurora_patches import random_patches
from magnetoflow.sample.aurora_sky import Arc, Glow, Lamp, Moon, Sky, Stars

Rng = np.random.Generator
Lights = tuple[Any, ...]


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**31))


def _log(rng: Rng, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def sky(rng: Rng, bright: float = 1.0) -> Sky:
    """Draw a background: 2700 counts give or take."""
    level = bright * 2700.0 * _log(rng, 0.6, 1.5)
    return Sky(level, rng.uniform(0, 0.15), rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.35), _seed(rng))


def stars(rng: Rng) -> Stars:
    """Draw a field of stars."""
    return Stars(int(rng.integers(60, 260)), _log(rng, 120, 450), rng.uniform(0.6, 0.95), _seed(rng))


def small_moon(rng: Rng) -> Moon:
    """Draw a moon that leaves the sky usable."""
    turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(60, 112)
    return Moon(
        far * np.sin(turn),
        far * np.cos(turn),
        rng.uniform(1.2, 2.5),
        _log(rng, 800, 4500),
        _log(rng, 200, 1800),
    )


def glow(
    rng: Rng, low: float, high: float, north_km: float = 250.0, width_km: tuple[float, float] = (60.0, 500.0)
) -> Glow:
    """Draw diffuse aurora with a peak between two levels, at most so far from the zenith, so wide."""
    speed = rng.normal(0, 0.15, 2)
    return Glow(
        rng.uniform(-north_km, north_km), _log(rng, *width_km), _log(rng, low, high), rng.uniform(0.05, 0.35),
        (float(speed[0]), float(speed[1])), _log(rng, 100, 400), _seed(rng),
    )  # fmt: skip


def arc(rng: Rng, low: float = 700.0, high: float = 9000.0) -> Arc:
    """Draw a quiet arc."""
    width = _log(rng, 6, 35)
    return Arc(
        north_km=rng.uniform(-280, 280), drift_km_s=rng.normal(0, 0.25), peak=_log(rng, low, high),
        above_km=width * rng.uniform(1.0, 2.2), below_km=width, tilt=rng.normal(0, 0.12),
        fold_km=_log(rng, 2, 40), fold_length_km=_log(rng, 120, 700), fold_time_s=_log(rng, 40, 300),
        ray=rng.uniform(0, 0.4), ray_length_km=_log(rng, 20, 120), ray_time_s=_log(rng, 15, 90),
        ray_km_s=rng.normal(0, 0.5), fade=rng.uniform(0, 0.4),
        fade_time_s=_log(rng, 30, 200), seed=_seed(rng),
    )  # fmt: skip


def rayed(rng: Rng) -> Arc:
    """Draw an arc with folds and rays that move fast, without a period."""
    return replace(
        arc(rng, 2500, 16000),
        fold_km=_log(rng, 15, 80), fold_length_km=_log(rng, 60, 300), fold_time_s=_log(rng, 6, 40),
        ray=rng.uniform(0.5, 1.0), ray_length_km=_log(rng, 12, 60), ray_time_s=_log(rng, 2.5, 15),
        ray_km_s=rng.normal(0, 4), fade=rng.uniform(0.1, 0.6), fade_time_s=_log(rng, 6, 60),
    )  # fmt: skip


def _clear(rng: Rng) -> Lights:
    return (stars(rng), sky(rng))


def _moonlit(rng: Rng) -> Lights:
    return (stars(rng), sky(rng, rng.uniform(1.0, 1.6)), small_moon(rng))


def _lamp(rng: Rng) -> Lights:
    turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(10, 112)
    moving = rng.random() < 0.25
    period = rng.uniform(6, 30)
    lamp = Lamp(
        far * np.sin(turn), far * np.cos(turn), _log(rng, 1500, 40000), rng.uniform(0.6, 1.2), period,
        period * rng.uniform(0.3, 0.6), *(rng.normal(0, 0.5, 2) if moving else (0.0, 0.0)),
    )  # fmt: skip
    return (*_clear(rng), lamp)


def thin(rng: Rng) -> Clouds:
    """Draw thin haze through which stars are seen."""
    return replace(
        cloud(rng, _log(rng, 2500, 4500)), depth=rng.uniform(-0.1, 0.15), change=rng.uniform(0.03, 0.15)
    )


def _haze(rng: Rng) -> Lights:
    return (*_clear(rng), thin(rng))


def _arcs(rng: Rng) -> Lights:
    return (stars(rng), *(arc(rng) for _ in range(rng.integers(2, 5))), sky(rng))


def _arc(rng: Rng) -> Lights:
    return (stars(rng), arc(rng), sky(rng), *([small_moon(rng)] if rng.random() < 0.2 else []))


def _diffuse(rng: Rng) -> Lights:
    """Draw a band with both edges in view: a glow over the whole sky looks like moonlight, to people too."""
    band = glow(rng, 1200, 4000, 200.0, (40.0, 120.0))
    return (stars(rng), band, sky(rng), *([small_moon(rng)] if rng.random() < 0.2 else []))


def _rayed(rng: Rng) -> Lights:
    return (stars(rng), *(rayed(rng) for _ in range(rng.integers(1, 4))), glow(rng, 100, 1500), sky(rng))


def _substorm(rng: Rng) -> Lights:
    """Arcs that brighten some time after the begin, widen, break into rays and move poleward."""
    onset = rng.uniform(-60, 90)
    arcs = [
        replace(
            rayed(rng), north_km=rng.uniform(-250, 50), peak=_log(rng, 900, 3000),
            onset_s=onset + rng.uniform(0, 20),
            gain=_log(rng, 3, 12), rise_s=_log(rng, 20, 90), decay_s=_log(rng, 120, 500),
            expand_km_s=rng.uniform(0.3, 1.5),
        )
        for _ in range(rng.integers(1, 4))
    ]  # fmt: skip
    return (stars(rng), *arcs, glow(rng, 200, 2000), sky(rng))


def _static(rng: Rng) -> Lights:
    """Patches that drift and do not pulse."""
    patches = random_patches(rng, pulsating=False, part=bool(rng.random() < 0.4))
    return (stars(rng), glow(rng, 100, 1500), patches, sky(rng))


def _pulsating(rng: Rng) -> Lights:
    moon = [small_moon(rng)] if rng.random() < 0.15 else []
    return (stars(rng), glow(rng, 100, 1800), random_patches(rng, pulsating=True), sky(rng), *moon)


def _part(rng: Rng) -> Lights:
    """Pulsating patches over a part of the sky."""
    return (stars(rng), glow(rng, 100, 1500), random_patches(rng, True, (10, 16), part=True), sky(rng))


def _with_arc(rng: Rng) -> Lights:
    """Pulsating patches with a weak arc north of them."""
    weak = replace(arc(rng, 400, 1500), north_km=rng.uniform(150, 350))
    return (stars(rng), glow(rng, 100, 1500), random_patches(rng, True), weak, sky(rng))


def cloud(rng: Rng, level: float) -> Clouds:
    """Draw moving clouds with a given light."""
    depth = rng.uniform(2.8, 5.5)
    course, pace = rng.uniform(0, 2 * np.pi), _log(rng, 0.001, 0.025)
    turned = course + rng.normal(0, 0.4)
    x, y = float(pace * np.cos(course)), float(pace * np.sin(course))
    x2, y2 = float(0.8 * pace * np.cos(turned)), float(0.8 * pace * np.sin(turned))
    return Clouds(
        depth, rng.uniform(0.15, 0.4) * depth, 7.0, level, rng.uniform(0, 0.4), rng.uniform(0, 2 * np.pi),
        (x, y, x2, y2), _log(rng, 8, 30), _seed(rng),
    )  # fmt: skip


def _cloud(rng: Rng) -> Lights:
    return (*_clear(rng), cloud(rng, _log(rng, 1500, 6500)))


def _cloud_moon(rng: Rng) -> Lights:
    """Clouds lit by a moon that they partly cover."""
    return (
        *_clear(rng),
        big_moon(rng),
        replace(cloud(rng, _log(rng, 4000, 14000)), slope=rng.uniform(0.2, 0.7)),
    )


def _aurora_behind(rng: Rng) -> Lights:
    """Clouds too thick to tell what the aurora behind them does."""
    behind = arc(rng) if rng.random() < 0.5 else random_patches(rng, True)
    veil = cloud(rng, _log(rng, 2000, 6000))
    return (behind, sky(rng), replace(veil, depth=veil.depth + 2.0, change=min(veil.change, 1.0)))


def big_moon(rng: Rng) -> Moon:
    """Draw a moon that spoils the view."""
    turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(20, 95)
    return Moon(
        far * np.sin(turn),
        far * np.cos(turn),
        rng.uniform(3.0, 7.0),
        _log(rng, 8000, 30000),
        _log(rng, 3000, 9000),
    )


def _moon(rng: Rng) -> Lights:
    return (
        sky(rng, 1.3),
        big_moon(rng),
        replace(thin(rng), depth=rng.uniform(0.1, 0.6), glow=_log(rng, 4000, 9000)),
    )


def _snow(rng: Rng) -> Lights:
    level, contrast = _log(rng, 900, 12000), _log(rng, 0.005, 0.12)
    return (sky(rng), Dome(level, rng.uniform(0, 0.1), contrast, _seed(rng)))


def _twilight(rng: Rng) -> Lights:
    growth = rng.choice([-1, 1]) * _log(rng, 200, 900)
    light = Twilight(_log(rng, 9000, 60000), rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 1.2), float(growth))
    return (sky(rng, 1.5), light)


Draw = Callable[[Rng], Lights]

VARIANTS: Mapping[str, Mapping[str, tuple[float, Draw]]] = MappingProxyType(
    {
        "no_aurora": {"clear": (4, _clear), "moonlit": (2, _moonlit), "lamp": (1.5, _lamp),
                      "haze": (1, _haze)},
        "other_aurora": {
            "arc": (3, _arc), "arcs": (2, _arcs), "diffuse": (2, _diffuse), "rayed": (2.5, _rayed),
            "substorm": (2, _substorm), "static_patches": (2.5, _static),
        },
        "pulsating": {"patches": (4, _pulsating), "part": (1.5, _part), "with_arc": (1.5, _with_arc)},
        "bad_viewing": {
            "cloud": (3, _cloud), "cloud_moon": (2, _cloud_moon), "aurora_behind": (1.5, _aurora_behind),
            "moon": (1.5, _moon), "snow": (2, _snow), "twilight": (2, _twilight),
        },
    }
)  # fmt: skip
"""Variants of each class: weight and what draws their lights."""
