"""A plane magnetopause that passes over spacecraft: field, plasma and electric field, exact everywhere.

``x = n . (r - r0) - X(t)`` is the distance from the centre of the layer, positive in the sheath; X is the
path of the boundary along n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def axes_of(n: ArrayLike) -> Floats:
    """Rows L, M, N with ``M = n x Z/|n x Z|`` and ``L = M x n``; right-handed.

    Parameters
    ----------
    n : (3,) array_like [GSM]

    Returns
    -------
    (3, 3) ndarray
    """
    normal = np.asarray(n, dtype=np.float64) / np.linalg.norm(n)
    m = np.cross(normal, (0.0, 0.0, 1.0))
    m /= np.linalg.norm(m)
    return np.stack([np.cross(m, normal), m, normal])


@dataclass(frozen=True)
class Boundary:
    """Profiles across the layer, and its motion; times in seconds from the passage over `r0_km`.

    Attributes
    ----------
    n : tuple of float
        Outward normal; need not be of length 1.
    r0_km : tuple of float [km]
        Where the centre of the layer is at time 0.
    v_n_km_s, acceleration_km_s2 : float
        Speed along n at time 0, and its change.
    swing_km_s, swing_s : float
        Amplitude and period of a further sine of the speed, zero at time 0.
    half_width_km : float [km]
        h of ``f = (1 + tanh(x/h))/2``.
    b_l_nt, b_m_nt : tuple of float [nT]
        Values in magnetosphere and sheath.
    bump_m_nt : float [nT]
        Height of ``sech(x/h)`` in B_M.
    b_n_nt : float [nT]
    v_l_km_s, v_m_km_s : tuple of float [km/s]
        Flow along L and M in magnetosphere and sheath.
    rotational : bool
        The flow along L and M changes by the change of the Alfven velocity, sign of B_N, instead; plasma of
        the density of the sheath crosses the boundary, at its Alfven speed along N.
    n_cm3, heplus_cm3 : tuple of float [cm^-3]
        Densities in magnetosphere and sheath.
    density_width : float [h]
        Half-width of the density profile.
    heplus_shift_km : float [km]
        How far inside the centre He+ changes.
    total_pressure_npa : float [nPa]
        Of field and plasma; sets the temperature.
    """

    n: tuple[float, float, float] = (0.80, 0.50, -0.33)
    r0_km: tuple[float, float, float] = (58000.0, 30000.0, -15000.0)
    v_n_km_s: float = -60.0
    acceleration_km_s2: float = 0.0
    swing_km_s: float = 0.0
    swing_s: float = 120.0
    half_width_km: float = 400.0
    b_l_nt: tuple[float, float] = (40.0, -30.0)
    b_m_nt: tuple[float, float] = (5.0, 12.0)
    bump_m_nt: float = 6.0
    b_n_nt: float = 2.0
    v_l_km_s: tuple[float, float] = (-20.0, 40.0)
    v_m_km_s: tuple[float, float] = (0.0, -40.0)
    rotational: bool = False
    n_cm3: tuple[float, float] = (1.0, 20.0)
    heplus_cm3: tuple[float, float] = (0.4, 0.03)
    density_width: float = 1.0
    heplus_shift_km: float = 0.0
    total_pressure_npa: float = 1.0

    @property
    def axes(self) -> Floats:
        """(3, 3) ndarray: rows L, M, N."""
        return axes_of(self.n)

    def path_km(self, t_s: ArrayLike) -> Floats:
        """X(t) [km]."""
        t = np.asarray(t_s, dtype=np.float64)
        turn = 2 * np.pi / self.swing_s
        swing = self.swing_km_s / turn * (1 - np.cos(turn * t))
        return np.asarray(self.v_n_km_s * t + self.acceleration_km_s2 * t**2 / 2 + swing)

    def speed_km_s(self, t_s: ArrayLike) -> Floats:
        """dX/dt [km/s]."""
        t = np.asarray(t_s, dtype=np.float64)
        swing = self.swing_km_s * np.sin(2 * np.pi * t / self.swing_s)
        return np.asarray(self.v_n_km_s + self.acceleration_km_s2 * t + swing)

    def distance_km(self, t_s: ArrayLike, r_km: ArrayLike) -> Floats:
        """Distance x from the centre of the layer [km]; `r_km` is (..., 3), `t_s` (...)."""
        offset = np.asarray(r_km, dtype=np.float64) - np.asarray(self.r0_km)
        return np.asarray(offset @ self.axes[2] - self.path_km(t_s))

    def _share(self, x_km: Floats, width: float = 1.0) -> Floats:
        """Share of the sheath, 0 to 1."""
        return np.asarray((1 + np.tanh(x_km / (self.half_width_km * width))) / 2)

    def b_lmn_nt(self, x_km: ArrayLike) -> Floats:
        """(..., 3) field along L, M, N [nT]."""
        x = np.asarray(x_km, dtype=np.float64)
        share = self._share(x)
        b_l = self.b_l_nt[0] + (self.b_l_nt[1] - self.b_l_nt[0]) * share
        bump = self.bump_m_nt / np.cosh(np.clip(x / self.half_width_km, -300, 300))
        b_m = self.b_m_nt[0] + (self.b_m_nt[1] - self.b_m_nt[0]) * share + bump
        return np.stack([b_l, b_m, np.full_like(x, self.b_n_nt)], axis=-1)

    def j_lmn_na_m2(self, x_km: ArrayLike) -> Floats:
        """(..., 3) current density along L, M, N [nA/m^2]: J_L = -(dB_M/dx)/mu0, J_M = (dB_L/dx)/mu0."""
        x = np.asarray(x_km, dtype=np.float64)
        z = np.clip(x / self.half_width_km, -300, 300)
        sech = 1 / np.cosh(z)
        slope = sech**2 / (2 * self.half_width_km)
        db_l = (self.b_l_nt[1] - self.b_l_nt[0]) * slope
        db_m = (self.b_m_nt[1] - self.b_m_nt[0]) * slope
        db_m = db_m - self.bump_m_nt * sech * np.tanh(z) / self.half_width_km
        nt_km = 1e-3 / (4e-7 * np.pi)  # 1 nT/km over mu0, in nA/m^2
        return np.stack([-db_m * nt_km, db_l * nt_km, np.zeros_like(x)], axis=-1)

    def density_cm3(self, x_km: ArrayLike) -> Floats:
        """Density of ions and of electrons [cm^-3]."""
        share = self._share(np.asarray(x_km, dtype=np.float64), self.density_width)
        return np.asarray(self.n_cm3[0] + (self.n_cm3[1] - self.n_cm3[0]) * share)

    def heplus_density_cm3(self, x_km: ArrayLike) -> Floats:
        """Density of He+ [cm^-3]."""
        share = self._share(np.asarray(x_km, dtype=np.float64) + self.heplus_shift_km)
        return np.asarray(self.heplus_cm3[0] + (self.heplus_cm3[1] - self.heplus_cm3[0]) * share)

    def v_lmn_km_s(self, t_s: ArrayLike, x_km: ArrayLike) -> Floats:
        """(..., 3) flow of the ions along L, M, N in the frame of the Earth [km/s]."""
        x = np.asarray(x_km, dtype=np.float64)
        along_n = np.broadcast_to(self.speed_km_s(t_s), x.shape).copy()
        if self.rotational:
            # V - V_HT = sign * V_A everywhere, with the Alfven velocity of the local field and density
            alfven = 21.812 * self.b_lmn_nt(x) / np.sqrt(self.density_cm3(x))[..., None]
            flow = -np.sign(self.b_n_nt) * alfven
            flow[..., 0] += self.v_l_km_s[0]
            flow[..., 1] += self.v_m_km_s[0]
            flow[..., 2] += along_n
            return np.asarray(flow)
        share = self._share(x)
        v_l = self.v_l_km_s[0] + (self.v_l_km_s[1] - self.v_l_km_s[0]) * share
        v_m = self.v_m_km_s[0] + (self.v_m_km_s[1] - self.v_m_km_s[0]) * share
        return np.stack([v_l, v_m, along_n], axis=-1)

    def pressure_npa(self, x_km: ArrayLike) -> Floats:
        """Pressure of ions and electrons together [nPa]: total pressure less that of the field."""
        magnetic = np.sum(np.square(self.b_lmn_nt(x_km)), axis=-1) / (8e-7 * np.pi) * 1e-9
        return np.asarray(np.maximum(self.total_pressure_npa - magnetic, 0.02))

    def e_lmn_mv_m(self, t_s: ArrayLike, x_km: ArrayLike) -> Floats:
        """(..., 3) electric field -V x B along L, M, N [mV/m]."""
        return np.asarray(-1e-3 * np.cross(self.v_lmn_km_s(t_s, x_km), self.b_lmn_nt(x_km)))

    def to_gsm(self, lmn: ArrayLike) -> Floats:
        """Turn (..., 3) vectors along L, M, N into GSM."""
        return np.asarray(lmn, dtype=np.float64) @ self.axes


CASE_A = Boundary()
"""The benchmark case: half-width 400 km, 60 km/s toward the Earth."""


def tetrahedron_km(edge_km: float) -> Floats:
    """(4, 3) vertices of a regular tetrahedron about the origin [km]."""
    signs = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)], dtype=np.float64)
    return np.asarray(signs * edge_km / (2 * np.sqrt(2)))


def crossing_time_s(
    boundary: Boundary, offset_km: ArrayLike, v_sc_km_s: ArrayLike = (-2.6, -0.4, 0.4)
) -> Floats:
    """When the centre of the layer passes over spacecraft, for a boundary of constant speed [s].

    Parameters
    ----------
    boundary : Boundary
        Without acceleration and swing.
    offset_km : (..., 3) array_like [km]
        From `Boundary.r0_km` at time 0.
    v_sc_km_s : (3,) array_like [km/s]
        Common velocity of the spacecraft.
    """
    normal = boundary.axes[2]
    relative = boundary.v_n_km_s - np.dot(v_sc_km_s, normal)
    return np.asarray(np.asarray(offset_km, dtype=np.float64) @ normal / relative)
