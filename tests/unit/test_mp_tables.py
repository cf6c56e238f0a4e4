"""Tables and JSON of one event: published columns, signs, units, missing values."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.io.atomic import write_json
from magnetoflow.io.records import read_record, write_record
from magnetoflow.io.tables import write_csv
from magnetoflow.mms_mp import motion_tables, normal_tables, tables
from magnetoflow.mms_mp.analysis import analyse
from magnetoflow.mms_mp.report import EVENT_ROW, analysis_json, boundary_summary, event_row, metrics
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.thickness_table import thickness_methods_frame
from magnetoflow.sample.magnetopause import CASE_A
from tests.unit import mp_events
from tests.unit.mp_figure_data import ION_GAP_S, TIME0, V_SC, crossing, fake_analysis, without_crossing

SOURCE = "synthetic sample data"
N = CASE_A.axes[2]
FRAMES = {
    **{
        name: getattr(tables, f"{name}_frame") for name in ("crossings", "layers", "thickness", "predictions")
    },
    "shear": tables.shear_frame,
    **{name: getattr(normal_tables, f"{name}_frame") for name in ("normals", "angles", "nested", "timing")},
    **{name: getattr(normal_tables, f"{name}_frame") for name in ("formation", "hoffmann_teller")},
}


@pytest.fixture(scope="module")
def analysis():
    return fake_analysis()


@pytest.fixture(scope="module")
def content(analysis):
    return analysis_json(analysis, SOURCE)


def test_the_published_keys_of_mp_analysis(content):
    unix = (TIME0 - np.datetime64(0, "s")) / np.timedelta64(1, "s")
    for probe in (1, 2, 3, 4):
        assert content["crossings_sec"][str(probe)] == pytest.approx(unix + crossing(probe).time_s, abs=1e-6)
        assert content["crossings_error_sec"][str(probe)] == 0.0005
        place = np.array(content["positions_km"][str(probe)])
        assert place @ N == pytest.approx(np.dot(CASE_A.r0_km, N) + CASE_A.path_km(crossing(probe).time_s))
        layers = {"magnetosphere": 8080.0, "mp_layer": 1152.0, "sheath": None}  # NaN becomes null
        assert content["layer_thickness_km"][str(probe)] == layers
    np.testing.assert_allclose(content["boundary_normal"], N)
    assert (content["phase_speed_km_s"], content["phase_speed_sigma"]) == (-60.1, 0.12)


def test_errors_methods_and_intervals_are_there(content):
    assert content["boundary_normal_method"] == "mva"
    assert content["boundary_normal_error_deg"] == pytest.approx(0.4)
    assert content["lmn"]["turn_m_deg"] == pytest.approx(0.4)
    assert content["lmn"]["start"] == "2018-01-15T05:59:20.000000Z"
    np.testing.assert_allclose(content["lmn"]["L"], CASE_A.axes[0])
    assert content["current_layer"]["2"]["thickness_km"] == 2 * content["current_layer"]["2"]["half_width_km"]
    assert len(content["layers"]) == 12
    assert {one["method"] for one in content["normals"]} >= {"mva", "mdd", "curlometer", "timing", "given"}
    assert content["passes"][0]["timing"]["degenerate"] is False
    assert content["formation"]["kind"] == "tetrahedral"
    assert (content["source"], content["status"], content["frame"]) == (SOURCE, "ok", "GSM")


def test_json_is_strict_and_comes_back(content, tmp_path):
    write_json(tmp_path / "a.json", content)

    def refuse(constant):
        raise AssertionError(constant)

    assert json.loads((tmp_path / "a.json").read_text(), parse_constant=refuse) == content


def test_an_event_without_crossing_says_so(analysis):
    nothing = without_crossing(analysis)
    content = analysis_json(nothing, SOURCE)
    assert content["status"] == "no crossing"
    assert content["phase_speed_km_s"] is None
    assert set(content["crossings_sec"].values()) == {None}
    assert content["passes"] == []
    assert boundary_summary(nothing)["delays_s"] == {}
    assert np.isnan(metrics(nothing)["vn_km_s"])
    for name in ("crossings", "thickness", "timing"):
        assert not len(FRAMES[name](nothing, SOURCE))
        assert list(FRAMES[name](nothing, SOURCE).columns) == list(FRAMES[name](analysis, SOURCE).columns)


@pytest.mark.parametrize("probes", [(1, 2, 3, 4), (1, 2, 3), (2, 4)])
def test_rows_of_every_event_have_the_same_columns(probes, analysis):
    found = fake_analysis(probes)
    assert tuple(event_row(found, SOURCE)) == EVENT_ROW
    assert tuple(event_row(without_crossing(found), SOURCE)) == EVENT_ROW
    assert np.isfinite(event_row(found, SOURCE)[f"half_width_km_mms{probes[-1]}"])
    for frame in FRAMES.values():
        assert list(frame(found, SOURCE).columns) == list(frame(analysis, SOURCE).columns)
        assert frame(found, SOURCE).columns[-1] == "source"


def test_columns_of_the_earlier_toolkit_come_first(analysis):
    published = {
        "crossings": ["set", "probe", "type", "time_utc", "rN_km"],
        "layers": ["probe", "layer", "thickness_km"],
        "predictions": ["set", "ref", "tgt", "type", "t_ref", "t_act", "t_pred", "err_s", "Vn_ref_km_s"],
        "shear": ["set", "probe", "time_utc", "shear_deg", "sigma_deg"],
    }
    for name, columns in published.items():
        assert list(FRAMES[name](analysis, SOURCE).columns)[: len(columns)] == columns
    assert motion_tables.DISPLACEMENT[:2] == ("time", "DN_km")
    assert motion_tables.SEGMENTS[:4] == ("segment", "t0", "t1", "DN_km")


def test_speeds_of_pairs_keep_the_sign(analysis):
    """Defect 22: a boundary that moves inward has a negative speed in every output."""
    summary = boundary_summary(analysis)
    assert summary["pairs"] == ["1-2", "1-3", "1-4", "2-3", "2-4", "3-4"]
    np.testing.assert_allclose(list(summary["pair_vn_km_per_s"].values()), -60, rtol=1e-6)
    assert summary["delays_s"]["1-4"] == pytest.approx(crossing(4).time_s - crossing(1).time_s)
    outward = replace(CASE_A, v_n_km_s=60.0)
    times = {probe: -crossing(probe).time_s for probe in (1, 2)}
    mirrored = replace(
        analysis,
        passes=(
            replace(
                analysis.passes[0], crossings={p: replace(crossing(p), time_s=t) for p, t in times.items()}
            ),
        ),
        position_km={p: outward.path_km(t) * N for p, t in times.items()},
    )
    assert boundary_summary(mirrored)["pair_vn_km_per_s"]["1-2"] == pytest.approx(60)


def test_thickness_is_two_half_widths(analysis):
    """Defect 14: one name, one meaning."""
    frame = FRAMES["thickness"](analysis, SOURCE)
    np.testing.assert_allclose(frame.thickness_km, 2 * frame.half_width_km)
    np.testing.assert_allclose(frame.fwhm_km, 1.763 * frame.half_width_km)
    assert boundary_summary(analysis)["thickness_km"]["1"] == pytest.approx(2 * 399.5)
    duration = boundary_summary(analysis)["crossing_duration_s"]["1"]
    assert duration == pytest.approx(2 * crossing(1).fit.w_s)


def test_crossings_know_place_and_passage(analysis):
    later = replace(crossing(2), time_s=100.0, before="sheath", after="magnetosphere")
    more = replace(analysis, crossings={**analysis.crossings, 2: (crossing(2), later)})
    frame = FRAMES["crossings"](more, SOURCE)
    assert list(frame.probe) == [1, 2, 2, 3, 4]
    assert list(frame.type) == ["out", "out", "in", "out", "out"]
    assert frame["pass"].isna().tolist() == [False, False, True, False, False]
    moved = 100.0 - crossing(2).time_s
    assert frame.rN_km[2] - frame.rN_km[1] == pytest.approx(V_SC @ N * moved)
    assert frame.time_utc[2] == TIME0 + np.timedelta64(100, "s")


def test_normals_keep_their_sign_and_reason(analysis):
    earthward = replace(analysis.orientation.normals[0], n=-N)
    turned = replace(analysis, orientation=replace(analysis.orientation, normals=(earthward,)))
    assert FRAMES["normals"](turned, SOURCE).angle_to_chosen_deg[0] == pytest.approx(180)
    frame = FRAMES["normals"](analysis, SOURCE).set_index("method")
    assert frame.reason["given"] == "no normal was given"
    assert np.isnan(frame.n_x["given"])
    assert not frame.reliable["mva_bn0"]
    pairs = FRAMES["angles"](analysis, SOURCE)
    count = len(analysis.orientation.normals)
    assert len(pairs) == count * (count - 1) // 2
    shue = pairs[(pairs.normal_1 == "shue1997") & (pairs.normal_2 == "shue1998")]
    assert 0 < shue.angle_deg.iloc[0] < 1


def test_timing_shows_every_method_side_by_side(analysis):
    frame = FRAMES["timing"](analysis, SOURCE).set_index("method")
    assert list(frame.index) == ["timing", "given", "cta", "chosen"]
    assert frame.speed_km_s["chosen"] == -60.1
    assert frame.probes["timing"] == "1 2 3 4"
    pair = FRAMES["timing"](fake_analysis((2, 4)), SOURCE).set_index("method")
    assert pair.degenerate["timing"]
    assert "fewer than four" in pair.reason["timing"]
    assert np.isnan(pair.n_x["timing"])


def test_formation_is_one_row(analysis):
    frame = FRAMES["formation"](analysis, SOURCE)
    assert (len(frame), frame.kind[0], frame.order_n[0]) == (1, "tetrahedral", "1 2 3 4")
    assert frame.r34_km[0] == pytest.approx(15)
    assert np.isnan(FRAMES["formation"](fake_analysis((2, 4)), SOURCE).r12_km[0])


def test_displacement_per_second_and_nothing_across_the_gap(analysis):
    motion = analysis.motion[1]
    frame = motion_tables.displacement_frame(motion, SOURCE)
    t = (frame.time.to_numpy() - TIME0) / np.timedelta64(1, "s")
    assert (t == np.round(t)).all()
    assert not ((t > ION_GAP_S[0]) & (t < ION_GAP_S[1])).any()
    relative = CASE_A.v_n_km_s - V_SC @ N
    np.testing.assert_allclose(frame.DN_km, relative * (t - crossing(1).time_s), atol=1e-5)
    assert sorted(set(frame.segment)) == [0, 1]
    rows = motion_tables.segments_frame(motion, SOURCE)
    duration = (rows.t1 - rows.t0).dt.total_seconds()
    np.testing.assert_allclose(rows.DN_km, relative * duration, atol=1e-5)
    assert rows.sigma_km.isna().all()  # this motion does not say how its errors grow
    grown = replace(
        motion, random_km2=np.arange(len(motion.time)) * 1.0, coherent_km=np.zeros((len(motion.time), 6))
    )
    first = motion_tables.segments_frame(grown, SOURCE)
    count = (motion.segment == 0).sum()
    assert first.sigma_km[0] == pytest.approx(np.sqrt(count - 1), abs=1e-6)


def test_displacement_of_slow_moments_lies_on_whole_seconds(analysis):
    motion = analysis.motion[1]
    rows = slice(0, None, 30)  # 4.5 s
    slow = {name: getattr(motion, name)[rows] for name in motion.__dataclass_fields__
            if isinstance(getattr(motion, name), np.ndarray) and len(getattr(motion, name))}  # fmt: skip
    frame = motion_tables.displacement_frame(replace(motion, **slow), SOURCE)
    t = (frame.time.to_numpy() - TIME0) / np.timedelta64(1, "s")
    np.testing.assert_allclose(
        frame.DN_km, (CASE_A.v_n_km_s - V_SC @ N) * (t - crossing(1).time_s), atol=1e-5
    )
    assert (np.diff(t[frame.segment == 0]) == 1).all()


def test_speeds_carry_the_time_of_each_measurement(analysis):
    """Defect 21: rows are ion measurements, stamped with their own time."""
    motion = analysis.motion[1]
    frame = motion_tables.speed_frame(motion, SOURCE)
    assert (frame.time_utc.to_numpy() == motion.time).all()
    assert list(frame.columns[:4]) == ["time_utc", "Vn_bulk_km_s", "Vn_exb_km_s", "dt_ms"]
    assert set(frame.origin) == {"bulk"}
    assert np.nanmax(frame.dt_ms) == 0
    assert 0 < frame.Vn_heplus_km_s.notna().sum() < len(frame) / 50


def test_predictions_and_metrics(analysis):
    frame = FRAMES["predictions"](analysis, SOURCE)
    late = (frame.t_pred - frame.t_act).dt.total_seconds()
    np.testing.assert_allclose(late, frame.err_s, atol=1e-6)
    numbers = metrics(analysis)
    assert numbers["prediction_rms_error_s"] == pytest.approx(np.sqrt(np.mean(frame.err_s**2)))
    assert numbers["half_width_km_mms3"] == pytest.approx(397.5)
    assert numbers["crossings"] == 4


def test_equal_results_give_equal_bytes(analysis, tmp_path):
    for name, frame in FRAMES.items():
        for copy in ("a", "b"):
            write_csv(tmp_path / copy / f"{name}.csv", frame(analysis, SOURCE))
        first, second = ((tmp_path / copy / f"{name}.csv").read_bytes() for copy in ("a", "b"))
        assert first == second
        assert len(first.splitlines()) > 1


def test_the_whole_analysis_comes_back_from_its_record(analysis, tmp_path):
    write_record(tmp_path / "a.json", analysis)
    found = read_record(tmp_path / "a.json", Analysis)
    assert analysis_json(found, SOURCE) == analysis_json(analysis, SOURCE)
    np.testing.assert_array_equal(found.motion[2].exb_km_s, analysis.motion[2].exb_km_s)
    write_record(tmp_path / "b.json", found)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_the_study_imports_without_packages_that_it_only_compares_with():
    """Defect 23: a clean install must import."""
    code = (
        "import sys\n"
        "for name in ('pyspedas', 'pytplot', 'pyrfu', 'geopack'): sys.modules[name] = None\n"
        "import magnetoflow.mms_mp.analysis, magnetoflow.io.mp_loading, magnetoflow.io.mp_outputs\n"
        "assert 'matplotlib' not in sys.modules and 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_half_widths_by_further_methods_agree_with_the_truth():
    """Case A: 400 km by the fit, by slopes over parts of it, and by the current of four spacecraft."""
    event = mp_events.event(CASE_A, probes=(1, 2, 3, 4), noise=1, seed=3)
    analysis = analyse(event)
    table = thickness_methods_frame(event, analysis, "test")
    assert set(table["method"]) == {"tanh", "gradient", "current_sheet"}
    assert set(table.loc[table["method"] == "gradient", "probe"]) == {1, 2, 3, 4}
    off = (table["half_width_km"] - 400) / 400
    assert off.abs().max() < 0.15, table
    assert off[table["method"] == "tanh"].abs().max() < 0.05
