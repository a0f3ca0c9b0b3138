"""Reading template directories from disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from flaskgen.effects.shipped.templates import load_catalogue, load_catalogue_from
from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.catalogue_checks import check_catalogue

SHIPPED = Path(__file__).parents[3] / "project_templates"
MANIFEST = 'title = "Base"\nsummary = "the base"\norder = 0\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "base" / "files"
    files.mkdir(parents=True)
    (tmp_path / "base" / "manifest.toml").write_text(MANIFEST)
    (files / ".env.jinja").write_text("A=1\n")
    return tmp_path


def test_the_shipped_catalogue_has_its_extensions_in_order_and_its_presets():
    catalogue = load_catalogue()
    assert list(catalogue.extensions) == [
        *("production", "sqlalchemy", "migrate", "wtf", "login", "mail", "bootstrap"),
        *("moment", "smorest", "restful", "redis", "jobs", "caching", "docker", "deploy", "ci", "script"),
    ]
    presets = {name: preset.extensions for name, preset in catalogue.presets.items()}
    others = {"ci", "jobs", "deploy", "restful", "script"}
    full = tuple(name for name in catalogue.extensions if name not in others)
    assert presets == {
        "minimal": (),
        "web": ("production", "sqlalchemy", "wtf", "login", "mail"),
        "api": ("production", "sqlalchemy", "migrate", "smorest"),
        "full": full,
        "saas": (
            *("production", "sqlalchemy", "migrate", "wtf", "login", "mail"),
            *("jobs", "docker", "deploy", "ci"),
        ),
        "single": (),
    }


def test_what_is_shipped_fits_together():
    check_catalogue(load_catalogue())


def test_a_checkout_of_windows_has_the_same_catalogue(tmp_path: Path):
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes().replace(b"\r\n", b"\n")
            path.write_bytes(content.replace(b"\n", b"\r\n"))
    assert load_catalogue_from(tmp_path) == load_catalogue()


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n", b"\0\r\n"])
def test_a_binary_file_keeps_its_bytes(folder: Path, content: bytes):
    (folder / "base" / "files" / "icon.png").write_bytes(content)
    [layer] = load_catalogue_from(folder).layers
    assert content in [template.content for template in layer.files]


def test_the_catalogue_is_read_from_any_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert "login" in load_catalogue().extensions


def test_dotfiles_are_read_and_the_packages_own_files_are_not(folder: Path):
    (folder / "__init__.py").write_text("")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"\xff")
    [layer] = load_catalogue_from(folder).layers
    assert [template.lands_on for template in layer.files] == [".env"]


@pytest.mark.parametrize("target", ["/etc/hostname", "manifest.toml", "..", "nowhere"])
def test_a_link_is_refused(folder: Path, target: str):
    (folder / "base" / "files" / "link").symlink_to(target)
    with pytest.raises(TemplateDefect, match="base/files/link"):
        load_catalogue_from(folder)


def test_a_fifo_is_refused_and_does_not_block(folder: Path):
    os.mkfifo(folder / "base" / "files" / "pipe")
    with pytest.raises(TemplateDefect, match="base/files/pipe"):
        load_catalogue_from(folder)


def test_a_device_is_refused(folder: Path):
    try:
        os.mknod(folder / "base" / "files" / "null", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices can be made by root only")
    with pytest.raises(TemplateDefect, match="base/files/null"):
        load_catalogue_from(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(TemplateDefect, match="nowhere"):
        load_catalogue_from(tmp_path / "nowhere")
