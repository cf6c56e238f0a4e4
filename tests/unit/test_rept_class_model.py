"""The model of classes labels every record, whatever records are with it, and says what it cannot know."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import ModelError
from magnetoflow.io.rept_models import read_class_model, write_class_model
from magnetoflow.rept_pad import class_model as module
from magnetoflow.rept_pad.class_model import NamedClass
from magnetoflow.rept_pad.data import take
from magnetoflow.rept_pad.equator import mapped
from magnetoflow.rept_pad.mixture import Mixture
from magnetoflow.rept_pad.quality import DATA, FLAGS
from tests.unit.rept_models import CLUSTERINGS, REDUCTIONS, class_model, prepared

EACH = pytest.mark.parametrize(
    "kinds", [(one, other) for one in REDUCTIONS for other in CLUSTERINGS], ids="-".join
)


def same(one, other):
    for name in vars(one):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@EACH
def test_r11_all_records_are_labelled_and_a_model_that_was_saved_gives_identical_labels(kinds, tmp_path):
    model, _, _ = class_model(*kinds)
    new, new_kind = prepared(300, seed=8)
    labels = model.label(new)
    data = new.state == DATA
    assert (labels.class_id[data] == np.where(new_kind, 1, 4)[data]).mean() > 0.98
    assert (labels.class_id[-10:] == [0] * 5 + [-1] * 5).all()
    assert np.isfinite(labels.probability[data]).all(), "also where an angle is missing"
    assert labels.probability[data].sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    for name in ("probability", "entropy", "distance"):
        assert np.isnan(getattr(labels, name)[~data]).all(), name
    assert (labels.quality[~data] == 0).all()

    write_class_model(tmp_path / "one", model)
    back = read_class_model(tmp_path / "one")
    assert back.id == model.id
    same(back.label(new), labels)
    write_class_model(tmp_path / "two", back)
    for name in ("model.json", "arrays.npz"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("way", REDUCTIONS)
def test_order_part_and_unit_of_the_records_change_no_label(way, monkeypatch):
    model, records, _ = class_model(way)
    whole = model.label(records)
    order = np.random.default_rng(1).permutation(len(records))
    same(model.label(take(records, order)), type(whole)(**{k: v[order] for k, v in vars(whole).items()}))
    monkeypatch.setattr(module, "CHUNK", 7)
    same(model.label(records), whole)
    per_kev = replace(records, flux=records.flux / np.float32(1000))
    found = model.label(per_kev)
    assert (found.class_id == whole.class_id).all()
    np.testing.assert_allclose(found.probability, whole.probability, atol=1e-4)
    later = replace(records, time=records.time + np.timedelta64(3650, "D"), block=records.block + 7)
    same(model.label(later), whole)


def test_a_day_without_data_and_a_part_without_records_get_labels():
    model, records, _ = class_model()
    empty = model.label(take(records, records.state != DATA))
    assert sorted(set(empty.class_id.tolist())) == [-1, 0]
    assert np.isnan(empty.probability).all()
    assert model.label(take(records, slice(0, 0))).probability.shape == (0, 2)


def test_entropy_distance_and_the_flag_far_from_classes():
    model, records, _ = class_model()
    q = 2
    middle = Mixture(np.full(2, 0.5), np.zeros((2, q)), np.stack([np.eye(q)] * 2))
    even = replace(model, clustering=middle).label(records)
    data = records.state == DATA
    assert even.probability[data] == pytest.approx(0.5)
    assert even.entropy[data] == pytest.approx(1.0), "one bit"
    far = Mixture(np.full(2, 0.5), np.full((2, q), 100.0), np.stack([np.eye(q)] * 2))
    labels = replace(model, clustering=far).label(records)
    assert labels.distance[data] == pytest.approx(100 * np.sqrt(q), rel=0.05)
    assert (labels.quality[data] == FLAGS["far_from_classes"]).all()
    assert (labels.class_id[data] > 0).all(), "flagged, and labelled"
    assert (records.quality == 0).all(), "records are not changed in place"


def test_clusters_of_one_class_are_one_class():
    model, records, _ = class_model()
    one = replace(model, classes=(NamedClass(2, "all", ("pancake",) * 3),), members=(2, 2))
    labels = one.label(records)
    data = records.state == DATA
    assert (labels.class_id[data] == 2).all()
    assert labels.probability[data] == pytest.approx(1.0)
    assert one.id != model.id


@pytest.mark.parametrize(
    ("change", "what", "mine", "theirs"),
    [
        ({"angle_deg": np.linspace(8.0, 90.0, 11)}, "pitch angles", "10.0, 20.0", "8.0, 16.2"),
        ({"energy_mev": np.array([1.8, 3.4, 6.3])}, "energies", "5.2", "6.3"),
        ({"folded": False}, "folding", "True", "False"),
    ],
)
def test_w1_records_on_another_grid_are_refused_naming_both(change, what, mine, theirs):
    model, records, _ = class_model()
    with pytest.raises(ModelError, match=f"other {what} than the records") as caught:
        model.label(replace(records, **change))
    own, other = str(caught.value).split("; records: ")
    assert mine in own.split("model: ")[1]
    assert theirs in other


def test_local_records_are_mapped_by_a_model_of_the_equator_and_mapped_ones_refused_by_a_local_model():
    model, records, kind = class_model()
    local = replace(records, equatorial=False, b_ratio=np.full(len(records), 0.97))
    at_equator = replace(model, reduction=replace(model.reduction, equator=True))
    labels, data = at_equator.label(local), records.state == DATA
    assert (labels.class_id[data] == np.where(kind, 1, 4)[data]).mean() > 0.98
    same(at_equator.label(mapped(local)), labels)
    assert not np.array_equal(labels.probability, model.label(local).probability, equal_nan=True)
    assert at_equator.id != model.id
    with pytest.raises(ModelError, match="other mapping to the equator than the records"):
        replace(model, equatorial=False).label(records)


def test_the_id_is_of_the_numbers_that_decide_a_label():
    model, _, _ = class_model()
    ids = {
        model.id,
        replace(model, outlier_limit=3.0).id,
        replace(model, members=(1, 4)).id,
        replace(model, folded=False).id,
        replace(model, clustering=replace(model.clustering, means=model.clustering.means + 1e-9)).id,
        replace(model, reduction=replace(model.reduction, fill=model.reduction.fill + 1)).id,
    }
    assert len(ids) == 6
    assert replace(model, trained_on="elsewhere", recipe="other").id == model.id
    assert model.title == f"{model.id}, trained on records of a test"
