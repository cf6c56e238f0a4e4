"""What the report says: of the run that made the results, each number once, and hints that can be copied."""

import base64
import json
import shlex
import shutil
import subprocess
from argparse import Namespace

import pytest

from magnetoflow.cli import report
from magnetoflow.config import check_config, merge_files
from magnetoflow.config.common import STUDIES
from magnetoflow.config.lines import merge
from magnetoflow.config.load import SHIPPED
from magnetoflow.errors import ArchiveError, ConfigError
from magnetoflow.report import overview, repeat, studies
from magnetoflow.report.front import front_page
from magnetoflow.report.numbers import Numbers
from magnetoflow.report.recorded import files_of
from magnetoflow.report.study import study_numbers
from tests.captions import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HEAD = (
    "study,event,probes,start,stop,state,files,missing,damaged,covered,records,flagged,flags,labels,crossings,"
    "remarks,source\n"
)
SPAN = "2017-11-03T04:00:00Z,2017-11-03T16:00:00Z"
SUMMARY = "output_file\tdate\trule\tlog-file(s)\tstatus\tplan\n"


def row(study, event, state="done", **values):
    """Row of an overview."""
    cells = {
        **{"files": 3, "missing": 0, "damaged": 0, "covered": 1.0, "records": 100, "flagged": 0.1},
        **{"flags": "X:10", "labels": "a:100", "crossings": 0, "remarks": "", "source": "folder"},
        **values,
    }
    return f"{study},{event},1,{SPAN},{state},{','.join(map(str, cells.values()))}\n"


def config_of(results, **overlay):
    """The shipped configuration with an overlay and a results folder."""
    return check_config(merge(merge_files(SHIPPED), {**overlay, "results": str(results)}), SHIPPED)


def entity(name, value):
    """Value of a configuration as ``run.json`` has it."""
    return {"@id": f"#config/{name}", "name": name, "value": json.dumps(value)}


def results_of(folder, study, rows, graph=()):
    """Overview and ``run.json`` of a study."""
    (folder / study).mkdir(parents=True)
    (folder / study / "overview.csv").write_text(HEAD + "".join(rows))
    if graph:
        (folder / study / "run.json").write_text(json.dumps({"@graph": list(graph)}))


def options_of(**given):
    """Options of a call of ``magnetoflow report``."""
    return Namespace(
        **{
            **{"command": "report", "studies": ["mms_gmm"], "configfile": [], "set": []},
            **{"archive": None, "results": None, "data": None, **given},
        }
    )


def test_settings_and_source_are_those_of_the_results(tmp_path):
    """A changed configuration, or another archive, changes no caption of results that are there."""
    (tmp_path / "empty").mkdir()
    graph = [
        entity("archive", "sample"),
        entity("mms_gmm.events", [{"id": "one"}]),
        entity("mms_gmm.labels", {"min_probability": 0.6}),
    ]
    results_of(tmp_path, "mms_gmm", [row("mms_gmm", "one", source="synthetic sample data")], graph)
    now = {"archive": str(tmp_path / "empty"), "studies": ["mms_gmm"]}
    config = config_of(tmp_path, **now, mms_gmm={"labels": {"min_probability": 0.9}, "figures": {"dpi": 77}})
    numbers = Numbers(config, {"configfiles": [], "version": "0"}, list)
    assert "below 0.6 the minute" in render("mms_gmm_regions", "mms_gmm", numbers, event="one")
    assert numbers["mms_gmm"]["config"]["figures"]["dpi"] == 77
    assert "The data are synthetic" in numbers.start_page
    (tmp_path / "mms_gmm" / "run.json").unlink()
    numbers = Numbers(config, {"configfiles": [], "version": "0"}, list)
    assert "below 0.9 the minute" in render("mms_gmm_regions", "mms_gmm", numbers, event="one")


