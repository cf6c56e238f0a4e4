"""Stream the frames of one camera out of minute and hour files: each frame once, in time order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.frames import GAP_S, SHAPE, Frames
from magnetoflow.aurora.light import light_flags
from magnetoflow.errors import CorruptFile
from magnetoflow.io.asi_cdf import read_hour
from magnetoflow.io.asi_names import HOUR, WIDE
from magnetoflow.io.integrity import sha256_of
from magnetoflow.io.pgm import DARK, decode_minute, once_in_order
from magnetoflow.times import parse_utc

Interval = tuple[np.datetime64 | datetime, np.datetime64 | datetime]
MINUTE = np.timedelta64(60, "s")
HOUR_STEP = np.timedelta64(3600, "s")
REACH = np.timedelta64(120, "s")
"""How far outside the time of its file's name a frame may lie, where a clock was set."""
GAP = np.timedelta64(round(GAP_S * 1e9), "ns")


@dataclass(frozen=True)
class Refused:
    """A file, or frames of it, that were not used.

    Attributes
    ----------
    path : str
        Under the archive's root.
    reason : str
    slot : datetime64[s]
        Minute or hour of the file's name.
    replaced : bool
        A twin of the file was good, so that nothing is lost.
    """

    path: str
    reason: str
    slot: np.datetime64
    replaced: bool = False


