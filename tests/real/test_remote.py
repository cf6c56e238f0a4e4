"""Real files on `archive: remote`, from a server that answers as the archives do."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import h5py
import pytest
import yaml

from magnetoflow.archive.manifests import build_manifest
from magnetoflow.archive.remote.days import Day, remote_manifest
from magnetoflow.errors import DownloadError
from magnetoflow.io.integrity import sha256_of
from magnetoflow.io.tables import read_csv
from tests.archive_server import ArchiveServer
from tests.runs import ROOT, Run

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
pytestmark = pytest.mark.skipif(not (REAL / "mms").is_dir(), reason="no real files beside the checkout")

MINUTES = {"start": "2015-10-16T13:05:25", "stop": "2015-10-16T13:07:40"}
CONFIG = {
    "mms_gmm": {"events": [{"id": "burst", "probe": 1, **MINUTES, "rate": "brst"}]},
    "mms_mp": {
        "events": [{"id": "mp", "probes": [1], **MINUTES, "rate": "brst"}],
        "load": {"electric": "none", "hpca": False, "ephemeris": "fgm"},
    },
    "aurora": {
        "events": [{"id": "gill", "site": "gill", "start": "2014-03-10T06:01", "stop": "2014-03-10T06:02"}],
        "preprocess": {"mask": "none"},
    },
}
TARGETS = [
    "results/mms_gmm/work/burst/features.csv",
    "results/mms_mp/work/mp/event.nc",
    "results/aurora/work/gill/20140310/00/status.json",
]
ROOTS = [{}, {"mms": "spdf", "images": "api"}]
DAYS = [
    ("mms_fpi_fast_dis-moms", "mms1", date(2015, 10, 17)),
    ("mms_fgm_brst", "mms4", date(2017, 8, 10)),
    ("mms_defeph", "mms2", date(2019, 1, 27)),
]
CUT = "mms_fpi_brst_dis-moms", "mms2", date(2017, 7, 26)


@pytest.fixture(scope="module")
def server():
    with ArchiveServer(REAL) as server:
        yield server


def test_events_of_three_studies(server, checkout, tmp_path):
    """By folders of SPDF and the interface of Calgary; the sample's runs go by the SDC and folders."""
    run = Run(tmp_path, checkout)
    overlay = run.folder / "mine.yaml"
    how = {"archive": "remote", "remote": server.section(**ROOTS[1])}
    overlay.write_text(yaml.safe_dump({**CONFIG, **how}))
    run.make("--configfile", overlay, "--", *TARGETS)
    minutes, _, frames = (run.folder / name for name in TARGETS)
    minutes, frames = read_csv(minutes), read_csv(frames.with_name("frames.csv"))
    assert minutes["n_samples"].gt(0).tolist() == [True] * 3
    assert minutes["norm_Bt"].notna().all()
    assert len(frames) == 20
    with h5py.File(run.folder / TARGETS[1]) as event:
        assert {"b", "plasma_ion", "position"} <= event["mms1"].keys()
        assert len(event["mms1/b/time"]) == 128 * 135
    brought = {path.name for path in (run.folder / "data/archive").rglob("*.*") if path.is_file()}
    assert {name for name in brought if name.endswith(".cdf")} == {
        "mms1_fgm_brst_l2_20151016130524_v4.18.1.cdf",
        "mms1_fpi_brst_l2_dis-moms_20151016130524_v3.3.0.cdf",
    }
    assert sum(name.endswith(".pgm.gz") for name in brought) == 4, "two minutes more: clocks"
    assert server.count("/sdc/") == 0
    assert server.count("/calgary_api/") == 1


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day[0])
@pytest.mark.parametrize("how", ROOTS, ids=["sdc", "spdf"])
def test_manifests_are_those_of_the_folder(server, tmp_path, day, how):
    found = remote_manifest(server.settings(**how), tmp_path, Day(*day))
    expected = build_manifest("folder", REAL, *day)
    assert expected["files"]
    assert without(found) == without(expected)


@pytest.mark.parametrize("how", ROOTS, ids=["listing", "api"])
def test_images_of_one_minute_are_those_of_the_folder(server, tmp_path, how):
    span = datetime(2014, 3, 10, 6, 3, tzinfo=UTC), datetime(2014, 3, 10, 6, 4, tzinfo=UTC)
    found = remote_manifest(
        server.settings(**how), tmp_path, Day("themis_asi", "gill", date(2014, 3, 10), span)
    )
    names = [f"20140310_060{minute}_gill_themis19_full.pgm.gz" for minute in (1, 2, 3)]
    folder = "themis/asi/stream0/2014/03/10/gill_themis19/ut06"
    assert [one["path"] for one in found["files"]] == [f"{folder}/{name}" for name in names]
    for one in found["files"]:
        assert (tmp_path / one["path"]).read_bytes() == (REAL / one["path"]).read_bytes()
        assert one["sha256"] == sha256_of(REAL / one["path"])
    assert found["skymap"] is None
    assert "skymaps/gill" in found["skymap_reason"]


def without(manifest):
    return [{k: v for k, v in one.items() if k not in {"url", "fetched"}} for one in manifest["files"]]


def test_files_that_the_archive_holds_damaged_are_refused_by_name(server, tmp_path):
    expected = build_manifest("folder", REAL, *CUT)["files"]
    damaged = [Path(one["path"]).name for one in expected if one["status"] == "damaged"]
    assert len(damaged) == 6
    with pytest.raises(DownloadError) as raised:
        remote_manifest(server.settings(), tmp_path, Day(*CUT))
    for name in damaged:
        assert name in str(raised.value)
    assert "keep_damaged" in str(raised.value)
    (good,) = (one["path"] for one in expected if one["status"] == "ok")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.cdf")] == [good]
    before = server.count("download")
    found = remote_manifest(server.settings(keep_damaged=True), tmp_path, Day(*CUT))
    assert server.count("download") - before == 2 * len(damaged), "each twice, the good one not again"
    assert [one["status"] for one in found["files"]] == [one["status"] for one in expected]
