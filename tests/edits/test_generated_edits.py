"""Edits that nobody thought of: no line is lost, and where git is sure, flaskgen says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from flaskgen.effects.git import file_merge
from flaskgen.effects.system.session import Session
from tests.edits.generated import Project, projects
from tests.edits.generated_results import Tally

MERGE = file_merge(Session())


@pytest.mark.e2e
@given(projects)
@settings(max_examples=15)
def test_no_line_is_lost_and_clean_merges_are_those_of_git(project: Project) -> None:
    tally = Tally()
    tally.count(project, MERGE)
    assert tally.lost == []
    assert tally.different == []


def test_the_document_has_what_five_thousand_came_to() -> None:
    document = (Path(__file__).parents[2] / "docs" / "edits.md").read_text(encoding="utf-8")
    said = re.search(
        r"And (\d+) edited projects.* (\d+) lines are lost.* (\d+) of them differently", document
    )
    assert said is not None
    assert int(said[1]) >= 5000
    assert said[2] == said[3] == "0"
