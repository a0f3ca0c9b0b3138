from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from flaskgen.effects.shipped.compatibility_data import load_series

Flaskgen = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_table_has_a_row_for_every_series(flaskgen: Flaskgen) -> None:
    header, *rows = flaskgen("versions").stdout.splitlines()
    assert header.split() == ["FLASK", "NEWEST", "PYTHON", "STATUS", "HERE", "REQUIRES"]
    assert [row.split()[:2] for row in rows] == [
        [series.name, series.tested] for series in reversed(load_series())
    ]
    assert " supported " in rows[0]
    assert all(" unsupported " in row for row in rows[1:])
    assert rows[-1].endswith("Werkzeug<1, Jinja2<3.1, itsdangerous<2.1")


def test_json_says_the_same_and_more(flaskgen: Flaskgen) -> None:
    found = json.loads(flaskgen("versions", "--json").stdout)
    assert [one["series"] for one in found] == [series.name for series in reversed(load_series())]
    oldest = found[-1]
    assert oldest["python"]["maximum"] == "3.11"
    assert oldest["python"]["maximum_reason"] == "it imports `imp`, removed in 3.12"
    assert not oldest["supported"]
    assert oldest["needs"][0] == {
        "name": "Werkzeug",
        "bounds": ">=0.16,<1",
        "reason": "Flask 0.10 reads `Request.is_xhr`, which Werkzeug 1.0 dropped",
        "fails_beyond": True,
        "older_pythons": {
            "below": "3.10",
            "bounds": "<0.15",
            "reason": "with Werkzeug 0.15 the test client's `follow_redirects` fails",
        },
    }
    assert oldest["extensions"]["login"]["requirements"][0] == "Flask-Login>=0.5,<0.6"


def test_one_series_is_shown_whole_with_its_reasons(flaskgen: Flaskgen) -> None:
    text = flaskgen("versions", "1.0").stdout
    assert text.startswith("Flask 1.0.4, of the 1.0 series (unsupported). It is no longer maintained")
    for part in (
        "  1.0, 1.0.1, 1.0.2, 1.0.3, 1.0.4\n",
        "\nPython 3.8 to 3.13:\n",
        "  maximum: its Werkzeug uses `ast.Str`, removed in 3.14\n",
        "  Jinja2>=3.0,<3.1        Flask 1.0 imports `Markup` and `escape` from Jinja2, which 3.1 dropped\n",
        "  login       Flask-Login>=0.6.3,<0.7",
        "  1.0, 1.0.1, 1.0.2: Python up to 3.9, it imports `collections.MutableMapping`, removed in 3.10\n",
    ):
        assert part in text, part


def test_what_an_option_brings_and_what_is_replaced_is_told(flaskgen: Flaskgen) -> None:
    text = flaskgen("versions", "1.1").stdout
    assert "\n              with database-postgresql: psycopg2-binary>=" in text
    assert "\n  script      `flask` commands replace Flask-Script\n" in text
    found = json.loads(flaskgen("versions", "3.1", "--json").stdout)["extensions"]
    assert found["sqlalchemy"]["with"]["database-postgresql"][0].startswith("psycopg[binary]>=")
    assert found["script"]["replaced"] == "`flask` commands replace Flask-Script"
    assert found["mail"]["with"] == {}


def test_one_release_is_shown_with_its_exceptions_applied(flaskgen: Flaskgen) -> None:
    text = flaskgen("versions", "1.0.2").stdout
    assert "\nPython 3.8 to 3.9:\n" in text
    assert "Exceptions" not in text
    assert json.loads(flaskgen("versions", "1.0.2", "--json").stdout)["python"]["maximum"] == "3.9"


def test_a_broken_release_is_named_beside_the_others(flaskgen: Flaskgen) -> None:
    assert "  0.12.3: a bug in that release" in flaskgen("versions", "0.12").stdout


def test_what_is_not_a_version_is_wrong_usage(flaskgen: Flaskgen) -> None:
    done = flaskgen("versions", "3.0; rm -rf")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `3.0; rm -rf` is not a Flask version\n")


def test_constraints_go_to_stdout_and_nothing_else(flaskgen: Flaskgen) -> None:
    done = flaskgen("constraints", "1.1.4", "--with", "login", "--python", "3.12", "--tested")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nFlask==1.1.4\n" in done.stdout
    assert "\nFlask-Login>=0.6.3,<0.7\n" in done.stdout
    assert "\nemail-validator>=2.2,<3\n" in done.stdout


def test_constraints_for_a_pair_that_does_not_work_are_refused(flaskgen: Flaskgen) -> None:
    done = flaskgen("constraints", "0.10.1", "--python", "3.13")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0] == (
        "error: Flask 0.10.1 does not work on Python 3.13 (it imports `imp`, removed in 3.12)"
    )
