"""The environment of a new project: it is created while the project's files are rendered and written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import point_to_project
from flaskgen.effects.python.bytecode import is_compiled, keep_bytecode, restore_bytecode
from flaskgen.effects.python.environments import Environment, create_environment
from flaskgen.effects.python.records import DamagedFile, require_undamaged, verify_records
from flaskgen.effects.python.verification import Answer, import_tools
from flaskgen.effects.system.session import Background, Work
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.lock import PinSet
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.templates.tree import Files

# What `flask run` in debug mode and pytest import beyond the application.
_TOOLS = ("werkzeug/debug", "_pytest")


class NewEnvironment:
    """An environment that is about to be created."""

    def __init__(
        self,
        project: Path,
        path: Path,
        interpreter: Interpreter,
        pins: PinSet,
        *,
        lock: Callable[[], Files],
        prompt: str,
        uv: Uv,
    ) -> None:
        self.path, self.interpreter, self.pins = path, interpreter, pins
        self._project, self._prompt, self._uv, self._session = project, prompt, uv, uv.session
        self._lock = lock
        self._installing: Work[Environment] | None = None

    @property
    def packages(self) -> PackageChange:
        return PackageChange(self.pins.all)

    @property
    def environment(self) -> Environment:
        """The environment, once it is there. Raises InstallFailed."""
        assert self._installing is not None  # noqa: S101 - begin() comes first
        return self._installing.result()

    @property
    def python(self) -> Path:
        return self.environment.python

    def begin(self, change: Transaction, background: Background) -> None:
        change.will_make([self.path])
        self._installing = background.start(self._install)

    def freeze(self) -> Files:
        """Return uv.lock, which uv writes while it installs the packages."""
        with self._session.reporter.step("Lock the versions for uv"):
            return self._lock()

    def finish(self) -> None:
        with self._session.reporter.step(f"Install {len(self.pins.all)} packages"):
            _ = self.environment

    def verify(self, check: Callable[[], Answer], background: Background) -> Answer:
        """Check the installed files while the application starts, and keep what was compiled on the way.

        Packages whose files are not those of their wheels, because a cache was damaged, are fetched again.
        """
        started, environment = time.time(), self.environment
        with self._session.reporter.step("Verify: create_app() and GET /"):
            compiled = partial(is_compiled, environment)
            # The first project has enough to compile: its tools wait for the next one.
            tools_too = compiled("flask") and not all(map(compiled, _TOOLS))
            checking = background.start(lambda: verify_records(environment))
            answering = background.start(check)
            if tools_too:
                background.start(lambda: import_tools(self.python, session=self._session))
            damaged = checking.result()
            verification = None if damaged else answering.result()
        if verification is None:
            self._repair(damaged)
            with self._session.reporter.step("Verify again"):
                verification = check()
        keep_bytecode(environment, since=started)
        return verification

    def _install(self) -> Environment:
        if not self.path.is_relative_to(self._project):
            point_to_project(self.path, self._project)
        environment = create_environment(
            self.path, self.interpreter, prompt=self._prompt, session=self._session
        )
        self._uv.install(self.pins.all, python=environment.python)
        restore_bytecode(environment)
        return environment

    def _repair(self, damaged: Sequence[DamagedFile]) -> None:
        names = sorted({file.package for file in damaged})
        with self._session.reporter.step(f"Reinstall damaged packages: {', '.join(names)}"):
            self._uv.install(self.pins.all, python=self.python, again=names)
            require_undamaged(self.environment)
