"""Command line of ``rept_pad``: its arguments, and the section of the configuration that they stand for."""

from __future__ import annotations

import argparse
from argparse import Namespace
from typing import Any

from magnetoflow.errors import ConfigError

EXAMPLES = """\
examples
  magnetoflow rept_pad
      the synthetic sample, into results/rept_pad
  magnetoflow rept_pad --probe a --start 2013-03-01 --stop 2013-04-01 --archive /data/mirror --cores 16
      a month of RBSP-A, from files you have: classes are found and named
  magnetoflow rept_pad --probe b --start 2015-06-20 --stop 2015-07-01 --archive /data/mirror --model old/model
      other days with the classes of an earlier run: give another --results
  magnetoflow rept_pad --array distributions.nc --probe x --start 2020-01-01 --stop 2020-02-01
      any mission's distributions (time, angle, energy) from one labelled file; see rept_pad.array
"""

_EVENT = ("probe", "start", "stop", "id")


def add_arguments(study: argparse.ArgumentParser) -> None:
    """Add the arguments of the study."""
    event = study.add_argument_group("one event (probe, start and stop together), or a list")
    event.add_argument("--probe", metavar="P", help="spacecraft: a or b")
    event.add_argument("--start", metavar="TIME", help="UTC, for example 2013-03-01")
    event.add_argument("--stop", metavar="TIME", help="UTC, not included")
    event.add_argument("--id", metavar="ID", help="name of the event; default: made of probe and times")
    event.add_argument("--events", metavar="CSV", help="event list with columns id, probe, start, stop")
    study.add_argument(
        "--array", metavar="FILE", help="one labelled array file (NetCDF, HDF5 or npz) instead of REPT files"
    )
    study.add_argument("--model", metavar="M", help="fit (default), or the model folder of an earlier run")
    study.add_argument("--classes", metavar="K", help="number of classes; default auto: found in the data")
    study.add_argument("--storms", metavar="CSV", help="storm list with columns id, onset, minimum, end")


def section(options: Namespace) -> dict[str, Any]:
    """Section of the study that the options stand for; an event may lack its id.

    Raises
    ------
    ConfigError
        Options that contradict each other, or an event that is not complete.
    """
    section: dict[str, Any] = {}
    given = {name: getattr(options, name) for name in _EVENT if getattr(options, name) is not None}
    if options.events is not None:
        if given:
            raise ConfigError(f"--events excludes --{next(iter(given))}", todo="give one event, or a list")
        section["events"] = options.events
    elif given:
        missing = [f"--{name}" for name in ("probe", "start", "stop") if name not in given]
        if missing:
            raise ConfigError(f"an event needs {' and '.join(missing)} too")
        section["events"] = [given]
    if options.array is not None:
        section["array"] = {"file": options.array}
    if options.model is not None:
        section["model"] = {"source": options.model}
    if options.classes is not None:
        section["cluster"] = {"classes": options.classes}
    if options.storms is not None:
        section["storms"] = options.storms
    return section
