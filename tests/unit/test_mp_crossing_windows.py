"""Windows around crossings hold the whole layer, alike for all spacecraft of a passage."""

import numpy as np
import pytest

from magnetoflow.mms_mp.crossing_windows import around
from magnetoflow.mms_mp.passages import Crossing, TanhFit, Visit


def crossing(probe=1, time_s=10.0, w_s=1.0, *, good=True):
    fit = TanhFit(time_s, w_s, 0.0, -20.0, np.eye(4) * 0.01, good=good)
    return Crossing(probe, time_s, 0.2, "magnetosphere", "sheath", fit)


def stays(probe, begin, end):
    """Magnetosphere, layer and sheath."""
    names = ("magnetosphere", "mp_layer", "sheath")
    return tuple(
        Visit(probe, *one) for one in zip(names, (-50.0, begin, end), (begin, end, 80.0), strict=True)
    )


def test_a_pure_tanh_has_six_half_widths():
    found = around({1: crossing(w_s=2.0)}, {1: stays(1, 10 - 0.87 * 2, 10 + 0.87 * 2)})
    assert found[1] == pytest.approx((-2.0, 22.0))


def test_a_layer_with_a_plateau_is_held_whole_and_five_half_widths_beyond():
    (start, stop) = around({1: crossing()}, {1: stays(1, 9.5, 23.5)})[1]
    assert (start, stop) == pytest.approx((10 - 18.5, 10 + 18.5))


def test_the_layer_of_another_crossing_does_not_count():
    later = (*stays(1, 9.5, 10.9)[:2], Visit(1, "sheath", 10.9, 40.0), *stays(1, 60.0, 70.0))
    assert around({1: crossing()}, {1: later})[1] == pytest.approx((4.0, 16.0))


def test_one_spacecraft_alone_does_not_widen_the_windows_of_all():
    group = {probe: crossing(probe, 10.0 + probe) for probe in (1, 2, 3, 4)}
    visits = {probe: stays(probe, 9.2 + probe, 10.8 + probe) for probe in (2, 3, 4)} | {
        1: stays(1, -20, 11.8)
    }
    found = around(group, visits)
    assert {round(stop - start, 9) for start, stop in found.values()} == {12.0}
    assert found[3] == pytest.approx((7.0, 19.0))


def test_short_unknown_and_asked_for():
    assert around({1: crossing(w_s=0.1)}, {})[1] == pytest.approx((7.0, 13.0))
    assert around({1: crossing(good=False)}, {1: stays(1, 9.0, 30.0)})[1] == pytest.approx((7.0, 13.0))
    assert around({1: crossing()}, {1: stays(1, 9.0, 30.0)}, 5.0)[1] == pytest.approx((5.0, 15.0))
