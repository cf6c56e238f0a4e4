"""Runs of mms_mp that meet missing or damaged files, or bad input: what the user sees, and what is left."""

import json
import os
import shutil
import signal
import time

import pandas as pd
import pytest

from magnetoflow.cli import main
from magnetoflow.cli.arguments import parser
from magnetoflow.cli.overlay import check, overlay_of
from magnetoflow.config import check_config, merge_files
from magnetoflow.config.lines import merge
from magnetoflow.config.load import SHIPPED
from magnetoflow.errors import ConfigError
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_mp.figure_names import CAPTIONS
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.mms_mp import EVENT_TABLES, Plan
from tests.runs import Run, digests, leftovers

DAY = "2018-01-15T"
STYLE = {"figures": {"dpi": 50}, "spectrograms": {"grids": False, "combined": False}}
FIGURES = [name for name in CAPTIONS if not name.startswith("spectrograms_")]
LOAD = {"ephemeris": "mec", "electric": "none", "hpca": False}


def event(name, start, stop, *probes):
    return {"id": name, "probes": list(probes) or [1, 3], "start": f"{DAY}{start}", "stop": f"{DAY}{stop}"}


CROSSING = event("crossing", "03:19:40", "03:20:40")
QUIET = event("quiet", "03:18:10", "03:18:50")
NO_PROBE = event("no_probe", "03:58:30", "04:00:40", 1, 2)
LATE = event("late", "05:35:00", "05:36:00")
TORN_FIELD = event("torn_field", "05:19:00", "05:21:40")
TORN_IONS = event("torn_ions", "04:39:20", "04:40:40")
BAD = (NO_PROBE, LATE, TORN_FIELD, TORN_IONS)
EARTHWARD = {"per_probe": {"1": {"n_hat": [-0.80, -0.50, 0.33], "V_ph_km_s": 60.0}}}


def files_of(root, pattern):
    found = sorted(root.rglob(pattern))
    assert found, pattern
    return found


