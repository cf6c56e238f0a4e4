"""The whole analysis of real events: magnetopause of 2015-10-16 (MMS1), tail of 2017-08-10 (all four)."""

import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.io.mp_loading import load_folder
from magnetoflow.mms_mp.analysis import analyse
from magnetoflow.mms_mp.normal_choice import angles_table
from magnetoflow.mms_mp.normals import angle_deg, shue_normal
from magnetoflow.mms_mp.report import analysis_json
from magnetoflow.mms_mp.slowness import TimingOptions
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
pytestmark = pytest.mark.skipif(
    not (REAL / "mms/mms4/fgm/brst/l2/2017/08/10").is_dir(), reason="no real files beside the checkout"
)
# crossings and N in GSE of Burch et al. 2016, doi:10.1126/science.aaf2939
PUBLISHED = [np.datetime64(f"2015-10-16T{one}", "ns") for one in ("13:05:52", "13:07:02")]
PUBLISHED_N = 0.7358, 0.6443, -0.2084
SHEET = np.datetime64("2017-08-10T12:18:32.840", "ns")
"""Of the strongest current."""
SMOOTHING_S = 1.35


@pytest.fixture(scope="module")
def magnetopause():
    event = load_folder(REAL, probes=[1], start="2015-10-16T13:05:25", stop="2015-10-16T13:07:40")
    return event, analyse(event)


@pytest.fixture(scope="module")
def tail():
    event = load_folder(REAL, probes=[1, 2, 3, 4], start="2017-08-10T12:17:33", stop="2017-08-10T12:19:52")
    return event, analyse(event)


def known(analysis, *methods):
    """Normals by method, of all spacecraft together or of the only one."""
    found = {one.method: one for one in analysis.orientation.normals if np.isfinite(one.n).all()}
    return [one for name, one in found.items() if not methods or name in methods]


def check_axes(event, analysis):
    """Right-handed, orthogonal, N and all normals outward."""
    lmn = analysis.orientation.lmn.matrix
    np.testing.assert_allclose(lmn @ lmn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(lmn) == pytest.approx(1.0)
    place = np.mean(list(analysis.position_km.values()), axis=0)
    model = shue_normal(place)
    assert lmn[2] @ model > 0
    assert lmn[0, 2] >= 0
    for one in known(analysis):
        assert one.n @ model > 0, one.method
    for one in analysis.orientation.variance.values():
        assert np.linalg.det(one.matrix) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["magnetopause", "tail"])
def test_axes_are_right_handed_and_outward(name, request):
    check_axes(*request.getfixturevalue(name))


def test_crossings_are_where_they_were_published(magnetopause):
    event, analysis = magnetopause
    outbound = [one for one in analysis.crossings[1] if one.outbound]
    times = event.seconds(np.array(PUBLISHED))
    for published, one in zip(times, outbound, strict=True):
        assert abs(one.time_s - published) < 8
        # the published times are those of the layer, whose sharpest turn of B_L the fit finds
        layer = [it for it in analysis.visits[1] if it.region == "mp_layer"]
        near = min(layer, key=lambda it: abs(it.start_s - published))
        assert near.start_s - SMOOTHING_S < published < near.stop_s + SMOOTHING_S
        assert near.start_s - SMOOTHING_S < one.time_s < near.stop_s + SMOOTHING_S
    assert [one.after for one in analysis.crossings[1]] == ["sheath", "magnetosphere", "sheath"]


def test_the_main_pass_is_the_whole_crossing_that_density_saw_and_the_axes_are_of_it(magnetopause):
    event, analysis = magnetopause
    main = analysis.main_pass.crossings[1]
    assert np.isfinite(main.agrees["density"])
    assert main is analysis.crossings[1][0]
    for one in (*known(analysis, "mva"), *analysis.hoffmann_teller.values()):
        assert one.start < event.utc(main.time_s) < one.stop


def test_the_normal_of_one_spacecraft_is_doubtful_and_is_called_so(magnetopause):
    event, analysis = magnetopause
    lmn, published = analysis.orientation.lmn, event.rotation @ PUBLISHED_N
    assert angle_deg(lmn.matrix[2], published) < 3 * np.rad2deg(np.sqrt(lmn.covariance[0, 0]))
    (mva,) = known(analysis, "mva")
    apart = [row["angle_deg"] for row in analysis.orientation.nested]
    agree = all(
        angle_deg(mva.n, lmn.matrix[2]) < 3 * np.hypot(mva.error_deg, 15)
        and row["angle_deg"] < 3 * np.hypot(row["error_deg"], mva.error_deg)
        for row in analysis.orientation.nested
    )
    assert len(apart) >= 4
    assert agree or (not lmn.reliable and "mva" in lmn.reason)
    assert abs(lmn.b_n_nt) < 3 * np.hypot(lmn.b_n_error_nt, 2)  # published axes: 3.7


