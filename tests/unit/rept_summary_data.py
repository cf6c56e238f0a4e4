"""Prepared records of the planted classes for tests of names and summaries."""

import numpy as np

from magnetoflow.rept_pad.data import Distributions, Prepared
from magnetoflow.rept_pad.pad_fits import Levels, levels_of
from magnetoflow.rept_pad.prepare import PrepareOptions, prepare
from magnetoflow.sample.rept_pad_levels import ENERGY_MEV
from magnetoflow.sample.rept_pad_shapes import ANGLE_DEG, Truth, draw_records

STEP = np.timedelta64(600, "s")


def b_ratio(mlat_deg):
    """B_eq/B on a dipole's field line."""
    sine, cosine = np.sin(np.deg2rad(mlat_deg)), np.cos(np.deg2rad(mlat_deg))
    return np.clip(cosine**6 / np.sqrt(1 + 3 * sine**2), 0.05, 1.0)


def planted(count: int, seed: int, options: PrepareOptions | None = None) -> tuple[Prepared, Levels, Truth]:
    """Records with a latitude of 8 degrees (1 sigma), a tenth of the angles of some missing."""
    rng = np.random.default_rng(seed)
    mlat = rng.normal(0, 8, count)
    flux, truth = draw_records(count, seed, b_ratio=b_ratio(mlat), shares=(1.0, *(2.0,) * 6))
    flux[rng.random(flux.shape[:2]) < 0.03] = np.nan
    flux[rng.random(count) < 0.02] = np.nan
    time = np.datetime64("2013-03-13", "ns") + np.arange(count) * STEP.astype("timedelta64[ns]")
    nothing = np.zeros(count, np.uint16)
    mlt = rng.uniform(0, 24, count)
    d = Distributions(time, flux, ANGLE_DEG, ENERGY_MEV, truth.l, truth.l, mlt, mlat, b_ratio(mlat), nothing)
    p = prepare(d, options or PrepareOptions(block="hours"))
    return p, levels_of(p), truth


def prepared(flux, *, one=1.0, angle_deg=None, energy_mev=None, block=None, background=None) -> Prepared:
    """Records of given flux, everything above the background, one count worth `one`."""
    flux = np.asarray(flux, dtype=np.float32)
    count, angles, energies = flux.shape
    angle_deg = (np.arange(angles) + 0.5) * 180 / 17 if angle_deg is None else angle_deg
    time = np.datetime64("2013-03-13", "ns") + np.arange(count) * STEP.astype("timedelta64[ns]")
    return Prepared(
        time=time,
        flux=flux,
        counts=flux / np.float32(one),
        background=np.zeros((angles, energies)) if background is None else background,
        signal=np.isfinite(flux).any(axis=1),
        state=np.zeros(count, np.uint8),
        block=np.arange(count) // 10 if block is None else block,
        angle_deg=angle_deg,
        energy_mev=ENERGY_MEV[:energies] if energy_mev is None else energy_mev,
        l=np.full(count, 4.6),
        l_star=np.full(count, 4.5),
        mlt=np.full(count, 6.5),
        mlat_deg=np.zeros(count),
        b_ratio=np.ones(count),
        quality=np.zeros(count, np.uint16),
        equatorial=False,
        folded=False,
    )
