"""Models on disk: read as written, the same bytes each time; options in step with the configuration."""

import dataclasses

import numpy as np
import pytest

from magnetoflow.config.mms_gmm import Model
from magnetoflow.io.model_files import check_folder
from magnetoflow.io.models import ARRAYS, read_region_model, read_selection, write_region_model
from magnetoflow.mms_gmm.fitting import FitOptions
from magnetoflow.mms_gmm.mixture import RegionModel


@pytest.fixture
def model():
    rng = np.random.default_rng(3)
    return RegionModel(
        features=("log_flux", "log_b"), center=rng.normal(size=2), scale=np.array([0.3, 2.0]),
        weights=np.array([0.25, 0.75]), means=rng.normal(size=(2, 2)),
        covariances=np.array([[[1.0, 0.2], [0.2, 2.0]], np.eye(2)]), regions=("magnetosheath", "unknown"),
        temperature=1.3, outlier_limit=4.5, zeroed_region=None, trained_on="é, 12 events", recipe="abc",
    )  # fmt: skip


def test_a_model_is_read_as_it_was_written(tmp_path, model):
    write_region_model(tmp_path, model)
    back = read_region_model(tmp_path)
    for name in ARRAYS:
        assert (getattr(back, name) == getattr(model, name)).all(), name
    for name in ("features", "regions", "temperature", "outlier_limit", "trained_on", "recipe", "id"):
        assert getattr(back, name) == getattr(model, name), name
    assert back.title == f"{model.id}, trained on é, 12 events"
    assert check_folder(tmp_path)["id"] == model.id


def test_the_same_model_is_the_same_bytes(tmp_path, model):
    for name in ("one", "two"):
        write_region_model(tmp_path / name, model)
    for file in ("model.json", "arrays.npz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_other_numbers_are_another_id(model):
    assert dataclasses.replace(model, temperature=1.4).id != model.id
    assert dataclasses.replace(model, means=model.means + 1e-12).id != model.id


def test_a_folder_without_a_sweep_gives_an_empty_table(tmp_path):
    table = read_selection(tmp_path)
    assert table.empty
    assert {"components", "bic", "icl", "stability", "chosen"} <= set(table.columns)


def test_the_options_of_the_fit_are_those_of_the_configuration():
    """Same keys and same defaults, so that the library and a run fit alike."""
    configured = Model().model_dump(exclude={"source"})
    fitted = dataclasses.asdict(FitOptions())
    assert set(fitted) == set(configured)
    differing = {key for key in fitted if fitted[key] != configured[key]}
    assert {key: (fitted[key], configured[key]) for key in differing} == {}
