"""Score smoothers on real published outputs and human labels, leave-one-site-out, from text files alone.

``python benchmarks/aurora_smoothing.py [--data FOLDER] [--no-nested]``. Row k of a file in time order is
frame k of the human intervals; rows beyond the last labelled frame do not count. Two lines are ours: fixed
options (the defaults of the package), and options that were chosen for each scored site from a menu by the
other sites alone. Below each score: 90 % interval of a bootstrap over camera-days.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy; matrices this small are slower in threads

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.evaluation import (
    bootstrap,
    bootstrap_calibration,
    confusion_by_camera_day,
    score,
    winners,
)
from magnetoflow.aurora.smoothing import MeanSmoother, Smoother, with_states
from magnetoflow.aurora.smoothing_calibration import best_temperature, brier, tempered
from magnetoflow.aurora.smoothing_fit import (
    CameraDay,
    FitOptions,
    Unit,
    fit_member,
    fit_smoother,
    fit_states,
    labels_of,
    prepare,
)
from magnetoflow.aurora.smoothing_plain import fit_hidden_markov
from magnetoflow.io.fit_smoother import INTERVALS, published_days

Floats = NDArray[np.float64]
Choice = tuple[float, tuple[float, ...], float]

SITE_WEIGHTS = (0.0, 1.0)
STRENGTHS = ((10.0,), (10.0, 30.0), (30.0, 100.0))
STATE_SHARES = (0.0, 0.5, 1.0)
MENU: list[Choice] = list(product(SITE_WEIGHTS, STRENGTHS, STATE_SHARES))
OPTIONS = replace(FitOptions(), uses="winner")
FAST = replace(OPTIONS, every=8)


def smoothed(smoother: Smoother, days: Sequence[CameraDay]) -> tuple[Floats, NDArray[np.int64]]:
    """Probabilities and labels of the frames of one site, its camera-days joined, in the days' order."""
    moment, table = (np.concatenate([getattr(day, key) for day in days]) for key in ("time", "probabilities"))
    found = smoother.predict(moment, table, days[0].latitude_deg, days[0].longitude_deg)
    probabilities, label = np.empty_like(table), np.empty(len(table), np.int64)
    probabilities[found.row], label[found.row] = found.probabilities, found.label
    return probabilities, label


def report(
    title: str,
    days: Sequence[CameraDay],
    table: Floats,
    label: NDArray[np.int64] | None = None,
    against: dict[str, NDArray[np.int64]] | None = None,
) -> dict[str, NDArray[np.int64]]:
    """Print one line of scores with intervals below, also of the gain over another line's confusions."""
    truth = np.concatenate([day.label for day in days])
    day = np.concatenate([np.full(len(one.time), f"{one.site} {one.time.min()}"[:15]) for one in days])
    label = winners(table) if label is None else label
    ours = score(truth, table, found=label, day=day)
    confusions = confusion_by_camera_day(truth, label, day)
    bounds = bootstrap(confusions)
    print(
        f"{title:<22}{ours.accuracy:9.3f}{ours.kappa:9.3f}{ours.macro_f1:9.3f}{ours.pulsating_f1:9.3f}"
        f"{ours.ece:9.3f}{100 * ours.flicker:9.2f} %   " + " ".join(f"{value:.3f}" for value in ours.f1)
    )
    limits = [bounds[key] for key in ("accuracy", "kappa", "macro_f1", "pulsating_f1")]
    limits.append(bootstrap_calibration(truth, table, day))
    print(
        f"{'':<22}" + "".join(f" .{100 * one.low:02.0f}-.{100 * one.high:02.0f}".rjust(9) for one in limits)
    )
    if against is not None:
        gain = bootstrap(confusions, against=against)
        limits = [gain[key] for key in ("accuracy", "kappa", "macro_f1", "pulsating_f1")]
        text = "".join(f"{one.low:+.3f}..{one.high:+.3f}  " for one in limits)
        print(f"{'  gain over the HMM':<22}{text}")
    return confusions


