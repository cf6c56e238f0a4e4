"""What tests of several files share: one finished run of the sample, made by one worker for all."""

import fcntl
import os

import pytest

from tests.runs import Run, copy_checkout


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Folder that all workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def checkout(shared):
    """Copy of the checkout, not to be edited."""
    with (shared / "checkout.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = shared / "checkout"
        return folder if folder.is_dir() else copy_checkout(folder)


@pytest.fixture(scope="session")
def sample_run(shared, checkout):
    """The default configuration, run to its end: to be read or copied, never changed."""
    run = Run(shared / "sample_run", checkout)
    with (shared / "sample_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / "sample_run.done"
        if not done.exists():
            run.folder.mkdir()
            run.make()
            done.touch()
    return run
