"""What `magnetoflow explain` tells of the sample runs, against their truth and tables."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import yaml

from magnetoflow.cli import main
from magnetoflow.io.small_tables import read_rows
from magnetoflow.io.stories.gaps import between, runs
from magnetoflow.io.stories.text import clock, duration, first_of, percent, span, with_error

GMM = "sample_mms1_20171103"


@pytest.fixture
def explain(monkeypatch, capsys):
    """Call the command in the folder of a run; what it says."""

    def call(run, *words, status=0):
        monkeypatch.chdir(run.folder if hasattr(run, "folder") else run)
        assert main(["explain", *words]) == status
        said = capsys.readouterr()
        return said.err if status else said.out

    return call


def section(text, title):
    """Lines of a section; each fact in one line."""
    body = text.split(f"\n\n{title}\n")[1].split("\n\n")[0]
    return body.replace("\n    ", " ").splitlines()


def told(text, title):
    return "\n".join(section(text, title))


def test_gaps_of_the_sample_are_told_with_their_times(sample_run, explain):
    text = explain(sample_run, f"mms_gmm/{GMM}")
    truth = pd.read_csv(sample_run.folder / "data/sample/truth/mms_gmm/mms1_20171103.csv")
    for column, what in (("n_spectra", "no ion spectrum"), ("n_field", "no magnetic field")):
        lost = pd.to_datetime(truth["time"][truth[column] == 0])
        assert len(lost) > 5
        first = lost[lost.diff() != timedelta(minutes=1)]
        longest = max(first, key=lambda start: _minutes_from(start, lost))
        stop = longest + timedelta(minutes=_minutes_from(longest, lost))
        line = f"{longest:%Y-%m-%dT%H:%M:%SZ} to {stop:%H:%M:%SZ}: {what}"
        assert any(line in one for one in section(text, "Gaps")), line


def _minutes_from(start, lost):
    count = 0
    while start + timedelta(minutes=count) in set(lost):
        count += 1
    return count


def test_files_flags_labels_and_crossings_of_an_event(sample_run, explain):
    text = explain(sample_run, f"mms_gmm/{GMM}")
    labels = pd.read_csv(sample_run.results / "regions.csv")
    mine = labels[labels["event"] == GMM]
    counts = mine["named_label"].value_counts()
    assert f"magnetosheath: {counts['magnetosheath']} minutes" in told(text, "Regions")
    flagged = int((mine["quality"] & 2 > 0).sum())
    assert f"NO_FIELD        {flagged} minutes" in told(text, "Flags")
    crossings = pd.read_csv(sample_run.results / "crossings.csv")["event"].value_counts()
    assert section(text, "Crossings")[0].strip().startswith(f"{crossings[GMM]}: ")
    manifest = json.loads(
        (sample_run.folder / "data/manifests/sample/mms_fgm_srvy/mms1/20171103.json").read_text()
    )
    (entry,) = manifest["files"]
    assert f"version 5.99.0, sha256 {entry['sha256'][:12]}" in told(text, "Files")
    assert "as a newer version is there: mms1_fpi_fast_l2_dis-moms_20171103080000_v3.3.0.cdf" in text
    assert "the data are synthetic" in told(text, "Before you publish")
    assert "the study's run is not finished" not in text, "run.json is there, and is read"
    assert f"figure: results/mms_gmm/figures/{GMM}_regions.png" in told(text, "Where")


def test_a_magnetopause_event(mp_run, explain):
    text = explain(mp_run, "mms_mp/sample_mp_a")
    found = json.loads((mp_run.results / "sample_mp_a/mp_analysis.json").read_text())
    speed, error = found["phase_speed_km_s"], found["phase_speed_sigma"]
    assert f"V_N = {with_error(speed, error, 'km/s')} by timing along N" in told(text, "Passages")
    assert f"normal by mva (reliable): {found['boundary_normal_reason']}" in told(text, "Choices")
    gaps = pd.read_csv(mp_run.results / "sample_mp_a/gaps.csv").sort_values("seconds")
    last = gaps.iloc[-1]
    assert f"{duration(last['seconds'])}: {span(last['start'], last['stop'])}: MMS4" in told(text, "Gaps")
    pair = explain(mp_run, "mms_mp/sample_mp_e")
    assert "the formation is pair: timing alone gives no normal" in told(pair, "Before you publish")
    assert "a gradient needs four spacecraft" in told(pair, "Remarks")


def test_a_tail_event_and_one_of_its_spacecraft(rnn_run, explain):
    text = explain(rnn_run, "mms_rnn/sample_tail_b")
    assert "B0 = 20 nT, given; the data say 20" in told(text, "Choices")
    one = explain(rnn_run, "mms_rnn/sample_tail_b_mms2")
    labels = pd.read_csv(rnn_run.results / "sample_tail_b_mms2/mms2_labels.csv")
    flagged = int((labels["flags"] & 64 > 0).sum())
    assert re.search(rf"ION_BACKGROUND +{flagged} samples", told(one, "Flags"))
    assert "no electron record" in told(one, "Gaps")
    assert "MMS2: " in told(one, "Regions")
    assert "MMS1" not in told(one, "Regions")


def test_an_event_of_distributions(rept_run, explain):
    text = explain(rept_run, "rept_pad/sample_rept_b")
    classes = pd.read_csv(rept_run.results / "classes.csv").set_index("class_name")
    assert f"({classes.loc['butterfly', 'shapes']})" in told(text, "Classes")
    assert "number of classes: 6" in told(text, "Choices")
    assert "the classes were found in this run's own events" in told(text, "Before you publish")


def test_a_camera_day_with_damaged_files_and_an_event_over_midnight(aurora_run, explain):
    text = explain(aurora_run, "aurora/rank_20180130")
    for one in read_rows(aurora_run.results / "refused.csv"):
        if one["site"] == "rank" and one["slot"].startswith("2018-01-30"):
            assert f"damaged: {one['path'].rsplit('/', 1)[1]}: {one['reason']}" in told(
                text, "Missing or damaged"
            )
    assert "only 80 % of the time has frames" in told(text, "Before you publish")
    assert "2018-01-30T07:13:00.061Z to 07:15:00.018Z: no frame" in told(text, "Gaps")
    both = explain(aurora_run, "aurora/sample_gill_20161230")
    assert "gill, 2016-12-30: 10 minute files" in told(both, "Files")
    assert "gill, 2016-12-31: 10 minute files" in told(both, "Files")
    missing = explain(aurora_run, "aurora/gill_20140310")
    assert "missing minutes: 1 min: " in told(missing, "Missing or damaged")


def test_a_study_and_all_studies_are_tables(sample_run, explain):
    text = explain(sample_run, "mms_gmm")
    assert text == explain(sample_run), "of all studies only one has results here"
    rows = read_rows(sample_run.results / "overview.csv")
    assert text.startswith(f"mms_gmm: {len(rows)} events ({len(rows)} done)")
    assert [line.split()[0] for line in text.splitlines()[2:]] == [row["event"] for row in rows]


def test_a_table_that_run_json_does_not_record_is_marked(sample_run, explain, tmp_path):
    folder = tmp_path / "results/mms_gmm"
    folder.mkdir(parents=True)
    for name in ("run.json", "overview.csv"):
        shutil.copy(sample_run.results / name, folder)
    known = explain(tmp_path, "mms_gmm")
    assert known == explain(sample_run, "mms_gmm")
    last = (folder / "overview.csv").read_text().splitlines()[:-1]
    (folder / "overview.csv").write_text("\n".join([*last, ""]))
    _, marked, *rows = explain(tmp_path, "mms_gmm").splitlines()
    assert marked.startswith("not the table that run.json records")
    assert len(rows) == len(last)


def test_a_typo_gives_near_names_and_a_study_without_results_says_what_to_run(
    sample_run, aurora_run, explain
):
    said = explain(sample_run, "mms_gmm/sample_mms1_20171104", status=2)
    assert GMM in said.split("why: near names: ")[1].splitlines()[0]
    assert "near names: gill_20140310" in explain(aurora_run, "aurora/gill_2014031", status=2)
    assert "magnetoflow mms_rnn makes them" in explain(sample_run, "mms_rnn/x", status=2)
    assert "name one of mms_gmm" in explain(sample_run, "mms_gm", status=2)


def test_nothing_there(tmp_path, explain):
    assert "no study has results" in explain(tmp_path, status=2)


@pytest.fixture
def unfinished(tmp_path):
    """A study whose first event failed and whose second was killed, with an overlay of the command line."""
    folder = tmp_path / "results/mms_gmm"
    events = [
        {
            "id": name,
            "probe": 1,
            "start": "2017-11-03T05:00:00Z",
            "stop": "2017-11-03T06:00:00Z",
            "rate": "fast",
        }
        for name in ("broken", "killed")
    ]
    for name, text in (
        ("broken", "ERROR CorruptFile: damaged file refused\n  where: a.cdf\n  why: cut off\n"),
        ("killed", "INFO reading\n"),
    ):
        log = folder / "logs" / name / "minutes.log"
        log.parent.mkdir(parents=True)
        log.write_text(f"2026-01-01T00:00:00Z INFO rule\n2026-01-01T00:00:01Z {text}")
    overlay = {"mms_gmm": {"events": events, "cleaning": {"flip_minutes": 3}}}
    path = folder / "work/cli_x_12345678.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(overlay))
    return tmp_path, path


def test_failures_are_told_with_reason_and_log_and_settings_with_their_origin(unfinished, explain):
    folder, overlay = unfinished
    text = explain(folder, "mms_gmm/broken", "--configfile", str(overlay))
    state = told(text, "State")
    assert "minutes failed: CorruptFile: damaged file refused where: a.cdf why: cut off" in state.replace(
        "\n  ", ""
    )
    assert "(log: results/mms_gmm/logs/broken/minutes.log)" in state
    assert "the event is not finished" in told(text, "Before you publish")
    line = overlay.read_text().splitlines().index("    flip_minutes: 3") + 1
    expected = f"cleaning.flip_minutes: 3 (default 1; {overlay.relative_to(folder)}:{line})"
    assert expected in told(text, "Choices").replace(f"{folder}/", "")
    text = explain(folder, "mms_gmm/killed", "--configfile", str(overlay))
    assert "minutes failed: its job did not end: it runs, or was killed" in told(text, "State")


def at(second):
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def test_gaps_between_times_and_runs_of_rows():
    step = timedelta(seconds=1)
    gaps = between([at(3), at(4), at(9), at(10)], at(0), at(20), "x")
    assert sorted((gap.start, gap.stop) for gap in gaps) == [(at(0), at(3)), (at(5), at(9)), (at(11), at(20))]
    assert between([], at(0), at(5), "x")[0].seconds == 5
    assert between([at(k) for k in range(5)], at(0), at(5), "x") == []
    lost = runs([at(0), at(1), at(2), at(7)], [True, True, False, True], step, "x")
    assert [(gap.start, gap.stop) for gap in lost] == [(at(0), at(2)), (at(7), at(8))]


def test_how_numbers_and_times_are_written():
    assert duration(0.414) == "0.414 s"
    assert duration(3 * 3600 + 61) == "3 h 1 min"
    assert (
        span("2018-01-15T05:59:59.790322Z", "2018-01-15T06:00:00Z") == "2018-01-15T05:59:59.79Z to 06:00:00Z"
    )
    assert clock(at(1)) == "2020-01-01T00:00:01Z"
    assert with_error(-64.9987, 0.0324, "km/s") == "-64.999 +- 0.032 km/s"
    assert with_error(15.0, None, "nT") == "15 nT (no error stated)"
    assert [percent(one, 10000) for one in (0, 5, 9999, 2500)] == ["0 %", "< 0.1 %", "> 99.9 %", "25 %"]
    assert first_of(list("abcdef"), 2) == ["a", "b", "... and 4 more"]
