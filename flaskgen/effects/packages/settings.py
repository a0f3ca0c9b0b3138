"""Where packages come from: read from the configuration of pip, and of uv if pip's is silent, and told to uv.

uv does not read these files itself: they can also hold what changes the packages, such as
``constraint-dependencies`` or ``pip.target``, and no option takes that back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from flaskgen.errors import BrokenSettings
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.tables import read_toml

# In the order in which requests, which pip speaks through, and then Python's ssl module look for one.
_CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def configured_sources() -> PackageSources:
    """Return what ``pip install`` would use for the user who runs this. Raises BrokenSettings."""
    home = os.path.expanduser("~")
    return read_package_sources(os.environ, home=Path(home) if os.path.isabs(home) else None)


def read_package_sources(environ: Mapping[str, str], *, home: Path | None) -> PackageSources:
    """Return what ``pip install`` would use in this environment, without starting pip.

    ``home`` is the user's home directory, None if there is none. Raises BrokenSettings, which names the file.
    """
    pip = read_pip_options(environ, home=home)
    default, extra = _uv_indexes(environ, home)
    certificates = (pip.get("cert"), *map(environ.get, _CERTIFICATE_VARIABLES))
    links = pip.get("find-links", "").split() or environ.get("UV_FIND_LINKS", "").split(",")
    timeouts = (pip.get("timeout"), pip.get("default-timeout"), environ.get("UV_HTTP_TIMEOUT"))
    seconds = next(filter(None, timeouts), "").partition(".")[0]
    return PackageSources(
        index_url=pip.get("index-url") or default,
        extra_index_urls=tuple(pip.get("extra-index-url", "").split()) or extra,
        find_links=tuple(os.path.expanduser(link) for link in links if link),
        no_index=pip.get("no-index", "").lower() in ("y", "yes", "t", "true", "on", "1"),
        certificate=next(filter(None, certificates), None),
        client_certificate=pip.get("client-cert") or environ.get("SSL_CLIENT_CERT") or None,
        trusted_hosts=tuple((pip.get("trusted-host") or environ.get("UV_INSECURE_HOST", "")).split()),
        proxies=_proxies(pip, environ),
        timeout=int(seconds) if seconds.isdecimal() else None,
        keyring="subprocess" in (pip.get("keyring-provider"), environ.get("UV_KEYRING_PROVIDER")),
    )


def _proxies(pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    if proxy := pip.get("proxy"):  # which replaces all of the variables, NO_PROXY too
        return {"HTTP_PROXY": _with_scheme(proxy), "HTTPS_PROXY": _with_scheme(proxy)}
    # The lower-case spelling wins, and an empty one takes the proxy away, as in urllib.
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    found = {name: environ.get(name.lower(), environ.get(name, "")) for name in names}
    return {name: text if name == "NO_PROXY" else _with_scheme(text) for name, text in found.items() if text}


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def read_pip_options(environ: Mapping[str, str], *, home: Path | None) -> dict[str, str]:
    """Return the options of ``pip install`` by their long names, each as the text that was set last.

    Raises BrokenSettings with the file and the line if a file cannot be parsed.
    """
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    if environ.get("PIP_CONFIG_FILE") != os.devnull:
        for path in pip_configuration_files(environ, home=home):
            for section, options in _read_pip_file(path):
                # Across files the later one wins within a section; [install] then wins over [global].
                sections.setdefault(section, {}).update(options)
    variables = {_option(name[4:]): value for name, value in environ.items() if name.startswith("PIP_")}
    merged: dict[str, str] = {}
    for options in (sections["global"], sections["install"], variables):
        # pip takes an empty value for none at all, so that it does not undo an earlier one.
        merged.update({name: value.strip() for name, value in options.items() if value.strip()})
    return merged


def _option(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def pip_configuration_files(environ: Mapping[str, str], *, home: Path | None) -> list[Path]:
    """Return the files pip would look for on this platform, the weakest first, whether they exist or not."""
    match sys.platform:
        case "win32":
            everyones = [Path(environ.get("PROGRAMDATA") or r"C:\ProgramData", "pip")]
            users = [home and home / "pip", _directory(environ, "APPDATA", None, "pip")]
        case "darwin":
            everyones = [Path("/Library/Application Support/pip")]
            library = home and home / "Library" / "Application Support" / "pip"
            has_library = library is not None and library.is_dir()
            users = [home and home / ".pip", library if has_library else home and home / ".config" / "pip"]
        case _:
            listed = (environ.get("XDG_CONFIG_DIRS", "").strip() or "/etc/xdg").split(os.pathsep)
            everyones = [*(Path(directory, "pip") for directory in listed if directory), Path("/etc")]
            config = home and home / ".config"
            users = [home and home / ".pip", _directory(environ, "XDG_CONFIG_HOME", config, "pip")]
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen and os.path.exists(chosen):
        users = []
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    directories = (*everyones, *filter(None, users), Path(sys.prefix))
    return [*(directory / name for directory in directories), *([Path(chosen)] if chosen else [])]


def _directory(environ: Mapping[str, str], variable: str, default: Path | None, name: str) -> Path | None:
    """Return a directory below the one that a variable names, or below the default one."""
    parent = environ.get(variable, "").strip() or default
    return Path(parent, name) if parent else None


def _read_pip_file(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        content = path.read_bytes()
    except OSError:
        return  # pip skips what it cannot open, too
    import configparser  # late: most users have no file, and start-up time counts

    parser = configparser.RawConfigParser()
    parser.optionxform = _option  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(content.decode("utf-8-sig"), str(path))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BrokenSettings(
            f"pip's configuration {path} cannot be read: {' '.join(str(error).split())}",
            hint="fix the file, or set PIP_CONFIG_FILE to another one",
        ) from None
    for section in parser.sections():
        yield section, dict(parser.items(section))


def _uv_indexes(environ: Mapping[str, str], home: Path | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the default index of uv's variables and its ``uv.toml`` files, and those beside it."""
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    extra = environ.get("UV_INDEX", "").split() + environ.get("UV_EXTRA_INDEX_URL", "").split()
    found = [(default and _unnamed(default, environ), [_unnamed(one, environ) for one in extra])]
    found += [
        _indexes_of(_read_uv_file(path), environ) for path in uv_configuration_files(environ, home=home)
    ]
    return (
        next((default for default, _ in found if default), None),
        tuple(dict.fromkeys(url for _, extra in found for url in extra)),
    )


