"""Normal and speed from conservation laws across the layer: minimum Faraday residue, mass-flux residue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.correlation import covariance_of_sum
from magnetoflow.mms_mp.data import EventData, Floats, require_frame
from magnetoflow.mms_mp.electric import convection_mv_m, drift_at
from magnetoflow.mms_mp.normals import Normal, outward, unknown_normal
from magnetoflow.mms_mp.samples import samples_of
from magnetoflow.physics import dot

FEWEST = 20
"""Measurements below which there is no normal."""


DENSITY_RATIO = 1.5
"""With a smaller change of density the flux of mass holds for any speed of the boundary."""


@dataclass(frozen=True)
class ResidueOptions:
    """How the residue methods are made.

    Attributes
    ----------
    species : str
        Whose flow.
    electric : bool
        Use the measured electric field instead of -V x B.
    min_ratio : float
        Second smallest over smallest eigenvalue, below which the normal is not reliable.
    max_error_deg : float [deg]
        Error above which it is not.
    calibration_km_s : float [km/s]
        1-sigma error of the flow that is the same at all times, in the error of the speed.
    """

    species: str = "ion"
    electric: bool = False
    min_ratio: float = 2.0
    max_error_deg: float = 10.0
    calibration_km_s: float = 2.0


@dataclass(frozen=True)
class Law:
    """Densities and their fluxes, conserved: d(density)/dt + div(flux) = 0.

    Attributes
    ----------
    density : (time, k) ndarray
    flux : (time, 3, k) ndarray
        Along the axes of the frame; unit of `density` times km/s.
    """

    density: Floats
    flux: Floats


@dataclass(frozen=True)
class Residue:
    """What minimises the residue of laws for a plane layer that moves at one speed.

    Attributes
    ----------
    n : (3,) ndarray
        Sign not set.
    covariance : (3, 3) ndarray [rad^2]
    speed_km_s, speed_error_km_s : float [km/s]
        Along n.
    eigenvalues : (3,) ndarray
        Of the residue matrix, rising, with its noise.
    vectors : (3, 3) ndarray
        Columns: its eigenvectors without noise.
    """

    n: Floats
    covariance: Floats
    speed_km_s: float
    speed_error_km_s: float
    eigenvalues: Floats
    vectors: Floats


def faraday(b_nt: ArrayLike, e_mv_m: ArrayLike) -> Law:
    """Faraday's law: the flux of B_k along i is epsilon_kij E_j.

    Parameters
    ----------
    b_nt : (time, 3) array_like [nT]
    e_mv_m : (time, 3) array_like [mV/m], same frame
    """
    x, y, z = 1e3 * np.moveaxis(np.asarray(e_mv_m, dtype=np.float64), -1, 0)
    nothing = np.zeros_like(x)
    flux = np.array([[nothing, -z, y], [z, nothing, -x], [-y, x, nothing]])  # [i, k]
    return Law(np.asarray(b_nt, dtype=np.float64), np.moveaxis(flux, -1, 0))


def mass(n_cm3: ArrayLike, v_km_s: ArrayLike) -> Law:
    """Conservation of mass.

    Parameters
    ----------
    n_cm3 : (time,) array_like [cm^-3]
    v_km_s : (time, 3) array_like [km/s]
    """
    density = np.asarray(n_cm3, dtype=np.float64)[:, None]
    return Law(density, density[:, :, None] * np.asarray(v_km_s, dtype=np.float64)[:, :, None])


def minimum_residue(laws: Sequence[Law]) -> Residue:
    """Find normal and speed for which flux . n - speed x density changes least across the layer.

    Parameters
    ----------
    laws : sequence of Law
        Several are weighted by the inverse trace of the residue matrix of each. Rows with NaN are left out.

    Returns
    -------
    Residue

    Raises
    ------
    InsufficientData
        Fewer than :data:`FEWEST` rows, or densities that do not change.

    Notes
    -----
    Sonnerup et al. 2006, doi:10.1029/2005JA011538: n is the eigenvector of the smallest eigenvalue of
    ``Q = <dq dq^T> - U U^T <d^2>``, U = <d dq>/<d^2>, and the speed n . U. Here Q is without its part
    by white noise, which would pull n. The errors are those of a small change of Q by what each sample leaves
    of ``n . dq - speed d``, correlated in time as it is.
    """
    good = np.logical_and.reduce(
        [np.isfinite(law.density).all(axis=1) & np.isfinite(law.flux).all(axis=(1, 2)) for law in laws]
    )
    number = int(good.sum())
    if number < FEWEST:
        raise InsufficientData(
            "too few measurements for a residue method", why=f"found {number}, expected at least {FEWEST}"
        )
    parts = [_weighted(law.density[good], law.flux[good]) for law in laws]
    density = np.concatenate([part[0] for part in parts], axis=1)
    flux = np.concatenate([part[1] for part in parts], axis=2)
    u, rest, q = _matrix(density, flux)
    raw = np.asarray(np.linalg.eigvalsh(q), dtype=np.float64)
    # white noise adds to Q, unevenly over the directions: its share is that of the fourth differences
    fourth = np.diff(rest, 4, axis=0)
    values, vectors = np.linalg.eigh(q - np.einsum("tik,tjk->ij", fourth, fourth) / (70 * len(fourth)))
    if not values[1] - values[0] > 1e-12 * max(raw[2], np.finfo(float).tiny):
        raise InsufficientData("the fluxes do not tell one direction from another")
    n = vectors[:, 0]
    along = np.einsum("tik,i->tk", rest, n)
    # tilt of n toward each other eigenvector: its component of dQ n over the difference of the eigenvalues
    tilts = np.einsum("tik,tk,ij->tj", rest, along, vectors[:, 1:]) / (values[0] - values[1:]) / number
    own = np.sum(density * along, axis=1) / (number * np.mean(np.sum(density**2, axis=1)))
    speed = own + tilts @ (u @ vectors[:, 1:])
    spread = covariance_of_sum(np.column_stack([tilts, speed])) * number / max(number - 4, 1)
    return Residue(
        n=n,
        covariance=vectors[:, 1:] @ spread[:2, :2] @ vectors[:, 1:].T,
        speed_km_s=float(n @ u),
        speed_error_km_s=float(np.sqrt(spread[2, 2])),
        eigenvalues=raw,
        vectors=vectors,
    )


def _matrix(density: Floats, flux: Floats) -> tuple[Floats, Floats, Floats]:
    """U, what is left of the fluxes (time, 3, k), and Q."""
    square = float(np.mean(np.sum(density**2, axis=1)))
    u = np.mean(np.einsum("tik,tk->ti", flux, density), axis=0) / square
    rest = flux - u[None, :, None] * density[:, None, :]
    return u, rest, np.einsum("tik,tjk->ij", rest, rest) / len(rest)


def _weighted(density: Floats, flux: Floats) -> tuple[Floats, Floats]:
    """Departures from the means, scaled so that the residue matrix has trace 1."""
    density, flux = density - density.mean(axis=0), flux - flux.mean(axis=0)
    if not np.sum(density**2) > 0:
        raise InsufficientData(
            "the conserved density does not change", todo="choose an interval that holds the crossing"
        )
    scale = np.sqrt(np.trace(_matrix(density, flux)[2]))
    scale = scale if scale > 0 else 1.0
    return density / scale, flux / scale


def residue_normals(
    event: EventData, probe: int, start_s: float, stop_s: float, options: ResidueOptions | None = None
) -> tuple[Normal, ...]:
    """Find normals with speeds by all residue methods, in an interval around a crossing of one spacecraft.

    Parameters
    ----------
    event : EventData
    probe : int
    start_s, stop_s : float [s since EventData.time0]
    options : ResidueOptions, optional

    Returns
    -------
    tuple of Normal
        ``faraday``, ``mass_flux`` and ``residue`` (both together). One that cannot be given is unknown, with
        the reason.

    Raises
    ------
    MissingData
        No moments of the species.
    VariableError
        Frames differ.
    """
    options = options or ResidueOptions()
    spacecraft = event.spacecraft[probe]
    samples = samples_of(event, probe, species=options.species, start_s=start_s, stop_s=stop_s)
    position = spacecraft.position
    require_frame(event.frame, position, spacecraft.e)
    e = convection_mv_m(samples.v_km_s, samples.b_nt)
    if options.electric and spacecraft.e is not None:
        drift = drift_at(spacecraft.e, spacecraft.b, samples.time, samples.cadence_s)
        e = convection_mv_m(drift, samples.b_nt)
    by_faraday, by_mass = faraday(samples.b_nt, e), mass(samples.n_cm3, samples.v_km_s)
    middle = int(np.argmin(np.abs(event.seconds(position.time) - (start_s + stop_s) / 2)))
    ways = {"faraday": [by_faraday], "mass_flux": [by_mass], "residue": [by_faraday, by_mass]}
    found = []
    for method, laws in ways.items():
        try:
            residue = minimum_residue(laws)
        except InsufficientData as error:
            found.append(unknown_normal(method, error.what, probe))
            continue
        n = outward(residue.n, position.values[middle])
        ratio = float(residue.eigenvalues[1] / max(residue.eigenvalues[0], np.finfo(float).tiny))
        one = Normal(
            method=method,
            probe=probe,
            n=n,
            covariance=residue.covariance,
            start=event.utc(start_s),
            stop=event.utc(stop_s),
            speed_km_s=residue.speed_km_s * float(np.sign(dot(n, residue.n))),
            speed_error_km_s=float(np.hypot(residue.speed_error_km_s, options.calibration_km_s)),
            points=len(samples.time),
            quality={"ratio_23": ratio},
            frame=event.frame,
        )
        judged = _judged(one, ratio, options)
        low, high = np.nanquantile(samples.n_cm3, [0.1, 0.9])
        if method == "mass_flux" and judged.reliable and high < DENSITY_RATIO * low:
            why = f"density changes by a factor of {high / low:.2f} only: its flux tells no speed"
            judged = replace(judged, reliable=False, reason=why)
        found.append(judged)
    return tuple(found)


def _judged(normal: Normal, ratio: float, options: ResidueOptions) -> Normal:
    if not ratio >= options.min_ratio:
        return replace(
            normal, reliable=False, reason=f"ratio of eigenvalues {ratio:.2f} < {options.min_ratio}"
        )
    if not normal.error_deg <= options.max_error_deg:
        why = f"error {normal.error_deg:.0f} deg > {options.max_error_deg}"
        return replace(normal, reliable=False, reason=why)
    return normal
