"""GSE to GSM against pyspedas, at the starts of the 23 tail events and at the turns of two days."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import matplotlib as mpl
import numpy as np
import pytest

from magnetoflow.frames import gse_to_gsm, j2000_to_gse, rotate

pytestmark = pytest.mark.skipif(find_spec("pyspedas") is None, reason="pyspedas is not installed")
STARTS = [
    "2017-05-28T03:58:30", "2017-07-03T05:27:08", "2017-07-06T15:35:10", "2017-07-06T15:46:35",
    "2017-07-11T22:33:30", "2017-07-17T07:48:45", "2017-07-26T00:04:25", "2017-07-26T07:00:00",
    "2017-07-26T07:28:30", "2017-08-06T05:13:30", "2017-08-23T17:53:30", "2018-08-27T11:41:00",
    "2018-08-27T12:15:30", "2018-09-10T17:14:45", "2018-09-11T00:00:45", "2019-07-25T21:41:10",
    "2019-08-31T12:03:00", "2019-09-06T04:37:30", "2020-08-02T16:58:20", "2020-08-02T17:10:00",
    "2020-08-03T01:05:40", "2020-08-05T14:18:30", "2020-08-29T09:55:00", "2016-12-31T23:59:59",
    "2017-01-01T00:00:00", "2020-02-29T23:59:59",
]  # fmt: skip
ASK = """
import json, sys
import numpy as np
from pyspedas.cotrans_tools.cotrans_lib import subcotrans
found = [
    subcotrans(np.array(seconds), np.array(vectors), frame, "gsm", quiet=True).tolist()
    for frame, seconds, vectors in json.load(sys.stdin)
]
print(json.dumps(found))
"""


def field():
    """Lobe fields of 30 nT in many directions, 12 for each event [nT, GSE], and their times."""
    vectors = np.random.default_rng(1).normal(size=(len(STARTS), 12, 3))
    vectors *= 30 / np.linalg.norm(vectors, axis=2, keepdims=True)
    return np.repeat(np.array(STARTS, dtype="datetime64[ns]"), 12), vectors.reshape(-1, 3)


def positions():
    """Positions at 25 R_E in many directions [km, J2000], and their times of 2015 to 2025."""
    rng = np.random.default_rng(2)
    times = (rng.uniform(1425168000, 1767225600, 300) * 1e6).astype(np.int64) * 1000
    vectors = rng.normal(size=(300, 3))
    return times.astype("datetime64[ns]"), 25 * 6371.2 * vectors / np.linalg.norm(vectors, axis=1)[:, None]


@pytest.fixture(scope="module")
def in_gsm(tmp_path_factory):
    """Turn both into GSM by pyspedas, in a process of its own."""
    folder = tmp_path_factory.mktemp("home")
    names = ("HOME", "SPACEPY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    env = {**os.environ, **dict.fromkeys(names, str(folder)), "MPLCONFIGDIR": mpl.get_cachedir()}
    asked = [
        (frame, (times.astype(np.int64) / 1e9).tolist(), vectors.tolist())
        for frame, (times, vectors) in (("gse", field()), ("j2000", positions()))
    ]
    child = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps(asked), env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [np.array(one) for one in json.loads(child.stdout)]


def test_rotation_is_that_of_pyspedas(in_gsm):
    times, vectors = field()
    apart = (rotate(gse_to_gsm(times), vectors) - in_gsm[0]).reshape(len(STARTS), 12, 3)
    assert np.sqrt((apart**2).mean(axis=(1, 2))).max() <= 0.0005


def test_positions_of_j2000_at_25_earth_radii(in_gsm):
    times, vectors = positions()
    ours = rotate(gse_to_gsm(times) @ j2000_to_gse(times), vectors)
    assert np.linalg.norm(ours - in_gsm[1], axis=1).max() < 1.2  # km; asked: 4
