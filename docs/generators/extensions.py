"""A page for each extension, from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generators.tables import codes, table

from flaskgen.commands.extensions import ExtensionFacts
from flaskgen.commands.extensions import describe_extensions as facts_of_extensions
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.catalogue_checks import find_slots

_BEGINNING = """\
# Extensions

What you can choose with `--with`, and add to a project later. Any combination works. `flaskgen
extensions NAME` prints a page of these, and `flaskgen extensions NAME --lines` the lines that it
adds to shared files. [Extensions of your own](/extensions.md) work in the same way.
"""
_PRESETS = """
## Presets

A preset is a choice of extensions for `flaskgen new --preset NAME`.

"""


def describe_extensions(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the path of each page below ``reference/``, and its text; the first lists the others."""
    facts = facts_of_extensions()
    yield "extensions.md", "".join(_list(facts, catalogue))
    for fact in facts:
        yield f"extensions/{fact.name}.md", "\n".join(_page(fact, catalogue))


def _list(facts: list[ExtensionFacts], catalogue: Catalogue) -> Iterator[str]:
    yield _BEGINNING + "\n"
    yield table(
        ("extension", "what it adds", "package", "status"),
        (
            (f"[{one.name}](extensions/{one.name}.md)", one.summary, one.distribution, one.status)
            for one in facts
        ),
    )
    yield _PRESETS
    rows = ((f"`{one.name}`", one.summary, codes(one.extensions)) for one in catalogue.presets.values())
    yield table(("preset", "summary", "extensions"), rows)
    yield "\n```{toctree}\n:hidden:\n\n"
    yield from (f"extensions/{one.name}\n" for one in facts)
    yield "```\n"


def _page(fact: ExtensionFacts, catalogue: Catalogue) -> Iterator[str]:
    yield f"# {fact.name}\n"
    yield f"{fact.summary[0].upper()}{fact.summary[1:]}.\n"
    yield f"```console\n$ flaskgen add {fact.name}\n```\n"
    package = f"{fact.distribution} {fact.version}" if fact.distribution else "no package of its own"
    yield table(
        ("", ""),
        (
            ("Package", package),
            ("Status", ": ".join(filter(None, (fact.status, fact.note)))),
            ("Requires", ", ".join(f"[{name}]({name}.md)" for name in fact.needs) or "no other extension"),
            ("Installs", codes(fact.requirements) or "nothing"),
            *((f"with `{traits}`", codes(more)) for traits, more in fact.requirements_with.items()),
        ),
    )
    yield from _options(fact)
    if fact.configuration:
        yield "## Settings\n"
        yield table(("setting", "meaning"), ((f"`{key}`", text) for key, text in fact.configuration.items()))
    yield "## Files\n\n`package` stands for the package of your project.\n"
    yield table(
        ("file", ""),
        (
            *((f"`{path}`", "new") for path in fact.files),
            *((f"`{path}`", "gets lines") for path in fact.changes),
        ),
    )
    yield from _meetings(fact, catalogue)


def _options(fact: ExtensionFacts) -> Iterator[str]:
    if fact.options:
        yield "## Options\n\nChosen with `-o`, and changed later with `flaskgen option`.\n"
        yield table(
            ("option", "values", "default", "meaning"),
            (
                (f"`{fact.name}.{one['name']}`", codes(one["choices"]), f"`{one['default']}`", one["help"])
                for one in fact.options
            ),
        )


def _meetings(fact: ExtensionFacts, catalogue: Catalogue) -> Iterator[str]:
    """Yield what is different in a project with other extensions or options, or on some series of Flask."""
    met: dict[frozenset[str], dict[str, None]] = {}
    slots = find_slots(catalogue)
    for layer in catalogue.layers:
        condition = layer.condition - {fact.name}
        if layer.owner == fact.name and condition:
            files = met.setdefault(condition, {})
            files.update(dict.fromkeys(file.lands_on for file in layer.files))
            files.update(dict.fromkeys(slots[fill.slot].file for fill in layer.fills))
    of_series = frozenset().union(*(series.traits for series in load_series()))
    for title, about, rows in (
        (
            "With others",
            "With another extension or option, these files differ:",
            _rows(met, of_series, False),
        ),
        (
            "On older series of Flask",
            "With a [condition](/compatibility.md#traits) of the series, these differ:",
            _rows(met, of_series, True),
        ),
    ):
        if rows:
            yield f"## {title}\n\n{about}\n"
            yield table(("with", "files"), rows)


def _rows(
    met: Mapping[frozenset[str], Mapping[str, None]], of_series: frozenset[str], wanted: bool
) -> list[tuple[str, str]]:
    return [
        (codes(sorted(condition)), codes(path.replace("{{package}}", "package") for path in sorted(files)))
        for condition, files in sorted(met.items(), key=lambda item: sorted(item[0]))
        if bool(condition & of_series) is wanted
    ]