class FrameReader:
    """Iterator over the frames of one camera, file by file.

    Parameters
    ----------
    entries : iterable of mapping
        ``files`` of image manifests (``path``, ``kind``, ``slot``, and where known ``size``, ``sha256``,
        ``status``, ``twins``), in any order.
    root : Path
        Root of the archive.
    site : str
    intervals : sequence of (start, stop), optional
        Half open, datetime64 or aware datetime; only frames that begin in one are
        given. Default: all.
    on_damaged : str
        ``gap``: what is damaged is listed in `refused`, and the rest goes on. ``fail``: it is raised.
    sky : (256, 256) ndarray of bool, optional
        Pixels that are judged for black and saturated frames. Default: all.

    Attributes
    ----------
    refused : list of Refused
        Complete when the iterator has ended, as are the counts.
    counts : dict
        ``files`` decoded, ``refused`` (without good twin), ``wide_ignored``, ``frames`` given, ``duplicates``
        dropped, ``clock_back`` (frames), ``misdated`` (frames further than 120 s outside their file's time).

    Notes
    -----
    The result does not depend on the order of the entries. Of frames that begin in the same second the first
    is kept: minute files come before hour files, then names decide, then the place in the file. Memory holds
    the files of about five minutes, and the hour file of the current hour where there is one.
    """

    def __init__(
        self,
        entries: Iterable[Mapping[str, Any]],
        root: Path,
        site: str,
        *,
        intervals: Sequence[Interval] | None = None,
        on_damaged: str = "gap",
        sky: NDArray[np.bool_] | None = None,
    ) -> None:
        if on_damaged not in ("gap", "fail"):
            raise ValueError(f"on_damaged is gap or fail, not {on_damaged!r}")
        self._root, self._site, self._fail = root, site, on_damaged == "fail"
        self._sky = np.ones(SHAPE, dtype=bool) if sky is None else sky
        self._intervals = (
            None
            if intervals is None
            else [(_nanoseconds(start), _nanoseconds(stop)) for start, stop in intervals]
        )
        self.refused: list[Refused] = []
        names = ("files", "refused", "wide_ignored", "frames", "duplicates", "clock_back", "misdated")
        self.counts = dict.fromkeys(names, 0)
        self._seconds: set[int] = set()
        self._last: np.datetime64 | None = None
        every = list(entries)
        good = [entry for entry in every if WIDE not in Path(entry["path"]).name]
        self.counts["wide_ignored"] = len(every) - len(good)
        self._queue = sorted(good, key=lambda entry: (_slot(entry), entry["kind"] == HOUR, entry["path"]))

    def __iter__(self) -> Iterator[Frames]:
        """Give frames in parts: strictly increasing times, within a part and from part to part."""
        waiting: list[Frames] = []
        for minute, files, stored in self._minutes():
            # later files cannot hold frames from before this
            yield from self._ready(waiting, minute - REACH)
            for part in files:
                self.counts["duplicates"] += self._add(part, waiting)
            for part in stored:
                self._add(part, waiting)
        yield from self._ready(waiting, None)

    def _minutes(self) -> Iterator[tuple[np.datetime64, list[Frames], list[Frames]]]:
        """Minutes in order, each with the frames of its minute files, and those of hour files."""
        by_hour: dict[np.datetime64, list[Mapping[str, Any]]] = {}
        for entry in self._queue:
            if self._wanted(entry, REACH):
                by_hour.setdefault(_slot(entry).astype("datetime64[h]"), []).append(entry)
        for hour in sorted(by_hour):
            minutes: dict[np.datetime64, list[Mapping[str, Any]]] = {}
            stored: dict[np.datetime64, list[Frames]] = {}
            for entry in by_hour[hour]:
                if entry["kind"] != HOUR:
                    minutes.setdefault(_slot(entry), []).append(entry)
                    continue
                for part in self._read(entry):
                    for minute, frames in _by_minute(part, _slot(entry)):
                        stored.setdefault(minute, []).append(frames)
            for minute in sorted(minutes.keys() | stored.keys()):
                files = [part for entry in minutes.get(minute, []) for part in self._read(entry)]
                yield minute, files, stored.pop(minute, [])

    def _wanted(self, entry: Mapping[str, Any], margin: np.timedelta64) -> bool:
        """Whether the time of a file's name, with a margin, touches an interval."""
        if self._intervals is None:
            return True
        begin, end = _slot(entry), _slot(entry) + (HOUR_STEP if entry["kind"] == HOUR else MINUTE)
        return any(begin - margin < stop and end + margin > start for start, stop in self._intervals)

    def _read(self, entry: Mapping[str, Any]) -> list[Frames]:
        """Decode a file, or the first good one of its twins; a list of one, or of none."""
        lost: list[tuple[str, CorruptFile]] = []
        for path in (str(entry["path"]), *entry.get("twins", ())):
            try:
                self._check(entry, path)
                frames = self._decode(entry, path)
            except CorruptFile as error:
                lost.append((path, error))
                continue
            self._note(entry, lost, replaced=True)
            self.counts["files"] += 1
            return [frames]
        self._note(entry, lost, replaced=False)
        return []

    def _note(self, entry: Mapping[str, Any], lost: list[tuple[str, CorruptFile]], *, replaced: bool) -> None:
        """List refused files, where their own time is wanted: the neighbour's shard lists the others."""
        if not lost or not self._wanted(entry, np.timedelta64(0, "s")):
            return
        if self._fail and not replaced:
            raise lost[0][1]
        self.counts["refused"] += not replaced
        self.refused += [Refused(path, error.reason, _slot(entry), replaced) for path, error in lost]

    def _check(self, entry: Mapping[str, Any], path: str) -> None:
        """Compare a file with what the manifest says of it; a twin has no line of its own there."""
        full = self._root / path
        if path != entry["path"]:
            return
        if entry.get("status", "ok") != "ok":
            raise CorruptFile(full, str(entry.get("reason")))
        if not full.is_file():
            raise CorruptFile(full, "named by the manifest, but gone")
        size = full.stat().st_size
        if entry.get("size") not in (None, size):
            raise CorruptFile(full, f"{size} bytes, but {entry['size']} when its manifest was made")
        if entry.get("sha256") and sha256_of(full) != entry["sha256"]:
            raise CorruptFile(full, "its content changed since its manifest was made")

    def _decode(self, entry: Mapping[str, Any], path: str) -> Frames:
        """Frames of one file, each second once, in time order, flagged."""
        slot, full = _slot(entry), self._root / path
        if entry["kind"] == HOUR:
            frames = read_hour(full, self._site)
            images, time, rows, flags = frames.images, frames.time, np.arange(len(frames)), frames.flags
            dark, span = np.full(len(time), DARK), HOUR_STEP
        else:
            minute = decode_minute(full, site=self._site)
            images, time, dark, span = minute.images, minute.time, minute.dark, MINUTE
            rows, flags = once_in_order(time)
            inside = self._inside(time)
            self.counts["duplicates"] += int(inside.sum() - inside[rows].sum())
        near = (time[rows] >= slot - REACH) & (time[rows] < slot + span + REACH)
        if not near.all():
            self._misdated(entry, path, time[rows][~near])
            rows, flags = rows[near], flags[near]
        if len(rows) != len(time) or (np.diff(rows) < 0).any():
            images = images[rows]
        return Frames(self._site, time[rows], images, flags | light_flags(images, dark[rows], self._sky))

    def _misdated(self, entry: Mapping[str, Any], path: str, times: NDArray[np.datetime64]) -> None:
        reason = f"{len(times)} frames dated {times[0]} and so, not near the time of the file's name"
        if len(times) and self._wanted(entry, np.timedelta64(0, "s")):
            self.counts["misdated"] += len(times)
            self.refused.append(Refused(path, reason, _slot(entry)))

    def _inside(self, time: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Whether frames begin in an interval."""
        inside = np.full(len(time), self._intervals is None)
        for start, stop in self._intervals or ():
            inside |= (time >= start) & (time < stop)
        return inside

    def _add(self, frames: Frames, waiting: list[Frames]) -> int:
        """Keep what is wanted and was not there before; return how many frames were repeated."""
        inside = self._inside(frames.time)
        seconds = frames.time.astype("datetime64[s]").astype(np.int64).tolist()
        fresh = inside & np.array([second not in self._seconds for second in seconds], dtype=bool)
        self._seconds.update(second for second, new in zip(seconds, fresh, strict=True) if new)
        if fresh.any():
            waiting.append(frames if fresh.all() else _rows(frames, fresh))
        return int((inside & ~fresh).sum())

    def _ready(self, waiting: list[Frames], until: np.datetime64 | None) -> Iterator[Frames]:
        """Take out of the list what no later file can come before, in time order."""
        waiting.sort(key=lambda part: part.time[0])
        while waiting:
            while len(waiting) > 1 and waiting[0].time[-1] > waiting[1].time[0]:
                waiting[:2] = [_merged(*waiting[:2])]
            if until is not None and waiting[0].time[-1] >= until:
                return
            yield self._finished(waiting.pop(0))

    def _finished(self, frames: Frames) -> Frames:
        """Flag gaps, and count."""
        before = np.timedelta64("NaT") if self._last is None else frames.time[0] - self._last
        steps = np.diff(frames.time, prepend=frames.time[:1] - before)
        flags = frames.flags | np.where(~(steps <= GAP), np.uint16(Flag.GAP_BEFORE), np.uint16(0))
        self._last = frames.time[-1]
        self.counts["frames"] += len(frames)
        self.counts["clock_back"] += int(((flags & Flag.CLOCK_BACK) > 0).sum())
        return Frames(frames.site, frames.time, frames.images, flags)


def _slot(entry: Mapping[str, Any]) -> np.datetime64:
    return np.datetime64(parse_utc(str(entry["slot"])).replace(tzinfo=None), "s")


def _nanoseconds(time: np.datetime64 | datetime) -> np.datetime64:
    """Convert a time; an aware one to UTC."""
    if isinstance(time, datetime):
        time = np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")
    return np.datetime64(time.astype("datetime64[ns]"))


def _rows(frames: Frames, rows: NDArray[Any] | slice) -> Frames:
    return Frames(frames.site, frames.time[rows], frames.images[rows], frames.flags[rows])


def _merged(one: Frames, other: Frames) -> Frames:
    time = np.concatenate([one.time, other.time])
    images, flags = np.concatenate([one.images, other.images]), np.concatenate([one.flags, other.flags])
    return _rows(Frames(one.site, time, images, flags), np.argsort(time, kind="stable"))


def _by_minute(frames: Frames, hour: np.datetime64) -> Iterator[tuple[np.datetime64, Frames]]:
    """Cut the frames of an hour file into minutes; those outside the hour go to its first or last."""
    last = hour + HOUR_STEP - MINUTE
    minutes = np.clip(frames.time.astype("datetime64[m]").astype("datetime64[s]"), hour, last)
    edges = np.flatnonzero(np.diff(minutes) > np.timedelta64(0, "s")) + 1
    for rows in np.split(np.arange(len(frames)), edges):
        if len(rows):
            yield minutes[rows[0]], _rows(frames, slice(rows[0], rows[-1] + 1))
