"""Files of the magnetopause sample: as the archives', the same each time, and the way back to the truth."""

import csv
import hashlib
import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.archive.manifests import build_manifest
from magnetoflow.errors import ArchiveError
from magnetoflow.frames import j2000_to_gse, rotate
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.mp_loading import load_folder
from magnetoflow.sample import mms_mp_ephemeris as ephemeris
from magnetoflow.sample import mms_mp_orbit as orbit
from magnetoflow.sample import mms_mp_passage as passage
from magnetoflow.sample import mms_mp_records as records
from magnetoflow.sample.mms_mp_files import OVERLAP_S, write_burst_files, write_probe_day
from magnetoflow.sample.mms_mp_noise import NOISE
from magnetoflow.sample.mms_mp_plan import (
    DAY,
    EVENTS,
    events_of,
)
from magnetoflow.tt2000 import tt2000

PROBE = 1
A, B, C, D, E, F = EVENTS
IDS = [one.id for one in EVENTS]
CADENCE_S = {
    "mms_fgm_brst": 0.007812613, "mms_fpi_brst_dis-moms": 0.15, "mms_fpi_brst_des-moms": 0.03,
    "mms_hpca_srvy": 10.0, "mms_edp_brst": 1 / 8192, "mms_edp_fast": 1 / 32,
    "mms_edp_scpot_fast": 1 / 32, "mms_mec_srvy": 30.0,
}  # fmt: skip
GSE = "GSE>Geocentric Solar Ecliptic"
VARIABLES = {
    "mms_fgm_brst": {
        "fgm_b_gse_brst_l2": ("nT", "GSE", (4,)), "fgm_b_gsm_brst_l2": ("nT", "GSM", (4,)),
        "fgm_r_gse_brst_l2": ("km", "GSE", (4,)), "fgm_bdeltahalf_brst_l2": ("s", None, ()),
    },
    "mms_fpi_brst_dis-moms": {
        "dis_numberdensity_brst": ("cm^-3", None, ()), "dis_bulkv_gse_brst": ("km/s", GSE, (3,)),
        "dis_prestensor_gse_brst": ("nPa", GSE, (3, 3)), "dis_energy_brst": ("eV", None, (32,)),
        "dis_energyspectr_omni_brst": ("keV/(cm^2 s sr keV)", None, (32,)),
        "dis_bulkv_err_brst": ("km/s", "DBCS>Despun Body Coordinate System", (3,)),
    },
    "mms_hpca_srvy": {
        "hpca_heplus_number_density": ("cm^-3", None, ()),
        "hpca_heplusplus_ion_bulk_velocity_GSE": ("km/s", "GSE", (3,)),
        "hpca_heplus_ion_bulk_velocity_GSM": ("km/s", "GSM", (3,)),
        "hpca_heplus_ion_bulk_velocity": ("km/s", "DBCS", (3,)),
    },
    "mms_edp_fast": {
        "edp_dce_gse_fast_l2": ("mV/m", "GSE", (3,)), "edp_dce_dsl_fast_l2": ("mV/m", "DSL", (3,)),
    },
    "mms_edp_scpot_fast": {"edp_scpot_fast_l2": ("V", None, ())},
    "mms_mec_srvy": {"mec_r_gse": ("km", "GSE", (3,)), "mec_v_gse": ("km/s", "GSE", (3,))},
}  # fmt: skip


def lmn(event, gse):
    return gse @ orbit.rotation(event).T @ passage.boundary_of(event).axes.T


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("magnetopause")
    write_probe_day(folder, PROBE, DAY)
    return folder


@pytest.fixture(scope="module")
def manifests(root):
    names = [*CADENCE_S, "mms_defeph"]
    return {one: build_manifest("sample", root, one, f"mms{PROBE}", DAY) for one in names}


def test_a_day_that_is_not_in_the_sample_is_refused(tmp_path):
    with pytest.raises(ArchiveError, match="mms2"):
        write_probe_day(tmp_path, 2, date(2018, 1, 16))
    assert not list(tmp_path.iterdir())


