"""What the rules and scripts are made of."""

import ast
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from magnetoflow.config.common import STUDIES
from magnetoflow.mms_mp.figure_names import CAPTIONS
from magnetoflow.report.tables import TABLES, caption_of
from magnetoflow.workflow import aurora, mms_gmm, mms_mp, mms_rnn, rept_pad
from magnetoflow.workflow.code_hash import ROOT

SCRIPTS = sorted(ROOT.glob("scripts/*/*.py"))
RULES = [ROOT / "Snakefile", *sorted(ROOT.glob("rules/*.smk"))]


LAZY = ("scipy", "matplotlib", "isal", "sklearn", "concurrent", "xml", "email", "importlib")
"""Packages that do not import all of their parts."""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_read_their_configuration_from_params_only(path):
    """An edit of ``snakemake.config`` would rerun nothing."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Attribute) and node.attr == "config":
            assert ast.unparse(node.value).endswith("params"), f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_no_rule_has_code_of_its_own(path):
    assert not re.search(r"^ +(run|shell|retries):", path.read_text(), re.MULTILINE)


def test_every_rule_has_what_the_contract_asks():
    asked = {"output", "log", "benchmark", "threads", "resources", "conda", "message", "params", "script"}
    for path in RULES:
        for block in re.split(r"\n(?=rule )", path.read_text())[1:]:
            name = block.split(":")[0]
            if name in {"rule all", *(f"rule {study}" for study in STUDIES)}:
                continue
            assert asked <= set(re.findall(r"^    (\w+):", block, re.MULTILINE)), name
            code = "code=code_hash(" in block
            assert code == (name != "rule manifest"), name


@pytest.mark.parametrize("folder", ["magnetoflow", "scripts"])
def test_parts_of_libraries_are_imported_where_they_are_used(folder):
    """A job in a test may have them from its warm process: see `tests/warm`."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        names = [one for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
        wholes = {one.asname or one.name: one.name for one in names if one.name in LAZY}
        parts = {one.name for one in names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in wholes:
                part = f"{wholes[node.value.id]}.{node.attr}"
                assert part in parts or find_spec(part) is None, f"{path}:{node.lineno}: import {part}"


def test_what_the_snakefile_imports_is_light():
    code = (
        "import sys, magnetoflow.config, magnetoflow.archive.layout, magnetoflow.archive.manifests;"
        "import magnetoflow.archive.source, magnetoflow.workflow.mms_gmm, magnetoflow.io.model_files;"
        "import magnetoflow.workflow.failures, magnetoflow.workflow.code_hash, magnetoflow.sample.plan;"
        "import magnetoflow.workflow.aurora, magnetoflow.archive.images, magnetoflow.workflow.mms_rnn;"
        "import magnetoflow.workflow.mms_mp, magnetoflow.workflow.rept_pad;"
        "print({'numpy', 'pandas', 'matplotlib', 'numba', 'torch', 'openpyxl', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("tool", [["-m", "snakefmt", "--check", "Snakefile", "rules"]])
def test_rules_are_formatted(tool):
    done = subprocess.run([sys.executable, *tool], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


FIGURES = {
    "mms_gmm": (*mms_gmm.FIGURES, "regions"),
    "mms_mp": (*mms_mp.FIGURES, *CAPTIONS),
    "mms_rnn": (*mms_rnn.FIGURES, *mms_rnn.EVENT_FIGURES, "page"),
    "rept_pad": (*rept_pad.FIGURES, "series"),
    "aurora": (*aurora.FIGURES, "camera_day"),
}


def test_every_caption_is_used_and_every_used_one_is_there():
    names = {path.stem for path in (ROOT / "rules" / "captions").iterdir()}
    figures = {f"{study}_{name}" for study, found in FIGURES.items() for name in found}
    tables = {caption_of(study, one.path) for study, found in TABLES.items() for one in found} - {""}
    assert names == figures | tables | {"front_page", "report"}
