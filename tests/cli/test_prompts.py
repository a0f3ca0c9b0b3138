from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import termios
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.cli.prompts import equivalent_command
from flaskgen.planning.project.spec import Answers
from tests.cli.terminal import CTRL_C, CTRL_D, DOWN, ENTER, ESCAPE, SHIFT_TAB, SPACE, Terminal, at_terminal
from tests.sampling import sampled

Listing = Callable[[], list[str]]

QUICK = ("--no-install",)


def answer_name(person: Terminal) -> None:
    person.expect("Project name:")
    person.type("shop", ENTER)


def answer_flask(person: Terminal) -> None:
    person.expect("Flask:")
    person.expect("Flask 3.1.3")  # the newest is the first
    person.type(ENTER)


def answer_extensions(person: Terminal) -> None:
    person.expect("Extensions:")
    person.expect("choose from a list")
    person.type(*[DOWN] * 6, ENTER)


def answer_checkbox(person: Terminal) -> None:
    person.expect("Which extensions?")
    person.expect("a contact form")
    person.type(*[DOWN] * 4, SPACE, DOWN, SPACE, ENTER)


def answer_git(person: Terminal) -> None:
    person.expect("Create a Git repository?")
    person.type("n")


def answer_summary(person: Terminal) -> None:
    person.expect("Create it?")
    person.type(ENTER)


DIALOGUE = [answer_name, answer_flask, answer_extensions, answer_checkbox, answer_git, answer_summary]
QUESTIONS = [
    "Project name:",
    "Flask:",
    "Extensions:",
    "Which extensions?",
    "Create a Git repository?",
    "Create it?",
]


def test_the_whole_dialogue_makes_what_was_chosen_and_so_does_the_equivalent_command(tmp_path: Path) -> None:
    with at_terminal("new", *QUICK, cwd=tmp_path) as person:
        for answer in DIALOGUE:
            answer(person)
        assert person.finish() == 0, person.text
    assert "Extensions  production, wtf, login, mail" in person.text
    assert "flaskgen new shop --with login,mail" in person.text
    assert "--no-git --no-install --yes" in person.text
    record = (tmp_path / "shop" / ".flaskgen" / "project.toml").read_text()
    assert '["production", "wtf", "login", "mail"]' in record
    assert not (tmp_path / "shop" / ".git").exists()
    (command,) = [line for line in person.text.splitlines() if line.strip().startswith("flaskgen new")]
    os.rename(tmp_path / "shop", tmp_path / "first")
    arguments = shlex.split(command)[1:]
    subprocess.run(
        [sys.executable, "-m", "flaskgen", *arguments], cwd=tmp_path, check=True, capture_output=True
    )
    compared = subprocess.run(
        ["diff", "-r", "--exclude=.env", "first", "shop"], cwd=tmp_path, capture_output=True, text=True
    )
    assert compared.stdout == ""


@pytest.mark.e2e
def test_enter_alone_takes_the_defaults(tmp_path: Path) -> None:
    with at_terminal("new", "shop", *QUICK, cwd=tmp_path) as person:
        for question in ("Flask:", "Extensions:", "Create a Git repository?", "Create it?"):
            person.expect(question)
            person.type(ENTER)
        assert person.finish() == 0
    assert "Extensions  none" in person.text
    assert (tmp_path / "shop" / ".git").is_dir()


@pytest.mark.e2e
def test_a_preset_is_chosen_with_the_arrow_keys(tmp_path: Path) -> None:
    with at_terminal("new", "shop", "--flask", "3.1", "--no-git", *QUICK, cwd=tmp_path) as person:
        person.expect("choose from a list")
        person.type(DOWN, ENTER)
        for option in ("postgresql", "authenticator app"):
            person.expect(option)
            person.type(ENTER)
        answer_summary(person)
        assert person.finish() == 0
    assert "--preset web" in person.text
    assert "Extensions  production, sqlalchemy, wtf, login, mail" in person.text


@pytest.mark.e2e
def test_what_the_series_cannot_have_is_shown_with_the_reason_and_cannot_be_chosen(tmp_path: Path) -> None:
    with at_terminal("new", "shop", "--flask", "1.1", "--no-git", *QUICK, cwd=tmp_path) as person:
        answer_extensions(person)
        person.expect("Which extensions?")
        person.expect("- smorest (its last release for Flask 1")
        person.type("a", ENTER)
        for option in ("postgresql", "authenticator app", "develop in", "application runs", "repository is"):
            person.expect(option)
            person.type(ENTER)
        answer_summary(person)
        assert person.finish() == 0
    assert "smorest" not in (tmp_path / "shop" / ".flaskgen" / "project.toml").read_text()


