"""Labels, what is said against them, and their tables."""

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import InsufficientData
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.mms_rnn import distribution
from magnetoflow.mms_rnn.analytic import Site, fields, reference_path, true_region
from magnetoflow.mms_rnn.classes import FEATURES, PROBABILITIES, REGIONS
from magnetoflow.mms_rnn.features import features as inputs_of
from magnetoflow.mms_rnn.features import rescaled, scale
from magnetoflow.mms_rnn.inference import Options, classify
from magnetoflow.mms_rnn.label_smoothing import smooth
from magnetoflow.mms_rnn.network import Network, shapes
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.mms_rnn.scaling import Scaling
from magnetoflow.mms_rnn.tables import features_frame, labels_frame, probabilities_frame
from magnetoflow.tt2000 import tt2000
from tests.unit import rnn_bursts

INFLOW_NORTH, EARTHWARD, INFLOW_SOUTH, SEPARATRIX_NORTH, TAILWARD, SEPARATRIX_SOUTH = range(6)


def memoryless():
    """A network whose scores are Bx, vix, -Bx, Ey - 0.2, -vix, -Ey - 0.2, times ten: its labels are known."""
    arrays = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes("elman", 3, 1).items()}
    for row, (feature, small) in enumerate((("Bx", 1e-3), ("vix", 1e-3), ("Ey", 1e-3))):
        arrays["rnn.weight_ih_l0"][row, FEATURES.index(feature)] = small
        for sign, region in ((1, (0, 1, 3)[row]), (-1, (2, 4, 5)[row])):
            arrays["fc.weight"][region, row] = sign * 10 / small
    arrays["fc.bias"][[3, 5]] = -2
    return Network("elman", arrays, trained_on="nothing")


def rows(*values):
    """Features that are zero but for those given."""
    table = np.zeros((len(values), len(FEATURES)))
    for row, one in zip(table, values, strict=True):
        for name, value in one.items():
            row[FEATURES.index(name)] = value
    return table


@pytest.fixture(scope="module")
def network():
    return memoryless()


@pytest.fixture(scope="module")
def crossing():
    x, y = reference_path()
    return fields(x, y), true_region(x, y)


@pytest.fixture(scope="module")
def reference():
    """Of crossings of many sites, measured with errors."""
    rng = np.random.default_rng(0)
    x, y = (np.concatenate([one] * 20) for one in reference_path(600))
    features, regions = [], []
    for part in np.split(np.arange(len(x)), 20):
        site = Site(
            half_width=rng.uniform(0.4, 1),
            b_guide=rng.uniform(-0.3, 0.3),
            e_hall=rng.uniform(0.8, 1.8),
            n_exhaust=rng.uniform(0.2, 0.7),
            v_outflow=rng.uniform(0.4, 1),
        )
        features.append(fields(x[part], y[part], site) + rng.normal(0, 0.05, (len(part), 14)))
        regions.append(true_region(x[part], y[part], site))
    return distribution.fit(np.concatenate(features), np.concatenate(regions))


def test_labels_and_probabilities_are_those_of_the_scores(network):
    table = rows({"Bx": 0.5}, {"vix": 0.4, "Bx": 0.1}, {"Bx": -0.3}, {"Ey": 0.9}, {"vix": -0.2}, {"Ey": -0.9})
    found = classify(table, np.zeros(6, dtype=np.int32), network, None)
    assert found.predicted.tolist() == [0, 1, 2, 3, 4, 5]
    scores = 10 * np.array([[0.1, 0.4, -0.1, -0.2, -0.4, -0.2]])
    np.testing.assert_allclose(found.probabilities[1], np.exp(scores[0]) / np.exp(scores).sum(), rtol=1e-4)
    np.testing.assert_array_equal(found.confidence, found.probabilities.max(axis=1))
    assert np.isnan(found.ood_score).all()


