"""Write the bounds of a Flask release as a pip constraints file, with the reason for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from flaskgen import __version__
from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_lines
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.pythons import check_python, check_python_form
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.packages.direct_requirements import requirements_for
from flaskgen.planning.templates.selection import parse_request, select_for_line

# pip refuses a constraint with extras.
_EXTRAS = re.compile(r"\[[^]]*\]")


def constraints(
    version: str,
    *,
    extensions: Sequence[str] = (),
    directories: Sequence[Path] = (),
    python: str | None = None,
) -> str:
    """Return the file for a release, a series or `latest`, with lists of extensions as they were typed.

    The extensions of others are in ``directories`` and in installed packages.

    Raises InvalidVersion, UnknownVersion, UnknownExtension, or IncompatibleVersions if the extensions, or
    ``python``, do not work with it.
    """
    lines = load_lines()
    catalogue = load_catalogue(directories, extensions)
    release = catalogue.on(choose_release(version, lines))
    if python is not None:
        check_python_form(python)
        check_python(release, python, installed=partial(find_interpreters, Session()), lines=lines)
    request = parse_request(extensions, None, catalogue)
    names = select_for_line(request, release.line, catalogue).extensions
    return "".join(f"{line}\n" for line in _lines(release, names))


def _lines(release: FlaskRelease, extensions: Sequence[str]) -> Iterator[str]:
    pythons = release.line.pythons
    yield f"# Versions that work with Flask {release.version}, from flaskgen {__version__}."
    yield f"# Tested on Python {pythons.minimum.version} to {pythons.maximum.version}."
    if not pythons.minimum.of_project:
        yield f"# It does not work on older versions: {pythons.minimum.reason}."
    if not pythons.newer_tried:
        yield f"# It does not work on newer versions: {pythons.maximum.reason}."
    for note in release.notes:
        yield f"# {note}."
    yield f"Flask=={release.version}"
    for bound in release.line.core:
        yield f"# {bound.reason}"
        yield bound.requirement
    printed = {f"Flask=={release.version}", *release.line.base}
    for name in extensions:
        for requirement in requirements_for(release, [name], traits=release.line.conditions).runtime:
            if requirement not in printed:
                printed.add(requirement)
                yield f"# {name}: the releases that work with Flask {release.version}"
                yield _EXTRAS.sub("", requirement)
