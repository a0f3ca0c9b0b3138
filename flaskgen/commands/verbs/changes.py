"""Change what a project is made of: add and remove extensions, change their options, update its templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flaskgen.commands.freezing import tested_for
from flaskgen.commands.generating import files_left, with_examples
from flaskgen.commands.pipeline import change, listed
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan, Wanted
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_file
from flaskgen.errors import Fix, InvalidOption, UnknownExtension, UsageError, suggest
from flaskgen.planning.packages.freeze import RUNTIME_FILE
from flaskgen.planning.packages.package_change import older_note
from flaskgen.planning.packages.pins import decode, parse_pins
from flaskgen.planning.project.record import option_texts, options_lost
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.resources.generated import Generated, find_generated, pages_of
from flaskgen.planning.resources.resource import Resource, find_resource
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import (
    parse_extension_names,
    parse_options,
    parse_request,
    select_for_series,
)
from flaskgen.reporting import printable


def add(
    directory: Path | str,
    extensions: Sequence[str],
    options: Sequence[str] = (),
    *,
    defaults: Sequence[str] = (),
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Add extensions, with ``EXT.KEY=VALUE`` options of them, to the project that ``directory`` is in.

    ``defaults`` are options that count for those of the extensions that are added.
    Raises UnknownExtension, UsageError or InvalidOption, and what ``change`` raises.
    """
    names = listed(extensions)
    want = partial(with_extensions, names=names, options=listed(options), defaults=listed(defaults))
    return change(directory, want, settings, session, title=f"add {','.join(names)}", names=names)


def with_extensions(
    project: OpenProject, names: Sequence[str], options: Sequence[str], defaults: Sequence[str] = ()
) -> Wanted:
    """Return the specification with more extensions, and with the options of these."""
    spec, catalogue = project.spec, project.catalogue
    request = parse_request(names, None, catalogue)
    selection = select_for_series(request, spec.release.series, catalogue, there=spec.extensions)
    for text in options:
        owner = text.partition(".")[0].strip()
        if owner in spec.extensions:
            raise InvalidOption(
                f"`{text}`: the project already has {owner}",
                hint=f"change its option: flaskgen option {text}",
                fix=Fix(text, first=f"flaskgen option {text}"),
            )
    texts = (*option_texts(spec.options), *options)
    settings = parse_options(
        texts,
        selection.extensions,
        catalogue,
        defaults=defaults,
        choose=lambda missing: (f"also add {missing}", Fix(more=missing)),
    )
    asked = (*request.named, *request.swept)
    there = [f"the project already has {name}" for name in dict.fromkeys(asked) if name in spec.extensions]
    changed, skipped = with_examples(
        replace(spec, extensions=selection.extensions, options=settings), project
    )
    return Wanted(changed, notes=(*there, *selection.notes, *skipped))


