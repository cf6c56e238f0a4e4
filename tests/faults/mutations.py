"""Damage by chance, the same for the same number, as a bad disk, line or hand does it, and its refusal."""

import numpy as np


def mutated(data, rng, damage=None):
    """Give other bytes than `data`, and what was done to them."""
    damage = damage or DAMAGE
    while True:
        result, done = damage[rng.integers(len(damage))](data, rng)
        if result != data:
            return result, done


def refusal(path, error):
    """What a typed error says, which must name the file."""
    assert str(path) in str(error), f"does not name {path}: {error}"
    return {"why": getattr(error, "reason", error.what)}


def _part(data, rng):
    """Begin and length of a part, which is short as often as long."""
    at = int(rng.integers(len(data)))
    return at, min(int(2 ** rng.uniform(0, np.log2(len(data)))), len(data) - at)


def _cut(data, rng):
    at = int(rng.integers(len(data)))
    return data[:at], f"cut to {at} bytes"


def _cut_at_the_end(data, rng):
    """Short of a few bytes, which is seen least."""
    at = max(len(data) - 1 - int(2 ** rng.uniform(0, 13)), 0)
    return data[:at], f"cut to {at} bytes"


def _flip(data, rng):
    result, places = bytearray(data), rng.integers(len(data), size=rng.integers(1, 5)).tolist()
    for at in places:
        result[at] ^= int(rng.integers(1, 256))
    return bytes(result), f"bytes {places} changed"


def _flip_in_the_header(data, rng):
    at = int(min(1024, len(data)) ** rng.random()) - 1  # nearer to the begin more often
    return data[:at] + bytes([data[at] ^ int(rng.integers(1, 256))]) + data[at + 1 :], f"byte {at} changed"


def _type(data, rng):
    """Characters that a hand may have typed."""
    result, places = bytearray(data), rng.integers(len(data), size=rng.integers(1, 4)).tolist()
    for at in places:
        result[at] = int(rng.choice(TYPED))
    return bytes(result), f"bytes {places} typed over"


def _zero(data, rng):
    at, length = _part(data, rng)
    return data[:at] + bytes(length) + data[at + length :], f"{length} zeros at {at}"


def _swap(data, rng):
    """Two parts of one length change places, as blocks of a disk do."""
    length = min(_part(data, rng)[1], len(data) // 2)
    one, other = sorted(rng.integers(len(data) - length + 1, size=2).tolist())
    if other - one < length:
        return data, ""
    between, after = data[one + length : other], data[other + length :]
    swapped = data[:one] + data[other : other + length] + between + data[one : one + length] + after
    return swapped, f"{length} bytes at {one} and at {other} swapped"


def _remove(data, rng):
    at, length = _part(data, rng)
    return data[:at] + data[at + length :], f"{length} bytes at {at} removed"


def _repeat(data, rng):
    at, length = _part(data, rng)
    return data[: at + length] + data[at:], f"{length} bytes at {at} twice"


TYPED = list(b"0123456789abcdefxyzABC-_+.,:;#[]{}()'\"!&*?|<>=%@~$ \t\n")
DAMAGE = (_cut, _cut_at_the_end, _flip, _flip, _flip_in_the_header, _zero, _swap, _remove, _repeat)
TEXT_DAMAGE = (*DAMAGE, *[_type] * len(DAMAGE))
