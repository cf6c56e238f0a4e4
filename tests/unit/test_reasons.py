"""Reasons of a dry run in words."""

import base64
import json

import pytest

from magnetoflow.workflow.reasons import Why, ended_outputs, in_words, read_reasons

OLD, NEW = "0" * 63 + "a", "0" * 63 + "b"
HEAD = "Building DAG of jobs...\n[Thu Nov 26 05:05:57 2026]\n"


def params(before, now):
    quoted = " now: ".join(" ".join(map(repr, side)) for side in (before, now))
    return (
        "Params have changed since last execution: Union of exclusive params before and now across all "
        f"output: before: {quoted} "
    )


def only(reason):
    (job,) = read_reasons(f"{HEAD}Job 2: Averaging spectra of one\nReason: {reason}\n[Thu Nov 26]\n")
    return job


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (params([OLD], [NEW]), ["its script, or a module that it uses, was edited"]),
        (
            params(
                [json.dumps({"a": {"low": 1, "high": 2}, "b": 3})],
                [json.dumps({"a": {"low": 2, "high": 1}, "b": 3})],
            ),
            ["key a.low: 1 -> 2", "key a.high: 2 -> 1"],
        ),
        (
            params([json.dumps({"old": "it's"})], [json.dumps({"new": 1.5})]),
            ['key new: new (1.5)', 'key old: gone ("it\'s")'],
        ),
        (
            params([json.dumps({"events": ["a", "b"]})], [json.dumps({"events": ["c", "b"]})]),
            ["key events: new c; gone a"],
        ),
        (
            params([json.dumps({"kind": "shipped"})], [json.dumps({"bins": 3, "kind": "fit"})]),
            ['key kind: "shipped" -> "fit"', "key bins: new (3)"],
        ),
        (
            params([json.dumps({"ions": [OLD]})], [json.dumps({"ions": [OLD, NEW]})]),
            ["the files of the archive that it uses changed"],
        ),
        ("Missing output files: a.csv, b.csv", ["not made yet, or deleted: a.csv, b.csv"]),
        ("Updated input files: mine.csv", ["edited since it was used: mine.csv"]),
        ("Forced execution", ["an earlier run was ended while it made its files"]),
        (
            "Set of input files has changed since last execution",
            ["it reads other files than before: some are new or gone"],
        ),
        ("Incomplete output files: a.nc", ["an earlier run was ended while it made a.nc"]),
    ],
)  # fmt: skip
def test_causes(reason, said):
    assert list(only(reason).causes) == said


def test_a_job_that_only_follows_has_no_cause_and_comes_last():
    text = (
        f"{HEAD}Job 0: Merging\nReason: Input files updated by another job: a.csv, b.csv\n[Thu]\n"
        "Job 1: Reading\n"
        "Reason: Missing output files: a.csv; Input files updated by another job: c.csv\n[Thu]\n"
    )
    first, last = read_reasons(text)
    assert (first.message, first.follows, last.causes) == ("Reading", ("c.csv",), ())
    words = in_words([first, last], "all.csv")
    assert words.startswith("all.csv: 2 jobs would run.")
    assert (
        words.index("because not made yet, or deleted: a.csv")
        < words.index("follows 1 job:")
        < words.index("Merging")
    )


def test_jobs_with_the_same_causes_are_told_together():
    jobs = [Why(f"Drawing {k}", ("key dpi: 60 -> 100",)) for k in range(25)]
    words = in_words(jobs, "all")
    assert words.count("because") == 1
    assert "Drawing 19\nand 5 jobs more\n  because key dpi" in words


def test_nothing_to_do():
    assert read_reasons("Building DAG of jobs...\nNothing to be done (all ...).\n") == []
    assert "up to date" in in_words([], "x.csv")


def test_what_a_killed_run_was_making_is_named_from_the_marks_it_left(tmp_path):
    marks = tmp_path / ".snakemake/incomplete"
    long = f"mine/{'x' * 200}.nc"
    for name in ("mine/a.nc", "mine/removed.nc", long):
        text = base64.urlsafe_b64encode(name.encode()).decode()
        mark = marks / text if len(text) < 200 else marks / f"@{text[:199]}" / text[199:]
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text("{}")
        if "removed" not in name:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("half")
    assert set(ended_outputs(tmp_path)) == {"mine/a.nc", long}
    (job,) = read_reasons(f"{HEAD}Job 2: Averaging\nReason: Forced execution\n", ["mine/a.nc"])
    assert job.causes == ("an earlier run was ended while it made mine/a.nc",)