def test_start_page_names_what_is_synthetic_and_how_to_see_what_would_run(tmp_path):
    results_of(tmp_path, "mms_gmm", [row("mms_gmm", "one", source="synthetic sample data")])
    results_of(tmp_path, "mms_mp", [row("mms_mp", "two")])
    (tmp_path / "mirror").mkdir()
    overlay = tmp_path / "cli_configured_12345678.yaml"
    overlay.write_text("mms_gmm: {labels: {min_probability: 0.9}}\n")
    config = config_of(tmp_path, archive=str(tmp_path / "mirror"), studies=["mms_gmm", "mms_mp"])
    about = {"configfiles": [tmp_path / "my own.yaml", overlay], "version": "0"}
    page = Numbers(config, about, lambda: ["manifest", "mms_gmm_model"]).start_page
    assert "mms_gmm: The data are synthetic" in page
    assert f"Data: files below {tmp_path}/mirror." in page
    assert "cli_configured" not in page
    again = f"--set mms_gmm.labels.min_probability=0.9 --archive {tmp_path}/mirror --results {tmp_path}"
    again = f"--configfile &#x27;{tmp_path}/my own.yaml&#x27; {again}"
    assert f"magnetoflow why mms_gmm {again} says" in page
    assert f"magnetoflow mms_gmm {again} --dry-run shows" in page


def test_options_of_a_call_are_repeated_as_a_shell_reads_them():
    given = {"configfile": ["my own.yaml"], "set": ["a.b=[1, 2]"], "archive": "remote", "data": "d"}
    words = ["--configfile", "my own.yaml", "--archive", "remote", "--data", "d", "--set", "a.b=[1, 2]"]
    assert shlex.split(repeat.of_call(options_of(**given))) == words
    assert repeat.of_call(options_of()) == ""
    assert repeat.of_run([], repeat.FOLDERS) == ""


def test_hints_repeat_the_call_and_know_results_of_other_events(tmp_path, capsys):
    """A number of missing results is no reason to run where they are of another configuration."""
    graph = [entity("mms_gmm.events", [{"id": "mine"}]), entity("archive", "sample")]
    results_of(tmp_path, "mms_gmm", [row("mms_gmm", "mine")], graph)
    lines = [f"{tmp_path}/{name}\t-\t-\t-\t{status}\n" for name, status in (
        ("mms_gmm/figures/x.png", "missing\tupdate pending"),
        ("mms_mp/events.csv", "missing\tupdate pending"),
        ("aurora/labels.csv", "ok\tupdate pending"),
    )]  # fmt: skip
    named = ["mms_gmm", "mms_mp", "aurora"]
    made = report._made(SUMMARY + "".join(lines), config_of(tmp_path), named, " --data d")
    said = capsys.readouterr().err.splitlines()
    assert made == ["aurora"]
    assert "mms_gmm: left out, 1 of its results is not made yet; the results there are of other" in said[0]
    assert "events (mine); give the --configfile (or --set) of that run" in said[0]
    assert said[1].endswith("do: magnetoflow mms_mp --data d")
    assert "1 of its results is older than its configuration, code or data, shown as it is; why:" in said[2]
    assert said[2].endswith("why: magnetoflow why aurora --data d; do: magnetoflow aurora --data d")


def test_the_report_never_takes_the_place_of_a_result(tmp_path):
    output = tmp_path / "results" / "mms_gmm" / "index.html"
    with pytest.raises(ConfigError, match="among the results"):
        report.run(options_of(results=str(tmp_path / "results"), output=output))
    assert not output.parent.exists()


@pytest.mark.parametrize("name", ["file/x.html", "folder.html"])
def test_a_file_that_cannot_be_written_is_one_message(name, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "folder.html").mkdir()
    monkeypatch.setattr(report, "_call", lambda _: pytest.fail("it began to work"))
    with pytest.raises(ArchiveError, match="the report cannot be written"):
        report.run(options_of(results=str(tmp_path / "results"), output=tmp_path / name))


