"""``flaskgen freeze``: its options, and what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.options import OUTPUT_OPTIONS, check_contradictions
from flaskgen.cli.terminal import say, show_json
from flaskgen.errors import Drift, Fix, UsageError
from flaskgen.reporting import counted

if TYPE_CHECKING:
    from flaskgen.commands.verbs.freeze import FreezeOutcome
    from flaskgen.effects.system.session import Reporter
    from flaskgen.planning.packages.freeze import FrozenFile


@click.command("freeze")
@click.option("--check", is_flag=True, help="Write nothing; print a diff, and exit with 4 if there is one.")
@click.option(
    "--hashes/--no-hashes",
    default=None,
    help="Add the hashes of every file, or remove them. By default, files with hashes keep them.",
)
@click.option(
    "--venv",
    metavar="PATH",
    help="Virtual environment to read.  [default: the project's own]",
)
@OUTPUT_OPTIONS
def freeze(check: bool, hashes: bool | None, venv: str | None, **given: Any) -> None:
    """Write the installed packages to requirements.txt, requirements-dev.txt and uv.lock.

    The packages of the application, and those you installed yourself, go to requirements.txt; those that only
    the development tools require go to requirements-dev.txt, where tools that are not installed keep their
    pins. What pyproject.toml requires only on other platforms or Pythons is pinned with its marker. uv.lock
    has the same versions, for uv. No program in the environment is run.
    """
    from flaskgen.cli.reporters import Display
    from flaskgen.commands import freeze

    if venv is not None and (not venv.strip() or "\0" in venv):
        raise UsageError(
            "--venv needs the path of a directory", hint="pass a virtual environment, such as .venv"
        )
    check_contradictions(given)
    display = Display.of(given)
    session, environment = display.session(), Path(venv) if venv else None
    outcome = freeze(Path(), environment, hashes=hashes, check=check, session=session)
    if not (display.quiet or display.as_json):
        for file in outcome.files:
            say(f"freeze: {_describe(file, check=check)}")
    if display.as_json:
        show_json(_as_json(outcome, session.reporter, check=check))
    elif check:
        click.echo("".join(map(_diff, outcome.changed)), nl=False)
    if check and outcome.changed:
        if display.as_json:  # the object that is printed says it already
            click.get_current_context().exit(Drift.exit_code)
        raise _drift(outcome)


def _describe(file: FrozenFile, *, check: bool) -> str:
    if not file.changed:
        return f"{file.path} is up to date{_pins(file)}"
    if file.before is None:
        return f"{file.path} {'is missing' if check else 'created'}{_pins(file)}"
    return f"{file.path} {'differs' if check else 'updated'} ({file.changes})"


def _diff(file: FrozenFile) -> str:
    from flaskgen.planning.merging.text_form import file_diff

    return file_diff(file.path, file.before, file.after)


def _pins(file: FrozenFile) -> str:
    from flaskgen.planning.packages.lock import LOCK_FILE

    if file.path == LOCK_FILE:
        return ""
    return f" ({counted(len(file.pins), 'pin')})"


def _drift(outcome: FreezeOutcome) -> Drift:
    names = " and ".join(str(file.path) for file in outcome.changed)
    verb = "does" if len(outcome.changed) == 1 else "do"
    return Drift(
        f"{names} {verb} not match what is installed in {outcome.environment.path}",
        hint="bring them up to date: flaskgen freeze",
        fix=Fix("--check"),
    )


def _as_json(outcome: FreezeOutcome, said: Reporter, *, check: bool) -> dict[str, object]:
    return {
        "environment": str(outcome.environment.path),
        "python": outcome.environment.interpreter.version,
        "changed": bool(outcome.changed),
        "written": bool(outcome.changed) and not check,
        "files": [
            {
                "name": str(file.path),
                "changed": file.changed,
                "added": file.changes.added,
                "removed": file.changes.removed,
                "updated": file.changes.changed,
                "diff": _diff(file) if file.changed else "",
            }
            for file in outcome.files
        ],
        "pins": [
            {
                "name": pin.name,
                "version": pin.version,
                "file": str(file.path),
                "line": pin.line,
                "via": list(pin.via),
                "hashes": list(pin.hashes),
            }
            for file in outcome.files
            for pin in file.pins
        ],
        "notes": said.notes,
        "warnings": said.warnings,
    }
