"""Events of mms_mp in memory for tests: the plane magnetopause, with noise of each instrument where asked."""

import numpy as np

from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import EventData, Plasma, Spacecraft
from magnetoflow.sample.magnetopause import CASE_A, tetrahedron_km
from magnetoflow.series import Series

TIME0 = np.datetime64("2018-01-15T06:00:00", "ns")
V_SC = np.array([-2.6, -0.4, 0.4])


def utc(t_s):
    return TIME0 + np.round(np.asarray(t_s) * 1e9).astype("timedelta64[ns]")


def axes(boundary=CASE_A, covariance=None, frame="GSM"):
    return Lmn(
        boundary.axes, "given", "", np.zeros((3, 3)) if covariance is None else covariance, frame=frame
    )


def event(
    boundary=CASE_A,
    *,
    probes=(1,),
    half_s=60.0,
    noise=0.0,
    seed=0,
    v_offset=(0.0, 0.0, 0.0),
    e_offset=(0.0, 0.0, 0.0),
    frame="GSM",
    **left_out,
):
    """Event with FGM 64 Hz, ions 0.15 s, electrons 0.03 s, He+ 10 s, E 32 Hz; noise 1 is that of case A."""
    rng = np.random.default_rng(seed)

    def noisy(values, sigma):
        return values + noise * sigma * rng.normal(size=values.shape) if noise else values

    crafts = {}
    for probe in probes:
        offset = tetrahedron_km(15.0)[probe - 1]

        def place(t, offset=offset):
            return np.asarray(boundary.r0_km) + offset + t[:, None] * V_SC

        def grid(step, shift, probe=probe):
            return np.arange(-half_s + shift, half_s, step) + 1e-4 * probe

        def moments(species, step, density, sigma_n, sigma_v, place=place, grid=grid):
            t = grid(step, 0.5 * step)
            x = boundary.distance_km(t, place(t))
            v = boundary.to_gsm(boundary.v_lmn_km_s(t, x)) + np.asarray(v_offset)
            p = boundary.pressure_npa(x)[:, None, None] * np.eye(3)
            return Plasma(
                species,
                utc(t),
                noisy(density(x), sigma_n),
                noisy(v, sigma_v),
                step,
                frame,
                p_npa=p,
                t_para_ev=None,
            )

        tb, te, tr = grid(1 / 64, 0.0), grid(1 / 32, 0.003), np.arange(-half_s - 30, half_s + 31, 30.0)
        b = boundary.to_gsm(boundary.b_lmn_nt(boundary.distance_km(tb, place(tb))))
        e = boundary.to_gsm(boundary.e_lmn_mv_m(te, boundary.distance_km(te, place(te)))) + np.asarray(
            e_offset
        )
        plasma = {
            "ion": moments("ion", 0.15, boundary.density_cm3, 0.1, 5.0),
            "electron": moments("electron", 0.03, boundary.density_cm3, 0.1, 10.0),
            "heplus": moments("heplus", 10.0, boundary.heplus_density_cm3, 0.01, 10.0),
        }
        parts = {
            "plasma": plasma,
            "e": Series("e", utc(te), noisy(e, 0.3), "mV/m", frame),
            **left_out,
        }
        crafts[probe] = Spacecraft(
            probe,
            Series("b", utc(tb), noisy(b, 0.05), "nT", frame),
            Series("r", utc(tr), place(tr), "km", frame),
            **parts,
        )
    return EventData("test", utc(-half_s), utc(half_s), TIME0, "brst", np.eye(3), crafts)
