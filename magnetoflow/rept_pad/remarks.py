"""What should be known of the results: days that are missing, classes that few records or angles carry."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

REMARK_COLUMNS = ("event", "probe", "remark")
MANY = 0.1
"""Records without B over records with data above which this is said."""
FEW = 0.01
"""Share of the records with data below which a class is said to be small."""


def remarks(quality: pd.DataFrame, classes: pd.DataFrame, shapes: pd.DataFrame) -> list[tuple[str, str, str]]:
    """List what should be known.

    Parameters
    ----------
    quality : DataFrame
        One row per part, :data:`magnetoflow.rept_pad.part_quality.QUALITY_COLUMNS`.
    classes, shapes : DataFrame
        Of :mod:`magnetoflow.rept_pad.tables`.

    Returns
    -------
    list of (event, probe, remark)
        Event and probe are empty where a class is meant.
    """
    said = [one for _, row in quality.iterrows() for one in _of_part(row)]
    for _, row in classes.iterrows():
        if row["class_id"] > 0 and row["share"] < FEW:
            name = f"class {row['class_id']} ({row['class_name']})"
            said.append(("", "", f"{name} has {row['records']} records only"))
    doubtful = shapes[shapes["remark"].fillna("").astype(str) != ""]
    for (number, text), rows in doubtful.groupby(["class_id", "remark"], sort=True):
        energies = ", ".join(f"{one:g}" for one in rows["energy_mev"])
        said.append(("", "", f"class {number} at {energies} MeV: {text}"))
    return said


def _of_part(row: Mapping[str, object]) -> list[tuple[str, str, str]]:
    event, probe, found = str(row["event"]), str(row["probe"]), []
    for column, text in (("missing_days", "no file of"), ("damaged_days", "damaged file of")):
        value = row[column]
        if isinstance(value, str) and value:
            found.append((event, probe, f"{text} {value}"))
    clustered, local = int(str(row["with_data"])), int(str(row["flag_no_mapping"]))
    if local > MANY * max(clustered, 1):
        part = f"{local} of {row['records']} records of part {row['part']}"
        found.append((event, probe, f"{part} are not mapped to the equator: B missing"))
    return found
