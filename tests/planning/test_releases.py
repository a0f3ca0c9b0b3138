from __future__ import annotations

from dataclasses import replace

import pytest

from flaskgen.effects.compatibility_data import load_lines
from flaskgen.errors import InvalidVersion, UnknownVersion
from flaskgen.planning.releases import choose_release

NEWEST = load_lines()[-1]
LINES = (
    replace(NEWEST, name="0.10", tested="0.10.1", releases=("0.10", "0.10.1")),
    replace(NEWEST, name="3.0", tested="3.0.3", releases=("3.0.0", "3.0.1", "3.0.2", "3.0.3")),
    replace(
        NEWEST,
        name="3.1",
        tested="3.1.3",
        releases=("3.1.0", "3.1.1", "3.1.2", "3.1.3", "3.1.4rc1"),
        yanked={"3.1.1": "it lost sessions"},
    ),
)


@pytest.mark.parametrize(
    ("text", "version", "line"),
    [
        ("latest", "3.1.3", "3.1"),
        ("3", "3.1.3", "3.1"),
        ("3.1", "3.1.3", "3.1"),
        ("3.0", "3.0.3", "3.0"),
        ("3.1.3", "3.1.3", "3.1"),
        ("3.1.0", "3.1.0", "3.1"),
        ("3.0.0", "3.0.0", "3.0"),
        ("3.1.3.0", "3.1.3", "3.1"),
        ("03.01", "3.1.3", "3.1"),
        ("0.10", "0.10.1", "0.10"),
        ("0.10.0", "0.10", "0.10"),
        ("0", "0.10.1", "0.10"),
        ("3.1.4rc1", "3.1.4rc1", "3.1"),
    ],
)
def test_a_version_is_a_release_a_line_or_latest(text: str, version: str, line: str) -> None:
    release = choose_release(text, LINES)
    assert (release.version, release.line.name) == (version, line)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 3.1",
        "3.1 ",
        "3.1.",
        ".3",
        "3..1",
        "3.1.x",
        "3.1.*",
        "three",
        "Latest",
        "3.0; rm -rf",
        "$(id)",
        "`id`",
        "--index-url=http://example.org",
        "3.0 --index-url http://example.org",
        "-r",
        ">=2",
        "==3.1.3",
        "~=3.1",
        "3.1,3.0",
        "3.1.3\n",
        "3.1\n3.0",
        "3.1\x00",
        "3.1\x1b[31m",
        "\u0663.\u0661",
        "3.1\u202e",
        "1!3.1.3",
        "3.1.3+local",
        "v3.1.3",
        "-1",
        "3.-1",
        "flask @ file:///x",
        "git+https://example.org/flask",
        "../3.1",
        "flask==3.1.3",
        "3.1.3" * 200,
        "9" * 5000,
    ],
)
def test_what_is_not_a_version_is_wrong_usage_in_one_visible_line(text: str) -> None:
    with pytest.raises(InvalidVersion) as caught:
        choose_release(text, LINES)
    assert caught.value.exit_code == 2
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 100
    assert caught.value.hint == "give a release such as 3.1.3, a line such as 3.1, or latest"


def test_the_message_shows_what_was_given() -> None:
    with pytest.raises(InvalidVersion, match=r"^`3\.0; rm -rf` is not a version of Flask$"):
        choose_release("3.0; rm -rf", LINES)
    with pytest.raises(InvalidVersion, match=r"^`3\.1\\n3\.0` is not a version of Flask$"):
        choose_release("3.1\n3.0", LINES)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("99.9", "3.1.0, 3.1.2, 3.1.3"),
        ("3.1.9", "3.1.2, 3.1.3, 3.1.4rc1"),
        ("0.1.2", "0.10, 0.10.1, 3.0.0"),
        ("0.1", "0.10, 0.10.1, 3.0.0"),
        ("3.0.9", "3.0.3, 3.1.0, 3.1.2"),
        ("2", "0.10.1, 3.0.0, 3.0.1"),
        ("3.1.3a1", "3.1.2, 3.1.3, 3.1.4rc1"),
    ],
)
def test_an_unknown_release_names_the_three_nearest(text: str, nearest: str) -> None:
    lines = LINES if "rc" in nearest else (*LINES[:-1], replace(LINES[-1], releases=LINES[-1].releases[:-1]))
    with pytest.raises(UnknownVersion) as caught:
        choose_release(text, lines)
    assert caught.value.message == f"there is no Flask {text} that flaskgen knows"
    assert caught.value.hint == f"the nearest that it knows: {nearest}"


def test_a_release_says_whether_the_lock_holds_it_and_whether_it_was_withdrawn() -> None:
    assert choose_release("3.1", LINES).tested
    assert choose_release("3.1.3", LINES).yanked is None
    withdrawn = choose_release("3.1.1", LINES)
    assert not withdrawn.tested
    assert withdrawn.yanked == "it lost sessions"


def test_every_release_of_the_shipped_data_can_be_chosen() -> None:
    lines = load_lines()
    for line in lines:
        assert choose_release(line.name, lines).version == line.tested
        for release in line.releases:
            assert choose_release(release, lines).version == release
