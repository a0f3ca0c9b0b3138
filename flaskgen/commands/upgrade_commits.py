"""The commits of an upgrade: each has the versions and the code with which a series of Flask works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flaskgen.commands.climbing import RESCUED, Choice, Judge, Standing, encode
from flaskgen.effects.git.branch import Branch
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.foreign.rescued import Rescued, format_rescued
from flaskgen.planning.foreign.steps import CodeChange, MovedPin, commit_message, moved_pins, repin
from flaskgen.planning.merging.file_diff import file_diff
from flaskgen.planning.packages.pins import Pin

_PYTHON_VERSION = PurePosixPath(".python-version")


class Step(NamedTuple):
    """A series that the project works with now."""

    flask: str
    """The release."""
    python: str
    pins: tuple[MovedPin, ...]
    code: tuple[CodeChange, ...]
    judged: str
    """What says that it works: ``35 tests pass``."""
    left: tuple[CodeChange, ...]
    """What breaks now, and was not changed, since no test shows it."""
    diff: str
    commit: str | None
    """Its short name; None if nothing was written."""


class Writer:
    """Writes steps as commits, or only shows them."""

    def __init__(self, place: Path, project: ForeignProject, branch: Branch, *, dry_run: bool) -> None:
        self._place, self._branch, self._dry_run = place, branch, dry_run
        self._requirements = [
            path
            for path in project.requirements.files
            if path.suffix in (".txt", ".pip", ".in") and path != RESCUED
        ]
        self._written: dict[PurePosixPath, bytes] = {}

    def begin(self, standing: Standing, title: str, judge: Judge) -> Step:
        """Write the versions as they are."""
        versions, python = standing.versions, standing.python.minor
        contents = self._pins(versions) | {_PYTHON_VERSION: f"{python}\n".encode()}
        message = commit_message(title, python, (), (), str(judge), ())
        diff, commit = self._write(contents, message)
        return Step(flask_version(versions.pins), python, (), (), str(judge), (), diff, commit)

    def step(
        self, standing: Standing, choice: Choice, release: FlaskRelease, judge: Judge
    ) -> tuple[Standing, Step]:
        """Write a step, and return where the project stands now."""
        before, tried = standing.versions, choice.attempt
        python = tried.candidate.python
        pins = tuple(pin for pin in tried.pins if pin.name != "pip")
        versions = Rescued(python.minor, before.build, choice.direct, pins)
        moved = moved_pins(before.pins, pins, {bound.name: bound.reason for bound in choice.bounds})
        contents = self._pins(versions)
        if python.minor != standing.python.minor:
            contents[_PYTHON_VERSION] = f"{python.minor}\n".encode()
        for path, text in choice.changed.items():
            contents[path] = encode(text, path, (self._place / path).read_bytes())
        judged = str(judge._replace(tests=tried.tests[1] if tried.tests else None))
        left = tuple(change for _, change in choice.left)
        title = f"Upgrade Flask from {flask_version(before.pins)} to {release.version}"
        message = commit_message(title, python.minor, moved, choice.code, judged, left)
        diff, commit = self._write(contents, message)
        texts = {path: choice.changed.get(path, text) for path, text in standing.texts.items()}
        pages = {path: choice.changed.get(path, text) for path, text in standing.pages.items()}
        step = Step(release.version, python.minor, moved, choice.code, judged, left, diff, commit)
        return Standing(python, versions, texts, pages), step

    def _pins(self, versions: Rescued) -> dict[PurePosixPath, bytes]:
        made_by = "upgrade`, after `flaskgen rescue`"
        contents = {RESCUED: format_rescued(versions, made_by=made_by).encode()}
        for path in self._requirements:
            text = self._content(path).decode("utf-8", errors="surrogateescape")
            contents[path] = repin(text, versions.pins).encode("utf-8", errors="surrogateescape")
        return contents

    def _content(self, path: PurePosixPath) -> bytes:
        if path in self._written:
            return self._written[path]
        return (self._place / path).read_bytes() if path in self._branch.files else b""

    def _write(self, contents: Mapping[PurePosixPath, bytes], message: str) -> tuple[str, str | None]:
        new = {path: content for path, content in contents.items() if content != self._content(path)}
        diff = "".join(
            file_diff(path, self._content(path) or None, content) for path, content in sorted(new.items())
        )
        self._written |= new
        return diff, None if self._dry_run else self._branch.commit(new, message)


def flask_version(pins: Sequence[Pin]) -> str:
    return next(pin.version for pin in pins if pin.name == "flask")
