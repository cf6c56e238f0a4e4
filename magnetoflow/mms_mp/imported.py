"""Published axes: read as rows or columns, and refused where they cannot be L, M, N of the crossing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.errors import VariableError
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import FRAME, Floats
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.mms_mp.principal import principal_axes
from magnetoflow.mms_mp.shue import shue_normal
from magnetoflow.mms_mp.variance import FEWEST

ROUNDING = 0.03
"""Published digits: products of two axes may be off by this."""
FROM_LEAST_DEG, TOLD = 25.0, 4.0
"""Farther from the axis of least variance N is another axis, where l2/l3 tells that axis."""
FAR_DEG = 60.0
"""Farther from the model than this, a vector is hardly the normal of the magnetopause."""


def imported_axes(
    axes: ArrayLike,
    *,
    order: str,
    position_km: ArrayLike,
    frame: str = FRAME,
    rotation: ArrayLike | None = None,
    b_nt: ArrayLike | None = None,
    error_deg: float = np.nan,
    source: str = "",
) -> Lmn:
    """Take over published axes L, M, N.

    Parameters
    ----------
    axes : (3, 3) array_like
    order : str
        ``rows`` or ``columns``: where L, M, N stand. Both are published; nothing is guessed.
    position_km : (3,) array_like [km, frame of the event]
        Of the spacecraft.
    frame : str
        ``GSM``, or ``GSE``, which needs `rotation`.
    rotation : (3, 3) array_like, optional
        GSE to the frame of the event (`EventData.rotation`).
    b_nt : (time, 3) array_like [nT, frame of the event], optional
        Field of the crossing: the component along N must vary least, and N be within 25 deg of the axis of
        least variance where that is well told.
    error_deg : float [deg]
        1-sigma error of each turn, as published.
    source : str
        Where they are from.

    Returns
    -------
    Lmn
        Method ``given``, in the frame of the event, orthogonal to the last digit.

    Raises
    ------
    VariableError
        No rotation, left-handed, N toward the Earth or far from the model, or another axis along which the
        field varies least; the message names the order that would fit.
    """
    given = np.asarray(axes, dtype=np.float64)
    if given.shape != (3, 3) or not np.isfinite(given).all():
        raise VariableError("published axes are not a 3 x 3 matrix of numbers", why=f"shape {given.shape}")
    if order not in ("rows", "columns"):
        raise VariableError("published axes without an order", why=f"{order!r}", todo="say rows or columns")
    rows = given if order == "rows" else given.T
    if np.abs(rows @ rows.T - np.eye(3)).max() > ROUNDING:
        raise VariableError(
            "published axes are not orthogonal unit vectors", why=f"largest deviation of their products "
            f"{np.abs(rows @ rows.T - np.eye(3)).max():.3f}",
        )  # fmt: skip
    if np.linalg.det(rows) < 0:
        raise VariableError("published axes are left-handed", todo="check the sign of M = N x L")
    left, _, right = np.linalg.svd(rows)
    rows = left @ right
    rows = rows @ _to_event(frame, rotation).T
    position = np.asarray(position_km, dtype=np.float64)
    check_outward(rows[2], position, _hint(given, order, frame, rotation, position))
    if b_nt is not None:
        _check_least(rows, np.asarray(b_nt, dtype=np.float64))
    return Lmn(
        rows, "given", source, np.eye(3) * np.deg2rad(error_deg) ** 2, frame=FRAME,
    )  # fmt: skip


def check_outward(n: ArrayLike, position_km: ArrayLike, hint: str = "") -> None:
    """Refuse a vector that is not an outward normal of the magnetopause.

    Parameters
    ----------
    n : (3,) array_like
    position_km : (3,) array_like [km, same frame]
    hint : str
        What else the reader of the message could try.

    Raises
    ------
    VariableError
        It points toward the Earth, or is more than 60 deg from the model of Shue et al. 1998.
    """
    apart = angle_deg(n, shue_normal(position_km))
    if apart > 180 - FAR_DEG:
        raise VariableError(
            "the normal points toward the Earth", why=f"{apart:.1f} deg from the outward normal of the model",
            todo=hint or "reverse it, and M with it",
        )  # fmt: skip
    if apart > FAR_DEG:
        raise VariableError(
            "the vector is no normal of the magnetopause", todo=hint or "check the frame and the axis",
            why=f"{apart:.1f} deg from the outward normal of the model, at most {FAR_DEG:g} are accepted",
        )  # fmt: skip


def _to_event(frame: str, rotation: ArrayLike | None) -> Floats:
    if frame == FRAME:
        return np.eye(3)
    if frame == "GSE" and rotation is not None:
        return np.asarray(rotation, dtype=np.float64)
    raise VariableError(
        "published axes in a frame that is not known", why=f"found {frame}, expected {FRAME}, or GSE with "
        "the rotation of the event",
    )  # fmt: skip


def _hint(given: Floats, order: str, frame: str, rotation: ArrayLike | None, position_km: Floats) -> str:
    """Name the vectors of the matrix that could be the outward normal."""
    model = shue_normal(position_km)
    turned = {"row": given @ _to_event(frame, rotation).T, "column": given.T @ _to_event(frame, rotation).T}
    near = [
        f"{kind} {k + 1} is {angle_deg(vector, model):.0f} deg from the model"
        for kind, vectors in turned.items()
        for k, vector in enumerate(vectors)
        if angle_deg(vector, model) <= FAR_DEG
    ]
    return f"read as {order}: check the order; {'; '.join(near) or 'no row or column is near the model'}"


def _check_least(rows: Floats, b_nt: Floats) -> None:
    good = np.isfinite(b_nt).all(axis=1)
    if good.sum() < FEWEST:
        return
    matrix = np.cov(b_nt[good].T)
    spread = np.sqrt(np.clip(np.diag(rows @ matrix @ rows.T), 0.0, None))
    values, axes = principal_axes(matrix)
    apart = angle_deg(rows[2], axes[2], axes=True)
    if spread.argmin() != 2 or (values[1] >= TOLD * values[2] and apart > FROM_LEAST_DEG):
        found = ", ".join(f"{one:.3g}" for one in spread)
        least = "LMN"[int(spread.argmin())]
        raise VariableError(
            "the field along N does not vary least",
            why=f"standard deviations along L, M, N: {found} nT; at least {np.sqrt(values[2]):.3g} nT, "
            f"{apart:.0f} deg from N",
            todo=f"check the order, and which axis is which: along {least} it varies least",
        )
