"""The SLURM profile against rules and the other profile, and what the test cluster refuses; without SLURM."""

import fcntl
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.slurm import cluster
from tests.slurm.cluster import ClusterError, Ports, clear_leftover, config_text, refuse, throw_away_cluster

ROOT = Path(__file__).resolve().parents[2]
PROFILES = {
    path.parent.name: yaml.safe_load(path.read_text()) for path in (ROOT / "profiles").glob("*/config.yaml")
}
SLURM = PROFILES["slurm"]
BODIES = {
    name: body
    for path in sorted((ROOT / "rules").glob("*.smk"))
    for name, body in re.findall(r"^rule (\w+):\n((?:^(?: .*)?\n)+)", path.read_text(), re.MULTILINE)
}
"""Text of every rule."""
WORKING = {name: body for name, body in BODIES.items() if "script:" in body}
LOCAL = {
    name
    for path in (ROOT / "rules").glob("*.smk")
    for block in re.findall(r"^localrules:\n((?:    \w+,\n)+)", path.read_text(), re.MULTILINE)
    for name in re.findall(r"\w+", block)
}


def test_profiles_agree():
    assert set(PROFILES) == {"default", "slurm"}
    assert PROFILES["default"].items() <= SLURM.items()


def test_retries_are_in_the_slurm_profile_only():
    assert SLURM["retries"] == 1
    assert "retries" not in PROFILES["default"]
    # in a rule it would be tried again within its first job too
    assert not [name for name, body in BODIES.items() if "retries:" in body]


def test_every_rule_says_how_much_memory_and_time_it_needs():
    assert len(WORKING) > 40
    for name, body in WORKING.items():
        assert re.search(r"^        mem_mb=memory\(\d+\),$", body, re.MULTILINE), name
        assert re.search(r"^        runtime=\d+,$", body, re.MULTILINE), name


def test_groups_name_rules_that_run_on_the_cluster():
    assert WORKING.keys() >= LOCAL
    assert SLURM["groups"].keys() <= WORKING.keys() - LOCAL
    used = Counter(SLURM["groups"].values())
    assert SLURM["group-components"].keys() <= used.keys()
    # without components, a group is of connected jobs: a single rule would be none
    assert [name for name, rules in used.items() if rules == 1] == list(SLURM["group-components"])


def test_no_group_waits_for_itself():
    """A model may be fitted on all events: what comes before it and after it are not in one group."""
    groups = SLURM["groups"]
    assert groups["mms_gmm_event_features"] != groups["mms_gmm_event_regions"]
    assert "rept_pad_records" not in groups
    assert not [name for name in groups if name.endswith("_model")]


CONF = config_text(Path("/tmp/some"), "host", Ports(1001, 1002, (1003, 1004)), 7000)


def test_configuration_of_the_cluster():
    assert CONF.startswith(f"{cluster.MARK}/tmp/some\n")
    said = dict(line.split("=", 1) for line in CONF.splitlines()[1:])
    assert said["SlurmctldHost"] == "host(127.0.0.1)"
    assert said["AccountingStorageType"] == "accounting_storage/none"
    assert int(said["MinJobAge"]) >= 3 * SLURM["slurm-init-seconds-before-status-checks"]
    assert "NodeName=n1 NodeHostname=host NodeAddr=127.0.0.1 Port=1003 CPUs=4 RealMemory=7000" in CONF
    assert "Port=1004" in CONF
    written = [value for name, value in said.items() if name.endswith(("File", "Dir", "Location"))]
    assert len(written) == 6
    assert all(value.startswith("/tmp/some/") for value in written)


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """Configuration in a folder of the test, on a host where SLURM is installed and nothing of it runs."""
    monkeypatch.setattr(cluster, "missing_programs", list)
    monkeypatch.setattr(cluster, "running", lambda name: [])
    monkeypatch.setattr(cluster.os, "geteuid", lambda: 0)
    return tmp_path / "etc" / "slurm.conf"


def started(conf):
    with throw_away_cluster(conf):
        raise AssertionError("a cluster was started")


def test_where_slurm_is_not_installed_the_line_to_install_it(conf, monkeypatch):
    monkeypatch.setattr(cluster, "missing_programs", lambda: ["slurmctld", "munged"])
    with pytest.raises(
        ClusterError, match=r"slurmctld, munged.*apt-get install --no-install-recommends slurmctld"
    ):
        started(conf)
    assert not conf.parent.exists()


def test_a_foreign_configuration_is_left_alone(conf):
    conf.parent.mkdir()
    conf.write_text("ClusterName=theirs\n")
    with pytest.raises(ClusterError, match="belongs to a cluster that this test did not make"):
        started(conf)
    assert conf.read_text() == "ClusterName=theirs\n"


def test_a_running_cluster_is_left_alone(conf, monkeypatch):
    monkeypatch.setattr(cluster, "running", lambda name: [4711] if name == "slurmctld" else [])
    with pytest.raises(ClusterError, match=r"another cluster runs on this host: slurmctld \[4711\]"):
        started(conf)
    assert not conf.parent.exists()


def test_without_root_nothing_is_started(conf, monkeypatch):
    monkeypatch.setattr(cluster.os, "geteuid", lambda: 1000)
    with pytest.raises(ClusterError, match="needs root"):
        started(conf)


def test_what_a_killed_test_left_is_removed(conf, tmp_path):
    left = tmp_path / "left"
    left.mkdir()
    (left / "slurmctld.pid").write_text("1\n")  # of another program now
    conf.parent.mkdir()
    conf.write_text(f"{cluster.MARK}{left}\n")
    refuse(conf)
    assert not conf.exists()
    assert not left.exists()


def test_a_cluster_of_a_test_that_still_runs_is_left_alone(conf, tmp_path):
    conf.parent.mkdir()
    conf.write_text(f"{cluster.MARK}{tmp_path}\n")
    with conf.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ClusterError, match="another run of this test"):
            clear_leftover(conf)
    assert conf.exists()


def test_a_cluster_that_does_not_start_leaves_nothing(conf, monkeypatch, tmp_path):
    def start(folder):
        assert conf.read_text().startswith(f"{cluster.MARK}{folder}\n")
        (folder / "munge.key").touch()
        folders.append(folder)
        raise KeyboardInterrupt

    folders = []
    monkeypatch.setattr(cluster, "start", start)
    with pytest.raises(KeyboardInterrupt):
        started(conf)
    assert not conf.parent.exists()
    assert not folders[0].exists()
