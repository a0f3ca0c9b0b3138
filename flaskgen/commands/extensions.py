"""Describe the extensions: what each requires, adds and changes; create one of your own, and check it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import tomli

from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.effects.shipped.rendering import render_projects
from flaskgen.effects.shipped.templates import (
    find_extensions,
    load_catalogue,
    read_extension,
    read_wanted,
)
from flaskgen.effects.system.limits import limited
from flaskgen.errors import (
    CannotWrite,
    Fix,
    FlaskgenError,
    InvalidDestination,
    UnknownExtension,
    UsageError,
    suggest,
)
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.project.names import ProjectName, why_taken
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue, Extension
from flaskgen.planning.templates.catalogue_checks import find_slots
from flaskgen.planning.templates.catalogue_reading import extend_catalogue
from flaskgen.planning.templates.manifest import NAME_HINT, is_extension_name
from flaskgen.planning.templates.selection import parse_extension_names, parse_options, select_extensions
from flaskgen.planning.templates.tree import Tree

_SAMPLE = ProjectName("PACKAGE")
_CONFIG, _SETTINGS = PurePosixPath(_SAMPLE.package, "config.py"), PurePosixPath("docs/settings.md")
_SETTING = re.compile(r'^ {8}"([A-Z_][A-Z0-9_]*)":', re.MULTILINE)
_STARTER = Path(__file__).with_name("starter")


class ExtensionFacts(NamedTuple):
    """An extension, with the newest series of Flask.

    Its version is that of the newest series that can have it.
    """

    name: str
    summary: str
    distribution: str
    version: str
    place: str
    """Where it is, if flaskgen does not ship it; then the version is its own."""
    status: str
    note: str
    needs: tuple[str, ...]
    requirements: tuple[str, ...]
    requirements_with: Mapping[str, list[str]]
    """Additional requirements, by the traits that bring them: ``database-mysql``."""
    files: tuple[str, ...]
    """Paths it adds to a project, where `PACKAGE` is the project's package."""
    changes: tuple[str, ...]
    """Paths of every project that it adds lines to."""
    configuration: Mapping[str, str]
    options: tuple[dict[str, Any], ...]


class SlotLines(NamedTuple):
    """Lines for a slot of a shared file, as the templates have them."""

    file: str
    slot: str
    part: str
    condition: tuple[str, ...]
    """What a project needs besides the extension to get them."""
    source: str
    """The template, and the line where they begin: ``extensions/login/slots.jinja:5``."""
    text: str


def describe_extensions(
    directories: Sequence[Path] = (), name: str | None = None, *, files: bool = True
) -> list[ExtensionFacts]:
    """Describe an extension, or all in the order in which they are applied, also those in ``directories``.

    To know the ``files`` of each takes most of the time; without, they are empty. Raises UnknownExtension.
    """
    catalogue = load_catalogue(directories, None if name is None else [name])
    names = catalogue.extensions if name is None else [_known(name, catalogue)]
    all_series = [catalogue.complete(series) for series in load_series()]
    return [_describe(catalogue.extensions[one], catalogue, all_series, files=files) for one in names]


def describe_lines(name: str, directories: Sequence[Path] = ()) -> tuple[SlotLines, ...]:
    """Return the lines of an extension, with its overlays, by the file that they land in.

    Raises UnknownExtension.
    """
    catalogue = load_catalogue(directories, [name])
    known = _known(name, catalogue)
    slots = find_slots(catalogue)
    lines: dict[str, list[SlotLines]] = {}
    for layer in catalogue.layers:
        for fill in layer.fills if layer.owner == known else ():
            file = slots[fill.slot].file.replace("{{package}}", _SAMPLE.package)
            condition = tuple(sorted(layer.condition - {known}))
            source = f"{fill.source}:{fill.line}"
            found = SlotLines(file, fill.slot, fill.part, condition, source, fill.content)
            lines.setdefault(file, []).append(found)
    return tuple(found for group in lines.values() for found in group)


