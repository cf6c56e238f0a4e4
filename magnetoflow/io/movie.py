"""Movies of all-sky frames: mp4 with time, frame number and class, for looking only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.frames import SHAPE, Frames
from magnetoflow.errors import ArchiveError, ConfigError, InsufficientData
from magnetoflow.io.atomic import atomic_path

RATES = (20, 30)
SCALE = 2
BAND_PX = 24
FONT_PX = 14
LOW, HIGH = 0.5, 99.7
SETTLE = 0.02
"""Share of each frame's own limits that the display takes over: the picture does not flicker."""


def encoder() -> str:
    """Path of ffmpeg.

    Raises
    ------
    ConfigError
        imageio-ffmpeg is not installed, or has no ffmpeg for this machine.
    """
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise ConfigError(
            "movies need ffmpeg",
            why=f"imageio-ffmpeg cannot be used: {error}",
            todo="pip install -e .[movies], or switch movies off",
        ) from error


class Display:
    """Frames to 8 bit: stretched between percentiles of the mask that follow the sky slowly.

    Parameters
    ----------
    mask : (256, 256) ndarray of bool or None
        Pixels to show; all without.
    """

    def __init__(self, mask: NDArray[np.bool_] | None = None) -> None:
        self.mask = np.ones(SHAPE, dtype=np.bool_) if mask is None else mask
        self.limits: NDArray[np.float64] | None = None

    def __call__(self, image: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Stretch one frame."""
        own = np.percentile(image[self.mask], [LOW, HIGH]) if self.mask.any() else np.array([0.0, 1.0])
        self.limits = own if self.limits is None else self.limits + SETTLE * (own - self.limits)
        low, high = self.limits
        scaled = np.clip((image - low) / max(high - low, 1.0), 0, 1) * 255
        return np.where(self.mask, np.rint(scaled), 0).astype(np.uint8)


def caption(time: np.datetime64, site: str, number: int, label: int) -> str:
    """Text under a frame."""
    name = CLASSES[label].replace("_", " ") if label >= 0 else "unlabelled"
    return f"{site} {str(time.astype('datetime64[s]')).replace('T', ' ')} UTC  #{number}  {name}"


class Lettering:
    """Draws text with the font that comes with matplotlib: the same pixels on every machine."""

    def __init__(self) -> None:
        from matplotlib import get_data_path
        from matplotlib.ft2font import FT2Font

        # kept as Any: ft2font's stubs differ between versions
        font: Any = FT2Font(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf"))
        font.set_size(FONT_PX, 72)
        self.font = font

    def __call__(self, band: NDArray[np.uint8], text: str) -> None:
        """Write light text into a dark band, cut at its right end."""
        self.font.set_text(text, 0.0)
        self.font.draw_glyphs_to_bitmap(antialiased=True)
        letters = np.asarray(self.font.get_image(), dtype=np.uint8)
        height = min(letters.shape[0], band.shape[0] - 4)
        width = min(letters.shape[1], band.shape[1] - 8)
        band[4 : 4 + height, 6 : 6 + width] = letters[:height, :width]


def write_movie(
    path: str | PathLike[str],
    chunks: Iterable[Frames],
    times: NDArray[np.datetime64],
    labels: NDArray[np.integer],
    *,
    mask: NDArray[np.bool_] | None = None,
    rate: int = 20,
    note: str = "",
) -> int:
    """Write frames as an mp4 (H.264, gray), at most one chunk in memory.

    Parameters
    ----------
    path : path
        Ends in ``.mp4``; appears whole or not at all.
    chunks : iterable of Frames
        In time order.
    times : (row,) ndarray of datetime64[ns]
        Sorted times of the labels.
    labels : (row,) ndarray of int
        Index in :data:`magnetoflow.aurora.classes.CLASSES`; -1 unlabelled. Frames at none of ``times`` are
        unlabelled.
    mask : (256, 256) ndarray of bool, optional
        Pixels to show.
    rate : {20, 30} [1/s]
    note : str
        A second line, for instance ``synthetic sample data``.

    Returns
    -------
    int
        Frames written. Missing frames are not filled in: the time in the picture jumps.

    Raises
    ------
    ConfigError
        No encoder, or another rate.
    InsufficientData
        There is no frame.
    ArchiveError
        The encoder failed, or the disk is full.
    """
    if rate not in RATES:
        raise ConfigError("unknown frame rate of a movie", why=f"found {rate}, allowed: 20, 30")
    ffmpeg = encoder()
    size = SHAPE[1] * SCALE, SHAPE[0] * SCALE + BAND_PX * (2 if note else 1)
    with atomic_path(path) as part:
        command = [
            *(ffmpeg, "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"),
            *("-s", f"{size[0]}x{size[1]}", "-r", str(rate), "-i", "-", "-an", "-c:v", "libx264"),
            *("-pix_fmt", "yuv420p", "-crf", "20", "-preset", "fast", "-threads", "1"),
            *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"),
            *("-movflags", "+faststart", "-f", "mp4", str(part)),
        ]
        return _encode(command, chunks, times, labels, Display(mask), size, note, Path(path))


def _encode(
    command: list[str],
    chunks: Iterable[Frames],
    times: NDArray[np.datetime64],
    labels: NDArray[np.integer],
    display: Display,
    size: tuple[int, int],
    note: str,
    path: Path,
) -> int:
    """Give every frame to the encoder and wait for it."""
    letters, count, broken = Lettering(), 0, False
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as run:  # noqa: S603
        pipe = cast(Any, run.stdin)
        try:
            for picture in _pictures(chunks, times, labels, display, size, note, letters):
                pipe.write(picture.tobytes())
                count += 1
            pipe.close()
        except BrokenPipeError:
            broken = True
        except BaseException:
            run.kill()
            raise
        said = cast(Any, run.stderr).read().decode("utf-8", "replace").strip()
    if count == 0 and not broken:
        raise InsufficientData("no frame for a movie", where=path, todo="choose another date or site")
    if run.returncode or broken:
        raise ArchiveError(
            "movie cannot be written",
            where=path,
            why=said[-300:] or f"ffmpeg ended with {run.returncode}",
            todo="free space, or switch movies off",
        )
    return count


def _pictures(
    chunks: Iterable[Frames],
    times: NDArray[np.datetime64],
    labels: NDArray[np.integer],
    display: Display,
    size: tuple[int, int],
    note: str,
    letters: Lettering,
) -> Iterable[NDArray[np.uint8]]:
    """Yield frames with their captions."""
    number = 0
    for chunk in chunks:
        place = np.searchsorted(times, chunk.time)
        for time, image, row in zip(chunk.time, chunk.images, place, strict=True):
            known = row < len(times) and times[row] == time
            picture = np.zeros((size[1], size[0]), dtype=np.uint8)
            shown = display(image)
            picture[: SHAPE[0] * SCALE] = np.repeat(np.repeat(shown, SCALE, axis=0), SCALE, axis=1)
            bands = picture[SHAPE[0] * SCALE :]
            letters(bands[:BAND_PX], caption(time, chunk.site, number, int(labels[row]) if known else -1))
            if note:
                letters(bands[BAND_PX:], note)
            number += 1
            yield picture
