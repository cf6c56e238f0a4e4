"""What the rule of the front pages asks: tables that a page lists, and what it says of the method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from magnetoflow.config import Config
from magnetoflow.report.methods import METHODS
from magnetoflow.report.tables import TABLES
from magnetoflow.workflow.canonical import canonical


def tables(results: str) -> Callable[[Any], list[str]]:
    """Input function: tables of the wildcards' study that have one path; its overview is an input by name."""

    def of_study(wildcards: Any) -> list[str]:
        paths = [table.path for table in TABLES[wildcards.study] if "{" not in table.path]
        return [f"{results}/{wildcards.study}/{path}" for path in paths if path != "overview.csv"]

    return of_study


def page_config(config: Config, event_figures: Mapping[str, Mapping[str, int]]) -> Callable[[Any], str]:
    """Parameter function: canonical sentences of the method with its settings, and numbers of figures.

    Parameters
    ----------
    config : Config
    event_figures : mapping
        By study: paths of figures by event, and how many there are.
    """

    def of_study(wildcards: Any) -> str:
        study = wildcards.study
        method = METHODS[study](getattr(config, study).model_dump(mode="json", exclude={"events"}))
        below = f"{config.results}/{study}/"
        figures = {path.removeprefix(below): number for path, number in event_figures[study].items()}
        return canonical({"method": method, "figures": figures})

    return of_study
