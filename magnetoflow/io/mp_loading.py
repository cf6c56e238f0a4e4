"""Load a magnetopause event: all instruments of one to four spacecraft, in one frame that does not turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from magnetoflow.archive.layout import days_of
from magnetoflow.archive.manifests import build_manifest, select
from magnetoflow.archive.mp_products import products_of
from magnetoflow.archive.source import source_name
from magnetoflow.errors import ConfigError, CorruptFile, InsufficientData, MissingData, VariableError
from magnetoflow.frames import gse_to_gsm
from magnetoflow.io.mp_options import LoadOptions as LoadOptions
from magnetoflow.io.mp_spacecraft import VERSION, Files, SpacecraftReader
from magnetoflow.mms_mp.data import EventData
from magnetoflow.times import format_utc, parse_utc

QUANTITIES = ("field", "ions", "electrons", "hpca", "electric", "potential", "mec", "defeph")


def load_event(
    files: Mapping[int, Files],
    *,
    id: str,  # noqa: A002 (as in the list of events)
    start: datetime,
    stop: datetime,
    rate: str,
    options: LoadOptions | None = None,
    remarks: Mapping[int, Sequence[str]] | None = None,
) -> EventData:
    """Read one event.

    Parameters
    ----------
    files : mapping of int to mapping of str to sequence of Path
        By probe (1 to 4) and quantity (`QUANTITIES`), files that passed the gate. Every spacecraft needs
        field files and some ephemeris; all others may be missing, which its ``notes`` tell.
    id : str
    start, stop : datetime
        UTC, half open.
    rate : str
        ``brst`` (field at 128 Hz), or ``fast`` (survey field, fast moments).
    options : LoadOptions, optional
    remarks : mapping of int to sequence of str, optional
        Further notes by probe: files that were refused, or why there are none of the field.

    Returns
    -------
    EventData
        All vectors in GSM as it stands at the middle of the event.

    Raises
    ------
    ConfigError
        The interval is empty, or a probe or the rate is none that there is.
    MissingData, InsufficientData
        A spacecraft has no field or position in the interval and `missing_probe` is ``fail``, or none has.
    VariableError
        A variable is missing, or in another unit, frame or shape; or two versions of one file are given.
    CorruptFile
        A file cannot be decoded.
    """
    chosen = options or LoadOptions()
    _check_request(files, start, stop, rate)
    begin, end = (np.datetime64(one.replace(tzinfo=None), "ns") for one in (start, stop))
    middle = begin + (end - begin) // 2
    rotation = gse_to_gsm(middle)
    spacecraft, left_out = {}, {}
    for probe in sorted(files):
        _check_versions(files[probe])
        reader = SpacecraftReader(probe, files[probe], start, stop, rate, chosen, rotation)
        try:
            spacecraft[probe] = reader.spacecraft((remarks or {}).get(probe, ()))
        except (MissingData, InsufficientData) as error:
            if chosen.missing_probe == "fail":
                raise
            said = "" if files[probe].get("field") else "; ".join((remarks or {}).get(probe, ()))
            left_out[probe] = said or f"{error.what}: {error.why or error.where}"
    if not spacecraft:
        raise MissingData(
            "no spacecraft has field and position in the interval",
            where=f"event {id}, {format_utc(start)} to {format_utc(stop)}",
            why="; ".join(f"MMS{probe}: {reason}" for probe, reason in left_out.items()) or "none was given",
            todo="choose another interval or archive",
        )
    return EventData(id, begin, end, middle, rate, rotation, spacecraft, left_out=left_out)


def _check_request(files: Mapping[int, Files], start: datetime, stop: datetime, rate: str) -> None:
    if not set(files) <= {1, 2, 3, 4}:
        raise ConfigError("spacecraft of an event are some of 1 to 4", why=f"found {sorted(files)}")
    if start.utcoffset() is None or start.utcoffset() or stop.utcoffset() is None or stop.utcoffset():
        raise ConfigError("times of an event are UTC", why=f"found {start!r} and {stop!r}")
    if start >= stop:
        raise ConfigError("the event ends before it begins", why=f"{format_utc(start)} to {format_utc(stop)}")
    if rate not in ("brst", "fast"):
        raise ConfigError(f"rate is {rate!r}", why="expected brst or fast")
    unknown = {name for one in files.values() for name in one} - set(QUANTITIES)
    if unknown:
        raise ConfigError(f"unknown quantities {sorted(unknown)}", why=f"known are {', '.join(QUANTITIES)}")


def _check_versions(files: Files) -> None:
    """Refuse two versions of one file: their records would be mixed."""
    for quantity, paths in files.items():
        seen: dict[str, Path] = {}
        for path in paths:
            match = VERSION.fullmatch(path.name)
            stem = match[1] if match else path.name
            if stem in seen and seen[stem].name != path.name:
                raise VariableError(
                    "two versions of one file",
                    where=f"{seen[stem]}, {path}",
                    why=f"{quantity} of one time in both",
                    todo="give the newest version of each",
                )
            seen[stem] = path


def load_folder(
    root: str | Path,
    *,
    probes: Sequence[int],
    start: str | datetime,
    stop: str | datetime,
    rate: str = "brst",
    id: str | None = None,  # noqa: A002
    options: LoadOptions | None = None,
    on_damaged: str = "fail",
) -> EventData:
    """Read an event from a folder in the layout of the public archives; every file passes the gate first.

    Parameters
    ----------
    root : path
        Nothing in it is changed.
    probes : sequence of int
        Some of 1 to 4.
    start, stop : str or datetime
        UTC, half open; a datetime without zone is UTC.
    rate : str
        ``brst`` or ``fast``.
    id : str, optional
        ``20180115T060000`` by default.
    options : LoadOptions, optional
    on_damaged : str
        ``fail``, or ``gap``: a damaged file is left out, and noted.

    Returns
    -------
    EventData

    Raises
    ------
    ArchiveError
        There is no such folder.
    CorruptFile
        A file is damaged and `on_damaged` is ``fail``.
    ConfigError, MissingData, InsufficientData, VariableError
        As for :func:`load_event`.
    """
    chosen = options or LoadOptions()
    begin, end = _utc(start), _utc(stop)
    _check_request({probe: {} for probe in probes}, begin, end, rate)
    if not probes:
        raise ConfigError("no spacecraft chosen", why="probes is empty", todo="choose some of 1 to 4")
    source = source_name(str(root))
    asked = {name: getattr(chosen, name) for name in ("ephemeris", "electric", "hpca", "potential")}
    products = products_of(rate, **asked)
    files: dict[int, dict[str, list[Path]]] = {}
    remarks: dict[int, list[str]] = {}
    for probe in probes:
        files[probe], remarks[probe] = {}, []
        for quantity, product in products.items():
            found = select(
                [
                    build_manifest(source, Path(root), product, f"mms{probe}", day, within=(begin, end))
                    for day in days_of(product, begin, end)
                ],
                begin,
                end,
            )
            for entry in found.damaged:
                if on_damaged == "fail":
                    raise CorruptFile(Path(root) / entry["path"], str(entry["reason"]))
                remarks[probe].append(f"damaged, left out: {Path(entry['path']).name}: {entry['reason']}")
            files[probe][quantity] = [Path(root) / entry["path"] for entry in found.files]
        if not files[probe]["field"] and chosen.missing_probe == "fail":
            raise MissingData(
                f"no field of MMS{probe} in the interval",
                where=f"{root}, {products['field']}",
                why=f"no file of {format_utc(begin)} to {format_utc(end)}",
                todo="choose another interval or probes, or missing_probe: leave_out",
            )
    name = id or f"{begin:%Y%m%dT%H%M%S}"
    return load_event(files, id=name, start=begin, stop=end, rate=rate, options=chosen, remarks=remarks)


def _utc(time: str | datetime) -> datetime:
    if isinstance(time, str):
        return parse_utc(time)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