def test_files_are_where_the_archive_has_them_and_pass_the_gate(root, manifests):
    slots = {"mms_fgm_brst": 7, "mms_fpi_brst_dis-moms": 7, "mms_fpi_brst_des-moms": 7}
    found = set()
    for product, manifest in manifests.items():
        assert manifest["missing"] is None
        assert [one["status"] for one in manifest["files"]] == ["ok"] * slots.get(product, 1), product
        found |= {one["path"] for one in manifest["files"]}
    written = {one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file()}
    truth = {f"truth/mms_mp/mms{PROBE}_20180115.{ending}" for ending in ("csv", "json")}
    assert written == found | truth
    assert sum(one.stat().st_size for one in root.rglob("*") if one.is_file()) < 60e6


@pytest.mark.parametrize("product", CADENCE_S)
def test_times_have_the_cadence_of_the_product(root, manifests, product):
    for entry in manifests[product]["files"]:
        file = CdfFile(root / entry["path"])
        steps = np.diff(file.values(PRODUCTS[product].epoch_of(f"mms{PROBE}"))) / 1e9
        assert (steps > 0).all()
        assert np.median(steps) == pytest.approx(CADENCE_S[product], rel=1e-5)


@pytest.mark.parametrize("product", VARIABLES)
def test_variables_have_the_names_units_and_frames_of_the_archive(root, manifests, product):
    file = CdfFile(root / manifests[product]["files"][0]["path"])
    for name, (unit, frame, shape) in VARIABLES[product].items():
        attributes = file.attributes(f"mms{PROBE}_{name}")
        assert attributes["UNITS"] == unit
        assert attributes.get("COORDINATE_SYSTEM") == frame
        values = file.values(f"mms{PROBE}_{name}")
        assert values.shape == (len(file.values(attributes["DEPEND_0"])), *shape)
        assert attributes["FILLVAL"].dtype == values.dtype
    assert "synthetic sample data" in file.global_attributes()["Acknowledgement"][0]


def test_a_further_burst_file_repeats_the_end_of_the_one_before(root, manifests):
    for product in ("mms_fgm_brst", "mms_fpi_brst_des-moms"):
        files = [root / one["path"] for one in manifests[product]["files"]]
        slots = [PRODUCTS[product].parse(one.name, "mms1")[0] for one in files]
        first, second = (
            CdfFile(path).values("Epoch")
            for path, at in zip(files, slots, strict=True)
            if B.start - timedelta(seconds=9) < at < B.stop
        )
        again = np.isin(second, first)
        assert again.sum() * CADENCE_S[product] == pytest.approx(OVERLAP_S, abs=2 * CADENCE_S[product])
        assert not again[again.sum() :].any()


