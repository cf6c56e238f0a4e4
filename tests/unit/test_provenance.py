"""The code and the libraries that `run.json` names, and that a repository that is not ours says nothing."""

import subprocess
from pathlib import Path

import pytest

from magnetoflow.io.provenance import COMMIT, code_state, library_versions

ONE = "0123456789abcdef0123456789abcdef01234567"


def test_a_library_that_is_not_installed_has_no_version():
    found = library_versions(["numpy", "no-such-library"])
    assert found["numpy"]
    assert found["no-such-library"] is None


def git(folder, *words):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_the_commit_is_that_of_our_own_repository_and_changes_are_told(tmp_path, monkeypatch):
    ours = tmp_path / "ours"
    ours.mkdir()
    git(ours, "init")
    (ours / "a.py").write_text("")
    git(ours, "add", ".")
    git(ours, "commit", "-m", "one")
    monkeypatch.setenv(COMMIT, ONE)
    state = code_state(ours)
    assert len(state["commit"]) == 40
    assert state["commit"] != ONE, "git knows better"
    assert state["changed"] is False
    (ours / "a.py").write_text("x = 1\n")
    assert code_state(ours)["changed"] is True
    copy = ours / "unpacked"
    copy.mkdir()
    monkeypatch.delenv(COMMIT)
    assert code_state(copy) == {"commit": None, "changed": None}
    assert code_state(Path(tmp_path)) == {"commit": None, "changed": None}


@pytest.mark.parametrize(
    ("given", "commit"), [(ONE, ONE), ("", None), (ONE[:12], None), (f"{ONE}\n", None), (f"g{ONE[1:]}", None)]
)
def test_where_git_knows_nothing_the_environment_may_name_a_whole_commit(
    tmp_path, monkeypatch, given, commit
):
    monkeypatch.setenv(COMMIT, given)
    assert code_state(tmp_path) == {"commit": commit, "changed": None}
