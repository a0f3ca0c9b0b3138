from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

from flaskgen.planning.templates.catalogue_reading import build_catalogue

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "list_slots.py"

MANIFEST = b'title = "T"\nsummary = "s"\norder = 1\n'
FILES = {
    "base/manifest.toml": MANIFEST,
    "base/files/b.py.jinja": b'{% slot "b" sorted %} {# imports #}\n',
    "base/files/a.txt.jinja": (
        b'{% slot "a" %} {# a line #}\n{% slot "own" default %} {# another line #}\n{% endslot %}\n'
    ),
    "extensions/x/manifest.toml": MANIFEST,
    "extensions/x/slots.jinja": b'{% fill "a" %}\n{% slot "inner" %} {# what x needs #}\n{% endfill %}\n',
}


def test_the_document_is_current() -> None:
    printed = subprocess.run([sys.executable, TOOL], capture_output=True, check=True, text=True).stdout
    document = (ROOT / "docs" / "slots.md").read_text(encoding="utf-8")
    assert document == printed, "run `python tools/list_slots.py --write`"


def test_slots_are_listed_by_file_with_those_that_stand_in_others() -> None:
    describe_slots = runpy.run_path(str(TOOL))["describe_slots"]
    page = describe_slots(build_catalogue(FILES))
    assert page.endswith(
        "## `a.txt`\n\n"
        "| slot | what belongs there | lines are | with |\n|---|---|---|---|\n"
        "| `a` | a line | added |  |\n"
        "| `own` | another line | replacing |  |\n"
        "| `inner` | what x needs | added | `x` |\n\n"
        "## `b.py`\n\n"
        "| slot | what belongs there | lines are | with |\n|---|---|---|---|\n"
        "| `b` | imports | sorted |  |\n"
    )
