"""Command line of ``mms_mp``: its arguments, and the section of the configuration that they stand for."""

from __future__ import annotations

import argparse
import csv
import re
import sys
import webbrowser
from argparse import Namespace
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from magnetoflow.config.base import read_time
from magnetoflow.errors import ConfigError
from magnetoflow.times import format_utc

EXAMPLES = """\
examples
  magnetoflow mms_mp
      the synthetic sample, into results/mms_mp
  magnetoflow mms_mp --start 2015-10-16T13:05:30 --stop 2015-10-16T13:07:30 --probes 1 --archive /data/mirror
      one crossing of MMS1: tables and mp_analysis.json; --plot adds figures and a page
  magnetoflow mms_mp --center 2015-10-16T13:06:30 --minutes 2 --plot --overlay-json normals.json
      the same by its middle, with published normals drawn beside ours
  magnetoflow mms_mp --events my_crossings.csv --archive /data/mirror --cores 16
      a list of crossings, everything
"""


_KEYS = {"start": "start", "stop": "stop", "probes": "probes", "rate": "rate", "id": "id"}
_UNITS = {"ms": 1e-3, "s": 1.0, "min": 60.0}


def add_arguments(study: argparse.ArgumentParser) -> None:
    """Add the arguments of the study."""
    event = study.add_argument_group("one event (start and stop, or center and minutes), or a list")
    event.add_argument("--start", metavar="TIME", help="UTC, for example 2015-10-16T13:05:30")
    event.add_argument("--stop", "--end", metavar="TIME", help="UTC, not included")
    event.add_argument("--center", metavar="TIME", help="UTC; instead of --start and --stop")
    event.add_argument("--minutes", metavar="N", help="length around --center; default 60")
    event.add_argument("--probes", "--probe", metavar="N", nargs="+", help="spacecraft; default 1 2 3 4")
    event.add_argument("--rate", metavar="RATE", help="brst (default) or fast")
    event.add_argument("--id", metavar="ID", help="name of the event; default: made of the times")
    event.add_argument("--events", metavar="CSV", help="event list: columns id, probes, start, stop, rate")
    options = study.add_argument_group("analysis")
    options.add_argument("--method", metavar="M", help="of the normal: auto (default), mva, timing, mdd, …")
    options.add_argument(
        "--cadence", metavar="T", help="mean of plasma and electric field over 150ms, 4.5s …; default: as is"
    )
    options.add_argument(
        "--edp", metavar="RATE", nargs="?", const="fast", help="electric field: fast (default), brst or none"
    )
    options.add_argument("--overlay-json", metavar="FILE", help="published normals and speeds to draw beside")
    drawing = study.add_argument_group("figures")
    drawing.add_argument(
        "--plot",
        action=argparse.BooleanOptionalAction,
        help="figures and a page too; default: yes, but for one event tables only",
    )
    drawing.add_argument("--show", action="store_true", help="open the page of the event at the end")
    drawing.add_argument("--ion-emax", metavar="EV", help="highest energy of ion spectrograms")
    drawing.add_argument("--electron-emax", metavar="EV", help="highest energy of electron spectrograms")
    for name, what in (("grids", "one panel per spacecraft"), ("combined", "ions above electrons")):
        drawing.add_argument(
            f"--include-{name}",
            dest=name,
            action=argparse.BooleanOptionalAction,
            help=f"spectrograms, {what}; default yes",
        )
        drawing.add_argument(f"--no-{name}", dest=name, action="store_false", help=argparse.SUPPRESS)
    drawing.add_argument(
        "--diagnostics-only-pdf", action="store_true", help="spectrograms and their tables only, as PDF"
    )
    for name in ("species", "probe", "status"):
        drawing.add_argument(
            f"--diag-filter-{name}",
            metavar="X",
            nargs="+",
            help=f"keep only these in spectrogram_diagnostics_filtered.csv ({name})",
        )
    drawing.add_argument(
        "--diag-summarize", action="store_true", help="count the rows of that table by status at the end"
    )
    drawing.add_argument("--debug", action="store_true", help="show the logs of jobs that fail")


def section(options: Namespace) -> dict[str, Any]:
    """Section of the study that the options ask for.

    Raises
    ------
    ConfigError
        Options that contradict each other, or are no numbers.
    """
    found: dict[str, Any] = {}
    if (events := _events(options)) is not None:
        found["events"] = events
    spectrograms = {
        "ion_emax_ev": options.ion_emax,
        "electron_emax_ev": options.electron_emax,
        "grids": options.grids,
        "combined": options.combined,
        "species": options.diag_filter_species,
        "probes": probe_list(options.diag_filter_probe) if options.diag_filter_probe else None,
        "status": options.diag_filter_status,
    }
    parts = {
        "load": {} if options.edp is None else {"electric": options.edp},
        "motion": {} if options.cadence is None else {"cadence_s": seconds(options.cadence)},
        "lmn": {} if options.method is None else {"method": options.method},
        "spectrograms": {name: value for name, value in spectrograms.items() if value is not None},
        "figures": {"format": "pdf"} if options.diagnostics_only_pdf else {},
    }
    found |= {name: part for name, part in parts.items() if part}
    if options.overlay_json is not None:
        found["overlay"] = options.overlay_json
    return found


