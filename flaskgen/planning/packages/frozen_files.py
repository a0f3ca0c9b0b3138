"""The two requirements files, as they are and as what is installed makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flaskgen.planning.packages.freeze import Frozen
from flaskgen.planning.packages.lock import PinSet
from flaskgen.planning.packages.pins import Pin, format_dev_requirements, format_requirements
from flaskgen.planning.packages.requirements_text import PinChanges, count_changes, decode, unified_diff

RUNTIME_FILE = "requirements.txt"
DEV_FILE = "requirements-dev.txt"


@dataclass(frozen=True)
class FrozenFile:
    """One requirements file, by its name in the project."""

    name: str
    before: bytes | None
    """None where there is no such file."""
    after: bytes
    pins: tuple[Pin, ...]

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def changes(self) -> PinChanges:
        return count_changes(decode(self.before or b""), decode(self.after))

    @property
    def diff(self) -> str:
        return unified_diff(decode(self.before or b""), decode(self.after), name=self.name)


def format_files(pins: PinSet, *, dev: bool, hashes: bool) -> dict[str, str]:
    """Write pins that are not installed yet as freezing will, once they are."""
    files = {RUNTIME_FILE: format_requirements(pins.runtime, hashes=hashes)}
    if dev:
        files[DEV_FILE] = format_dev_requirements(pins.dev, hashes=hashes)
    return files


def compose_files(
    frozen: Frozen, before: Mapping[str, bytes | None], *, hashes: bool, generated: bool
) -> tuple[FrozenFile, ...]:
    """Write the pins into their files, where ``before`` has what the files hold now.

    Without test tools a second file has nothing to say: none is made, and one that is there is emptied only
    in a project that flaskgen ``generated``, or where flaskgen wrote it; elsewhere it is another tool's.
    """
    runtime = format_requirements(frozen.runtime, hashes=hashes).encode()
    dev = format_dev_requirements(frozen.dev, hashes=hashes).encode()
    files = [FrozenFile(RUNTIME_FILE, before.get(RUNTIME_FILE), runtime, frozen.runtime)]
    old = before.get(DEV_FILE)
    header = dev.partition(b"\n")[0]
    if frozen.dev or (old is not None and (generated or old.startswith(header))):
        files.append(FrozenFile(DEV_FILE, old, dev, frozen.dev))
    return tuple(files)
