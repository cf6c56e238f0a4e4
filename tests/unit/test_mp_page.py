"""Pages of mms_mp events: numbers with errors, true times, signs, and nothing that a browser would run."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import VariableError
from magnetoflow.io import html
from magnetoflow.io.mp_page import write_nothing_page, write_page
from magnetoflow.io.mp_viewer import (
    COLUMNS,
    viewer_frame,
    viewer_name,
    write_viewer,
    write_viewer_index,
)
from magnetoflow.mms_mp.figure_names import CAPTIONS
from magnetoflow.mms_mp.overlay import Published
from magnetoflow.mms_mp.wording import number, plain, vector
from magnetoflow.sample.magnetopause import CASE_A
from tests.unit.mp_figure_data import TIME0, fake_analysis, fake_event, timing, without_crossing

SOURCE = "synthetic sample data"
PAIR = (1, 3)


def page_of(folder: Path, event, analysis) -> str:
    figures = {name: f"figures/{name}.png" for name in CAPTIONS}
    write_page(
        folder / "index.html", event, analysis, source=SOURCE, figures=figures, tables=["crossings.csv"],
        viewers=["viewer/mms1_summary_20180115_060000.html"],
    )  # fmt: skip
    return (folder / "index.html").read_text(encoding="utf-8")


@cache
def frame() -> pd.DataFrame:
    return viewer_frame(fake_event(PAIR), fake_analysis(PAIR), 1)


def test_the_page_states_results_with_their_errors(tmp_path: Path) -> None:
    text = page_of(tmp_path, fake_event(), fake_analysis())
    for words in (
        "synthetic sample data", "2018-01-15T05:57:30 to 2018-01-15T06:02:30 UTC",
        "Pass 1 (main), outbound: V_N = −60.10 ± 0.12 km/s by timing", "<td>05:59:59.9106</td>",
        "<td>6.94605 ± 0.00080</td><td>399.5 ± 1.1</td><td>−57.59 ± 0.12</td>",
        "<td>N</td><td>(0.80044, 0.50028, −0.33018)</td>", "0.4° about M (N toward L)",
        "interval 05:59:20.000 to 06:00:40.000 UTC", "B_N = 2.000 ± 0.090 nT",
        '<tr class="off"><td>mva_bn0</td>', "MMS3: no spacecraft potential",
        "four-point timing possible", '<a href="crossings.csv">',
    ):  # fmt: skip
        assert words in text
    sources = re.findall(r'<img src="([^"]*)"', text)
    assert sources == [f"figures/{name}.png" for name in CAPTIONS]
    assert text.count("MMS3: no spacecraft potential") == 1


def test_the_page_says_why_times_do_not_determine_the_normal(tmp_path: Path) -> None:
    assert timing(PAIR).degenerate
    text = page_of(tmp_path, fake_event(PAIR), fake_analysis(PAIR))
    assert "Times do not determine the normal: fewer than four spacecraft" in text


def test_a_page_without_crossing_says_so(tmp_path: Path) -> None:
    event = replace(fake_event(PAIR), left_out={2: "no position"})
    analysis = replace(without_crossing(fake_analysis(PAIR)), notes=("MMS2 left out: no position",))
    text = page_of(tmp_path, event, analysis)
    assert "<p>no crossing</p>" in text
    assert "MMS2 left out: no position" in text
    write_nothing_page(tmp_path / "failed.html", "x<y", source=SOURCE, reason="<b>no</b> file")
    failed = (tmp_path / "failed.html").read_text(encoding="utf-8")
    assert "x&lt;y" in failed
    assert "&lt;b&gt;no&lt;/b&gt; file" in failed


def test_hostile_text_is_escaped_or_cut(tmp_path: Path) -> None:
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    bad = replace(event.spacecraft[1], notes=("<script>alert(1)</script>\x00\x1b[31m",), files=("x" * 10**6,))
    event = replace(event, spacecraft={1: bad, 3: event.spacecraft[3]})
    text = page_of(tmp_path, event, replace(analysis, notes=('"><img src=x onerror=alert(1)>',)))
    assert "<script" not in text
    assert "onerror=alert(1)>" not in text
    assert "\x00" not in text
    assert "\x1b" not in text
    assert len(text) < 50_000
    for target in ("../secret", "/etc/passwd", "javascript:alert(1)", "https://example.org/a.png"):
        with pytest.raises(ValueError, match="within the folder"):
            html.link(target)
    assert html.reference('a "b".png') == "a%20%22b%22.png"


def test_pages_need_no_network_and_repeat(tmp_path: Path) -> None:
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    first, second = (page_of(tmp_path / name, event, analysis) for name in ("a", "b"))
    assert first == second
    assert "http" not in first
    assert "<script" not in first


def test_every_value_of_the_table_is_at_its_own_time() -> None:
    """Defect 21: arrays of different cadence were cut to the shortest and paired."""
    table, event = frame(), fake_event(PAIR)
    craft, axes = event.spacecraft[1], fake_analysis(PAIR).orientation.lmn.matrix
    assert tuple(table.columns) == COLUMNS
    for column, time, values in (
        ("B_L", craft.b.time, craft.b.values @ axes[0]),
        ("B_N", craft.b.time, craft.b.values @ axes[2]),
        ("Vn_i", craft.plasma["ion"].time, craft.plasma["ion"].v_km_s @ axes[2]),
        ("Vn_e", craft.plasma["electron"].time, craft.plasma["electron"].v_km_s @ axes[2]),
        ("Vn_he", craft.plasma["heplus"].time, craft.plasma["heplus"].v_km_s @ axes[2]),
    ):
        known = table[column].notna()
        np.testing.assert_array_equal(table["t"][known].to_numpy(), time)
        np.testing.assert_allclose(table[column][known], values, atol=6e-5)
    assert table["t"].is_monotonic_increasing
    assert table["t"].is_unique


def test_the_table_holds_the_minutes_asked_for_and_one_frame() -> None:
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    part = viewer_frame(event, analysis, 1, minutes=1.0)
    half = np.timedelta64(30, "s")
    assert part["t"].min() >= TIME0 - half
    assert part["t"].max() < TIME0 + half
    whole = frame()
    assert len(part) == ((whole["t"] >= TIME0 - half) & (whole["t"] < TIME0 + half)).sum()
    with pytest.raises(VariableError, match="different frames"):
        viewer_frame(event, replace(analysis, frame="GSE"), 1)


def test_the_viewer_shows_published_values_with_their_signs(tmp_path: Path) -> None:
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    name = viewer_name(1, event.time0)
    assert name == "mms1_summary_20180115_060000"
    page = write_viewer(
        tmp_path, event, analysis, 1, source=SOURCE, image=f"{name}.png", minutes=0.5,
        published=Published(-CASE_A.axes[2], 55.0),
    )  # fmt: skip
    text = (tmp_path / page).read_text(encoding="utf-8")
    assert "<td>−1.0000</td><td>55 km/s</td><td>−55 km/s</td><td>−60.10 ± 0.12 km/s</td>" in text
    assert "earthward" in text
    assert f'src="{name}.png"' in text
    with (tmp_path / f"{name}.csv").open(encoding="utf-8") as lines:
        assert lines.readline() == "t,B_L,B_M,B_N,Vn_i,Vn_e,Vn_he\n"
        assert lines.readline().startswith("2018-01-15T05:59:45.")
    write_viewer_index(tmp_path / "index.html", event, [page], source=SOURCE)
    assert f'<a href="{page}">' in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (-60.1234, 0.123, "−60.12 ± 0.12"),
        (1152.4, 24.1, "1152 ± 24"),
        (6.946, 0.0008, "6.94600 ± 0.00080"),
        (12345.6, 4567.8, "12346 ± 4568"),
        (0.00002, None, "2e−05"),
        (2960.4, None, "2960"),
        (5.3, float("nan"), "5.3"),
        (float("nan"), 1.0, ""),
    ],
)
def test_numbers_have_the_digits_of_their_errors(value: float, error: float | None, words: str) -> None:
    assert number(value, error) == words


def test_numbers_and_vectors_are_plain() -> None:
    assert plain(-0.25) == "−0.25"
    assert plain(0.0) == "0"
    assert vector((1.0, -0.5, 0.25), 2) == "(1.00, −0.50, 0.25)"
    assert vector((1.0, np.nan, 0.0)) == ""
