"""Captions as Snakemake renders them, strictly: jinja with ``snakemake``, then docutils."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from magnetoflow.config import check_config, merge_files
from magnetoflow.config.common import STUDIES
from magnetoflow.config.load import SHIPPED
from magnetoflow.report.numbers import Numbers

FOLDER = Path(__file__).resolve().parents[1] / "rules" / "captions"
SHARED = ("table_overview", "table_failed", "table_remarks")
ABOUT = {"configfiles": [], "version": "0"}


def numbers_of(results: Path, waiting: tuple[str, ...] = ()) -> Numbers:
    """Numbers of results made with the shipped configuration."""
    config = check_config({**merge_files(SHIPPED), "results": str(results)}, list(SHIPPED))
    return Numbers(config, ABOUT, lambda: waiting)


def captions(study: str) -> list[str]:
    """Names of the captions of a study."""
    own = [path.stem for path in FOLDER.glob("*.rst") if re.match(f"(table_)?{study}_", path.stem)]
    return [*sorted(own), *SHARED, "front_page"]


def render(name: str, study: str, numbers: Numbers, **wildcards: str) -> str:
    """One caption as text; a name that jinja does not know, or bad markup, is an error."""
    snakemake = SimpleNamespace(
        config={"numbers": numbers},
        rule=f"{study}_any",
        wildcards=SimpleNamespace(study=study, **wildcards),
    )
    env = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    source = env.from_string((FOLDER / f"{name}.rst").read_text()).render(snakemake=snakemake)
    html = publish_parts(source, writer="html", settings_overrides={"halt_level": 2})["body"]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


__all__ = ["STUDIES", "captions", "numbers_of", "render"]
