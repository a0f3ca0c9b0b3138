"""What is installed in an environment, as values, and how pip writes it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from packaging.version import InvalidVersion, Version

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.pins import normalized


class Origin(Enum):
    """Where a distribution was installed from."""

    INDEX = "an index"
    EDITABLE = "an editable source directory"
    VCS = "version control"
    LOCAL = "a local file or directory"
    URL = "a URL"


class InstalledDistribution(NamedTuple):
    """One distribution found in an environment."""

    name: str
    """As its own metadata writes it: ``Flask-Login``."""
    version: str
    requires: tuple[str, ...] = ()
    """What it depends on, markers and extras included, as its metadata writes it."""
    origin: Origin = Origin.INDEX
    reference: str | None = None
    """The requirement line, where a name and a version do not tell the source."""
    notes: tuple[str, ...] = ()
    """Comment lines that ``pip freeze`` puts before it."""

    @property
    def key(self) -> str:
        """The normalised name: ``flask-login``."""
        return normalized(self.name)


def left_out(minor: str) -> frozenset[str]:
    """Name what ``pip freeze`` does not list on that Python.

    The rule is pip's ``_dev_pkgs``: the build tools are skipped if ensurepip used to install them.
    """
    if version_numbers(minor) < (3, 12):
        return frozenset({"pip", "setuptools", "distribute", "wheel"})
    return frozenset({"pip"})


def is_leftover(found: InstalledDistribution) -> bool:
    """Return whether a distribution is none: what Debian's venv and a failed build leave is on no index."""
    return found.version == "0.0.0" and found.key in ("pkg-resources", "unknown")


def pinned_version(version: str) -> str | None:
    """Return a version as ``==`` takes it; None for one that only ``===`` can name."""
    try:
        return str(Version(version))
    except InvalidVersion:
        return None


def direct_reference(name: str, direct_url: Mapping[str, Any]) -> tuple[Origin, str] | None:
    """Write a ``direct_url.json`` (PEP 610) as a requirement; None for one that names no source.

    Editable installs are no requirement of this form: their origin comes with an empty text.
    """
    url = direct_url.get("url")
    if not isinstance(url, str) or not _is_url(url):
        return None
    url = without_password(url)
    fragments = [f"subdirectory={direct_url['subdirectory']}"] if direct_url.get("subdirectory") else []
    local = Origin.LOCAL if url.startswith("file:") else Origin.URL
    match direct_url:
        case {"dir_info": {"editable": True}}:
            return Origin.EDITABLE, ""
        case {"vcs_info": {"vcs": str(vcs), "commit_id": str(commit)}}:
            origin, source = Origin.VCS, f"{vcs}+{url}@{commit}"
        case {"archive_info": dict(archive)}:
            origin, source = local, url
            fragments = _archive_hash(archive) + fragments
        case {"dir_info": dict()}:
            origin, source = local, url
        case _:
            return None
    return origin, f"{name} @ {source}" + (f"#{'&'.join(fragments)}" if fragments else "")


def _is_url(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme)
    except ValueError:
        return False


def _archive_hash(archive: Mapping[str, Any]) -> list[str]:
    hashes = archive.get("hashes")
    if isinstance(hashes, dict) and hashes:
        algorithm, digest = next(iter(hashes.items()))
        return [f"{algorithm}={digest}"]
    legacy = archive.get("hash")
    return [legacy] if isinstance(legacy, str) and "=" in legacy else []


def without_password(url: str) -> str:
    """Leave the password out of a URL, for a requirements file is committed; variables (``${NAME}``) stay."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at or ":" not in user or user.startswith("${"):
        return url
    return urlunsplit(parts._replace(netloc=host))
