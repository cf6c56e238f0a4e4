"""F28, W1: damaged, foreign or hostile models of classes are refused before any job, and never run code."""

import io
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.errors import ModelError
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.rept_model_files import check_model
from magnetoflow.io.rept_models import read_class_model, write_class_model
from tests.unit.rept_models import class_model

MARK = "touched_by_a_pickle"


class Hostile:
    """Runs code where it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path(MARK),)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A model of each kind, written once."""
    folder = tmp_path_factory.mktemp("models")
    for way, clustering in (("weighted", "mixture"), ("pca", "mixture"), ("autoencoder", "kmeans")):
        write_class_model(folder / way, class_model(way, clustering)[0])
    return folder


@pytest.fixture
def folder(written, tmp_path, monkeypatch):
    """Copy of the models, and a working folder."""
    monkeypatch.chdir(tmp_path)
    for one in written.iterdir():
        (tmp_path / one.name).mkdir()
        for file in one.iterdir():
            (tmp_path / one.name / file.name).write_bytes(file.read_bytes())
    return tmp_path


def arrays_of(model):
    with np.load(model / "arrays.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def reseal(model, **keys):
    """Write the hash of the arrays, and other keys, into model.json: what a forger would do."""
    head = json.loads((model / "model.json").read_text())
    values = head["values"] | keys.pop("values", {})
    head |= {"arrays_sha256": sha256(model / "arrays.npz"), "values": values, **keys}
    (model / "model.json").write_text(json.dumps(head))


def refusal(model):
    with pytest.raises(ModelError) as caught:
        check_model(str(model), {})
    assert not Path(MARK).exists(), "code was run"
    message = str(caught.value)
    assert "do: " in message
    return message


def as_pickle(model):
    (model / "arrays.npz").write_bytes(pickle.dumps(Hostile()))


def as_object_array(model):
    arrays = arrays_of(model) | {"clustering.weights": np.array([Hostile()], dtype=object)}
    np.savez(model / "arrays.npz", allow_pickle=True, **arrays)


def as_torch(model):
    with zipfile.ZipFile(model / "arrays.npz", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Hostile()))


