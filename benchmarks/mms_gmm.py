"""Speed of mms_gmm, side by side with what a user would use instead: `python benchmarks/mms_gmm.py`.

First the published features: our compiled loop against the definition written row by row with SciPy, on one
core, in one run, on the same spectra. Then one probe-year of minutes through features and labels: seconds and
memory.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from scipy.signal import find_peaks, peak_widths
from scipy.stats import ConstantInputWarning, pearsonr

import magnetoflow.mms_gmm
from magnetoflow.io.models import read_region_model
from magnetoflow.mms_gmm.features import feature_table
from magnetoflow.mms_gmm.labels import LabelOptions, label_minutes
from magnetoflow.mms_gmm.minutes import MINUTE, MinuteTable
from magnetoflow.mms_gmm.reference import reference_features
from magnetoflow.mms_gmm.tables import feature_frame
from magnetoflow.sample.plan import DEMO, PROBE_DAYS
from magnetoflow.sample.plasma import simulate
from magnetoflow.sample.train_mms_gmm import minutes_of

ROWS_SCIPY = 4_000
ROWS_OURS = 400_000
REPEATS = 5
YEAR = 525_600
SHIPPED = Path(magnetoflow.mms_gmm.__file__).parent / "model"


def correlation(x, y):
    """Pearson r by dot products: what is left of pearsonr without its p-value."""
    x, y = x - x.mean(), y - y.mean()
    norm = np.sqrt((x @ x) * (y @ y))
    return (x @ y) / norm if norm > 0 else np.nan


def by_row(flux, energy_ev, *, pearson):
    """Return (ratio_max_width, ratio_high_low, r) of one spectrum, as the definition reads."""
    levels = np.log10(flux + 1e-6)
    fast = energy_ev > 300
    r = pearson(energy_ev[fast], levels[fast])
    peaks, found = find_peaks(levels, height=1, prominence=0.2, width=1)
    low = levels[energy_ev < 100].mean()
    if len(peaks) == 0 or low == 0 or r > 0.7:
        return 0.0, 0.0, r
    peak = peaks[np.argmax(found["peak_heights"])]
    left = peak_widths(levels, [peak], rel_height=0.5)[2][0]
    return 2 * (peak - left) / 32, levels[energy_ev > 4000].mean() / low, r


def scipy_rows(flux, energy_ev, pearson):
    """Row by row, with the seconds that it took."""
    start = time.perf_counter()
    rows = np.array([by_row(f, e, pearson=pearson) for f, e in zip(flux, energy_ev, strict=True)])
    return rows, time.perf_counter() - start


def sample_minutes():
    """Minutes of the sample's demo days that have a spectrum."""
    tables = [minutes_of(simulate(day)) for day in PROBE_DAYS if day.role == DEMO]
    flux, energy, field = (
        np.concatenate([getattr(one, name) for one in tables]) for name in ("flux", "energy_ev", "b_nt")
    )
    # the definition needs channels below 100 eV, which the solar-wind table does not have
    good = np.isfinite(flux).all(axis=1) & (energy.min(axis=1) < 100)
    return flux[good], energy[good], field[good]


def many(flux, energy, field, size):
    """Sample minutes over and over, each time with other noise of 10 %."""
    rng = np.random.default_rng(1)
    rows = np.arange(size) % len(flux)
    return flux[rows] * np.exp(0.1 * rng.standard_normal((size, flux.shape[1]))), energy[rows], field[rows]


def features():
    """Compare speeds and values."""
    flux, energy, _ = many(*sample_minutes(), ROWS_OURS)
    start = time.perf_counter()
    reference_features(flux[:10], energy[:10])
    first = time.perf_counter() - start
    ours = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        got = reference_features(flux, energy)
        ours.append(time.perf_counter() - start)
    ours_rate = ROWS_OURS / np.median(ours)
    print(
        f"published features of {ROWS_OURS} spectra on one core; first call (compile or load) {first:.2f} s"
    )
    print(f"  magnetoflow           {ours_rate:12.0f} spectra/s (median of {REPEATS})")

    def plain(x, y):
        return pearsonr(x, y).statistic

    for label, pearson in (("SciPy row by row", plain), ("SciPy, own Pearson r", correlation)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConstantInputWarning)
            rows, seconds = scipy_rows(flux[:ROWS_SCIPY], energy[:ROWS_SCIPY], pearson)
        rate = ROWS_SCIPY / seconds
        columns = (got.ratio_max_width, got.ratio_high_low, got.pseudofeature)
        worst = max(float(np.abs(c[:ROWS_SCIPY] - r).max()) for c, r in zip(columns, rows.T, strict=True))
        print(f"  {label:<21} {rate:12.0f} spectra/s: {ours_rate / rate:.0f} times; difference {worst:.1e}")


def year():
    """One probe-year of minutes through features and labels."""
    flux, energy, field = many(*sample_minutes(), YEAR)
    none = np.full((YEAR, 3), np.nan)
    count = np.full(YEAR, 13)
    minutes = MinuteTable(
        np.datetime64("2017-01-01", "ns") + np.arange(YEAR) * MINUTE,
        energy, flux, field, none, count, count, np.zeros(YEAR, dtype=np.int64),
    )  # fmt: skip
    model = read_region_model(SHIPPED)
    feature_table(minutes)  # compiled code is loaded
    start = time.perf_counter()
    frame = feature_frame("year", 1, feature_table(minutes))
    middle = time.perf_counter()
    label_minutes(frame, model, LabelOptions())
    stop = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"one probe-year, {YEAR} minutes: features {middle - start:.1f} s, labels {stop - middle:.1f} s")
    print(f"  peak memory {peak:.2f} GB, the {flux.nbytes / 2**30:.2f} GB of the spectra twice included")


if __name__ == "__main__":
    if sys.argv[1:] == ["year"]:
        year()
    else:
        features()
        subprocess.run([sys.executable, __file__, "year"], check=True)
