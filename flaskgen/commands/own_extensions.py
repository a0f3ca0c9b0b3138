"""Create an extension of one's own to start from, and check one."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath

import tomli

from flaskgen.commands.extensions import SAMPLE, render_sample
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.templates import load_catalogue, read_extension
from flaskgen.errors import CannotWrite, Fix, FlaskgenError, InvalidDestination, UsageError
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.templates.catalogue import Catalogue, Extension
from flaskgen.planning.templates.catalogue_reading import extend_catalogue
from flaskgen.planning.templates.manifest import is_extension_name
from flaskgen.planning.templates.tree import Tree

_CONFIG, _SETTINGS = PurePosixPath(SAMPLE.package, "config.py"), PurePosixPath("docs/settings.md")
_SETTING = re.compile(r'^ {8}"([A-Z_][A-Z0-9_]*)":', re.MULTILINE)

_STARTER = Path(__file__).with_name("starter")


def create_extension(name: str, parent: Path) -> Path:
    """Create the directory of an extension in ``parent``, and return it: all of it, or nothing.

    Raises UsageError for a name that cannot be one, InvalidDestination, and CannotWrite.
    """
    if not is_extension_name(name):
        fixed = "-".join(re.findall("[a-z0-9]+", name.lower())).lstrip("0123456789-")
        raise UsageError(
            f"`{name}` cannot name an extension",
            hint="use lower-case letters, digits, and single `-` or `_`",
            fix=Fix(name, fixed) if is_extension_name(fixed) else None,
        )
    if name in load_catalogue().extensions:
        raise UsageError(
            f"flaskgen has an extension `{name}` itself",
            hint="choose another name",
            fix=Fix(name, f"my-{name}"),
        )
    directory, all_series = parent / name, load_series()
    if directory.exists() or directory.is_symlink():
        raise InvalidDestination(f"`{directory}` exists", hint="choose another name, or remove it")
    module = name.replace("-", "_")
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
    on each series and with each other extension, have to render and to document its settings.
    """
    try:
        files = read_extension(directory)
        catalogue = extend_catalogue(load_catalogue(), [files])
        all_series = [catalogue.complete(series) for series in load_series()]
    except FlaskgenError as error:
        return [f"{error.message}; {error.hint}" if error.hint else error.message]
    extension = files.manifest
    return [
        *_unsaid(extension, all_series),
        *dict.fromkeys(
            problem for series in all_series for problem in _of_series(extension, catalogue, series)
        ),
    ]


def _unsaid(extension: Extension, all_series: Iterable[FlaskSeries]) -> Iterator[str]:
    """Name the series in a row that the manifest says nothing of."""
    for unsaid, group in groupby(all_series, key=lambda series: extension.support(series.name) is None):
        names = [line.name for line in group]
        if unsaid:
            series = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
            yield (
                f"{extension.place}/manifest.toml: nothing is said of Flask {series}; "
                f'add [flask."{series}"] with requirements = [...] or unsupported = "the reason"'
            )


def _of_series(extension: Extension, catalogue: Catalogue, series: FlaskSeries) -> Iterator[str]:
    """Say what is wrong with projects of a series: alone, and on the newest with each other extension."""
    if series.lacks(extension.name):
        return
    newest = series.name == load_series()[-1].name
    others = [other for other in catalogue.extensions if newest and not series.lacks(other)]
    for other in dict.fromkeys([extension.name, *others]):
        try:
            tree = render_sample([extension.name, other], catalogue, series)
        except FlaskgenError as error:
            yield error.message
            continue
        yield from _invalid(tree)
        if other == extension.name:
            yield from _undocumented(extension, tree, render_sample(extension.needs, catalogue, series))


def _invalid(tree: Tree) -> Iterator[str]:
    for path, text in tree.items():
        try:
            if path.suffix == ".py":
                compile(text, str(path), "exec", dont_inherit=True)
            elif path.suffix == ".toml" and isinstance(text, str):
                tomli.loads(text)
        except (SyntaxError, ValueError) as error:
            yield f"the generated {path} is not valid: {error}"


def _undocumented(extension: Extension, tree: Tree, before: Tree) -> Iterator[str]:
    was, now = (set(_SETTING.findall(str(files[_CONFIG]))) for files in (before, tree))
    for setting in sorted(now - was):
        if setting not in extension.configuration:
            yield f"{extension.place}/manifest.toml: [configuration] does not explain {setting}"
        if f"`{setting}`" not in str(tree.get(_SETTINGS)):
            yield f'{extension.place}/slots.jinja: no row of "docs.settings" explains {setting}'
