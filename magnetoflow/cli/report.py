"""``magnetoflow report``: one HTML file of the results that are there; it makes nothing anew."""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from magnetoflow.cli.call import snakefile
from magnetoflow.cli.overlay import check, overlay_file, overlay_of
from magnetoflow.config.common import STUDIES
from magnetoflow.errors import ConfigError
from magnetoflow.io.atomic import atomic_path
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
        An unknown study, another suffix, or no results at all.
    """
    unknown = [one for one in options.studies if one not in STUDIES]
    if unknown:
        raise ConfigError(f"no study {unknown[0]}", todo=f"one of {', '.join(STUDIES)}")
    if options.output.suffix not in {".html", ".zip"}:
        raise ConfigError(f"--output {options.output}: neither .html nor .zip")
    overlay = overlay_of(options)
    config = check(overlay, options.configfile)
    studies = options.studies or list(config.made_by_default())
    with overlay_file(overlay, config, "report", keep=False) as file:
        words = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile()), "--cores", "1"]
        configfiles = [*options.configfile, *([file] if overlay else [])]
        words += ["--configfile", *map(str, configfiles)] if configfiles else []
        done = _call([*words, "--summary", "--", *studies])
        if done.returncode:
            return _failed(done)
        made = _made(done.stdout, config.results, studies)
        if not made:
            raise ConfigError(
                f"no results to report below {config.results}",
                todo=f"make them: magnetoflow {studies[0]}; or name the folder: --results",
            )
        with atomic_path(options.output) as part:
            done = _call([*words, "--report", str(part), "--", *made])
            if done.returncode or not part.is_file():
                return _failed(done)
    size = size_words(options.output.stat().st_size)
    sys.stdout.write(f"report: {options.output} ({size}): {', '.join(made)}\n")
    return 0


def _call(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 (no shell)


def _failed(done: subprocess.CompletedProcess[str]) -> int:
    """Pass on what Snakemake said, and its status."""
    sys.stderr.write(done.stdout + done.stderr)
    return done.returncode or 1


def _made(summary: str, results: str, studies: Sequence[str]) -> list[str]:
    """Studies whose results are complete; say which are not, and which are not up to date.

    Parameters
    ----------
    summary : str
        What ``snakemake --summary`` wrote: a line per output of the studies.
    results : str
        Folder of the results.
    studies : sequence of str
    """
    missing: Counter[str] = Counter()
    old: Counter[str] = Counter()
    for row in csv.DictReader(io.StringIO(summary), delimiter="\t", quoting=csv.QUOTE_NONE):
        study = next(
            (one for one in studies if Path(row["output_file"]).is_relative_to(Path(results, one))), ""
        )
        missing[study] += row["status"] == "missing"
        old[study] += row["plan"] != "no update"
    made = []
    for study in studies:
        if missing[study]:
            sys.stderr.write(
                f"{study}: left out, {missing[study]} of its results are not made yet; "
                f"do: magnetoflow {study}\n"
            )
            continue
        if old[study]:
            sys.stderr.write(
                f"{study}: {old[study]} of its results are older than their configuration, code or data, and "
                f"are shown as they are; why: magnetoflow why {study}; do: magnetoflow {study}\n"
            )
        made.append(study)
    return made
