"""The records that a CDF file is made of: they lie end to end, and each is pointed at once, by its owner.

Readers follow pointers and counts as they stand, and fill what they do not find with zeros: damage there
gives other values, loops without end, or a flood of memory. Compressed values alone carry a checksum.

References
----------
CDF Internal Format Description, version 3.9 (NASA Space Physics Data Facility).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Collection, Iterator
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from magnetoflow.errors import CorruptFile

CDR, GDR, RVDR, ADR, AGREDR, VXR, VVR, ZVDR, AZEDR, CCR, CPR, SPR, CVVR = range(1, 14)
UIR = -1
NAMES = {
    CDR: "file descriptor", GDR: "global descriptor", RVDR: "variable", ZVDR: "variable", ADR: "attribute",
    AGREDR: "attribute entry", AZEDR: "attribute entry", VXR: "index of values", VVR: "values",
    CVVR: "compressed values", CPR: "compression", SPR: "sparseness", CCR: "compressed file", UIR: "unused",
}  # fmt: skip
FIELDS = {
    CDR: "P", GDR: "PPPPiiiiiPiii", RVDR: "PiiPPiiiiiiiPi", ZVDR: "PiiPPiiiiiiiPi", ADR: "PPiiiiiPiii",
    AGREDR: "Piiiiiiiii", AZEDR: "Piiiiiiiii", VXR: "Pii", CVVR: "iP", CPR: "iii",
}  # fmt: skip
"""What follows size and type of a record: P is a pointer, i an integer of 4 bytes."""
TYPE_BYTES = {
    1: 1, 11: 1, 41: 1, 51: 1, 52: 1, 2: 2, 12: 2, 4: 4, 14: 4, 21: 4, 44: 4,
    8: 8, 22: 8, 31: 8, 33: 8, 45: 8, 32: 16,
}  # fmt: skip
GZIP = 5
VARIES, COMPRESSED = 0b1, 0b100


def check_structure(path: Path) -> None:
    """Refuse a CDF file, not compressed as a whole, whose records, pointers, counts or sizes disagree.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CorruptFile
        With the place.
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _Structure(data).check()
    except OSError as error:
        raise CorruptFile(path, error.strerror or str(error)) from error
    except (ValueError, LookupError, struct.error, RecursionError) as error:
        raise CorruptFile(path, f"its structure is damaged: {error}") from error


