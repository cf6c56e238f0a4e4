"""Pulsating patches inside intervals of pulsating aurora: how many, and with which periods."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ("patches", "period_s", "period_low_s", "period_high_s")


def with_periods(intervals: pd.DataFrame, patches: pd.DataFrame) -> pd.DataFrame:
    """Add to each interval the patches whose window has its middle inside.

    Parameters
    ----------
    intervals : DataFrame
        ``site``, ``start``, ``stop``.
    patches : DataFrame
        ``site``, ``start``, ``stop``, ``period_s``.

    Returns
    -------
    DataFrame
        With `COLUMNS` before ``source``: number of patches, median of their periods as observed [s], and the
        quartiles; empty where there is no patch.
    """
    rows: list[tuple[float, ...]] = []
    middle = patches["start"] + (patches["stop"] - patches["start"]) / 2 if len(patches) else None
    for one in intervals.itertuples():
        if middle is None:
            rows.append((0, np.nan, np.nan, np.nan))
            continue
        inside = (patches["site"] == one.site) & (middle >= one.start) & (middle < one.stop)
        periods = patches.loc[inside, "period_s"].to_numpy(dtype=float)
        quartiles = np.quantile(periods, (0.5, 0.25, 0.75)) if len(periods) else [np.nan] * 3
        rows.append((len(periods), *(float(f"{value:.6g}") for value in quartiles)))
    added = pd.DataFrame(rows, columns=list(COLUMNS), index=intervals.index)
    place = intervals.columns.get_loc("source")
    assert isinstance(place, int)
    before, after = intervals.iloc[:, :place], intervals.iloc[:, place:]
    return pd.concat([before, added, after], axis=1)
