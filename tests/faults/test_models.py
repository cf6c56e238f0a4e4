"""F28, W1: damaged, foreign or hostile models are refused before any job starts, and never run code."""

import io
import json
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import magnetoflow.mms_gmm
from magnetoflow.errors import ModelError
from magnetoflow.io.model_files import check_model
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.models import ARRAYS, read_region_model
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_gmm.labels import LabelOptions, label_minutes
from tests.runs import EVENTS, Run

SHIPPED = Path(magnetoflow.mms_gmm.__file__).parent / "model"
MARK = "touched_by_a_pickle"


class Hostile:
    """Runs code where it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path(MARK),)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SHIPPED, tmp_path / "model")
    return tmp_path / "model"


def arrays_of(folder):
    with np.load(folder / "arrays.npz", allow_pickle=False) as file:
        return {name: file[name] for name in ARRAYS}


def reseal(folder, **keys):
    """Write the hash of the arrays, and other keys, into model.json: what a forger would do."""
    head = json.loads((folder / "model.json").read_text())
    head |= {"arrays_sha256": sha256(folder / "arrays.npz"), **keys}
    (folder / "model.json").write_text(json.dumps(head))


def refusal(folder, features="robust"):
    with pytest.raises(ModelError) as caught:
        check_model(str(folder), features, SHIPPED)
    assert not Path(MARK).exists(), "code was run"
    message = str(caught.value)
    assert "do: " in message
    return message


def as_pickle(folder):
    (folder / "arrays.npz").write_bytes(pickle.dumps(Hostile()))


def as_pickled_npy(folder):
    np.save(folder / "arrays.npy", np.array([Hostile()]), allow_pickle=True)
    (folder / "arrays.npy").replace(folder / "arrays.npz")


def as_object_array(folder):
    arrays = arrays_of(folder) | {"weights": np.array([Hostile()], dtype=object)}
    np.savez(folder / "arrays.npz", allow_pickle=True, **arrays)


def as_bomb(folder):
    with zipfile.ZipFile(folder / "arrays.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ARRAYS:
            archive.writestr(f"{name}.npy", bytes(100 << 20 if name == "means" else 10))


def as_huge_shape(folder):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        for name in ARRAYS:
            archive.writestr(f"{name}.npy", header.getvalue())


def as_cut(folder):
    content = (folder / "arrays.npz").read_bytes()
    (folder / "arrays.npz").write_bytes(content[: len(content) // 2])


def changed(**changes):
    def change(folder):
        arrays = arrays_of(folder)
        np.savez(
            folder / "arrays.npz", **arrays | {name: make(arrays[name]) for name, make in changes.items()}
        )

    return change


def with_nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (as_pickle, "arrays of the model refused"),
        (as_pickled_npy, "arrays of the model refused"),
        (as_object_array, "Object arrays cannot be loaded when allow_pickle=False"),
        (as_bomb, "an array of 104857600 bytes"),
        (as_huge_shape, "arrays of the model refused"),
        (as_cut, "arrays of the model refused"),
        (changed(weights=lambda one: one[:-1]), "weights: float64"),
        (changed(means=lambda one: one.astype(np.float32)), "means: float32"),
        (changed(means=with_nan), "means holds values that are not finite"),
        (changed(weights=lambda one: one * 2), "weights sum to 2"),
        (changed(scale=lambda one: -one), "not positive"),
        (changed(covariances=lambda one: -one), "not symmetric and positive definite"),
        (changed(center=lambda one: one + 1), "edited by hand"),
    ],
)
def test_f28_forged_arrays_are_refused_before_any_code_can_run(folder, forge, expected):
    forge(folder)
    reseal(folder)
    assert expected in refusal(folder)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"temperature": 2.0}, "edited by hand"),
        ({"temperature": -1.0}, "not positive"),
        ({"regions": ["sea"]}, "expected float64 (1,)"),
        ({"format": "pickle"}, "not a model of this study"),
        ({"features": None}, "not complete"),
        ({"trained_on": ["real data"]}, None),
    ],
)
def test_f28_an_edited_description_is_refused(folder, keys, expected):
    reseal(folder, **keys)
    if expected is None:
        assert read_region_model(folder).trained_on == "['real data']", "a text, whatever it was"
    else:
        assert expected in refusal(folder)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"format": NaN', "\x80\x04\x95pickle"])
def test_f28_a_description_that_is_none_is_refused(folder, text):
    (folder / "model.json").write_text(text)
    assert str(folder / "model.json") in refusal(folder)


def test_f28_changed_arrays_are_refused_by_their_hash(folder):
    changed(means=lambda one: one + 1e-9)(folder)
    message = refusal(folder)
    assert "the arrays are not those of the model" in message
    assert sha256(folder / "arrays.npz") in message


def test_f28_a_folder_of_a_pickled_model_is_refused_with_the_way_out(folder):
    (folder / "model.json").unlink()
    (folder / "model.pkl").write_bytes(pickle.dumps(Hostile()))
    message = refusal(folder)
    assert "pickles are refused" in message
    assert "model.source: fit" in message


def test_w1_a_model_of_other_features_is_refused_naming_both():
    with pytest.raises(ModelError) as caught:
        check_model("shipped", "reference", SHIPPED)
    message = str(caught.value)
    assert "mms_gmm.model.features is reference, but the model was fitted on robust features" in message
    assert "set mms_gmm.model.features: robust, or mms_gmm.model.source: fit" in message


def test_w1_other_order_of_features_is_refused(folder):
    features = json.loads((folder / "model.json").read_text())["features"]
    reseal(folder, features=features[::-1])
    assert "edited by hand" in refusal(folder)


def test_w1_a_table_without_a_feature_of_the_model_is_refused_naming_both():
    table = pd.DataFrame({"event": ["one"], "log_flux": [1.0]})
    with pytest.raises(ModelError, match=r"log_core(.|\n)*the table has event, log_flux"):
        label_minutes(table, read_region_model(SHIPPED), LabelOptions())


def test_the_shipped_model_is_accepted_and_so_is_its_copy(folder):
    assert check_model("shipped", "robust", SHIPPED)["folder"] == "shipped"
    assert check_model(str(folder), "robust", SHIPPED)["folder"] == str(folder)


def test_a_refused_model_stops_snakemake_before_any_job(folder, checkout):
    run = Run(folder.parent, checkout)
    (folder.parent / "model.pkl").write_bytes(pickle.dumps(Hostile()))
    said = run.refuse(*run.overlay(model={"source": str(folder.parent / "model.pkl")}))
    assert "is a file, and pickles are refused; allowed: shipped, fit, an existing model folder" in said
    as_object_array(folder)
    reseal(folder)
    said = run.refuse(*run.overlay(model={"source": str(folder)}))
    assert "ModelError" in said or "arrays of the model refused" in said
    assert not (folder.parent / "results").exists()
    assert not Path(MARK).exists()


QUICK = {"source": "fit", "n_init": 2, "bootstrap": 0}


def test_a_reference_model_is_fitted_and_zeroed_minutes_are_named_by_rule(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "run")
    name = next(iter(EVENTS))
    words = run.overlay(model={**QUICK, "features": "reference", "components": [4, 5, 6]})
    run.make(*words, "--", f"results/mms_gmm/work/{name}/regions.csv")
    head = json.loads((run.results / "model/model.json").read_text())
    assert head["features"] == ["ratio_max_width", "ratio_high_low", "norm_Bt"]
    assert head["trained_on"].startswith("synthetic sample data")
    features, regions = (
        read_csv(run.results / "work" / name / f"{table}.csv") for table in ("features", "regions")
    )
    zeroed = features["zeroed"] == 1
    assert zeroed.sum() > 50
    assert (regions.loc[zeroed, "raw_label"] == "magnetosphere").all()
    assert (regions.loc[zeroed, "p_magnetosphere"] == 1).all()
    with np.load(run.results / "model/arrays.npz") as arrays:
        means = arrays["means"] * arrays["scale"] + arrays["center"]
    assert (means[:, 0] > 0.01).all(), "no component sits on the zeroed point"


def test_a_fit_on_events_of_one_region_is_refused(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "run")
    event = {"id": "short", "probe": 1, "start": "2017-11-24T06:00", "stop": "2017-11-24T09:00"}
    words = run.overlay(events=[event], model={**QUICK, "components": [1, 2]})
    said = run.refuse(*words, "--", "results/mms_gmm/regions.csv")
    assert "ModelError: the events hold fewer regions than asked for" in said
    assert "asked for solar_wind, ion_foreshock, magnetosheath, magnetosphere" in said
    assert not (run.results / "model/model.json").exists()
