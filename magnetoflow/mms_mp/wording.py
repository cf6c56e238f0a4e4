"""Numbers with their errors as figures and pages write them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

MINUS = "\N{MINUS SIGN}"


def number(value: float, error: float | None = None, unit: str = "") -> str:
    """Write a number with its 1-sigma error, to two digits of that; empty where missing.

    Parameters
    ----------
    value : float
    error : float, optional
        None or NaN: the number alone, to four digits.
    unit : str
    """
    if not np.isfinite(value):
        return ""
    tail = f" {unit}" if unit else ""
    if error is None or not np.isfinite(error) or error <= 0:
        return plain(value) + tail
    decimals = min(max(1 - int(np.floor(np.log10(error))), 0), 9)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}".replace("-", MINUS) + tail


def plain(value: float, digits: int = 4) -> str:
    """Write a number to so many digits, without exponent between 0.001 and a million."""
    if value == 0 or not np.isfinite(value) or not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits}g}".replace("-", MINUS)
    decimals = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
    words = f"{value:.{decimals}f}"
    return (words.rstrip("0").rstrip(".") if "." in words else words).replace("-", MINUS)


def vector(values: Iterable[float], decimals: int = 4) -> str:
    """Write three components in brackets; empty where one is missing."""
    three = list(values)
    if not np.isfinite(three).all():
        return ""
    return f"({', '.join(f'{one:.{decimals}f}' for one in three)})".replace("-", MINUS)
