"""Lines of a run that goes on: finished events, failures, and what ends a run."""

import io
import json
import logging
from dataclasses import replace
from types import SimpleNamespace

import pytest

from magnetoflow.workflow.progress import NO_LOG, Progress, Step, last_error, step_of

LOGGER = logging.getLogger("test_progress")


def record(event, **more):
    more["event"] = event
    return LOGGER.makeRecord(
        "name", logging.INFO, __file__, 0, None, (), None, extra={"event": event, **more}
    )


@pytest.fixture
def steps(tmp_path):
    """Two events of two jobs each, and a job of the whole study."""
    log = tmp_path / "one.log"
    return {
        1: Step("mms_gmm", "one", "Averaging one", str(log), "one"),
        2: Step("mms_gmm", "one", "Drawing one", str(log), "one"),
        3: Step("mms_gmm", "two", "Averaging two", str(log), "two"),
        4: Step("mms_gmm", "two", "Drawing two", str(log), "two"),
        5: Step("mms_gmm", None, "Merging", str(log)),
    }


def followed(steps, folder, *records, quiet=False):
    stream = io.StringIO()
    progress = Progress(steps, str(folder), stream, quiet)
    for one in records:
        progress.emit(one)
    return progress, stream.getvalue().splitlines()


def finished(*numbers):
    return [record("job_finished", job_id=number) for number in numbers]


def test_an_event_is_one_line_when_its_last_job_is_done(steps, tmp_path):
    assert followed(steps, tmp_path, *finished(1, 5, 3))[1] == []
    _, lines = followed(steps, tmp_path, *finished(3, 1, 5, 4, 2))
    assert [line.partition("] ")[2] for line in lines] == [
        "mms_gmm/two: done (1 of 2 events, 4 of 5 jobs)",
        "mms_gmm/one: done (2 of 2 events, 5 of 5 jobs)",
    ]


def test_a_job_that_is_told_twice_counts_once(steps, tmp_path):
    assert followed(steps, tmp_path, *finished(1, 1))[1] == []


def test_an_event_that_was_left_out_is_not_called_done(steps, tmp_path):
    status = tmp_path / "mms_gmm/work/one/status.json"
    status.parent.mkdir(parents=True)
    status.write_text(json.dumps({"failed": True, "error": "MissingData", "reason": "no file"}))
    for log in ("", "; log: " + steps[1].log):
        _, lines = followed(steps, tmp_path, *finished(1, 2))
        assert lines[0].endswith(f"one: left out: MissingData: no file{log} (1 of 2 events, 2 of 5 jobs)")
        (tmp_path / "one.log").write_text("2026-11-26T08:00:09Z ERROR left out\n")


def test_a_camera_day_of_which_shards_were_left_out_is_not_called_done(tmp_path):
    steps = {1: Step("aurora", "gill_20140310", "Joining", str(tmp_path / "one.log"), "gill/20140310")}
    states = {"00": False, "06": True, "12": False}
    for hour, lost in states.items():
        status = tmp_path / f"aurora/work/gill/20140310/{hour}/status.json"
        status.parent.mkdir(parents=True)
        status.write_text(json.dumps({"failed": lost, "error": "MissingData", "reason": "no image"}))
    _, (line,) = followed(steps, tmp_path, *finished(1))
    assert "aurora/gill_20140310: 1 of 3 parts left out: MissingData: no image (1 of 1 events" in line


def test_failures_are_said_even_when_quiet(steps, tmp_path):
    failure = record("job_error", jobid=1)
    _, lines = followed(steps, tmp_path, failure, *finished(3, 4), quiet=True)
    assert len(lines) == 1
    assert f"mms_gmm/one: FAILED: Averaging one: {NO_LOG}" in lines[0]


