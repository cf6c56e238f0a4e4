"""Inputs of the network: windows stop at gaps, order in time counts, gain and chunks do not."""

import itertools

import numpy as np
import pytest

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.frames import Planes
from magnetoflow.aurora.inputs import INPUTS, LAGS, SIDE_LAGS, WINDOW
from magnetoflow.aurora.temporal import batches, runs, temporal_inputs, two_channels, windows
from magnetoflow.errors import DataError

STEP = np.timedelta64(3, "s")
START = np.datetime64("2014-03-10T06:00:00", "ns")
ROW, COLUMN = np.mgrid[:64, :64]
SKY = (ROW - 32) ** 2 + (COLUMN - 31) ** 2 < 25**2


def planes(n, seed=0, images=None):
    rng = np.random.default_rng(seed)
    light = 6000 + rng.normal(0, 25, (n, 64, 64)) if images is None else images
    both = np.stack([light, rng.uniform(50, 200, (n, 64, 64))], axis=1)
    return Planes(START + np.arange(n) * STEP, np.zeros(n, np.uint16), (both * SKY).astype(np.float32))


def pulsing(n, period_s, amplitude=800.0, seed=0):
    """Sky of noise whose middle pulses."""
    rng = np.random.default_rng(seed)
    pulse = amplitude * 0.5 * (1 + np.cos(2 * np.pi * 3.0 * np.arange(n) / period_s))
    patch = np.exp(-((ROW - 32.0) ** 2 + (COLUMN - 31.0) ** 2) / 30)
    return planes(n, images=6000 + rng.normal(0, 25, (n, 64, 64)) + pulse[:, None, None] * patch)


def inputs_of(one, size=32, chain="fast"):
    done = list(batches([one], chain, size))
    return np.concatenate([batch.inputs[: len(batch.time)] for batch in done])


def channel(found, name):
    return found[..., INPUTS.index(name)]


def pieces(one, lengths):
    bounds = np.cumsum([0, *lengths])
    for a, b in itertools.pairwise(bounds):
        yield Planes(one.time[a:b], one.flags[a:b], one.images[a:b])


@pytest.fixture(scope="module")
def broken():
    """A hundred frames with a missing one, a gap of minutes, a black and a saturated frame."""
    one = planes(100)
    time = one.time.copy()
    time[30:] += STEP
    time[55:] += np.timedelta64(5, "m")
    flags = one.flags.copy()
    flags[70], flags[80] = Flag.BLACK, Flag.SATURATED | Flag.CLOCK_BACK
    return Planes(time, flags, one.images)


@pytest.mark.parametrize("lengths", [[1] * 100, [20] * 5, [7, 0, 60, 33], [99, 1]])
def test_chunks_do_not_change_a_bit(broken, lengths):
    whole, cut = list(batches([broken], "fast", 16)), list(batches(pieces(broken, lengths), "fast", 16))
    assert [len(one.time) for one in whole] == [16] * 6 + [4]
    for one, other in zip(whole, cut, strict=True):
        assert (one.time == other.time).all()
        assert (one.flags == other.flags).all()
        assert one.inputs.tobytes() == other.inputs.tobytes()


def test_batch_size_does_not_change_a_bit(broken):
    assert inputs_of(broken, 8).tobytes() == inputs_of(broken, 64).tobytes()


def test_rows_of_a_chunk_in_any_order_give_the_same(broken):
    order = np.random.default_rng(3).permutation(100)
    mixed = Planes(broken.time[order], broken.flags[order], broken.images[order])
    assert inputs_of(mixed).tobytes() == inputs_of(broken).tobytes()


def test_windows_stay_within_runs_and_short_ones_are_flagged(broken):
    low, high = windows(*runs(broken.time, broken.flags))
    bounds = [0, 30, 55, 70, 71, 80, 81, 100]
    for a, b in itertools.pairwise(bounds):
        assert low[a:b].min() == a
        assert high[a:b].max() == b
        assert ((high - low)[a:b] == min(b - a, WINDOW)).all()
    flags = np.concatenate([one.flags for one in batches([broken], "fast", 16)])
    short = np.flatnonzero(flags & Flag.SHORT_CONTEXT)
    assert short.tolist() == list(range(71, 80))
    assert flags[80] == Flag.SATURATED | Flag.CLOCK_BACK


