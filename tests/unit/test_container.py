"""Dockerfile, .dockerignore and docs/container.md against Makefile, README and package; no engine runs."""

import ast
import os
import re
import shlex
import subprocess

import pytest
import yaml

from magnetoflow.cli.arguments import parser
from magnetoflow.io.provenance import COMMIT
from magnetoflow.workflow.environment import SETTINGS
from tests.container.dockerfile import (
    DOCKERFILE,
    PAGE,
    PROVED,
    ROOT,
    blocks,
    context_files,
    ignored,
    instructions,
)
from tools import install

STEPS = instructions(DOCKERFILE.read_text())
OF = {name: [rest for other, rest in STEPS if other == name] for name, _ in STEPS}
CONTEXT = context_files(ROOT)
ENV = dict(word.split("=", 1) for rest in OF["ENV"] for word in shlex.split(rest))
README = (ROOT / "README.md").read_text()
LINES = [
    shlex.split(line)
    for block in (block for section in blocks(PAGE.read_text()).values() for block in section)
    for line in block.replace("\\\n", " ").splitlines()
]


def test_the_base_is_pinned_by_a_full_version_and_python_is_one_that_the_package_takes():
    version = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-[a-z]+", OF["FROM"][0])
    assert version, OF["FROM"]
    least = re.search(r'requires-python = ">=(\d+)\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert tuple(map(int, version.groups())) >= tuple(map(int, least.groups()))


def test_what_is_copied_exists_and_is_what_a_run_needs():
    named = [word for rest in OF["COPY"] for word in rest.split()[:-1] if word != "."]
    assert set(named) <= set(CONTEXT)
    needed = {"Snakefile", "config/config.yaml", "profiles/default/config.yaml", "tools/container.sh"}
    needed |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "envs").glob("*.yaml")}
    for folder, kind in (("rules", "*.*"), ("scripts", "*.py"), ("magnetoflow", "*.*"), ("config", "*.*")):
        found = [path for path in (ROOT / folder).rglob(kind) if "__pycache__" not in path.parts]
        needed |= {path.relative_to(ROOT).as_posix() for path in found}
    assert needed <= set(CONTEXT)


def test_nothing_else_enters_the_image():
    for path in (
        ".git/HEAD",
        "data/x",
        "results/x",
        "tests/conftest.py",
        "docs/mms_mp.md",
        ".venv/bin/python",
    ):
        assert ignored((ROOT / ".dockerignore").read_text(), path), path
    assert not [path for path in CONTEXT if path.endswith((".pyc", ".cdf", ".pgm.gz"))]
    assert sum((ROOT / path).stat().st_size for path in CONTEXT) < 20e6


def test_of_ignored_paths_the_last_pattern_decides():
    patterns = "# words\n*\n!a\n!b/c\n**/__pycache__"
    kept = {
        path for path in ("a/x", "a/y/z", "b/c", "b/d", "e", "a/__pycache__/x") if not ignored(patterns, path)
    }
    assert kept == {"a/x", "a/y/z", "b/c"}


def test_it_installs_as_the_makefile_does():
    words = re.search(r"\$\(INSTALL\) (-e \.) ", (ROOT / "Makefile").read_text())[1]
    assert "``pip install -c constraints.txt WORDS``" in install.__doc__
    lines = [line for rest in OF["RUN"] for line in rest.split(" && ") if "pip install" in line]
    torch, others = (shlex.split(line.replace("--no-cache-dir ", "")) for line in lines)
    assert others == shlex.split(f"python -m pip install -c constraints.txt {words}$EXTRAS")
    assert 'EXTRAS=""' in OF["ARG"]
    package = STEPS.index(("COPY", "magnetoflow/__init__.py magnetoflow/"))
    assert package < STEPS.index(("RUN", OF["RUN"][0])), "setuptools notes no package that is not there yet"
    index = next(rest for rest in OF["ARG"] if rest.startswith("TORCH_INDEX=")).partition("=")[2]
    assert f"torch==2.13.0 --index-url {index}`" in README
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().split()
    assert torch[-3:] == ["-c", "constraints.txt", "torch"]


def test_the_user_is_not_root_and_is_a_number_so_that_an_engine_can_see_that():
    user, group = map(int, OF["USER"][-1].split(":"))
    assert user > 0
    assert group > 0
    last = max(number for number, (name, _) in enumerate(STEPS) if name in {"RUN", "COPY"})
    assert last < STEPS.index(("USER", OF["USER"][-1])), "what the image holds is root's"


