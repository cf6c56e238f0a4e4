"""Signatures of the functions that rules give to Snakemake."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def signed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a function's signature with it.

    Snakemake looks at it several times per job, and to work it out each time takes a tenth of the planning
    of ten thousand jobs. As a parameter, it is asked before the first job starts for one job of its rule only
    (`planning`): where it can fail for one job and not for another, the Snakefile looks first.

    Parameters
    ----------
    function : callable
        Of the wildcards, and what else Snakemake offers; bound methods are wrapped.
    """
    if inspect.ismethod(function):
        method = function

        def function(wildcards: Any) -> Any:
            return method(wildcards)

    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return function
