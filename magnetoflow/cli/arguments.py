"""Arguments of the command line and their help."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from magnetoflow.cli import archive, explain, mms_mp, report, rept_pad, why

_EXAMPLES = """\
examples
  magnetoflow mms_gmm
      the synthetic sample, into results/mms_gmm
  magnetoflow mms_gmm --probe 1 --start 2015-10-17T04:55 --stop 2015-10-17T16:42 --archive /data/mirror
      one interval of MMS1, from files you have
  magnetoflow mms_gmm --events my_events.csv --archive /data/mirror --results out features.csv
      a list of intervals, the feature table only
  magnetoflow mms_gmm --set mms_gmm.model.source=fit --set mms_gmm.model.features=reference --dry-run
      what would run to fit a model to the published features of the events
"""

_TAIL_EXAMPLES = """\
examples
  magnetoflow mms_rnn
      the synthetic sample, into results/mms_rnn
  magnetoflow mms_rnn --start 2017-07-11T22:33:30 --stop 2017-07-11T22:34:15 --archive /mirror --b0 7.8
      one interval of all four spacecraft, scaled by a lobe field of 7.8 nT and a derived density
  magnetoflow mms_rnn --events config/events/mms_rnn.csv --archive /data/mirror --cores 16 summary.csv
      the published events
  magnetoflow mms_rnn --model weights_file --set mms_rnn.model.window=32
      with the published weights, as published
"""

_AURORA_EXAMPLES = """\
examples
  magnetoflow aurora
      the synthetic sample, into results/aurora
  magnetoflow aurora --start 2014-03-10 --stop 2014-03-12 --sites gill rank --archive /data/mirror --cores 16
      every UTC date of two cameras, one job per date and camera
  magnetoflow aurora --events labels.xlsx --labels labels.xlsx --archive /data/mirror
      the camera-days named in a label spreadsheet, scored against it
  magnetoflow aurora --predictions /data/classifications intervals.csv
      smooth existing published text files, and list intervals of pulsating aurora
