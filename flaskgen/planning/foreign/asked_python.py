"""The Python that the files of a project name, which no list of requirements has to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple


class AskedPython(NamedTuple):
    """A Python that a file names."""

    version: str
    """``3.6.8``, or ``3.6``."""
    path: PurePosixPath
    tested: bool = False
    """Whether it is the newest of those that the project is tested on, and not the one that it runs on."""

    def __str__(self) -> str:
        return f"the newest that {self.path} names" if self.tested else f"{self.path} asks for it"


_DEEPEST = 2  # a directory of the project may have the application
_VERSION = r"3\.?(\d+)((?:\.\d+)*)"
_PINNED = {
    ".python-version": r"^[ \t]*",
    "runtime.txt": r"^[ \t]*python-",
    ".tool-versions": r"^[ \t]*python\s+",
    "Pipfile": r"^[ \t]*python(?:_full)?_version\s*=\s*[\"']",
    "Dockerfile": r"\A(?s:.*)^[ \t]*FROM\s+(?:--\S+\s+)?\S*python:",
    **dict.fromkeys(("environment.yml", "environment.yaml"), r"^[ \t]*-\s*python\s*=+\s*"),
    "app.yaml": r"^runtime:\s*python",
}
"""What is before the version that the application runs on: in a Dockerfile that of the last stage."""
_ARGUMENT = re.compile(r"^[ \t]*ARG\s+(\w+)=[\"']?([\w.-]+)", re.MULTILINE)
_REFERENCE = re.compile(r"\$\{?(\w+)\}?")

_YAML_LIST = r"^[ -]*python(?:-version)?:(.*(?:\n\s*-\s*[\"']?(?:\d|pypy|nightly)[^\n:]*)*)"
_CLASSIFIER = r"Programming Language :: Python :: (3\.\d+)"
_TESTED = (
    (r"\.github/workflows/[^/]*\.ya?ml", _YAML_LIST, r"(?<![\d.])(3\.\d+)"),
    (r"\.travis\.yml", _YAML_LIST, r"(?<![\d.])(3\.\d+)"),
    (r"tox\.ini", r"\bpy(\{[\d., ]+|[\d.]+)", r"(?<![\d.])(3\.?\d+)"),
    (r"setup\.py|setup\.cfg|pyproject\.toml", _CLASSIFIER, r"(3\.\d+)"),
)
"""Files that list the Pythons that it is tested on, the lists in them, and the versions in those."""


def asked_python(files: Mapping[PurePosixPath, str]) -> AskedPython | None:
    """Return the Python that a project runs on, or else the newest that it is tested on."""
    return next(_pinned(files), None) or next(_tested(files), None)


def _pinned(files: Mapping[PurePosixPath, str]) -> Iterator[AskedPython]:
    for name, before in _PINNED.items():
        named = (path for path in files if path.name == name and len(path.parts) <= _DEEPEST)
        for path in sorted(named, key=lambda path: len(path.parts)):
            values = dict(_ARGUMENT.findall(files[path]))
            text = _REFERENCE.sub(lambda found: values.get(found[1], ""), files[path])  # noqa: B023
            if found := re.search(before + _VERSION, text, re.MULTILINE | re.ASCII):
                yield AskedPython(f"3.{found[1]}{found[2]}", path)


def _tested(files: Mapping[PurePosixPath, str]) -> Iterator[AskedPython]:
    for name, listed, version in _TESTED:
        for path in files:
            if re.fullmatch(name, str(path)):
                lists = re.findall(listed, files[path], re.MULTILINE | re.ASCII)
                found = [one for text in lists for one in re.findall(version, text, re.ASCII)]
                if found:
                    minors = [one[1:].lstrip(".") for one in found]
                    yield AskedPython(f"3.{max(minors, key=int)}", path, tested=True)
