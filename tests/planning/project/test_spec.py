"""What a specification tells the templates."""

from __future__ import annotations

from dataclasses import replace

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import Upstream
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.project.names import parse_project_name
from flaskgen.planning.project.spec import ProjectSpec

NEWEST = load_series()[-1]
ENDED = NEWEST._replace(
    upstream=Upstream(supported=False, note="It ended.", released="2019-07"),
    traits=frozenset({"no-cli"}),
)
SPEC = ProjectSpec(parse_project_name("shop"), FlaskRelease(NEWEST.tested, NEWEST), "3.13")


def test_traits_are_extensions_options_and_test_tools():
    line = NEWEST._replace(traits=frozenset())
    release = FlaskRelease(NEWEST.tested, line)
    spec = replace(
        SPEC, release=release, extensions=("sqlalchemy",), options={"sqlalchemy": {"database": "sqlite"}}
    )
    assert spec.traits == {"sqlalchemy", "database-sqlite", "dev"}
    assert replace(spec, dev=False).traits == {"sqlalchemy", "database-sqlite"}


def test_a_series_adds_its_traits_and_that_it_has_ended():
    assert replace(SPEC, release=FlaskRelease("3.1.3", ENDED)).traits == {
        "no-cli",
        "ended",
        "no-database",
        "dev",
    }


def test_one_file_runs_itself_where_there_is_no_command():
    assert replace(SPEC, single=True).run_command == "flask run --debug"
    without = replace(SPEC, release=FlaskRelease("3.1.3", ENDED), single=True)
    assert without.run_command == "python app.py"


def test_a_series_without_a_command_of_its_own_is_run_by_the_projects_script():
    assert SPEC.command == "flask"
    assert replace(SPEC, release=FlaskRelease("3.1.3", ENDED)).command == "python manage.py"
