"""A small archive on a server, the configuration of one event, and calls of `magnetoflow archive` on them."""

from functools import lru_cache
from pathlib import Path
from unittest import mock

import yaml

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.archive.remote.days import Day, remote_manifest
from magnetoflow.cli import main
from magnetoflow.cli.overlay import check
from magnetoflow.config import load
from magnetoflow.io.atomic import write_json
from magnetoflow.workflow.needs import manifests_of
from tests.unit.test_manifests import FAST, archive_file, at

FIELD = "mms_fgm_srvy"
EVENT = {"id": "e1", "probe": 1, "start": "2017-11-03T04:30", "stop": "2017-11-03T05:30", "rate": "fast"}
NEXT = {**EVENT, "id": "e2", "start": "2017-11-04T04:30", "stop": "2017-11-04T05:30"}
LATER = {**EVENT, "id": "e3", "start": "2017-11-03T08:30", "stop": "2017-11-03T09:30"}


read_yaml = load.read_yaml
read_once = lru_cache(read_yaml)


def read(path):
    """Read the shipped files once: that is most of what a call takes."""
    return read_once(path) if Path(path) in load.SHIPPED else read_yaml(path)


class Place:
    """Folder that a server serves, and a working folder with a configuration of mms_gmm."""

    def __init__(self, folder, server):
        self.folder, self.server = folder / "served", server
        self.data = folder / "data"
        self.root = self.data / "archive"
        self.configfile = folder / "config.yaml"
        self.configure(EVENT)

    def configure(self, *events, archive="remote", **remote):
        section = {"events": [dict(event) for event in events]}
        values = {"archive": archive, "data": str(self.data), "studies": ["mms_gmm"], "mms_gmm": section}
        values["remote"] = self.server.section(**remote)
        self.configfile.write_text(yaml.safe_dump(values))

    def call(self, action, *words):
        with mock.patch.object(load, "read_yaml", read):
            return main(["archive", action, *words, "--configfile", str(self.configfile)])

    def needs(self):
        with mock.patch.object(load, "read_yaml", read):
            return manifests_of(check({}, [self.configfile]))

    def make(self):
        """Make the manifests of all events as the workflow does, and give their paths by product."""
        paths = sorted({Path(path) for some in self.needs().values() for path in some})
        for path in paths:
            if not path.is_file():
                write_json(path, remote_manifest(self.server.settings(), self.root, Day.of_manifest(path)))
                path.with_suffix(".made").write_text("")
        return {product: [path for path in paths if product in path.parts] for product in (FAST, FIELD)}

    def serve(self, day=3):
        """Serve the files of a day that an event needs."""
        return archive_file(self.folder, at(4, day=day)), archive_file(
            self.folder, at(0, day=day), product=FIELD
        )

    def cached(self, path):
        """Path in the cache of a file that is served."""
        return self.root / path.relative_to(self.folder)


def files(manifest):
    """Names, versions and sha256 that a manifest names."""
    return [(one["path"].rsplit("/", 1)[1], one["sha256"]) for one in read_manifest(manifest)["files"]]


def flip(path, at=-40):
    content = bytearray(path.read_bytes())
    content[at] ^= 255
    path.write_bytes(content)


def state(folder):
    """Content of all files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
