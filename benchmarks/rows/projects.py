"""Rows about a whole project: with its environment, its packages and its first page."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from first_page import seconds_to_first_page
from surroundings import Surroundings
from timing import Row, Side
from uv_project import UvProject

_U = "uv init, add, add --dev, export"


@dataclass(frozen=True)
class ProjectRows:
    """What the rows measure, each in an empty folder."""

    surroundings: Surroundings
    uv_project: UvProject

    def rows(self) -> tuple[Row, ...]:
        verified = Side("flaskgen new", self.new)
        uv = Side(_U, self.uv_project.make)
        ours = Side("flaskgen new; flask run", self.first_page)
        theirs = Side(f"{_U}; flask run", self.first_page_of_uv)
        return (
            Row("new", "`new` with the four extensions and test tools, verified", 1.0, verified, uv),
            Row(
                "no-verify", "the same with `--no-verify`", 0.65, Side("... --no-verify", self.no_verify), uv
            ),
            Row("first-page", "time to the first page", 0.6, ours, theirs),
            Row(
                *("pip", "`new` against `virtualenv && pip install && pip freeze`", 0.2, verified),
                Side("virtualenv, pip install, pip freeze", self.pip_project),
                most_pairs=5,
            ),
        )

    def new(self, folder: Path, *options: str) -> float:
        return self.surroundings.seconds(
            (self.surroundings.flaskgen, "new", "shop", "--preset", "web", "--yes", *options), cwd=folder
        )

    def no_verify(self, folder: Path) -> float:
        return self.new(folder, "--no-verify")

    def first_page(self, folder: Path) -> float:
        return self.new(folder) + seconds_to_first_page(self.surroundings, folder / "shop")

    def first_page_of_uv(self, folder: Path) -> float:
        made = self.uv_project.make(folder)
        self.uv_project.write_one_route(folder / "shop")
        return made + seconds_to_first_page(self.surroundings, folder / "shop")

    def pip_project(self, folder: Path) -> float:
        python = folder / ".venv" / "bin" / "python"
        return self.surroundings.seconds(
            (
                *(self.surroundings.python, "-m", "virtualenv"),
                *("--python", self.uv_project.packages.python, ".venv"),
            ),
            (python, "-m", "pip", "install", "--quiet", *self.uv_project.packages.all),
            (python, "-m", "pip", "freeze"),
            cwd=folder,
        )

    def require_same_versions(self, folder: Path) -> None:
        """Stop unless uv resolves to the versions that flaskgen pins."""
        folder.mkdir()
        self.uv_project.make(folder)
        if different := self.uv_project.differing_versions(folder):
            shown = ", ".join(f"{name} {theirs} (ours: {ours})" for name, (theirs, ours) in different.items())
            sys.exit(f"uv resolves other versions: {shown}")
