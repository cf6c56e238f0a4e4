"""Burst files with faults that pass the gate: each is masked and counted, or refused in one clear message."""

from datetime import timedelta

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, MagnetoflowError, MissingData, VariableError
from magnetoflow.io.burst_files import read_burst, read_file_names
from magnetoflow.io.mms_burst import read_electric, read_electrons, read_field, read_ions
from magnetoflow.io.time_series import write_series
from magnetoflow.mms_rnn.align import burst_table
from magnetoflow.mms_rnn.burst import UNITS
from magnetoflow.mms_rnn.quality import FLAGS
from tests.unit.burst_cdf import FILL, START, des_file, dis_file, edp_file, fgm_file, seconds_of

SPAN = {"probe": 1, "start": START, "stop": START + timedelta(seconds=3)}
DIS, DES = 0.15 * np.arange(-5, 25), 0.03 * np.arange(100)
FGM, EDP = np.arange(-1, 4, 1 / 128), np.arange(-1, 4, 1 / 512)


def electrons(*paths):
    return read_electrons(paths, **SPAN)


def ions(*paths):
    return read_ions(paths, **SPAN)


def test_fill_values_and_values_out_of_range_are_missing_and_counted(tmp_path):
    density = np.full(100, 0.2)
    density[10] = FILL
    velocity = np.tile([100.0, 0, 0], (100, 1))
    velocity[20, 2], velocity[21, 0], velocity[22, 1] = FILL, -4.6e6, np.inf
    found = electrons(des_file(tmp_path, DES, numberdensity=density, bulkv_gse=velocity))
    assert np.flatnonzero(np.isnan(found.n_cm3)).tolist() == [10, 20, 21, 22]
    assert np.isnan(found.v_gse_km_s[[10, 20, 21, 22]]).all()
    assert (found.counts["fill"], found.counts["out_of_range"], found.counts["unusable"]) == (3, 1, 4)


def test_ions_with_unknown_radiation_are_missing_where_it_is_subtracted(tmp_path):
    radiation = np.full(30, 0.01)
    radiation[10] = FILL
    found = ions(dis_file(tmp_path, DIS, numberdensity_bg=radiation))
    burst = burst_table(
        found, electrons(des_file(tmp_path, DES)), *[None] * 4, start=START, stop=SPAN["stop"]
    )
    near = np.abs(seconds_of(burst.time) - (DIS[10] + 0.075)) < 0.149
    assert (np.isnan(burst.n_i_cm3) == near).all()
    assert np.isfinite(burst.n_i_raw_cm3).all()


def test_missing_flags_mask_their_record(tmp_path):
    flags = np.zeros(100, dtype="i8")
    flags[3] = 2**32 - 1
    changes = {"mms1_des_errorflags_brst": {"FILLVAL": np.uint32(2**32 - 1)}}
    found = electrons(des_file(tmp_path, DES, errorflags=flags, changes=changes))
    assert np.flatnonzero(np.isnan(found.n_cm3)).tolist() == [3]


def test_disorder_and_repeats_of_two_files_are_sorted_out(tmp_path):
    order = np.r_[0:40, 50:60, 40:50, 60:70]
    first = des_file(tmp_path, DES[order], name="one", numberdensity=0.1)
    second = des_file(tmp_path, DES[60:], name="two", numberdensity=0.3)
    found = electrons(first, second)
    np.testing.assert_allclose(seconds_of(found.time), DES + 0.015)
    np.testing.assert_allclose(found.n_cm3, np.where(DES < 2.09, 0.1, 0.3), rtol=1e-6)
    assert (found.counts["out_of_order"], found.counts["duplicates"]) == (1 + 1, 10)


def test_a_hole_where_a_file_was_refused_stays_a_hole(tmp_path):
    before = [dis_file(tmp_path, DIS[:10], name="a"), fgm_file(tmp_path, FGM[FGM < 0.7], name="fa")]
    after = [dis_file(tmp_path, DIS[20:], name="b"), fgm_file(tmp_path, FGM[FGM >= 2.3], name="fb")]
    hole = (START + timedelta(seconds=0.7), START + timedelta(seconds=2.3))
    burst = burst_table(
        ions(before[0], after[0]), electrons(des_file(tmp_path, DES)),
        read_field([before[1], after[1]], **SPAN), None, None, None,
        start=START, stop=SPAN["stop"], damaged=[hole],
    )  # fmt: skip
    seconds = seconds_of(burst.time)
    inside = (seconds >= 0.7) & (seconds < 2.3)
    deep = (seconds > 0.75) & (seconds < 2.25)
    assert ((burst.flags & FLAGS["DAMAGED_FILE"] != 0) == inside).all()
    for name in ("n_i_cm3", "v_i_gse_km_s", "p_i_gse_npa", "b_gse_nt"):
        assert np.isnan(getattr(burst, name)[deep]).all()


