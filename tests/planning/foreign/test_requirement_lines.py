from __future__ import annotations

from optparse import Values

import pytest

from flaskgen.planning.foreign.requirement_lines import Line, read_lines


def _one(text: str) -> Line:
    (line,) = read_lines(text)
    return line


def _options(text: str) -> Values:
    options = _one(text).options
    assert options is not None
    return options


@pytest.mark.parametrize(
    "text",
    [
        "-rother.txt",
        "-r other.txt",
        "-r   other.txt",
        "-r 'other.txt'",
        "--requirement=other.txt",
        "--requirement other.txt",
        "--requirem other.txt",
        "-r other.txt  # for production",
        "-r other.txt -r third.txt",
        "-r \\\nother.txt",
    ],
)
def test_a_file_is_included_however_pip_takes_it(text):
    assert _options(text).requirement[0] == "other.txt"


@pytest.mark.parametrize(
    "text", ["-cother.txt", "-c other.txt", "--constraint=other.txt", "--constraint other.txt"]
)
def test_constraints_are_included_however_pip_takes_them(text):
    assert (_options(text).constraint, _options(text).requirement) == (["other.txt"], [])


@pytest.mark.parametrize("text", ["-egit+https://h/x", "-e git+https://h/x", "--editable=git+https://h/x"])
def test_an_editable_requirement_is_read_however_pip_takes_it(text):
    assert _options(text).editable == ["git+https://h/x"]


def test_several_indexes_can_be_on_a_line():
    given = _options("-ihttps://a --extra-index-url https://b --extra-index-url=https://c --pre")
    assert (given.index_url, given.extra_index_url) == (["https://a"], ["https://b", "https://c"])


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        ("flas\\\nk==1.0\n", [(1, "flask==1.0")]),
        (
            "flask==1.0 \\\n  --hash=sha256:aa \\\n\t--hash=sha256:bb\nclick\n",
            [(1, "flask==1.0"), (4, "click")],
        ),
        ("flask \\\n# a comment \\\nclick\n", [(1, "flask"), (3, "click")]),
        ("\n\nflask\\", [(3, "flask")]),
        ("flask#x\n", [(1, "flask#x")]),
        ("flask ; python_version < '3'  # x\n", [(1, "flask ; python_version < '3'")]),
        ("flask -r other.txt\n", [(1, "flask")]),
        ("flask --config-settings=a=b\n", [(1, "flask")]),
    ],
)
def test_lines_are_continued_and_end_as_those_of_pip(text, requirements):
    assert [(line.number, line.requirement) for line in read_lines(text)] == requirements


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("--allow-all-external", "no such option: --allow-all-external"),
        ("-Z", "no such option: -Z"),
        ("-r 'other.txt", "No closing quotation"),
        ("-r", "-r option requires 1 argument"),
    ],
)
def test_an_option_that_pip_does_not_have_is_a_problem(text, problem):
    assert _one(text).problem == problem