@pytest.mark.e2e
def test_an_option_is_asked_for_and_stands_in_the_equivalent_command(tmp_path: Path) -> None:
    with at_terminal(
        "new", "shop", "--flask", "3.1", "-x", "sqlalchemy", "--no-git", *QUICK, cwd=tmp_path
    ) as person:
        person.expect("postgresql")
        person.type(DOWN, ENTER)
        answer_summary(person)
        assert person.finish() == 0
    assert "--option sqlalchemy.database=postgresql" in person.text
    assert "psycopg[binary]" in (tmp_path / "shop" / "pyproject.toml").read_text()


@pytest.mark.e2e
def test_what_was_given_is_not_asked(tmp_path: Path) -> None:
    with at_terminal(
        "new", "shop", "--preset", "minimal", "--no-git", "--flask", "3.1", *QUICK, cwd=tmp_path
    ) as person:
        answer_summary(person)
        assert person.finish() == 0
    assert not [question for question in QUESTIONS[:-1] if question in person.text]


@pytest.mark.e2e
def test_what_was_given_wrongly_is_refused_before_any_question(tmp_path: Path, listing: Listing) -> None:
    for arguments in (["json"], ["shop", "--flask", "99"], ["shop", "-x", "nope"], ["shop", "-o", "x"]):
        with at_terminal("new", *arguments, cwd=tmp_path) as person:
            assert person.finish() in {1, 2}
        assert "error: " in person.text
    assert listing() == []


@pytest.mark.e2e
def test_a_bad_name_is_told_at_once_and_asked_again(tmp_path: Path) -> None:
    with at_terminal("new", *QUICK, cwd=tmp_path) as person:
        person.expect("Project name:")
        person.type("json", ENTER)
        person.expect("is a module of Python's standard library")
        person.type("\x7f" * 4, "shop", ENTER)
        answer_flask(person)
        person.expect("Extensions:")
        person.type(ENTER)
        answer_git(person)
        answer_summary(person)
        assert person.finish() == 0
    assert (tmp_path / "shop").is_dir()


@pytest.mark.parametrize("number", sampled(range(len(DIALOGUE)), [3]))
def test_ctrl_c_at_a_question_stops_and_nothing_is_made(
    tmp_path: Path, listing: Listing, number: int
) -> None:
    with at_terminal("new", cwd=tmp_path) as person:
        for answer in DIALOGUE[:number]:
            answer(person)
        person.expect(QUESTIONS[number])
        person.type(CTRL_C)
        assert person.finish() == 130, person.text
    assert "error: stopped by SIGINT" in person.text
    assert "note: nothing was created" in person.text
    assert listing() == []


@pytest.mark.parametrize("number", sampled(range(len(DIALOGUE)), [1]))
def test_ctrl_d_at_a_prompt_creates_nothing_and_is_no_error(
    tmp_path: Path, listing: Listing, number: int
) -> None:
    with at_terminal("new", cwd=tmp_path) as person:
        for answer in DIALOGUE[:number]:
            answer(person)
        person.expect(QUESTIONS[number])
        person.type(CTRL_D)
        assert person.finish() == 1
    assert person.text.endswith("Nothing was changed.\n")
    assert "error:" not in person.text
    assert listing() == []


def test_no_to_the_summary_creates_nothing_and_is_no_error(tmp_path: Path, listing: Listing) -> None:
    with at_terminal("new", "shop", "--flask", "3.1", "--with", "none", "--no-git", cwd=tmp_path) as person:
        person.expect("Create it?")
        person.type("n")
        assert person.finish() == 1
    assert person.text.endswith("Nothing was changed.\n")
    assert "error:" not in person.text
    assert listing() == []


ENDINGS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


