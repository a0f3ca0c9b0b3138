"""The environment of child processes: what they inherit, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping

# What a child needs to find its files and to speak the user's language. Everything else of the surroundings
# is left out, because PIP_TARGET, PYTHONPATH, UV_CONFIG_FILE and their like change what is installed and
# still exit 0.
INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "NO_COLOR",
    "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
    "UV_CACHE_DIR", "PIP_CACHE_DIR", "NETRC",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
    "PROGRAMDATA", "PROGRAMFILES",
)  # fmt: skip

# Children run in folders of their own, where a relative path would mean another place.
_PATHS = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "NETRC")


def child_environment(extra: Mapping[str, str] = {}) -> dict[str, str]:
    """Give the allow-listed environment that children run in, with ``extra`` on top."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    paths = {name: os.path.abspath(inherited[name]) for name in _PATHS if inherited.get(name)}
    return inherited | paths | dict(extra)


# What changes the interpreter, or what is installed.
_OF_TOOLS = ("PYTHON", "PIP_", "UV_", "VIRTUALENV_")


def application_environment() -> dict[str, str]:
    """Return the environment that the user's own application runs in: its settings may be variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OF_TOOLS)}
