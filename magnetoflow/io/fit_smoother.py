"""Fit smoothers on labelled camera-days from disk.

``python -m magnetoflow.io.fit_smoother --real FOLDER --output FILE`` makes the shipped
``smoother_published.json`` from published text files and human intervals.
"""

from __future__ import annotations

import argparse
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np

from magnetoflow.aurora.label_rows import LabelRow
from magnetoflow.aurora.labels import frame_labels
from magnetoflow.aurora.sites import SITES
from magnetoflow.aurora.smoothing import Smoother
from magnetoflow.aurora.smoothing_fit import CameraDay, FitOptions, fit_smoother
from magnetoflow.aurora.smoothing_plain import fit_mean
from magnetoflow.errors import InsufficientData
from magnetoflow.io.classification_files import find_classifications
from magnetoflow.io.classifications import (
    Classifications,
    read_classifications,
)
from magnetoflow.io.label_sheets import read_label_sheet
from magnetoflow.io.smoothers import write_smoother

TEXTS, INTERVALS = "themis/classifications", "themis/labels/human_intervals.csv"
ENOUGH_SITES, ENOUGH_DAYS, ENOUGH_HOURS = 5, 10, 2.0
RECIPE = "python -m magnetoflow.io.fit_smoother --real FOLDER --output FILE"


def labelled_days(
    tables: Iterable[Classifications], rows: Sequence[LabelRow], parts: Container[str] = ()
) -> list[CameraDay]:
    """Cut tables into UTC dates and label their frames.

    Parameters
    ----------
    tables : iterable of Classifications
        Each of one site.
    rows : sequence of LabelRow
    parts : container of str
        Camera-days, ``gill_20140310``, of which frames are missing: numbers of frames mean nothing there.

    Returns
    -------
    list of CameraDay
        Those with at least one label; sites unknown to magnetoflow are left out.
    """
    days = []
    for table in tables:
        if table.site not in SITES:
            continue
        dates = table.time.astype("datetime64[D]")
        for day in np.unique(dates):
            mine = dates == day
            when: date = day.item()
            whole = f"{table.site}_{when:%Y%m%d}" not in parts
            label = frame_labels(rows, table.time[mine], site=table.site, date=when, whole_day=whole)
            if (label >= 0).any():
                place = SITES[table.site]
                days.append(
                    CameraDay(
                        table.site,
                        table.time[mine],
                        table.probabilities[mine],
                        label,
                        place.latitude,
                        place.longitude,
                    )
                )
    return days


def published_days(real: Path) -> list[CameraDay]:
    """Labelled camera-days of published text files, from a folder laid out as the real data."""
    rows = read_label_sheet(real / INTERVALS).rows
    tables = [read_classifications(path) for _, _, path in find_classifications(real / TEXTS)]
    return labelled_days(tables, rows)


def fit_on_labels(
    days: Sequence[CameraDay],
    output: str | Path,
    *,
    uses: Literal["winner", "four"] = "four",
    frames: int = 20,
    recipe: str = "",
) -> dict[str, Any]:
    """Fit the smoother that the labels are enough for, and write it.

    Parameters
    ----------
    days : sequence of CameraDay
        Of :func:`labelled_days`.
    output : path
        JSON.
    uses : str
        As of :class:`magnetoflow.aurora.smoothing.Smoother`.
    frames : int
        Where the labels are not enough for regressions (:func:`enough`): of the mean, which is calibrated.
    recipe : str

    Returns
    -------
    dict
        As :func:`magnetoflow.io.smoothers.write_smoother`.

    Raises
    ------
    InsufficientData
        No camera-day is labelled.
    """
    options = replace(FitOptions(), uses=uses) if enough(days) else frames
    return fit_and_write(days, output, options, recipe=recipe)


def enough(days: Sequence[CameraDay]) -> bool:
    """Tell whether camera-days are like those that the default options were tried on.

    At least five sites and ten camera-days, half of them two hours long or longer. On the seven sites of real
    labels, fits on three sites were better than the plain HMM on the other four in four of six draws only.
    """
    hours = [float((day.time.max() - day.time.min()) / np.timedelta64(1, "h")) for day in days]
    several = len({day.site for day in days}) >= ENOUGH_SITES and len(days) >= ENOUGH_DAYS
    return several and bool(np.median(hours) >= ENOUGH_HOURS)


def fit_and_write(
    days: Sequence[CameraDay], output: str | Path, options: FitOptions | int, *, recipe: str = ""
) -> dict[str, Any]:
    """Fit on camera-days, and write with a statement of what they were.

    Parameters
    ----------
    days : sequence of CameraDay
    output : path
    options : FitOptions or int
        A number: a calibrated mean of so many frames.
    recipe : str
    """
    if not days:
        why = "no label sheet names a camera-day of the tables"
        raise InsufficientData(
            "no labelled camera-days", why=why, todo="label some, or use the smoother mean"
        )
    smoother: Smoother = fit_mean(days, options) if isinstance(options, int) else fit_smoother(days, options)
    frames = sum(int((np.asarray(day.label) >= 0).sum()) for day in days)
    sites = sorted({day.site for day in days})
    trained_on = f"{frames} labelled frames of {len(days)} camera-days, sites {', '.join(sites)}"
    dates = {f"{day.site}_{str(day.time[0])[:10].replace('-', '')}" for day in days}
    return write_smoother(output, smoother, trained_on=trained_on, recipe=recipe, camera_days=dates)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit the shipped smoother of published outputs."""
    parser = argparse.ArgumentParser(description="fit the smoother of published classifications")
    parser.add_argument("--real", type=Path, required=True, help="folder with themis/classifications")
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    given = parser.parse_args(arguments)
    options = replace(FitOptions(), uses="winner")
    fit_and_write(published_days(given.real), given.output, options, recipe=RECIPE)


if __name__ == "__main__":
    main()
