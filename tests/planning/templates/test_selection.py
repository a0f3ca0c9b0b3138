"""Which extensions and options a request means."""

from __future__ import annotations

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.errors import FlaskgenError, InvalidOption, UnknownExtension, UsageError
from flaskgen.planning.flask.compatibility import ExtensionSupport, FlaskSeries
from flaskgen.planning.templates.selection import (
    Request,
    parse_extension_names,
    parse_options,
    parse_request,
    preset_extensions,
    select_extensions,
    select_for_series,
)
from tests.planning.templates.catalogues import build_catalogue

MANIFEST = 'title = "T"\nsummary = "s"\norder = {}\ndistribution = "{}"\n'
OPTION = '[options.database]\nhelp = "which"\nchoices = ["sqlite", "mysql"]\ndefault = "sqlite"\n'
CATALOGUE = build_catalogue(
    {
        "base/manifest.toml": MANIFEST.format(0, "").encode(),
        "extensions/sqlalchemy/manifest.toml": (MANIFEST.format(1, "Flask-SQLAlchemy") + OPTION).encode(),
        "extensions/migrate/manifest.toml": (
            MANIFEST.format(2, "Flask-Migrate") + 'needs = ["sqlalchemy"]'
        ).encode(),
        "extensions/login/manifest.toml": MANIFEST.format(3, "Flask-Login").encode(),
        "presets.toml": b'[web]\nsummary = "s"\nextensions = ["login"]\n',
    }
)


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["login"], ("login",)),
        (["login, sqlalchemy", "login"], ("login", "sqlalchemy")),
        (["LOGIN"], ("login",)),
        (["all"], ("sqlalchemy", "migrate", "login")),
        (["none"], ()),
        ([], ()),
        ([",,"], ()),
    ],
)
def test_names_are_read_from_lists(texts: list[str], names: tuple[str, ...]):
    assert parse_extension_names(texts, CATALOGUE) == names


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("logn", "did you mean `login`"),
        ("flask-login", "did you mean `login`"),
        ("-r x", "choose from"),
        ("./x", "choose from"),
        ("\x1b[31m", "choose from"),
    ],
)
def test_an_unknown_extension_gets_the_nearest_and_is_never_taken(text: str, hint: str):
    with pytest.raises(UnknownExtension) as caught:
        parse_extension_names([text], CATALOGUE)
    assert hint in (caught.value.hint or "")
    assert "\x1b" not in caught.value.message


def test_none_beside_others_is_refused():
    with pytest.raises(UsageError, match="none"):
        parse_extension_names(["none,login"], CATALOGUE)


def test_what_an_extension_needs_comes_along_and_is_named():
    selection = select_extensions(["login", "migrate"], CATALOGUE)
    assert selection.extensions == ("sqlalchemy", "migrate", "login")
    assert selection.taken_along == {"sqlalchemy": "migrate"}


def line_with(**supports: ExtensionSupport) -> FlaskSeries:
    return load_series()[-1]._replace(
        extensions=dict.fromkeys(CATALOGUE.extensions, ExtensionSupport()) | supports
    )


def test_all_and_presets_are_told_from_what_is_named():
    everything = ("sqlalchemy", "migrate", "login")
    assert parse_request(["login"], None, CATALOGUE) == Request(("login",))
    assert parse_request(["all"], None, CATALOGUE) == Request((), everything)
    assert parse_request(["all, Login"], None, CATALOGUE) == Request(("login",), everything)
    assert parse_request(["migrate"], "web", CATALOGUE) == Request(("migrate",), ("login",))


def test_what_the_series_cannot_have_is_left_out_unless_it_is_named():
    series = line_with(login=ExtensionSupport(unsupported="it is too old"))
    selection = select_for_series(Request((), ("sqlalchemy", "login")), series, CATALOGUE)
    assert selection.extensions == ("sqlalchemy",)
    assert selection.notes == ("skipping login: it is too old",)
    selection = select_for_series(Request(("login",), ("login",)), series, CATALOGUE)
    assert (selection.extensions, selection.notes) == (("login",), ())


