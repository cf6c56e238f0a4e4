"""Runs of the workflow for tests: a copy of the checkout, calls of Snakemake, and what it would run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.warm.calls import warm_call, with_warm_scripts

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "rules", "scripts", "magnetoflow", "config", "profiles", "envs")
EVENTS = {
    event["id"]: event
    for event in yaml.safe_load((ROOT / "config" / "mms_gmm.yaml").read_text())["mms_gmm"]["events"]
}
BEING_WRITTEN = shutil.ignore_patterns("*.pyc.*", "*.tmp.*", "*.part")
"""Compiled code before it gets its name, by Python, numba and `code_hash`."""
NOT_COMPARED = ("run.json", "ro-crate-metadata.json", ".log", ".tsv", ".made", ".yaml")
"""Logs, benchmarks, crates and overlays; the times in manifests are taken out by `digests`."""


def copy_checkout(folder: Path, root: Path = ROOT, study: str | None = None) -> Path:
    """Copy what a run reads, so that a test can edit it and no one else edits it during a test.

    Compiled code goes along, without files that are just being written. With a study, a call without targets
    makes that study only, and its figures small: what is drawn in them is the same.
    """
    for name in PARTS:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=BEING_WRITTEN)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    if study:
        for name, old, new in (
            ("config", r"^studies: .*$", f"studies: [{study}]"),
            (study, r"^    dpi: 200$", "    dpi: 60"),
        ):
            config = folder / "config" / f"{name}.yaml"
            text, found = re.subn(old, new, config.read_text(), flags=re.MULTILINE)
            assert found == 1, f"{old} in {config}"
            config.write_text(text)
    return folder


def share_compiled(folder: Path, root: Path = ROOT) -> None:
    """Let a copy that is not edited keep compiled code where the checkout does, so that each is made once.

    Both Python and numba compare time and size of the source, which a copy keeps.
    """
    for path in (folder / "magnetoflow").rglob("__init__.py"):
        mine, shared = path.parent / "__pycache__", root / path.parent.relative_to(folder) / "__pycache__"
        shutil.rmtree(mine, ignore_errors=True)
        shared.mkdir(exist_ok=True)
        mine.symlink_to(shared)


@dataclass(frozen=True)
class Planned:
    """What a dry run lists: number of jobs by rule, and their messages."""

    rules: Counter[str]
    jobs: list[str]
    text: str


@dataclass(frozen=True)
class Run:
    """A working directory, and the checkout whose Snakefile is run in it."""

    folder: Path
    checkout: Path
    study: str = "mms_gmm"

    @property
    def results(self) -> Path:
        return self.folder / "results" / self.study

    def command(self, *words: object, cores: int = 2) -> list[str]:
        snakefile = str(self.checkout / "Snakefile")
        call = [sys.executable, "-m", "snakemake", "-s", snakefile, "--directory", str(self.folder)]
        return [*call, "--cores", str(cores), *map(str, words)]

    def environment(self, **more: str) -> dict[str, str]:
        """Environment of a call; compiled code is kept in the copy, as a user's would be in the checkout."""
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**inherited, "PYTHONPATH": str(self.checkout), **more}

    def start(self, *words: object, **more: str) -> subprocess.Popen[str]:
        """Start a call in a process group of its own, so that a test can kill all of it."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.checkout,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def call(self, *words: object, cores: int = 2, env: dict[str, str] | None = None, **how):
        """Run Snakemake to its end; ``stderr`` holds what a user sees.

        A call with a process environment or limits of its own (`env`, `how`) is a process of its own, others
        are forks of one that has imported Snakemake, and so are scripts of their jobs.
        """
        command, environment = self.command(*words, cores=cores), self.environment(**(env or {}))
        if env is None and not how:
            if "-n" not in words:
                environment = with_warm_scripts(environment)
            return warm_call(command, self.checkout, environment, timeout=900)
        return subprocess.run(
            command, cwd=self.checkout, env=environment, capture_output=True, text=True, timeout=900, **how
        )

    def make(self, *words: object, **how) -> str:
        """Run Snakemake, which must succeed; return what it said."""
        done = self.call(*words, **how)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def refuse(self, *words: object, **how) -> str:
        """Run Snakemake, which must fail; return what it said."""
        done = self.call(*words, **how)
        assert done.returncode != 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def plan(self, *words: object) -> Planned:
        """Ask what would run."""
        text = self.make("-n", *words)
        table = re.search(r"^job +count\n[- ]+\n((?:\w+ +\d+\n)+)", text, re.MULTILINE)
        rows = [line.split() for line in table[1].splitlines()] if table else []
        rules = Counter({name: int(count) for name, count in rows if name not in {"all", "total"}})
        return Planned(rules, re.findall(r"^Job \d+: (.*)$", text, re.MULTILINE), text)

    def copy(self, folder: Path, checkout: Path | None = None) -> Run:
        """Copy of a finished run, with what Snakemake remembers of it."""
        shutil.copytree(self.folder, folder)
        return Run(folder, checkout or self.checkout, self.study)

    def overlay(self, name: str = "mine.yaml", /, **study: object) -> tuple[str, str]:
        """Write an overlay of the study's section; return the words that lay it over."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({self.study: study}, sort_keys=False))
        return "--configfile", str(path)


def digests(folder: Path, below: str = "") -> dict[str, str]:
    """Hash of every file that must repeat; manifests without their time."""
    found = {}
    for path in sorted((folder / below).rglob("*")):
        if not path.is_file() or path.name.endswith(NOT_COMPARED) or ".snakemake" in path.parts:
            continue
        content = path.read_bytes()
        if "manifests" in path.parts:
            content = re.sub(rb'"(made|root)": "[^"]*"', b"", content)
        found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def leftovers(folder: Path) -> list[str]:
    """Temporary files of ours that are still there."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if ".part" in path.name)


def mirror_of(sample_run: Run, folder: Path, probe: int = 1) -> tuple[Run, Path]:
    """Run on a folder archive: one spacecraft's sample files, for a test to damage."""
    run = Run(folder, sample_run.checkout)
    root = folder / "mirror"
    below = f"mms/mms{probe}"
    shutil.copytree(sample_run.folder / "data/sample" / below, root / below)
    return run, root


def hourly(name: str, start: str, probe: int = 1) -> dict[str, object]:
    """Event of one hour that starts at ``2017-11-03T06:20``."""
    stop = f"{start[:11]}{int(start[11:13]) + 1:02}{start[13:]}"
    return {"id": name, "probe": probe, "start": start, "stop": stop}
