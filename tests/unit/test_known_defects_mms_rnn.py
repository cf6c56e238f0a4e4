"""The ten defects of the earlier public script, one short test each.

Defects 2 to 6 are named in test_mms_burst.py, test_averaging.py and test_ion_background.py (centre times,
averages instead of points, last bins, corrected density, gaps); that the workflow runs each spacecraft and
writes tables with times is also tests/workflow. Here: 1, 7, 8, 9 and 10.
"""

import subprocess
import sys

import numpy as np
import pytest

from magnetoflow.errors import ConfigError
from magnetoflow.mms_rnn.classes import FEATURES, PROBABILITIES
from magnetoflow.mms_rnn.features import features, scale
from magnetoflow.mms_rnn.inference import Options, classify
from magnetoflow.mms_rnn.lmn import Lmn, local_lmn
from magnetoflow.mms_rnn.network import Network, logits, shapes
from magnetoflow.mms_rnn.scaling import Scaling, derive_b0, derive_n0
from magnetoflow.mms_rnn.tables import LABEL_COLUMNS, PROBABILITY_COLUMNS, labels_frame, probabilities_frame
from tests.unit.rnn_bursts import crossing, tilted, times

SCALING = Scaling(15.0, 0.25)


@pytest.fixture(scope="module")
def network():
    """Random weights with a memory."""
    rng = np.random.default_rng(6)
    arrays = {name: rng.normal(0, 0.3, shape).astype("f4") for name, shape in shapes("elman", 8, 1).items()}
    return Network("elman", arrays, trained_on="random numbers")


@pytest.fixture(scope="module")
def labelled(network):
    table = crossing(SCALING, samples=200)[1]
    table[50, 3] = np.nan
    return classify(table, np.zeros(200, dtype=np.int32), network, None)


def test_defect_1_the_hidden_state_restarts_every_32_samples_only_if_asked(network):
    table, segment = crossing(SCALING, samples=96)[1], np.zeros(96, dtype=np.int32)
    whole = logits(network, table, segment, window=None)
    windows = logits(network, table, segment, window=32)
    assert Options().window is None
    np.testing.assert_allclose(windows[:32], whole[:32], atol=1e-5)
    assert np.abs(windows[32] - whole[32]).max() > 1e-3
    np.testing.assert_allclose(windows[32:64], logits(network, table[32:64], segment[32:64]), atol=1e-5)


def test_defect_7_ions_may_be_heavier_than_protons_and_the_mass_ratio_another():
    oxygen = Scaling(15.0, 0.25, ion_mass=16.0)
    assert oxygen.v_a_km_s == pytest.approx(SCALING.v_a_km_s / 4, rel=1e-12)
    assert oxygen.e0_mv_m == pytest.approx(SCALING.e0_mv_m / 4, rel=1e-12)
    light = Scaling(15.0, 0.25, mass_ratio=100.0)
    assert light.ve_a_km_s == pytest.approx(10 * light.v_a_km_s, rel=1e-12)


def test_defect_7_b0_and_n0_come_from_the_data_with_errors():
    four = {probe: crossing(SCALING, probe)[0] for probe in (1, 2, 3, 4)}
    b0 = derive_b0(four)
    n0 = derive_n0(four, b0.value, frame=local_lmn(four))
    assert abs(b0.value - 15) < b0.error < 2
    assert abs(n0.value - 0.25) < n0.error < 0.1


def test_defect_7_gsm_puts_the_lobe_field_of_a_tilted_sheet_into_other_axes():
    axes = tilted(28.0, 12.0)
    four = {probe: crossing(SCALING, probe, axes=axes)[0] for probe in (1, 2, 3, 4)}
    truth = crossing(SCALING, axes=axes)[1]
    lmn = local_lmn(four)
    assert isinstance(lmn, Lmn)
    assert lmn.reliable
    worst = {}
    for name, frame in (("gsm", "gsm"), ("lmn", lmn)):
        got = features(scale(four[1], frame, SCALING))
        worst[name] = np.abs(got - truth).max(axis=0)
    for name in ("By", "Ey", "Ez"):
        column = FEATURES.index(name)
        assert worst["gsm"][column] > 0.09
        assert worst["lmn"][column] < 0.5 * worst["gsm"][column]


@pytest.mark.parametrize("value", [0.0, -0.1, float("nan")])
def test_defect_7_a_density_that_is_none_is_refused(value):
    with pytest.raises(ConfigError, match="n0_cm3 must be above zero"):
        Scaling(15.0, value)


def test_defect_8_every_row_has_its_time_event_and_spacecraft_and_all_probabilities(labelled):
    time, zeros = times(200), np.zeros(200, dtype=np.int32)
    about = {"source": "synthetic sample data", "model": "none"}
    table = labels_frame(time, zeros, zeros, labelled, event="sample_tail_a", probe=4, **about)
    chances = probabilities_frame(time, labelled, **about)
    assert {"time", "tt2000", "event", "probe"} <= set(LABEL_COLUMNS)
    assert {"time", "tt2000", *PROBABILITIES} <= set(PROBABILITY_COLUMNS)
    assert (table["time"].to_numpy() == time).all()
    assert set(table["probe"]) == {4}
    sums = chances[list(PROBABILITIES)].sum(axis=1, skipna=False)
    np.testing.assert_allclose(np.delete(sums.to_numpy(), 50), 1.0, atol=1e-5)
    assert np.isnan(sums[50])


def test_defect_9_labelling_needs_neither_torch_nor_a_pickle_nor_a_network():
    code = (
        "import sys\n"
        "from magnetoflow.io import rnn_models, rnn_weights\n"
        "from magnetoflow.mms_rnn import features, inference, scaling\n"
        "bad = {'torch', 'pyspedas', 'urllib.request', 'matplotlib'} & set(sys.modules)\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_defect_10_a_sample_without_an_input_or_without_a_clear_winner_is_unknown(network, labelled):
    assert labelled.predicted[50] == -1
    assert labelled.unknown[50]
    table = crossing(SCALING, samples=200)[1]
    strict = classify(table, np.zeros(200, dtype=np.int32), network, None, Options(min_probability=0.99))
    assert strict.unknown[strict.confidence < 0.99].all()
    assert (strict.confidence < 0.99).any()
