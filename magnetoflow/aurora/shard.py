"""One pass over the frames of a shard: probabilities, keograms, examples, and pulsating patches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.classify import Scores, classify
from magnetoflow.aurora.examples import Examples
from magnetoflow.aurora.frames import Frames, Planes
from magnetoflow.aurora.keogram import Cut, Keogram, join, keogram
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.aurora.pulsation import PulsationOptions, Window, find_pulsations
from magnetoflow.aurora.sites import SITES
from magnetoflow.aurora.weights import Network
from magnetoflow.sky import moon_elevation, moon_lit, sun_elevation

USELESS = int(Flag.BLACK | Flag.SATURATED)
NO_EXAMPLE = USELESS | int(Flag.SHORT_CONTEXT)
LINEAR = Preprocess()
"""What the search for pulsations sees: mean counts of blocks, whatever chain the network sees."""


@dataclass(frozen=True)
class ShardOptions:
    """How the frames of a shard are judged.

    Attributes
    ----------
    preprocess : Preprocess
        As the network was trained.
    pulsation : PulsationOptions
    sun_elevation_deg : float [deg]
        Frames with the sun above it are flagged.
    moon_lit : float
        Frames with the moon up and lit at least so much are flagged.
    """

    preprocess: Preprocess = field(default_factory=Preprocess)
    pulsation: PulsationOptions = field(default_factory=PulsationOptions)
    sun_elevation_deg: float = -10.0
    moon_lit: float = 0.5


@dataclass(frozen=True)
class ShardResult:
    """What one pass leaves.

    Attributes
    ----------
    scores : Scores
        Of all frames, in time order.
    keogram : Keogram
    examples : Examples
    windows : list of Window
        Pulsating patches, window by window.
    """

    scores: Scores
    keogram: Keogram
    examples: Examples
    windows: list[Window]


def judge_shard(
    frames: Iterable[Frames],
    mask: NDArray[np.bool_] | None,
    cuts: tuple[Cut, Cut],
    network: Network,
    options: ShardOptions | None = None,
    progress: Callable[[np.datetime64], None] = lambda _time: None,
) -> ShardResult | None:
    """Judge the frames of one camera, each read once.

    Parameters
    ----------
    frames : iterable of Frames
        In time order.
    mask : (256, 256) ndarray of bool or None
        Pixels that are used; None: all, and every frame is flagged NO_SKYMAP.
    cuts : (Cut, Cut)
        Of keogram and ewogram.
    network : Network
    options : ShardOptions, optional
    progress : callable, optional
        Called with the time of the last frame of each part.

    Returns
    -------
    ShardResult or None
        None where there is no frame.
    """
    options = options or ShardOptions()
    keograms: list[Keogram] = []
    # whole counts in 16 bit: a UTC day of 24 h takes 240 MB
    linear: list[tuple[NDArray[np.datetime64], NDArray[np.uint16], NDArray[np.uint16]]] = []
    examples = Examples()

    def planes() -> Iterator[Planes]:
        for part in frames:
            flagged = sky_flags(part, options, masked=mask is not None)
            examples.show(flagged)
            keograms.append(keogram(flagged, *cuts))
            prepared = prepare(flagged, mask, options.preprocess)
            counts = prepared if options.preprocess == LINEAR else prepare(flagged, mask, LINEAR)
            linear.append((flagged.time, flagged.flags, np.rint(counts.images[:, 0]).astype(np.uint16)))
            progress(flagged.time[-1])
            yield prepared

    scored = []
    for one in classify(planes(), network):
        examples.judge(one.time, one.probabilities, (one.flags & NO_EXAMPLE) == 0)
        scored.append(one)
    if not scored:
        return None
    again = (Planes(time, flags, counts[:, None].astype(np.float32)) for time, flags, counts in linear)
    windows = list(find_pulsations(again, options=options.pulsation, left_out=USELESS))
    return ShardResult(_joined(scored), join(keograms), examples, windows)


def sky_flags(frames: Frames, options: ShardOptions, *, masked: bool) -> Frames:
    """Flag frames for sun, moon and a missing mask."""
    place = SITES[frames.site].latitude, SITES[frames.site].longitude
    sun = sun_elevation(frames.time, *place) > options.sun_elevation_deg
    moon = (moon_elevation(frames.time, *place) > 0) & (moon_lit(frames.time) >= options.moon_lit)
    always = np.uint16(0 if masked else Flag.NO_SKYMAP)
    up = np.where(sun, np.uint16(Flag.SUN_UP), always) | np.where(moon, np.uint16(Flag.MOON_UP), always)
    return replace(frames, flags=frames.flags | always | up)


def _joined(parts: list[Scores]) -> Scores:
    time, flags, probabilities = (
        np.concatenate([getattr(one, name) for one in parts]) for name in ("time", "flags", "probabilities")
    )
    return Scores(time, flags, probabilities)
