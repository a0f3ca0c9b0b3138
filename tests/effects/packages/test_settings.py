"""What is read out of pip's and uv's configuration; pip itself says what it would have read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flaskgen.effects.packages.settings import (
    pip_configuration_files,
    read_package_sources,
    read_pip_options,
    uv_configuration_files,
)
from flaskgen.errors import BrokenSettings
from flaskgen.planning.packages.sources import PackageSources


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def environ(home: Path, tmp_path: Path) -> dict[str, str]:
    """A world of its own: PIP_CONFIG_FILE and /etc are left out by each test that needs it."""
    return {"HOME": str(home), "XDG_CONFIG_DIRS": str(tmp_path / "system"), "PATH": os.environ["PATH"]}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def asked_of_pip(environ: dict[str, str], *options: str) -> list[str]:
    """Ask pip itself for the defaults of options, which its help takes from the configuration."""
    pytest.importorskip("pip", reason="an environment of uv has no pip")
    asked = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "install", "--help"],
        env=environ | {"COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [re.findall(rf"--{option} .*\(default ([^ )]+)", asked.stdout)[0] for option in options]


def test_variables_of_pip(home: Path) -> None:
    environ = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "https://a/simple",
        "PIP_EXTRA_INDEX_URL": "https://b/simple\nhttps://c/simple",
        "PIP_FIND_LINKS": "/wheels ~/wheels",
        "PIP_NO_INDEX": "false",
        "PIP_CERT": "/ca.pem",
        "PIP_CLIENT_CERT": "/me.pem",
        "PIP_TRUSTED_HOST": "d e:8080",
        "PIP_PROXY": "proxy:3128",
        "PIP_DEFAULT_TIMEOUT": "2.5",
        "PIP_KEYRING_PROVIDER": "subprocess",
        "PIP_TARGET": "/elsewhere",
    }
    assert read_package_sources(environ, home=home) == PackageSources(
        index_url="https://a/simple",
        extra_index_urls=("https://b/simple", "https://c/simple"),
        find_links=("/wheels", os.path.expanduser("~/wheels")),
        certificate="/ca.pem",
        client_certificate="/me.pem",
        trusted_hosts=("d", "e:8080"),
        proxies={"HTTP_PROXY": "http://proxy:3128", "HTTPS_PROXY": "http://proxy:3128"},
        timeout=2,
        keyring=True,
    )


def test_files_are_read_in_the_order_of_pip(environ: dict[str, str], home: Path, tmp_path: Path) -> None:
    write(
        tmp_path / "system" / "pip" / "pip.conf",
        "[global]\nindex-url = https://system\ntimeout = 1\ncert = /system.pem\n",
    )
    write(home / ".pip" / "pip.conf", "[global]\nindex_url = https://legacy\ntimeout = 2\n")
    write(
        home / ".config" / "pip" / "pip.conf",
        "[global]\nextra-index-url =\n    https://x\n    https://y\n"
        "[install]\ntimeout = 3\n[list]\ntimeout = 9\n",
    )
    options = read_pip_options(environ, home=home)
    assert options["index-url"] == "https://legacy"
    assert options["extra-index-url"].split() == ["https://x", "https://y"]
    assert options["timeout"] == "3"
    assert asked_of_pip(environ, "index-url", "timeout") == ["https://legacy", "3.0"]


def test_chosen_file_of_pip_stands_in_for_the_users(
    environ: dict[str, str], home: Path, tmp_path: Path
) -> None:
    write(home / ".config" / "pip" / "pip.conf", "[global]\nindex-url = https://user\ntimeout = 7\n")
    chosen = write(tmp_path / "chosen.conf", "[global]\nindex-url = https://chosen\n")
    environ["PIP_CONFIG_FILE"] = str(chosen)
    options = read_pip_options(environ, home=home)
    assert (options["index-url"], options.get("timeout")) == ("https://chosen", None)
    of_pip = asked_of_pip(environ, "index-url", "timeout")
    assert (of_pip[0], of_pip[1] == "7.0") == ("https://chosen", False)

    environ["PIP_CONFIG_FILE"] = str(tmp_path / "missing.conf")
    assert read_pip_options(environ, home=home)["index-url"] == "https://user"
    assert asked_of_pip(environ, "index-url") == ["https://user"]

    environ["PIP_CONFIG_FILE"] = os.devnull
    assert "index-url" not in read_pip_options(environ, home=home)


def test_empty_value_does_not_undo_an_earlier_one(environ: dict[str, str], home: Path) -> None:
    write(home / ".config" / "pip" / "pip.conf", "[global]\nindex-url = https://user\n")
    environ["PIP_INDEX_URL"] = ""
    assert read_package_sources(environ, home=home).index_url == "https://user"


def test_variable_replaces_the_list_of_a_file(environ: dict[str, str], home: Path) -> None:
    write(home / ".config" / "pip" / "pip.conf", "[global]\nfind-links = /a /b\n")
    environ["PIP_FIND_LINKS"] = "/c"
    assert read_package_sources(environ, home=home).find_links == ("/c",)


def test_places_of_each_platform(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def places(platform: str, **environ: str) -> list[Path]:
        with monkeypatch.context() as there:
            there.setattr(sys, "platform", platform)
            return pip_configuration_files(environ, home=home)

    windows = places("win32", PROGRAMDATA="/data", APPDATA="/roaming")
    assert windows[:3] == [Path("/data/pip/pip.ini"), home / "pip/pip.ini", Path("/roaming/pip/pip.ini")]
    macos = places("darwin")
    assert macos[0] == Path("/Library/Application Support/pip/pip.conf")
    assert home / ".config/pip/pip.conf" in macos
    (home / "Library/Application Support/pip").mkdir(parents=True)
    assert home / "Library/Application Support/pip/pip.conf" in places("darwin")
    linux = places("linux", XDG_CONFIG_HOME="/mine")
    assert linux[:2] == [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf")]
    assert Path("/mine/pip/pip.conf") in linux
    assert linux[-1] == Path(sys.prefix, "pip.conf")


def test_no_home_is_no_error() -> None:
    assert read_package_sources({"PIP_CONFIG_FILE": os.devnull}, home=None) == PackageSources()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[global]\nindex-url = https://a\nnonsense\n", 3),
        ("index-url = https://a\n", 1),
        ("[global]\ntimeout = 1\ntimeout = 2\n", 3),
        ("[global]\n[global]\n", 2),
    ],
)
def test_malformed_file_of_pip_is_named_with_its_line(
    environ: dict[str, str], home: Path, text: str, line: int
) -> None:
    path = write(home / ".config" / "pip" / "pip.conf", text)
    with pytest.raises(BrokenSettings, match=rf"(\[line |line: ){line}\b") as caught:
        read_package_sources(environ, home=home)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


def test_file_of_pip_that_is_not_text_is_named(environ: dict[str, str], home: Path) -> None:
    path = home / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"[global]\ntimeout = 3\nindex-url = \xff\xfe\n")
    with pytest.raises(BrokenSettings, match=rf"{path} cannot be read: 'utf-8' codec"):
        read_package_sources(environ, home=home)


def test_certificates_in_the_order_of_pip() -> None:
    environ = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_CERT": "1",
        "REQUESTS_CA_BUNDLE": "2",
        "CURL_CA_BUNDLE": "3",
        "SSL_CERT_FILE": "4",
    }
    for name, expected in (
        ("PIP_CERT", "1"),
        ("REQUESTS_CA_BUNDLE", "2"),
        ("CURL_CA_BUNDLE", "3"),
        ("SSL_CERT_FILE", "4"),
    ):
        assert read_package_sources(environ, home=None).certificate == expected
        del environ[name]
    assert read_package_sources(environ, home=None).certificate is None


def test_proxies_in_either_case_and_the_lower_one_wins() -> None:
    environ = {
        "PIP_CONFIG_FILE": os.devnull,
        "HTTPS_PROXY": "http://upper",
        "https_proxy": "http://lower",
        "HTTP_PROXY": "http://taken-away",
        "http_proxy": "",
        "ALL_PROXY": "socks5://all",
        "no_proxy": "localhost,.inner",
    }
    assert read_package_sources(environ, home=None).proxies == {
        "HTTPS_PROXY": "http://lower",
        "ALL_PROXY": "socks5://all",
        "NO_PROXY": "localhost,.inner",
    }


def test_uv_speaks_where_pip_is_silent(environ: dict[str, str], home: Path) -> None:
    environ |= {"PIP_CONFIG_FILE": os.devnull}
    write(
        home / ".config" / "uv" / "uv.toml",
        """
        extra-index-url = ["https://old/simple"]
        [[index]]
        name = "main"
        url = "https://main/simple"
        default = true
        [[index]]
        name = "more-of-it"
        url = "https://more/simple"
        [[index]]
        name = "bound"
        url = "https://bound/simple"
        explicit = true
        """,
    )
    environ |= {"UV_INDEX_MORE_OF_IT_USERNAME": "me", "UV_INDEX_MORE_OF_IT_PASSWORD": "p@ss"}
    assert read_package_sources(environ, home=home) == PackageSources(
        index_url="https://main/simple",
        extra_index_urls=("https://me:p%40ss@more/simple", "https://old/simple"),
    )
    environ |= {"UV_DEFAULT_INDEX": "https://variable", "UV_INDEX": "named=https://i"}
    sources = read_package_sources(environ, home=home)
    assert sources.index_url == "https://variable"
    assert sources.extra_index_urls[0] == "https://i"
    environ |= {"PIP_INDEX_URL": "https://pip", "PIP_EXTRA_INDEX_URL": "https://pip-too"}
    sources = read_package_sources(environ, home=home)
    assert (sources.index_url, sources.extra_index_urls) == ("https://pip", ("https://pip-too",))


def test_pip_section_of_uv_wins_over_what_stands_above(environ: dict[str, str], home: Path) -> None:
    environ |= {"PIP_CONFIG_FILE": os.devnull}
    text = 'index-url = "https://above"\n[pip]\nindex-url = "https://section"\n'
    write(home / ".config" / "uv" / "uv.toml", text)
    assert read_package_sources(environ, home=home).index_url == "https://section"


def test_system_wide_uv_toml_is_weaker_than_the_users(
    environ: dict[str, str], home: Path, tmp_path: Path
) -> None:
    environ |= {"PIP_CONFIG_FILE": os.devnull}
    system = write(tmp_path / "system" / "uv" / "uv.toml", 'index-url = "https://system"\n')
    assert read_package_sources(environ, home=home).index_url == "https://system"
    user = write(home / ".config" / "uv" / "uv.toml", 'index-url = "https://user"\n')
    assert read_package_sources(environ, home=home).index_url == "https://user"
    assert list(uv_configuration_files(environ, home=home)) == [user, system]


def test_malformed_uv_toml_is_named_with_its_line(environ: dict[str, str], home: Path) -> None:
    path = write(home / ".config" / "uv" / "uv.toml", 'native-tls = true\nindex-url = "unclosed\n')
    with pytest.raises(BrokenSettings, match=r"line 2") as caught:
        read_package_sources(environ, home=home)
    assert str(path) in caught.value.message


def test_configuration_of_the_project_is_not_read(
    environ: dict[str, str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "uv.toml", 'index-url = "https://project"\n')
    write(tmp_path / "pyproject.toml", '[tool.uv]\nindex-url = "https://project"\n')
    write(tmp_path / "pip.conf", "[global]\nindex-url = https://project\n")
    monkeypatch.chdir(tmp_path)
    environ |= {"PIP_CONFIG_FILE": os.devnull}
    assert read_package_sources(environ, home=home) == PackageSources()
