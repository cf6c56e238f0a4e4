"""run.json: what it holds, and that it says nothing of a repository that is not ours."""

import json
import subprocess
from pathlib import Path

from magnetoflow.io.integrity import sha256_of
from magnetoflow.io.provenance import code_state, library_versions, run_record

MANIFEST = {
    "source": "sample", "root": "/archive", "product": "mms_fgm_srvy", "probe": "mms1", "day": "2017-11-03",
    "missing": None,
    "files": [
        {"path": "a/b/one_v1.cdf", "version": "1.0.0", "size": 3, "sha256": "ab", "status": "ok",
         "reason": None, "slot": "2017-11-03T00:00:00Z"},
    ],
}  # fmt: skip


def test_inputs_results_model_and_versions_are_recorded(tmp_path):
    table = tmp_path / "features.csv"
    table.write_text("x\n1\n")
    record = run_record(
        config={"archive": "sample"}, manifests=[MANIFEST], results=[table], model={"id": "m", "x": [1]},
        code="c0de",
    )  # fmt: skip
    json.dumps(record)
    (given,) = record["inputs"]
    assert given["files"][0]["logical_file_id"] == "one_v1"
    assert given["files"][0]["sha256"] == "ab"
    assert record["results"] == {"features.csv": sha256_of(table)}
    assert record["model"] == {"id": "m"}
    assert record["source"] == ["synthetic sample data"]
    assert record["code"]["hash"] == "c0de"
    assert record["config"] == {"archive": "sample"}


def test_a_library_that_is_not_installed_has_no_version():
    found = library_versions(["numpy", "no-such-library"])
    assert found["numpy"]
    assert found["no-such-library"] is None


def git(folder, *words):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_the_commit_is_that_of_our_own_repository_and_changes_are_told(tmp_path):
    ours = tmp_path / "ours"
    ours.mkdir()
    git(ours, "init")
    (ours / "a.py").write_text("")
    git(ours, "add", ".")
    git(ours, "commit", "-m", "one")
    state = code_state(ours)
    assert len(state["commit"]) == 40
    assert state["changed"] is False
    (ours / "a.py").write_text("x = 1\n")
    assert code_state(ours)["changed"] is True
    copy = ours / "unpacked"
    copy.mkdir()
    assert code_state(copy) == {"commit": None, "changed": None}
    assert code_state(Path(tmp_path)) == {"commit": None, "changed": None}