@pytest.mark.parametrize("number", sampled(ENDINGS, [signal.SIGTERM]))
def test_a_signal_at_a_question_stops_and_gives_the_terminal_back(
    tmp_path: Path, listing: Listing, number: signal.Signals
) -> None:
    with at_terminal("new", "shop", "--flask", "3.1", cwd=tmp_path) as person:
        before = termios.tcgetattr(person.child.fileno())[tty.LFLAG]
        person.expect("choose from a list")
        assert not termios.tcgetattr(person.child.fileno())[tty.LFLAG] & termios.ICANON
        os.kill(person.child.pid, number)
        person.expect(f"stopped by {number.name}")
        after = termios.tcgetattr(person.child.fileno())[tty.LFLAG]
        assert person.finish() == 128 + number
    assert after & (termios.ICANON | termios.ECHO) == before & (termios.ICANON | termios.ECHO)
    assert listing() == []


@pytest.mark.e2e
def test_a_dumb_terminal_is_not_asked(tmp_path: Path) -> None:
    with at_terminal("new", "shop", "--no-git", *QUICK, cwd=tmp_path, TERM="dumb") as person:
        assert person.finish() == 0
    assert "?" not in person.text
    assert "\x1b" not in person.raw
    assert (tmp_path / "shop").is_dir()


@pytest.mark.e2e
def test_no_color_takes_the_colours_away_and_nothing_else(tmp_path: Path) -> None:
    arguments = ("new", "shop", "--no-git", "--preset", "web", "--yes", *QUICK)
    with at_terminal(*arguments, cwd=tmp_path, NO_COLOR="1") as person:
        assert person.finish() == 0
    assert "\u2713 Write the project's files" in person.text
    assert "\x1b[K" in person.raw
    assert not [code for code in ("\x1b[3", "\x1b[9", "\x1b[1m", "\x1b[2m") if code in person.raw]


@pytest.mark.e2e
def test_a_terminal_of_one_cell_is_survived(tmp_path: Path) -> None:
    with at_terminal("new", "shop", *QUICK, cwd=tmp_path, size=(1, 1)) as person:
        person.type(ENTER)
        person.type(CTRL_C)
        assert person.finish() == 130
    with at_terminal("new", "shop", "--yes", *QUICK, cwd=tmp_path, size=(1, 1)) as person:
        assert person.finish() == 0


@pytest.mark.parametrize("source", sampled(["closed", "null", "pipe"], ["pipe"]))
def test_without_a_terminal_nothing_is_asked_and_nothing_hangs(tmp_path: Path, source: str) -> None:
    reading, writing = os.pipe()
    redirection = {"closed": "<&-", "null": "</dev/null", "pipe": ""}[source]
    with os.fdopen(reading) as silent, os.fdopen(writing, "w"):
        for destination, code in (("", 2), ("shop", 0)):
            shown = subprocess.run(
                [
                    "sh",
                    "-c",
                    f'"$0" -m flaskgen new --no-install {destination} {redirection}',
                    sys.executable,
                ],
                stdin=silent,
                capture_output=True,
                text=True,
                cwd=tmp_path,
                timeout=30,
            )
            assert shown.returncode == code, shown.stderr
            assert "?" not in shown.stderr


def test_the_equivalent_command_is_quoted_for_a_shell() -> None:
    answers = Answers(destination="my work/shop", python="/opt/py thon", git=True)
    command = equivalent_command(answers, {"find_links": ("a b",), "newest": False})
    assert shlex.split(command) == [
        *("flaskgen", "new", "my work/shop", "--python", "/opt/py thon"),
        *("--git", "--find-links", "a b", "--yes"),
    ]


@pytest.mark.parametrize(
    ("keys", "code", "left"),
    sampled(
        [
            ((), 0, "mine\n"),
            ((DOWN,), 0, "<<<<<<< yours\nmine\n"),
            ((DOWN, DOWN), 1, "mine\n"),
            ((CTRL_D,), 1, "mine\n"),
            ((CTRL_C,), 130, "mine\n"),
        ],
        [((DOWN,), 0, "<<<<<<< yours\nmine\n")],
    ),
)
def test_what_is_done_with_a_file_that_is_there_is_asked(
    tmp_path: Path, listing: Listing, keys: tuple[str, ...], code: int, left: str
) -> None:
    shop = tmp_path / "shop"
    (shop / "tests").mkdir(parents=True)
    (shop / "tests/conftest.py").write_text("mine\n")
    options = ("--flask", "3.1", "--preset", "minimal", "--no-git")
    with at_terminal("new", "shop", *options, *QUICK, cwd=tmp_path) as person:
        answer_summary(person)
        person.expect("`shop` already has tests/conftest.py, not as the project has it.")
        person.expect("Cancel")
        person.type(*keys, *([] if CTRL_C in keys or CTRL_D in keys else [ENTER]))
        assert person.finish() == code, person.text
    assert (shop / "tests/conftest.py").read_text().startswith(left)
    created = keys in ((), (DOWN,))
    assert (shop / "pyproject.toml").exists() == created
    assert created or len(listing()) == 3


