"""What a project declares that it requires, in whichever file it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement
from packaging.version import Version

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.foreign.locks import LOCKS
from flaskgen.planning.foreign.manifests import MANIFESTS, UNREADABLE, specifier_of
from flaskgen.planning.foreign.requirements import (
    Declared,
    Refused,
    Requirements,
    choose_forks,
    parse_line,
    python_for,
    read_requirements,
    requirements_files,
    running_python,
)

*_, _LAST_LOCK = LOCKS


def read_declared(
    files: Mapping[PurePosixPath, str], python: str | None = None, environment: Mapping[str, str] = {}
) -> Requirements:
    """Return what the first of these files that requires something declares; nothing if there is none.

    They are, in this order, locks, requirements files, a Pipfile, pyproject.toml, setup.cfg and setup.py. Of
    none of them anything is run. A file that cannot be read is refused, with the reason. The Pythons that
    the project allows are those of that file, or else of the first of the others that names some. What is
    required in several versions is taken for ``python``, by default this one if the project allows it.
    """
    numbers = version_numbers(python or "")
    asked = Version(".".join(map(str, numbers))) if numbers[1:] else None
    deciding: Requirements | None = None
    found: list[Declared] = []
    chosen: tuple[PurePosixPath, ...] = ()
    beside: tuple[PurePosixPath, ...] = ()
    refused: list[Refused] = []
    specifier, said_by = None, None
    for name, read in (*LOCKS.items(), *MANIFESTS.items()):
        places = {PurePosixPath(), *(path.parent for path in deciding.files)} if deciding else None
        named = (path for path in files if path.name == name and (not places or path.parent in places))
        for path in sorted(named, key=lambda path: len(path.parts))[:1]:
            try:
                content = read(files[path])
                allowed = specifier_of(content.python)
                declared = list(_declared(content.lines, path, refused)) if deciding is None else []
            except UNREADABLE as error:
                if deciding is None:
                    refused.append(_unreadable(path, error))
                continue
            if allowed and (specifier is None or declared):
                specifier, said_by = allowed, path
            if declared:
                deciding, found = Requirements(files=(path,), indexes=content.indexes), declared
        if name == _LAST_LOCK and deciding is None:
            chosen = requirements_files(files)
            beside = tuple(path.with_name("constraints.txt") for path in chosen[:1])
            requirements = read_requirements(files, chosen, asked, environment, beside)
            refused += requirements.refused
            deciding = requirements if requirements.declared else None
        if deciding is not None and specifier is not None:
            break
    if deciding is None:
        return Requirements(refused=tuple(refused), python=specifier, python_from=said_by)
    on = asked or python_for(specifier, running_python())
    if found:
        forks = choose_forks(found, on)
        deciding = deciding._replace(declared=forks.declared, elsewhere=forks.elsewhere)
    elif on != (asked or running_python()):
        deciding = read_requirements(files, chosen, on, environment, beside)
    return deciding._replace(refused=tuple(refused), python=specifier, python_from=said_by)


def _unreadable(path: PurePosixPath, error: Exception) -> Refused:
    wrong_type = isinstance(error, (AttributeError, KeyError, TypeError))
    reason = "a key is missing, or a value has the wrong type" if wrong_type else str(error)
    line = getattr(error, "lineno", None)
    return Refused(f"{path}:{line}" if line else str(path), path.name, reason.partition("\n")[0])


def _declared(lines: Iterable[str], path: PurePosixPath, refused: list[Refused]) -> Iterator[Declared]:
    for line in lines:
        try:
            yield Declared(parse_line(line), path)
        except InvalidRequirement as error:
            refused.append(Refused(str(path), line, str(error).partition("\n")[0]))
