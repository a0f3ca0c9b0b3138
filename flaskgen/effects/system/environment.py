"""The environment of child processes: one policy for uv, git and interpreters, one for the user's code."""

from __future__ import annotations

import atexit
import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.user_directories import can_enter, uvs_cache_is_closed
from flaskgen.errors import DISK_FAULTS, PYTHON, Fix, InstallFailed
from flaskgen.planning.packages.sources import PackageSources

_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")
_CANNOT_WRITE = DISK_FAULTS | {*(errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EMFILE, errno.ENFILE)}
_TIMEOUT = 15  # seconds that uv waits for an answer, if the user set nothing

# A child gets what a program needs to start at all, to find the user's files and to speak their language,
# and nothing else: PIP_TARGET, PYTHONPATH, PYTHONHOME, UV_CONFIG_FILE, GIT_DIR, FLASK_APP and their like
# change what is found, installed or started, and still exit 0. Where packages come from (indexes, proxies,
# certificates) is read from settings and passed on by name.
_INHERITED = frozenset({
    # Where programs and files are.
    "PATH", "PATHEXT", "COMSPEC", "SHELL", "HOME", "USER", "LOGNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH",
    "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TMPDIR", "TEMP", "TMP",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
    "UV_CACHE_DIR", "PIP_CACHE_DIR", "NETRC",
    # What the user reads: language, time, terminal.
    "LANG", "LANGUAGE", "LOCPATH", "LOCALE_ARCHIVE", "TZ", "TZDIR", "TERM", "NO_COLOR",
    # Who commits, if git's configuration does not say.
    "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL",
    # Where the system finds a program's libraries. Not LD_PRELOAD, which changes what any program does.
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH",
    "DYLD_FALLBACK_FRAMEWORK_PATH", "OPENSSL_CONF", "OPENSSL_MODULES",
    # The keyring that uv asks for passwords.
    "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND",
    # The compiler, for a package without a wheel.
    "CC", "CXX", "AR", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH",
    "PKG_CONFIG_PATH", "SDKROOT", "DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET", "ARCHFLAGS",
})  # fmt: skip

# Families: Nix, which has its own name for LD_LIBRARY_PATH and more; the categories of the locale; and the
# machine, which Python on Windows reads from here and packages are chosen by.
_INHERITED_PREFIXES = ("NIX_", "LC_", "PROCESSOR_")

# Set by the wrapper of one of Nix's interpreters, for itself.
_OF_ONE_INTERPRETER = "NIX_PYTHON"

# Children run in directories of their own, where a relative path would mean another place.
_PATHS = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "NETRC")
_PATH_LISTS = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    *("DYLD_FRAMEWORK_PATH", "DYLD_FALLBACK_FRAMEWORK_PATH"),
)


def child_environment(extra: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the environment that every child runs in, with ``extra`` on top.

    An interpreter that is found in it also runs in it, since both go by this function.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if value
        and (name in _INHERITED or name.startswith(_INHERITED_PREFIXES))
        and not name.startswith(_OF_ONE_INTERPRETER)
    }
    if "HOME" in environment and not can_enter(Path(environment["HOME"])):
        del environment["HOME"]
    for name in environment.keys() & set(_PATHS):
        environment[name] = _absolute(environment[name])
    for name in environment.keys() & set(_PATH_LISTS):
        environment[name] = os.pathsep.join(map(_absolute, environment[name].split(os.pathsep)))
    return environment | dict(extra)


def _absolute(path: str) -> str:
    with suppress(FileNotFoundError):  # the working directory is gone
        return path if os.path.isabs(path) else os.path.abspath(path)
    return path


# What would lead the environment's interpreter astray. The last one is of a framework's Python on macOS, for
# which its children would take themselves.
_OF_TOOLS = ("PYTHON", "PIP_", "UV_", "VIRTUALENV_", "__PYVENV_LAUNCHER__")


def application_environment() -> dict[str, str]:
    """Return the environment that the user's own application runs in: its settings may be variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OF_TOOLS)}


def activated(python: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which the virtual environment of an interpreter is active."""
    path = os.pathsep.join((str(python.parent), environment.get("PATH", os.defpath)))
    return {**environment, "PATH": path, "VIRTUAL_ENV": str(python.parent.parent)}


def uv_program() -> Path:
    """Return the path of the uv that is installed with flaskgen. Raises InstallFailed if it is missing."""
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin()).absolute()
    except (ImportError, FileNotFoundError):
        raise InstallFailed(
            "uv is missing from flaskgen's environment",
            hint="reinstall it: python -m pip install --force-reinstall uv",
            fix=Fix(first=f"{PYTHON} -m pip install --quiet --force-reinstall uv"),
        ) from None


def errors_of_uv(stderr: str) -> list[str]:
    """Return the error that uv printed, and its causes: each is the reason for the one before it."""
    return re.findall(r"^(?:error|  cause): (.+)$", stderr, re.MULTILINE)


def fault_of_uv(stderr: str) -> tuple[str, str] | None:
    """Return the error because of which uv could not write, and what to do about it."""
    for message in reversed(errors_of_uv(stderr)):
        match = _SYSTEM_ERROR.search(message)
        if match and int(match[1]) in _CANNOT_WRITE:
            hint = "free some space there, or fix its permissions; UV_CACHE_DIR moves uv's cache"
            return f"uv cannot write: {message}", hint
    return None


def uv_environment(sources: PackageSources) -> dict[str, str]:
    """Return the whole process environment for uv, in which nothing but ``sources`` decides.

    No other user's ``ps`` can show variables, as it shows arguments.
    """
    # pip trusts what the system trusts; uv brings a list of its own.
    certificate = {"UV_SYSTEM_CERTS": "1"}
    if sources.certificate is not None:
        path = os.path.abspath(sources.certificate)
        certificate = {"SSL_CERT_DIR" if os.path.isdir(path) else "SSL_CERT_FILE": path}
    settings = {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_CACHE_DIR": _own_cache() if uvs_cache_is_closed() else "",
        "UV_HTTP_TIMEOUT": str(sources.timeout or _TIMEOUT),
        # uv waits longer before each further try; two of them can pass five seconds.
        "UV_HTTP_RETRIES": "1",
        "UV_DEFAULT_INDEX": sources.index_url or "",
        "UV_INDEX": " ".join(sources.extra_index_urls),
        "UV_FIND_LINKS": ",".join(_existing(sources.find_links)),
        "UV_INSECURE_HOST": " ".join(sources.trusted_hosts),
        "UV_KEYRING_PROVIDER": "subprocess" if sources.keyring else "",
        "SSL_CLIENT_CERT": sources.client_certificate or "",
        # uv reads them at its start, which is a quarter of the time that an offline lock takes.
        **({} if sources.offline else certificate),
        **sources.proxies,
    }
    return child_environment({name: value for name, value in settings.items() if value})


@cache
def _own_cache() -> str:
    """Return a cache for uv that lasts as long as this run, which downloads nothing twice."""
    stack = ExitStack()
    atexit.register(stack.close)
    return str(stack.enter_context(scratch_folder()))


def _existing(links: tuple[str, ...]) -> Iterator[str]:
    """Skip missing directories, as pip does; uv would refuse to run."""
    for link in links:
        if "://" not in link:
            path = Path(os.path.expanduser(link)).absolute()
            if path.exists():
                yield path.as_uri()
        elif not link.startswith("file:") or _file_of(link).exists():
            yield link


def _file_of(url: str) -> Path:
    from urllib.request import url2pathname  # which takes a while to import

    return Path(url2pathname(urlsplit(url).path))
