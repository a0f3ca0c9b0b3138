"""Read a catalogue out of the files of a template directory, and refuse a wrong one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import tomli

from flaskgen.errors import TemplateDefect, suggest
from flaskgen.planning.templates.catalogue import (
    BASE,
    GENERATED,
    RESOURCE,
    SINGLE,
    Catalogue,
    Extension,
    Layer,
    Preset,
    Slot,
    Template,
)
from flaskgen.planning.templates.manifest import parse_manifest
from flaskgen.planning.templates.slots import Fill, SlotTag, read_fills, read_slots

TEMPLATE_SUFFIX = ".jinja"
SLOTS = "slots.jinja"


def build_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """Make a catalogue of the files of a template directory, by their path in it.

    Raises TemplateDefect, naming the file, for a wrong manifest, a slot that nothing offers, a template in
    the wrong place, a file of two owners, a need for an unknown extension, or text that is not UTF-8.
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
    layers = [layer for owner in manifests for layer in _read_layers(owner, _folder(owner), owners[owner])]
    base = manifests.pop(BASE)
    catalogue = _checked(Catalogue(base, manifests, {}, tuple(layers), {}, generated, single))
    return catalogue._replace(presets=_read_presets(files.get("presets.toml", b""), catalogue.extensions))


def _checked(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue with its extensions and layers in order, and with its slots."""
    extensions = dict(sorted(catalogue.extensions.items(), key=lambda item: (item[1].order, item[0])))
    position = {owner: number for number, owner in enumerate((BASE, *extensions))}
    layers = sorted(catalogue.layers, key=lambda layer: (_is_overlay(layer), position[layer.owner]))
    everything = [*layers, *chain(*catalogue.generated_layers.values())]
    _check_needs(extensions)
    _check_owners(everything)
    slots = _read_slots(everything)
    _check_fills(everything, slots, extensions)
    return catalogue._replace(extensions=extensions, layers=tuple(layers), slots=slots)


def _read_generated_layers(owner: str, parts: Mapping[str, bytes]) -> tuple[Layer, ...]:
    """Read the templates of what is generated: every resource needs a database."""
    layers = _read_layers(owner, _folder(owner), parts)
    needed = {"sqlalchemy", "resources"} if owner == RESOURCE else set()
    return tuple(layer._replace(condition=layer.condition | needed) for layer in layers)


class ExtensionFiles(NamedTuple):
    """An extension that flaskgen does not ship: what it says of itself, and its files by path."""

    manifest: Extension
    files: Mapping[str, bytes]


def extend_catalogue(catalogue: Catalogue, additions: Iterable[ExtensionFiles]) -> Catalogue:
    """Return a catalogue with more extensions, which no preset has. Raises TemplateDefect as above."""
    extensions, layers = dict(catalogue.extensions), [*catalogue.layers]
    added = {addition.manifest.name: addition for addition in additions}
    for name, (manifest, files) in added.items():
        extensions[name] = manifest
        layers += _read_layers(name, manifest.place, files)
    extended = _checked(catalogue._replace(extensions=extensions, layers=tuple(layers)))
    for name in added:
        _check_traits(extensions[name], [other for other in extensions.values() if other.name != name])
    return extended


def _check_traits(extension: Extension, others: Sequence[Extension]) -> None:
    """Refuse traits that would switch on what belongs to another extension."""
    names = {other.name for other in others}
    values = {trait for other in others for trait in _option_traits(other)}
    provided = {trait for other in others for trait in other.provides}
    taken = {extension.name} & (values | provided)
    taken |= {*extension.provides, *_option_traits(extension)} & (values | names)
    if taken:
        raise TemplateDefect(
            f"{extension.place}/manifest.toml: `{min(taken)}` is a trait of another extension",
            hint="rename it",
        )


def _option_traits(extension: Extension) -> Iterator[str]:
    return (f"{option.name}-{choice}" for option in extension.options for choice in option.choices)


def _split_owner(path: str) -> tuple[str, str]:
    top, _, rest = path.partition("/")
    if top in (BASE, SINGLE, *GENERATED):
        return top, rest
    if top == "extensions" and "/" in rest:
        name, _, rest = rest.partition("/")
        return name, rest
    return "", ""


def _folder(owner: str) -> str:
    return owner if owner in (BASE, *GENERATED) else f"extensions/{owner}"


def _read_manifest(owner: str, parts: Mapping[str, bytes]) -> Extension:
    source = f"{_folder(owner)}/manifest.toml"
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
                hint=f"move them between {_section(condition)}",
            )
        elif path.endswith(TEMPLATE_SUFFIX):
            raise TemplateDefect(f"{source}: a template is below files/, or it is a {SLOTS}")
    own = frozenset() if owner in (BASE, *GENERATED) else frozenset({owner})
    for condition, (files, fills) in sorted(
        conditions.items(), key=lambda item: (item[0].count("+"), item[0])
    ):
        traits = frozenset(condition.split("+")) if condition else frozenset()
        yield Layer(owner, own | traits, tuple(files), tuple(fills))


def _section(condition: str) -> str:
    return f'{{% with "{condition}" %}} and {{% endwith %}}'


def _read_template(source: str, lands_on: str, content: bytes) -> Template:
    if not source.endswith(TEMPLATE_SUFFIX):
        return Template(source, lands_on, _with_unix_line_ends(content))
    return Template(source, lands_on.removesuffix(TEMPLATE_SUFFIX), decode(content, source))


def decode(content: bytes, source: str) -> str:
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TemplateDefect(f"{source}:{line}: not UTF-8 text") from error


def _with_unix_line_ends(content: bytes) -> bytes:
    """Return a copied file with the line endings that Git stores for text, whatever the checkout has."""
    if b"\r\n" not in content or b"\0" in content:
        return content
    try:
        return content.decode().replace("\r\n", "\n").encode()
    except UnicodeDecodeError:
        return content


def _is_overlay(layer: Layer) -> int:
    """Sort key: 0 for base and extensions, more for overlays that need more."""
    return len(layer.condition - {layer.owner})


def _check_needs(extensions: Mapping[str, Extension]) -> None:
    for extension in extensions.values():
        needs = chain(extension.needs, *(option.needs for option in extension.options))
        if unknown := next((need for need in needs if need not in extensions), None):
            place = extension.place or _folder(extension.name)
            raise TemplateDefect(f"{place}/manifest.toml: needs unknown `{unknown}`")
    for extension in extensions.values():
        there = _with_needs(frozenset({extension.name}), extensions)
        for example in extension.resources:
            if lacking := next((group for group in example.needs if there.isdisjoint(group)), None):
                raise TemplateDefect(
                    f"{extension.place or _folder(extension.name)}/manifest.toml: "
                    f"the resource {example.name} requires {' or '.join(lacking)}",
                    hint="add it to `needs`",
                )


def _check_owners(layers: Iterable[Layer]) -> None:
    owners: dict[str, Template] = {}
    owner_of: dict[str, str] = {}
    for layer in layers:
        for template in layer.files:
            key = template.lands_on.lower()
            first = owners.setdefault(key, template)
            if owner_of.setdefault(key, layer.owner) != layer.owner or first.lands_on != template.lands_on:
                raise TemplateDefect(
                    f"{template.source}: `{template.lands_on}` is already that of {first.source}"
                )


class _Offer(NamedTuple):
    """A slot tag: of a file, or of lines that fill the slot ``within``."""

    tag: SlotTag
    source: str
    file: str
    within: str
    condition: frozenset[str]


def _read_slots(layers: Iterable[Layer]) -> dict[str, Slot]:
    offers: dict[str, list[_Offer]] = {}
    for layer in layers:
        for offer in _offers_of(layer):
            known = offers.setdefault(offer.tag.name, [])
            if known and (known[0].file, known[0].within) != (offer.file, offer.within):
                raise TemplateDefect(
                    f"{offer.source}: the slot `{offer.tag.name}` is already in {known[0].source}"
                )
            known.append(offer)
    return {
        name: Slot(
            name=name,
            kind=known[0].tag.kind,
            file=_file_of(name, offers),
            note=next((offer.tag.note for offer in known if offer.tag.note), ""),
            conditions=tuple(offer.condition for offer in known),
        )
        for name, known in offers.items()
    }


def _offers_of(layer: Layer) -> Iterator[_Offer]:
    for template in layer.files:
        if isinstance(template.content, str):
            for tag in read_slots(template.content, template.source):
                yield _Offer(tag, template.source, template.lands_on, "", layer.condition)
    for fill in layer.fills:
        for tag in read_slots(fill.content, fill.source, first_line=fill.line):
            yield _Offer(tag, fill.source, "", fill.slot, layer.condition)


def _file_of(name: str, offers: Mapping[str, Sequence[_Offer]]) -> str:
    """Follow a slot outwards, through the slots that it stands in."""
    passed = {name}
    offer = offers[name][0]
    while not offer.file:
        if offer.within in passed or offer.within not in offers:
            raise TemplateDefect(f"{offer.source}: the slot `{name}` is in no file")
        passed.add(offer.within)
        offer = offers[offer.within][0]
    return offer.file


def _check_fills(
    layers: Iterable[Layer], slots: Mapping[str, Slot], extensions: Mapping[str, Extension]
) -> None:
    for layer in layers:
        certain = _with_needs(layer.condition, extensions)
        if layer.owner == RESOURCE:  # what one resource has, the project has
            certain |= {f"resources-{trait}" for trait in layer.condition}
        for fill in layer.fills:
            slot = slots.get(fill.slot)
            if slot is None:
                raise _unknown_slot(fill, slots)
            if not any(condition <= certain for condition in slot.conditions):
                raise _slot_of_others(fill, layer, slot, certain)


def _with_needs(condition: frozenset[str], extensions: Mapping[str, Extension]) -> frozenset[str]:
    """Return a condition with what extensions in it need and provide: that is there whenever it holds."""
    there = [extensions[name] for name in condition & extensions.keys()]
    needed = {trait for extension in there for trait in (*extension.needs, *extension.provides)}
    return condition if needed <= condition else _with_needs(condition | needed, extensions)


def _unknown_slot(fill: Fill, slots: Mapping[str, Slot]) -> TemplateDefect:
    hint, _ = suggest(fill.slot, slots, otherwise="the documentation lists the slots")
    return TemplateDefect(
        f"{fill.source}:{fill.line - 1}: no file offers the slot `{fill.slot}`",
        hint=hint,
    )


def _slot_of_others(fill: Fill, layer: Layer, slot: Slot, certain: frozenset[str]) -> TemplateDefect:
    missing = min((condition - certain for condition in slot.conditions), key=len)
    overlay = "+".join(sorted(missing | layer.condition - {layer.owner}))
    return TemplateDefect(
        f"{fill.source}:{fill.line - 1}: no file offers the slot `{fill.slot}` without "
        + " and ".join(sorted(missing)),
        hint=f"fill it between {_section(overlay)}",
    )
