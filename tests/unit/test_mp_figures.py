"""Figures of mms_mp: what they show, that gaps stay blank and no spike is lost, that bytes repeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from magnetoflow.errors import VariableError
from magnetoflow.figures.envelope import broken, envelope
from magnetoflow.figures.mms_mp import (
    draw_figures,
    gradients_figure,
    methods_figure,
    nothing_figure,
    overlay_figure,
    overview_figure,
    spectrograms_figure,
    summary_figure,
    timing_figure,
    walen_figure,
)
from magnetoflow.figures.mms_mp.formation import formation_figure
from magnetoflow.figures.mms_mp.methods import tangent_deg
from magnetoflow.figures.mms_mp.panels import COLOURS, along
from magnetoflow.figures.mms_mp.spectrum_image import picture
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.time_axis import day_number
from magnetoflow.mms_mp.data import Spectrogram
from magnetoflow.mms_mp.figure_names import CAPTIONS, caption, figure_names
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.sample.magnetopause import CASE_A, Boundary
from tests.unit.mp_figure_data import (
    FIELD_GAP_S,
    ION_GAP_S,
    NOTE,
    SPIKE_NT,
    SPIKE_S,
    START,
    STOP,
    TIME0,
    crossing,
    fake_analysis,
    fake_event,
    offset,
    tilted,
    utc,
    without_crossing,
)

HEAD = {"source_note": NOTE}
PAIR = (1, 3)
ALL = (1, 2, 3, 4)
LEFT_OUT = ("summary_mms3",)
"""As another; drawing takes time."""
NARROW = [name for name in figure_names((1, 2, 3)) if name not in LEFT_OUT]


@cache
def narrow() -> dict[str, Figure]:
    """Figures of two spacecraft, 85 mm wide."""
    event = replace(fake_event(PAIR), left_out={2: "no position"})
    return dict(draw_figures(event, fake_analysis(PAIR), (1, 2, 3), **HEAD, width_mm=85, leave_out=LEFT_OUT))


def shown(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def words(figure: Figure) -> str:
    return " ".join(" | ".join(text.get_text() for text in shown(figure)).split())


def named(figure: Figure, gid: str) -> list[np.ndarray]:
    """(2, point) data of the lines of a name."""
    return [
        np.asarray(line.get_data()) for axes in figure.axes for line in axes.lines if line.get_gid() == gid
    ]


def check_page(figure: Figure, width_mm: float) -> None:
    """Legible, with its source, within the page, nothing of the head on the panels."""
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width_mm)
    assert figure.get_size_inches()[1] * 25.4 < 300
    assert min(text.get_size() for text in shown(figure)) >= 7
    assert "synthetic sample data" in words(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    panels = [axes.get_tightbbox(renderer) for axes in figure.axes if axes.axison and axes.get_visible()]
    for box in panels:
        assert -1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1
        assert -1 <= box.y0 < box.y1 <= figure.bbox.y1 + 1
    for artist in [*figure.legends, *figure.texts]:
        box = artist.get_window_extent(renderer)
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert not any(box.shrunk(0.97, 0.97).overlaps(panel) for panel in panels)


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_an_envelope_keeps_extremes_and_ends_of_each_bin(bins: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.random(2000))
    y = np.where(rng.random(2000) < 0.1, np.nan, rng.normal(size=2000))
    kept_x, kept_y = envelope(x, y, bins)
    assert len(kept_x) <= 5 * bins
    assert np.isin(kept_x, x).all()
    assert (np.diff(kept_x) >= 0).all()
    place, kept_place = (
        np.minimum(((one - x[0]) * (bins / (x[-1] - x[0]))).astype(int), bins - 1) for one in (x, kept_x)
    )
    for one in np.unique(place):
        all_in, kept_in = y[place == one], kept_y[kept_place == one]
        assert np.isnan(all_in).any() == np.isnan(kept_in).any()
        known, kept = all_in[~np.isnan(all_in)], kept_in[~np.isnan(kept_in)]
        if len(known):
            assert (known.min(), known.max(), known[0], known[-1]) == (
                kept.min(), kept.max(), kept[0], kept[-1]
            )  # fmt: skip


def test_a_spike_among_a_million_points_stays() -> None:
    y = np.zeros(1_000_000)
    y[765_432] = 1.0
    x = np.arange(1_000_000.0)
    kept_x, kept_y = envelope(x, y, 1000)
    assert len(kept_x) <= 5000
    assert kept_x[kept_y == 1.0] == [765_432]
    few = envelope(x[:4000], y[:4000], 1000)
    assert few[0] is not None
    assert len(few[0]) == 4000
    assert len(envelope(x[:0], y[:0], 10)[0]) == 0
    with pytest.raises(ValueError, match="bins"):
        envelope(x, y, 0)


def test_lines_break_at_gaps() -> None:
    time = TIME0 + np.array([0, 1, 2, 5, 6]) * np.timedelta64(1, "s")
    days, values = broken(time, np.arange(5.0))
    assert np.isnan(values).tolist() == [False, False, False, True, False, False]
    assert days[2] == days[3] < days[4]


@pytest.mark.parametrize("name", NARROW)
def test_every_figure_is_legible_and_within_the_page(name: str) -> None:
    check_page(narrow()[name], 85)


@pytest.mark.parametrize("draw", [methods_figure, timing_figure, gradients_figure])
def test_figures_of_four_spacecraft_are_within_the_page(draw: Callable[..., Figure]) -> None:
    check_page(draw(fake_event(), fake_analysis(), **HEAD, width_mm=170), 170)


def test_a_spacecraft_without_data_says_why() -> None:
    assert "no position" in words(narrow()["summary_mms2"])
    assert "nothing to draw" in words(nothing_figure("a", "nothing to draw", NOTE))


def test_names_and_captions_belong_together() -> None:
    assert list(narrow()) == NARROW
    assert caption("summary_mms3").endswith("MMS3.")
    assert set(CAPTIONS) == set(figure_names(()))


def test_the_summary_shows_field_along_lmn_with_its_spike_and_gap() -> None:
    figure, event = narrow()["summary_mms1"], fake_event(PAIR)
    (days, b_l) = next(line for line in named(figure, "B$_L$") if len(line[0]) > 100)
    field = along(fake_analysis(PAIR), event.spacecraft[1].b)
    at = day_number(utc(np.array([SPIKE_S])))[0]
    near = np.abs(days - at) < 0.02 / 86400
    assert np.nanmax(b_l[near]) == pytest.approx(
        field[event.seconds(event.spacecraft[1].b.time) > SPIKE_S, 0][0]
    )
    assert np.nanmax(b_l[near]) == pytest.approx(CASE_A.b_l_nt[1] + SPIKE_NT, abs=0.3)
    ends = day_number(utc(np.array(FIELD_GAP_S)))
    inside = (days > ends[0] - 1e-7) & (days < ends[1] + 1e-7)
    assert np.isnan(b_l[inside]).any()
    (_, heplus) = named(figure, "n$_{He+}$")[0]
    assert np.nanmax(heplus) < 0.6
    strip = figure.axes[0].collections
    assert [to_hex(bar.get_facecolor()[0]).upper() for bar in strip] == [
        COLOURS[name].upper() for name in ("magnetosphere", "mp_layer", "sheath")
    ]


def test_mixed_frames_are_refused() -> None:
    event, analysis = fake_event(PAIR), replace(fake_analysis(PAIR), frame="GSE")
    with pytest.raises(VariableError, match="different frames"):
        summary_figure.__wrapped__(event, analysis, 1, **HEAD)
    with pytest.raises(VariableError, match="different frames"):
        overview_figure.__wrapped__(event, analysis, "field", **HEAD)


def test_the_overlay_aligns_each_spacecraft_at_its_own_crossing() -> None:
    figure = overlay_figure.__wrapped__(fake_event(), fake_analysis(), **HEAD)
    left, right = figure.axes[2], figure.axes[3]  # B_L less the fit of MMS1
    assert "fit" in left.get_ylabel()
    worst = {}
    for side, axes in (("left", left), ("right", right)):
        for line in axes.lines:
            if line.get_gid() == "mms4":
                t, y = np.asarray(line.get_data())
                worst[side] = np.nanmean(y[np.abs(t) < 1])
    slope = -35 / crossing(1).fit.w_s
    assert worst["left"] == pytest.approx(-slope * (crossing(4).time_s - crossing(1).time_s), rel=0.1)
    assert abs(worst["right"]) < 0.02
    assert "pass 1 (outbound)" in words(figure)


def test_distance_has_the_sign_of_the_path_along_n() -> None:
    figure = overlay_figure.__wrapped__(fake_event(PAIR), fake_analysis(PAIR), **HEAD)
    upper = figure.axes[1].child_axes[0]
    figure.set_layout_engine("none")
    figure.draw_without_rendering()
    outside, inside = upper.transData.transform([(2000.0, 0), (-2000.0, 0)])[:, 0]
    assert outside < inside  # the boundary moves earthward
    assert upper.get_xlim()[1] / figure.axes[1].get_xlim()[1] == pytest.approx(57.59, abs=0.01)


def test_displacement_breaks_at_gaps_and_its_band_is_one_sigma() -> None:
    figure, motion = narrow()["displacement"], fake_analysis(PAIR).motion[1]
    axes = figure.axes[1]
    bands = [one.get_paths()[0].vertices for one in axes.collections]
    assert len(bands) == 2
    known = day_number(motion.time[motion.segment == 0])
    row = 100
    at = bands[0][np.isclose(bands[0][:, 0], known[row], rtol=0, atol=1e-12)][:, 1]
    assert np.ptp(at) == pytest.approx(2 * motion.displacement_error_km[row])
    edge = day_number(utc(np.array(ION_GAP_S)))
    assert bands[0][:, 0].max() < edge[0] + 1e-8 < edge[1] - 1e-8 < bands[1][:, 0].min()
    assert "layer 1152 ± 24 km" in words(figure)


def test_methods_stand_at_their_tilts_with_their_errors() -> None:
    n = tilted(2.0, -1.0)
    np.testing.assert_allclose(tangent_deg(n, CASE_A.axes), [-1.0, 2.0], atol=0.01)
    np.testing.assert_allclose(np.hypot(*tangent_deg(n, CASE_A.axes)), angle_deg(n, CASE_A.axes[2]))
    figure = methods_figure.__wrapped__(fake_event(), fake_analysis(), **HEAD)
    plane = figure.axes[0]
    marks = {line.get_gid(): line for line in plane.lines if line.get_gid()}
    names = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    row = names.index("7 MDD") + 1
    np.testing.assert_allclose(np.ravel(marks[f"normal {row}"].get_data()), [-0.2, 0.3], atol=1e-3)
    ellipse = [one for one in plane.patches if np.allclose(one.center, [-0.2, 0.3], atol=1e-3)]
    assert {round(one.width, 6) for one in ellipse} == {1.0}
    assert "HT frame MMS4" in words(figure)
    assert not any(text.get_text() == "6" for text in plane.texts)  # not reliable, far away


def test_times_lie_on_the_line_of_the_speed() -> None:
    figure = timing_figure.__wrapped__(fake_event(), fake_analysis(), **HEAD)
    left, middle, right = figure.axes
    n = CASE_A.axes[2]
    for container in left.containers:
        (x,), (t,) = container.lines[0].get_data()
        assert t == pytest.approx(x / -60.0, abs=0.001)
    rest = {int(one.lines[0].get_xdata()[0]): one.lines[0].get_ydata()[0] for one in middle.containers}
    assert set(rest) == set(ALL)
    assert max(map(abs, rest.values())) < 1.0
    assert "four-point timing" in words(figure)
    assert [text.get_text() for text in right.get_xticklabels()] == ["1>2", "1>3", "1>4"]
    assert left.containers[0].lines[0].get_xdata()[0] == pytest.approx(
        (offset(1) - np.mean([offset(one) for one in ALL], axis=0)) @ n, abs=0.5
    )


def test_a_rotational_discontinuity_lies_on_the_walen_line() -> None:
    boundary = Boundary(rotational=True, n_cm3=(10.0, 10.0))
    figure = walen_figure.__wrapped__(fake_event((1,), boundary), fake_analysis((1,), boundary), **HEAD)
    x, y = (np.concatenate(part) for part in zip(*(line.get_data() for line in figure.axes[0].lines
            if line.get_marker() == "."), strict=True))  # fmt: skip
    known = np.isfinite(x)
    assert np.sum(x[known] * y[known]) / np.sum(x[known] ** 2) == pytest.approx(-1.0, abs=0.02)
    assert "\N{MINUS SIGN}0.980 ± 0.020" in words(figure)


def test_an_event_without_crossing_is_drawn_and_says_so() -> None:
    event, analysis = fake_event(PAIR), without_crossing(fake_analysis(PAIR))
    for draw, text in (
        (overlay_figure, "no crossing was found"),
        (timing_figure, "no crossing was found"),
        (walen_figure, "no deHoffmann-Teller frame"),
        (gradients_figure, "no gradients"),
    ):
        assert text in words(draw.__wrapped__(event, analysis, **HEAD))
    assert "not reliable" in words(summary_figure.__wrapped__(event, analysis, 1, **HEAD))
    alone = fake_analysis((1,))
    assert "tell nothing" in words(timing_figure.__wrapped__(fake_event((1,)), alone, **HEAD))
    assert "no speed" in words(methods_figure.__wrapped__(event, analysis, **HEAD))


def test_missing_products_are_named_in_their_panels() -> None:
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    bare = replace(event.spacecraft[1], plasma={}, e=None, spectra={})
    event = replace(event, spacecraft={1: bare, 3: event.spacecraft[3]})
    analysis = replace(analysis, motion={3: analysis.motion[3]})
    text = words(summary_figure.__wrapped__(event, analysis, 1, **HEAD))
    assert text.count("no data") == 3
    assert text.count("no spectra") == 2
    assert "no data" in words(overview_figure.__wrapped__(event, analysis, "plasma", **HEAD))
    assert "no spectra" in words(spectrograms_figure.__wrapped__(event, analysis, "ion", **HEAD))


def test_a_spectrum_stands_at_its_time_and_energy_whatever_its_table() -> None:
    energy = np.geomspace(10, 30000, 32)
    tables = np.stack([energy, energy * 1.1] * 50)
    flux = np.full((100, 32), 1e3)
    flux[40, 16] = 1e8
    time = START + (1500 + 3000 * np.arange(100)) * np.timedelta64(1, "ms")
    kept = np.r_[:60, 70:100]
    one = Spectrogram("f", time[kept], flux[kept], tables[kept])
    made = picture(one, START, STOP, 500)
    assert made is not None
    assert made.flux.shape[1] == 100
    row, column = np.argwhere(made.flux == 1e8)[0]
    assert column == 40
    middle = made.low_ev * (made.high_ev / made.low_ev) ** ((row + 0.5) / len(made.flux))
    assert middle == pytest.approx(tables[40, 16], rel=0.2)
    assert np.isnan(made.flux[:, 61:69]).all()
    assert np.isfinite(made.flux[:, :60]).all()
    coarse = picture(one, START, STOP, 25)
    assert coarse is not None
    assert coarse.flux.shape[1] == 25
    assert np.nanmax(coarse.flux) == pytest.approx((1e8 + 3e3) / 4)
    assert picture(one, STOP, STOP + np.timedelta64(1, "s"), 10) is None
    lower = picture(one, START, STOP, 500, most_ev=3000.0)
    assert lower is not None
    assert lower.high_ev == 3000.0


def test_colours_are_those_that_a_user_chose() -> None:
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    figure = formation_figure.__wrapped__(event, analysis, colours={"mms1": "#123456"}, **HEAD)
    assert {line.get_color() for axes in figure.axes for line in axes.lines if line.get_gid() == "mms1"} == {
        "#123456"
    }
    with pytest.raises(ValueError, match="mms9"):
        formation_figure.__wrapped__(event, analysis, colours={"mms9": "red"}, **HEAD)


def test_saved_bytes_repeat(tmp_path: Path) -> None:
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    for name in ("first.png", "second.png"):
        save_figure(timing_figure(event, analysis, **HEAD, width_mm=85), tmp_path / name, dpi=60)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
