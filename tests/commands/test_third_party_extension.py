"""A package of someone else brings an extension, which projects are created with, and changed with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uv

PACKAGE = Path(__file__).parents[1] / "third_party" / "flaskgen-greeting"
Flaskgen = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.e2e  # the wheel is built with the index's setuptools


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return shutil.copytree(PACKAGE, tmp_path / "source")


@pytest.fixture
def installed(tmp_path: Path, source: Path) -> Path:
    """Return where the package is installed: beside flaskgen, on the path."""
    place = tmp_path / "site"
    install("--python", sys.executable, "--target", str(place), str(source))
    return place


def install(*arguments: str) -> None:
    command = [uv.find_uv_bin(), "pip", "install", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def flaskgen(tmp_path: Path, installed: Path) -> Flaskgen:
    def flaskgen(*arguments: str, folder: str = ".", there: bool = True) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(installed) if there else ""}
        command = [sys.executable, "-m", "flaskgen", *arguments, "--no-install"]
        return subprocess.run(
            command, cwd=tmp_path / folder, env=environment, capture_output=True, text=True, check=False
        )

    return flaskgen


def test_projects_are_created_changed_and_updated_with_it(
    flaskgen: Flaskgen, installed: Path, tmp_path: Path
) -> None:
    def succeed(*arguments: str, folder: str = "shop") -> str:
        done = flaskgen(*arguments, folder=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    shop, page = tmp_path / "shop", tmp_path / "shop" / "shop" / "greeting.py"
    succeed("new", "full", "--preset", "full", "--yes", folder=".")
    assert not (tmp_path / "full" / "full" / "greeting.py").exists()
    succeed("new", "shop", "--with", "greeting", "--yes", folder=".")
    created = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    assert 'greeting = "0.1.0"' in (shop / ".flaskgen" / "project.toml").read_text()
    succeed("add", "mail")
    succeed("remove", "greeting")
    assert not page.exists()
    succeed("remove", "mail")
    succeed("add", "greeting")
    succeed("option", "greeting.manner=formal")
    assert 'salutation = "Good day"' in page.read_text()
    succeed("undo")
    assert 'salutation = "Hello"' in page.read_text()
    again = {path: path.read_bytes() for path in created if path.exists()}
    assert [path for path in created if again.get(path) != created[path] and path.name != ".env"] == []

    missing = flaskgen("add", "mail", folder="shop", there=False)
    assert missing.returncode == 1
    assert "error: the project has the extension greeting 0.1.0, which was not found" in missing.stderr
    assert page.exists()

    directory = installed / "flaskgen_greeting" / "greeting"
    manifest = directory / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("0.1.0", "0.2.0"))
    template = directory / "files" / "{{package}}" / "greeting.py.jinja"
    template.write_text(template.read_text().replace("Hello", "Good morning"))
    outdated = flaskgen("add", "mail", folder="shop")
    assert "greeting 0.2.0" in outdated.stderr
    succeed("update")
    assert "Good morning" in page.read_text()
    assert 'greeting = "0.2.0"' in (shop / ".flaskgen" / "project.toml").read_text()
    manifest.write_text(manifest.read_text().replace("0.2.0", "0.1.5"))
    assert "created with greeting 0.2.0, but only 0.1.5 was found" in flaskgen("update", folder="shop").stderr


def test_an_editable_install_is_found(source: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    install("--python", sys.executable, "--target", str(place), "--editable", str(source))
    run = "import runpy, site, sys; site.addsitedir(sys.argv.pop(1)); "
    run += "runpy.run_module('flaskgen', {}, '__main__')"
    command = [sys.executable, "-c", run, str(place), "extensions", "greeting"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert f"From {source}" in shown
