"""REPT sample: shapes, levels, orbit, storm, counts, faults, files and truth."""

import csv
import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.errors import ArchiveError
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.integrity import check_file
from magnetoflow.io.rept import read_rept
from magnetoflow.sample import rept_pad_storm as storm
from magnetoflow.sample.rept_pad_classes import CLASSES, SHAPES, Parameters, parameters_of
from magnetoflow.sample.rept_pad_files import file_path, truth_columns, write_probe
from magnetoflow.sample.rept_pad_levels import ENERGY_MEV, FLOOR, ONE_COUNT, hardened, mean_e0_mev, spectrum
from magnetoflow.sample.rept_pad_orbit import RE_KM, l_star, places
from magnetoflow.sample.rept_pad_plan import DAYS, NO_L_STAR_DAYS, STORM, SWAPPED_DAY, is_sample_day
from magnetoflow.sample.rept_pad_records import FAULTS, record_times, records
from magnetoflow.sample.rept_pad_shapes import (
    ANGLE_DEG,
    BIN_DEG,
    bin_means,
    curve,
    draw_records,
    loss_cone_sine,
    shape_codes,
)

NO_STAR = NO_L_STAR_DAYS[0][1]


def one(n, d=0.0, w=25.0, knee=False):
    """Parameters of one record at one energy."""
    return Parameters(np.array([[n]]), np.array([[d]]), np.array([[w]]), np.array([[knee]]))


@pytest.fixture(scope="module")
def probes():
    return {probe: records(probe) for probe in "ab"}


@pytest.fixture(scope="module")
def written(tmp_path_factory, probes):
    root = tmp_path_factory.mktemp("rept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("magnetoflow.sample.rept_pad_files.records", probes.__getitem__)
        write_probe(root, "a", [DAYS[4]])
        write_probe(root, "b", [SWAPPED_DAY[1], NO_STAR])
    return root


def read_day(root, probe, day):
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    path = root / file_path(probe, day)
    return read_rept([path], probe=probe, start=start, stop=start + timedelta(days=1))


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        (one(3.5), "pancake"),
        (one(1.0), "pancake"),
        (one(0.45), "flattop"),
        (one(2.5, knee=True), "flattop"),
        (one(1.1, 0.55, 22.0), "butterfly"),
        (one(0.75, 0.25, 25.0), "butterfly"),
        (one(3.0, 0.2, 30.0), "pancake"),  # d / (1 - d) < n w^2 / 2: the greatest flux is at 90 degrees
        (one(0.5, -0.5, 12.0), "cap"),
        (one(-1.0), "field-aligned"),
        (one(0.0), "isotropic"),
    ],
)
def test_a_curve_is_called_by_what_it_is(parameters, shape):
    assert SHAPES[shape_codes(parameters)[0, 0]] == shape


def test_planted_shapes_change_with_energy_as_written():
    found = [
        shape_codes(
            parameters_of(np.full(300, k), np.random.default_rng(k).standard_normal((300, 4)), ENERGY_MEV)
        )
        for k in range(1, 7)
    ]
    low, high = ENERGY_MEV <= 3.4, ENERGY_MEV > 3.4
    expected = [
        ("pancake", "pancake"), ("pancake", "pancake"), ("butterfly", "pancake"), ("butterfly", "butterfly"),
        ("flattop", "flattop"), ("flattop", "pancake"),
    ]  # fmt: skip
    for codes, (below, above) in zip(found, expected, strict=True):
        assert (codes[:, low] == SHAPES.index(below)).all()
        assert (codes[:, high] == SHAPES.index(above)).all()


@pytest.mark.parametrize("b_ratio", [1.0, 0.6])
@pytest.mark.parametrize("parameters", [one(3.0), one(0.9, 0.5, 20.0), one(2.5, knee=True)])
def test_bins_are_means_over_their_width(parameters, b_ratio):
    cone = np.array([0.05])
    fine = ((np.arange(17 * 400) + 0.5) * 180.0 / (17 * 400)).reshape(17, 400)
    sine = np.sin(np.deg2rad(fine)) * np.sqrt(b_ratio)
    expected = np.stack([curve(row[None], parameters, cone)[0, :, 0].mean() for row in sine])
    found = bin_means(parameters, np.array([b_ratio]), cone)[0, :, 0]
    np.testing.assert_allclose(found[1:-1], expected[1:-1], rtol=2e-3)
    np.testing.assert_allclose(found[[0, -1]], expected[[0, -1]], rtol=0.03)
    shifted = bin_means(parameters, np.array([b_ratio]), cone, BIN_DEG)[0, :, 0]
    np.testing.assert_allclose(shifted[1:-2], found[2:-1], rtol=1e-12)


