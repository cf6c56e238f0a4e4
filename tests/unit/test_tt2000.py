"""UTC to TT2000 agrees with the CDF library, leap seconds included, and is undone by the reader."""

import cdflib
import numpy as np
import pytest

from magnetoflow.io.cdf_times import to_utc
from magnetoflow.tt2000 import tt2000


@pytest.mark.parametrize("day", ["2015-03-12", "2015-07-01", "2016-12-31", "2017-01-01", "2020-08-29"])
def test_times_agree_with_the_library_and_come_back(day):
    time = np.datetime64(day, "ns") + np.arange(0, 86400, 3601) * np.timedelta64(1_000_000_007, "ns")
    found = tt2000(time)
    np.testing.assert_array_equal(cdflib.cdfepoch.to_datetime(found), time)
    np.testing.assert_array_equal(to_utc(found), time)


@pytest.mark.parametrize("time", ["2012-06-30", "NaT"])
def test_times_that_the_table_does_not_hold_are_refused(time):
    with pytest.raises(ValueError, match="2012-07-01 or later"):
        tt2000(np.array([time], dtype="datetime64[ns]"))
