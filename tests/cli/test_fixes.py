"""The command that an error proposes to a program."""

from __future__ import annotations

import json

import pytest

from flaskgen.cli.fixes import fix_of
from flaskgen.errors import Fix, FlaskgenError
from tests.cli.conftest import Invoke


@pytest.mark.parametrize(
    ("fix", "typed", "command"),
    [
        (Fix("mial", "mail"), ["add", "mial"], "flaskgen add mail"),
        (Fix("mial", "mail"), ["add", "login,mial,wtf"], "flaskgen add login,mail,wtf"),
        (Fix("mial", "mail"), ["new", "mial-app", "--with=mial"], "flaskgen new mial-app --with=mail"),
        (Fix("srt", "str"), ["generate", "resource", "P", "a:srt:9"], "flaskgen generate resource P a:str:9"),
        (Fix("none"), ["new", "a", "--with", "login,none"], "flaskgen new a --with login"),
        (Fix("none"), ["new", "a", "--with", "none", "--yes"], "flaskgen new a --yes"),
        (Fix("--test"), ["new", "a", "--test"], "flaskgen new a"),
        (Fix(option=("--flask", "3.1")), ["new", "a"], "flaskgen new a --flask 3.1"),
        (Fix(option=("--flask", "3.1")), ["new", "--flask", "9", "a"], "flaskgen new a --flask 3.1"),
        (Fix(option=("--flask", "3.1")), ["new", "--flask=9", "a"], "flaskgen new a --flask 3.1"),
        (Fix(option=("--python", "")), ["new", "a", "--python", "3.5"], "flaskgen new a"),
        (Fix(more="--update"), ["add", "mail"], "flaskgen add mail --update"),
        (Fix(first="umask 022"), ["new", "my shop"], "umask 022 && flaskgen new 'my shop'"),
        (Fix("elsewhere", "x"), ["add", "mail"], None),
        (None, ["add", "mail"], None),
    ],
)
def test_a_fix_is_the_command_that_failed_changed(fix: Fix | None, typed: list[str], command: str | None):
    assert fix_of(FlaskgenError("", fix=fix), typed) == command


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("versoins", "flaskgen versions --json"),
        ("extensions --liens", "flaskgen extensions --lines --json"),
        ("new shop --conflict our", "flaskgen new shop --conflict ours --json"),
        ("new shop --with logn", "flaskgen new shop --with login --json"),
        (
            "new shop --with mail -o login.totp=yes",
            "flaskgen new shop --with mail -o login.totp=yes --json --with login,sqlalchemy",
        ),
    ],
)
def test_what_is_misspelled_has_a_fix(invoke: Invoke, typed: str, command: str):
    done = invoke(*typed.split(), "--json")
    assert done.code == 2
    assert json.loads(done.out)["error"]["fix"] == command
