"""Minute files of the sample: what the oracle reads is the truth, and each planted fault is there."""

import csv
import gzip
import json
import re
import zlib
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import themis_imager_readfile

from magnetoflow.aurora.classes import CLASSES, Flag
from magnetoflow.errors import ArchiveError
from magnetoflow.sample import aurora_plan as plan
from magnetoflow.sample.aurora_camera import elevation_deg
from magnetoflow.sample.aurora_files import minute_path, write_camera_day, write_planned
from magnetoflow.sample.aurora_night import FrameTruth, day_truth, minute_images, scene_weights
from magnetoflow.sample.aurora_skymap import camera_of

START = datetime(2014, 3, 10, 6, 0, tzinfo=UTC)
KINDS = (*plan.DATA_FAULTS, *plan.FILE_FAULTS)
"""Fault number k sits in minute k; minute 12 is clean."""


def night():
    scenes = (
        plan.PlannedScene("pulsating", "patches", 6),
        plan.PlannedScene("other_aurora", "arc", 5),
        plan.PlannedScene("no_aurora", "clear", 2),
    )
    faults = tuple(plan.Fault(kind, START + timedelta(minutes=k)) for k, kind in enumerate(KINDS))
    return plan.Night("gill", START, scenes, faults)


DAY = plan.CameraDay("gill", date(2014, 3, 10), START, START + timedelta(minutes=13), night())


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    write_planned(folder, DAY)
    return folder


