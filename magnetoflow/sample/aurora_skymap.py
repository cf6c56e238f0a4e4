"""Skymaps of the sample's cameras: where each pixel looks, and which place it sees at three heights."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.frames import SHAPE
from magnetoflow.aurora.sites import SITES
from magnetoflow.sample.aurora_camera import (
    EARTH_RADIUS_KM,
    Camera,
    azimuth_deg,
    distance_km,
    elevation_deg,
    site_camera,
)
from magnetoflow.sample.aurora_plan import COMPATIBLE_SITE, IMAGERS, SKYMAP_DAYS
from magnetoflow.sample.sav import Value, write_sav

Floats = NDArray[np.float64]

HEIGHTS_KM = (90.0, 110.0, 150.0)
COMPATIBLE_DAY = date(2011, 3, 5)
"""Date of the skymap that the published mask was made of."""


def skymap_path(site: str, day: date) -> Path:
    """Path of a skymap below the archive's root."""
    return Path(f"themis/asi/skymaps/{site}/themis_skymap_{site}_{day:%Y%m%d}-+_v02.sav")


def camera_of(site: str, day: date | None = None) -> Camera:
    """Camera of a site; before its last skymap, or from it on, the lens sat elsewhere."""
    if site == COMPATIBLE_SITE:
        return Camera(rotation_deg=23.0, latitude_deg=SITES[site].latitude)
    camera = site_camera(site, SITES[site].latitude)
    if day is None or day == SKYMAP_DAYS[0]:
        return camera
    return Camera(camera.row + 5.0, camera.column - 6.0, camera.rotation_deg + 4.0, camera.latitude_deg)


def ground_points(camera: Camera, longitude_deg: float, height_km: float) -> tuple[Floats, Floats]:
    """Latitude and longitude below what the corners of the pixels see at a height, on a sphere.

    Returns
    -------
    (257, 257) ndarrays of float64 [deg]
        Longitude 0 to 360; NaN outside the lens.
    """
    row, column = np.indices((SHAPE[0] + 1, SHAPE[1] + 1)) - 0.5
    height = elevation_deg(camera, row, column)
    height[height <= 0.0] = np.nan
    far = distance_km(height, height_km) / EARTH_RADIUS_KM
    course, here = np.radians(azimuth_deg(camera, row, column)), np.radians(camera.latitude_deg)
    sine = np.sin(here) * np.cos(far) + np.cos(here) * np.sin(far) * np.cos(course)
    east = np.arctan2(np.sin(course) * np.sin(far) * np.cos(here), np.cos(far) - np.sin(here) * sine)
    return np.degrees(np.arcsin(sine)), (longitude_deg + np.degrees(east)) % 360.0


def write_skymap(root: Path, site: str, day: date) -> Path:
    """Write the skymap of a site that holds from a date; return its path below the root."""
    camera, place = camera_of(site, day), SITES[site]
    row, column = np.indices(SHAPE).astype(float)
    height, azimuth = elevation_deg(camera, row, column), azimuth_deg(camera, row, column)
    outside = height <= 0.0
    height[outside], azimuth[outside] = np.nan, np.nan
    points = [ground_points(camera, place.longitude, one) for one in HEIGHTS_KM]
    about = {
        "date_generated": "synthetic", "author": "magnetoflow", "valid_interval_start": f"{day:%Y%m%d}00",
        "valid_interval_stop": "+", "code_used": "magnetoflow.sample.aurora_skymap",
        "optical_orientation": np.array([camera.rotation_deg, 0.0, 0.0]),
        "ccd_center": np.array([camera.column, camera.row]), "img_flip": np.array([1, 0], dtype=np.uint8),
        "pixel_aspect_ratio": np.float64(0.518072), "bytscl_values": np.array([-1, -1], dtype=np.int16),
    }  # fmt: skip
    tags: dict[str, Value] = {
        "generation_info": about, "site_uid": site, "imager_uid": IMAGERS[site], "project_uid": "themis",
        "imager_unix_time": np.int32(0), "site_map_latitude": np.float32(place.latitude),
        "site_map_longitude": np.float32(place.longitude % 360.0), "site_map_altitude": np.float32(0.0),
        "full_row": row.astype(np.uint16), "full_column": column.astype(np.uint16),
        "full_ignore": outside.astype(np.uint8), "full_elevation": height.astype(np.float32),
        "full_azimuth": azimuth.astype(np.float32),
        "full_map_altitude": (1000.0 * np.array(HEIGHTS_KM)).astype(np.float32),
        "full_map_latitude": np.array([one[0] for one in points], dtype=np.float32),
        "full_map_longitude": np.array([one[1] for one in points], dtype=np.float32),
    }  # fmt: skip
    path = skymap_path(site, day)
    write_sav(root / path, "skymap", tags, "Thu Jan 01 00:00:00 1970")
    return path


def write_skymaps(root: Path, site: str) -> list[Path]:
    """Write the skymaps of a site, and the one of the published mask; return their paths below the root."""
    written = [write_skymap(root, site, day) for day in SKYMAP_DAYS]
    return [*written, write_skymap(root, COMPATIBLE_SITE, COMPATIBLE_DAY)]