def test_a_sample_is_unknown_for_a_missing_input_an_unusual_one_or_a_small_probability(network, reference):
    table = rows(
        {"Bx": 0.99, "ni": 0.15, "ne": 0.15, "Ez": 0.1},
        {"Bx": 0.99, "ni": np.nan, "ne": 0.15},
        {"Bx": 0.99, "ni": 8, "ne": 8},
        {"Bx": 0.01, "ni": 0.4, "ne": 0.4, "Ez": 0.2, "vix": 0.02},
    )
    found = classify(table, np.zeros(4, dtype=np.int32), network, reference, Options(min_probability=0.5))
    assert found.predicted.tolist() == [0, -1, 0, 1]
    assert found.unusual.tolist() == [False, False, True, False]
    assert found.unsure.tolist() == [False, False, False, True]
    assert found.unknown.tolist() == [False, True, True, True]
    assert found.smoothed.tolist() == [0, -1, -1, -1]
    assert np.flatnonzero(np.isnan(found.ood_score)).tolist() == [1]
    assert np.flatnonzero(np.isnan(found.stability)).tolist() == [1]
    lax = Options(min_probability=0.0, outlier_limit=1e9)
    found = classify(table, np.zeros(4, dtype=np.int32), network, reference, lax)
    assert found.unknown.tolist() == [False, True, False, False]


@pytest.mark.parametrize(("b0", "n0"), [(0.8, 0.5), (1.2, 1.0), (1.0, 2.0), (1.2, 2.0)])
def test_features_are_rescaled_as_if_the_event_were_scaled_by_other_numbers(b0, n0):
    burst, _ = rnn_bursts.crossing(Scaling(17.0, 0.3), samples=50)
    plain = inputs_of(scale(burst, "gsm", Scaling(17.0, 0.3)))
    other = inputs_of(scale(burst, "gsm", Scaling(17.0 * b0, 0.3 * n0)))
    np.testing.assert_allclose(rescaled(plain, b0, n0), other, rtol=1e-12, atol=1e-15)


def test_stability_is_the_share_of_other_scalings_with_the_same_label(network):
    # scores: Bx grows as 1/B0, vix as n0^(1/2)/B0, Ey as n0^(1/2)/B0^2 with an offset of 0.2
    table = rows({"Bx": 0.5}, {"Bx": 0.5, "vix": 0.45}, {"Ey": 0.5, "Bx": 0.25})
    found = classify(table, np.zeros(3, dtype=np.int32), network, None)
    factors = Options().rescalings
    assert len(factors) == 8
    assert (1.0, 1.0) not in factors
    expected = []
    for b0, n0 in factors:
        b, v, e = 1 / b0, n0**0.5 / b0, n0**0.5 / b0**2
        expected.append([0, 1 if 0.45 * v > 0.5 * b else 0, 3 if 0.5 * e - 0.2 > 0.25 * b else 0])
    assert found.alternatives.tolist() == expected
    np.testing.assert_allclose(found.stability, (np.array(expected) == found.predicted).mean(axis=0))
    assert found.stability.tolist() == [1.0, 0.625, 0.625]
    none = classify(table, np.zeros(3, dtype=np.int32), network, None, Options(b0_factors=(), n0_factors=()))
    assert np.isnan(none.stability).all()


def test_scalings_side_by_side_give_what_each_gives_alone(crossing):
    rng = np.random.default_rng(0)
    arrays = {n: rng.normal(0, 0.5, s).astype(np.float32) for n, s in shapes("gru", 6, 1, both=True).items()}
    network, segment = Network("gru", arrays), np.repeat([3, 7], [100, 50])
    table = crossing[0][::20].copy()
    table[120, 3] = np.nan
    found, alone_only = classify(table, segment, network, None), Options(b0_factors=(), n0_factors=())
    for (b0, n0), labels in zip(Options().rescalings, found.alternatives, strict=True):
        alone = classify(rescaled(table, b0, n0), segment, network, None, alone_only)
        np.testing.assert_array_equal(labels, alone.predicted)
    assert 0 < np.nanmean(found.stability) < 1


@pytest.mark.parametrize(("method", "last"), [("none", 2), ("majority", 5), ("hmm", 2)])
def test_smoothing_removes_short_switches_and_crosses_no_gap(method, last):
    label = np.zeros(300, dtype=np.int64)
    label[[20, 21, 150]] = 1
    label[60:120] = 2
    label[90 - last : 90] = 1  # at the end of a stretch: a short switch, if the gap were not seen
    label[200:] = 4
    piece = np.repeat([0, 1, -1, 2], [90, 160, 1, 49])
    sure = np.eye(6)[label] * 0.8 + 0.2 / 6
    found = smooth(sure, np.ones(300, dtype=bool), piece, method, 11.0)
    expected = label.copy()
    expected[250] = -1
    if method != "none":
        expected[[20, 21, 150]] = 0
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("cut", ["gap", "missing sample"])
def test_labels_are_not_smoothed_over_a_gap_or_a_missing_sample(network, cut):
    bx = np.repeat([1.0, -1.0, 1.0], [40, 5, 41])
    table, segment = rows(*({"Bx": value} for value in bx)), np.zeros(86, dtype=np.int32)
    options = Options(smoothing="majority", smoothing_s=0.33)
    assert set(classify(table, segment, network, None, options).smoothed) == {INFLOW_NORTH}
    if cut == "gap":
        segment[45:] = 1
    else:
        table[45, 3] = np.nan
    found = classify(table, segment, network, None, options)
    np.testing.assert_array_equal(found.smoothed, found.predicted)


