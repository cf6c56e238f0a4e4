"""Synthetic scenes: pixels agree with the stated truth, whatever is rendered together."""

import numpy as np
import pytest

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.sample.aurora_camera import Camera, elevation_deg, elevation_of_km, grid_of
from magnetoflow.sample.aurora_draw import VARIANTS
from magnetoflow.sample.aurora_patches import Patches, pulse_integral
from magnetoflow.sample.aurora_scenes import Scene, patch_labels, random_scene, render, truth_of
from magnetoflow.sample.aurora_sky import Arc, Lamp, Sky, Stars

EVERY = [(kind, variant) for kind, variants in VARIANTS.items() for variant in variants]


def patches(period, duty=1.0, speed=(0.0, 0.0), peak=2000.0, radius=12.0):
    one = np.ones(1)
    return Patches(
        row=-20.0 * one, column=15.0 * one, row_px_s=speed[0] * one, column_px_s=speed[1] * one,
        radius_px=radius * one, peak=peak * one, period_s=period * one, phase=0.3 * one, duty=duty * one,
        jitter=0.0, seed=5,
    )  # fmt: skip


def scene_of(*lights, label=3, camera=None):
    return Scene(label, "test", camera or Camera(), lights, 77)


def series(scene, seconds):
    """Mean counts of the pixels of patch 1 in the first frame."""
    inside = patch_labels(scene, seconds[:1])[0] == 1
    return np.array([render(scene, [one])[0][inside].mean() for one in seconds])


def strongest(values, seconds):
    """Period and amplitude of the strongest sine from 6.2 s up, by least squares."""
    best = (0.0, 0.0)
    for period in np.arange(6.2, 40.0, 0.02):
        base = np.exp(2j * np.pi * seconds / period)
        amplitude = 2.0 * abs(np.mean((values - values.mean()) * base))
        best = max(best, (amplitude, period))
    return best[1], best[0]


@pytest.mark.parametrize(("period", "seen", "share"), [(5.0, 7.5, 0.935), (4.0, 12.0, 0.900)])
def test_periods_below_twice_the_cadence_appear_longer_and_weaker(period, seen, share):
    seconds = 3.0 * np.arange(200)
    scene = scene_of(patches(period, peak=3000.0), Sky())
    values = series(scene, seconds)
    inside = patch_labels(scene, seconds[:1])[0] == 1
    steady = scene_of(patches(np.inf, peak=3000.0), Sky())
    full = render(steady, [0.0])[0][inside].mean() - render(scene_of(Sky()), [0.0])[0][inside].mean()
    found, amplitude = strongest(values, seconds)
    assert found == pytest.approx(seen, abs=0.05)
    assert amplitude / (full / 2.0) == pytest.approx(share, abs=0.01)


def test_brightness_is_the_mean_of_the_pulse_over_the_exposure():
    one = patches(9.0, duty=0.6)
    fine = np.linspace(0.0, 1.0, 20001)
    for second in (0.0, 3.3, 6.1, 13.0):
        phase = ((second + fine) / 9.0 + 0.3) % 1.0
        pulse = np.where(phase < 0.6, 0.5 * (1.0 - np.cos(2 * np.pi * phase / 0.6)), 0.0)
        assert one.brightness(np.array([second]))[0, 0] == pytest.approx(np.trapezoid(pulse, fine), abs=1e-6)


def test_a_whole_period_has_the_mean_of_its_pulse():
    assert pulse_integral(np.array([7.0]), np.array([0.6]))[0] == pytest.approx(7 * 0.3)


def test_pixels_of_a_patch_follow_its_truth():
    seconds = 3.0 * np.arange(60)
    scene = scene_of(patches(14.0, duty=0.7), Sky())
    values, truth = series(scene, seconds), truth_of(scene, seconds)
    assert np.corrcoef(values, truth.brightness[:, 0])[0, 1] > 0.999
    assert (truth.on[:, 0] == (values > 0.5 * (values.min() + values.max()))).mean() > 0.9
    assert truth.period_s == pytest.approx([14.0])
    outside = (patch_labels(scene, [0.0])[0] == 0) & (elevation_deg(Camera(), *np.indices((256, 256))) > 20)
    far = [render(scene, [one])[0][outside].mean() for one in seconds[:20]]
    assert np.ptp(far) < 0.15 * np.ptp(values)


def test_masks_drift_with_the_stated_velocity():
    scene = scene_of(patches(np.inf, speed=(0.2, -0.1)), Sky())
    seconds = np.array([0.0, 90.0])
    masks, truth = patch_labels(scene, seconds), truth_of(scene, seconds)
    centres = np.array([np.mean(np.nonzero(one), axis=1) for one in masks])
    assert centres[1] - centres[0] == pytest.approx([18.0, -9.0], abs=0.3)
    assert truth.velocity_px_s[0] == pytest.approx([0.2, -0.1])
    assert [truth.row[0, 0], truth.column[0, 0]] == pytest.approx(centres[0], abs=2.5)


