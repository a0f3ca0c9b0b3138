"""The user's defaults: which value holds, where it may be set, and how a wrong one is reported."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from flaskgen.cli.main import cli
from flaskgen.effects.system.user_directories import configuration_path
from tests.cli.conftest import Invoke
from tests.cli.refusals import check_refused
from tests.cli.terminal import ENTER, at_terminal
from tests.commands.projects import files_of, write_project

BROKEN = 1
SETTINGS = {"preset", "with", "option", "python", "git", "extensions"}


@pytest.fixture
def file(home: Path) -> Path:
    """The place of the user's flaskgen.toml, which is not there yet."""
    path = configuration_path()
    assert path is not None
    assert path.is_relative_to(home)
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def write(file: Path) -> Callable[[str], None]:
    def write_file(text: str) -> None:
        file.write_text(text, encoding="utf-8")

    return write_file


@pytest.fixture
def plan(invoke: Invoke) -> Callable[..., dict[str, Any]]:
    """Return the specification of the project that a run would create."""

    def run(*arguments: str) -> dict[str, Any]:
        result = invoke("new", "shop", "--dry-run", "--no-install", "--json", *arguments)
        assert result.code == 0, result.out
        facts = json.loads(result.out)
        return {**facts["spec"], "python": facts["python"], "git": facts["git"]}

    return run


Write = Callable[[str], None]
Plan = Callable[..., dict[str, Any]]


def test_the_file_says_what_was_not_typed(write: Write, plan: Plan) -> None:
    python = "{}.{}".format(*sys.version_info)
    write(
        f'with = ["sqlalchemy", "wtf"]\noption = "sqlalchemy.database=mysql"\npython = {python}\ngit = false'
    )
    spec = plan()
    assert spec["extensions"] == ["production", "sqlalchemy", "wtf"]
    assert spec["options"] == {"sqlalchemy": {"database": "mysql"}}
    assert spec["python"].startswith(f"{python}.")
    assert not spec["git"]


