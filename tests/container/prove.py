"""Run the lines of docs/container.md as they stand: by docker where its engine answers, else by a stand-in.

``python tests/container/prove.py``: needs root and debootstrap where there is no engine. Takes some minutes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.container.dockerfile import PAGE, PROVED, ROOT, blocks

ENGINE = Path(__file__).with_name("engine.py")
USER = 12345
"""An id that no password file knows; the lines ask `id` for it."""
DEBIAN = ("bookworm", os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian"))
TABLE = "results/mms_gmm/features.csv"


def main():
    """Prove the lines; return the exit status."""
    answers = (
        shutil.which("docker") and not subprocess.run(["docker", "info"], capture_output=True).returncode
    )
    if not answers and (os.geteuid() != 0 or not shutil.which("debootstrap")):
        sys.stderr.write(
            "no container engine answers; its stand-in needs root and debootstrap:\n"
            "  apt-get install debootstrap\n"
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="magnetoflow-container-") as name:
        scratch = Path(name)
        scratch.chmod(0o755)
        if not answers:
            stand_in(scratch)
        sys.stdout.write(f"engine: {'docker' if answers else 'stand-in'}\n")
        return prove(scratch)


def stand_in(scratch):
    """Make a base of Debian and put the stand-in before the path under the name of docker."""
    home, programs = scratch / "engine", scratch / "bin"
    programs.mkdir()
    home.mkdir()
    if base := os.environ.get("BASE"):
        (home / "base").symlink_to(Path(base).absolute())
    else:
        include = "--include=python3,python3-venv,ca-certificates"
        step(
            "debootstrap",
            ["debootstrap", "--variant=minbase", include, DEBIAN[0], str(home / "base"), DEBIAN[1]],
        )
        step("python", ["chroot", str(home / "base"), "python3", "-m", "venv", "/usr/local"])
    program = programs / "docker"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {ENGINE} "$@"\n')
    program.chmod(0o755)
    os.environ["MAGNETOFLOW_STAND_IN"] = str(home)
    os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"


def step(title, words, **options):
    """Run a command; show what it said when it fails."""
    began = time.monotonic()
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    sys.stdout.write(f"{time.monotonic() - began:7.1f} s  {title}\n")
    sys.stdout.flush()
    if done.returncode:
        sys.stdout.write(done.stdout)
        sys.exit(f"failed ({done.returncode}): {title}")
    return done.stdout


def prove(scratch):
    """Run the blocks of the page, then look at what they have left."""
    work, outside = scratch / "work", scratch / "outside"
    for folder in (work, outside):
        folder.mkdir()
    os.chown(work, USER, USER)
    page = blocks(PAGE.read_text())
    said = ""
    for heading in PROVED:
        for block in page[heading]:
            lines = f"set -e\nid() {{ echo {USER}; }}\n{block}"
            told = step(
                f"{heading}: {block.splitlines()[0]}",
                ["bash", "-c", lines],
                cwd=ROOT if heading == "Build" else work,
            )
            said += told
            kept = [line for line in told.splitlines() if " MB  " in line or "cannot be reached" in line]
            sys.stdout.writelines(f"{line}\n" for line in kept)
    words = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "2", TABLE]
    step(f"outside: {shlex.join(words[2:])}", words, cwd=outside)
    checks = {
        "the second call says: nothing to be done": "Nothing to be done" in said,
        "the table is that made outside": (work / TABLE).read_bytes() == (outside / TABLE).read_bytes(),
        "own events have their table": len((work / "november/mms_gmm/features.csv").read_text().splitlines())
        > 700,
        "all files belong to the caller": {path.lstat().st_uid for path in work.rglob("*")}
        <= {USER, os.geteuid()}
        and (work / TABLE).stat().st_uid == USER,
    }
    for what, holds in checks.items():
        sys.stdout.write(f"{'yes' if holds else 'NO'}: {what}\n")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
