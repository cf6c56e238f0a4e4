"""One minute file of a synthetic camera as bytes: headers as in real files, counts, gzip, damage."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.sites import SITES
from magnetoflow.sample.aurora_plan import IMAGERS

NAMES = {"gill": "Gillam", "rank": "Rankin Inlet"}
GZIP_LEVEL = 1
_GZIP_STREAM = 31  # zlib's code for a gzip header and trailer; the header has no time


def first_header(site: str, time: np.datetime64, sequence: int) -> list[str]:
    """Header lines of the first frame of a file; two keys occur twice, as in real files."""
    place = SITES[site]
    return [
        '"Revised" 2006-05-22',
        '"Project unique ID" themis-gbo',
        f'"Site unique ID" {site}',
        f'"Imager unique ID" {IMAGERS[site]}',
        '"Imager model" synthetic, after an MX716 with THEMIS all-sky optics',
        '"Imager comment" synthetic sample data of magnetoflow',
        '"Ccd type" synthetic',
        '"Ccd xsize" 752 pixels',
        '"Ccd ysize" 290 pixels',
        '"Ccd background" 3300',
        '"Pixel depth" 16 bits',
        '"Pixel aspect ratio" 0.5181',
        '"Optical type" THEMIS all-sky',
        '"Optical projection" a1=1.5,a3=0.0,b2=0.0,b4=0.0',
        '"Optical center" x0=382,y0=150',
        f'"Computer name" {site} synthetic',
        '"Operating system" none',
        '"Project unique ID" THEMIS',
        f'"Site unique ID" {site}',
        f'"Site name" {NAMES[site]}',
        f'"Geodetic latitude" {place.latitude:.4f}',
        f'"Geodetic Longitude" {place.longitude:.4f}',
        '"Geodetic altitude" 0.0',
        *later_header(time, sequence),
    ]


def later_header(time: np.datetime64, sequence: int) -> list[str]:
    """Header lines of every frame; those after the first of a file have no others."""
    exposure_us = 985_000 + 10 * (sequence % 9)
    readout = time + np.timedelta64(exposure_us, "us")
    return [
        '"Mode unique ID" full',
        f'"Mode sequence number" {sequence}',
        '"CCD device" /dev/ccdA',
        '"Exposure options" WIDTH=512 HEIGHT=256 XBIN=2 YBIN=1 XOFFSET=126 YOFFSET=22 MSEC=999',
        f'"Image request start" {_clock(time)} UTC',
        f'"Image readout start" {_clock(readout)} UTC',
        f'"Exposure plus initial readout"    {exposure_us / 1000:.2f} ms',
    ]


def _clock(time: np.datetime64) -> str:
    """Date and time with microseconds, a space between."""
    return str(time.astype("datetime64[us]")).replace("T", " ")


def frame_bytes(image: NDArray[np.uint16], lines: Sequence[str]) -> bytes:
    """One frame: magic, header lines, size, largest value, counts."""
    height, width = image.shape
    text = "".join(["P5\n", *(f"#{one}\n" for one in lines), f"{width} {height}\n65535\n"])
    return text.encode("ascii") + image.astype(">u2").tobytes()


def minute_bytes(
    site: str,
    times: Sequence[np.datetime64],
    images: Sequence[NDArray[np.uint16]],
    sequence: int,
    untimed: int = -1,
) -> bytes:
    """Return a minute file before compression.

    Parameters
    ----------
    site : str
    times : sequence of datetime64[us]
        Begins of the exposures, UTC, in the order of the file.
    images : sequence of (row, column) ndarray of uint16 [count]
    sequence : int
        Number of the first frame.
    untimed : int, optional
        Frame whose header says no time.

    Returns
    -------
    bytes
    """
    parts = []
    for row, (time, image) in enumerate(zip(times, images, strict=True)):
        number = sequence + row
        lines = later_header(time, number) if row else first_header(site, time, number)
        if row == untimed:
            lines = [one for one in lines if not one.startswith('"Image request start"')]
        parts.append(frame_bytes(image, lines))
    return b"".join(parts)


def gzipped(content: bytes) -> bytes:
    """Compress with a gzip header that has no time, so that equal content gives equal bytes."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_STREAM)
    return packer.compress(content) + packer.flush()


def damaged(packed: bytes, kind: str) -> bytes:
    """Damage a gzip file: cut it (``truncated``), or spoil the checksum at its end (``crc``)."""
    if kind == "truncated":
        return packed[: len(packed) * 3 // 5]
    return packed[:-8] + bytes(255 - one for one in packed[-8:-4]) + packed[-4:]
