"""The command line: overlay, checks, targets, and the call of Snakemake."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from magnetoflow.cli import main, mms_mp
from magnetoflow.cli.arguments import parser
from magnetoflow.cli.call import call, target_path
from magnetoflow.cli.overlay import check, overlay_file, overlay_of
from magnetoflow.errors import ConfigError
from magnetoflow.mms_mp.figure_names import CAPTIONS

EVENT = ["--probe", "1", "--start", "2015-10-17T04:55", "--stop", "2015-10-17T16:42"]


def options(*words):
    return parser().parse_args(["mms_gmm", *words])


def test_one_event_becomes_an_overlay_with_a_telling_id():
    overlay = overlay_of(options(*EVENT, "--results", "out"))
    (event,) = overlay["mms_gmm"]["events"]
    assert event["id"] == "mms1_20151017T0455_20151017T1642_fast"
    config = check(overlay, [])
    assert config.results == "out"
    assert config.mms_gmm.events[0].probe == 1
    assert config.mms_gmm.model.source == "shipped"


def test_values_of_set_are_read_as_yaml():
    overlay = overlay_of(options("--set", "mms_gmm.model.components=[4, 5]", "--set", "mms_gmm.model.seed=7"))
    assert overlay == {"mms_gmm": {"model": {"components": [4, 5], "seed": 7}}}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--probe", "1"], "an event needs --start and --stop too"),
        ([*EVENT, "--events", "x.csv"], "--events excludes --probe"),
        (["--probe", "5", *EVENT[2:]], "command line: mms_gmm.events[0].probe: found '5'"),
        ([*EVENT[:4], "--stop", "2015-10-17T04:00"], "stop must be later than start"),
        ([*EVENT[:4], "--stop", "2015-10-17T16:42+02:00"], "time with a zone"),
        ([*EVENT, "--id", "../x"], "allowed are 1 to 80 letters"),
        (["--archive", "nowhere"], "archive: no folder 'nowhere'"),
        (["--set", "mms_gmm.model.colour=1"], "mms_gmm.model.colour: unknown key"),
        (["--set", "seed"], "not key=value"),
        (["--events", "none.csv"], "file not found: none.csv"),
    ],
)
def test_wrong_input_is_refused_before_snakemake(words, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["mms_gmm", *words]) == 2
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


TAIL = ["--start", "2017-07-11T22:33:30", "--stop", "2017-07-11T22:34:15"]


def test_a_tail_event_becomes_an_overlay_whose_scales_are_derived():
    overlay = overlay_of(parser().parse_args(["mms_rnn", *TAIL, "--probes", "1", "3"]))
    (event,) = check(overlay, []).mms_rnn.events
    assert event.id == "tail_20170711T223330_20170711T223415"
    assert event.probes == (1, 3)
    assert event.b0_nt == event.n0_cm3 == "auto"
    words = ["--probe", "2", "--b0", "7.8", "--n0", "0.2", "--id", "edr"]
    overlay = overlay_of(parser().parse_args(["mms_rnn", *TAIL, *words]))
    (event,) = check(overlay, []).mms_rnn.events
    assert (event.id, event.probes, event.b0_nt, event.n0_cm3) == ("edr", (2,), 7.8, 0.2)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--start", "2017-07-11T22:33"], "an event needs --stop too"),
        ([*TAIL, "--events", "x.csv"], "--events excludes --start"),
        ([*TAIL, "--n0", "0"], "mms_rnn.events[0].n0_cm3"),
        ([*TAIL, "--probes", "5"], "mms_rnn.events[0].probes"),
        (["--model", "nowhere"], "no folder or file 'nowhere'"),
    ],
)
def test_wrong_tail_events_are_refused_before_snakemake(words, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["mms_rnn", *words]) == 2
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_targets_are_found_below_the_results():
    config = check({"results": "out"}, [])
    assert target_path("features.csv", config, "mms_gmm") == "out/mms_gmm/features.csv"
    assert target_path("out/mms_gmm/run.json", config, "mms_gmm") == "out/mms_gmm/run.json"
    assert target_path("mms_gmm_model", config, "mms_gmm") == "mms_gmm_model"


def test_an_overlay_of_a_dry_run_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    overlay = overlay_of(options(*EVENT))
    with overlay_file(overlay, check(overlay, []), "mms_gmm", keep=False) as path:
        assert yaml.safe_load(path.read_text()) == overlay
    assert not path.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_from_another_working_directory_lists_the_jobs_of_one_event(tmp_path, checkout):
    (tmp_path / "mirror").mkdir()
    words = [
        sys.executable,
        "-m",
        "magnetoflow",
        "mms_gmm",
        *EVENT,
        "--archive",
        "mirror",
        "-n",
        "features.csv",
    ]
    env = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        "Averaging spectra of mms1_20151017T0455_20151017T1642_fast over minutes" in done.stderr + done.stdout
    )
    assert "mms_gmm_model" not in done.stderr + done.stdout
    assert not (tmp_path / "results").exists()


def test_help_names_every_option_and_examples(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["mms_gmm", "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for word in ("--archive", "--keep-going", "--dry-run", "--unlock", "examples", "2015-10-17T04:55"):
        assert word in text


def test_config_prints_what_was_checked(capsys):
    assert main(["config", "--set", "mms_gmm.model.seed=5"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["mms_gmm"]["model"]["seed"] == 5


def test_the_status_of_the_child_is_passed_on():
    assert call([sys.executable, "-c", "raise SystemExit(3)"]) == 3


def test_a_signal_reaches_the_child_once():
    code = (
        "import sys; sys.argv = ['x']\n"
        "from magnetoflow.cli.call import call\n"
        "child = \"import signal, time; signal.signal(signal.SIGINT, lambda *_: print('caught', flush=True));"
        " print('ready', flush=True); time.sleep(1)\"\n"
        "raise SystemExit(call([sys.executable, '-c', child]))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    assert process.stdout.read() == "caught\n"
    assert process.wait() == 0


def test_an_interrupted_call_says_so_by_its_status():
    code = (
        "import sys\nfrom magnetoflow.cli.call import call\n"
        "child = \"import time; print('ready', flush=True); time.sleep(9)\"\n"
        "raise SystemExit(call([sys.executable, '-c', child]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait() == 130


@pytest.mark.parametrize("words", [["1", "2"], ["1,2"], ["mms1", "MMS2"], ["mms1;2"]])
def test_spacecraft_as_users_write_them(words):
    assert mms_mp.probe_list(words) == ["1", "2"]


def test_targets_behind_a_list_of_spacecraft_are_targets():
    given = parser().parse_args(["mms_mp", "--probes", "1", "2", "results/x/mp_analysis.json", "events.csv"])
    mms_mp.move_targets(given)
    assert given.probes == ["1", "2"]
    assert given.targets == ["results/x/mp_analysis.json", "events.csv"]


def test_spectrogram_diagnostics_are_counted_at_the_end(tmp_path, capsys):
    given = parser().parse_args(["mms_mp", "--diag-summarize"])
    config = check({"results": str(tmp_path)}, [])
    for event in config.mms_mp.events:
        table = tmp_path / "mms_mp" / event.id / "spectrogram_diagnostics_filtered.csv"
        table.parent.mkdir(parents=True)
        table.write_text("species,status\nion,ok\nion,ok\nelectron,missing\n")
    mms_mp.after_run(given, config)
    assert "sample_mp_a: electron missing 1, ion ok 2" in capsys.readouterr().out


def test_every_target_of_a_run_for_diagnostics_is_a_figure_that_is_made():
    given = parser().parse_args(["mms_mp", "--diagnostics-only-pdf"])
    names = {Path(one).stem for one in mms_mp.default_targets(given, check({}, [])) if one.endswith(".pdf")}
    assert names == {"spectrograms_ion", "spectrograms_electron", "spectrograms_combined"} & set(CAPTIONS)
    assert len(names) == 3


def test_a_mean_as_long_as_the_event_and_a_page_without_figures_are_refused():
    with pytest.raises(ConfigError, match="fewer than 20 means"):
        check({"mms_mp": {"motion": {"cadence_s": 100.0}}}, [])
    given = parser().parse_args(["mms_mp", "--no-plot", "--show"])
    with pytest.raises(ConfigError, match="--show excludes --no-plot"):
        mms_mp.default_targets(given, check({}, []))
