"""Why an installation failed, as uv makes it fail for real."""

from __future__ import annotations

import io
import shutil
import socket
import time
import zipfile
from pathlib import Path

import pytest
import uv

from flaskgen.commands.specifying import find_release
from flaskgen.effects.packages.causes import find_cause
from flaskgen.effects.system.session import Completed, Session
from flaskgen.errors import CommandFailed, InstallFailed, ResolutionFailed
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, make_wheel, serve
from tests.effects.packages.conftest import ALPHA, BETA_1, HERE, Workbench, pinned
from tests.project_templates.served import free_port
from tests.sampling import sampled

PATIENCE = 60  # seconds; it is under five where nothing else runs


def failure(bench: Workbench, *requirements: str, sources: PackageSources) -> ResolutionFailed:
    with pytest.raises(ResolutionFailed) as caught:
        bench.resolve(*(requirements or ("alpha",)), sources=sources)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("status", "said"),
    sampled(
        [
            (401, "refuses access"),
            (403, "refuses access"),
            (429, "429 Too Many Requests"),
            (500, "500 Internal Server Error"),
            (503, "503 Service Unavailable"),
        ],
        [(403, "refuses access"), (500, "500 Internal Server Error")],
    ),
)
def test_status_of_the_index_is_shown(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, status: int, said: str
) -> None:
    index.intercept = lambda path: (status, {}, b"no")
    error = failure(bench, sources=sources)
    assert said in error.message
    assert str(status) in error.message
    assert f"127.0.0.1:{index.port}" in error.message


def test_package_the_index_lacks_is_named_with_the_index(bench: Workbench, sources: PackageSources) -> None:
    error = failure(bench, "nowhere", sources=sources)
    assert error.message == "the index has no `nowhere`"
    assert str(error.hint).endswith(f"the index's URL: {sources.index_url}")


def test_what_is_no_url_of_an_index_is_named(bench: Workbench, sources: PackageSources) -> None:
    error = failure(bench, "nowhere", sources=sources._replace(index_url="pypi.org"))
    assert error.message == "the index `pypi.org` is neither a URL nor a directory"


@pytest.mark.parametrize("kind", sampled(["text/html", "text/plain"], ["text/html"]))
def test_portal_is_not_taken_for_an_index(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, kind: str
) -> None:
    page = b"<html><head><title>Hotel WiFi</title></head><body><a href='/login'>Log in</a></body></html>"
    index.intercept = lambda path: (200, {"Content-Type": kind}, page)
    expected = f"{sources.index_url}/alpha/ is not a package index: it returns {kind}"
    assert failure(bench, sources=sources).message == expected
    with pytest.raises(InstallFailed) as caught:
        bench.install(pinned(ALPHA), sources=sources)
    assert caught.value.message == expected


@pytest.mark.e2e
def test_portal_in_place_of_an_extra_index_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    with serve(
        LoopbackIndex(intercept=lambda path: (200, {"Content-Type": "text/html"}, b"Log in"))
    ) as portal:
        both = sources._replace(extra_index_urls=(portal.url,))
        message = failure(bench, "gamma", sources=both).message
    assert message.startswith(f"{portal.url}/gamma/ is not a package index")


@pytest.mark.parametrize("offline", [False, True])
def test_files_that_are_linked_do_not_hide_what_keeps_the_index_from_having_more(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, tmp_path: Path, offline: bool
) -> None:
    name, content = make_wheel("old", "1.0", tag="cp27")
    (tmp_path / name).write_bytes(content)
    index.intercept = lambda path: (200, {"Content-Type": "text/html"}, b"Log in")
    message = failure(
        bench, "old", sources=sources._replace(find_links=(str(tmp_path),), offline=offline)
    ).message
    if offline:
        assert message == "uv's cache has no wheel of `old==1.0` for this Python"
    else:
        assert message.startswith(f"{sources.index_url}/old/ is not a package index")


@pytest.mark.e2e
def test_extra_index_that_refuses_a_password_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    with serve(LoopbackIndex(password="me:right")) as private:
        both = sources._replace(extra_index_urls=(private.url_as("me:wrong"),))
        message = failure(bench, "gamma", sources=both).message
    assert (
        message
        == f"the index refuses access to http://****@127.0.0.1:{private.port}/simple/gamma/: 401 Unauthorized"
    )