def test_a_vote_counts_the_neighbours_within_half_a_window():
    label = np.array([0, 0, 1, 1, 1, 0, 5, 5, 3])
    found = smooth(np.eye(6)[label], np.ones(9, dtype=bool), np.zeros(9, dtype=int), "majority", 3.0)
    # of equals the sample's own wins: the first and last have two neighbours only
    assert found.tolist() == [0, 0, 1, 1, 1, 0, 5, 5, 3]
    wide = smooth(np.eye(6)[label], np.ones(9, dtype=bool), np.zeros(9, dtype=int), "majority", 5.0)
    assert wide.tolist() == [0, 0, 1, 1, 1, 1, 5, 5, 5]


def test_samples_that_do_not_count_are_labelled_by_their_neighbours():
    label, trusted = np.array([0, 0, 5, 0, 0]), np.array([True, True, False, True, True])
    for method, expected in (("none", [0, 0, -1, 0, 0]), ("majority", [0] * 5), ("hmm", [0] * 5)):
        found = smooth(np.eye(6)[label], trusted, np.zeros(5, dtype=int), method, 3.0)
        assert found.tolist() == expected
    nobody = smooth(np.eye(6)[label], np.zeros(5, dtype=bool), np.zeros(5, dtype=int), "majority", 3.0)
    assert nobody.tolist() == [-1] * 5


def test_the_most_probable_sequence_is_that_of_all_sequences():
    rng = np.random.default_rng(2)
    chances = rng.dirichlet(np.full(6, 0.5), size=5)
    found = smooth(chances, np.ones(5, dtype=bool), np.zeros(5, dtype=int), "hmm", 4.0)
    sequences = np.indices((6,) * 5).reshape(5, -1)
    evidence = np.log(chances)[np.arange(5)[:, None], sequences].sum(axis=0)
    switches = (np.diff(sequences, axis=0) != 0).sum(axis=0)
    whole = evidence + switches * np.log(0.25 / 5) + (4 - switches) * np.log(0.75)
    assert found.tolist() == sequences[:, whole.argmax()].tolist()


def test_training_data_and_quiet_lobes_are_usual_solar_wind_and_magnetosheath_are_not(reference, crossing):
    assert (distribution.score(crossing[0], reference) <= 1).mean() > 0.99
    lobes = rows(*({"Bx": b, "ni": n, "ne": n, "Ez": 0.1} for b in (-1, 1) for n in (0.1, 0.15)))
    assert (distribution.score(lobes, reference) < 0.7).all()
    foreign = rows(
        *(
            {"Bx": b, "Bz": 0.1, "ni": n, "ne": n, "vix": v, "vex": v / 42.85}
            for b in (-0.1, 0.2)
            for n in (5, 20)
            for v in (-0.3, -2)
        )
    )
    assert (distribution.score(foreign, reference) > 1.5).all()


def test_the_limit_holds_the_stated_share_of_the_training_data():
    rng = np.random.default_rng(3)
    features, labels = rng.normal(size=(4000, 14)) * np.arange(1, 15), rng.integers(0, 6, 4000)
    features[7, 2] = np.nan
    for quantile in (0.9, 0.99):
        found = distribution.score(features, distribution.fit(features, labels, quantile=quantile))
        assert np.nanmean(found <= 1) == pytest.approx(quantile, abs=2e-3)
        assert np.flatnonzero(np.isnan(found)).tolist() == [7]


def test_one_group_is_scored_by_its_mahalanobis_distance():
    rng = np.random.default_rng(4)
    features = rng.normal(size=(150, 14)) @ rng.normal(size=(14, 14))
    reference = distribution.fit(features, np.full(150, 3))
    covariance = np.cov(features, rowvar=False)
    covariance = 0.9 * covariance + 0.1 * np.diag(np.diag(covariance)) + 0.05**2 * np.eye(14)
    away = features - features.mean(axis=0)
    distance = np.sqrt(np.einsum("ij,jk,ik->i", away, np.linalg.inv(covariance), away))
    np.testing.assert_allclose(distribution.score(features, reference) * reference.limit, distance, rtol=1e-8)
    assert reference.limit == pytest.approx(np.quantile(distance, 0.995))


