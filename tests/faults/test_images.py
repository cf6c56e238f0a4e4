"""Damaged and odd image files: refused by name with the reason, or flagged; every frame once."""

import struct
import zlib

import numpy as np
import pytest

from magnetoflow.aurora.classes import Flag
from magnetoflow.errors import CorruptFile, DataError
from magnetoflow.io import pgm
from magnetoflow.io.asi import FrameReader
from magnetoflow.io.pgm import decode_minute, read_minute
from magnetoflow.io.skymap import read_skymap
from magnetoflow.sample.aurora_minute import gzipped
from tests.unit.asi_files import content_of, frames, images_of, manifest, put, reader, times_of
from tests.unit.test_skymaps import write as write_skymap

TIMES = times_of(1, 3)
PLAIN = content_of(TIMES)
PACKED = gzipped(PLAIN)
FRAME = len(PLAIN) // 3
GOOD_MINUTES = [0, 3, 6, 120, 123, 126]
"""Seconds of the frames of the minutes beside the damaged one."""


def bomb():
    """One good frame, then zeros without end: 100 MB in 100 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(PLAIN[:FRAME]) + packer.compress(bytes(100 << 20)) + packer.flush()


PACKED_DAMAGE = {
    "empty": (b"", "empty file"),
    "web page": (b"<html>503</html>", "gzip stream is damaged"),
    "cut at 60 %": (PACKED[: len(PACKED) * 3 // 5], "truncated"),
    "last byte missing": (PACKED[:-1], "truncated"),
    "trailer missing": (PACKED[:-8], "truncated"),
    "CRC error": (PACKED[:-8] + bytes(4) + PACKED[-4:], "checksum"),
    "length error": (PACKED[:-4] + bytes(4), "checksum"),
    "byte flipped": (PACKED[:5000] + bytes([PACKED[5000] ^ 1]) + PACKED[5001:], "damaged|checksum|truncated"),
    "zeros at the end": (PACKED[:-4096] + bytes(4096), "damaged|checksum|truncated"),
    "trailing bytes": (PACKED + b"more", "4 bytes after the end"),
    "trailing zeros": (PACKED + bytes(512), "512 bytes after the end"),
    "bomb": (bomb(), "more than 67108864 bytes"),
    "nothing inside": (gzipped(b""), "no frame"),
}
PLAIN_DAMAGE = {
    "last frame cut": (PLAIN[:-1], "frame 2: cut after 131071 of 131072"),
    "only a header": (PLAIN[:500], "no size line"),
    "garbage after the frames": (PLAIN + b"garbage", "frame 3: no PGM header, but garbage"),
    "zeros after the frames": (PLAIN + bytes(100), "frame 3: no PGM header"),
    "byte missing between frames": (PLAIN[: FRAME - 900] + PLAIN[FRAME - 899 :], "no PGM header"),
    "255 columns": (PLAIN.replace(b"\n256 256\n", b"\n255 256\n"), "255 x 256"),
    "size of an attack": (PLAIN.replace(b"\n256 256\n", b"\n999999999 9\n"), "999999999 x 9"),
    "negative size": (PLAIN.replace(b"\n256 256\n", b"\n-256 256\n"), "no size line"),
    "8 bits": (PLAIN.replace(b"\n65535\n", b"\n255\n"), "maxval 255"),
    "another format": (b"P6" + PLAIN[2:], "no PGM header, but P6"),
    "endless header": (b"P5\n" + b'#"key" value\n' * 100_000, "no size line within"),
    "one endless line": (b"P5\n#" + b"x" * 1_000_000, "no size line within"),
    "no time": (content_of(TIMES, untimed=1), "frame 1: no 'Image request start'"),
    "bad month": (PLAIN.replace(b"start\" 2014-03", b"start\" 2014-13"), "bad 'Image request start'"),
    "no zone": (PLAIN.replace(b" UTC\n", b"\n"), "bad 'Image request start'"),
    "year 9999": (PLAIN.replace(b"start\" 2014", b"start\" 9999"), "bad 'Image request start'"),
    "another site": (content_of(TIMES, site="rank"), "site rank, expected gill"),
    "two sites": (PLAIN + content_of(times_of(1, 1), site="rank"), "site gill, rank, expected gill"),
}  # fmt: skip
DAMAGE = {
    **{f"gz {kind}": (".pgm.gz", *case) for kind, case in PACKED_DAMAGE.items()},
    **{f"pgm {kind}": (".pgm", *case) for kind, case in PLAIN_DAMAGE.items()},
    **{f"gz {kind}": (".pgm.gz", gzipped(case[0]), case[1]) for kind, case in list(PLAIN_DAMAGE.items())[:3]},
}


@pytest.fixture
def archive(tmp_path):
    """Good minutes 0 and 2."""
    put(tmp_path, 0)
    put(tmp_path, 2)
    return tmp_path


@pytest.mark.parametrize("kind", DAMAGE)
def test_f29_a_damaged_minute_is_refused_by_name_and_the_others_go_on(archive, kind):
    suffix, content, reason = DAMAGE[kind]
    path = put(archive, 1, suffix=suffix)
    path.write_bytes(content)
    stream = reader(archive)
    assert frames(stream)[0].tolist() == GOOD_MINUTES
    (one,) = stream.refused
    assert (one.path, str(one.slot)) == (str(path.relative_to(archive)), "2014-03-10T00:01:00")
    with pytest.raises(CorruptFile, match=reason) as caught:
        read_minute(path, site="gill")
    assert str(path) in str(caught.value)
    assert caught.value.reason == one.reason
    with pytest.raises(CorruptFile):
        list(reader(archive, on_damaged="fail"))


def test_i1_a_refused_minute_leaves_a_gap_that_is_flagged(archive):
    put(archive, 1, PACKED[:-9])
    _, _, flags = frames(reader(archive))
    assert (flags & Flag.GAP_BEFORE > 0).tolist() == [True, False, False, True, False, False]


@pytest.mark.parametrize("good", [".pgm", ".pgm.gz"])
def test_f29_of_twins_the_good_one_is_used(archive, good):
    bad = ".pgm.gz" if good == ".pgm" else ".pgm"
    put(archive, 1, PLAIN, suffix=good)
    path = put(archive, 1, suffix=bad)
    path.write_bytes((PACKED if bad == ".pgm.gz" else PLAIN)[:-9])
    stream = reader(archive, on_damaged="fail")
    seconds, images, _ = frames(stream)
    assert seconds.tolist() == sorted([*GOOD_MINUTES, 60, 63, 66])
    assert np.array_equal(images[3:6], images_of(TIMES))
    if bad == ".pgm.gz":  # of good compressed files the twin is not read
        assert [(one.path, one.replaced) for one in stream.refused] == [
            (str(path.relative_to(archive)), True)
        ]
    assert stream.counts["refused"] == 0
    put(archive, 1, PACKED[:-9])
    put(archive, 1, PLAIN[:-9], suffix=".pgm")
    stream = reader(archive)
    assert frames(stream)[0].tolist() == GOOD_MINUTES
    assert [one.replaced for one in stream.refused] == [False, False]
    assert stream.counts["refused"] == 1


def test_f29_twins_and_repeated_frames_are_given_once(archive):
    put(archive, 1, PLAIN)
    put(archive, 1, PLAIN, suffix=".pgm")
    put(archive, 1, PLAIN, folder="themis/asi/stream0/2014/03/10/gill_themis")
    put(archive, 2, content_of([*times_of(2, 3), *times_of(2, 2)]))
    stream = reader(archive)
    assert frames(stream)[0].tolist() == sorted([*GOOD_MINUTES, 60, 63, 66])
    assert stream.counts["duplicates"] == 2
    assert stream.counts["files"] == 3


def test_i2_the_same_file_given_twice(archive):
    put(archive, 1, content_of(times_of(1)))
    entries = manifest(archive)["files"]
    stream = FrameReader([*entries, *entries], archive, "gill")
    assert len(frames(stream)[0]) == 26
    assert stream.counts["duplicates"] == 26


def test_f29_wide_files_are_ignored_and_counted(archive):
    put(archive, 1, PLAIN, kind="wide_full")
    assert manifest(archive)["wide_ignored"] == 1
    assert frames(reader(archive))[0].tolist() == GOOD_MINUTES
    entries = [*manifest(archive)["files"]]
    entries.append({**entries[0], "path": entries[0]["path"].replace("_full", "_wide_full")})
    stream = FrameReader(entries, archive, "gill")
    assert frames(stream)[0].tolist() == GOOD_MINUTES
    assert stream.counts["wide_ignored"] == 1


def test_f29_a_missing_frame_stays_missing(archive):
    times = times_of(1)
    put(archive, 1, content_of([*times[:7], *times[8:]]))
    seconds, images, flags = frames(reader(archive))
    minute = (seconds >= 60) & (seconds < 120)
    assert minute.sum() == 19
    assert 81 not in seconds
    assert np.array_equal(images[minute], images_of([*times[:7], *times[8:]]))
    # 57 s after the last frame of minute 0, and where the eighth frame should be
    assert np.flatnonzero(flags[minute] & Flag.GAP_BEFORE).tolist() == [0, 7]


def test_f29_a_clock_that_jumps_back_is_flagged_and_each_frame_kept_once(archive):
    times = times_of(1).copy()
    times[10:] -= np.timedelta64(10, "s")  # 01:30 becomes 01:20, between 01:18 and 01:21
    put(archive, 1, content_of(times))
    stream = reader(archive)
    seconds, images, flags = frames(stream)
    assert len(seconds) == len(set(seconds.tolist())) == 26
    at = int(np.flatnonzero(seconds == 80)[0])
    assert np.flatnonzero(flags & Flag.CLOCK_BACK).tolist() == [at]
    assert np.array_equal(images[at], images_of(times)[10])
    assert stream.counts["clock_back"] == 1


def test_f29_black_and_saturated_frames_are_flagged(archive):
    levels = [np.full((256, 256), level, dtype=np.uint16) for level in (0, 3300, 65535, 6000)]
    put(archive, 1, content_of(times_of(1, 4), levels))
    _, _, flags = frames(reader(archive))
    light = Flag.BLACK | Flag.SATURATED
    assert (flags[3:7] & light).tolist() == [Flag.BLACK, Flag.BLACK, Flag.SATURATED, 0]


def test_d11_a_file_that_changed_or_went_since_its_manifest_is_refused(archive):
    path = put(archive, 1)
    entries = manifest(archive)["files"]
    path.write_bytes(gzipped(PLAIN + PLAIN[:FRAME]))
    stream = FrameReader(entries, archive, "gill")
    assert frames(stream)[0].tolist() == GOOD_MINUTES
    assert "when its manifest was made" in stream.refused[0].reason
    path.unlink()
    stream = FrameReader(entries, archive, "gill")
    assert frames(stream)[0].tolist() == GOOD_MINUTES
    assert "gone" in stream.refused[0].reason


def test_a_remote_file_is_compared_with_its_sha256(archive):
    entries = manifest(archive)["files"]
    entries[0]["sha256"] = "0" * 64
    stream = FrameReader(entries, archive, "gill")
    assert frames(stream)[0].tolist() == GOOD_MINUTES[3:]
    assert "content changed" in stream.refused[0].reason


def test_a_bomb_stays_within_its_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(pgm, "MAX_BYTES", 1 << 20)
    path = tmp_path / "bomb.pgm.gz"
    path.write_bytes(bomb())
    assert len(pgm._gunzip(path, path.read_bytes())) <= (1 << 20) + 1
    with pytest.raises(CorruptFile, match="more than"):
        decode_minute(path)


SKYMAP_DAMAGE = {
    "empty": lambda data: b"",
    "web page": lambda data: b"<html>404</html>",
    "cut at half": lambda data: data[: len(data) // 2],
    "last record missing": lambda data: data[:-16],
    "zeros": lambda data: data[:5000] + bytes(len(data) - 5000),
    "endless loop of records": lambda data: data[:8] + struct.pack(">I", 4) + data[12:],
    "array of terabytes": lambda data: data.replace(struct.pack(">2i", 256, 256), b"\x7f\xff\xff\xff" * 2, 1),
    "not compressed as it says": lambda data: b"SR\x00\x06" + data[4:],
}


@pytest.mark.parametrize("kind", SKYMAP_DAMAGE)
def test_i4_a_corrupt_skymap_is_refused(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("magnetoflow.io.skymap.DECODE_SECONDS", 2)
    path = write_skymap(tmp_path)
    data = path.read_bytes()
    path.write_bytes(SKYMAP_DAMAGE[kind](data))
    assert path.read_bytes() != data
    with pytest.raises(CorruptFile):
        read_skymap(path)


def test_i4_mutated_skymaps_never_crash(tmp_path):
    rng = np.random.default_rng(4)
    path = write_skymap(tmp_path)
    data = path.read_bytes()
    for _ in range(2):
        mutated = bytearray(data)
        for at in rng.integers(1100, 3000, 3):
            mutated[at] = int(rng.integers(256))
        path.write_bytes(mutated)
        try:
            read_skymap(path)
        except DataError:
            continue
