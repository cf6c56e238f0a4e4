"""Skymaps of the sample: save files that scipy reads, with what was written."""

from datetime import date

import numpy as np
import pytest
from scipy.io import readsav

from magnetoflow.sample.aurora_camera import elevation_deg
from magnetoflow.sample.aurora_plan import NIGHTS, SKYMAP_DAYS
from magnetoflow.sample.aurora_skymap import camera_of, write_skymap, write_skymaps
from magnetoflow.sample.sav import write_sav


@pytest.mark.filterwarnings("error")
def test_all_types_come_back(tmp_path):
    tags = {
        "text": "abcde", "none": "", "number": np.int32(-7), "single": np.float32(1.5),
        "double": np.float64(-2.25),
        "bytes": np.arange(5, dtype=np.uint8), "short": np.array([-1, 2, -3], dtype=np.int16),
        "word": np.arange(12, dtype=np.uint16).reshape(3, 4) + 65000,
        "cube": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "last": np.array([1e300, np.nan]),
        "inner": {"a": np.float64(3.5), "b": "x", "deep": {"c": np.arange(3, dtype=np.int32)}, "d": "end"},
        "after": np.int32(5),
    }  # fmt: skip
    path = tmp_path / "one.sav"
    write_sav(path, "thing", tags, "Thu Jan 01 00:00:00 1970")
    found = readsav(path)["thing"][0]
    for name, value in tags.items():
        if isinstance(value, str):
            assert (found[name].decode() if found[name] else "") == value
        elif not isinstance(value, dict):
            assert np.array_equal(found[name], value, equal_nan=np.asarray(value).dtype.kind == "f"), name
            assert np.shape(found[name]) == np.shape(value)
    inner = found["inner"][0]
    assert (inner["a"], inner["b"], inner["d"]) == (3.5, b"x", b"end")
    assert inner["deep"][0]["c"].tolist() == [0, 1, 2]


def test_other_types_are_refused(tmp_path):
    with pytest.raises(TypeError, match="one: no IDL type for bool"):
        write_sav(tmp_path / "one.sav", "x", {"one": np.array([True])}, "now")
    assert not list(tmp_path.iterdir())


def test_a_skymap_has_the_fields_of_a_real_one(tmp_path):
    found = readsav(tmp_path / write_skymap(tmp_path, "gill", SKYMAP_DAYS[0]))["skymap"][0]
    camera = camera_of("gill")
    truth = elevation_deg(camera, *np.indices((256, 256)).astype(float))
    assert found.site_uid == b"gill"
    assert np.array_equal(np.isnan(found.full_elevation), truth <= 0)
    assert np.nanmax(np.abs(found.full_elevation - np.where(truth > 0, truth, np.nan))) < 1e-4
    assert found.full_map_altitude.tolist() == [90000.0, 110000.0, 150000.0]
    assert found.full_map_latitude.shape == found.full_map_longitude.shape == (3, 257, 257)
    assert found.generation_info[0].img_flip.tolist() == [1, 0]
    row, column = round(camera.row), round(camera.column)
    assert found.full_map_latitude[1, row, column] == pytest.approx(56.35, abs=0.05)
    assert found.full_map_longitude[1, row, column] == pytest.approx(360 - 94.66, abs=0.05)
    north = found.full_map_latitude[1, row - 60, column] - found.full_map_latitude[1, row + 60, column]
    west = found.full_map_longitude[1, row, column - 60] - found.full_map_longitude[1, row, column + 60]
    assert north > 1.5
    assert west > 2.5
    assert np.nanmin(found.full_azimuth) >= 0
    assert np.nanmax(found.full_azimuth) <= 360


def test_one_skymap_holds_for_the_nights_and_one_is_too_late(tmp_path):
    names = [one.name for one in write_skymaps(tmp_path, "rank")]
    assert names == [
        "themis_skymap_rank_20130901-+_v02.sav",
        "themis_skymap_rank_20190101-+_v02.sav",
        "themis_skymap_gako_20110305-+_v02.sav",
    ]
    nights = [one.start.date() for one in NIGHTS]
    assert SKYMAP_DAYS[0] < min(nights) <= max(nights) < SKYMAP_DAYS[1]
    good, late, gako = (
        readsav(tmp_path / f"themis/asi/skymaps/{one[14:18]}/{one}")["skymap"][0] for one in names
    )
    assert not np.array_equal(good.full_elevation, late.full_elevation, equal_nan=True)
    assert np.unravel_index(np.nanargmax(gako.full_elevation), (256, 256)) == (129, 124)


def test_equal_skymaps_have_equal_bytes(tmp_path):
    one, two = (
        (tmp_path / name / write_skymap(tmp_path / name, "gill", date(2013, 9, 1))).read_bytes()
        for name in "ab"
    )
    assert one == two


def test_a_skymap_that_is_there_is_left_alone(tmp_path):
    path = tmp_path / write_skymap(tmp_path, "gill", SKYMAP_DAYS[0])
    before = path.stat().st_mtime_ns, path.stat().st_ino
    write_skymap(tmp_path, "gill", SKYMAP_DAYS[0])
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    good = path.read_bytes()
    path.write_bytes(good[:-1])
    write_skymap(tmp_path, "gill", SKYMAP_DAYS[0])
    assert path.read_bytes() == good
