"""The user's flaskgen.toml: where it is, and what it says."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flaskgen.effects.system.cache import user_directory
from flaskgen.errors import BrokenSettings, Fix
from flaskgen.planning.tables import read_toml

_HINT = "fix the file, or ignore it with --no-config"
_FIX = Fix(more="--no-config")


@dataclass(frozen=True)
class Configuration:
    """What a flaskgen.toml says."""

    path: Path | None = None
    """Where the file is or would be; None for a user without a home."""
    values: Mapping[str, object] = field(default_factory=dict)
    text: str = ""

    def place(self, key: str) -> str:
        """Return the file and the line of a key."""
        named = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""")
        lines = enumerate(self.text.split("\n"), start=1)
        line = next((number for number, line in lines if named.match(line)), None)
        # None for a key that is spelled with escapes.
        return f"{self.path}, line {line}" if line else f"{self.path}"


def read_configuration() -> Configuration:
    """Read the user's flaskgen.toml, if there is one. Raises BrokenSettings if it cannot be read."""
    path = configuration_path()
    if path is None:
        return Configuration()
    try:
        content = _read(path)
    except (FileNotFoundError, NotADirectoryError):
        return Configuration(path)
    except OSError as error:
        raise BrokenSettings(f"cannot read {path}: {error.strerror}", hint=_HINT, fix=_FIX) from error
    # A Python such as 3.10 is meant as it is written.
    values = read_toml(
        content,
        lambda what: BrokenSettings(f"{path} {what}", hint=_HINT, fix=_FIX),
        parse_float=str,
    )
    return Configuration(path, values, content.decode("utf-8-sig"))


def configuration_path() -> Path | None:
    """Return where the file is or would be; None for a user without a home directory."""
    directory = user_directory("CONFIG")
    return directory and directory / "flaskgen.toml"


def _read(path: Path) -> bytes:
    """Return the content of a regular file; reading a FIFO or a terminal would wait forever."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "not a regular file")
    return path.read_bytes()
