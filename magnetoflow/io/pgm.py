"""Minute files of the THEMIS cameras (``stream0``): frames of big-endian counts, each with its header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.frames import SHAPE, Frames
from magnetoflow.errors import CorruptFile
from magnetoflow.io.integrity import brief

PIXELS = SHAPE[0] * SHAPE[1]
FRAME_BYTES = 2 * PIXELS
MAXVAL = 65535
DARK = 3300
"""Counts of a closed shutter, where the header does not say (``Ccd background``)."""
MAX_BYTES = 64 << 20
"""Unpacked; 24 times a usual minute. More is a gzip bomb, or no minute file."""
MAX_MEMBERS = 64
MAX_HEADER = 16 << 10
GZIP_ERROR: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # an exception, say the stubs
GZIP_WINDOW = 31
"""zlib's code for a gzip stream, CRC checked."""

_HEADER = re.compile(rb"P5[ \t]*\r?\n((?:#[^\n]*\n)*)[ \t]*(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\n")
_TIME = re.compile(rb'^#"Image request start"[ \t]*([^\r\n]*?)[ \t\r]*$', re.MULTILINE)
_SITE = re.compile(rb'^#"Site unique ID"[ \t]*([^\r\n]*?)[ \t\r]*$', re.MULTILINE)
_DARK = re.compile(rb'^#"Ccd background"[ \t]*(\d{1,5})[ \t\r]*$', re.MULTILINE)
_STAMP = re.compile(r"((?:19|20)\d\d-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?) UTC")


@dataclass(frozen=True)
class Minute:
    """A decoded file: its frames in the order of the file, repeated ones included.

    Attributes
    ----------
    site : str
    time : (frame,) ndarray of datetime64[ns]
        ``Image request start``.
    dark : (frame,) ndarray of int64 [count]
        ``Ccd background``.
    images : (frame, 256, 256) ndarray of uint16 [count]
    """

    site: str
    time: NDArray[np.datetime64]
    dark: NDArray[np.int64]
    images: NDArray[np.uint16]


def read_minute(path: Path, *, site: str | None = None) -> Frames:
    """Frames of one minute file, each second once, in time order.

    Parameters
    ----------
    path : Path
        ``.pgm.gz``, or plain ``.pgm``.
    site : str, optional
        The camera that the file must be of; otherwise its header says.

    Returns
    -------
    Frames
        Frames whose clock stood before the previous frame's are flagged ``CLOCK_BACK``.

    Raises
    ------
    CorruptFile
        The file is truncated, fails its CRC, holds anything but whole frames of 256 x 256 pixels with 65535
        as largest value, has a frame without time, or is of another site.
    """
    minute = decode_minute(path, site=site)
    kept, flags = once_in_order(minute.time)
    whole = len(kept) == len(minute.time) and not flags.any()
    images = minute.images if whole else minute.images[kept]
    return Frames(minute.site, minute.time[kept], images, flags)


def once_in_order(time: NDArray[np.datetime64]) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """Rows to keep of frames in the order of a file: each second once, the first of equals, in time order.

    Parameters
    ----------
    time : (frame,) ndarray of datetime64[ns]

    Returns
    -------
    rows : (kept,) ndarray of int64
    flags : (kept,) ndarray of uint16
        ``CLOCK_BACK`` where the time is before that of the frame kept before it in the file.
    """
    _, first = np.unique(time.astype("datetime64[s]"), return_index=True)
    rows = np.sort(first)
    back = np.zeros(len(rows), dtype=np.uint16)
    back[1:][np.diff(time[rows]) < np.timedelta64(0, "ns")] = Flag.CLOCK_BACK
    order = np.argsort(time[rows], kind="stable")
    return rows[order], back[order]


def decode_minute(path: Path, *, site: str | None = None) -> Minute:
    """Decode all frames of one minute file; parameters and errors as in :func:`read_minute`."""
    data = _unpacked(path)
    offsets, headers = _frames(path, data)
    images = np.empty((len(offsets), *SHAPE), dtype=np.uint16)
    for image, offset in zip(images, offsets, strict=True):
        image[...] = np.frombuffer(data, ">u2", PIXELS, offset).reshape(SHAPE)
    time = np.array([_time(path, k, header) for k, header in enumerate(headers)], dtype="datetime64[ns]")
    return Minute(_site(path, headers, site), time, np.array(_dark(headers), dtype=np.int64), images)


