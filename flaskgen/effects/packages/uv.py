"""Resolve and install with uv."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flaskgen.effects.packages.diagnosis import (
    install_failure,
    mismatched_names,
    require_removed,
    resolution_failure,
)
from flaskgen.effects.packages.requirement_text import parse_compiled
from flaskgen.effects.packages.uv_command import UvCommand, is_verified
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources


class UvInstaller:
    """uv, by the absolute path of its program."""

    name = "uv"

    def __init__(self, program: Path) -> None:
        self._program = program

    def resolve(
        self,
        requirements: Sequence[str],
        *,
        interpreter: Interpreter,
        sources: PackageSources,
        preferences: Sequence[Pin],
        session: Session,
    ) -> tuple[Pin, ...]:
        with scratch_folder() as folder:
            uv = UvCommand(self._program, folder, sources, session)
            completed = uv.compile(requirements, python=interpreter.path, preferences=preferences)
            if completed.returncode != 0:
                raise resolution_failure(completed, sources=sources, python=interpreter)
            return parse_compiled(completed.stdout)

    def install(
        self, pins: Sequence[Pin], *, python: Path, sources: PackageSources, session: Session
    ) -> tuple[str, ...]:
        return self._install(pins, python=python, sources=sources, session=session, exact=True)

    def add(
        self, pins: Sequence[Pin], *, python: Path, sources: PackageSources, session: Session
    ) -> tuple[str, ...]:
        return self._install(pins, python=python, sources=sources, session=session, exact=False)

    def remove(self, names: Sequence[str], *, python: Path, session: Session) -> None:
        with scratch_folder() as folder:
            uv = UvCommand(self._program, folder, PackageSources(), session)
            require_removed(uv.uninstall(names, python=python), names)

    def _install(
        self, pins: Sequence[Pin], *, python: Path, sources: PackageSources, session: Session, exact: bool
    ) -> tuple[str, ...]:
        with scratch_folder() as folder:
            uv = UvCommand(self._program, folder, sources, session, exact)
            # Exact versions with hashes leave nothing for an index to decide, and a warm cache
            # answers in a quarter of the time that asking it takes.
            at_once = is_verified(pins) and not sources.offline
            if at_once and uv.sync(pins, python=python, offline=True).returncode == 0:
                return ()
            completed = uv.sync(pins, python=python)
            if completed.returncode == 0:
                return ()
            if sources.private and mismatched_names(completed):
                return uv.sync_rebuilt(pins, completed, python=python)
            raise install_failure(completed, sources=sources, python=python)

    def repair(
        self,
        pins: Sequence[Pin],
        names: Sequence[str],
        *,
        python: Path,
        sources: PackageSources,
        session: Session,
    ) -> tuple[str, ...]:
        with scratch_folder() as folder:
            uv = UvCommand(self._program, folder, sources, session)
            uv.forget([pin for pin in pins if pin.name in names])
            completed = uv.sync(pins, python=python, reinstall=names)
            if completed.returncode == 0:
                return ()
            if sources.private and mismatched_names(completed):
                return uv.sync_rebuilt(pins, completed, python=python, reinstall=names)
            raise install_failure(completed, sources=sources, python=python)
