"""The commits of an upgrade: each has the versions and the code with which a series of Flask works."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from packaging.version import Version

from flaskgen.commands.climbing import Choice, Judge, Standing
from flaskgen.effects.git.branch import Branch
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.foreign.repinning import repin, still_excluding
from flaskgen.planning.foreign.requirements import read_declared
from flaskgen.planning.foreign.rescued import RESCUED, Rescued, format_rescued
from flaskgen.planning.foreign.source import encoding_of
from flaskgen.planning.foreign.steps import Step, commit_message, moved_pins
from flaskgen.planning.merging.text_form import file_diff
from flaskgen.planning.packages.pins import Pin, decode, encode
from flaskgen.planning.project.names import PYTHON_VERSION_FILE

LOCK_AGAIN = {
    "uv.lock": f"uv add -r {RESCUED}",
    "poetry.lock": f"grep -v '^#' {RESCUED} | xargs poetry add",
    "Pipfile.lock": f"pipenv install -r {RESCUED}",
    "pdm.lock": f"pdm import -f requirements {RESCUED} && pdm lock",
    "pylock.toml": f"uv pip compile {RESCUED} -o pylock.toml",
}
"""The commands that take the versions of requirements.rescued.txt and lock them."""


class Writer:
    """Writes steps as commits, or only shows them."""

    def __init__(self, place: Path, project: ForeignProject, branch: Branch, *, dry_run: bool) -> None:
        self._place, self._branch, self._dry_run = place, branch, dry_run
        own = {path: text for path, text in project.files.items() if path != RESCUED}
        files = read_declared(own, environment=os.environ).files
        root = files[0].parent if files else PurePosixPath()
        # Which pip may be given with an option: no file has to include them.
        files += tuple(
            path
            for path in sorted(project.files)
            if path.match("constraints*.txt") and path not in files and path.parent == root
        )
        self._requirements = [
            path
            for path in files
            if path.suffix in (".txt", ".pip", ".in")
            and path in branch.files
            and "--hash" not in project.files[path]
        ]
        self._locks = [root / name for name in LOCK_AGAIN if root / name in branch.files]
        self._written: dict[PurePosixPath, bytes | None] = {}
        self.notes = dict.fromkeys(
            f"{path} was not changed: require the versions of {RESCUED} there"
            for path in files
            if path.name not in LOCK_AGAIN and path not in self._requirements
        )

    def begin(self, standing: Standing, title: str, judge: Judge) -> Step:
        """Write the versions as they are."""
        versions, python = standing.versions, standing.python.minor
        contents = {**self._pins(versions), PYTHON_VERSION_FILE: f"{python}\n".encode()}
        return self._write(title, Step(flask_version(versions.pins), python, judged=str(judge)), contents)

    def step(
        self, standing: Standing, choice: Choice, release: FlaskRelease, judge: Judge
    ) -> tuple[Standing, Step]:
        """Write a step, and return where the project stands now."""
        before, tried = standing.versions, choice.attempt
        python = tried.candidate.python
        pins = tuple(pin for pin in tried.pins if pin.name != "pip")
        versions = Rescued(python.minor, before.build, choice.direct, pins)
        moved = moved_pins(before.pins, pins, {bound.package: bound.reason for bound in choice.bounds})
        contents = self._pins(versions) | dict.fromkeys(self._locks)
        for lock in self._locks:
            why = f"{lock} has other versions, and was removed on the branch"
            self.notes[f"{why}: to lock again, {LOCK_AGAIN[lock.name]}"] = None
        if python.minor != standing.python.minor:
            contents[PYTHON_VERSION_FILE] = f"{python.minor}\n".encode()
        for path, text in choice.changed.items():
            if path not in self._branch.files:
                if not (self._place / path).is_symlink():
                    note = f"{path} is not in Git, and was not rewritten: it needs the same changes"
                    self.notes[note] = None
                continue
            contents[path] = text.encode(encoding_of((self._place / path).read_bytes(), path))
        judged = str(judge._replace(tests=tried.tests[1] if tried.tests else None))
        left = tuple(change for _, change in choice.left)
        step = Step(release.version, python.minor, moved, choice.code, judged, left)
        step = self._write(f"Upgrade Flask from {flask_version(before.pins)} to {step.flask}", step, contents)
        return Standing(python, versions, {**standing.texts, **choice.changed}), step

    def _pins(self, versions: Rescued) -> dict[PurePosixPath, bytes | None]:
        """Return the files with versions, as far as they can be changed."""
        made_by = "upgrade`, after `flaskgen rescue`"
        contents: dict[PurePosixPath, bytes | None] = {
            RESCUED: format_rescued(versions, made_by=made_by).encode()
        }
        for path in self._requirements:
            text = repin(self._text(path), versions.pins, Version(versions.python))
            contents[path] = encode(text, like=self._content(path) or b"")
            for number, line in still_excluding(text, versions.pins, Version(versions.python)):
                self.notes[f"{path}:{number} excludes what {RESCUED} has: {line}"] = None
        return contents

    def _text(self, path: PurePosixPath) -> str:
        return decode(self._content(path) or b"", errors="surrogateescape")

    def _content(self, path: PurePosixPath) -> bytes | None:
        if path in self._written:
            return self._written[path]
        return (self._place / path).read_bytes() if path in self._branch.files else None

    def _write(self, title: str, step: Step, contents: Mapping[PurePosixPath, bytes | None]) -> Step:
        new = {path: content for path, content in contents.items() if content != self._content(path)}
        shown = sorted(path for path in new if path not in self._locks)
        diff = "".join(file_diff(path, self._content(path), new[path]) for path in shown)
        self._written |= new
        commit = None if self._dry_run else self._branch.commit(new, commit_message(title, step))
        return step._replace(diff=diff, commit=commit)


def flask_version(pins: Sequence[Pin]) -> str:
    return next(pin.version for pin in pins if pin.name == "flask")
