"""A plan that is hastened is the plan that Snakemake makes without."""

import gc
import os
import re
import sys
from types import SimpleNamespace

import pytest

from magnetoflow.workflow.planning import hasten
from tests.runs import ROOT
from tests.warm.calls import warm_call

HASTEN = """\
from snakemake import dag, jobs, output_index
from magnetoflow.workflow.planning import hasten
hasten(workflow, dag, jobs, output_index)
"""
PLAIN = "#\n" * HASTEN.count("\n")
ASKED = """\
def asked(wildcards):
    open(f"asked_{wildcards.i}", "w").close()
    return "abcd"
"""
SIGNED = f"{HASTEN}from magnetoflow.workflow.signatures import signed\n{ASKED}"
PLAIN += f"def signed(function):\n    return function\n{ASKED}"
HASTEN += f"def signed(function):\n    return function\n{ASKED}"
REPLACED = {
    "_once_per_rule": "dag.ScriptProcessor",
    "_where_folders_are_outputs": "dag.DAG",
    "_without_parameters": "jobs.Job",
    "_paths_once": "jobs.Job",
    "_remembered": "output_index.OutputIndex",
}
RULES = """\
def env(wildcards, params):
    return "one.yaml" if params.kind == "even" else "two.yaml"
rule all:
    input: expand("made/{i}", i=range(4)), "common"
rule common:
    output: "common"
    script: "common.py"
rule first:
    output: "first/{i}.txt", touch("first/{i}.done")
    params: kind=lambda wildcards: ("even", "odd")[int(wildcards.i) % 2]
    log: "logs/{i}.log"
    benchmark: "bench/{i}.tsv"
    conda: env
    script: "{wildcards.i}.py"
rule second:
    input: "first/{i}.txt", "common"
    output: directory("made/{i}")
    params: kind=lambda wildcards: "abcd"[int(wildcards.i)]
    log: "logs/{i}/second.log"
    conda: "one.yaml"
    shell: "mkdir {output}; cat {input} > {output}/text"
"""


def said(folder, head, rules, *words):
    """Exit status of a dry run of these rules, and what it says once it plans."""
    (folder / "Snakefile").write_text(head + rules)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--nocolor", "--dry-run", *words]
    done = warm_call(command, folder, {**os.environ, "PYTHONPATH": str(ROOT)}, 60)
    return done.returncode, (done.stdout + done.stderr).partition("Building DAG of jobs...")[2]


def listed(text):
    """The jobs of a dry run without what its order changes."""
    lines = [line for line in text.splitlines() if not re.match(r"\[|host:|    jobid:", line)]
    return sorted(sorted(re.split(r"[ ,;]+", line)) for line in lines)


def changed(old, new):
    assert old in RULES
    return RULES.replace(old, new)


@pytest.fixture
def folder(tmp_path):
    for name in ("common", *"0123", *(f"of_{i}" for i in range(20))):
        (tmp_path / f"{name}.py").touch()
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(f"channels: []\ndependencies: [{name}]\n")
    return tmp_path


@pytest.mark.parametrize(
    ("rules", "jobs"),
    [
        (RULES, 10),
        (changed("    conda: env\n", ""), 10),
        (changed('conda: "one.yaml"', 'conda: "{i}.yaml"'), 10),
        (changed('"common"', '"made/1.txt"'), 10),
    ],
    ids=["all", "no environment", "environment by wildcard", "file beside a folder"],
)
def test_plans_are_those_of_snakemake(folder, rules, jobs):
    status, plain = said(folder, PLAIN, rules)
    assert status == 0, plain
    assert re.search(rf"^total +{jobs}$", plain, re.MULTILINE)
    status, hastened = said(folder, HASTEN, rules)
    assert status == 0, hastened
    assert listed(hastened) == listed(plain)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"common.py"', '"nowhere.py"', r"No such file .*nowhere\.py"),
        ('"abcd"', '"abc"', "IndexError"),
        ('("even", "odd")', '("even",)', "IndexError"),
        ('"first/{i}.txt", touch', '"made/{i}/text", "first/{i}.txt", touch', "ChildIOException"),
        ('input: "first/{i}.txt"', 'input: "first/{i}.csv"', r"first/\d\.csv"),
    ],
    ids=["script", "parameter", "parameter of an environment", "folder", "input"],
)
def test_what_snakemake_refuses_is_refused(folder, old, new, message):
    for head in (PLAIN, HASTEN):
        status, text = said(folder, head, changed(old, new))
        assert status == 1
        assert re.search(message, text), text


