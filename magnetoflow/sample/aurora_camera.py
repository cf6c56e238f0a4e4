"""The synthetic all-sky camera: where each pixel looks, how much light it gets, and its fixed lights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.frames import SHAPE

Floats = NDArray[np.float32]

LENS_RADIUS_PX = 120.0
EARTH_RADIUS_KM, AURORA_HEIGHT_KM = 6371.0, 110.0


@dataclass(frozen=True)
class Camera:
    """One camera.

    Attributes
    ----------
    row, column : float [pixel]
        Where the zenith is, 0-based.
    rotation_deg : float [deg]
        Azimuth at the top of the image.
    latitude_deg : float [deg]
        Geographic; the stars turn about the pole at this elevation.
    dark : float [count]
        Level without light.
    corner_px : float [pixel]
        Distance from the zenith at which vignetting halves the light.
    seed : int
        Of its horizon, lamps and bad pixels.
    """

    row: float = 129.0
    column: float = 124.0
    rotation_deg: float = 0.0
    latitude_deg: float = 60.0
    dark: float = 3300.0
    corner_px: float = 115.0
    seed: int = 0


@dataclass(frozen=True)
class Grid:
    """What the pixels of a camera see; arrays are flat, in the order of `index`, unless they say otherwise.

    Attributes
    ----------
    index : (lens,) ndarray of int32
        Pixels inside the lens, in the flat image.
    east_km, north_km : (lens,) ndarray of float32 [km]
        Distance from the zenith at 110 km height, along the image's axes (up is north, left is east).
    cloud_x, cloud_y : (lens,) ndarray of float32
        Place in a plane of clouds, in units of its height.
    response : (65536,) ndarray of float32
        Share of the light that is recorded: vignetting, lens edge and horizon; 0 outside the lens.
    fixed : (65536,) ndarray of float32 [count]
        Dark level, bad pixels and lamps at the horizon.
    """

    index: NDArray[np.int32]
    east_km: Floats
    north_km: Floats
    cloud_x: Floats
    cloud_y: Floats
    response: Floats
    fixed: Floats


def site_camera(site: str, latitude_deg: float) -> Camera:
    """Camera of a site of the sample: its centre, turn and horizon follow from the name."""
    rng = np.random.default_rng([ord(one) for one in site])
    return Camera(
        row=129.0 + float(np.round(rng.uniform(-6, 6), 1)),
        column=124.0 + float(np.round(rng.uniform(-8, 10), 1)),
        rotation_deg=float(np.round(rng.uniform(-10, 25), 1)),
        latitude_deg=latitude_deg,
        seed=int(rng.integers(2**31)),
    )


def random_camera(rng: np.random.Generator) -> Camera:
    """Camera with drawn centre, turn, level, vignetting and horizon."""
    return Camera(
        row=129.0 + rng.uniform(-8, 8),
        column=124.0 + rng.uniform(-11, 11),
        rotation_deg=rng.uniform(-30, 30),
        latitude_deg=rng.uniform(48, 70),
        dark=rng.uniform(3230, 3560),
        corner_px=rng.uniform(108, 122),
        seed=int(rng.integers(2**31)),
    )


def elevation_deg(
    camera: Camera, row: NDArray[np.float64], column: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Elevation ``90 (1 - r/120)`` of places in the image [deg]; negative outside the lens."""
    radius = np.hypot(row - camera.row, column - camera.column)
    return np.asarray(90.0 * (1.0 - radius / LENS_RADIUS_PX))


def azimuth_deg(camera: Camera, row: NDArray[np.float64], column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Azimuth from north through east, 0 to 360 [deg]: a smaller row is north, a larger column west."""
    angle = np.degrees(np.arctan2(camera.column - column, camera.row - row))
    return np.asarray((angle + camera.rotation_deg) % 360.0)


def distance_km(elevation: NDArray[np.float64], height_km: float = AURORA_HEIGHT_KM) -> NDArray[np.float64]:
    """Distance along the ground from the camera to the point below what is seen at a height [km]."""
    zenith = np.radians(90.0 - elevation)
    share = EARTH_RADIUS_KM / (EARTH_RADIUS_KM + height_km)
    return np.asarray(EARTH_RADIUS_KM * (zenith - np.arcsin(share * np.sin(zenith))))


def elevation_of_km(north_km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Elevation from the northern horizon, 0 to 180 [deg], of points at 110 km on the meridian."""
    table = np.linspace(0.0, 90.0, 1801)
    far = distance_km(table)[::-1]
    elevation = np.interp(np.abs(north_km), far, table[::-1])
    return np.where(north_km >= 0, elevation, 180.0 - elevation)


@lru_cache(maxsize=4)
def grid_of(camera: Camera) -> Grid:
    """Compute the grid of a camera."""
    row, column = np.indices(SHAPE).astype(float)
    radius = np.hypot(row - camera.row, column - camera.column)
    inside = radius < LENS_RADIUS_PX + 0.5
    north = (camera.row - row[inside]) / np.maximum(radius[inside], 1e-6)
    east = (camera.column - column[inside]) / np.maximum(radius[inside], 1e-6)
    height = np.maximum(elevation_deg(camera, row, column)[inside], 1.0)
    far = distance_km(height)
    plane = 1.0 / np.tan(np.radians(np.maximum(height, 6.0)))
    response, fixed = _fixed(camera, radius)
    east_km, north_km, cloud_x, cloud_y = (
        np.ascontiguousarray(one, dtype=np.float32)
        for one in (far * east, far * north, plane * east, plane * north)
    )
    index = np.flatnonzero(inside).astype(np.int32)
    return Grid(index, east_km, north_km, cloud_x, cloud_y, response, fixed)


def _fixed(camera: Camera, radius: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Response of each pixel, and the counts that do not depend on the sky."""
    rng = np.random.default_rng(camera.seed)
    row, column = np.indices(SHAPE).astype(float)
    angle = np.arctan2(camera.column - column, camera.row - row)
    order = np.arange(1, 40)
    weight, phase = rng.normal(size=39) / order**0.7, rng.uniform(0, 2 * np.pi, 39)
    table = np.cos(np.linspace(-np.pi, np.pi, 721)[:, None] * order + phase) @ weight
    edge = LENS_RADIUS_PX - np.maximum(
        0.0, 1.5 + 1.2 * np.interp(angle, np.linspace(-np.pi, np.pi, 721), table)
    )
    response = np.clip(edge - radius + 0.5, 0.0, 1.0) / (1.0 + (radius / camera.corner_px) ** 6)
    fixed = np.full(SHAPE, camera.dark)
    for _ in range(rng.integers(3, 12)):
        fixed[tuple(rng.integers(0, 256, 2))] += rng.uniform(200, 3000)
    for _ in range(rng.integers(0, 6)):
        turn, far = rng.uniform(0, 2 * np.pi), LENS_RADIUS_PX - rng.uniform(-6, 6)
        away = np.hypot(row - camera.row - far * np.cos(turn), column - camera.column - far * np.sin(turn))
        fixed += rng.uniform(2000, 30000) * np.exp(-0.5 * (away / rng.uniform(0.6, 1.4)) ** 2)
    return response.astype(np.float32).ravel(), fixed.astype(np.float32).ravel()
