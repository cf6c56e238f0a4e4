"""Scales and axes of one event: those of the event list where it has them, those of the data elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_rnn.burst import Burst
from magnetoflow.mms_rnn.lmn import Frame, Lmn, local_lmn
from magnetoflow.mms_rnn.scaling import Derived, DeriveOptions, Scaling, derive_b0, derive_n0

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class EventScales:
    """What an event is scaled by.

    Attributes
    ----------
    scaling : Scaling or None
        None where the event failed for its data.
    lmn : Lmn or None
        Local axes; None where GSM was asked.
    from_data : mapping of str to Derived
        ``b0_nt`` and ``n0_cm3`` as the data have them, given or not; one that cannot be derived is not there.
    reason : str or None
        Why the event failed.
    """

    scaling: Scaling | None
    lmn: Lmn | None = None
    from_data: Mapping[str, Derived] = field(default_factory=dict)
    reason: str | None = None

    @property
    def frame(self) -> Frame:
        """Local axes, or ``gsm``."""
        return "gsm" if self.lmn is None else self.lmn


def event_scales(
    bursts: Mapping[int, Burst],
    *,
    b0_nt: float | None,
    n0_cm3: float | None,
    local_axes: bool,
    options: DeriveOptions | None = None,
) -> EventScales:
    """Find what an event is scaled by.

    Parameters
    ----------
    bursts : mapping of int to Burst
        By spacecraft; those with data.
    b0_nt, n0_cm3 : float or None [nT], [cm^-3]
        As given; None: derived from the data.
    local_axes : bool
        Look for the axes of the sheet.
    options : DeriveOptions, optional

    Returns
    -------
    EventScales

    Raises
    ------
    InsufficientData
        No spacecraft has data, or a scale that is not given cannot be derived.
    """
    if not bursts:
        raise InsufficientData("no spacecraft of the event has data", todo="see failed.csv for each of them")
    lmn = local_lmn(bursts) if local_axes else None
    found: dict[str, Derived] = {}
    reasons: dict[str, InsufficientData] = {}
    try:
        found["b0_nt"] = derive_b0(bursts, options)
    except InsufficientData as error:
        reasons["b0_nt"] = error
    field_nt = b0_nt or (found["b0_nt"].value if "b0_nt" in found else None)
    if field_nt is None:
        raise reasons["b0_nt"]
    try:
        found["n0_cm3"] = derive_n0(bursts, field_nt, options, frame="gsm" if lmn is None else lmn)
    except InsufficientData as error:
        reasons["n0_cm3"] = error
    for one in reasons.values():
        LOG.info("not derived: %s", one)
    if n0_cm3 is None and "n0_cm3" not in found:
        raise reasons["n0_cm3"]
    return EventScales(_scaling(b0_nt, n0_cm3, found), lmn, found)


def _scaling(b0_nt: float | None, n0_cm3: float | None, found: Mapping[str, Derived]) -> Scaling:
    """Given numbers without an error, derived ones with theirs."""
    b0 = Derived(b0_nt, np.nan, "given") if b0_nt else found["b0_nt"]
    n0 = Derived(n0_cm3, np.nan, "given") if n0_cm3 else found["n0_cm3"]
    return Scaling(
        b0_nt=b0.value,
        n0_cm3=n0.value,
        b0_error_nt=b0.error,
        n0_error_cm3=n0.error,
        b0_method=b0.method,
        n0_method=n0.method,
    )
