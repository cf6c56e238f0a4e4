"""Scripts that are remembered are those that Snakemake finds without."""

import gc
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import Params, Wildcards
from snakemake.script import get_source
from snakemake.sourcecache import LocalSourceFile, SourceCache

from magnetoflow.workflow.planning import hasten, planned

PLAIN = get_source.__wrapped__ if hasattr(get_source, "__wrapped__") else get_source
FILLED, OTHERWISE = ((Wildcards(fromdict={"name": name}), Params()) for name in ("one", "two"))


@pytest.fixture
def workflow(tmp_path):
    yield SimpleNamespace(
        sourcecache=SourceCache(tmp_path / "cache", tmp_path / "runtime"), is_main_process=True
    )
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def scripts():
    return SimpleNamespace(get_source=PLAIN)


def test_scripts_are_those_that_snakemake_finds(workflow, scripts, tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(f"text of {name}: °\n")
    base, cache = LocalSourceFile(str(tmp_path)), workflow.sourcecache
    asked = [(path, cache, base, *FILLED) for path in ("one.py", "two.py", "{wildcards.name}.py")]
    asked.append(("{wildcards.name}.py", cache, base, *OTHERWISE))
    expected = [PLAIN(*one) for one in asked]
    assert [one[1] for one in expected] == [f"text of {name}: °\n" for name in ("one", "two", "one", "two")]
    hasten(workflow, scripts)
    assert [scripts.get_source(*one) for one in asked for _ in range(2)] == [
        one for one in expected for _ in range(2)
    ]
    other = SourceCache(tmp_path / "cache", tmp_path / "other")
    assert str(tmp_path / "other") in scripts.get_source("one.py", other, base, *FILLED)[-1]
    monkeypatch.setattr(LocalSourceFile, "get_cache_path", None)
    assert scripts.get_source(*asked[0]) == expected[0]
    assert cache.exists(expected[0][0])


def test_a_script_that_is_not_there_is_missed_each_time(workflow, scripts, tmp_path):
    hasten(workflow, scripts)
    asked = "none.py", workflow.sourcecache, LocalSourceFile(str(tmp_path)), *FILLED
    for _ in range(2):
        with pytest.raises(OSError, match=r"none\.py"):
            scripts.get_source(*asked)
    (tmp_path / "none.py").write_text("late")
    assert scripts.get_source(*asked)[1] == "late"


def test_a_function_is_wrapped_once(workflow, scripts):
    hasten(workflow, scripts)
    once = scripts.get_source
    hasten(workflow, scripts)
    assert scripts.get_source is once


def test_garbage_is_looked_for_when_jobs_run(workflow, scripts):
    hasten(workflow, scripts)
    assert not gc.isenabled()
    planned()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_another_version_of_snakemake_is_left_as_it_is():
    other = SimpleNamespace(sourcecache=SimpleNamespace(get_path=str), is_main_process=False)
    scripts = SimpleNamespace(script=str)
    hasten(other, scripts)
    assert gc.isenabled(), "a process of one job"
    assert vars(other.sourcecache) == {"get_path": str}
    assert vars(scripts) == {"script": str}
