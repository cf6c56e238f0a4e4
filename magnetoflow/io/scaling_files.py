"""Scales and axes of an event on disk: JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import write_json
from magnetoflow.mms_rnn.event_scales import EventScales
from magnetoflow.mms_rnn.lmn import Lmn
from magnetoflow.mms_rnn.scaling import Derived, Scaling

UNITS = (
    "v_a_km_s", "ve_a_km_s", "e0_mv_m", "d_i_km", "v_a_error_km_s", "e0_error_mv_m", "d_i_error_km",
)  # fmt: skip
"""What follows from B0 and n0, written for readers."""


def write_scales(path: str | Path, scales: EventScales, *, event: str, source: str) -> None:
    """Write the scales of one event."""
    content: dict[str, Any] = {"event": event, "reason": scales.reason, "source": source}
    if scales.scaling is not None:
        content["scaling"] = asdict(scales.scaling)
        content["units"] = {name: getattr(scales.scaling, name) for name in UNITS}
    if scales.lmn is not None:
        content["lmn"] = asdict(scales.lmn) | {"matrix": np.asarray(scales.lmn.matrix).tolist()}
    content["from_data"] = {name: one._asdict() for name, one in scales.from_data.items()}
    write_json(path, _finite(content))


def read_scales(path: str | Path) -> EventScales:
    """Read what `write_scales` wrote.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    try:
        content = json.loads(Path(path).read_bytes())
        scaling, lmn = content.get("scaling"), content.get("lmn")
        return EventScales(
            scaling=None if scaling is None else Scaling(**_known(Scaling, scaling)),
            lmn=None if lmn is None else Lmn(**_known(Lmn, lmn) | {"matrix": np.array(lmn["matrix"])}),
            from_data={name: Derived(**_nan(one)) for name, one in content["from_data"].items()},
            reason=content["reason"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MagnetoflowError("scales cannot be read", where=path, why=str(error)) from error


def _finite(value: Any) -> Any:
    """NaN is null in JSON."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _nan(values: dict[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in values.items()}


def _known(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    return _nan({one.name: values[one.name] for one in fields(kind)})
