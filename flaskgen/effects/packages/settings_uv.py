"""Read the indexes, proxies and hosts of uv's own configuration, from the user's and the system's uv.toml."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from flaskgen.errors import BrokenSettings


@dataclass(frozen=True)
class UvSettings:
    """The network settings that uv is given."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    proxies: dict[str, str] = field(default_factory=dict)
    timeout: int | None = None
    keyring: bool = False


def read_uv_settings(
    environ: Mapping[str, str], *, home: Path | None, platform: str = sys.platform
) -> UvSettings:
    """Return what uv's variables and the user's and the system's ``uv.toml`` say; a project's is not read.

    uv does not read these files itself: they can also hold what changes the packages, such as
    ``constraint-dependencies`` or ``pip.target``, and no option takes that back. Raises BrokenSettings with
    the file and the line if a file is not TOML.
    """
    files = [_read_toml(path) for path in uv_configuration_files(environ, home=home, platform=platform)]
    indexes = [_indexes_of_variables(environ), *(_indexes_of_file(settings, environ) for settings in files)]

    def listed(variable: Iterable[str], name: str) -> tuple[str, ...]:
        """Return each text once, the strongest first."""
        texts = [*variable, *(one for settings in files for one in _texts(settings.get(name)))]
        return tuple(dict.fromkeys(filter(None, map(str.strip, texts))))

    timeout = environ.get("UV_HTTP_TIMEOUT", "")
    keyring = listed([environ.get("UV_KEYRING_PROVIDER", "")], "keyring-provider")
    return UvSettings(
        index_url=next((default for default, _ in indexes if default), None),
        extra_index_urls=tuple(dict.fromkeys(url for _, extra in indexes for url in extra)),
        find_links=listed(environ.get("UV_FIND_LINKS", "").split(","), "find-links"),
        trusted_hosts=listed(environ.get("UV_INSECURE_HOST", "").split(), "allow-insecure-host"),
        proxies=_proxies(files[0]) if files else {},
        timeout=int(timeout) if timeout.isdecimal() and int(timeout) > 0 else None,
        keyring=keyring[:1] == ("subprocess",),
    )


def uv_configuration_files(
    environ: Mapping[str, str], *, home: Path | None, platform: str = sys.platform
) -> Iterator[Path]:
    """Return the places of ``uv.toml``, the user's before the system's, whether they exist or not."""
    if platform == "win32":
        for variable in ("APPDATA", "PROGRAMDATA"):
            if directory := environ.get(variable):
                yield Path(directory, "uv", "uv.toml")
        return
    if configured := environ.get("XDG_CONFIG_HOME"):
        yield Path(configured, "uv", "uv.toml")
    elif home is not None:
        yield home / ".config" / "uv" / "uv.toml"
    for directory in [*environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep), "/etc"]:
        # uv takes the first system-wide file that exists.
        if directory and (path := Path(directory, "uv", "uv.toml")).is_file():
            yield path
            return


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    import tomllib  # late: most users have no file, and start-up time counts

    try:
        settings = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BrokenSettings(
            f"uv's configuration {path} is not valid TOML: {error}",
            hint="fix the line; `uv help` shows the settings",
        ) from None
    section = settings.pop("pip", {})
    # [pip] is for `uv pip`, and wins over what stands above it.
    merged = settings | section if isinstance(section, dict) else settings
    return merged | {"find-links": [_beside(path, link) for link in _texts(merged.get("find-links"))]}


def _beside(path: Path, link: str) -> str:
    return link if "://" in link else str(path.parent / link)


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one]


def _indexes_of_variables(environ: Mapping[str, str]) -> tuple[str | None, list[str]]:
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or None
    listed = environ.get("UV_INDEX", "").split() + environ.get("UV_EXTRA_INDEX_URL", "").split()
    return (_named(default, environ) if default else None), [_named(one, environ) for one in listed]


def _indexes_of_file(settings: dict[str, Any], environ: Mapping[str, str]) -> tuple[str | None, list[str]]:
    default = next(iter(_texts(settings.get("index-url"))), None)
    extra = []
    for index in settings.get("index") or ():
        # An explicit index serves only packages that are bound to it in a project.
        if not isinstance(index, dict) or not isinstance(index.get("url"), str) or index.get("explicit"):
            continue
        url = _with_credentials(index["url"], index.get("name"), environ)
        if index.get("default"):
            default = url
        else:
            extra.append(url)
    return default, extra + _texts(settings.get("extra-index-url"))


def _named(index: str, environ: Mapping[str, str]) -> str:
    name, equals, url = index.partition("=")
    return _with_credentials(url, name, environ) if equals and "/" not in name else index


def _with_credentials(url: str, name: object, environ: Mapping[str, str]) -> str:
    """Insert the user and password that uv looks for in variables named after the index."""
    prefix = "UV_INDEX_" + "".join(char if char.isalnum() else "_" for char in str(name)).upper()
    user, password = environ.get(f"{prefix}_USERNAME", ""), environ.get(f"{prefix}_PASSWORD", "")
    parts = urlsplit(url)
    if not name or not (user or password) or "@" in parts.netloc:
        return url
    return urlunsplit(
        parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}")
    )


def _proxies(settings: dict[str, Any]) -> dict[str, str]:
    names = {"HTTP_PROXY": "http-proxy", "HTTPS_PROXY": "https-proxy", "NO_PROXY": "no-proxy"}
    found = {variable: ",".join(_texts(settings.get(name))) for variable, name in names.items()}
    return {variable: value for variable, value in found.items() if value}
