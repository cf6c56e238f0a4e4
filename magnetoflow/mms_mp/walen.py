"""Walen test: whether the flow in the deHoffmann-Teller frame is Alfvenic."""

from __future__ import annotations

import numpy as np

from magnetoflow.mms_mp.correlation import covariance_of_sum, regression
from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.samples import Samples
from magnetoflow.physics import NT2_PER_NPA, alfven_speed_km_s


def alfven_km_s(samples: Samples, *, anisotropy: bool = True, ion_mass: float = 1.0) -> tuple[Floats, bool]:
    """Alfven velocity ``B [(1 - alpha)/(mu0 rho)]^1/2``, alpha = mu0 (p_par - p_perp)/B^2.

    Parameters
    ----------
    samples : Samples
    anisotropy : bool
        Use alpha where it is known.
    ion_mass : float [m_p]

    Returns
    -------
    v_km_s : (time, 3) ndarray [km/s]
        NaN for alpha > 1, where the plasma is firehose unstable.
    used : bool
        Whether alpha was used; only when all measurements have it.
    """
    b = samples.b_nt
    size = alfven_speed_km_s(np.linalg.norm(b, axis=1), samples.n_cm3, ion_mass)
    squared = np.sum(b * b, axis=1)
    direction = b / np.sqrt(np.where(squared > 0, squared, np.nan))[:, None]
    known = np.isfinite(samples.anisotropy_npa) | ~np.isfinite(size)
    if not (anisotropy and known.all() and np.isfinite(samples.anisotropy_npa).any()):
        return size[:, None] * direction, False
    # NT2_PER_NPA is 2 mu0
    rest = 1 - samples.anisotropy_npa * NT2_PER_NPA / 2 / np.where(squared > 0, squared, np.nan)
    return (size * np.sqrt(np.where(rest >= 0, rest, np.nan)))[:, None] * direction, True


def walen(flow_km_s: Floats, alfven: Floats, influence_km_s: Floats) -> tuple[float, float, float]:
    """Regress V - V_HT on the Alfven velocity, all components, through the origin.

    Parameters
    ----------
    flow_km_s : (time, 3) ndarray [km/s]
        V - V_HT, without NaN.
    alfven : (time, 3) ndarray [km/s]
        Without NaN.
    influence_km_s : (time, 3) ndarray [km/s]
        What each of these measurements adds to the error of V_HT.

    Returns
    -------
    slope, error, correlation : float
        The 1-sigma error holds that of V_HT.

    References
    ----------
    Paschmann & Sonnerup 2008, ISSI SR-008.
    """
    norm = float(np.sum(alfven * alfven))
    slope = float(np.sum(alfven * flow_km_s) / norm)
    rest = flow_km_s - slope * alfven
    # d(slope) = sum V_A . dV/norm - (sum V_A/norm) . dV_HT, and dV_HT is a sum over the same noise
    terms = np.sum(alfven * rest, axis=1) / norm - influence_km_s @ (alfven.sum(axis=0) / norm)
    error = float(np.sqrt(covariance_of_sum(terms[:, None])[0, 0]))
    return slope, error, regression(alfven.ravel(), flow_km_s.ravel())[1]