def test_windows_are_centred_within_a_run():
    one = planes(60)
    low, high = windows(*runs(one.time, one.flags))
    assert (low[10:50] == np.arange(40)).all()
    assert (high[10:50] == np.arange(40) + WINDOW).all()


def test_a_frame_beyond_a_gap_does_not_change_the_inputs(broken):
    other = broken.images.copy()
    other[:30] *= 1.5
    changed = inputs_of(Planes(broken.time, broken.flags, other))
    assert (changed[30:] == inputs_of(broken)[30:]).all()
    assert (changed[:30] != inputs_of(broken)[:30]).any()


def test_frames_without_a_view_have_no_inputs(broken):
    found = inputs_of(broken)
    assert not found[70].any()
    assert not found[80].any()
    assert found[75].any()


@pytest.mark.parametrize("period_s", [9.0, 12.0, 15.0, 24.0, 30.0])
def test_lags_follow_the_period(period_s):
    found = inputs_of(pulsing(41, period_s))[20, 32, 31]
    for lag in LAGS:
        expected = np.cos(2 * np.pi * 3.0 * lag / period_s) * (WINDOW - lag) / WINDOW
        assert found[INPUTS.index(f"lag_{lag}")] == pytest.approx(expected, abs=0.2)


def test_shuffled_frames_lose_the_lags_and_keep_the_deviation():
    one = pulsing(41, 15.0)
    order = np.random.default_rng(1).permutation(41)
    mixed = inputs_of(Planes(one.time, one.flags, one.images[order]))[:, 32, 31]
    kept = inputs_of(one)[:, 32, 31]
    lags = slice(INPUTS.index("lag_1"), INPUTS.index("lag_10") + 1)
    assert np.abs(mixed[:, lags]).mean() < 0.5 * np.abs(kept[:, lags]).mean()
    assert channel(mixed, "deviation").mean() == pytest.approx(channel(kept, "deviation").mean(), rel=0.2)


@pytest.mark.parametrize("period_s", [7.0, 9.0, 13.0, 19.0, 24.0, 30.0])
def test_the_autocorrelation_recovers_for_any_period_in_order_only(period_s):
    one = pulsing(41, period_s)
    order = np.random.default_rng(2).permutation(41)
    kept = channel(inputs_of(one), "recovery")[:, 32, 31]
    mixed = channel(inputs_of(Planes(one.time, one.flags, one.images[order])), "recovery")[:, 32, 31]
    assert kept.mean() > 0.8
    assert kept.mean() > 1.4 * mixed.mean()


def test_a_steady_trend_is_not_an_oscillation():
    slope = 40.0 * np.arange(41)[:, None, None]
    rng = np.random.default_rng(0)
    found = inputs_of(planes(41, images=6000 + rng.normal(0, 25, (41, 64, 64)) + slope))
    inside = found[20][SKY]
    assert np.abs(inside[:, INPUTS.index("lag_1") : INPUTS.index("lag_10") + 1]).mean() < 0.2
    trend = 40.0 * WINDOW / np.hypot(25.0, 40.0 / np.sqrt(2))
    assert inside[:, INPUTS.index("trend")].mean() == pytest.approx(trend / np.sqrt(1 + trend), rel=0.15)


def test_gain_changes_nothing_but_the_digits():
    one = pulsing(41, 12.0)
    images = one.images.copy()
    images[:, 0] = np.where(SKY, 3000 + 1.7 * (images[:, 0] - 3000), 0)
    images[:, 1] *= 1.7
    found, other = inputs_of(one), inputs_of(Planes(one.time, one.flags, images))
    level = INPUTS.index("level")
    assert (other - found)[..., level][:, SKY] == pytest.approx(np.log(1.7), abs=1e-3)
    found[..., level] = other[..., level]
    np.testing.assert_allclose(other, found, atol=0.08)


