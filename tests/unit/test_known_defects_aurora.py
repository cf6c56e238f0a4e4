"""The defects of the earlier public scripts of aurora: each would come back as a failure of a test here.

Those that need whole runs are in tests/workflow/test_aurora_run.py (defects 2, 4, 9) and
tests/faults/test_aurora_running.py (defects 4, 5).
"""

import ast
from dataclasses import asdict
from datetime import date
from functools import cache

import numpy as np
import pytest

from magnetoflow.archive.images import find_skymap
from magnetoflow.aurora.frames import Frames
from magnetoflow.aurora.inputs import relevant
from magnetoflow.aurora.keogram import zenith_pixel
from magnetoflow.aurora.mask import elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.aurora.smoothing import MeanSmoother
from magnetoflow.errors import ModelError
from magnetoflow.io.aurora_model_files import check_network
from magnetoflow.io.classifications import read_classifications, write_classifications
from magnetoflow.io.skymap import read_skymap
from magnetoflow.sample.aurora_skymap import write_skymaps
from magnetoflow.workflow.code_hash import ROOT

SHIPPED = ROOT / "magnetoflow" / "aurora" / "model" / "network"
START = np.datetime64("2014-03-10T06:00", "ns")
SOURCES = sorted([*ROOT.glob("magnetoflow/**/*.py"), *ROOT.glob("scripts/**/*.py")])


def times(count):
    return START + np.arange(count) * np.timedelta64(3, "s")


def test_1_rows_are_in_time_order_whatever_their_order_was(tmp_path):
    order = np.random.default_rng(0).permutation(50)
    label, chance = np.arange(50) % 4, np.linspace(0.3, 0.9, 50).astype(np.float32)
    paths = [tmp_path / name / "20140310_gill_themis_classifications.txt" for name in ("a", "b")]
    for path, rows in zip(paths, (np.arange(50), order), strict=True):
        write_classifications(path, times(50)[rows], label[rows], chance[rows])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert read_classifications(paths[1]).out_of_order == 0


def test_2_smoothing_is_done_and_does_not_cross_gaps():
    chances = np.eye(4)[np.tile([3, 3, 1, 3], 10)]
    time = times(40)
    time[20:] += np.timedelta64(1, "h")
    smooth = MeanSmoother(frames=10).predict(time, chances, 56.0, -95.0)
    assert (smooth.label == 3).all()
    assert smooth.segment.tolist() == [0] * 20 + [1] * 20


def test_3_each_camera_has_its_own_mask_and_none_is_moved(tmp_path):
    masks = {}
    for site in ("gill", "rank"):
        write_skymaps(tmp_path, site)
        entry, reason = find_skymap(tmp_path, site, date(2014, 3, 10))
        assert reason is None
        elevation = read_skymap(tmp_path / entry["path"]).elevation_deg
        masks[site] = elevation_mask(elevation)
        rows, columns = np.nonzero(masks[site])
        row, column = zenith_pixel(elevation)
        assert rows.mean() == pytest.approx(row, abs=1.5)
        assert columns.mean() == pytest.approx(column, abs=1.5)
    assert (masks["gill"] != masks["rank"]).mean() > 0.01


@cache
def imported(path):
    """Modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("module", ["multiprocessing", "concurrent", "joblib", "pickle", "dill", "shelve"])
def test_6_8_no_worker_pools_and_no_pickles_anywhere(module):
    """I3 of the list of faults, too: parallel work is Snakemake's. Downloads wait in threads of theirs."""
    found = [path for path in SOURCES if any(name.split(".")[0] == module for name in imported(path))]
    assert {path.parent.name for path in found} <= ({"remote"} if module == "concurrent" else set())
    assert not any("ProcessPool" in path.read_text() for path in found)


def test_7_training_and_inference_scale_alike():
    """One function prepares both, and a network made with other options is refused."""
    check_network("shipped", asdict(Preprocess()), SHIPPED)
    with pytest.raises(ModelError, match="trained on images of another preprocessing"):
        check_network("shipped", asdict(Preprocess(chain="compatible")), SHIPPED)
    with pytest.raises(ModelError, match="trained on images of another preprocessing"):
        check_network("shipped", relevant(asdict(Preprocess(size=32))), SHIPPED)
    users = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if "magnetoflow.aurora.preprocessing" in imported(path) and "prepare(" in path.read_text()
    ]
    assert {"magnetoflow/aurora/shard.py", "magnetoflow/io/aurora_training.py"} <= set(users)


def test_8_sixteen_bits_reach_the_network():
    """The earlier movie code read 8 bits: 256 neighbouring counts were one."""
    images = np.full((2, 256, 256), 5000, np.uint16)
    images[1] += 1
    frames = Frames("gill", times(2), images, np.zeros(2, np.uint16))
    planes = prepare(frames, None, Preprocess())
    assert planes.images[1, 0, 30, 30] - planes.images[0, 0, 30, 30] == 1


def test_9_no_slice_is_left_that_drops_frames():
    frames = Frames("gill", times(7), np.zeros((7, 256, 256), np.uint16), np.zeros(7, np.uint16))
    assert len(prepare(frames, None, Preprocess())) == 7
