"""Why an installation failed, as uv makes it fail for real."""

from __future__ import annotations

import io
import shutil
import socket
import time
import zipfile
from pathlib import Path

import pytest

from flaskgen.errors import InstallFailed, ResolutionFailed
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, make_wheel
from tests.effects.packages.conftest import ALPHA, BETA_1, HERE, Workbench, pinned

PATIENCE = 20  # seconds; it is under five where nothing else runs


def failure(bench: Workbench, *requirements: str, sources: PackageSources) -> ResolutionFailed:
    with pytest.raises(ResolutionFailed) as caught:
        bench.resolve(*(requirements or ("alpha",)), sources=sources)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refuses access"),
        (403, "refuses access"),
        (429, "429 Too Many Requests"),
        (500, "500 Internal Server Error"),
        (503, "503 Service Unavailable"),
    ],
)
def test_status_of_the_index_is_shown(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, status: int, said: str
) -> None:
    index.intercept = lambda path: (status, {}, b"no")
    error = failure(bench, sources=sources)
    assert said in error.message
    assert str(status) in error.message
    assert f"127.0.0.1:{index.port}" in error.message


def test_package_the_index_lacks_is_named(bench: Workbench, sources: PackageSources) -> None:
    assert failure(bench, "nowhere", sources=sources).message == "the index has no package `nowhere`"


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_portal_is_not_taken_for_an_index(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, kind: str
) -> None:
    page = b"<html><head><title>Hotel WiFi</title></head><body><a href='/login'>Log in</a></body></html>"
    index.intercept = lambda path: (200, {"Content-Type": kind}, page)
    error = failure(bench, sources=sources)
    assert f"{sources.index_url}/alpha/ is not a package index" in error.message


def test_refused_connection_is_told_soon(bench: Workbench) -> None:
    port = closed_port()
    begin = time.monotonic()
    error = failure(bench, sources=PackageSources(index_url=f"http://127.0.0.1:{port}/simple"))
    assert time.monotonic() - begin < PATIENCE
    assert error.message == f"no route to 127.0.0.1:{port}: connection refused"
    assert "--offline" in str(error.hint)


def test_unknown_host_is_told_soon(bench: Workbench) -> None:
    begin = time.monotonic()
    error = failure(bench, sources=PackageSources(index_url="https://packages.invalid/simple"))
    assert time.monotonic() - begin < PATIENCE
    assert error.message == "no route to packages.invalid: its name cannot be resolved"


def test_silent_index_is_told(bench: Workbench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        error = failure(bench, sources=PackageSources(index_url=url, timeout=1))
    assert "does not answer: timed out" in error.message


def test_index_that_does_not_speak_tls_is_told(bench: Workbench, index: LoopbackIndex) -> None:
    sources = PackageSources(index_url=index.url.replace("http:", "https:"))
    assert failure(bench, sources=sources).message == f"127.0.0.1:{index.port} does not speak TLS"


def test_proxy_is_used(bench: Workbench, index: LoopbackIndex) -> None:
    sources = PackageSources(
        index_url="http://packages.invalid/simple",
        proxies={"HTTP_PROXY": f"http://127.0.0.1:{index.port}"},
        trusted_hosts=("packages.invalid",),
    )
    assert [pin.line for pin in bench.resolve("alpha", sources=sources)] == ["alpha==1.0", "beta==2.0"]
    assert "proxied http://packages.invalid/simple/alpha/" in index.requests


def test_proxy_that_is_down_is_named_without_its_password(bench: Workbench) -> None:
    port = closed_port()
    sources = PackageSources(
        index_url="https://packages.invalid/simple",
        proxies={"HTTPS_PROXY": f"http://me:hidden@127.0.0.1:{port}"},
    )
    error = failure(bench, sources=sources)
    assert f"the proxy http://****@127.0.0.1:{port} cannot be reached" in error.message


def test_proxy_that_wants_a_password_is_named(bench: Workbench, index: LoopbackIndex) -> None:
    index.intercept = lambda path: (407, {"Proxy-Authenticate": "Basic"}, b"")
    sources = PackageSources(
        index_url="http://packages.invalid/simple",
        proxies={"HTTP_PROXY": f"http://127.0.0.1:{index.port}"},
        trusted_hosts=("packages.invalid",),
    )
    error = failure(bench, sources=sources)
    assert f"the proxy http://127.0.0.1:{index.port} asks for a user and password: 407" in error.message


def test_version_that_is_not_there_is_named(bench: Workbench, sources: PackageSources) -> None:
    assert "alpha==9" in failure(bench, "alpha==9", sources=sources).message


def test_both_sides_of_a_conflict_are_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_wheel("gamma", "1.0", requires=("beta<2",)))
    index.add(make_wheel("delta", "1.0", requires=("beta>=2",)))
    message = failure(bench, "gamma", "delta", sources=sources).message
    assert all(word in message for word in ("gamma", "beta<2", "delta", "beta>=2"))


