"""Minute files: every frame as the published reader gives it, and times to full precision."""

import numpy as np
import pytest
import themis_imager_readfile

from magnetoflow.aurora.classes import Flag
from magnetoflow.errors import CorruptFile
from magnetoflow.io import pgm
from magnetoflow.io.pgm import decode_minute, once_in_order, read_minute
from tests.unit.asi_files import content_of, images_of, put, times_of


@pytest.mark.parametrize("suffix", [".pgm", ".pgm.gz"])
def test_frames_equal_those_of_the_published_reader(tmp_path, suffix):
    path = put(tmp_path, 5, content_of(times_of(5, 7)), suffix=suffix)
    ours = read_minute(path, site="gill")
    images, about, problems = themis_imager_readfile.read(str(path))
    assert problems == []
    assert np.array_equal(ours.images, np.moveaxis(images, 2, 0))
    assert [f"{str(time)[:26].replace('T', ' ')} UTC" for time in ours.time] == [
        one["Image request start"] for one in about
    ]
    assert (ours.images.dtype, ours.images.dtype.isnative, ours.site) == (np.uint16, True, "gill")
    assert not ours.flags.any()


def test_times_keep_their_fraction(tmp_path):
    path = put(tmp_path, 0, content_of(times_of(0, 2)))
    assert read_minute(path).time.astype("int64").tolist() == [
        1394409600_063119000,
        1394409603_063119000,
    ]


def test_the_site_comes_from_the_header_unless_one_is_expected(tmp_path):
    path = put(tmp_path, 0, content_of(times_of(0, 2), site="rank"))
    assert read_minute(path).site == "rank"
    with pytest.raises(CorruptFile, match="header names site rank, expected gill"):
        read_minute(path, site="gill")


def test_a_header_without_site_takes_the_expected_one(tmp_path):
    path = put(tmp_path, 0, content_of(times_of(0, 2)).replace(b"Site unique ID", b"Something else"))
    assert read_minute(path, site="gill").site == "gill"
    with pytest.raises(CorruptFile, match="site none, expected exactly one"):
        read_minute(path)


def test_the_dark_level_holds_for_the_frames_after_the_header_that_says_it(tmp_path):
    content = content_of(times_of(0, 3)).replace(b'"Ccd background" 3300', b'"Ccd background" 2900')
    assert decode_minute(put(tmp_path, 0, content)).dark.tolist() == [2900] * 3


def test_members_of_one_gzip_file_are_joined(tmp_path):
    from magnetoflow.sample.aurora_minute import gzipped

    content = content_of(times_of(0, 3))
    path = put(tmp_path, 0, gzipped(content[:150_000]) + gzipped(content[150_000:]))
    assert len(read_minute(path)) == 3
    path = put(tmp_path, 1, gzipped(b"") * (pgm.MAX_MEMBERS + 1))
    with pytest.raises(CorruptFile, match="gzip members"):
        read_minute(path)


def test_a_file_given_twice_holds_each_frame_once(tmp_path):
    content = content_of(times_of(0))
    path = put(tmp_path, 0, content + content)
    assert len(decode_minute(path).time) == 40
    once = read_minute(path)
    assert len(once) == 20
    assert np.array_equal(once.images, images_of(times_of(0)))
    assert not once.flags.any()


def test_a_step_back_is_flagged_and_the_times_are_in_order():
    second = np.timedelta64(1, "s")
    time = np.datetime64("2014-03-10", "ns") + np.array([0, 3, 6, 2, 5, 8]) * second
    rows, flags = once_in_order(time)
    assert rows.tolist() == [0, 3, 1, 4, 2, 5]
    assert flags.tolist() == [0, Flag.CLOCK_BACK, 0, 0, 0, 0]


def test_of_equal_seconds_the_first_in_the_file_is_kept():
    time = np.datetime64("2014-03-10", "ns") + np.array([3200, 3100, 6000]) * np.timedelta64(1, "ms")
    assert once_in_order(time)[0].tolist() == [0, 2]
