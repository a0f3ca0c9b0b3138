from __future__ import annotations

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import (
    CoreBound,
    ExtensionSupport,
    OlderPythons,
    PythonBound,
    ReleaseException,
    Upstream,
    parse_series,
)

TEXT = """
series = "0.10"
tested = "0.10.1"
releases = ["0.10", "0.10.1", "0.10.2"]
traits = ["no-cli", "legacy-orm"]

[upstream]
released = "2019-07"
supported = false
note = "Nobody fixes it."

[yanked]
"0.10" = "a broken archive"

[broken]
"0.10.2" = "its archive is empty"

[pythons]
minimum = { version = "3.6", reason = "its tools need 3.6", of_project = true }
maximum = { version = "3.11", reason = "it imports `imp`, removed in 3.12" }
newer_tried = false

[core.Werkzeug]
bounds = ">=0.16,<1"
reason = "Werkzeug 1.0 dropped Request.is_xhr"
fails_beyond = true

[core.Jinja2]
bounds = ">=3,<3.1"
reason = "3.1 is not out"
older_pythons = { below = "3.7", bounds = "<2.11", reason = "2.11 dropped them" }

[requirements]
base = ["python-dotenv>=0.20,<2"]
dev = ["pytest>=7,<8"]
environment = ["pip>=21,<27"]

[extensions.sqlalchemy]
requirements = ["Flask-SQLAlchemy<3", "SQLAlchemy<2"]

[extensions.sqlalchemy.with.database-mysql]
requirements = ["PyMySQL<2"]

[extensions.sqlalchemy.with."database-mysql+tls"]
requirements = ["cryptography<50"]

[extensions.ci]
requirements = []
dev = ["pre-commit<5"]

[extensions.api]
unsupported = "flask-smorest needs Flask 3"

[extensions.script]
replaced = "Flask has commands"
instead = "commands.py shows how"

[[exceptions]]
releases = ["0.10"]
traits = ["plain-client"]
maximum = { version = "3.9", reason = "it imports `collections.MutableMapping`, removed in 3.10" }
[exceptions.core.Werkzeug]
bounds = ">=0.15,<0.16"
reason = "0.16 breaks it"
[exceptions.extensions.sqlalchemy]
requirements = ["Flask-SQLAlchemy<2"]
"""


def test_all_that_a_series_says_is_read() -> None:
    series = parse_series(TEXT)
    assert (series.name, series.tested, series.releases) == ("0.10", "0.10.1", ("0.10", "0.10.1", "0.10.2"))
    assert series.upstream == Upstream(supported=False, note="Nobody fixes it.", released="2019-07")
    assert series.yanked == {"0.10": "a broken archive"}
    assert series.broken == {"0.10.2": "its archive is empty"}
    assert series.traits == {"no-cli", "legacy-orm"}
    assert series.pythons.minimum == PythonBound("3.6", "its tools need 3.6", of_project=True)
    assert series.pythons.maximum == PythonBound("3.11", "it imports `imp`, removed in 3.12")
    assert not series.pythons.newer_tried
    assert series.core == (
        CoreBound("Werkzeug", ">=0.16,<1", "Werkzeug 1.0 dropped Request.is_xhr", fails_beyond=True),
        CoreBound(
            "Jinja2",
            ">=3,<3.1",
            "3.1 is not out",
            older_pythons=OlderPythons("3.7", "<2.11", "2.11 dropped them"),
        ),
    )
    assert series.core[0].requirement == "Werkzeug>=0.16,<1"
    assert series.core[0].ceiling == "Werkzeug<1"
    assert series.base == ("python-dotenv>=0.20,<2",)
    assert series.dev == ("pytest>=7,<8",)
    assert series.environment == ("pip>=21,<27",)
    assert series.extensions == {
        "sqlalchemy": ExtensionSupport(
            ("Flask-SQLAlchemy<3", "SQLAlchemy<2"),
            beside={
                frozenset({"database-mysql"}): ("PyMySQL<2",),
                frozenset({"database-mysql", "tls"}): ("cryptography<50",),
            },
        ),
        "ci": ExtensionSupport(dev=("pre-commit<5",)),
        "api": ExtensionSupport(unsupported="flask-smorest needs Flask 3"),
        "script": ExtensionSupport(replaced="Flask has commands", instead="commands.py shows how"),
    }
    assert series.conditions == {"database-mysql", "tls"}


