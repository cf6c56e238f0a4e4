"""Real images: equal to the published reader and to OpenCV in every pixel; mask and dates of the skymap."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import themis_imager_readfile

from magnetoflow.archive.images import build_image_manifest, find_skymap
from magnetoflow.aurora.clahe import TILES, clahe
from magnetoflow.aurora.frames import Frames
from magnetoflow.aurora.mask import compatible_mask, elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.io.asi import FrameReader
from magnetoflow.io.asi_cdf import read_hour
from magnetoflow.io.pgm import read_minute
from magnetoflow.io.skymap import read_skymap
from tests.runs import ROOT
from tests.unit.test_clahe import opencv
from tests.unit.test_preprocessing import published

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
HOUR = REAL / "themis/asi/l1/thg_l1_asf_gako_2011010617_v01.cdf"
SKYMAP = REAL / "themis/asi/skymaps/gako/themis_skymap_gako_20110305-+_vXX.sav"
pytestmark = pytest.mark.skipif(not HOUR.is_file(), reason="no real files beside the checkout")


@pytest.fixture(scope="module")
def minutes():
    return sorted((REAL / "themis/asi/stream0/2014/03/10/gill_themis19/ut06").glob("*.pgm.gz"))


@pytest.fixture(scope="module")
def images(minutes):
    return np.concatenate([read_minute(path, site="gill").images for path in minutes])


def test_frames_and_times_equal_those_of_the_published_reader(minutes):
    for path in minutes:
        ours = read_minute(path, site="gill")
        theirs, about, _ = themis_imager_readfile.read(str(path))
        assert np.array_equal(ours.images, np.moveaxis(theirs, 2, 0))
        starts = [f"{str(time)[:26].replace('T', ' ')} UTC" for time in ours.time]
        assert starts == [one["Image request start"] for one in about]
    assert len(minutes) == 4


def test_the_stream_gives_80_frames_without_a_gap():
    manifest = build_image_manifest("folder-00000000", REAL, "gill", date(2014, 3, 10))
    stream = FrameReader(manifest["files"], REAL, "gill")
    parts = list(stream)
    assert stream.counts["frames"] == 80
    assert stream.refused == []
    assert np.flatnonzero(np.concatenate([part.flags for part in parts])).tolist() == [0]


def test_equalisation_equals_opencv_on_every_real_frame(images):
    hour = read_hour(HOUR, "gako").images
    for frames in (images, hour):
        assert np.array_equal(clahe(frames), opencv(frames, 3.0, 8))
    for tiles in TILES:
        for clip in (1.0, 40.0, 300.0):
            assert np.array_equal(clahe(images[::20], clip, tiles), opencv(images[::20], clip, tiles))


def test_the_compatible_mask_is_the_published_one():
    mask = compatible_mask(read_skymap(SKYMAP).elevation_deg)
    assert round(100 * mask.mean(), 2) == 53.24
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (21, 234, 21, 227)


def test_the_compatible_chain_bit_for_bit(images):
    mask = compatible_mask(read_skymap(SKYMAP).elevation_deg)
    time = np.datetime64("2014-03-10", "ns") + 3 * np.arange(len(images)) * np.timedelta64(1, "s")
    frames = Frames("gill", time, images, np.zeros(len(images), dtype=np.uint16))
    assert np.array_equal(
        prepare(frames, mask, Preprocess("compatible")).images[:, 0], published(images, mask)
    )


def test_the_skymap_is_refused_for_the_hour_that_came_before_it():
    manifest = build_image_manifest("folder-00000000", REAL, "gako", date(2011, 1, 6))
    assert manifest["skymap"] is None
    assert "the first of gako is dated 2011-03-05" in manifest["skymap_reason"]
    assert [entry["kind"] for entry in manifest["files"]] == ["hour"]
    assert find_skymap(REAL, "gako", date(2011, 3, 5))[0] is None
    assert find_skymap(REAL, "gako", date(2011, 3, 6))[0]["valid_from"] == "2011-03-05"


def test_the_zenith_of_the_skymap_and_the_direction_of_its_rows():
    skymap = read_skymap(SKYMAP)
    assert np.unravel_index(np.nanargmax(skymap.elevation_deg), (256, 256)) == (129, 124)
    assert skymap.azimuth_deg[60, 124] == pytest.approx(23, abs=2)
    assert skymap.altitude_km.tolist() == [90, 110, 150]
    assert elevation_mask(skymap.elevation_deg).any()


def test_times_of_the_hour_file_keep_their_fraction():
    frames = read_hour(HOUR, "gako")
    assert len(frames) == 23
    assert str(frames.time[0]) == "2011-01-06T17:00:00.053000000"
    assert np.array_equal(
        frames.time.astype("datetime64[s]"), frames.time[0].astype("datetime64[s]") + 3 * np.arange(23)
    )
