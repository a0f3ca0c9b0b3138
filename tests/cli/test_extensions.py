from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from flaskgen.effects.system import limits
from tests.cli.conftest import Invoke
from tests.cli.terminal import at_terminal
from tests.sampling import sampled

TEMPLATES = Path(__file__).parents[2] / "project_templates"


def test_the_table_has_a_line_for_each_extension(invoke: Invoke) -> None:
    result = invoke("extensions")
    assert (result.code, result.err) == (0, "")
    header, *rows = result.out.splitlines()
    assert header.split("  ")[0] == "NAME"
    for title in ("WHAT IT ADDS", "DISTRIBUTION", "STATUS"):
        assert title in header
    login = next(row for row in rows if row.startswith("login "))
    assert "Flask-Login 0.6.3" in login
    assert "dormant" in login
    assert "login with a rate limit" in login


def test_the_columns_stand_below_their_titles(invoke: Invoke) -> None:
    header, *rows = invoke("extensions").out.partition("\n\n")[0].splitlines()
    column = header.index("STATUS")
    assert all(row[column - 2 : column] == "  " for row in rows)
    assert {row[column:].split()[0] for row in rows} == {"maintained", "dormant", "unmaintained"}


def test_notes_about_extensions_are_below_the_table(invoke: Invoke) -> None:
    notes = invoke("extensions").out.partition("\n\n")[2]
    assert "smorest is maintained" in notes
    assert "restful" in notes


def test_a_terminal_of_80_columns_is_not_overrun(tmp_path: Path) -> None:
    with at_terminal("extensions", cwd=tmp_path, size=(60, 80)) as person:
        assert person.finish() == 0
    assert max(map(len, person.text.splitlines())) <= 80
    assert " smorest " in f" {person.text} "


def test_json_holds_what_the_table_shows(invoke: Invoke) -> None:
    facts = json.loads(invoke("extensions", "--json").out)
    assert {"sqlalchemy", "login", "mail", "wtf"} <= {fact["name"] for fact in facts}
    for fact in facts:
        assert fact["version"] != "untested"
        assert fact["status"] in {"maintained", "dormant", "unmaintained"}
        assert fact["summary"]


@pytest.mark.parametrize("name", ["sqlalchemy", "login", "mail", "wtf"])
def test_one_extension_is_shown_whole(invoke: Invoke, name: str) -> None:
    fact = json.loads(invoke("extensions", name, "--json").out)
    shown = invoke("extensions", name).out
    assert shown.startswith(f"{name}: {fact['summary']}\n")
    for told in (*fact["files"], *fact["changes"], *fact["configuration"], *fact["requirements"]):
        assert f"  {told}" in shown
    assert fact["files"]
    assert fact["configuration"]


def test_what_an_option_installs_is_shown_with_it(invoke: Invoke) -> None:
    shown = invoke("extensions", "sqlalchemy").out
    assert "PyMySQL>=1.1,<1.3  with database-mysql\n" in shown
    assert "  sqlalchemy.database=sqlite|postgresql|mysql  " in shown


def test_an_unknown_extension_is_refused(invoke: Invoke) -> None:
    result = invoke("extensions", "logn")
    assert result.code == 2
    assert result.only("error") == "`logn` is not an extension"
    assert result.only("hint") == "did you mean `login`?"


@pytest.mark.parametrize("name", ["", "none", "all", "login,mail"])
def test_what_does_not_name_one_extension_is_refused(invoke: Invoke, name: str) -> None:
    result = invoke("extensions", name)
    assert (result.code, result.only("error")) == (2, f"`{name}` is not an extension")


def test_the_lines_of_an_extension_are_shown_below_their_slots_and_files(invoke: Invoke) -> None:
    result = invoke("extensions", "login", "--lines")
    assert (result.code, result.err) == (0, "")
    output = result.out.removeprefix("package/")
    files = {block.partition("\n")[0]: block for block in output.split("\n\npackage/")}
    assert "  app.blueprints\n    app.register_blueprint(users_bp)\n" in files["__init__.py"]
    assert (
        "  app.blueprints with sqlalchemy\n    app.register_blueprint(account_bp)\n" in files["__init__.py"]
    )
    assert "    login_manager.init_app(app)" in files["__init__.py"]


def test_json_says_where_each_line_comes_from_and_lands(invoke: Invoke) -> None:
    found = json.loads(invoke("extensions", "wtf", "--lines", "--json").out)
    assert found["name"] == "wtf"
    [lines] = [lines for lines in found["lines"] if lines["slot"] == "env.example" and not lines["part"]]
    assert lines == {
        "file": ".env.example",
        "slot": "env.example",
        "part": "",
        "condition": ["mail"],
        "source": lines["source"],
        "text": "\n# Who receives the messages from the contact form.\n# CONTACT_ADDRESS=you@example.com\n",
    }
    source, _, number = lines["source"].partition(":")
    page = (TEMPLATES / source).read_text(encoding="utf-8").splitlines(keepends=True)
    assert "".join(page[int(number) - 1 :]).startswith(lines["text"])