def _known(name: str, catalogue: Catalogue) -> str:
    names = parse_extension_names([name], catalogue)
    if len(names) != 1:
        raise UnknownExtension(f"`{name}` is not an extension", hint="name one: flaskgen extensions login")
    return names[0]


def _describe(
    extension: Extension, catalogue: Catalogue, all_series: Sequence[FlaskSeries], *, files: bool
) -> ExtensionFacts:
    having = [series for series in all_series if series.extensions[extension.name].unsupported is None]
    series = having[-1] if having else all_series[-1]
    support = series.extensions[extension.name]
    with_it = _render_sample([extension.name], catalogue, series) if files else {}
    needed = _render_sample(extension.needs, catalogue, series) if files else {}
    newest = next((one for one in reversed(all_series) if one.lacks(extension.name) is None), series)
    return ExtensionFacts(
        name=extension.name,
        summary=extension.summary,
        distribution=extension.distribution,
        version=extension.version or _tested_version(extension, newest),
        place=extension.place,
        status=extension.status.value,
        note=extension.note,
        needs=extension.needs,
        requirements=(*support.requirements, *support.dev),
        requirements_with=support.beside_as_dict(),
        files=tuple(str(path) for path in with_it if path not in needed),
        changes=tuple(str(path) for path in with_it if path in needed and with_it[path] != needed[path]),
        configuration=dict(extension.configuration),
        options=tuple(option._asdict() for option in extension.options),
    )


def _tested_version(extension: Extension, series: FlaskSeries) -> str:
    """Return the version of an extension's package in the lock of a series; empty if it has no package."""
    tested = load_lock(series).packages.get(normalized(extension.distribution), ())
    return tested[-1].version if tested else "untested" if extension.distribution else ""


def _render_sample(names: Iterable[str], catalogue: Catalogue, series: FlaskSeries) -> Tree:
    """Return the files of a project with some extensions, and with what these require, on a series."""
    chosen = select_extensions(names, catalogue).extensions
    spec = ProjectSpec(
        name=_SAMPLE,
        release=FlaskRelease(series.tested, series),
        python=series.pythons.maximum.version,
        extensions=chosen,
        options=parse_options((), chosen, catalogue),
    ).with_examples(catalogue)
    (tree,) = render_projects([spec], catalogue, secret_key="")
    return tree


def create_extension(name: str, parent: Path) -> Path:
    """Create the directory of an extension in ``parent``, and return it: all of it, or nothing.

    Raises UsageError for a name that cannot be one, InvalidDestination, and CannotWrite.
    """
    if not is_extension_name(name):
        fixed = "-".join(re.findall("[a-z0-9]+", name.lower())).lstrip("0123456789-")
        raise UsageError(
            f"`{name}` cannot name an extension",
            hint=NAME_HINT,
            fix=Fix(name, fixed) if is_extension_name(fixed) else None,
        )
    directory, all_series, catalogue = parent / name, load_series(), load_catalogue()
    module = name.replace("-", "_")
    if name in catalogue.extensions:
        reason: str | None = "flaskgen has one of that name"
    elif name in catalogue.traits:
        reason = "it is a trait of flaskgen"
    else:
        reason = why_taken(module, catalogue.package_modules)
    if reason:
        raise UsageError(
            f"`{name}` cannot name an extension: {reason}",
            hint="choose another name",
            fix=Fix(name, f"my-{name}"),
        )
    if directory.exists() or directory.is_symlink():
        raise InvalidDestination(f"`{directory}` exists", hint="choose another name, or remove it")
    words = {
        "NAME": name,
        "MODULE": module,
        "TITLE": " ".join(map(str.capitalize, re.split("[-_]", name))),
        "OLDEST": all_series[0].name,
        "NEWEST": all_series[-1].name,
        "SETTING": f"{module.upper()}_GREETS",
    }
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=parent) as scratch:
            made = Path(scratch, name)
            for source in filter(Path.is_file, _STARTER.rglob("*")):
                text = source.read_text(encoding="utf-8")
                for word, meant in words.items():
                    text = text.replace(word, meant)
                file = made / str(source.relative_to(_STARTER)).replace("MODULE", module)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
            shutil.move(made, directory)
    except OSError as error:
        raise CannotWrite(f"cannot create `{directory}`: {error.strerror}") from error
    return directory