def test_a_study_that_is_named_twice_is_there_once(tmp_path, monkeypatch, capsys):
    table = f"{SUMMARY}{tmp_path}/results/mms_gmm/x.csv\t-\t-\t-\tmissing\tupdate pending\n"
    monkeypatch.setattr(report, "_call", lambda _: Namespace(returncode=0, stdout=table, stderr=""))
    call = options_of(results=str(tmp_path / "results"), output=tmp_path / "x.html")
    call.studies *= 2
    with pytest.raises(ConfigError, match=f"make them: magnetoflow mms_gmm --results {tmp_path}/results"):
        report.run(call)
    assert len(capsys.readouterr().err.splitlines()) == 1
    graph = [entity("mms_gmm.events", [{"id": "mine"}])]
    results_of(tmp_path / "results", "mms_gmm", [row("mms_gmm", "mine")], graph)
    with pytest.raises(ConfigError, match="of the run that made those that are there"):
        report.run(call)


def test_a_file_of_two_events_counts_once(tmp_path):
    record = {
        "#input/a/1/x": {"hasPart": [{"@id": "f1"}, {"@id": "f2"}]},
        "#input/a/1/y": {"hasPart": {"@id": "f2"}},
        "#input/a/2/y": {"hasPart": [{"@id": "f3"}], "creativeWorkStatus": "missing"},
        "f3": {"creativeWorkStatus": "damaged"},
        "crossings.csv": {},
    }
    used = files_of(record)
    assert used == {"files": 2, "missing": 1, "damaged": 1}
    results_of(tmp_path, "mms_mp", [row("mms_mp", "a"), row("mms_mp", "b")])
    folder = tmp_path / "mms_mp"
    assert "; 2 archive files in use, 1 missing, 1" in study_numbers("mms_mp", folder, used)["inputs"]
    assert "; at most 6 archive files in use" in study_numbers("mms_mp", folder)["inputs"]


def test_shares_of_flags_are_as_exact_as_the_tables(tmp_path):
    """583 of 1,447,028 is 0.0403 %; four digits of each event, weighted by other records, are not."""
    events = [row("mms_mp", name, records=148349, flagged=0.0004) for name in "ab"]
    results_of(tmp_path, "mms_mp", events)
    folder = tmp_path / "mms_mp"
    assert study_numbers("mms_mp", folder)["flagged"].startswith("less than 0.1 % of")
    for name, masked in (("a", 500), ("b", 83)):
        (folder / name).mkdir()
        (folder / name / "quality.csv").write_text(f"records,masked\n723514,{masked}\n")
    assert study_numbers("mms_mp", folder)["flagged"].startswith("0.0403 % of")
    rows = [{"event": name, "records": "14000", "flagged": "0.3457"} for name in "ab"]
    assert overview.flagged_share("rept_pad", tmp_path, rows) == "about 34.6 %"
    rows = [{"event": "a", "records": "720", "flagged": "0.0014"}]
    assert overview.flagged_share("mms_gmm", tmp_path, rows) == "0.139 %", "1 of 720"


@pytest.mark.parametrize("state", ["failed", "no data"])
def test_an_event_without_result_has_a_reason_and_no_numbers(state, tmp_path):
    lost = row("mms_gmm", "bad", state, records=0, flagged="", labels="", flags="", remarks="file is cut")
    results_of(tmp_path, "mms_gmm", [lost])
    found = study_numbers("mms_gmm", tmp_path / "mms_gmm")
    words = found["by_event"]["bad"]
    assert words.endswith(f"; {state}, so there is no result: file is cut")
    assert "flagged" not in words
    assert found["failures"].startswith("1 of 1 event without")


def test_denominators_of_one_page_are_said(tmp_path):
    labels = "pancake_A:3 background:5 no_data:2"
    results_of(tmp_path, "rept_pad", [row("rept_pad", "a", records=10, labels=labels)])
    (tmp_path / "rept_pad" / "classes.csv").write_text(
        "class_id,class_name,records,share,share_error,probability\n"
        "1,pancake A,3,0.375,0.01,0.9\n0,background,5,0.625,0.01,\n-1,no data,2,,,\n"
    )
    found = study_numbers("rept_pad", tmp_path / "rept_pad")
    assert found["labels"].endswith("pancake_A 3 (30 %), no_data 2 (20 %) of 10 distributions")
    assert found["class_shares"] == "pancake A 37.5 % ± 1 %, of 8 records with data"


