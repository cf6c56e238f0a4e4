"""Stretches of time without data: longest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from magnetoflow.io.stories.text import Section, duration, first_of, span

GAP = 1.5
"""Times farther apart than so many cadences have a gap between them."""


@dataclass(frozen=True)
class Gap:
    """A stretch without data, half open, and what is missing in it."""

    start: datetime
    stop: datetime
    what: str

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.stop - self.start) / timedelta(seconds=1)


def runs(times: Sequence[datetime], missing: Sequence[bool], step: timedelta, what: str) -> list[Gap]:
    """Join neighbouring rows that miss something; each row lasts one step."""
    found: list[Gap] = []
    for time, lost in zip(times, missing, strict=True):
        if not lost:
            continue
        if found and time - found[-1].stop <= step * (GAP - 1):
            found[-1] = Gap(found[-1].start, time + step, what)
        else:
            found.append(Gap(time, time + step, what))
    return found


def between(
    times: Sequence[datetime], start: datetime, stop: datetime, what: str, step: timedelta | None = None
) -> list[Gap]:
    """List where times are farther apart than the cadence, and what is missing at both ends.

    Parameters
    ----------
    times : sequence of datetime
        In any order.
    start, stop : datetime
        Of the event.
    what : str
        What has no record there.
    step : timedelta, optional
        Cadence; default: the median step.
    """
    order = sorted(times)
    if not order:
        return [Gap(start, stop, what)]
    if step is None:
        steps = [(b - a) / timedelta(microseconds=1) for a, b in pairwise(order)]
        step = timedelta(microseconds=median(steps)) if steps else stop - start
    inside = [Gap(a + step, b, what) for a, b in pairwise(order) if b - a > step * GAP]
    ends = [Gap(start, order[0], what), Gap(order[-1] + step, stop, what)]
    return [*inside, *(gap for gap in ends if gap.stop - gap.start > step)]


def gap_section(gaps: Iterable[Gap], whole: str, where: str = "") -> Section:
    """Tell the gaps, longest first; `whole` is said where there are none."""
    order = sorted(gaps, key=lambda gap: (-gap.seconds, gap.start, gap.what))
    if not order:
        return Section("Gaps", [whole])
    lines = [f"{duration(gap.seconds)}: {span(gap.start, gap.stop)}: {gap.what}" for gap in order]
    head = [f"{len(order)} stretches, {duration(together(order))} in all, longest first:"]
    return Section("Gaps", [*(head if len(order) > 1 else []), *first_of(lines, where=where)])


def together(gaps: Iterable[Gap]) -> float:
    """Seconds of all gaps; a time that lies in several counts once."""
    seconds, end = 0.0, None
    for gap in sorted(gaps, key=lambda one: one.start):
        start = gap.start if end is None else max(gap.start, end)
        if gap.stop > start:
            seconds += (gap.stop - start) / timedelta(seconds=1)
            end = gap.stop
    return seconds
