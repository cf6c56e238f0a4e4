"""Movies: what they show after decoding, repeatable bytes, and clear errors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.aurora.frames import Frames
from magnetoflow.errors import ArchiveError, ConfigError, InsufficientData
from magnetoflow.io import movie
from magnetoflow.io.movie import Display, Lettering, caption, encoder, write_movie

pytest.importorskip("imageio_ffmpeg")

START = np.datetime64("2014-03-10T06:00", "ns")
NONE = np.empty(0, "datetime64[ns]"), np.empty(0, int)
HEIGHT, WIDTH = 2 * 256 + 24, 512


def chunk(count: int = 12, first: int = 0) -> Frames:
    images = np.full((count, 256, 256), 5000, dtype=np.uint16)
    for number in range(count):
        images[number, 40:80, 10 * (first + number) : 10 * (first + number) + 40] = 20000
    time = START + (first + np.arange(count)) * np.timedelta64(3, "s")
    return Frames("gill", time, images, np.zeros(count, np.uint16))


def decoded(path: Path, height: int = HEIGHT) -> np.ndarray:
    command = [encoder(), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, WIDTH)


def test_every_frame_is_in_the_movie_at_its_place_with_its_caption(tmp_path: Path) -> None:
    parts = [chunk(5), chunk(7, first=5)]
    times, labels = np.concatenate([part.time for part in parts]), np.full(12, 3)
    assert write_movie(tmp_path / "a.mp4", parts, times, labels) == 12
    video = decoded(tmp_path / "a.mp4")
    assert len(video) == 12
    for number in (0, 6, 11):
        bright = video[number, :512] > 128
        columns = np.flatnonzero(bright.any(axis=0))
        assert abs(columns[0] - 20 * number) <= 2
        assert abs(columns[-1] - 20 * number - 79) <= 2
        expected = np.zeros((24, WIDTH), np.uint8)
        Lettering()(expected, caption(times[number], "gill", number, 3))
        other = np.zeros((24, WIDTH), np.uint8)
        Lettering()(other, caption(times[number], "gill", number + 1, 2))
        near, far = (np.abs(video[number, 512:].astype(int) - text).mean() for text in (expected, other))
        assert near < 0.5 * far
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_bytes_repeat_and_do_not_depend_on_how_the_stream_is_cut(tmp_path: Path) -> None:
    whole = chunk(12)
    cut = [
        Frames("gill", whole.time[rows], whole.images[rows], whole.flags[rows])
        for rows in (slice(4), slice(4, 12))
    ]
    write_movie(tmp_path / "a.mp4", [whole], *NONE, rate=30, note="synthetic sample data")
    write_movie(tmp_path / "b.mp4", cut, *NONE, rate=30, note="synthetic sample data")
    first = (tmp_path / "a.mp4").read_bytes()
    assert first == (tmp_path / "b.mp4").read_bytes()
    assert len(decoded(tmp_path / "a.mp4", HEIGHT + 24)) == 12


def test_captions_state_time_number_and_class() -> None:
    assert caption(START, "gill", 7, 0) == "gill 2014-03-10 06:00:00 UTC  #7  bad viewing"
    assert caption(START, "gill", 7, -1).endswith("unlabelled")
    band = np.zeros((24, 80), np.uint8)
    Lettering()(band, "a text that is far longer than the band is wide")
    assert band[:, 6:72].max() > 200


def test_the_display_is_stretched_masked_and_settles_slowly() -> None:
    mask = np.zeros((256, 256), bool)
    mask[100:200, 100:200] = True
    image = np.full((256, 256), 65535, np.uint16)
    image[mask] = np.linspace(4000, 8000, mask.sum()).astype(np.uint16)
    display = Display(mask)
    shown = display(image)
    assert (shown[~mask] == 0).all()
    assert shown[mask].min() == 0
    assert shown[mask].max() == 255
    assert 100 < shown[150, 150] < 156
    darker = display((image // 2).astype(np.uint16))
    assert darker[mask].mean() < 0.3 * shown[mask].mean()
    assert Display(np.zeros((256, 256), bool))(image).max() == 0


def test_an_error_of_the_reader_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Frames]:
        yield chunk(3)
        raise ArchiveError("disk is gone")

    (tmp_path / "a.mp4").write_bytes(b"the earlier one")
    with pytest.raises(ArchiveError, match="disk is gone"):
        write_movie(tmp_path / "a.mp4", broken(), *NONE)
    with pytest.raises(InsufficientData, match="no frame"):
        write_movie(tmp_path / "a.mp4", [], *NONE)
    assert (tmp_path / "a.mp4").read_bytes() == b"the earlier one"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failing_encoder_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(movie, "encoder", lambda: "/bin/false")
    with pytest.raises(ArchiveError, match="movie cannot be written"):
        write_movie(tmp_path / "a.mp4", [chunk(40)], *NONE)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_encoder_and_a_wrong_rate_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="20, 30"):
        write_movie(tmp_path / "a.mp4", [chunk(1)], *NONE, rate=25)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ConfigError, match=r"pip install -e \.\[movies\]"):
        write_movie(tmp_path / "a.mp4", [chunk(1)], *NONE)
