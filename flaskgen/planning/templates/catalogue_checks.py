"""Check a catalogue: what fits together only if every part is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from flaskgen.errors import TemplateDefect, suggest
from flaskgen.planning.templates.catalogue import RESOURCE, Catalogue, Extension, Layer, Template
from flaskgen.planning.templates.catalogue_reading import folder_of, section_tags
from flaskgen.planning.templates.slots import Fill, SlotKind, SlotTag, read_slots
from flaskgen.planning.templates.tree import folded


class Slot(NamedTuple):
    """A place for lines in a shared file."""

    name: str
    kind: SlotKind
    file: str
    """Where the lines land, as below ``files/``: ``{{package}}/config.py``."""
    note: str
    """What belongs there."""
    conditions: tuple[frozenset[str], ...]
    """Those of the layers that offer it."""


def check_catalogue(catalogue: Catalogue) -> None:
    """Raise TemplateDefect, naming the file, for what does not fit together.

    That is a slot that nothing offers, a file of two owners, a slot in two files, and a need for an unknown
    extension.
    """
    _check_needs(catalogue.extensions)
    _check_owners(_all_layers(catalogue))
    _check_fills(_all_layers(catalogue), find_slots(catalogue), catalogue.extensions)


def find_slots(catalogue: Catalogue) -> Mapping[str, Slot]:
    """Return the slots by name, in the order in which the layers offer them. Raises as above."""
    offers = _find_offers(_all_layers(catalogue))
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


def _all_layers(catalogue: Catalogue) -> list[Layer]:
    return [*catalogue.layers, *chain(*catalogue.generated_layers.values())]


def check_addition(addition: Extension, layers: Iterable[Layer], catalogue: Catalogue) -> None:
    """Raise TemplateDefect if an extension takes from flaskgen, or from another one, a trait or a file.

    It can provide what another one provides: that is a feature, such as an API. ``catalogue`` has the others.
    """
    manifest = f"{addition.place}/manifest.toml"
    features = frozenset().union(*(other.provides for other in catalogue.extensions.values()))
    taken = addition.own_traits & catalogue.traits | {*addition.provides} & (catalogue.traits - features)
    if taken:
        raise TemplateDefect(
            f"{manifest}: `{min(taken)}` is a trait of flaskgen or of another extension", hint="rename it"
        )
    own = {file.lands_on for layer in layers for file in layer.files}
    if strange := next((path for path in addition.once if path not in own), None):
        raise TemplateDefect(
            f"{manifest}: `once` names `{strange}`, which is not a file of this extension",
            hint="name a file as below files/, without .jinja",
        )


def _check_needs(extensions: Mapping[str, Extension]) -> None:
    for extension in extensions.values():
        needs = chain(extension.needs, *(option.needs for option in extension.options))
        if unknown := next((need for need in needs if need not in extensions), None):
            place = extension.place or folder_of(extension.name)
            hint, _ = suggest(unknown, extensions, otherwise="`flaskgen extensions` lists them")
            raise TemplateDefect(f"{place}/manifest.toml: needs unknown `{unknown}`", hint=hint)
    for extension in extensions.values():
        there = _with_needs(frozenset({extension.name}), extensions)
        for example in extension.resources:
            if lacking := next((group for group in example.needs if there.isdisjoint(group)), None):
                raise TemplateDefect(
                    f"{extension.place or folder_of(extension.name)}/manifest.toml: "
                    f"the resource {example.name} requires {' or '.join(lacking)}",
                    hint="add it to `needs`",
                )


def _check_owners(layers: Iterable[Layer]) -> None:
    firsts: dict[str, tuple[str, Template]] = {}
    for layer in layers:
        for template in layer.files:
            owner, first = firsts.setdefault(folded(template.lands_on), (layer.owner, template))
            if (owner, first.lands_on) != (layer.owner, template.lands_on):
                raise TemplateDefect(
                    f"{template.source}: `{template.lands_on}` is already that of {first.source}",
                    hint="rename it, or fill the slots of the other one",
                )


class _Offer(NamedTuple):
    """A slot tag: of a file, or of lines that fill the slot ``within``."""

    tag: SlotTag
    source: str
    file: str
    within: str
    condition: frozenset[str]


def _find_offers(layers: Iterable[Layer]) -> dict[str, list[_Offer]]:
    offers: dict[str, list[_Offer]] = {}
    for layer in layers:
        for offer in _offers_of(layer):
            known = offers.setdefault(offer.tag.name, [])
            if known and (known[0].file, known[0].within) != (offer.file, offer.within):
                raise TemplateDefect(
                    f"{offer.source}: the slot `{offer.tag.name}` is already in {known[0].source}"
                )
            known.append(offer)
    return offers


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
                hint, _ = suggest(fill.slot, slots, otherwise="the documentation lists the slots")
                place = f"{fill.source}:{fill.line - 1}"
                raise TemplateDefect(f"{place}: no file offers the slot `{fill.slot}`", hint=hint)
            if not any(condition <= certain for condition in slot.conditions):
                raise _slot_of_others(fill, layer, slot, certain)


def _with_needs(condition: frozenset[str], extensions: Mapping[str, Extension]) -> frozenset[str]:
    """Return a condition with what extensions in it need and provide: that is there whenever it holds."""
    there = [extensions[name] for name in condition & extensions.keys()]
    needed = {trait for extension in there for trait in (*extension.needs, *extension.provides)}
    return condition if needed <= condition else _with_needs(condition | needed, extensions)


def _slot_of_others(fill: Fill, layer: Layer, slot: Slot, certain: frozenset[str]) -> TemplateDefect:
    missing = min((condition - certain for condition in slot.conditions), key=len)
    overlay = "+".join(sorted(missing | layer.condition - {layer.owner}))
    return TemplateDefect(
        f"{fill.source}:{fill.line - 1}: no file offers the slot `{fill.slot}` without "
        + " and ".join(sorted(missing)),
        hint=f"fill it between {section_tags(overlay)}",
    )
