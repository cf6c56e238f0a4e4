"""What the archives answer: listings as HTML and JSON, and files, for `tests.archive_server`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from tests.archive_faults import Item, Reply, status
from tests.archive_tree import Tree

FOLDERS = {"spdf": "", "calgary": "themis/asi", "pfrr": "pfrr"}
"""First part of a path that is listed as HTML, and the folder that it shows."""
KEYS = ("sc_id", "instrument_id", "data_rate_mode", "data_level", "descriptor")
"""What the SDC is asked for, in the order of the parts of its names."""
INDEX = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of {path}</title></head><body><h1>Index of {path}</h1><table>
<tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th>\
<th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th></tr>
<tr><th colspan="4"><hr></th></tr>
{rows}
<tr><th colspan="4"><hr></th></tr>
</table></body></html>
"""
ROW = (
    '<tr><td valign="top"><img src="/icons/{icon}.gif" alt="[{alt}]"></td><td><a href="{href}">{text}</a>'
    '</td><td align="right">{time}  </td><td align="right">{size}</td></tr>'
)
Listed = Callable[[list[Item]], list[Item]]


def answer(tree: Tree, base: str, path: str, query: dict[str, str], listed: Listed) -> Reply:
    """Answer of a good server, but for the items that `listed` makes of those that there are."""
    first, _, rest = path.strip("/").partition("/")
    if ".." in path.split("/"):
        return missing()
    if first in FOLDERS:
        return _folder(tree, path, f"{FOLDERS[first]}/{rest}".strip("/"), listed)
    if f"{first}/{rest}" in {"sdc/file_info/science", "sdc/file_info/ancillary"}:
        items = (_science if rest.endswith("science") else _ancillary)(tree, query)
        return _json({"files": [_described(one) for one in listed(items)]})
    if f"{first}/{rest}" in {"sdc/download/science", "sdc/download/ancillary"}:
        return _download(tree, query.get("file", ""))
    if first == "calgary_api" and {"name", "start", "end"} <= query.keys():
        return _api(tree, base, query, listed)
    return missing()


def missing() -> Reply:
    """404."""
    change = status(404).change
    assert change is not None
    return change(Reply(404, b""))


def is_listing(path: str) -> bool:
    """A path lists files, and is none."""
    return path.endswith("/") or "file_info" in path or path.startswith("/calgary_api")


def rounded(size: int) -> str:
    """Size as listings of folders write it: ``973``, ``1.0K``, ``2.1M``, ``21M``."""
    if size < 973:
        return str(size)
    value = size / 1024
    units = iter("KMGT")
    unit = next(units)
    while value >= 973:
        value, unit = value / 1024, next(units)
    return f"{value:.1f}{unit}" if value < 9.95 else f"{value:.0f}{unit}"


# ---- folders


def _folder(tree: Tree, path: str, below: str, listed: Listed) -> Reply:
    file = tree.read(below)
    if file is not None:
        return _file(*file)
    items = tree.items(below)
    if not items:
        return missing()
    if not path.endswith("/"):
        return Reply(301, b"", {"Location": f"{quote(path)}/"})
    parent = f"{path.rstrip('/').rpartition('/')[0]}/"
    rows = [
        ROW.format(icon="back", alt="PARENTDIR", href=parent, text="Parent Directory", time="", size=" - ")
    ]
    rows += [_row(one) for one in listed(items)]
    page = INDEX.format(path=html.escape(path.rstrip("/")), rows="\n".join(rows))
    return Reply(200, page.encode(), {"Content-Type": "text/html;charset=UTF-8"})


def _row(item: Item) -> str:
    """A name is cut in its text, not in its link."""
    name = item.name if item.size is not None else f"{item.name}/"
    text = html.escape(name if len(name) <= 23 else f"{name[:21]}..>")
    icon, alt = ("folder", "DIR") if item.size is None else ("unknown", "   ")
    size = "  - " if item.size is None else rounded(item.size)
    href = html.escape(quote(name))
    return ROW.format(
        icon=icon, alt=alt, href=href, text=text, time=f"{item.modified:%Y-%m-%d %H:%M}", size=size
    )


def _file(content: bytes, modified: datetime) -> Reply:
    headers = {
        "Content-Type": "application/octet-stream",
        "ETag": f'"{sha256(content).hexdigest()[:16]}"',
        "Last-Modified": format_datetime(modified.replace(tzinfo=UTC), usegmt=True),
        "Accept-Ranges": "bytes",
    }
    return Reply(200, content, headers, ranges=True)


# ---- SDC


