"""Find a release of Flask: in the compatibility data, else on the package index."""

from __future__ import annotations

from functools import partial

from packaging.version import Version

from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.system.session import Session
from flaskgen.errors import InterpreterNotFound, ResolutionFailed, UnknownVersion
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.flask.releases import (
    FlaskRelease,
    adopt_release,
    choose_release,
    names_a_series,
    no_such_release,
    recorded_release,
)
from flaskgen.planning.packages.sources import PackageSources


def find_release(
    text: str, *, sources: PackageSources, install: bool = True, session: Session
) -> FlaskRelease:
    """Return the release that ``text`` means, asking the index only for what the data does not know.

    Without ``install`` it is not asked. Raises as ``choose_release`` does; UnknownVersion tells whether there
    is no such release, or why the index could not be asked.
    """
    all_series = load_series()
    try:
        return choose_release(text, all_series)
    except UnknownVersion as unknown:
        if option := "--offline" if sources.offline else "" if install else "--no-install":
            raise UnknownVersion(
                f"{unknown.message}, and does not query the index because of {option}",
                hint=unknown.hint,
                fix=unknown.fix,
            ) from None
    with session.reporter.step(f"Look up Flask {text}"):
        uv, interpreter = Uv(session, sources), _newest_interpreter(session)
        newest = partial(_newest, text=text, uv=uv, interpreter=interpreter)
        if names_a_series(text):
            version, yanked = newest(f"Flask=={text}.*"), None
            # uv takes a pre-release if a series has nothing else; it has to be named exactly.
            version = None if version and Version(version).is_prerelease else version
        else:
            version = newest(f"Flask>={text},<={text}")
            # A yanked release is taken for nothing but its exact version.
            yanked = None if version else "yanked by its authors"
            version = version or newest(f"Flask=={text}")
        if version is None:
            raise no_such_release(f"there is no Flask {text}", text, all_series)
    return adopt_release(version, all_series, yanked=yanked)


def find_newest(release: FlaskRelease, *, sources: PackageSources, session: Session) -> FlaskRelease:
    """Return the newest release of the same series that the index has. Raises UnknownVersion."""
    series = release.series.name
    with session.reporter.step(f"Look up Flask {series}"):
        uv, interpreter = Uv(session, sources), _newest_interpreter(session)
        version = _newest(f"Flask=={series}.*", text=series, uv=uv, interpreter=interpreter)
    return recorded_release(version or release.version, load_series())


def _newest(requirement: str, text: str, uv: Uv, interpreter: Interpreter) -> str | None:
    """Return the newest release that meets ``requirement``, if there is one; uv knows every kind of index.

    Raises UnknownVersion if the index does not even have a Flask: its no means nothing then.
    """
    try:
        pins = uv.resolve([requirement], interpreter=interpreter)
    except ResolutionFailed:
        try:
            uv.resolve(["Flask"], interpreter=interpreter)
        except ResolutionFailed as error:
            raise UnknownVersion(
                f"flaskgen does not know Flask {text} and cannot query the index: {error.message}",
                hint=error.hint,
            ) from error
        return None
    return next((pin.version for pin in pins if pin.name == "flask"), None)


def _newest_interpreter(session: Session) -> Interpreter:
    """Return the one that can run the most: a release for no Python that is here might as well not exist."""
    found = [one for one in find_interpreters(session) if one.implementation == "CPython"]
    if not found:
        raise InterpreterNotFound("no Python was found", hint="pass the path of one with --python")
    return max(found, key=lambda one: version_numbers(one.version))
