"""DeHoffmann-Teller frame, in which the electric field of the flow vanishes, with errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, MissingData
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.correlation import covariance_of_sum, regression
from magnetoflow.mms_mp.data import EventData, Floats, require_frame
from magnetoflow.mms_mp.electric import convection_mv_m, drift_at
from magnetoflow.mms_mp.results import HoffmannTeller
from magnetoflow.mms_mp.samples import Samples, samples_of
from magnetoflow.mms_mp.walen import alfven_km_s, walen

FEWEST = 10
"""Measurements below which there is no frame."""


@dataclass(frozen=True)
class HoffmannTellerOptions:
    """How frame and Walen test are made.

    Attributes
    ----------
    species : str
        Whose flow.
    field : str
        ``convection``: -V x B of the flow; ``measured``: E of the electric instrument.
    anisotropy : bool
        Use the factor (1 - alpha)^1/2 where the pressure tensor is there.
    ion_mass : float [m_p]
        Mean mass of the ions.
    min_correlation : float
        Of -V_HT x B and the electric field; below it the frame is not reliable.
    max_ratio : float
        D(V_HT)/D(0) above which the frame is not reliable.
    min_determined : float
        Smallest over largest eigenvalue of <K>; below it one component of V_HT is not determined.
    calibration_km_s : float [km/s]
        1-sigma error of each component of the flow that is the same at all times; it is one of V_HT, too.
    """

    species: str = "ion"
    field: Literal["convection", "measured"] = "convection"
    anisotropy: bool = True
    ion_mass: float = 1.0
    min_correlation: float = 0.9
    max_ratio: float = 0.2
    min_determined: float = 1e-3
    calibration_km_s: float = 2.0


@dataclass(frozen=True)
class Frame:
    """Velocity of the frame, its covariance, and what judges it.

    Attributes
    ----------
    v_km_s : (3,) ndarray [km/s]
    covariance : (3, 3) ndarray [km^2/s^2]
    correlation, slope : float
        Of -V_HT x B (ordinate) and -V x B (abscissa), all components.
    ratio : float
        D(V_HT)/D(0), D the mean of ``|(V - V_HT) x B|^2``.
    determined : float
        Smallest over largest eigenvalue of <K>.
    influence : (time, 3) ndarray [km/s]
        What the departure of each measurement adds to `v_km_s`.
    """

    v_km_s: Floats
    covariance: Floats
    correlation: float
    slope: float
    ratio: float
    determined: float
    influence: Floats


def frame_of(v_km_s: Floats, b_nt: Floats) -> Frame:
    """Velocity that minimises the mean of ``|(V - V_HT) x B|^2``.

    Parameters
    ----------
    v_km_s : (time, 3) ndarray [km/s]
        Flow, or drift E x B/B^2: only the part across B counts. Evenly spaced.
    b_nt : (time, 3) ndarray [nT], same frame
        Both without NaN.

    Returns
    -------
    Frame

    Raises
    ------
    InsufficientData
        Fewer than :data:`FEWEST` measurements, or one component of V_HT is not determined at all.

    Notes
    -----
    Khrabrov & Sonnerup 1998, ISSI SR-001 ch. 9: V_HT = <K>^-1 <K V>, K = B^2 (1 - b b^T). The covariance is
    that of the sum of ``<K>^-1 K (V - V_HT)``: noise that differs between measurements, and departures that
    last, widen it.
    """
    n = len(v_km_s)
    if n < FEWEST:
        raise InsufficientData(
            "too few measurements for a deHoffmann-Teller frame",
            why=f"found {n}, expected at least {FEWEST}",
            todo="choose a longer interval",
        )
    k = np.einsum("ti,ti->t", b_nt, b_nt)[:, None, None] * np.eye(3) - b_nt[:, :, None] * b_nt[:, None, :]
    total = k.sum(axis=0)
    values = np.linalg.eigvalsh(total)
    if not values[0] > 1e-12 * values[2]:
        raise InsufficientData(
            "the field does not turn: the velocity of the frame along it is not determined",
            why=f"eigenvalues of <K>: {values / n} nT^2",
            todo="choose an interval that holds the crossing",
        )
    inverse = np.linalg.inv(total)
    v = inverse @ np.einsum("tij,tj->i", k, v_km_s)
    influence = np.einsum("ij,tjk,tk->ti", inverse, k, v_km_s - v)
    widened = 2 * n / (2 * n - 3)  # each measurement has two components across B, three go into V_HT
    found, model = convection_mv_m(v_km_s, b_nt).ravel(), convection_mv_m(v, b_nt).ravel()
    rest, before = np.sum((found - model) ** 2), np.sum(found**2)
    slope, correlation = regression(found, model)
    return Frame(
        v_km_s=v,
        covariance=widened * covariance_of_sum(influence),
        correlation=correlation,
        slope=slope,
        ratio=float(rest / before) if before > 0 else float("nan"),
        determined=float(values[0] / values[2]),
        influence=influence,
    )


def hoffmann_teller(
    event: EventData,
    probe: int,
    start_s: float,
    stop_s: float,
    lmn: Lmn,
    options: HoffmannTellerOptions | None = None,
) -> HoffmannTeller:
    """Find the frame of one spacecraft in an interval around a crossing, and test the flow in it.

    Parameters
    ----------
    event : EventData
    probe : int
    start_s, stop_s : float [s since EventData.time0]
    lmn : Lmn
        V_HT . N is the speed of the boundary.
    options : HoffmannTellerOptions, optional

    Returns
    -------
    HoffmannTeller

    Raises
    ------
    MissingData
        No moments of the species, or no electric field where that is asked for.
    InsufficientData
        Too few measurements, or the field does not turn.
    VariableError
        Axes and vectors are in different frames.
    """
    options = options or HoffmannTellerOptions()
    samples = samples_of(event, probe, species=options.species, start_s=start_s, stop_s=stop_s)
    require_frame(lmn.frame, event.spacecraft[probe].b)
    across = samples.v_km_s
    if options.field == "measured":
        across = _drift(event, probe, samples)
    good = np.asarray(np.isfinite(across).all(axis=1) & np.isfinite(samples.b_nt).all(axis=1))
    frame = frame_of(across[good], samples.b_nt[good])
    alfven, used = alfven_km_s(samples, anisotropy=options.anisotropy, ion_mass=options.ion_mass)
    slope, slope_error, correlation = _walen_of(samples, alfven, good, frame)
    n = lmn.matrix[2]
    tilt = np.cross(n, frame.v_km_s)  # d(V.N) = V . (turn x N) = turn . (N x V)
    covariance = frame.covariance + options.calibration_km_s**2 * np.eye(3)
    variance = float(n @ covariance @ n) + _tilt_variance(lmn, tilt)
    reason = _reason(frame, options)
    return HoffmannTeller(
        probe=probe,
        species=options.species if options.field == "convection" else "exb",
        start=event.utc(start_s),
        stop=event.utc(stop_s),
        points=int(good.sum()),
        v_km_s=frame.v_km_s,
        covariance=covariance,
        correlation=frame.correlation,
        slope=frame.slope,
        ratio=frame.ratio,
        speed_km_s=float(n @ frame.v_km_s),
        speed_error_km_s=float(np.sqrt(variance)),
        walen_slope=slope,
        walen_slope_error=slope_error,
        walen_correlation=correlation,
        anisotropy_used=used,
        reliable=not reason,
        reason=reason,
    )


def _drift(event: EventData, probe: int, samples: Samples) -> Floats:
    spacecraft = event.spacecraft[probe]
    if spacecraft.e is None:
        raise MissingData(
            "no electric field",
            where=f"event {event.id}, MMS{probe}",
            todo="set field: convection, or load the electric field",
        )
    return drift_at(spacecraft.e, spacecraft.b, samples.time, samples.cadence_s)


def _walen_of(
    samples: Samples, alfven: Floats, good: NDArray[np.bool_], frame: Frame
) -> tuple[float, float, float]:
    """Walen test of the measurements that have all it needs; NaN where too few have."""
    usable = np.isfinite(alfven[good]).all(axis=1) & np.isfinite(samples.v_km_s[good]).all(axis=1)
    if usable.sum() < FEWEST:
        return float("nan"), float("nan"), float("nan")
    flow = samples.v_km_s[good][usable] - frame.v_km_s
    return walen(flow, alfven[good][usable], frame.influence[usable])


def _tilt_variance(lmn: Lmn, tilt: Floats) -> float:
    """Variance of V . N by the error of N; 0 where that is unknown."""
    along = lmn.matrix @ tilt
    variance = along @ np.where(np.isfinite(lmn.covariance), lmn.covariance, 0.0) @ along
    return max(float(variance), 0.0)


def _reason(frame: Frame, options: HoffmannTellerOptions) -> str:
    if frame.determined < options.min_determined:
        return f"the field hardly turns: V_HT along it is not determined (ratio {frame.determined:.1g})"
    if not frame.correlation >= options.min_correlation:
        return f"correlation of the electric fields {frame.correlation:.2f} < {options.min_correlation}"
    if not frame.ratio <= options.max_ratio:
        return f"D(V_HT)/D(0) {frame.ratio:.2f} > {options.max_ratio}"
    return ""
