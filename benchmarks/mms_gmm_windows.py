"""Score region models on real labelled windows: the shipped model, and mixtures fitted on other passes.

``python benchmarks/mms_gmm_windows.py [--data FOLDER] [--shuffles N]``. Most windows are neighbours in time,
so folds are made of whole blocks: a block ends where the label changes or the spacecraft moved on.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy; matrices this small are slower in threads

import h5py
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, confusion_matrix, f1_score

import magnetoflow.mms_gmm
from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.models import read_region_model
from magnetoflow.mms_gmm.fitting import FitOptions, fit_regions
from magnetoflow.mms_gmm.mixture import RegionModel, posterior
from magnetoflow.mms_gmm.regions import REGIONS
from magnetoflow.mms_gmm.robust import RobustFeatures, robust_features
from magnetoflow.mms_gmm.selection import feature_matrix

SHIPPED = Path(magnetoflow.mms_gmm.__file__).parent / "model"
WINDOWS = "labels/mms_regions_training.h5"
ENERGY_EV = np.geomspace(11.33, 26584.79, 32)  # the table of 2015; the file has none
NEAR_RE = 0.1
FOLDS = 5
UNKNOWN = -1
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """Feature table, label (0 to 3 as in REGIONS, 4 plasma sheet, 5 lobe) and block of each window."""

    columns: dict[str, NDArray[np.float64]]
    label: Labels
    block: Labels

    def take(self, rows: NDArray[np.bool_]) -> Windows:
        """Return some of the windows."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Windows(columns, self.label[rows], self.block[rows])


def read_windows(path: Path) -> Windows:
    """Features of the mean spectrum and mean field of each window."""
    with h5py.File(path) as file:
        flux = file["flux"][:].astype(np.float64).mean(axis=1)
        b_nt, _, x_re = np.moveaxis(file["parameters"][:], 2, 0)
        label = file["labels"][:]
    features = robust_features(flux, np.tile(ENERGY_EV, (len(flux), 1)))
    columns = {field.name: getattr(features, field.name) for field in fields(RobustFeatures)}
    columns |= {"b_nt": np.nanmean(b_nt, axis=1), "zeroed": np.zeros(len(flux))}
    return Windows(columns, label, blocks(label, np.nanmedian(x_re, axis=1)))


def blocks(label: Labels, x_re: NDArray[np.float64]) -> Labels:
    """Count the block that each window belongs to; a window without position starts a block."""
    near = np.abs(np.diff(x_re)) <= NEAR_RE
    return np.concatenate([[0], np.cumsum((np.diff(label) != 0) | ~near)])


def folds(windows: Windows, seed: int) -> Labels:
    """Fold of each window: the blocks of each label are dealt out in random order."""
    rng = np.random.default_rng(seed)
    fold = np.zeros(windows.block.max() + 1, dtype=np.int64)
    for number, label in enumerate(np.unique(windows.label)):
        members = rng.permutation(np.unique(windows.block[windows.label == label]))
        fold[members] = (np.arange(len(members)) + number) % FOLDS
    return fold[windows.block]


def predicted(model: RegionModel, windows: Windows) -> Labels:
    """Most probable region of each window, `UNKNOWN` where it has less than half of the probability."""
    region = posterior(model, feature_matrix(windows.columns, model.features)).region
    region = np.nan_to_num(region)
    return np.where(region.max(axis=1) >= 0.5, region.argmax(axis=1), UNKNOWN)


def cross_fitted(windows: Windows, seed: int) -> tuple[Labels, Labels, list[str]]:
    """Label each fold with a mixture that was fitted and named on the others, without any label."""
    fold, found, notes = folds(windows, seed), np.full(len(windows.label), UNKNOWN), []
    for number in range(FOLDS):
        test = fold == number
        try:
            model, sweep = fit_regions(windows.take(~test).columns, FitOptions(bootstrap=0), trained_on="")
        except MagnetoflowError as error:
            notes.append(f"fold {number + 1}: {error.what}: {error}")
            continue
        best = next(one for one in sweep if one.chosen)
        notes.append(f"fold {number + 1}: {best.components} components, {best.covariance}")
        found[test] = predicted(model, windows.take(test))
    return found, fold, notes


def macro_f1(truth: Labels, found: Labels) -> float:
    """Mean F1 over the regions that are there."""
    return float(f1_score(truth, found, average="macro", labels=np.unique(truth)))


def spread(windows: Windows, found: Labels, groups: Labels) -> str:
    """Macro-F1 of each fold and share of right labels of each block, in words."""
    scores = [macro_f1(windows.label[groups == g], found[groups == g]) for g in np.unique(groups)]
    right = [
        (found[windows.block == b] == windows.label[windows.block == b]).mean()
        for b in np.unique(windows.block)
    ]
    return (
        f"folds {np.mean(scores):.3f} +- {np.std(scores):.3f}, worst {np.min(scores):.3f}; right labels of "
        f"{len(right)} blocks: mean {np.mean(right):.3f}, worst {np.min(right):.3f}"
    )


def report(title: str, windows: Windows, found: Labels, fold: Labels) -> None:
    """Print the scores and the confusion of one labelling."""
    score, rand = macro_f1(windows.label, found), adjusted_rand_score(windows.label, found)
    print(f"\n{title}: macro-F1 {score:.4f}, ARI {rand:.4f}")
    print(f"  {spread(windows, found, fold)}")
    table = confusion_matrix(windows.label, found, labels=[*range(len(REGIONS)), UNKNOWN])[: len(REGIONS)]
    print("  true \\ found " + "".join(f"{name[:12]:>14}" for name in (*REGIONS, "unknown")))
    for name, row in zip(REGIONS, table, strict=True):
        print(f"  {name:<13}" + "".join(f"{count:>14}" for count in row))


def main() -> None:
    """Read the windows and print both scores."""
    parser = argparse.ArgumentParser(description="scores of region models on real labelled windows")
    default = os.environ.get("MAGNETOFLOW_REAL", "../shared/real")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with the real data")
    parser.add_argument("--shuffles", type=int, default=3, help="ways to deal blocks to folds")
    arguments = parser.parse_args()
    path = arguments.data / WINDOWS
    if not path.is_file():
        sys.exit(f"no labelled windows: {path} is not there; name the folder of the real data by --data")
    windows = read_windows(path)
    model = read_region_model(SHIPPED)
    print(f"{path.name}: {len(windows.label)} windows, energy table of 2015 assumed; model {model.id}")
    four = windows.take(windows.label < len(REGIONS))
    found = predicted(model, four)
    report("(a) shipped model, four regions", four, found, folds(four, 0))
    magnetosphere = REGIONS.index("magnetosphere")
    merged = Windows(windows.columns, np.minimum(windows.label, magnetosphere), windows.block)
    title = "(a) shipped model, plasma sheet and lobe as magnetosphere"
    report(title, merged, predicted(model, merged), folds(windows, 0))
    for seed in range(arguments.shuffles):
        begin = time.perf_counter()
        found, fold, notes = cross_fitted(four, seed)
        report(f"(b) mixture of the other blocks, shuffle {seed + 1}", four, found, fold)
        print("  " + "; ".join(notes) + f"; {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
