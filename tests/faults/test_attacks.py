"""Files, names and texts as attacks: refused by a typed error or harmless, and nothing in them is ever run.

Models as attacks are in test_models.py and its kin, YAML files in test_config.py, spreadsheets in
test_label_sheets.py, images in test_images.py.
"""

import io
import pickle
import re
import time
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from magnetoflow.archive.images import build_image_manifest
from magnetoflow.archive.manifests import build_manifest, read_manifest
from magnetoflow.cli import main
from magnetoflow.config import check_config, merge_files
from magnetoflow.config.load import SHIPPED
from magnetoflow.errors import ConfigError, MagnetoflowError
from magnetoflow.io import (
    asi_cdf,
    aurora_examples,
    aurora_shards,
    burst_files,
    classifications,
    defeph,
    integrity,
    labelled_arrays,
    mp_event_files,
    overlay_json,
    pgm,
    prepared_files,
    published,
    records,
    rept_sums,
    rnn_weights,
    scaling_files,
    simulation_cuts,
    skymap,
    smoothers,
    spreadsheets,
    tables,
    time_series,
    training_reading,
)  # fmt: skip
from magnetoflow.io.model_folder import sha256
from magnetoflow.mms_mp.analysis import Analysis
from tests.faults.mutations import refusal
from tests.faults.test_models import Hostile as Touch
from tests.runs import ROOT, Run
from tests.unit.asi_files import name_of
from tests.unit.burst_cdf import dis_file

MARK = "marker"
RUN = f"$(touch {MARK})"
"""What a shell would run."""


@pytest.fixture(autouse=True)
def nothing_is_run(tmp_path, monkeypatch):
    """Work in a folder of its own, where no marker appears."""
    monkeypatch.chdir(tmp_path)
    yield
    assert [path for path in tmp_path.rglob("*") if path.name in (MARK, "touched_by_a_pickle")] == []


# pickles -------------------------------------------------------------------------------------------------


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def numpy_file(save, content):
    stream = io.BytesIO()
    save(stream, content, allow_pickle=True)
    return stream.getvalue()


OBJECTS = np.array([Touch()], dtype=object)
PICKLES = {
    "protocol 0": pickle.dumps(Touch(), protocol=0),
    "protocol 2": pickle.dumps(Touch(), protocol=2),
    "protocol 5": pickle.dumps(Touch(), protocol=5),
    "npy": numpy_file(np.save, OBJECTS),
    "npz": zipped(**{"parts.npy": numpy_file(np.save, OBJECTS), "FEDU.npy": numpy_file(np.save, OBJECTS)}),
    "torch zip": zipped(**{"archive/data.pkl": pickle.dumps(Touch()), "archive/version": b"3"}),
}
READERS = {
    "hour file": lambda path: asi_cdf.read_hour(path, "gill"),
    "keogram": aurora_shards.read_keogram,
    "examples": aurora_examples.read_examples,
    "best examples": aurora_examples.read_best,
    "burst": burst_files.read_burst,
    "classifications": classifications.read_any,
    "orbit": lambda path: defeph.check_orbit(path, "mms1"),
    "CDF": lambda path: integrity.check_file(path, expect_md5=False),
    "event": mp_event_files.read_event,
    "overlay": overlay_json.read_published,
    "image": pgm.decode_minute,
    "records": prepared_files.read_prepared,
    "labels": published.read_labels,
    "region list": published.read_region_list,
    "record": lambda path: records.read_record(path, Analysis),
    "sums": rept_sums.read_sums,
    "weights": lambda path: rnn_weights.read_published(path, sha256(path)),
    "scales": scaling_files.read_scales,
    "cuts": simulation_cuts.read_cuts,
    "skymap": skymap.read_skymap,
    "smoother": smoothers.read_smoother,
    "spreadsheet": spreadsheets.read_sheets,
    "table": tables.read_csv,
    "minutes": tables.read_minutes,
    "series": time_series.read_units,
    "training set": training_reading.read_training_set,
    "manifest": read_manifest,
    "configuration": lambda path: merge_files([path]),
}


def labelled(path):
    with labelled_arrays.Opened(path) as found:
        return [found.read(name) for name in found.names()]


TEXT = {"spreadsheet", "table"}
"""To these a pickle of protocol 0, which is ASCII, is a text of one column."""


def accepting(path):
    """Readers that take a file; the others refuse it by name."""
    accepted = set()
    for name, read in {**READERS, "arrays": labelled}.items():
        try:
            read(path)
            accepted.add(name)
        except MagnetoflowError as error:
            refusal(path, error)
    return accepted


