"""``magnetoflow why``: which jobs a target would rerun, and for which change, in words."""

from __future__ import annotations

import argparse
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from magnetoflow.cli.call import snakefile
from magnetoflow.cli.overlay import check, overlay_file, overlay_of
from magnetoflow.config.common import STUDIES
from magnetoflow.errors import ConfigError
from magnetoflow.report.repeat import of_call
from magnetoflow.workflow.reasons import ended_outputs, in_words, read_reasons

EXAMPLES = """\
examples
  magnetoflow why mms_gmm
      every job of the study that would run, and why
  magnetoflow why results/mms_gmm/features.csv --configfile mine.yaml
      of one table; give the configuration files, --set, --archive and --results of the run that made it
"""


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    configuration: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add ``why``."""
    command = commands.add_parser(
        "why",
        help="say why a target would be made again",
        description="Say which jobs a target would run, and which change is the reason. Nothing is run.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("targets", nargs="+", metavar="TARGET", help="a file below the results, or a study")
    configuration(command)


def run(options: Namespace) -> int:
    """Ask Snakemake what it would run, and say it in words.

    Returns
    -------
    int
        0, or what Snakemake returns where it cannot tell.
    """
    overlay = overlay_of(options)
    config = check(overlay, options.configfile)
    targets = [_target(one, config.results) for one in options.targets]
    with overlay_file(overlay, config, "why", keep=False) as file:
        words = _words([*options.configfile, file], targets)
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 (no shell)
    if "MissingRuleException" in done.stdout + done.stderr:
        raise ConfigError(
            f"nothing makes {', '.join(targets)}",
            todo=f"name a study ({', '.join(STUDIES)}) or a file below {config.results}/<study>; "
            f"magnetoflow <study>{of_call(options)} --dry-run lists what a study makes",
        )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        return done.returncode
    ended = _of_targets(ended_outputs("."), targets, config.results)
    sys.stdout.write(in_words(read_reasons(done.stdout + done.stderr, ended), ", ".join(targets)))
    return 0


def _words(configfiles: Sequence[Path], targets: Sequence[str]) -> list[str]:
    words = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile()), "--cores", "1", "--dry-run"]
    return [*words, "--configfile", *map(str, configfiles), "--", *targets]


def _target(text: str, results: str) -> str:
    """Target as Snakemake knows it: a study, or a path below the results or the working directory."""
    path = Path(text)
    if path.is_absolute():
        for base, name in ((Path(results).absolute(), results), (Path.cwd(), ".")):
            if path.is_relative_to(base):
                return str(Path(name) / path.relative_to(base))
    if text in STUDIES or path.is_absolute() or path.is_relative_to(results):
        return text
    return str(Path(results) / path) if path.parts[0] in STUDIES else text


def _of_targets(files: Sequence[str], targets: Sequence[str], results: str) -> list[str]:
    """Leave out files of studies that are not asked for."""
    others = [Path(results, one) for one in STUDIES if not any(one in Path(name).parts for name in targets)]
    return [one for one in files if not any(Path(one).is_relative_to(other) for other in others)]
