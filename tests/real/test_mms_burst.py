"""Real burst files of the tail: refused, masked and corrected as they must be."""

import os
from datetime import UTC, datetime
from pathlib import Path

import cdflib
import numpy as np
import pytest

from magnetoflow.errors import CorruptFile
from magnetoflow.io.integrity import check_file
from magnetoflow.io.mms_burst import read_electrons, read_field, read_ions, read_position
from magnetoflow.mms_rnn.align import burst_table
from magnetoflow.mms_rnn.ions import without_background
from magnetoflow.mms_rnn.quality import FLAGS
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
MOMENTS = REAL / "mms/mms2/fpi/brst/l2"
FIELD = REAL / "mms/mms1/fgm/brst/l2/2017/08/10"
pytestmark = pytest.mark.skipif(not MOMENTS.is_dir(), reason="no real files beside the checkout")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def file(instrument, clock):
    return (
        MOMENTS
        / f"{instrument}-moms/2017/07/26/mms2_fpi_brst_l2_{instrument}-moms_20170726{clock}_v3.3.0.cdf"
    )


def test_seven_truncated_files_are_refused_by_name_and_three_pass():
    refused, passed = {}, set()
    for path in sorted(MOMENTS.rglob("*.cdf")):
        try:
            check_file(path, expect_md5=True)
            passed.add(path)
        except CorruptFile as error:
            refused[path] = str(error)
    assert passed == {file("dis", "073713"), file("des", "073113"), file("des", "073613")}
    assert len(refused) == 7
    for path, message in refused.items():
        assert str(path) in message
        assert "truncated or changed" in message


@pytest.mark.parametrize(
    ("clock", "unusable", "temperature", "good", "largest_km_s"),
    [("073113", 369, 95, 1536, 7.7e5), ("073613", 301, 357, 1342, 4.6e6)],
)
def test_absurd_electrons_are_masked_and_thin_plasma_is_kept(
    clock, unusable, temperature, good, largest_km_s
):
    path = file("des", clock)
    span = {"start": utc("2017-07-26T07:31"), "stop": utc("2017-07-26T07:39")}
    electrons = read_electrons([path], probe=2, **span)
    counts = electrons.counts
    assert (counts["records"], counts["flagged"]) == (2000, 0)
    assert (counts["unusable"], counts["temperature"]) == (unusable, temperature)
    kept = np.isfinite(electrons.n_cm3)
    assert kept.sum() == good
    assert np.nanmax(np.abs(electrons.v_gse_km_s)) < 110000
    assert np.nanmin(electrons.t_para_ev) > 0
    assert np.nanmax(np.stack([electrons.t_para_ev, electrons.t_perp_ev])) <= 30000
    raw = cdflib.CDF(path)
    assert np.abs(raw.varget("mms2_des_bulkv_gse_brst")).max() == pytest.approx(largest_km_s, rel=0.02)
    assert raw.varget("mms2_des_temppara_brst").min() < -8e5
    n = raw.varget("mms2_des_numberdensity_brst")
    thin = (n > 0.02) & (n < 0.05)
    assert thin.sum() > 800
    assert kept[thin].all()
    low = (raw.varget("mms2_des_errorflags_brst") >> 7) & 1 == 1
    assert (low == (n < 0.05)).all(), "bit 7 says what its file says of it: the density is below 0.05 cm^-3"
    epoch = cdflib.cdfepoch.to_datetime(raw.varget("Epoch"))
    assert (electrons.time - epoch.astype("M8[ns]") == np.timedelta64(15, "ms")).all()


def test_ions_of_the_intact_file_run_through_the_correction():
    span = {"start": utc("2017-07-26T07:37"), "stop": utc("2017-07-26T07:39")}
    ions = read_ions([file("dis", "073713")], probe=2, **span)
    clean = without_background(ions)
    share = ions.n_cm3 / clean.n_cm3
    assert len(share) == 599
    assert np.isfinite(share).all()
    assert share.min() == 1
    assert np.median(share) == pytest.approx(1.04, abs=0.005)
    assert share.max() == pytest.approx(1.56, abs=0.005)
    assert not clean.flags.any()
    assert ions.cadence_s == 0.15
    np.testing.assert_allclose(
        clean.n_cm3[:, None] * clean.v_gse_km_s, ions.n_cm3[:, None] * ions.v_gse_km_s, rtol=1e-12
    )
    assert (np.diagonal(clean.p_gse_npa, axis1=1, axis2=2) > 0).all()
    assert (np.trace(clean.p_gse_npa, axis1=1, axis2=2) <= np.trace(ions.p_gse_npa, axis1=1, axis2=2)).all()


def test_electrons_beside_a_refused_ion_file_have_no_ions():
    span = {"start": utc("2017-07-26T07:36"), "stop": utc("2017-07-26T07:39")}
    electrons = read_electrons([file("des", "073613")], probe=2, **span)
    ions = read_ions([file("dis", "073713")], probe=2, **span)
    hole = (utc("2017-07-26T07:36:13"), utc("2017-07-26T07:37:13"))
    burst = burst_table(ions, electrons, None, None, None, None, damaged=[hole], **span)
    assert (burst.flags & FLAGS["IONS_MISSING"] != 0).all()
    assert np.isnan(burst.n_i_cm3).all()
    late = burst.time >= np.datetime64("2017-07-26T07:37:13")
    assert ((burst.flags & FLAGS["DAMAGED_FILE"] != 0) == ~late).all()
    assert not burst.segment.any()


def test_field_and_positions_cover_the_event_and_its_ends():
    span = {"start": utc("2017-08-10T12:18"), "stop": utc("2017-08-10T12:19")}
    paths = sorted(FIELD.glob("*.cdf"))
    field = read_field(paths, probe=1, **span)
    assert field.time[0] < np.datetime64("2017-08-10T12:17:59.01")
    assert field.time[-1] > np.datetime64("2017-08-10T12:19:00.99")
    assert len(field.time) == 62 * 128
    assert np.isfinite(field.values).all()
    position = read_position(paths, probe=1, **span)
    assert position.time[0] < np.datetime64("2017-08-10T12:18")
    assert position.time[-1] > np.datetime64("2017-08-10T12:19")
    np.testing.assert_allclose(np.diff(position.time).astype("i8") / 1e9, 30, atol=0.01)
