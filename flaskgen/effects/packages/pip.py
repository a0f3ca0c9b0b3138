"""Resolve and install with pip, where uv is not there or not wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from flaskgen.effects.packages.diagnosis import require_removed, resolution_failure
from flaskgen.effects.packages.pip_command import PipCommand
from flaskgen.effects.packages.pip_report import parse_report
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.errors import InstallFailed, ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources


class PipInstaller:
    """pip: the environment's own for installing, a temporary environment's for resolving."""

    name = "pip"

    def resolve(
        self,
        requirements: Sequence[str],
        *,
        interpreter: Interpreter,
        sources: PackageSources,
        preferences: Sequence[Pin],
        session: Session,
    ) -> tuple[Pin, ...]:
        _refuse_offline(sources, ResolutionFailed)
        with scratch_folder() as folder:
            pip = PipCommand(_make_environment(folder / "env", interpreter), folder, sources, session)
            # pip has no preferences, only constraints: they are all kept, or else none is.
            completed = pip.resolve(requirements, constraints=preferences)
            if completed.returncode != 0 and preferences:
                completed = pip.resolve(requirements)
            if completed.returncode != 0:
                raise resolution_failure(completed, sources=sources, python=interpreter)
            return parse_report((folder / "report.json").read_text("utf-8"))

    def install(
        self, pins: Sequence[Pin], *, python: Path, sources: PackageSources, session: Session
    ) -> tuple[str, ...]:
        return _install(pins, python=python, sources=sources, session=session)

    def add(
        self, pins: Sequence[Pin], *, python: Path, sources: PackageSources, session: Session
    ) -> tuple[str, ...]:
        _refuse_offline(sources, InstallFailed)
        with scratch_folder() as folder:
            return PipCommand(python, folder, sources, session).install_verified(pins)

    def remove(self, names: Sequence[str], *, python: Path, session: Session) -> None:
        with scratch_folder() as folder:
            pip = PipCommand(python, folder, PackageSources(), session)
            require_removed(pip.uninstall(names), names)

    def repair(
        self,
        pins: Sequence[Pin],
        names: Sequence[str],
        *,
        python: Path,
        sources: PackageSources,
        session: Session,
    ) -> tuple[str, ...]:
        return _install(pins, python=python, sources=sources, session=session, again=names)


def _install(
    pins: Sequence[Pin],
    *,
    python: Path,
    sources: PackageSources,
    session: Session,
    again: Sequence[str] = (),
) -> tuple[str, ...]:
    _refuse_offline(sources, InstallFailed)
    with scratch_folder() as folder:
        pip = PipCommand(python, folder, sources, session)
        rebuilt = pip.install_verified(pins)
        if again:
            damaged = [pin for pin in pins if pin.name in again]
            repaired = pip.install_verified(damaged, "--force-reinstall", "--no-cache-dir")
            rebuilt = tuple(sorted({*rebuilt, *repaired}))
        pip.remove_all_but(pins)
        return rebuilt


def _refuse_offline(sources: PackageSources, failure: type[InstallFailed | ResolutionFailed]) -> None:
    if sources.offline and not sources.find_links:
        raise failure(
            "pip cannot install without a network: it has no offline mode",
            hint="--installer uv works offline from its cache; pip needs --find-links with wheels",
        )


def _make_environment(path: Path, interpreter: Interpreter) -> Path:
    """Make a temporary environment that holds pip, and give its Python."""
    import virtualenv  # late: a third of a second

    from flaskgen.effects.system.environment import child_environment

    arguments = ["--no-download", "--no-periodic-update", "--activators", "", "-p", str(interpreter.path)]
    session = virtualenv.cli_run(
        [*arguments, str(path)],
        setup_logging=False,
        env=child_environment({"VIRTUALENV_CONFIG_FILE": os.devnull}),
    )
    return Path(session.creator.exe)