def test_lines_are_those_of_a_named_extension(invoke: Invoke) -> None:
    result = invoke("extensions", "--lines")
    assert result.code == 2
    assert result.only("error") == "--lines needs the name of an extension"
    assert invoke("extensions", "logn", "--lines").only("hint") == "did you mean `login`?"


@pytest.fixture
def pulse(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert invoke("extension", "new", "pulse").code == 0
    return tmp_path / "pulse"


def test_what_it_creates_is_fine_and_is_created_once(invoke: Invoke, pulse: Path) -> None:
    assert invoke("extension", "check", "pulse").code == 0
    assert "exists" in invoke("extension", "new", "pulse").only("error")
    for name in ("login", "typed", "config", "import", "con", "../x"):
        assert f"`{name}` cannot name an extension" in invoke("extension", "new", name).only("error")


def test_an_extension_can_need_one_beside_it_and_a_misspelled_trait_is_named(
    invoke: Invoke, pulse: Path
) -> None:
    assert invoke("extension", "new", "beat").code == 0
    text = (pulse / "manifest.toml").read_text(encoding="utf-8")
    (pulse / "manifest.toml").write_text(text.replace('["production"]', '["beat"]'), encoding="utf-8")
    assert invoke("extension", "check", "pulse").code == 0
    (pulse / "with" / "sqlalchmy" / "files").mkdir(parents=True)
    (pulse / "with" / "sqlalchmy" / "files" / "x.txt").write_text("x\n", encoding="utf-8")
    assert "no trait `sqlalchmy`; did you mean `sqlalchemy`?" in invoke("extension", "check", "pulse").err


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    sampled(
        [
            ("manifest.toml", "0.10 to 3.1", "1.0 to 3.0", "says nothing about Flask 0.10 to 0.12"),
            ("manifest.toml", "0.10 to 3.1", "1.0 to 3.0", "says nothing about Flask 3.1"),
            ("manifest.toml", "PULSE_GREETS", "OTHER", "[configuration] does not explain PULSE_GREETS"),
            ("manifest.toml", "order", "ordre", "`ordre` is an unknown key; did you mean `order`?"),
            ("manifest.toml", '"0.1.0"', '"new"', "manifest.toml:3: `version` is `new`"),
            ("slots.jinja", "| `PULSE_GREETS`", "| `OTHER`", '"docs.settings" explains PULSE_GREETS'),
            ("slots.jinja", '"config.settings"', '"config.setting"', "did you mean `config.settings`?"),
            ("files/{{package}}/pulse.py.jinja", "def index", "def", "pulse.py is not valid"),
            ("files/{{package}}/pulse.py.jinja", '"pulse"', "{{ nothing }}", "'nothing' is undefined"),
        ],
        [
            ("manifest.toml", "0.10 to 3.1", "1.0 to 3.0", "says nothing about Flask 3.1"),
            ("manifest.toml", "order", "ordre", "`ordre` is an unknown key; did you mean `order`?"),
            ("slots.jinja", '"config.settings"', '"config.setting"', "did you mean `config.settings`?"),
            ("files/{{package}}/pulse.py.jinja", '"pulse"', "{{ nothing }}", "'nothing' is undefined"),
        ],
    ),
)
def test_the_check_says_what_is_wrong(
    invoke: Invoke, pulse: Path, path: str, old: str, new: str, said: str
) -> None:
    text = (pulse / path).read_text(encoding="utf-8")
    assert old in text
    (pulse / path).write_text(text.replace(old, new), encoding="utf-8")
    result = invoke("extension", "check", "pulse")
    assert result.code == 1
    assert said in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="limits and names of POSIX")
def test_the_check_of_what_never_ends_ends(
    invoke: Invoke, pulse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_SECONDS", 1)
    loop = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(90) }}"
    template = pulse / "files" / "endless.jinja"
    template.write_text(loop, encoding="utf-8")
    result = invoke("extension", "check", "pulse")
    assert result.only("error") == "`pulse` has 1 problem"
    assert "pulse/files/endless.jinja:1: it takes more than 1 seconds" in result.err
    template.rename(pulse / "files" / "a\x1b[2Jb.jinja")
    assert "a\\x1b[2Jb.jinja: a template cannot land on" in invoke("extension", "check", "pulse").err


def test_a_series_without_data_is_refused(invoke: Invoke, pulse: Path) -> None:
    manifest = pulse / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("0.10 to 3.1", "3.0 to 3.1"))
    result = invoke(
        "new", "x", "--flask", "2.2", "--with", "pulse", "--extensions", ".", "--no-install", "--yes"
    )
    assert result.code == 1
    assert "its manifest says nothing about that series" in result.only("error")
    assert not (pulse.parent / "x").exists()


def test_two_extensions_of_one_name_are_an_error_that_names_both_places(invoke: Invoke, pulse: Path) -> None:
    (pulse.parent / "more").mkdir()
    pulse.rename(pulse.parent / "more" / "login")
    error = invoke("extensions", "--extensions", "more").only("error")
    assert "`login`: in flaskgen itself and in" in error
    assert "more/login" in error