def test_the_walen_slope_has_an_error_and_a_verdict(magnetopause):
    _, analysis = magnetopause
    frame = analysis.hoffmann_teller[1]
    assert np.isfinite([frame.walen_slope, frame.walen_slope_error, frame.correlation]).all()
    assert 0 < frame.walen_slope_error < 1
    assert frame.reliable == (not frame.reason)
    assert frame.reliable or "correlation" in frame.reason
    # the tilt of N lets the flow along the boundary into V_HT . N
    lmn = analysis.orientation.lmn
    along = np.linalg.norm(frame.v_km_s - frame.speed_km_s * lmn.matrix[2])
    assert frame.speed_error_km_s > 0.9 * along * np.sqrt(np.diag(lmn.covariance)[:2].min())


def test_what_is_missing_is_named(magnetopause, tail):
    for (_, analysis), missing in (
        (magnetopause, ("electrons", "HPCA", "electric field", "potential")),
        (tail, ("ions", "electrons", "HPCA", "electric field")),
    ):
        for word in missing:
            assert any(word in note and "no file" in note for note in analysis.notes), word
        content = analysis_json(analysis, "folder")
        assert "NaN" not in str(content)
    assert any("deHoffmann-Teller" in note for note in tail[1].notes)


def test_the_sheet_is_met_by_all_four_where_its_current_is_strongest(tail):
    event, analysis = tail
    main = analysis.main_pass
    assert set(main.crossings) == {1, 2, 3, 4}
    for one in main.crossings.values():
        assert abs(one.time_s - event.seconds(SHEET)) < 3 * np.hypot(one.error_s, 0.1)
        assert one.fit.good
    size = np.linalg.norm(analysis.gradients.j_na_m2, axis=1)
    peak = analysis.gradients.time[np.nanargmax(size)]
    widest = max(one.fit.w_s for one in main.crossings.values())
    assert abs(peak - SHEET) < widest * np.timedelta64(1, "s")


def test_normals_of_the_sheet_agree_within_their_errors_or_the_table_says_how_far_they_are(tail):
    _, analysis = tail
    table = {row["method"]: row for row in angles_table(analysis.orientation) if row["probe"] is None}
    lmn = analysis.orientation.lmn
    normals = known(analysis, "mva", "mdd", "timing", "curlometer")
    assert {one.method for one in normals} == {"mva", "mdd", "timing", "curlometer"}
    for a, b in combinations(normals, 2):
        apart, both = angle_deg(a.n, b.n, axes=True), np.hypot(a.error_deg, b.error_deg)
        told = any(f"{one.method} is" in lmn.reason for one in (a, b))
        assert apart < 3 * both or told, (a.method, b.method, apart, both)
    for one in normals:
        row = table[one.method]
        assert row["angle_deg"] == pytest.approx(angle_deg(one.n, lmn.matrix[2]), abs=1e-6)
        assert np.isfinite(row["sigma"])
        assert row["reliable"] == (not row["reason"])
    assert angle_deg(lmn.matrix[2], (0, 0, 1)) < 3 * np.hypot(5, np.rad2deg(np.sqrt(lmn.covariance[0, 0])))


def test_speeds_of_the_sheet_have_one_sign_and_agree(tail):
    _, analysis = tail
    speeds = [one for one in known(analysis, "mdd", "timing", "curlometer") if np.isfinite(one.speed_km_s)]
    assert len(speeds) == 3
    for a, b in combinations(speeds, 2):
        assert a.speed_km_s * b.speed_km_s > 0
        assert abs(a.speed_km_s - b.speed_km_s) < 3 * np.hypot(a.speed_error_km_s, b.speed_error_km_s)


def test_timing_says_how_well_it_knows_the_normal(tail):
    _, analysis = tail
    timing, limits = analysis.main_pass.timing, TimingOptions()
    assert timing.kind == "four"
    assert not timing.degenerate
    assert 0 < np.ptp(list(timing.times_s.values())) < 1
    relative = abs(timing.normal.speed_error_km_s / timing.normal.speed_km_s)
    sure = timing.tilt_deg.max() <= limits.reliable_tilt_deg and relative <= limits.reliable_speed_error
    assert timing.normal.reliable == sure
    speed, error = analysis.main_pass.speed_km_s, analysis.main_pass.speed_error_km_s
    assert np.isnan(speed) or (speed < 0 < error)
