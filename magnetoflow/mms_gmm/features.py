"""Features of each minute: the published three, and robust ones that do not need the magnetic field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_gmm.minutes import MinuteTable
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.mms_gmm.reference import ReferenceFeatures, reference_features
from magnetoflow.mms_gmm.robust import RobustFeatures, robust_features

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """Features of the minutes of one event.

    Attributes
    ----------
    time : (minute,) ndarray of datetime64[ns]
        Left edge of the UTC minute.
    reference : ReferenceFeatures
        The published features of the spectrum.
    norm_bt : (minute,) ndarray [1]
        Field strength over its scale, at most 1; 0 where the definition zeroes the minute; NaN where missing.
    b_nt : (minute,) ndarray [nT]
        Field strength as measured.
    robust : RobustFeatures
    filled : (minute,) ndarray [1]
        Share of the channels with counts; NaN without spectrum.
    n_samples, n_b : (minute,) ndarray of int64
        Numbers of spectra and of field samples.
    quality : (minute,) ndarray of int64
        Bits of :class:`magnetoflow.mms_gmm.quality.Quality`.
    """

    time: NDArray[np.datetime64]
    reference: ReferenceFeatures
    norm_bt: Floats
    b_nt: Floats
    robust: RobustFeatures
    filled: Floats
    n_samples: NDArray[np.int64]
    n_b: NDArray[np.int64]
    quality: NDArray[np.int64]


def feature_table(minutes: MinuteTable, *, b_scale_nt: float = 50.0, min_samples: int = 1) -> Features:
    """Compute the features of each minute.

    Parameters
    ----------
    minutes : MinuteTable
    b_scale_nt : float [nT]
        Field strength at which `norm_bt` saturates.
    min_samples : int
        A minute with fewer spectra is treated as one without spectrum, and flagged ``FEW_SAMPLES``.

    Returns
    -------
    Features
        One row per minute; a minute without spectrum has no feature of it, whatever the field.
    """
    few = (minutes.n_samples > 0) & (minutes.n_samples < min_samples)
    flux = np.where(few[:, None], np.nan, minutes.flux)
    energy = np.where(np.isfinite(minutes.energy_ev), minutes.energy_ev, np.nan)
    reference = reference_features(flux, energy)
    quality = minutes.quality.copy()
    quality[few] |= Quality.FEW_SAMPLES
    return Features(
        time=minutes.time,
        reference=reference,
        norm_bt=_norm_bt(minutes.b_nt, reference.zeroed, b_scale_nt),
        b_nt=minutes.b_nt,
        robust=robust_features(flux, energy),
        filled=_filled(flux),
        n_samples=minutes.n_samples,
        n_b=minutes.n_b,
        quality=quality,
    )


def _norm_bt(b_nt: Floats, zeroed: Floats, scale_nt: float) -> Floats:
    """Field strength in units of the scale, at most 1; missing stays missing, zeroed minutes are 0."""
    scaled = np.minimum(b_nt / scale_nt, 1.0)
    return np.where((zeroed == 1) & np.isfinite(b_nt), 0.0, scaled)


def _filled(flux: Floats) -> Floats:
    """Share of the channels with counts."""
    measured = np.isfinite(flux).any(axis=1)
    return np.where(measured, (np.nan_to_num(flux) > 0).mean(axis=1), np.nan)
