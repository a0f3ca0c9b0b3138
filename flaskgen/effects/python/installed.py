"""Read what is installed in an environment from its files; nothing of the environment is run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from flaskgen.effects.git.repository import ask_git
from flaskgen.effects.python.environments import Environment
from flaskgen.effects.python.records import missing_files
from flaskgen.effects.system.session import Session
from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.packages.installed import (
    InstalledDistribution,
    Origin,
    direct_reference,
    without_password,
)

_VALID_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)
_METADATA_SUFFIXES = (".dist-info", ".egg-info")


def read_installed(environment: Environment, *, session: Session) -> tuple[InstalledDistribution, ...]:
    """Return every distribution of the environment, by name, as ``pip freeze --all --local`` would find them.

    Warns of leftovers of interrupted uninstalls. Raises EnvironmentBroken for a distribution that is only
    partly there: without metadata or RECORD, with files missing, or in two versions.
    """
    found: dict[str, InstalledDistribution] = {}
    try:
        for folder in _search_path(environment):
            # The first directory wins, as on sys.path: an editable install has metadata in its source too.
            found = _read_folder(folder, environment, session=session) | found
    except OSError as error:
        raise EnvironmentBroken(f"cannot read {error.filename}: {error.strerror}") from error
    return tuple(found[key] for key in sorted(found))


def _read_folder(
    folder: Path, environment: Environment, *, session: Session
) -> dict[str, InstalledDistribution]:
    found: dict[str, InstalledDistribution] = {}
    folders: dict[str, Path] = {}
    for info in _metadata_folders(folder, session=session):
        try:
            distribution = _read(info, environment, session=session)
        except UnicodeDecodeError as error:
            raise _interrupted(
                _stem(info), f"`{info.stem}` is damaged: its metadata in {info} is not UTF-8"
            ) from error
        if first := folders.get(distribution.key):
            raise _interrupted(
                distribution.key,
                f"`{distribution.key}` is installed twice: {first.name} and {info.name} in {first.parent}",
            )
        found[distribution.key], folders[distribution.key] = distribution, info
    return found


def _search_path(environment: Environment) -> list[Path]:
    """Return the site-packages directories, each followed by the directories that its .pth files add."""
    folders: list[Path] = []
    for site_packages in environment.site_packages:
        folders.append(site_packages)
        for pth in sorted(path for path in site_packages.glob("*.pth") if path.is_file()):
            lines = pth.read_text(encoding="utf-8", errors="replace").splitlines()
            places = (line.strip() for line in lines if not line.startswith(("#", "import ", "import\t")))
            folders += [site_packages / place for place in places if place and "\0" not in place]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _metadata_folders(folder: Path, *, session: Session) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.endswith(_METADATA_SUFFIXES))
    for name in names:
        stem = name.rpartition(".")[0].partition("-")[0]
        if stem.startswith("~"):
            session.reporter.warn(
                f"ignoring `{folder / name}`, the leftover of an interrupted uninstall; delete it"
            )
        elif not _VALID_NAME.fullmatch(stem):
            session.reporter.warn(f"ignoring `{folder / name}`, which is not the name of a distribution")
        else:
            yield folder / name


def _read(info: Path, environment: Environment, *, session: Session) -> InstalledDistribution:
    distribution = Distribution.at(info)
    fields = _fields(info, distribution)
    name, version = _identity(info, fields)
    _require_files(info, name=name)
    wheel = info.suffix == ".dist-info"
    requires = tuple((fields.get_all("Requires-Dist") if wheel else distribution.requires) or ())
    source = _editable_source(info, distribution, environment, name=name)
    if source is not None:
        line, notes = _editable_line(source, name=name, version=version, session=session)
        return InstalledDistribution(name, version, requires, Origin.EDITABLE, line, notes)
    origin, reference = direct_reference(name, _direct_url(distribution)) or (Origin.INDEX, None)
    return InstalledDistribution(name, version, requires, origin, reference)


def _fields(info: Path, distribution: Distribution) -> Message[str, str]:
    for name in _metadata_names(info):
        text = distribution.read_text(name)
        if text is not None:
            return HeaderParser().parsestr(text)
    raise _partly_installed(_stem(info), f"{info} has no {_metadata_names(info)[0]}")


def _identity(info: Path, fields: Message[str, str]) -> tuple[str, str]:
    name, version = fields.get("Name", ""), fields.get("Version", "")
    if not name or not version:
        missing = "Version" if name else "Name"
        place = info / _metadata_names(info)[0]
        raise _interrupted(_stem(info), f"`{_stem(info)}` is damaged: {place} has no {missing}")
    from_folder = info.stem.partition("-")[2]
    return name, from_folder if info.suffix == ".dist-info" and from_folder else version


def _metadata_names(info: Path) -> tuple[str, ...]:
    return ("METADATA",) if info.suffix == ".dist-info" else ("PKG-INFO", "")


def _stem(info: Path) -> str:
    return info.stem.partition("-")[0]


def _require_files(info: Path, *, name: str) -> None:
    if info.suffix != ".dist-info":
        return
    if not (info / "RECORD").is_file():
        raise _partly_installed(name, f"{info} has no RECORD")
    missing = missing_files(info)
    if missing:
        more = f" and {len(missing) - 1} more of its files are" if len(missing) > 1 else " is"
        raise _partly_installed(name, f"{missing[0]}{more} missing")


def _editable_source(
    info: Path, distribution: Distribution, environment: Environment, *, name: str
) -> Path | None:
    direct_url = _direct_url(distribution)
    found = direct_reference(name, direct_url)
    if found and found[0] is Origin.EDITABLE:
        from urllib.request import url2pathname  # which takes a while to import

        return Path(url2pathname(urlsplit(str(direct_url["url"])).path))
    if found is None and info.suffix == ".egg-info":
        # setup.py develop: the metadata lies in the source directory, and a link to it in site-packages.
        links = (f"{re.sub('[^A-Za-z0-9.]+', '-', name)}.egg-link", f"{name}.egg-link")
        if any((folder / link).is_file() for folder in environment.site_packages for link in links):
            return info.parent
    return None


def _direct_url(distribution: Distribution) -> Mapping[str, Any]:
    try:
        content = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _partly_installed(name: str, why: str) -> EnvironmentBroken:
    return _interrupted(name, f"`{name}` is only partly installed: {why}")


def _interrupted(name: str, message: str) -> EnvironmentBroken:
    hint = f"an installation was interrupted: install `{name}` again, then freeze"
    return EnvironmentBroken(message, hint=hint)


# user@server:path, the short form of ssh://user@server/path
_SCP = re.compile(r"(\w+@)?([^/:]+):(\w[^:]*)")


def _editable_line(folder: Path, *, name: str, version: str, session: Session) -> tuple[str, tuple[str, ...]]:
    """Return the line and the notes of ``pip freeze`` for the source directory that a distribution runs from.

    Git is asked for the address and the commit; ``git config`` and ``git rev-parse`` run no hook and no
    program that the repository names. Other version control, which pip knows too, gives the directory.
    """
    shown = f"{name}=={version}"
    location = os.path.normcase(os.path.abspath(folder))
    top = ask_git(folder, "rev-parse", "--show-toplevel", session=session)
    if top is None:
        return f"-e {location}", (f"# Editable install with no version control ({shown})",)
    remote = _remote(folder, session=session)
    if remote is None:
        return f"-e {location}", (f"# Editable Git install with no remote ({shown})",)
    url = _pip_url(remote)
    if url is None:
        about = f"# Editable Git install ({shown}) with either a deleted local remote or invalid URI:"
        return f"-e {location}", (about, f"# '{remote}'")
    commit = ask_git(folder, "rev-parse", "HEAD", session=session)
    if commit is None:
        return f"-e {location}", ("## !! Could not determine repository location",)
    fragment = f"egg={name.replace('-', '_')}" + _subdirectory(folder, Path(top))
    return f"-e git+{without_password(url)}@{quote(commit, '/')}#{fragment}", ()


def _remote(folder: Path, *, session: Session) -> str | None:
    lines = (
        ask_git(folder, "config", "--get-regexp", r"remote\..*\.url", session=session) or ""
    ).splitlines()
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
    files = ("pyproject.toml", "setup.py")
    places = (folder, *folder.parents)
    project = next((place for place in places if any((place / file).is_file() for file in files)), None)
    if project is None or top.samefile(project):
        return ""
    return f"&subdirectory={os.path.relpath(project.resolve(), top.resolve())}"
