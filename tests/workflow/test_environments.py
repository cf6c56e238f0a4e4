"""Conda environments against the table, the pins, the imports and the rules."""

import ast
import re
import sys
from functools import cache

import pytest
import yaml

from magnetoflow.workflow.code_hash import ROOT, reached
from magnetoflow.workflow.environments import (
    CONDA_NAMES,
    ENVIRONMENTS,
    IMPORT_NAMES,
    environment_text,
    read_pins,
)

OF_SCRIPTS = {
    "archive/manifest.py": "archive",
    "aurora/discard.py": "archive",
    "report/front_page.py": "archive",
    "provenance/run.py": "archive",
    "archive/sample_mms_gmm.py": "mms_gmm",
    "archive/sample_mms_mp.py": "mms_mp",
    "archive/sample_mms_rnn.py": "mms_rnn",
    "archive/sample_rept_pad.py": "rept_pad",
    "archive/sample_aurora.py": "aurora",
    "archive/sample_aurora_labels.py": "aurora",
}

EXTRAS = {"pyspedas", "deflate"}
"""Of an extra, and without a package on conda-forge: what needs it says how to install it. ``deflate`` is
only looked for, as cdflib uses it where a user has it.
"""


def environment_of(script):
    return OF_SCRIPTS.get(script, script.split("/")[0])


def test_files_equal_the_table():
    pins = read_pins()
    written = {path.stem: path.read_text() for path in (ROOT / "envs").glob("*.yaml")}
    assert written == {name: environment_text(name, pins) for name in ENVIRONMENTS}, "run `make envs`"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_schema_and_pins(name):
    content = yaml.safe_load((ROOT / "envs" / f"{name}.yaml").read_text())
    assert set(content) == {"name", "channels", "dependencies"}
    assert content["channels"][-1] == "nodefaults"
    pypi = {conda: name for name, conda in CONDA_NAMES.items()}
    pins = read_pins()
    for row in content["dependencies"]:
        package, version = re.fullmatch(r"([a-z0-9-]+) =([0-9.]+)", row).groups()
        if package != "python":
            assert pins[pypi.get(package, package)] == version


@cache
def third_party(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"magnetoflow", "snakemake", "pydantic_core"}


@pytest.mark.parametrize(
    "script", sorted(str(p.relative_to(ROOT / "scripts")) for p in ROOT.glob("scripts/*/*.py"))
)
def test_what_a_script_imports_is_declared(script):
    modules = [ROOT / "scripts" / script, *reached(f"scripts/{script}").values()]
    imported = {IMPORT_NAMES.get(name, name) for path in modules for name in third_party(path)}
    assert imported - EXTRAS <= set(ENVIRONMENTS[environment_of(script)])


def test_each_environment_is_named_by_a_rule():
    rules = "".join(path.read_text() for path in ROOT.glob("rules/*.smk"))
    assert set(re.findall(r'"\.\./envs/(\w+)\.yaml"', rules)) == set(ENVIRONMENTS)


def test_dependencies_are_pinned():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    assert {name.lower() for name in asked} <= set(read_pins())
