"""What the models of all studies share: a strict base class, and scalars that take text but no surprises.

Values given by ``--config`` arrive as text, so numbers and switches are read from text as well; YAML's own
surprises (``no`` is false, ``2015-10-17`` is a date, ``12`` is not text) are refused with the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from magnetoflow.config.events import repeated_ids, user_path
from magnetoflow.errors import ConfigError
from magnetoflow.times import format_utc, parse_utc

MAX_EVENTS = 20_000
LAUNCH = datetime(2015, 3, 12, tzinfo=UTC)
"""Date of the launch of the four MMS spacecraft, in local time at the launch site."""

T = TypeVar("T")

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
NULLS = {"", "~", "null", "none"}


def filled(values: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse an empty list; unlike a minimum length it is not also reported where the items are wrong."""
    if not values:
        raise ValueError("the list is empty")
    return values


class Section(BaseModel):
    """Base of every section: frozen, unknown keys are errors, defaults are checked too."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected a number; YAML reads yes, no, on, off as true and false")
    if isinstance(value, (date, datetime)):
        raise ValueError("expected a number, this is a date")
    return value


def number_or_null(value: Any) -> Any:
    """Read a number, or null in any of its text forms."""
    if isinstance(value, str) and value.strip().lower() in NULLS:
        return None
    return _number(value)


def whole_number(value: Any) -> Any:
    """Read text as a whole number, for keys with a list of allowed ones."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else _number(value)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected text; YAML reads yes, no, on, off as true and false: put it in quotes")
    if isinstance(value, (int, float, date)):
        raise ValueError(f"expected text, YAML reads this as a {type(value).__name__}: put it in quotes")
    return value


def null_or_text(value: Any) -> Any:
    """Read the text forms of null, as ``--config`` gives them."""
    return None if isinstance(value, str) and value.strip().lower() in NULLS else value


def _listed(value: Any) -> Any:
    """Probes of a table cell: ``1 2 4`` or ``1;2;4``; a single number is a list of one."""
    if isinstance(value, str):
        return value.replace(";", " ").replace(",", " ").split()
    return [value] if isinstance(value, int) and not isinstance(value, bool) else value


def _event_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError("allowed are 1 to 80 letters, digits, _ and -; it becomes a folder name")
    return value


def _folder(value: str) -> str:
    if not value.strip():
        raise ValueError("expected a folder name, found nothing")
    if re.search(r"[{}\x00-\x1f]", value):
        raise ValueError("a folder name may not hold braces or control characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("a folder name must be UTF-8 text") from None
    return str(user_path(value))


def unique(values: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse a list that holds a value twice."""
    if len(set(values)) != len(values):
        raise ValueError("a value stands more than once")
    return values


def read_time(value: Any) -> datetime:
    """Read a UTC time from YAML or CSV.

    Parameters
    ----------
    value : str, datetime or date
        As :func:`magnetoflow.times.parse_utc` takes it, or what YAML makes of that. A date is its 00:00.

    Returns
    -------
    datetime
        Aware, in UTC.

    Raises
    ------
    ValueError
        Not a time, or a zone other than UTC.
    """
    if isinstance(value, (datetime, date)):
        value = value.isoformat()
    if not isinstance(value, str):
        raise ValueError("expected a UTC time such as 2015-10-17T04:55:00")
    try:
        return parse_utc(value)
    except ConfigError as error:
        raise ValueError("; ".join(part for part in (error.what, error.why, error.todo) if part)) from error


def not_before(first: datetime, what: str) -> AfterValidator:
    """Refuse times before a mission, and times in the future."""

    def check(time: datetime) -> datetime:
        if time < first:
            raise ValueError(f"before {what}, {first:%Y-%m-%d}")
        now = datetime.now(UTC)
        if time > now:
            raise ValueError(f"in the future; it is now {format_utc(now.replace(microsecond=0))}")
        return time

    return AfterValidator(check)


def after_start(stop: datetime, info: ValidationInfo) -> datetime:
    """Refuse a stop that is not later than the start beside it."""
    start = info.data.get("start")
    if start is not None and stop <= start:
        raise ValueError("stop must be later than start; a date without time means 00:00 of that day")
    return stop


def not_too_many(value: Any) -> Any:
    """Refuse a list of more events than one run can hold."""
    if isinstance(value, Sequence) and len(value) > MAX_EVENTS:
        raise ValueError(f"{len(value)} events; at most {MAX_EVENTS} in one run, split the list")
    return value


def no_repeated_ids(events: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse two events of one id."""
    ids = [{"id": getattr(event, "id", None)} for event in events]
    if repeats := repeated_ids(ids):
        raise PydanticCustomError("repeated_id", "{text}", {"text": repeats[0][1]})
    return events


Int = Annotated[int, BeforeValidator(_number)]
Float = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
PositiveOrNull = Annotated[
    Annotated[float, Field(gt=0, allow_inf_nan=False)] | None, BeforeValidator(number_or_null)
]
IntOrNull = Annotated[int | None, BeforeValidator(number_or_null)]
Fraction = Annotated[Float, Field(ge=0, le=1)]
Text = Annotated[str, BeforeValidator(_text)]
Folder = Annotated[Text, AfterValidator(_folder)]
EventId = Annotated[Text, AfterValidator(_event_id)]
Probe = Annotated[Int, Field(ge=1, le=4)]
Probes = Annotated[
    tuple[Probe, ...], BeforeValidator(_listed), AfterValidator(filled), AfterValidator(unique)
]
FlagBits = Annotated[tuple[Annotated[Int, Field(ge=0, le=31)], ...], AfterValidator(unique)]
UTC_TEXT = WithJsonSchema({"type": "string", "description": "UTC, ISO 8601; a date alone is its 00:00"})
MmsTime = Annotated[
    datetime,
    BeforeValidator(read_time),
    not_before(LAUNCH, "the launch of MMS"),
    UTC_TEXT,
]
Colour = Annotated[Text, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class FigureOptions(Section):
    """Size and format of the figures of a study."""

    dpi: Annotated[Int, Field(ge=50, le=1200)] = 200
    format: Literal["png", "pdf", "svg"] = "png"
    width_mm: Annotated[Float, Field(ge=40, le=500)] = 170.0
