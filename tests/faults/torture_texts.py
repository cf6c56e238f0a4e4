"""Models, smoothers, configuration files and event lists, damaged by chance."""

import json
import shutil
from functools import partial
from pathlib import Path

import magnetoflow.aurora
import magnetoflow.mms_gmm
import magnetoflow.mms_rnn
from magnetoflow.config import check_config, merge_files
from magnetoflow.config.load import REPOSITORY, SHIPPED
from magnetoflow.errors import ConfigError, ModelError
from magnetoflow.io import aurora_model_files, model_files, rept_model_files, rnn_model_files, smoother_files
from magnetoflow.io.aurora_models import read_network
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.models import read_region_model
from magnetoflow.io.rept_models import read_class_model, write_class_model
from magnetoflow.io.rnn_models import read_model
from magnetoflow.io.smoothers import read_smoother
from tests.faults.mutations import DAMAGE, TEXT_DAMAGE, mutated, refusal
from tests.unit.rept_models import class_model

GMM, RNN, AURORA = (
    Path(study.__file__).parent / "model"
    for study in (magnetoflow.mms_gmm, magnetoflow.mms_rnn, magnetoflow.aurora)
)
NETWORK = AURORA / "network"
PREPROCESSING = json.loads((NETWORK / "model.json").read_text())["preprocessing"]


def model(write, check, read, folder):
    """Cases of a model folder: its text, or its arrays, mostly with the hash that a forger would write."""
    folder = folder / "model"
    write(folder)
    good = {name: (folder / name).read_bytes() for name in ("model.json", "arrays.npz")}
    own = read(folder).id

    def case(rng):
        for name, content in good.items():
            (folder / name).write_bytes(content)
        name = ("model.json", "arrays.npz")[rng.integers(2)]
        content, done = mutated(good[name], rng, TEXT_DAMAGE if name == "model.json" else DAMAGE)
        (folder / name).write_bytes(content)
        if name == "arrays.npz" and rng.integers(4):
            about = json.loads(good["model.json"]) | {"arrays_sha256": sha256(folder / name)}
            (folder / "model.json").write_text(json.dumps(about))
            done += ", with its hash"
        yield {"damage": f"{name}: {done}", "outcome": "refused"}
        try:
            check(str(folder))
            found = read(folder)
        except ModelError as error:
            yield refusal(folder, error)
            return
        yield {"outcome": "equal"}
        assert found.id == own, "a model of other numbers"

    return case


def smoother(folder):
    """Cases of a smoother file; other numbers are accepted where the hash beside them is theirs."""
    path = folder / "smoother.json"
    shipped = AURORA / "smoother_sample.json"
    shutil.copy(shipped, path)
    good, numbers = path.read_bytes(), repr(read_smoother(path))

    def case(rng):
        content, done = mutated(good, rng, TEXT_DAMAGE)
        forged = False
        if rng.integers(2):
            try:
                about = json.loads(content)
                about["sha256"] = smoother_files.content_hash(about)
                content, done, forged = json.dumps(about).encode(), f"{done}, with its hash", True
            except (ValueError, TypeError):
                pass
        path.write_bytes(content)
        yield {"damage": done, "outcome": "refused"}
        try:
            smoother_files.check_smoother(str(path), shipped)
            found = read_smoother(path)
        except ModelError as error:
            yield refusal(path, error)
            return
        same = repr(found) == numbers
        yield {"outcome": "equal" if same else "other"}
        assert same or forged, "other numbers"

    return case


def configuration(folder):
    """Cases of the configuration files that come with the repository."""
    first = SHIPPED[1]  # events of mms_gmm are the one thing that must be given

    def case(rng):
        source = SHIPPED[rng.integers(len(SHIPPED))]
        content, done = mutated(source.read_bytes(), rng, TEXT_DAMAGE)
        path = folder / source.name
        path.write_bytes(content)
        yield {"damage": f"{source.name}: {done}", "outcome": "refused"}
        files = [path] if source == first else [first, path]
        yield checked(lambda: check_config(merge_files(files), files), path, lambda: merge_files([source]))

    return case


def checked(check, path, *_):
    """Outcome of a check that gives a configuration, or says what is wrong and where."""
    try:
        check()
    except ConfigError as error:
        said = str(error)
        # a key that is missing stands nowhere
        assert path.name in said or ": configuration: " in said or "  configuration: " in said, said
        return {"why": said.splitlines()[0]}
    return {"outcome": "other"}


def events(folder):
    """Cases of the event lists that come with the repository."""
    lists = sorted((REPOSITORY / "config/events").glob("*.csv"))
    gmm = merge_files(SHIPPED[1:2])

    def case(rng):
        source = lists[rng.integers(len(lists))]
        content, done = mutated(source.read_bytes(), rng, TEXT_DAMAGE)
        path = folder / source.name
        path.write_bytes(content)
        yield {"damage": f"{source.name}: {done}", "outcome": "refused"}
        study, key = (source.stem, "events") if "storms" not in source.stem else ("rept_pad", "storms")
        yield checked(lambda: check_config({**gmm, study: {key: str(path)}}), path)

    return case


def _copied(shipped, folder):
    shutil.copytree(shipped, folder)


def _written(way, clustering, folder):
    write_class_model(folder, class_model(way, clustering)[0])


KINDS = {
    "mms_gmm": partial(
        model,
        partial(_copied, GMM),
        lambda folder: model_files.check_model(folder, "robust", GMM),
        read_region_model,
    ),
    "mms_rnn": partial(
        model,
        partial(_copied, RNN),
        lambda folder: rnn_model_files.check_model(folder, None, RNN),
        lambda folder: read_model(folder)[0],
    ),
    "aurora": partial(
        model,
        partial(_copied, NETWORK),
        lambda folder: aurora_model_files.check_network(folder, PREPROCESSING, NETWORK),
        read_network,
    ),
    **{
        f"rept_pad_{way}": partial(
            model,
            partial(_written, way, clustering),
            lambda folder: rept_model_files.check_model(folder, {}),
            read_class_model,
        )
        for way, clustering in (("weighted", "mixture"), ("pca", "mixture"), ("autoencoder", "kmeans"))
    },
    "smoother": smoother,
    "yaml": configuration,
    "csv": events,
}
