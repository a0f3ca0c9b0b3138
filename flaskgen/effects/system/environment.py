"""The environment of child processes: the one policy for uv, git, every interpreter and the application."""

from __future__ import annotations

import os
from collections.abc import Mapping

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
    # The libraries of OpenSSL, without which an interpreter's ssl may not load.
    "OPENSSL_CONF", "OPENSSL_MODULES",
    # The keyring that uv asks for passwords.
    "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND",
    # The compiler, for a package without a wheel.
    "CC", "CXX", "AR", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH",
    "PKG_CONFIG_PATH", "SDKROOT", "DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET", "ARCHFLAGS",
})  # fmt: skip

# Families: the dynamic loaders of Linux and macOS, without which an interpreter may not find its libraries;
# Nix, where these have other names; the categories of the locale; and the machine, which Python on Windows
# reads from here and chooses packages by.
_INHERITED_PREFIXES = ("LD_", "DYLD_", "NIX_", "LC_", "PROCESSOR_")

# Set by the wrapper of one of Nix's interpreters, for itself.
_OF_ONE_INTERPRETER = "NIX_PYTHON"

# Children run in directories of their own, where a relative path would mean another place.
_PATHS = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "NETRC")
_PATH_LISTS = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


def child_environment(extra: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the environment that every child runs in, with ``extra`` on top.

    An interpreter that is found in it also runs in it, since both go by this function.
    """
    environment = {name: value for name, value in os.environ.items() if _is_inherited(name) and value}
    for name in environment.keys() & set(_PATHS):
        environment[name] = os.path.abspath(environment[name])
    for name in environment.keys() & set(_PATH_LISTS):
        entries = environment[name].split(os.pathsep)
        environment[name] = os.pathsep.join(
            entry if os.path.isabs(entry) else os.path.abspath(entry) for entry in entries
        )
    return environment | dict(extra)


def _is_inherited(name: str) -> bool:
    return (name in _INHERITED or name.startswith(_INHERITED_PREFIXES)) and not name.startswith(
        _OF_ONE_INTERPRETER
    )


# What changes the interpreter, or what is installed.
_OF_TOOLS = ("PYTHON", "PIP_", "UV_", "VIRTUALENV_")


def application_environment() -> dict[str, str]:
    """Return the environment that the user's own application runs in: its settings may be variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OF_TOOLS)}