def test_refused_connection_is_told_soon(bench: Workbench) -> None:
    port = free_port()
    begin = time.monotonic()
    error = failure(bench, sources=PackageSources(index_url=f"http://127.0.0.1:{port}/simple"))
    assert time.monotonic() - begin < PATIENCE
    assert error.message == f"cannot reach 127.0.0.1:{port}: connection refused"
    assert "--offline" in str(error.hint)


@pytest.mark.e2e
def test_unknown_host_is_told_soon(bench: Workbench) -> None:
    begin = time.monotonic()
    error = failure(bench, sources=PackageSources(index_url="https://packages.invalid/simple"))
    assert time.monotonic() - begin < PATIENCE
    assert error.message == "cannot reach packages.invalid: its name cannot be resolved"


@pytest.mark.e2e
def test_silent_index_is_told(bench: Workbench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        error = failure(bench, sources=PackageSources(index_url=url, timeout=1))
    assert error.message.endswith(": timed out")


@pytest.mark.e2e
def test_index_that_does_not_speak_tls_is_told(bench: Workbench, index: LoopbackIndex) -> None:
    sources = PackageSources(index_url=index.url.replace("http:", "https:"))
    assert f"cannot reach 127.0.0.1:{index.port}: TLS error: " in failure(bench, sources=sources).message


def test_proxy_is_used(bench: Workbench, index: LoopbackIndex) -> None:
    sources = PackageSources(
        index_url="http://packages.invalid/simple",
        proxies={"HTTP_PROXY": f"http://127.0.0.1:{index.port}"},
        trusted_hosts=("packages.invalid",),
    )
    assert [pin.line for pin in bench.resolve("alpha", sources=sources)] == ["alpha==1.0", "beta==2.0"]
    assert "proxied http://packages.invalid/simple/alpha/" in index.requests


@pytest.mark.e2e
def test_proxy_that_is_down_is_named_without_its_password(bench: Workbench) -> None:
    port = free_port()
    sources = PackageSources(
        index_url="https://packages.invalid/simple",
        proxies={"HTTPS_PROXY": f"http://me:hidden@127.0.0.1:{port}"},
    )
    error = failure(bench, sources=sources)
    assert error.message == (
        f"cannot reach packages.invalid through the proxy http://****@127.0.0.1:{port}: connection refused"
    )


def test_proxy_that_wants_a_password_is_named(bench: Workbench, index: LoopbackIndex) -> None:
    index.intercept = lambda path: (407, {"Proxy-Authenticate": "Basic"}, b"")
    sources = PackageSources(
        index_url="http://packages.invalid/simple",
        proxies={"HTTP_PROXY": f"http://127.0.0.1:{index.port}"},
        trusted_hosts=("packages.invalid",),
    )
    error = failure(bench, sources=sources)
    assert f"the proxy http://127.0.0.1:{index.port} requires a username and password: 407" in error.message


def test_version_that_is_not_there_is_named(bench: Workbench, sources: PackageSources) -> None:
    assert failure(bench, "alpha==9", sources=sources).message == "the index has no `alpha==9`"


def test_both_sides_of_a_conflict_are_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_wheel("gamma", "1.0", requires=("beta<2",)))
    index.add(make_wheel("delta", "1.0", requires=("beta>=2",)))
    error = failure(bench, "gamma", "delta", sources=sources)
    assert all(word in error.message for word in ("gamma", "beta<2", "delta", "beta>=2"))
    assert "And because you require gamma and delta" in str(error.hint)


def test_package_for_another_python_is_named_with_both(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_wheel("old", "1.0", python=">=99"))
    message = failure(bench, "old==1.0", sources=sources).message
    assert "old" in message
    assert ">=99" in message
    assert HERE.version in message


def test_wheel_for_another_python_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_wheel("old", "1.0", tag="cp27"))
    error = failure(bench, "old", sources=sources)
    assert error.message == "the index has no wheel of `old==1.0` for this Python"
    assert f"You require CPython {HERE.minor}" in str(error.hint)


@pytest.mark.e2e
def test_truncated_wheel_is_named(bench: Workbench, index: LoopbackIndex, sources: PackageSources) -> None:
    head = BETA_1[1][:50]
    length = {"Content-Length": str(len(BETA_1[1]))}
    index.intercept = lambda path: (200, length, head) if path.endswith(BETA_1[0]) else None
    with pytest.raises(InstallFailed, match=r"Failed to download `beta==1\.0`.*: end of file before"):
        bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)