def test_too_few_samples_are_no_reference():
    with pytest.raises(InsufficientData, match="no region has 100 samples"):
        distribution.fit(np.zeros((300, 14)), np.full(300, -1))


def test_tables_have_the_columns_of_the_contract_and_come_back(network, reference, tmp_path):
    lobe = {"Bx": 0.99, "ni": 0.15, "ne": 0.15, "Ez": 0.1}
    table = rows(lobe, {"Bx": np.nan}, {"Bx": 0.99, "ni": 8, "ne": 8})
    segment, flags = np.array([0, 0, 1], dtype=np.int32), np.array([1, 8, 64], dtype=np.int32)
    labels = classify(table, segment, network, reference, Options(smoothing="majority"))
    time = np.datetime64("2017-07-11T22:33:30.015", "ns") + np.arange(3) * np.timedelta64(30, "ms")
    frame = labels_frame(
        time, segment, flags, labels, event="one", probe=3, source="folder", model=network.label
    )
    write_csv(tmp_path / "labels.csv", frame)
    lines = (tmp_path / "labels.csv").read_text().splitlines()
    assert lines[0] == (
        "Predicted,time,tt2000,event,probe,region,confidence,unknown,ood_score,stability,smoothed_region,"
        "segment,flags,source,model"
    )
    assert lines[2].startswith(",2017-07-11T22:33:30.045Z,")
    again = read_csv(tmp_path / "labels.csv")
    assert again["Predicted"].tolist()[::2] == [0, 0]
    assert again["region"].tolist() == ["inflow_north", "unknown", "unknown"]
    assert again["smoothed_region"].tolist() == ["inflow_north", "unknown", "unknown"]
    assert again["unknown"].tolist() == [False, True, True]
    assert again["flags"].tolist() == [1, 8, 64 | FLAGS["UNUSUAL"]]
    np.testing.assert_array_equal(again["tt2000"], tt2000(time))
    assert again["model"][0] == f"{network.id}, trained on nothing"
    frame = probabilities_frame(time, labels, source="folder", model=network.label)
    write_csv(tmp_path / "probs.csv", frame)
    again = read_csv(tmp_path / "probs.csv")
    assert list(again) == [
        *("Predicted", "Confidence", "time", "tt2000", "region", *PROBABILITIES),
        *("ood_score", "unknown", "stability", "source", "model"),
    ]
    np.testing.assert_allclose(again[list(PROBABILITIES)], labels.probabilities, atol=5.1e-7)
    np.testing.assert_allclose(again.loc[[0, 2], list(PROBABILITIES)].sum(axis=1), 1, atol=3e-6)


def test_the_table_of_features_has_the_published_layout(crossing, tmp_path):
    time = np.datetime64("2017-07-11T22:33:30", "ns") + np.arange(3) * np.timedelta64(30, "ms")
    table = crossing[0][:3].copy()
    table[1, 0] = np.nan
    write_csv(tmp_path / "nndata.csv", features_frame(time, table))
    first = (tmp_path / "nndata.csv").read_text().splitlines()[0]
    assert first == ",Bx,By,Bz,Ex,Ey,Ez,ni,ne,vix,viy,viz,vex,vey,vez"
    again = pd.read_csv(tmp_path / "nndata.csv", index_col=0, parse_dates=True)
    np.testing.assert_array_equal(again.to_numpy(), table)
    np.testing.assert_array_equal(again.index.tz_localize(None).to_numpy(), time)


def test_an_event_without_samples_gives_empty_tables(network, reference):
    none, time = np.zeros(0, dtype=np.int32), np.zeros(0, dtype="datetime64[ns]")
    for smoothing in ("none", "majority", "hmm"):
        labels = classify(np.zeros((0, 14)), none, network, reference, Options(smoothing=smoothing))
        frame = labels_frame(time, none, none, labels, event="one", probe=1, source="folder", model="")
        assert len(frame) == 0
        assert len(probabilities_frame(time, labels, source="folder", model="")) == 0
    assert labels.probabilities.shape == (0, len(REGIONS))
    assert labels.alternatives.shape == (8, 0)
