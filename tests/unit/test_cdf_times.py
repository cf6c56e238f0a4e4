"""Times of CDF files: exact, in order, through leap seconds."""

import cdflib
import numpy as np
import pytest

from magnetoflow.io.cdf_times import last_leap_second, representable, to_utc

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("tt2000", "utc"),
    [
        (0, "2000-01-01T11:58:55.816"),  # J2000 is noon in Terrestrial Time: 32.184 s + 32 leap seconds later
        (-43_135_816_000_000, "2000-01-01T00:00:00"),
        (536_500_869_184_000_000, "2017-01-01T00:00:00"),
        (536_500_867_184_000_000, "2016-12-31T23:59:59"),
        (189_345_665_184_000_000 + 1, "2006-01-01T00:00:00.000000001"),  # after the leap second of 2005
        (-883_655_957_816_000_000, "1972-01-01T00:00:00"),
    ],
)
def test_known_instants(tt2000, utc):
    assert to_utc(np.array([tt2000]))[0] == np.datetime64(utc, "ns")


def test_times_equal_the_library_wherever_it_is_exact():
    rng = np.random.default_rng(20151017)
    epoch = np.sort(rng.integers(-800_000_000, 1_000_000_000, 2000)) * SECOND + 123_456_789
    want = np.asarray(cdflib.cdfepoch.to_datetime(epoch)).astype("datetime64[ns]")
    np.testing.assert_array_equal(to_utc(epoch), want)


@pytest.mark.parametrize("step_ns", [20_000, 31_250_000, 150_000_000])
def test_times_increase_through_a_leap_second(step_ns):
    begin = 536_500_868_184_000_000  # 2016-12-31T23:59:60
    epoch = begin + np.arange(-20, 20) * step_ns
    utc = to_utc(epoch)
    assert (np.diff(utc).astype(np.int64) > 0).all()
    outside = (epoch < begin) | (epoch >= begin + SECOND)
    late = np.abs((utc - np.datetime64("2017-01-01T00:00:00", "ns")).astype(np.int64))
    assert (late[~outside] <= 10_001).all(), "inside, within 10 us of the second before"
    assert ((utc < np.datetime64("2017-01-01", "ns")) == (epoch < begin + SECOND)).all()


def test_cdf_epoch_counts_milliseconds():
    assert str(to_utc(np.array([63_683_884_800_123.0]))[0])[:23] == "2018-01-23T00:00:00.123"
    assert to_utc(np.array([62_167_219_200_000.0]))[0] == np.datetime64("1970-01-01", "ns")


def test_fill_values_are_not_representable():
    fills = np.array([-(2**63), -(2**63) + 1, 2**63 - 1, 0])
    assert representable(fills).tolist() == [False, False, False, True]
    assert representable(np.array([np.nan, -1e31, 0.0, 6.3e13])).tolist() == [False, False, False, True]


def test_the_table_of_leap_seconds_ends_at_the_newest():
    assert last_leap_second() == 20170101
