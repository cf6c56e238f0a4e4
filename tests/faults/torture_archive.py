"""Files of the archives, damaged by chance: CDF with and without a checksum, and images."""

import hashlib
import json
import os
import signal
import struct
from functools import partial

import numpy as np

from magnetoflow.archive.manifests import verify_entry
from magnetoflow.errors import CorruptFile, DataError
from magnetoflow.io import decode, integrity
from magnetoflow.io.asi_cdf import read_hour
from magnetoflow.io.cdf_epochs import first_and_last
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.pgm import decode_minute
from magnetoflow.io.rept import read_rept
from magnetoflow.sample.aurora_cdf import write_hour
from magnetoflow.sample.aurora_minute import gzipped
from magnetoflow.sample.cdf import load_pycdf
from tests.faults.mutations import mutated, refusal
from tests.unit.asi_files import content_of, images_of, times_of
from tests.unit.burst_cdf import dis_file
from tests.unit.rept_cdf import START, STOP, rept_file

GDR, ADR, AGREDR, VVR, ZVDR, AZEDR = 2, 4, 5, 7, 8, 9
OPEN = {
    1: [(20, None)],  # version, byte order, array order, copyright
    GDR: [(80, 84)],  # date of the last leap second
    ADR: [(68, None)],
    AGREDR: [(20, 24), (56, None)],
    AZEDR: [(20, 24), (56, None)],
    ZVDR: [(20, 24), (44, 68), (76, None)],  # type, whether it varies, elements, name, sizes, pad value
    VVR: [(12, None)],
}
"""Parts of the records of a CDF file in which nothing tells a change, by type of record."""


def open_bytes(data):
    """Whether nothing tells a change of a byte, for each byte of a CDF file of version 3 without checksum."""
    found, at = np.zeros(len(data), dtype=bool), 8
    (gdr,) = struct.unpack_from(">q", data, 20)
    (end,) = struct.unpack_from(">q", data, gdr + 36)
    while at < end:
        size, kind = struct.unpack_from(">qi", data, at)
        for begin, stop in OPEN.get(kind, ()):
            found[at + begin : at + (stop or size)] = True
        at += size
    return found


def differ(one, other):
    """Where two files of one length differ."""
    return np.frombuffer(one, np.uint8) != np.frombuffer(other, np.uint8)


def content_of_cdf(path):
    """Hash of each variable and of its attributes, and of the global attributes."""
    file = CdfFile(path)
    found = {"": repr(file.global_attributes()).encode()}
    for name in file.variables:
        values = np.asarray(file.values(name))
        found[name] = f"{values.dtype} {values.shape}".encode() + values.tobytes()
        found[f"{name} attributes"] = repr(file.attributes(name)).encode()
    return {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}


class Decoder:
    """What `integrity.decode_in_child` does, in a fork with the same limits instead of a new process.

    A fork takes milliseconds. It also tells the content, and what a reader made of it.
    """

    def __init__(self, read):
        self.read, self.content = read, None

    def __call__(self, path, seconds=None):
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            os._exit(self.decode(path, into))
        os.close(into)
        with os.fdopen(out, "rb") as stream:
            said = stream.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 1), f"{path} ended the process that decodes it: {status} {said}"
        if status == 1:
            raise CorruptFile(path, said.decode())
        self.content = json.loads(said)

    def decode(self, path, into):
        signal.alarm(10)  # a fork has none of its own
        try:
            decode._limit()
            decode.decode_all(path)
            said, status = json.dumps(content_of_cdf(path)), 0
        except CorruptFile as error:
            said, status = error.reason, 1
        except BaseException as error:  # noqa: BLE001 (a traceback, where the gate would not say a reason)
            said, status = repr(error), 2
        if status == 0:
            integrity.decode_in_child = lambda *_: None  # done
            try:
                self.read(path)
            except DataError:
                pass
            except BaseException as error:  # noqa: BLE001
                said, status = f"{self.read}: {error!r}", 3
        os.write(into, said.encode())
        return status


