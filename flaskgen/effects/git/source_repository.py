"""The requirement line of an editable install: its directory, or the Git repository it is a checkout of."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from flaskgen.effects.system.session import Completed, Session
from flaskgen.errors import CommandFailed
from flaskgen.planning.packages.installed import without_password

# user@server:path, the short form of ssh://user@server/path
_SCP = re.compile(r"(\w+@)?([^/:]+):(\w[^:]*)")


class EditableLine(NamedTuple):
    """What ``pip freeze`` prints for an editable install."""

    requirement: str
    notes: tuple[str, ...] = ()


def editable_line(folder: Path, *, name: str, version: str, session: Session) -> EditableLine:
    """Write the ``-e`` line of the source directory that a distribution runs from.

    Git is asked for the address and the commit; ``git config`` and ``git rev-parse`` run no hook and no
    program that the repository names. Other version control, which pip knows too, gives the directory.
    """
    shown = f"{name}=={version}"
    location = os.path.normcase(os.path.abspath(folder))
    top = _git(folder, "rev-parse", "--show-toplevel", session=session)
    if top is None:
        return EditableLine(f"-e {location}", (f"# Editable install with no version control ({shown})",))
    remote = _remote(folder, session=session)
    if remote is None:
        return EditableLine(f"-e {location}", (f"# Editable Git install with no remote ({shown})",))
    url = _pip_url(remote)
    if url is None:
        about = f"# Editable Git install ({shown}) with either a deleted local remote or invalid URI:"
        return EditableLine(f"-e {location}", (about, f"# '{remote}'"))
    commit = _git(folder, "rev-parse", "HEAD", session=session)
    if commit is None:
        return EditableLine(f"-e {location}", ("## !! Could not determine repository location",))
    fragment = f"egg={name.replace('-', '_')}" + _subdirectory(folder, Path(top))
    return EditableLine(f"-e git+{without_password(url)}@{quote(commit, '/')}#{fragment}")


def _remote(folder: Path, *, session: Session) -> str | None:
    lines = (_git(folder, "config", "--get-regexp", r"remote\..*\.url", session=session) or "").splitlines()
    origin = [line for line in lines if line.startswith("remote.origin.url ")]
    chosen = (origin or lines)[:1]
    return chosen[0].split(" ")[1].strip() if chosen else None


def _pip_url(url: str) -> str | None:
    if re.match(r"\w+://", url):
        return url
    if os.path.exists(url):
        return Path(url).as_uri()
    short = _SCP.fullmatch(url)
    return f"ssh://{short[1] or ''}{short[2]}/{short[3]}" if short else None


def _subdirectory(folder: Path, top: Path) -> str:
    project = next(
        (place for place in (folder, *folder.parents) if any(map(Path.is_file, _project_files(place)))), None
    )
    if project is None or top.samefile(project):
        return ""
    return f"&subdirectory={os.path.relpath(project.resolve(), top.resolve())}"


def _project_files(folder: Path) -> tuple[Path, Path]:
    return folder / "pyproject.toml", folder / "setup.py"


def _git(folder: Path, *arguments: str, session: Session) -> str | None:
    """Return what git prints; None if it fails, is not there, or the directory is gone."""
    try:
        completed: Completed = session.run(["git", *arguments], cwd=folder, check=False)
    except CommandFailed:
        return None
    return completed.stdout.strip() if completed.returncode == 0 else None
