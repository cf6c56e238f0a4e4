"""Published axes: rows and columns, frames, and triads that cannot be those of the crossing."""

import numpy as np
import pytest

from magnetoflow.errors import VariableError
from magnetoflow.frames import gse_to_gsm
from magnetoflow.mms_mp.imported import check_outward, imported_axes
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.sample.magnetopause import CASE_A

AXES = CASE_A.axes
PLACE = CASE_A.r0_km
B = CASE_A.to_gsm(CASE_A.b_lmn_nt(62.4 * np.arange(-38, 38, 0.125)))


def test_rows_and_columns_are_stated_not_guessed():
    rounded = AXES.round(3)
    rows = imported_axes(rounded, order="rows", position_km=PLACE, b_nt=B, source="a paper, table 1")
    columns = imported_axes(rounded.T, order="columns", position_km=PLACE, b_nt=B)
    np.testing.assert_allclose(rows.matrix, columns.matrix)
    np.testing.assert_allclose(rows.matrix @ rows.matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rows.matrix) == pytest.approx(1)
    assert angle_deg(rows.matrix[2], AXES[2]) < 0.1
    assert (rows.method, rows.reason, rows.frame) == ("given", "a paper, table 1", "GSM")
    with pytest.raises(VariableError, match="without an order"):
        imported_axes(AXES, order="", position_km=PLACE)


def test_the_transpose_is_refused():
    # here the third column is near the model too: the field tells
    with pytest.raises(VariableError, match="does not vary least"):
        imported_axes(AXES, order="columns", position_km=PLACE, b_nt=B)


def test_defect_4_m_n_l_in_place_of_l_m_n():
    permuted = AXES[[1, 2, 0]]  # right-handed as well
    assert np.linalg.det(permuted) == pytest.approx(1)
    with pytest.raises(
        VariableError, match=r"(?s)no normal of the magnetopause.*row 2 is 16 deg from the model"
    ):
        imported_axes(permuted, order="rows", position_km=PLACE)


def test_defect_4_the_field_along_n_must_vary_least():
    # a turn by 45 deg about L keeps N within 60 deg of the model, but the field does not agree
    turn = np.stack([AXES[0], AXES[1] + AXES[2], AXES[2] - AXES[1]]) / np.array([[1], [2**0.5], [2**0.5]])
    swapped = np.stack([AXES[1], AXES[2], AXES[0]])
    place = 6371.2 * 10 * AXES[0]  # a place whose model normal is near the true L
    with pytest.raises(VariableError, match="along M it varies least"):
        imported_axes(swapped, order="rows", position_km=place, b_nt=B)
    imported_axes(swapped, order="rows", position_km=place)
    assert imported_axes(turn, order="rows", position_km=PLACE).method == "given"


def test_an_earthward_normal_is_refused():
    reversed_ = AXES * np.array([[1], [-1], [-1]])
    with pytest.raises(VariableError, match="toward the Earth"):
        imported_axes(reversed_, order="rows", position_km=PLACE)
    check_outward(AXES[2], PLACE)
    with pytest.raises(VariableError, match="toward the Earth"):
        check_outward(-AXES[2], PLACE)


def test_frames():
    rotation = gse_to_gsm(np.datetime64("2018-01-15T06:00:00"))
    gse = AXES @ rotation  # rows in GSE
    found = imported_axes(gse, order="rows", position_km=PLACE, frame="GSE", rotation=rotation)
    np.testing.assert_allclose(found.matrix, AXES, atol=1e-12)
    for frame, turn in (("GSE", None), ("DMPA", rotation)):
        with pytest.raises(VariableError, match="frame"):
            imported_axes(gse, order="rows", position_km=PLACE, frame=frame, rotation=turn)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (np.eye(2), "3 x 3"),
        (np.full((3, 3), np.nan), "3 x 3"),
        (AXES * 1.2, "not orthogonal"),
        (np.stack([AXES[0], AXES[0], AXES[2]]), "not orthogonal"),
        (AXES * np.array([[1], [-1], [1]]), "left-handed"),
    ],
)
def test_matrices_that_are_no_axes(axes, message):
    with pytest.raises(VariableError, match=message):
        imported_axes(axes, order="rows", position_km=PLACE)
