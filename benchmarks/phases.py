"""Where the time of one `flaskgen new` goes: a program that times its parts and prints them as JSON.

Run by flaskgen's interpreter: ``python phases.py STARTED ARGUMENTS...``, where STARTED is when the process
was asked for, in seconds of the epoch.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

_PARTS: dict[str, float] = {}


def _timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timing(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            _PARTS[part] = _PARTS.get(part, 0.0) + time.perf_counter() - started

    return timing


def _time_attribute(owner: Any, name: str, part: str) -> None:
    setattr(owner, name, _timed(part, getattr(owner, name)))


def _main(started: float, arguments: list[str]) -> None:
    _PARTS["start of Python"] = time.time() - started
    begun = time.perf_counter()
    from flaskgen.cli import main, new_options, new_story
    from flaskgen.commands import new, proposal
    from flaskgen.effects.packages.uv import Uv
    from flaskgen.effects.python.bytecode import BytecodeCache

    _PARTS["imports"] = time.perf_counter() - begun
    _time_attribute(new_options, "read_package_sources", "propose: pip's and uv's settings")
    _time_attribute(new_story, "propose", "propose: in all")
    _time_attribute(proposal, "find_interpreters", "propose: interpreters")
    _time_attribute(proposal, "load_catalogue", "propose: templates read")
    _time_attribute(proposal, "_resolve", "propose: pins from the lock")
    _time_attribute(proposal.Proposal, "render", "*render*")
    _time_attribute(new, "create_environment", "*environment*")
    _time_attribute(Uv, "__init__", "*find uv*")
    _time_attribute(Uv, "install", "*install*")
    _time_attribute(BytecodeCache, "restore", "*bytecode: restore*")
    _time_attribute(new, "get_first_page", "verify: first page")
    _time_attribute(new, "verify_records", "*verify: RECORD hashes*")
    _time_attribute(BytecodeCache, "keep", "bytecode: keep")
    _time_attribute(new, "commit_project", "git")
    _time_attribute(new_story, "new", "new: in all")
    try:
        main.main(arguments)
    except SystemExit as stop:
        if stop.code:
            raise
    _PARTS["whole"] = time.time() - started
    print(json.dumps(_PARTS))


if __name__ == "__main__":
    _main(float(sys.argv[1]), sys.argv[2:])
