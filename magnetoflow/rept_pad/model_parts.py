"""Take dataclasses of a model apart into arrays and plain values by dotted name, and put them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Part = TypeVar("Part")


def parts(one: Any, name: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays and plain values of a dataclass and of those in it, by dotted name; None is left out.

    Parameters
    ----------
    one : dataclass
    name : str
        What the names begin with.

    Returns
    -------
    arrays : dict of str to ndarray
    plain : dict of str to bool, int, float or str
    """
    arrays: dict[str, NDArray[Any]] = {}
    plain: dict[str, Any] = {}
    for key in (f.name for f in fields(one)):
        value, full = getattr(one, key), f"{name}.{key}"
        if is_dataclass(value):
            some, more = parts(value, full)
            arrays, plain = arrays | some, plain | more
        elif isinstance(value, np.ndarray):
            arrays[full] = value
        elif value is not None:
            plain[full] = value.item() if isinstance(value, np.generic) else value
    return arrays, plain


def assembled(
    kind: type[Part],
    name: str,
    arrays: Mapping[str, NDArray[Any]],
    plain: Mapping[str, Any],
    inner: Mapping[str, type[Any]],
) -> Part:
    """Put a dataclass together from what :func:`parts` gave.

    Parameters
    ----------
    kind : type
    name : str
        What the names begin with.
    arrays, plain : mapping
    inner : mapping of str to type
        Dataclasses in it, by the name of their field; left out where no array begins with it.

    Returns
    -------
    kind

    Raises
    ------
    TypeError
        A field without a default is missing.
    """
    values: dict[str, Any] = {}
    for key in (f.name for f in fields(kind)):  # type: ignore[arg-type]
        full = f"{name}.{key}"
        if key in inner:
            if any(one.startswith(f"{full}.") for one in arrays):
                values[key] = assembled(inner[key], full, arrays, plain, {})
        elif full in arrays or full in plain:
            values[key] = arrays[full] if full in arrays else plain[full]
    return kind(**values)
