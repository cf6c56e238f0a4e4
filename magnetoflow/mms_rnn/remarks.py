"""What a user should know of an event before its labels are used: one line each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from magnetoflow.mms_rnn.event_scales import EventScales

FAR = 3.0
"""Sigmas by which a given scale may differ from that of the data."""
LEAST_COVERAGE, MOST_UNKNOWN = 0.9, 0.5
COLUMNS = ("event", "probe", "remark")


def scale_remarks(scales: EventScales) -> Iterator[str]:
    """Given scales that the data contradict, and local axes that could not be used."""
    if scales.scaling is not None:
        for name, unit, word in (("b0_nt", "nT", "B0"), ("n0_cm3", "cm^-3", "n0")):
            used, derived = getattr(scales.scaling, name), scales.from_data.get(name)
            if derived is not None and abs(used - derived.value) > FAR * derived.error:
                found = f"{derived.value:.3g} +- {derived.error:.2g}"
                yield f"{word} is {used:g} {unit}, but the data say {found}: labels depend on it"
    if scales.lmn is not None and not scales.lmn.reliable:
        yield f"local axes are not reliable, GSM is used: {scales.lmn.reason}"


def sample_remarks(labels: pd.DataFrame, seconds: float, asked_s: float) -> Iterator[str]:
    """Less data than was asked for, and many samples without a region.

    Parameters
    ----------
    labels : DataFrame
        Table of labels of one event and spacecraft.
    seconds, asked_s : float [s]
        Time with electron records, and length of the interval.
    """
    if seconds < LEAST_COVERAGE * asked_s:
        yield f"{seconds:.1f} of {asked_s:.1f} s have electron records"
    missing = labels["Predicted"].isna().to_numpy()
    if len(missing) and missing.mean() > 1 - LEAST_COVERAGE:
        yield f"{100 * missing.mean():.0f} % of the samples lack an input"
    unknown = np.asarray(labels["unknown"], dtype=bool) & ~missing
    if (~missing).any() and unknown.sum() > MOST_UNKNOWN * (~missing).sum():
        share = 100 * unknown.sum() / (~missing).sum()
        yield f"{share:.0f} % of the samples with all inputs are unknown: unlike the training data, or unsure"
