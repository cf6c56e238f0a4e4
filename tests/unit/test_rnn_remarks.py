"""What a run says of events before their labels are used."""

import numpy as np
import pandas as pd
import pytest

from magnetoflow.mms_rnn.event_scales import EventScales
from magnetoflow.mms_rnn.lmn import Lmn
from magnetoflow.mms_rnn.remarks import sample_remarks, scale_remarks
from magnetoflow.mms_rnn.scaling import Derived, Scaling
from magnetoflow.workflow.failures import remark_lines

FROM_DATA = {"b0_nt": Derived(15.0, 1.0, ""), "n0_cm3": Derived(0.25, 0.05, "")}


@pytest.mark.parametrize(
    ("b0_nt", "n0_cm3", "expected"),
    [
        (15.0, 0.25, []),
        (17.9, 0.25, []),
        (18.1, 0.25, ["B0 is 18.1 nT, but the data say 15 +- 1"]),
        (1000.0, 1000.0, ["B0 is 1000 nT", "n0 is 1000 cm^-3, but the data say 0.25 +- 0.05"]),
    ],
)
def test_given_scales_that_the_data_contradict_are_named(b0_nt, n0_cm3, expected):
    said = list(scale_remarks(EventScales(Scaling(b0_nt, n0_cm3), None, FROM_DATA)))
    assert len(said) == len(expected)
    for line, part in zip(said, expected, strict=True):
        assert line.startswith(part)


def test_derived_scales_and_reliable_axes_need_no_remark():
    lmn = Lmn(np.eye(3), True, "gradient")
    scaling = Scaling(15.0, 0.25, 1.0, 0.05, "total pressure", "sheet centre")
    assert list(scale_remarks(EventScales(scaling, lmn, FROM_DATA))) == []
    assert list(scale_remarks(EventScales(None, None, {}, "no data"))) == []


def test_axes_that_could_not_be_used_are_named_with_the_reason():
    lmn = Lmn(np.eye(3), False, "variance", "the eigenvalues of N differ by 1.3 only")
    (line,) = scale_remarks(EventScales(Scaling(15.0, 0.25), lmn, {}))
    assert "GSM is used: the eigenvalues of N differ by 1.3 only" in line


def labels(predicted, unknown):
    return pd.DataFrame({"Predicted": pd.array(predicted, dtype="Int64"), "unknown": unknown})


def test_less_data_than_asked_for_and_mostly_unknown_samples_are_said():
    whole = labels([0] * 100, [False] * 100)
    assert list(sample_remarks(whole, 3.0, 3.0)) == []
    (line,) = sample_remarks(whole, 3.0, 60.0)
    assert line == "3.0 of 60.0 s have electron records"
    (line,) = sample_remarks(labels([0] * 100, [True] * 60 + [False] * 40), 3.0, 3.0)
    assert line.startswith("60 % of the samples with all inputs are unknown")
    (line,) = sample_remarks(labels([None] * 20 + [0] * 80, [True] * 20 + [False] * 80), 3.0, 3.0)
    assert line == "20 % of the samples lack an input"


def test_the_end_of_a_run_repeats_the_first_remarks(tmp_path):
    table = tmp_path / "remarks.csv"
    assert remark_lines(table) == []
    rows = [f"e{k},{k % 2 or ''},something {k},folder" for k in range(5)]
    table.write_text("event,probe,remark,source\n" + "\n".join(rows) + "\n")
    said = remark_lines(table, most=3)
    assert said[:2] == ["e0: something 0", "e1 MMS1: something 1"]
    assert said[3] == f"and 2 more remarks in {table}"
