"""Scaled measurements, and the 14 inputs of the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.frames import rotate
from magnetoflow.mms_rnn.burst import Burst
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.mms_rnn.lmn import Frame, frame_name, frame_rotation
from magnetoflow.mms_rnn.scaling import Scaling

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scaled:
    """Measurements of one spacecraft in units of its event, NaN where missing.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC.
    frame : str
        ``gsm`` or ``lmn``: the axes of the vectors.
    rotation : (time, 3, 3) ndarray
        Turns GSE into that frame.
    b, e, v_i, v_e : (time, 3) ndarray [B0, E0, v_A, v_A (m_i/m_e)^1/2]
    n_i, n_e : (time,) ndarray [n0]
    scaling : Scaling
    """

    time: NDArray[np.datetime64]
    frame: str
    rotation: Floats
    b: Floats
    e: Floats
    v_i: Floats
    v_e: Floats
    n_i: Floats
    n_e: Floats
    scaling: Scaling


UNITS = dict.fromkeys(("b", "e", "v_i", "v_e", "n_i", "n_e"), "1")
"""Unit of each array of :class:`Scaled` over time."""


def scale(burst: Burst, frame: Frame, scaling: Scaling) -> Scaled:
    """Turn and scale what the network needs.

    Parameters
    ----------
    burst : Burst
    frame : "gsm" or Lmn
        Local axes that are not reliable are replaced by GSM.
    scaling : Scaling

    Returns
    -------
    Scaled
    """
    rotation = frame_rotation(burst.time, frame)
    return Scaled(
        time=burst.time,
        frame=frame_name(frame),
        rotation=rotation,
        b=rotate(rotation, burst.b_gse_nt) / scaling.b0_nt,
        e=rotate(rotation, burst.e_gse_mv_m) / scaling.e0_mv_m,
        v_i=rotate(rotation, burst.v_i_gse_km_s) / scaling.v_a_km_s,
        v_e=rotate(rotation, burst.v_e_gse_km_s) / scaling.ve_a_km_s,
        n_i=burst.n_i_cm3 / scaling.n0_cm3,
        n_e=burst.n_e_cm3 / scaling.n0_cm3,
        scaling=scaling,
    )


def features(scaled: Scaled) -> Floats:
    """Arrange the inputs of the network: x = X or L, y = -Z or -N, z = Y or M.

    Parameters
    ----------
    scaled : Scaled

    Returns
    -------
    (time, 14) ndarray [1]
        In the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`; NaN in the columns that are missing.
    """
    vectors = {"B": scaled.b, "E": scaled.e, "vi": scaled.v_i, "ve": scaled.v_e}
    columns = {"ni": scaled.n_i, "ne": scaled.n_e}
    for name, values in vectors.items():
        columns |= {f"{name}x": values[:, 0], f"{name}y": -values[:, 2], f"{name}z": values[:, 1]}
    return np.column_stack([columns[name] for name in FEATURES])


def rescaled(features: Floats, b0_factor: float, n0_factor: float) -> Floats:
    """Features as they would be with other B0 and n0.

    Parameters
    ----------
    features : (..., 14) ndarray
        Scaled.
    b0_factor, n0_factor : float
        What B0 and n0 are multiplied by: B ~ 1/B0, n ~ 1/n0, V ~ n0^(1/2)/B0, E ~ n0^(1/2)/B0^2.

    Returns
    -------
    (..., 14) ndarray
    """
    speed = np.sqrt(n0_factor)
    by_kind = {"B": 1 / b0_factor, "E": speed / b0_factor**2, "n": 1 / n0_factor, "v": speed / b0_factor}
    return np.asarray(features * np.array([by_kind[name[0]] for name in FEATURES]))