"""


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    root = argparse.ArgumentParser(
        prog="magnetoflow",
        description="Machine learning for magnetospheric physics: run a study as a Snakemake workflow.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = root.add_subparsers(dest="command", metavar="COMMAND")
    _mms_gmm(commands)
    _mms_mp(commands)
    _mms_rnn(commands)
    _rept_pad(commands)
    _aurora(commands)
    config = commands.add_parser("config", help="print the checked configuration", allow_abbrev=False)
    _configuration(config)
    config.add_argument(
        "--schema", action="store_true", help="print the JSON schema of the configuration instead"
    )
    archive.add_command(commands, _configuration)
    why.add_command(commands, _configuration)
    explain.add_command(commands, _configuration)
    report.add_command(commands, _configuration)
    return root


def repeat_configfile(words: Sequence[str]) -> list[str]:
    """Write ``--configfile a.yaml b.yaml``, which Snakemake takes, with one ``--configfile`` for each.

    No target is a YAML file, so that what follows and is none stays a target.
    """
    given: list[str] = []
    for word in words:
        last = given[-1] if given else ""
        follows = given[-2:-1] == ["--configfile"] or last.startswith("--configfile=")
        if follows and not word.startswith("-") and word.endswith((".yaml", ".yml")):
            given.append("--configfile")
        given.append(word)
    return given


def _mms_gmm(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    study = commands.add_parser(
        "mms_gmm",
        help="plasma regions (solar wind, foreshock, magnetosheath, magnetosphere) from MMS ion spectra",
        description=(
            "Label each minute of MMS ion spectra with its plasma region. Without an event the events of the "
            "configuration are run: those of the synthetic sample. One results folder holds one run; give "
            "another --results to keep both."
        ),
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    event = study.add_argument_group("one event (probe, start and stop together), or a list")
    event.add_argument("--probe", metavar="N", help="spacecraft: 1, 2, 3 or 4")
    event.add_argument("--start", metavar="TIME", help="UTC, for example 2015-10-17T04:55")
    event.add_argument("--stop", metavar="TIME", help="UTC, not included")
    event.add_argument("--rate", metavar="RATE", help="fast (4.5 s spectra, default) or brst (0.15 s)")
    event.add_argument("--id", metavar="ID", help="name of the event; default: made of probe, times and rate")
    event.add_argument("--events", metavar="CSV", help="event list with columns id, probe, start, stop, rate")
    _configuration(study)
    _running(study, "mms_gmm", "features.csv")


def _mms_mp(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    study = commands.add_parser(
        "mms_mp",
        help="magnetopause crossings from one to four MMS spacecraft: axes, speed, thickness, with errors",
        description=(
            "Find magnetopause crossings of one to four MMS spacecraft: LMN axes by several methods, crossing"
            " times, speed and thickness of the boundary, each with its error. Without an event the events "
            "of the configuration are run: those of the synthetic sample. One results folder holds one run; "
            "give another --results to keep both."
        ),
        epilog=mms_mp.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    mms_mp.add_arguments(study)
    _configuration(study)
    _running(study, "mms_mp", "events.csv")


def _mms_rnn(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    study = commands.add_parser(
        "mms_rnn",
        help="regions of tail reconnection from MMS burst data, by a recurrent network",
        description=(
            "Label each electron sample of MMS burst data with the region of a reconnection site (inflow, "
            "separatrix, outflow). Without an event the events of the configuration are run: those of the "
            "synthetic sample. One results folder holds one run; give another --results to keep both."
        ),
        epilog=_TAIL_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    event = study.add_argument_group("one event (start and stop together), or a list")
    event.add_argument("--start", metavar="TIME", help="UTC, for example 2017-07-11T22:33:30")
    event.add_argument("--stop", metavar="TIME", help="UTC, not included")
    event.add_argument("--probes", "--probe", metavar="N", nargs="+", help="spacecraft; default 1 2 3 4")
    event.add_argument(
        "--b0", metavar="NT", help="field of the lobe [nT]; default auto: derived from the data"
    )
    event.add_argument("--n0", metavar="CM3", help="density of the current sheet [cm^-3]; default auto")
    event.add_argument("--id", metavar="ID", help="name of the event; default: made of the times")
    event.add_argument(
        "--events", metavar="CSV", help="event list with columns id, probes, start, stop, b0_nt, n0_cm3"
    )
    study.add_argument(
        "--model", metavar="M", help="shipped (default), fit, a model folder, or the published weights file"
    )
    _configuration(study)
    _running(study, "mms_rnn", "summary.csv")


def _rept_pad(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    study = commands.add_parser(
        "rept_pad",
        help="classes of pitch-angle distributions of relativistic electrons (Van Allen Probes REPT)",
        description=(
            "Find and name the classes of relativistic-electron pitch-angle distributions, and label every "
            "record with its class. Without an event the events of the configuration are run: those of the "
            "synthetic sample. One results folder holds one run; give another --results to keep both."
        ),
        epilog=rept_pad.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    rept_pad.add_arguments(study)
    _configuration(study)
    _running(study, "rept_pad", "labels.csv")


def _aurora(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    study = commands.add_parser(
        "aurora",
        help="pulsating aurora in THEMIS all-sky images",
        description=(
            "Label each all-sky image (bad viewing, no aurora, other aurora, pulsating), smooth in time, and "
            "list intervals of pulsating aurora. Without a period the events of the configuration are run: "
            "those of the synthetic sample. One results folder holds one run; give another --results to keep "
            "both."
        ),
        epilog=_AURORA_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    event = study.add_argument_group("a period (start, stop and sites together), or a list")
    event.add_argument("--start", metavar="TIME", help="UTC, for example 2014-03-10 or 2014-03-10T06:00")
    event.add_argument("--stop", "--end", metavar="TIME", help="UTC, not included")
    event.add_argument("--sites", metavar="SITE", nargs="+", help="cameras, for example gill rank")
    event.add_argument(
        "--events", metavar="FILE", help="event list (id, site, start, stop), or a label spreadsheet"
    )
    event.add_argument(
        "--predictions",
        metavar="DIR",
        help="folder of published text files that stand for images; without events, all that it holds",
    )
    event.add_argument(
        "--labels", metavar="FILE", nargs="+", help="label spreadsheets to score against (xlsx or CSV)"
    )
    _configuration(study)
    _running(study, "aurora", "intervals.csv")


def _running(study: argparse.ArgumentParser, name: str, example: str) -> None:
    running = study.add_argument_group("running")
    running.add_argument(
        "--cores", metavar="N", type=_cores, default="2", help="CPU cores, or all; default 2"
    )
    running.add_argument(
        "--profile",
        metavar="NAME",
        help="slurm: submit the jobs to a cluster (docs/cluster.md); or the folder of a profile of your own",
    )
    running.add_argument("-n", "--dry-run", action="store_true", help="list the jobs and run none")
    running.add_argument(
        "-k", "--keep-going", action="store_true", help="go on with other events when one fails"
    )
    running.add_argument(
        "--unlock",
        action="store_true",
        help="remove the lock that a killed run left in the working directory",
    )
    study.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help=f"what to make below <results>/{name}, such as {example}; default: everything",
    )


def _configuration(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("configuration")
    group.add_argument(
        "--archive", metavar="A", help="sample (default), remote, or a folder laid out as the public archives"
    )
    group.add_argument(
        "--results", "--outdir", "--output-dir", metavar="DIR", help="folder for results; default results"
    )
    group.add_argument("--data", metavar="DIR", help="folder for manifests and archive files; default data")
    group.add_argument(
        "--configfile",
        metavar="YAML",
        type=Path,
        action="append",
        default=[],
        help="overlay; several may follow, or the option be repeated",
    )
    group.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="any key, such as mms_gmm.model.source=fit; may be repeated; all keys: magnetoflow config",
    )


def _cores(text: str) -> str:
    if text != "all" and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"a number from 1, or all, not {text!r}")
    return text