def test_results_data_and_the_record_of_runs_lie_in_the_volume_where_any_user_may_write():
    assert OF["VOLUME"] == ["/work"], "a volume below another one would hide results in one without a name"
    assert OF["WORKDIR"][-1] == "/work", "of .snakemake"
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    assert not {config["results"][0], config["data"][0]} & {"/", "."}
    assert any("install --directory --mode=1777 /work" in rest for rest in OF["RUN"])


def test_the_environment_is_that_of_the_workflow_and_caches_go_where_any_user_may_write():
    assert {name: ENV[name] for name in ENV.keys() & SETTINGS.keys()}.items() <= SETTINGS.items()
    assert ENV["HOME"] == "/tmp"
    assert ENV["USER"], "getpass.getuser() asks the password file otherwise, which does not know the id"
    caches = {"NUMBA_CACHE_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SPACEPY"}
    assert all(ENV[name].startswith("/tmp/") for name in caches & ENV.keys())


def test_the_image_knows_the_commit_that_the_build_line_gives_and_a_new_one_installs_nothing_again():
    assert ENV[COMMIT] == "$COMMIT"
    declared = STEPS.index(("ARG", 'COMMIT=""'))
    assert max(number for number, (name, _) in enumerate(STEPS) if name in {"RUN", "COPY"}) < declared
    assert declared < max(number for number, (name, _) in enumerate(STEPS) if name == "ENV")
    build = next(words for words in LINES if words[:2] == ["docker", "build"])
    assert build[build.index("--build-arg") + 1] == "COMMIT=$(git rev-parse HEAD)"


@pytest.fixture
def entered(tmp_path):
    """What the entry point runs for words, where both programs only say their name and words."""
    for name in ("snakemake", "magnetoflow"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@"\n')
        program.chmod(0o755)
    shell, script = ast.literal_eval(OF["ENTRYPOINT"][0])
    folder = next(rest for rest in OF["WORKDIR"])
    script = ROOT / script.removeprefix(f"{folder}/")

    def words_of(*words):
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(
            [shell, script, *words], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    return words_of


SNAKEMAKE = ["snakemake", "--snakefile", f"{OF['WORKDIR'][0]}/Snakefile"]


@pytest.mark.parametrize(
    ("words", "run"),
    [
        (
            "--cores 2 results/mms_gmm/features.csv",
            [*SNAKEMAKE, "--cores", "2", "results/mms_gmm/features.csv"],
        ),
        ("results/a.csv -n", [*SNAKEMAKE, "results/a.csv", "-n"]),
        ("snakemake -n", [*SNAKEMAKE, "-n"]),
        ("mms_gmm --cores 2 'a b'", ["magnetoflow", "mms_gmm", "--cores", "2", "a b"]),
        ("magnetoflow config", ["magnetoflow", "config"]),
        ("", ["magnetoflow"]),
    ],
)
def test_words_after_the_image_choose_the_command(entered, words, run):
    assert entered(*shlex.split(words)) == run


def test_lines_of_the_readme_can_be_given_as_they_are(entered):
    lines = re.findall(r"^((?:magnetoflow|snakemake) .*?) *(?:#.*)?$", README, re.MULTILINE)
    assert len(lines) > 8
    for name, *words in map(shlex.split, lines):
        assert entered(name, *words) == [*(SNAKEMAKE if name == "snakemake" else [name]), *words]


def test_the_page_builds_and_runs_the_image_with_words_that_are_there():
    build = next(words for words in LINES if words[:2] == ["docker", "build"])
    image = build[build.index("-t") + 1]
    runs = [words for words in LINES if words[:2] == ["docker", "run"]]
    calls = [(words[: words.index(image)], words[words.index(image) + 1 :]) for words in runs]
    assert len(calls) >= 5
    for options, words in calls:
        assert {"--rm", "--init"} <= set(options)
        assert any(one.endswith(":/work") for one in options), "else results go with the container"
        assert all(one.endswith(":ro") for one in options if ":/archive" in one)
        if not words[0].startswith("-"):
            parser().parse_args(words)
    assert blocks(PAGE.read_text()).keys() >= {*PROVED}
