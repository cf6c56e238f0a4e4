"""What the analysis of an event finds, every estimate with its error, method and interval.

Times in seconds count from `EventData.time0`. Vectors are in the frame of the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_mp.axes import Formation, GradientSeries, Orientation
from magnetoflow.mms_mp.data import Floats, Times
from magnetoflow.mms_mp.passages import Crossing, Layer, Pass, Prediction, Shear, Visit


@dataclass(frozen=True)
class HoffmannTeller:
    """Frame in which the electric field vanishes, and the test whether the flow there is Alfvenic.

    Attributes
    ----------
    probe, species, start, stop, points
        What was used.
    v_km_s : (3,) ndarray [km/s]
    covariance : (3, 3) ndarray [km^2/s^2]
    correlation, slope : float
        Of -V_HT x B against the convection electric field, all components.
    ratio : float
        D(V_HT)/D(0).
    speed_km_s, speed_error_km_s : float [km/s]
        V_HT . N.
    walen_slope, walen_slope_error, walen_correlation : float
        Of V - V_HT against the Alfven velocity; +1 or -1 for a rotational discontinuity.
    anisotropy_used : bool
        The Alfven velocity holds the factor (1 - alpha)^1/2.
    reliable : bool
    reason : str
    """

    probe: int
    species: str
    start: np.datetime64
    stop: np.datetime64
    points: int
    v_km_s: Floats
    covariance: Floats
    correlation: float
    slope: float
    ratio: float
    speed_km_s: float
    speed_error_km_s: float
    walen_slope: float
    walen_slope_error: float
    walen_correlation: float
    anisotropy_used: bool
    reliable: bool
    reason: str = ""


@dataclass(frozen=True)
class Motion:
    """Speed along N at one spacecraft, and the path of the boundary that it adds up to.

    Attributes
    ----------
    probe : int
    time : (time,) ndarray of datetime64[ns]
        Centres of ion measurements.
    v_n_km_s, v_n_error_km_s : (time,) ndarray [km/s]
        Blend that was asked for, without the motion of the spacecraft; NaN where missing.
    source : (time,) ndarray of int8
        0 missing, 1 E x B, 2 bulk, 3 mean of both.
    bulk_km_s, exb_km_s, electron_km_s, heplus_km_s : (time,) ndarray [km/s]
        Speed along N by ions, E x B, electrons; He+ interpolated to nothing: NaN but at the ion time nearest
        to each of its measurements.
    relative_km_s : (time,) ndarray [km/s]
        v_N - v_sc . N.
    displacement_km, displacement_error_km : (time,) ndarray [km]
        Integral of `relative_km_s` since the zero; NaN in gaps.
    segment : (time,) ndarray of int32
        Counts gaps; -1 where missing.
    zero_s : float [s]
        Where the displacement is zero: the crossing, or the first sample.
    method : str
        Of the blend and of the integration.
    random_km2 : (time,) ndarray [km^2]
        Variance by independent errors and bridged gaps since the first sample; NaN where missing.
    coherent_km : (time, 6) ndarray [km]
        1-sigma effects since the first sample of what is the same at all times: calibration of the flow,
        three components of an offset of E, two tilts of N. The variance of the path between two samples is
        the difference of `random_km2` plus the sum of the squared differences of these columns.
    """

    probe: int
    time: Times
    v_n_km_s: Floats
    v_n_error_km_s: Floats
    source: NDArray[np.int8]
    bulk_km_s: Floats
    exb_km_s: Floats
    electron_km_s: Floats
    heplus_km_s: Floats
    relative_km_s: Floats
    displacement_km: Floats
    displacement_error_km: Floats
    segment: NDArray[np.int32]
    zero_s: float
    method: str
    random_km2: Floats = field(default_factory=lambda: np.zeros(0))
    coherent_km: Floats = field(default_factory=lambda: np.zeros((0, 6)))


@dataclass(frozen=True)
class Analysis:
    """The whole result of one event.

    Attributes
    ----------
    event, start, stop, time0, rate, frame
        As in `EventData`.
    probes : tuple of int
    status : str
        ``ok``, or ``no crossing``.
    notes : tuple of str
        What a reader must know: products that are missing, methods that were refused.
    position_km : mapping of int to (3,) ndarray [km]
        At the crossing of the first pass, else at `time0`.
    v_sc_km_s : mapping of int to (3,) ndarray [km/s]
    orientation : Orientation
    crossings : mapping of int to tuple of Crossing
    visits : mapping of int to tuple of Visit
    passes : tuple of Pass
    main : int
        Number of the pass that the single numbers of ``mp_analysis.json`` describe: the one with most
        spacecraft, then seen by most detectors, then with the smallest error of time; 0 where there is none.
    layers : tuple of Layer
    motion : mapping of int to Motion
    hoffmann_teller : mapping of int to HoffmannTeller
    formation : Formation
    gradients : GradientSeries or None
    predictions : tuple of Prediction
    shears : tuple of Shear
    """

    event: str
    start: np.datetime64
    stop: np.datetime64
    time0: np.datetime64
    rate: str
    frame: str
    probes: tuple[int, ...]
    status: str
    notes: tuple[str, ...]
    position_km: Mapping[int, Floats]
    v_sc_km_s: Mapping[int, Floats]
    orientation: Orientation
    crossings: Mapping[int, tuple[Crossing, ...]]
    visits: Mapping[int, tuple[Visit, ...]]
    passes: tuple[Pass, ...]
    main: int
    layers: tuple[Layer, ...]
    motion: Mapping[int, Motion]
    hoffmann_teller: Mapping[int, HoffmannTeller]
    formation: Formation
    gradients: GradientSeries | None
    predictions: tuple[Prediction, ...]
    shears: tuple[Shear, ...]

    @property
    def main_pass(self) -> Pass | None:
        """Pass that the single numbers describe."""
        return next((one for one in self.passes if one.number == self.main), None)
