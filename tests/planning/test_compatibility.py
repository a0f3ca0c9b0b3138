from __future__ import annotations

import pytest

from flaskgen.errors import TemplateDefect
from flaskgen.planning.compatibility import CoreBound, ExtensionSupport, PythonBound, parse_line

TEXT = """
line = "0.10"
tested = "0.10.1"
releases = ["0.10", "0.10.1"]
traits = ["no-cli", "legacy-orm"]

[yanked]
"0.10" = "a broken archive"

[pythons]
minimum = { version = "3.6", reason = "older ones were not tested" }
maximum = { version = "3.11", reason = "it imports `imp`, removed in 3.12" }
newer = "refused"

[core.Werkzeug]
bounds = "<1"
reason = "Werkzeug 1.0 dropped Request.is_xhr"

[requirements]
base = ["python-dotenv>=0.20,<2"]
dev = ["pytest>=7,<8"]
environment = ["pip>=21,<27"]

[extensions.sqlalchemy]
requirements = ["Flask-SQLAlchemy<3", "SQLAlchemy<2"]

[extensions.api]
unsupported = "flask-smorest needs Flask 3"
"""


def test_all_that_a_line_says_is_read() -> None:
    line = parse_line(TEXT, source="0.10.toml")
    assert (line.name, line.tested, line.releases) == ("0.10", "0.10.1", ("0.10", "0.10.1"))
    assert line.yanked == {"0.10": "a broken archive"}
    assert line.traits == {"no-cli", "legacy-orm"}
    assert line.pythons.minimum == PythonBound("3.6", "older ones were not tested")
    assert line.pythons.maximum == PythonBound("3.11", "it imports `imp`, removed in 3.12")
    assert not line.pythons.newer_tried
    assert line.core == (CoreBound("Werkzeug", "<1", "Werkzeug 1.0 dropped Request.is_xhr"),)
    assert line.core[0].requirement == "Werkzeug<1"
    assert line.base == ("python-dotenv>=0.20,<2",)
    assert line.dev == ("pytest>=7,<8",)
    assert line.environment == ("pip>=21,<27",)
    assert line.extensions == {
        "sqlalchemy": ExtensionSupport(("Flask-SQLAlchemy<3", "SQLAlchemy<2")),
        "api": ExtensionSupport(unsupported="flask-smorest needs Flask 3"),
    }


def test_newer_pythons_can_be_tried() -> None:
    text = TEXT.replace('newer = "refused"', 'newer = "tried"')
    assert parse_line(text, source="0.10.toml").pythons.newer_tried


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('line = "0.10"', "line = 0.1", "0.10.toml: `line` is missing or not text"),
        ('tested = "0.10.1"\n', "", "0.10.toml: `tested` is missing or not text"),
        ('tested = "0.10.1"', 'tested = "0.10.2"', "0.10.toml: `tested` is not among the releases"),
        ('["0.10", "0.10.1"]', '["0.10", 1]', "0.10.toml: `releases` is missing or not a list of texts"),
        ("[yanked]", "[withdrawn]", "0.10.toml: `yanked` is missing or not a table"),
        ('"a broken archive"', "true", "0.10.toml: `yanked.0.10` is missing or not text"),
        ('version = "3.6"', "version = 3.6", "0.10.toml: `pythons.minimum.version` is missing or not text"),
        ('"refused"', '"maybe"', "0.10.toml: `pythons.newer` is neither `tried` nor `refused`"),
        ('bounds = "<1"\n', "", "0.10.toml: `core.Werkzeug.bounds` is missing or not text"),
        (
            "unsupported",
            "broken",
            "0.10.toml: `extensions.api.requirements` is missing or not a list of texts",
        ),
    ],
)
def test_a_defect_names_the_file_and_the_key(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(TemplateDefect) as caught:
        parse_line(TEXT.replace(old, new, 1), source="0.10.toml")
    assert caught.value.message == message


def test_what_is_not_toml_is_named_with_its_line() -> None:
    with pytest.raises(TemplateDefect, match=r"^0\.10\.toml: .*line 2"):
        parse_line("\nline =\ntested = 1\n", source="0.10.toml")
