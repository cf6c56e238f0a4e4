"""The defects M1 to M17 of earlier public scripts, one short test each.

M9, one chain whose steps fit and whose runs leave nothing elsewhere, is tests/workflow/test_sample_run.py.
M10, a typed error with file, variable and reason, is also tests/faults/test_running.py. M17, equality with
the row by row definition, is tests/unit/test_reference.py; its speed is benchmarks/mms_gmm.py.
"""

import re
import tomllib
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from magnetoflow.config.mms_gmm import Load
from magnetoflow.errors import ModelError, VariableError
from magnetoflow.figures.mms_gmm.scatter import add_ellipse
from magnetoflow.io.cdf import read_series
from magnetoflow.io.mms import read_fgm
from magnetoflow.io.models import read_region_model, write_region_model
from magnetoflow.mms_gmm.features import feature_table
from magnetoflow.mms_gmm.fitting import FitOptions, fit_regions
from magnetoflow.mms_gmm.labels import LabelOptions, label_minutes
from magnetoflow.mms_gmm.minutes import MinuteTable
from magnetoflow.mms_gmm.reference import reference_features
from magnetoflow.mms_gmm.regions import REGIONS
from magnetoflow.mms_gmm.robust import robust_features
from magnetoflow.mms_gmm.tables import feature_frame
from magnetoflow.sample.cdf import write_cdf

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "magnetoflow" / "mms_gmm" / "model"
ENERGY = np.geomspace(11.33, 26584.79, 32)
GAP = slice(4, 8)


def beam(energy, centre=1000.0, width=0.25):
    return 1e4 + 1e7 * np.exp(-0.5 * (np.log10(energy / centre) / width) ** 2)


@pytest.fixture(scope="module")
def minutes():
    """Ten minutes of sheath-like spectra with four empty ones and without field."""
    flux = np.tile(beam(ENERGY), (10, 1))
    flux[GAP] = np.nan
    held = np.isfinite(flux[:, :1])
    return MinuteTable(
        time=np.datetime64("2017-11-03T04:00", "ns") + np.arange(10) * np.timedelta64(60, "s"),
        energy_ev=np.where(held, ENERGY, np.nan), flux=flux, b_nt=np.full(10, np.nan),
        position_gse_km=np.full((10, 3), np.nan), n_samples=np.where(held[:, 0], 13, 0),
        n_b=np.zeros(10, dtype=int), quality=np.zeros(10, dtype=int),
    )  # fmt: skip


@pytest.fixture(scope="module")
def frame(minutes):
    return feature_frame("one", 1, feature_table(minutes))


@pytest.fixture(scope="module")
def labels(frame):
    return label_minutes(frame, read_region_model(SHIPPED), LabelOptions())


def test_m1_a_missing_field_is_no_strong_field(frame):
    assert frame["norm_Bt"].isna().all()


def test_m2_a_gap_is_unknown_and_not_magnetosphere(frame, labels):
    assert frame.loc[4:7, ["ratio_max_width", "ratio_high_low", "zeroed"]].isna().all(axis=None)
    assert (labels.loc[4:7, "named_label"] == "unknown").all()
    assert (labels.loc[[0, 1, 8, 9], "named_label"] == "magnetosheath").all()


def test_m3_a_table_without_low_channels_does_not_zero_the_minute():
    high = np.geomspace(195, 28000, 32)
    features = reference_features(beam(high)[None], high[None])
    assert np.isnan(features.zeroed[0])
    assert np.isnan(features.ratio_high_low[0])
    assert np.isfinite(robust_features(beam(high)[None], high[None]).log_core[0])


def test_m4_the_field_is_never_looked_up_in_the_ion_file(tmp_path):
    """Both are read from files of their own in tests/faults/test_series.py."""
    values = {"Epoch": np.arange(2, dtype="i8"), "mms1_dis_numberdensity_brst": np.ones(2, dtype="f4")}
    write_cdf(tmp_path / "dis.cdf", values, {name: {} for name in values}, {})
    start = datetime(2000, 1, 1, tzinfo=UTC)
    with pytest.raises(VariableError, match=r"dis\.cdf, mms1_fgm_b_gse_brst_l2"):
        read_fgm([tmp_path / "dis.cdf"], probe=1, rate="brst", start=start, stop=start + timedelta(days=1))


def test_m5_the_omnidirectional_spectrum_is_the_default():
    assert Load().spectrum == "omni"


def test_m6_each_record_counts_with_its_own_energies():
    low, high = 0.8 * ENERGY, 1.25 * ENERGY
    both = robust_features(np.array([beam(low), beam(high)]), np.array([low, high]))
    assert both.log_energy[0] == pytest.approx(both.log_energy[1], abs=0.01)
    wrong = robust_features(beam(high)[None], low[None])
    assert abs(wrong.log_energy[0] - both.log_energy[0]) > 0.1