def check_extension(directory: Path) -> list[str]:
    """Return what is wrong with an extension, a line each.

    Its manifest and slots are read; it has to say something of every series of Flask; and projects with it,
    on each series and with each other extension, have to render and to document its settings. The first that
    does not render ends the check: the next ones would say the same, or compute as long.
    """
    problems: list[str] = []
    try:
        with limited(str(directory)):
            files, shipped = read_extension(directory), load_catalogue()
            others = {*files.manifest.needs} - {files.manifest.name, *shipped.extensions}
            found = find_extensions([directory.absolute().parent], shipped) if others else {}
            catalogue = extend_catalogue(shipped, [*read_wanted(found, [*others]), files])
        all_series = [catalogue.complete(series) for series in load_series()]
        problems += [*_unsaid(files.manifest, all_series), *_misspelled(files.manifest, catalogue)]
        for series in all_series:
            problems += [*_of_series(files.manifest, catalogue, series)]
    except FlaskgenError as error:
        problems.append(f"{error.message}; {error.hint}" if error.hint else error.message)
    return [*dict.fromkeys(problems)]


def _unsaid(extension: Extension, all_series: Iterable[FlaskSeries]) -> Iterator[str]:
    """Name the series in a row that the manifest says nothing of."""
    for unsaid, group in groupby(all_series, key=lambda series: extension.support(series.name) is None):
        names = [line.name for line in group]
        if unsaid:
            series = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
            yield (
                f"{extension.place}/manifest.toml says nothing about Flask {series}; "
                f'add [flask."{series}"] with requirements = [...] or unsupported = "the reason"'
            )


def _misspelled(extension: Extension, catalogue: Catalogue) -> Iterator[str]:
    """Name the traits of overlays that nothing has, but that resemble one: other extensions can have any."""
    for layer in catalogue.layers:
        for trait in sorted(layer.condition - catalogue.traits) if layer.owner == extension.name else ():
            hint, meant = suggest(trait, catalogue.traits, otherwise="")
            if meant and not trait.startswith("resources-"):
                yield f"{extension.place}: there is no trait `{trait}`; {hint}"


def _of_series(extension: Extension, catalogue: Catalogue, series: FlaskSeries) -> Iterator[str]:
    """Say what is wrong with projects of a series: alone, and on the newest with each other extension."""
    if series.lacks(extension.name):
        return
    newest = series.name == load_series()[-1].name
    others = [other for other in catalogue.extensions if newest and not series.lacks(other)]
    for other in dict.fromkeys([extension.name, *others]):
        tree = _render_sample([extension.name, other], catalogue, series)
        yield from _invalid(tree)
        if other == extension.name:
            yield from _undocumented(extension, tree, _render_sample(extension.needs, catalogue, series))


def _invalid(tree: Tree) -> Iterator[str]:
    for path, text in tree.items():
        try:
            if path.suffix == ".py":
                compile(text, str(path), "exec", dont_inherit=True)
            elif path.suffix == ".toml" and isinstance(text, str):
                tomli.loads(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            yield f"the generated {path} is not valid: {error}"


def _undocumented(extension: Extension, tree: Tree, before: Tree) -> Iterator[str]:
    was, now = (set(_SETTING.findall(str(files[_CONFIG]))) for files in (before, tree))
    for setting in sorted(now - was):
        if setting not in extension.configuration:
            yield f"{extension.place}/manifest.toml: [configuration] does not explain {setting}"
        if f"`{setting}`" not in str(tree.get(_SETTINGS)):
            yield f'{extension.place}/slots.jinja: no row of "docs.settings" explains {setting}'
