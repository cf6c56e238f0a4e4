"""Pitch-angle distributions of the planted classes, and records drawn of them with their truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample.rept_pad_classes import CLASSES, SHAPES, Parameters, parameters_of
from magnetoflow.sample.rept_pad_levels import (
    ENERGY_MEV,
    FLOOR,
    ONE_COUNT,
    hardened,
    scattered_e0_mev,
    spectrum,
)

Floats = NDArray[np.float64]

BINS, BIN_DEG = 17, 180.0 / 17.0
ANGLE_DEG = (np.arange(BINS) + 0.5) * BIN_DEG
KNEE_DEG = 45.0


@dataclass(frozen=True)
class Truth:
    """What was planted in each record.

    Attributes
    ----------
    class_id : (t,) ndarray of int16
        1 is the first of :data:`CLASSES`; ``BACKGROUND`` or ``EMPTY``.
    shape : (t, energy) ndarray of int8
        Number in :data:`SHAPES` of the actual curve; ``background`` in records of no class.
    parameters : Parameters
    l, b_ratio, e0_mev, amplitude : (t,) ndarray
    expected_90 : (t, energy) ndarray [count]
        Expected counts in the bin around a local pitch angle of 90 degrees, background included.
    """

    class_id: NDArray[np.int16]
    shape: NDArray[np.int8]
    parameters: Parameters
    l: Floats  # noqa: E741 (the field's own name)
    b_ratio: Floats
    e0_mev: Floats
    amplitude: Floats
    expected_90: Floats


def curve(sine: Floats, parameters: Parameters, cone: Floats) -> Floats:
    """Shape of the flux over the equatorial pitch angle, 1 at 90 degrees.

    Parameters
    ----------
    sine : (t, angle) ndarray
        Of the equatorial pitch angle.
    parameters : Parameters
    cone : (t,) ndarray
        Sine of the loss cone's edge at the equator; no flux inside.

    Returns
    -------
    (t, angle, energy) ndarray
    """
    log = np.log(np.maximum(sine, 1e-9))[:, :, None]
    out = log * parameters.n[:, None, :]
    flat, top = np.flatnonzero(parameters.knee.any(axis=1)), np.log(np.sin(np.deg2rad(KNEE_DEG)))
    below = np.minimum(log[flat] - top, 0.0) * parameters.n[flat, None, :]
    out[flat] = np.where(parameters.knee[flat, None, :], below, out[flat])
    np.exp(out, out=out)
    off = np.rad2deg(np.arccos(np.clip(sine, 0.0, 1.0)))
    dip = np.flatnonzero((parameters.d != 0.0).any(axis=1))
    if dip.size:
        d, w = parameters.d[dip, None, :], parameters.w_deg[dip, None, :]
        out[dip] *= (1.0 - d * np.exp(-((off[dip, :, None] / w) ** 2))) / (1.0 - d)
    out[sine < cone[:, None]] = 0.0
    return out


def loss_cone_sine(l_shell: Floats) -> Floats:
    """Sine of the edge of the loss cone at the equator of a dipole, [L^5 (4L - 3)]^(-1/4)."""
    held = np.maximum(l_shell, 1.05)
    return np.asarray((held**5 * (4.0 * held - 3.0)) ** -0.25)


def bin_means(
    parameters: Parameters, b_ratio: Floats, cone: Floats, offset_deg: Floats | float = 0.0
) -> Floats:
    """Shape in the bins of the local pitch angle, each averaged over its width.

    Parameters
    ----------
    parameters : Parameters
    b_ratio, cone : (t,) ndarray
        Field at the equator over the local field; sine of the loss cone's edge.
    offset_deg : (t,) ndarray or float [deg]
        How far the true angles lie above those that the bins name.

    Returns
    -------
    (t, 17, energy) ndarray
    """
    nodes, weights = np.polynomial.legendre.leggauss(4)
    out = np.zeros((len(b_ratio), BINS, parameters.n.shape[1]))
    for node, weight in zip(nodes, weights, strict=True):
        angle = ANGLE_DEG + node * BIN_DEG / 2.0 + np.reshape(offset_deg, (-1, 1))
        sine = np.abs(np.sin(np.deg2rad(angle))) * np.sqrt(b_ratio)[:, None]
        out += weight / 2.0 * curve(sine, parameters, np.zeros(len(cone)))
    edge = np.rad2deg(np.arcsin(np.minimum(cone / np.sqrt(b_ratio), 1.0)))
    # nodes are too few for the edge of the cone: near 0 degrees the flux goes with the angle to the power n
    seen = 1.0 - np.minimum(edge / BIN_DEG, 1.0)[:, None] ** (parameters.n + 1.0)
    out[:, [0, -1]] *= seen[:, None]
    return out


def shape_codes(parameters: Parameters) -> NDArray[np.int8]:
    """Name of the actual curve of each record and energy, as numbers in :data:`SHAPES`.

    Butterfly: 90 degrees lies 5 % or more below a maximum between 30 and 75 degrees. Cap: a bump at 90
    degrees, less than 45 degrees wide. Field-aligned: most at 15 degrees. Isotropic: within 5 % from 15
    degrees on. Flattop: at 45 degrees at least 0.81 of 90 degrees, as sin^0.6. Else pancake.

    Returns
    -------
    (t, energy) ndarray of int8
    """
    angle = np.array([15.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0, 90.0])
    count = len(parameters.n)
    g = curve(np.broadcast_to(np.sin(np.deg2rad(angle)), (count, 12)), parameters, np.zeros(count))
    middle, at_45 = g[:, 1:11].max(axis=1), g[:, 4]
    rules = (
        ((g.min(axis=1) > 0.95) & (g.max(axis=1) < 1.05), "isotropic"),
        (g[:, 0] > np.maximum(middle, 1.0), "field-aligned"),
        (middle > 1.0 / 0.95, "butterfly"),
        (parameters.d < 0.0, "cap"),
        (at_45 >= 0.5**0.3, "flattop"),
    )
    codes = [SHAPES.index(name) for _, name in rules]
    found = np.select([rule for rule, _ in rules], codes, default=SHAPES.index("pancake"))
    return np.asarray(found, dtype=np.int8)


def draw_records(
    count: int,
    seed: int,
    *,
    b_ratio: Floats | float = 1.0,
    l_range: tuple[float, float] = (3.6, 5.6),
    sigma: float = 1.0,
    shares: tuple[float, ...] | None = None,
) -> tuple[NDArray[np.float32], Truth]:
    """Draw independent records with Poisson counts, without faults.

    Parameters
    ----------
    count : int
    seed : int
    b_ratio : (t,) ndarray or float
        Field at the equator over the local field.
    l_range : tuple of float
        L is even between these.
    sigma : float
        Standard deviation of ln of the amplitude.
    shares : tuple of float, optional
        Of background records and of each class; the six classes alike when left out.

    Returns
    -------
    flux : (t, 17, 12) ndarray of float32 [cm^-2 s^-1 sr^-1 MeV^-1]
    truth : Truth
    """
    rng = np.random.default_rng(seed)
    chances = np.array(shares if shares is not None else (0.0, *(1.0,) * len(CLASSES)))
    class_id = rng.choice(len(CLASSES) + 1, count, p=chances / chances.sum()).astype(np.int16)
    l_shell = rng.uniform(*l_range, count)
    amplitude = np.exp(sigma * rng.standard_normal(count))
    e0 = scattered_e0_mev(l_shell, rng.standard_normal(count))
    parameters = parameters_of(class_id, rng.standard_normal((count, 4)), ENERGY_MEV)
    ratio = np.broadcast_to(np.asarray(b_ratio, dtype=float), (count,))
    expected, truth = expected_counts(class_id, parameters, l_shell, ratio, e0, amplitude)
    return (rng.poisson(expected) * ONE_COUNT).astype(np.float32), truth


def expected_counts(
    class_id: NDArray[np.int16],
    parameters: Parameters,
    l_shell: Floats,
    b_ratio: Floats,
    e0_mev: Floats,
    amplitude: Floats,
    offset_deg: Floats | float = 0.0,
) -> tuple[Floats, Truth]:
    """Give the expected counts of records, and their truth.

    Parameters
    ----------
    class_id : (t,) ndarray of int16
        Records of no class have background only.
    parameters : Parameters
    l_shell, b_ratio, e0_mev, amplitude : (t,) ndarray
    offset_deg : (t,) ndarray or float [deg]
        See :func:`bin_means`.

    Returns
    -------
    expected : (t, 17, 12) ndarray [count]
    truth : Truth
    """
    level = hardened(spectrum(l_shell), l_shell, e0_mev) * amplitude[:, None]
    level[class_id < 1] = 0.0
    expected = bin_means(parameters, b_ratio, loss_cone_sine(l_shell), offset_deg)
    expected *= level[:, None, :]
    expected += FLOOR
    expected /= ONE_COUNT
    shape = shape_codes(parameters)
    shape[class_id < 1] = SHAPES.index("background")
    truth = Truth(
        class_id,
        shape,
        parameters,
        l_shell,
        b_ratio,
        e0_mev,
        amplitude,
        np.array(expected[:, BINS // 2]),
    )
    return expected, truth
