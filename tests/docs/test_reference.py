"""The generated reference is complete: every extension, setting, error and schema has its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import flaskgen
from flaskgen import errors
from flaskgen.effects.shipped.templates import load_catalogue


@pytest.fixture(scope="module")
def pages(import_generator: Callable[[str], ModuleType]) -> dict[str, str]:
    return dict(import_generator("pages").reference_pages())


def test_every_extension_has_a_page_with_its_settings_options_and_meetings(pages: dict[str, str]) -> None:
    catalogue = load_catalogue()
    for name, extension in catalogue.extensions.items():
        page = pages[f"extensions/{name}.md"]
        assert f"(extensions/{name}.md)" in pages["extensions.md"]
        assert [key for key in extension.configuration if f"| `{key}` |" not in page] == []
        assert [one.name for one in extension.options if f"`{name}.{one.name}`" not in page] == []
    login = pages["extensions/login.md"].partition("## With others")[2]
    assert "| `sqlalchemy` | " in login
    assert "`package/auth/registration.py`" in login.partition("| `sqlalchemy` | ")[2].partition("\n")[0]


def test_every_kind_of_error_has_a_heading_and_its_messages(pages: dict[str, str]) -> None:
    page = pages["errors.md"]
    kinds = {one.kind for one in vars(errors).values() if hasattr(one, "kind")}
    assert [kind for kind in kinds if f"## {kind}\n" not in page] == []
    assert "| `` `...` is not as flaskgen wrote it `` | `` restore what you need from `...`" in page


def test_every_schema_has_a_heading(pages: dict[str, str]) -> None:
    schema = json.loads(Path(flaskgen.__file__).with_name("schema.json").read_text(encoding="utf-8"))
    headings = [name for name in schema["$defs"] if f"## {name}\n" not in pages["schemas.md"]]
    assert headings == ["record"]
    assert "`project.flask`" in pages["record.md"]


def test_a_page_is_rewritten_if_it_changed_and_removed_if_it_is_gone(
    tmp_path: Path,
    pages: dict[str, str],
    import_generator: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = import_generator("pages")
    monkeypatch.setattr(generator, "reference_pages", pages.items)
    write_reference = generator.write_reference
    write_reference(tmp_path)
    folder = tmp_path / "reference"
    old = (folder / "extensions" / "login.md").stat().st_mtime_ns
    (folder / "extensions" / "gone.md").write_text("# gone\n")
    (folder / "record.md").write_text("# edited\n")
    write_reference(tmp_path)
    assert (folder / "extensions" / "login.md").stat().st_mtime_ns == old
    assert not (folder / "extensions" / "gone.md").exists()
    assert (folder / "record.md").read_text(encoding="utf-8").startswith("# The record of a project\n")
