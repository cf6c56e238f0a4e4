"""Training sets: what is written is read, bytes repeat, other layouts are read, damage is refused."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest

from magnetoflow.aurora.frames import Frames
from magnetoflow.errors import ArchiveError, CorruptFile, InsufficientData, MissingData
from magnetoflow.io.skymap import Skymap
from magnetoflow.io.training_reading import read_blocks, read_training_set
from magnetoflow.io.training_sets import new_training_set

START = np.datetime64("2014-03-10T06:00:00.063119", "ns")
N = 47


def frames(n=N, site="gill", first=0):
    rng = np.random.default_rng(7)
    base = rng.integers(3400, 20_000, (16, 16), dtype=np.uint16).repeat(16, 0).repeat(16, 1)
    number = np.arange(first, first + n)
    images = base + number.astype(np.uint16)[:, None, None]
    time = START + number * np.timedelta64(3, "s")
    return Frames(site, time, images, (number % 5).astype(np.uint16))


def part_of(whole, rows):
    return Frames(whole.site, whole.time[rows], whole.images[rows], whole.flags[rows])


LABEL = (np.arange(N) % 5 - 1).astype(np.int8)
SOURCE = (np.arange(N) % 3 - 1).astype(np.int32)
CORNERS = np.arange(3 * 257 * 257, dtype=np.float32).reshape(3, 257, 257)
SKYMAP = Skymap(
    site="gill",
    valid_from=date(2011, 3, 5),
    elevation_deg=np.full((256, 256), np.nan, np.float32),
    azimuth_deg=np.full((256, 256), 20, np.float32),
    altitude_km=np.array([90.0, 110.0, 150.0]),
    latitude_deg=CORNERS,
    longitude_deg=CORNERS[::-1],
)


def write(path, cuts=(), whole=None, **options):
    whole = whole or frames()
    with new_training_set(path, "gill", sources=["a.csv:2", "a.csv:3"], **options) as writer:
        for first, last in pairwise([0, *cuts, len(whole)]):
            rows = slice(first, last)
            writer.append(part_of(whole, rows), LABEL[rows], SOURCE[rows])
    return path


def joined(blocks):
    parts = list(blocks)
    return [
        np.concatenate([getattr(part, name) for part, _ in parts]) for name in ("time", "images", "flags")
    ] + [np.concatenate([label for _, label in parts])]


def test_round_trip(tmp_path):
    path = write(tmp_path / "all-images-2014-03-10-gill.h5", skymap=SKYMAP)
    assert path.name == "all-images-2014-03-10-gill.h5"
    head, whole = read_training_set(path), frames()
    assert (head.site, head.sources, head.frame_axis) == ("gill", ("a.csv:2", "a.csv:3"), 0)
    np.testing.assert_array_equal(head.source, SOURCE)
    time, images, flags, label = joined(read_blocks(path, most=13))
    np.testing.assert_array_equal(images, whole.images)
    np.testing.assert_array_equal(flags, whole.flags)
    np.testing.assert_array_equal(label, LABEL)
    np.testing.assert_array_equal(time, whole.time)
    with h5py.File(path) as file:
        assert (file["iso_ut_time"][0], file["iso_ut_time"].dtype) == (b"2014-03-10T06:00:00.063119Z", "S27")
        assert file["images"].chunks == (20, 256, 256)
        np.testing.assert_array_equal(file["skymap_glat"], CORNERS[:, :256, :256])
        assert (file["skymap_alt"][1], file["skymap_alt"].attrs["units"]) == (110_000, b"m")
        assert file.attrs["wavelength"] == b"white light"
        assert file.attrs["classes"] == b"bad_viewing,no_aurora,other_aurora,pulsating"
        assert file.attrs["station_latitude"] == pytest.approx(56.35)


def test_the_bytes_depend_on_neither_the_cuts_nor_the_time_of_writing(tmp_path):
    want = write(tmp_path / "a.h5", skymap=SKYMAP).read_bytes()
    time.sleep(1.1)  # HDF5 keeps times to the second
    assert write(tmp_path / "b.h5", cuts=(1, 1, 19, 41), skymap=SKYMAP).read_bytes() == want
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.h5", "b.h5"]


def test_blocks_hold_no_gap_and_other_labels_can_be_given(tmp_path):
    keep = np.r_[0:10, 11:30, 40:47]
    path = write(tmp_path / "a.h5", whole=part_of(frames(), keep))
    assert [len(part) for part, _ in read_blocks(path, most=15)] == [10, 15, 4, 7]
    assert [len(part) for part, _ in read_blocks(path, gap_s=7)] == [29, 7]
    found = [label.tolist() for _, label in read_blocks(path, label=np.full(36, 2))]
    assert found == [[2] * 10, [2] * 19, [2] * 7]
    with pytest.raises(ValueError, match="3 labels for 36 frames"):
        next(read_blocks(path, label=np.zeros(3)))


def published(path, images, time=None, **attrs):
    with h5py.File(path, "w") as file:
        file["images"] = images
        file["iso_ut_time"] = time if time is not None else texts(frames(N).time)
        file.attrs.update(attrs)
    return path


def texts(time):
    return np.char.add(np.datetime_as_string(time, unit="us"), "Z").astype("S27")


def test_the_published_layout_has_8_bits_and_the_frame_last(tmp_path):
    narrow = (frames().images >> 8).astype(np.uint8)
    path = published(
        tmp_path / "all-images-2014-03-10-gill.h5", np.moveaxis(narrow, 0, 2), wavelength="white"
    )
    time, images, _, label = joined(read_blocks(path, most=20))
    np.testing.assert_array_equal(images, narrow * np.uint16(257))
    np.testing.assert_array_equal(time, frames().time)
    assert (label == -1).all()
    assert read_training_set(path).site == "gill"


def test_the_pfrr_layout_has_the_frame_first_and_any_size(tmp_path):
    path = published(tmp_path / "all-images-2016-10-06-pfrr.h5", frames().images[:, :128, :120])
    _, images, _, _ = joined(read_blocks(path))
    np.testing.assert_array_equal(images, frames().images[:, :128, :120])


@pytest.mark.parametrize(("kind", "axis"), [(np.uint8, 2), (np.uint16, 0)])
def test_as_many_frames_as_rows(tmp_path, kind, axis):
    images = np.zeros((256, 256, 256), kind)
    time = texts(START + np.arange(256) * np.timedelta64(3, "s"))
    assert (
        read_training_set(published(tmp_path / "all-images-2014-03-10-gill.h5", images, time)).frame_axis
        == axis
    )


def test_frames_out_of_order_or_twice_are_put_in_order_and_read_once(tmp_path):
    whole = frames()
    order = np.r_[20:47, 5:20, 10, 0:5]
    path = published(
        tmp_path / "all-images-2014-03-10-gill.h5", whole.images[order], texts(whole.time[order])
    )
    time, images, _, _ = joined(read_blocks(path, most=12))
    np.testing.assert_array_equal(time, whole.time)
    np.testing.assert_array_equal(images, whole.images)


def test_frames_that_do_not_belong(tmp_path):
    whole = frames()
    for wrong, label in (
        (frames(site="rank"), LABEL),
        (part_of(whole, slice(None, None, -1)), LABEL),
        (part_of(whole, [0, 0]), LABEL[:2]),
        (Frames("gill", whole.time, whole.images[:, :100], whole.flags), LABEL),
        (whole, LABEL[:-1]),
    ):
        with pytest.raises(ValueError), new_training_set(tmp_path / "a.h5", "gill") as writer:
            writer.append(wrong, label)
    with pytest.raises(InsufficientData, match="no frames"), new_training_set(tmp_path / "a.h5", "gill"):
        pass
    with pytest.raises(ValueError, match="skymap of rank in a set of gill"):
        write(tmp_path / "a.h5", skymap=replace(SKYMAP, site="rank"))
    assert list(tmp_path.iterdir()) == []


def full_disk(path, size):
    for limit in (0, 1000, 5000, size // 2, size - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            write(path)
        except ArchiveError as error:
            print(str(error).replace("\n", ""))


def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path):
    code = (
        "import sys; sys.path.insert(0, '.'); from tests.unit.test_training_sets import full_disk;"
        f"full_disk({str(tmp_path / 'new' / 'a.h5')!r}, {write(tmp_path / 'a.h5').stat().st_size})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert (found.returncode, found.stderr) == (0, "")
    assert [line[:29] for line in found.stdout.splitlines()] == ["file cannot be written  where"] * 5
    assert list((tmp_path / "new").iterdir()) == []


def test_what_is_there_stays_until_the_new_set_is_complete(tmp_path):
    before = write(tmp_path / "a.h5").read_bytes()
    with pytest.raises(KeyError), new_training_set(tmp_path / "a.h5", "gill") as writer:  # noqa: PT012
        writer.append(frames(), LABEL)
        raise KeyError("stopped")
    assert (tmp_path / "a.h5").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


def test_no_file_and_other_files(tmp_path):
    with pytest.raises(MissingData):
        read_training_set(tmp_path / "a.h5")
    for content in (b"", b"<html>", write(tmp_path / "good.h5").read_bytes()[:3000]):
        (tmp_path / "a.h5").write_bytes(content)
        with pytest.raises(CorruptFile):
            read_training_set(tmp_path / "a.h5")


def changed(path, change):
    write(path)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def replaced(name, **what):
    def change(file):
        del file[name]
        if what:
            file.create_dataset(name, **what)

    return change


def attribute(name, value):
    return lambda file: file.attrs.__setitem__(name, value)


def linked(file):
    del file["images"]
    file["images"] = h5py.ExternalLink("/etc/hostname", "/images")


def external(file):
    del file["label"]
    file.create_dataset("label", (N,), "i1", external=[("/etc/passwd", 0, N)])


def virtual(file):
    layout = h5py.VirtualLayout((N,), "i1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (N,))
    del file["label"]
    file.create_virtual_dataset("label", layout)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced("images"), "no dataset 'images'"),
        (replaced("images", data=np.zeros((N, 256), "u2")), "three axes"),
        (replaced("images", data=np.zeros((3, 256, 256), "u2")), "for 47 times"),
        (replaced("images", data=np.zeros((N, 8, 8), "f4")), "not a dataset of the expected type"),
        (replaced("images", shape=(N, 99_999, 99_999), dtype="u2", chunks=(1, 64, 64)), "at most 1024"),
        (replaced("images", shape=(N, 256, 256), dtype="u2", maxshape=(None,) * 3, chunks=(9999, 256, 256)),
         "has chunks of more than"),
        (replaced("iso_ut_time", shape=(1 << 40,), dtype="S27", chunks=(64,)), "at most 40000 texts"),
        (replaced("iso_ut_time", data=np.full(N, b"2014-03-10T06:00:00.063119")), "expected UTC as"),
        (replaced("iso_ut_time", data=np.full(N, b"2014-13-10T06:00:00Z")), "onth out of range"),
        (replaced("iso_ut_time", data=["x"] * N), "not a dataset of the expected type"),
        (replaced("label", data=np.full(N, 4, "i1")), "labels that are no class"),
        (replaced("label", data=np.zeros(3, "i1")), "'label' is int8 (3,)"),
        (replaced("label_source", data=np.full(N, 2, "i4")), "beyond label_sources"),
        (replaced("flags", data=np.full(N, b"x")), "not a dataset of the expected type"),
        (linked, "no dataset 'images'"),
        (external, "keeps its data in other files"),
        (virtual, "keeps its data in other files"),
        (attribute("format_version", 2), "another version"),
        (attribute("site", "../x"), "no site"),
    ],
)  # fmt: skip
def test_foreign_or_hostile_sets_are_refused(tmp_path, change, reason):
    path = changed(tmp_path / "a.h5", change)
    with pytest.raises(CorruptFile) as caught:
        read_training_set(path)
    assert reason in caught.value.reason


def test_damage_anywhere_is_refused_or_changes_nothing(tmp_path):
    """HDF5 holds checksums of its structures, and Fletcher-32 of the chunks."""
    whole = frames(20)
    with new_training_set(tmp_path / "good.h5", "gill") as writer:
        writer.append(whole, LABEL[:20])
    good = (tmp_path / "good.h5").read_bytes()
    code = (
        "import sys; sys.path.insert(0, '.'); from tests.unit.test_training_sets import mutations;"
        f"mutations({str(tmp_path)!r})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-2000:]
    refused, same, other = map(int, found.stdout.split())
    assert len(good) > 5000
    assert refused > 40
    assert (refused + same, other) == (120, 0)


def mutations(folder):
    rng, whole = np.random.default_rng(11), frames(20)
    good, path = Path(folder, "good.h5").read_bytes(), Path(folder, "bad.h5")
    counts = [0, 0, 0]
    for trial in range(120):
        content = bytearray(good)
        place = int(rng.integers(len(good)))
        if trial % 4 == 0:
            content = content[:place]
        elif trial % 4 == 1:
            content[place : place + 500] = bytes(len(content[place : place + 500]))
        else:
            content[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        try:
            begin, images, flags, label = joined(read_blocks(path))
        except CorruptFile:
            counts[0] += 1
            continue
        same = np.array_equal(begin, whole.time) and np.array_equal(images, whole.images)
        same = same and np.array_equal(flags, whole.flags) and np.array_equal(label, LABEL[:20])
        counts[1 if same else 2] += 1
    print(*counts)
