"""What reruns after which edit: every line of docs/reruns.md that is one of all studies, on mms_gmm."""

import hashlib
import json
import shutil
from base64 import b64encode

import pytest

from tests.rerun_edits import act, asked, edit, events_of, later, line, named, planned, write_otherwise
from tests.runs import EVENTS, ROOT, Run, copy_checkout, digests, mirror_of

FIRST = next(iter(EVENTS))
NEW = {"id": "second_look", "probe": 1, "start": "2017-11-03T05:00", "stop": "2017-11-03T06:00"}
ONE = {"minutes": 1, "event_features": 1, "event_regions": 1, "event_figure": 1}


@pytest.fixture(scope="module")
def finished(sample_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return sample_run.copy(tmp_path_factory.mktemp("reruns") / "run")


@pytest.fixture
def edited(finished, tmp_path):
    """The finished run under a checkout that may be edited."""
    return Run(finished.folder, copy_checkout(tmp_path / "checkout", finished.checkout))


@pytest.fixture
def own(sample_run, tmp_path):
    """A finished run whose files may be changed."""
    return sample_run.copy(tmp_path / "run")


def test_r04_r11_r12_r13_r18_r23_r24_r25_r26_r45_what_changes_no_result_reruns_nothing(edited):
    """X1; in another clone, with events from a CSV file in another order, and with more cores and memory."""
    write_otherwise(edited.checkout, "mms_gmm", "magnetoflow/mms_gmm/robust.py", "scripts/mms_gmm/minutes.py")
    rows = [f"{','.join(str(one[key]) for key in NEW)}\n" for one in reversed(events_of("mms_gmm"))]
    (edited.folder / "mine.csv").write_text("".join([f"{','.join(NEW)}\n", *rows]))
    more = (
        "--cores",
        8,
        "--set-threads",
        "mms_gmm_minutes=4",
        "--set-resources",
        "mms_gmm_minutes:mem_mb=9000",
    )
    words = edited.overlay(
        events=str(edited.folder / "mine.csv"), features={"b_scale_nt": 50}, figures={"width_mm": "170"}
    )
    plan = edited.plan(*more, *words)
    assert plan.rules == {}, plan.text
    assert "profiles/default" in plan.text, "found by itself, from elsewhere and with --directory"


def test_r45_all_profiles_have_the_same_triggers():
    for profile in ("default", "slurm"):
        text = (ROOT / "profiles" / profile / "config.yaml").read_text()
        assert "rerun-triggers: [mtime, params, input, software-env]" in text
        assert "rerun-incomplete: true" in text


def test_r01_one_edited_event_reruns_that_event(finished):
    shorter = {**EVENTS[FIRST], "stop": "2017-11-03T15:00"}
    plan = finished.plan(*finished.overlay(events=[*list(EVENTS.values())[1:], shorter]))
    assert plan.rules == line("R01", "mms_gmm")
    assert named(plan, EVENTS) == {FIRST}


def test_r02_a_new_event_runs_alone(finished):
    plan = finished.plan(*finished.overlay(events=[NEW, *EVENTS.values()]))
    assert plan.rules == line("R02", "mms_gmm")
    assert named(plan, [*EVENTS, NEW["id"]]) == {NEW["id"]}


def test_r03_a_removed_event_reruns_what_lists_all(finished):
    plan = finished.plan(*finished.overlay(events=list(EVENTS.values())[1:]))
    assert plan.rules == line("R03", "mms_gmm")
    assert named(plan, EVENTS) == set()


def test_r06_r46_a_colour_redraws_figures_only(finished):
    rules = finished.plan(*finished.overlay(figures={"colours": {"unknown": "#888888"}})).rules
    assert rules == line("R06", "mms_gmm")


def test_r07_another_format_draws_other_files(finished):
    plan = finished.plan(*finished.overlay(figures={"format": "pdf"}))
    assert plan.rules == asked("mms_gmm", "event_figure", "figures", "front_page")
    assert f"figures/{FIRST}_regions.pdf" in plan.text


def test_r08_r09_two_swapped_values_rerun(finished):
    """X2: parameters are compared as one text with their names, so that neither is lost."""
    assert planned(finished, *finished.overlay(cleaning={"flip_minutes": 7, "jump_minutes": 1})) == asked(
        "mms_gmm", "event_regions"
    )


def test_r17_other_folders_begin_anew(finished):
    """The manifests stay where they are; the data are not written again."""
    assert planned(finished, "--config", "results=elsewhere") == asked("mms_gmm", "minutes", "model")


def test_r19_an_edited_script_reruns_its_rule_and_what_is_below(edited):
    act(edited.checkout / "scripts/mms_gmm/regions.py")
    assert planned(edited) == asked("mms_gmm", "regions")


def test_r20_an_edited_module_reruns_exactly_the_rules_that_reach_it(edited):
    """The module of labelling: not the features, not the model, not the archive."""
    act(edited.checkout / "magnetoflow/mms_gmm/cleaning.py")
    assert planned(edited) == asked("mms_gmm", "event_regions")


def test_r21_a_module_of_figures_redraws_figures_only(edited):
    act(edited.checkout / "magnetoflow/figures/style.py")
    assert planned(edited) == asked("mms_gmm", "event_figure", "figures")


def test_r27_another_shipped_model_labels_anew(edited):
    """Its scripts and modules are the same: the model speaks for itself."""
    edit(edited.checkout / "magnetoflow/mms_gmm/model/model.json", "{", "{ ")
    assert planned(edited) == asked("mms_gmm", "model")


def test_r38_touched_files_rerun_nothing(own):
    """Outputs, intermediate files, manifests, stamps and data, of which none here has more than 1 MB."""
    for path in [*own.folder.glob("results/**/*.*"), *own.folder.glob("data/**/*.*")]:
        if path.is_file():
            later(path)
    later(own.results / "work" / FIRST / "minutes.nc", 9)
    assert own.plan().rules == {}


def test_r39_r40_what_is_deleted(own):
    minutes = own.results / "work" / FIRST / "minutes.nc"
    minutes.rename(minutes.with_suffix(".away"))
    assert own.plan().rules == {}, "an intermediate file that nothing waits for"
    (own.results / "regions.csv").unlink()
    assert own.plan().rules == asked("mms_gmm", "minutes", **ONE), "figures read it, and draw new regions"
    minutes.with_suffix(".away").rename(minutes)
    assert own.plan().rules == asked("mms_gmm", "regions")


def test_r41_what_is_altered_by_hand_is_read_by_others_and_stays(own):
    (own.results / "figures/orbit.png").write_text("altered")
    assert own.plan().rules == {}
    table = own.results / "failed.csv"
    before = table.read_bytes()
    table.write_bytes(before + b"altered\n")
    assert own.plan().rules == asked("mms_gmm", "overview"), "what reads it, not what made it"
    recorded = (own.results / "run.json").read_text()
    assert hashlib.sha256(before).hexdigest() in recorded
    assert hashlib.sha256(table.read_bytes()).hexdigest() not in recorded
    table.write_bytes(before)
    assert own.plan().rules == {}, "the same bytes again"


def test_r42_outputs_are_kept_when_snakemakes_memory_is_removed(own):
    """X3."""
    shutil.rmtree(own.folder / ".snakemake")
    assert own.plan(*own.overlay(features={"b_scale_nt": 40.0})).rules == {}
    assert "If `.snakemake/` is deleted" in " ".join((ROOT / "README.md").read_text().split())


@pytest.fixture
def mirror(sample_run, tmp_path):
    """A folder archive of one sample day, and an event of half an hour that uses one of its files."""
    run, root = mirror_of(sample_run, tmp_path / "run")
    event = {"id": "half_hour", "probe": 1, "start": "2017-11-03T08:20", "stop": "2017-11-03T08:50"}
    words = ("--config", f"archive={root}", *run.overlay(events=[event]))
    return run, words


def test_r32_r33_r34_r35_a_new_file_version_reruns_nothing_until_the_manifest_changes(mirror):
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
    again = {"manifest": 1, "mms_gmm_minutes": 1}
    (manifest,) = run.folder.glob("data/manifests/*/mms_fpi_fast_dis-moms/mms1/20171103.json")
    manifest.rename(manifest.with_suffix(".away"))
    assert run.plan(*words, *target).rules == again, "it is made again, and its events with it"
    manifest.with_suffix(".away").rename(manifest)
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
    assert run.plan(*words, *target).rules == again
    run.make(*words, *target)
    after = digests(run.folder, "results")
    assert new.name in manifest.read_text()
    assert after[minutes] != before[minutes]
    run.make(*words, *target)  # Snakemake remembers the list of files as it was before the manifest was made
    assert run.plan(*words, *target).rules == {}
    assert digests(run.folder, "results") == after


def test_r37_a_rewritten_sample_runs_once(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "run", copy_checkout(tmp_path / "checkout", sample_run.checkout))
    edit(run.checkout / "magnetoflow/sample/instrument.py", "import annotations", "import annotations\nV = 1")
    target = ("--", f"results/mms_gmm/work/{FIRST}/minutes.nc")
    assert run.plan(*target).rules == {"sample_mms_gmm": 1, "manifest": 2, "mms_gmm_minutes": 1}
    run.make(*target)
    assert run.plan(*target).rules == {}


def test_r43_a_manifest_made_again_starts_everything_below_in_one_call(sample_run, tmp_path):
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