def _unpacked(path: Path) -> bytes:
    """Content of the file, at most MAX_BYTES of it in memory."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CorruptFile(path, error.strerror or str(error)) from error
    if not data:
        raise CorruptFile(path, "empty file")
    if path.name.endswith(".gz"):
        data = _gunzip(path, data)
    if len(data) > MAX_BYTES:
        raise CorruptFile(path, f"more than {MAX_BYTES} bytes of content, which no minute file holds")
    return data


def _gunzip(path: Path, data: bytes) -> bytes:
    """Unpack the members of a gzip file, each with its CRC and length checked."""
    parts: list[bytes] = []
    size = 0
    while data:
        if len(parts) == MAX_MEMBERS:
            raise CorruptFile(path, f"more than {MAX_MEMBERS} gzip members")
        if parts and not data.startswith(b"\x1f\x8b"):
            raise CorruptFile(path, f"{len(data)} bytes after the end of its gzip stream")
        stream = isal_zlib.decompressobj(GZIP_WINDOW)
        try:
            parts.append(stream.decompress(data, MAX_BYTES + 1 - size))
        except GZIP_ERROR as error:
            raise CorruptFile(path, f"gzip stream is damaged: {error}") from error
        size += len(parts[-1])
        if size > MAX_BYTES:
            break
        if not stream.eof:
            raise CorruptFile(path, f"gzip stream is truncated after {size} bytes of content")
        data = stream.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _frames(path: Path, data: bytes) -> tuple[list[int], list[bytes]]:
    """Offsets of the pixels of each frame, and the comment lines of each header."""
    offsets: list[int] = []
    headers: list[bytes] = []
    at = 0
    while at < len(data):
        match = _HEADER.match(data, at, at + MAX_HEADER)
        where = f"frame {len(offsets)}"
        if match is None:
            raise CorruptFile(path, f"{where}: {_no_header(data[at : at + MAX_HEADER])}")
        width, height, maxval = (int(match[k]) for k in (2, 3, 4))
        if (height, width) != SHAPE or maxval != MAXVAL:
            raise CorruptFile(
                path, f"{where}: {width} x {height} with maxval {maxval}, expected 256 x 256 and 65535"
            )
        if match.end() + FRAME_BYTES > len(data):
            left = len(data) - match.end()
            raise CorruptFile(path, f"{where}: cut after {left} of {FRAME_BYTES} bytes of pixels")
        offsets.append(match.end())
        headers.append(match[1])
        at = match.end() + FRAME_BYTES
    if not offsets:
        raise CorruptFile(path, "no frame in the file")
    return offsets, headers


def _no_header(head: bytes) -> str:
    if not head.startswith(b"P5"):
        return f"no PGM header, but {brief(head[:16].decode('latin-1'))}"
    return f"no size line within {MAX_HEADER} bytes of header"


def _time(path: Path, frame: int, header: bytes) -> np.datetime64:
    found = _TIME.findall(header)
    if not found:
        raise CorruptFile(path, f"frame {frame}: no 'Image request start' in its header")
    text = found[-1].decode("latin-1")
    stamp = _STAMP.fullmatch(text)
    try:
        if stamp is None:
            raise ValueError("not YYYY-MM-DD hh:mm:ss.s UTC")
        return np.datetime64(f"{stamp[1]}T{stamp[2]}", "ns")
    except ValueError as error:
        raise CorruptFile(
            path, f"frame {frame}: bad 'Image request start' {brief(text, 60)!r}: {error}"
        ) from error


def _dark(headers: list[bytes]) -> list[int]:
    """Dark level of each frame; usually only the first header of a file says it."""
    levels, level = [], DARK
    for header in headers:
        found = _DARK.findall(header)
        level = int(found[-1]) if found else level
        levels.append(level)
    return levels


def _site(path: Path, headers: list[bytes], expected: str | None) -> str:
    """Site that the headers name; usually only the first of a file does."""
    names = {name.decode("latin-1").lower() for header in headers for name in _SITE.findall(header)}
    other = names - {expected} if expected else names
    if expected is None and len(names) == 1:
        expected = min(names)
    elif other or expected is None:
        said = ", ".join(sorted(brief(name, 20) for name in names)) or "none"
        raise CorruptFile(path, f"header names site {said}, expected {expected or 'exactly one'}")
    return expected
