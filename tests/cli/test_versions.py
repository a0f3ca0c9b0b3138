from __future__ import annotations

import json

from flaskgen.effects.shipped.compatibility_data import load_series
from tests.cli.conftest import Invoke


def test_the_table_has_a_row_for_every_series(invoke: Invoke) -> None:
    header, *rows = invoke("versions").out.splitlines()
    assert header.split() == ["FLASK", "NEWEST", "PYTHON", "STATUS", "HERE", "REQUIRES"]
    assert [row.split()[:2] for row in rows] == [
        [series.name, series.tested] for series in reversed(load_series())
    ]
    assert " supported " in rows[0]
    assert all(" unsupported " in row for row in rows[1:])
    assert rows[-1].endswith("Werkzeug<1, Jinja2<3.1, itsdangerous<2.1")


def test_json_says_the_same_and_more(invoke: Invoke) -> None:
    found = json.loads(invoke("versions", "--json").out)
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


def test_one_series_is_shown_whole_with_its_reasons(invoke: Invoke) -> None:
    text = invoke("versions", "1.0").out
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


def test_what_an_option_brings_and_what_is_replaced_is_told(invoke: Invoke) -> None:
    text = invoke("versions", "1.1").out
    assert "\n              with database-postgresql: psycopg2-binary>=" in text
    assert "\n  script      `flask` commands replace Flask-Script\n" in text
    found = json.loads(invoke("versions", "3.1", "--json").out)["extensions"]
    assert found["sqlalchemy"]["with"]["database-postgresql"][0].startswith("psycopg[binary]>=")
    assert found["script"]["replaced"] == "`flask` commands replace Flask-Script"
    assert found["mail"]["with"] == {}


def test_one_release_is_shown_with_its_exceptions_applied(invoke: Invoke) -> None:
    text = invoke("versions", "1.0.2").out
    assert "\nPython 3.8 to 3.9:\n" in text
    assert "Exceptions" not in text
    assert json.loads(invoke("versions", "1.0.2", "--json").out)["python"]["maximum"] == "3.9"


def test_a_broken_release_is_named_beside_the_others(invoke: Invoke) -> None:
    assert "  0.12.3: a bug in that release" in invoke("versions", "0.12").out


def test_what_is_not_a_version_is_wrong_usage(invoke: Invoke) -> None:
    done = invoke("versions", "3.0; rm -rf")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: `3.0; rm -rf` is not a Flask version\n")


def test_constraints_go_to_stdout_and_nothing_else(invoke: Invoke) -> None:
    done = invoke("constraints", "1.1.4", "--with", "login", "--python", "3.12", "--tested")
    assert (done.code, done.err) == (0, "")
    assert "\nFlask==1.1.4\n" in done.out
    assert "\nFlask-Login>=0.6.3,<0.7\n" in done.out
    assert "\nemail-validator>=2.2,<3\n" in done.out


def test_constraints_for_a_pair_that_does_not_work_are_refused(invoke: Invoke) -> None:
    done = invoke("constraints", "0.10.1", "--python", "3.13")
    assert (done.code, done.out) == (1, "")
    assert done.only("error") == (
        "Flask 0.10.1 does not work on Python 3.13 (it imports `imp`, removed in 3.12)"
    )
