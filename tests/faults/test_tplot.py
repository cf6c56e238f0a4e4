"""L3, L4, F15, F32: tplot files without a home folder, a network, pyspedas or space, and bad variables."""

import resource
import signal
from importlib.util import find_spec

import matplotlib as mpl
import numpy as np
import pytest

from magnetoflow.errors import ArchiveError, ConfigError, VariableError
from magnetoflow.io import tplot
from magnetoflow.io.tplot import write_tplot, write_tplots

TIME = np.datetime64("2017-07-11T22:33:30", "ns") + np.arange(9) * np.timedelta64(30, "ms")
ONE = {"n": (np.arange(9.0), "cm^-3", ()), "b_gse": (np.ones((9, 3)), "nT", ("x", "y", "z"))}
GUARD = """
import os, sys
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
FILES = ("open", "os.mkdir", "os.listdir", "os.scandir")
def guard(event, arguments):
    if event in NETWORK or event in FILES and "FORBIDDEN" in str(arguments[0]):
        os.abort()
sys.addaudithook(guard)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Put a module where this process and its children find it first."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return lambda name, code: (folder / f"{name}.py").write_text(code)


@pytest.mark.skipif(find_spec("pyspedas") is None, reason="pyspedas is not installed")
def test_neither_home_nor_network_nor_locale_nor_hash_seed_matter(tmp_path, module, monkeypatch):
    monkeypatch.setenv("MPLCONFIGDIR", mpl.get_cachedir())
    write_tplots(TIME, {tmp_path / "a.tplot": ONE, tmp_path / "b.tplot": ONE})
    home = tmp_path / "FORBIDDEN"
    (home / ".config" / "pyspedas").mkdir(parents=True)
    (home / "mms_auth_info.pkl").write_bytes(b"cos\nabort\n(tR.")
    (home / ".config" / "pyspedas" / "preferences.toml").write_text("not = [valid")
    monkeypatch.setenv("HOME", str(home))
    for name, value in {"PYTHONHASHSEED": "7", "TZ": "America/New_York", "LC_ALL": "tr_TR.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    module("sitecustomize", GUARD)
    write_tplot(tmp_path / "c.tplot", TIME, ONE)
    assert len({(tmp_path / f"{name}.tplot").read_bytes() for name in "abc"}) == 1


def test_missing_pyspedas_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tplot, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r'pip install -c constraints.txt -e "\.\[tplot\]"'):
        write_tplot(tmp_path / "a.tplot", TIME, ONE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("code", "error", "match"),
    [
        ("import no_such_module_of_pyspedas", ConfigError, "no_such_module_of_pyspedas"),
        ("import os; os.kill(os.getpid(), 11)", ArchiveError, "ended by SIGSEGV"),
        ("raise OSError(28, 'No space left on device')", ArchiveError, "No space left on device"),
        ("import time; time.sleep(60)", ArchiveError, "no end within 1 s"),
    ],
)
def test_broken_pyspedas_leaves_the_older_file(tmp_path, module, monkeypatch, code, error, match):
    target = tmp_path / "a.tplot"
    target.write_bytes(b"older")
    module("pyspedas", code)
    if "sleep" in code:
        monkeypatch.setattr(tplot, "SECONDS", 1)
    with pytest.raises(error, match=match):
        write_tplot(target, TIME, ONE)
    assert target.read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"a.tplot", "modules"}


FAKE = """
from types import SimpleNamespace
def store_data(*_, **__): quants["n"] = SimpleNamespace(attrs={"plot_options": {}})
def options(*_): pass
def tplot_save(names, filename): open(filename, "w").write(str(names))
quants = {}
tplot_tools = SimpleNamespace(data_quants=quants)
"""


def test_folder_that_cannot_be_made_gives_one_error(tmp_path, module):
    module("pyspedas", FAKE)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ArchiveError, match="cannot be written"):
        write_tplot(tmp_path / "file" / "a.tplot", TIME, {"n": ONE["n"]})


def test_full_disk_gives_one_error_and_no_file(tmp_path, module):
    module("pyspedas", FAKE)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(ArchiveError, match="cannot be written"):
            write_tplot(tmp_path / "a.tplot", TIME, {"n": ONE["n"]})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert {path.name for path in tmp_path.iterdir()} == {"modules"}


@pytest.mark.parametrize(
    "values",
    [np.array(["a"] * 9), np.array([None] * 9), np.arange(8.0), np.array(1.0), np.empty((9, 0)), TIME],
    ids=["text", "objects", "too short", "no times", "no components", "times"],
)
def test_what_is_no_series_of_numbers_is_refused(tmp_path, module, values):
    module("pyspedas", FAKE)
    with pytest.raises(VariableError, match=r"a\.tplot, x"):
        write_tplot(tmp_path / "a.tplot", TIME, {"x": (values, "1", ())})


def test_event_without_times_gives_a_file_without_variables(tmp_path, module):
    module("pyspedas", FAKE)
    write_tplot(tmp_path / "a.tplot", TIME[:0], {"n": (np.empty((0, 3)), "1", ())})
    write_tplot(tmp_path / "b.tplot", TIME, {"n": ONE["n"]})
    assert [(tmp_path / f"{name}.tplot").read_text() for name in "ab"] == ["[]", "['n']"]
