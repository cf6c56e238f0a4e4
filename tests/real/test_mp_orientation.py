"""Axes of the crossing of 2015-10-16 by MMS1, in nested intervals, against the published ones."""

import os
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.errors import VariableError
from magnetoflow.io.mp_loading import load_folder
from magnetoflow.mms_mp.imported import imported_axes
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.mms_mp.orientation import OrientationOptions, first_axes, orient
from magnetoflow.mms_mp.windows import place_of
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
pytestmark = pytest.mark.skipif(not (REAL / "mms").is_dir(), reason="no real files beside the checkout")
# L, M, N in GSE of Burch et al. 2016, doi:10.1126/science.aaf2939; variance in this interval gives them
PUBLISHED = [[0.3665, -0.1201, 0.9226], [0.5694, -0.7553, -0.3245], [0.7358, 0.6443, -0.2084]]
INTERVAL = "2015-10-16T13:05:40", "2015-10-16T13:06:09"


@pytest.fixture(scope="module")
def event():
    return load_folder(REAL, probes=[1], start="2015-10-16T13:05:30", stop="2015-10-16T13:07:40")


def window(event, start, stop):
    return tuple(float(event.seconds(np.datetime64(one, "ns"))) for one in (start, stop))


@pytest.fixture(scope="module")
def published(event):
    return imported_axes(
        PUBLISHED,
        order="rows",
        frame="GSE",
        rotation=event.rotation,
        position_km=place_of(event, event.time0),
    )


@pytest.fixture(scope="module")
def found(event):
    return orient(event, {1: window(event, *INTERVAL)}, OrientationOptions(method="mva"))


def test_the_published_axes_in_the_published_interval(found, published):
    assert angle_deg(found.lmn.matrix[0], published.matrix[0]) < 0.5
    assert angle_deg(found.lmn.matrix[2], published.matrix[2]) < 2.5


def test_the_normal_is_hardly_known_and_the_errors_say_so(event, found):
    one = next(it for it in found.normals if it.method == "mva")
    assert 2 < one.quality["ratio_23"] < 3
    assert one.quality["independent"] < 20  # of 3712 samples: the noise is waves
    assert 10 < one.error_deg < 50
    # the normals of nested intervals are apart, within what their errors allow
    apart = [row["angle_deg"] for row in found.nested]
    assert max(apart) > 10
    for row in found.nested:
        assert row["angle_deg"] < 3 * np.hypot(row["error_deg"], one.error_deg)
    auto = orient(event, {1: window(event, *INTERVAL)}).lmn
    assert (auto.method, auto.reliable) == ("shue1998", False)
    assert "mva: its error is" in auto.reason


def test_l_is_the_same_from_half_a_minute_to_two(event, found, published):
    assert angle_deg(first_axes(event).matrix[0], published.matrix[0]) < 15
    for start, stop in (
        ("2015-10-16T13:05:35", "2015-10-16T13:06:14"),
        ("2015-10-16T13:05:31", "2015-10-16T13:07:39"),
    ):
        one = orient(event, {1: window(event, start, stop)}, OrientationOptions(method="mva", nested=()))
        assert angle_deg(one.variance[1].matrix[0], published.matrix[0]) < 5


def test_published_axes_read_in_the_wrong_order_are_refused(event):
    with pytest.raises(VariableError):
        imported_axes(
            np.array(PUBLISHED)[[2, 0, 1]],
            order="rows",
            frame="GSE",
            rotation=event.rotation,
            position_km=place_of(event, event.time0),
        )
