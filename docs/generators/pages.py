"""The reference: pages that are written before each build, from what flaskgen itself reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generators.commands import describe_commands
from generators.errors import describe_errors
from generators.extensions import describe_extensions
from generators.schemas import describe_record, describe_schemas
from generators.series import describe_series
from generators.slots import describe_slots

from flaskgen.effects.shipped.templates import load_catalogue

ROOT = Path(__file__).resolve().parents[2]


def write_reference(docs: Path) -> None:
    """Write the pages of ``reference/`` that changed, and remove those that are gone."""
    folder = docs / "reference"
    pages = dict(reference_pages())
    for old in folder.rglob("*.md"):
        if old.relative_to(folder).as_posix() not in pages:
            old.unlink()
    for name, text in pages.items():
        page = folder / name
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8", newline="\n")


def reference_pages() -> Iterator[tuple[str, str]]:
    """Yield the path of each page below ``reference/``, and its text."""
    catalogue = load_catalogue()
    yield "commands.md", describe_commands()
    yield "errors.md", describe_errors(ROOT / "flaskgen")
    yield from describe_extensions(catalogue)
    yield "record.md", describe_record()
    yield "schemas.md", describe_schemas()
    yield "series.md", describe_series()
    yield "slots.md", describe_slots(catalogue)
    for page in ("CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        yield (
            page.lower(),
            text.replace("](docs/", "](/").replace("](CHANGELOG.md", "](/reference/changelog.md"),
        )
