"""Tables of labels and of classes: one row per record, per class, per class and energy, per bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.rept_pad.block_counts import shares
from magnetoflow.rept_pad.data import Prepared
from magnetoflow.rept_pad.mean_pads import MeanPads
from magnetoflow.rept_pad.naming import ShapeTable, runs_text
from magnetoflow.rept_pad.pad_curves import CurveFits
from magnetoflow.rept_pad.sums import Sums

Floats = NDArray[np.float64]

NAMES_OF_NO_CLASS = {0: "background", -1: "no data"}
FITTED = tuple(f"{name}{tail}" for name in ("n", "d", "anisotropy", "flux_90") for tail in ("", "_error"))

LABEL_COLUMNS_BEFORE = ("event", "time", "probe", "L", "L_star", "MLT", "class_id", "class_name")
LABEL_COLUMNS_AFTER = ("entropy", *FITTED, "quality", "source", "model")
CLASS_COLUMNS = (
    *("class_id", "class_name", "records", "share", "share_error", "blocks", "probability"),
    *("shapes", "source", "model"),
)
SHAPE_COLUMNS = (
    *("class_id", "class_name", "energy_mev", "shape", "stacked_shape", "counts_90", "records"),
    *FITTED[:6],
    *("a1", "a1_error", "a3", "a3_error", "a5", "a5_error", "remark", "source", "model"),
)
PAD_COLUMNS = (
    *("class_id", "class_name", "energy_mev", "angle_deg", "shape", "records", "mean", "mean_error"),
    *("mean_unweighted", "mean_unweighted_error", "q10", "q50", "q90", "mean_flux", "source", "model"),
)


class LabelsLike(Protocol):
    """What :class:`magnetoflow.rept_pad.class_model.Labels` holds, as far as tables need it."""

    @property
    def class_id(self) -> NDArray[np.int16]:
        """(n,) ndarray."""

    @property
    def probability(self) -> NDArray[np.float32]:
        """(n, class) ndarray [1]."""

    @property
    def entropy(self) -> NDArray[np.float32]:
        """(n,) ndarray [bit]."""

    @property
    def quality(self) -> NDArray[np.uint16]:
        """(n,) ndarray."""


def label_columns(class_ids: Sequence[int]) -> tuple[str, ...]:
    """Columns of the table of labels of a model with these classes."""
    return (*LABEL_COLUMNS_BEFORE, *(f"p_{one}" for one in class_ids), *LABEL_COLUMNS_AFTER)


def label_rows(
    p: Prepared,
    labels: LabelsLike,
    fits: CurveFits,
    names: Mapping[int, str],
    *,
    event: str,
    probe: str,
    source: str,
    model: str,
) -> pd.DataFrame:
    """One row for every record, also those without data.

    Parameters
    ----------
    p : Prepared
    labels : Labels
    fits : CurveFits
        Of :func:`magnetoflow.rept_pad.pad_fits.fit_pads`, at one energy.
    names : mapping of int to str
        Names of the classes by id, in the order of the probabilities.
    event, probe, source, model : str

    Returns
    -------
    DataFrame
        Columns :func:`label_columns`. Probabilities to 1e-5, fitted numbers to five digits, L, MLT to 1e-4.
    """
    named = {**NAMES_OF_NO_CLASS, **names}
    ids, place = np.unique(labels.class_id, return_inverse=True)
    columns: dict[str, object] = {
        "event": event,
        "time": p.time,
        "probe": probe,
        "L": np.round(p.l, 4),
        "L_star": np.round(p.l_star, 4),
        "MLT": np.round(p.mlt, 4),
        "class_id": labels.class_id,
        "class_name": np.array([named[int(one)] for one in ids], dtype=object)[place],
    }
    for at, one in enumerate(names):
        columns[f"p_{one}"] = np.round(labels.probability[:, at].astype(np.float64), 5)
    columns["entropy"] = np.round(np.asarray(labels.entropy, dtype=np.float64), 4)
    columns |= {name: five_digits(getattr(fits, name)) for name in FITTED}
    columns |= {"quality": labels.quality, "source": source, "model": model}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(p)))[list(label_columns(tuple(names)))]


def five_digits(values: Floats) -> Floats:
    """Round to five significant digits."""
    size = np.abs(np.where(np.isfinite(values) & (values != 0), values, 1.0))
    power = np.floor(np.log10(size)).astype(np.int64)
    up, down = 10.0 ** np.maximum(4 - power, 0), 10.0 ** np.maximum(power - 4, 0)
    return np.asarray(np.round(values / down * up) / up * down)


def classes_table(
    sums: Sums, table: ShapeTable, names: Mapping[int, str], *, source: str, model: str
) -> pd.DataFrame:
    """One row per class, then background and no data.

    Parameters
    ----------
    sums : Sums
    table : ShapeTable
        Rows as the classes.
    names : mapping of int to str
        Names by id, in the order of the sums.
    source, model : str

    Returns
    -------
    DataFrame
        Columns :data:`CLASS_COLUMNS`. ``share`` is of the records with data; its error takes blocks as
        independent. ``probability`` is the mean, over the records of the class, of that of their own class.
    """
    share, error = shares(sums.total)
    records = sums.total.records[0]
    blocks = int(sums.total.blocks[0])
    rows = []
    for at, (one, name) in enumerate(names.items(), start=1):
        number = int(records[at])
        sure = float(sums.probability[at - 1] / number) if number else np.nan
        text = runs_text(table.shape[at - 1].tolist(), sums.energy_mev)
        rows.append((one, name, number, share[0, at], error[0, at], blocks, sure, text))
    nothing = (-1, NAMES_OF_NO_CLASS[-1], int(sums.no_data.sum()), np.nan, np.nan, blocks, np.nan, "")
    rows.append((0, NAMES_OF_NO_CLASS[0], int(records[0]), share[0, 0], error[0, 0], blocks, np.nan, ""))
    rows.append(nothing)
    found = pd.DataFrame(rows, columns=list(CLASS_COLUMNS[:-2]))
    for column in ("share", "share_error", "probability"):
        found[column] = five_digits(found[column].to_numpy(dtype=np.float64))
    return stamped(found, source, model)


def class_shapes_table(
    sums: Sums, table: ShapeTable, names: Mapping[int, str], *, source: str, model: str
) -> pd.DataFrame:
    """One row per class and energy: shape by rule, and the curves fitted to the mean distribution.

    Returns
    -------
    DataFrame
        Columns :data:`SHAPE_COLUMNS`; fitted numbers are empty where the shape is background.
    """
    classes, energies = table.shape.shape
    named = (table.shape != "background").ravel()
    columns: dict[str, object] = {
        "class_id": np.repeat(list(names), energies),
        "class_name": np.repeat(list(names.values()), energies),
        "energy_mev": np.tile(sums.energy_mev, classes),
        "shape": table.shape.ravel(),
        "stacked_shape": table.stacked.ravel(),
        "counts_90": five_digits(table.counts_90.ravel()),
        "records": sums.pads.records.ravel(),
    }
    for name in FITTED[:6]:
        columns[name] = np.where(named, five_digits(getattr(table.fits, name)), np.nan)
    for at, name in enumerate(("a1", "a3", "a5")):
        columns[name] = np.where(named, five_digits(table.fits.terms[:, at]), np.nan)
        columns[f"{name}_error"] = np.where(named, five_digits(table.fits.terms_error[:, at]), np.nan)
    columns["remark"] = table.remark.ravel()
    return stamped(pd.DataFrame(columns), source, model)[list(SHAPE_COLUMNS)]


def pads_table(
    pads: MeanPads, table: ShapeTable, names: Mapping[int, str], *, source: str, model: str
) -> pd.DataFrame:
    """One row per class, energy and pitch angle.

    Returns
    -------
    DataFrame
        Columns :data:`PAD_COLUMNS`; see :class:`magnetoflow.rept_pad.mean_pads.MeanPads`.
    """
    classes, angles, energies = pads.mean.shape
    size = energies * angles

    def flat(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values.transpose(0, 2, 1).ravel()

    columns: dict[str, object] = {
        "class_id": np.repeat(list(names), size),
        "class_name": np.repeat(list(names.values()), size),
        "energy_mev": np.tile(np.repeat(pads.energy_mev, angles), classes),
        "angle_deg": np.round(np.tile(pads.angle_deg, classes * energies), 4),
        "shape": np.repeat(table.shape.ravel(), angles),
        "records": flat(pads.seen),
        "mean": flat(five_digits(pads.mean)),
        "mean_error": flat(five_digits(pads.mean_error)),
        "mean_unweighted": flat(five_digits(pads.even)),
        "mean_unweighted_error": flat(five_digits(pads.even_error)),
    }
    for at, name in enumerate(("q10", "q50", "q90")):
        columns[name] = flat(five_digits(pads.quantiles[at]))
    columns["mean_flux"] = flat(five_digits(pads.flux))
    return stamped(pd.DataFrame(columns), source, model)[list(PAD_COLUMNS)]


def stamped(frame: pd.DataFrame, source: str, model: str) -> pd.DataFrame:
    """Say of each row where the data came from, and which model labelled them."""
    return frame.assign(source=source, model=model)
