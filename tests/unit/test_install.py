"""Installation: uv is told what pip would read from its own configuration."""

import pytest

from tools.install import NotForUvError, in_effect, settings_of_pip, translated

LISTED = """\
:env:.cert='/etc/ssl/ca.crt'
:env:.default-timeout='180'
:env:.find-links='/opt/wheels'
download.no-binary=':all:'
global.constraint='/etc/pip/constraints.txt'
global.extra-index-url='file:///opt/simple\\nhttps://mirror.example/simple'
global.find-links='/elsewhere'
global.index-url='https://pypi.example/simple'
install.index-url='https://other.example/simple'
install.no-cache-dir='false'
"""


def test_the_environment_outranks_the_command_and_that_outranks_all_commands():
    settings = in_effect(LISTED)
    assert settings["find-links"] == "/opt/wheels"
    assert settings["index-url"] == "https://other.example/simple"
    assert "no-binary" not in settings, "of another command"


def test_each_setting_has_its_word_and_lists_are_taken_apart():
    words, variables = translated(in_effect(LISTED))
    assert words == [
        "--index-strategy=unsafe-best-match",
        "--constraint=/etc/pip/constraints.txt",
        "--index=file:///opt/simple",
        "--index=https://mirror.example/simple",
        "--find-links=/opt/wheels",
        "--default-index=https://other.example/simple",
    ]
    assert variables == {"SSL_CERT_FILE": "/etc/ssl/ca.crt", "UV_HTTP_TIMEOUT": "180"}


def test_switches_count_when_they_are_on():
    words, _ = translated({"no-index": "1", "no-cache-dir": "true"})
    assert words[1:] == ["--no-cache", "--no-index"]


@pytest.mark.parametrize("name", ["no-binary", "target", "pre"])
def test_a_setting_that_uv_is_not_told_leaves_the_installation_to_pip(name):
    with pytest.raises(NotForUvError, match=name):
        translated({"find-links": "/opt/wheels", name: "x"})


def test_settings_are_asked_of_pip_itself(monkeypatch, tmp_path):
    (tmp_path / "pip.conf").write_text(
        "[install]\nextra-index-url =\n    file:///a/simple\n    file:///b/simple\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.setenv("PIP_FIND_LINKS", "/opt/wheels")
    settings = in_effect(settings_of_pip())
    assert settings["find-links"] == "/opt/wheels"
    assert settings["extra-index-url"].split() == ["file:///a/simple", "file:///b/simple"]
