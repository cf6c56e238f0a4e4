"""What reruns after which edit: exactly what depends on it."""

import json
import os
import re
import shutil
import time
from base64 import b64encode

import pytest

from tests.runs import EVENTS, ROOT, copy_checkout, digests, mirror_of

EVENT_RULES = ("mms_gmm_event_features", "mms_gmm_event_regions", "mms_gmm_event_figure")
LISTED = {
    **{f"mms_gmm_{name}": 1 for name in ("regions", "overview", "figures", "run")},
    "front_page": 1,
}
MERGED = {"mms_gmm_features": 1, **LISTED}
FIRST = next(iter(EVENTS))
ALL = len(EVENTS)


@pytest.fixture(scope="module")
def finished(sample_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return sample_run.copy(tmp_path_factory.mktemp("reruns") / "run")


@pytest.fixture
def edited(finished, tmp_path):
    """The finished run under a checkout that may be edited."""
    return type(finished)(finished.folder, copy_checkout(tmp_path / "checkout", finished.checkout))


def edit(path, old, new):
    text = path.read_text()
    assert old in text, f"{old!r} not in {path}"
    path.write_text(text.replace(old, new, 1))


def later(path):
    """Give a file a time after everything that a run made."""
    now = time.time() + 5
    os.utime(path, (now, now))


def test_nothing_reruns_for_what_changes_no_result(edited):
    """X1, and the rows of touch, comment, order of keys, resources, environment and an unused module."""
    root = edited.checkout
    config = root / "config" / "mms_gmm.yaml"
    edit(config, "\nmms_gmm:", "\n# a comment\nmms_gmm:")
    text = re.sub(r"    b_scale_nt: 50.0 .*\n", "", config.read_text())
    moved = re.sub(r"(    min_samples: 1 .*\n)", r"\1    b_scale_nt: 50\n", text)
    assert moved != text
    config.write_text(moved)
    edit(root / "magnetoflow/mms_gmm/robust.py", '"""', '"""Another docstring. ')
    edit(root / "rules/mms_gmm.smk", "mem_mb=memory(1500)", "mem_mb=memory(1600)")
    edit(root / "rules/mms_gmm.smk", "rule mms_gmm_minutes:", "\n\n\nrule mms_gmm_minutes:")
    edit(root / "envs/mms_gmm.yaml", "numpy =", "numpy  =")
    (root / "magnetoflow/unused.py").write_text("VALUE = 1\n")
    for path in [*root.glob("scripts/*/*.py"), *root.rglob("magnetoflow/**/*.py"), config]:
        later(path)
    assert edited.plan().rules == {}


def test_an_edited_script_reruns_its_rule_and_what_is_below(edited):
    edit(edited.checkout / "scripts/mms_gmm/regions.py", "def main(job):", "VALUE = 1\n\n\ndef main(job):")
    assert edited.plan().rules == LISTED


def test_an_edited_module_reruns_exactly_the_rules_that_reach_it(edited):
    """The module of labelling: not the features, and not the archive."""
    edit(
        edited.checkout / "magnetoflow/mms_gmm/cleaning.py", "import annotations", "import annotations\nV = 1"
    )
    rules = edited.plan().rules
    assert rules == {"mms_gmm_event_regions": ALL, "mms_gmm_event_figure": ALL, **LISTED}


def test_an_edit_of_the_fit_reruns_no_features_and_no_archive(edited):
    edit(
        edited.checkout / "magnetoflow/mms_gmm/fitting.py", "ROWS_PER_PARAMETER = 2", "ROWS_PER_PARAMETER = 3"
    )
    rules = edited.plan().rules
    assert rules["mms_gmm_model"] == 1
    assert not {"mms_gmm_event_features", "mms_gmm_minutes", "manifest", "sample_mms_gmm"} & set(rules)


def test_two_swapped_values_and_a_renamed_key_rerun(finished):
    """X2: params are compared as one text, so that neither is lost."""
    swapped = finished.overlay(cleaning={"flip_minutes": 7, "jump_minutes": 1})
    rules = finished.plan(*swapped).rules
    assert rules["mms_gmm_event_regions"] == ALL
    assert "mms_gmm_event_features" not in rules


def test_a_number_written_otherwise_reruns_nothing(finished):
    words = finished.overlay(features={"b_scale_nt": 50}, figures={"width_mm": "170"})
    assert finished.plan(*words).rules == {}


def test_a_value_that_features_use_reruns_features_and_what_is_below(finished):
    rules = finished.plan(*finished.overlay(features={"b_scale_nt": 40.0})).rules
    assert rules == {**dict.fromkeys(EVENT_RULES, ALL), **MERGED}


def test_a_colour_redraws_figures_only(finished):
    rules = finished.plan(*finished.overlay(figures={"colours": {"unknown": "#888888"}})).rules
    assert rules == {"mms_gmm_event_figure": ALL, "mms_gmm_figures": 1}


def test_one_edited_event_reruns_that_event(finished):
    shorter = {**EVENTS[FIRST], "stop": "2017-11-03T15:00"}
    events = [shorter, *list(EVENTS.values())[1:]]
    plan = finished.plan(*finished.overlay(events=events))
    assert plan.rules == {"mms_gmm_minutes": 1, **dict.fromkeys(EVENT_RULES, 1), **MERGED}
    named = [job for job in plan.jobs if "sample_mms" in job]
    assert len(named) == 4
    assert all(FIRST in job for job in named)


def test_a_new_event_runs_alone_and_a_dropped_one_only_merges(finished):
    new = {"id": "second_look", "probe": 1, "start": "2017-11-03T05:00", "stop": "2017-11-03T06:00"}
    rules = finished.plan(*finished.overlay(events=[*EVENTS.values(), new])).rules
    assert rules == {"mms_gmm_minutes": 1, **dict.fromkeys(EVENT_RULES, 1), **MERGED}
    assert finished.plan(*finished.overlay(events=list(EVENTS.values())[1:])).rules == MERGED


def test_an_altered_output_and_a_deleted_intermediate_are_not_noticed(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "run")
    (run.results / "work" / FIRST / "minutes.nc").unlink()
    assert run.plan("--", "results/mms_gmm/regions.csv").rules == {}


def test_x3_outputs_are_kept_when_snakemakes_memory_is_removed(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "run")
    shutil.rmtree(run.folder / ".snakemake")
    assert run.plan().rules == {}
    assert run.plan(*run.overlay(features={"b_scale_nt": 40.0})).rules == {}
    assert "If `.snakemake/` is deleted" in " ".join((ROOT / "README.md").read_text().split())


def test_only_the_profile_that_is_found_by_itself_keeps_a_touched_script_quiet(finished, tmp_path):
    """The profile holds with --directory elsewhere and from another working directory."""
    assert "profiles/default" in finished.plan().text
    profile = (finished.checkout / "profiles/default/config.yaml").read_text()
    assert "rerun-triggers: [mtime, params, input, software-env]" in profile
    assert "rerun-incomplete: true" in profile


@pytest.fixture
def mirror(sample_run, tmp_path):
    """A folder archive of one sample day, and an event of half an hour that uses one of its files."""
    run, root = mirror_of(sample_run, tmp_path / "run")
    event = {"id": "half_hour", "probe": 1, "start": "2017-11-03T08:20", "stop": "2017-11-03T08:50"}
    words = ("--config", f"archive={root}", *run.overlay(events=[event]))
    return run, words


def test_a_new_file_version_reruns_nothing_until_the_manifest_changes(mirror):
    run, words = mirror
    minutes = "results/mms_gmm/work/half_hour/minutes.nc"
    target = ("--", minutes)
    run.make(*words, *target)
    before = digests(run.folder, "results")
    folder = run.folder / "mirror/mms/mms1/fpi/fast/l2/dis-moms/2017/11"
    (old,) = folder.glob("*_20171103080000_v3.4.0.cdf")
    new = old.with_name(old.name.replace("v3.4.0", "v3.5.0"))
    shutil.copy(old.with_name(old.name.replace("v3.4.0", "v3.3.0")), new)
    later(new)
    assert run.plan(*words, *target).rules == {}

    (manifest,) = run.folder.glob("data/manifests/*/mms_fpi_fast_dis-moms/mms1/20171103.json")
    content = json.loads(manifest.read_text())
    unused = next(entry for entry in content["files"] if "T12:" in entry["slot"])
    unused["sha256"] = "0" * 64
    manifest.write_text(json.dumps(content))
    later(manifest)
    assert run.plan(*words, *target).rules == {}, "a slot that the event does not use"
    used = next(entry for entry in content["files"] if "T08:" in entry["slot"])
    used["sha256"] = "1" * 64
    manifest.write_text(json.dumps(content))
    rules = run.plan(*words, *target).rules
    assert rules == {"mms_gmm_minutes": 1}
    said = run.refuse(*words, *target)
    assert f"damaged file refused\n  where: {old}" in said
    assert "its content changed since its manifest was made" in said

    manifest.unlink()
    run.make(*words, *target)
    after = digests(run.folder, "results")
    assert new.name in manifest.read_text()
    assert after[minutes] != before[minutes]
    run.make(*words, *target)  # Snakemake remembers the list of files as it was before the manifest was made
    assert run.plan(*words, *target).rules == {}
    assert digests(run.folder, "results") == after


def test_a_rewritten_sample_runs_once(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "run", copy_checkout(tmp_path / "checkout", sample_run.checkout))
    edit(run.checkout / "magnetoflow/sample/instrument.py", "import annotations", "import annotations\nV = 1")
    target = ("--", f"results/mms_gmm/work/{FIRST}/minutes.nc")
    assert run.plan(*target).rules == {"sample_mms_gmm": 1, "manifest": 2, "mms_gmm_minutes": 1}
    run.make(*target)
    assert run.plan(*target).rules == {}


def test_a_manifest_made_again_starts_everything_below_in_one_call(sample_run, tmp_path):
    """After a kill a manifest may be incomplete in Snakemake's memory, and what is below it missing."""
    run = sample_run.copy(tmp_path / "run")
    (manifest,) = run.folder.glob("data/manifests/sample/mms_fpi_fast_dis-moms/mms3/*.json")
    marker(run, manifest)
    (run.results / "work/sample_mms3_20180206/minutes.nc").unlink()
    (run.results / "features.csv").unlink()
    rules = run.plan().rules
    assert rules["manifest"] == 1
    assert rules["mms_gmm_minutes"] == 1
    assert rules["mms_gmm_features"] == 1
    minutes = "results/mms_gmm/work/sample_mms3_20180206/minutes.nc"
    run.make("--", minutes)
    assert run.plan("--", minutes).rules == {}
    made, expected = ((one.folder / minutes).read_bytes() for one in (run, sample_run))
    assert made == expected


def marker(run, path):
    """Mark an output as incomplete, as a killed job leaves it."""
    name = b64encode(str(path.relative_to(run.folder)).encode()).decode()
    folder = run.folder / ".snakemake/incomplete"
    folder.mkdir(exist_ok=True)
    (folder / name).touch()
