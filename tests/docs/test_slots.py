from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from tests.planning.templates.catalogues import build_catalogue

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


def test_slots_are_listed_by_file_with_those_that_stand_in_others(
    import_generator: Callable[[str], ModuleType],
) -> None:
    page = import_generator("slots").describe_slots(build_catalogue(FILES))
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
