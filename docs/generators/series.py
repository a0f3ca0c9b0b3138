"""The page of the release series of Flask: Pythons and bounds, with the reason for each."""

from __future__ import annotations

from collections.abc import Iterator

from generators.tables import codes, table

from flaskgen.commands.versions import VersionFacts
from flaskgen.commands.versions import describe_series as facts_of_series

_BEGINNING = """\
# Release series of Flask

What each series works with, from the data that `flaskgen new` reads. `flaskgen versions 1.1` prints
the same for one series, and `flaskgen versions --json` all of it. [What works with
what](/compatibility.md) says how the bounds were measured.
"""


def describe_series() -> str:
    """Return the page, with a section for each series."""
    return "\n".join((_BEGINNING, *map(_section, facts_of_series())))


def _section(fact: VersionFacts) -> str:
    return "\n".join(_parts(fact))


def _parts(fact: VersionFacts) -> Iterator[str]:
    series, pythons = fact.series, fact.series.pythons
    newest = pythons.maximum
    yield f"## Flask {series.name}\n"
    yield f"{series.upstream.note} Its lock has Flask {series.tested}.\n"
    yield f"- Python {pythons.minimum.version} or newer: {pythons.minimum.reason}."
    if pythons.newer_tried:
        yield f"- Tested up to Python {newest.version}: {newest.reason}. Newer versions are allowed."
    else:
        yield f"- Python {newest.version} or older: {newest.reason}."
    yield from (f"- Flask {release} is refused: {why}." for release, why in series.broken.items())
    yield ""
    yield table(("package", "why"), ((f"`{bound.requirement}`", bound.reason) for bound in series.core))
    yield table(
        ("extension", "requires", "more"),
        (
            (
                f"[{name}](extensions/{name}.md)",
                codes(support.requirements),
                support.unsupported
                or support.replaced
                or "; ".join(
                    f"with {condition}: {codes(more)}" for condition, more in support.beside_as_dict().items()
                ),
            )
            for name, support in fact.extensions.items()
        ),
    )