class Nested:
    """Members that were fitted without one or two sites, each fitted once."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = units
        left = [(a,) for a in range(len(units))] + list(combinations(range(len(units)), 2))
        strengths = sorted({one for several in STRENGTHS for one in several})
        self.found: dict[tuple[object, ...], Floats] = {}
        for weight, strength, windows, out in product(SITE_WEIGHTS, strengths, FAST.windows, left):
            others = [unit for k, unit in enumerate(units) if k not in out]
            member = fit_member(others, windows, strength, replace(FAST, site_weight=weight))
            for k in out:
                self.found[weight, strength, windows, out, k] = member.probabilities(
                    units[k].columns[windows]
                )

    def tables(self, choice: Choice, without: int | None = None) -> dict[int, Floats]:
        """Probabilities of the blocks of each site, by members fitted without it and without one more."""
        weight, strengths, share = choice
        tables = {}
        for k, unit in enumerate(self.units):
            if k == without:
                continue
            out = tuple(sorted({k} | ({without} if without is not None else set())))
            keys = product(strengths, FAST.windows)
            mean = np.mean([self.found[weight, c, windows, out, k] for c, windows in keys], axis=0)
            others = [one for j, one in enumerate(self.units) if j not in out]
            states = fit_states(others, replace(FAST, state_share=share))
            tables[k] = with_states(mean, unit.blocks, states)
        return tables

    def chosen(self, site: int) -> tuple[Choice, float]:
        """Choice of least Brier score on the other sites, by members without them, and its temperature."""
        best: tuple[float, Choice, float] | None = None
        others = [unit for k, unit in enumerate(self.units) if k != site]
        for choice in MENU:
            table = np.concatenate(list(self.tables(choice, site).values()))
            temperature = best_temperature(table, *labels_of(others))
            error = brier(tempered(table, temperature), *labels_of(others))
            if best is None or error < best[0]:
                best = error, choice, temperature
        return best[1:]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="leave-one-site-out scores of smoothers on real labels")
    default = os.environ.get("MAGNETOFLOW_REAL", "../shared/real")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with the real data")
    parser.add_argument("--no-nested", action="store_true", help="leave the nested choice of options out")
    given = parser.parse_args()
    if not (given.data / INTERVALS).is_file():
        print(f"no real labels: {given.data / INTERVALS} is not there; name the folder by --data. Skipped.")
        sys.exit(0)
    begin = time.perf_counter()
    days = sorted(published_days(given.data), key=lambda day: (day.site, day.time.min()))
    sites = sorted({day.site for day in days})
    mine = [[day for day in days if day.site == site] for site in sites]
    rest = [[day for day in days if day.site != site] for site in sites]
    labelled = sum(int((day.label >= 0).sum()) for day in days)
    print(f"{labelled} labelled frames, {len(days)} camera-days, {len(sites)} sites")
    heads = ("accuracy", "kappa", "macro-F1", "PA F1", "ECE")
    print(" " * 22 + "".join(f"{head:>9}" for head in heads) + f"    flicker   F1 of {', '.join(CLASSES)}")
    for frames in (1, 20, 600):
        mean = MeanSmoother(frames=frames, max_gap_s=np.inf)
        tables = [mean.predict(one.time, one.probabilities, 0.0, 0.0).probabilities for one in days]
        report("raw" if frames == 1 else f"mean of {frames} frames", days, np.concatenate(tables))
    plain = []
    for own, others in zip(mine, rest, strict=True):
        markov = fit_hidden_markov(others, max_gap_s=np.inf)
        plain += [markov.predict(one.time, one.probabilities, 0.0, 0.0) for one in own]
    table, label = (
        np.concatenate([getattr(one, key) for one in plain]) for key in ("probabilities", "label")
    )
    markov_table = report("plain HMM", days, table, label.astype(np.int64))
    fitted = [fit_smoother(others, OPTIONS) for others in rest]
    tables = [smoothed(smoother, own)[0] for smoother, own in zip(fitted, mine, strict=True)]
    report("ours, fixed options", days, np.concatenate(tables), against=markov_table)
    whole = tables
    if not given.no_nested:
        nested, notes, whole = Nested(prepare(days, FAST)), [], []
        for k, site in enumerate(sites):
            choice, temperature = nested.chosen(k)
            picked = f"site weight {choice[0]}, strengths {choice[1]}, share of states {choice[2]}"
            notes.append(f"  {site}: {picked}, temperature {temperature}")
            whole.append(_frames(nested, k, choice, temperature, mine[k]))
        report("ours, nested choice", days, np.concatenate(whole), against=markov_table)
        print("chosen without the scored site:", *notes, sep="\n")
    print("accuracy and PA F1 by site: raw, fixed options, last line")
    for site, own, fixed, last in zip(sites, mine, tables, whole, strict=True):
        truth = np.concatenate([day.label for day in own])
        raw = np.concatenate([day.probabilities for day in own])
        parts = [score(truth, one) for one in (raw, fixed, last)]
        print(f"  {site}  " + "   ".join(f"{one.accuracy:.3f} {one.pulsating_f1:.3f}" for one in parts))
    print(f"{time.perf_counter() - begin:.0f} s, of which {time.process_time():.0f} s on the processor")


def _frames(
    nested: Nested, site: int, choice: Choice, temperature: float, own: Sequence[CameraDay]
) -> Floats:
    """Probabilities of the frames of a site, in the order of its camera-days."""
    unit = nested.units[site]
    blocks = tempered(nested.tables(choice)[site], temperature)
    moment = np.concatenate([day.time for day in own])
    table = np.empty((len(moment), len(CLASSES)))
    table[np.argsort(moment)] = blocks[unit.blocks.of_frame]
    return table


if __name__ == "__main__":
    main()