def test_a_trait_brings_the_requirements_that_ask_for_it() -> None:
    support = parse_series(TEXT).extensions["sqlalchemy"]
    own = ("Flask-SQLAlchemy<3", "SQLAlchemy<2")
    assert support.required_with({"database-sqlite", "tls"}) == own
    assert support.required_with({"database-mysql"}) == (*own, "PyMySQL<2")
    assert support.required_with({"tls", "database-mysql"}) == (*own, "PyMySQL<2", "cryptography<50")


def test_a_series_tells_what_it_cannot_have_and_what_it_has_instead() -> None:
    series = parse_series(TEXT)
    assert series.lacks("api") == "flask-smorest needs Flask 3"
    assert series.lacks("script") == "Flask has commands"
    assert series.lacks("sqlalchemy") is None
    assert series.replacement("script") == "Flask has commands; commands.py shows how"
    assert series.replacement("api") is None


def test_an_exception_is_read() -> None:
    (exception,) = parse_series(TEXT).exceptions
    assert exception == ReleaseException(
        releases=frozenset({"0.10"}),
        traits=frozenset({"plain-client"}),
        maximum=PythonBound("3.9", "it imports `collections.MutableMapping`, removed in 3.10"),
        core=(CoreBound("Werkzeug", ">=0.15,<0.16", "0.16 breaks it"),),
        extensions={"sqlalchemy": ExtensionSupport(("Flask-SQLAlchemy<2",))},
    )


def test_a_release_has_its_exceptions_and_the_rest_of_its_line() -> None:
    series = parse_series(TEXT.replace("newer_tried = false", "newer_tried = true"))
    odd = series.for_release("0.10")
    assert odd.traits == {"no-cli", "legacy-orm", "plain-client"}
    assert odd.pythons.minimum == series.pythons.minimum
    assert odd.pythons.maximum.version == "3.9"
    assert not odd.pythons.newer_tried
    assert [bound.requirement for bound in odd.core] == ["Werkzeug>=0.15,<0.16", "Jinja2>=3,<3.1"]
    assert odd.extensions["sqlalchemy"].requirements == ("Flask-SQLAlchemy<2",)
    assert odd.extensions["api"].unsupported
    assert series.for_release("0.10.1") == series


def test_reasons_and_exceptions_may_be_left_out() -> None:
    text = TEXT.partition("[[exceptions]]")[0]
    for table in ('[yanked]\n"0.10" = "a broken archive"\n', '[broken]\n"0.10.2" = "its archive is empty"\n'):
        assert table in text
        text = text.replace(table, "")
    series = parse_series(text)
    assert (series.yanked, series.broken, series.exceptions) == ({}, {}, ())


def test_the_tested_pythons_from_one_on_are_known() -> None:
    pythons = parse_series(TEXT).pythons
    assert pythons.maximum.version == "3.11"
    assert pythons.since("3.9") == ("3.9", "3.10", "3.11")
    assert pythons.since("3.11") == ("3.11",)
    assert pythons.since("3.13") == ("3.13",)


def test_newer_pythons_can_be_tried() -> None:
    text = TEXT.replace("newer_tried = false", "newer_tried = true")
    assert parse_series(text).pythons.newer_tried


def test_the_shipped_data_is_about_releases_that_there_are_and_has_upper_bounds():
    for series in load_series():
        releases = {*series.releases}
        assert {series.tested, *series.yanked, *series.broken} <= releases
        for exception in series.exceptions:
            assert exception.releases <= releases
        for bound in (*series.core, *(bound for one in series.exceptions for bound in one.core)):
            assert bound.ceiling


def test_an_extension_that_needs_a_newer_python_is_unsupported_on_older_ones() -> None:
    bound = 'minimum = { version = "3.10", reason = "it requires Python 3.10" }'
    series = parse_series(
        TEXT.replace("[extensions.ci]\n", f"[extensions.ci]\n{bound}\n"),
    )
    for python in ("3.10", "3.11"):
        assert series.for_python(python).lacks("ci") is None
    for python in ("3.8", "3.9"):
        assert series.for_python(python).lacks("ci") == "it requires Python 3.10"
        assert series.for_python(python).extensions["sqlalchemy"] == series.extensions["sqlalchemy"]
