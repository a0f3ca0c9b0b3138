"""Remember which interpreters were found: asking each of them anew takes longer than rendering a project."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from flaskgen.effects.system.cache import cache_folder
from flaskgen.planning.flask.interpreter import Interpreter

# Seconds. What no folder's time shows, such as a library that an interpreter lacked, counts after these.
_LIFETIME = 600


class InterpreterMemory:
    """The interpreters of one search path, as long as no folder of it and none of them has changed."""

    def __init__(self, environ: Mapping[str, str], *, file: Path | None = None) -> None:
        self._file = file or cache_folder("interpreters") / "found.json"
        path = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder]
        self._folders = [os.path.abspath(folder) for folder in [*path, *_uv_folders(environ)]]

    def recall(self) -> tuple[Interpreter, ...] | None:
        """Give what was found here before, or None where it is unknown, changed or old."""
        if sys.platform == "win32":  # where the registry can change, too
            return None
        try:
            if not 0 <= time.time() - self._file.stat().st_mtime < _LIFETIME:
                return None
            remembered = json.loads(self._file.read_text(encoding="utf-8"))
            found = tuple(
                Interpreter(Path(path), version, implementation)
                for path, version, implementation in remembered["interpreters"]
            )
            return found if remembered["seen"] == self._seen(found) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, found: Sequence[Interpreter]) -> None:
        """Keep what was found; where that cannot be written it costs time and nothing else."""
        rows = [(str(each.path), each.version, each.implementation) for each in found]
        partial = self._file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"seen": self._seen(found), "interpreters": rows})
            partial.write_text(text, encoding="utf-8")
            os.replace(partial, self._file)

    def _seen(self, found: Sequence[Interpreter]) -> list[list[str | int]]:
        """Give each place that decides, with its time; installing and removing change that of a folder."""
        places = [sys.executable, *self._folders, *(str(each.path) for each in found)]
        return [[place, _changed(place)] for place in places]


def _changed(place: str) -> int:
    try:
        return os.stat(place).st_mtime_ns
    except OSError:
        return 0


def _uv_folders(environ: Mapping[str, str]) -> list[str]:
    """Give the folders in which uv may have put interpreters."""
    if chosen := environ.get("UV_PYTHON_INSTALL_DIR"):
        return [chosen]
    home = environ.get("HOME") or "/"
    data = environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    support = os.path.join(home, "Library", "Application Support")
    return [os.path.join(parent, "uv", "python") for parent in (data, support)]
