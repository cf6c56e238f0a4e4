"""docs/reruns.md: each line has a test, each test a line, and its tables are those that tests ask for."""

import re

import pytest

from tests.rerun_page import table_of_events, table_of_keys
from tests.rerun_table import FOLLOWS
from tests.runs import ROOT

PAGE = (ROOT / "docs" / "reruns.md").read_text(encoding="utf-8")
TESTS = [ROOT / "tests" / "unit" / "test_archive_update.py", *ROOT.glob("tests/workflow/test_*.py")]


def test_each_line_has_a_test_and_each_test_a_line():
    lines = re.findall(r"^\| (R\d\d) \| (?=[^|]*[a-z`*])", PAGE.split("## Rows that differ")[0], re.MULTILINE)
    names = [
        name for path in TESTS for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    ]
    tested = {number.upper() for name in names for number in re.findall(r"(?<=_)r\d\d(?=_)", name)}
    assert lines == sorted({*lines}), "in order, each once"
    assert {*lines} == tested


@pytest.mark.parametrize("study", FOLLOWS)
def test_keys_are_those_of_the_tests(study):
    assert "\n".join(table_of_keys(study)) in PAGE.split(f"\n### {study}\n")[1].split("\n### ")[0]


def test_events_are_those_of_the_tests():
    assert "\n".join(table_of_events()) in PAGE


def test_the_page_is_named_in_the_readme():
    assert "docs/reruns.md" in (ROOT / "README.md").read_text(encoding="utf-8")
