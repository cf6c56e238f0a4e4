"""Listings of the MMS science data center: its web service ``file_info``, answers as JSON.

Source: https://lasp.colorado.edu/mms/sdc/public/about/how-to/
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from magnetoflow.archive.layout import Product
from magnetoflow.archive.remote.listed import Asker, Listed, Listing, check_answer, check_name, listing
from magnetoflow.errors import DownloadError


def discover_sdc(client: Asker, root: str, kind: Product, probe: str, day: date) -> Listing:
    """Ask the SDC what it has of one product, probe (mms1) and day.

    Raises
    ------
    DownloadError
        The answer is no listing; or as the client raises.
    """
    service = "ancillary" if kind.text else "science"
    url = f"{root.rstrip('/')}/file_info/{service}"
    params = _question(kind, probe, day)
    asked = f"{url}?{urlencode(params)}"
    answer = read_json(client.text(url, params), asked)
    entries = answer.get("files")
    if not isinstance(entries, list):
        raise _refused(asked, f"no list of files in it; it has {sorted(answer)[:10]}")
    files = []
    for entry in entries:
        name, size = _name_and_size(entry, asked)
        parsed = kind.parse(name, probe)
        # the service may give more than was asked for
        if parsed is None or parsed[0].date() != day:
            continue
        source = f"{root.rstrip('/')}/download/{service}?file={quote(name, safe='')}"
        files.append(Listed(name, source, f"{kind.folder_of(probe, day)}/{name}", *parsed, size))
    return listing(files, asked, f"none of {len(entries)} files listed is of {probe} and {day}: {asked}")


def _question(kind: Product, probe: str, day: date) -> dict[str, str]:
    """Whole days: whether the end is included depends on the service, and names are looked at afterwards."""
    if kind.text:
        # an orbit file begins some minutes after midnight, and is indexed by days of which none is documented
        first, last = day - timedelta(days=1), day + timedelta(days=2)
        asked = {"sc_id": probe, "product": kind.folder.rsplit("/", 1)[1]}
    else:
        first, last = day, day + timedelta(days=1)
        names = ("instrument_id", "data_rate_mode", "data_level", "descriptor")
        levels = [part for part in kind.folder.split("/")[2:] if not part.startswith("%")]
        # FGM has no descriptor, and is asked for without it
        asked = {"sc_id": probe, **dict(zip(names, levels, strict=False))}
    return {"start_date": first.isoformat(), "end_date": last.isoformat(), **asked}


def read_json(text: str, url: str) -> dict[str, Any]:
    """Read the answer of a web service, an object.

    Raises
    ------
    DownloadError
        It is not one.
    """
    check_answer(text, url)
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(url, f"not JSON ({error}); it begins with {text.strip()[:60]!r}") from error
    if not isinstance(answer, dict):
        raise _refused(url, f"not an object; it begins with {text.strip()[:60]!r}")
    return answer


def _name_and_size(entry: object, url: str) -> tuple[str, int]:
    if not isinstance(entry, dict):
        raise _refused(url, f"an entry is no object: {str(entry)[:60]!r}")
    name, size = entry.get("file_name"), entry.get("file_size")
    if not isinstance(name, str):
        raise _refused(url, f"an entry has no file_name: {str(entry)[:100]}")
    check_name(name, url)
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _refused(url, f"file_size of {name} is {str(size)[:30]!r}, not a number of bytes")
    return name, size


def _refused(url: str, why: str) -> DownloadError:
    return DownloadError("listing refused: it is not what this web service answers", url=url, why=why)