def test_bytes_are_the_same_each_time(tmp_path):
    def digests(folder):
        written = list(write_burst_files(folder, E, 3))
        return [hashlib.sha256((folder / one).read_bytes()).hexdigest() for one in written]

    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_the_table_of_truth_is_what_the_spacecraft_saw(root):
    text = (root / f"truth/mms_mp/mms{PROBE}_20180115.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == sum(one.duration_s for one in events_of(DAY, PROBE))
    assert {one["source"] for one in rows} == {"synthetic sample data"}
    of_c = [one for one in rows if one["event"] == C.id]
    time = np.array([one["time"].rstrip("Z") for one in of_c], dtype="datetime64[ns]")
    seen = np.array([[float(one[f"b_{axis}_nt"]) for axis in "lmn"] for one in of_c])
    assert np.allclose(lmn(C, passage.field_nt(C, PROBE, time)), seen, atol=1e-6)
    speed = np.gradient([float(one["distance_km"]) for one in of_c], 1.0)
    assert np.allclose(speed, 45.0 - 1.98, atol=0.02)


def test_truth_names_files_faults_and_passages(root):
    about = json.loads((root / f"truth/mms_mp/mms{PROBE}_20180115.json").read_text())
    for one in about["files"]:
        assert hashlib.sha256((root / one["path"]).read_bytes()).hexdigest() == one["sha256"]
    events = {one["id"]: one for one in about["events"]}
    assert list(events) == IDS
    assert [len(events[one]["passages"]) for one in IDS] == [1, 2, 1, 1, 1, 1]
    assert [one["direction"] for one in events[B.id]["passages"]] == ["outbound", "inbound"]
    assert [one["kind"] for one in events[A.id]["faults"]] == ["b_flag", "electron_flag"]
    assert np.linalg.det(events[D.id]["lmn_rows"]) == pytest.approx(1)


def test_definitive_orbits_lead_back_to_the_positions(root):
    text = (root / f"mms/ancillary/mms{PROBE}/defeph" / ephemeris.defeph_name(PROBE)).read_text()
    lines = text.splitlines()
    assert ephemeris.defeph_name(PROBE) == "MMS1_DEFEPH_2018015_2018016.V01"
    assert lines[2] == "StartTime = 2018-015/00:05:53.203 UTC  (MMS TAI: 21929.004516238)"
    rows = [one.split() for one in lines[14:]]
    assert len(rows) == 2898
    assert lines[14].startswith("2018-015/00:05:53.203   21929.004516238       ")
    time = ephemeris.rows_from(ephemeris.DEFEPH_START_MS, len(rows))
    state = np.array([one[2:] for one in rows], dtype=float)
    turned = rotate(j2000_to_gse(time), state[:, :3])
    assert np.allclose(turned, orbit.position_gse_km(PROBE, time), atol=1e-6)
    assert np.allclose(np.diff(state[:, :3], axis=0), 15 * (state[1:, 3:] + state[:-1, 3:]), atol=0.02)


def test_positions_of_fgm_are_in_single_precision(root, manifests):
    file = CdfFile(root / manifests["mms_fgm_brst"]["files"][-1]["path"])
    epoch = file.values("Epoch_state")
    start = datetime(2018, 1, 15, 5, 57, 30, tzinfo=UTC)
    assert np.diff(epoch).tolist() == [30_000_000_000] * (len(epoch) - 1)
    assert epoch[0] < tt2000(np.array([np.datetime64(start.replace(tzinfo=None), "ns")]))[0]
    found = records.positions(A, PROBE)
    exact = orbit.position_gse_km(PROBE, found.time)
    error = abs(found.values["r_gse"][:, :3] - exact)
    assert 0 < error.max() < 0.008


@pytest.mark.parametrize("event", [A, B], ids=IDS[:2])
def test_reading_the_files_leads_back_to_the_truth(root, event):
    loaded = load_folder(root, probes=[PROBE], start=event.start, stop=event.stop)
    turn = orbit.rotation(event)
    assert np.array_equal(loaded.rotation, turn)
    found = loaded.spacecraft[PROBE]
    assert found.notes == ()
    b = found.b.values - passage.field_nt(event, PROBE, found.b.time) @ turn.T
    assert np.allclose(np.nanmean(b, axis=0), turn @ records.offset_nt(PROBE), atol=0.015)
    assert np.allclose(np.nanstd(b, axis=0), np.hypot(*NOISE["fgm"]), rtol=0.1)
    e = found.e.values - passage.electric_mv_m(event, PROBE, found.e.time) @ turn.T
    assert np.allclose(np.nanstd(e, axis=0), np.hypot(*NOISE["edp"]), rtol=0.1)
    assert np.allclose(
        found.position.values, orbit.position_gse_km(PROBE, found.position.time) @ turn.T, atol=1e-3
    )
    for species, instrument, step in (("ion", "dis", 0.15), ("electron", "des", 0.03)):
        moments = found.plasma[species]
        begin = moments.time - np.timedelta64(round(5e8 * step), "ns")
        truth = passage.plasma(event, PROBE, begin, step, 3)
        v = truth.v_ion_km_s if species == "ion" else truth.v_electron_km_s
        assert np.nanstd(moments.v_km_s - v @ turn.T) == pytest.approx(
            np.hypot(*NOISE[f"{instrument} v"]), rel=0.1
        )
        assert np.nanstd(moments.n_cm3 / truth.n_cm3) == pytest.approx(np.hypot(0.03, 0.01), rel=0.15)
    heplus = found.plasma["heplus"]
    begin = heplus.time - np.timedelta64(5, "s")
    truth = passage.plasma(event, PROBE, begin, 10.0, 40).species_cm3["heplus"]
    assert np.nanmean(heplus.n_cm3 / truth) == pytest.approx(1, abs=0.1)
