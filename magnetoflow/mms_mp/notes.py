"""What a reader of the results must know, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from magnetoflow.errors import DataError
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.passages import Pass


def doubts(lmn: Lmn, passed: Sequence[Pass], main: Pass | None, asked: str) -> list[str]:
    """Say what is wrong with axes and speeds, if anything."""
    said = []
    if asked not in ("auto", lmn.method):
        said.append(f"axes by {asked} were asked for, they are by {lmn.method}: {lmn.reason}")
    elif not lmn.reliable:
        said.append(f"the axes, by {lmn.method}, are not reliable: {lmn.reason}")
    if main is not None and not np.isfinite(main.speed_km_s):
        said.append("no speed and no thickness: neither timing, gradients nor a reliable frame of the plasma")
    for one in passed:
        if one.speed_km_s * (-1 if one.outbound else 1) < -one.speed_error_km_s:
            way = "outbound" if one.outbound else "inbound"
            said.append(
                f"passage {one.number} is {way}, but its speed by {one.speed_method} has the other sign"
            )
    return said


def notes_of(event: EventData) -> list[str]:
    """List the notes of all spacecraft; what holds for several of them is said once."""
    left = [f"MMS{probe} left out: {reason}" for probe, reason in event.left_out.items()]
    whose: dict[str, list[int]] = {}
    for probe, one in event.spacecraft.items():
        for note in one.notes:
            whose.setdefault(note, []).append(probe)
    notes = [f"MMS{' '.join(map(str, probes))}: {note}" for note, probes in whose.items()]
    if not any("ion" in one.plasma for one in event.spacecraft.values()):
        notes.append("no plasma: regions are named by the magnetic field alone")
    return left + notes


def sentence(error: DataError) -> str:
    """Write an error in one sentence."""
    return f"{error.what} ({error.why})" if error.why else error.what
