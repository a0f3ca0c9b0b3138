"""Rows about what needs no environment: the files alone, and help."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from peers import PACKAGE, Peers
from surroundings import Surroundings
from timing import Row, Side


@dataclass(frozen=True)
class FileRows:
    """What the rows measure, each in an empty folder."""

    surroundings: Surroundings
    peers: Peers

    def rows(self) -> tuple[Row, ...]:
        ours = Side("flaskgen new --no-install --no-git", self.no_install)
        cookiecutter, copier = self.peers.cookiecutter, self.peers.copier
        return (
            Row(
                *("cookiecutter", "`new --no-install` against cookiecutter, the same tree", 0.4, ours),
                Side(f"cookiecutter {cookiecutter.version}", partial(cookiecutter.make, self.surroundings)),
            ),
            Row(
                *("copier", "`new --no-install` against copier, the same tree", 0.25, ours),
                Side(f"copier {copier.version}", partial(copier.make, self.surroundings)),
            ),
            Row(
                *("help", '`flaskgen --help` against `python -c "import click"`', 1.3),
                Side("flaskgen --help", self.help),
                Side("import click", self.import_click),
            ),
        )

    def no_install(self, folder: Path) -> float:
        command = (self.surroundings.flaskgen, "new", PACKAGE, "--preset", "web", "--yes", "--no-install")
        return self.surroundings.seconds((*command, "--no-git"), cwd=folder)

    def help(self, folder: Path) -> float:
        return self.surroundings.seconds((self.surroundings.flaskgen, "--help"), cwd=folder)

    def import_click(self, folder: Path) -> float:
        return self.surroundings.seconds((self.surroundings.python, "-c", "import click"), cwd=folder)
