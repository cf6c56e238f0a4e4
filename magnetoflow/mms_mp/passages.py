"""Passages of the boundary over spacecraft, as results: times, timing, thickness.

Times in seconds count from `EventData.time0`; every estimate has its 1-sigma error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal

REGIONS = ("magnetosphere", "mp_layer", "sheath")


@dataclass(frozen=True)
class TanhFit:
    """``a + c tanh((t - t_c)/w)`` fitted to a series.

    Attributes
    ----------
    t_c_s, w_s, a, c : float [s], [s], [unit of the series]
        w > 0; the sign of c tells the direction.
    covariance : (4, 4) ndarray
        Of a, c, t_c, w; residuals that are correlated in time widen it.
    residual : float
        Rms of the residuals.
    independent : float
        Number of independent samples.
    points : int
    start_s, stop_s : float [s]
        Interval used.
    good : bool
    reason : str
        Why not.
    """

    t_c_s: float
    w_s: float
    a: float
    c: float
    covariance: Floats
    residual: float = np.nan
    independent: float = np.nan
    points: int = 0
    start_s: float = np.nan
    stop_s: float = np.nan
    good: bool = True
    reason: str = ""

    @property
    def t_c_error_s(self) -> float:
        """1-sigma error of the time [s]."""
        return float(np.sqrt(self.covariance[2, 2]))

    @property
    def w_error_s(self) -> float:
        """1-sigma error of the half-width in time [s]."""
        return float(np.sqrt(self.covariance[3, 3]))


@dataclass(frozen=True)
class Crossing:
    """One passage of a spacecraft from one region to the other.

    Attributes
    ----------
    probe : int
    time_s : float [s]
        Of the fit, or where that failed of the detector.
    error_s : float [s]
    before, after : str
        Regions, of `REGIONS`.
    fit : TanhFit
        To B_L.
    detector : str
        ``b_l``, ``density``, ``heplus``, ``heplus_fraction`` or ``score``.
    agrees : mapping of str to float
        Time [s] at which each other detector that has data saw it; NaN where it did not.
    """

    probe: int
    time_s: float
    error_s: float
    before: str
    after: str
    fit: TanhFit
    detector: str = "b_l"
    agrees: Mapping[str, float] = field(default_factory=dict)

    @property
    def outbound(self) -> bool:
        """From the magnetosphere to the sheath."""
        return self.after == "sheath"


@dataclass(frozen=True)
class Visit:
    """A stay of one spacecraft in one region; `cut_start`, `cut_stop`: it is cut off by the data's ends."""

    probe: int
    region: str
    start_s: float
    stop_s: float
    cut_start: bool = False
    cut_stop: bool = False


@dataclass(frozen=True)
class Timing:
    """What crossing times and positions alone say of normal and speed.

    Attributes
    ----------
    kind : str
        ``four``, ``plane`` (three spacecraft, or four in a plane), ``line`` (two, or a string), ``none``.
    degenerate : bool
        The geometry does not determine the normal.
    reason : str
    m_s_km : (3,) ndarray [s/km]
        n/V; NaN where not determined. For ``plane`` its part within the plane.
    covariance : (3, 3) ndarray [s^2/km^2]
        Of `m_s_km`.
    normal : Normal
        Unknown where the geometry does not determine it and no constraint closes it; ``quality`` names
        ``condition``, ``chi2``; `reason` names the constraint.
    tilt_deg : (2,) ndarray [deg]
        1-sigma tilts along the two axes of its covariance.
    elongation, planarity, condition : float
    given : Normal or None
        Normal of another method along which the speed was measured.
    speed_given_km_s, speed_given_error_km_s : float [km/s]
        Signed speed along it.
    times_s, errors_s : mapping of int to float [s]
        Used, by probe.
    """

    kind: str
    degenerate: bool
    reason: str
    m_s_km: Floats
    covariance: Floats
    normal: Normal
    tilt_deg: Floats
    elongation: float
    planarity: float
    condition: float
    given: Normal | None = None
    speed_given_km_s: float = np.nan
    speed_given_error_km_s: float = np.nan
    times_s: Mapping[int, float] = field(default_factory=dict)
    errors_s: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Thickness:
    """Thickness of the current layer at one spacecraft.

    Attributes
    ----------
    probe : int
    half_width_km, half_width_error_km : float [km]
        h = w |V_n - v_sc . n| of the fit of B_L. Full thickness is 2 h, full width at half maximum of the
        current 1.763 h.
    w_s : float [s]
    relative_speed_km_s, relative_speed_error_km_s : float [km/s]
        V_n - v_sc . n.
    speed_method : str
        Where V_n is from.
    """

    probe: int
    half_width_km: float
    half_width_error_km: float
    w_s: float
    relative_speed_km_s: float
    relative_speed_error_km_s: float
    speed_method: str


@dataclass(frozen=True)
class Layer:
    """A stay in one region as a thickness; several of one region are listed one by one.

    Attributes
    ----------
    probe : int
    layer : str
        Of `REGIONS`.
    start_s, stop_s : float [s]
    thickness_km, error_km : float [km]
        Path of the boundary along N past the spacecraft in that time; NaN across gaps.
    cut : bool
        The stay is cut off by the ends of the data: a lower bound.
    method : str
    """

    probe: int
    layer: str
    start_s: float
    stop_s: float
    thickness_km: float
    error_km: float
    cut: bool
    method: str


@dataclass(frozen=True)
class Pass:
    """One passage of the boundary over the array: a crossing of each spacecraft, of one direction.

    Attributes
    ----------
    number : int
        From 1, in time order.
    outbound : bool
    crossings : mapping of int to Crossing
        By probe; without those that saw none.
    timing : Timing
    estimates : tuple of Normal
        Normals with speeds by further methods of the same times and widths: ``cta``, ``da``, ``mtv``.
    speed_km_s, speed_error_km_s : float [km/s]
        Along the chosen N.
    speed_method : str
    thickness : mapping of int to Thickness
    unmatched : tuple of int
        Spacecraft without a crossing of this pass.
    """

    number: int
    outbound: bool
    crossings: Mapping[int, Crossing]
    timing: Timing
    estimates: tuple[Normal, ...]
    speed_km_s: float
    speed_error_km_s: float
    speed_method: str
    thickness: Mapping[int, Thickness]
    unmatched: tuple[int, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """Crossing of one spacecraft, foretold from that of another: t_ref + (r_tgt - r_ref) . N / V_N.

    Attributes
    ----------
    reference, target : int
    outbound : bool
    t_reference_s, t_predicted_s, t_actual_s : float [s]
        The actual one was found without looking at the prediction; NaN where the pass has none.
    error_s : float [s]
        Predicted less actual.
    expected_error_s : float [s]
        1-sigma error of the prediction.
    v_n_km_s : float [km/s]
    method : str
        Of the speed.
    """

    reference: int
    target: int
    outbound: bool
    t_reference_s: float
    t_predicted_s: float
    t_actual_s: float
    error_s: float
    expected_error_s: float
    v_n_km_s: float
    method: str = ""


@dataclass(frozen=True)
class Shear:
    """Angle between the mean fields on both sides of one crossing [deg], and the scatter around it."""

    probe: int
    time_s: float
    shear_deg: float
    sigma_deg: float
    window_s: float