class _Structure:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        three = data[:4] == b"\xcd\xf3\x00\x01"
        self.pointer, self.name_bytes = ("q", 256) if three else ("i", 64)
        self.header = struct.calcsize(f">{self.pointer}i")
        self.records: dict[int, tuple[int, int]] = {}
        self.claimed: set[int] = set()
        self.variables: set[bytes] = set()
        self.attributes: set[bytes] = set()

    def check(self) -> None:
        """Walk through all records, then along all pointers."""
        self.records[8] = self._record(8)
        (gdr,) = self._fields(8)
        self.records[gdr] = self._record(gdr)
        rhead, zhead, ahead, end, n_r, n_attributes, _, n_dims, n_z = self._fields(gdr)[:9]
        self._tile(end)
        self._claim(8, [CDR])
        self._claim(gdr, [GDR])
        sizes = self._integers(gdr + self.header + self._width(FIELDS[GDR]), n_dims)
        self._chain(rhead, n_r, RVDR, lambda at, number: self._variable(at, number, sizes))
        self._chain(zhead, n_z, ZVDR, lambda at, number: self._variable(at, number, None))
        self._chain(ahead, n_attributes, ADR, lambda at, number: self._attribute(at, number, n_r, n_z))
        for at, (kind, _) in self.records.items():
            if kind not in (UIR, CPR, SPR) and at not in self.claimed:
                raise ValueError(f"nothing points to the {NAMES[kind]} at byte {at}")

    def _tile(self, end: int) -> None:
        """Follow the sizes of the records from the first to the end."""
        self.records.clear()
        at = 8
        while at < end:
            self.records[at] = kind, size = self._record(at)
            at += size
        if at != end:
            raise ValueError(f"the last {NAMES[kind]} ends at byte {at}, the file at {end}")

    def _record(self, at: int) -> tuple[int, int]:
        if at < 8:
            raise ValueError(f"no record can begin at byte {at}")
        size, kind = struct.unpack_from(f">{self.pointer}i", self.data, at)
        if kind not in NAMES or size < self.header or at + size > len(self.data):
            raise ValueError(f"no record begins at byte {at}")
        return kind, size

    def _width(self, codes: str) -> int:
        return struct.calcsize(">" + codes.replace("P", self.pointer))

    def _fields(self, at: int) -> tuple[Any, ...]:
        kind, size = self.records[at]
        codes = FIELDS[kind]
        if size < self.header + self._width(codes):
            raise ValueError(f"the {NAMES[kind]} at byte {at} is too short")
        return struct.unpack_from(">" + codes.replace("P", self.pointer), self.data, at + self.header)

    def _integers(self, at: int, n: int, code: str = "i") -> tuple[int, ...]:
        if not 0 <= n <= len(self.data):
            raise ValueError(f"{n} numbers at byte {at}")
        return struct.unpack_from(f">{n}{code}", self.data, at)

    def _claim(self, at: int, kinds: Collection[int]) -> int:
        """Take a record as the one that is pointed at; each once."""
        kind = self.records[at][0] if at in self.records else None
        if kind is None or kind not in kinds:
            raise ValueError(f"a pointer to byte {at}, where no {NAMES[next(iter(kinds))]} begins")
        if at in self.claimed and kind not in (CPR, SPR):
            raise ValueError(f"two pointers to the {NAMES[kind]} at byte {at}")
        self.claimed.add(at)
        return kind

    def _chain(self, at: int, count: int, kind: int, look: Callable[[int, int], None]) -> None:
        """Follow records that name the next one; their number must be that which is stated."""
        number = 0
        while at > 0 and number <= count:
            self._claim(at, [kind])
            look(at, number)
            at, number = self._fields(at)[0], number + 1
        if at > 0 or number != count:
            raise ValueError(f"{count} of a kind stated, not as many found: {NAMES[kind]}")

    def _name(self, at: int, names: set[bytes]) -> int:
        """Check a name, printable and then filled with zeros, and like no other; return where it ends."""
        name = self.data[at : at + self.name_bytes].rstrip(b"\0")
        if not name or not name.isascii() or not name.decode("ascii").isprintable():
            raise ValueError(f"no name at byte {at}")
        if name in names:
            raise ValueError(f"a second {name.decode('ascii')} at byte {at}")
        names.add(name)
        return at + self.name_bytes

    def _variable(self, at: int, number: int, r_sizes: tuple[int, ...] | None) -> None:
        _, kind, last_record, index, _, flags, sparse, _, _, _, elements, own, packing, _ = self._fields(at)
        after = self._name(at + self.header + self._width(FIELDS[ZVDR]), self.variables)
        sizes = r_sizes
        if sizes is None:
            (n_dims,) = self._integers(after, 1)
            sizes, after = self._integers(after + 4, n_dims), after + 4 + 4 * n_dims
        varying = self._integers(after, len(sizes))
        n_values = prod(size for size, vary in zip(sizes, varying, strict=True) if vary)
        if own != number or kind not in TYPE_BYTES or elements < 1 or n_values < 0:
            raise ValueError(f"the variable at byte {at} has a number, type or size that cannot be")
        if not flags & VARIES and last_record > 0:
            raise ValueError(f"the variable at byte {at} has many records, and says that it has one")
        packed = self._claim(packing, [CPR]) if flags & COMPRESSED else None
        gzip = packed is not None and self._fields(packing)[0] == GZIP
        following, blocks = 0, list(self._blocks(index))
        for first, last, block in blocks:
            if last < first or (first < following if sparse else first != following):
                raise ValueError(f"records {first} to {last} of the variable at byte {at} are out of order")
            following = last + 1
            self._block(block, (last - first + 1) * n_values * elements * TYPE_BYTES[kind], packed, gzip)
        if following <= last_record or (gzip and blocks and following != last_record + 1):
            raise ValueError(f"the variable at byte {at} has {following} records, and says {last_record + 1}")

    def _blocks(self, at: int) -> Iterator[tuple[int, int, int]]:
        """First and last record and place of each block of values, in order."""
        while at > 0:
            self._claim(at, [VXR])
            following, room, used = self._fields(at)
            begin = at + self.header + self._width(FIELDS[VXR])
            if not 0 <= used <= room or self.records[at][1] < begin - at + room * (8 + self._width("P")):
                raise ValueError(f"the index of values at byte {at} has {used} of {room} entries")
            firsts, lasts = (self._integers(begin + 4 * room * k, used) for k in (0, 1))
            places = self._integers(begin + 8 * room, used, self.pointer)
            for first, last, place in zip(firsts, lasts, places, strict=True):
                if place in self.records and self.records[place][0] == VXR:
                    yield from self._blocks(place)
                else:
                    yield first, last, place
            at = following

    def _block(self, at: int, n_bytes: int, packed: int | None, gzip: bool) -> None:
        """Compare the size of a block of values with what its records take."""
        kind = self._claim(at, [VVR] if packed is None else [CVVR, VVR])
        size = self.records[at][1]
        if kind == VVR:
            found, least = size - self.header, n_bytes
        else:
            _, length = self._fields(at)
            begin = at + self.header + self._width(FIELDS[CVVR])
            if not 0 < length <= size - (begin - at):
                raise ValueError(f"the compressed values at byte {at} are {length} bytes long")
            if not gzip:
                return
            # a gzip stream ends with the size of its content
            found = int.from_bytes(self.data[begin + length - 4 : begin + length], "little")
            least = n_bytes % (1 << 32)
        if found != least:
            raise ValueError(f"the {NAMES[kind]} at byte {at} are {found} bytes, their records {least}")

    def _attribute(self, at: int, number: int, n_r: int, n_z: int) -> None:
        _, ghead, scope, own, n_g, _, _, zhead, n_zs = self._fields(at)[:9]
        self._name(at + self.header + self._width(FIELDS[ADR]), self.attributes)
        of_variables = scope == 2
        if own != number or scope not in (1, 2) or (not of_variables and n_zs):
            raise ValueError(f"the attribute at byte {at} has a number or scope that cannot be")
        for head, count, kind, most in ((ghead, n_g, AGREDR, n_r), (zhead, n_zs, AZEDR, n_z)):
            seen: set[int] = set()
            self._chain(head, count, kind, partial(self._entry, number, seen))
            if of_variables and seen and not 0 <= min(seen) <= max(seen) < most:
                raise ValueError(f"the attribute at byte {at} has an entry for no variable")

    def _entry(self, number: int, seen: set[int], at: int, _: int) -> None:
        _, of, kind, entry, elements = self._fields(at)[:5]
        room = self.records[at][1] - self.header - self._width(FIELDS[AZEDR])
        if of != number or entry in seen or elements < 1 or TYPE_BYTES.get(kind, 0) * elements != room:
            raise ValueError(f"the attribute entry at byte {at} has a number or size that cannot be")
        seen.add(entry)
