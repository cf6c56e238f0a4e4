"""Events of all studies on `archive: remote`, from a server that answers as the archives do."""

import csv
import hashlib
import json
import subprocess
import sys
import time
from collections import Counter

import h5py
import numpy as np
import pytest
import yaml

from tests.archive_faults import status
from tests.archive_server import ArchiveServer
from tests.runs import Run, leftovers
from tests.warm.calls import with_warm_scripts

RESULTS = {
    "mms_gmm": "mms_gmm/work/sample_mms1_20171103/features.csv",
    "mms_mp": "mms_mp/work/sample_mp_e/event.nc",
    "mms_rnn": "mms_rnn/work/sample_tail_a_mms2/burst.nc",
    "rept_pad": "rept_pad/work/sample_rept_a/20130313/records.nc",
    "aurora": "aurora/work/gill/20140310/00/status.json",
}
DISCARDED = "results/aurora/work/days/2014/03/10/20140310_gill_discarded.json"
TARGETS = [*(f"results/{name}" for name in RESULTS.values()), DISCARDED]
BURST = f"results/{RESULTS['mms_rnn']}"
STUDIES = {  # one spacecraft, fewer products, a day of ten: what is read is as in the sample's events
    "mms_mp": {
        "events": [
            {
                "id": "sample_mp_e",
                "probes": [1],
                "start": "2018-01-15T03:18:00",
                "stop": "2018-01-15T03:22:20",
                "rate": "brst",
            }
        ],
        "load": {"hpca": False, "electric": "none"},
    },
    "mms_rnn": {
        "events": [
            {
                "id": "sample_tail_a",
                "probes": [2],
                "start": "2017-07-19T08:15:00",
                "stop": "2017-07-19T08:16:30",
                "b0_nt": 15.0,
                "n0_cm3": 0.25,
            }
        ]
    },
    "rept_pad": {
        "events": [{"id": "sample_rept_a", "probe": "a", "start": "2013-03-13", "stop": "2013-03-14"}]
    },
}
FIELD = "mms/mms2/fgm/brst/l2/2017/07/19/mms2_fgm_brst_l2_20170719081457_v5.99.0.cdf"
LATER = FIELD.replace("081457", "114207")
"""Of the same day, and not of the event."""


@pytest.fixture(scope="module")
def samples(sample_run, mp_run, rnn_run, rept_run, aurora_run):
    """Finished runs of the sample, by study."""
    runs = (sample_run, mp_run, rnn_run, rept_run, aurora_run)
    return {run.study: run for run in runs}


@pytest.fixture
def server(samples):
    """Server of the sample archive, at an address that no other test has."""
    with ArchiveServer(*(run.folder / "data/sample" for run in samples.values())) as server:
        yield server


def configured(run, server, **remote):
    """Words of a call whose archive is a server."""
    path = run.folder / "remote.yaml"
    path.write_text(yaml.safe_dump({"archive": "remote", "remote": server.section(**remote), **STUDIES}))
    return ["--configfile", path]


@pytest.fixture(scope="module")
def remote(samples, checkout, tmp_path_factory):
    """One call for the smallest event of each study; images are deleted after use. With what was asked."""
    run = Run(tmp_path_factory.mktemp("remote"), checkout)
    with ArchiveServer(*(one.folder / "data/sample" for one in samples.values())) as server:
        said = run.make(*configured(run, server, keep_raw=False), "--", *TARGETS)
    return run, server.requests, said


def table(path):
    with path.open(newline="") as file:
        return [
            {name: value for name, value in row.items() if name != "source"} for row in csv.DictReader(file)
        ]


