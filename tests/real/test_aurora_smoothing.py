"""Smoothers on real labels and published outputs, leave-one-site-out: what must hold."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import magnetoflow.aurora
from magnetoflow.aurora.evaluation import score
from magnetoflow.aurora.intervals import covered, pulsating_intervals
from magnetoflow.aurora.smoothing import MeanSmoother
from magnetoflow.aurora.smoothing_fit import FitOptions, fit_smoother
from magnetoflow.io.classification_files import find_classifications
from magnetoflow.io.classifications import (
    read_classifications,
    write_classifications,
)
from magnetoflow.io.fit_smoother import INTERVALS, TEXTS, labelled_days
from magnetoflow.io.label_sheets import read_label_sheet
from magnetoflow.io.smoothers import read_smoother

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", "../shared/real"))
SHIPPED = Path(magnetoflow.aurora.__file__).parent / "model" / "smoother_published.json"

pytestmark = pytest.mark.skipif(not (REAL / INTERVALS).exists(), reason="no real labels here")


@pytest.fixture(scope="module")
def tables():
    return {path: read_classifications(path) for _, _, path in find_classifications(REAL / TEXTS)}


@pytest.fixture(scope="module")
def days(tables):
    with threadpool_limits(1):
        yield labelled_days(tables.values(), read_label_sheet(REAL / INTERVALS).rows)


@pytest.fixture(scope="module")
def truth(days):
    return np.concatenate([day.label for day in days])


def names(days):
    return np.concatenate([np.full(len(day.time), f"{day.site} {day.time.min()}"[:15]) for day in days])


def of_site(smoother, days):
    """Probabilities of the camera-days of one site, smoothed together, in the order of the days' rows."""
    time, table = (np.concatenate([getattr(day, key) for day in days]) for key in ("time", "probabilities"))
    smooth = smoother.predict(time, table, days[0].latitude_deg, days[0].longitude_deg)
    found = np.empty_like(table)
    found[smooth.row] = smooth.probabilities
    return np.split(found, np.cumsum([len(day.time) for day in days])[:-1])


def left_out(days, fit):
    """Probabilities of each camera-day by a smoother that was fitted without its site."""
    found = {}
    for site in sorted({day.site for day in days}):
        mine = [index for index, day in enumerate(days) if day.site == site]
        smoother = fit([day for day in days if day.site != site])
        found |= dict(zip(mine, of_site(smoother, [days[k] for k in mine]), strict=True))
    return np.concatenate([found[k] for k in range(len(days))])


def test_published_files_come_back_bit_for_bit(tables, tmp_path):
    assert len(tables) == 38
    assert sum(map(len, tables.values())) == 477_653
    assert sum(table.duplicates for table in tables.values()) == 0
    empty = [path.name for path, table in tables.items() if not len(table)]
    assert empty == ["20191113_snkq_themis_classifications.txt"]
    for path, table in list(tables.items())[::6]:
        write_classifications(tmp_path / "t.txt", table.time, table.prediction, table.confidence)
        rows = sorted(path.read_text().splitlines()[4:])
        assert (tmp_path / "t.txt").read_text().splitlines()[4:] == rows


def test_the_scoring_reproduces_the_known_numbers_of_the_outputs(days, truth):
    raw = score(truth, np.concatenate([day.probabilities for day in days]), day=names(days))
    assert raw.frames == 476_641
    found = (raw.accuracy, raw.macro_f1, raw.pulsating_f1, raw.ece, raw.flicker)
    assert np.round(found, 3).tolist() == [0.616, 0.598, 0.489, 0.174, 0.132]
    mean = MeanSmoother(frames=600, max_gap_s=np.inf)
    tables = [mean.predict(day.time, day.probabilities, 0, 0).probabilities for day in days]
    found = score(truth, np.concatenate(tables))
    assert np.round([found.accuracy, found.macro_f1, found.ece], 3).tolist() == [0.651, 0.631, 0.056]


def test_sites_that_were_left_out_are_labelled_better_than_by_the_plain_hmm(days, truth):
    """Defaults but half the members, for speed; the temperature is fitted inside the six other sites.

    The plain HMM has 0.667, 0.652 and 0.591; `benchmarks/aurora_smoothing.py` measures it again.
    """
    quick = replace(FitOptions(), uses="winner", every=8, strengths=(20.0,))
    found = score(truth, left_out(days, lambda others: fit_smoother(others, quick)))
    assert found.frames == 476_641
    assert found.accuracy > 0.70
    assert found.macro_f1 > 0.69
    assert found.pulsating_f1 > 0.64
    assert found.ece < 0.05


def test_the_shipped_smoother_and_its_intervals_fit_the_labels(days, truth):
    """It was fitted on these labels: a check of the file, not of skill."""
    shipped = read_smoother(SHIPPED)
    assert shipped.uses == "winner"
    found, inside = {}, {}
    for site in sorted({day.site for day in days}):
        mine = [index for index, day in enumerate(days) if day.site == site]
        for k, table in zip(mine, of_site(shipped, [days[k] for k in mine]), strict=True):
            found[k], inside[k] = table, covered(days[k].time, pulsating_intervals(days[k].time, table[:, 3]))
    assert score(truth, np.concatenate([found[k] for k in range(len(days))])).accuracy > 0.74
    inside = np.concatenate([inside[k] for k in range(len(days))])[truth >= 0]
    pulsating = truth[truth >= 0] == 3
    assert 2 * (inside & pulsating).sum() / (inside.sum() + pulsating.sum()) > 0.66
