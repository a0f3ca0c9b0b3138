"""Count the code of flaskgen, and how much of it a command enters on its way to the disk.

    python tools/count_code.py                                 files, lines and regular expressions
    python tools/count_code.py new /tmp/shop --preset web -y   runs it; the files and functions it enters
    python tools/count_code.py --list add moment               in a project; names them as well

What runs in other processes is not counted.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import runpy
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "flaskgen"
# The code that reads what other programs print.
READS_OUTPUT = PACKAGE / "effects" / "packages"
_PATTERN_FUNCTIONS = {
    f"re.{name}"
    for name in ("compile", "search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")
}


@dataclass(frozen=True, order=True)
class Function:
    """A function that was entered."""

    file: Path
    line: int
    name: str

    @property
    def anonymous(self) -> bool:
        """Whether it is a lambda, a comprehension or a generator expression, read as part of another."""
        return self.name.endswith(">")


def entered_functions(run: Callable[[], object], package: Path) -> set[Function]:
    """Call ``run``, and return the functions below ``package`` that it enters, in whichever thread.

    Modules and class bodies are no functions: that they run says only that they are imported.
    """
    entered: set[CodeType] = set()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            entered.add(frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return {
        Function(Path(code.co_filename), code.co_firstlineno, code.co_qualname)
        for code in list(entered)  # threads may still add to it
        if code.co_flags & inspect.CO_OPTIMIZED and Path(code.co_filename).is_relative_to(package)
    }


def count_regular_expressions(package: Path) -> int:
    """Return how many patterns the modules below ``package`` compile, or use without compiling them first."""
    return sum(
        isinstance(node, ast.Call) and ast.unparse(node.func) in _PATTERN_FUNCTIONS
        for module in package.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_bytes()))
    )


def _describe_code() -> Iterator[str]:
    modules = list(PACKAGE.rglob("*.py"))
    lines = sum(len(module.read_bytes().splitlines()) for module in modules)
    yield f"{len(modules)} files, {lines:,} lines"
    yield (
        f"{count_regular_expressions(READS_OUTPUT)} regular expressions in {READS_OUTPUT.relative_to(ROOT)}, "
        f"{count_regular_expressions(PACKAGE)} in all"
    )


def _describe_entered(entered: set[Function], *, listed: bool) -> Iterator[str]:
    named = sorted(function for function in entered if not function.anonymous)
    if listed:
        yield from (f"{each.file.relative_to(ROOT)}:{each.line}: {each.name}" for each in named)
    yield (
        f"{len({function.file for function in named})} files and {len(named)} functions entered, "
        f"{len(entered)} with lambdas and comprehensions"
    )


def _run_flaskgen(arguments: list[str]) -> None:
    sys.argv = ["flaskgen", *arguments]
    sys.path.insert(0, str(ROOT))
    try:
        runpy.run_module("flaskgen", run_name="__main__")
    except SystemExit as stop:
        if stop.code:
            raise


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Count the code of flaskgen, or what of it a command enters."
    )
    parser.add_argument(
        "--list", action="store_true", dest="listed", help="name the functions that are entered"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the arguments of flaskgen")
    given = parser.parse_args()
    if given.command:
        entered = entered_functions(lambda: _run_flaskgen(given.command), PACKAGE)
        print(*_describe_entered(entered, listed=given.listed), sep="\n")
    else:
        print(*_describe_code(), sep="\n")


if __name__ == "__main__":
    main()
