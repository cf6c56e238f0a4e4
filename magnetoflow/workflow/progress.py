"""What a run says while it goes on: one line per finished event, and what failed, with its log."""

from __future__ import annotations

import logging
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, TextIO

from magnetoflow.workflow.failures import failed, read_status

SHOWN = 20
"""Failed jobs that the end of a run names; the log of the run has all."""
REASON_LENGTH = 400
NO_LOG = "it was ended (memory, time limit, kill), or could not start, before it wrote a log"
ENDED_WELL = "Z INFO done, process "
"""What `jobs.run_job` writes last."""


@dataclass(frozen=True)
class Step:
    """One job, as a person knows it.

    Attributes
    ----------
    study : str or None
    event : str or None
        Id of the event, or camera and date; None for a job of the whole study.
    says : str
        What it does.
    log : str or None
        Path of its log.
    work : str or None
        Folder below ``work/`` with the event's ``status.json``, or those of its shards.
    """

    study: str | None
    event: str | None
    says: str
    log: str | None
    work: str | None = None

    @property
    def name(self) -> str:
        """Event, study, or what the job does."""
        return "/".join(filter(None, (self.study, self.event))) or self.says


def step_of(job: Any, studies: Iterable[str]) -> Step:
    """Describe a job of Snakemake.

    Parameters
    ----------
    job : snakemake.jobs.Job
    studies : iterable of str
    """
    study = next((name for name in studies if job.rule.name.startswith(f"{name}_")), None)
    wildcards = job.wildcards_dict
    event = work = wildcards.get("event")
    if study == "aurora" and "site" in wildcards and "day" in wildcards:
        event, work = (f"{wildcards['site']}{between}{wildcards['day']}" for between in "_/")
    says = job.rule.message or job.rule.name
    for key, value in wildcards.items():
        says = says.replace(f"{{wildcards.{key}}}", value)
    return Step(study, event, says, str(job.log[0]) if job.log else None, work)