def test_members_of_a_group_fail_by_their_logs(steps, tmp_path):
    """Snakemake calls each of them failed, once for the group and once by itself."""
    steps = {number: replace(one, log=str(tmp_path / f"{number}.log")) for number, one in steps.items()}
    (tmp_path / "1.log").write_text(
        "2026-11-26T08:00:00Z INFO rule x\n2026-11-26T08:00:09Z INFO done, process 7\n"
    )
    (tmp_path / "2.log").write_text(
        "2026-11-26T08:00:10Z INFO rule y\n2026-11-26T08:00:11Z ERROR MissingData: no\n"
    )
    group = record("group_error", job_error_info=[{"jobid": n} for n in (1, 2, 3)], aux_logs=["slurm/5.log"])
    progress, lines = followed(steps, tmp_path, group, *(record("job_error", jobid=n) for n in (1, 2, 3)))
    assert [line.partition("] ")[2] for line in lines] == [
        "mms_gmm/one: FAILED: Drawing one: MissingData: no"
    ]
    assert list(progress.failed) == [2]


def test_a_group_that_never_began_is_one_line_with_the_log_of_the_cluster(steps, tmp_path):
    group = record("group_error", job_error_info=[{"jobid": 3}, {"jobid": 4}], aux_logs=["slurm/5.log"])
    _, (line,) = followed(steps, tmp_path, group)
    assert "mms_gmm/two: FAILED" in line
    assert line.endswith("slurm/5.log")


def test_the_end_names_failures_with_logs_and_counts_what_waits(steps, tmp_path):
    progress, _ = followed(steps, tmp_path, *finished(3), record("job_error", jobid=1))
    assert progress.summary() == [
        "1 of 5 jobs failed, 1 were done:",
        f"  mms_gmm/one: Averaging one: {NO_LOG}",
        "not finished either: mms_gmm/two; the same command goes on with them",
    ]


def test_the_end_names_the_log_of_a_job_that_has_one(steps, tmp_path):
    (tmp_path / "one.log").write_text("2026-11-26T08:00:00Z INFO rule x\n")
    progress, _ = followed(steps, tmp_path, record("job_error", jobid=1))
    assert progress.summary()[2] == f"    log: {tmp_path}/one.log"


def test_a_job_that_succeeds_when_tried_again_is_no_failure(steps, tmp_path):
    progress, _ = followed(steps, tmp_path, record("job_error", jobid=1), *finished(1))
    assert progress.summary() == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "2026-11-26T08:00:00Z INFO rule x\n2026-11-26T08:00:01Z ERROR MissingData: none\n  where: here\n",
            "MissingData: none; where: here",
        ),
        (
            "Z CRITICAL Traceback (most recent call last):\n  File x\nZeroDivisionError: division by zero\n",
            "ZeroDivisionError: division by zero",
        ),
        ("Z INFO rule x\n", "it was ended from outside (memory, time limit, kill): its log names no error"),
    ],
)
def test_the_reason_is_the_last_error_of_the_log(tmp_path, text, reason):
    log = tmp_path / "job.log"
    log.write_text(text)
    assert last_error(str(log)) == reason


@pytest.mark.parametrize(
    ("rule", "wildcards", "name", "work"),
    [
        ("mms_rnn_page", {"event": "tail", "probe": "1"}, "mms_rnn/tail", "tail"),
        (
            "aurora_shard",
            {"site": "gill", "day": "20140310", "hour": "00"},
            "aurora/gill_20140310",
            "gill/20140310",
        ),
        ("aurora_in_time", {"site": "gill"}, "aurora", None),
        ("manifest", {"product": "p", "day": "20140310"}, "Checking p", None),
    ],
)
def test_jobs_belong_to_events(rule, wildcards, name, work):
    job = SimpleNamespace(
        rule=SimpleNamespace(name=rule, message="Checking {wildcards.product}"),
        wildcards_dict=wildcards,
        log=[],
    )
    step = step_of(job, ("mms_rnn", "aurora"))
    assert (step.name, step.work) == (name, work)
