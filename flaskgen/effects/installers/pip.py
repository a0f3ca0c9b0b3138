"""Resolve and install with pip, where uv is not there or not wanted."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flaskgen.effects.installers.child_settings import pip_environment, private_folder
from flaskgen.effects.installers.diagnosis import install_failure, mismatched_names, resolution_failure
from flaskgen.effects.installers.pip_report import parse_report
from flaskgen.effects.installers.requirement_text import write_pins
from flaskgen.effects.processes import Completed, run
from flaskgen.errors import InstallFailed, ResolutionFailed
from flaskgen.planning.interpreter import Interpreter
from flaskgen.planning.pins import Pin, normalized
from flaskgen.planning.sources import PackageSources
from flaskgen.reporting import Reporter

_REASONS = (
    "Could not fetch URL",
    "Skipping link: none of the wheel's tags",
    "Link requires a different Python",
)


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
        reporter: Reporter,
    ) -> tuple[Pin, ...]:
        _refuse_offline(sources, ResolutionFailed)
        with private_folder() as folder:
            pip = _Pip(_make_environment(folder / "env", interpreter), folder, sources, reporter)
            # pip has no preferences, only constraints: they are all kept, or else none is.
            completed = pip.resolve(requirements, constraints=preferences)
            if completed.returncode != 0 and preferences:
                completed = pip.resolve(requirements)
            if completed.returncode != 0:
                raise resolution_failure(completed, sources=sources, python=interpreter)
            return parse_report((folder / "report.json").read_text("utf-8"))

    def install(
        self, pins: Sequence[Pin], *, python: Path, sources: PackageSources, reporter: Reporter
    ) -> tuple[str, ...]:
        return _install(pins, python=python, sources=sources, reporter=reporter)

    def repair(
        self,
        pins: Sequence[Pin],
        names: Sequence[str],
        *,
        python: Path,
        sources: PackageSources,
        reporter: Reporter,
    ) -> tuple[str, ...]:
        return _install(pins, python=python, sources=sources, reporter=reporter, again=names)


def _install(
    pins: Sequence[Pin],
    *,
    python: Path,
    sources: PackageSources,
    reporter: Reporter,
    again: Sequence[str] = (),
) -> tuple[str, ...]:
    _refuse_offline(sources, InstallFailed)
    with private_folder() as folder:
        pip = _Pip(python, folder, sources, reporter)
        rebuilt = pip.install_verified(pins)
        if again:
            pip.reinstall([pin for pin in pins if pin.name in again])
        pip.remove_all_but(pins)
        return rebuilt


def _refuse_offline(sources: PackageSources, failure: type[InstallFailed | ResolutionFailed]) -> None:
    if sources.offline and not sources.find_links:
        raise failure(
            "pip cannot install without a network: it has no offline mode",
            hint="--installer uv works offline from its cache; pip needs --find-links with a folder of wheels",
        )


def _make_environment(path: Path, interpreter: Interpreter) -> Path:
    """Make a temporary environment that holds pip, and give its Python."""
    import virtualenv  # late: a third of a second

    from flaskgen.effects.processes import child_environment

    arguments = ["--no-download", "--no-periodic-update", "--activators", "", "-p", str(interpreter.path)]
    session = virtualenv.cli_run(
        [*arguments, str(path)],
        setup_logging=False,
        env=child_environment({"VIRTUALENV_CONFIG_FILE": os.devnull}),
    )
    return Path(session.creator.exe)


@dataclass(frozen=True)
class _Pip:
    """The pip of one environment for one task, and where its packages come from."""

    python: Path
    folder: Path
    sources: PackageSources
    reporter: Reporter

    def resolve(
        self, requirements: Sequence[str], *, constraints: Sequence[Pin] = (), options: Sequence[str] = ()
    ) -> Completed:
        (self.folder / "requirements.in").write_text("".join(f"{line}\n" for line in requirements), "utf-8")
        lines = "".join(f"{pin.line}\n" for pin in constraints if not pin.reference)
        (self.folder / "constraints.txt").write_text(lines, "utf-8")
        return self._run(
            *("install", "--dry-run", "--ignore-installed", "--report", "report.json"),
            *("-r", "requirements.in", "-c", "constraints.txt", *options),
        )

    def reinstall(self, pins: Sequence[Pin]) -> None:
        """Put packages in again from a fresh download."""
        completed = self.install(pins, "--force-reinstall", "--no-cache-dir")
        if completed.returncode != 0:
            raise install_failure(completed, sources=self.sources, python=self.python)

    def install(self, pins: Sequence[Pin], *options: str) -> Completed:
        (self.folder / "pins.txt").write_text(write_pins(pins), "utf-8")
        hashed = bool(pins) and all(pin.hashes and not pin.reference for pin in pins)
        options = (*options, *(["--require-hashes"] if hashed else []))
        return self._run("install", "--no-deps", "--no-compile", *options, "-r", "pins.txt")

    def install_verified(self, pins: Sequence[Pin]) -> tuple[str, ...]:
        """Install ``pins``, and name those a private index rebuilt, which get the hashes it gives."""
        rebuilt: dict[str, Pin] = {}
        private: _Pip | None = None
        while (completed := self.install([rebuilt.get(pin.name, pin) for pin in pins])).returncode != 0:
            names = [name for name in mismatched_names(completed) if name not in rebuilt]
            if names and self.sources.private:
                private = private or replace(self, sources=self.sources.without_public(self._public_index()))
                found = private._serve([pin for pin in pins if pin.name in names])
                if len(found) == len(names):
                    rebuilt |= found
                    continue
            raise install_failure(completed, sources=self.sources, python=self.python)
        return tuple(sorted(rebuilt))

    def _serve(self, pins: Sequence[Pin]) -> dict[str, Pin]:
        """Give ``pins`` with the hashes of the files that the sources have; none where one is lacking."""
        lines = [pin.line for pin in pins]
        if self.resolve(lines, options=["--no-deps"]).returncode != 0:
            return {}
        served = {pin.name: pin for pin in parse_report((self.folder / "report.json").read_text("utf-8"))}
        return {pin.name: replace(pin, hashes=served[pin.name].hashes) for pin in pins if pin.name in served}

    def _public_index(self) -> str:
        """Ask pip which index is its default."""
        code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
        asked = run([self.python.absolute(), "-I", "-c", code], reporter=self.reporter, check=False)
        return asked.stdout.strip()

    def remove_all_but(self, pins: Sequence[Pin]) -> None:
        """Remove what is installed and not pinned, so that the environment is exactly the pins."""
        listed = self._run("list", "--format", "json")
        wanted = {pin.name for pin in pins} | {"pip"}
        if listed.returncode == 0:
            found = [normalized(entry["name"]) for entry in json.loads(listed.stdout)]
            surplus = [name for name in found if name not in wanted]
            if surplus:
                self._run("uninstall", "--yes", *surplus)

    def _run(self, verb: str, *arguments: str) -> Completed:
        log = self.folder / "pip.log"
        log.unlink(missing_ok=True)
        completed = run(
            [self.python.absolute(), "-I", "-m", "pip", verb, "--log", str(log), *arguments],
            reporter=self.reporter,
            cwd=self.folder,
            environment=pip_environment(self.sources, temporary=self.folder),
            check=False,
        )
        if completed.returncode == 0 or not log.is_file():
            return completed
        # On its output pip calls everything "no matching distribution"; why is only in its log.
        return replace(completed, stderr=completed.stderr + _reasons(log.read_text("utf-8", "replace")))


def _reasons(log: str) -> str:
    messages = (line.partition(" ")[2].strip() for line in log.splitlines())
    return "".join(f"\n{line}" for line in messages if line.startswith(_REASONS))
