"""The parts of a Dockerfile, a .dockerignore and a documentation page that tests and the proof read."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
PAGE = ROOT / "docs" / "container.md"
PROVED = ("Build", "Run", "Own events")
"""Sections of the page whose lines are run as they stand."""


def instructions(text: str) -> list[tuple[str, str]]:
    """Name and rest of each instruction, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (name.upper(), rest.strip()) for name, _, rest in (one.partition(" ") for one in joined.split("\n"))
    ]


def ignored(patterns: str, path: str) -> bool:
    """Say whether a path of the context, or a folder that holds it, is left out: the last match decides."""
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    out = False
    for pattern in patterns.split("\n"):
        here = _regular(pattern.removeprefix("!"))
        if pattern and not pattern.startswith("#") and any(here.fullmatch(one) for one in above):
            out = not pattern.startswith("!")
    return out


def _regular(pattern: str) -> re.Pattern[str]:
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(words.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern))
    )


def context_files(context: Path) -> list[str]:
    """Files of a context that .dockerignore leaves in; folders that it leaves out are not searched."""
    patterns = (context / ".dockerignore").read_text()
    kept = []
    for folder, folders, names in os.walk(context):
        below = Path(folder).relative_to(context)
        folders[:] = [one for one in folders if _searched(patterns, (below / one).as_posix())]
        kept += [(below / one).as_posix() for one in names if not ignored(patterns, (below / one).as_posix())]
    return sorted(kept)


def _searched(patterns: str, folder: str) -> bool:
    return not ignored(patterns, folder) or f"!{folder}/" in patterns


def blocks(page: str) -> dict[str, list[str]]:
    """Shell lines of a page, those of each block joined, by the heading of their section."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        found[heading] = re.findall(r"^```sh\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    return found
