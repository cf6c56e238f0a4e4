"""Labels of feature tables under a mixture that is written out: what is unknown, and what decides."""

import numpy as np
import pandas as pd
import pytest

from magnetoflow.config.mms_gmm import Cleaning, Labels
from magnetoflow.mms_gmm.labels import LabelOptions, label_minutes, label_options
from magnetoflow.mms_gmm.mixture import RegionModel
from magnetoflow.mms_gmm.regions import REGIONS

CENTRES = {"solar_wind": (0.0, 0.5), "magnetosheath": (4.0, 1.0), "magnetosphere": (8.0, 1.5)}
PROBABILITIES = [f"p_{region}" for region in REGIONS]


def model(**changes):
    k = len(CENTRES)
    return RegionModel(
        **{
            "features": ("log_energy", "log_b"), "center": np.zeros(2), "scale": np.ones(2),
            "weights": np.full(k, 1 / k), "means": np.array(list(CENTRES.values())),
            "covariances": np.tile(np.eye(2) * 0.04, (k, 1, 1)), "regions": tuple(CENTRES),
            "temperature": 1.0, "outlier_limit": 6.0, "zeroed_region": None, "trained_on": "these lines",
            **changes,
        }
    )  # fmt: skip


def table(names, **columns):
    centres = np.array([CENTRES.get(name, (np.nan, np.nan)) for name in names])
    frame = pd.DataFrame(
        {
            "event": "one",
            "time": np.datetime64("2017-11-03T04:00", "ns") + np.arange(len(names)) * np.timedelta64(60, "s"),
            "probe": 1, "log_energy": centres[:, 0], "b_nt": 10.0 ** centres[:, 1],
            "ratio_max_width": 0.1, "filled": np.where(np.isnan(centres[:, 0]), np.nan, 1.0),
            "zeroed": 0, "quality": 0,
        }
    )  # fmt: skip
    return frame.assign(**columns)


def labelled(names, options=None, made=None, **columns):
    return label_minutes(table(names, **columns), made or model(), options or LabelOptions())


def test_the_nearest_component_names_a_minute_and_probabilities_sum_to_1():
    names = ["solar_wind"] * 3 + ["magnetosheath"] * 3
    rows = labelled(names)
    assert rows["raw_label"].tolist() == names
    total = rows[[*PROBABILITIES, "p_unknown"]].sum(axis=1)
    assert np.allclose(total, 1.0)
    assert (rows["entropy"] < 1e-6).all()


def test_a_minute_without_field_is_labelled_from_the_spectrum():
    names = ["magnetosphere"] * 3
    rows = labelled(names, b_nt=np.nan)
    assert rows["named_label"].tolist() == names
    assert rows["p_magnetosphere"].notna().all()


def test_the_field_alone_names_no_region():
    """M2: a gap in the spectra is unknown, whatever the field."""
    rows = labelled(
        ["solar_wind", "gap", "solar_wind"], b_nt=60.0, made=model(features=("log_energy", "log_b"))
    )
    gap = rows.iloc[1]
    two = model(
        features=("log_energy", "log_width", "log_b"), center=np.zeros(3), scale=np.ones(3),
        means=np.array([[*c[:1], 0.0, c[1]] for c in CENTRES.values()]),
        covariances=np.tile(np.eye(3), (3, 1, 1)),
    )  # fmt: skip
    rows = labelled(["solar_wind", "gap", "solar_wind"], b_nt=60.0, made=two, log_width=[0.0, np.nan, 0.0])
    assert rows.loc[1, ["raw_label", "named_label"]].tolist() == ["unknown", "unknown"]
    assert rows.loc[1, PROBABILITIES].isna().all()
    assert np.isnan(rows.loc[1, "entropy"])
    assert gap["event"] == "one"


def test_an_outlier_and_an_undecided_minute_are_unknown():
    far = labelled(["solar_wind"] * 3, log_energy=[0.0, -4.0, 0.0], options=LabelOptions(clean=False))
    assert far["raw_label"].tolist() == ["solar_wind", "unknown", "solar_wind"]
    assert far["outlier"][1] > 6
    between = labelled(
        ["solar_wind"] * 3, log_energy=2.0, b_nt=10**0.75,
        options=LabelOptions(min_probability=0.9, outlier_limit=1e9, clean=False),
    )  # fmt: skip
    assert (between["raw_label"] == "unknown").all()
    assert between["p_solar_wind"].between(0.4, 0.6).all()


def test_a_component_without_a_name_is_unknown():
    rows = labelled(["magnetosheath"] * 3, made=model(regions=("solar_wind", "unknown", "magnetosphere")))
    assert (rows["raw_label"] == "unknown").all()
    assert (rows["p_unknown"] > 0.99).all()


def test_an_isolated_minute_is_cleaned_and_the_raw_label_is_kept():
    names = ["magnetosheath"] * 5 + ["magnetosphere"] + ["magnetosheath"] * 5
    rows = labelled(names)
    assert rows["raw_label"].tolist() == names
    assert (rows["named_label"] == "magnetosheath").all()
    assert labelled(names, LabelOptions(clean=False))["named_label"].tolist() == names


def test_zeroed_minutes_of_a_reference_model_are_named_by_rule():
    rows = labelled(["solar_wind"] * 4, made=model(zeroed_region="magnetosphere"), zeroed=[1, 1, 1, 0])
    assert rows["raw_label"].tolist() == ["magnetosphere"] * 3 + ["solar_wind"]
    assert (rows["p_magnetosphere"][:3] == 1).all()


def test_the_order_of_components_changes_nothing():
    order = [2, 0, 1]
    base = model()
    turned = model(
        weights=base.weights[order], means=base.means[order], covariances=base.covariances[order],
        regions=tuple(base.regions[k] for k in order),
    )  # fmt: skip
    names = ["solar_wind", "magnetosheath", "magnetosphere"]
    one, other = (labelled(names, made=made)[PROBABILITIES].to_numpy() for made in (base, turned))
    assert np.allclose(one, other, atol=1e-12)


def test_options_of_the_configuration_are_the_defaults():
    options = label_options(Labels().model_dump(), Cleaning().model_dump())
    assert options == LabelOptions(limits=options.limits)
    assert not label_options(Labels().model_dump(), Cleaning(method="none").model_dump()).clean


@pytest.mark.parametrize("limit", ["b_magnetosphere_nt"])
def test_a_published_limit_is_applied_when_it_is_set(limit):
    options = label_options(Labels().model_dump(), Cleaning(**{limit: 5.0}).model_dump())
    rows = labelled(["magnetosheath"] * 5, options)
    assert (rows["raw_label"] == "magnetosheath").all()
    assert (rows["named_label"] == "magnetosphere").all()
