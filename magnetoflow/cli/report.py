"""``magnetoflow report``: one HTML file of the results that are there; it makes nothing anew."""

from __future__ import annotations

import argparse
import csv
import errno
import io
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from magnetoflow.cli.call import snakefile
from magnetoflow.cli.overlay import check, overlay_file, overlay_of
from magnetoflow.config import Config
from magnetoflow.config.common import STUDIES
from magnetoflow.errors import ArchiveError, ConfigError, MagnetoflowError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.report.recorded import record_of, settings_of
from magnetoflow.report.repeat import of_call
from magnetoflow.report.rows import in_line
from magnetoflow.report.tables import size_words

EXAMPLES = """\
examples
  magnetoflow report
      report.html of every study of the configuration whose results are there
  magnetoflow report mms_gmm --configfile mine.yaml --results out --output mine.html
      of one study; give the configuration files, --set, --archive and --results of the run that made it
"""


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    configuration: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add ``report``."""
    command = commands.add_parser(
        "report",
        help="put figures, tables and numbers of finished results into one HTML file",
        description="Put figures, tables and numbers of finished results into one HTML file that needs no "
        "network. Nothing is run: a study without results is left out.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("studies", nargs="*", metavar="STUDY", help="default: those of the configuration")
    command.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        default=Path("report.html"),
        help="HTML file, or zip with a folder; default report.html",
    )
    configuration(command)


def run(options: Namespace) -> int:
    """Write the report; an earlier one stays until the new one is complete.

    Returns
    -------
    int
        0, or what Snakemake returns where it fails.

    Raises
    ------
    ConfigError
        An unknown study, another suffix, a file among the results, or no results at all.
    ArchiveError
        The file cannot be written.
    MagnetoflowError
        Snakemake cannot make the report.
    """
    unknown = [one for one in options.studies if one not in STUDIES]
    if unknown:
        raise ConfigError(f"no study {unknown[0]}", todo=f"one of {', '.join(STUDIES)}")
    if options.output.suffix not in {".html", ".zip"}:
        raise ConfigError(f"--output {options.output}: neither .html nor .zip")
    overlay = overlay_of(options)
    config = check(overlay, options.configfile)
    if options.output.resolve().is_relative_to(Path(config.results).resolve()):
        raise ConfigError(
            f"--output {options.output}: among the results, where it may replace one",
            todo=f"choose a file outside {config.results}",
        )
    _refuse_unwritable(options.output)
    studies = list(dict.fromkeys(options.studies or config.made_by_default()))
    again = of_call(options)
    with overlay_file(overlay, config, "report", keep=False) as file:
        words = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile()), "--cores", "1"]
        configfiles = [*options.configfile, *([file] if overlay else [])]
        words += ["--configfile", *map(str, configfiles)] if configfiles else []
        done = _call([*words, "--summary", "--", *studies])
        if done.returncode:
            return _failed(done)
        made = _made(done.stdout, config, studies, again)
        if not made:
            todo = f"make them: magnetoflow {studies[0]}{again}"
            if any(other_events(study, config) for study in studies):
                todo = "give the --configfile (or --set) of the run that made those that are there"
            raise ConfigError(
                f"no results to report below {config.results}",
                todo=f"{todo}; or name the folder: --results",
            )
        with atomic_path(options.output) as part:
            done = _call([*words, "--report", str(part), "--", *made])
            if _failed(done) if done.returncode else not part.is_file():
                raise MagnetoflowError("no report was made", why="Snakemake could not; it says why above")
    size = size_words(options.output.stat().st_size)
    sys.stdout.write(f"report: {options.output} ({size}): {', '.join(made)}\n")
    return 0


def _refuse_unwritable(path: Path) -> None:
    """Find out before the work whether a file can be written."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        why = error.strerror or str(error)
        raise ArchiveError(
            "the report cannot be written", where=path, why=why, todo="name another file: --output"
        ) from error


def _call(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 (no shell)


def _failed(done: subprocess.CompletedProcess[str]) -> int:
    """Pass on what Snakemake said, and its status."""
    sys.stderr.write(done.stdout + done.stderr)
    return done.returncode or 1


def _made(summary: str, config: Config, studies: Sequence[str], again: str) -> list[str]:
    """Studies whose results are complete; say which are not, and which are not up to date.

    Parameters
    ----------
    summary : str
        What ``snakemake --summary`` wrote: a line per output of the studies.
    config : Config
    studies : sequence of str
    again : str
        Options of this call.
    """
    missing: Counter[str] = Counter()
    old: Counter[str] = Counter()
    for row in csv.DictReader(io.StringIO(summary), delimiter="\t", quoting=csv.QUOTE_NONE):
        path = Path(row["output_file"])
        study = next((one for one in studies if path.is_relative_to(Path(config.results, one))), "")
        missing[study] += row["status"] == "missing"
        old[study] += row["plan"] != "no update"
    made = []
    for study in studies:
        call = f"magnetoflow {study}{again}"
        if missing[study]:
            lacking = f"{missing[study]} of its results {'is' if missing[study] == 1 else 'are'} not made yet"
            why = other_events(study, config)
            todo = "give the --configfile (or --set) of that run" if why else f"do: {call}"
            sys.stderr.write(f"{study}: left out, {lacking}; {why}{todo}\n")
            continue
        if old[study]:
            are, they = (
                ("is older than its", "it is") if old[study] == 1 else ("are older than their", "they are")
            )
            sys.stderr.write(
                f"{study}: {old[study]} of its results {are} configuration, code or data, shown as {they}; "
                f"why: magnetoflow why {study}{again}; do: {call}\n"
            )
        made.append(study)
    return made


def other_events(study: str, config: Config) -> str:
    """Say that the results of a study are of other events than those of the configuration; empty if not."""
    events = settings_of(record_of(Path(config.results, study))).get(f"{study}.events", [])
    there = [one["id"] for one in events]
    if not there or {*there} == {one.id for one in getattr(config, study).events}:
        return ""
    return f"the results there are of other events ({in_line(there)}); "
