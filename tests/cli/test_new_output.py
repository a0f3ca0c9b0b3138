"""What `flaskgen new` shows and writes for each option that needs no environment."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.shipped.templates import load_catalogue
from tests.cli.conftest import Invoke

Listing = Callable[[], list[str]]
EXTENSIONS = ["production", "sqlalchemy", "wtf", "login", "mail"]


def record(project: Path) -> dict[str, object]:
    return tomllib.loads((project / ".flaskgen" / "project.toml").read_text())


def pins(requirements: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==([^\s;\\]+)", requirements.read_text(), re.MULTILINE))


def test_a_dry_run_shows_the_files_the_pins_and_the_steps_and_writes_nothing(
    invoke: Invoke, listing: Listing, tmp_path: Path
) -> None:
    result = invoke("new", "shop", "--with", "login", "--dry-run", "--test", "--git")
    assert result.code == 0
    assert listing() == []
    files, shown_pins, steps = result.out.split("\n\n")
    assert files.splitlines()[0] == f"{tmp_path / 'shop'}/"
    for name in (".env", "wsgi.py", "requirements.txt", ".flaskgen/project.toml", ".flaskgen/base.zip"):
        assert f"  create  {name}" in files.splitlines()
    assert "  flask==3.1.3" in shown_pins.splitlines()
    assert "  flask-login==0.6.3" in shown_pins.splitlines()
    assert [line.split()[0] for line in steps.splitlines()[1:]] == [
        *("write", "create", "install", "verify:", "run", "commit"),
    ]


def test_a_dry_run_shows_just_the_files_that_are_created(invoke: Invoke, tmp_path: Path) -> None:
    arguments = ("new", "shop", "--preset", "web", "--no-install", "--no-git", "--json")
    planned = json.loads(invoke(*arguments, "--dry-run").out)
    made = json.loads(invoke(*arguments).out)
    on_disk = {
        str(path.relative_to(tmp_path / "shop")) for path in (tmp_path / "shop").rglob("*") if path.is_file()
    }
    assert planned["files"].keys() == made["files"].keys() == on_disk
    assert planned["versions"] == made["versions"]
    assert planned["spec"] == made["spec"]


def test_json_is_one_object_that_says_everything(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("new", "shop", "-x", "production,wtf,login,mail", "--no-install", "--json", "--no-git")
    assert (result.code, result.err) == (0, "")
    told = json.loads(result.out)
    assert told["project"] == str(tmp_path / "shop")
    assert told["spec"]["name"] == told["spec"]["package"] == "shop"
    assert told["spec"]["flask"] == "3.1.3"
    assert told["spec"]["extensions"] == ["production", "wtf", "login", "mail"]
    assert told["environment"] is None
    assert told["verified"] is None
    assert told["files"]["pyproject.toml"] == "create"
    assert told["versions"]["flask-mail"]
    assert {step["title"] for step in told["steps"]} >= {"Write the project's files"}
    assert all(step["seconds"] >= 0 for step in told["steps"])
    assert told["next_steps"][0] == "cd shop"
    assert told["next_steps"][-1] == "flask run --debug"
    assert told["warnings"] == []
    assert [note for note in told["notes"] if not note.startswith("uv.lock was not written")] == []


def test_each_step_is_a_plain_line_where_there_is_no_terminal(invoke: Invoke) -> None:
    result = invoke("new", "shop", "--no-install", "--no-git")
    assert result.out == ""
    assert re.search(r"^Write the project's files \(\d+\.\d s\)$", result.err, re.MULTILINE)
    assert "\x1b" not in result.err
    assert re.search(
        r"^Created shop in \d+\.\d s: \d+ files, Flask 3\.1\.3 on Python", result.err, re.MULTILINE
    )


def test_quiet_says_nothing(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("new", "shop", "--no-install", "--quiet", "--no-git")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (tmp_path / "shop" / "pyproject.toml").exists()


def test_verbose_shows_each_command(invoke: Invoke) -> None:
    result = invoke("new", "shop", "--no-install", "--verbose", "--git")
    assert re.search(r"^\$ git .* init ", result.err, re.MULTILINE)


def test_without_installing_the_next_commands_make_the_environment(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("new", "shop", "--no-install", "--no-git")
    steps = result.err.split("Next:\n")[1].splitlines()
    assert steps[0] == "  cd shop"
    assert steps[1].endswith(" -m venv .venv")
    assert steps[2:] == [
        *("  . .venv/bin/activate", "  python -m pip install -r requirements-dev.txt", "  flask run --debug"),
    ]
    assert not (tmp_path / "shop" / ".venv").exists()


def test_without_test_tools_nothing_speaks_of_them(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("new", "shop", "--no-install", "--no-dev", "--no-git")
    assert not (tmp_path / "shop" / "requirements-dev.txt").exists()
    assert "pytest" not in pins(tmp_path / "shop" / "requirements.txt")
    assert "pip install -r requirements.txt" in result.err


def test_the_requirements_are_pinned_and_explained(invoke: Invoke, tmp_path: Path) -> None:
    invoke("new", "shop", "--preset", "web", "--no-install", "--no-git")
    project = tmp_path / "shop"
    text = (project / "requirements.txt").read_text()
    blocks = re.findall(r"^(\S+==\S+)((?:\n +#.*)+)", text, re.MULTILINE)
    assert len(blocks) == len(pins(project / "requirements.txt"))
    assert all("# via" in via for _, via in blocks)
    direct = (project / "pyproject.toml").read_text()
    assert "Flask==3.1.3" in direct
    assert re.search(r"^    \"Flask-Login>=", direct, re.MULTILINE)
    dev = (project / "requirements-dev.txt").read_text()
    assert "-r requirements.txt" in dev.splitlines()
    assert "pytest" in pins(project / "requirements-dev.txt")


def test_the_help_names_every_preset(invoke: Invoke) -> None:
    line = invoke("new", "--help").out.partition("--preset NAME")[2].partition("--flask")[0]
    assert set(re.findall(r"\w+", line)) == {*load_catalogue().presets, "or"}


def test_hashes_are_written_for_every_pin(invoke: Invoke, tmp_path: Path) -> None:
    invoke("new", "shop", "--no-install", "--hashes", "--no-git")
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (tmp_path / "shop" / name).read_text()
        blocks = re.split(r"^(?=[a-z0-9][\w.-]*==)", text, flags=re.MULTILINE)[1:]
        assert len(blocks) == len(pins(tmp_path / "shop" / name))
        assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(
    ("options", "extensions"),
    [
        ([], []),
        (["--preset", "minimal"], []),
        (["--preset", "single"], []),
        (["-x", "none"], []),
        (["--preset", "web"], EXTENSIONS),
        (["--preset", "web", "--with", "moment"], [*EXTENSIONS, "moment"]),
        (["-x", "wtf,login"], ["production", "wtf", "login"]),
        (["-x", "wtf", "--with", " LOGIN "], ["production", "wtf", "login"]),
        (["-x", "mail,mail"], ["production", "mail"]),
    ],
)
def test_extensions_are_chosen(
    invoke: Invoke, tmp_path: Path, options: list[str], extensions: list[str]
) -> None:
    told = json.loads(invoke("new", "shop", *options, "--dry-run", "--json").out)
    assert told["spec"]["extensions"] == extensions


def test_all_is_what_the_series_can_have_and_full_is_what_is_not_dead(invoke: Invoke) -> None:
    known = json.loads(invoke("extensions", "--json").out)
    told = json.loads(invoke("new", "shop", "-x", "all", "--dry-run", "--json").out)
    assert told["spec"]["extensions"] == [fact["name"] for fact in known if fact["name"] != "script"]
    assert told["notes"] == ["skipping script: `flask` commands replace Flask-Script"]
    told = json.loads(invoke("new", "shop", "--preset", "full", "--dry-run", "--json").out)
    others = {"ci", "jobs", "deploy", *(fact["name"] for fact in known if fact["status"] == "unmaintained")}
    assert told["spec"]["extensions"] == [fact["name"] for fact in known if fact["name"] not in others]
    assert told["notes"] == []


def test_what_is_not_as_it_was_asked_for_is_a_note_each(invoke: Invoke) -> None:
    result = invoke("new", "shop", "-x", "migrate,script", "--dry-run")
    assert [text for label, text in result.lines if label == "note"] == [
        "adding production (required by script)",
        "adding sqlalchemy (required by migrate)",
        "script: `flask` commands replace Flask-Script; commands.py shows how",
    ]
    assert [label for label, _ in result.lines if label != "note"] == []


def test_the_name_can_differ_from_the_folder(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("new", "caf\u00e9", "--name", "My-Shop", "--no-install", "--no-git").code == 0
    assert (tmp_path / "caf\u00e9" / "my_shop" / "__init__.py").exists()
    assert "My-Shop" in str(record(tmp_path / "caf\u00e9"))


def test_the_current_directory_gives_its_name(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my-blog").mkdir()
    monkeypatch.chdir(tmp_path / "my-blog")
    result = invoke("new", ".", "--no-install", "--no-git")
    assert result.code == 0
    assert (tmp_path / "my-blog" / "my_blog" / "__init__.py").exists()
    assert "  cd " not in result.err


@pytest.mark.parametrize("text", ["3.1.3", "3.1", "3", "latest"])
def test_a_release_a_series_and_latest_are_versions(invoke: Invoke, text: str) -> None:
    told = json.loads(invoke("new", "shop", "--flask", text, "--dry-run", "--json").out)
    assert told["spec"]["flask"] == told["versions"]["flask"] == "3.1.3"


def test_the_secret_key_is_random_private_and_recorded_nowhere(invoke: Invoke, tmp_path: Path) -> None:
    keys = []
    for name in ("one", "two"):
        invoke("new", name, "--no-install", "--no-git")
        (key,) = re.findall(r"^SECRET_KEY=['\"]?([^'\"\s]+)", (tmp_path / name / ".env").read_text(), re.M)
        assert (tmp_path / name / ".env").stat().st_mode & 0o777 == 0o600
        held = [
            path
            for path in (tmp_path / name).rglob("*")
            if path.is_file() and key.encode() in path.read_bytes()
        ]
        assert held == [tmp_path / name / ".env"]
        keys.append(key)
    assert keys[0] != keys[1]
    assert min(map(len, keys)) >= 32


def test_git_is_taken_by_default_outside_a_repository_only(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("new", "one", "--no-install").code == 0
    assert (tmp_path / "one" / ".git").is_dir()
    (tmp_path / "one" / "sub").mkdir()
    assert invoke("new", "one/sub/two", "--no-install").code == 0
    assert not (tmp_path / "one" / "sub" / "two" / ".git").exists()
    assert invoke("new", "one/sub/three", "--no-install", "--git").code == 0
    assert (tmp_path / "one" / "sub" / "three" / ".git").is_dir()
    assert invoke("new", "four", "--no-install", "--no-git").code == 0
    assert not (tmp_path / "four" / ".git").exists()


def test_what_a_hosting_service_put_there_stays_byte_for_byte(invoke: Invoke, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    (project / ".git").mkdir(parents=True)
    theirs = {"README.md": b"# mine\r\n", "LICENSE": b"\xff mine", ".git/HEAD": b"ref: refs/heads/trunk\n"}
    for name, content in theirs.items():
        (project / name).write_bytes(content)
    result = invoke("new", "shop", "--no-install")
    assert result.code == 0
    assert {name: (project / name).read_bytes() for name in theirs} == theirs
    assert list((project / ".git").iterdir()) == [project / ".git" / "HEAD"]
    assert "Kept unchanged: README.md." in result.err


def test_values_are_data_and_not_rendered_again(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "{{7*7}}").mkdir()
    assert invoke("new", "{{7*7}}/shop", "--no-install", "--no-git").code == 0
    assert (tmp_path / "{{7*7}}" / "shop" / "pyproject.toml").exists()


def test_the_same_answers_give_the_same_bytes(invoke: Invoke, tmp_path: Path) -> None:
    trees = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        assert invoke("new", f"{folder}/shop", "--preset", "full", "--no-install", "--no-git").code == 0
        root = tmp_path / folder / "shop"
        trees.append(
            {
                str(path.relative_to(root)): path.read_bytes()
                for path in root.rglob("*")
                if path.is_file() and path.name != ".env"
            }
        )
    assert trees[0] == trees[1]


def test_an_index_url_with_a_password_is_never_printed(invoke: Invoke) -> None:
    result = invoke(
        *("new", "shop", "--newest", "--verbose", "--index-url", "http://ada:hunter2@127.0.0.1:9/simple")
    )
    assert result.code == 1
    assert "hunter2" not in result.err + result.out
    assert result.only("error")
