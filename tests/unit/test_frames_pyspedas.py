"""GSE to GSM against pyspedas, at the starts of the 23 tail events and at the turns of two days."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import matplotlib as mpl
import numpy as np
import pytest

from magnetoflow.frames import gse_to_gsm, rotate

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
from pyspedas.cotrans_tools.cotrans_lib import subgse2gsm
seconds, vectors = json.load(sys.stdin)
print(json.dumps(subgse2gsm(np.array(seconds), np.array(vectors), quiet=True).tolist()))
"""


def test_rotation_is_that_of_pyspedas(tmp_path):
    starts = np.array(STARTS, dtype="datetime64[ns]")
    # lobe fields of 30 nT in many directions, 12 for each event
    field = np.random.default_rng(1).normal(size=(len(starts), 12, 3))
    field *= 30 / np.linalg.norm(field, axis=2, keepdims=True)
    times = np.repeat(starts, 12)
    seconds = (times.astype(np.int64) / 1e9).tolist()
    names = ("HOME", "SPACEPY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    env = {**os.environ, **dict.fromkeys(names, str(tmp_path)), "MPLCONFIGDIR": mpl.get_cachedir()}
    child = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps([seconds, field.reshape(-1, 3).tolist()]),
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    theirs = np.array(json.loads(child.stdout)).reshape(field.shape)
    apart = rotate(gse_to_gsm(starts)[:, None], field) - theirs
    assert np.sqrt((apart**2).mean(axis=(1, 2))).max() <= 0.002