def uv_configuration_files(environ: Mapping[str, str], *, home: Path | None) -> list[Path]:
    """Return the files ``uv.toml`` that exist, and can be looked for: the user's, then the system's first."""
    if sys.platform == "win32":
        users, systems = _directory(environ, "APPDATA", None, "uv"), [environ.get("PROGRAMDATA", "")]
    else:
        users = _directory(environ, "XDG_CONFIG_HOME", home and home / ".config", "uv")
        systems = [*environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep), "/etc"]
    own = [path for path in (users and users / "uv.toml",) if path and os.path.isfile(path)]
    shared = (Path(directory, "uv", "uv.toml") for directory in systems if directory)
    return own + [path for path in shared if os.path.isfile(path)][:1]


def _read_uv_file(path: Path) -> dict[str, Any]:
    hint = "fix the file; `uv help` shows the settings"
    settings = read_toml(
        path.read_bytes(), lambda what: BrokenSettings(f"uv's configuration {path} {what}", hint=hint)
    )
    # [pip] is for `uv pip`, and wins over what stands above it.
    section: dict[str, Any] = settings.get("pip", {})
    return settings | section


def _indexes_of(settings: dict[str, Any], environ: Mapping[str, str]) -> tuple[str | None, list[str]]:
    default, extra = settings.get("index-url"), []
    for index in settings.get("index", []):
        url = _with_credentials(index["url"], index.get("name", ""), environ)
        if index.get("default"):
            default = url
        elif not index.get("explicit"):  # which serves only packages that are bound to it in a project
            extra.append(url)
    return default, extra + settings.get("extra-index-url", [])


def _unnamed(index: str, environ: Mapping[str, str]) -> str:
    name, equals, url = index.partition("=")
    return _with_credentials(url, name, environ) if equals and "/" not in name else index


def _with_credentials(url: str, name: str, environ: Mapping[str, str]) -> str:
    """Insert the user and password that uv looks for in variables named after the index."""
    prefix = "UV_INDEX_" + "".join(char if char.isalnum() else "_" for char in name).upper()
    user, password = (environ.get(f"{prefix}_{what}", "") for what in ("USERNAME", "PASSWORD"))
    parts = urlsplit(url)
    if not name or not (user or password) or "@" in parts.netloc:
        return url
    return parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}").geturl()
