"""mypy and pyright, on many generated projects at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.browser.npm import NodeModules


@dataclass(frozen=True)
class TypeCheckers:
    """Both of them, with the packages of all projects installed."""

    python: Path
    """The interpreter of an environment with every package, mypy among them."""
    node_modules: NodeModules
    cache: Path
    """What mypy knows of packages, so that each project only takes a second."""
    _times: Iterator[int] = field(default_factory=count)

    def diagnostics(self, projects: Iterable[Path]) -> dict[Path, str]:
        """Return what the checkers say of each project that is not free of diagnostics.

        The projects lie side by side in one directory, to which pyright's configuration is written.
        """
        projects = list(projects)
        found = self._pyright(projects)
        for project in projects:
            if said := self._mypy(project):
                found[project] = found.get(project, "") + said
        return found

    def _mypy(self, project: Path) -> str:
        """Run mypy with the project's own settings.

        Its cache is of other projects, whose files have the same paths: one of the same size and second
        would be taken for the same.
        """
        written = next(self._times)
        for path in project.rglob("*.py"):
            os.utime(path, (written, written))
        command = [str(self.python), "-m", "mypy", f"--cache-dir={self.cache}"]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        clean = re.fullmatch(r"Success: no issues found in \d+ source files\n", done.stdout)
        return "" if clean and not done.stderr else done.stdout + done.stderr

    def _pyright(self, projects: list[Path]) -> dict[Path, str]:
        """Run pyright once, as if each project was open on its own."""
        parent = projects[0].parent
        roots = [{"root": one.name, "extraPaths": [f"{one.name}/typings"]} for one in projects]
        settings = {"include": [one.name for one in projects], "executionEnvironments": roots}
        parent.joinpath("pyrightconfig.json").write_text(json.dumps(settings))
        options = ["--project", str(parent), "--pythonpath", str(self.python), "--outputjson"]
        done = self.node_modules.node("pyright/index.js", *options)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        report = json.loads(done.stdout)
        assert report["summary"]["filesAnalyzed"] >= len(projects), done.stdout
        found: dict[Path, str] = {}
        for one in report["generalDiagnostics"]:
            path = Path(one["file"]).relative_to(parent.resolve())
            line = one["range"]["start"]["line"] + 1
            said = f"{Path(*path.parts[1:])}:{line}: {one['message']} [{one.get('rule')}]\n"
            project = parent / path.parts[0]
            found[project] = found.get(project, "") + said
        return found
