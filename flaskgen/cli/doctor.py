"""``flaskgen doctor``: its options, and what it shows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.options import directory_argument, extensions_option
from flaskgen.cli.terminal import show_json
from flaskgen.errors import UsageError
from flaskgen.reporting import first_of

if TYPE_CHECKING:
    from flaskgen.planning.flask.breaks import Break
    from flaskgen.planning.foreign.diagnosis import Diagnosis, Finding

_MOST = 3
"""Places of a finding that are shown; JSON has them all."""


@click.command("doctor")
@directory_argument
@click.option(
    "--error", metavar="TEXT", help="Explain an error message or a traceback; `-` reads it from stdin."
)
@extensions_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(
    context: click.Context, directory: Path, error: str | None, extensions: tuple[str, ...], as_json: bool
) -> None:
    """Find what breaks a Flask project, whoever made it, and what to do about it.

    Reads the files of DIR [default: the current one], runs nothing, and writes nothing. It exits with 1
    if the application will not start.

    \b
    flaskgen doctor --error "cannot import name 'escape' from 'jinja2'"
    python app.py 2>&1 | flaskgen doctor --error -
    """
    from flaskgen.commands.doctor import examine, explain

    if error is not None:
        text = sys.stdin.read() if error == "-" else error
        if not text.strip():
            raise UsageError("--error needs the text of an error", hint="pass the last line of the traceback")
        found = explain(text)
        if as_json:
            show_json([_break_as_json(row) for row in found])
        else:
            click.echo("\n\n".join(_explained(row) for row in found))
        return

    diagnosis = examine(directory, extensions=tuple(map(Path, extensions)))
    if as_json:
        show_json(_as_json(diagnosis))
    else:
        for line in _shown(diagnosis):
            click.echo(line)
    if not diagnosis.starts:
        context.exit(1)


def _shown(diagnosis: Diagnosis) -> Iterator[str]:
    from flaskgen.planning.foreign.diagnosis import Level

    yield f"{click.style(_flask(diagnosis), bold=True)} ({diagnosis.flask_from})"
    if diagnosis.written_for:
        yield f"The code is for {diagnosis.written_for}"
    yield f"Python {diagnosis.python} ({diagnosis.python_from}){_pythons(diagnosis)}"
    found = diagnosis.entry_point
    place = f" in {found.root}" if found and found.root.parts else ""
    yield f"The application is {found}{place}" if found else "No application was found"
    titles = {
        Level.STOPS: ("It will not start:", "red"),
        Level.ENVIRONMENT: ("It has no working environment:", "yellow"),
        Level.FAILS: ("It fails in use:", "yellow"),
        Level.ADVICE: ("Also:", "cyan"),
    }
    for level, (title, colour) in titles.items():
        findings = [finding for finding in diagnosis.findings if finding.level is level]
        if findings:
            yield ""
            yield click.style(title, fg=colour, bold=True)
        for finding in findings:
            yield from _finding(finding)
    yield ""
    if not diagnosis.findings:
        yield "Nothing is known to break it."
    if diagnosis.needs_rescue:
        yield "Next: flaskgen rescue, which finds versions with which it starts"
    for note in diagnosis.notes:
        yield f"note: {note}"


def _flask(diagnosis: Diagnosis) -> str:
    if diagnosis.series is None:
        return f"Flask {diagnosis.flask}" if diagnosis.flask else "Flask of an unknown version"
    upstream = diagnosis.series.upstream
    support = "supported" if upstream.supported else "unsupported"
    name = f"Flask {diagnosis.flask}" if diagnosis.flask else f"Flask {diagnosis.series.name}"
    return f"{name}, of a series of {upstream.released[:4]}, {support}"


def _pythons(diagnosis: Diagnosis) -> str:
    if diagnosis.series is None:
        return ""
    pythons = diagnosis.series.pythons
    return f"; Flask was tested on {pythons.minimum.version} to {pythons.maximum.version}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"- {finding.what}"
    if finding.places:
        yield f"  {first_of(finding.places, _MOST)}"
    yield from _ways(finding.fixes)


def _ways(fixes: Iterable[str]) -> Iterator[str]:
    yield from (f"  {'-> ' if place == 0 else '   or '}{fix}" for place, fix in enumerate(fixes))


def _explained(row: Break) -> str:
    from flaskgen.planning.foreign.diagnosis import fixes_of

    affected = [str(one) for one in row.when] + ([f"Python {row.python}"] if str(row.python) else [])
    lines = [click.style(row.title, bold=True), f"  happens with {' and '.join(affected)}"]
    lines += _ways(fixes_of(row))
    if row.source != "measured":
        lines.append(f"  {row.source}")
    return "\n".join(lines)


def _as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    series = diagnosis.series
    return {
        "starts": diagnosis.starts,
        "flask": {
            "release": diagnosis.flask,
            "series": series and series.name,
            "released": series and series.upstream.released,
            "supported": series and series.upstream.supported,
            "from": diagnosis.flask_from,
            "written_for": diagnosis.written_for,
        },
        "python": {"version": str(diagnosis.python), "from": diagnosis.python_from},
        "entry_point": diagnosis.entry_point and str(diagnosis.entry_point),
        "directory": diagnosis.entry_point and str(diagnosis.entry_point.root),
        "findings": [
            {
                "level": finding.level.name.lower(),
                "id": finding.broken and finding.broken.id,
                "what": finding.what,
                "places": list(finding.places),
                "fixes": list(finding.fixes),
            }
            for finding in diagnosis.findings
        ],
        "notes": list(diagnosis.notes),
    }


def _break_as_json(row: Break) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "when": [str(one) for one in row.when],
        "python": str(row.python),
        "pins": list(row.pins),
        "build": list(row.build),
        "newer": list(row.newer),
        "change": row.change,
        "source": row.source,
    }
