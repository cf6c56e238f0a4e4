"""A fault that the sample plants in burst data. No numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One planted fault of one spacecraft.

    Attributes
    ----------
    kind : str
        One of `FAULTS` of the plan.
    probe : int
        1 to 4.
    start_s, stop_s : float [s]
        Since the start of the event; records whose time stamp lies in [start, stop) are concerned.
    """

    kind: str
    probe: int
    start_s: float
    stop_s: float
