"""Loops over the pixels of synthetic frames: smooth noise, arcs, textures, patches, points, counts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from magnetoflow.compiled import compiled


@compiled
def mix(value: Any) -> Any:
    """Scramble 64 bits (finaliser of splitmix64, Steele et al. 2014, 10.1145/2660193.2660195)."""
    value = np.uint64(value)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def lattice(seed: int, i: int, j: int) -> Any:
    """Random number of a lattice point, -1 to 1."""
    word = mix(np.uint64(seed) + np.uint64(i + 1048576) * np.uint64(0x9E3779B97F4A7C15))
    word = mix(word + np.uint64(j + 1048576) * np.uint64(0xD1B54A32D192ED03))
    return float(word >> np.uint64(11)) * (2.0 / 9007199254740992.0) - 1.0


@compiled
def smooth_noise(seed: int, x: float, y: float) -> Any:
    """Smooth random function of two variables, -1 to 1, without a period; it changes over a length of 1."""
    i, j = math.floor(x), math.floor(y)
    u, v = x - i, y - j
    u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    near = (1.0 - u) * lattice(seed, i, j) + u * lattice(seed, i + 1, j)
    far = (1.0 - u) * lattice(seed, i, j + 1) + u * lattice(seed, i + 1, j + 1)
    return (1.0 - v) * near + v * far


@compiled
def arc_table(
    out: Any,
    east: Any,
    second: float,
    seed: int,
    fold_length: float,
    fold_time: float,
    ray_length: float,
    ray_time: float,
    ray_speed: float,
    ray: float,
) -> None:
    """Put folds in row 0 and rays in row 1 of `out`."""
    for i in range(east.size):
        fold = smooth_noise(seed, east[i] / fold_length, second / fold_time)
        fold += 0.4 * smooth_noise(seed + 1, 3.1 * east[i] / fold_length, 1.7 * second / fold_time)
        place = (east[i] - ray_speed * second) / ray_length
        rays = smooth_noise(seed + 2, place, second / ray_time)
        rays += 0.6 * smooth_noise(seed + 3, 2.3 * place, 1.6 * second / ray_time)
        out[0, i], out[1, i] = fold, max(1.0 - ray + 1.3 * ray * rays, 0.0)


@compiled
def add_arc(light: Any, index: Any, along: Any, across: Any, begin: float, step: float, table: Any) -> None:
    """Add an arc: `table` holds centre, peak, half width above and below for each step along it."""
    last = table.shape[1] - 2
    for k in range(index.size):
        place = (along[k] - begin) / step
        if place < 0.0 or place >= last:
            continue
        low = int(place)
        part = place - low
        centre = table[0, low] + part * (table[0, low + 1] - table[0, low])
        off = across[k] - centre
        width = table[2, low] if off > 0.0 else table[3, low]
        off /= width
        if -3.5 < off < 3.5:
            peak = table[1, low] + part * (table[1, low + 1] - table[1, low])
            light[index[k]] += peak * math.exp(-0.5 * off * off)


@compiled
def texture(image: Any, x: float, y: float) -> Any:
    """Value of a texture that repeats, bilinear."""
    size = image.shape[0]
    i, j = math.floor(x), math.floor(y)
    u, v = x - i, y - j
    i0, j0 = int(i) & (size - 1), int(j) & (size - 1)
    i1, j1 = (i0 + 1) & (size - 1), (j0 + 1) & (size - 1)
    near = (1.0 - v) * image[i0, j0] + v * image[i0, j1]
    far = (1.0 - v) * image[i1, j0] + v * image[i1, j1]
    return (1.0 - u) * near + u * far


@compiled
def add_texture(
    light: Any, index: Any, x: Any, y: Any, image: Any, scale: float, x0: float, y0: float, weight: Any
) -> None:
    """Add light of a texture that moves; `weight` is the peak for each pixel."""
    for k in range(index.size):
        light[index[k]] += weight[k] * texture(image, x[k] * scale + x0, y[k] * scale + y0)


@compiled
def veil(
    light: Any,
    index: Any,
    x: Any,
    y: Any,
    first: Any,
    second: Any,
    scale: float,
    shift: Any,
    depth: Any,
    glow: Any,
) -> None:
    """Dim the light by clouds of two moving textures, and add the light that they scatter.

    `depth` is the optical depth of the mean, its change over one unit of texture, and the largest one.
    """
    for k in range(index.size):
        one = texture(first, x[k] * scale + shift[0], y[k] * scale + shift[1])
        two = texture(second, x[k] * scale * 1.7 + shift[2], y[k] * scale * 1.7 + shift[3])
        tau = depth[0] + depth[1] * (0.75 * one + 0.45 * two)
        if tau <= 0.0:
            continue
        passed = math.exp(-min(tau, depth[2]))
        light[index[k]] = light[index[k]] * passed + glow[k] * (1.0 - passed)


@compiled
def add_stamps(light: Any, stamps: Any, begin: Any, size: Any, row: Any, column: Any, peak: Any) -> None:
    """Add patches: squares of `size` pixels in the flat `stamps`, their centres at row, column, bilinear."""
    for p in range(row.size):
        if peak[p] == 0.0:
            continue
        s = size[p]
        top, left = row[p] - 0.5 * (s - 1), column[p] - 0.5 * (s - 1)
        i0, j0 = math.floor(top), math.floor(left)
        u, v = top - i0, left - j0
        weight = (peak[p] * (1 - u) * (1 - v), peak[p] * (1 - u) * v, peak[p] * u * (1 - v), peak[p] * u * v)
        for i in range(s):
            for j in range(s):
                value = stamps[begin[p] + i * s + j]
                if value == 0.0:
                    continue
                for a in range(2):
                    for b in range(2):
                        y, x = i0 + i + a, j0 + j + b
                        if 0 <= y < 256 and 0 <= x < 256:
                            light[y * 256 + x] += value * weight[2 * a + b]


@compiled
def add_points(light: Any, row: Any, column: Any, peak: Any, width: float) -> None:
    """Add points of light, each spread over 7 x 7 pixels."""
    for p in range(row.size):
        y0, x0 = round(row[p]), round(column[p])
        for y in range(y0 - 3, y0 + 4):
            for x in range(x0 - 3, x0 + 4):
                if 0 <= y < 256 and 0 <= x < 256:
                    far = ((y - row[p]) ** 2 + (x - column[p]) ** 2) / (width * width)
                    light[y * 256 + x] += peak[p] * math.exp(-0.5 * far)


@compiled
def add_moon(
    light: Any, index: Any, row: float, column: float, radius: float, halo: float, sky: float
) -> None:
    """Add the disk, its halo that falls with distance, and the sky that it lights."""
    for k in range(index.size):
        y, x = index[k] // 256 - row, index[k] % 256 - column
        far = math.sqrt(y * y + x * x)
        inner = 1.0 + far / (2.5 * radius)
        light[index[k]] += (
            2.0e5 / (1.0 + math.exp(4.0 * (far - radius))) + halo / (inner * inner) + sky / (1.0 + far / 70.0)
        )


@compiled
def count(
    light: Any,
    response: Any,
    fixed: Any,
    dark: float,
    seed: int,
    gain: float,
    read: float,
    normal: Any,
    out: Any,
) -> None:
    """Turn light into counts with shot noise and read noise, four pixels from each random word."""
    word = np.uint64(0)
    for k in range(light.size):
        if k % 4 == 0:
            word = mix(np.uint64(seed) + np.uint64(k + 1) * np.uint64(0x9E3779B97F4A7C15))
        else:
            word >>= np.uint64(16)
        level = fixed[k] + light[k] * response[k]
        spread = math.sqrt(read * read + gain * max(level - dark, 0.0))
        level += spread * normal[word & np.uint64(65535)]
        out[k] = np.uint16(min(max(level + 0.5, 0.0), 65535.0))
