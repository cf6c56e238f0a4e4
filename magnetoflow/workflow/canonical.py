"""One text for one configuration: what a rule depends on, whatever the order in which it was written."""

from __future__ import annotations

import json
from datetime import date, datetime
from os import PathLike
from typing import Any

from pydantic import BaseModel

from magnetoflow.times import format_utc


def _plain(value: Any) -> Any:
    """JSON form of what JSON does not know."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python")
    if isinstance(value, datetime):
        return format_utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PathLike):
        return str(value)
    raise TypeError(f"no canonical form of {type(value).__name__}")


def canonical(value: Any) -> str:
    """Write a configuration, or a part of it, as JSON with sorted keys and no blanks.

    Parameters
    ----------
    value : object
        Mappings, sequences, models, finite numbers, text, times and paths.

    Returns
    -------
    str
        Equal for equal configurations.
    """
    return json.dumps(value, default=_plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
