"""Runs of flaskgen on the public projects of a corpus, and the results that are kept between them."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar


class Result(Protocol):
    """What is measured of a project: a named tuple."""

    @property
    def id(self) -> str: ...

    def _asdict(self) -> dict[str, Any]: ...


_Measured = TypeVar("_Measured", bound=Result)


def parse_options(prog: str, document: Path) -> argparse.Namespace:
    """Return which projects to measure, and where they and what is known of them are."""
    parser = argparse.ArgumentParser(prog=prog)
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--src", type=Path, required=True, metavar="DIR")
    parser.add_argument("--corpus", type=Path, required=True, metavar="FILE")
    parser.add_argument("--write", action="store_true", help=f"write the tables of {document.name}")
    return parser.parse_args()


def read_corpus(file: Path) -> dict[str, dict[str, Any]]:
    """Return what is known of each project, by its id."""
    return {facts["id"]: facts for facts in map(json.loads, file.read_text().splitlines())}


def read_results(file: Path, measured: Callable[..., _Measured]) -> dict[str, _Measured]:
    """Return what was measured before, by the ids of the projects."""
    lines = file.read_text().splitlines() if file.exists() else []
    return {one.id: one for one in (measured(**json.loads(line)) for line in lines)}


def keep_results(file: Path, results: Mapping[str, Result]) -> None:
    """Write results for ``read_results``."""
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{json.dumps(one._asdict())}\n" for one in results.values()))


def run_flaskgen(*arguments: str, cwd: Path, limit: float) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run flaskgen in a directory, and return how it ended and the seconds it took."""
    command = [sys.executable, "-P", "-m", "flaskgen", *arguments]
    started = time.perf_counter()
    run = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=limit)
    return run, time.perf_counter() - started
