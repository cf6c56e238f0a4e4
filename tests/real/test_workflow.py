"""The whole chain on real files: a fast day, a burst event, and truncated files of MMS2."""

import os
from pathlib import Path

import numpy as np
import pytest
import yaml

from magnetoflow.io.tables import read_csv
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.mms_gmm.regions import REGIONS, UNKNOWN
from tests.runs import ROOT, Run

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
MIRROR = REAL / "mms"
pytestmark = pytest.mark.skipif(not MIRROR.is_dir(), reason="no real files beside the checkout")

EVENTS = [
    {"id": "fast", "probe": 1, "start": "2015-10-17T04:55", "stop": "2015-10-17T16:42"},
    {"id": "burst", "probe": 1, "start": "2015-10-16T13:05", "stop": "2015-10-16T13:08", "rate": "brst"},
]
CUT = {"id": "cut", "probe": 2, "start": "2017-07-26T00:00", "stop": "2017-07-27T00:00", "rate": "brst"}


@pytest.fixture(scope="module")
def run(checkout, tmp_path_factory):
    """Both events, and one that needs truncated files, with --keep-going."""
    run = Run(tmp_path_factory.mktemp("real"), checkout)
    text = yaml.safe_dump({"mms_gmm": {"events": EVENTS}})
    overlay = run.folder / "real.yaml"
    overlay.write_text(text)
    places = [f"archive={REAL}", f"results={run.folder / 'results'}", f"data={run.folder / 'data'}"]
    before = {path: path.stat().st_mtime_ns for path in sorted(MIRROR.rglob("*"))}
    run.make("--config", *places, "--configfile", overlay, "--", run.results / "regions.csv")
    assert {path: path.stat().st_mtime_ns for path in sorted(MIRROR.rglob("*"))} == before, "only read"
    return run


def table(run, name, event):
    rows = read_csv(run.results / f"{name}.csv")
    return rows[rows["event"] == event].reset_index(drop=True)


def test_the_fast_day(run):
    features = table(run, "features", "fast")
    assert len(features) == 707
    missing = features["n_samples"] == 0
    assert missing.sum() == 8
    assert features.loc[missing, "time"].dt.strftime("%H:%M").tolist() == [
        f"16:{minute}" for minute in range(28, 36)
    ]
    assert (
        features.loc[missing, ["ratio_max_width", "ratio_high_low", "zeroed", "log_flux"]]
        .isna()
        .all(axis=None)
    )
    assert features["norm_Bt"].isna().all()
    assert ((features["quality"] & int(Quality.NO_FIELD)) > 0).all()
    assert (features["zeroed"] == 1).sum() == 13
    assert np.isclose(features["ratio_max_width"].mean(), 0.4663, atol=5e-5)
    assert np.isclose(features["ratio_high_low"].mean(), 0.8596, atol=5e-5)
    assert (features["source"] == "folder").all()


def test_the_regions_of_the_fast_day(run):
    regions, features = table(run, "regions", "fast"), table(run, "features", "fast")
    missing = features["n_samples"] == 0
    assert (regions.loc[missing, ["raw_label", "named_label"]] == UNKNOWN).all(axis=None)
    assert regions.loc[missing, [f"p_{region}" for region in REGIONS]].isna().all(axis=None)
    assert regions.loc[~missing, "p_magnetosheath"].notna().all()
    named = regions.loc[~missing, "named_label"].value_counts()
    assert named["magnetosheath"] > 0.9 * (~missing).sum(), "a day of magnetosheath, as its moments say"
    assert regions["model"].str.contains("trained on synthetic sample data").all()


def test_the_burst_event(run):
    features = table(run, "features", "burst")
    assert len(features) == 3
    assert (features["n_samples"] > 0).all()
    assert features["norm_Bt"].notna().all()
    assert ((features["quality"] & int(Quality.MIXED_TABLES)) > 0).all()


def test_truncated_files_are_refused_by_name(run):
    places = [f"archive={REAL}", f"results={run.folder / 'cut'}", f"data={run.folder / 'data'}"]
    words = ["--config", *places, *run.overlay("cut.yaml", events=[CUT])]
    said = run.refuse(*words, "--", run.folder / "cut/mms_gmm/features.csv")
    folder = MIRROR / "mms2/fpi/brst/l2/dis-moms/2017/07/26"
    names = [path.name for path in folder.glob("*.cdf") if path.stat().st_size % 16384 == 0]
    assert len(names) == 6
    assert "damaged file refused" in said
    for name in names:
        assert name in said
    assert "MD5" in said
    assert not (run.folder / "cut/mms_gmm/features.csv").exists()
