"""What is installed in an environment, as values, and how pip writes it."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import NamedTuple
from urllib.parse import urlsplit

from packaging.direct_url import DirectUrl, DirectUrlValidationError

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.pins import normalized

_VARIABLES = r"\$\{[\w-]+\}(?::\$\{[\w-]+\})?@"
_CREDENTIALS = re.compile(
    rf"^(https?://|[^:/?#]+://(?=[^/?#]*:[^/?#]*@))(?!{_VARIABLES})[^/?#]*@", re.IGNORECASE
)


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


def read_direct_url(text: str | None) -> DirectUrl | None:
    """Read a ``direct_url.json`` (PEP 610); None for one that names no source."""
    try:
        source = DirectUrl.from_dict(json.loads(text or "{}"))
        urlsplit(source.url)  # not every text is a URL
        return source
    except (ValueError, AttributeError, DirectUrlValidationError):
        return None


def direct_reference(name: str, source: DirectUrl) -> tuple[Origin, str]:
    """Return where a distribution was installed from, as a requirement; that of an editable one is empty."""
    if source.dir_info and source.dir_info.editable:
        return Origin.EDITABLE, ""
    url, hashes = without_password(source.url), source.archive_info and source.archive_info.hashes
    origin = Origin.LOCAL if url.startswith("file:") else Origin.URL
    if source.vcs_info:
        origin, url = Origin.VCS, f"{source.vcs_info.vcs}+{url}@{source.vcs_info.commit_id}"
    fragments = [f"{algorithm}={digest}" for algorithm, digest in [*(hashes or {}).items()][:1]]
    fragments += [f"subdirectory={source.subdirectory}"] if source.subdirectory else []
    return origin, f"{name} @ {url}" + (f"#{'&'.join(fragments)}" if fragments else "")


def without_password(url: str) -> str:
    """Leave the password out of a URL, for a requirements file is committed; variables (``${NAME}``) stay.

    Over HTTP the user goes as well, for it may be a token; that of ``ssh://git@...`` stays.
    """
    return _CREDENTIALS.sub(r"\1", url)
