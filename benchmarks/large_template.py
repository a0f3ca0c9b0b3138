"""A template of many files: written for flaskgen and for copier, and the program that times rendering it.

Run by the interpreter of either, ``python large_template.py flaskgen|copier TEMPLATE TARGET TIMES`` prints
the seconds of the median run. Start and imports are left out, so that what remains grows with the files.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

_FILE = '''\
"""Module {number} of {{{{ package }}}}."""

from __future__ import annotations

from {{{{ package }}}}.part_{part:03} import settings

NAME = "{{{{ package }}}}-{number}"
{{% if number_is_shown %}}
NUMBER = {number}
{{% endif %}}


def describe(title: str = NAME) -> str:
    """Describe module {number}."""
    return f"{{title}} of {{{{ package }}}}, with {{settings}}"
'''
_VALUES = {"package": "shop", "number_is_shown": True}
_MANIFEST = """\
title = "Large"
summary = "many files"
order = 0
distribution = "Flask"
modules = []
next_steps = []
"""


def write_templates(folder: Path, *, files: int) -> None:
    """Write the same files as a template of flaskgen and of copier, below ``folder``."""
    ours, theirs = folder / "flaskgen", folder / "copier"
    for number in range(files):
        part = number // 100
        name = f"part_{part:03}/module_{number:05}.py.jinja"
        text = _FILE.format(number=number, part=part)
        for target in (ours / "base/files/{{package}}" / name, theirs / "{{ package }}" / name):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    (ours / "base/manifest.toml").write_text(_MANIFEST)
    (theirs / "copier.yml").write_text("package:\n  type: str\nnumber_is_shown:\n  type: bool\n")


def _make_with_flaskgen(template: Path, target: Path) -> None:
    from flaskgen.effects.shipped.templates import load_catalogue_from
    from flaskgen.effects.transaction.project_files import apply_plan, read_files
    from flaskgen.planning.merging.changes import plan_creation
    from flaskgen.planning.templates.render import render

    tree = render(load_catalogue_from(template), traits=frozenset(), values=_VALUES)
    apply_plan(plan_creation(tree, read_files(target, tree)), target)


def _make_with_copier(template: Path, target: Path) -> None:
    from copier import run_copy  # type: ignore[import-not-found, unused-ignore]

    run_copy(str(template), target, data=_VALUES, quiet=True)


_GENERATORS: dict[str, Callable[[Path, Path], None]] = {
    "flaskgen": _make_with_flaskgen,
    "copier": _make_with_copier,
}


def _time(generator: str, template: Path, target: Path) -> float:
    shutil.rmtree(target, ignore_errors=True)
    started = time.perf_counter()
    _GENERATORS[generator](template, target)
    return time.perf_counter() - started


def _main(generator: str, template: str, target: str, times: str) -> None:
    folder = Path(template)
    made = Path(target)
    one = folder.with_name("one") / generator
    _time(generator, one, made)
    print(statistics.median(_time(generator, folder / generator, made) for _ in range(int(times))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