def as_bomb(model):
    names = list(arrays_of(model))
    with zipfile.ZipFile(model / "arrays.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in names:
            archive.writestr(f"{name}.npy", bytes(65 << 20 if name == "pads" else 10))


def as_huge_shape(model):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    names = list(arrays_of(model))
    with zipfile.ZipFile(model / "arrays.npz", "w") as archive:
        for name in names:
            archive.writestr(f"{name}.npy", header.getvalue())


def as_cut(model):
    content = (model / "arrays.npz").read_bytes()
    (model / "arrays.npz").write_bytes(content[: len(content) // 2])


def changed(name, make):
    def change(model):
        arrays = arrays_of(model)
        made = {} if make is None else {name: make(arrays.get(name))}
        np.savez(model / "arrays.npz", **{key: one for key, one in arrays.items() if key != name} | made)

    return change


def with_nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


@pytest.mark.parametrize(
    ("kind", "forge", "expected"),
    [
        ("pca", as_pickle, "arrays of the model refused"),
        ("pca", as_torch, "arrays of the model refused"),
        ("pca", as_object_array, "Object arrays cannot be loaded when allow_pickle=False"),
        ("pca", as_bomb, "an array of 68157440 bytes"),
        ("pca", as_huge_shape, "arrays of the model refused"),
        ("pca", as_cut, "arrays of the model refused"),
        ("pca", changed("clustering.weights", None), "clustering.weights are missing or unknown"),
        ("pca", changed("pads", None), "pads are missing or unknown"),
        ("pca", changed("energy_mev", None), "energy_mev"),
        ("pca", changed("extra", lambda _: np.ones(3)), "extra are missing or unknown"),
        ("pca", changed("clustering.weights", lambda one: one * 2), "sum 2.0 is not 1"),
        ("pca", changed("clustering.means", lambda one: one[:, :1]), "clustering.means: float64 (2, 1)"),
        ("pca", changed("clustering.means", with_nan), "clustering.means holds values that are not finite"),
        ("pca", changed("clustering.covariances", lambda one: -one), "not symmetric and positive definite"),
        ("pca", changed("reduction.fill", lambda one: one.astype(np.int32)), "reduction.fill: int32"),
        ("pca", changed("reduction.pca.components", lambda one: 2 * one), "not orthonormal"),
        ("pca", changed("reduction.pca.mean", lambda one: one + 1), "edited by hand"),
        ("pca", changed("energy_mev", lambda one: one[::-1]), "energies that do not ascend"),
        ("pca", changed("angle_deg", lambda one: one + 100), "angles that do not ascend from 0 to 180"),
        ("weighted", changed("reduction.exposure", with_nan), "reduction.exposure holds values that are not"),
        ("weighted", changed("reduction.components", lambda one: one[:, :, :2]), "(2, 9, 2), expected"),
        ("autoencoder", changed("reduction.encoder.w1", lambda one: one.T), "reduction.encoder.w1: float32"),
        ("autoencoder", changed("reduction.encoder.b2", with_nan), "values that are not finite"),
        ("autoencoder", changed("reduction.encoder.w2", None), "reduction.encoder.w2 are missing"),
        ("autoencoder", changed("clustering.means", lambda one: one[:, 0]), "clustering.means: float64 (2,)"),
    ],
)
def test_f28_forged_arrays_are_refused_before_any_code_can_run(folder, kind, forge, expected):
    forge(folder / kind)
    reseal(folder / kind)
    assert expected in refusal(folder / kind)


@pytest.mark.parametrize(
    ("kind", "keys", "expected"),
    [
        ("pca", {"outlier_limit": 2.0}, "edited by hand"),
        ("pca", {"outlier_limit": -1.0}, "outlier_limit is -1.0"),
        ("pca", {"outlier_limit": float("nan")}, "outlier_limit is nan"),
        ("pca", {"folded": 1}, "folded is '1', expected a bool"),
        ("pca", {"members": [1, 4]}, "edited by hand"),
        ("pca", {"members": [1, 2]}, "clusters belong to classes [1, 2], the classes are [1, 4]"),
        ("pca", {"members": [1, 4, 4]}, "expected numbers (3,"),
        ("pca", {"members": None}, "not complete"),
        ("pca", {"classes": []}, "numbers of classes"),
        ("pca", {"classes": [{"id": 1}, {"id": 4}]}, "not complete"),
        ("pca", {"classes": [{"id": 10**400, "name": "", "shapes": []}]}, "numbers of classes"),
        ("pca", {"classes": [{"id": k, "name": "x", "shapes": ["a"]} for k in (1, 4)]}, "1 shapes for 3"),
        ("pca", {"reduction": "magic"}, "reduction 'magic', expected one of weighted, pca, autoencoder"),
        ("pca", {"reduction": ["pca"]}, "expected one of"),
        ("pca", {"reduction": "autoencoder"}, "are missing or unknown"),
        ("pca", {"clustering": "kmeans"}, "clustering.sigma are missing or unknown"),
        ("pca", {"values": {"reduction.normalise": "90"}}, "edited by hand"),
        ("pca", {"values": {"reduction.normalise": "none"}}, "is 'none', expected one of max, energy-max"),
        ("pca", {"values": {"reduction.floor": "0"}}, "reduction.floor is '0', expected a float"),
        ("pca", {"options": None}, "not complete"),
        ("pca", {"format": "magnetoflow.mms_gmm"}, "expected 'magnetoflow.rept_pad'"),
        ("weighted", {"values": {"reduction.spread": 0.0}}, "reduction.spread is 0.0"),
        ("autoencoder", {"values": {"reduction.encoder.scale": 0.0}}, "reduction.encoder.scale is 0.0"),
        ("autoencoder", {"values": {"clustering.sigma": -1.0}}, "clustering.sigma is -1.0"),
    ],
)
def test_f28_an_edited_description_is_refused(folder, kind, keys, expected):
    reseal(folder / kind, **keys)
    assert expected in refusal(folder / kind)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"format": NaN', "\x80\x04\x95pickle"])
def test_f28_a_description_that_is_none_is_refused(folder, text):
    (folder / "pca/model.json").write_text(text)
    assert str(folder / "pca/model.json") in refusal(folder / "pca")


def test_f28_changed_arrays_are_refused_by_their_hash(folder):
    changed("clustering.means", lambda one: one + 1e-9)(folder / "pca")
    assert "the arrays are not those of the model" in refusal(folder / "pca")


def test_f28_pickled_models_are_refused_with_the_way_out(folder):
    (folder / "pca/model.json").unlink()
    (folder / "pca/model.pkl").write_bytes(pickle.dumps(Hostile()))
    for source in ("pca", "pca/model.pkl"):
        message = refusal(folder / source)
        assert "rept_pad.model.source: fit" in message
        assert "pickles" in message


def test_w1_a_model_of_other_options_is_refused_naming_both(folder):
    own = {"fold": True, "counts": (1.0, 2.0, 3.0)}
    found = check_model(str(folder / "weighted"), {"prepare": own})
    assert found == {"folder": str(folder / "weighted"), "sha256": sha256(folder / "weighted/model.json")}
    assert check_model("fit", {"prepare": own}) == {}
    for section, expected in (
        (own | {"fold": False}, "rept_pad.prepare.fold\n(.|\n)*model: True; configuration: False"),
        (
            {"fold": True},
            r"rept_pad.prepare.counts\n(.|\n)*model: \[1.0, 2.0, 3.0\]; configuration: not given",
        ),
        (own | {"new": 1}, "rept_pad.prepare.new\n(.|\n)*model: not given; configuration: 1"),
    ):
        with pytest.raises(ModelError, match=expected):
            check_model(str(folder / "weighted"), {"prepare": section})


def test_a_model_is_read_without_torch_and_scikit_learn(folder):
    code = (
        "import sys; from magnetoflow.io.rept_model_files import check_folder; from pathlib import Path;"
        "check_folder(Path('autoencoder')); assert 'numpy' not in sys.modules;"
        "from magnetoflow.io.rept_models import read_class_model; read_class_model('autoencoder');"
        "assert not {'torch', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
    assert read_class_model(folder / "weighted").reduction.error_floor == 0.05
