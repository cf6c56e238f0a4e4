"""Classes of an array file the plain way: one float64 array in memory, scikit-learn as its manual shows it.

`python benchmarks/rept_pad_plain.py FILE TRUTH COUNT` takes the first COUNT records and prints JSON. A step
that takes more memory than the machine has, or more than LIMIT_S, is listed with what ended it.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import h5py
import numpy as np
import psutil  # type: ignore[import-untyped]
from sklearn.cluster import KMeans, MeanShift, estimate_bandwidth
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

LIMIT_S = 1200
UNBINNED = 6000
"""Records of mean shift with a start in each; published scripts take as many for the bandwidth."""
PLANTED = 6
ENOUGH = 10.0
"""Expected counts in the bin around 90 degrees at 3.4 MeV."""


class Steps:
    """Steps with their seconds and the peak of the memory until then."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []

    def run(self, name: str, work: Callable[[], Any]) -> Any:
        """Do a step; None where it cannot be done."""
        begin = time.perf_counter(), time.process_time()
        signal.alarm(LIMIT_S)
        result, ended = None, ""
        try:
            result = work()
        except (MemoryError, TimeoutError) as error:
            ended = type(error).__name__
        signal.alarm(0)
        wall, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.done.append({"step": name, "wall_s": wall, "cpu_s": cpu, "peak_mib": peak, "ended": ended})
        return result


def load(path: str, count: int) -> np.ndarray:
    """Vectors of 204 numbers; what is missing is 0, as published."""
    with h5py.File(path) as file:
        return np.asarray(np.nan_to_num(file["flux"][:count].astype(np.float64).reshape(count, -1)))


def normalised(flux: np.ndarray) -> np.ndarray:
    """Each record over its maximum; empty records stay 0."""
    largest = flux.max(axis=1, keepdims=True)
    return flux / np.where(largest > 0, largest, 1.0)


def scores_of(steps: Steps, path: str, count: int) -> np.ndarray | None:
    """Three scores of each record."""
    flux = steps.run("read into one float64 array", lambda: load(path, count))
    x = flux if flux is None else steps.run("max normalisation", lambda: normalised(flux))
    return None if x is None else steps.run("PCA(3)", lambda: PCA(3).fit_transform(x))


def by_kmeans(scores: np.ndarray, k: int) -> np.ndarray:
    """Labels of all records."""
    return np.asarray(KMeans(k, n_init=10, random_state=0).fit(scores).predict(scores))


def stop(*_: object) -> None:
    """End a step that takes too long."""
    raise TimeoutError


def main(path: str, truth: str, count: int) -> dict[str, Any]:
    signal.signal(signal.SIGALRM, stop)
    room = psutil.virtual_memory().available
    resource.setrlimit(resource.RLIMIT_DATA, (room, room))
    steps = Steps()
    scores = scores_of(steps, path, count)
    if scores is None:
        return {"fits": False, "steps": steps.done}
    return classes_of(steps, scores, truth)


def classes_of(steps: Steps, scores: np.ndarray, truth: str) -> dict[str, Any]:
    """Count classes by mean shift, and compare those of k-means with what was planted."""
    count = len(scores)
    planted = np.load(truth)
    bright = (planted["class_id"][:count] > 0) & (planted["expected"][:count] >= ENOUGH)
    part = scores[np.random.default_rng(0).choice(count, min(count, UNBINNED), replace=False)]
    width = steps.run(
        "bandwidth",
        lambda: estimate_bandwidth(scores, quantile=0.1, n_samples=min(count, UNBINNED), random_state=0),
    )
    shift = steps.run(
        "MeanShift, binned starts", lambda: MeanShift(bandwidth=width, bin_seeding=True).fit(scores)
    )
    whole = steps.run(
        f"MeanShift, all starts, {len(part)} records", lambda: MeanShift(bandwidth=width).fit(part)
    )
    found = {
        name: None if one is None else len(one.cluster_centers_)
        for name, one in (("binned starts", shift), ("all starts", whole))
    }
    agreement = {}
    for k in dict.fromkeys(one for one in (found["binned starts"], PLANTED) if one):
        labels = steps.run(
            f"KMeans({k}), labels of all",
            partial(by_kmeans, scores, k),
        )
        if labels is not None:
            agreement[str(k)] = adjusted_rand_score(planted["class_id"][:count][bright], labels[bright])
    return {"fits": True, "steps": steps.done, "classes": found, "ari": agreement, "bandwidth": width}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