def test_a_butterfly_has_the_published_formula_and_an_empty_loss_cone():
    angle = np.array([20.0, 50.0, 90.0])
    found = curve(np.sin(np.deg2rad(angle))[None], one(0.9, 0.5, 20.0), np.zeros(1))[0, :, 0]
    raw = np.sin(np.deg2rad(angle)) ** 0.9 * (1.0 - 0.5 * np.exp(-(((angle - 90.0) / 20.0) ** 2)))
    np.testing.assert_allclose(found, raw / raw[-1], rtol=1e-12)
    edge = loss_cone_sine(np.array([4.0, 6.0]))
    np.testing.assert_allclose(np.rad2deg(np.arcsin(edge)), [5.3, 2.9], atol=0.2)
    cut = curve(np.array([[0.99, 1.01]]) * edge[:1], one(1.0), edge[:1])[0, :, 0]
    assert cut[0] == 0.0 < cut[1]


def test_levels_are_those_of_the_rounded_table():
    total = spectrum(np.array([3.0, 4.0, 5.0, 6.0])) + FLOOR
    np.testing.assert_allclose(total[:, 0], [4.9e3, 1.7e6, 1.2e6, 1.3e5])
    np.testing.assert_allclose(total[:, 3], [5.2e2, 8.1e4, 4.7e4, 3.1e3])
    np.testing.assert_allclose(total[:, 6], [4.5, 3.2e2, 2.1e2, 7.9])
    assert (spectrum(np.array([4.0, 5.0]))[:, 8:] < 0.01).all()  # only background is seen there
    l_shell = np.arange(3.0, 6.5, 0.01)
    peak = spectrum(l_shell)[:, 0]
    assert l_shell[peak.argmax()] == pytest.approx(4.3, abs=0.01)
    assert spectrum(np.array([2.6]))[0, 1] < 100.0
    assert pytest.approx([34.72, 12.02, 3.125], rel=1e-3) == ONE_COUNT[[0, 5, 11]]


def test_another_e0_keeps_the_flux_at_the_lowest_energy():
    at = np.array([5.0])
    flux, e0 = spectrum(at), np.array([0.9])
    harder = hardened(flux, at, e0)
    assert harder[0, 0] == flux[0, 0]
    step = np.log(harder[0, 3] / flux[0, 3])
    assert step == pytest.approx((1 / mean_e0_mev(at)[0] - 1 / 0.9) * 1.6)


def test_the_orbit_and_its_dipole():
    time = np.datetime64("2013-03-15", "ns") + np.arange(5400) * np.timedelta64(20, "s")
    found = places("a", time)
    r = np.linalg.norm(found.geo_km, axis=1) / RE_KM
    assert RE_KM * (r.min() - 1) == pytest.approx(600.0, abs=2.0)
    assert r.max() == pytest.approx(5.8, abs=1e-4)
    apogees = np.flatnonzero((r[1:-1] > r[:-2]) & (r[1:-1] >= r[2:])) + 1
    assert np.diff(apogees) * 20 / 3600 == pytest.approx(9.0, abs=0.02)
    assert np.abs(found.mlt[apogees] - 18.0).max() < 0.8
    assert 15.0 < np.abs(found.mlat_deg).max() < 21.5
    cosine = np.cos(np.deg2rad(found.mlat_deg))
    np.testing.assert_allclose(found.l, r / cosine**2, rtol=1e-9)
    ratio = cosine**6 / np.sqrt(4.0 - 3.0 * cosine**2)
    np.testing.assert_allclose(found.b_eq_nt / found.b_nt, ratio, rtol=1e-9)
    geographic = np.rad2deg(np.arcsin(found.geo_km[:, 2] / (RE_KM * r)))
    assert np.abs(geographic).max() == pytest.approx(10.0, abs=0.01)


def test_the_invariant_is_that_of_a_dipole(probes):
    where = probes["a"].places
    at = np.abs(where.mlat_deg).argmax()
    s = np.sin(np.linspace(0.0, np.deg2rad(np.abs(where.mlat_deg[at])), 200001))
    b = np.sqrt(1 + 3 * s**2) / (1 - s**2) ** 3
    length = np.sqrt(1 + 3 * s**2)  # over the sine of the latitude
    held = np.sqrt(np.maximum(1 - b / b[-1], 0.0)) * length
    assert where.i_re[at] == pytest.approx(2 * where.l[at] * np.trapezoid(held, s), rel=1e-3)


