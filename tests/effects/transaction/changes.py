"""A small project, changes of it, and what it looks like before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_files
from flaskgen.effects.transaction.holding import hold_destination, hold_project
from flaskgen.effects.transaction.log import LOG, Log
from flaskgen.effects.transaction.transaction import Transaction, transaction

Texts = Mapping[str, str | None]

OLD = {"a.py": "a\n", "pkg/b.py": "b\n", "pkg/sub/c.py": "c\n"}
CHANGES: Texts = {"a.py": "A\n", "pkg/sub/c.py": None, "new/deep/d.py": "d\n", "e.py": "e\n"}
NEW = {"a.py": "A\n", "pkg/b.py": "b\n", "new/deep/d.py": "d\n", "e.py": "e\n"}

REMADE = {"a.py": "A\n", "pkg/new.py": "made", "pkg/lib/newer.py": "made"}

Held = TypeVar("Held")


class Elsewhere(Exception):
    """A failure of what is not the transaction's."""


def fail(block: AbstractContextManager[Held], work: Callable[[Held], object]) -> Elsewhere:
    """Let a block fail after some work, and return the error that leaves it."""
    try:
        with block as held:
            work(held)
            raise Elsewhere
    except Elsewhere as error:
        return error


def make(path: Path, text: str = "made") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_project(project: Path) -> Path:
    for path, text in OLD.items():
        make(project / path, text)
    make(project / "pkg/sub/__pycache__/c.pyc")
    (project / "pkg/sub/c.py").chmod(0o755)
    make(project / ".flaskgen/project.toml", "")
    return project


def encoded(texts: Texts) -> dict[PurePosixPath, bytes | None]:
    return {PurePosixPath(path): None if text is None else text.encode() for path, text in texts.items()}


def write(change: Transaction, project: Path, texts: Texts = CHANGES, **options: Any) -> None:
    """Write what was just decided."""
    contents = encoded(texts)
    change.write(contents, **{"seen": read_files(project, contents), **options})


def add_mail(
    project: Path,
    texts: Texts = CHANGES,
    *,
    title: str = "add mail",
    undoable: bool = True,
    fails: bool = False,
    session: Session | None = None,
    **options: Any,
) -> None:
    """Change a project as a command does, or fail when all is written."""
    session = session or Session()
    with (
        hold_project(project, session=session),
        transaction(project, title, session=session, undoable=undoable) as change,
    ):
        write(change, project, texts, **options)
        if fails:
            raise Elsewhere


def remake(project: Path, session: Session | None = None, *, fails: bool = False) -> None:
    """Make a whole directory of a project anew, as `upgrade --python` makes the environment."""
    session = session or Session()
    with (
        hold_project(project, session=session),
        transaction(project, "upgrade", session=session) as change,
    ):
        change.replace_tree("pkg")
        try:
            make(project / "pkg/new.py")
            make(project / "pkg/lib/newer.py")
        except OSError as error:
            raise Elsewhere(error) from error
        write(change, project, {"a.py": "A\n"})
        if fails:
            raise Elsewhere


def create(project: Path, environment: Path, session: Session | None = None, *, fails: bool = False) -> None:
    """Make a project as `new` does, with one environment in it and one elsewhere."""
    session = session or Session()
    with (
        hold_destination(project, session=session) as created,
        transaction(project, "new shop", session=session, creates=True, created=created) as change,
    ):
        change.will_make([project / ".venv", environment])
        try:
            make(project / ".venv/bin/python")
            make(environment / ".project", f"{project}\n")
            make(environment / "bin/python")
        except OSError as error:
            raise Elsewhere(error) from error
        write(change, project, {**NEW, ".flaskgen/project.toml": ""})
        if fails:
            raise Elsewhere


def leave_log(project: Path, **facts: Any) -> Log:
    """Leave the log of a run that was killed, or that somebody made up."""
    log = Log(project / LOG, facts.pop("title", "add mail"), **facts)
    log.save()
    return log


def files(project: Path) -> dict[str, str]:
    """Return the files of a project, without what flaskgen keeps for itself and what Python compiled."""
    found = {path.relative_to(project).as_posix(): path for path in project.rglob("*") if path.is_file()}
    return {
        name: path.read_text()
        for name, path in found.items()
        if not name.startswith(".flaskgen/") and path.suffix != ".pyc"
    }


def listing(directory: Path) -> dict[str, bytes | None]:
    """Return every path below a directory with its bytes; links are not followed."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }
