"""Label minutes: probabilities of a mixture, what is unknown, and what neighbours say against a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.errors import ModelError
from magnetoflow.mms_gmm.cleaning import Limits, apply_limits, remove_flips, resolve_jumps, resolve_mixtures
from magnetoflow.mms_gmm.mixture import Posterior, RegionModel, posterior
from magnetoflow.mms_gmm.regions import REGIONS, UNKNOWN
from magnetoflow.mms_gmm.selection import feature_matrix

Floats = NDArray[np.float64]
Labels = NDArray[np.object_]

MOST_MISSING = 1
"""Features that may be missing: the others then decide. The field alone names no region."""


@dataclass(frozen=True)
class LabelOptions:
    """When a minute is unknown, and how labels are cleaned.

    Attributes
    ----------
    min_probability : float
        A less probable region is not named.
    outlier_limit : float or None
        A larger outlier score is not named; None takes the model's own limit.
    clean : bool
        Whether limits, jumps and flips are applied.
    limits : Limits
    jump_minutes, flip_minutes : int [min]
        As in :mod:`magnetoflow.mms_gmm.cleaning`.
    """

    min_probability: float = 0.5
    outlier_limit: float | None = None
    clean: bool = True
    limits: Limits = field(default_factory=Limits)
    jump_minutes: int = 7
    flip_minutes: int = 1


def label_options(labels: Mapping[str, object], cleaning: Mapping[str, object]) -> LabelOptions:
    """Read the options from the sections ``labels`` and ``cleaning`` of the configuration."""
    limits = {name: cleaning[name] for name in Limits.__dataclass_fields__}
    return LabelOptions(
        **labels,  # type: ignore[arg-type]
        clean=cleaning["method"] == "rules",
        limits=Limits(**limits),  # type: ignore[arg-type]
        jump_minutes=cleaning["jump_minutes"],  # type: ignore[arg-type]
        flip_minutes=cleaning["flip_minutes"],  # type: ignore[arg-type]
    )


def label_minutes(features: pd.DataFrame, model: RegionModel, options: LabelOptions) -> pd.DataFrame:
    """Label the minutes of one event.

    Parameters
    ----------
    features : DataFrame
        Rows of ``features.csv`` of one event: consecutive minutes.
    model : RegionModel
    options : LabelOptions

    Returns
    -------
    DataFrame
        ``event, time, probe, raw_label, named_label, p_<region>, p_unknown, entropy, outlier, quality``.
        ``raw_label`` is the most probable region, ``named_label`` the cleaned one; either may be ``unknown``.
        ``p_unknown`` is the share of components without a name, ``entropy`` is in bits, over the five
        probabilities. A minute that misses more than one feature of the model has no probabilities.

    Raises
    ------
    ModelError
        The table lacks a feature of the model.
    """
    chances = _judge(features, model)
    raw = _raw(chances, model, options)
    probability = np.column_stack([chances.region, 1.0 - chances.region.sum(axis=1)]).clip(0.0, 1.0)
    table = pd.DataFrame(
        {
            **{name: features[name].to_numpy() for name in ("event", "time", "probe")},
            "raw_label": raw,
            "named_label": _cleaned(raw, chances.region, features, options) if options.clean else raw,
        }
    )
    for name, column in zip((*REGIONS, UNKNOWN), probability.T, strict=True):
        table[f"p_{name}"] = column
    return table.assign(
        entropy=_entropy(probability), outlier=chances.outlier, quality=features["quality"].to_numpy()
    )


def _judge(features: pd.DataFrame, model: RegionModel) -> Posterior:
    """Posterior of each row; the published definition's zeroed rows are named by its rule."""
    wanted = {"b_nt" if name == "log_b" else name for name in model.features}
    absent = sorted(wanted - set(features.columns))
    if absent:
        raise ModelError(
            "the model was trained on other features",
            where=", ".join(absent),
            why=f"the model needs {', '.join(model.features)}; the table has {', '.join(features.columns)}",
            todo="make the features again, or use a model that was fitted on such features",
        )
    values = feature_matrix(
        {str(name): column.to_numpy() for name, column in features.items()}, model.features
    )
    values[np.isnan(values).sum(axis=1) > MOST_MISSING] = np.nan
    chances = posterior(model, values)
    if model.zeroed_region is None:
        return chances
    zeroed = features["zeroed"].fillna(0).to_numpy() == 1
    chances.region[zeroed] = np.eye(len(REGIONS))[REGIONS.index(model.zeroed_region)]
    chances.outlier[zeroed] = 0.0
    return chances


def _raw(chances: Posterior, model: RegionModel, options: LabelOptions) -> Labels:
    """Most probable region, unknown where it is not probable enough or the row is an outlier."""
    limit = model.outlier_limit if options.outlier_limit is None else options.outlier_limit
    filled = np.nan_to_num(chances.region, nan=-1.0)
    label = np.array(REGIONS, dtype=object)[filled.argmax(axis=1)]
    unknown = (filled.max(axis=1) < max(options.min_probability, 0.0)) | ~(chances.outlier <= limit)
    return np.where(unknown, UNKNOWN, label)


def _cleaned(raw: Labels, probability: Floats, features: pd.DataFrame, options: LabelOptions) -> Labels:
    """Apply limits, then resolve jumps, then remove flips, then resolve mixtures."""
    columns = [features[name].to_numpy(dtype=np.float64) for name in ("b_nt", "ratio_max_width", "filled")]
    b_nt, width, filled = columns
    label = apply_limits(raw, b_nt, width, filled, options.limits)
    label = remove_flips(resolve_jumps(label, options.jump_minutes), options.flip_minutes)
    return resolve_mixtures(label, probability, options.flip_minutes)


def _entropy(probability: Floats) -> Floats:
    """Shannon entropy [bit] of each row; NaN where there are no probabilities."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(probability > 0, probability * np.log2(probability), 0.0)
    return np.where(np.isnan(probability).any(axis=1), np.nan, -terms.sum(axis=1))
