"""Hour files of the sample: cdflib reads what was written."""

from datetime import UTC, datetime

import cdflib
import numpy as np

from magnetoflow.sample.aurora_cdf import hour_path, write_hour
from magnetoflow.sample.aurora_scenes import random_scene, render


def test_an_hour_comes_back(tmp_path):
    scene = random_scene(np.random.default_rng(1), "no_aurora", "clear")
    images = render(scene, 3.0 * np.arange(5))
    offsets = np.array([41_300, 3_020_900, 6_007_000, 9_055_000, 15_030_000])
    time = np.datetime64("2014-03-10T06:16:00", "us") + offsets.astype("timedelta64[us]")
    path = tmp_path / hour_path("gill", datetime(2014, 3, 10, 6, tzinfo=UTC))
    assert path.name == "thg_l1_asf_gill_2014031006_v01.cdf"
    for _ in range(2):
        write_hour(path, "gill", time, images)
    file = cdflib.CDF(path)
    assert np.array_equal(file.varget("thg_asf_gill"), images)
    assert file.varinq("thg_asf_gill").Data_Type_Description == "CDF_UINT2"
    steps = file.varget("thg_asf_gill_time")
    assert steps.tolist() == [1394432160.0 + one for one in (0, 3, 6, 9, 15)]
    utc = cdflib.cdfepoch.to_datetime(file.varget("thg_asf_gill_epoch"))
    assert np.abs(utc - time).max() < np.timedelta64(1000, "us")
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name]


def test_equal_hours_have_equal_bytes(tmp_path):
    images = np.arange(65536, dtype=np.uint16).reshape(1, 256, 256)
    time = np.array(["2014-03-10T06:00:00.063119"], dtype="datetime64[us]")
    for name in "ab":
        write_hour(tmp_path / name / "thg_l1_asf_gill_2014031006_v01.cdf", "gill", time, images)
    one, two = ((tmp_path / name / "thg_l1_asf_gill_2014031006_v01.cdf").read_bytes() for name in "ab")
    assert one == two
