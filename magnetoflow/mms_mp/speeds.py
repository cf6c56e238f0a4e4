"""Velocities of the plasma at one spacecraft on common times, and the errors of their blend along N."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import MissingData
from magnetoflow.mms_mp.correlation import inflation, scatter
from magnetoflow.mms_mp.data import EventData, Floats, Plasma, Spacecraft, Times
from magnetoflow.mms_mp.electric import exb_km_s, without_potential
from magnetoflow.mms_mp.resampling import average_onto

Blend = Literal["exb", "bulk", "prefer_exb", "prefer_bulk", "average"]
SPECIES = ("ion", "hplus", "electron")
"""Whose flow is the bulk flow: the first that the spacecraft has."""
GRID_S = 0.15
"""Step of the times of a spacecraft without moments [s]."""
FEWEST = 30
"""Samples below which two speeds are not compared."""


@dataclass(frozen=True)
class Speeds:
    """Velocities on common times; NaN where missing.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
    cadence_s : float [s]
    species : str
        Of the bulk flow; empty where there is none.
    bulk_km_s, exb_km_s, electron_km_s, heplus_km_s : (time, 3) ndarray [km/s, frame of the event]
        He+ is at the one time nearest to each of its measurements.
    stated_km_s : (time,) ndarray [km/s]
        1-sigma error of the bulk flow that the file states.
    with_parallel_km_s : (time, 3) ndarray [km/s]
        E x B, and the bulk flow along B where it is there.
    per_mv_m : (time, 3) ndarray [km/s/(mV/m)]
        What each component of E adds to the speed along N by E x B.
    """

    time: Times
    cadence_s: float
    species: str
    bulk_km_s: Floats
    exb_km_s: Floats
    electron_km_s: Floats
    heplus_km_s: Floats
    stated_km_s: Floats
    with_parallel_km_s: Floats
    per_mv_m: Floats


def speeds_of(
    event: EventData, spacecraft: Spacecraft, n: Floats, *, b_min_nt: float, potential_mv_m_per_v: float
) -> Speeds:
    """Bring the velocities of one spacecraft to the times of its ions.

    Parameters
    ----------
    event : EventData
    spacecraft : Spacecraft
    n : (3,) ndarray
        Normal.
    b_min_nt : float [nT]
        Weakest field for E x B.
    potential_mv_m_per_v : float [mV/m/V]
        Taken off E times the potential of the spacecraft; 0: off.

    Raises
    ------
    MissingData
        The spacecraft has neither moments nor an electric field.
    """
    plasma = next((spacecraft.plasma[name] for name in SPECIES if name in spacecraft.plasma), None)
    if plasma is None and spacecraft.e is None:
        raise MissingData(
            "neither moments nor an electric field: no speed",
            where=f"event {event.id}, MMS{spacecraft.probe}",
            todo="use the speed of the timing",
        )
    if plasma is None:
        step = np.timedelta64(round(GRID_S * 1e9), "ns")
        time = np.arange(event.start.astype("datetime64[ns]") + step // 2, event.stop, step)
        cadence, bulk, stated = GRID_S, np.full((len(time), 3), np.nan), None
    else:
        time, cadence, bulk, stated = plasma.time, plasma.cadence_s, plasma.v_km_s, plasma.v_error_km_s
    exb = with_parallel = per_mv_m = np.full((len(time), 3), np.nan)
    if spacecraft.e is not None:
        e = spacecraft.e
        if potential_mv_m_per_v and spacecraft.potential is not None:
            e = without_potential(e, spacecraft.potential, mv_m_per_v=potential_mv_m_per_v)
        b = average_onto(spacecraft.b.time, spacecraft.b.values, time, cadence)
        exb = exb_km_s(average_onto(e.time, e.values, time, cadence), b, b_min_nt=b_min_nt)
        with np.errstate(invalid="ignore", divide="ignore"):
            # (E x B) . N = E . (B x N)
            per_mv_m = 1e3 * np.cross(b, n) / np.sum(b * b, axis=1)[:, None]
            parallel = (np.sum(bulk * b, axis=1) / np.sum(b * b, axis=1))[:, None] * b
        with_parallel = exb + np.where(np.isfinite(parallel), parallel, 0.0)
    return Speeds(
        time=time,
        cadence_s=cadence,
        species=plasma.species if plasma else "",
        bulk_km_s=bulk,
        exb_km_s=exb,
        electron_km_s=_onto(spacecraft.plasma.get("electron"), time, cadence),
        heplus_km_s=_at_nearest(spacecraft.plasma.get("heplus"), time, cadence),
        stated_km_s=np.full(len(time), np.nan) if stated is None else stated,
        with_parallel_km_s=with_parallel,
        per_mv_m=per_mv_m,
    )


def _onto(plasma: Plasma | None, time: Times, cadence_s: float) -> Floats:
    if plasma is None:
        return np.full((len(time), 3), np.nan)
    return average_onto(plasma.time, plasma.v_km_s, time, cadence_s)


def _at_nearest(plasma: Plasma | None, time: Times, cadence_s: float) -> Floats:
    """Each measurement at the one nearest time within half a cadence; nothing in between."""
    result = np.full((len(time), 3), np.nan)
    if plasma is None or len(time) == 0:
        return result
    have, want = time.astype(np.int64), plasma.time.astype(np.int64)
    right = np.clip(np.searchsorted(have, want), 0, len(have) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(np.abs(have[left] - want) <= np.abs(have[right] - want), left, right)
    near = np.abs(have[nearest] - want) <= 0.5e9 * cadence_s + 1
    result[nearest[near]] = plasma.v_km_s[near]
    return result


def source_of(bulk: Floats, exb: Floats, blend: Blend) -> NDArray[np.int8]:
    """Which speed is used at each time: 0 none, 1 E x B, 2 bulk, 3 mean of both.

    Parameters
    ----------
    bulk, exb : (time,) ndarray [km/s]
        NaN where missing.
    blend : str
        ``exb``, ``bulk``, ``prefer_exb``, ``prefer_bulk`` or ``average``.
    """
    has_bulk, has_exb = np.isfinite(bulk), np.isfinite(exb)
    bulk_first = np.select([has_bulk, has_exb], [2, 1], 0)
    ways = {
        "exb": np.where(has_exb, 1, 0),
        "bulk": np.where(has_bulk, 2, 0),
        "prefer_exb": np.select([has_exb, has_bulk], [1, 2], 0),
        "prefer_bulk": bulk_first,
        "average": np.where(has_bulk & has_exb, 3, bulk_first),
    }
    if blend not in ways:
        raise ValueError(f"blend = {blend!r}: one of {', '.join(ways)}")
    return np.asarray(ways[blend], dtype=np.int8)


def random_errors_km_s(speeds: Speeds, n: Floats) -> tuple[Floats, Floats]:
    """1-sigma errors of bulk and E x B speed that do not last, as wide as independent ones of equal effect.

    Parameters
    ----------
    speeds : Speeds
    n : (3,) ndarray
        Normal.

    Returns
    -------
    bulk, exb : (time,) ndarray [km/s]
        Along N.

    Notes
    -----
    Of the bulk flow: what the file states, scaled up where second differences scatter more. Of E x B: in
    proportion to the effect of E. Both are widened by the noise that lasts in the difference of bulk flow
    and electrons, or E x B with a constant E taken off; the smaller of these, since the other instrument
    may be its cause. Slow noise that no second instrument shows is for the calibration error.
    """
    bulk, exb, stated = speeds.bulk_km_s @ n, speeds.with_parallel_km_s @ n, speeds.stated_km_s
    plain = scatter(bulk)
    if np.isfinite(stated).any():
        scale = scatter(bulk / np.where(stated > 0, stated, np.nan))
        sigma_bulk = np.where(stated > 0, stated * (max(scale, 1.0) if np.isfinite(scale) else 1.0), plain)
    else:
        sigma_bulk = np.full(len(bulk), plain)
    size = np.linalg.norm(speeds.per_mv_m, axis=1)
    sigma_exb = scatter(exb / np.where(size > 0, size, np.nan)) * size
    by_exb = _lasting(_without_offset(bulk - exb, speeds.per_mv_m))
    by_electrons = np.inf if speeds.species == "electron" else _lasting(bulk - speeds.electron_km_s @ n)
    known = [one for one in (by_exb, by_electrons) if np.isfinite(one)]
    return _widened(sigma_bulk, min(known, default=0.0)), _widened(sigma_exb, by_exb)


def _widened(sigma: Floats, lasting: float) -> Floats:
    """Add a variance per sample [km^2/s^2]."""
    return np.asarray(np.sqrt(sigma**2 + (lasting if np.isfinite(lasting) else 0.0)))


def _lasting(difference: Floats) -> float:
    """Variance by which noise that lasts widens a sum, per sample [km^2/s^2]; NaN where not known."""
    known = difference[np.isfinite(difference)]
    if len(known) < FEWEST:
        return float("nan")
    known = known - known.mean()
    return float(np.mean(known**2) * (inflation(known) - 1))


def _without_offset(difference: Floats, per_mv_m: Floats) -> Floats:
    """Take off what a constant flow and a constant E would add; NaN rows stay."""
    columns = np.column_stack([np.ones(len(difference)), per_mv_m])
    good = np.isfinite(difference) & np.isfinite(columns).all(axis=1)
    result = np.full(len(difference), np.nan)
    if good.sum() >= FEWEST:
        fit = np.linalg.lstsq(columns[good], difference[good], rcond=None)[0]
        result[good] = difference[good] - columns[good] @ fit
    return result
