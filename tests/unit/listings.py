"""A stand-in for the client of the archives, and listings as servers write them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from magnetoflow.errors import NotInArchive, NotReleased


class Server:
    """Answers from a table of URLs; another URL is not there, and None is not for the public."""

    def __init__(self, answers: Mapping[str, str | None]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.params: list[dict[str, str]] = []

    def text(self, url: str, params: dict[str, str] | None = None) -> str:
        self.asked.append(url if params is None else f"{url}?{urlencode(params)}")
        self.params.append(params or {})
        if url not in self.answers:
            raise NotInArchive("not in the archive", url=url, why="404")
        answer = self.answers[url]
        if answer is None:
            raise NotReleased("not given to the public", url=url, why="403")
        return answer


def sdc(*names: str, size: int = 1000) -> str:
    """Answer of file_info."""
    files = [{"file_name": name, "file_size": size, "timetag": "2015-10-17T00:00:00"} for name in names]
    return json.dumps({"files": files})


def apache(title: str, rows: Sequence[tuple[str, str]], parent: str = "/pub/") -> str:
    """Apache with ``FancyIndexing HTMLTable``: long names are cut in the text, not in the link."""
    lines = [
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">',
        f"<html>\n <head>\n  <title>Index of {title}</title>\n </head>\n <body>",
        f"<h1>Index of {title}</h1>\n  <table>",
        '   <tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a>'
        '</th><th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th>'
        '<th><a href="?C=D;O=A">Description</a></th></tr>\n   <tr><th colspan="5"><hr></th></tr>',
        f'<tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td><td><a href="{parent}">'
        'Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td><td>&nbsp;</td></tr>',
    ]
    lines += [
        f'<tr><td valign="top"><img src="/icons/unknown.gif" alt="[   ]"></td><td><a href="{quote(name)}">'
        f'{name[:20]}..&gt;</a></td><td align="right">2019-03-18 10:11  </td><td align="right">{size}</td>'
        "<td>&nbsp;</td></tr>"
        for name, size in rows
    ]
    return "\n".join([*lines, '   <tr><th colspan="5"><hr></th></tr>\n</table>\n</body></html>\n'])


def apache_pre(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """Apache without tables, icons as links; the description of a file begins with a number."""
    lines = [
        f"<html><head><title>Index of {title}</title></head><body>\n<h1>Index of {title}</h1>",
        '<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>   '
        '<a href="?C=M;O=A">Last modified</a>   <a href="?C=S;O=A">Size</a>  Description<hr>'
        '<img src="/icons/back.gif" alt="[DIR]"> <a href="../">Parent Directory</a>      -   ',
    ]
    lines += [
        f'<a href="{quote(name)}"><img src="/icons/unknown.gif" alt="[   ]"></a> <a href="{quote(name)}">'
        f"{name[:20]}..&gt;</a> 18-Mar-2019 10:11  {size}  12 of the set"
        for name, size in rows
    ]
    return "\n".join([*lines, "<hr></pre>\n</body></html>\n"])


def nginx(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """Nginx: sizes in bytes."""
    lines = [f"<html>\n<head><title>Index of {title}</title></head>\n<body>\n<h1>Index of {title}</h1><hr>"]
    lines += ['<pre><a href="../">../</a>']
    lines += [
        f'<a href="{quote(name)}">{name[:47]}..&gt;</a> 18-Mar-2019 10:11    {size}' for name, size in rows
    ]
    return "\n".join([*lines, "</pre><hr></body>\n</html>\n"])


def plain(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """The server of Python: no times, no sizes, no link up."""
    lines = [f"<!DOCTYPE HTML>\n<html><head><title>Directory listing for {title}</title></head>\n<body>"]
    lines += [
        "<ul>",
        *(f'<li><a href="{quote(name)}">{name}</a></li>' for name, _ in rows),
        "</ul>\n<hr>",
    ]
    return "\n".join([*lines, "</body>\n</html>\n"])
