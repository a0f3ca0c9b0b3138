"""Read a catalogue out of the files of a template directory, and refuse a wrong one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import tomli

from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.catalogue import (
    BASE,
    GENERATED,
    RESOURCE,
    SINGLE,
    Catalogue,
    Extension,
    Layer,
    Preset,
    Template,
)
from flaskgen.planning.templates.manifest import parse_manifest
from flaskgen.planning.templates.slots import Fill, read_fills

TEMPLATE_SUFFIX = ".jinja"
SLOTS = "slots.jinja"


def read_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """Make a catalogue of the files of a template directory, by their path in it.

    Raises TemplateDefect, naming the file, for a wrong manifest, malformed tags, or text that is not UTF-8.
    What ``check_catalogue`` refuses is only looked for in extensions that flaskgen does not ship: the tests
    check its own.
    """
    owners: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        owner, rest = _split_owner(path)
        if owner:
            owners.setdefault(owner, {})[rest] = content
    generated = {owner: _read_generated_layers(owner, owners.pop(owner, {})) for owner in GENERATED}
    single = tuple(_read_layers(SINGLE, SINGLE, owners.pop(SINGLE, {})))
    manifests = {owner: _read_manifest(owner, parts) for owner, parts in owners.items()}
    if BASE not in manifests:
        raise TemplateDefect("the template directory has no base/manifest.toml")
    layers = [layer for owner in manifests for layer in _read_layers(owner, folder_of(owner), owners[owner])]
    base = manifests.pop(BASE)
    catalogue = _in_order(Catalogue(base, manifests, {}, tuple(layers), generated, single))
    return catalogue._replace(presets=_read_presets(files.get("presets.toml", b""), catalogue.extensions))


def _in_order(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue with its extensions and layers in order."""
    extensions = dict(sorted(catalogue.extensions.items(), key=lambda item: (item[1].order, item[0])))
    position = {owner: number for number, owner in enumerate((BASE, *extensions))}
    # Overlays come after the base and the extensions, and those that need more after the others.
    layers = sorted(catalogue.layers, key=lambda one: (len(one.condition - {one.owner}), position[one.owner]))
    return catalogue._replace(extensions=extensions, layers=tuple(layers))


def _read_generated_layers(owner: str, parts: Mapping[str, bytes]) -> tuple[Layer, ...]:
    """Read the templates of what is generated: every resource needs a database."""
    layers = _read_layers(owner, folder_of(owner), parts)
    needed = {"sqlalchemy", "resources"} if owner == RESOURCE else set()
    return tuple(layer._replace(condition=layer.condition | needed) for layer in layers)


class ExtensionFiles(NamedTuple):
    """An extension that flaskgen does not ship: what it says of itself, and its files by path."""

    manifest: Extension
    files: Mapping[str, bytes]


def extend_catalogue(catalogue: Catalogue, additions: Iterable[ExtensionFiles]) -> Catalogue:
    """Return a catalogue with more extensions, which no preset has. Raises TemplateDefect as above."""
    from flaskgen.planning.templates.catalogue_checks import check_addition, check_catalogue  # which few need

    for manifest, files in additions:
        layers = tuple(_read_layers(manifest.name, manifest.place, files))
        check_addition(manifest, layers, catalogue)
        catalogue = catalogue._replace(
            extensions={**catalogue.extensions, manifest.name: manifest}, layers=catalogue.layers + layers
        )
    extended = _in_order(catalogue)
    check_catalogue(extended)
    return extended


def _split_owner(path: str) -> tuple[str, str]:
    top, _, rest = path.partition("/")
    if top in (BASE, SINGLE, *GENERATED):
        return top, rest
    if top == "extensions" and "/" in rest:
        name, _, rest = rest.partition("/")
        return name, rest
    return "", ""


def folder_of(owner: str) -> str:
    return owner if owner in (BASE, *GENERATED) else f"extensions/{owner}"


def _read_manifest(owner: str, parts: Mapping[str, bytes]) -> Extension:
    source = f"{folder_of(owner)}/manifest.toml"
    if "manifest.toml" not in parts:
        raise TemplateDefect(f"{source} is missing")
    return parse_manifest(decode(parts["manifest.toml"], source), name=owner, source=source)


def _read_presets(content: bytes, extensions: Mapping[str, Extension]) -> dict[str, Preset]:
    """Read presets.toml: ``status`` stands for every extension of these states, except ``without``."""
    return {
        name: Preset(name, row["summary"], tuple(_of_preset(row, extensions)), row.get("single", False))
        for name, row in tomli.loads(content.decode()).items()
    }


def _of_preset(row: Mapping[str, Any], extensions: Mapping[str, Extension]) -> Iterator[str]:
    yield from row.get("extensions", ())
    for name, extension in extensions.items():
        if extension.status in row.get("status", ()) and name not in row.get("without", ()):
            yield name


def _read_layers(owner: str, folder: str, parts: Mapping[str, bytes]) -> Iterator[Layer]:
    """Split an owner's files and fills into its own layer and one for each set of traits."""
    conditions: dict[str, tuple[list[Template], list[Fill]]] = {"": ([], [])}
    for path, content in sorted(parts.items()):
        condition, rest = "", path
        if path.startswith("with/"):
            condition, _, rest = path.removeprefix("with/").partition("/")
        kind, _, lands_on = rest.partition("/")
        source = f"{folder}/{path}"
        if kind == "files":
            files, _ = conditions.setdefault(condition, ([], []))
            files.append(_read_template(source, lands_on, content))
        elif path == SLOTS:
            for section, found in read_fills(decode(content, source), source).items():
                conditions.setdefault(section, ([], []))[1].extend(found)
        elif rest == SLOTS:
            raise TemplateDefect(
                f"{source}: these fills belong in a section of {folder}/{SLOTS}",
                hint=f"move them between {section_tags(condition)}",
            )
        elif path.endswith(TEMPLATE_SUFFIX):
            raise TemplateDefect(
                f"{source}: a template is below files/, or it is a {SLOTS}", hint="move it, or rename it"
            )
    own = frozenset() if owner in (BASE, *GENERATED) else frozenset({owner})
    for condition, (files, fills) in sorted(
        conditions.items(), key=lambda item: (item[0].count("+"), item[0])
    ):
        traits = frozenset(condition.split("+")) if condition else frozenset()
        yield Layer(owner, own | traits, tuple(files), tuple(fills))


def section_tags(condition: str) -> str:
    return f'{{% with "{condition}" %}} and {{% endwith %}}'


def _read_template(source: str, lands_on: str, content: bytes) -> Template:
    if not source.endswith(TEMPLATE_SUFFIX):
        return Template(source, lands_on, _with_unix_line_ends(content))
    return Template(source, lands_on.removesuffix(TEMPLATE_SUFFIX), decode(content, source))


def decode(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TemplateDefect(f"{source}:{line}: not UTF-8 text", hint="save the file as UTF-8") from error


def _with_unix_line_ends(content: bytes) -> bytes:
    """Return a copied file with the line endings that Git stores for text, whatever the checkout has."""
    if b"\r\n" not in content or b"\0" in content:
        return content
    try:
        return content.decode().replace("\r\n", "\n").encode()
    except UnicodeDecodeError:
        return content
