"""What ``aurora.events`` may be instead of a list: a period, a label spreadsheet, the days of predictions."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from magnetoflow.aurora.sites import SITES
from magnetoflow.config.aurora import Period
from magnetoflow.config.events import find_file, user_path
from magnetoflow.config.messages import Mistake, mistake
from magnetoflow.errors import ConfigError
from magnetoflow.io.classification_files import find_classifications

PREDICTIONS, LABELS = "predictions", "labels"
_EVENTS = ("aurora", "events")


def listed_events(
    section: Mapping[str, Any], roots: Sequence[Path]
) -> tuple[list[dict[str, Any]] | None, list[Mistake]]:
    """Events of a section whose ``events`` is neither a list nor an event table.

    Parameters
    ----------
    section : mapping
        The study's section as written.
    roots : sequence of Path
        Where relative paths start.

    Returns
    -------
    list of dict or None
        Events; None where the ordinary reading applies.
    list of Mistake

    Raises
    ------
    ConfigError
        A label spreadsheet cannot be read.
    """
    events = section.get("events")
    if isinstance(events, Mapping):
        return _period(events)
    if events == PREDICTIONS:
        return _predicted(section)
    if events == LABELS:
        return _labelled(section, roots)
    if isinstance(events, str) and is_label_sheet(path := find_file(events, roots)):
        return _of_sheets([path]), []
    return None, []


def is_label_sheet(path: Path) -> bool:
    """Tell a label spreadsheet, with a column ``camera``, from an event list."""
    if path.suffix.lower() == ".xlsx":
        return True
    with path.open("rb") as stream:
        columns = stream.readline(10_000).decode("utf-8-sig", "replace").lower().split(",")
    return "camera" in [name.strip() for name in columns]


def _period(events: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Mistake]]:
    try:
        period = Period.model_validate(dict(events))
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [mistake(Period, detail) for detail in details]
        return [], [Mistake((*_EVENTS, *one.key), one.text) for one in found]
    span = f"{period.start:%Y%m%d}_{period.stop:%Y%m%d}"
    return [
        {
            "id": f"{site}_{span}",
            "site": site,
            "start": period.start,
            "stop": period.stop,
            "required": False,
        }
        for site in period.sites
    ], []


def _predicted(section: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Mistake]]:
    folder = section.get("predictions")
    if not isinstance(folder, str):
        text = "events: predictions needs aurora.predictions, a folder of published text files"
        return [], [Mistake(_EVENTS, text)]
    try:
        path = user_path(folder)
    except ValueError as error:
        return [], [Mistake(("aurora", "predictions"), str(error))]
    if not path.is_dir():
        return [], [Mistake(("aurora", "predictions"), f"no folder {folder!r}")]
    days = [(site, day) for site, day, _ in find_classifications(path)]
    if not days:
        text = f"no file YYYYMMDD_<site>_themis_classifications.txt below {folder!r}"
        return [], [Mistake(("aurora", "predictions"), text)]
    return _whole_days(days), []


def _labelled(
    section: Mapping[str, Any], roots: Sequence[Path]
) -> tuple[list[dict[str, Any]], list[Mistake]]:
    files = (section.get("labels") or {}).get("files", "auto")
    if files == "auto" or not files:
        return [], [Mistake(_EVENTS, "events: labels needs aurora.labels.files, a list of spreadsheets")]
    names = [files] if isinstance(files, str) else list(files)
    return _of_sheets([find_file(str(name), roots) for name in names]), []


def _of_sheets(paths: Sequence[Path]) -> list[dict[str, Any]]:
    # imported here: only a run that names spreadsheets needs their reader
    from magnetoflow.io.label_sheets import camera_days, read_label_sheet

    days = {day for path in paths for day in camera_days(read_label_sheet(path))}
    foreign = sorted({site for site, _ in days if site not in SITES})
    if foreign:
        number = sum(site in foreign for site, _ in days)
        sys.stderr.write(
            f"label spreadsheets: {number} camera-days of {', '.join(foreign)} left out: no THEMIS camera\n"
        )
    mine = [day for day in days if day[0] in SITES]
    if not mine:
        why = f"only of {', '.join(foreign)}" if foreign else "no rows"
        where = ", ".join(map(str, paths))
        raise ConfigError("label spreadsheet names no camera-day of a THEMIS camera", where=where, why=why)
    return _whole_days(mine)


def _whole_days(days: Iterable[tuple[str, date]]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{site}_{day:%Y%m%d}",
            "site": site,
            "start": day.isoformat(),
            "stop": (day + timedelta(days=1)).isoformat(),
            "required": False,
        }
        for site, day in sorted(days)
    ]
