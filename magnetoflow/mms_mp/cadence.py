"""Plasma and electric field of an event averaged to a longer cadence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from magnetoflow.averaging import bin_average
from magnetoflow.mms_mp.data import EventData, Plasma, Spacecraft, Times
from magnetoflow.series import Series

ERRORS = ("n_error_cm3", "v_error_km_s")
MOMENTS = ("n_cm3", "v_km_s", "p_npa", "t_para_ev", "t_perp_ev", *ERRORS)


def averaged(event: EventData, cadence_s: float | None) -> EventData:
    """Average plasma and electric field over bins; the magnetic field keeps its own cadence.

    Parameters
    ----------
    event : EventData
    cadence_s : float [s] or None
        Series whose own cadence is longer stay as they are; None: all of them.

    Returns
    -------
    EventData
    """
    if cadence_s is None:
        return event
    step = np.timedelta64(round(cadence_s * 1e9), "ns")
    centres = np.arange(event.start + step // 2, event.stop, step, dtype="datetime64[ns]")
    craft = {probe: _averaged(one, centres, cadence_s) for probe, one in event.spacecraft.items()}
    return replace(event, spacecraft=craft)


def _averaged(craft: Spacecraft, centres: Times, cadence_s: float) -> Spacecraft:
    plasma = {
        name: one if one.cadence_s >= cadence_s else _plasma(one, centres, cadence_s)
        for name, one in craft.plasma.items()
    }
    return replace(craft, plasma=plasma, e=craft.e and _series(craft.e, centres, cadence_s))


def _series(series: Series, centres: Times, cadence_s: float) -> Series:
    if len(series.time) < 2 or np.median(np.diff(series.time)) >= np.timedelta64(
        round(cadence_s * 1e9), "ns"
    ):
        return series
    return replace(
        series, time=centres, values=bin_average(series.time, series.values, centres, cadence_s=cadence_s)
    )


def _plasma(plasma: Plasma, centres: Times, cadence_s: float) -> Plasma:
    """Means of all moments; errors of single measurements become those of means."""
    values: dict[str, Any] = {}
    for name in MOMENTS:
        moment = getattr(plasma, name)
        if moment is not None:
            values[name] = bin_average(
                plasma.time, moment, centres, cadence_s=cadence_s, spacing_s=plasma.cadence_s
            )
            if name in ERRORS:
                values[name] *= np.sqrt(plasma.cadence_s / cadence_s)
    return replace(plasma, time=centres, cadence_s=cadence_s, **values)
