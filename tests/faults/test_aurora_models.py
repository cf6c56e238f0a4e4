"""F28, W1: damaged, foreign or hostile networks are refused before any job starts, and never run code."""

import io
import json
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.network import Layers
from magnetoflow.aurora.weights import Network
from magnetoflow.errors import ModelError
from magnetoflow.io.aurora_model_files import check_network
from magnetoflow.io.aurora_models import read_network, write_network
from magnetoflow.io.model_folder import sha256

MARK = "touched_by_a_pickle"
FAST = {"chain": "fast", "size": 64, "clip": 3.0, "tiles": 8, "variant": "themis"}
COMPATIBLE = {"chain": "compatible", "size": 224, "clip": 3.0, "tiles": 8, "variant": "themis"}


class Hostile:
    """Runs code where it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path(MARK),)


@pytest.fixture
def network():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return Network(
            Layers((4, 5)).arrays(), {"chain": "fast", "size": 64}, 1.5, "noise", "ab" * 32, {"x": 1}
        )


@pytest.fixture
def folder(tmp_path, monkeypatch, network):
    monkeypatch.chdir(tmp_path)
    write_network(tmp_path / "model", network)
    return tmp_path / "model"


def reseal(folder, **keys):
    """Write the hash of the arrays, and other keys, into model.json: what a forger would do."""
    head = json.loads((folder / "model.json").read_text())
    head |= {"arrays_sha256": sha256(folder / "arrays.npz"), **keys}
    (folder / "model.json").write_text(json.dumps(head))


def refusal(folder, asked=FAST):
    with pytest.raises(ModelError) as caught:
        check_network(str(folder), asked, folder)
    assert not Path(MARK).exists(), "code was run"
    message = str(caught.value)
    assert "do: " in message
    return message


def as_pickle(folder):
    (folder / "arrays.npz").write_bytes(pickle.dumps(Hostile()))


def as_torch_zip(folder):
    with (folder / "arrays.npz").open("wb") as file:
        torch.save({"weights": Hostile()}, file)


def as_torch_legacy(folder):
    with (folder / "arrays.npz").open("wb") as file:
        torch.save({"weights": Hostile()}, file, _use_new_zipfile_serialization=False)


def as_keras_zip(folder):
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        archive.writestr("config.json", '{"class_name": "Lambda"}')
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n")


def as_pickled_npy(folder):
    np.save(folder / "arrays.npy", np.array([Hostile()]), allow_pickle=True)
    (folder / "arrays.npy").replace(folder / "arrays.npz")


def arrays_of(folder):
    with np.load(folder / "arrays.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def changed(**changes):
    def change(folder):
        arrays = arrays_of(folder)
        for name, make in changes.items():
            arrays[name] = make(arrays.get(name))
        np.savez(
            folder / "arrays.npz", allow_pickle=True, **{k: v for k, v in arrays.items() if v is not None}
        )

    return change


def as_bomb(folder):
    with zipfile.ZipFile(folder / "arrays.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conv1_weight.npy", bytes(100 << 20))


def as_lying_bomb(folder):
    """Its directory says 10 bytes, its stream holds 100 MiB."""
    as_bomb(folder)
    content = (folder / "arrays.npz").read_bytes()
    size = (100 << 20).to_bytes(4, "little")
    (folder / "arrays.npz").write_bytes(content.replace(size, (10).to_bytes(4, "little")))


def as_huge_shape(folder):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**15,)})
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        archive.writestr("conv1_weight.npy", header.getvalue())


def as_many(folder):
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        for k in range(5000):
            archive.writestr(f"conv{k}_weight.npy", b"")


def as_cut(folder):
    content = (folder / "arrays.npz").read_bytes()
    (folder / "arrays.npz").write_bytes(content[: len(content) // 2])


def with_nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


REFUSED = "arrays of the network refused"


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (as_pickle, REFUSED),
        (as_torch_zip, REFUSED),
        (as_torch_legacy, REFUSED),
        (as_keras_zip, "holds config.json, model.weights.h5"),
        (as_pickled_npy, REFUSED),
        (changed(dense_bias=lambda _: np.array([Hostile()], dtype=object)), "Object arrays cannot be loaded"),
        (as_bomb, "an array of 104857600 bytes"),
        (as_lying_bomb, REFUSED),
        (as_huge_shape, REFUSED),
        (as_many, "5000 members"),
        (as_cut, REFUSED),
        (changed(dense_weight=lambda one: one[:, :-1]), "dense_weight: float32"),
        (changed(conv2_weight=lambda one: one[..., :2]), "conv2_weight: float32"),
        (changed(conv1_weight=lambda one: one.astype(np.float64)), "conv1_weight: float64"),
        (changed(conv1_weight=lambda one: one.astype("S4")), "conv1_weight: |S4"),
        (changed(conv1_bias=with_nan), "conv1_bias holds values that are not finite"),
        (changed(conv1_bias=lambda one: np.float32(1)), "no convolutions"),
        (changed(conv2_bias=lambda one: None), "missing or unknown"),
        (changed(extra=lambda one: np.zeros(3)), "extra are missing or unknown"),
        (changed(dense_bias=lambda one: one + 1), "edited by hand"),
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
        ({"temperature": -1.0}, "temperature that is not positive"),
        ({"temperature": float("nan")}, "temperature that is not positive"),
        ({"temperature": None}, "not complete"),
        ({"scores": 7}, "not complete"),
        ({"scores": {"x": "high"}}, "not complete"),
        ({"format": "magnetoflow.mms_gmm"}, "not a network of this study"),
        ({"classes": list(CLASSES[::-1])}, "other classes, or in another order"),
        ({"inputs": {"channels": ["frame"]}}, "other inputs, or in another order"),
        ({"preprocessing": None}, "another preprocessing"),
        ({"preprocessing": {"chain": "fast", "size": 32}}, "trained with chain fast, size 32"),
        ({"preprocessing": {"chain": "odd"}}, "trained with chain odd"),
    ],
)
def test_f28_w1_an_edited_description_is_refused(folder, keys, expected):
    reseal(folder, **keys)
    assert expected in refusal(folder)


def test_w1_another_preprocessing_is_refused_naming_both(folder):
    message = refusal(folder, COMPATIBLE)
    assert "trained with chain fast, size 64" in message
    assert "asks for chain compatible, clip 3.0, size 224, tiles 8, variant themis" in message


def test_w1_options_that_the_chain_does_not_have_are_no_difference(folder):
    assert check_network(str(folder), {**FAST, "clip": 7.0}, folder)["folder"] == str(folder)


def test_w1_options_left_to_their_defaults_are_no_difference(folder, tmp_path, network):
    assert check_network(str(folder), {**FAST, "size": None, "clip": None}, folder)
    write_network(tmp_path / "m", replace(network, preprocessing=COMPATIBLE))
    asked = {"chain": "compatible", "clip": None, "tiles": None, "size": None, "variant": "themis"}
    assert check_network(str(tmp_path / "m"), asked, tmp_path)
    assert "clip 300.0" in refusal(tmp_path / "m", {**asked, "variant": "pfrr"})


def test_w1_the_clip_of_the_compatible_chain_is_a_difference(tmp_path, network):
    write_network(tmp_path / "m", replace(network, preprocessing=COMPATIBLE))
    assert check_network(str(tmp_path / "m"), COMPATIBLE, tmp_path)
    assert "clip 4.0" in refusal(tmp_path / "m", {**COMPATIBLE, "clip": 4.0})


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"\xff\xfe", b"[" * 100_000, b'"text"', pickle.dumps(3)])
def test_f28_a_description_that_is_no_json_object_is_refused(folder, content):
    (folder / "model.json").write_bytes(content)
    refusal(folder)


@pytest.mark.parametrize("name", ["model.json", "arrays.npz"])
def test_f28_a_folder_that_lacks_a_file_is_refused(folder, name):
    (folder / name).unlink()
    assert name in refusal(folder)


def test_f28_a_file_in_place_of_a_folder_is_refused(folder):
    assert "no such file" in refusal(folder / "arrays.npz")


def test_f28_arrays_of_another_network_are_refused(folder, network):
    write_network(folder.parent / "other", replace(network, arrays=Layers((4, 5)).arrays()))
    (folder.parent / "other" / "arrays.npz").replace(folder / "arrays.npz")
    assert "the arrays are not those of the network" in refusal(folder)


def test_a_network_comes_back_as_it_was_written_and_bytes_repeat(folder, network, tmp_path):
    found = read_network(folder)
    assert found.id == network.id
    assert found.scores == network.scores
    assert all((found.arrays[name] == network.arrays[name]).all() for name in network.arrays)
    write_network(tmp_path / "again", found)
    for name in ("model.json", "arrays.npz", "card.md"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_shipped_network_is_checked_without_numpy_or_torch(folder):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from magnetoflow.io.aurora_model_files import check_network\n"
        f"print(check_network('shipped', {FAST!r}, Path({str(folder)!r}))['sha256'])\n"
        "assert not {'numpy', 'torch', 'numba'} & set(sys.modules)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == sha256(folder / "model.json")
