"""Keograms and ewograms follow known bright spots, and keep gaps."""

from __future__ import annotations

import numpy as np
import pytest

from magnetoflow.aurora.frames import Frames
from magnetoflow.aurora.keogram import cuts, join, keogram, zenith_pixel


def skymap(row: int = 129, column: int = 124, mirror: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Elevation 90 (1 - r / 120) around a zenith, larger columns west as on the real map."""
    y, x = np.mgrid[:256, :256].astype(float)
    radius = np.hypot(y - row, x - column)
    elevation = np.where(radius <= 120, 90 * (1 - radius / 120), np.nan)
    east = (x - column) if mirror else (column - x)
    azimuth = np.rad2deg(np.arctan2(east, row - y)) % 360
    return elevation, np.where(radius <= 120, azimuth, np.nan)


def frames(images: np.ndarray, start: str = "2014-03-10T06:00") -> Frames:
    count = len(images)
    time = np.datetime64(start, "ns") + np.arange(count) * np.timedelta64(3, "s")
    return Frames("gill", time, images.astype(np.uint16), np.zeros(count, np.uint16))


def test_the_cuts_run_through_the_zenith_and_name_their_ends() -> None:
    elevation, azimuth = skymap()
    keo, ewo = cuts(elevation, azimuth)
    assert (zenith_pixel(elevation), keo.index, ewo.index) == ((129, 124), 124, 129)
    assert (keo.ends, ewo.ends) == (("N", "S"), ("E", "W"))
    assert cuts(*skymap(mirror=True))[1].ends == ("W", "E")
    inside = np.isfinite(keo.angle_deg)
    assert (np.diff(keo.angle_deg[inside]) > 0).all()
    assert keo.angle_deg[129] == 90
    assert keo.angle_deg[129 - 80] == pytest.approx(30)
    assert keo.angle_deg[129 + 80] == pytest.approx(150)
    assert not inside[:9].any()


def test_without_a_skymap_the_middle_is_taken_and_no_angle_is_made_up() -> None:
    keo, ewo = cuts()
    assert (keo.index, ewo.index) == (128, 128)
    assert np.isnan(keo.angle_deg).all()
    assert ewo.ends == ("", "")
    assert zenith_pixel(np.full((256, 256), np.nan)) == (128, 128)


def test_an_arc_appears_at_its_row_and_a_column_at_its_column_and_a_hot_pixel_nowhere() -> None:
    images = np.full((5, 256, 256), 3300)
    for number in range(5):
        images[number, 60 + 2 * number] = 9000
        images[number, :, 200] = 7000
    images[:, 99, 124] = 65535
    lines = keogram(frames(images), *cuts(*skymap()))
    assert lines.north_south.argmax(axis=1).tolist() == [60, 62, 64, 66, 68]
    assert lines.east_west.argmax(axis=1).tolist() == [200] * 5
    assert lines.north_south.max() == 9000
    assert lines.north_south[0, 99] == 3300
    single = keogram(frames(images), *cuts(*skymap()), width_px=1)
    assert single.north_south[0, 99] == 65535
    with pytest.raises(ValueError, match="odd"):
        keogram(frames(images), *cuts(), width_px=2)


def test_chunks_join_to_what_one_piece_gives_and_disorder_is_refused() -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(3000, 9000, (12, 256, 256))
    whole = frames(images)
    lines = cuts(*skymap())
    parts = [
        keogram(Frames("gill", whole.time[cut], whole.images[cut], whole.flags[cut]), *lines)
        for cut in (slice(0, 5), slice(7, 12))
    ]
    joined = join(parts)
    expected = keogram(whole, *lines)
    keep = np.r_[0:5, 7:12]
    np.testing.assert_array_equal(joined.time, whole.time[keep])
    np.testing.assert_array_equal(joined.north_south, expected.north_south[keep])
    np.testing.assert_array_equal(joined.east_west, expected.east_west[keep])
    with pytest.raises(ValueError, match="follow"):
        join(parts[::-1])
    with pytest.raises(ValueError, match="follow"):
        join([parts[0], keogram(frames(images[:1], "2014-03-11"), *cuts())])
    with pytest.raises(ValueError, match="no keogram"):
        join([])
