"""Minute files, hour files and skymaps that tests read: small archives of a camera called gill."""

from datetime import date

import numpy as np

from magnetoflow.archive.images import build_image_manifest
from magnetoflow.io.asi import FrameReader
from magnetoflow.sample.aurora_minute import gzipped, minute_bytes

SITE, DAY = "gill", date(2014, 3, 10)
MIDNIGHT = np.datetime64("2014-03-10T00:00:00.063119", "us")
FOLDER = "themis/asi/stream0/2014/03/10/gill_themis19"


def times_of(minute, count=20):
    return MIDNIGHT + np.timedelta64(minute, "m") + 3 * np.arange(count) * np.timedelta64(1, "s")


def images_of(times, level=6000):
    """Small noise of its own for each frame, the same whenever it is asked for."""
    rows = [np.random.default_rng(int(time.astype("int64") // 10**6)) for time in times]
    return [rng.integers(level - 50, level + 50, (256, 256), dtype=np.uint16) for rng in rows]


def name_of(minute, suffix=".pgm.gz", kind="full"):
    hour, minute = divmod(minute, 60)
    return f"ut{hour:02}/20140310_{hour:02}{minute:02}_gill_themis19_{kind}{suffix}"


def content_of(times, images=None, site=SITE, untimed=-1):
    times = list(times)
    return minute_bytes(site, times, images_of(times) if images is None else images, 1, untimed)


def put(root, minute, content=None, *, suffix=".pgm.gz", kind="full", folder=FOLDER):
    """Write a minute file, a good one of three frames unless the content is given."""
    path = root / folder / name_of(minute, suffix, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        content = content_of(times_of(minute, 3))
    path.write_bytes(gzipped(content) if suffix.endswith(".gz") and content[:2] == b"P5" else content)
    return path


def manifest(root, site=SITE, day=DAY):
    return build_image_manifest("folder-00000000", root, site, day)


def reader(root, **options):
    return FrameReader(manifest(root)["files"], root, SITE, **options)


def frames(reader):
    """All frames that a reader gives: times in seconds after midnight, images, flags."""
    parts = list(reader)
    if not parts:
        return np.zeros(0, dtype=int), np.zeros((0, 256, 256), dtype=np.uint16), np.zeros(0, dtype=np.uint16)
    time = np.concatenate([part.time for part in parts])
    assert (np.diff(time) > np.timedelta64(0, "ns")).all()
    seconds = (time.astype("datetime64[s]") - np.datetime64(DAY, "s")).astype(int)
    return seconds, np.concatenate([part.images for part in parts]), np.concatenate([p.flags for p in parts])
