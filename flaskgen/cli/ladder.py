"""`flaskgen upgrade` in a project that flaskgen did not make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flaskgen.effects.project.locating import locate_project

if TYPE_CHECKING:
    from flaskgen.cli.change import Options
    from flaskgen.commands.verbs.upgrade import Target


def climb(_target: Target, _options: Options) -> None:
    """Upgrade the project in the current directory. Raises NotAProject."""
    locate_project(Path())
