"""Compare the import names that flaskgen knows with what distributions have installed.

    python tools/check_import_names.py ~/.cache/uv ~/.pyenv   what is installed below these directories
    python tools/check_import_names.py --list ~/.cache/uv     names the rows that nothing there confirms

A row of import-names.toml is confirmed if its distribution has a module of that name: in an environment, in
the cache of uv, or in a wheel. Exits with 1 if a row is wrong.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, is_zipfile

from packaging.utils import canonicalize_name

from flaskgen.effects.foreign.files import known_names

_MODULES = (".py", ".pyi", ".so", ".pyd")


def main(arguments: list[str] | None = None) -> int:
    """Print how many rows are confirmed, and those that are wrong."""
    parser = argparse.ArgumentParser(prog="python tools/check_import_names.py")
    parser.add_argument("directories", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--list", action="store_true", help="name the rows that nothing confirms")
    options = parser.parse_args(arguments)
    rows = known_names().distributions
    installed = find_installed(options.directories)
    unknown = [name for name, of in rows.items() if of not in installed]
    wrong = [name for name, of in rows.items() if of in installed and name not in installed[of]]
    print(
        f"{len(rows)} rows: {len(rows) - len(unknown) - len(wrong)} confirmed, {len(unknown)} not installed"
    )
    for name in wrong:
        print(f"{name}: {rows[name]} installs {', '.join(sorted(installed[rows[name]])) or 'no module'}")
    if options.list:
        print(*unknown, sep="\n")
    return 1 if wrong else 0


def find_installed(directories: Iterable[Path]) -> dict[str, set[str]]:
    """Return the top-level modules of each distribution below directories, by its normalised name."""
    found: dict[str, set[str]] = {}
    for directory in directories:
        for record in directory.rglob("*.dist-info/RECORD"):
            name = canonicalize_name(record.parent.name.rsplit("-", 2)[0])
            with record.open(encoding="utf-8", newline="") as lines:
                found.setdefault(name, set()).update(_modules(row[0] for row in csv.reader(lines) if row))
        for wheel in filter(is_zipfile, directory.rglob("*.whl")):
            with ZipFile(wheel) as content:
                name = canonicalize_name(wheel.name.partition("-")[0])
                found.setdefault(name, set()).update(_modules(content.namelist()))
    return found


def _modules(files: Iterable[str]) -> Iterator[str]:
    for file in (PurePosixPath(re.sub(r"^[^/]+\.data/(pure|plat)lib/", "", file)) for file in files):
        if file.suffix in _MODULES and not file.is_absolute() and file.parts[0] != "..":
            yield file.parts[0] if file.parts[1:] else file.name.partition(".")[0]


if __name__ == "__main__":
    sys.exit(main())
