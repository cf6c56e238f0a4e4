"""One row per UTC minute: mean ion spectrum and mean field strength, with what is known against them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MinuteTable:
    """Minute means of one event.

    Attributes
    ----------
    time : (minute,) ndarray of datetime64[ns]
        Left edge of the UTC minute.
    energy_ev : (minute, channel) ndarray [eV]
        Energy table of the mean spectrum, ascending; NaN where the minute has no spectrum.
    flux : (minute, channel) ndarray [keV/(cm^2 s sr keV)]
        Mean omnidirectional ion energy flux; NaN where missing.
    b_nt : (minute,) ndarray [nT]
        Mean field strength; NaN where missing.
    position_gse_km : (minute, 3) ndarray [km, GSE]
        Spacecraft position; NaN where unknown.
    n_samples : (minute,) ndarray of int64
        Number of valid spectra.
    n_b : (minute,) ndarray of int64
        Number of valid field samples.
    quality : (minute,) ndarray of int64
        Bits of :class:`magnetoflow.mms_gmm.quality.Quality`.
    """

    time: NDArray[np.datetime64]
    energy_ev: NDArray[np.float64]
    flux: NDArray[np.float64]
    b_nt: NDArray[np.float64]
    position_gse_km: NDArray[np.float64]
    n_samples: NDArray[np.int64]
    n_b: NDArray[np.int64]
    quality: NDArray[np.int64]
