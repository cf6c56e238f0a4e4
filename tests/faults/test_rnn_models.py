"""F28, W1: damaged, foreign or hostile networks and weights are refused before any code can run."""

import io
import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from magnetoflow.errors import ModelError
from magnetoflow.io import rnn_weights
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.rnn_model_files import check_model
from magnetoflow.io.rnn_models import read_model, write_model
from magnetoflow.io.rnn_weights import SHAPES, read_published
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS
from magnetoflow.mms_rnn.distribution import fit
from magnetoflow.mms_rnn.network import Network, shapes

MARK = "touched_by_a_pickle"


class Hostile:
    """Runs code where it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path(MARK),)


def random_arrays(table):
    rng = np.random.default_rng(0)
    return {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in table.items()}


# the weights file of torch -------------------------------------------------------------------------------


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Such a file as torch writes it: another hash than the published."""
    monkeypatch.chdir(tmp_path)
    rnn, fc = torch.nn.RNN(14, 42, 3), torch.nn.Linear(42, 6)
    module = torch.nn.ModuleDict({"rnn": rnn, "fc": fc})
    module.load_state_dict({name: torch.from_numpy(one) for name, one in random_arrays(SHAPES).items()})
    torch.save(module.state_dict(), tmp_path / "weights")
    return tmp_path / "weights"


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


def rewrite(path, content, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, value in content.items():
            archive.writestr(name, value)


def refusal(path, allowed=None):
    with pytest.raises(ModelError) as caught:
        check_model(str(path), allowed, Path("shipped"))
    assert not Path(MARK).exists(), "code was run"
    message = str(caught.value)
    assert "do: " in message
    assert str(path) in message
    return message


def test_other_weights_are_read_where_the_configuration_gives_their_hash(weights):
    network = read_published(weights, sha256(weights).upper())
    expected = random_arrays(SHAPES)
    assert list(network.arrays) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(network.arrays[name], array)
    assert network.trained_on == "unknown data"
    assert check_model(str(weights), sha256(weights), Path("shipped"))["kind"] == "published"


def test_f28_another_hash_is_refused_and_the_file_not_opened(weights, monkeypatch):
    monkeypatch.setattr(zipfile, "ZipFile", None)
    message = refusal(weights)
    assert sha256(weights) in message
    assert rnn_weights.PUBLISHED_SHA256 in message
    assert "mms_rnn.model.sha256" in message
    assert "says " + "0" * 64 in refusal(weights, "0" * 64)


def test_f28_one_flipped_byte_is_seen_by_the_hash(weights):
    allowed, content = sha256(weights), bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    assert "not opened" in refusal(weights, allowed)


def as_pickle(path):
    path.write_bytes(pickle.dumps(Hostile()))


def as_index_with_code(path):
    content = members(path)
    rewrite(path, content | {"weights/data.pkl": pickle.dumps(Hostile(), protocol=2)})


def as_index_with_code_behind(path):
    """The names in order, and a call before the end."""
    content = members(path)
    call = b"cposix\nsystem\n(X\x05\x00\x00\x00touchtR0."
    rewrite(path, content | {"weights/data.pkl": content["weights/data.pkl"][:-1] + call})


def as_index_with_stacked_code(path):
    content = members(path)
    rewrite(path, content | {"weights/data.pkl": pickle.dumps(Hostile(), protocol=4)})


def as_index_of_another_order(path):
    content = members(path)
    index = content["weights/data.pkl"]
    index = index.replace(b"weight_ih_l1", b"weight_ih_lX").replace(b"weight_hh_l1", b"weight_ih_l1")
    index = index.replace(b"weight_ih_lX", b"weight_hh_l1")
    rewrite(path, content | {"weights/data.pkl": index})


def as_cut_index(path):
    content = members(path)
    rewrite(path, content | {"weights/data.pkl": content["weights/data.pkl"][:200]})


def as_bomb(path):
    """Compressed to less than the limit."""
    content = members(path)
    del content["weights/data/1"]
    rewrite(path, content)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights/data/1", bytes(50 << 20))


def as_compressed(path):
    rewrite(path, members(path), zipfile.ZIP_DEFLATED)


def as_huge(path):
    with path.open("r+b") as file:
        file.truncate(1 << 40)


def as_short_member(path):
    content = members(path)
    rewrite(path, content | {"weights/data/2": content["weights/data/2"][:-4]})


def as_extra_member(path):
    rewrite(path, members(path) | {"weights/data/14": bytes(4)})


def as_missing_member(path):
    content = members(path)
    del content["weights/data/13"]
    rewrite(path, content)


def as_nan(path):
    content = members(path)
    rewrite(path, content | {"weights/data/3": np.full(42, np.nan, dtype="<f4").tobytes()})


def as_big_endian(path):
    rewrite(path, members(path) | {"weights/byteorder": b"big"})


def as_cut(path):
    path.write_bytes(path.read_bytes()[:30000])


def as_flipped_behind_the_hash(path):
    content = bytearray(path.read_bytes())
    content[content.index(members(path)["weights/data/1"]) + 100] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (as_pickle, "not a zip file"),
        (as_index_with_code, "which is no weight"),
        (as_index_with_code_behind, "its index names posix system, which is no weight"),
        (as_index_with_stacked_code, "its index names code, which is no weight"),
        (as_index_of_another_order, "its index lists other names"),
        (as_cut_index, "weights refused"),
        (as_bomb, "weights/data/1: 52428800 bytes, compression 8, expected 7056 bytes, not compressed"),
        (as_compressed, "compression 8"),
        (as_huge, "1099511627776 bytes, at most"),
        (as_short_member, "weights/data/2: 164 bytes, compression 0, expected 168 bytes"),
        (as_extra_member, "members weights/data/14 are missing, unknown or repeated"),
        (as_missing_member, "members weights/data/13 are missing"),
        (as_nan, "rnn.bias_hh_l0 holds values that are not finite"),
        (as_big_endian, "not little-endian"),
        (as_cut, "not a zip file"),
        (as_flipped_behind_the_hash, "Bad CRC-32"),
    ],
)
def test_f28_forged_weights_are_refused_even_with_their_hash(weights, forge, expected):
    forge(weights)
    allowed = sha256(weights) if weights.stat().st_size < 1 << 30 else None
    assert expected in refusal(weights, allowed)


