from __future__ import annotations

from collections.abc import Iterator

import pytest

from flaskgen.commands.specifying import find_release
from flaskgen.effects.system.session import Session
from flaskgen.errors import IncompatibleVersions, InvalidVersion, UnknownVersion
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, make_wheel, serve
from tests.sampling import sampled

NOWHERE = PackageSources(index_url="http://127.0.0.1:9/simple")


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    """An index of a day on which Flask 3.2 is out and 3.2.2 was yanked."""
    index = LoopbackIndex()
    for version in ("3.1.3", "3.1.9", "3.2.0", "3.2.1", "3.2.2", "3.3.0rc1"):
        index.add(make_wheel("flask", version))

    def yank(path: str) -> tuple[int, dict[str, str], bytes] | None:
        if path.strip("/") != "simple/flask":
            return None
        status, headers, body = index._page("flask")
        return status, headers, body.replace(b'">flask-3.2.2', b'" data-yanked="lost">flask-3.2.2')

    index.intercept = yank
    with serve(index):
        yield index


def found(text: str, index: LoopbackIndex) -> FlaskRelease:
    sources = PackageSources(index_url=index.url)
    return find_release(text, sources=sources, session=Session())


def refused(text: str, sources: PackageSources, *, install: bool = True) -> UnknownVersion:
    with pytest.raises(UnknownVersion) as caught:
        find_release(
            text,
            sources=sources,
            session=Session(),
            install=install,
        )
    return caught.value


@pytest.mark.parametrize("text", ["latest", "3.1", "3.1.0", "0.10.1"])
def test_what_the_data_knows_is_not_asked_for(text: str, index: LoopbackIndex) -> None:
    assert found(text, index).notes == ()
    assert index.requests == []


@pytest.mark.parametrize(
    ("text", "version", "series"),
    sampled(
        [("3.2.0", "3.2.0", "3.1"), ("3.2", "3.2.1", "3.1"), ("3.1.9", "3.1.9", "3.1")],
        [("3.2", "3.2.1", "3.1")],
    ),
)
def test_a_release_that_only_the_index_has_is_found_and_said_to_be_untested(
    text: str, version: str, series: str, index: LoopbackIndex
) -> None:
    release = found(text, index)
    assert (release.version, release.series.name) == (version, series)
    (note,) = release.notes
    assert note.startswith(f"Flask {version} was not tested with this version of flaskgen")


def test_a_pre_release_is_found_when_it_is_named_exactly(index: LoopbackIndex) -> None:
    assert found("3.3.0rc1", index).notes[0] == "Flask 3.3.0rc1 is a pre-release"
    assert "there is no Flask 3.3" in refused("3.3", PackageSources(index_url=index.url)).message


def test_a_yanked_release_is_found_when_it_is_named_exactly(index: LoopbackIndex) -> None:
    assert found("3.2.2", index).notes[0] == "Flask 3.2.2 was yanked: yanked by its authors"


@pytest.mark.parametrize("text", sampled(["9.9", "3.2.7", "3.1.77"], ["3.1.77"]))
def test_a_release_that_is_nowhere_names_the_nearest(text: str, index: LoopbackIndex) -> None:
    error = refused(text, PackageSources(index_url=index.url))
    assert error.message == f"there is no Flask {text}"
    assert error.hint == "the nearest: 3.1.1, 3.1.2, 3.1.3"


@pytest.mark.e2e
def test_an_index_that_cannot_be_asked_is_not_taken_for_a_no() -> None:
    error = refused("9.9", NOWHERE)
    assert error.message == (
        "flaskgen does not know Flask 9.9 and cannot query the index:"
        " cannot reach 127.0.0.1:9: connection refused"
    )


def test_offline_and_other_options_keep_it_from_asking(index: LoopbackIndex) -> None:
    offline = refused("9.9", PackageSources(index_url=index.url, offline=True))
    assert (
        offline.message
        == "flaskgen does not know Flask 9.9, and does not query the index because of --offline"
    )
    files_only = refused("9.9", PackageSources(index_url=index.url), install=False)
    assert files_only.message.endswith("and does not query the index because of --no-install")
    assert index.requests == []


@pytest.mark.parametrize(
    ("text", "error"),
    [("3.0; rm", InvalidVersion), ("0.9", IncompatibleVersions), ("0.12.3", IncompatibleVersions)],
)
def test_what_can_be_refused_without_the_index_is(
    text: str, error: type[Exception], index: LoopbackIndex
) -> None:
    with pytest.raises(error):
        found(text, index)
    assert index.requests == []