@pytest.mark.parametrize("content", PICKLES)
def test_pickles_are_refused_wherever_a_file_is_read(tmp_path, content):
    path = tmp_path / "hostile"
    path.write_bytes(PICKLES[content])
    assert accepting(path) == (TEXT if content == "protocol 0" else set())


@pytest.mark.parametrize("content", [b"", bytes(999), b"[" * 200_000, b'{"a":' * 99_999, b"null", b"[]"])
def test_empty_and_nested_files_are_refused_wherever_a_file_is_read(tmp_path, content):
    path = tmp_path / "hostile"
    path.write_bytes(content)
    assert accepting(path) <= {*TEXT, "configuration"}


UNSAFE = re.compile(
    r"(?<![.\w])(?:eval|exec|compile)\(|\b(?:torch|joblib|pickle|yaml)\.load\(|read_pickle|unsafe_load|UnsafeLoader"
    r"|os\.(?:system|popen)|shell=True|getoutput|\bnp\.load\((?![^()]*allow_pickle=False)|allow_pickle=True"
)


def test_nothing_unpickles_evaluates_or_calls_a_shell():
    sources = [path for part in ("magnetoflow", "scripts") for path in (ROOT / part).rglob("*.py")]
    assert len(sources) > 200
    found = {str(path): UNSAFE.findall(path.read_text()) for path in sources}
    assert {path: calls for path, calls in found.items() if calls} == {}


# names -----------------------------------------------------------------------------------------------------

NAMES = [
    "../../x", "/etc/x", "a/b", "a\\b", ".", "..", "a\0b", RUN, f"`touch {MARK}`", f"x;touch {MARK}",
    f"x\ntouch {MARK}", f"x|touch {MARK}", "x y", "x'y", 'x"y', "{x}", "*", "é", "",
]  # fmt: skip
STUDIES = ("mms_gmm", "mms_mp", "mms_rnn", "rept_pad", "aurora")


@pytest.fixture(scope="module")
def shipped():
    return check_config(merge_files(SHIPPED)).model_dump(mode="json")


@pytest.fixture(scope="module")
def least(shipped):
    """Only what must be given."""
    return {"mms_gmm": {"events": shipped["mms_gmm"]["events"][:1]}}


@pytest.mark.parametrize(
    ("study", "key"), [*((study, "id") for study in STUDIES), ("aurora", "site"), ("rept_pad", "probe")]
)
def test_ids_sites_and_probes_that_are_paths_or_commands_are_refused(shipped, least, study, key):
    event = shipped[study]["events"][0]
    events = [{**event, "id": f"event{number}", key: name} for number, name in enumerate(NAMES)]
    with pytest.raises(ConfigError) as caught:
        check_config({**least, study: {"events": events}})
    refused = re.findall(rf"{study}\.events\[(\d+)\]\.{key}: ", str(caught.value))
    assert {int(number) for number in refused} == set(range(len(NAMES)))


@pytest.mark.parametrize(
    "name", ["x" * 256, "a/" * 2100, "~no_such_user/x", "x\0y", "{event}", "\x1b[31m", "\ud800", " "]
)
@pytest.mark.parametrize("key", ["archive", "results", "data"])
def test_folders_that_cannot_be_are_refused(least, key, name):
    with pytest.raises(ConfigError, match=rf"{key}: "):
        check_config({**least, key: name})


@pytest.mark.parametrize("name", ["x" * 300, "~no_such_user/x.csv", RUN])
@pytest.mark.parametrize(
    "key",
    ["mms_gmm.events", "rept_pad.storms", "aurora.predictions", "mms_mp.overlay", "mms_rnn.model.source"],
)
def test_files_that_cannot_be_are_refused(least, key, name):
    study, *keys = key.split(".")
    section = {keys[-1]: name} if len(keys) == 1 else {keys[0]: {keys[1]: name}}
    section |= {"events": "predictions"} if keys == ["predictions"] else {}
    with pytest.raises(ConfigError):
        check_config({**least, study: {**least.get(study, {}), **section}})


LEVELS = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
BOMB = f"{{a0: &a0 [{', '.join('x' * 10)}], {', '.join(LEVELS)}}}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (BOMB, "too many values"),
        ("&a [*a]", "alias inside itself"),
        ("[" * 300 + "]" * 300, "nested too deep"),
        ("[" * 90_000, "nested too deep"),
        ("x" * 100_001, "value too large"),
        (f"!!python/object/apply:os.system ['touch {MARK}']", "not YAML"),
        ("2015-02-30", "day is out of range"),
        (RUN, "found '$(touch marker)'"),
    ],
)
def test_yaml_on_the_command_line_is_bounded(value, expected, capsys):
    start = time.monotonic()
    assert main(["mms_gmm", "--dry-run", "--set", f"mms_gmm.load.spectrum={value}"]) == 2
    assert expected in capsys.readouterr().err
    assert main(["mms_gmm", "--dry-run", "--set", f"{'a.' * 2000}a=1"]) == 2
    assert time.monotonic() - start < 10


