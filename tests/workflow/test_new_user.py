"""The five steps of the README, as written: clone, install, own events, result, report."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from magnetoflow.io.tables import read_csv
from tests.runs import ROOT, Run

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None, reason="a clone needs git and a repository"
)


def steps():
    """Commands of the README, and the numbers of its steps."""
    text = (ROOT / "README.md").read_text()
    (block,) = re.findall(r"## Five steps to your own result\n\n```sh\n(.*?)```", text, re.DOTALL)
    return block, [int(number) for number in re.findall(r" # (\d)\. ", block)]


def test_five_steps_as_written(tmp_path):
    """Two things differ: the address, and that .venv is there, so that nothing is installed again.

    What is cloned is what is committed.
    """
    block, numbers = steps()
    assert numbers == [1, 2, 3, 4, 5]
    first, rest = block.split("\n", 1)
    environment = Run(tmp_path, tmp_path / "magnetoflow").environment()
    clone = first.replace("<address of this repository>", str(ROOT)).replace("&& cd magnetoflow", "")
    subprocess.run(["bash", "-ec", clone], cwd=tmp_path, check=True, env=environment)
    venv = tmp_path / "magnetoflow" / ".venv"
    venv.mkdir()
    (venv / "bin").symlink_to(Path(sys.executable).parent)
    (venv / ".run-stamp").touch()
    done = subprocess.run(
        ["bash", "-ec", rest], cwd=venv.parent, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mms_gmm/sheath: done (1 of 1 events" in done.stderr
    assert len(read_csv(venv.parent / "mine/mms_gmm/features.csv")) == 60
    report = (venv.parent / "mine.html").read_text(encoding="utf-8")
    assert "sheath" in report
    assert "synthetic sample data" in report
