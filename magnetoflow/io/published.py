"""Labels and region lists in the column format of the published tables (Zenodo 10491878)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.tables import write_csv

LABEL_COLUMNS = (
    "Epoch",
    "probe",
    "norm_Btot",
    "ratio_max_width",
    "ratio_high_low",
    "raw_label",
    "modified_named_label",
)
LIST_COLUMNS = ("start", "stop", "probe")


def write_labels(path: str | Path, labels: pd.DataFrame, features: pd.DataFrame) -> None:
    """Write ``labeled_sunside_data.csv``.

    Parameters
    ----------
    path : path
    labels, features : DataFrame
        Rows of ``regions.csv`` and ``features.csv``, of the same minutes in the same order.

    Raises
    ------
    MagnetoflowError
        The tables are not of the same minutes.
    """
    keys = ["event", "time"]
    if not labels[keys].reset_index(drop=True).equals(features[keys].reset_index(drop=True)):
        raise MagnetoflowError(
            "labels and features are not of the same minutes",
            where=path,
            why=f"{len(labels)} and {len(features)} rows",
            todo="remove the event's work folder and run again",
        )
    frame = pd.DataFrame(
        {
            "Epoch": _stamps(labels["time"]),
            "probe": _probe_names(labels["probe"]),
            "norm_Btot": features["norm_Bt"].to_numpy(),
            "ratio_max_width": features["ratio_max_width"].to_numpy(),
            "ratio_high_low": features["ratio_high_low"].to_numpy(),
            "raw_label": labels["raw_label"].to_numpy(),
            "modified_named_label": labels["named_label"].to_numpy(),
        }
    )
    write_csv(path, frame)


def read_labels(path: str | Path) -> pd.DataFrame:
    """Read a table in the format of ``labeled_sunside_data.csv``.

    Returns
    -------
    DataFrame
        ``time`` (datetime64[ns], UTC), ``probe`` (1 to 4), the three features, ``raw_label`` where there is
        one, and ``named_label`` with our names of regions; more columns are left out.

    Raises
    ------
    MagnetoflowError
        A column is missing, or a cell cannot be read.
    """
    frame = _read(path, ("Epoch", "probe", "norm_Btot", "ratio_max_width", "ratio_high_low"))
    names = ("modified_named_label", "named_label")
    named = next((name for name in names if name in frame), None)
    if named is None:
        raise _refusal(path, f"none of {', '.join(names)} among {', '.join(frame.columns)}")
    table = pd.DataFrame({"time": _times(path, frame["Epoch"]), "probe": _probes(path, frame["probe"])})
    table["norm_Bt"] = frame["norm_Btot"]
    for name in ("ratio_max_width", "ratio_high_low", *(["raw_label"] if "raw_label" in frame else [])):
        table[name] = frame[name]
    label = frame[named].astype("string").str.strip().str.lower().str.replace(r"[\s-]+", "_", regex=True)
    return table.assign(named_label=label.fillna("unknown").astype(object))


def write_region_list(path: str | Path, stays: pd.DataFrame) -> None:
    """Write one region's list.

    Parameters
    ----------
    path : path
    stays : DataFrame
        ``start, stop, probe``; `stop` is the last second inside.
    """
    write_csv(
        path,
        pd.DataFrame(
            {
                "start": _stamps(stays["start"]),
                "stop": _stamps(stays["stop"]),
                "probe": _probe_names(stays["probe"]),
            }
        ),
    )


def read_region_list(path: str | Path) -> pd.DataFrame:
    """Read one region's list.

    Returns
    -------
    DataFrame
        ``start, stop`` (datetime64[ns], NaT where the cell is empty), ``probe``.

    Raises
    ------
    MagnetoflowError
        A column is missing, or a cell cannot be read.
    """
    frame = _read(path, LIST_COLUMNS)
    times = {name: _times(path, frame[name]) for name in ("start", "stop")}
    return pd.DataFrame({**times, "probe": _probes(path, frame["probe"])})


def _read(path: str | Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        # neither an address nor a packed file, which pandas would fetch or unpack
        frame = pd.read_csv(Path(path).absolute(), encoding="utf-8", compression=None)
    except (OSError, ValueError) as error:
        raise _refusal(path, str(error).splitlines()[0]) from error
    missing = [name for name in columns if name not in frame]
    if missing:
        raise _refusal(path, f"no column {', '.join(missing)} among {', '.join(frame.columns)}")
    return frame


def _refusal(path: str | Path, why: str) -> MagnetoflowError:
    return MagnetoflowError("not a table in the published format", where=path, why=why)


def _stamps(times: pd.Series) -> pd.Series:
    """UTC times as the published tables write them, ``2015-10-17 04:55:00``."""
    text = np.datetime_as_string(times.to_numpy().astype("datetime64[s]"))
    return pd.Series(text, dtype=object).str.replace("T", " ").mask(times.isna().to_numpy())


def _times(path: str | Path, column: pd.Series) -> pd.Series:
    try:
        times = pd.to_datetime(column, utc=True, format="ISO8601")
    except ValueError as error:
        raise _refusal(path, str(error)) from error
    return times.dt.tz_localize(None).astype("datetime64[ns]")


def _probe_names(probe: pd.Series) -> list[str]:
    return [f"mms{number}" for number in probe]


def _probes(path: str | Path, column: pd.Series) -> pd.Series:
    """Numbers of ``mms1`` to ``mms4``; missing where the cell is empty."""
    number = column.astype("string").str.extract(r"^\s*mms([1-4])\s*$", flags=2)[0]
    foreign = column[number.isna() & column.notna()]
    if len(foreign):
        raise _refusal(path, f"probe {foreign.iloc[0]!r}; expected mms1 to mms4")
    return number.astype("Int64")
