"""The report: one file, captions with method, inputs and numbers, front pages, and what it leaves out."""

import csv
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections import Counter
from statistics import median

import pytest

from magnetoflow.config.common import STUDIES
from magnetoflow.report import tables
from magnetoflow.report.front import MOST_EVENTS, front_page
from magnetoflow.report.rows import counted, share, tally
from magnetoflow.workflow.mms_gmm import FIGURES
from tests.captions import captions, numbers_of, render
from tests.runs import EVENTS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WILDCARDS = {
    "mms_gmm": {"event": "sample_mms1_20171103"},
    "mms_mp": {"event": "sample_mp_a"},
    "mms_rnn": {"event": "sample_tail_a", "probe": "2"},
    "rept_pad": {"event": "sample_rept_a"},
    "aurora": {"site": "gill", "day": "20140310"},
}
OVERVIEW = (
    "study,event,probes,start,stop,state,files,missing,damaged,covered,records,flagged,flags,labels,crossings,"
    "remarks,source\n"
)
BAD = "2017-11-03T04:00:00Z,2017-11-03T16:00:00Z,failed,0,2,1,0.0,0,,,,,file *is* `cut` <b> at |x|_,folder\n"


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def script_value(text, name):
    """Value that a script element of the report's page holds as JSON."""
    at = text.index(" = ", text.index(f'<script id="{name}">')) + len(" = ")
    return json.JSONDecoder().raw_decode(text, at)[0]


def plain(html):
    """Text of a piece of HTML."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture(scope="module")
def made(sample_run, tmp_path_factory):
    """Copy of a finished run, and its report by the command line over an earlier file."""
    run = sample_run.copy(tmp_path_factory.mktemp("report") / "run")
    path = run.folder / "out" / "mine.html"
    path.parent.mkdir()
    path.write_text("earlier")
    command = [sys.executable, "-m", "magnetoflow", "report", "--output", "out/mine.html"]
    done = subprocess.run(
        command, cwd=run.folder, env=run.environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert (done.stderr, [one.name for one in path.parent.iterdir()]) == ("", ["mine.html"])
    assert done.stdout.startswith("report: out/mine.html (")
    return run, path.read_text(encoding="utf-8")


def test_it_holds_every_figure_and_table_with_a_caption(made):
    _, text = made
    results = script_value(text, "results")
    below = "results/mms_gmm/"
    figures = [f"figures/{name}.png" for name in (*FIGURES, *(f"{event}_regions" for event in EVENTS))]
    held = [one.path for one in tables.TABLES["mms_gmm"] if one.held]
    assert sorted(results) == sorted(f"{below}{name}" for name in (*figures, *held, "index.html"))
    for path, one in results.items():
        caption = plain(one["caption"])
        assert all(f"{part}." in caption for part in ("Method", "Inputs", "Numbers")), path
        assert "synthetic sample data" in caption.lower(), path
        assert not re.search(r"not known|system-message|\{\{", one["caption"]), path
        assert one["data_uri"].startswith("data:"), path
    assert script_value(text, "categories")["mms_gmm"].keys() == {
        *("1 Front page", "2 Tables", "3 Figures of all events", "4 Figures by event"),
    }


def test_numbers_of_captions_are_those_of_the_tables(made):
    run, text = made
    results = script_value(text, "results")
    crossings, regions = rows_of(run.results / "crossings.csv"), rows_of(run.results / "regions.csv")
    caption = plain(results["results/mms_gmm/figures/crossings.png"]["caption"])
    types = Counter(row["type"] for row in crossings)
    clean = sum(row["clean"] == "1" for row in crossings)
    assert f"{len(crossings)} crossings in {len(EVENTS)} events" in caption
    assert all(f"{name} {number}" in caption for name, number in types.items())
    assert f"{clean} of {len(crossings)} crossings are clean" in caption
    assert f"median uncertainty {median(float(row['uncertainty_s']) for row in crossings):.3g} s" in caption
    caption = plain(results["results/mms_gmm/figures/mean_spectra.png"]["caption"])
    labels = Counter(row["named_label"] for row in regions)
    assert all(f"{name} {n} ({share(n, len(regions))})" in caption for name, n in labels.items())
    event = "sample_mms1_20171103"
    caption = plain(results[f"results/mms_gmm/figures/{event}_regions.png"]["caption"])
    assert f"{sum(row['event'] == event for row in regions)} minutes" in caption
    assert f"{sum(row['event'] == event for row in crossings)} boundary crossings" in caption
    chosen = next(row for row in rows_of(run.results / "model/selection.csv") if row["chosen"] == "True")
    assert f"chosen: {chosen['components']} components, {chosen['covariance']} covariances" in plain(
        results["results/mms_gmm/model/selection.csv"]["caption"]
    )


def test_it_is_one_file_that_loads_nothing(made):
    _, text = made
    page = re.sub(r"<script[^>]*>.*?</script>|<style>.*?</style>", "", text, flags=re.DOTALL)
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?!#|data:)""", page)
    assert not re.findall(r"<script[^>]*\ssrc=|<link|@import|url\(\s*[\"']?http", text)
    assert not re.search(
        r"""(?:src|href)=\\?["'](?!#|data:|javascript:)""", script_value(text, "workflow-desc")
    )


