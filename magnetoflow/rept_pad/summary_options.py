"""Bins of the summaries, from the plain values of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from magnetoflow.rept_pad.activity import Storm
from magnetoflow.rept_pad.class_model import ClassModel
from magnetoflow.rept_pad.data import Prepared
from magnetoflow.rept_pad.pad_fits import Levels
from magnetoflow.rept_pad.sums import SumOptions

HOURS_OF_DAY = 24


def storms_of(listed: Sequence[Mapping[str, str]]) -> tuple[Storm, ...]:
    """Storms of the configuration, whose times are ISO texts with Z."""
    return tuple(
        Storm(
            str(one["id"]),
            *(np.datetime64(one[name].removesuffix("Z"), "ns") for name in ("onset", "minimum", "end")),
        )
        for one in listed
    )


def sum_options(
    class_ids: Sequence[int],
    outputs: Mapping[str, Any],
    storms: Sequence[Mapping[str, str]],
    activity: Sequence[str],
) -> SumOptions:
    """Bins of the tables.

    Parameters
    ----------
    class_ids : sequence of int
        Of the model.
    outputs : mapping
        ``l_edges``, ``mlt_hours``, ``epoch_hours``, ``epoch_before_h``, ``epoch_after_h``.
    storms : sequence of mapping
        As for :func:`storms_of`.
    activity : sequence of str
        Names of the levels of activity.
    """
    step = float(outputs["epoch_hours"])
    before = int(np.ceil(outputs["epoch_before_h"] / step))
    after = int(np.ceil(outputs["epoch_after_h"] / step))
    return SumOptions(
        class_ids=tuple(class_ids),
        l_edges=tuple(outputs["l_edges"]),
        mlt_edges=tuple(float(hour) for hour in range(0, HOURS_OF_DAY + 1, outputs["mlt_hours"])),
        epoch_edges_h=tuple(step * k for k in range(-before, after + 1)),
        storms=storms_of(storms),
        activity=tuple(activity),
    )


def levels_of_model(model: ClassModel) -> Levels:
    """Flux of one count and of the background, as they were when the model was fitted."""
    return Levels(np.array(model.options["one_count"]), np.array(model.options["floor"]))


def with_l(p: Prepared, use_l_star: bool) -> Prepared:
    """Put L* in place of L where that is asked; where it is missing a record is in no bin of L."""
    return replace(p, l=p.l_star) if use_l_star else p
