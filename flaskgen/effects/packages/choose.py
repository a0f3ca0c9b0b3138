"""Choose which installer does the work."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from flaskgen.errors import InstallFailed

if TYPE_CHECKING:
    from flaskgen.effects.packages.protocol import Installer


class InstallerChoice(Enum):
    """What ``--installer`` takes."""

    AUTO = "auto"
    UV = "uv"
    PIP = "pip"


def choose_installer(choice: InstallerChoice) -> Installer:
    """Give the installer that was asked for; ``auto`` is uv, and pip where uv has no program here.

    Raises InstallFailed where uv was asked for by name and is not there.
    """
    from flaskgen.effects.packages.pip import PipInstaller
    from flaskgen.effects.packages.uv import UvInstaller

    match choice:
        case InstallerChoice.PIP:
            return PipInstaller()
        case InstallerChoice.AUTO:
            program = _find_uv()
            return UvInstaller(program) if program else PipInstaller()
        case InstallerChoice.UV:
            program = _find_uv()
            if program is None:
                raise InstallFailed(
                    "uv is not installed beside flaskgen", hint="`pip install uv`, or give --installer pip"
                )
            return UvInstaller(program)
        case _:
            assert_never(choice)


def _find_uv() -> Path | None:
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin()).absolute()
    except (ImportError, FileNotFoundError):
        return None