class Progress(logging.Handler):
    """Listens to the events of Snakemake's log, and writes lines of its own.

    Parameters
    ----------
    steps : dict of int to Step
        Jobs of the run by Snakemake's number.
    results : str
        Folder of the results.
    stream : text file
    quiet : bool
        Write failures only, as with --quiet.
    """

    def __init__(
        self, steps: dict[int, Step], results: str, stream: TextIO | None = None, quiet: bool = False
    ) -> None:
        super().__init__(logging.INFO)
        self.steps, self.results, self.quiet = steps, results, quiet
        self.stream = stream or sys.stderr
        self.done: set[int] = set()
        self.failed: dict[int, str] = {}
        self.grouped: set[int] = set()
        self.left = Counter((one.study, one.event) for one in steps.values() if one.event)
        self.events = Counter(study for study, _ in self.left)
        self.logs: dict[tuple[str | None, str | None], list[str]] = {}
        for one in steps.values():
            if one.event and one.log:
                self.logs.setdefault((one.study, one.event), []).append(one.log)
        self.ready: Counter[str | None] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of a job that ended."""
        event = str(getattr(record, "event", ""))
        if event == "job_finished":
            self._finished(getattr(record, "job_id", -1))
        elif event == "group_error":
            numbers = [one["jobid"] for one in getattr(record, "job_error_info", ())]
            self.grouped |= {*numbers}
            self._group_failed(numbers, getattr(record, "aux_logs", ()))
        elif event == "job_error" and getattr(record, "jobid", -1) not in self.grouped:
            self._failed(getattr(record, "jobid", -1))

    def _finished(self, number: int) -> None:
        step = self.steps.get(number)
        if step is None or number in self.done:
            return
        self.done.add(number)
        self.failed.pop(number, None)  # it was tried again
        if step.event is None:
            return
        key = (step.study, step.event)
        self.left[key] -= 1
        if self.left[key] == 0:
            self.ready[step.study] += 1
            self._say_event(step)

    def _say_event(self, step: Step) -> None:
        told = _left_out(Path(self.results, str(step.study), "work", str(step.work)))
        log = self._log_of(step) if told else None
        state = "; log: ".join(filter(None, (told or "done", log)))
        self._write(
            f"{step.name}: {state} ({self.ready[step.study]} of {self.events[step.study]} events, "
            f"{len(self.done)} of {len(self.steps)} jobs)"
        )

    def _log_of(self, step: Step) -> str | None:
        """Log of an event's step that has an error; None where that step was in an earlier run."""
        logs = self.logs.get((step.study, step.event), [])
        return next((one for one in logs if " ERROR " in _text_of(one)), None)

    def _group_failed(self, numbers: Iterable[int], logs: Iterable[str]) -> None:
        """Tell which members of a group failed: Snakemake names all of them, done or not begun as well."""
        members = [number for number in numbers if number in self.steps]
        begun = [number for number in members if _is_begun(self.steps[number].log)]
        for number in begun:
            self._failed(number)
        if members and not begun:
            self._failed(
                members[0], f"its cluster job ended before its work began or after it: {' '.join(logs)}"
            )

    def _failed(self, number: int, reason: str | None = None) -> None:
        step = self.steps.get(number)
        if step is not None:
            self.failed[number] = reason or last_error(step.log)
            self._write(f"{step.name}: FAILED: {step.says}: {self.failed[number]}", always=True)

    def _write(self, line: str, always: bool = False) -> None:
        if always or not self.quiet:
            self.stream.write(f"[{datetime.now(UTC):%H:%M:%SZ}] {line}\n")
            self.stream.flush()

    def summary(self) -> list[str]:
        """Lines that end a run which failed: what failed, why, where its log is, and what was not run."""
        if not self.failed:
            return []
        lines = [f"{len(self.failed)} of {len(self.steps)} jobs failed, {len(self.done)} were done:"]
        for number, reason in list(self.failed.items())[:SHOWN]:
            step = self.steps[number]
            lines.append(f"  {step.name}: {step.says}: {reason}")
            if reason != NO_LOG:
                lines.append(f"    log: {step.log}")
        if len(self.failed) > SHOWN:
            lines.append(f"  and {len(self.failed) - SHOWN} more")
        waiting = {
            one.name
            for number, one in self.steps.items()
            if one.event and number not in self.done and number not in self.failed
        } - {self.steps[number].name for number in self.failed}
        if waiting:
            lines.append(f"not finished either: {_few(sorted(waiting))}; the same command goes on with them")
        return lines


def _few(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _is_begun(log: str | None) -> bool:
    """Whether a job began and did not end well, by its log."""
    if log is None or not Path(log).is_file():
        return False
    return ENDED_WELL not in _text_of(log)


def _text_of(log: str) -> str:
    path = Path(log)
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def last_error(log: str | None) -> str:
    """Reason of a failure: the last error in a job's log, shortened."""
    if log is None or not Path(log).is_file():
        return NO_LOG
    lines = _text_of(log).splitlines()
    errors = [k for k, line in enumerate(lines) if " ERROR " in line or _ends_traceback(line)]
    if not errors:
        return "it was ended from outside (memory, time limit, kill): its log names no error"
    first, *others = lines[errors[-1] :]
    more = [line.strip() for line in takewhile(lambda line: line.startswith("  "), others)]
    said = "; ".join([first.partition(" ERROR ")[2] or first, *more])
    return said if len(said) <= REASON_LENGTH else f"{said[:REASON_LENGTH]} …"


def _ends_traceback(line: str) -> bool:
    return re.match(r"[\w.]+(Error|Exception): ", line) is not None


def _left_out(work: Path) -> str | None:
    """Say why an event, or which part of its shards, was left out (skip_failed); None where nothing was."""
    told = [read_status(path) for path in sorted(work.glob("**/status.json"))]
    lost = failed(told)
    if not lost:
        return None
    some = f"{len(lost)} of {len(told)} parts " if len(lost) < len(told) else ""
    return f"{some}left out: {lost[0]['error']}: {lost[0]['reason']}"[:REASON_LENGTH]
