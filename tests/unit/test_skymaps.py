"""Skymaps: read as written, and refused where they are not what a camera can see."""

from datetime import date

import numpy as np
import pytest

from magnetoflow.errors import CorruptFile
from magnetoflow.io import skymap
from magnetoflow.io.skymap import read_skymap
from magnetoflow.sample.sav import write_sav

NAME = "themis_skymap_gill_20130118-+_v02.sav"
DISTANCE = np.hypot(*np.mgrid[-129:127, -124:132]).astype(np.float32)
ELEVATION = np.where(DISTANCE < 120, 90 * (1 - DISTANCE / 120), np.nan).astype(np.float32)
CORNERS = np.linspace(50, 60, 3 * 257 * 257, dtype=np.float32).reshape(3, 257, 257)
FIELDS = {
    "generation_info": {"author": "test", "img_flip": np.array([1, 0], dtype=np.uint8)},
    "site_uid": "gill",
    "full_row": np.indices((256, 256))[0].astype(np.uint16),
    "full_elevation": ELEVATION,
    "full_azimuth": np.full((256, 256), 23, dtype=np.float32),
    "full_map_altitude": np.array([90e3, 110e3, 150e3], dtype=np.float32),
    "full_map_latitude": CORNERS,
    "full_map_longitude": CORNERS + 200,
}


def write(folder, name=NAME, variable="skymap", **changes):
    path = folder / name
    fields = {key: value for key, value in {**FIELDS, **changes}.items() if value is not None}
    write_sav(path, variable, fields, "Thu Jan 01 00:00:00 1970")
    return path


def test_fields_as_written(tmp_path):
    got = read_skymap(write(tmp_path))
    assert (got.site, got.valid_from, got.altitude_km.tolist()) == ("gill", date(2013, 1, 18), [90, 110, 150])
    assert np.array_equal(got.elevation_deg, ELEVATION, equal_nan=True)
    assert np.array_equal(got.latitude_deg, CORNERS)
    assert np.array_equal(got.longitude_deg, CORNERS + 200)
    assert all(a.dtype.isnative for a in (got.elevation_deg, got.azimuth_deg, got.latitude_deg))


def test_a_structure_of_another_name_and_a_closed_interval(tmp_path):
    got = read_skymap(write(tmp_path, "themis_skymap_gill_20130118-20140101_vXX.sav", "other"))
    assert got.valid_from == date(2013, 1, 18)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"site_uid": "rank"}, "site 'rank'"),
        ({"full_elevation": None}, "no structure with FULL_ELEVATION"),
        ({"full_azimuth": None}, "FULL_AZIMUTH is"),
        ({"full_elevation": ELEVATION[:, :255]}, r"FULL_ELEVATION is .*\(256, 255\)"),
        ({"full_elevation": ELEVATION + 1}, "outside -90 to 90"),
        ({"full_elevation": np.full_like(ELEVATION, np.nan)}, "not filled in"),
        ({"full_elevation": np.full_like(ELEVATION, np.inf)}, "holds inf"),
        ({"full_map_latitude": CORNERS[:2]}, "FULL_MAP_LATITUDE is"),
        ({"full_map_latitude": CORNERS + 40}, "outside -90 to 90"),
        ({"full_map_altitude": np.array([90, 110, 150], dtype=np.float32)}, "FULL_MAP_ALTITUDE holds 90"),
        ({"full_map_altitude": "110 km"}, "FULL_MAP_ALTITUDE is"),
    ],
)
def test_what_a_skymap_cannot_hold_is_refused(tmp_path, changes, reason, monkeypatch):
    monkeypatch.setattr(
        skymap, "decode_in_child", lambda path, seconds: None
    )  # for speed: these files decode
    with pytest.raises(CorruptFile, match=reason):
        read_skymap(write(tmp_path, **changes))


@pytest.mark.parametrize(
    "name", ["skymap.sav", "themis_skymap_gill_2013-+_v02.sav", "themis_skymap_gill.sav"]
)
def test_a_name_without_site_or_date_is_refused(tmp_path, name):
    with pytest.raises(CorruptFile, match="not named"):
        read_skymap(write(tmp_path, name))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CorruptFile, match="No such file"):
        read_skymap(tmp_path / NAME)
