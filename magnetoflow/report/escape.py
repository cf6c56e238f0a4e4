"""Text of results in reStructuredText and HTML: nothing of it is markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_MARKS = re.compile(r"([\\*`|_:<>\[\]])")


def plain(text: str) -> str:
    """Escape text for reStructuredText, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


class Unknown(str):
    """What a caption shows of a number that is not there, and of anything below it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return str(self)


class Words(dict[str, Any]):
    """Texts by name, escaped; what is not there says so instead of stopping a report."""

    def __missing__(self, name: str) -> Unknown:
        return Unknown("(not known)")


def escaped(value: Any) -> Any:
    """Escape all texts of nested mappings and lists; names of events stay as they are."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return Words({name: escaped(one) for name, one in value.items()})
    if isinstance(value, list | tuple):
        return [escaped(one) for one in value]
    return value
