"""Mask what a file calls missing or not valid, whatever the type of the values and of the attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 1e20
"""Every larger number is a fill value: -1e31 in single precision is not -1e31 in double."""


def masked(
    values: NDArray[Any], *, fill: Any = None, low: Any = None, high: Any = None
) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
    """Give a copy with NaN for missing values.

    Parameters
    ----------
    values : (t, ...) ndarray of numbers
        Not changed.
    fill, low, high : number, array or None
        FILLVAL, VALIDMIN and VALIDMAX as stored, one number or one per element of the last axis; what is not
        a number counts as not given.

    Returns
    -------
    values : (t, ...) ndarray of float
        float32 where `values` are, else float64.
    fill, outside : (t, ...) ndarray of bool
        Missing; present, but out of the valid range.
    """
    floating = values.dtype.kind == "f"
    missing = ~(np.abs(values) <= LARGEST) if floating else np.zeros(values.shape, dtype=bool)
    for one in _numbers(fill):
        # as single precision too: some files hold single values in double variables
        for kind in (values.dtype, np.float32) if floating else (np.float64,):
            with np.errstate(over="ignore"):
                missing |= values == np.asarray(one).astype(kind)
    outside = np.zeros(values.shape, dtype=bool)
    for limit, test in ((low, np.less), (high, np.greater)):
        numbers = _numbers(limit)
        if len(numbers) == 1 or (values.ndim > 1 and len(numbers) == values.shape[-1]):
            with np.errstate(over="ignore"):
                bound = numbers.astype(values.dtype) if floating else numbers
            outside |= test(values, bound if len(bound) > 1 else bound[0])
    outside &= ~missing
    copy = values.astype(values.dtype if values.dtype == np.float32 else np.float64)
    copy[missing | outside] = np.nan
    return copy, missing, outside


def _numbers(given: Any) -> NDArray[Any]:
    """Numbers of an attribute, none where it is text or not there."""
    found = np.atleast_1d(np.asarray(np.nan if given is None else given)).ravel()
    return found[~np.isnan(found)] if found.dtype.kind in "iuf" else np.zeros(0)