@pytest.fixture(scope="module")
def rows(root):
    with (root / "truth/aurora/gill_20140310.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def read(root, kind, suffix="_full.pgm.gz"):
    """Frames and times of the minute of a fault, read by the oracle."""
    number = 12 if kind == "clean" else KINDS.index(kind)
    images, headers, problems = themis_imager_readfile.read([str(root / minute_path(DAY, number, suffix))])
    assert not problems
    times = [np.datetime64(one["Image request start"].removesuffix(" UTC"), "us") for one in headers]
    return np.moveaxis(images, 2, 0), np.array(times)


def expected(rows, kind):
    return [one for one in rows if one["fault"] == kind and one["expected"] == "1"]


def minute_rows(rows, number):
    return [one for one in rows if one["file"] == minute_path(DAY, number).name]


def test_the_oracle_reads_the_frames_that_were_rendered(root, rows):
    images, times = read(root, "clean")
    truth = day_truth(DAY)
    assert np.array_equal(images, minute_images(DAY, truth, 12))
    assert [f"{one}Z" for one in times] == [one["time"] for one in minute_rows(rows, 12)]


def test_header_keys_are_those_of_real_files(root):
    content = gzip.decompress((root / minute_path(DAY, 12)).read_bytes())
    headers = re.findall(rb"P5\n((?:#[^\n]*\n)+)256 256\n65535\n", content)
    assert len(headers) == 20
    assert headers[0].count(b"\n") == 30
    assert {one.count(b"\n") for one in headers[1:]} == {7}
    assert headers[0].count(b'"Site unique ID" gill') == 2
    assert headers[0].count(b'"Project unique ID"') == 2
    assert len({len(one) for one in headers[1:]}) == 1
    assert content[:2] == b"P5"
    assert len(content) == 20 * 131072 + sum(len(one) + len(b"P5\n256 256\n65535\n") for one in headers)


def test_header_length_varies_with_the_sequence_number(root):
    sizes = set()
    content = gzip.decompress((root / minute_path(DAY, 0)).read_bytes())
    for one in re.findall(rb"P5\n((?:#[^\n]*\n)+)256 256\n65535\n", content)[1:]:
        sizes.add(len(one))
    assert len(sizes) == 2


def test_missing_frame_and_minute(root, rows):
    assert len(read(root, "missing_frame")[1]) == 19
    assert not (root / minute_path(DAY, KINDS.index("missing_minutes"))).exists()
    for kind, count in (("missing_frame", 1), ("missing_minutes", 20)):
        lost = [one for one in rows if one["fault"] == kind]
        assert [one["expected"] for one in lost] == ["0"] * count
        assert {one["frame"] for one in lost} == {""}


def test_twins_hold_the_same_bytes(root):
    number = KINDS.index("twin")
    packed, plain = (root / minute_path(DAY, number, one) for one in ("_full.pgm.gz", "_full.pgm"))
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert len(list(root.rglob("*.pgm"))) == 1


def test_a_repeated_frame_is_the_same_frame(root):
    images, times = read(root, "repeated")
    assert len(times) == 21
    assert times[5] == times[6]
    assert np.array_equal(images[5], images[6])
    assert len(np.unique(times)) == 20


def test_a_wide_file_has_other_content_and_the_same_times(root):
    images, times = read(root, "wide")
    other, same = read(root, "wide", "_wide_full.pgm.gz")
    assert np.array_equal(times, same)
    assert not np.array_equal(images, other)
    assert [one.name for one in root.rglob("*_wide_*")] == ["20140310_0604_gill_themis19_wide_full.pgm.gz"]


def test_a_clock_step_back_is_in_the_headers_and_in_the_truth(root, rows):
    _, times = read(root, "clock_back")
    steps = np.diff(times) / np.timedelta64(1, "s")
    assert (steps < 0).sum() == 1
    assert len(np.unique(times.astype("datetime64[s]"))) == 20
    stated = minute_rows(rows, KINDS.index("clock_back"))
    assert [one["time"] for one in stated] == sorted(f"{one}Z" for one in times)
    flagged = [one["time"] for one in stated if int(one["flags"]) & Flag.CLOCK_BACK]
    assert flagged == [f"{times[1:][steps < 0][0]}Z"]


def test_black_and_saturated_minutes_are_flagged_and_look_it(root, rows):
    inside = elevation_deg(camera_of("gill"), *np.indices((256, 256)).astype(float)) > 10
    for kind, flag in (("black", Flag.BLACK), ("saturated", Flag.SATURATED)):
        images, _ = read(root, kind)
        stated = expected(rows, kind)
        assert len(stated) == 20
        assert {one["label_str"] for one in stated} == {"bad_viewing"}
        assert all(int(one["flags"]) & flag for one in stated)
        if kind == "black":
            assert images.max() < 3300 + 200
        else:
            assert (images[:, inside] == 65535).mean() > 0.9


def test_truncated_crc_size_and_no_time(root):
    packed = {one: (root / minute_path(DAY, KINDS.index(one))).read_bytes() for one in plan.FILE_FAULTS}
    with pytest.raises(EOFError):
        gzip.decompress(packed["truncated"])
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        gzip.decompress(packed["crc"])
    assert len(zlib.decompressobj(31).decompress(packed["crc"][:-8])) > 20 * 131072
    assert b"128 128\n" in gzip.decompress(packed["size"])
    content = gzip.decompress(packed["no_time"])
    assert content.count(b'"Image request start"') == 19
    assert content.count(b"P5\n#") == 20


def test_expected_frames_are_numbered_in_time_order_and_gaps_flagged(rows):
    kept = [one for one in rows if one["expected"] == "1"]
    assert [int(one["frame"]) for one in kept] == list(range(len(kept)))
    times = np.array([one["time"][:-1] for one in kept], dtype="datetime64[us]")
    gaps = np.concatenate([[True], np.diff(times) > np.timedelta64(4500, "ms")])
    assert [bool(int(one["flags"]) & Flag.GAP_BEFORE) for one in kept] == gaps.tolist()
    refused = {one["fault"] for one in rows if one["expected"] == "0"}
    assert refused == {"missing_frame", "missing_minutes", *plan.FILE_FAULTS}


def test_labels_are_those_of_the_scenes(rows):
    for one in rows:
        assert one["label_str"] == CLASSES[int(one["label"])]
        if one["fault"] not in ("black", "saturated"):
            assert one["label_str"] == DAY.night.scenes[int(one["scene"])].kind
        assert bool(one["patches_on"]) == (one["scene"] == "0")
        assert bool(one["arc_elevation_deg"]) == (one["scene"] == "1")


def test_patch_arrays_agree_with_the_images(root):
    with np.load(root / "truth/aurora/gill_20140310.npz", allow_pickle=False) as arrays:
        assert {one.split("_")[0] for one in arrays.files} == {"scene0"}
        time, masks, on = (arrays[f"scene0_{one}"] for one in ("time", "masks", "on"))
        brightness, peak = arrays["scene0_brightness"], arrays["scene0_peak"]
    images, times = read(root, "twin")
    rows = np.searchsorted(time, times)
    assert np.array_equal(time[rows], times)
    assert np.array_equal(on, brightness >= 0.5)
    seen = 0
    for patch in np.argsort(-peak)[:8]:
        inside = (masks[rows] == patch + 1).all(axis=0)
        if inside.sum() < 20 or np.ptp(brightness[rows, patch]) < 0.5:
            continue
        level = images[:, inside].mean(axis=1)
        seen += np.corrcoef(level, brightness[rows, patch])[0, 1] > 0.8
    assert seen >= 2


def test_the_stamp_lists_every_file_with_its_hash(root):
    stamp = json.loads((root / "truth/aurora/gill_20140310.json").read_text())
    written = sorted(one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file())
    assert [one["path"] for one in stamp["files"]] == [one for one in written if one.startswith("themis/")]
    assert [one["kind"] for one in stamp["faults"]] == list(KINDS)
    assert [one["class"] for one in stamp["scenes"]] == ["pulsating", "other_aurora", "no_aurora"]


def test_a_camera_day_is_written_again_to_the_same_bytes(root, tmp_path):
    short = plan.CameraDay("gill", DAY.day, START, START + timedelta(minutes=2), DAY.night)
    for name in "ab":
        write_planned(tmp_path / name, short)
    for one in (tmp_path / "a").rglob("*"):
        if one.is_file():
            assert one.read_bytes() == (tmp_path / "b" / one.relative_to(tmp_path / "a")).read_bytes(), one
    assert (tmp_path / "a" / minute_path(DAY, 0)).read_bytes() == (root / minute_path(DAY, 0)).read_bytes()


def test_scenes_go_over_into_each_other():
    weights = scene_weights(DAY.night, np.array([0.0, 354.0, 360.0, 363.0, 366.0, 770.0]))
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert weights[:, 0] == pytest.approx([1.0, 1.0, 0.5, 0.25, 0.0, 0.0])
    assert weights[5] == pytest.approx([0.0, 0.0, 1.0])


def test_unknown_camera_days_are_refused(tmp_path):
    with pytest.raises(ArchiveError, match="the sample has no images of inuv on 2014-03-10"):
        write_camera_day(tmp_path, "inuv", date(2014, 3, 10))
    assert not list(tmp_path.iterdir())


def test_the_plan_keeps_to_its_limits():
    assert len(plan.NIGHTS) == 6
    assert {one.site for one in plan.NIGHTS} == {"gill", "rank"}
    for one in plan.NIGHTS:
        assert one.stop - one.start <= timedelta(minutes=30)
        assert {scene.kind for scene in one.scenes} == set(CLASSES)
    days = [(one.site, one.day) for one in plan.CAMERA_DAYS]
    assert len(set(days)) == len(days) == 8
    assert ("gill", date(2016, 12, 30)) in days
    assert ("gill", date(2016, 12, 31)) in days
    damaged = {
        (one.site, one.day) for one in plan.CAMERA_DAYS for f in one.faults if f.kind in plan.FILE_FAULTS
    }
    assert damaged == set(plan.DAMAGED_DAYS)
    assert {f.kind for one in plan.CAMERA_DAYS for f in one.faults} == set(KINDS)
    minutes = sum((one.stop - one.start) / timedelta(minutes=1) for one in plan.CAMERA_DAYS)
    assert minutes * 2.2 < 300


def test_both_parts_of_a_night_that_crosses_midnight_continue_each_other():
    before, after = (day_truth(plan.camera_day("gill", date(2016, 12, day))) for day in (30, 31))
    assert after.second[0] - before.second[-1] == pytest.approx(3.0, abs=0.1)
    assert before.scene[-1] == after.scene[0]
    assert before.label[-1] == after.label[0] == CLASSES.index("pulsating")


def test_planted_faults_leave_pulsating_and_clean_frames_of_each_class():
    for one in plan.CAMERA_DAYS:
        truth = day_truth(one)
        assert isinstance(truth, FrameTruth)
        hidden = (truth.label == CLASSES.index("pulsating")) & (truth.fault != "")
        assert hidden.sum() <= 21
        faults = [(fault.start, fault.minutes) for fault in one.faults]
        assert len({start for start, _ in faults}) == len(faults)
