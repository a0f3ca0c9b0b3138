from __future__ import annotations

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.errors import IncompatibleVersions, InvalidVersion, UnknownVersion
from flaskgen.planning.flask.compatibility import CoreBound, ReleaseException
from flaskgen.planning.flask.releases import adopt_release, choose_release, names_a_series, recorded_release

NEWEST = load_series()[-1]
ALL_SERIES = (
    NEWEST._replace(name="0.10", tested="0.10.1", releases=("0.10", "0.10.1")),
    NEWEST._replace(
        name="3.0",
        tested="3.0.3",
        releases=("3.0.0", "3.0.1", "3.0.2", "3.0.3"),
        broken={"3.0.1": "it has no modules"},
        exceptions=(
            ReleaseException(frozenset({"3.0.0"}), core=(CoreBound("Werkzeug", ">=2,<3", "it needs 2"),)),
        ),
    ),
    NEWEST._replace(
        name="3.1",
        tested="3.1.3",
        releases=("3.1.0", "3.1.1", "3.1.2", "3.1.3", "3.1.4rc1"),
        yanked={"3.1.1": "it lost sessions"},
    ),
)


@pytest.mark.parametrize(
    ("text", "version", "series"),
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
def test_a_version_is_a_release_a_series_or_latest(text: str, version: str, series: str) -> None:
    release = choose_release(text, ALL_SERIES)
    assert (release.version, release.series.name) == (version, series)


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
        choose_release(text, ALL_SERIES)
    assert caught.value.exit_code == 2
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 100
    assert caught.value.hint == "use a release such as 3.1.3, a series such as 3.1, or latest"


def test_the_message_shows_what_was_given() -> None:
    with pytest.raises(InvalidVersion, match=r"^`3\.0; rm -rf` is not a Flask version$"):
        choose_release("3.0; rm -rf", ALL_SERIES)
    with pytest.raises(InvalidVersion, match=r"^`3\.1\\n3\.0` is not a Flask version$"):
        choose_release("3.1\n3.0", ALL_SERIES)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("99.9", "3.1.0, 3.1.2, 3.1.3"),
        ("3.1.9", "3.1.0, 3.1.2, 3.1.3"),
        ("3.0.9", "3.0.3, 3.1.0, 3.1.2"),
        ("2", "0.10.1, 3.0.0, 3.0.2"),
        ("3.1.3a1", "3.1.0, 3.1.2, 3.1.3"),
    ],
)
def test_an_unknown_release_names_the_three_nearest_that_one_would_want(text: str, nearest: str) -> None:
    with pytest.raises(UnknownVersion) as caught:
        choose_release(text, ALL_SERIES)
    assert caught.value.message == f"flaskgen does not know Flask {text}"
    assert caught.value.hint == f"the nearest: {nearest}"


@pytest.mark.parametrize("text", ["0.1", "0.9", "0.1.2", "0.10a1"])
def test_a_release_older_than_all_series_is_refused(text: str) -> None:
    with pytest.raises(IncompatibleVersions) as caught:
        choose_release(text, ALL_SERIES)
    assert caught.value.message == f"Flask {text} is older than any release that flaskgen supports"
    assert caught.value.hint == "the oldest: 0.10, 0.10.1"


def test_a_broken_release_is_refused_for_the_recorded_reason() -> None:
    with pytest.raises(IncompatibleVersions) as caught:
        choose_release("3.0.1", ALL_SERIES)
    assert caught.value.message == (
        "Flask 3.0.1 does not work with any version of its requirements (it has no modules)"
    )
    assert caught.value.hint == "use 3.0.3, the newest of that series"


def test_a_release_says_what_to_know_of_it() -> None:
    assert choose_release("3.1", ALL_SERIES).notes == ()
    withdrawn = choose_release("3.1.1", ALL_SERIES)
    assert withdrawn.notes == ("Flask 3.1.1 was yanked: it lost sessions",)
    assert choose_release("3.1.4rc1", ALL_SERIES).notes == ("Flask 3.1.4rc1 is a pre-release",)


def test_a_release_comes_with_its_exceptions() -> None:
    assert "Werkzeug>=2,<3" in {
        bound.requirement for bound in choose_release("3.0.0", ALL_SERIES).series.core
    }
    assert choose_release("3.0.2", ALL_SERIES).series is ALL_SERIES[1]


@pytest.mark.parametrize(
    ("version", "series"),
    [("3.2.0", "3.1"), ("3.1.9", "3.1"), ("3.0.4", "3.0"), ("2.9.1", "0.10"), ("4.0a1", "3.1")],
)
def test_an_unknown_release_is_tried_with_the_data_of_its_series_or_the_nearest_older(
    version: str, series: str
) -> None:
    release = adopt_release(version, ALL_SERIES)
    assert (release.version, release.series.name) == (version, series)
    assert release.notes[-1] == (
        f"Flask {version} was not tested with this version of flaskgen, which uses the bounds of"
        f" {release.series.tested}"
    )


def test_only_a_release_of_a_newer_series_is_untested_as_a_whole() -> None:
    assert "untested" in adopt_release("3.2.0", ALL_SERIES).series.traits
    assert "untested" not in adopt_release("3.1.9", ALL_SERIES).series.traits


def test_an_unknown_yanked_pre_release_is_said_to_be_all_that() -> None:
    notes = adopt_release("3.2.0rc1", ALL_SERIES, yanked="yanked by its authors").notes
    assert notes[:2] == (
        "Flask 3.2.0rc1 was yanked: yanked by its authors",
        "Flask 3.2.0rc1 is a pre-release",
    )
    assert "was not tested" in notes[2]


def test_a_recorded_release_is_the_one_of_exactly_that_version() -> None:
    assert recorded_release("0.10", ALL_SERIES).version == "0.10"
    assert recorded_release("3.0.0", ALL_SERIES).series.core != ALL_SERIES[1].core
    assert recorded_release("3.2.0", ALL_SERIES).series.name == "3.1"


@pytest.mark.parametrize("version", ["4.2", "9"])
def test_a_series_that_is_not_known_is_no_recorded_release(version: str) -> None:
    with pytest.raises(UnknownVersion):
        recorded_release(version, ALL_SERIES)


@pytest.mark.parametrize(
    ("text", "is_series"),
    [("3", True), ("3.2", True), ("3.2.0", False), ("3.2rc1", False), ("3.2.post1", False)],
)
def test_two_numbers_name_a_series(text: str, is_series: bool) -> None:
    assert names_a_series(text) is is_series


def test_every_release_of_the_shipped_data_can_be_chosen() -> None:
    all_series = load_series()
    for series in all_series:
        assert choose_release(series.name, all_series).version == series.tested
        for release in set(series.releases) - series.broken.keys():
            # 1.0 is both a series and its first release, which as a release is written 1.0.0.
            text = f"{release}.0" if release == series.name else release
            assert choose_release(text, all_series).version == release