def test_package_for_another_python_is_named_with_both(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_wheel("old", "1.0", python=">=99"))
    message = failure(bench, "old==1.0", sources=sources).message
    assert "old" in message
    assert ">=99" in message
    assert HERE.version in message


def test_wheel_for_another_python_is_named_with_both(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_wheel("old", "1.0", tag="cp27"))
    message = failure(bench, "old", sources=sources).message
    assert message.startswith("old")
    assert f"no wheel for Python {HERE.version}" in message


def test_truncated_wheel_is_named(bench: Workbench, index: LoopbackIndex, sources: PackageSources) -> None:
    head = BETA_1[1][:50]
    length = {"Content-Length": str(len(BETA_1[1]))}
    index.intercept = lambda path: (200, length, head) if path.endswith(BETA_1[0]) else None
    with pytest.raises(InstallFailed, match=r"the file of beta.* is truncated"):
        bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)


def test_file_that_the_index_lists_but_lacks_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.intercept = lambda path: (404, {}, b"") if path.startswith("/files/beta") else None
    with pytest.raises(InstallFailed, match=r"beta-1.0-py3-none-any.whl but does not have it: 404"):
        bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)


def test_wheel_cannot_write_outside_the_environment(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    name, content = make_wheel("evil", "1.0")
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("../../../../../../pwned", "x")
    index.add((name, buffer.getvalue()))
    bench.install(Pin("evil", "1.0"), sources=sources)  # uv leaves that file out
    assert not list(bench.environment.parent.parent.rglob("pwned"))


def test_cache_that_cannot_be_written_is_named(
    bench: Workbench, sources: PackageSources, tmp_path: Path
) -> None:
    (tmp_path / "uv").write_text("in the way")
    with pytest.raises(InstallFailed) as caught:
        bench.install(pinned(BETA_1), sources=sources)
    assert caught.value.message.startswith(f"uv's cache `{tmp_path / 'uv'}` cannot be written: ")
    hint = str(caught.value.hint)
    assert all(way in hint for way in ("UV_CACHE_DIR", "XDG_CACHE_HOME"))


def test_offline_without_a_cache_says_what_is_missing(bench: Workbench, index: LoopbackIndex) -> None:
    offline = PackageSources(index_url=index.url, offline=True)
    assert failure(bench, sources=offline).message.startswith("`alpha` is not in uv's cache")
    with pytest.raises(InstallFailed, match="`alpha` is not in uv's cache") as caught:
        bench.install(pinned(ALPHA), sources=offline)
    assert caught.value.hint == "run once without --offline"
    assert index.requests == []


def test_offline_with_a_file_gone_from_the_cache_says_which(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, tmp_path: Path
) -> None:
    bench.install(pinned(BETA_1), sources=sources)
    bench.install(sources=sources)
    for archive in (tmp_path / "uv").glob("archive-v*"):
        shutil.rmtree(archive)
    with pytest.raises(InstallFailed, match=r"`beta==1\.0` is not in uv's cache"):
        bench.install(pinned(BETA_1), sources=PackageSources(index_url=index.url, offline=True))
    assert bench.install(pinned(BETA_1), sources=sources) == ()
    assert bench.version_of("beta") == "1.0"


@pytest.mark.parametrize("credentials", ["me:hidden", "me:hid%40den"])
def test_credentials_are_used_and_never_shown(
    bench: Workbench, index: LoopbackIndex, credentials: str
) -> None:
    index.password = credentials.replace("%40", "@")
    sources = PackageSources(
        index_url=index.url_as(credentials), extra_index_urls=(index.url_as(credentials),)
    )
    pins = bench.resolve("alpha", sources=sources)
    bench.install(*pins, sources=sources)
    assert bench.version_of("alpha") == "1.0"

    wrong = PackageSources(index_url=index.url_as("me:h1dden"))
    error = failure(bench, sources=wrong)
    assert "401" in error.message
    told = "\n".join([*bench.reporter.seen, error.message, str(error.hint)])
    assert not [secret for secret in ("hidden", "hid%40den", "hid@den", "h1dden") if secret in told]
