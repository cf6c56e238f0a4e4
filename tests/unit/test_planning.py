"""Sources that are remembered read as those that are not."""

import gc
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.sourcecache import LocalSourceFile, SourceCache

from magnetoflow.workflow.planning import hasten, planned


@pytest.fixture
def workflow(tmp_path):
    yield SimpleNamespace(
        sourcecache=SourceCache(tmp_path / "cache", tmp_path / "runtime"), is_main_process=True
    )
    gc.unfreeze()
    gc.enable()


def test_sources_are_copied_and_read_once(workflow, tmp_path, monkeypatch):
    names = ("one.py", "two.py")
    sources = [LocalSourceFile(str(tmp_path / name)) for name in names]
    for name in names:
        (tmp_path / name).write_text(f"text of {name}: °\n")
    plain = SourceCache(tmp_path / "cache", tmp_path / "other")
    expected = [plain.open(source).read() for source in sources]
    hasten(workflow)
    cache = workflow.sourcecache
    assert [cache.open(source).read() for source in sources for _ in range(2)] == [
        text for text in expected for _ in range(2)
    ]
    assert cache.open(sources[0], "rb").read() == expected[0].encode()
    copies = [Path(cache.get_path(source)) for source in sources]
    assert [path.read_text() for path in copies] == expected
    assert copies[0] != copies[1]
    monkeypatch.setattr(LocalSourceFile, "get_cache_path", None)
    assert cache.get_path(LocalSourceFile(sources[0].path)) == str(copies[0])
    copies[0].unlink()
    assert cache.open(LocalSourceFile(sources[0].path)).read() == expected[0]


def test_a_source_that_is_not_there_is_missed_each_time(workflow, tmp_path):
    hasten(workflow)
    lacking = LocalSourceFile(str(tmp_path / "none.py"))
    for _ in range(2):
        with pytest.raises(OSError, match=r"none\.py"):
            workflow.sourcecache.open(lacking)
        assert not workflow.sourcecache.exists(lacking)
    (tmp_path / "none.py").write_text("late")
    assert workflow.sourcecache.open(lacking).read() == "late"


def test_garbage_is_looked_for_when_jobs_run(workflow):
    hasten(workflow)
    assert not gc.isenabled()
    planned()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_another_version_of_snakemake_is_left_as_it_is(workflow):
    other = SimpleNamespace(sourcecache=SimpleNamespace(get_path=str), is_main_process=False)
    hasten(other)
    assert gc.isenabled(), "a process of one job"
    assert vars(other.sourcecache) == {"get_path": str}
