"""Field, density, speed and length by which an event is scaled, given or derived from its data.

n0 is the density of the current sheet before it reconnects. The centre of an exhaust holds less: 0.45 n0 in
the analytic model (inflow 0.15, exhaust 0.30), which is how n0 is derived from what is measured there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.frames import rotate
from magnetoflow.mms_rnn.burst import Burst
from magnetoflow.mms_rnn.lmn import Frame, frame_rotation
from magnetoflow.mms_rnn.stretches import Column, clustered_mean, medians
from magnetoflow.physics import MASS_RATIO, alfven_speed_km_s, ion_inertial_length_km, total_pressure_field_nt

Floats = NDArray[np.float64]
GIVEN = "given"


@dataclass(frozen=True)
class Scaling:
    """Numbers that scale an event; an error that is not known is NaN.

    Attributes
    ----------
    b0_nt, b0_error_nt : float [nT]
        Field of the lobes, and its 1-sigma error.
    n0_cm3, n0_error_cm3 : float [cm^-3]
        Density of the current sheet before reconnection, and its 1-sigma error.
    b0_method, n0_method : str
        ``given``, or how it was derived.
    ion_mass : float [m_p]
        Mean mass of the ions; 1 as published (protons only).
    mass_ratio : float
        Proton over electron mass; 1836 as published.

    Raises
    ------
    ConfigError
        A number is not positive, or an error is negative.
    """

    b0_nt: float
    n0_cm3: float
    b0_error_nt: float = np.nan
    n0_error_cm3: float = np.nan
    b0_method: str = GIVEN
    n0_method: str = GIVEN
    ion_mass: float = 1.0
    mass_ratio: float = MASS_RATIO

    def __post_init__(self) -> None:
        for name in ("b0_nt", "n0_cm3", "ion_mass", "mass_ratio"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise ConfigError(
                    f"{name} must be above zero",
                    why=f"found {value}",
                    todo="give the field of the lobes and the density of the current sheet, or auto",
                )
        for name in ("b0_error_nt", "n0_error_cm3"):
            if getattr(self, name) < 0:
                raise ConfigError(
                    f"{name} must not be negative",
                    why=f"found {getattr(self, name)}",
                    todo="give a 1-sigma error, or leave it out",
                )

    @property
    def v_a_km_s(self) -> float:
        """Alfven speed of B0 and n0 [km/s]."""
        return float(alfven_speed_km_s(self.b0_nt, self.n0_cm3, self.ion_mass))

    @property
    def ve_a_km_s(self) -> float:
        """Speed by which electrons are scaled [km/s]: v_A times the root of ion over electron mass."""
        return self.v_a_km_s * float(np.sqrt(self.mass_ratio * self.ion_mass))

    @property
    def e0_mv_m(self) -> float:
        """Electric field v_A B0 [mV/m]."""
        return 1e-3 * self.v_a_km_s * self.b0_nt

    @property
    def d_i_km(self) -> float:
        """Ion inertial length of n0 [km]."""
        return float(ion_inertial_length_km(self.n0_cm3, self.ion_mass))

    @property
    def v_a_error_km_s(self) -> float:
        """Error of v_A, which goes as B0 n0^-1/2."""
        return self.v_a_km_s * self._relative(1.0, 0.5)

    @property
    def e0_error_mv_m(self) -> float:
        """Error of E0, which goes as B0^2 n0^-1/2."""
        return self.e0_mv_m * self._relative(2.0, 0.5)

    @property
    def d_i_error_km(self) -> float:
        """Error of d_i, which goes as n0^-1/2."""
        return self.d_i_km * 0.5 * self.n0_error_cm3 / self.n0_cm3

    def _relative(self, power_b: float, power_n: float) -> float:
        """Relative error of a product of powers of B0 and n0, their errors being independent."""
        return float(
            np.hypot(power_b * self.b0_error_nt / self.b0_nt, power_n * self.n0_error_cm3 / self.n0_cm3)
        )


@dataclass(frozen=True)
class DeriveOptions:
    """How B0 and n0 are derived.

    Attributes
    ----------
    stretches : int
        Parts of the event whose spread makes the error.
    balance_error : float
        Relative 1-sigma error of B0 that averaging does not lessen: plasma of the lobes, whose pressure is
        counted as field; tension of curved field; ions beyond the instrument's energies. Assumed.
    centre_limit : float [B0]
        Largest ``|B_L|`` of a sample in the centre of the sheet.
    centre_share : float [n0]
        Density of that centre in the analytic model.
    centre_share_error : float
        Relative 1-sigma error of that share: how much sites differ from the model. Assumed.
    fewest : int
        Samples that a derivation needs.
    """

    stretches: int = 16
    balance_error: float = 0.05
    centre_limit: float = 0.2
    centre_share: float = 0.45
    centre_share_error: float = 0.25
    fewest: int = 20


class Derived(NamedTuple):
    """A number from the data, its 1-sigma error, and how it was found."""

    value: float
    error: float
    method: str


def derive_b0(bursts: Mapping[int, Burst], options: DeriveOptions | None = None) -> Derived:
    """Find the field of the lobes from the total pressure, which is the same across a thin sheet.

    Parameters
    ----------
    bursts : mapping of int to Burst
        By spacecraft.
    options : DeriveOptions, optional

    Returns
    -------
    Derived
        [nT]. The mean of the medians of ``(B^2 + 2 mu0 (P_i + P_e))^1/2`` by spacecraft and stretch of the
        event; P is a third of the trace. The error is that of
        :func:`magnetoflow.mms_rnn.stretches.clustered_mean`, and ``balance_error``.

    Raises
    ------
    InsufficientData
        Too few samples have field and both pressures.
    """
    options = options or DeriveOptions()
    columns = [(burst.time, _lobe_field(burst)) for burst in bursts.values()]
    samples = _enough(columns, options, "B0", "b0_nt", "field and both pressures")
    mean, error = clustered_mean(medians(columns, options.stretches))
    error = float(np.hypot(error, options.balance_error * mean))
    return Derived(mean, error, f"total pressure of {samples} samples of {_names(bursts)}")


def derive_n0(
    bursts: Mapping[int, Burst],
    b0_nt: float,
    options: DeriveOptions | None = None,
    *,
    frame: Frame = "gsm",
) -> Derived:
    """Find the density of the current sheet from the electron density at its centre.

    Parameters
    ----------
    bursts : mapping of int to Burst
        By spacecraft.
    b0_nt : float [nT]
    options : DeriveOptions, optional
    frame : "gsm" or Lmn
        Its first axis is that of the reversing field, B_L.

    Returns
    -------
    Derived
        [cm^-3]. The density where ``|B_L|`` is small over ``centre_share``; the error is the statistical one
        and that of the share.

    Raises
    ------
    InsufficientData
        Too few samples lie in the centre of the sheet.
    """
    options = options or DeriveOptions()
    columns = []
    for burst in bursts.values():
        b_l = rotate(frame_rotation(burst.time, frame), burst.b_gse_nt)[:, 0]
        centre = (np.abs(b_l) < options.centre_limit * b0_nt) & (burst.n_e_cm3 > 0)
        columns.append((burst.time, np.where(centre, burst.n_e_cm3, np.nan)))
    samples = _enough(columns, options, "n0", "n0_cm3", f"|B_L| below {options.centre_limit:g} B0")
    mean, error = clustered_mean(medians(columns, options.stretches))
    value = mean / options.centre_share
    return Derived(
        value,
        float(np.hypot(error / options.centre_share, options.centre_share_error * value)),
        f"{samples} samples at the centre of the sheet of {_names(bursts)}, over {options.centre_share:g}",
    )


def _lobe_field(burst: Burst) -> Floats:
    p_npa = np.trace(burst.p_i_gse_npa + burst.p_e_gse_npa, axis1=1, axis2=2) / 3
    return total_pressure_field_nt(burst.b_gse_nt, p_npa)


def _names(bursts: Mapping[int, Burst]) -> str:
    return ", ".join(f"mms{probe}" for probe in sorted(bursts))


def _enough(columns: Sequence[Column], options: DeriveOptions, name: str, key: str, need: str) -> int:
    """Count the samples; refuse too few."""
    samples = sum(int(np.isfinite(values).sum()) for _, values in columns)
    if samples < options.fewest:
        raise InsufficientData(
            f"{name} cannot be derived from the data",
            why=f"{samples} samples have {need}, {options.fewest} are needed",
            todo=f"give {key} in the event list, or choose a longer interval",
        )
    return samples
