"""Frames chosen for training, and groups split without a class left out."""

import itertools

import numpy as np
import pytest

from magnetoflow.aurora import training_blocks
from magnetoflow.aurora.training_blocks import night_of, split_groups, thinned


def test_two_utc_dates_share_the_night_of_an_american_site():
    time = np.array(["2014-03-09T17:00", "2014-03-09T19:00", "2014-03-10T06:00", "2014-03-10T18:30"], "M8[m]")
    nights = ["2014-03-08", "2014-03-09", "2014-03-09", "2014-03-10"]
    assert night_of(time, -94.66).astype(str).tolist() == nights
    assert night_of(time[2:3], 20.0).astype(str).tolist() == ["2014-03-09"]


def test_short_intervals_are_kept_and_long_ones_give_blocks_spread_over_them():
    label = np.repeat(np.array([-1, 3, 0, 3], np.int8), [10, 30, 100, 7])
    keep = thinned(label, blocks=2, minutes=0.5)
    assert keep[:10].sum() == 0
    assert keep[40:140].sum() == 20
    assert np.flatnonzero(keep[40:140])[[0, 9, 10, 19]].tolist() == [20, 29, 70, 79]
    assert keep[10:40].sum() == 20
    assert keep[140:].all()
    assert thinned(label, blocks=9, minutes=2).sum() == 137


def test_neighbouring_intervals_of_a_label_count_apart():
    label, interval = np.full(60, 2, np.int8), np.repeat(np.array([4, 7], np.int32), 30)
    assert thinned(label, blocks=1, minutes=0.5, interval=interval).sum() == 20
    assert thinned(label, blocks=1, minutes=0.5).sum() == 10
    assert thinned(label[:0], blocks=1, minutes=1).shape == (0,)


def missing(groups, parts):
    """Classes that a part lacks though a group has them, over all parts."""
    has = {name: {one for one, count in enumerate(counts) if count} for name, counts in groups.items()}
    every = set.union(*has.values())
    return sum(len(every - set.union(set(), *(has[name] for name in part))) for part in parts)


@pytest.mark.parametrize("every", [training_blocks.EVERY, 0])
def test_no_class_is_left_out_of_a_part_where_a_split_allows_it(every, monkeypatch):
    monkeypatch.setattr(training_blocks, "EVERY", every)
    rng = np.random.default_rng(5)
    for n in (3, 5, 6, 6):
        has = rng.random((n, 4)) < 0.5
        has[0, 0] = True
        groups = {f"g{k}": row.astype(int).tolist() for k, row in enumerate(has)}
        parts = split_groups(groups, 1)
        assert sorted(itertools.chain(*parts)) == sorted(groups)
        assert all(parts)
        best = min(
            missing(groups, [[f"g{k}" for k in range(n) if own[k] == part] for part in range(3)])
            for own in itertools.product(range(3), repeat=n)
            if set(own) == {0, 1, 2}
        )
        assert missing(groups, parts) <= best + (0 if every else 1)


def test_a_rare_class_is_in_every_part_and_the_shares_are_kept():
    groups = {f"gill {k}": [5, 5, 5, 100 if k < 3 else 0] for k in range(20)}
    parts = split_groups(groups, 3)
    assert [sum(name in {"gill 0", "gill 1", "gill 2"} for name in part) for part in parts] == [1, 1, 1]
    assert [len(part) for part in parts] == [14, 3, 3]
    assert split_groups({name: groups[name] for name in reversed(groups)}, 3) == parts
    assert split_groups(groups, 4) != parts


def test_a_class_of_one_group_is_in_training_and_of_two_in_training_and_test():
    groups = {"a": [1, 1, 0], "b": [1, 0, 1], "c": [1, 0, 1], "d": [1, 0, 0], "e": [1, 0, 0]}
    train, check, test = split_groups(groups, 0)
    assert "a" in train
    assert {"b", "c"} & set(train)
    assert {"b", "c"} & set(test)
    assert not {"b", "c"} & set(check)


def test_too_few_groups_and_wrong_fractions():
    with pytest.raises(ValueError, match="2 groups cannot be split into 3 parts"):
        split_groups({"a": [1], "b": [1]}, 0)
    with pytest.raises(ValueError, match="not shares"):
        split_groups({"a": [1], "b": [1]}, 0, (0.5, 0.6))
