"""Read the files of a project that flaskgen did not make."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

import tomli
from packaging.requirements import InvalidRequirement, Requirement

from flaskgen.effects.git import last_change
from flaskgen.effects.shipped.compatibility_data import COMPATIBILITY
from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.session import Session
from flaskgen.errors import EnvironmentBroken, NotAProject
from flaskgen.planning.foreign.era import OF_FILES
from flaskgen.planning.foreign.project import ForeignProject, read_project
from flaskgen.planning.foreign.requirements import Declared, Refused, Requirements
from flaskgen.planning.foreign.services import Names
from flaskgen.planning.foreign.source import encoding_of
from flaskgen.planning.packages.pins import decode
from flaskgen.planning.project.names import KEPT_BY_TOOLS

_MOST = 10_000  # files; a project that has more is read as far as that
_LONGEST = 1 << 20  # bytes of a file that is read
_MOST_CODE = 8 << 20  # bytes of Python: the syntax tree of a byte takes a hundred
_SKIPPED = KEPT_BY_TOOLS | {
    *(".svn", ".idea", ".vscode", ".eggs", "bower_components", "site-packages", "dist-packages")
}
_READ = frozenset(
    {
        *("", ".py", ".txt", ".pip", ".in", ".toml", ".lock", ".cfg", ".ini", ".env", ".sh", ".yml", ".yaml"),
        *(".md", ".rst"),
    }
)
_TELLING = (".py", ".txt", ".in", ".lock", ".toml", ".cfg")
"""The files that a note names if they are not read."""
_PAGES = (".html", ".htm", ".jinja", ".jinja2", ".j2")


class FoundFiles(NamedTuple):
    """The files of a directory, without what tools keep there."""

    texts: dict[PurePosixPath, str]
    """Those that can say something about the project, sorted by path."""
    others: tuple[PurePosixPath, ...]
    """All others, which are not read."""
    notes: tuple[str, ...]
    """What was not read, and why."""

    @property
    def every(self) -> tuple[PurePosixPath, ...]:
        return (*self.texts, *self.others)


def read_foreign(directory: Path, python: str | None = None) -> tuple[ForeignProject, FoundFiles]:
    """Read a project, for the Python that is chosen, if one is.

    Raises NotAProject for a directory that is not there or has no Python file.
    """
    if not directory.is_dir():
        raise NotAProject(f"`{directory}` is not a directory", hint="use the directory of a Flask project")
    found = find_files(directory)
    if not any(path.suffix == ".py" for path in found.texts):
        raise NotAProject(
            f"there is no Python file in `{directory}`", hint="use the directory of a Flask project"
        )
    project = read_project(found.texts, known_names(), python, os.environ)
    given = child_environment()  # such as PATH, which is nothing to set
    variables = tuple(one for one in project.variables if one.name not in given)
    requirements = _without_missing_files(project.requirements)
    return project._replace(variables=variables, requirements=requirements), found


def _without_missing_files(requirements: Requirements) -> Requirements:
    """Require by name what is a file of another machine, as in what pip freezes of conda's packages."""
    missing = [one for one in requirements.declared if _is_missing_file(one.requirement.url or "")]
    if not missing:
        return requirements
    declared = (one.requiring(url=None) if one in missing else one for one in requirements.declared)
    first, more = missing[0], len(missing) - 1
    reason = "it is a file of another machine" + (f", as are {more} more" if more else "")
    refused = Refused(first.place, str(first.requirement), reason, understood=True)
    return requirements._replace(declared=tuple(declared), refused=(*requirements.refused, refused))


def _is_missing_file(url: str) -> bool:
    if not url.startswith("file:"):
        return False
    from urllib.request import url2pathname  # which imports much

    return not os.path.exists(url2pathname(urlsplit(url).path))


def read_pins(environment: Path) -> Requirements:
    """Return what is installed in a virtual environment, by the names of the files: its Python may be gone.

    Raises EnvironmentBroken if nothing is.
    """
    pins: dict[str, Declared] = {}
    for info in sorted(environment.glob("[Ll]ib*/**/site-packages/*-*.*-info")):
        name, version = info.name.rpartition(".")[0].split("-")[:2]
        with suppress(InvalidRequirement):
            pin = Declared(Requirement(f"{name}=={version}"), PurePosixPath(environment.name))
            if pin.name not in ("pip", "setuptools", "wheel"):
                pins.setdefault(pin.name, pin)
    if not pins:
        raise EnvironmentBroken(
            f"`{environment}` is not a virtual environment with packages",
            hint="pass the directory that contains lib/python3.*/site-packages",
        )
    return Requirements(tuple(pins.values()), files=(PurePosixPath(environment.name),))


