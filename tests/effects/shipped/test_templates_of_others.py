"""The extensions that installed packages bring, as their entry points name them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import NameClash, TemplateDefect, UnknownExtension
from flaskgen.planning.templates.selection import parse_request

MANIFEST = (
    'title = "T"\nsummary = "s"\norder = 200\nversion = "1.0"\n[flask."0.10 to 3.1"]\nrequirements = []\n'
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(site: Path, package: str, *extensions: str, value: str | None = None) -> None:
    """Make a package of extensions, as an installer would; its code is an error for those who import it."""
    metadata = site / f"{package}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[flaskgen.extensions]\nit = {value or package}\n")
    (site / package).mkdir()
    (site / package / "__init__.py").write_text("raise AssertionError('imported')\n")
    for name in extensions:
        (site / package / name).mkdir()
        (site / package / name / "manifest.toml").write_text(MANIFEST)


def test_a_package_brings_several_extensions_and_is_not_imported(site: Path) -> None:
    install(site, "one_package", "pulse", "tide")
    assert {"pulse", "tide"} < load_catalogue(names=None).extensions.keys()
    assert load_catalogue(names=["tide"]).extensions.keys() - load_catalogue().extensions.keys() == {"tide"}
    assert "one_package" not in sys.modules


@pytest.mark.parametrize("names", ["all", "none", "login"])
def test_nothing_but_its_name_takes_an_extension_of_a_package(site: Path, names: str) -> None:
    install(site, "one_package", "pulse")
    catalogue = load_catalogue(names=[names])
    request = parse_request([names], None, catalogue)
    assert "pulse" not in (*request.named, *request.swept)


def test_two_packages_with_one_name_are_an_error_that_names_both(site: Path) -> None:
    install(site, "one_package", "pulse")
    install(site, "other_package", "pulse")
    with pytest.raises(NameClash, match=r"`pulse`: in .*(one|other)_package.* and in .*(one|other)_package"):
        load_catalogue(names=["pulse"])


def test_a_package_cannot_replace_an_extension_of_flaskgen(site: Path) -> None:
    install(site, "one_package", "login", "pulse")
    with pytest.raises(NameClash, match=r"`login`: in flaskgen itself and in .*one_package"):
        load_catalogue(names=["pulse"])


@pytest.mark.parametrize(
    "value", ["gone", "gone.inner", "one_package.gone", "one_package:attribute", "..", "not a name", "sys"]
)
def test_an_entry_point_that_leads_nowhere_is_named_with_its_package(site: Path, value: str) -> None:
    install(site, "one_package", "pulse", value=value)
    with pytest.raises(
        TemplateDefect,
        match=rf"the entry point `{re.escape(value)}` of one_package does not lead to a directory",
    ):
        load_catalogue(names=["pulse"])
    assert load_catalogue(names=["login"]) == load_catalogue()


def test_a_malformed_entry_point_of_another_group_hides_no_extension(site: Path) -> None:
    install(site, "one_package", "pulse")
    install(site, "another_package")
    metadata = site / "another_package-1.0.dist-info" / "entry_points.txt"
    metadata.write_text("[console_scripts]\nit = not a name\n")
    assert "pulse" in load_catalogue(names=["pulse"]).extensions


def test_an_entry_point_can_name_a_directory_in_a_package(site: Path) -> None:
    install(site, "one_package", value="one_package.inner")
    (site / "one_package" / "inner" / "pulse").mkdir(parents=True)
    (site / "one_package" / "inner" / "pulse" / "manifest.toml").write_text(MANIFEST)
    assert "pulse" in load_catalogue(names=["pulse"]).extensions


def test_a_misspelled_name_is_compared_with_the_extensions_of_packages(site: Path) -> None:
    install(site, "one_package", "pulse")
    with pytest.raises(UnknownExtension) as raised:
        parse_request(["pulze"], None, load_catalogue(names=["pulze"]))
    assert "pulse" in f"{raised.value} {raised.value.hint}"
