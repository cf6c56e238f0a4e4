"""Region lists and the crossing list of all events, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from magnetoflow.mms_gmm.regions import REGIONS, region_crossings, region_intervals

CROSSING_COLUMNS = (
    "event",
    "time",
    "probe",
    "type",
    "from_region",
    "to_region",
    "uncertainty_s",
    "confidence",
    "clean",
)


def region_lists(labels: pd.DataFrame, *, min_minutes: int) -> dict[str, pd.DataFrame]:
    """List the stays in each region.

    Parameters
    ----------
    labels : DataFrame
        Rows of ``regions.csv``, events one after the other.
    min_minutes : int [min]
        Shorter stays are left out.

    Returns
    -------
    dict of str to DataFrame
        By region: ``start, stop, probe``; `stop` is the last second of the last minute.
    """
    rows: dict[str, list[tuple[object, ...]]] = {region: [] for region in REGIONS}
    for _, part in labels.groupby("event", sort=False):
        found = region_intervals(
            part["time"].to_numpy(), part["named_label"].to_numpy(dtype=object), min_minutes
        )
        for one in found:
            rows[one.region].append((one.start, one.stop, int(part["probe"].iloc[0])))
    return {
        region: pd.DataFrame(found, columns=["start", "stop", "probe"]).astype(
            {"start": "datetime64[ns]", "stop": "datetime64[ns]", "probe": "int64"}
        )
        for region, found in rows.items()
    }


def crossing_table(labels: pd.DataFrame, *, stable_minutes: int, max_unknown: float) -> pd.DataFrame:
    """List the changes of region.

    Parameters
    ----------
    labels : DataFrame
        Rows of ``regions.csv``, events one after the other.
    stable_minutes : int [min]
        Length of the window on each side for ``confidence`` and ``clean``.
    max_unknown : float
        Largest share of unknown minutes on a clean side.

    Returns
    -------
    DataFrame
        ``event, time, probe, type, from_region, to_region, uncertainty_s, confidence, clean``; see
        :class:`magnetoflow.mms_gmm.regions.Crossing`. ``clean`` is 0 or 1.
    """
    rows: list[tuple[object, ...]] = []
    for event, part in labels.groupby("event", sort=False):
        found = region_crossings(
            part["time"].to_numpy(),
            part["named_label"].to_numpy(dtype=object),
            part[[f"p_{region}" for region in REGIONS]].to_numpy(dtype=np.float64),
            stable_minutes=stable_minutes,
            max_unknown=max_unknown,
        )
        probe = int(part["probe"].iloc[0])
        rows += [
            (
                event,
                one.time,
                probe,
                one.kind,
                one.from_region,
                one.to_region,
                one.uncertainty_s,
                one.confidence,
                int(one.clean),
            )
            for one in found
        ]
    table = pd.DataFrame(rows, columns=list(CROSSING_COLUMNS))
    return table.astype({"time": "datetime64[ns]", "probe": "int64", "clean": "int64"})
