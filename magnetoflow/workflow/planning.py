"""What keeps the planning of ten thousand jobs short."""

from __future__ import annotations

import gc
from functools import cache
from io import StringIO
from typing import Any


def hasten(workflow: Any) -> None:
    """Spare Snakemake what it does again for each job that it plans.

    For each job it asks where the copy of the job's script is, three times, and reads it: a fourth of the
    planning. And Python looks for garbage among jobs that all stay: a tenth. Measured with Snakemake 9.27.1.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        Of a version without these methods only the second is spared.
    """
    sources = workflow.sourcecache
    if hasattr(sources, "_cache_entry") and hasattr(sources, "open"):
        sources._cache_entry = cache(sources._cache_entry)
        sources.open = _read_once(sources.open)
    if workflow.is_main_process:  # others plan a job or two, and never come to `planned`
        gc.disable()


def planned() -> None:
    """Look for garbage again, though not among the jobs; call it when the first job starts."""
    gc.freeze()
    gc.enable()


def _read_once(opened: Any) -> Any:
    """Open sources as `opened` does, from memory where they are read as text again."""

    @cache
    def text(source: Any) -> str:
        with opened(source) as stream:
            return str(stream.read())

    return lambda source, mode="r": StringIO(text(source)) if mode == "r" else opened(source, mode)