def test_file_that_the_index_lists_but_lacks_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.intercept = lambda path: (404, {}, b"") if path.startswith("/files/beta") else None
    with pytest.raises(InstallFailed, match=r"beta-1.0-py3-none-any.whl answers 404 Not Found"):
        bench.install(pinned(ALPHA), pinned(BETA_1), sources=sources)


def test_uv_that_was_killed_is_told_with_the_signal_and_not_tried_again(
    bench: Workbench, sources: PackageSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "uv-that-is-killed"
    program.write_text(
        f"#!/bin/sh\necho x >> {tmp_path / 'runs'}; echo Resolved 14 packages >&2; kill -9 $$\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(program))
    errors = []
    for work in (
        lambda: bench.resolve("alpha", sources=sources),
        lambda: bench.install(pinned(BETA_1), sources=sources),
        lambda: bench.uv(sources).install([pinned(BETA_1)], python=bench.python, exact=False),
        lambda: bench.install(Pin("beta", "1.0"), sources=sources),
        lambda: bench.uv(sources).remove(["beta"], python=bench.python),
        lambda: find_release("9.9", sources=sources, session=Session()),
    ):
        with pytest.raises(CommandFailed) as caught:
            work()
        errors.append(caught.value)
    assert {error.message for error in errors} == {"uv was killed by SIGKILL"}
    assert all("memory" in str(error.hint) for error in errors)
    assert (tmp_path / "runs").read_text() == "x\n" * len(errors)


def test_what_is_not_recognised_is_told_in_the_words_of_uv(bench: Workbench, sources: PackageSources) -> None:
    error = failure(bench, "alpha @ file:///nowhere/alpha.zip", sources=sources)
    assert error.message == "Distribution not found at: file:///nowhere/alpha.zip"
    assert "-v shows" in str(error.hint)


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
    assert caught.value.message == (
        f"uv cannot write: failed to create directory `{tmp_path / 'uv'}`: File exists (os error 17)"
    )
    assert "UV_CACHE_DIR" in str(caught.value.hint)


def test_offline_without_a_cache_says_what_is_missing(bench: Workbench, index: LoopbackIndex) -> None:
    offline = PackageSources(index_url=index.url, offline=True)
    assert failure(bench, sources=offline).message == "uv's cache has no `alpha`"
    with pytest.raises(InstallFailed, match=r"^uv's cache has no `alpha`$") as caught:
        bench.install(pinned(ALPHA), sources=offline)
    assert caught.value.hint == "run once without --offline"
    assert index.requests == []


@pytest.mark.e2e
def test_offline_with_a_file_gone_from_the_cache_says_which(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, tmp_path: Path
) -> None:
    bench.install(pinned(BETA_1), sources=sources)
    bench.install(sources=sources)
    for archive in (tmp_path / "uv").glob("archive-v*"):
        shutil.rmtree(archive)
    with pytest.raises(InstallFailed, match=r"^uv's cache has no `beta==1\.0`$"):
        bench.install(pinned(BETA_1), sources=PackageSources(index_url=index.url, offline=True))
    assert bench.install(pinned(BETA_1), sources=sources) == ()
    assert bench.version_of("beta") == "1.0"


@pytest.mark.parametrize("version", sampled(["2.0", "3.0"], ["2.0"]))
def test_offline_with_another_version_in_the_cache_says_which_is_missing(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, version: str
) -> None:
    bench.install(pinned(BETA_1), sources=sources)
    offline = PackageSources(index_url=index.url, offline=True)
    error = failure(bench, f"beta=={version}", sources=offline)
    assert error.message == f"uv's cache has no `beta=={version}`"
    assert error.hint == "run once without --offline"


@pytest.mark.parametrize(
    ("offline", "listed", "message"),
    [
        (True, "only beta[x]<2 is available", "uv's cache has no `beta[x]` that fits"),
        (True, "only the following versions of beta are available:", "uv's cache has no `beta` that fits"),
        (False, "only the following versions of beta are available:", "no version of `beta` fits"),
    ],
)
def test_what_has_no_fitting_version_is_named_if_uv_lists_what_there_is(
    offline: bool, listed: str, message: str
) -> None:
    said = f"error: No solution found when resolving dependencies\n  cause: Because {listed}\n    beta<2\n"
    cause = find_cause(Completed(1, "", said), PackageSources(offline=offline), ())
    assert cause.message == message
    assert cause.hint == ("run once without --offline" if offline else "beta<2")


@pytest.mark.parametrize("credentials", sampled(["me:hidden", "me:hid%40den"], ["me:hid%40den"]))
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