@cache
def known_names() -> Names:
    """Return the distributions of import names, and the services that they are clients of."""
    text = (COMPATIBILITY / "import-names.toml").read_text("utf-8")
    return Names(**tomli.loads(text))


def read_pages(directory: Path, found: FoundFiles) -> dict[PurePosixPath, str]:
    """Return the texts of a project's pages."""
    texts: dict[PurePosixPath, str] = {}
    for path in found.others:
        if path.suffix in _PAGES:
            with suppress(OSError):
                content = (directory / path).read_bytes()
                texts[path] = content.decode(encoding_of(content, path))
    return texts


def find_files(directory: Path) -> FoundFiles:
    """Read the texts below a directory, but no environment in it, and 10,000 files at most.

    A link that leads out of it is not followed.
    """
    texts: dict[PurePosixPath, str] = {}
    others: list[PurePosixPath] = []
    notes: list[str] = []
    code = 0
    for path in _walk(directory, notes):
        if len(texts) + len(others) >= _MOST:
            notes.append(f"only the first {_MOST:,} files were read")
            break
        relative = PurePosixPath(path.relative_to(directory).as_posix())
        says_something = relative.suffix.lower() in _READ or path.name.startswith(".env")
        text = _read(path, relative, notes) if says_something else None
        if text is None:
            others.append(relative)
            continue
        code += len(text) if relative.suffix == ".py" else 0
        if code > _MOST_CODE:
            notes.append(f"only the first {_MOST_CODE >> 20} MB of Python code were read")
            break
        texts[relative] = text
    return FoundFiles(texts, tuple(others), tuple(notes))


def _walk(project: Path, notes: list[str]) -> Iterator[Path]:
    """Yield files, those of a directory before those of the directories in it."""
    top = project.resolve()
    unread = os.walk(project, onerror=lambda error: notes.append(f"{error.filename}: {error.strerror}"))
    for place, directories, names in unread:
        for name in sorted([*directories, *names]):
            path = Path(place, name)
            # Which takes a link to itself as it is.
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(top):
                notes.append(f"{name} is a link out of the project: it was not followed")
            elif os.path.isfile(path):
                yield path
        directories[:] = sorted(name for name in directories if not _is_skipped(place, name))


def _is_skipped(place: str, name: str) -> bool:
    """Return whether a directory is kept by tools, or is an environment."""
    # Unlike Path.exists, this has no trouble with a directory of another user, such as a database's.
    inside = (os.path.join(place, name, sign) for sign in ("pyvenv.cfg", "conda-meta"))
    return name in _SKIPPED or any(map(os.path.exists, inside))


def _read(path: Path, relative: PurePosixPath, notes: list[str]) -> str | None:
    """Return a file's text; None for one that is too long, binary, or cannot be read."""
    try:
        size = path.stat().st_size
        if size > _LONGEST:
            if relative.suffix in _TELLING:
                notes.append(f"{relative} is longer than {_LONGEST >> 20} MB: it was not read")
            return None
        if not size:  # files in /proc have none either, and reading some of them waits forever
            return ""
        content = path.read_bytes()
    except OSError as error:
        notes.append(f"{relative}: {error.strerror}")
        return None
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        if relative.suffix in _TELLING and not relative.name.startswith("._"):  # of macOS, about a file
            notes.append(f"{relative} is not text: it was not read")
        return None
    if relative.suffix != ".py":
        return decode(content)
    encoding = encoding_of(content, relative)
    if encoding == "latin-1":
        notes.append(f"{relative} is not UTF-8, and does not say what it is")
    return content.decode(encoding)


def find_last_change(
    project: Path, requirements: Iterable[PurePosixPath], files: Iterable[PurePosixPath], *, session: Session
) -> tuple[str, str]:
    """Return the day when a project was last worked on, and what says so; empty if nothing does.

    That is the last change of what it requires, rather than its last commit, which is often a late fix of a
    line.
    """
    named = [*map(str, requirements)]
    if named and (day := last_change(project, named, session=session)):
        return day, "the last change of its requirements"
    if day := last_change(project, ["."], session=session):
        return day, "its last commit"
    newest = 0.0
    for path in files:
        with suppress(OSError):
            newest = max(newest, (project / path).stat().st_mtime)
    return (time.strftime("%Y-%m-%d", time.gmtime(newest)), OF_FILES) if newest else ("", "")
