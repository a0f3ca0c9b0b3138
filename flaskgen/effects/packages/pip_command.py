"""The command lines of pip."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flaskgen.effects.packages.child_settings import pip_environment
from flaskgen.effects.packages.diagnosis import install_failure, mismatched_names
from flaskgen.effects.packages.pip_report import parse_report
from flaskgen.effects.packages.requirement_text import write_pins
from flaskgen.effects.system.session import Completed, Session
from flaskgen.planning.packages.pins import Pin, normalized
from flaskgen.planning.packages.sources import PackageSources

_REASONS = (
    "Could not fetch URL",
    "Skipping link: none of the wheel's tags",
    "Link requires a different Python",
)


@dataclass(frozen=True)
class PipCommand:
    """The pip of one environment for one task, and where its packages come from."""

    python: Path
    folder: Path
    sources: PackageSources
    session: Session

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

    def install(self, pins: Sequence[Pin], *options: str) -> Completed:
        # Apart, because one hash in a file makes pip ask for one of every line.
        hashed = [pin for pin in pins if pin.hashes and not pin.reference]
        completed = Completed(0, "", "")
        for group, required in ((hashed, ["--require-hashes"]), ([p for p in pins if p not in hashed], [])):
            if group and completed.returncode == 0:
                (self.folder / "pins.txt").write_text(write_pins(group), "utf-8")
                completed = self._run(
                    "install", "--no-deps", "--no-compile", *required, *options, "-r", "pins.txt"
                )
        for built in re.findall(r"Successfully built ([^\n]+)", completed.stdout):
            self.session.reporter.warn(f"{built} has no wheel for this Python: it was built from its source")
        return completed

    def install_verified(self, pins: Sequence[Pin], *options: str) -> tuple[str, ...]:
        """Install ``pins``, and name those a private index rebuilt, which get the hashes it gives."""
        rebuilt: dict[str, Pin] = {}
        private: PipCommand | None = None
        while True:
            completed = self.install([rebuilt.get(pin.name, pin) for pin in pins], *options)
            if completed.returncode == 0:
                return tuple(sorted(rebuilt))
            names = [name for name in mismatched_names(completed) if name not in rebuilt]
            if names and self.sources.private:
                private = private or replace(self, sources=self.sources.without_public(self._public_index()))
                found = private._serve([pin for pin in pins if pin.name in names])
                if len(found) == len(names):
                    rebuilt |= found
                    continue
            raise install_failure(completed, sources=self.sources, python=self.python)

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
        asked = self.session.run([self.python.absolute(), "-I", "-c", code], check=False)
        return asked.stdout.strip()

    def remove_all_but(self, pins: Sequence[Pin]) -> None:
        """Remove what is installed and not pinned, so that the environment is exactly the pins."""
        listed = self._run("list", "--format", "json")
        wanted = {pin.name for pin in pins} | {"pip"}
        if listed.returncode == 0:
            found = [normalized(entry["name"]) for entry in json.loads(listed.stdout)]
            surplus = [name for name in found if name not in wanted]
            if surplus:
                self.uninstall(surplus)

    def uninstall(self, names: Sequence[str]) -> Completed:
        return self._run("uninstall", "--yes", *names)

    def _run(self, verb: str, *arguments: str) -> Completed:
        log = self.folder / "pip.log"
        log.unlink(missing_ok=True)
        completed = self.session.run(
            [self.python.absolute(), "-I", "-m", "pip", verb, "--log", str(log), *arguments],
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