OTHER = "mms1_fpi_fast_l2_dis-moms_20171103040000_v3.4.0.cdf"
FILES = [
    f"{OTHER};touch {MARK}", f"{RUN}.cdf", f"`touch {MARK}`", "-rf", "--version", f"{OTHER}\n", "a\nb.cdf",
    "%s%n{}", "\x1b[31m.cdf", OTHER.replace("20171103040000", "9" * 14),
    OTHER.replace("3.4.0", "9" * 150) + ".x",
]  # fmt: skip
PRODUCT, GOOD = "mms_fpi_fast_dis-moms", "mms1_fpi_fast_l2_dis-moms_20171103060000_v3.4.0"


def hostile_archive(root):
    """Folder archive with one good file of a day and others whose names are commands."""
    folder = root / "mms/mms1/fpi/fast/l2/dis-moms/2017/11"
    folder.mkdir(parents=True)
    made = dis_file(root.parent, np.arange(20) * 0.15, name=GOOD)  # the library writes to no such folder
    made.replace(folder / made.name)
    for name in FILES:
        (folder / name).write_bytes(b"x")
    return root


def test_names_of_files_in_an_archive_are_only_compared(tmp_path):
    root = hostile_archive(tmp_path / RUN)
    made = build_manifest("folder-00000000", root, PRODUCT, "mms1", date(2017, 11, 3))
    assert [Path(one["path"]).stem for one in made["files"]] == [GOOD]
    assert made["superseded"] == []
    images = root / "themis/asi/stream0/2014/03/10/gill_themis19"
    (images / "ut00").mkdir(parents=True)
    for name in (
        f"{RUN}.pgm.gz",
        f"{Path(name_of(1)).name};touch {MARK}",
        f"{Path(name_of(1)).name}\n",
        "-rf",
    ):
        (images / "ut00" / name).write_bytes(b"x")
        (images.parent / f"gill_themis19;{name}").mkdir()
    assert build_image_manifest("folder-00000000", root, "gill", date(2014, 3, 10))["files"] == []


def test_folders_and_files_named_like_commands_run_nothing_in_a_workflow(checkout, tmp_path):
    """Working folder, configuration file, archive, results and data: jobs are started by a shell."""
    run = Run(tmp_path / f"run {RUN};'", checkout)
    root = hostile_archive(tmp_path / f"archive `touch {MARK}`")
    results, data = f"-r $(touch {MARK});touch {MARK}", f"data `touch {MARK}`\"'|touch {MARK}"
    event = {"id": "-rf", "probe": 1, "start": "2017-11-03T06:00", "stop": "2017-11-03T07:00"}
    words = [
        *run.overlay(f"mine {RUN}.yaml", events=[event]),
        "--config",
        f"archive={root}",
        f"results={results}",
    ]
    words += [f"data={data}", "--", f"{results}/mms_gmm/work/-rf/minutes.nc"]
    said = run.refuse(*words)  # the file holds other times
    assert "no ion spectra of the event" in said
    assert len(list((run.folder / data).rglob("20171103.json"))) == 2


# formulas ---------------------------------------------------------------------------------------------------


def test_formulas_in_cells_stay_text(tmp_path):
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", f"=cmd|'/c touch {MARK}'!A1", "plain"]
    path = tmp_path / "table.csv"
    tables.write_csv(path, pd.DataFrame({"text": cells, "number": np.arange(len(cells)) - 4.0}))
    lines = path.read_bytes().decode().split("\n")
    assert [line.lstrip('"')[0] for line in lines[1:8]] == ["'"] * 7
    assert lines[8] == "plain,3.0"
    assert lines[1] == "'=1+1,-4.0", "a number keeps its sign"


@pytest.mark.parametrize("name", ["http://127.0.0.1:9/x.csv", "file:///etc/hostname", "s3://x/y.csv"])
def test_a_table_is_never_an_address(name):
    for read in (tables.read_csv, published.read_labels):
        with pytest.raises(MagnetoflowError, match="No such file"):
            read(name)


def test_a_packed_table_is_not_unpacked(tmp_path):
    path = tmp_path / "table.csv.zip"
    path.write_bytes(zipped(**{"table.csv": b"time\n" + b"2015-01-01\n" * 1_000_000}))
    with pytest.raises(MagnetoflowError, match=r"table\.csv\.zip"):
        tables.read_csv(path)
