"""All numbers of one study: of its overview, its small tables, and the sizes of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from magnetoflow.report.overview import common
from magnetoflow.report.studies import STUDIES
from magnetoflow.report.tables import sizes


def study_numbers(study: str, folder: Path, used: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Numbers and sentences of one study.

    Parameters
    ----------
    study : str
    folder : Path
        Results of the study; tables that are not there count as empty.
    used : mapping of str to int, optional
        Numbers of input files, each counted once, where they are recorded.
    """
    return {**common(study, folder, used), **STUDIES[study](folder), "tables": sizes(study, folder)}
