"""Axes of the boundary by all methods, and the choice between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.axes import Lmn, Orientation
from magnetoflow.mms_mp.data import EventData, Floats
from magnetoflow.mms_mp.imported import check_outward
from magnetoflow.mms_mp.nested_windows import ByVariance, b_n_error, by_variance, nested_rows
from magnetoflow.mms_mp.normal_choice import chosen_normal, doubted
from magnetoflow.mms_mp.normals import Normal, angle_deg, outward, unit, unknown_normal
from magnetoflow.mms_mp.principal import principal_axes
from magnetoflow.mms_mp.shue import shue_normal
from magnetoflow.mms_mp.turns import turns_of
from magnetoflow.mms_mp.variance import FEWEST
from magnetoflow.mms_mp.variance_axes import axes_across
from magnetoflow.mms_mp.windows import Windows, cut_windows, place_of

RATIOS: Mapping[str, tuple[float, float]] = {
    "auto": (2.0, 2.0),
    "tetrahedral": (2.0, 2.0),
    "planar": (3.0, 2.5),
    "linear": (4.0, 3.0),
    "string": (3.5, 2.5),
    "irregular": (2.5, 2.0),
}
"""Least l1/l2 and l2/l3 by the shape of the array, as users of the earlier toolkit know them."""
MODELS = ("shue1997", "shue1998")
BIN_S = 1.0
LEAST_RATIO, MODEL_WITHIN_DEG = 2.0, 45.0
"""For the first axes: N by variance where l2/l3 is so large and the model is so near."""


@dataclass(frozen=True)
class OrientationOptions:
    """How the axes are found and chosen.

    Attributes
    ----------
    method : str
        ``auto``, ``mva``, ``mva_bn0``, ``shue1997``, ``shue1998``, ``mdd``, ``hybrid``, ``timing``,
        ``curlometer`` or ``given``.
    n : tuple of float or None [GSM]
        Outward normal, for ``given``.
    n_error_deg : float [deg]
        1-sigma tilt of it.
    pressure_npa, bz_nt : float [nPa], [nT]
        Of the solar wind, for the models.
    model_error_deg : float [deg]
        1-sigma tilt stated for a normal of a model: an assumption, not a measurement.
    offset_error_nt : float [nT]
        1-sigma error of the offset of a component of the field, in the error of B_N.
    ratios : mapping of str to tuple of float
        Least l1/l2 and l2/l3 by the shape of the array.
    largest_l_dot_n : float
        An L by variance that is closer to N than this cosine is no axis of the boundary.
    largest_error_deg, largest_model_angle_deg : float [deg]
        ``auto`` takes no normal with a larger stated error, or farther from the model.
    nested : tuple of float
        Lengths of further windows, times the window.
    resamples, seed : int
        Of the block bootstrap.
    """

    method: str = "auto"
    n: tuple[float, float, float] | None = None
    n_error_deg: float = 0.0
    pressure_npa: float = 2.0
    bz_nt: float = 0.0
    model_error_deg: float = 15.0
    offset_error_nt: float = 0.1
    ratios: Mapping[str, tuple[float, float]] = field(default_factory=lambda: dict(RATIOS))
    largest_l_dot_n: float = 0.5
    largest_error_deg: float = 20.0
    largest_model_angle_deg: float = 60.0
    nested: tuple[float, ...] = (0.25, 0.5, 0.75, 1.5)
    resamples: int = 1000
    seed: int = 20180115


def first_axes(event: EventData) -> Lmn:
    """Axes of maximum variance of the whole event, to find crossings by.

    Parameters
    ----------
    event : EventData

    Returns
    -------
    Lmn
        L by the variance of means over 1 s of all spacecraft; N by variance where that tells it and the model
        is near, else by the model. Not for results: it states no errors.

    Raises
    ------
    InsufficientData
        No spacecraft has any field.
    """
    means = [_means(event, probe) for probe in event.spacecraft]
    rows = [one - one.mean(axis=0) for one in means if len(one)]
    if not rows:
        raise InsufficientData("no usable field", where=f"event {event.id}", todo="choose another interval")
    about = np.concatenate(rows)
    values, axes = principal_axes(about.T @ about / len(about))
    position = place_of(event, event.time0)
    model, n = shue_normal(position), outward(axes[2], position)
    measured = values[1] >= LEAST_RATIO * values[2] > 0 and angle_deg(n, model) <= MODEL_WITHIN_DEG
    n = n if measured else model
    far = abs(axes[0] @ n) < np.cos(np.deg2rad(MODEL_WITHIN_DEG))
    told = bool(len(about) >= FEWEST and values[0] > 0 and far)
    along = axes[0] if told else np.array([0.0, 0.0, 1.0])
    return Lmn(
        axes_across(n, along),
        "mva" if measured else "shue1998",
        "largest variance of the whole event" if told else "the field does not tell L: it is northward",
        np.full((3, 3), np.nan),
        event.start,
        event.stop,
        values if measured else np.full(3, np.nan),
        reliable=told,
    )


def orient(
    event: EventData,
    windows: Mapping[int, tuple[float, float]],
    options: OrientationOptions | None = None,
    more: Sequence[Normal] = (),
    gradient: Normal | None = None,
    *,
    kind: str = "auto",
) -> Orientation:
    """Find the axes by all methods and choose.

    Parameters
    ----------
    event : EventData
    windows : mapping of int to tuple of float [s]
        Start and stop around the crossing, since `EventData.time0`, by probe; empty where there is none.
    options : OrientationOptions, optional
    more : sequence of Normal
        By timing, currents and other methods that need more than the field of one spacecraft.
    gradient : Normal, optional
        By the directional derivative of the field (MDD), for ``mdd`` and ``hybrid``.
    kind : str
        Shape of the array (`Formation.kind`): which ratios of eigenvalues are asked for.

    Returns
    -------
    Orientation
        ``lmn.method`` is the one that was asked, or where that gives no normal, and for ``auto``, the
        reliable one with the smallest stated error of :data:`magnetoflow.mms_mp.normal_choice.CANDIDATES`;
        else the model. ``lmn.reason`` tells why.

    Raises
    ------
    VariableError
        A given normal that is not outward.
    InsufficientData
        No position.
    """
    options = options or OrientationOptions()
    middle = float(np.mean([np.mean(one) for one in windows.values()])) if windows else 0.0
    position = place_of(event, event.utc(middle))
    pooled, singles, refused = _variances(event, windows, options, kind)
    groups = singles if pooled is None or pooled.probe is not None else [*singles, pooled]
    normals = [normal for one in groups for normal in one.normals]
    normals += [*refused, *_models(position, options)]
    if gradient is not None:
        normals += [gradient, _hybrid(gradient, pooled, options)]
    normals += more
    if options.n is not None:
        check_outward(options.n, position)
        normals.append(_with_error("given", unit(options.n), options.n_error_deg))
    normal, reason = chosen_normal(
        normals,
        options.method,
        largest_error_deg=options.largest_error_deg,
        largest_model_angle_deg=options.largest_model_angle_deg,
    )
    lmn = _along(normal, reason, pooled, options)
    rows = [row for one in groups for row in nested_rows(one.probe or 0, one.nested, lmn.matrix[2])]
    variance = {one.probe: one.lmn for one in singles if one.probe is not None}
    judged = doubted(normals, options.largest_error_deg, options.largest_model_angle_deg)
    return Orientation(lmn, tuple(judged), variance, tuple(rows))


def _means(event: EventData, probe: int) -> Floats:
    """Means of the field over bins of time, without those that are missing."""
    series = event.spacecraft[probe].b
    good = np.flatnonzero(np.isfinite(series.values[:, :3]).all(axis=1))
    bins = np.floor(event.seconds(series.time[good]) / BIN_S)
    begins = np.flatnonzero(np.diff(bins, prepend=-np.inf))
    if not len(begins):
        return np.empty((0, 3))
    sums = np.add.reduceat(series.values[good, :3], begins, axis=0)
    return np.asarray(sums / np.diff(begins, append=len(good))[:, None])


def _variances(
    event: EventData, windows: Mapping[int, tuple[float, float]], options: OrientationOptions, kind: str
) -> tuple[ByVariance | None, list[ByVariance], list[Normal]]:
    """Axes by variance of all spacecraft together and of each; normals that stand for those that failed."""
    least = options.ratios.get(kind, options.ratios.get("auto", RATIOS["auto"]))

    def found(part: Windows, probe: int | None, parts: Sequence[ByVariance] = ()) -> ByVariance:
        start, stop = part.middle_s - part.half_s, part.middle_s + part.half_s
        return by_variance(
            part,
            probe,
            place_of(event, event.utc(float(part.middle_s.mean()))),
            (event.utc(float(start.min())), event.utc(float(stop.max()))),
            parts=[one.free for one in parts],
            least=least,
            offset_error_nt=options.offset_error_nt / np.sqrt(len(part.probes)),
            nested=options.nested,
            resamples=options.resamples,
            seed=options.seed,
        )

    if not windows:
        return None, [], [unknown_normal("mva", "no crossing")]
    try:
        cut = cut_windows(event, windows, max((1.0, *options.nested)))
    except InsufficientData as error:
        return None, [], [unknown_normal("mva", error.what)]
    missing = [probe for probe in windows if probe not in cut.probes]
    singles, refused = [], [unknown_normal("mva", "no field in its window", probe) for probe in missing]
    for place, probe in enumerate(cut.probes):
        try:
            singles.append(found(cut.alone(place), probe))
        except InsufficientData as error:
            refused.append(unknown_normal("mva", f"{error.what}: {error.why}", probe))
    if len(singles) < 2:
        return (singles[0] if singles else None), singles, refused
    try:
        return found(cut, None, singles), singles, refused
    except InsufficientData as error:
        return None, singles, [*refused, unknown_normal("mva", f"{error.what}: {error.why}")]


def _models(position: Floats, options: OrientationOptions) -> list[Normal]:
    wind = options.pressure_npa, options.bz_nt
    normals = {year: shue_normal(position, *wind, year=year) for year in (1997, 1998)}
    return [_with_error(f"shue{year}", n, options.model_error_deg) for year, n in normals.items()]


def _with_error(method: str, n: Floats, error_deg: float) -> Normal:
    """Build a normal with the same tilt error in all directions."""
    return Normal(method, None, n, (np.eye(3) - np.outer(n, n)) * np.deg2rad(error_deg) ** 2)


def _hybrid(gradient: Normal, pooled: ByVariance | None, options: OrientationOptions) -> Normal:
    """N by gradient beside L by variance (Denton et al. 2018, doi:10.1002/2017JA024619)."""
    hybrid = replace(gradient, method="hybrid")
    if not np.isfinite(gradient.n).all() or not gradient.reliable:
        return hybrid
    why = "no L by variance" if pooled is None else _no_l(pooled, gradient.n, options)
    return replace(hybrid, reliable=not why, reason=why)


def _no_l(pooled: ByVariance, n: Floats, options: OrientationOptions) -> str:
    """Why L by variance does not serve beside a normal; empty where it does."""
    cosine = abs(float(pooled.free.axes[0] @ n))
    if cosine > options.largest_l_dot_n:
        return f"L by variance is {np.rad2deg(np.arccos(cosine)):.0f} deg from N"
    ratio = pooled.free.ratios[0]
    return "" if ratio >= LEAST_RATIO else f"l1/l2 is {ratio:.2g}, {LEAST_RATIO:g} is needed"


def _along(normal: Normal, reason: str, pooled: ByVariance | None, options: OrientationOptions) -> Lmn:
    """Axes with a chosen normal."""
    if pooled is not None and normal.method in ("mva", "mva_bn0"):
        own = pooled.lmn if normal.method == "mva" else pooled.held
        if own is not None and np.array_equal(own.matrix[2], normal.n):
            return replace(own, reason=reason)
    # a model that was asked for brings its own L, as others have it: M = N x Z
    northward = pooled is None or options.method in MODELS or bool(_no_l(pooled, normal.n, options))
    if northward or pooled is None:
        along, turn = np.array([0.0, 0.0, 1.0]), np.trace(normal.covariance) / 2
    else:
        along, turn = pooled.free.axes[0], pooled.lmn.covariance[2, 2]
    matrix = axes_across(normal.n, along)
    b_n, error = np.nan, np.nan
    if pooled is not None:
        b_n = float(pooled.free.mean_nt @ normal.n)
        offset = options.offset_error_nt / np.sqrt(len(pooled.probes))
        error = b_n_error(pooled.free, normal.covariance, offset)
    return Lmn(
        matrix, normal.method, reason + ("; L is northward" if northward else ""),
        turns_of(normal.covariance, matrix, turn), normal.start, normal.stop,
        b_n_nt=b_n, b_n_error_nt=error, reliable=normal.reliable,
    )  # fmt: skip