@pytest.mark.parametrize("name", ["no_such_file", "."])
def test_f28_a_path_without_a_model_is_refused(weights, name):
    message = refusal(weights.parent / name)
    assert "model folder is not complete" in message
    assert "the published file of the weights" in message


def test_looking_at_the_shipped_model_needs_neither_numpy_nor_torch():
    code = "import sys, magnetoflow.io.rnn_model_files as _; print(*{'numpy', 'torch'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


# our folder ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("rnn") / "model"
    arrays = random_arrays(shapes("gru", 8, 2, both=True))
    rng = np.random.default_rng(1)
    reference = fit(rng.normal(size=(1200, 14)), np.arange(1200) % len(REGIONS))
    mean, scale = rng.normal(size=14).astype(np.float32), np.full(14, 0.5, dtype=np.float32)
    network = Network(
        "gru", arrays, mean, scale, 1.7, None, "synthetic sample data", "ab" * 32, {"macro_f1": 0.5}
    )
    write_model(path, network, reference, notes=["Limits."])
    return path, network, reference


@pytest.fixture
def folder(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(written[0], tmp_path / "model")
    return tmp_path / "model"


def arrays_of(folder):
    with np.load(folder / "arrays.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def reseal(folder, **keys):
    """Write the hash of the arrays, and other keys, into model.json: what a forger would do."""
    head = json.loads((folder / "model.json").read_text())
    head |= {"arrays_sha256": sha256(folder / "arrays.npz"), **keys}
    (folder / "model.json").write_text(json.dumps(head))


def test_a_network_comes_back_as_it_was_written_byte_by_byte(written, folder, tmp_path):
    _, network, reference = written
    again, usual = read_model(folder)
    assert again.id == network.id
    assert (again.temperature, again.window, again.recipe) == (1.7, None, "ab" * 32)
    assert again.label == f"{network.id}, trained on synthetic sample data"
    assert usual.limit == reference.limit
    np.testing.assert_array_equal(usual.covariances, reference.covariances)
    write_model(tmp_path / "again", again, usual, notes=["Limits."])
    for path in sorted(folder.iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    assert check_model(str(folder), None, Path("shipped"))["kind"] == "folder"
    assert check_model("shipped", None, folder) == {
        "kind": "shipped",
        "folder": "shipped",
        "sha256": sha256(folder / "model.json"),
    }


def with_pickle(folder):
    (folder / "arrays.npz").write_bytes(pickle.dumps(Hostile()))


def with_pickled_npy(folder):
    np.save(folder / "arrays.npy", np.array([Hostile()]), allow_pickle=True)
    (folder / "arrays.npy").replace(folder / "arrays.npz")


def with_object_array(folder):
    arrays = arrays_of(folder) | {"fc.bias": np.array([Hostile()], dtype=object)}
    np.savez(folder / "arrays.npz", allow_pickle=True, **arrays)


def with_bomb(folder):
    with zipfile.ZipFile(folder / "arrays.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("fc.bias.npy", bytes(65 << 20))


def with_huge_shape(folder):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**15,)})
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        archive.writestr("fc.bias.npy", header.getvalue())


def with_open_header(folder):
    text = b"{'descr': '<f4', 'shape': (6,".ljust(53) + b"\n"
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        archive.writestr("fc.bias.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)


def with_cut(folder):
    content = (folder / "arrays.npz").read_bytes()
    (folder / "arrays.npz").write_bytes(content[: len(content) // 2])


def without(name):
    def change(folder):
        arrays = arrays_of(folder)
        del arrays[name]
        np.savez(folder / "arrays.npz", **arrays)

    return change


def changed(name, make):
    def change(folder):
        arrays = arrays_of(folder)
        np.savez(folder / "arrays.npz", **arrays | {name: make(arrays.get(name))})

    return change


def with_nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (with_pickle, "arrays of the network refused"),
        (with_pickled_npy, "arrays of the network refused"),
        (with_object_array, "Object arrays cannot be loaded when allow_pickle=False"),
        (with_bomb, "an array of 68157440 bytes"),
        (with_huge_shape, "arrays of the network refused"),
        (with_open_header, "arrays of the network refused"),
        (with_cut, "arrays of the network refused"),
        (without("fc.bias"), "arrays fc.bias are missing or unknown"),
        (without("rnn.weight_hh_l0"), "no recurrent layer among"),
        (without("reference.limit"), "arrays reference.limit are missing or unknown"),
        (changed("more", lambda _: np.zeros(3)), "arrays more are missing or unknown"),
        (changed("fc.weight", lambda one: one[:-1]), "fc.weight: float32 (5, 16), expected float32 (6, 16)"),
        (changed("rnn.weight_hh_l0", lambda one: one[:, :0]), "no recurrent layer among"),
        (changed("rnn.bias_ih_l1", lambda one: one.astype(float)), "rnn.bias_ih_l1: float64"),
        (changed("rnn.bias_ih_l1", with_nan), "rnn.bias_ih_l1 holds no values, or values that"),
        (changed("input.scale", lambda one: one * 0), "input.scale holds values that are not positive"),
        (changed("reference.limit", lambda one: -one), "reference.limit holds values that are not positive"),
        (changed("reference.means", lambda one: one[:0]), "reference.means holds no values"),
        (changed("reference.covariances", lambda one: -one), "not positive definite"),
        (changed("reference.covariances", lambda one: np.triu(one)), "not symmetric"),
        (changed("fc.bias", lambda one: one + 1), "edited by hand"),
        (changed("input.mean", lambda one: one + 1), "edited by hand"),
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
        ({"temperature": None}, "model.json is not complete"),
        ({"kind": "elman"}, "expected float32 (8, 14)"),
        ({"kind": ["gru"]}, "expected one of elman, gru"),
        ({"window": 0}, "window that is not positive"),
        ({"scores": {"f1": "good"}}, "model.json is not complete"),
        ({"format": "magnetoflow.aurora"}, "not a network of this study"),
    ],
)
def test_f28_an_edited_description_is_refused(folder, keys, expected):
    reseal(folder, **keys)
    assert expected in refusal(folder)


def test_f28_changed_arrays_are_refused_by_their_hash(folder):
    changed("fc.bias", lambda one: one + 1)(folder)
    assert "the arrays are not those of the network" in refusal(folder)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"format": NaN', "\x80\x04\x95pickle"])
def test_f28_a_description_that_is_none_is_refused(folder, text):
    (folder / "model.json").write_text(text)
    assert str(folder / "model.json") in refusal(folder)


@pytest.mark.parametrize(("key", "own"), [("features", FEATURES), ("regions", REGIONS)])
def test_w1_other_features_or_regions_or_another_order_are_refused_naming_both(folder, key, own):
    for other in (list(own[::-1]), list(own[:-1]), None):
        reseal(folder, **{key: other})
        message = refusal(folder)
        assert f"the network has other {key}, or in another order" in message
        assert str(other) in message
        assert str(list(own)) in message
