"""Published normals and speeds from a JSON file, with their signs."""

import json

import numpy as np
import pytest

from magnetoflow.errors import ConfigError
from magnetoflow.io.overlay import read_overlay
from magnetoflow.mms_mp.overlay import OVERLAY, overlay_frame
from magnetoflow.sample.magnetopause import CASE_A
from tests.unit.mp_figure_data import fake_analysis

N = CASE_A.axes[2]


def written(folder, per_probe):
    path = folder / "overlay.json"
    path.write_text(json.dumps({"per_probe": per_probe}))
    return path


def test_signs_are_kept(tmp_path):
    """Defect 23: |n.N| hides an earthward normal."""
    per_probe = {"1": {"n_hat": list(N), "V_ph_km_s": -55.0}, "3": {"n_hat": list(-N), "V_ph_km_s": 55.0}}
    overlay = read_overlay(written(tmp_path, per_probe))
    frame = overlay_frame(overlay, fake_analysis(), "synthetic sample data")
    assert tuple(frame.columns) == OVERLAY
    np.testing.assert_allclose(frame.n_dot_N, (1, -1))
    np.testing.assert_allclose(frame.angle_to_N_deg, (0, 180), atol=1e-5)
    assert list(frame.earthward) == [False, True]
    np.testing.assert_allclose(frame.V_along_N_km_s, -55)
    np.testing.assert_allclose(frame.Vn_km_s, -60.1)


def test_rounded_normals_become_unit_vectors_and_a_speed_may_be_missing(tmp_path):
    overlay = read_overlay(
        written(tmp_path, {"2": {"n_hat": [0.80, 0.50, -0.33]}, "4": {"n_hat": [1, 0, 0], "V_ph_km_s": None}})
    )
    assert np.linalg.norm(overlay.per_probe[2].n_hat) == pytest.approx(1)
    assert np.isnan(overlay.per_probe[2].v_ph_km_s)
    assert np.isnan(overlay_frame(overlay, fake_analysis(), "x").V_along_N_km_s).all()


@pytest.mark.parametrize(
    ("per_probe", "key"),
    [
        ({"5": {"n_hat": [1, 0, 0]}}, r"per_probe\.5"),
        ({"1": {"n_hat": [1, 0]}}, r"per_probe\.1\.n_hat"),
        ({"1": {"n_hat": [1, 0, "0"]}}, r"per_probe\.1\.n_hat"),
        ({"1": {"n_hat": [0, 0, 0]}}, "unit vector"),
        ({"1": {"n_hat": [2, 0, 0]}}, "length 2"),
        ({"1": {"n_hat": [float("nan"), 0, 1]}}, r"n_hat"),
        ({"1": {"n_hat": [10**400, 0, 1]}}, r"n_hat"),
        ({"1": {"n_hat": [True, 0, 0]}}, r"n_hat"),
        ({"1": {"n_hat": [1, 0, 0], "V_ph_km_s": "60"}}, "V_ph_km_s"),
        ({"1": {"n_hat": [1, 0, 0], "V_ph_km_s": float("inf")}}, "V_ph_km_s"),
        ({"1": {"V_ph_km_s": 60}}, "n_hat and V_ph_km_s"),
        ({"1": {"n_hat": [1, 0, 0], "V": 60}}, "n_hat and V_ph_km_s"),
        ({"1": None}, r"per_probe\.1"),
        ({}, "spacecraft 1 to 4"),
        ([], "spacecraft 1 to 4"),
    ],
)
def test_what_is_no_overlay_is_refused_by_key(tmp_path, per_probe, key):
    with pytest.raises(ConfigError, match=key):
        read_overlay(written(tmp_path, per_probe))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"probe": 1}', "[" * 100000])
def test_what_is_no_json_of_an_overlay_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match="overlay"):
        read_overlay(path)
    with pytest.raises(ConfigError, match="overlay"):
        read_overlay(tmp_path / "none.json")
