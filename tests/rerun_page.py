"""Tables of docs/reruns.md as tests know them; ``python -m tests.rerun_page`` prints them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tests.rerun_table import FITS, FOLLOWS, LINES, MANY, STARTS, below


def _quoted(rules: Iterable[str]) -> str:
    return ", ".join(f"`{rule}`" for rule in rules)


def table_of_events() -> Iterator[str]:
    """Lines of the table of rows that differ by study."""
    yield f"| row | {' | '.join(FOLLOWS)} |"
    yield "|---" * (len(FOLLOWS) + 1) + "|"
    for row, studies in LINES.items():
        cells = []
        for study, (starts, jobs) in studies.items():
            number = MANY[study] | jobs
            cells.append(
                ", ".join(
                    f"{number[rule]} `{rule}`" if rule in MANY[study] else f"`{rule}`"
                    for rule in below(study, starts)
                )
            )
        yield f"| {row} | {' | '.join(cells)} |"


def table_of_keys(study: str) -> Iterator[str]:
    """Lines of the table of a study's keys; ``run`` is made anew after each of them but ``figures``."""
    fits = {f"{row} (where fitted)": starts for row, starts in FITS.get(study, {}).items()}
    yield "| keys | start | and then |"
    yield "|---|---|---|"
    for row, starts in (STARTS[study] | fits).items():
        known = ["model"] if starts == ("training_set",) else starts
        then = below(study, [*known, *([] if row.startswith("figures") else ["run"])])
        name = row.removeprefix("other keys of ")
        keys = ("other keys of " if name != row else "") + _quoted(
            name.removesuffix(" (where fitted)").split(", ")
        )
        keys += " where fitted" if name.endswith(" (where fitted)") else ""
        left = [rule for rule in then if rule not in starts]
        yield f"| {keys} | {_quoted(starts) or 'nothing'} | {_quoted(left)} |"


if __name__ == "__main__":
    parts = {"events": table_of_events(), **{study: table_of_keys(study) for study in FOLLOWS}}
    for name, lines in parts.items():
        sys.stdout.write(f"\n{name}\n\n" + "\n".join(lines) + "\n")