def test_known_numbers_of_one_block():
    rng = np.random.default_rng(5)
    images = np.zeros((WINDOW, 2, 20, 20), np.float32)
    images[:, 0] = 6000 + rng.normal(0, 30, (WINDOW, 20, 20))
    images[:, 1] = 100
    out = np.zeros((1, 20, 20, len(INPUTS)), np.float32)
    temporal_inputs(images, np.array([4]), np.array([0]), np.array([WINDOW]), "fast", out, np.array([0]))
    values = images[:, 0, 7, 9].astype(float)
    tau = np.arange(WINDOW) - WINDOW // 2
    rest = values - values.mean() - tau * (tau @ values) / (tau @ tau)
    steps = np.diff(images[:, 0].astype(float), axis=0) ** 2 / 2
    noise = min(np.sort(one.mean(axis=0).ravel()[::4])[int(0.2 * 99)] for one in (steps[:4], steps[4:]))
    lag = INPUTS.index("lag_3")
    expected = (rest[3:] @ rest[:-3]) / WINDOW / ((rest @ rest) / WINDOW + noise)
    assert out[0, 7, 9, lag] == pytest.approx(expected, rel=1e-3)
    deviation = np.sqrt((rest @ rest) / WINDOW / noise)
    assert channel(out, "deviation")[0, 7, 9] == pytest.approx(deviation / np.sqrt(1 + deviation), rel=1e-3)
    for name, side in (("before", values[:5]), ("after", values[4:])):
        off = (values[4] - side.mean()) / (3 * np.sqrt(noise))
        assert channel(out, name)[0, 7, 9] == pytest.approx(off / np.sqrt(1 + abs(off)), abs=1e-3)
        for lag in SIDE_LAGS:
            step = np.sqrt(((side[lag:] - side[:-lag]) ** 2).mean() / 2 / noise)
            assert channel(out, f"{name}_{lag}")[0, 7, 9] == pytest.approx(step / np.sqrt(1 + step), rel=1e-3)


def test_the_compatible_chain_is_reduced_to_means_and_excesses():
    images = np.arange(224 * 224, dtype=np.float32).reshape(1, 1, 224, 224)
    both = two_channels(images, "compatible")
    assert both.shape == (1, 2, 56, 56)
    block = images[0, 0, 8:12, 4:8]
    assert both[0, 0, 2, 1] == block.mean()
    assert both[0, 1, 2, 1] == block.max() - block.mean()


def test_chunks_out_of_order_twice_or_of_another_size_are_refused():
    one = planes(20)
    first, second = pieces(one, [10, 10])
    with pytest.raises(DataError, match="not in the order of time"):
        list(batches([second, first], "fast", 4))
    with pytest.raises(DataError, match="holds a time twice"):
        list(batches([first, first], "fast", 4))
    twice = Planes(np.repeat(one.time[:5], 2), one.flags[:10], one.images[:10])
    with pytest.raises(DataError, match="holds a time twice"):
        list(batches([twice], "fast", 4))
    small = Planes(second.time, second.flags, second.images[..., :32])
    with pytest.raises(DataError, match="differ in size"):
        list(batches([first, small], "fast", 4))


def test_an_empty_stream_and_an_empty_sky_are_no_error():
    assert list(batches([], "fast", 8)) == []
    none = Planes(START + np.arange(3) * STEP, np.zeros(3, np.uint16), np.zeros((3, 2, 64, 64), np.float32))
    assert not inputs_of(none).any()
    flat = Planes(none.time, none.flags, none.images + np.float32(4000))
    assert np.isfinite(inputs_of(flat)).all()


def test_it_pulls_no_more_of_the_stream_than_it_needs():
    pulled = []

    def stream():
        for k, one in enumerate(pieces(planes(200), [20] * 10)):
            pulled.append(k)
            yield one

    next(batches(stream(), "fast", 16))
    assert len(pulled) == 2


def test_a_change_of_the_sky_leaves_the_side_of_the_frame_quiet():
    rng = np.random.default_rng(6)
    images = np.where(np.arange(41) < 20, 6000.0, 9000.0)[:, None, None] + rng.normal(0, 25, (41, 64, 64))
    found = inputs_of(planes(41, images=images))[:, SKY]
    for name, other, frame in (("after", "before", 20), ("before", "after", 19)):
        steps = [INPUTS.index(f"{name}_{lag}") for lag in SIDE_LAGS]
        assert found[frame][:, steps].max() < 2
        assert np.abs(found[frame][:, INPUTS.index(name)]).mean() < 0.5
        assert np.abs(found[frame][:, INPUTS.index(other)]).min() > 4
