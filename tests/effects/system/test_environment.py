"""What child processes inherit, and what is kept from them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flaskgen.effects.system.environment import (
    application_environment,
    child_environment,
    uv_environment,
)
from flaskgen.effects.system.session import Session
from flaskgen.planning.packages.sources import PackageSources


@pytest.mark.parametrize(
    "name",
    [
        "LANG",
        "LC_MESSAGES",
        "LOCALE_ARCHIVE",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
        "NIX_LD",
        "NIX_LD_LIBRARY_PATH",
        "OPENSSL_MODULES",
        "CFLAGS",
        "PKG_CONFIG_PATH",
        "DBUS_SESSION_BUS_ADDRESS",
        "PROCESSOR_ARCHITECTURE",
    ],
)
def test_what_programs_need_to_run_is_inherited(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/here")
    assert child_environment()[name] == "/here"


@pytest.mark.parametrize(
    "name",
    [
        "PIP_TARGET",
        "UV_PYTHON",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONDONTWRITEBYTECODE",
        "NIX_PYTHONPATH",
        "__PYVENV_LAUNCHER__",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "GIT_DIR",
        "FLASK_APP",
        "SECRET_KEY",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "LD_PRELOAD",
        "DYLD_INSERT_LIBRARIES",
        "FAKETIME",
    ],
)
def test_what_changes_what_they_do_is_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/here")
    assert name not in child_environment()


def test_a_program_that_is_run_gets_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("LOCALE_ARCHIVE", "/archive")
    code = "import os; print(sorted(os.environ))"
    seen = Session().run([sys.executable, "-c", code]).stdout
    assert "'LOCALE_ARCHIVE'" in seen
    assert "PIP_TARGET" not in seen


@pytest.mark.parametrize("name", ["UV_CACHE_DIR", "NETRC"])
def test_a_relative_path_is_the_same_for_a_child_elsewhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, "cache")
    assert child_environment()[name] == str(tmp_path / "cache")


@pytest.mark.parametrize("name", ["PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"])
def test_so_are_the_relative_ones_of_a_list(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, os.pathsep.join(["/usr/lib/", "lib", ""]))
    expected = ["/usr/lib/", str(tmp_path / "lib"), str(tmp_path)]
    assert child_environment()[name] == os.pathsep.join(expected)


def test_without_a_working_directory_they_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv("PATH", "bin")
    assert child_environment()["PATH"] == "bin"


@pytest.mark.parametrize("name", ["PYTHONHOME", "PIP_TARGET", "__PYVENV_LAUNCHER__"])
def test_an_application_gets_its_settings_and_not_what_would_lead_its_interpreter_astray(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("FLASK_SECRET_KEY", "secret")
    environment = application_environment()
    assert environment["FLASK_SECRET_KEY"] == "secret"
    assert name not in environment


def test_without_a_cache_of_the_user_uv_has_one_as_long_as_the_run(tmp_path: Path) -> None:
    code = (
        "from flaskgen.effects.system.environment import uv_environment;"
        "from flaskgen.planning.packages.sources import PackageSources;"
        "import os; first, second = (uv_environment(PackageSources())['UV_CACHE_DIR'] for _ in range(2));"
        "assert first == second and os.path.isdir(first); print(first)"
    )
    found = {name: value for name, value in os.environ.items() if name not in ("UV_CACHE_DIR", "HOME")}
    nowhere = {"XDG_CACHE_HOME": "relative", "HOME": "relative"}
    printed = subprocess.check_output([sys.executable, "-c", code], env=found | nowhere, text=True)
    assert not Path(printed.strip()).exists()


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "")
    assert "LD_LIBRARY_PATH" not in child_environment()


def test_what_is_passed_on_by_name_is_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    told = subprocess.run(
        [sys.executable, "-c", "import os; print(os.environ['LC_ALL'])"],
        env=child_environment({"LC_ALL": "C"}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "C\n"


def test_uv_reads_certificates_only_if_it_may_ask_an_index(tmp_path: Path) -> None:
    file, directory = tmp_path / "ca.pem", tmp_path / "certificates"
    directory.mkdir()
    for certificate, expected in (
        (None, {"UV_SYSTEM_CERTS": "1"}),
        (str(file), {"SSL_CERT_FILE": str(file)}),
        (str(directory), {"SSL_CERT_DIR": str(directory)}),
    ):
        online = PackageSources(certificate=certificate)
        offline = uv_environment(online._replace(offline=True))
        assert {*uv_environment(online).items()} - {*offline.items()} == {*expected.items()}
