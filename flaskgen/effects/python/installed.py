"""Read what is installed in an environment from its files; nothing of the environment is run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from flaskgen.effects.git import ask_git
from flaskgen.effects.python.environments import Environment
from flaskgen.effects.python.records import missing_files
from flaskgen.effects.system.session import Session
from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.packages.installed import (
    InstalledDistribution,
    Origin,
    direct_reference,
    read_direct_url,
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
            name = info.stem.partition("-")[0]
            message = f"`{info.stem}` is damaged: its metadata in {info} is not UTF-8"
            raise _interrupted(name, message) from error
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
    from email.parser import HeaderParser  # late, as the next: without an environment nobody reads one
    from importlib.metadata import Distribution

    distribution, is_wheel = Distribution.at(info), info.suffix == ".dist-info"
    place = info / ("METADATA" if is_wheel else "PKG-INFO")
    text = distribution.read_text(place.name)
    if text is None and not is_wheel:  # then the egg-info is a file itself
        text = distribution.read_text("")
    stem, _, in_its_name = info.stem.partition("-")
    if text is None:
        raise _partly_installed(stem, f"{info} has no {place.name}")
    fields = HeaderParser().parsestr(text)
    name, version = fields.get("Name", ""), fields.get("Version", "")
    if not name or not version:
        missing = "Version" if name else "Name"
        raise _interrupted(stem, f"`{stem}` is damaged: {place} has no {missing}")
    if is_wheel:
        version = in_its_name or version
        _require_files(info, name=name)
    requires = tuple((fields.get_all("Requires-Dist") if is_wheel else distribution.requires) or ())
    direct_url = read_direct_url(distribution.read_text("direct_url.json"))
    origin, reference = direct_reference(name, direct_url) if direct_url else (Origin.INDEX, None)
    source = None
    if direct_url and origin is Origin.EDITABLE:
        from urllib.request import url2pathname  # which takes a while to import

        source = Path(url2pathname(urlsplit(direct_url.url).path))
    elif origin is Origin.INDEX and not is_wheel and _has_egg_link(name, environment):
        source = info.parent
    if source is not None:
        line, notes = _editable_line(source, name=name, version=version, session=session)
        return InstalledDistribution(name, version, requires, Origin.EDITABLE, line, notes)
    return InstalledDistribution(name, version, requires, origin, reference)


def _require_files(info: Path, *, name: str) -> None:
    if not (info / "RECORD").is_file():
        raise _partly_installed(name, f"{info} has no RECORD")
    missing = missing_files(info)
    if missing:
        more = f" and {len(missing) - 1} more of its files are" if len(missing) > 1 else " is"
        raise _partly_installed(name, f"{missing[0]}{more} missing")


def _has_egg_link(name: str, environment: Environment) -> bool:
    """Return whether ``setup.py develop`` left a link to a source directory, where the metadata lies then."""
    links = (f"{re.sub('[^A-Za-z0-9.]+', '-', name)}.egg-link", f"{name}.egg-link")
    return any((folder / link).is_file() for folder in environment.site_packages for link in links)


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
    return f"-e git+{url}@{quote(commit, '/')}#{fragment}", ()


def _remote(folder: Path, *, session: Session) -> str | None:
    lines = (
        ask_git(folder, "config", "--get-regexp", r"remote\..*\.url", session=session) or ""
    ).splitlines()
    origin = [line for line in lines if line.startswith("remote.origin.url ")]
    chosen = (origin or lines)[:1]
    return without_password(chosen[0].split(" ")[1].strip()) if chosen else None


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
