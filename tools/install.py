"""Install as ``pip install -c constraints.txt WORDS`` does, by uv, which takes an eighth of the time.

uv does not read pip's settings, so it is given them. With a setting that it has no word for, and when it
fails, pip installs. ``make`` calls this with the interpreter of the virtual environment.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
UV = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
PINS = ["--constraint", "constraints.txt"]
WORDS = {
    "constraint": "--constraint",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "index-url": "--default-index",
    "trusted-host": "--allow-insecure-host",
}
SWITCHES = {"no-cache-dir": "--no-cache", "no-index": "--no-index"}
VARIABLES = {
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
}
OF_PIP_ALONE = {
    "break-system-packages", "cache-dir", "compile", "config-file", "disable-pip-version-check", "no-color",
    "no-compile", "no-input", "progress-bar", "quiet", "require-virtualenv", "retries", "root-user-action",
    "verbose",
}  # fmt: skip
"""Settings that do not change what is installed into a virtual environment, or from where."""


class NotForUvError(Exception):
    """A setting of pip that uv has no word for."""


def settings_of_pip() -> str:
    """Return what ``pip config list`` prints: settings of files and of the environment."""
    return subprocess.run([*PIP, "config", "list"], capture_output=True, text=True).stdout  # noqa: S603


def in_effect(listed: str) -> dict[str, str]:
    """Take what counts for ``pip install`` from what ``pip config list`` prints."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, name = name.rpartition(".")
        if section in found:
            found[section][name] = ast.literal_eval(value)
    return {**found["global"], **found["install"], **found[":env:"]}


def translated(settings: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return words and environment variables that tell uv the same.

    Like pip, uv then takes the best version of all indexes and folders, such as a ``+cpu`` build of a folder.

    Raises
    ------
    NotForUvError
        If there is a setting that may matter and that uv is not told.
    """
    words, variables = ["--index-strategy=unsafe-best-match"], {}
    for name, value in sorted(settings.items()):
        if name in WORDS:
            words += [f"{WORDS[name]}={one}" for one in value.split()]
        elif name in SWITCHES:
            words += [SWITCHES[name]] * (value.lower() in {"1", "true", "yes", "on"})
        elif name in VARIABLES:
            variables[VARIABLES[name]] = value
        elif name not in OF_PIP_ALONE:
            raise NotForUvError(name)
    return words, variables


def run(*words: str, **variables: str) -> bool:
    """Run a command to its end; say whether it succeeded."""
    return subprocess.run(words, env={**os.environ, **variables}).returncode == 0  # noqa: S603


def by_uv(words: list[str]) -> bool:
    """Install with uv; say on standard error why that cannot be."""
    try:
        more, variables = translated(in_effect(settings_of_pip()))
    except NotForUvError as setting:
        return _no(f"pip has the setting {setting}, which uv does not know")
    if not run(*PIP, "install", "--quiet", "--only-binary=uv", *PINS, "uv"):
        return _no("uv cannot be installed here")
    return run(*UV, *PINS, *more, *words, **variables) or _no("uv has failed")


def _no(why: str) -> bool:
    sys.stderr.write(f"{why}: installing with pip, which takes longer\n")
    return False


if __name__ == "__main__":
    wanted = sys.argv[1:]
    sys.exit(not (by_uv(wanted) or run(*PIP, "install", "--quiet", "--no-compile", *PINS, *wanted)))
