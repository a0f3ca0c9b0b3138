"""Measure what becomes of edits when extensions are added and removed, and write it down.

Typical ones have a table; generated ones are counted. Run it from the top of the checkout:
`python benchmarks/edits.py`. It needs git, installs nothing, and takes some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "edits.md"
sys.path.insert(0, str(ROOT))

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402

from flaskgen.effects.git import file_merge  # noqa: E402
from flaskgen.effects.system.session import Session  # noqa: E402
from tests.edits.cases import EDITS, Edit  # noqa: E402
from tests.edits.generated import Project, projects  # noqa: E402
from tests.edits.generated_results import Tally  # noqa: E402
from tests.edits.measure import EXTENSIONS, PlainGit, Result, change_each  # noqa: E402
from tests.edits.resource_changes import RESOURCE_EDITS, change_each_resource  # noqa: E402
from tests.marked_document import write_between  # noqa: E402

GENERATED = 5000  # projects
BEGIN, END = "<!-- measured by benchmarks/edits.py -->", "<!-- end of what was measured -->"


def main() -> None:
    edits = [measure(edit, change_each) for edit in EDITS]
    of_resources = [measure(edit, change_each_resource) for edit in RESOURCE_EDITS]
    table = "\n".join(
        [
            *write_table(f"with {', '.join(EXTENSIONS)}", edits),
            "",
            *write_table("with fields, resources and extensions that come and go", of_resources),
            "",
            *write_tally(tally_generated()),
        ]
    )
    write_between(TABLE, BEGIN, END, f"{table}\n")
    print(table)


def measure(edit: Edit, change: Callable[..., Iterator[Result]]) -> tuple[str, int, int, int, int]:
    """Return the edit's title, the number of changes, and how many conflict by git, here, and lose lines."""
    results, by_git = list(change(edit)), list(change(edit, PlainGit()))
    return (
        edit.title,
        len(results),
        conflicting(by_git),
        conflicting(results),
        sum(bool(result.lost) for result in results),
    )


def tally_generated() -> Tally:
    tally, merge = Tally(), file_merge(Session())

    @given(projects)
    @settings(
        max_examples=GENERATED,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def count(project: Project) -> None:
        tally.count(project, merge)

    count()
    return tally


def conflicting(results: list[Result]) -> int:
    return sum(bool(result.conflicts) for result in results)


def write_table(about: str, rows: list[tuple[str, int, int, int, int]]) -> Iterator[str]:
    changes, by_git, conflicts, lost = (
        sum(column) for column in zip(*(row[1:] for row in rows), strict=True)
    )
    yield (
        f"On {date.today()}, {about}: of {changes} changes of edited projects, "
        f"{by_git} conflict when git alone merges, and {conflicts} with flaskgen; in {lost} a line is lost."
    )
    yield ""
    yield "| edit | changes | conflicts, git alone | conflicts | lost lines |"
    yield "|---|---:|---:|---:|---:|"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def write_tally(tally: Tally) -> Iterator[str]:
    yield (
        f"And {tally.projects} edited projects that are generated: lines put in, changed, moved, copied and "
        "taken away anywhere, files renamed and deleted. Of "
        f"{tally.changes} times that an extension or field is added or removed, or the templates of an older "
        f"flaskgen brought up to date, {tally.conflicting} conflict, and then nothing is written; "
        f"{len(tally.lost)} lines are lost. git alone merges {tally.clean_by_git} of the files without a "
        f"conflict, flaskgen {len(tally.different)} of them differently; in "
        f"{tally.conflicting_by_git} it has conflicts."
    )


if __name__ == "__main__":
    main()
