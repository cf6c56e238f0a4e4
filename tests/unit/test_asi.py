"""The stream of frames: each once, in time order, whatever the files and the order they are named in."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from magnetoflow.aurora.classes import Flag
from magnetoflow.errors import CorruptFile
from magnetoflow.io import asi
from magnetoflow.io.asi import FrameReader
from magnetoflow.io.asi_cdf import read_hour
from magnetoflow.sample.cdf import load_pycdf
from tests.unit.asi_files import SITE, content_of, frames, images_of, manifest, put, reader, times_of

BASE = np.datetime64("2014-03-10", "s")


def seconds_of(minute, count=20):
    return (60 * minute + 3 * np.arange(count)).tolist()


def put_hour(root, times, images, *, hour=0, epoch=True, name="thg_asf_gill"):
    """Write an hour file with the variables of real ones."""
    path = root / f"themis/asi/l1/any/depth/thg_l1_asf_gill_20140310{hour:02}_v01.cdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    pycdf = load_pycdf()
    since_1970 = np.asarray(times, dtype="datetime64[us]").astype(np.int64) / 1e6
    packing = {"compress": pycdf.const.GZIP_COMPRESSION, "compress_param": 1}
    with pycdf.CDF(str(path), "") as file:
        file.new(name, np.asarray(images), type=pycdf.const.CDF_UINT2, **packing)
        file.new(f"{name}_time", np.floor(since_1970), type=pycdf.const.CDF_DOUBLE, **packing)
        if epoch:
            milliseconds = np.rint(since_1970 * 1e3) + 62_167_219_200_000.0
            file.new(f"{name}_epoch", milliseconds, type=pycdf.const.CDF_EPOCH, **packing)
    return path


def test_frames_of_all_files_in_time_order(tmp_path):
    for minute in (61, 0, 60, 1):
        put(tmp_path, minute)
    stream = reader(tmp_path)
    seconds, images, flags = frames(stream)
    assert seconds.tolist() == [t for m in (0, 1, 60, 61) for t in seconds_of(m, 3)]
    assert np.array_equal(images[:3], images_of(times_of(0, 3)))
    assert np.array_equal(images[-3:], images_of(times_of(61, 3)))
    assert stream.refused == []
    assert stream.counts == {
        "files": 4, "refused": 0, "wide_ignored": 0, "frames": 12, "duplicates": 0, "clock_back": 0,
        "misdated": 0,
    }  # fmt: skip
    assert [int(at) for at in np.flatnonzero(flags)] == [0, 3, 6, 9]
    assert set(flags[flags > 0].tolist()) == {int(Flag.GAP_BEFORE)}


def test_a_step_of_more_than_one_and_a_half_cadences_is_a_gap(tmp_path):
    times = times_of(0, 4) + np.array([0, 1_499, 1_501, 6_100]) * np.timedelta64(1, "ms")
    put(tmp_path, 0, content_of(times))
    _, _, flags = frames(reader(tmp_path))
    assert (flags & Flag.GAP_BEFORE > 0).tolist() == [True, False, False, True]


def test_the_order_of_the_entries_does_not_matter(tmp_path):
    for minute in range(6):
        put(tmp_path, minute, content_of(times_of(minute, 5)))
    put(
        tmp_path,
        2,
        content_of(times_of(2, 9), images_of(times_of(2, 9), 9000)),
        folder="themis/asi/stream0/2014/03/10/gill_themis",
    )
    put(tmp_path, 3, b"cut")
    entries = manifest(tmp_path)["files"]
    streams = [
        FrameReader(part, tmp_path, SITE) for part in (entries, entries[::-1], entries[3:] + entries[:3])
    ]
    first, *others = [frames(stream) for stream in streams]
    for other in others:
        assert all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert streams[0].refused == streams[1].refused == streams[2].refused
    assert streams[0].counts == streams[1].counts == streams[2].counts


def test_intervals_are_half_open_and_any_cut_gives_the_same_frames(tmp_path):
    for minute in range(8):
        put(tmp_path, minute, content_of(times_of(minute)))
    late = times_of(4).copy()
    late[10:] -= np.timedelta64(40, "s")  # 04:30 becomes 03:50, between frames of another file
    put(tmp_path, 4, content_of(late))
    whole, _, _ = frames(reader(tmp_path))
    cuts = [0, 66, 67, 240, 245, 480]
    parts = []
    for start, stop in pairwise(cuts):
        interval = (BASE + np.timedelta64(start, "s"), BASE + np.timedelta64(stop, "s"))
        seconds, _, flags = frames(reader(tmp_path, intervals=[interval]))
        assert ((seconds >= start) & (seconds < stop)).all()
        assert flags[0] & Flag.GAP_BEFORE
        parts.append(seconds)
    assert np.concatenate(parts).tolist() == whole.tolist()
    aware = [(datetime(2014, 3, 10, 0, 1, tzinfo=UTC), datetime(2014, 3, 10, 0, 2, tzinfo=UTC))]
    assert frames(reader(tmp_path, intervals=aware))[0].tolist() == seconds_of(1)
    assert frames(reader(tmp_path, intervals=[]))[0].tolist() == []


def test_files_far_from_the_intervals_are_not_read(tmp_path):
    for minute in range(0, 60, 5):
        put(tmp_path, minute)
    interval = (BASE + np.timedelta64(20, "m"), BASE + np.timedelta64(22, "m"))
    stream = reader(tmp_path, intervals=[interval])
    assert frames(stream)[0].tolist() == seconds_of(20, 3)
    assert stream.counts["files"] == 1


def test_frames_out_of_order_across_files_are_put_in_order(tmp_path):
    put(tmp_path, 0, content_of(times_of(1, 3)))  # a minute fast
    put(tmp_path, 1, content_of(times_of(0, 3)))  # a minute slow
    put(tmp_path, 2, content_of(times_of(1, 10)[5:]))
    seconds, images, _ = frames(reader(tmp_path))
    assert seconds.tolist() == seconds_of(0, 3) + seconds_of(1, 3) + seconds_of(1, 10)[5:]
    assert np.array_equal(images[:3], images_of(times_of(0, 3)))


def test_frames_dated_far_from_their_file_are_left_out_and_named(tmp_path):
    times = times_of(30, 4)
    times[2:] += np.timedelta64(1, "h")
    path = put(tmp_path, 30, content_of(times))
    put(tmp_path, 31)
    stream = reader(tmp_path)
    assert frames(stream)[0].tolist() == seconds_of(30, 2) + seconds_of(31, 3)
    (one,) = stream.refused
    assert one.path == str(path.relative_to(tmp_path))
    assert "2 frames dated 2014-03-10T01:30:06" in one.reason
    assert stream.counts["misdated"] == 2


def test_an_hour_file_fills_in_what_minute_files_lack(tmp_path):
    times = times_of(0, 40)
    put_hour(tmp_path, times, images_of(times, 9000))
    put(tmp_path, 0, content_of(times_of(0)[4:]))
    put(tmp_path, 2)
    stream = reader(tmp_path)
    seconds, images, flags = frames(stream)
    assert seconds.tolist() == seconds_of(0) + seconds_of(1) + seconds_of(2, 3)
    assert np.array_equal(images[:4], images_of(times[:4], 9000)), "from the hour file"
    assert np.array_equal(images[4:20], images_of(times[4:20])), "minute files come first"
    assert np.array_equal(images[20:40], images_of(times[20:], 9000))
    assert np.flatnonzero(flags).tolist() == [0]
    assert stream.counts["duplicates"] == 0
    assert stream.counts["files"] == 3


def test_hour_files_alone_and_their_times(tmp_path):
    times = times_of(59, 20)
    path = put_hour(tmp_path, times, images_of(times))
    assert (
        read_hour(path, SITE).time.astype("datetime64[ms]").tolist()
        == times.astype("datetime64[ms]").tolist()
    )
    assert frames(reader(tmp_path))[0].tolist() == seconds_of(59)
    path.unlink()
    put_hour(tmp_path, times, images_of(times), epoch=False)
    assert (read_hour(path, SITE).time == times.astype("datetime64[s]")).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "thg_asf_rank"}, "another site"),
        ({"images": np.zeros((3, 256, 255), dtype=np.uint16)}, "expected uint16 frames of 256 x 256"),
        ({"images": np.zeros((2, 256, 256), dtype=np.uint16)}, "2 frames, but times"),
        ({"times": np.full(3, -1, dtype="datetime64[s]")}, "out of range"),
    ],
)
def test_an_hour_file_that_holds_something_else_is_refused(tmp_path, change, reason):
    made = {"times": times_of(0, 3), "images": np.zeros((3, 256, 256), dtype=np.uint16), **change}
    path = put_hour(tmp_path, made.pop("times"), made.pop("images"), **made)
    with pytest.raises(CorruptFile, match=reason):
        read_hour(path, SITE)


def test_a_damaged_hour_file_is_refused_and_the_minutes_go_on(tmp_path):
    path = put_hour(tmp_path, times_of(0), images_of(times_of(0)))
    path.write_bytes(path.read_bytes()[:-5000])
    put(tmp_path, 5)
    stream = reader(tmp_path)
    assert frames(stream)[0].tolist() == seconds_of(5, 3)
    assert [one.path for one in stream.refused] == [str(path.relative_to(tmp_path))]


def test_each_file_is_decoded_once(tmp_path, monkeypatch):
    for minute in range(3):
        put(tmp_path, minute)
        put(tmp_path, minute, suffix=".pgm")
    read = []
    decode = asi.decode_minute
    monkeypatch.setattr(
        asi, "decode_minute", lambda path, site: read.append(path.name) or decode(path, site=site)
    )
    frames(reader(tmp_path))
    assert len(read) == len(set(read)) == 3


def test_memory_is_bounded_by_a_few_minutes(tmp_path, monkeypatch):
    for minute in range(30):
        put(tmp_path, minute, content_of(times_of(minute, 1)))
    decoded = []
    decode = asi.decode_minute
    monkeypatch.setattr(
        asi, "decode_minute", lambda path, site: decoded.append(path) or decode(path, site=site)
    )
    ahead = []
    for given, _ in enumerate(reader(tmp_path), start=1):
        ahead.append(len(decoded) - given)
    assert max(ahead) <= 4


def test_an_empty_list_gives_no_frames(tmp_path):
    assert list(FrameReader([], tmp_path, SITE)) == []


def test_on_damaged_is_gap_or_fail(tmp_path):
    with pytest.raises(ValueError, match="gap or fail"):
        FrameReader([], tmp_path, SITE, on_damaged="ignore")
