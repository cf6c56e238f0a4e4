"""What is read from the folders of shards."""

import json

import numpy as np
import pytest

from magnetoflow.aurora.best_examples import Example
from magnetoflow.errors import MissingData
from magnetoflow.io.aurora_examples import read_best, write_best
from magnetoflow.io.aurora_shards import FRAMES, in_shards, is_whole_day, parts_of_days


def shard(asked, of_date, refused=0, failed=False, event="gill_20140310_00"):
    counts = {} if failed else {"refused": refused}
    return {
        "event": event,
        "failed": failed,
        "counts": counts,
        "images": {"of_date": of_date, "asked": asked},
    }


@pytest.mark.parametrize(
    ("shards", "whole"),
    [
        ([shard(5, 5)], True),
        ([shard(2, 5), shard(3, 5)], True),
        ([shard(2, 5), shard(2, 5)], False),
        ([shard(4, 5)], False),
        ([shard(5, 5, refused=1)], False),
        ([shard(2, 5), shard(3, 5, refused=1)], False),
        ([shard(5, None)], False),
        ([shard(5, 5), shard(0, 5, failed=True)], True),
        ([shard(3, 5), shard(2, 5, failed=True)], False),
    ],
)
def test_a_whole_day_is_one_whose_images_were_all_used(shards, whole):
    assert is_whole_day(shards) is whole


def test_parts_of_days_are_found_among_the_shards_of_several_days(tmp_path):
    days = {
        "gill_20140310": [shard(2, 5), shard(3, 5)],
        "gill_20140311": [shard(2, 5), shard(2, 5)],
        "rank_20140310": [shard(5, 5)],
    }
    paths = []
    for day, shards in days.items():
        for hour, one in enumerate(shards):
            paths.append(tmp_path / f"{day}_{hour:02}.json")
            paths[-1].write_text(json.dumps({**one, "event": f"{day}_{hour:02}"}))
    assert parts_of_days(paths) == {"gill_20140311"}
    assert parts_of_days([]) == set()


def test_a_file_that_was_taken_out_of_a_shard_is_named(tmp_path):
    with pytest.raises(MissingData, match=rf"{FRAMES}.*\n?.*delete {tmp_path}, and run again"):
        in_shards([tmp_path / "status.json"], FRAMES)


def test_examples_are_read_as_they_were_written(tmp_path):
    rng = np.random.default_rng(4)
    examples = [
        Example(
            site,
            np.datetime64("2014-03-10T06:00:03.123456789", "ns") + k,
            k,
            0.5 + 0.125 * k,
            rng.integers(0, 65535, (256, 256), dtype=np.uint16, endpoint=True),
            rng.random((256, 256)) < 0.5,
            east,
        )
        for k, (site, east) in enumerate((("gill", "left"), ("rank", ""), ("gill", "right")))
    ]
    write_best(tmp_path / "best.nc", examples)
    found = read_best(tmp_path / "best.nc")
    for one, other in zip(examples, found, strict=True):
        for name, value in vars(one).items():
            assert np.array_equal(value, getattr(other, name)), name
    write_best(tmp_path / "none.nc", [])
    assert read_best(tmp_path / "none.nc") == []
