"""Both chains against their definitions, written with NumPy and OpenCV."""

import cv2
import numpy as np
import pytest

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.frames import Frames
from magnetoflow.aurora.light import light_flags
from magnetoflow.aurora.mask import compatible_mask, elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, _eight_bits, prepare
from magnetoflow.aurora.resize import resize

RNG = np.random.default_rng(3)
DISTANCE = np.hypot(*np.mgrid[-129:127, -124:132])
ELEVATION = np.where(DISTANCE < 120, 90 * (1 - DISTANCE / 120), np.nan)
MASK = elevation_mask(ELEVATION)


def frames_of(images):
    time = np.datetime64("2014-03-10", "ns") + 3 * np.arange(len(images)) * np.timedelta64(1, "s")
    return Frames("gill", time, images, np.arange(len(images), dtype=np.uint16))


FRAMES = frames_of(RNG.normal(6000, 400, (4, 256, 256)).astype(np.uint16))


def published(images, mask, clip=3.0, tiles=8):
    """The published chain, step by step."""
    equal = cv2.createCLAHE(clip, (tiles, tiles))
    out = []
    for image in images:
        eight = ((equal.apply(image).astype(np.uint32) + 128) // 257).astype(np.uint8).astype(np.float32)
        eight[~mask] = 0
        out.append(cv2.resize(eight, (224, 224), interpolation=cv2.INTER_LINEAR))
    return np.stack(out)


def test_compatible_chain_bit_for_bit():
    planes = prepare(FRAMES, MASK, Preprocess("compatible"))
    assert planes.images.dtype == np.float32
    assert np.array_equal(planes.images[:, 0], published(FRAMES.images, MASK))
    assert np.array_equal(planes.time, FRAMES.time)
    assert np.array_equal(planes.flags, FRAMES.flags)


def test_eight_bits_is_scaling_by_255_over_65535_with_rounding():
    every = np.arange(65536, dtype=np.uint16).reshape(1, 256, 256)
    got = _eight_bits(every, np.ones((256, 256), dtype=bool))
    assert np.array_equal(got, (every.astype(np.uint32) + 128) // 257)
    assert np.array_equal(got, np.rint(every * (255 / 65535)))


def test_pfrr_variant_has_no_mask_and_its_own_clip_and_tiles():
    options = Preprocess("compatible", variant="pfrr")
    assert (options.clip, options.tiles, options.size) == (300.0, 4, 224)
    got = prepare(FRAMES, MASK, options).images[:, 0]
    assert np.array_equal(got, published(FRAMES.images, np.ones((256, 256), dtype=bool), 300.0, 4))


@pytest.mark.parametrize("size", [224, 100, 256, 300])
def test_resize_is_opencvs(size):
    images = RNG.integers(0, 256, (3, 256, 256), dtype=np.uint8)
    expected = [
        cv2.resize(i.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR) for i in images
    ]
    assert np.array_equal(resize(images, size), expected)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_fast_chain_is_mean_and_excess_of_the_unmasked_pixels_of_each_block(size):
    planes = prepare(FRAMES, MASK, Preprocess(size=size)).images
    width = 256 // size
    blocks = (len(FRAMES), size, width, size, width)
    inside = MASK.reshape(blocks[1:]).sum(axis=(1, 3))
    counts = np.where(MASK, FRAMES.images, 0).astype(np.float64).reshape(blocks)
    mean = np.where(inside > 0, counts.sum(axis=(2, 4)) / np.maximum(inside, 1), 0)
    excess = np.where(inside > 0, counts.max(axis=(2, 4)) - mean, 0)
    assert (inside == 0).any()
    assert ((inside > 0) & (inside < width**2)).any()
    np.testing.assert_allclose(planes[:, 0], mean, rtol=1e-7)
    np.testing.assert_allclose(planes[:, 1], excess, atol=0.01)


def test_fast_chain_of_the_brightest_frames_does_not_overflow():
    full = frames_of(np.full((1, 256, 256), 65535, dtype=np.uint16))
    planes = prepare(full, None, Preprocess(size=32)).images
    assert (planes[:, 0] == 65535).all()
    assert (planes[:, 1] == 0).all()


@pytest.mark.parametrize("chain", ["fast", "compatible"])
def test_each_frame_is_prepared_by_itself(chain):
    whole = prepare(FRAMES, MASK, Preprocess(chain)).images
    for k in range(len(FRAMES)):
        assert np.array_equal(
            prepare(frames_of(FRAMES.images[k : k + 1]), MASK, Preprocess(chain)).images[0], whole[k]
        )


def test_defaults_and_what_is_refused():
    assert (Preprocess().clip, Preprocess().tiles, Preprocess().size) == (3.0, 8, 64)
    assert Preprocess() == Preprocess("fast", 3.0, 8, 64, "themis")
    for wrong in (
        {"chain": "slow"}, {"variant": "other"}, {"size": 100}, {"chain": "compatible", "size": 64},
        {"tiles": 5}, {"clip": 0.0}, {"clip": float("nan")}, {"clip": float("inf")},
    ):  # fmt: skip
        with pytest.raises(ValueError):
            Preprocess(**wrong)


def test_mask_is_elevation_and_the_compatible_one_lies_one_row_higher():
    assert MASK.dtype == bool
    assert not MASK[np.isnan(ELEVATION)].any()
    assert MASK[129, 124]
    assert np.array_equal(elevation_mask(ELEVATION, 40.0), np.nan_to_num(ELEVATION) >= 40.0)
    moved = compatible_mask(ELEVATION)
    assert np.array_equal(moved[:-1], MASK[1:])
    assert not moved[-1].any()


def test_black_and_saturated_frames_are_flagged():
    images = np.full((5, 256, 256), 6000, dtype=np.uint16)
    images[0] = 3300
    images[1] = RNG.integers(3200, 3500, (256, 256))
    images[1, 128, 100:105] = 65535  # hot pixels
    images[2] = 65535
    images[3, 100:145, 100:145] = 65535  # the Moon: less than a tenth of the sky
    images[4, ~MASK] = 65535
    flags = light_flags(images, np.full(5, 3300), MASK)
    assert flags.tolist() == [Flag.BLACK, Flag.BLACK, Flag.SATURATED, 0, 0]


def test_the_size_of_the_compatible_chain_can_be_chosen():
    images = np.random.default_rng(3).integers(3000, 20000, (2, 256, 256)).astype(np.uint16)
    time = np.datetime64("2014-03-10T06:00", "ns") + np.arange(2) * np.timedelta64(3, "s")
    frames = Frames("gill", time, images, np.zeros(2, np.uint16))
    planes = prepare(frames, None, Preprocess(chain="compatible", size=128))
    assert planes.images.shape == (2, 1, 128, 128)
    eight = (cv2.createCLAHE(3, (8, 8)).apply(images[0]).astype(np.uint32) + 128) // 257
    assert np.array_equal(planes.images[0, 0], cv2.resize(eight.astype(np.float32), (128, 128)))
    with pytest.raises(ValueError, match="size 130"):
        Preprocess(chain="compatible", size=130)
