"""HTML pages that need nothing but the files beside them: no script, no network, all text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#222;margin:1.5em auto;max-width:70em;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.2em;margin-top:1.8em;border-bottom:1px solid #ccc}
table{border-collapse:collapse;margin:.6em 0;font-size:.92em;display:block;overflow-x:auto}
th,td{padding:.15em .7em .15em 0;text-align:left;vertical-align:top;white-space:nowrap}
th{border-bottom:1px solid #999;font-weight:600}
td.wide{white-space:normal;min-width:18em}
figure{margin:1.2em 0}img{max-width:100%;height:auto}figcaption{color:#444;font-size:.92em}
.source{color:#555}.off{color:#888}
"""
LONGEST = 400
"""Text of a file or of a user is cut after so many characters."""
WIDE = 40
"""Cells with more characters may break into lines."""


def text(value: object) -> str:
    """Escape a value for HTML; control characters become spaces, long text is cut."""
    words = "".join(one if one.isprintable() else " " for one in str(value))
    return escape(words if len(words) <= LONGEST else words[: LONGEST - 1] + "…")


def link(target: str, words: str | None = None) -> str:
    """Link to a file beside the page.

    Raises
    ------
    ValueError
        The target is not a relative path within the folder of the page.
    """
    return f'<a href="{reference(target)}">{text(words or target)}</a>'


def reference(target: str) -> str:
    """Relative path as it stands in HTML."""
    path = PurePosixPath(target)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise ValueError(f"{target} is not a path within the folder of the page")
    return escape(quote(path.as_posix()))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, off: Sequence[bool] = ()) -> str:
    """Table of text; an empty cell is missing.

    Parameters
    ----------
    head : sequence of str
    rows : iterable of sequences
        Cells in the order of `head`.
    off : sequence of bool, optional
        Rows that are shown in grey.
    """
    lines = ["<table>", "<tr>" + "".join(f"<th>{text(one)}</th>" for one in head) + "</tr>"]
    for number, row in enumerate(rows):
        grey = ' class="off"' if number < len(off) and off[number] else ""
        lines.append(f"<tr{grey}>" + "".join(map(_cell, row)) + "</tr>")
    return "\n".join([*lines, "</table>"])


def _cell(value: object) -> str:
    words = text(value)
    return f'<td class="wide">{words}</td>' if len(words) > WIDE else f"<td>{words}</td>"


def figure(target: str, caption: str) -> str:
    """Picture that links to itself, with its caption."""
    where = reference(target)
    picture = f'<a href="{where}"><img src="{where}" alt="{text(caption)}" loading="lazy"></a>'
    return f"<figure>{picture}<figcaption>{text(caption)}</figcaption></figure>"


def page(title: str, parts: Iterable[str]) -> str:
    """Whole page of a title and of parts that are HTML already."""
    head = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style></head>\n<body>\n<h1>{text(title)}</h1>\n"
    )
    return head + "\n".join(parts) + "\n</body></html>\n"