def test_an_arc_stands_at_its_stated_elevation():
    arc = Arc(north_km=90.0, drift_km_s=-0.5, peak=6000.0, above_km=8.0, below_km=8.0, fold_km=3.0, seed=2)
    scene = scene_of(arc, label=2)
    seconds = np.array([0.0, 120.0, 300.0])
    for image, elevation in zip(
        render(scene, seconds), truth_of(scene, seconds).arc_elevation_deg, strict=True
    ):
        light = (image[:, 122:127].mean(axis=1) - 3300.0) / grid_of(Camera()).response.reshape(256, 256)[
            :, 124
        ].clip(0.05)
        row = np.average(np.arange(256), weights=np.clip(light - 0.5 * light.max(), 0, None))
        signed = 90.0 * (1.0 - (129.0 - row) / 120.0) if row < 129 else 90.0 * (1.0 + (row - 129.0) / 120.0)
        assert signed == pytest.approx(elevation, abs=1.0)


def test_distances_and_elevations_are_inverse():
    from magnetoflow.sample.aurora_camera import distance_km

    elevation = np.array([10.0, 45.0, 80.0])
    assert elevation_of_km(distance_km(elevation)) == pytest.approx(elevation, abs=0.05)
    assert elevation_of_km(-distance_km(elevation)) == pytest.approx(180.0 - elevation, abs=0.05)
    assert distance_km(np.array([45.0]))[0] == pytest.approx(106.2, abs=1.5)


@pytest.mark.parametrize(("kind", "variant"), EVERY)
def test_every_variant_renders_the_same_frames_from_the_same_seed(kind, variant):
    one, two = (random_scene(np.random.default_rng(11), kind, variant) for _ in range(2))
    seconds = np.array([0.0, 3.01, 60.0])
    images = render(one, seconds)
    assert images.shape == (3, 256, 256)
    assert images.dtype == np.uint16
    assert np.array_equal(images, render(two, seconds))
    assert np.array_equal(images[1:2], render(two, seconds[1:2]))
    assert np.array_equal(images[::-1], render(two, seconds[::-1]))
    assert truth_of(one, seconds).label.tolist() == [CLASSES.index(kind)] * 3
    corner = images[:, :4, :4].astype(float)
    assert abs(np.median(corner) - one.camera.dark) < 15
    assert np.median(images[0]) > one.camera.dark + 300


def test_other_seeds_give_other_scenes():
    one, two = (random_scene(np.random.default_rng(seed), "pulsating") for seed in (1, 2))
    assert one.camera != two.camera
    assert not np.array_equal(render(one, [0.0]), render(two, [0.0]))


def test_pulsating_scenes_stay_in_the_stated_range():
    for seed in range(40):
        scene = random_scene(np.random.default_rng(seed), "pulsating")
        truth = truth_of(scene, 3.0 * np.arange(20))
        assert 10 <= len(truth.period_s) <= 30
        assert truth.period_s.min() >= 8.0
        assert truth.period_s.max() <= 30.0
        assert np.hypot(*truth.velocity_px_s.T).max() <= 1.0 / 3.0 + 1e-9
        assert truth.brightness.min() >= 0.0
        assert truth.brightness.max() <= 1.0


def test_static_patches_and_a_lamp_do_not_pulse_as_patches_do():
    static = random_scene(np.random.default_rng(3), "other_aurora", "static_patches")
    truth = truth_of(static, 3.0 * np.arange(10))
    assert np.isinf(truth.period_s).all()
    assert truth.on.all()
    lamp = Lamp(-30.0, 20.0, 30000.0, 0.8, 12.0, 6.0)
    images = render(scene_of(Sky(), lamp, label=1), 3.0 * np.arange(24)).astype(float)
    spread = images.std(axis=0)
    assert spread[99, 144] > 5000
    spread[96:103, 141:148] = 0.0
    assert spread.max() < 1000


def test_noise_is_that_of_real_frames():
    images = render(scene_of(Sky()), 0.001 * np.arange(60)).astype(float)
    assert images[:, :3, :3].std() == pytest.approx(18.0, abs=2.0)
    centre = images[:, 126:132, 121:127]
    level = centre.mean() - 3300.0
    assert centre.std(axis=0).mean() == pytest.approx(np.sqrt(18.0**2 + 1.75 * level), rel=0.05)


def test_stars_turn_about_the_pole():
    camera = Camera(latitude_deg=60.0)
    scene = scene_of(Stars(number=200, faint=3000.0, seed=4), label=1, camera=camera)
    images = render(scene, [0.0, 0.5, 3600.0]).astype(float) - 3300.0
    assert np.corrcoef(images[0].ravel(), images[1].ravel())[0, 1] > 0.98
    assert np.corrcoef(images[0].ravel(), images[2].ravel())[0, 1] < 0.5


def test_shuffled_frames_keep_their_values():
    scene = random_scene(np.random.default_rng(9), "pulsating")
    seconds = 3.0 * np.arange(8)
    order = np.random.default_rng(0).permutation(8)
    assert np.array_equal(render(scene, seconds)[order], render(scene, seconds[order]))