def test_the_planted_storm():
    times = np.array(
        [np.datetime64(t.replace(tzinfo=None), "ns") for t in (STORM.onset, STORM.minimum, STORM.end)]
    )
    before = times - np.timedelta64(1, "m")
    assert storm.phase(times).tolist() == [1, 2, 0]
    assert storm.phase(before).tolist() == [0, 1, 2]
    assert storm.activity(times[:2]).tolist() == [0.0, 1.0]
    place = np.full(1, 5.6)
    assert storm.dropout_ln(times[:1], place) == 0.0
    assert storm.dropout_ln(times[1:2], place) < -2.5
    assert storm.dropout_ln(times[1:2], np.full(1, 3.5)) > -0.01
    assert (
        storm.amplitude_ln(times[2:], np.full(1, 4.6)) > storm.amplitude_ln(times[:1], np.full(1, 4.6)) + 0.5
    )
    assert np.isnan(l_star(np.array([6.3]), np.ones(1))).all()
    odds = storm.chances(np.repeat(before[:1], 3), np.array([3.8, 5.9, 4.9]), np.array([15.0, 21.0, 15.0]))
    np.testing.assert_allclose(odds.sum(axis=1), 1.0)
    assert odds.argmax(axis=1).tolist()[:2] == [0, 2]


@pytest.mark.parametrize("probe", ["a", "b"])
def test_every_class_is_seen_in_every_phase(probes, probe):
    made = probes[probe]
    seen = (made.truth.class_id > 0) & (made.truth.expected_90[:, 3] >= 10)
    assert seen.mean() > 0.6
    for phase in range(3):
        counts = np.bincount(made.truth.class_id[seen & (made.phase == phase)], minlength=7)[1:]
        assert counts.min() >= 20, (probe, phase, counts)
    assert (made.truth.class_id == 0).sum() > 2000
    assert (made.truth.class_id == -1).sum() > 50
    assert (np.diff(made.time) > np.timedelta64(0, "ns")).all()


def test_classes_come_in_patches_and_not_outside_the_belt(probes):
    made = probes["a"]
    known = made.truth.class_id
    changes = np.flatnonzero(np.diff(known[known > 0]))
    assert len(changes) < (known > 0).sum() / 15
    outside = (made.places.l < storm.SLOT_L) | (made.places.l > storm.outer_edge_l(made.time))
    assert (known[outside] < 1).all()
    assert (known[~outside] != 0).all()


def test_counts_are_whole_and_poisson(probes):
    made = probes["a"]
    good = (made.fault == 0) & (made.truth.class_id > 0)
    counts = made.flux[good].astype(float) / ONE_COUNT
    np.testing.assert_allclose(counts, np.round(counts), rtol=1e-6, atol=1e-6)
    expected, seen = made.truth.expected_90[good], np.round(counts[:, 8])
    chi2 = ((seen - expected) ** 2 / expected).mean(axis=0)
    np.testing.assert_allclose(chi2, 1.0, atol=0.12)
    for energy in (7, 8, 10):
        share = (seen[:, energy] == 0).mean()
        assert share == pytest.approx(np.exp(-expected[:, energy]).mean(), abs=0.02)


def test_faults_are_where_the_truth_says(probes):
    made = probes["b"]
    assert all(made.has(name).sum() > 50 for name in FAULTS)
    assert np.isnan(made.flux[made.has("all_fill")]).all()
    assert (made.flux[made.has("all_zero")] == 0.0).all()
    assert (made.truth.class_id[made.has("all_fill") | made.has("all_zero")] == -1).all()
    missing = np.isnan(made.flux).all(axis=2)
    np.testing.assert_array_equal(missing, np.isnan(made.flux).any(axis=2))
    some = made.has("missing_angles") & ~made.has("all_fill")
    assert (missing[some][:, [0, -1]]).all()
    assert not missing[some][:, 3:-3].any()
    clean = ~(made.has("missing_angles") | made.has("missing_bins") | made.has("all_fill"))
    assert not missing[clean].any()
    inner = made.has("proton_contamination") & (np.abs(made.places.l - 1.7) < 0.2)
    assert (made.flux[inner][:, 3:-3, 0].mean(axis=1) > 2 * ONE_COUNT[0]).mean() > 0.95
    assert (made.places.l[made.has("proton_contamination")] < 2.5).all()
    known = (made.truth.class_id > 0) & clean & (made.truth.expected_90[:, 0] > 1000)
    halves = np.nansum(made.flux[known][:, :8, 0], axis=1) / np.nansum(made.flux[known][:, 9:, 0], axis=1)
    assert np.corrcoef(np.log(halves), made.asymmetry[known])[0, 1] > 0.4