def test_each_script_of_a_path_with_wildcards_is_looked_for(folder):
    rules = changed('"{wildcards.i}.py"', '"of_{wildcards.i}.py"').replace("range(4)", "range(20)")
    rules = rules.replace('"abcd"', '"abcdefghijklmnopqrst"')
    assert said(folder, HASTEN, rules)[0] == 0
    (folder / "of_13.py").unlink()
    status, text = said(folder, HASTEN, rules)
    assert status == 1
    assert "of_13.py" in text


@pytest.mark.parametrize(("head", "times"), [(PLAIN, 4), (HASTEN, 4), (SIGNED, 1)])
def test_parameters_are_worked_out_before_jobs_but_signed_ones_for_one_of_a_rule(folder, head, times):
    asked = changed('lambda wildcards: "abcd"[int(wildcards.i)]', "signed(asked)")
    asked = asked.replace('shell: "mkdir {output}; cat {input} > {output}/text"', 'script: "common.py"')
    assert said(folder, head, asked, "--quiet", "--rerun-triggers", "params")[0] == 0
    assert len([*folder.glob("asked_*")]) == times


def test_each_method_that_is_replaced_is_there(folder):
    marked = "".join(f"assert '{mark}' in vars({owner})\n" for mark, owner in REPLACED.items())
    status, text = said(folder, HASTEN, f"{marked}{RULES}")
    assert status == 0, text


@pytest.fixture
def workflow():
    yield SimpleNamespace(is_main_process=True)
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def dag():
    """Module with a plan that ends by its check, once for each of its outputs."""
    plan = type("DAG", (), {"check_directory_outputs": lambda self: self.checked.append(1)})
    return SimpleNamespace(DAG=plan)


@pytest.mark.parametrize(("outputs", "times"), [(["a/b", "a", "c"], 1), (["a/b", "ab", "a/c"], 0), ([], 0)])
def test_garbage_is_looked_for_again_when_a_plan_is_made(workflow, dag, outputs, times):
    hasten(workflow, dag, SimpleNamespace(), SimpleNamespace())
    assert not gc.isenabled()
    plan = dag.DAG()
    plan.jobs, plan.checked = [SimpleNamespace(output=outputs)], []
    for _ in range(2):
        plan.check_directory_outputs()
        assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert len(plan.checked) == 2 * times


def test_a_process_of_one_job_looks_for_garbage(dag):
    hasten(SimpleNamespace(is_main_process=False), dag, SimpleNamespace(), SimpleNamespace())
    assert gc.isenabled()


def test_another_version_of_snakemake_is_left_as_it_is(workflow):
    job = type("Job", (), {"valid": lambda self: True})
    before = dict(vars(job))
    hasten(workflow, SimpleNamespace(), SimpleNamespace(Job=job), SimpleNamespace(OutputIndex=None))
    assert dict(vars(job)) == before
    assert gc.isenabled(), "nothing would begin it again"


def test_a_method_is_replaced_once(workflow):
    job = type("Job", (), {"is_valid": lambda self: self, "log": "log", "benchmark": "benchmark"})
    modules = SimpleNamespace(), SimpleNamespace(Job=job), SimpleNamespace()
    hasten(workflow, *modules)
    once = job.is_valid
    hasten(workflow, *modules)
    assert job.is_valid is once