def cdf(write, folder, *, read, flagged=False, checksum=True):
    """Cases of a CDF file; `flagged` where its product always has a trailer, `checksum` where it has one."""
    good = write(folder)
    if not checksum:
        with load_pycdf().CDF(str(good), readonly=False) as file:
            file.checksum(False)
    data = good.read_bytes()
    entry = {"path": good.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    decoder = Decoder(read)
    decoder(good)
    expected, hidden = decoder.content, None if checksum else open_bytes(data)

    def case(rng):
        integrity.decode_in_child = decoder
        content, done = mutated(data, rng)
        yield {"damage": done, "outcome": "refused"}
        good.write_bytes(content)
        decoder.content = None
        try:
            verify_entry(folder, entry)
        except CorruptFile:
            pass
        else:
            raise AssertionError("not seen by the hash of the manifest")
        try:
            integrity.check_file(good, expect_md5=flagged)
        except CorruptFile as error:
            yield refusal(good, error)
            return
        assert decoder.content is not None, "accepted and not decoded: its checksum is that of other bytes"
        other = sorted(
            name for name in {*expected, *decoder.content} if expected.get(name) != decoder.content.get(name)
        )
        yield {"outcome": "other" if other else "equal", "differ": other}
        if other:
            assert hidden is not None, "other values, and there is a checksum"
            assert len(content) == len(data), "other values in a file of another length"
            assert (differ(content, data) & hidden).any(), (
                "other values, though only structure or packed values changed"
            )

    return case


def _packed(folder):
    return dis_file(folder, np.arange(200) * 0.15, name="packed")


def _hour(folder):
    path = folder / "thg_l1_asf_gill_2014031000_v01.cdf"
    levels = np.random.default_rng(0).integers(3300, 3304, (3, 256, 256), dtype=np.uint16)
    write_hour(path, "gill", times_of(0, 3), levels)
    return path


def _rept(folder):
    return rept_file(folder / "rbspa_rel03_ect-rept-sci-l3_20130317_v5.0.0.cdf", np.arange(20) * 11.0)


def _read_rept(path):
    read_rept([path], probe="a", start=START, stop=STOP)


def _read_times(path):
    first_and_last(path, "Epoch")


def image(suffix, folder):
    """Cases of a minute file of three frames."""
    times = times_of(1, 3)
    plain = content_of(times, images_of(times))
    packed = suffix.endswith(".gz")
    data = gzipped(plain) if packed else plain
    path = folder / f"20140310_0001_gill_themis19_full{suffix}"
    path.write_bytes(data)
    good = decode_minute(path, site="gill")

    def case(rng):
        content, done = mutated(data, rng)
        yield {"damage": done, "outcome": "refused"}
        path.write_bytes(content)
        try:
            found = decode_minute(path, site="gill")
        except CorruptFile as error:
            yield refusal(path, error)
            return
        names = ("time", "images", "dark")
        same = all(np.array_equal(getattr(found, name), getattr(good, name)) for name in names)
        yield {"outcome": "equal" if same else "other"}
        if not same:
            assert not packed, "other values, and there is a checksum"
            assert found.images.shape == good.images.shape, "another number of frames"

    return case


KINDS = {
    "fpi": partial(
        cdf, lambda folder: dis_file(folder, np.arange(200) * 0.15), read=_read_times, flagged=True
    ),
    "rept_md5": partial(cdf, _rept, read=_read_rept),
    "packed": partial(cdf, _packed, read=_read_times, checksum=False),
    "rept": partial(cdf, _rept, read=_read_rept, checksum=False),
    "hour": partial(cdf, _hour, read=lambda path: read_hour(path, "gill"), checksum=False),
    "pgm.gz": partial(image, ".pgm.gz"),
    "pgm": partial(image, ".pgm"),
}
