"""Bursts of four spacecraft that cross the analytic reconnection site, for tests."""

import numpy as np

from magnetoflow.frames import gse_to_gsm, rotate
from magnetoflow.mms_rnn.analytic import fields, reference_path
from magnetoflow.mms_rnn.burst import UNITS, Burst
from magnetoflow.mms_rnn.classes import FEATURES

START = np.datetime64("2017-07-19T08:15:00.015", "ns")
CADENCE = np.timedelta64(30_000_000, "ns")
CORNERS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(8)
"""Regular tetrahedron of edge 1."""
MU0 = 1.25663706143591729e-6


def times(samples):
    return START + np.arange(samples) * CADENCE


def burst(samples=40, **arrays):
    """Burst with the arrays given and NaN in all others."""
    shapes = {"b": (3,), "e": (3,), "v": (3,), "p": (3, 3), "position": (3,)}
    filled = {}
    for name in UNITS:
        shape = (samples, *shapes.get(name.split("_")[0], ()))
        if name.startswith("e_") or name.split("_")[0] in ("b", "v", "position", "p"):
            filled[name] = np.full(shape, np.nan)
        else:
            filled[name] = np.full(samples, np.nan)
    filled |= {"segment": np.zeros(samples, np.int32), "flags": np.zeros(samples, np.int32)}
    return Burst(time=times(samples), **{**filled, **arrays})


def tilted(roll_deg, pitch_deg):
    """Rows L, M, N in GSM of a sheet turned about X, then about its M."""
    roll, pitch = np.deg2rad([roll_deg, pitch_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(roll), np.sin(roll)], [0, -np.sin(roll), np.cos(roll)]])
    about_m = np.array([[np.cos(pitch), 0, -np.sin(pitch)], [0, 1, 0], [np.sin(pitch), 0, np.cos(pitch)]])
    return about_m @ about_x


def crossing(scaling, probe=1, *, axes=None, edge_km=30.0, samples=3000, noise_nt=0.0, seed=0, site=None):
    """Reference crossing as one corner of a tetrahedron sees it; `axes` are rows L, M, N in GSM."""
    axes = np.eye(3) if axes is None else axes
    rng, time = np.random.default_rng([seed, probe]), times(samples)
    to_gse = np.swapaxes(gse_to_gsm(time), 1, 2)
    offset = edge_km * CORNERS[probe - 1]
    x, y = reference_path(samples)
    table = fields(x + offset[0] / scaling.d_i_km, y - offset[2] / scaling.d_i_km, site)
    column = dict(zip(FEATURES, table.T, strict=True))

    def vectors(name, unit):
        lmn = unit * np.column_stack([column[f"{name}x"], column[f"{name}z"], -column[f"{name}y"]])
        return rotate(to_gse, lmn @ axes)

    b = vectors("B", scaling.b0_nt)
    left_npa = 1e-9 * np.clip(scaling.b0_nt**2 - np.sum(b**2, axis=1), 0, None) / (2 * MU0)
    pressure = left_npa[:, None, None] * np.eye(3)
    e = vectors("E", scaling.e0_mv_m)
    return burst(
        samples,
        b_gse_nt=b + noise_nt * rng.standard_normal(b.shape),
        e_gse_mv_m=e,
        e_fast_gse_mv_m=e,
        n_i_cm3=scaling.n0_cm3 * column["ni"],
        n_e_cm3=scaling.n0_cm3 * column["ne"],
        v_i_gse_km_s=vectors("vi", scaling.v_a_km_s),
        v_e_gse_km_s=vectors("ve", scaling.ve_a_km_s),
        p_i_gse_npa=0.8 * pressure,
        p_e_gse_npa=0.2 * pressure,
        position_gse_km=rotate(to_gse, np.broadcast_to(offset @ axes, (samples, 3))),
    ), table
