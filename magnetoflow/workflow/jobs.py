"""How a script of a rule starts, logs and ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from magnetoflow.errors import MagnetoflowError
from magnetoflow.workflow.environment import settle

settle()

LOG = logging.getLogger("magnetoflow")


def _log_to(path: str) -> None:
    """Send log records and warnings to the rule's log file, with UTC times."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    logging.captureWarnings(True)
    for name in ("magnetoflow", "py.warnings"):
        logging.getLogger(name).addHandler(handler)
    LOG.setLevel(logging.INFO)


def _remove_leftovers(outputs: list[str]) -> None:
    """Remove temporary files that an earlier, killed attempt at these outputs left."""
    for path in map(Path, outputs):
        if path.parent.is_dir():
            for left in path.parent.iterdir():
                if left.name.startswith(f".{path.stem}.") and ".part" in left.name and left.is_file():
                    left.unlink(missing_ok=True)


def run_job(work: Callable[[Any], None], snakemake: Any) -> None:
    """Run the work of one rule.

    An error that magnetoflow raises on purpose ends the job with its message, in the log and on standard
    error; any other error is a defect, and its traceback goes to the log as well.

    Parameters
    ----------
    work : callable
        Takes the ``snakemake`` object.
    snakemake : object
        What Snakemake hands to a script.
    """
    begin = time.perf_counter()
    _log_to(snakemake.log[0])
    _remove_leftovers(list(snakemake.output))
    LOG.info("rule %s %s", snakemake.rule, dict(snakemake.wildcards.items()))
    try:
        work(snakemake)
    except MagnetoflowError as error:
        LOG.error("%s: %s", type(error).__name__, error)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        LOG.error("interrupted")
        sys.exit(128 + signal.SIGINT)
    except BaseException:
        LOG.critical("%s", traceback.format_exc())
        raise
    LOG.info("done, process %d, %.2f s", os.getpid(), time.perf_counter() - begin)