def default_targets(options: Namespace, config: Any) -> list[str]:
    """Targets of a call that names none."""
    events = [event.id for event in config.mms_mp.events]
    folder = f"{config.results}/mms_mp"
    if options.diagnostics_only_pdf:
        names = ["spectrograms_ion", "spectrograms_electron"] if config.mms_mp.spectrograms.grids else []
        names += ["spectrograms_combined"] if config.mms_mp.spectrograms.combined else []
        tables = [f"{folder}/{event}/spectrogram_diagnostics.csv" for event in events]
        return tables + [f"{folder}/{event}/figures/{name}.pdf" for event in events for name in names]
    if options.show and options.plot is False:
        raise ConfigError("--show excludes --no-plot", why="the page is made of figures")
    plot = options.plot
    if plot is None:
        plot = options.start is None and options.center is None
    if plot or options.show:
        return ["mms_mp"]
    return [f"{folder}/events.csv", f"{folder}/run.json"]


def after_run(options: Namespace, config: Any) -> None:
    """Count the rows of the spectrogram tables, and open the pages, where that was asked."""
    folders = [Path(config.results, "mms_mp", event.id) for event in config.mms_mp.events]
    if options.diag_summarize:
        for folder in folders:
            sys.stdout.write(f"{folder.name}: {_count(folder / 'spectrogram_diagnostics_filtered.csv')}\n")
    if options.show:
        for folder in folders:
            page = (folder / "index.html").resolve()
            opened = webbrowser.open(page.as_uri())
            sys.stdout.write(f"{'opened' if opened else 'no browser; the page is'} {page}\n")


def _count(table: Path) -> str:
    """Rows by species and status: ``ion ok 4, electron missing 4``."""
    with table.open(encoding="utf-8", newline="") as stream:
        counts = Counter(f"{row['species']} {row['status']}" for row in csv.DictReader(stream))
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "no row"


def seconds(text: str) -> float:
    """Read a length of time: ``150ms``, ``4.5s``, ``4.5``.

    Raises
    ------
    ConfigError
        Not a time, or not above 0.
    """
    match = re.fullmatch(r"\s*([0-9.eE+-]+)\s*(ms|s|min)?\s*", text)
    try:
        value = float(match[1]) * _UNITS[match[2] or "s"] if match else 0.0
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ConfigError(f"--cadence {text}: not a length of time above 0", todo="write 150ms or 4.5s")
    return value


def probe_list(words: list[str]) -> list[str]:
    """Spacecraft as users write them: ``1 2``, ``1,2``, ``mms1``."""
    return [part.lower().removeprefix("mms") for word in words for part in re.split(r"[,;\s]+", word) if part]


def move_targets(options: Namespace) -> None:
    """Take for targets what stands behind a list of spacecraft and looks like a path."""
    probes = getattr(options, "probes", None) or []
    paths = [word for word in probes if "/" in word or re.search(r"\.[a-z]", word)]
    if paths:
        options.probes = [word for word in probes if word not in paths]
        options.targets = [*paths, *options.targets]


def _events(options: Namespace) -> list[dict[str, Any]] | str | None:
    given = {key: getattr(options, name) for key, name in _KEYS.items() if getattr(options, name) is not None}
    if "probes" in given:
        given["probes"] = probe_list(given["probes"])
    if options.minutes is not None and options.center is None:
        raise ConfigError("--minutes needs --center", todo="give --center, or --start and --stop")
    if options.events is not None:
        if given or options.center is not None:
            other = _KEYS[next(iter(given))] if given else "center"
            raise ConfigError(f"--events excludes --{other}", todo="give one event, or a list")
        return str(options.events)
    if options.center is not None:
        if "start" in given or "stop" in given:
            raise ConfigError("--center excludes --start and --stop", todo="give one or the other")
        given |= _around(options.center, options.minutes or "60")
    if not given:
        return None
    missing = [f"--{name}" for name in ("start", "stop") if name not in given]
    if missing:
        raise ConfigError(f"an event needs {' and '.join(missing)} too", why=f"found --{', --'.join(given)}")
    return [given]


def _around(center: str, minutes: str) -> dict[str, str]:
    try:
        middle, half = read_time(center), timedelta(minutes=float(minutes) / 2)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"--center {center} --minutes {minutes}", why=str(error)) from error
    if half <= timedelta(0):
        raise ConfigError(f"--minutes {minutes}: not a length of time above 0")
    return {"start": format_utc(middle - half), "stop": format_utc(middle + half)}
