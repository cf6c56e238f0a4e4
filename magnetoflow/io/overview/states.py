"""Words for the state of an event. No numpy."""

from __future__ import annotations

from collections.abc import Iterable

DONE, FAILED, NO_DATA = "done", "failed", "no data"
NOTHING_THERE = "MissingData"
"""Error of an event for which the archive has no files: its state is `NO_DATA`."""


def state_of(records: int, errors: Iterable[str]) -> str:
    """State of an event with so many records, and with the errors of its parts that failed."""
    errors = list(errors)
    if records:
        return DONE
    return FAILED if any(error != NOTHING_THERE for error in errors) else NO_DATA