def test_shift_tab_asks_the_question_before_again(tmp_path: Path) -> None:
    with at_terminal("new", "--no-git", *QUICK, cwd=tmp_path) as person:
        person.expect("Project name:")
        person.type("blog", ENTER)
        person.expect("Flask:")
        person.type(DOWN, ENTER)
        person.expect("Extensions:")
        person.type(SHIFT_TAB)
        person.expect("Flask:")
        person.type(SHIFT_TAB)
        person.expect("Project name:")
        person.type("-2", ENTER)
        person.expect("Flask:")
        person.type(ENTER)
        person.expect("Extensions:")
        person.type(ENTER)
        person.expect("Create it?")
        person.type(SHIFT_TAB)
        person.expect("Extensions:")
        person.type(ENTER)
        person.expect("Create it?")
        person.type(ENTER)
        assert person.finish() == 0
    assert "flaskgen new blog-2 --preset minimal --flask 3.1.3 --no-git" in person.text
    assert [path.name for path in tmp_path.iterdir()] == ["blog-2"]


@pytest.mark.e2e
def test_a_summary_that_is_wider_than_the_terminal_ends_with_an_ellipsis(tmp_path: Path) -> None:
    with at_terminal("new", "shop", "--flask", "latest", *QUICK, cwd=tmp_path, size=(40, 60)) as person:
        person.expect("choose from a list")
        person.type(*[DOWN] * 6, ENTER)
        person.expect("script")
        person.type(CTRL_C)
        assert person.finish() == 130
    choices = [line for line in person.text.splitlines() if "○" in line]
    assert any(line.rstrip().endswith("…") for line in choices)
    assert max(map(len, choices)) < 60


@pytest.mark.e2e
def test_the_first_question_has_none_before_it(tmp_path: Path) -> None:
    with at_terminal("new", "--no-git", *QUICK, cwd=tmp_path) as person:
        person.expect("Project name:")
        person.type(SHIFT_TAB, "shop", ENTER)
        person.expect("Flask 3.1.3  (recommended)")
        person.type(CTRL_C)
        assert person.finish() == 130


@pytest.mark.parametrize("question", sampled(["Project name:", "Flask:"], ["Project name:"]))
def test_esc_ends_without_an_error(tmp_path: Path, listing: Listing, question: str) -> None:
    with at_terminal("new", *QUICK, cwd=tmp_path) as person:
        answer_name(person) if question == "Flask:" else None
        person.expect(question)
        person.type(ESCAPE)
        assert person.finish() == 1
    assert person.text.endswith("Nothing was changed.\n")
    assert listing() == []


@pytest.mark.e2e
def test_a_message_that_is_wider_than_the_terminal_is_shown_whole(tmp_path: Path) -> None:
    with at_terminal("new", *QUICK, cwd=tmp_path, size=(20, 40)) as person:
        person.expect("Project name:")
        person.type("flask", ENTER)
        person.expect("my-flask")
        person.type(CTRL_C)
        assert person.finish() == 130


@pytest.mark.e2e
def test_a_pasted_line_break_is_part_of_the_answer(tmp_path: Path, listing: Listing) -> None:
    with at_terminal("new", *QUICK, cwd=tmp_path) as person:
        person.expect("Project name:")
        person.type("\x1b[200~shop\r\nblog\r\n\x1b[201~", ENTER)
        person.expect("choose another directory")
        person.type(CTRL_C)
        assert person.finish() == 130
    assert "Flask:" not in person.text
    assert listing() == []


@pytest.mark.parametrize("variable", sampled(["CI", "AI_AGENT"], ["CI"]))
def test_nobody_is_asked_where_a_variable_says_that_nobody_is_there(tmp_path: Path, variable: str) -> None:
    size = (40, 120)
    with at_terminal("new", "shop", "--no-git", *QUICK, cwd=tmp_path, size=size, **{variable: "1"}) as person:
        assert person.finish() == 0
    assert "?" not in person.text
    assert "\x1b[K" not in person.raw
    assert (tmp_path / "shop").is_dir()
