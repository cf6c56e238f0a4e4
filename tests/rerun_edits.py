"""Edits of a copy of the checkout, and which jobs are asked for after them."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.drawn import LEFT_OUT
from tests.rerun_table import LINES, asked
from tests.runs import ROOT, Planned, Run


def events_of(study: str) -> list[dict[str, Any]]:
    """Events that come with the repository."""
    return yaml.safe_load((ROOT / "config" / f"{study}.yaml").read_text())[study]["events"]


def line(row: str, study: str) -> Counter[str]:
    """Jobs by rule that a row of the page asks for."""
    starts, jobs = LINES[row][study]
    return asked(study, *starts, **jobs)


def planned(run: Run, *words: object) -> Counter[str]:
    """Jobs by rule of a dry run, but for figures that the sample run has left out."""
    return run.plan(*words).rules - LEFT_OUT.get(run.study, Counter())


def named(plan: Planned, names: Iterable[str]) -> set[str]:
    """Names that stand in messages of jobs, but for those of figures and pages."""
    jobs = [job for job in plan.jobs if not job.startswith(("Drawing", "Writing the page"))]
    return {name for name in names if any(name in job for job in jobs)}


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text that must be there."""
    text = path.read_text()
    assert old in text, f"{old!r} not in {path}"
    path.write_text(text.replace(old, new, 1))


def later(path: Path, seconds: float = 5) -> None:
    """Give a file a time after everything that a run made."""
    now = time.time() + seconds
    os.utime(path, (now, now))


def act(path: Path) -> None:
    """Edit a module or script so that its code is another."""
    path.write_text(f"{path.read_text()}\n\nVALUE_OF_A_TEST = 1\n")


def turned(value: Any) -> Any:
    """Mapping with its keys in the opposite order, at every depth; true and false as yes and no."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [turned(one) for one in value]
    return {"true": "yes", "false": "no", "null": None}.get(value, value)


def write_otherwise(root: Path, study: str, module: str, script: str) -> None:
    """Change what changes no result: layout of configuration, code and rules, times, environments.

    Keys of the study stand in the opposite order, without comments, and every value is text (``"50.0"``).
    """
    config = root / "config" / f"{study}.yaml"
    # the base loader leaves all values as the text that they are
    values = yaml.load(config.read_text(), Loader=yaml.BaseLoader)
    text = yaml.safe_dump(turned(values), sort_keys=False, default_flow_style=False)
    config.write_text(f"# a comment\n\n{text}")
    edit(root / module, '"""', '"""Another docstring. ')
    edit(root / module, "import annotations", "import annotations  # why\n\n\n")
    edit(root / script, "def main(job):", "# why\ndef main(\n    job,\n):")
    rules = root / "rules" / f"{study}.smk"
    rules.write_text(re.sub(r"mem_mb=memory\((\d+)\)", r"mem_mb=memory(1\1)", rules.read_text()))
    edit(rules, "\nrule ", "\n\n\n# why\nrule ")
    edit(rules, 'message:\n        "', 'message:\n        "Now: ')
    edit(root / "envs" / f"{study}.yaml", "numpy =", "numpy  =")
    (root / "magnetoflow" / study / "unused.py").write_text("VALUE = 1\n")
    for path in [*root.glob("scripts/*/*.py"), *root.rglob("magnetoflow/**/*.py"), config]:
        later(path)
