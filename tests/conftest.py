"""What tests of several files share: one finished run of the sample, made by one worker for all."""

import fcntl
import os
from collections import Counter

import pytest

from tests.drawn import MP_TARGETS, RNN_TARGETS
from tests.runs import Run, copy_checkout, share_compiled
from tests.warm.calls import warm_scripts

os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"  # servers of tests are here


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Folder that all workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def copied(shared, study):
    """Copy of the checkout for one study, with small figures, made once."""
    with (shared / f"{study}_checkout.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = shared / f"{study}_checkout"
        if not folder.is_dir():
            share_compiled(copy_checkout(folder, study=study))
        return folder


def finished(shared, checkout, study, *words):
    """Run of one study on the sample, made once, which asked nothing of the network."""
    run = Run(shared / f"{study}_run", checkout, study)
    with (shared / f"{study}_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / f"{study}_run.done"
        if not done.exists():
            run.folder.mkdir()
            asked = run.folder.with_name(f"{run.folder.name}.network")
            # processes of its own: later calls have another seed of hashes
            with warm_scripts(checkout, NETWORK_LOG=str(asked)) as environment:
                run.make(*words, env=environment)
            assert not asked.exists(), asked.read_text()
            done.touch()
    return run


RUNS = {"sample_run", "aurora_run", "rnn_run", "mp_run", "rept_run"}


def pytest_collection_modifyitems(items):
    """Files that read a sample run first, each of another study than the one before.

    So one worker makes a run while others make others, and small files fill the time at the end.
    """
    runs_of = {}
    for item in items:
        runs_of.setdefault(item.path, set()).update(RUNS & set(item.fixturenames))
    seen, place = Counter(), {}
    for path, runs in runs_of.items():
        # in the same order in all workers, which a set's order is not
        kind = frozenset(runs)
        place[path] = (len(runs) or len(RUNS) + 1, seen[kind])
        seen[kind] += 1
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def checkout(shared):
    """Copy of the checkout that makes mms_gmm, not to be edited."""
    return copied(shared, "mms_gmm")


@pytest.fixture(scope="session")
def sample_run(shared, checkout):
    """Default configuration of mms_gmm, small figures, run to its end: read or copied, never changed."""
    return finished(shared, checkout, "mms_gmm")


@pytest.fixture(scope="session")
def aurora_checkout(shared):
    """Copy of the checkout that makes aurora, not to be edited."""
    return copied(shared, "aurora")


@pytest.fixture(scope="session")
def aurora_run(shared, aurora_checkout):
    """Default configuration of aurora, small figures, run to its end: read or copied, never changed."""
    return finished(shared, aurora_checkout, "aurora")


@pytest.fixture(scope="session")
def rnn_checkout(shared):
    """Copy of the checkout that makes mms_rnn, not to be edited."""
    return copied(shared, "mms_rnn")


@pytest.fixture(scope="session")
def rnn_run(shared, rnn_checkout):
    """Default configuration of mms_rnn, small figures of one event only: read or copied, never changed."""
    return finished(shared, rnn_checkout, "mms_rnn", "--", *RNN_TARGETS)


@pytest.fixture(scope="session")
def mp_checkout(shared):
    """Copy of the checkout that makes mms_mp, not to be edited."""
    return copied(shared, "mms_mp")


@pytest.fixture(scope="session")
def mp_run(shared, mp_checkout):
    """Default configuration of mms_mp, small figures of two events only: read or copied, never changed."""
    return finished(shared, mp_checkout, "mms_mp", "--", *MP_TARGETS)


@pytest.fixture(scope="session")
def rept_checkout(shared):
    """Copy of the checkout that makes rept_pad, not to be edited."""
    return copied(shared, "rept_pad")


@pytest.fixture(scope="session")
def rept_run(shared, rept_checkout):
    """Default configuration of rept_pad, small figures, run to its end: read or copied, never changed."""
    return finished(shared, rept_checkout, "rept_pad")
