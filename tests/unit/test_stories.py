"""What `magnetoflow explain` says of results that do not fit their record, or the call. Small folders."""

import csv
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from magnetoflow.cli import main
from magnetoflow.config import check_config, merge_files
from magnetoflow.config.load import SHIPPED
from magnetoflow.io.stories.gaps import Gap, gap_section
from magnetoflow.io.stories.mms_mp_results import check_lines

SECTION = check_config(merge_files(SHIPPED)).model_dump(mode="json")["mms_gmm"]
MINUTES = ["time", "quality", "raw_label", "named_label", "p_magnetosheath"]
CROSSINGS = ["event", "time", "uncertainty_s", "type", "from_region", "to_region", "confidence", "clean"]


def event(name):
    times = {"start": "2017-11-03T05:00:00Z", "stop": "2017-11-03T05:02:00Z"}
    return {"id": name, "probe": 1, **times, "rate": "fast"}


def table(path, columns, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([columns, *rows])


def log(folder, name, job, text="INFO done, process 3 s", at="2026-01-01T00:00:09Z"):
    path = folder / "logs" / name / f"{job}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"2026-01-01T00:00:00Z INFO rule\n{at} {text}\n")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Results of two events as a run leaves them, in ``mine``, which is recorded."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine/mms_gmm"
    for name in ("one", "two"):
        rows = [(f"2017-11-03T05:0{k}:00Z", 0, "magnetosheath", "magnetosheath", 0.99) for k in range(2)]
        table(folder / "work" / name / "regions.csv", MINUTES, *rows)
        log(folder, name, "regions")
    table(folder / "crossings.csv", CROSSINGS)
    content = (folder / "crossings.csv").read_bytes()
    graph = [
        {
            "@id": "crossings.csv",
            "sha256": hashlib.sha256(content).hexdigest(),
            "contentSize": str(len(content)),
        },
        {"@id": "#run", "endTime": "2026-01-01T00:00:10+00:00"},
    ]
    settings = {**SECTION, "events": [event("two"), event("one")]}
    for name, value in settings.items():
        graph.append(
            {"@id": f"#config/mms_gmm.{name}", "name": f"mms_gmm.{name}", "value": json.dumps(value)}
        )
    (folder / "run.json").write_text(json.dumps({"@graph": graph}))
    (tmp_path / "mine.yaml").write_text(
        yaml.safe_dump({"results": "mine", "mms_gmm": {"events": [event("one"), event("two")]}})
    )
    return folder


@pytest.fixture
def explain(capsys):
    """Call the command; what it says, in one line."""

    def call(*words, status=0):
        assert main(["explain", *words]) == status
        said = capsys.readouterr()
        return re.sub(r"\s+", " ", said.err if status else said.out)

    return call


def test_tables_that_are_not_the_recorded_ones_are_named(folder, explain):
    same = explain("mms_gmm/one", "--configfile", "mine.yaml")
    assert "magnetoflow why mms_gmm --configfile mine.yaml says what would be made again" in same
    assert "tables are not those" not in same
    content = (folder / "crossings.csv").read_bytes()
    (folder / "crossings.csv").write_bytes(content.replace(b"clean", b"cleab"))
    log(folder, "one", "figure", at="2026-01-01T00:00:11Z")
    said = explain("mms_gmm/one", "--configfile", "mine.yaml")
    warning = "that run.json records (made later, or edited): crossings.csv; settings below may not be theirs"
    assert said.count(f"{warning}; do: magnetoflow mms_gmm --configfile mine.yaml") == 2
    (folder / "crossings.csv").write_bytes(content)
    log(folder, "one", "regions", at="2026-01-01T00:00:11Z")
    assert "what the job regions made" in explain("mms_gmm/one", "--results", "mine")
    assert "tables are not those" not in explain("mms_gmm/two", "--results", "mine")


def test_hints_repeat_the_options_of_the_call(folder, explain):
    (folder.parents[1] / "a b").mkdir()
    words = ("--configfile", "mine.yaml", "--archive", "a b", "--set", "mms_gmm.cleaning.flip_minutes=2")
    written = "--configfile mine.yaml --archive 'a b' --set mms_gmm.cleaning.flip_minutes=2"
    assert f"magnetoflow why mms_gmm {written} says" in explain("mms_gmm/one", *words)
    said = explain("mms_gmm", *words, status=2)
    assert f"magnetoflow mms_gmm overview.csv {written} makes it" in said
    table(folder / "overview.csv", ["event"])
    said = explain("mms_gmm/three", *words, status=2)
    assert f"magnetoflow explain mms_gmm {written} lists all" in said
    alone = explain("mms_gmm/one", "--results", "mine")
    assert "why mms_gmm --results mine (with the --configfile and --set of the run) says" in alone


def test_an_event_that_is_not_in_the_configuration_is_told_from_its_files(folder, explain):
    (folder / "run.json").unlink()
    log(folder, "nodata", "minutes", "ERROR MissingData: no file\n  where: fgm")
    said = explain("mms_gmm/nodata", "--results", "mine")
    assert (
        "not in this configuration; these files are of an earlier or other one: give its --configfile" in said
    )
    assert (
        "minutes failed: MissingData: no file where: fgm (log: mine/mms_gmm/logs/nodata/minutes.log)" in said
    )
    assert "no log of it has an error" in explain("mms_gmm/one", "--results", "mine")
    assert "overview.csv --results mine (with the --configfile" in explain(
        "mms_gmm", "--results", "mine", status=2
    )
    assert "why: known are nodata, one, two, sample_" in explain("mms_gmm/x", "--results", "mine", status=2)


def test_an_event_that_was_removed_from_the_configuration_is_not_simply_done(folder, explain):
    (folder.parents[1] / "less.yaml").write_text(
        yaml.safe_dump({"results": "mine", "mms_gmm": {"events": [event("one")]}})
    )
    said = explain("mms_gmm/two", "--configfile", "less.yaml")
    assert "State not in this configuration" in said
    assert "as run.json has it: done" in said
    assert "State done" in explain("mms_gmm/one", "--configfile", "less.yaml")


@pytest.mark.parametrize(
    ("error", "state", "warning"),
    [
        ("MissingData", "no data", "the archive has no data of the event"),
        ("CorruptFile", "failed", "the event failed"),
    ],
)
def test_an_event_that_was_left_out_has_the_state_of_the_overview(folder, explain, error, state, warning):
    lost = (("one", error, "no file"), ("one_more", "VariableError", "of another event"))
    table(folder / "failed.csv", ["event", "error", "reason"], *lost)
    said = explain("mms_gmm/one", "--configfile", "mine.yaml")
    assert f"State {state} left out: one: {error}: no file" in said
    assert "of another event" not in said
    assert f"{warning}: there is nothing to publish" in said


def test_other_cases_and_other_studies_are_pointed_to(folder, explain):
    assert "near names: two" in explain("mms_gmm/TWO", "--results", "mine", status=2)
    said = explain("mms_gmm/sample_mp_a", "--results", "mine", status=2)
    assert "it is an event of mms_mp do: magnetoflow explain mms_mp/sample_mp_a --results mine" in said
    assert "two is an event of mms_gmm" in explain("mms_rnn/two", "--results", "mine", status=2)


def test_several_files_may_follow_configfile(folder, explain):
    (folder.parents[1] / "more.yaml").write_text("data: elsewhere\n")
    said = explain("--configfile", "mine.yaml", "more.yaml", "mms_gmm/one")
    assert "why mms_gmm --configfile mine.yaml --configfile more.yaml says" in said


def test_time_in_several_gaps_counts_once():
    start = datetime(2020, 1, 1, tzinfo=UTC)
    spans = ((0, 5), (4, 6), (10, 11), (10, 11))
    gaps = [Gap(start + timedelta(minutes=a), start + timedelta(minutes=b), "x") for a, b in spans]
    assert gap_section(gaps, "none").lines[0] == "4 stretches, 7 min in all, longest first:"


def test_shears_name_their_passage(tmp_path):
    times = ["2018-01-15T05:19:54.941700Z", "2018-01-15T05:21:54.970185Z"]
    found = {
        "passes": [{"number": k, "crossings": {"1": time}} for k, time in enumerate(times, start=1)],
        "shear": [{"probe": 1, "time": time, "shear_deg": 148.3, "sigma_deg": 0.4} for time in times],
    }
    lines = check_lines(found, tmp_path)
    assert [line.split(":")[0] for line in lines] == ["MMS1, passage 1", "MMS1, passage 2"]
