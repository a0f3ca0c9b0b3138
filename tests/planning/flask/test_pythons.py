from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.errors import IncompatibleVersions, InterpreterNotFound, InvalidVersion
from flaskgen.planning.flask.compatibility import PythonBound, PythonRange
from flaskgen.planning.flask.interpreter import FoundPython, Interpreter, version_numbers
from flaskgen.planning.flask.pythons import check_python, choose_interpreter, untested_note
from flaskgen.planning.flask.releases import FlaskRelease, choose_release

CURRENT = FlaskRelease(
    "3.1.3",
    load_series()[-1]._replace(
        pythons=PythonRange(
            PythonBound("3.9", "its metadata requires Python 3.9"),
            PythonBound("3.13", "the newest that it was tested on"),
            newer_tried=True,
        ),
    ),
)
OLD = FlaskRelease(
    "0.10.1",
    load_series()[-1]._replace(
        pythons=PythonRange(
            PythonBound("3.6", "older ones were not tested"),
            PythonBound("3.11", "it imports `imp`, removed in 3.12"),
            newer_tried=False,
        ),
    ),
)


def interpreters(*versions: str, implementation: str = "CPython") -> tuple[Interpreter, ...]:
    return tuple(Interpreter(Path(f"/python/{version}"), version, implementation) for version in versions)


def choose(release: FlaskRelease, found: Sequence[Interpreter], asked: str | None = None) -> Interpreter:
    """Choose of interpreters whose names say everything."""
    by_path = {one.path: one for one in found}
    candidates = [FoundPython(one.path, version_numbers(one.version), one.implementation) for one in found]
    return choose_interpreter(release, candidates, lambda one: by_path[one.path], asked=asked)


def test_a_python_below_the_minimum_is_refused_for_the_recorded_reason() -> None:
    with pytest.raises(IncompatibleVersions) as caught:
        check_python(CURRENT, "3.8")
    assert (
        caught.value.message == "Flask 3.1.3 does not work on Python 3.8 (its metadata requires Python 3.9)"
    )
    assert caught.value.hint == "use Python 3.9 to 3.13"


def test_a_python_above_a_firm_maximum_is_refused_and_an_installed_one_that_works_is_named() -> None:
    with pytest.raises(IncompatibleVersions) as caught:
        check_python(OLD, "3.13", installed=lambda: interpreters("3.9.18", "3.11.7", "3.13.0"))
    assert (
        caught.value.message
        == "Flask 0.10.1 does not work on Python 3.13 (it imports `imp`, removed in 3.12)"
    )
    assert caught.value.hint == "--python 3.11 is installed and works"


def test_a_bound_of_the_project_is_not_said_of_flask() -> None:
    minimum = PythonBound("3.9", "dotenv, which it needs, requires 3.9", of_project=True)
    release = CURRENT._replace(
        series=CURRENT.series._replace(pythons=CURRENT.series.pythons._replace(minimum=minimum))
    )
    with pytest.raises(IncompatibleVersions) as caught:
        check_python(release, "3.8")
    assert caught.value.message == (
        "a project with Flask 3.1.3 does not work on Python 3.8 (dotenv, which it needs, requires 3.9)"
    )


@pytest.mark.parametrize(
    ("version", "python", "hint"),
    [
        ("0.10.1", "3.13", "--python 3.11 is installed and works; or --flask 0.12"),
        ("0.10.1", "3.14", "--python 3.11 is installed and works; or --flask 2.3"),
        ("1.0.2", "3.10", "use Python 3.8 to 3.9; or --flask 1.0"),
        ("2.0.3", "3.14", "--python 3.11 is installed and works; or --flask 2.3"),
        ("2.2.5", "3.15", "--python 3.11 is installed and works; or --flask 2.3"),
        ("2.3.2", "3.14", "--python 3.11 is installed and works; or --flask 2.3"),
        ("3.1.3", "3.8", "--python 3.11 is installed and works; or --flask 3.0"),
        ("1.1.4", "3.7", "--python 3.11 is installed and works"),
    ],
)
def test_the_nearest_pairs_that_work_are_named(version: str, python: str, hint: str) -> None:
    all_series = load_series()
    with pytest.raises(IncompatibleVersions) as caught:
        check_python(
            choose_release(version, all_series),
            python,
            installed=lambda: interpreters("3.11.7"),
            all_series=all_series,
        )
    assert caught.value.hint == hint


@pytest.mark.parametrize("python", ["3.14", "3.15"])
def test_what_python_3_14_removed_is_named_for_every_series_that_uses_it(python: str) -> None:
    said = {}
    for series in load_series():
        try:
            check_python(choose_release(series.name, load_series()), python)
        except IncompatibleVersions as refused:
            said[series.name] = refused.message.partition("(")[2].rstrip(")")
    get_loader = "it calls `pkgutil.get_loader`, removed in 3.14"
    ast_str = "its Werkzeug uses `ast.Str`, removed in 3.14"
    assert said == {
        "0.10": "it imports `imp`, removed in 3.12",
        **dict.fromkeys(("0.11", "0.12", "2.2"), get_loader),
        **dict.fromkeys(("1.0", "1.1", "2.0", "2.1"), ast_str),
    }