def test_intervals_that_span_midnight_are_said(tmp_path):
    spans = (
        "2016-12-30T23:58:03.0Z,2016-12-31T00:03:03.0Z",
        "2016-12-30T23:58:03.0Z,2016-12-31T00:00:00.000000Z",
        "2016-12-30T20:58:03.0Z,2016-12-30T21:00:00Z",
    )
    lines = [f"gill,{one},60,20\n" for one in spans]
    (tmp_path / "intervals.csv").write_text("site,start,stop,duration_s,period_s\n" + "".join(lines))
    said = studies.aurora(tmp_path)["intervals"]
    assert said == "3 intervals, 1 of which spans midnight and counts in both events"


def test_time_labelled_is_time_with_a_region(tmp_path):
    (tmp_path / "summary.csv").write_text(
        "event,probe,seconds,seconds_missing_input,seconds_inflow_north,seconds_outflow_earthward,"
        "unsure_seconds,median_confidence,share_stable,samples,samples_unsure,b0_nt,b0_error_nt,b0_method,"
        "n0_cm3,n0_error_cm3,n0_method,v_a_km_s,v_a_error_km_s,d_i_km,mean_j_dot_e_prime_nw_m3,"
        "error_j_dot_e_prime_nw_m3\n"
        "a,1,90,3,50,30,7,0.9,0.9,3000,0,1,,given,1,,given,1,,1,1,1\n"
    )
    assert studies.mms_rnn(tmp_path)["labelled"] == "80 s with a region, of 90 s"


def test_one_is_not_many(tmp_path):
    results_of(tmp_path, "mms_gmm", [row("mms_gmm", "a", records=1, labels="x:1")])
    found = study_numbers("mms_gmm", tmp_path / "mms_gmm")
    assert found["tables"]["overview"]["words"] == "1 row"
    assert found["record_words"] == "1 minute"
    assert "1 minute, 10 % flagged" in found["by_event"]["a"]
    numbers = Numbers(config_of(tmp_path), {"configfiles": [], "version": "0"}, list)
    (tmp_path / "mms_gmm" / "crossings.csv").write_text(
        "type,clean,uncertainty_s,confidence\nbow_shock,1,30,1\n"
    )
    assert "Numbers. 1 crossing in 1 event (" in render("mms_gmm_crossings", "mms_gmm", numbers)
    assert "Numbers. 1 row:" in render("table_mms_gmm_crossings", "mms_gmm", numbers)


@pytest.mark.parametrize("study", STUDIES)
def test_the_front_page_links_to_files_beside_it(study, tmp_path):
    results_of(tmp_path, study, [row(study, "one")])
    page = front_page(study, tmp_path / study, ["One."], {})
    assert all(f'<a href="{name}">' in page for name in ("overview.csv", "run.json", "figures"))
    assert ('<a href="one/index.html">one</a>' in page) == (study == "mms_mp")
    assert 'href="failed.csv"' not in page, "it is not there"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
def test_links_of_the_front_page_are_plain_text_in_the_report(tmp_path):
    """A click in the report would empty the frame, which has no folder; the file has links."""
    results_of(tmp_path, "mms_gmm", [row("mms_gmm", "one")])
    page = front_page("mms_gmm", tmp_path / "mms_gmm", ["One."], {})
    (tmp_path / "mms_gmm" / "index.html").write_text(page)
    places = (
        f"data:text/html;base64,{base64.b64encode(page.encode()).decode()}",
        f"file://{tmp_path}/mms_gmm/index.html",
    )
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/own"]
    links = [
        subprocess.run([*words, "--dump-dom", place], capture_output=True, text=True, timeout=120).stdout
        for place in places
    ]
    assert all("<h2>Tables</h2>" in text for text in links)
    assert ['<a href="' in text for text in links] == [False, True]