def _science(tree: Tree, query: dict[str, str]) -> list[Item]:
    """Files of whole days, whatever the time of day asked for, the last day included."""
    asked = {key: query[key].lower().split(",") for key in KEYS if key in query}
    found = []
    for probe in asked.get("sc_id", [f"mms{k}" for k in range(1, 5)]):
        for folder in asked.get("instrument_id", [""]):
            for _, item in tree.walk(f"mms/{probe}/{folder}".rstrip("/")):
                parts, slot = _parts(item.name), _slot(item.name)
                fits = all(part in asked.get(key, [part]) for key, part in zip(KEYS, parts, strict=True))
                if fits and _asked(query, slot, slot):
                    found.append(item)
    return found


def _parts(name: str) -> list[str]:
    """``mms1``, ``fpi``, ``fast``, ``l2`` and ``dis-moms``, which FGM leaves empty."""
    parts = name.split("_")
    return [*parts[:4], parts[4] if len(parts) > 6 else ""]


def _slot(name: str) -> datetime:
    """Time in the name of a file of science."""
    match = re.search(r"_(\d{8})(\d{6})?_v", name)
    assert match is not None, name
    return datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")


def _ancillary(tree: Tree, query: dict[str, str]) -> list[Item]:
    """Files of which the first, the last or a day between is asked for."""
    folder = f"mms/ancillary/{query.get('sc_id', 'mms1')}/{query.get('product', 'defeph')}"
    return [one for one in tree.items(folder) if _asked(query, *_span(one.name))]


def _span(name: str) -> tuple[datetime, datetime]:
    first, last = re.findall(r"_(\d{7})", name)
    return datetime.strptime(first, "%Y%j"), datetime.strptime(last, "%Y%j")


def _asked(query: dict[str, str], first: datetime, last: datetime) -> bool:
    start, stop = query.get("start_date", "0001-01-01"), query.get("end_date", "9999-12-31")
    return first.date().isoformat() <= stop[:10] and last.date().isoformat() >= start[:10]


def _described(item: Item) -> dict[str, Any]:
    known = re.search(r"_\d{8}(\d{6})?_v|_\d{7}_\d{7}\.", item.name)
    time = (_span(item.name)[0] if ".V" in item.name else _slot(item.name)) if known else item.modified
    return {"file_name": item.name, "file_size": item.size, "timetag": time.isoformat()}


def _download(tree: Tree, name: str) -> Reply:
    if re.fullmatch(r"\w+_\d{7}_\d{7}\.V\d+", name):
        probe, product = name.lower().split("_")[:2]
        folders = [f"mms/ancillary/{probe}/{product}"]
    elif re.fullmatch(r"mms\d_[\w.-]+_\d{8}(\d{6})?_v[\d.]+\.cdf", name):
        day = _slot(name)
        above = "/".join(part for part in _parts(name) if part)
        folders = [f"mms/{above}/{day:%Y/%m}", f"mms/{above}/{day:%Y/%m/%d}"]
    else:
        return missing()
    for folder in folders:
        file = tree.read(f"{folder}/{name}")
        if file is not None:
            return _file(*file).plus(Content_Disposition=f'attachment; filename="{name}"')
    return missing()


# ---- Calgary's interface


def _api(tree: Tree, base: str, query: dict[str, str], listed: Listed) -> Reply:
    """Minute files whose minute is in [start, end], or all skymaps, of a camera."""
    site, minutes = query.get("site_uid", ""), query["name"] == "THEMIS_ASI_RAW"
    start, stop = (datetime.fromisoformat(query[key].rstrip("Z")) for key in ("start", "end"))
    if minutes:
        count = (stop.date() - start.date()).days + 1
        folders = [f"stream0/{start + timedelta(days=k):%Y/%m/%d}" for k in range(count)]
    else:
        folders = [f"skymaps/{site}"]
    files = [
        pair for one in folders for pair in tree.walk(f"themis/asi/{one}") if f"_{site}_" in pair[1].name
    ]
    files = [pair for pair in files if not minutes or start <= _minute(pair[1].name) <= stop]
    below = {item.name: folder.removeprefix("themis/asi/") for folder, item in files}
    kept, prefix = (
        listed([item for _, item in files]),
        f"{base}/calgary/{'stream0' if minutes else 'skymaps'}",
    )
    dataset = {
        "name": query["name"],
        "short_description": "THEMIS All Sky Imagers",
        "level": "L0" if minutes else "L3",
        "file_time_resolution": "1min" if minutes else "none",
    }
    urls = [f"{base}/calgary/{below[one.name]}/{one.name}" if one.name in below else f"{prefix}/{one.name}"
            for one in kept]  # fmt: skip
    total = sum(one.size or 0 for one in kept)
    return _json(
        {"urls": urls, "path_prefix": prefix, "count": len(urls), "dataset": dataset, "total_bytes": total}
    )


def _minute(name: str) -> datetime:
    match = re.match(r"\d{8}_\d{4}", name)
    return datetime.strptime(match[0], "%Y%m%d_%H%M") if match else datetime.min


def _json(document: Any) -> Reply:
    return Reply(200, json.dumps(document).encode(), {"Content-Type": "application/json"})
