"""Equalisation: equal to OpenCV's in every pixel, for every clip and tiling that the configuration allows."""

import cv2
import numpy as np
import pytest

from magnetoflow.aurora.clahe import TILES, clahe

RNG = np.random.default_rng(7)
FRAMES = {
    "full range": RNG.integers(0, 65536, (2, 256, 256), dtype=np.uint16),
    "every value": RNG.permutation(65536).astype(np.uint16).reshape(1, 256, 256),
    "few values": RNG.integers(0, 4, (1, 256, 256)).astype(np.uint16) * 9000,
    "narrow": RNG.normal(6000, 40, (1, 256, 256)).astype(np.uint16),
    "slope": (np.indices((256, 256)).sum(axis=0) * 60 + 3300).astype(np.uint16)[None],
    "half black": np.where(np.arange(256) < 128, 0, 65535).astype(np.uint16)
    * np.ones((1, 256, 1), np.uint16),
    "flat": np.full((1, 256, 256), 4321, dtype=np.uint16),
    "zero": np.zeros((1, 256, 256), dtype=np.uint16),
    "saturated": np.full((1, 256, 256), 65535, dtype=np.uint16),
}


def opencv(images, clip, tiles):
    equal = cv2.createCLAHE(clip, (tiles, tiles))
    return np.stack([equal.apply(image) for image in images])


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("tiles", TILES)
@pytest.mark.parametrize("clip", [0.5, 3.0, 300.0])
def test_equals_opencv(kind, tiles, clip):
    assert np.array_equal(clahe(FRAMES[kind], clip, tiles), opencv(FRAMES[kind], clip, tiles))


@pytest.mark.parametrize("clip", [1.0, 5.0, 31.9, 32.0, 64.0, 100.0, 1000.0])
def test_equals_opencv_where_bins_keep_more_than_one_count(clip):
    for kind in ("few values", "narrow", "half black"):
        for tiles in (2, 4):
            assert np.array_equal(clahe(FRAMES[kind], clip, tiles), opencv(FRAMES[kind], clip, tiles))


def test_only_needed_pixels_are_worked_out_and_they_do_not_change():
    needed = np.hypot(*np.mgrid[-128:128, -120:136]) < 90
    needed[100:110, 50:60] = False  # a hole: rows are worked out from their first to their last needed pixel
    whole, part = clahe(FRAMES["narrow"]), clahe(FRAMES["narrow"], needed=needed)
    assert np.array_equal(part[:, needed], whole[:, needed])
    assert not part[:, :30].any()
    assert not clahe(FRAMES["narrow"], needed=np.zeros((256, 256), dtype=bool)).any()


@pytest.mark.parametrize(("clip", "tiles"), [(3.0, 3), (3.0, 0), (0.0, 8), (-1.0, 8), (np.nan, 8), (3.0, 1)])
def test_what_cannot_be_done_exactly_is_refused(clip, tiles):
    with pytest.raises(ValueError):
        clahe(FRAMES["flat"], clip, tiles)
