"""uv's program, which finds interpreters on Windows, makes environments and installs packages."""

from __future__ import annotations

from pathlib import Path

from flaskgen.errors import InstallFailed


def uv_program() -> Path:
    """Return the path of the uv that is installed with flaskgen. Raises InstallFailed if it is missing."""
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin()).absolute()
    except (ImportError, FileNotFoundError):
        raise InstallFailed(
            "uv is missing from flaskgen's environment",
            hint="reinstall it: python -m pip install --force-reinstall uv",
        ) from None
