"""What a JSON file of published normals and speeds must be: checked before any job, so no numpy here."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from magnetoflow.errors import ConfigError

PROBES = ("1", "2", "3", "4")
LENGTH = 0.02
"""A normal whose length is further from 1 is no unit vector; published ones are rounded to two digits."""
LARGEST = 1e6
MOST_BYTES = 1 << 20
"""Of the file; the published one takes a few kB. What is longer is cut, and then no JSON."""
FORMAT = '{"per_probe": {"1": {"n_hat": [x, y, z], "V_ph_km_s": v}}}'


def read_published(path: str | Path) -> dict[int, tuple[list[float], float | None]]:
    """Read normal and speed of each spacecraft; see :func:`magnetoflow.io.overlay.read_overlay`.

    Returns
    -------
    dict of int to (list of float, float or None)
        Normals as they stand in the file, their length up to `LENGTH` from 1.

    Raises
    ------
    ConfigError
        The file cannot be read or has another form; names the key.
    """
    try:
        with Path(path).open("rb") as stream:
            content = json.loads(stream.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise _wrong(path, "", str(error).splitlines()[0]) from error
    per_probe = content.get("per_probe") if isinstance(content, dict) else None
    if not isinstance(per_probe, dict) or not per_probe:
        raise _wrong(path, "per_probe", "expected a mapping of spacecraft 1 to 4")
    return {_probe(path, name): _published(path, name, one) for name, one in per_probe.items()}


def _probe(path: str | Path, name: str) -> int:
    if name not in PROBES:
        raise _wrong(path, f"per_probe.{name[:20]}", "expected 1, 2, 3 or 4")
    return int(name)


def _published(path: str | Path, name: str, one: Any) -> tuple[list[float], float | None]:
    key = f"per_probe.{name[:20]}"
    if not isinstance(one, dict) or "n_hat" not in one or one.keys() - {"n_hat", "V_ph_km_s"}:
        raise _wrong(path, key, "expected n_hat and V_ph_km_s")
    n_hat, speed = one["n_hat"], one.get("V_ph_km_s")
    if not isinstance(n_hat, list) or len(n_hat) != 3 or not all(map(_number, n_hat)):
        raise _wrong(path, f"{key}.n_hat", "expected three numbers")
    length = math.hypot(*n_hat)
    if abs(length - 1) > LENGTH:
        raise _wrong(path, f"{key}.n_hat", f"length {length:.4g}, expected a unit vector")
    if speed is not None and not _number(speed):
        raise _wrong(path, f"{key}.V_ph_km_s", "expected a number [km/s] or null")
    return [float(one) for one in n_hat], None if speed is None else float(speed)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST


def _wrong(path: str | Path, key: str, why: str) -> ConfigError:
    where = f"{path}, {key}" if key else path
    return ConfigError("overlay cannot be read", where=where, why=why, todo=f"write it as {FORMAT}")
