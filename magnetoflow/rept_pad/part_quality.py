"""What was measured, masked and missing in one part of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from magnetoflow.rept_pad.data import Prepared
from magnetoflow.rept_pad.quality import BACKGROUND, DATA, FLAGS, NO_DATA

READ_COUNTS = ("bad_epoch", "out_of_order", "duplicates", "fill", "out_of_range")
FLAG_COLUMNS = tuple(f"flag_{name}" for name in FLAGS if name != "far_from_classes")
QUALITY_COLUMNS = (
    "event",
    "part",
    "probe",
    "files",
    "first_file",
    "last_file",
    "missing_days",
    "damaged_days",
    "records",
    "with_data",
    "background",
    "no_data",
    *(f"read_{name}" for name in READ_COUNTS),
    *FLAG_COLUMNS,
)


def quality_row(
    p: Prepared, read: Mapping[str, int], *, missing: Sequence[str], damaged: Sequence[str]
) -> dict[str, object]:
    """Count what is known of the records of a part.

    Parameters
    ----------
    p : Prepared
    read : mapping of str to int
        Counts of the reader.
    missing, damaged : sequence of str
        Dates without a file, or with one that was refused.

    Returns
    -------
    dict
        Columns of :data:`QUALITY_COLUMNS` from ``missing_days`` on. ``read_fill`` and ``read_out_of_range``
        count values, all others records.
    """
    states = {"with_data": DATA, "background": BACKGROUND, "no_data": NO_DATA}
    return {
        "missing_days": " ".join(missing),
        "damaged_days": " ".join(damaged),
        "records": len(p),
        **{name: int((p.state == state).sum()) for name, state in states.items()},
        **{f"read_{name}": int(read.get(name, 0)) for name in READ_COUNTS},
        **{column: int(((p.quality & FLAGS[column[5:]]) > 0).sum()) for column in FLAG_COLUMNS},
    }
