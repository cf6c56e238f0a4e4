"""Energy conversion by region: means with the error of correlated samples, medians, quartiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from magnetoflow.errors import VariableError
from magnetoflow.mms_rnn.classes import REGIONS, UNKNOWN

Floats = NDArray[np.float64]
ALL = "all"
MISSING = "missing"
"""Stands for a region where the network had no input."""
BLOCK_S = 1.0
"""Length of the blocks that errors take as independent; several times the correlation time."""
FEWEST_BLOCKS = 4
"""With fewer, the spread of the blocks says nothing of the error: NaN."""
DRAWS = 1000


def by_region(
    labels: pd.DataFrame,
    values: Mapping[str, ArrayLike],
    *,
    column: str = "smoothed_region",
    block_s: float = BLOCK_S,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Describe each quantity in each region, over all events and in each event.

    Parameters
    ----------
    labels : DataFrame
        Rows of the tables of labels of any number of events and spacecraft: ``time``, ``event``, ``probe``,
        ``segment``, ``Predicted`` and `column`.
    values : mapping of str to (row,) array_like [nW/m^3]
        Quantities at the rows, for instance ``j_dot_e_prime``; NaN where missing.
    column : str
        Of the regions.
    block_s : float [s]
        See :func:`mean_error`.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        ``event`` (:data:`ALL` first), ``region``, ``quantity``, ``samples``, ``seconds``, ``blocks``,
        ``mean_nw_m3``, ``error_nw_m3``, ``median_nw_m3``, ``q25_nw_m3``, ``q75_nw_m3``; regions and then
        unknown, which is what had all inputs and got no name. A block holds all spacecraft of its event.
        The error is that of the mean over these intervals, not of what other events would give.

    Raises
    ------
    VariableError
        A quantity has another number of rows than the labels, or a region is none.
    """
    region = region_names(labels, column)
    arrays = {name: _row_values(name, array, len(labels)) for name, array in values.items()}
    event = labels["event"].astype(str).to_numpy()
    block = block_numbers(labels["time"], event, block_s)
    seconds = sample_seconds(labels)
    rows = []
    for one in [ALL, *dict.fromkeys(event)]:
        inside = np.ones(len(labels), dtype=bool) if one == ALL else event == one
        for name in (*REGIONS, UNKNOWN):
            chosen = inside & (region == name)
            rows += [
                {"event": one, "region": name, "quantity": quantity}
                | _describe(array[chosen], block[chosen], seconds[chosen], draws, seed)
                for quantity, array in arrays.items()
            ]
    return pd.DataFrame(rows)


def _describe(
    values: Floats, block: NDArray[np.int64], seconds: Floats, draws: int, seed: int
) -> dict[str, float]:
    known = np.isfinite(values)
    values = values[known]
    mean, error, blocks = mean_error(values, block[known], draws=draws, seed=seed)
    low, middle, high = np.percentile(values, [25, 50, 75]) if len(values) else (np.nan,) * 3
    return {
        "samples": len(values),
        "seconds": float(seconds[known].sum()),
        "blocks": blocks,
        "mean_nw_m3": mean,
        "error_nw_m3": error,
        "median_nw_m3": float(middle),
        "q25_nw_m3": float(low),
        "q75_nw_m3": float(high),
    }


def mean_error(
    values: ArrayLike, block: ArrayLike, *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float, int]:
    """Mean of correlated samples and its standard error, by drawing blocks with replacement.

    Künsch 1989, 10.1214/aos/1176347265, with blocks of fixed times that do not overlap. The spread of the
    drawn means is multiplied by (blocks / (blocks - 1))^1/2, as a variance of few values asks for.

    Parameters
    ----------
    values : (sample,) array_like
        NaN is left out.
    block : (sample,) array_like of int
        Number of the block of each sample.
    draws, seed : int

    Returns
    -------
    mean, error : float
        Error NaN with fewer than :data:`FEWEST_BLOCKS` blocks; both NaN without a value.
    blocks : int
    """
    given = np.asarray(values, dtype=np.float64)
    known = np.isfinite(given)
    given = given[known]
    if len(given) == 0:
        return np.nan, np.nan, 0
    place = np.unique(np.asarray(block)[known], return_inverse=True)[1]
    count = np.bincount(place)
    total = np.bincount(place, weights=given)
    blocks, mean = len(count), float(given.mean())
    if blocks < FEWEST_BLOCKS:
        return mean, np.nan, blocks
    rng = np.random.default_rng(seed)
    times = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws)
    drawn = (times @ total) / (times @ count)
    return mean, float(drawn.std() * np.sqrt(blocks / (blocks - 1))), blocks


def block_numbers(time: pd.Series, event: Iterable[str], block_s: float = BLOCK_S) -> NDArray[np.int64]:
    """Give rows of one event within the same `block_s` of UTC one number, whichever the spacecraft.

    Raises
    ------
    VariableError
        `block_s` is not above 0.
    """
    if not block_s > 0:
        raise VariableError("blocks need a length above 0 s", why=f"found {block_s}")
    slot = utc_ns(time) // round(block_s * 1e9)
    code = pd.factorize(np.asarray(list(event), dtype=object))[0]
    return np.asarray(
        np.unique(np.column_stack([code, slot]), axis=0, return_inverse=True)[1].ravel(), dtype=np.int64
    )


def utc_ns(time: pd.Series) -> NDArray[np.int64]:
    """Nanoseconds since 1970 of a column of UTC times, text or datetime."""
    parsed = pd.to_datetime(time, utc=True, format="ISO8601").dt.tz_localize(None)
    return np.asarray(parsed.to_numpy(dtype="datetime64[ns]").astype(np.int64))


def region_names(labels: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Regions of the rows; :data:`MISSING` where an input is missing, whatever the column says there.

    Raises
    ------
    VariableError
        A column is missing, or holds a name that is no region.
    """
    absent = [name for name in (column, "Predicted") if name not in labels]
    if absent:
        raise VariableError("the table of labels lacks columns", why=f"no {', '.join(absent)}")
    names = labels[column].astype(object).where(labels[column].notna(), UNKNOWN)
    foreign = sorted(set(map(str, names)) - {*REGIONS, UNKNOWN})
    if foreign:
        raise VariableError("labels that are no region", where=column, why=f"found {foreign}")
    return np.asarray(names.where(labels["Predicted"].notna(), MISSING), dtype=object)


def sample_seconds(labels: pd.DataFrame) -> Floats:
    """Time that each row stands for [s]: the median step of its event and spacecraft within segments."""
    seconds = np.full(len(labels), np.nan)
    keys = labels["event"].astype(str) + "/" + labels["probe"].astype(str)
    time, segment = utc_ns(labels["time"]), labels["segment"].to_numpy()
    for rows in keys.groupby(keys, sort=False).indices.values():
        step = np.diff(time[rows])[np.diff(segment[rows]) == 0]
        seconds[rows] = np.median(step) * 1e-9 if len(step) else 0.0
    return seconds


def _row_values(name: str, array: ArrayLike, rows: int) -> Floats:
    values = np.asarray(array, dtype=np.float64)
    if values.shape != (rows,):
        raise VariableError(f"{name} does not fit the labels", why=f"{values.shape} against {rows} rows")
    return values
