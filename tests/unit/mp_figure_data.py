"""A made-up event for figures and pages of mms_mp: a plane boundary with noise and gaps, true results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np

from magnetoflow.mms_mp.axes import Formation, GradientSeries, Lmn, Orientation
from magnetoflow.mms_mp.data import EventData, Plasma, Spacecraft, Spectrogram
from magnetoflow.mms_mp.normals import Normal, unknown_normal
from magnetoflow.mms_mp.passages import (
    Crossing,
    Layer,
    Pass,
    Prediction,
    Shear,
    TanhFit,
    Thickness,
    Timing,
    Visit,
)
from magnetoflow.mms_mp.results import Analysis, HoffmannTeller, Motion
from magnetoflow.mms_mp.shue import shue_normal
from magnetoflow.sample.magnetopause import CASE_A, Boundary, crossing_time_s, tetrahedron_km
from magnetoflow.series import Series

NOTE = "Source: synthetic sample data | event sample_mp_a | 36 files: mms1_fgm.cdf … mms4_mec.cdf"
TIME0 = np.datetime64("2018-01-15T06:00:00", "ns")
HALF_S = 150.0
START, STOP = TIME0 - np.timedelta64(150, "s"), TIME0 + np.timedelta64(150, "s")
V_SC = np.array([-2.6, -0.4, 0.4])
FIELD_GAP_S, ION_GAP_S = (-62.0, -58.0), (40.0, 46.0)
SPIKE_S, SPIKE_NT = 80.0, 25.0
"""One sample of B_L of MMS1."""
WIDTH_S = CASE_A.half_width_km / abs(CASE_A.v_n_km_s - V_SC @ CASE_A.axes[2])
TILT_DEG = np.diag([0.15, 0.4, 0.2])
RATES_HZ = {"ion": 1 / 0.15, "electron": 1 / 0.03, "hplus": 0.1, "heplus": 0.1}


def utc(t_s: np.ndarray) -> np.ndarray:
    return TIME0 + np.round(t_s * 1e9).astype("timedelta64[ns]")


def grid(rate_hz: float, probe: int, gap: tuple[float, float] | None = None) -> np.ndarray:
    """Times [s] at a rate, their phase by spacecraft, without those of a gap."""
    t = np.arange(-HALF_S, HALF_S, 1 / rate_hz) + 0.0001 * probe
    return t if gap is None else t[(t < gap[0]) | (t > gap[1])]


def offset(probe: int) -> np.ndarray:
    return tetrahedron_km(15.0)[probe - 1]


def place(t_s: np.ndarray, probe: int) -> np.ndarray:
    return np.asarray(CASE_A.r0_km) + offset(probe) + t_s[:, None] * V_SC


def moments(boundary: Boundary, probe: int, species: str, rng: np.random.Generator) -> Plasma:
    t = grid(RATES_HZ[species], probe, ION_GAP_S if species == "ion" else None)
    x = boundary.distance_km(t, place(t, probe))
    n = boundary.heplus_density_cm3(x) if species == "heplus" else boundary.density_cm3(x)
    v = boundary.to_gsm(boundary.v_lmn_km_s(t, x)) + rng.normal(size=(len(t), 3)) * 5
    pressure = boundary.pressure_npa(x)
    warm = pressure / boundary.density_cm3(x) / 1.602e-4 * (0.85 if species == "ion" else 0.15)
    return Plasma(
        species, utc(t), n * (1 + 0.03 * rng.normal(size=len(t))), v, 1 / RATES_HZ[species], "GSM",
        p_npa=pressure[:, None, None] * np.eye(3), t_para_ev=warm, t_perp_ev=warm,
    )  # fmt: skip


def spectrogram(boundary: Boundary, probe: int, species: str) -> Spectrogram:
    t = grid(1 / 0.15, probe, ION_GAP_S if species == "ion" else None)
    x = boundary.distance_km(t, place(t, probe))
    n, share = boundary.density_cm3(x), 0.85 if species == "ion" else 0.15
    warm = (boundary.pressure_npa(x) / n / 1.602e-4 * share)[:, None]
    energy = np.tile(np.geomspace(10, 26000, 32), (len(t), 1))
    flux = 2e7 * n[:, None] / warm**1.5 * energy**2 * np.exp(-energy / warm)
    name = f"mms{probe}_{'dis' if species == 'ion' else 'des'}_energyspectr_omni_brst"
    return Spectrogram(name, utc(t), flux, energy)


def spacecraft(probe: int, boundary: Boundary, seed: int) -> Spacecraft:
    rng = np.random.default_rng([seed, probe])
    t = grid(128.0, probe, FIELD_GAP_S)
    b = boundary.b_lmn_nt(boundary.distance_km(t, place(t, probe))) + rng.normal(size=(len(t), 3)) * 0.05
    b[np.searchsorted(t, SPIKE_S), 0] += SPIKE_NT if probe == 1 else 0.0
    t_e, t_r = grid(32.0, probe), np.arange(-180.0, 181.0, 30.0)
    e = boundary.e_lmn_mv_m(t_e, boundary.distance_km(t_e, place(t_e, probe)))
    e = boundary.to_gsm(e) + rng.normal(size=e.shape) * 0.3
    return Spacecraft(
        probe,
        Series(f"mms{probe}_fgm_b_gse_brst_l2", utc(t), boundary.to_gsm(b), "nT", "GSM"),
        Series(f"mms{probe}_mec_r_gse", utc(t_r), place(t_r, probe), "km", "GSM"),
        velocity=Series(f"mms{probe}_mec_v_gse", utc(t_r), np.tile(V_SC, (len(t_r), 1)), "km/s", "GSM"),
        ephemeris="mec",
        plasma={name: moments(boundary, probe, name, rng) for name in RATES_HZ},
        e=Series(f"mms{probe}_edp_dce_gse_fast_l2", utc(t_e), e, "mV/m", "GSM"),
        spectra={name: spectrogram(boundary, probe, name) for name in ("ion", "electron")},
        files=(f"mms{probe}_fgm.cdf", f"mms{probe}_dis.cdf"),
        notes=("no spacecraft potential",) if probe == 3 else (),
    )


@cache
def fake_event(
    probes: tuple[int, ...] = (1, 2, 3, 4), boundary: Boundary = CASE_A, seed: int = 1
) -> EventData:
    """EventData of 300 s: a gap of the field and of the ions, a spike on MMS1."""
    crafts = {probe: spacecraft(probe, boundary, seed) for probe in probes}
    return EventData("sample_mp_a", START, STOP, TIME0, "brst", np.eye(3), crafts)


def tilted(l_deg: float, m_deg: float) -> np.ndarray:
    """N of case A, tilted toward L and M."""
    axes = CASE_A.axes
    n = axes[2] + np.deg2rad(l_deg) * axes[0] + np.deg2rad(m_deg) * axes[1]
    return n / np.linalg.norm(n)


def covariance(l_deg: float, m_deg: float) -> np.ndarray:
    return CASE_A.axes.T @ np.diag(np.deg2rad([l_deg, m_deg, 0]) ** 2) @ CASE_A.axes


def normals(probes: Sequence[int]) -> tuple[Normal, ...]:
    span = {"start": START + np.timedelta64(110, "s"), "stop": STOP - np.timedelta64(110, "s")}
    one = [
        Normal("mva", probe, tilted(0.02 * probe, 0.2 - 0.1 * probe), covariance(0.1, 0.4), **span,
               points=5120, quality={"ratio_12": 11.2, "ratio_23": 7.5})
        for probe in probes
    ]  # fmt: skip
    where = np.asarray(CASE_A.r0_km)
    known = np.full((3, 3), np.nan)
    return (
        *one,
        Normal("mva", None, tilted(0.03, -0.05), covariance(0.08, 0.3), **span, points=20480),
        Normal("mva_bn0", None, tilted(-2.0, 9.0), covariance(0.08, 0.3), **span, reliable=False,
               reason="B_N differs from zero by 8 errors"),
        Normal("mdd", None, tilted(0.3, -0.2), covariance(0.5, 0.5), **span, speed_km_s=-57.0,
               speed_error_km_s=4.0),
        Normal("curlometer", None, tilted(-0.4, 0.6), covariance(0.7, 1.0), speed_km_s=-62.0,
               speed_error_km_s=5.0),
        Normal("timing", None, tilted(0.1, -0.1), covariance(0.16, 0.16), speed_km_s=-60.1,
               speed_error_km_s=0.12),
        Normal("cta", None, tilted(0.12, -0.08), covariance(0.16, 0.16), speed_km_s=-60.2,
               speed_error_km_s=0.2),
        Normal("faraday", 1, tilted(1.5, -1.0), covariance(2.0, 2.5), speed_km_s=-58.0, speed_error_km_s=3.0),
        Normal("shue1997", None, shue_normal(where, year=1997), known),
        Normal("shue1998", None, shue_normal(where, year=1998), known),
        unknown_normal("given", "no normal was given"),
    )  # fmt: skip


def crossing(probe: int) -> Crossing:
    t_c = float(crossing_time_s(CASE_A, offset(probe)))
    error = np.diag([0.01, 0.02, 0.0005, 0.0008]) ** 2
    fit = TanhFit(t_c, WIDTH_S, 5.0, -35.0, error, 0.05, 9000.0, 10240, t_c - 40, t_c + 40)
    agrees = {"density": t_c + 0.1, "heplus": t_c - 2.0}
    return Crossing(probe, t_c, 0.0005, "magnetosphere", "sheath", fit, agrees=agrees)


def timing(probes: Sequence[int]) -> Timing:
    times = {probe: crossing(probe).time_s for probe in probes}
    normal = next(one for one in normals(probes) if one.method == "timing")
    m, cov = normal.n / normal.speed_km_s, np.eye(3) * 4.7e-5**2
    four = len(probes) == 4
    return Timing(
        "four" if four else "line" if len(probes) == 2 else "plane", not four,
        "" if four else "fewer than four spacecraft do not determine a normal",
        m if four else np.full(3, np.nan), cov,
        normal if four else unknown_normal("timing", "fewer than four spacecraft"),
        np.array([0.16, 0.16]), 0.0, 0.0, 1.0, normals(probes)[len(probes)], -60.0, 0.1, times,
        dict.fromkeys(probes, 0.0005),
    )  # fmt: skip


def motion(event: EventData, boundary: Boundary, probe: int) -> Motion:
    ion = event.spacecraft[probe].plasma["ion"]
    t = event.seconds(ion.time)
    truth, n = boundary.speed_km_s(t), boundary.axes[2]
    rng = np.random.default_rng(probe)
    bulk = ion.v_km_s @ n
    exb = truth + rng.normal(size=len(t)) * np.where(t < 0, 8.0, 12.0)
    electron = truth + rng.normal(size=len(t)) * 10
    heplus = np.where(np.arange(len(t)) % 67 == 30, truth + rng.normal(size=len(t)) * 10, np.nan)
    segment = (t > ION_GAP_S[1]).astype(np.int32)
    relative = bulk - V_SC @ n
    t_c = crossing(probe).time_s
    path = boundary.path_km(t) - boundary.path_km(t_c) - (t - t_c) * (V_SC @ n)
    sigma = 3.0 + 2.0 * np.abs(t - t_c) + np.where(segment == 1, 60.0, 0.0)
    return Motion(
        probe, ion.time, bulk, np.full(len(t), 5.0), np.full(len(t), 2, dtype=np.int8), bulk, exb, electron,
        heplus, relative, path, sigma, segment, t_c, "bulk, trapezoid",
    )  # fmt: skip


def hoffmann_teller(event: EventData, boundary: Boundary, probe: int) -> HoffmannTeller:
    v = boundary.to_gsm(np.array([boundary.v_l_km_s[0], boundary.v_m_km_s[0], boundary.v_n_km_s]))
    walen = -np.sign(boundary.b_n_nt) * 0.98 if boundary.rotational else 0.31
    return HoffmannTeller(
        probe, "ion", TIME0 - np.timedelta64(40, "s"), TIME0 + np.timedelta64(40, "s"), 533, v,
        np.eye(3) * 4.0, 0.985, 0.99, 0.03, boundary.v_n_km_s, 2.0, walen, 0.02, 0.97, False, True,
    )  # fmt: skip


def formation(probes: Sequence[int]) -> Formation:
    spread = np.stack([offset(probe) - np.mean([offset(one) for one in probes], axis=0) for probe in probes])
    values, vectors = np.linalg.eigh(spread.T @ spread / 4)
    axes = np.sqrt(np.clip(values[::-1], 0, None))
    apart = {f"{a}-{b}": float(np.linalg.norm(offset(a) - offset(b))) for a, b in combinations(probes, 2)}
    four = len(probes) == 4
    part, least = values[::-1] / max(values.sum(), 1e-9), 1e-9
    return Formation(
        TIME0, axes, vectors.T[::-1], 1 - axes[1] / max(axes[0], least),
        1 - axes[2] / max(axes[1], least), part[0],
        part[0] + part[1], part[2], 398.0, apart, "tetrahedral" if four else "pair", four,
        "" if four else "fewer than four spacecraft",
        {name: " ".join(map(str, probes)) for name in ("x_gsm", "n", "radial", "velocity")},
    )  # fmt: skip


def gradient_series(boundary: Boundary) -> GradientSeries:
    t = grid(8.0, 0)
    x = boundary.distance_km(t, place(t, 1) - offset(1))
    j = boundary.to_gsm(boundary.j_lmn_na_m2(x))
    rng = np.random.default_rng(9)
    largest = np.linalg.norm(j, axis=1) * 4e-4 * np.pi
    eigen = np.stack([np.hypot(largest, 3e-3), np.full(len(t), 2.5e-3), np.full(len(t), 1.2e-3)], axis=1)
    n = np.stack([tilted(*pair) for pair in rng.normal(size=(len(t), 2))])
    speed = np.where(np.abs(x) < 800, boundary.speed_km_s(t) + rng.normal(size=len(t)) * 3, np.nan)
    ratio = np.clip(0.5 / (0.5 + np.linalg.norm(j, axis=1)), 0, 1)
    return GradientSeries(utc(t), eigen, n, speed, j + rng.normal(size=j.shape) * 2, ratio,
                          np.zeros((4, 3)), "smoothed over 0.5 s")  # fmt: skip


def main_pass(probes: Sequence[int]) -> Pass:
    relative = CASE_A.v_n_km_s - V_SC @ CASE_A.axes[2]
    thick = {
        probe: Thickness(probe, 400.5 - probe, 1.1, WIDTH_S, relative, 0.12, "timing") for probe in probes
    }
    estimates = tuple(one for one in normals(probes) if one.method == "cta")
    crossings = {probe: crossing(probe) for probe in probes}
    return Pass(1, True, crossings, timing(probes), estimates, -60.1, 0.12, "timing", thick)


def layers(probe: int) -> tuple[Layer, ...]:
    return (
        Layer(probe, "magnetosphere", -HALF_S, -10.0, 8080.0, 300.0, True, "displacement"),
        Layer(probe, "mp_layer", -10.0, 10.0, 1152.0, 24.0, False, "displacement"),
        Layer(probe, "sheath", 10.0, HALF_S, np.nan, np.nan, True, "displacement: a gap"),
    )


def predictions(probes: Sequence[int]) -> tuple[Prediction, ...]:
    first = probes[0]
    return tuple(
        Prediction(first, one, True, crossing(first).time_s, crossing(one).time_s + 0.001 * one,
                   crossing(one).time_s, 0.001 * one, 0.002, -60.1)
        for one in probes[1:]
    )  # fmt: skip


@cache
def fake_analysis(probes: tuple[int, ...] = (1, 2, 3, 4), boundary: Boundary = CASE_A) -> Analysis:
    """Analysis of `fake_event` as it should come out."""
    event = fake_event(probes, boundary)
    axes = Lmn(
        boundary.axes, "mva", "variance of all spacecraft has the smallest error", np.deg2rad(TILT_DEG) ** 2,
        START + np.timedelta64(110, "s"), STOP - np.timedelta64(110, "s"), np.array([905.0, 12.0, 0.003]),
        2.0, 0.09,
    )  # fmt: skip
    visits = {
        probe: (
            Visit(probe, "magnetosphere", -HALF_S, -10.0, cut_start=True),
            Visit(probe, "mp_layer", -10.0, 10.0),
            Visit(probe, "sheath", 10.0, HALF_S, cut_stop=True),
        )
        for probe in probes
    }
    nested = tuple(
        {"probe": probe, "half_window_s": half, "points": 256 * half, "ratio_12": 11.0, "ratio_23": 8.0,
         "angle_deg": 1.5 / half, "error_deg": 2.0 / half, "b_n_nt": 2.0, "b_n_error_nt": 0.5 / half}
        for probe in probes
        for half in (5.0, 10.0, 20.0, 40.0)
    )  # fmt: skip
    return Analysis(
        event.id, START, STOP, TIME0, "brst", "GSM", probes, "ok",
        ("MMS3: no spacecraft potential",) if 3 in probes else (),
        {probe: place(np.array([crossing(probe).time_s]), probe)[0] for probe in probes},
        dict.fromkeys(probes, V_SC),
        Orientation(axes, normals(probes), dict.fromkeys(probes, axes), nested),
        {probe: (crossing(probe),) for probe in probes}, visits, (main_pass(probes),), 1,
        tuple(layer for probe in probes for layer in layers(probe)),
        {probe: motion(event, boundary, probe) for probe in probes},
        {probe: hoffmann_teller(event, boundary, probe) for probe in probes},
        formation(probes), gradient_series(boundary) if len(probes) == 4 else None, predictions(probes),
        tuple(Shear(probe, crossing(probe).time_s, 158.0, 1.2, 60.0) for probe in probes),
    )  # fmt: skip


def without_crossing(analysis: Analysis) -> Analysis:
    """Analysis of the same event in which no boundary was found."""
    orientation = replace(
        analysis.orientation,
        lmn=replace(analysis.orientation.lmn, method="shue1998", reliable=False, reason="no crossing"),
        normals=analysis.orientation.normals[-3:],
        nested=(),
        variance={},
    )
    return replace(
        analysis, status="no crossing", orientation=orientation, passes=(), main=0, layers=(),
        crossings=dict.fromkeys(analysis.probes, ()), hoffmann_teller={}, predictions=(), shears=(),
        visits={
            probe: (Visit(probe, "magnetosphere", -HALF_S, HALF_S, True, True),) for probe in analysis.probes
        },
        notes=("no spacecraft crosses the boundary",),
    )  # fmt: skip
