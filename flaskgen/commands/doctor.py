"""Say what is wrong with a Flask project, whoever made it. Nothing is run and nothing is written."""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from flaskgen.effects.foreign.files import known_names, read_foreign, read_pages
from flaskgen.effects.project.locating import absolute_path, find_project
from flaskgen.effects.shipped.compatibility_data import load_breaks, load_series
from flaskgen.errors import NotAProject, UnknownError
from flaskgen.planning.foreign.diagnosis import Diagnosis, Finding, Level, diagnose
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.foreign.requirements_reading import read_requirements
from flaskgen.planning.foreign.rescued import RESCUED

if TYPE_CHECKING:
    from flaskgen.planning.flask.breaks import Break

_PATIENCE = 0.2  # seconds for a service on this machine to answer


def examine(directory: Path | str, *, extensions: Sequence[Path] = ()) -> Diagnosis:
    """Return what is wrong with the project in a directory. Raises NotAProject.

    If the directory is in a project of flaskgen's, it is that one, which may have extensions from the
    directories ``extensions``.
    """
    gc.disable()  # thousands of syntax trees, none of which is garbage
    try:
        return _examine(absolute_path(directory), extensions)
    finally:
        gc.enable()


def _examine(path: Path, extensions: Sequence[Path]) -> Diagnosis:
    own = find_project(path)
    path = own or path
    project, found = read_foreign(path)
    if RESCUED in project.files:
        project = project._replace(requirements=read_requirements(project.files, [RESCUED]))
    if not project.uses_flask:
        raise NotAProject(f"`{path}` does not use Flask", hint="use the directory of a Flask project")
    diagnosis = diagnose(
        project,
        load_breaks(),
        load_series(),
        python=Version(".".join(map(str, sys.version_info[:2]))),
        environment=os.environ,
        templates=read_pages(path, found),
    )
    findings = [*diagnosis.findings, *_missing_services(project)]
    if own:
        from flaskgen.commands.own_health import examine_own  # which imports much that others do not need

        findings += examine_own(path, extensions)
    order = sorted(findings, key=lambda finding: finding.level)
    return diagnosis._replace(findings=tuple(order), notes=found.notes)


def explain(text: str) -> tuple[Break, ...]:
    """Return the known breaks that a message or a traceback can come from. Raises UnknownError."""
    if found := load_breaks().explain(text):
        return found
    raise UnknownError(
        "no known break of Flask or its extensions has this message",
        hint="pass the last line of the traceback, or all of it: flaskgen doctor --error - < traceback.txt",
    )


def _missing_services(project: ForeignProject) -> Iterator[Finding]:
    for service in project.services:
        port = known_names().ports.get(service.name)
        if port is None or not _answers(port):
            where = f"; nothing answers at localhost:{port}" if port else ""
            yield Finding(Level.ADVICE, f"It needs {service.name}{where}", (service.found_in,))


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), _PATIENCE).close()
    except OSError:
        return False
    return True
