"""Vectors of records, blocks that no split cuts, and records to fit on: defects R7 to R9."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.rept_pad.blocks import assign, split
from magnetoflow.rept_pad.data import take
from magnetoflow.rept_pad.normalise import mean_vector, vectors
from magnetoflow.rept_pad.prepare import PrepareOptions, prepare
from magnetoflow.rept_pad.quality import DATA, NO_DATA
from magnetoflow.rept_pad.subsample import choose
from tests.unit.rept_counts import ANGLES, ENERGIES, records


def shapes(n):
    """Steep spectrum whose shape changes at each energy alike."""
    power = np.random.default_rng(7).uniform(0.5, 3, (n, 1, 1))
    level = 1e7 * np.exp(-ENERGIES / 0.5)
    g = np.sin(np.radians(ANGLES))[None, :, None] ** power
    return prepare(records(1e3 * g * level), PrepareOptions(background="none", min_counts=0.0))


def test_energies_share_the_variance_by_normalisation():  # R7
    p = shapes(200)
    share = {}
    for name in ("max", "energy-max", "90", "log"):
        x = vectors(p, name)
        assert x.shape == (200, 108)
        assert x.dtype == np.float32
        variance = x.reshape(200, 9, 12).var(axis=0, dtype=float).sum(axis=0)
        share[name] = 100 * variance / variance.sum()
    assert share["max"][0] > 50
    assert share["max"][6:].max() < 0.1
    np.testing.assert_allclose(share["energy-max"], 100 / 12, atol=0.1)
    np.testing.assert_allclose(share["90"], 100 / 12, atol=0.1)
    with pytest.raises(ConfigError, match="unknown normalisation"):
        vectors(p, "sum")


def test_a_shape_of_one_faint_energy_counts_as_much_as_any():  # R7
    p = shapes(2)
    p.flux[:] = np.sin(np.radians(p.angle_deg))[:, None] * 1e7 * np.exp(-ENERGIES / 0.5)
    p.flux[1, :, 7] *= np.linspace(1.5, 0.5, 9)
    apart = {name: np.abs(np.diff(vectors(p, name), axis=0)).max() for name in ("max", "energy-max")}
    assert apart["max"] < 1e-4
    assert apart["energy-max"] > 0.3


def test_a_butterfly_may_pass_1_and_vectors_follow_the_record_alone():  # R8
    p = shapes(6)
    p.flux[0, 8] /= 2
    x = vectors(p, "90").reshape(6, 9, 12)
    assert x[0].max() > 1.5
    np.testing.assert_allclose(x[:, 8], 1)
    p.flux[1, 2:4], p.counts[1, 2:4] = np.nan, np.nan
    for name in ("max", "energy-max", "90", "log"):
        fill = mean_vector(p, name)
        x = vectors(p, name, fill=fill)
        np.testing.assert_allclose(vectors(p, name), x, rtol=1e-6)
        np.testing.assert_allclose(x[1].reshape(9, 12)[2:4], fill.reshape(9, 12)[2:4], rtol=1e-6)
        np.testing.assert_array_equal(vectors(take(p, [3, 1]), name, fill=fill), x[[3, 1]])
        if name != "log":
            bright = replace(p, flux=p.flux * np.float32(8), floor=p.floor)
            np.testing.assert_allclose(vectors(bright, name, fill=fill), x, rtol=1e-5)
    with pytest.raises(ConfigError, match="does not fit the grid"):
        vectors(p, "max", fill=np.zeros(7))


def test_log_draws_what_noise_hides_towards_the_mean():
    p = shapes(50)
    faint = replace(p, counts=p.counts * np.float32(1e-12))
    fill = mean_vector(p, "log")
    assert np.abs(vectors(p, "log") - fill).max() > 0.3
    np.testing.assert_allclose(vectors(faint, "log", fill=fill), np.tile(fill, (50, 1)), atol=1e-3)


def orbits(hours, *, start_h=0.0, step_s=300):
    """Time and L of an orbit of 8.9 hours, lowest at multiples of it since 1970."""
    seconds = np.datetime64("2013-03-17", "s").astype(np.int64) + np.arange(
        int(3600 * start_h), int(3600 * hours), step_s
    )
    phase = 2 * np.pi * seconds / (8.9 * 3600)
    return seconds.astype("datetime64[s]").astype("datetime64[ns]"), 3.5 - 2.4 * np.cos(phase), phase


def test_blocks_are_orbits_that_a_chunk_names_alike():
    time, shell, phase = orbits(48)
    block = assign(time, shell, "orbit", 9.0)
    turn = np.floor(phase / (2 * np.pi))
    inside = np.abs(phase / (2 * np.pi) - np.round(phase / (2 * np.pi))) > 0.04
    for one in np.unique(turn):
        assert len(np.unique(block[inside & (turn == one)])) == 1
    assert len(np.unique(block)) == len(np.unique(turn))
    half = len(time) // 2 + 30
    parts = [assign(time[some], shell[some], "orbit", 9.0) for some in (slice(half), slice(half, None))]
    np.testing.assert_array_equal(np.concatenate(parts), block)
    np.testing.assert_array_equal(
        assign(time, shell * np.nan, "orbit", 9.0), assign(time, shell, "hours", 9.0)
    )
    assert np.diff(assign(time, shell, "hours", 6.0)).max() == 1
    with pytest.raises(ConfigError, match="blocks cannot be made"):
        assign(time, shell, "day", 9.0)


def test_a_split_cuts_no_block():  # R9, R10
    block = np.repeat(np.arange(50), np.arange(50) + 20)
    sets = split(block, (0.6, 0.2, 0.2), 3)
    masks = [sets.train, sets.validation, sets.test]
    np.testing.assert_array_equal(np.sum(masks, axis=0), 1)
    for one in range(3):
        assert not set(block[masks[one]]) & set(block[masks[one - 1]])
    np.testing.assert_allclose(np.mean(masks, axis=1), (0.6, 0.2, 0.2), atol=0.05)
    turn = np.random.default_rng(0).permutation(len(block))
    np.testing.assert_array_equal(split(block[turn], (0.6, 0.2, 0.2), 3).train, sets.train[turn])
    assert not np.array_equal(split(block, (0.6, 0.2, 0.2), 4).train, sets.train)
    few = split(np.array([1, 1, 1, 1, 1, 1, 2, 3]), (0.9, 0.05, 0.05), 0)
    assert min(few.train.sum(), few.validation.sum(), few.test.sum()) > 0
    with pytest.raises(InsufficientData, match="too few blocks"):
        split(np.array([1, 1, 2]), (0.6, 0.2, 0.2), 0)
    with pytest.raises(ConfigError, match="add to 1"):
        split(block, (0.6, 0.6, 0.2), 0)


def test_a_subsample_comes_from_all_blocks_and_levels_whatever_the_order():
    rng = np.random.default_rng(8)
    n = 3000
    time = np.datetime64("2013-03-17", "ns") + np.arange(n) * np.timedelta64(11, "s")
    block = np.r_[np.zeros(30), np.ones(970), np.full(2000, 7)].astype(np.int64)
    counts = rng.integers(0, 9, n).astype(float)
    state = np.where(rng.random(n) < 0.1, NO_DATA, DATA).astype(np.uint8)
    rows = choose(state, block, counts, 500, 1, time)
    assert len(rows) == len(set(rows)) == 500
    assert np.all(state[rows] == DATA)
    held = np.sum((block == 0) & (state == DATA))
    assert np.sum(block[rows] == 0) == held
    assert abs(np.sum(block[rows] == 1) - np.sum(block[rows] == 7)) <= 1
    ours, theirs = (np.bincount(counts[some].astype(int)) for some in (rows, np.flatnonzero(state == DATA)))
    np.testing.assert_allclose(ours / 500, theirs / theirs.sum(), atol=0.02)
    turn = rng.permutation(n)
    again = choose(state[turn], block[turn], counts[turn], 500, 1, time[turn])
    np.testing.assert_array_equal(np.sort(turn[again]), rows)
    assert not np.array_equal(choose(state, block, counts, 500, 2, time), rows)
    assert len(choose(state, block, counts, n, 1)) == np.sum(state == DATA)