def arrays(path):
    """Every array of a NetCDF file; what attributes say of the source is left out."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, one: found.update({name: one[()]} if isinstance(one, h5py.Dataset) else {})
        )
    return found


def same(found, expected):
    return {name: one.tobytes() for name, one in found.items()} == {
        name: one.tobytes() for name, one in expected.items()
    }


@pytest.mark.parametrize("study", RESULTS)
def test_results_are_those_of_the_sample(remote, samples, study):
    name = f"results/{RESULTS[study]}"
    path, other = remote[0].folder / name, samples[study].folder / name
    if study == "aurora":
        path, other = path.with_name("frames.csv"), other.with_name("frames.csv")
    if path.suffix == ".csv":
        assert table(path) == table(other)
        assert len(table(path)) > 100
    else:
        found, expected = arrays(path), arrays(other)
        assert len(found) > 10
        for key, values in found.items():
            np.testing.assert_array_equal(values, expected[key][: len(values)], err_msg=key)


def test_each_file_is_asked_for_once_and_no_other(remote):
    run, requests, _ = remote
    files = Counter(
        one.path for one in requests if one.path.endswith((".cdf", ".gz", ".sav")) or ".V" in one.path
    )
    assert set(files.values()) == {1}
    manifests = [json.loads(path.read_bytes()) for path in run.folder.glob("data/manifests/remote/**/*.json")]
    named = {entry["path"].rpartition("/")[2] for one in manifests for entry in one["files"]}
    skymaps = {one["skymap"]["path"].rpartition("/")[2] for one in manifests if one.get("skymap")}
    assert len(skymaps) == 1
    assert {path.replace("=", "/").rpartition("/")[2] for path in files} == named | skymaps
    listings = (
        Counter(one.path for one in requests if "/rbsp/" not in one.path) - files
    )  # one folder per year
    assert max(listings.values()) == 1, "what one listing says is kept"
    assert not leftovers(run.folder)


def test_manifests_name_where_when_and_what(remote, samples):
    run, *_ = remote
    for path in run.folder.glob("data/manifests/remote/**/*.json"):
        manifest = json.loads(path.read_bytes())
        assert manifest["files"], path
        for entry in manifest["files"]:
            assert entry["url"].startswith("http://127.0.0.1:")
            content = [one.folder / "data/sample" / entry["path"] for one in samples.values()]
            (content,) = (one.read_bytes() for one in content if one.is_file())
            assert (entry["size"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_images_are_deleted_after_their_shard_and_nothing_else(remote):
    run, *_ = remote
    kept = {path.suffix for path in (run.folder / "data/archive").rglob("*.*") if path.is_file()}
    assert {".cdf", ".sav", ".V01"} <= kept
    assert ".gz" not in kept
    assert ".pgm" not in kept


def test_a_second_run_asks_nothing_whatever_the_server_and_a_rerun_needs_none(remote, server, tmp_path):
    run = remote[0].copy(tmp_path / "run")
    words = configured(run, server, keep_raw=False, total_s=20.0)
    assert "Nothing to be done" in run.make(*words, "--", *TARGETS)
    assert not server.requests
    server.stop()
    (run.folder / DISCARDED).unlink()
    assert run.plan(*words, "--", *TARGETS).rules == {"aurora_discard": 1}, "brings no image"
    run.make(*words, "--", *TARGETS)
    run.make("--touch", *words, "--", BURST)
    (run.folder / BURST).unlink()
    run.make(*words, "--", BURST)
    assert same(arrays(run.folder / BURST), arrays(remote[0].folder / BURST))


def test_r32_r33_a_newer_version_counts_from_the_update_on_for_its_events(remote, server, tmp_path):
    run = remote[0].copy(tmp_path / "run")
    words = configured(run, server, keep_raw=False)
    newer = FIELD.replace("v5.99.0", "v5.100.0")
    server.add(newer, another(server.read(FIELD)[0]))
    server.add(LATER.replace("v5.99.0", "v5.100.0"), another(server.read(LATER)[0]))
    assert not run.plan(*words, "--", *TARGETS).rules
    update = magnetoflow(run, "archive", "update", *words)
    assert "5.99.0" in update
    assert "5.100.0" in update
    assert server.count("v5.100.0") == 1, "the version that an event needs"
    planned = run.plan(*words, "--", *TARGETS).rules
    planned.pop("manifest", None)
    assert planned == {"mms_rnn_load": 1}
    run.make(*words, "--", *TARGETS)
    assert (run.folder / "data/archive" / newer).is_file()
    assert (run.folder / "data/archive" / FIELD).is_file(), "older versions are kept"
    assert same(arrays(run.folder / BURST), arrays(remote[0].folder / BURST)), "only a comment differs"
    assert not run.plan(*words, "--", *TARGETS).rules


def test_without_network_one_message_says_what_is_missing(server, checkout, tmp_path):
    run = Run(tmp_path, checkout)
    words = configured(run, server)
    server.stop()
    begin = time.monotonic()
    said = run.refuse(*words, "--", *TARGETS)
    assert time.monotonic() - begin < 30
    assert said.count("no network") == 1
    for name in ("mms1_fgm_srvy_l2_20171103", "MMS1_DEFEPH_2018015", "rbspa_rel03", "2014/03/10", "des-moms"):
        assert name in said
    assert "archive: sample" in said
    assert f"127.0.0.1:{server.port}" in said
    assert {path.name for path in tmp_path.iterdir()} == {"remote.yaml", ".snakemake"}


def test_a_file_that_fails_leaves_the_others_and_the_next_run_brings_it_alone(server, checkout, tmp_path):
    run = Run(tmp_path, checkout)
    words = configured(run, server)
    fields, ions = (
        f"data/manifests/remote/{name}.json"
        for name in (
            "mms_fgm_brst/mms2/20170719_081500_081630",
            "mms_fpi_brst_dis-moms/mms2/20170719_081500_081630",
        )
    )
    server.fault("mms2_fgm", status(503))
    said = run.refuse("--keep-going", *words, "--", fields, ions)
    log = (run.folder / "results/archive/logs" / f"{fields[15:-5]}.log").read_text()
    for part in (FIELD.rpartition("/")[2], f"127.0.0.1:{server.port}", "503"):
        assert part in log
        assert part in said
    assert (run.folder / ions).is_file()
    assert not (run.folder / fields).exists()
    assert not leftovers(run.folder)
    server.mend()
    server.requests.clear()
    run.make(*words, "--", fields, ions)
    assert [one.path for one in server.requests if "download" in one.path] == [
        f"/sdc/download/science?file={FIELD.rpartition('/')[2]}"
    ]


def test_a_run_above_max_download_gb_stops_before_it_begins(server, checkout, tmp_path):
    run = Run(tmp_path, checkout)
    said = run.refuse(*configured(run, server, max_download_gb=1e-4), "--", TARGETS[0])
    assert "max_download_gb" in said
    assert server.count("download") == 0


def magnetoflow(run, *words):
    """Call the command line of magnetoflow in the folder of a run."""
    call = [
        sys.executable,
        "-c",
        "from magnetoflow.cli import main; raise SystemExit(main())",
        *map(str, words),
    ]
    done = subprocess.run(
        call, cwd=run.folder, env=with_warm_scripts(run.environment()), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def another(cdf):
    """Same file but for a letter of its comment, with its MD5."""
    changed = cdf[:-16].replace(b"Common Data Format", b"Common Data format", 1)
    assert changed != cdf[:-16]
    return changed + hashlib.md5(changed).digest()