def cut(path):
    """Replace a file, which may be linked to another's, by its first part."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


@pytest.fixture(scope="module")
def mirror(mp_run, tmp_path_factory):
    """Folder archive of MMS1 and MMS3, with a torn file of each kind and other versions of a good one."""
    root = tmp_path_factory.mktemp("mp_faults") / "mirror"
    for probe in ("mms1", "mms3"):
        shutil.copytree(
            mp_run.folder / "data/sample/mms" / probe, root / "mms" / probe, copy_function=os.link
        )
    cut(files_of(root / "mms/mms3/fgm/brst", "*_20180115052050_*")[0])
    cut(files_of(root / "mms/mms1/fpi/brst/l2/dis-moms", "*_2018011504373*")[0])
    (good,) = files_of(root / "mms/mms1/fgm/brst", "*_2018011503175*")
    newest, oldest = (good.with_name(good.name.replace("v5.111.0", f"v5.{n}.0")) for n in (112, 99))
    shutil.copy2(good, oldest)
    good.rename(newest)
    cut(oldest)
    return root


@pytest.fixture(scope="module")
def run(mp_run, mirror):
    """Run that the tests of this file share, in their order; its archive is only read."""
    (mirror.parent / "run").mkdir()
    return Run(mirror.parent / "run", mp_run.checkout, "mms_mp")


def words(run, mirror, name, *, events, load=(), **more):
    section = {"events": list(events), "load": {**LOAD, **dict(load)}, **STYLE, **more}
    return ["--config", f"archive={mirror}", *run.overlay(name, **section), "--"]


def results_of(*events, name="mp_analysis.json"):
    return [f"results/mms_mp/{one['id']}/{name}" for one in events]


def test_each_event_that_cannot_be_read_says_why_and_the_others_go_on(run, mirror):
    """A spacecraft without data, an interval outside the files, torn files of field and ions."""
    before = {path: path.read_bytes() for path in sorted(mirror.rglob("*")) if path.is_file()}
    call = words(run, mirror, "bad.yaml", events=[CROSSING, *BAD])
    said = run.refuse("--keep-going", *call, *results_of(CROSSING, *BAD))
    assert "event no_probe, MMS2" in said
    assert "event late, MMS1" in said
    nearest = files_of(mirror / "mms/mms1/fgm", "*_20180115052050_*")[0].name
    assert f"none of that time; the nearest is {nearest}" in said
    for victim in ("mms3_fgm_brst_l2_20180115052050", "mms1_fpi_brst_l2_dis-moms_2018011504373"):
        assert victim in said
    assert said.count("damaged file refused") >= 2
    assert "Traceback" not in said
    for one in BAD:
        assert not (run.results / one["id"] / "mp_analysis.json").exists()
    assert json.loads((run.results / "crossing/mp_analysis.json").read_text())["status"] == "ok"
    assert {path: path.read_bytes() for path in sorted(mirror.rglob("*")) if path.is_file()} == before


def test_the_newest_version_is_read_and_the_older_ones_are_not(run):
    """v5.112.0 beside a torn v5.99.0, which comes last in the alphabet."""
    log = (run.results / "logs/crossing/load.log").read_text()
    assert "MMS1: 7680 samples of the field" in log
    assert "damaged" not in log


def test_events_are_left_out_where_asked_and_one_without_crossing_is_a_result(run, mirror):
    """skip_failed: tables without rows, a page that says why; published normals keep their sign."""
    published = run.folder / "published.json"
    published.write_text(json.dumps(EARTHWARD))
    call = words(
        run, mirror, "skip.yaml", events=[CROSSING, QUIET, *BAD], skip_failed=True, overlay=str(published)
    )
    pages = results_of(QUIET, NO_PROBE, name="index.html")
    tables = [f"results/mms_mp/{name}.csv" for name in ("events", "failed", "remarks", "overview")]
    said = run.make(*call, *results_of(CROSSING, QUIET, *BAD), *pages, *tables)
    failed = read_csv(run.results / "failed.csv").set_index("event")
    assert sorted(failed.index) == sorted(one["id"] for one in BAD)
    assert "MMS2" in failed.loc["no_probe", "reason"]
    assert "dis-moms" in failed.loc["torn_ions", "reason"]
    for one in BAD:
        assert f"left out: {one['id']}: " in said
        folder = run.results / one["id"]
        for name in EVENT_TABLES:
            table = read_csv(folder / f"{name}.csv")
            assert (len(table), table.columns[-1]) == (0, "source")
        for probe in one["probes"]:
            assert len(read_csv(folder / f"series/dn_mms{probe}.csv")) == 0
        assert json.loads((folder / "mp_analysis.json").read_text())["status"] == "failed"
    assert "MMS2" in (run.results / "no_probe/index.html").read_text()
    assert (run.results / "no_probe/figures/methods.png").is_file()

    assert list(read_csv(run.results / "events.csv")["event"]) == ["quiet", "crossing"]
    quiet = json.loads((run.results / "quiet/mp_analysis.json").read_text())
    assert quiet["status"] == "no crossing"
    assert len(read_csv(run.results / "quiet/crossings.csv")) == 0
    assert "no crossing" in (run.results / "quiet/index.html").read_text()
    assert all((run.results / f"quiet/figures/{name}.png").stat().st_size > 1000 for name in FIGURES)
    remarks = read_csv(run.results / "remarks.csv")
    assert "no crossing" in set(remarks.loc[remarks["event"] == "quiet", "remark"])
    overview = read_csv(run.results / "overview.csv").set_index("event")
    states = {
        event: "no data" if error == "MissingData" else "failed" for event, error in failed["error"].items()
    }
    assert dict(overview["state"]) == {**states, "quiet": "done", "crossing": "done"}
    assert "no crossing" in overview.loc["quiet", "remarks"]

    (row,) = read_csv(run.results / "crossing/overlay.csv").to_dict("records")
    assert row["earthward"]
    assert row["n_dot_N"] < -0.9
    assert row["V_along_N_km_s"] == -60


def test_a_killed_analysis_runs_again_to_the_same_bytes(run, mirror, tmp_path):
    copy = run.copy(tmp_path / "run")
    target = words(copy, mirror, "mine.yaml", events=[CROSSING], skip_failed=True) + results_of(CROSSING)
    expected = digests(copy.folder, "results/mms_mp/crossing")
    assert len(expected) > 20
    log = copy.results / "logs/crossing/analysis.log"
    log.unlink()
    process = copy.start(*target)  # the published normals are gone, so that the analysis is made again
    end = time.monotonic() + 180
    while not log.exists():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (copy.results / "crossing/mp_analysis.json").exists()
    copy.make("--unlock", *target[:-1])
    copy.make(*target)
    assert leftovers(copy.folder) == []
    mine = digests(copy.folder, "results/mms_mp/crossing")
    different = {name for name in expected if mine.get(name) != expected[name]}
    assert different == {"results/mms_mp/crossing/overlay.csv"}
    assert sorted(mine) == sorted(expected)


def test_a_gap_is_left_and_a_spacecraft_is_left_out_where_asked(run, mirror):
    call = words(
        run, mirror, "gap.yaml", events=[NO_PROBE, TORN_FIELD, TORN_IONS], on_damaged="gap",
        load={"missing_probe": "leave_out"},
    )  # fmt: skip
    said = run.make(*call, *results_of(NO_PROBE, TORN_FIELD, TORN_IONS), "results/mms_mp/remarks.csv")
    remarks = read_csv(run.results / "remarks.csv")
    text = {
        (row["event"], str(row["probe"])): row["remark"]
        for row in remarks.astype({"probe": "Int64"}).to_dict("records")
        if "damaged" in row["remark"] or "left out" in row["remark"] or row["event"] == "no_probe"
    }
    assert text["no_probe", "2"].startswith("left out: field: 2018-01-15: no file of that day")
    assert "no_probe MMS2" in said
    assert "mms3_fgm_brst_l2_20180115052050" in text["torn_field", "3"]
    assert "is damaged" in text["torn_field", "3"]
    assert "dis-moms" in text["torn_ions", "1"]
    found = json.loads((run.results / "no_probe/mp_analysis.json").read_text())
    assert (found["status"], list(found["crossings_sec"])) == ("ok", ["1"])
    gaps = read_csv(run.results / "torn_field/gaps.csv")
    (gap,) = gaps[(gaps["probe"] == 3) & (gaps["series"] == "field")].query("seconds > 5").to_dict("records")
    assert gap["stop"] == pd.Timestamp(f"{DAY}05:21:40")
    assert 49 < gap["seconds"] < 50.1
    quality = read_csv(run.results / "torn_ions/quality.csv").set_index(["probe", "series"])
    assert quality.loc[(1, "ion_density"), "missing_share"] == 1
    assert quality.loc[(3, "ion_density"), "missing_share"] < 0.05
    found = json.loads((run.results / "torn_ions/mp_analysis.json").read_text())
    assert found["status"] == "ok"


SPAN = ["--start", "2018-01-15T05:58:00", "--stop", "2018-01-15T06:02:00"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([*SPAN, "--cadence", "0"], "--cadence 0: not a length of time above 0"),
        ([*SPAN, "--cadence", "0ms"], "--cadence 0ms: not a length of time above 0"),
        ([*SPAN, "--cadence", "nan"], "not a length of time above 0"),
        ([*SPAN, "--cadence=-1s"], "not a length of time above 0"),
        ([*SPAN, "--probes", "1", "5"], "mms_mp.events[0].probes[1]: found '5'"),
        ([*SPAN, "--probes", "1", "1"], "a value stands more than once"),
        ([*SPAN[:2], "--stop", SPAN[1]], "stop must be later than start"),
        ([*SPAN[:2], "--stop", "2018-01-15T05:00"], "stop must be later than start"),
        ([*SPAN[:2], "--stop", "2018-01-15T09:00"], "longer than 7200 s of brst data"),
        (SPAN[:2], "an event needs --stop too"),
        (["--minutes", "5"], "--minutes needs --center"),
        (["--center", SPAN[1], "--minutes", "0"], "--minutes 0: not a length of time above 0"),
        ([*SPAN, "--method", "guess"], "mms_mp.lmn.method"),
        ([*SPAN, "--method", "given"], "method: given needs n"),
        ([*SPAN, "--edp", "slow"], "mms_mp.load.electric"),
        ([*SPAN, "--ion-emax", "0"], "mms_mp.spectrograms.ion_emax_ev"),
        ([*SPAN, "--id", "figures"], "the results have folders of these names"),
        ([*SPAN, "--archive", "nowhere"], "archive: no folder 'nowhere'"),
    ],
)
def test_bad_arguments_are_refused_before_snakemake(arguments, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["mms_mp", *arguments]) == 2
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_cadence_is_that_of_plasma_and_electric_field():
    overlay = overlay_of(parser().parse_args(["mms_mp", *SPAN, "--cadence", "150ms", "--edp", "none"]))
    config = check(overlay, []).mms_mp
    assert config.motion.cadence_s == 0.15
    assert config.load.electric == "none"


def planned(**section):
    config = check_config(merge(merge_files(SHIPPED), {"mms_mp": section}), SHIPPED)
    return Plan(config, Archive(config))


@pytest.mark.parametrize(
    "one",
    [
        event("night", "00:00:00", "00:05:00"),
        event("no_such_probe", "03:18:30", "03:20:00", 1, 2),
        {**event("survey", "03:18:30", "03:20:00"), "rate": "fast"},
    ],
)
def test_the_sample_refuses_intervals_that_it_does_not_hold(one):
    with pytest.raises(ConfigError, match=rf"the sample archive has no burst data(?s:.*){one['id']}"):
        planned(events=[one])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "mms_mp.overlay: no file"),
        ("{", "overlay cannot be read(?s:.*)Expecting property name"),
        ('{"per_probe": {"1": {"n_hat": [1, 2, 3]}}}', "cannot be read(?s:.*)expected a unit vector"),
        ('{"per_probe": {"5": {"n_hat": [1, 0, 0]}}}', "cannot be read(?s:.*)expected 1, 2, 3 or 4"),
    ],
)
def test_a_broken_file_of_published_normals_is_refused_before_any_job(content, why, tmp_path):
    path = tmp_path / "published.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=why):
        planned(overlay=str(path))


def test_what_is_wrong_with_published_normals_is_all_that_a_user_sees(mp_checkout, tmp_path):
    run = Run(tmp_path, mp_checkout, "mms_mp")
    (tmp_path / "published.json").write_text('{"per_probe": 3}')
    said = run.refuse("-n", *run.overlay(overlay="published.json"))
    assert "published.json, per_probe" in said
    assert "Traceback" not in said
    assert not run.results.exists()