@pytest.mark.parametrize("python", ["3", "3.9", "3.9.0", "3.10", "3.13", "3.13.7", "3.14", "3.15.0a1"])
def test_pythons_in_the_range_and_untested_newer_ones_pass(python: str) -> None:
    check_python(CURRENT, python)


@pytest.mark.parametrize("python", ["2", "2.7", "3.0", "3.8.18"])
def test_older_pythons_do_not_pass(python: str) -> None:
    with pytest.raises(IncompatibleVersions, match=f"Python {python} "):
        check_python(CURRENT, python)


def test_only_a_python_that_is_not_as_the_tested_ones_gets_a_note() -> None:
    tested, newer, early = interpreters("3.13.9", "3.14.2", "3.13.0rc2")
    assert untested_note(CURRENT, tested) is None
    assert untested_note(CURRENT, newer) == (
        "Flask 3.1.3 was not tested on Python 3.14.2: 3.13 is the newest that it was tested on"
    )
    assert untested_note(CURRENT, early) == (
        "Flask 3.1.3 was not tested on Python 3.13.0rc2: it is a pre-release"
    )
    assert untested_note(CURRENT, tested._replace(free_threaded=True)) == (
        "Flask 3.1.3 was not tested on Python 3.13.9: it is a free-threaded build"
    )
    (other,) = interpreters("3.11.9", implementation="PyPy")
    assert untested_note(CURRENT, other) == "Flask 3.1.3 was not tested on Python 3.11.9: it is PyPy"


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        (("3.9.18", "3.13.0", "3.10.13"), "3.13.0"),
        (("3.12.1", "3.12.10", "3.12.9"), "3.12.10"),
        (("3.8.18", "3.11.7", "3.14.0"), "3.11.7"),
        (("3.15.0a1", "3.14.2", "3.8.18"), "3.14.2"),
        (("3.13.0a7", "3.12.1"), "3.12.1"),
        (("3.13.0rc1", "3.14.2"), "3.14.2"),
        (("3.13.0rc1",), "3.13.0rc1"),
    ],
)
def test_the_newest_tested_interpreter_is_chosen_before_an_untested_one(
    found: tuple[str, ...], chosen: str
) -> None:
    assert choose(CURRENT, interpreters(*found)).version == chosen


def test_cpython_is_chosen_before_another_implementation() -> None:
    found = (*interpreters("3.11.9", implementation="PyPy"), *interpreters("3.10.13"))
    assert choose(CURRENT, found).implementation == "CPython"
    assert choose(CURRENT, found[:1]).implementation == "PyPy"


def test_no_suitable_interpreter_names_what_was_found() -> None:
    with pytest.raises(InterpreterNotFound) as caught:
        choose(OLD, interpreters("3.13.0", "3.5.10", "3.12.1"))
    assert (
        caught.value.message
        == "no Python that Flask 0.10.1 works on was found (found: 3.5.10, 3.12.1, 3.13.0)"
    )
    assert str(caught.value.hint).startswith("install Python 3.11 (uv python install 3.11), or")


def test_no_interpreter_at_all_is_said() -> None:
    with pytest.raises(InterpreterNotFound, match=r"\(found: none\)"):
        choose(CURRENT, ())


@pytest.mark.parametrize(("asked", "chosen"), [("3", "3.13.0"), ("3.11", "3.11.7"), ("3.11.4", "3.11.4")])
def test_an_interpreter_is_chosen_by_the_version_asked_for(asked: str, chosen: str) -> None:
    found = interpreters("3.13.0", "3.11.4", "3.11.7", "3.8.18")
    assert choose(CURRENT, found, asked=asked).version == chosen


def test_a_version_that_begins_like_another_is_not_that_other() -> None:
    with pytest.raises(InterpreterNotFound) as caught:
        choose(replace_minimum("3.1"), interpreters("3.11.7"), asked="3.1")
    assert caught.value.message == "Python 3.1 was not found (found: 3.11.7)"


def replace_minimum(version: str) -> FlaskRelease:
    pythons = CURRENT.series.pythons._replace(minimum=PythonBound(version, "older ones were not tested"))
    return FlaskRelease(CURRENT.version, CURRENT.series._replace(pythons=pythons))


def test_asking_for_a_python_that_cannot_work_is_refused_even_when_it_is_there() -> None:
    with pytest.raises(IncompatibleVersions, match=r"Flask 3\.1\.3 does not work on Python 3\.8 "):
        choose(CURRENT, interpreters("3.8.18", "3.13.0"), asked="3.8")


@pytest.mark.parametrize(
    "asked", ["", "banana", "3.x", ">=3.9", "3.12\n", "3.12.1.0", "\u0663", "9999", "-3"]
)
def test_what_is_not_a_version_of_python_is_wrong_usage(asked: str) -> None:
    with pytest.raises(InvalidVersion) as caught:
        choose(CURRENT, interpreters("3.13.0"), asked=asked)
    assert caught.value.message.isprintable()