def test_what_needs_something_that_the_series_cannot_have_is_left_out_with_it():
    series = line_with(sqlalchemy=ExtensionSupport(unsupported="it is too old"))
    selection = select_for_series(Request((), tuple(CATALOGUE.extensions)), series, CATALOGUE)
    assert selection.extensions == ("login",)
    assert selection.left_out == {"sqlalchemy": "it is too old", "migrate": "it is too old"}


def test_what_the_series_replaces_is_chosen_when_it_is_named_and_left_out_of_all():
    series = line_with(login=ExtensionSupport(replaced="Flask has it", instead="views.py shows how"))
    selection = select_for_series(Request(("login",)), series, CATALOGUE)
    assert selection.extensions == ("login",)
    assert selection.notes == ("login: Flask has it; views.py shows how",)
    assert select_for_series(Request(("migrate",)), series, CATALOGUE, there=["login"]).replaced == {}
    selection = select_for_series(Request((), ("login",)), series, CATALOGUE)
    assert (selection.extensions, selection.notes) == ((), ("skipping login: Flask has it",))


def test_an_unknown_preset_is_refused_with_those_there_are():
    assert preset_extensions("web", CATALOGUE) == ("login",)
    with pytest.raises(UsageError, match="`huge` is not a preset") as caught:
        preset_extensions("huge", CATALOGUE)
    assert caught.value.hint == "choose from web"


def test_options_are_completed_with_their_defaults():
    assert parse_options([], ["sqlalchemy", "login"], CATALOGUE) == {"sqlalchemy": {"database": "sqlite"}}
    given = parse_options(["sqlalchemy.database=mysql"], ["sqlalchemy"], CATALOGUE)
    assert given == {"sqlalchemy": {"database": "mysql"}}


def test_an_option_needs_the_extensions_that_it_names():
    option = '[options.codes]\nhelp = "h"\nchoices = ["no", "yes"]\ndefault = "no"\nneeds = ["migrate"]\n'
    catalogue = build_catalogue(
        {
            "base/manifest.toml": MANIFEST.format(0, "").encode(),
            "extensions/migrate/manifest.toml": MANIFEST.format(1, "Flask-Migrate").encode(),
            "extensions/login/manifest.toml": (MANIFEST.format(2, "Flask-Login") + option).encode(),
        }
    )
    text, no = "login.codes=yes", {"login": {"codes": "no"}}
    assert parse_options([text], ["login", "migrate"], catalogue) == {"login": {"codes": "yes"}}
    assert parse_options(["login.codes=no"], ["login"], catalogue) == no
    assert parse_options([], ["login"], catalogue, defaults=[text]) == no
    with pytest.raises(InvalidOption, match="migrate is not among the extensions") as caught:
        parse_options([text], ["login"], catalogue)
    assert caught.value.hint == "also pass --with migrate"
    with pytest.raises(InvalidOption, match="login and migrate are not among the extensions"):
        parse_options([text], [], catalogue)


@pytest.mark.parametrize(
    ("text", "chosen", "words"),
    [
        ("database=mysql", ["sqlalchemy"], "EXT.KEY=VALUE"),
        ("sqlalchemy.database", ["sqlalchemy"], "EXT.KEY=VALUE"),
        ("sqlalchemy.colour=red", ["sqlalchemy"], "no option `colour`"),
        ("sqlalchemy.database=oracle", ["sqlalchemy"], "`oracle` is not a valid value"),
        ("sqlalchemy.database=mysql", ["login"], "not among the extensions"),
        ("login.colour=red", ["login"], "no option `colour`"),
        ("sql.database=mysql", ["login"], "`sql` is not an extension"),
    ],
)
def test_a_wrong_option_is_refused(text: str, chosen: list[str], words: str):
    with pytest.raises((InvalidOption, UnknownExtension), match=words) as caught:
        parse_options([text], chosen, CATALOGUE)
    assert isinstance(caught.value, FlaskgenError)
    assert caught.value.hint
    assert caught.value.exit_code == 2