def test_the_command_line_beats_a_variable_and_that_beats_the_file(
    write: Write, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('preset = "web"\ngit = false')
    assert "login" in plan()["extensions"]
    monkeypatch.setenv("FLASKGEN_WITH", "redis docker")
    monkeypatch.setenv("FLASKGEN_GIT", "yes")
    assert plan()["extensions"] == ["production", "redis", "docker"]
    assert plan()["git"]
    assert plan("--preset", "minimal", "--no-git")["extensions"] == []
    assert not plan("--no-git")["git"]
    assert plan("--with", "mail")["extensions"] == ["production", "mail"]


def test_an_empty_variable_is_an_unset_one(write: Write, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    write('preset = "web"')
    for name in ("FLASKGEN_PRESET", "FLASKGEN_WITH", "FLASKGEN_GIT", "FLASKGEN_PRESTE"):
        monkeypatch.setenv(name, "")
    assert "login" in plan()["extensions"]


def test_an_option_counts_where_its_extension_is_chosen(write: Write, plan: Plan) -> None:
    write('option = ["sqlalchemy.database=postgresql"]')
    assert plan("--with", "mail")["options"] == {}
    assert plan("--with", "sqlalchemy")["options"]["sqlalchemy"]["database"] == "postgresql"
    typed = plan("--with", "sqlalchemy", "-o", "sqlalchemy.database=mysql")
    assert typed["options"]["sqlalchemy"]["database"] == "mysql"


def test_a_repository_by_default_is_never_one_inside_another(
    write: Write, plan: Plan, tmp_path: Path
) -> None:
    write("git = true")
    assert plan()["git"]
    (tmp_path / ".git").mkdir()
    assert not plan()["git"]


def test_no_config_ignores_the_file_and_the_variables(
    write: Write, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = plan()
    write("this is not TOML")
    monkeypatch.setenv("FLASKGEN_PRESET", "web")
    monkeypatch.setenv("FLASKGEN_PRESTE", "web")
    assert plan("--no-config") == without


def test_add_takes_the_option_of_what_it_adds_and_changes_no_other(
    write: Write, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('option = ["sqlalchemy.database=postgresql"]\npreset = "full"')
    project = write_project(tmp_path / "shop", files_of(["wtf"]))
    monkeypatch.chdir(project)
    record = project / ".flaskgen" / "project.toml"
    assert invoke("add", "sqlalchemy", "--no-install", "--no-config").code == 0
    assert 'database = "sqlite"' in record.read_text()
    assert invoke("add", "mail", "--no-install").code == 0
    assert 'database = "sqlite"' in record.read_text()
    assert invoke("remove", "sqlalchemy", "--no-install").code == 0
    assert invoke("add", "sqlalchemy", "--no-install").code == 0
    assert 'database = "postgresql"' in record.read_text()
    assert 'extensions = ["production", "sqlalchemy", "wtf", "mail"]' in record.read_text()


def test_constraints_are_those_that_were_asked_for(write: Write, invoke: Invoke) -> None:
    before = invoke("constraints", "1.0").out
    write('with = "sqlalchemy"\npython = "3.13"')
    assert invoke("constraints", "1.0").out == before


@pytest.mark.e2e
def test_a_prompt_starts_at_what_is_configured(write: Write, tmp_path: Path) -> None:
    write('with = "sqlalchemy,mail"\noption = "sqlalchemy.database=mysql"\ngit = false')
    with at_terminal("new", "shop", "--flask", "3.1", "--no-install", cwd=tmp_path) as person:
        for question in (
            *("Extensions:", "Which extensions?", "Which database"),
            *("Create a Git repository?", "Create it?"),
        ):
            person.expect(question)
            person.type(ENTER)
        assert person.finish() == 0, person.text
    assert "Extensions  production, sqlalchemy, mail" in person.text
    assert "sqlalchemy.database=mysql" in person.text
    assert "--no-git" in person.text


@pytest.mark.e2e
def test_a_configured_preset_is_selected(write: Write, tmp_path: Path) -> None:
    write('preset = "api"')
    with at_terminal("new", "shop", "--flask", "3.1", "--no-install", cwd=tmp_path) as person:
        for question in ("Extensions:", "Which database", "Create a Git repository?", "Create it?"):
            person.expect(question)
            person.type(ENTER)
        assert person.finish() == 0, person.text
    assert "--preset api" in person.text


@pytest.mark.parametrize(
    ("text", "line", "names", "hint"),
    [
        ('preste = "web"', 1, "`preste`", "`preset`"),
        ('# mine\n\n  "prset" = "web"', 3, "`prset`", "`preset`"),
        ('git = true\n[tool.flaskgen]\npreset = "web"', 2, "`tool`", "the settings are preset"),
        (f"git = 0x{'f' * 9000}", 1, "`git` is a number with too many digits, not true or false", ""),
        ("[[git]]\n", 1, "`git` is [{}], not true or false", ""),
        ('preset = "wbe"', 1, "`wbe` is not a preset", "web"),
        ('git = false\npreset = ""', 2, '`preset` is ""', ""),
        ('preset = "web\\u0000"', 1, r'"web\u0000"', ""),
        ("preset = 1979-05-27", 1, "1979-05-27", ""),
        ('git = "yes"', 1, '`git` is "yes", not true or false', ""),
        ("git = 1", 1, "`git` is 1, not true or false", ""),
        ("python = 3", 1, "`python` is 3, not text", ""),
        ("with = [1]", 1, "`with` is [1], not a list of strings", ""),
        ("with = {mail = true}", 1, "`with`", ""),
        ('with = [\n"mail",\n"sqlalchmy"]', 1, "`sqlalchmy`", "`sqlalchemy`"),
        ('option = "sqlalchemy.database=oracle"', 1, "`oracle`", "postgresql"),
        ('option = "sqlalchemy.databse=mysql"', 1, "databse", ""),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_its_line(
    write: Write, file: Path, invoke: Invoke, text: str, line: int, names: str, hint: str
) -> None:
    write(text)
    for arguments in (["new", "shop", "--dry-run"], ["config"]):
        result = invoke(*arguments)
        check_refused(result, BROKEN, names)
        assert result.only("error").startswith(f"{file}, line {line}: ")
        assert hint in result.only("hint")


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"preset = web", "is not valid TOML"),
        (b"git = true\ngit = true", "is not valid TOML"),
        (b'preset = "web\x00"', "is not valid TOML"),
        (b"git = " + b"9" * 5000, "is not valid TOML: a number has too many digits"),
        (b"[" * 100_000, "is n"),  # nested too deeply, or not valid
        (b'git = true\npreset = "w\xffb"', r"is not UTF-8 text (line 2)"),
        ('preset = "web"'.encode("utf-16"), "is not UTF-8 text (line 1)"),
    ],
)
def test_a_file_that_is_not_toml_is_named(file: Path, invoke: Invoke, content: bytes, names: str) -> None:
    file.write_bytes(content)
    result = invoke("new", "shop", "--dry-run")
    check_refused(result, BROKEN, names)
    assert str(file) in result.only("error")
    assert result.only("hint") == "fix the file, or move it away"


@pytest.mark.parametrize("content", [b"", b"\n# nothing\n", b"\xef\xbb\xbf", b"\xef\xbb\xbfgit = true\r\n"])
def test_an_empty_file_and_one_of_windows_are_read(file: Path, plan: Plan, content: bytes) -> None:
    file.write_bytes(content)
    assert plan()["extensions"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="links and FIFOs of POSIX")
@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (Path.mkdir, "Is a directory"),
        (lambda path: os.mkfifo(path), "not a regular file"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        (lambda path: path.symlink_to("/gone"), "it is a link to /gone: No such file or directory"),
    ],
)
def test_what_is_no_file_is_not_read(
    file: Path, invoke: Invoke, make: Callable[[Path], None], cause: str
) -> None:
    make(file)
    result = invoke("new", "shop", "--dry-run")
    check_refused(result, BROKEN, f"cannot read {file}: {cause}")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(write: Write, file: Path, invoke: Invoke) -> None:
    write("git = true")
    file.chmod(0)
    check_refused(invoke("new", "shop", "--dry-run"), BROKEN, f"cannot read {file}: Permission denied")


def test_a_file_where_the_directory_would_be_is_no_configuration(file: Path, plan: Plan) -> None:
    file.parent.rmdir()
    file.parent.write_text("")
    assert plan()["extensions"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="other variables")
@pytest.mark.parametrize("place", ["", " ", "relative", "~/.config"])
def test_what_is_no_absolute_path_is_no_place_of_the_file(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", place)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert json.loads(invoke("config", "--json").out)["file"].startswith(str(tmp_path))
    monkeypatch.setenv("HOME", "")
    assert json.loads(invoke("config", "--json").out)["file"] is None


@pytest.mark.parametrize(
    ("name", "value", "names", "hint"),
    [
        ("FLASKGEN_PRESTE", "web", "FLASKGEN_PRESTE is not a setting", "`FLASKGEN_PRESET`"),
        ("FLASKGEN_PRESET", "wbe", "FLASKGEN_PRESET: `wbe` is not a preset", "web"),
        ("FLASKGEN_GIT", "maybe", "FLASKGEN_GIT: `maybe` is not true or false", ""),
        ("FLASKGEN_WITH", "mail,sqlalchmy", "FLASKGEN_WITH: `sqlalchmy`", "`sqlalchemy`"),
        ("FLASKGEN_OPTION", "sqlalchemy.database=oracle", "FLASKGEN_OPTION: `oracle`", "postgresql"),
    ],
)
def test_what_is_wrong_in_a_variable_is_named(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, name: str, value: str, names: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    for arguments in (["new", "shop", "--dry-run"], ["config"]):
        result = invoke(*arguments)
        check_refused(result, BROKEN, names)
        assert hint in result.only("hint")


def test_a_preset_and_more_extensions_can_both_be_configured_and_what_is_typed_replaces_both(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASKGEN_PRESET", "api")
    monkeypatch.setenv("FLASKGEN_WITH", "mail")
    assert {"smorest", "mail"} < set(plan()["extensions"])
    assert plan("--with", "moment")["extensions"] == ["production", "moment"]


def test_a_variable_that_resembles_no_setting_is_somebody_elses(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASKGEN_VERSION", "0.1.0")
    assert plan()["extensions"] == []


def test_a_python_that_is_not_there_is_named_with_its_place(write: Write, file: Path, invoke: Invoke) -> None:
    write('git = false\npython = "/no/such/python"')
    result = invoke("new", "shop", "--dry-run")
    check_refused(result, BROKEN, "/no/such/python")
    assert result.only("note") == f"Python /no/such/python is set in {file}, line 2"


def new_options() -> list[click.Option]:
    command = cli.get_command(click.Context(cli), "new")
    assert command is not None
    return [option for option in command.params if isinstance(option, click.Option)]


@pytest.mark.parametrize("option", new_options(), ids=lambda option: option.name)
def test_every_option_is_a_setting_or_refused_as_one(
    write: Write, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, option: click.Option
) -> None:
    flag = max(option.opts, key=len)
    key = flag.removeprefix("--")
    if key in SETTINGS:
        assert option.name == key, "click names the variable by the parameter"
        return
    write(f"{key} = true")
    result = invoke("new", "shop", "--dry-run")
    check_refused(result, BROKEN, f"line 1: `{key}` is not a setting")
    assert flag in result.only("hint")
    write("")
    variable = f"FLASKGEN_{key.replace('-', '_').upper()}"
    monkeypatch.setenv(variable, "1")
    check_refused(invoke("new", "shop", "--dry-run"), BROKEN, f"{variable} is not a setting")


@pytest.mark.parametrize("arguments", [["undo"], ["freeze"], ["versions"], ["new", "--help"], ["--version"]])
def test_what_has_no_settings_does_not_read_them(write: Write, invoke: Invoke, arguments: list[str]) -> None:
    before = invoke(*arguments)
    write("this is not TOML")
    assert invoke(*arguments) == before


@pytest.mark.parametrize(
    "arguments", [["generate", "page", "about", "--no-config"], ["generate", "--no-config", "page", "about"]]
)
def test_no_config_ignores_a_broken_file_for_a_command_of_a_group(
    write: Write, invoke: Invoke, arguments: list[str]
) -> None:
    write("this is not TOML")
    assert "is not valid TOML" in invoke("generate", "page", "about").only("error")
    assert "there is no flaskgen project" in invoke(*arguments).only("error")


def test_config_shows_what_holds_and_from_where(
    write: Write, file: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('# mine\npreset = "web"\ngit = false')
    monkeypatch.setenv("FLASKGEN_GIT", "1")
    result = invoke("config")
    assert result.code == 0
    first, _, *rows = result.out.splitlines()
    assert first == str(file)
    assert [row.split() for row in rows[:2]] == [
        ["SETTING", "SET", "IN", "VALUE"],
        ["preset", "flaskgen.toml,", "line", "2", "web"],
    ]
    assert ["git", "FLASKGEN_GIT", "true"] in [row.split() for row in rows]
    assert ["python", "default", "-"] in [row.split() for row in rows]
    facts = json.loads(invoke("config", "--json").out)
    assert facts["file"] == str(file)
    assert facts["exists"]
    settings = {one["name"]: one for one in facts["settings"]}
    assert settings["preset"] == {"name": "preset", "value": "web", "set_in": f"{file}, line 2"}
    assert settings["git"] == {"name": "git", "value": True, "set_in": "FLASKGEN_GIT"}
    assert settings["with"] == {"name": "with", "value": [], "set_in": None}


def make_extension(directory: Path) -> None:
    directory.mkdir(parents=True)
    text = 'title = "T"\nsummary = "s"\norder = 1\nversion = "1"\n'
    (directory / "manifest.toml").write_text(text, encoding="utf-8")


def configured_directories(invoke: Invoke) -> list[str]:
    settings = json.loads(invoke("config", "--json").out)["settings"]
    (value,) = [one["value"] for one in settings if one["name"] == "extensions"]
    assert isinstance(value, list)
    return value


def test_directories_are_meant_from_the_file_and_the_home(
    write: Write, file: Path, home: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_extension(home / "mine" / "pulse")
    make_extension(file.parent / "ours")
    write('extensions = ["~/mine", "ours"]')
    both = [str(home / "mine"), str(file.parent / "ours")]
    assert configured_directories(invoke) == both
    write("")
    monkeypatch.setenv("FLASKGEN_EXTENSIONS", os.pathsep.join(both))
    assert configured_directories(invoke) == both


def test_a_directory_that_is_not_there_is_named(
    write: Write, file: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('git = true\nextensions = "gone"')
    check_refused(invoke("config"), BROKEN, f"{file}, line 2: ")
    assert str(file.parent / "gone") in invoke("config").only("error")
    (file.parent / "gone").mkdir()
    for arguments in (["config"], ["new", "shop", "--dry-run"]):
        check_refused(
            invoke(*arguments), BROKEN, f"{file}, line 2: `{file.parent / 'gone'}` has no extensions"
        )
    write("")
    monkeypatch.setenv("FLASKGEN_EXTENSIONS", "/gone/too")
    check_refused(invoke("config"), BROKEN, "/gone/too")


def test_a_project_finds_its_extension_in_the_configured_directories(
    write: Write, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invoke("extension", "new", "pulse").code == 0
    write(f"extensions = ['{tmp_path}']")
    assert invoke("new", "shop", "--with", "pulse", "--no-install").code == 0
    monkeypatch.chdir(tmp_path / "shop")
    for typed in (
        *("add moment", "option pulse.greeting=Hi", "generate page about", "generate --list", "doctor"),
        *("freeze --check", "update", "upgrade", "remove pulse", "undo"),
    ):
        assert "is not here" not in str(invoke(*typed.split())), typed


def test_the_file_in_the_documentation_is_right(write: Write, invoke: Invoke) -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    write(block)
    settings = json.loads(invoke("config", "--json").out)["settings"]
    assert {one["name"] for one in settings if one["set_in"]} == {
        *("preset", "with", "option", "python", "git")
    }
    write(block.replace('preset = "web"  # or: with', "with"))
    assert invoke("config").code == 0


def test_config_says_where_the_file_would_be(file: Path, invoke: Invoke) -> None:
    assert invoke("config").out.splitlines()[0] == f"{file} (does not exist)"