def test_the_start_page_is_a_summary(made):
    run, text = made
    start = plain(script_value(text, "workflow-desc"))
    minutes, crossings = (
        len(rows_of(run.results / "regions.csv")),
        len(rows_of(run.results / "crossings.csv")),
    )
    assert f"4 4 0 0 {minutes} minutes {crossings} boundary crossings" in start
    assert "The data are synthetic" in start
    assert "not up to date" not in start


def test_what_is_too_large_or_stale_is_said(made):
    """A table beyond the bound is not embedded; results older than their inputs are marked."""
    run, _ = made
    path = run.results / "ion_foreshock_region_list.csv"
    before, times = path.read_bytes(), path.stat()
    path.write_bytes(before + b"2017-11-03 08:01:00,2017-11-03 08:30:59,mms1\n" * 25_000)
    try:
        run.make("--report", run.folder / "large.html")
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    text = (run.folder / "large.html").read_text(encoding="utf-8")
    assert "results/mms_gmm/ion_foreshock_region_list.csv" not in script_value(text, "results")
    start = plain(script_value(text, "workflow-desc"))
    assert "mms_gmm: not up to date, 2 jobs would run" in start, "the front page and run.json"


def test_results_that_are_not_there_stop_it_and_keep_the_earlier_file(made, tmp_path):
    run, _ = made
    path = tmp_path / "report.html"
    path.write_text("earlier")
    command = [sys.executable, "-m", "magnetoflow", "report", "--output", str(path), "--results", "nowhere"]
    done = subprocess.run(
        command, cwd=run.folder, env=run.environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 2
    assert "mms_gmm: left out, " in done.stderr
    assert "no results to report below nowhere" in done.stderr
    assert "do: make them: magnetoflow mms_gmm" in done.stderr
    assert [one.read_text() for one in tmp_path.iterdir()] == ["earlier"]


def test_nothing_is_read_in_a_run_and_a_script_gets_nothing(tmp_path):
    numbers = numbers_of(tmp_path / "nowhere")
    pickled = pickle.dumps(numbers)
    assert pickle.loads(pickled) == {}
    assert b"magnetoflow" not in pickled, "else each script would import it"


@pytest.mark.parametrize("study", STUDIES)
def test_captions_render_without_results(study, tmp_path):
    numbers = numbers_of(tmp_path)
    for name in captions(study):
        text = render(name, study, numbers, **WILDCARDS[study])
        assert all(f"{part}." in text for part in ("Method", "Inputs", "Numbers")), name


@pytest.mark.parametrize("study", STUDIES)
def test_captions_render_where_every_event_failed(study, tmp_path):
    """No row in any table, and an id and a reason that hold marks of rst and HTML."""
    folder = tmp_path / study
    folder.mkdir()
    found = WILDCARDS[study]
    event = found.get("event", "gill_20140310")
    (folder / "overview.csv").write_text(f"{OVERVIEW}{study},{event},1 2,{BAD}")
    for table in tables.TABLES[study]:
        if "{" not in table.path and not (folder / table.path).exists():
            (folder / table.path).parent.mkdir(exist_ok=True)
            (folder / table.path).write_text("a,b\n")
    numbers = numbers_of(tmp_path, waiting=(f"{study}_x", "manifest"))
    texts = {name: render(name, study, numbers, **found) for name in captions(study)}
    assert "1 of 1" in texts["table_overview"]
    assert "without result" in texts["table_overview"]
    assert "file *is* `cut` &lt;b&gt; at |x|_" in texts["table_failed"]
    page = front_page(study, folder, ["One.", "Two.", "Three."], {"figures/x.png": 10_000})
    assert "file *is* `cut` &lt;b&gt; at |x|_" in page
    assert "10000, too many for the report" in page
    assert f"{study}: not up to date, 1 job would run" in numbers.start_page
    assert "&lt;b&gt;" in numbers.start_page
    assert "\n" not in numbers.start_page


def test_failures_come_first_and_hundreds_of_events_are_shortened(tmp_path):
    done = ",2017-11-03T04:00:00Z,2017-11-03T16:00:00Z,done,7,0,0,1.0,720,0.1,X:72,a:720,3,,folder\n"
    rows = [f"mms_gmm,event_{number},1{done}" for number in range(MOST_EVENTS + 50)]
    (tmp_path / "overview.csv").write_text("".join([OVERVIEW, *rows, f"mms_gmm,bad_one,1,{BAD}"]))
    page = front_page("mms_gmm", tmp_path, ["One."], {}).partition("<h2>Tables</h2>")[0]
    assert page.count("<td>event_") == MOST_EVENTS - 1
    assert page.index("<td>bad_one") < page.index("<td>event_0")
    assert "And 51 more events: overview.csv" in page


def test_words_of_numbers():
    assert [counted(n, "event") for n in (0, 1, 2)] == ["no event", "1 event", "2 events"]
    assert tally("A:3 B_C:12") == {"A": 3, "B_C": 12}
    assert tally("") == {}
    assert share(1, 3) == "33.3 %"
    assert share(0, 0) == "-"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
def test_it_opens_in_a_browser(made, tmp_path):
    """The page that opens is the summary; its link shows the front page, a button the caption of a figure."""
    run, text = made
    path = "results/mms_gmm/figures/crossings.png"
    click = (
        "const when=(found,then)=>{const one=document.querySelector(found);"
        "one?then(one):setTimeout(()=>when(found,then),20)};"
        "when('.prose a',link=>{link.click();when('iframe',frame=>{"
        "document.title=frame.src.slice(0,14);"
        f"app.setView({{content:'img',contentPath:results['{path}'].data_uri,resultPath:'{path}',"
        "category:'mms_gmm',subcategory:'2 Tables',navbarMode:'resultinfo'})})})"
    )
    end = text.rindex("</body>")
    pages = {"start.html": text, "figure.html": f"{text[:end]}<script>{click}</script>{text[end:]}"}
    seen = {}
    for name, content in pages.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/own"]
        words += ["--virtual-time-budget=8000", "--dump-dom", f"file://{tmp_path / name}"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        app = done.stdout[done.stdout.index('<div id="app">') :]
        seen[name] = app[: app.index("<script")]
        if name == "figure.html":
            assert "<title>data:text/html" in done.stdout
    assert "magnetoflow: results of this run" in seen["start.html"]
    assert f"{len(rows_of(run.results / 'crossings.csv'))} boundary crossings" in plain(seen["start.html"])
    assert "<canvas" in seen["start.html"] or "<svg" in seen["start.html"], "the graph of rules"
    assert "crossings are clean" in plain(seen["figure.html"])
    assert '<img src="data:image/png' in seen["figure.html"]
