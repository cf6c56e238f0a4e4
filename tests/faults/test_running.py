"""Runs that are killed, run out of disk, or meet bad files: what the user sees, and what is left."""

import csv
import hashlib
import os
import re
import resource
import signal
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from magnetoflow.io.tables import read_csv
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.sample.cdf import load_pycdf
from tests.runs import Run, hourly, leftovers, mirror_of

DIS = "mms/mms1/fpi/fast/l2/dis-moms/2017/11"
FGM = "mms/mms1/fgm/srvy/l2/2017/11"


def wait_for(found, process, seconds=60):
    """Wait until a path exists while a process runs."""
    end = time.monotonic() + seconds
    while not found():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end, "did not come to this point"
        time.sleep(0.02)


def kill(process, number=signal.SIGKILL):
    """Signal the process group of a call, which may be stopped, and wait for its end."""
    os.killpg(process.pid, number)
    os.killpg(process.pid, signal.SIGCONT)
    said, _ = process.communicate(timeout=60)
    return said


@pytest.fixture(scope="module")
def two(sample_run, tmp_path_factory):
    """A folder archive, and words for two events of one hour."""
    run, root = mirror_of(sample_run, tmp_path_factory.mktemp("two") / "run")
    events = [hourly("early", "2017-11-03T06:20"), hourly("late", "2017-11-03T12:10")]
    return run, ["--config", f"archive={root}", *run.overlay(events=events)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_f30_x4_an_interrupted_run_leaves_no_lock_and_goes_on(two, number):
    run, words = two
    target = [*words, "--", "results/mms_gmm/features.csv"]
    process = run.start("--forceall", *target)
    wait_for((run.results / "logs/early/minutes.log").exists, process)
    os.killpg(process.pid, signal.SIGSTOP)  # or it might end before the signal that is tested
    if number == signal.SIGINT:
        assert "Directory cannot be locked" in run.refuse(*target), "X4: a second run in the same folder"
    kill(process, number)
    assert process.returncode != 0
    assert list((run.folder / ".snakemake/locks").glob("*")) == []
    run.make(*target)
    assert leftovers(run.folder) == []
    (run.results / "logs/early/minutes.log").unlink()


def worker(process, script):
    """Process id of the job that runs a script in a call's process group."""
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes()
            ours = f".{script}".encode() in command and os.getpgid(int(entry.name)) == process.pid
            if ours and b"-euo" not in command:
                return int(entry.name)
        except (OSError, ValueError):
            continue
    return None


def test_f30_a_killed_job_fails_alone(two):
    run, words = two
    words = [*words, "--", *(f"results/mms_gmm/work/{name}/minutes.nc" for name in ("early", "late"))]
    process = run.start("--keep-going", "--forcerun", "mms_gmm_minutes", *words)
    found = []
    wait_for(lambda: found.append(worker(process, "minutes.py")) or found[-1], process)
    os.kill(found[-1], signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "FAILED: Averaging spectra" in said
    assert "ended" in said
    assert "(memory, time limit, kill)" in said  # before or after it began its log
    made = [name for name in ("early", "late") if (run.results / "work" / name / "minutes.nc").exists()]
    assert len(made) == 1
    plan = run.plan(*words)
    assert plan.rules == {"mms_gmm_minutes": 1}
    assert made[0] not in plan.jobs[0]


def limited(size):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize(
    ("target", "size"),
    [
        ("results/mms_gmm/work/sample_mms1_20171103/minutes.nc", 60_000),
        ("results/mms_gmm/figures/sample_mms1_20171103_regions.png", 60_000),
        ("results/mms_gmm/work/sample_mms1_20171103/regions.csv", 60_000),
        ("data/sample/truth/mms_gmm/mms1_20171103.json", 300_000),
    ],
    ids=["netcdf", "figure", "table", "cdf"],
)
def test_f14_f15_a_full_disk_is_one_message_and_no_partial_file(sample_run, tmp_path, target, size):
    """The disk is full by a limit on the size of files; --keep-incomplete must find nothing to keep."""
    run = sample_run.copy(tmp_path / "run")
    path = run.folder / target
    path.unlink()
    words = [*run.overlay(figures={"dpi": 200}), "--", target]  # a figure larger than other files of its job
    said = run.refuse("--keep-incomplete", *words, preexec_fn=limited(size))
    assert "file cannot be written" in said
    assert re.search(r"why: .*(File too large|error from file system)", said)
    assert "do: free space, or choose another folder" in said
    assert "Traceback" not in said
    assert not path.exists()
    assert leftovers(run.folder) == []
    if path.suffix == ".nc":
        run.make(*words)
        assert path.read_bytes() == (sample_run.folder / target).read_bytes()


def test_f15_a_folder_that_cannot_be_written(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    run = Run(tmp_path, Path(__file__).parents[2])
    (tmp_path / "locked").mkdir(mode=0o500)
    said = run.refuse("--config", "results=locked/results", "data=locked/data")
    assert "ermission" in said


def resealed(content):
    """Bytes of an edited CDF with the MD5 trailer that belongs to them: only the reader can refuse it."""
    return content[:-16] + hashlib.md5(content[:-16]).digest()


def renamed(content, old, new):
    assert old in content
    assert len(old) == len(new)
    return resealed(content.replace(old, new))


def without_records(content):
    """Give the file with its variables and attributes, but no record, as archives sometimes have it."""
    pycdf = load_pycdf()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.cdf"
        path.write_bytes(content)
        with pycdf.CDF(str(path), readonly=False) as file:
            for variable in file.values():
                if variable.rv():
                    del variable[:]
        return path.read_bytes()


SPECTRUM = b"mms1_dis_energyspectr_omni_fast"
DAMAGE = {
    "truncated": ("2017110306", lambda good: good[: len(good) // 2], ("damaged file refused",)),
    "empty": ("2017110308", lambda good: b"", ("damaged file refused",)),
    "html": ("2017110310", lambda good: b"<!DOCTYPE html>" * 100, ("damaged file refused",)),
    "flipped": (
        "2017110312",
        lambda good: good[:5000] + bytes([good[5000] ^ 1]) + good[5001:],
        ("damaged file refused", "MD5"),
    ),
    "no_variable": (
        "2017112406",
        lambda good: renamed(good, SPECTRUM, b"mms1_dis_energyspectr_OMNI_fast"),
        (SPECTRUM.decode(),),
    ),
    "wrong_unit": (
        "2017112410",
        lambda good: renamed(good, b"keV/(cm^2 s sr keV)", b"erg/(cm^2 s sr erg)"),
        ("mms1_dis_energyspectr_", "erg/(cm^2 s sr erg)", "keV/(cm^2 s sr keV)"),
    ),
    "no_records": ("2017112412", without_records, ("no ion record in the interval", SPECTRUM.decode())),
}  # fmt: skip


def clock(slot):
    return f"{slot[:4]}-{slot[4:6]}-{slot[6:8]}T{slot[8:]}:20"


@pytest.fixture(scope="module")
def damaged(sample_run, tmp_path_factory):
    """One event per kind of damage and a good one, run with --keep-going."""
    run, root = mirror_of(sample_run, tmp_path_factory.mktemp("damaged") / "run")
    events = [hourly("good", "2017-11-24T16:10")]
    for name, (slot, injure, _) in DAMAGE.items():
        (path,) = (root / DIS).glob(f"*_{slot}0000_v3.4.0.cdf")
        path.write_bytes(injure(path.read_bytes()))
        events.append(hourly(name, clock(slot)))
    before = {path: path.read_bytes() for path in root.rglob("*.cdf")}
    words = ["--config", f"archive={root}", *run.overlay(events=events)]
    done = run.call("--keep-going", *words, "--", "results/mms_gmm/features.csv")
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before, "only read"
    return run, words, done


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_fails_its_event_with_file_and_reason(damaged, name):
    run, _, done = damaged
    slot, _, expected = DAMAGE[name]
    # our own lines of progress, and the summary, tell each failure again
    told = re.sub(r"^\[[\d:]+Z\] .*\n", "", done.stderr.partition(" jobs failed, ")[0], flags=re.MULTILINE)
    messages = re.split(r"\n(?=\w+: )", told)
    (mine,) = {one for one in messages if f"_{slot}0000_v3.4.0.cdf" in one and "  do: " in one}
    for part in expected:
        assert part in mine, mine
    assert not (run.results / "work" / name / "features.csv").exists()
    assert "Traceback" not in done.stderr


def test_other_events_go_on_and_the_exit_status_is_not_0(damaged):
    run, _, done = damaged
    assert done.returncode != 0
    assert len(read_csv(run.results / "work/good/features.csv")) == 60
    assert not (run.results / "features.csv").exists()


def test_what_failed_is_said_at_once_and_at_the_end_with_its_log(damaged):
    _, _, done = damaged
    begun, _, end = done.stderr.partition(f"{len(DAMAGE)} of ")
    assert f"mms_gmm/good: done (1 of {1 + len(DAMAGE)} events, " in begun
    for name in DAMAGE:
        (said,) = re.findall(rf"Z\] mms_gmm/{name}: FAILED: .*: (\w+: .*)", begun)
        log = f"results/mms_gmm/logs/{name}/minutes.log"
        assert f"  mms_gmm/{name}: Averaging spectra of {name} over minutes: {said}\n    log: {log}\n" in end


def test_skip_failed_leaves_out_and_lists_the_events(damaged):
    run, words, _ = damaged
    words = [*words, run.overlay("skip.yaml", skip_failed=True)[1]]
    tables = ("features.csv", "work/empty/regions.csv", "overview.csv")
    said = run.make("--quiet", "rules", *words, "--", *(f"results/mms_gmm/{name}" for name in tables))
    with (run.results / "failed.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["event"]: row["error"] for row in rows} == {
        **dict.fromkeys(("truncated", "empty", "html", "flipped"), "CorruptFile"),
        **dict.fromkeys(("no_variable", "wrong_unit"), "VariableError"),
        "no_records": "InsufficientData",
    }
    lines = [line for line in said.splitlines() if line.startswith("left out: ")]
    assert {line.split(":")[1].strip() for line in lines} == set(DAMAGE)
    empty = [*(f"{name}/features.csv" for name in DAMAGE), "empty/regions.csv"]
    for table in empty:
        assert (run.results / "work" / table).read_text().count("\n") == 1, "column row only"
    assert set(read_csv(run.results / "features.csv")["event"]) == {"good"}
    status = (run.results / "work/empty/status.json").read_text()
    assert "mms1_fpi_fast_l2_dis-moms_20171103080000_v3.4.0.cdf" in status
    overview = read_csv(run.results / "overview.csv").set_index("event")
    assert set(overview.index) == {"good", *DAMAGE}
    states = overview["state"]
    assert set(states.index[states == "failed"]) == set(DAMAGE)
    reasons = {row["event"]: row["reason"] for row in rows}
    assert {event: overview.loc[event, "remarks"] for event in DAMAGE} == reasons
    assert (overview.loc[["truncated", "empty", "html", "flipped"], "damaged"] == 1).all()


def test_gap_leaves_the_time_of_a_damaged_file_missing_and_flagged(sample_run, tmp_path):
    """Also: a day without files fails, an event without field does not."""
    run, root = mirror_of(sample_run, tmp_path / "run")
    (path,) = (root / DIS).glob("*_20171103060000_*.cdf")
    path.write_bytes(path.read_bytes()[:-4096])
    (root / FGM / "mms1_fgm_srvy_l2_20171103_v5.99.0.cdf").unlink()
    across = {"id": "across", "probe": 1, "start": "2017-11-03T05:30", "stop": "2017-11-03T08:30"}
    events = [across, hourly("no_day", "2017-11-07T05:00")]
    words = ["--config", f"archive={root}", *run.overlay(events=events, on_damaged="gap")]
    done = run.call("--keep-going", *words, "--", "results/mms_gmm/features.csv")
    assert done.returncode != 0
    assert (
        "MissingData: no ion spectra of the event\n  where: event no_day, MMS1, 2017-11-07T05:00"
        in done.stderr
    )
    table = read_csv(run.results / "work/across/features.csv").set_index("time")
    assert len(table) == 180
    flagged = (table["quality"] & int(Quality.DAMAGED_FILE)) > 0
    lost = (table.index.hour >= 6) & (table.index.hour < 8)
    assert (flagged == lost).all()
    assert table.loc[lost, "filled"].isna().all()
    assert table.loc[table.index.hour == 8, "filled"].notna().all()
    assert table[["norm_Bt", "b_nt"]].isna().all(axis=None)
    assert ((table["quality"] & int(Quality.NO_FIELD)) > 0).all()
