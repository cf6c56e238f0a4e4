"""The command line: it writes an overlay configuration and calls Snakemake; it is never a second pipeline."""

from __future__ import annotations

import json
import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence

import yaml

from magnetoflow.cli import archive, explain, mms_mp, report, why
from magnetoflow.cli.arguments import parser, repeat_configfile
from magnetoflow.cli.call import call, snakemake_command
from magnetoflow.cli.overlay import check, overlay_file, overlay_of
from magnetoflow.config.common import json_schema
from magnetoflow.errors import MagnetoflowError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of the process by default.

    Returns
    -------
    int
        0; 2 where the arguments or the configuration are wrong; else what Snakemake, or ``archive``, returns.
    """
    options = parser().parse_args(repeat_configfile(sys.argv[1:] if arguments is None else arguments))
    mms_mp.move_targets(options)
    if options.command is None:
        parser().print_help()
        return 0
    try:
        if options.command == "archive":
            return archive.run(options)
        if options.command == "why":
            return why.run(options)
        if options.command == "explain":
            return explain.run(options)
        if options.command == "report":
            return report.run(options)
        return _print_config(options) if options.command == "config" else _run(options)
    except MagnetoflowError as error:
        sys.stderr.write(f"magnetoflow: {error}\n")
        return 2


def _print_config(options: Namespace) -> int:
    if options.schema:
        sys.stdout.write(json.dumps(json_schema(), indent=1, sort_keys=True) + "\n")
        return 0
    config = check(overlay_of(options), options.configfile)
    sys.stdout.write(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, default_flow_style=None))
    return 0


def _run(options: Namespace) -> int:
    overlay = overlay_of(options)
    config = check(overlay, options.configfile)
    study = options.command
    with overlay_file(overlay, config, study, keep=not options.dry_run) as file:
        command = snakemake_command(options, config, [*options.configfile, file])
        sys.stderr.write(f"{shlex.join(command)}\n")
        sys.stderr.flush()
        status = call(command)
    if status == 0 and not (options.dry_run or options.unlock):
        sys.stdout.write(f"results: {config.results}/{study}\n")
        if study == "mms_mp":
            mms_mp.after_run(options, config)
    return status
