"""The command lines of uv."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flaskgen.effects.packages.child_settings import uv_environment
from flaskgen.effects.packages.diagnosis import install_failure, mismatched_names
from flaskgen.effects.packages.requirement_text import parse_compiled, write_pins
from flaskgen.effects.system.session import Completed, Session
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources


@dataclass(frozen=True)
class UvCommand:
    """uv for one task: its temporary folder, and where its packages come from."""

    program: Path
    folder: Path
    sources: PackageSources
    session: Session
    exact: bool = True
    """Whether an environment is to hold nothing else than what is put into it."""

    def compile(
        self,
        requirements: Sequence[str],
        *,
        python: Path,
        preferences: Sequence[Pin] = (),
        closure: bool = True,
    ) -> Completed:
        # Named as the file where the user finds them, since uv writes the name into `# via`.
        (self.folder / "requirements.in").write_text("".join(f"{line}\n" for line in requirements), "utf-8")
        output = self.folder / "requirements.txt"
        # uv keeps the versions that an output file already has, where they fit.
        output.write_text(write_pins(replace(pin, hashes=()) for pin in preferences), "utf-8")
        options = [] if closure else ["--no-deps"]
        return self._run(
            *("compile", "requirements.in", "--output-file", output.name, "--generate-hashes"),
            *("--no-header", *options),
            python=python,
        )

    def sync(
        self, pins: Sequence[Pin], *, python: Path, offline: bool = False, reinstall: Sequence[str] = ()
    ) -> Completed:
        (self.folder / "pins.txt").write_text(write_pins(pins), "utf-8")
        options = ["--require-hashes"] if is_verified(pins) else []
        options += [option for name in reinstall for option in ("--reinstall-package", name)]
        options += ["--offline"] if offline else []
        if self.exact:
            completed = self._run("sync", "pins.txt", "--allow-empty-requirements", *options, python=python)
        else:
            completed = self._run("install", "-r", "pins.txt", "--no-deps", *options, python=python)
        for built in re.findall(r"^ +Built (\S+)", completed.stderr, re.MULTILINE):
            self.session.reporter.warn(f"{built} has no wheel for this Python: it was built from its source")
        return completed

    def uninstall(self, names: Sequence[str], *, python: Path) -> Completed:
        return self.session.run(
            [self.program, "pip", "uninstall", *names, "--no-config", "--python", str(python.absolute())],
            cwd=self.folder,
            environment=uv_environment(self.sources),
            check=False,
        )

    def forget(self, pins: Sequence[Pin]) -> None:
        """Clear packages out of uv's cache, so that they are fetched anew."""
        if not pins:
            return  # without a name, uv clears the whole cache
        self.session.run(
            [self.program, "cache", "clean", "--no-config", *(pin.name for pin in pins)],
            cwd=self.folder,
            environment=uv_environment(self.sources),
            check=False,
        )

    def sync_rebuilt(
        self, pins: Sequence[Pin], failed: Completed, *, python: Path, reinstall: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Install with the hashes that the private indexes give, and name the packages they rebuilt."""
        rebuilt: dict[str, Pin] = {}
        private = replace(self, sources=self.sources.without_public(self._public_index()))
        while names := [name for name in mismatched_names(failed) if name not in rebuilt]:
            served = private._served(pins, names, python=python)
            if not set(names) <= served.keys():
                break  # the public index itself serves another file: refused
            rebuilt |= {
                pin.name: replace(pin, hashes=served[pin.name])
                for pin in pins
                if pin.name in served
                and (pin.name in names or (pin.hashes and not set(pin.hashes) & set(served[pin.name])))
            }
            failed = self.sync(
                [rebuilt.get(pin.name, pin) for pin in pins], python=python, reinstall=reinstall
            )
            if failed.returncode == 0:
                return tuple(sorted(rebuilt))
        raise install_failure(failed, sources=self.sources, python=python)

    def _served(
        self, pins: Sequence[Pin], names: Sequence[str], *, python: Path
    ) -> dict[str, tuple[str, ...]]:
        """Give the hashes that the sources have: of all pins where they have them all, else of ``names``."""
        for chosen in (pins, [pin for pin in pins if pin.name in names]):
            completed = self.compile([pin.line for pin in chosen], python=python, closure=False)
            if completed.returncode == 0:
                return {pin.name: pin.hashes for pin in parse_compiled(completed.stdout) if pin.hashes}
        return {}

    def _public_index(self) -> str:
        """Ask uv which index is its default."""
        completed = self.session.run(
            [self.program, "pip", "compile", "--no-config", "--offline", "--emit-index-url", "--quiet", "-"],
            cwd=self.folder,
            environment=uv_environment(PackageSources()),
            check=False,
        )
        found = re.search(r"--index-url (\S+)", completed.stdout)
        return found[1] if found else ""

    def _run(self, verb: str, *arguments: str, python: Path) -> Completed:
        command: list[str | Path] = [
            self.program,
            *("pip", verb, *arguments),
            *("--no-config", "--no-python-downloads", "--python", str(python.absolute())),
            *("--index-strategy", "unsafe-best-match", "--color", "never"),
            *(["--no-index"] if self.sources.no_index else []),
            *(["--offline"] if self.sources.offline else []),
        ]
        return self.session.run(
            command,
            cwd=self.folder,
            environment=uv_environment(self.sources),
            check=False,
        )


def is_verified(pins: Sequence[Pin]) -> bool:
    return bool(pins) and all(pin.hashes and not pin.reference for pin in pins)