def remove(
    directory: Path | str,
    extensions: Sequence[str],
    *,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Remove extensions, and resources, from the project that ``directory`` is in.

    Raises UnknownExtension, UsageError if another extension requires one of them, and what ``change`` raises.
    """
    names = listed(extensions)
    want = partial(without_extensions, names=names)
    return change(directory, want, settings, session, title=f"remove {','.join(names)}", names=names)


def without_extensions(project: OpenProject, names: Sequence[str]) -> Wanted:
    """Return the specification without extensions, and without what was generated, if it is named."""
    spec, catalogue = project.spec, project.catalogue
    typed = [name.strip() for text in names for name in text.split(",") if name.strip()]
    others = [name for name in typed if name.lower() not in catalogue.extensions]
    resources = {name: found for name in others if (found := find_resource(name, spec.resources))}
    parts = {name: _part(name, spec) for name in others if find_generated(name, spec.generated)}
    whole = [name for name in typed if name not in resources and name not in parts]
    for name in whole:
        _require_whole(name, spec, catalogue)
    generated = (*(one.singular for one in spec.resources), *(one.path for one in spec.generated))
    asked = parse_extension_names(whole, catalogue, known=(*spec.extensions, *generated))
    examples = [one for name in asked for one in catalogue.extensions[name].resources]
    left = replace(
        spec,
        extensions=tuple(name for name in spec.extensions if name not in asked),
        resources=tuple(one for one in spec.resources if one not in (*resources.values(), *examples)),
        generated=tuple(part for part in spec.generated if part not in parts.values()),
    )
    if alone := dict(_left_alone(left, spec, catalogue)):
        these = [*dict.fromkeys(typed), *alone]
        raise UsageError(
            next(iter(alone.values())),
            hint=f"remove {'both' if len(these) == 2 else 'all'}: flaskgen remove {','.join(these)}",
            fix=Fix(more=" ".join(alone)),
        )
    absent = [
        f"the project does not have {name}"
        for name in asked
        if name in map(str.lower, typed) and name not in spec.extensions
    ]
    options = parse_options((), left.extensions, catalogue, defaults=option_texts(spec.options))
    stay = {name: those for name, those in spec.options.items() if name in left.extensions}
    notes = (*absent, *options_lost(stay, options), *files_left(spec.resources, left.resources))
    return Wanted(replace(left, options=options), notes=notes)


def _require_whole(name: str, spec: ProjectSpec, catalogue: Catalogue) -> None:
    """Raise UsageError for a part of something: the nearest name would be the whole of it."""
    if name.lower() in catalogue.extensions:
        return
    shown, parts = printable(name), dict(_parts(spec, catalogue))
    if name.lower() in parts:
        what, hint = parts[name.lower()]
        raise UsageError(f"`{shown}` is {what}", hint=hint)
    if "." in name:
        pages = [one.full_name for one in spec.generated if one.blueprint]
        otherwise = "to remove a field: flaskgen generate field NAME -- -FIELD"
        hint, fix = suggest(name, pages, otherwise=otherwise)
        raise UnknownExtension(f"`{shown}` is not an extension", hint=hint, fix=fix)


def _parts(spec: ProjectSpec, catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each name of a part, with what it is, and how it is changed or removed."""
    for extension in spec.extensions:
        for setting in catalogue.extensions[extension].options:
            key = f"{extension}.{setting.name}"
            yield key, (f"an option of {extension}", f"change it: flaskgen option {key}=VALUE")
    for resource in spec.resources:
        for field in resource.fields:
            hint = f"remove it: flaskgen generate field {resource.name} -- -{field.name}"
            for of in ("", f"{resource.name.lower()}.", f"{resource.plural}."):
                yield f"{of}{field.name}", (f"a field of {resource.name}", hint)


def _left_alone(left: ProjectSpec, before: ProjectSpec, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the name of what is left and cannot stay without what goes, with the reason."""
    kept = [*left.extensions]
    for name in left.extensions:  # what others require comes before them
        if need := next((one for one in catalogue.extensions[name].needs if one not in kept), None):
            kept.remove(name)
            yield name, f"{name} requires {need}"
    staying = [*left.resources]
    there = {one.name for one in before.resources}

    def lacks(resource: Resource) -> str | None:
        groups = (group for group in resource.needs if {*group}.isdisjoint(kept))
        if need := next((name for group in groups for name in group if name in before.extensions), None):
            return f"the resource {resource.singular} requires {need}"
        gone = there - {one.name for one in staying}
        target = next((name for name in resource.targets if name in gone), None)
        return target and f"{resource.name} relates to {target}"

    while found := next(((one, why) for one in staying if (why := lacks(one))), None):
        staying.remove(found[0])
        yield found[0].singular, found[1]
    for part in left.generated:
        if part.kind == "page" and part.blueprint not in pages_of(left.generated):
            yield part.full_name, f"the blueprint {part.blueprint} has the page {part.name}"


def _part(name: str, spec: ProjectSpec) -> Generated:
    """Return the blueprint, command or page that a person means. Raises UsageError if it may be several."""
    found = find_generated(name, spec.generated)
    if len(found) + bool(find_resource(name, spec.resources)) > 1:
        raise UsageError(
            f"`{name}` may be {' or '.join(map(str, found))}",
            hint=f"say which: flaskgen remove {found[0].full_name}",
            fix=Fix(name, found[0].full_name),
        )
    return found[0]


def option(
    directory: Path | str,
    options: Sequence[str],
    *,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Change ``EXT.KEY=VALUE`` options of the project that ``directory`` is in.

    Raises InvalidOption or UnknownExtension, and what ``change`` raises.
    """
    texts = listed(options)
    want = partial(with_options, texts=texts)
    return change(directory, want, settings, session, title=f"option {' '.join(texts)}")


def with_options(project: OpenProject, texts: Sequence[str]) -> Wanted:
    """Return the specification with other values of options."""
    spec = project.spec
    there = option_texts(spec.options)
    options = parse_options((*there, *texts), spec.extensions, project.catalogue, choose=_add_first)
    same = tuple(f"{text} is already set" for text in texts if text in there)
    return Wanted(replace(spec, options=options), notes=same)


def _add_first(missing: str) -> tuple[str, Fix]:
    return f"first add what it needs: flaskgen add {missing}", Fix(first=f"flaskgen add {missing}")


def update(
    directory: Path | str, *, settings: ChangeSettings | None = None, session: Session | None = None
) -> Outcome[Plan]:
    """Update the project that ``directory`` is in to the current templates. Raises what ``change`` raises."""
    updating = replace(settings or ChangeSettings(), update=True)

    def want(project: OpenProject) -> Wanted:
        spec = project.spec
        pins = parse_pins(decode(read_file(project.path / RUNTIME_FILE) or b""))
        older = older_note(pins, tested_for(spec.release.series, spec.python))
        return Wanted(spec, notes=(older,) if older else ())

    return change(directory, want, updating, session, title="update")
