"""Crossings of several spacecraft matched to passages of one boundary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from magnetoflow.mms_mp.passages import REGIONS, Crossing


def outbound(crossing: Crossing) -> bool:
    """Whether a crossing leads away from the magnetosphere, layers included."""
    return REGIONS.index(crossing.after) > REGIONS.index(crossing.before)


def _aligned(a: Sequence[float], b: Sequence[float], max_lag_s: float) -> list[tuple[int, int]]:
    """Pair two ascending lists of times in order: as many pairs as possible, then the least sum of lags."""
    cost = np.zeros((len(a) + 1, len(b) + 1))
    lag = np.abs(np.subtract.outer(a, b))
    lag = np.where(lag <= max_lag_s, lag, np.inf)
    skip = max_lag_s  # two skips cost more than any pair
    cost[:, 0], cost[0, :] = skip * np.arange(len(a) + 1), skip * np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost[i, j] = min(
                cost[i - 1, j - 1] + lag[i - 1, j - 1], cost[i - 1, j] + skip, cost[i, j - 1] + skip
            )
    pairs, i, j = [], len(a), len(b)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + lag[i - 1, j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif cost[i, j] == cost[i - 1, j] + skip:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def match(crossings: Mapping[int, Iterable[Crossing]], max_lag_s: float) -> list[dict[int, Crossing]]:
    """Match crossings of several spacecraft: same direction, same order, nearest in time.

    Parameters
    ----------
    crossings : mapping of int to iterable of Crossing
        By probe.
    max_lag_s : float [s]
        Between two crossings of one passage.

    Returns
    -------
    list of dict of int to Crossing
        One per passage, in time order; each crossing is in exactly one. No speed is assumed: what a speed
        predicts can be tested on the result.
    """
    groups: list[dict[int, Crossing]] = []
    for direction in (True, False):
        left = {
            probe: sorted((one for one in some if outbound(one) == direction), key=lambda one: one.time_s)
            for probe, some in sorted(crossings.items())
        }
        while any(left.values()):
            # the one with most crossings leads; what the others have beyond it is matched in the next round
            leader = max(left, key=lambda probe: len(left[probe]))
            led = [{leader: one} for one in left[leader]]
            times = [one.time_s for one in left.pop(leader)]
            for probe, some in left.items():
                pairs = _aligned(times, [one.time_s for one in some], max_lag_s)
                for i, j in pairs:
                    led[i][probe] = some[j]
                taken = {j for _, j in pairs}
                left[probe] = [one for j, one in enumerate(some) if j not in taken]
            groups += [dict(sorted(group.items())) for group in led]
    return sorted(groups, key=lambda group: float(np.mean([one.time_s for one in group.values()])))