N, V, P = (f"mms1_des_{name}_brst" for name in ("numberdensity", "bulkv_gse", "prestensor_gse"))
SPAN_CHANGES = {"Epoch_plus_var": {"UNITS": "ms"}}
CASES = {
    "absent": ({"leave_out": [V]}, rf"{V}(.|\n)*the file holds"),
    "unit": ({"changes": {N: {"UNITS": "m^-3"}}}, rf"{N}(.|\n)*found 'm\^-3', expected 'cm\^-3'"),
    "frame": ({"changes": {V: {"COORDINATE_SYSTEM": "DBCS>"}}}, rf"{V}(.|\n)*found 'DBCS>', expected 'GSE'"),
    "shape": ({"prestensor_gse": np.zeros((100, 6))}, rf"{P}(.|\n)*found \(6,\), expected \(3, 3\)"),
    "flags": ({"leave_out": ["mms1_des_errorflags_brst"]}, "mms1_des_errorflags_brst"),
    "no length": ({"leave_out": ["Epoch_plus_var"]}, "how long a measurement takes(.|\n)*Epoch_plus_var"),
    "length in ms": ({"plus": 30.0, "changes": SPAN_CHANGES}, "found 'ms', expected 's'"),
    "length of fill": ({"plus": -1e31}, "not one number of seconds"),
    "length unknown": ({"plus": np.nan}, "not one number of seconds"),
    "length of many": ({"plus": np.full(100, 0.03) + np.eye(100)[0]}, "not one number of seconds"),
    "no time": ({"plus": 0.0}, "measurements take no time"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_another_product_is_refused_with_file_and_variable(tmp_path, case):
    given, message = CASES[case]
    path = des_file(tmp_path, DES, **given)
    with pytest.raises(VariableError, match=message) as caught:
        electrons(path)
    assert str(path) in str(caught.value)


def test_files_that_differ_in_the_length_of_a_measurement_are_refused(tmp_path):
    with pytest.raises(VariableError, match="differ in how long a measurement takes"):
        electrons(des_file(tmp_path, DES, name="a"), des_file(tmp_path, DES + 9, name="b", plus=0.0075))


def test_fields_of_another_shape_or_frame_are_refused(tmp_path):
    with pytest.raises(VariableError, match=r"expected \(4,\)"):
        read_field([fgm_file(tmp_path, FGM, [1.0, 2.0, 3.0])], **SPAN)
    with pytest.raises(VariableError, match=r"expected \(3,\)"):
        read_electric([edp_file(tmp_path, EDP, [1.0, 2.0])], rate="brst", **SPAN)
    changes = {"mms1_edp_dce_gse_brst_l2": {"COORDINATE_SYSTEM": "DSL"}}
    with pytest.raises(VariableError, match="found 'DSL', expected 'GSE'"):
        read_electric([edp_file(tmp_path, EDP, changes=changes)], rate="brst", **SPAN)
    with pytest.raises(VariableError, match="mms1_edp_dce_gse_fast_l2"):
        read_electric([edp_file(tmp_path, EDP)], rate="fast", **SPAN)


def test_no_files_and_no_records_are_said_in_one_message(tmp_path):
    for read in (
        electrons,
        ions,
        lambda: read_field([], **SPAN),
        lambda: read_electric([], rate="brst", **SPAN),
    ):
        with pytest.raises(MissingData, match="no file to read"):
            read()
    path = des_file(tmp_path, DES + 60)
    with pytest.raises(InsufficientData, match="100 records, none of 2017-07-11T22:33:30Z") as caught:
        electrons(path)
    assert str(path) in str(caught.value)


def test_products_without_a_record_in_the_event_are_missing(tmp_path):
    burst = burst_table(
        ions(dis_file(tmp_path, DIS + 60)),
        electrons(des_file(tmp_path, DES)),
        read_field([fgm_file(tmp_path, FGM + 60)], **SPAN),
        read_electric([edp_file(tmp_path, EDP + 60)], rate="brst", **SPAN),
        read_electric([edp_file(tmp_path, EDP + 60, rate="fast", name="fast")], rate="fast", **SPAN),
        None,
        start=START,
        stop=SPAN["stop"],
    )
    wanted = sum(FLAGS[f"{name}_MISSING"] for name in ("IONS", "B", "E", "FAST_E"))
    assert (burst.flags == wanted).all()


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_what_is_no_burst_file_is_refused(tmp_path, content):
    (tmp_path / "burst.nc").write_bytes(content)
    for read in (read_burst, read_file_names):
        with pytest.raises(MagnetoflowError, match="series cannot be read"):
            read(tmp_path / "burst.nc")


@pytest.mark.parametrize("counts", [None, "[1]", "{", '{"a": "b"}'])
def test_a_burst_file_with_other_counts_is_refused(tmp_path, counts):
    shapes = {"v": (2, 3), "p": (2, 3, 3)}
    axes = {1: ("time",), 2: ("time", "axis"), 3: ("time", "axis", "second_axis")}
    values = {name: np.zeros(shapes.get(name[0], (2,))) for name in UNITS}
    variables = {name: (axes[one.ndim], one, "1") for name, one in values.items()}
    time = np.array(["2017-07-11", "2017-07-12"], dtype="M8[ns]")
    write_series(tmp_path / "burst.nc", time, variables, {} if counts is None else {"counts": counts})
    with pytest.raises(MagnetoflowError, match="counts of a series cannot be read"):
        read_burst(tmp_path / "burst.nc")
