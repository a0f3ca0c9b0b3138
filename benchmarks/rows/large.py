"""Rows about a template of 10,000 files: whether the time grows with the files alone, and copier's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import large_template
from surroundings import Surroundings
from timing import Row, Side

_MANY, _FEW = 10_000, 100
_MILLISECONDS = 1000


def large_rows(surroundings: Surroundings, copier_python: Path) -> tuple[Row, Row]:
    """Write the templates, and give the two rows; their unit is a millisecond a file."""
    folder = surroundings.root / "large"
    for name, files in (("one", 1), ("few", _FEW), ("many", _MANY)):
        large_template.write_templates(folder / name, files=files)
    measure = partial(_per_file, surroundings)
    many = Side("flaskgen, 10,000 files", partial(measure, "flaskgen", surroundings.python, "many", _MANY, 1))
    few = Side("flaskgen, 100 files", partial(measure, "flaskgen", surroundings.python, "few", _FEW, 20))
    copier = Side("copier, 10,000 files", partial(measure, "copier", copier_python, "many", _MANY, 1))
    return (
        Row("large", "a template of 10,000 files against one of 100, per file", 1.2, many, few, "ms"),
        Row(
            "large-copier", "a template of 10,000 files against copier, per file", 1.0, many, copier, "ms", 2
        ),
    )


def _per_file(
    surroundings: Surroundings,
    generator: str,
    python: Path,
    template: str,
    files: int,
    times: int,
    folder: Path,
) -> float:
    program = Path(large_template.__file__)
    source = surroundings.root / "large" / template
    printed = surroundings.run(python, program, generator, source, folder / "made", str(times))
    return float(printed) / files * _MILLISECONDS
