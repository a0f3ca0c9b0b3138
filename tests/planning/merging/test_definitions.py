"""What the code of an application defines."""

from __future__ import annotations

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.merging.definitions import Kind, find_definitions
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES
from tests.project_templates.subsets import known_to


@pytest.mark.parametrize("series", ALL_SERIES, ids=lambda series: series.name)
def test_what_is_generated_defines_each_name_once(series: FlaskSeries):
    files = render_project(tuple(known_to(series)), name="shop", series=series)
    found = list(find_definitions(files, (path for path in files if path.parts[0] == "shop")))
    names = [(definition.kind, definition.name) for definition in found]
    assert sorted(names) == sorted(set(names))
    expected = {
        (Kind.BLUEPRINT, "main"),
        (Kind.COMMAND, "init-db"),
        (Kind.COMMAND, "create-user"),
        (Kind.ENDPOINT, "auth.login"),
        (Kind.PAGE, "POST /auth/login"),
        (Kind.TABLE, "user"),
        (Kind.MODEL, "Note"),
    }
    assert expected <= set(names)
