"""Hot loops, compiled by numba when they are first called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of arrays and numbers to machine code.

    The code is kept beside the source, or in the user's cache folder. Where neither can be written (a home
    that is missing or read only) it is compiled again in each process, which takes a second or two.
    """
    try:
        return numba.njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        return numba.njit(error_model="numpy")(function)
