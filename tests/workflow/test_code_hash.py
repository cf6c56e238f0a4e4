"""Each kind of edit, in a copy of a small package."""

import ast
import os
import sys
from pathlib import Path

import pytest

from magnetoflow.workflow.code_hash import ROOT, _read, code_hash, reached

FILES = {
    "scripts/study/job.py": "from magnetoflow.study.direct import work\n\nwork()\n",
    "magnetoflow/__init__.py": '"""Root."""\n',
    "magnetoflow/study/__init__.py": '"""Study."""\n',
    "magnetoflow/study/direct.py": (
        '"""Direct."""\nfrom . import relative\nfrom ..shared import constant\n\n\ndef work():\n'
        "    import magnetoflow.inside\n    return relative, constant, magnetoflow\n"
    ),
    "magnetoflow/study/relative.py": "from .further import value\n",
    "magnetoflow/study/further.py": "value = 1\n",
    "magnetoflow/study/table.json": "{}\n",
    "magnetoflow/study/model/model.json": "{}\n",
    "magnetoflow/inside.py": "value = 1\n",
    "magnetoflow/shared/__init__.py": "constant = 1\n",
    "magnetoflow/other.py": "value = 1\n",
}


def hash_now(root):
    code_hash.cache_clear()
    _read.cache_clear()
    return code_hash("scripts/study/job.py", root)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)  # or nothing would be kept beside the source
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "scripts/study/job.py",
        "magnetoflow/__init__.py",
        "magnetoflow/study/__init__.py",
        "magnetoflow/study/direct.py",
        "magnetoflow/study/relative.py",
        "magnetoflow/study/further.py",
        "magnetoflow/inside.py",
        "magnetoflow/shared/__init__.py",
    ],
)
def test_r20_every_reached_module_counts(copy, name):
    before = hash_now(copy)
    path = copy / name
    path.write_text(path.read_text() + "added = 2\n")
    assert hash_now(copy) != before


def test_r22_package_data_count(copy):
    before = hash_now(copy)
    (copy / "magnetoflow/study/table.json").write_text('{"a": 1}\n')
    assert hash_now(copy) != before


def test_what_is_kept_beside_the_source_is_that_of_its_bytes(copy):
    """An edit that keeps size and time counts, and a kept file that is damaged does not."""
    before = hash_now(copy)
    source = copy / "magnetoflow/inside.py"
    (kept,) = (copy / "magnetoflow/__pycache__").glob("inside.*.hash")
    for damaged in (b"", b"[]", b"{}", b'{"key": "", "hash": "", "imported": []}', b"\xff"):
        kept.write_bytes(damaged)
        assert hash_now(copy) == before
    state = source.stat()
    source.write_text(source.read_text().replace("1", "2"))
    os.utime(source, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert source.stat().st_size == state.st_size
    assert hash_now(copy) != before


def test_hashes_need_no_folder_that_can_be_written(copy, monkeypatch):
    before = hash_now(copy)
    monkeypatch.setattr(sys, "pycache_prefix", "/dev/null/nowhere")
    assert hash_now(copy) == before


@pytest.mark.parametrize("name", ["magnetoflow/other.py", "magnetoflow/study/model/model.json"])
def test_r23_r27_modules_not_imported_and_the_shipped_model_do_not_count(copy, name):
    before = hash_now(copy)
    (copy / name).write_text("changed = 1\n")
    assert hash_now(copy) == before


def test_r18_comments_docstrings_and_layout_do_not_count(copy):
    before = hash_now(copy)
    path = copy / "magnetoflow/study/direct.py"
    path.write_text("# new\n\n" + path.read_text().replace("Direct.", "Other words.") + "\n\n# end\n")
    assert hash_now(copy) == before


def test_a_docstring_of_a_function_does_not_count_but_its_body_does(copy):
    path = copy / "magnetoflow/inside.py"
    path.write_text('def f():\n    """One."""\n    return 1\n')
    before = hash_now(copy)
    path.write_text('def f():\n    """Two."""\n    return 1\n')
    assert hash_now(copy) == before
    path.write_text('def f():\n    """Two."""\n    return 2\n')
    assert hash_now(copy) != before


def test_real_script_reaches_what_it_computes_with():
    found = reached("scripts/mms_gmm/minutes.py")
    assert {"magnetoflow.mms_gmm.minutes", "magnetoflow.series", "magnetoflow.io.mms"} <= set(found)
    assert "magnetoflow.figures" not in found
    assert "magnetoflow.mms_gmm.fitting" not in found


def test_nothing_is_imported_dynamically():
    for path in [*ROOT.glob("magnetoflow/**/*.py"), *ROOT.glob("scripts/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_bytes())):
            name = getattr(node, "attr", getattr(node, "id", None))
            assert name not in {"import_module", "__import__", "run_module", "run_path"}, path


def test_hash_does_not_depend_on_where_the_code_lies(copy, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    for name in FILES:
        path = other / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((copy / name).read_text())
    assert hash_now(copy) == hash_now(other)


def test_root_is_the_folder_of_the_snakefile():
    assert (Path(ROOT) / "Snakefile").is_file()
