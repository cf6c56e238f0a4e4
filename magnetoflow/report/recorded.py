"""What the run of finished results recorded in ``run.json``: settings, archive, events, inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from magnetoflow.config import Config
from magnetoflow.config.lines import merge
from magnetoflow.io.small_tables import read_object

Record = Mapping[str, Mapping[str, Any]]
SETTING = "#config/"
MISSING, DAMAGED = "missing", "damaged"


def record_of(folder: Path) -> Record:
    """Read what a run recorded, by id; nothing where it recorded nothing.

    Raises
    ------
    MagnetoflowError
        ``run.json`` cannot be read.
    """
    graph = read_object(folder / "run.json").get("@graph", [])
    return {one["@id"]: one for one in graph if isinstance(one, dict) and "@id" in one}


def settings_of(record: Record) -> dict[str, Any]:
    """Read recorded settings by their key, such as ``archive`` and ``mms_gmm.labels``."""
    found = {name.removeprefix(SETTING): one for name, one in record.items() if name.startswith(SETTING)}
    return {key: json.loads(one["value"]) for key, one in found.items() if isinstance(one.get("value"), str)}


def section_of(study: str, config: Config, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Find the settings that the results of a study were made with; else those of the configuration.

    ``figures`` are not recorded, as a new colour draws figures anew and nothing else.
    """
    section: dict[str, Any] = getattr(config, study).model_dump(mode="json", exclude={"events"})
    used = {name: settings[f"{study}.{name}"] for name in section if f"{study}.{name}" in settings}
    return merge(section, used)


def files_of(record: Record) -> dict[str, int]:
    """Count the input files, each once: ``files``, ``missing`` products of a day, ``damaged``."""
    inputs = [one for name, one in record.items() if name.startswith("#input/")]
    parts = {part["@id"] for one in inputs for part in _list(one.get("hasPart"))}
    bad = {name for name in parts if record.get(name, {}).get("creativeWorkStatus") == DAMAGED}
    missing = sum(one.get("creativeWorkStatus") == MISSING for one in inputs)
    return {"files": len(parts - bad), "missing": missing, "damaged": len(bad)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
