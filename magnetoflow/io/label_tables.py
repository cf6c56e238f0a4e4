"""Labels of records on disk: CSV for each part, and all of them as one CSV and one Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.io.tables import FORMULA

BLOCK_BYTES = 8 << 20
"""Read of a CSV file at a time."""
TEXTS = ("event", "probe", "class_name", "source", "model")


def write_labels(path: str | Path, frame: pd.DataFrame) -> None:
    """Write the labels of one part as CSV, as :func:`magnetoflow.io.tables.write_csv` but faster.

    Parameters
    ----------
    path : path
    frame : DataFrame
        Of :func:`magnetoflow.rept_pad.tables.label_rows`.
    """
    texts = {name: [_harmless(one) for one in frame[name].unique()] for name in TEXTS}
    columns: dict[str, pa.Array] = {}
    for name in frame.columns:
        if name == "time":
            stamps = frame[name].to_numpy().astype("datetime64[ns]")
            unit: Literal["ns", "ms"] = "ns" if (stamps.astype(np.int64) % 10**6).any() else "ms"
            columns[name] = pa.array(np.char.add(np.datetime_as_string(stamps, unit=unit), "Z"))
        elif name in TEXTS:
            places = pd.factorize(frame[name])[0].astype(np.int32)
            columns[name] = pa.DictionaryArray.from_arrays(places, pa.array(texts[name], pa.string())).cast(
                pa.string()
            )
        else:
            columns[name] = pa.array(frame[name].to_numpy(), from_pandas=True)
    options = pcsv.WriteOptions(quoting_style="needed", quoting_header="none")
    with atomic_path(path) as part:
        pcsv.write_csv(pa.table(columns), part, options)


def _harmless(text: object) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if str(text).startswith(FORMULA) else str(text)


def write_parquet(paths: Sequence[str | Path], output: str | Path) -> None:
    """Write labels from CSV files as one Parquet file, a block at a time.

    Parameters
    ----------
    paths : sequence of path
        One or more files of the same columns, in the order of the result.
    output : path
        Times are UTC to the nanosecond, probabilities float32, texts dictionaries.

    Raises
    ------
    MagnetoflowError
        A file is no such table, or its columns differ from those of the first.
    """
    schema = schema_of(_header(paths[0]))
    with atomic_path(output) as part, pq.ParquetWriter(part, schema, compression="zstd") as target:
        for path in paths:
            if _header(path) != schema.names:
                raise MagnetoflowError(
                    "tables with different columns cannot be merged",
                    where=path,
                    why=f"expected the columns {', '.join(schema.names)}",
                    todo="remove the work folder of the event and run again",
                )
            _copy(path, schema, target)


def schema_of(columns: Sequence[str]) -> pa.Schema:
    """Types of the columns of a table of labels."""
    types: dict[str, pa.DataType] = {name: pa.dictionary(pa.int32(), pa.string()) for name in TEXTS}
    types |= {"time": pa.timestamp("ns", tz="UTC"), "class_id": pa.int16(), "quality": pa.uint16()}
    probability = {name: pa.float32() for name in columns if name.startswith("p_")}
    return pa.schema([(name, (types | probability).get(name, pa.float64())) for name in columns])


def _header(path: str | Path) -> list[str]:
    try:
        with Path(path).open(encoding="utf-8") as stream:
            return stream.readline().rstrip("\n").split(",")
    except (OSError, UnicodeDecodeError) as error:
        raise MagnetoflowError("table cannot be read", where=path, why=str(error)) from error


def _copy(path: str | Path, schema: pa.Schema, target: pq.ParquetWriter) -> None:
    plain = {one.name: pa.string() if one.name in TEXTS else one.type for one in schema}
    convert = pcsv.ConvertOptions(column_types=plain, strings_can_be_null=False, null_values=[""])
    read = pcsv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False)
    try:
        with pcsv.open_csv(path, read_options=read, convert_options=convert) as batches:
            for batch in batches:
                target.write_table(pa.Table.from_batches([batch]).cast(schema))
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise MagnetoflowError("table cannot be read", where=path, why=str(error).splitlines()[0]) from error
