"""Train the region model that ships: ``python -m magnetoflow.sample.train_mms_gmm [FOLDER]``.

The mixture of each region is fitted to simulated minutes of the training days that lie wholly in it; the
probabilities and the outlier limit are calibrated on other days. No demo day and no real data take part.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import magnetoflow.mms_gmm
from magnetoflow.io.models import write_region_model
from magnetoflow.io.tables import write_csv
from magnetoflow.mms_gmm.features import feature_table
from magnetoflow.mms_gmm.fitting import FitOptions, fit_regions
from magnetoflow.mms_gmm.minutes import MinuteTable, minute_table
from magnetoflow.mms_gmm.mixture import RegionModel, fit_temperature, posterior
from magnetoflow.mms_gmm.regions import REGIONS
from magnetoflow.mms_gmm.robust import RobustFeatures
from magnetoflow.mms_gmm.selection import Candidate, feature_matrix
from magnetoflow.mms_gmm.tables import selection_frame
from magnetoflow.sample.plan import CALIBRATION, PROBE_DAYS, TRAINING, ProbeDay
from magnetoflow.sample.plasma import SampleDay, simulate
from magnetoflow.sample.truth import minute_truth
from magnetoflow.series import IonSpectra, Series
from magnetoflow.workflow.code_hash import code_hash

Floats = NDArray[np.float64]

FOLDER = Path(magnetoflow.mms_gmm.__file__).parent / "model"
SCRIPT = "magnetoflow/sample/train_mms_gmm.py"
OPTIONS = FitOptions(
    components=(6, 12, 18, 24),  # shared by the six regions of the sample
    covariances=("full", "diag"),
    min_weight=0.01,  # a component of less describes single stays
)
NAMED = {"plasma_sheet": "magnetosphere", "lobe": "magnetosphere"}
"""Regions of the sample that the study does not tell apart from another one."""
LIMIT_QUANTILE = 0.995
"""Share of the calibration minutes within the outlier limit."""


@dataclass(frozen=True)
class KnownMinutes:
    """Features and true region of minutes.

    Attributes
    ----------
    columns : dict of str to (minute,) ndarray
        The feature table.
    region : (minute,) ndarray of str
        Region of the sample; empty where the minute holds several plasmas.
    """

    columns: dict[str, Floats]
    region: NDArray[np.str_]


def minutes_of(day: SampleDay) -> MinuteTable:
    """Minute table of a simulated day, as the study makes it of files without faults."""
    plan = day.probe_day
    spectra = IonSpectra(day.time, day.flux, day.energy_ev)
    return minute_table(spectra, Series("b", day.b_time, day.b_nt, "nT"), None, plan.start, plan.stop)


def known_minutes(days: Sequence[ProbeDay]) -> KnownMinutes:
    """Features and true region of all minutes of some days.

    Parameters
    ----------
    days : sequence of ProbeDay

    Returns
    -------
    KnownMinutes
    """
    tables, regions = [], []
    for plan in days:
        day = simulate(plan)
        features, truth = feature_table(minutes_of(day)), minute_truth(day)
        robust = {field.name: getattr(features.robust, field.name) for field in fields(RobustFeatures)}
        tables.append({**robust, "b_nt": features.b_nt, "zeroed": features.reference.zeroed})
        regions.append(np.where(truth.pure, truth.region, ""))
    columns = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return KnownMinutes(columns, np.concatenate(regions))


def calibrated(model: RegionModel, known: KnownMinutes) -> RegionModel:
    """Set temperature and outlier limit by minutes that took no part in the fit."""
    rows = known.region != ""
    values = feature_matrix(known.columns, model.features)[rows]
    truth = np.array([REGIONS.index(NAMED.get(name, name)) for name in known.region[rows].tolist()])
    limit = float(np.quantile(posterior(model, values).outlier, LIMIT_QUANTILE))
    return replace(model, temperature=fit_temperature(model, values, truth), outlier_limit=limit)


def train() -> tuple[RegionModel, list[Candidate]]:
    """Train the shipped model.

    Returns
    -------
    RegionModel
    list of Candidate
        The whole sweep.
    """
    training, calibration = (
        known_minutes([day for day in PROBE_DAYS if day.role == role]) for role in (TRAINING, CALIBRATION)
    )
    recipe = f"{json.dumps(asdict(OPTIONS), sort_keys=True)} {code_hash(SCRIPT)}"
    model, candidates = fit_regions(
        training.columns,
        OPTIONS,
        trained_on="synthetic sample data",
        recipe=hashlib.sha256(recipe.encode()).hexdigest(),
        groups=training.region,
    )
    return calibrated(model, calibration), candidates


def main(arguments: Sequence[str]) -> None:
    """Train the model and write it to the folder named, or to that of the package."""
    folder = Path(arguments[0]) if arguments else FOLDER
    model, candidates = train()
    folder.mkdir(parents=True, exist_ok=True)
    write_region_model(folder, model)
    write_csv(folder / "selection.csv", selection_frame(candidates))


if __name__ == "__main__":
    main(sys.argv[1:])