@pytest.mark.parametrize(("probe", "day"), [("a", DAYS[4]), SWAPPED_DAY, ("b", NO_STAR)])
def test_files_hold_the_records(written, probes, probe, day):
    path, made = written / file_path(probe, day), probes[probe]
    assert PRODUCTS["rbsp_rept_l3"].parse(path.name, f"rbsp{probe}") is not None
    assert path.parent.relative_to(written).as_posix() == PRODUCTS["rbsp_rept_l3"].folder_of(
        f"rbsp{probe}", day
    )
    check_file(path, expect_md5=True)
    rows = (made.time.astype("datetime64[D]") == np.datetime64(day)) & ~made.has("gap")
    found = read_day(written, probe, day)
    np.testing.assert_array_equal(found.time, made.time[rows])
    np.testing.assert_array_equal(found.flux, made.flux[rows])
    np.testing.assert_allclose(found.b_ratio, made.truth.b_ratio[rows], rtol=1e-6)
    np.testing.assert_allclose(found.l_star, made.l_star[rows], rtol=1e-6)
    assert np.isnan(found.l_star).all() == (day == NO_STAR)
    file = CdfFile(path)
    first = file.attributes("FEDU")["DEPEND_1"]
    assert first == ("FEDU_Energy" if (probe, day) == SWAPPED_DAY else "FEDU_Alpha")
    assert file.values("FEDU_Alpha")[8] == 90.0
    assert file.values("FEDU_Alpha").shape == (17,)
    stored = file.values("FEDU")
    assert stored.dtype == np.float32
    assert (stored[np.abs(stored) > 1e20] == np.float32(-1e31)).all()
    assert file.values("Epoch").dtype == (np.float64 if probe == "a" else np.int64)


def test_truth_has_a_row_for_every_record(written, probes):
    stem = written / "truth" / "rept_pad" / f"rbspb_{NO_STAR:%Y%m%d}"
    with stem.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    made = probes["b"]
    day = np.flatnonzero(made.time.astype("datetime64[D]") == np.datetime64(NO_STAR))
    assert list(rows[0]) == truth_columns()
    assert [int(row["class_id"]) for row in rows] == made.truth.class_id[day].tolist()
    times = np.array([row["time"].removesuffix("Z") for row in rows], dtype="datetime64[ns]")
    np.testing.assert_array_equal(times, made.time[day])
    expected = np.array([[row[f"expected_{e:.1f}"] for e in ENERGY_MEV] for row in rows], dtype=float)
    np.testing.assert_allclose(expected, made.truth.expected_90[day], rtol=1e-5)
    assert all("no_l_star" in row["fault"] for row in rows)
    assert {row["class_name"] for row in rows} <= {one.id for one in CLASSES} | {"background", "empty"}
    about = json.loads(stem.with_suffix(".json").read_text())
    assert about["files"][0]["path"] == file_path("b", NO_STAR).as_posix()
    assert about["faults"]["no_l_star"] == len(day)


def test_a_day_has_the_same_bytes_again(tmp_path, written, probes, monkeypatch):
    monkeypatch.setattr("magnetoflow.sample.rept_pad_files.records", probes.__getitem__)
    write_probe(tmp_path, "b", [NO_STAR])
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        assert path.read_bytes() == (written / path.relative_to(tmp_path)).read_bytes()


def test_records_and_draws_are_the_same_again(monkeypatch):
    monkeypatch.setattr("magnetoflow.sample.rept_pad_records.DAYS", DAYS[:1])
    first, again, other = (records(probe).flux for probe in "aab")
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other, equal_nan=True)
    flux, truth = draw_records(60, 3, b_ratio=0.8)
    np.testing.assert_array_equal(flux, draw_records(60, 3, b_ratio=0.8)[0])
    assert not np.array_equal(flux, draw_records(60, 4, b_ratio=0.8)[0])
    assert set(truth.class_id) == set(range(1, 7))
    assert flux.dtype == np.float32
    assert flux.shape == (60, 17, 12)


def test_drawn_background_has_only_the_floor():
    flux, truth = draw_records(400, 1, shares=(1.0, *(0.0,) * 6))
    assert (truth.class_id == 0).all()
    assert (truth.shape == SHAPES.index("background")).all()
    np.testing.assert_allclose(flux.mean(axis=(0, 1)), FLOOR, rtol=0.1)


def test_which_days_are_in_the_sample(tmp_path):
    assert is_sample_day("a", DAYS[0])
    assert not is_sample_day("c", DAYS[0])
    assert not is_sample_day("a", date(2013, 3, 12))
    assert len(DAYS) * 2 >= 20
    with pytest.raises(ArchiveError, match="rbspa on 2013-03-12"):
        write_probe(tmp_path, "a", [date(2013, 3, 12)])
    assert len(record_times()) == 1440 * len(DAYS)
    assert pytest.approx(180.0 / 34) == ANGLE_DEG[0]