def test_m7_fill_values_are_masked_and_counted(tmp_path):
    values = {"Epoch": np.arange(3, dtype="i8"), "flux": np.array([1, -1e31, -1], dtype="f4")}
    about = {"DEPEND_0": "Epoch", "UNITS": "1", "FILLVAL": np.float32(-1e31), "VALIDMIN": np.float32(0)}
    write_cdf(tmp_path / "a.cdf", values, {"Epoch": {}, "flux": about}, {})
    series = read_series([tmp_path / "a.cdf"], "flux", unit="1")
    np.testing.assert_array_equal(series.values, [1, np.nan, np.nan])
    assert (series.counts["fill"], series.counts["out_of_range"]) == (1, 1)


def test_m8_random_numbers_have_the_features_of_random_numbers():
    """What the published table held; spectra of plasma have lag-1 autocorrelations of 0.5 and more."""
    rng = np.random.default_rng(20151017)
    features = reference_features(rng.random((3000, 32)) * 1e6, np.tile(ENERGY, (3000, 1)))
    good = features.zeroed == 0
    width = features.ratio_max_width[good]
    assert width.mean() == pytest.approx(0.16, abs=0.03)
    assert features.ratio_high_low[good].mean() == pytest.approx(1.0, abs=0.01)
    assert abs(np.corrcoef(width[1:], width[:-1])[0, 1]) < 0.1


def test_m10_an_error_names_file_variable_and_reason(tmp_path):
    write_cdf(tmp_path / "a.cdf", {"Epoch": np.arange(3, dtype="i8")}, {"Epoch": {}}, {})
    with pytest.raises(VariableError, match=r"not in the file[\s\S]*a\.cdf, flux"):
        read_series([tmp_path / "a.cdf"], "flux", unit="1")


def test_m11_one_empty_channel_rules_the_published_ratio_and_not_ours():
    holed = beam(ENERGY)
    holed[3] = 0.0
    flux, table = np.array([beam(ENERGY), holed]), np.tile(ENERGY, (2, 1))
    published = reference_features(flux, table).ratio_high_low
    ours = robust_features(flux, table).log_ratio_high_low
    assert published[1] / published[0] > 1.2
    assert abs(ours[1] - ours[0]) < 0.1


def test_m12_a_2_sigma_ellipse_is_four_sigma_wide():
    axes = Figure().add_subplot()
    add_ellipse(axes, (np.zeros(2), np.diag([9.0, 4.0]), "solar_wind", 1.0), (0, 1), {"solar_wind": "black"})
    ellipses = [patch for patch in axes.patches if isinstance(patch, Ellipse)]
    assert ellipses
    for ellipse in ellipses:
        assert sorted([ellipse.width, ellipse.height]) == pytest.approx([8.0, 12.0])


def test_m13_features_are_scaled_and_degenerate_components_refused():
    rng = np.random.default_rng(3)
    columns = {
        name: rng.normal(size=500) * size
        for name, size in zip(
            ("log_flux", "log_energy", "log_core", "log_tail", "log_excess"), (1, 10, 100, 1, 1), strict=True
        )
    }
    columns |= {"b_nt": 10 ** rng.normal(size=500), "zeroed": np.zeros(500)}
    for values in columns.values():
        values[:250] = values[0]  # half of the rows are one point: a component at the covariance floor
    options = FitOptions(components=(2, 3), covariances=("full",), n_init=2, bootstrap=0)
    with pytest.raises(ModelError, match="covariance floor"):
        fit_regions(columns, options, trained_on="")


def test_m14_labels_have_names_probabilities_and_a_cleaned_form(labels):
    chances = labels[[f"p_{region}" for region in REGIONS] + ["p_unknown"]]
    assert np.allclose(chances.dropna().sum(axis=1), 1.0)
    assert set(labels["named_label"]) <= {*REGIONS, "unknown"}
    assert {"raw_label", "named_label"} <= set(labels.columns)


def test_m15_a_model_is_plain_arrays_and_comes_back(tmp_path):
    model = read_region_model(SHIPPED)
    write_region_model(tmp_path, model)
    assert {path.name for path in tmp_path.iterdir()} == {"arrays.npz", "model.json"}
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        assert all(array.dtype == np.float64 for array in arrays.values())
    np.testing.assert_array_equal(read_region_model(tmp_path).means, model.means)


def test_m16_paths_are_configuration_and_versions_are_pinned():
    sources = [*ROOT.glob("magnetoflow/**/*.py"), *ROOT.glob("scripts/**/*.py"), *ROOT.glob("rules/*.smk")]
    absolute = re.compile(r"""["'](/home|/Users|/data|/mnt|/work|[A-Z]:\\)""")
    assert [path for path in sources if absolute.search(path.read_text())] == []
    pins = (ROOT / "constraints.txt").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    assert [name for name in wanted if not re.search(rf"^{name}==", pins, re.IGNORECASE | re.MULTILINE)] == []


def test_m17_rows_are_independent_of_the_others():
    rng = np.random.default_rng(5)
    flux = beam(ENERGY) * np.exp(rng.normal(0, 0.3, (50, 32)))
    whole = reference_features(flux, np.tile(ENERGY, (50, 1)))
    single = [reference_features(row[None], ENERGY[None]).ratio_max_width[0] for row in flux]
    np.testing.assert_array_equal(whole.ratio_max_width, single)