@st.composite
def machines(draw: st.DrawFn) -> tuple[list[FoundPython], dict[Path, Interpreter]]:
    """Interpreters of all kinds, each found by a name that says all, some or nothing of its version."""
    versions = st.tuples(st.just(3), st.integers(7, 16), st.integers(0, 2))
    found = draw(
        st.lists(st.tuples(versions, st.sampled_from(["CPython", "CPython", "PyPy"]), st.integers(0, 3)))
    )
    candidates, by_path = [], {}
    for number, (version, implementation, told) in enumerate(found):
        path = Path(f"/python/{number}")
        named = implementation if told else "CPython"  # `python`, which may be either
        candidates.append(FoundPython(path, version[:told], named))
        by_path[path] = Interpreter(path, ".".join(map(str, version)), implementation)
    return candidates, by_path


def best_of_all(release: FlaskRelease, found: Sequence[Interpreter], asked: str | None) -> Interpreter | None:
    """Choose with every version known: the specification, without a thought for what it costs."""
    pythons = release.series.pythons
    minimum, maximum = (version_numbers(bound.version) for bound in (pythons.minimum, pythons.maximum))
    wanted = version_numbers(asked or "")

    def rank(one: Interpreter) -> tuple[bool, bool, tuple[int, ...]]:
        version = version_numbers(one.version)
        newer = version[:2] > maximum
        return one.implementation != "CPython", newer, version if newer else tuple(-part for part in version)

    able = [
        one
        for one in found
        if version_numbers(one.version)[: len(wanted)] == wanted
        and version_numbers(one.version)[:2] >= minimum
        and (pythons.newer_tried or version_numbers(one.version)[:2] <= maximum)
    ]
    return min(able, key=rank, default=None)


@given(machines(), st.sampled_from([CURRENT, OLD]), st.sampled_from([None, "3", "3.10", "3.11.1", "3.14"]))
def test_what_names_leave_open_changes_nothing_of_the_choice(
    machine: tuple[list[FoundPython], dict[Path, Interpreter]], release: FlaskRelease, asked: str | None
) -> None:
    candidates, by_path = machine
    expected = best_of_all(release, list(by_path.values()), asked)
    try:
        chosen = choose_interpreter(release, candidates, lambda one: by_path[one.path], asked=asked)
    except (InterpreterNotFound, IncompatibleVersions):
        assert expected is None
    else:
        assert chosen == expected


def probing(found: Sequence[tuple[str, str | None]], *, asked: str | None = None) -> tuple[str, list[str]]:
    """Choose of candidates given by what their names tell and what they are; name those that were run."""
    run: list[str] = []
    candidates = [FoundPython(Path(f"/python/{named}"), version_numbers(named)) for named, _ in found]
    real = {candidate.path: version for candidate, (_, version) in zip(candidates, found, strict=True)}

    def probe(candidate: FoundPython) -> Interpreter | None:
        run.append(candidate.path.name)
        version = real[candidate.path]
        return Interpreter(candidate.path, version) if version else None

    return choose_interpreter(CURRENT, candidates, probe, asked=asked).version, run


ALL = [(version, version) for version in ("3.8.18", "3.11.7", "3.13.0", "3.14.2", "3.12.1")]


@pytest.mark.parametrize(("asked", "chosen"), [(None, "3.13.0"), ("3.12", "3.12.1"), ("3.14", "3.14.2")])
def test_the_most_promising_by_its_name_is_the_only_one_that_is_run(asked: str | None, chosen: str) -> None:
    assert probing(ALL, asked=asked) == (chosen, [chosen])


def test_the_next_is_run_if_the_most_promising_does_not_work() -> None:
    found = [(version, None if version == "3.13.0" else version) for version, _ in ALL]
    assert probing(found) == ("3.12.1", ["3.13.0", "3.12.1"])


def test_a_name_that_says_the_minor_version_only_is_run_before_one_that_says_all() -> None:
    assert probing([("3.13.4", "3.13.4"), ("3.13", "3.13.7")]) == ("3.13.7", ["3.13"])
    assert probing([("3.13.4", "3.13.4"), ("3.13", "3.13.1")]) == ("3.13.4", ["3.13", "3.13.4"])


def test_of_equal_versions_the_one_that_is_found_first_is_chosen() -> None:
    first, second = (FoundPython(Path(f"/{name}/python"), (3, 13, 0)) for name in ("one", "two"))
    for candidates in ([first, second], [second, first]):
        chosen = choose_interpreter(CURRENT, candidates, lambda one: Interpreter(one.path, "3.13.0"))
        assert chosen.path == candidates[0].path


def test_the_usual_build_is_chosen_before_a_free_threaded_one() -> None:
    candidates = [
        FoundPython(Path("/free"), (3, 13, 1), free_threaded=True),
        FoundPython(Path("/usual"), (3, 12, 9)),
    ]

    def probe(candidate: FoundPython) -> Interpreter:
        version = ".".join(map(str, candidate.version))
        return Interpreter(candidate.path, version, free_threaded=candidate.free_threaded)

    assert choose_interpreter(CURRENT, candidates, probe).path == Path("/usual")
    assert choose_interpreter(CURRENT, candidates[:1], probe).path == Path("/free")
