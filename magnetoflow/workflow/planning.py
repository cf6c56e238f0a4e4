"""What keeps the planning of ten thousand jobs short."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache, wraps
from typing import Any


def hasten(workflow: Any, scripts: Any) -> None:
    """Spare Snakemake what it does again for each job that it plans.

    For each job it fills wildcards into the path of the script, reads it, and asks three times where its copy
    is: a fourth of the planning. And Python looks for garbage among jobs that all stay: a tenth. Measured
    with Snakemake 9.27.1.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
    scripts : module
        ``snakemake.script``. Where a version of Snakemake has other methods, they are left as they are.
    """
    sources = workflow.sourcecache
    if hasattr(sources, "_cache_entry"):
        sources._cache_entry = cache(sources._cache_entry)
    if hasattr(scripts, "get_source") and not hasattr(scripts.get_source, "__wrapped__"):
        scripts.get_source = _remembered(scripts.get_source)
    if workflow.is_main_process:  # others plan a job or two, and never come to `planned`
        gc.disable()


def planned() -> None:
    """Look for garbage again, though not among the jobs; call it when the first job starts."""
    gc.freeze()
    gc.enable()


def _remembered(get_source: Callable[..., Any]) -> Callable[..., Any]:
    """Give the source of a script whose path has no wildcard from memory."""
    known: dict[tuple[Any, ...], Any] = {}

    @wraps(get_source)
    def found(path: Any, cache_: Any, basedir: Any = None, *wildcards: Any, **named: Any) -> Any:
        if not isinstance(path, str) or {"{", "}"} & {*path}:
            return get_source(path, cache_, basedir, *wildcards, **named)
        key = path, cache_, basedir
        if key not in known:
            known[key] = get_source(path, cache_, basedir, *wildcards, **named)
        return known[key]

    return found
