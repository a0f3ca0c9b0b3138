"""An index that answers wrongly, late or not at all: what is told is what happened."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from flaskgen.errors import InstallFailed, ResolutionFailed
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, make_sdist
from tests.effects.packages.conftest import ALPHA, BETA_1, BETA_2, Workbench, pinned
from tests.sampling import sampled

OK = "HTTP/1.1 200 OK\r\n"
Speak = Callable[[socket.socket], None]


@contextmanager
def listening(speak: Speak, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Let ``speak`` have every connection to a port of loopback, once its request has been read."""
    over = threading.Event()

    def serve_one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                if not (received := connection.recv(4096)):
                    return
                request += received
            speak(connection)

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = server.accept()
                threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            with suppress(OSError), socket.create_connection(server.getsockname(), timeout=1):
                pass
            thread.join()


def saying(text: str) -> Speak:
    return lambda connection: connection.sendall(text.encode())


def hanging(connection: socket.socket) -> None:
    time.sleep(20)


def hanging_up(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close by a reset


def resolution_of(bench: Workbench, sources: PackageSources) -> ResolutionFailed:
    with pytest.raises(ResolutionFailed) as caught:
        bench.resolve("alpha", sources=sources)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def installation_of(bench: Workbench, sources: PackageSources, *pins: Pin) -> InstallFailed:
    with pytest.raises(InstallFailed) as caught:
        bench.install(*(pins or (pinned(BETA_1),)), sources=sources)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    assert "No module named" in bench.version_of("beta")
    return caught.value


@pytest.mark.parametrize(
    ("status", "said"),
    sampled(
        [
            (401, "the index refuses access to"),
            (403, "the index refuses access to"),
            (404, "answers 404 Not Found"),
            (429, "429 Too Many Requests"),
            (500, "500 Internal Server Error"),
        ],
        [(401, "the index refuses access to")],
    ),
)
def test_status_of_a_file_is_shown(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, status: int, said: str
) -> None:
    index.intercept = lambda path: (status, {}, b"no") if path.startswith("/files/") else None
    message = installation_of(bench, sources).message
    assert said in message
    assert str(status) in message
    assert f"127.0.0.1:{index.port}/" in message


def test_url_under_which_there_is_no_index_is_doubted(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.intercept = lambda path: (404, {}, b"nothing here")
    error = resolution_of(bench, sources)
    assert error.message == "the index has no `alpha`"
    assert "the index's URL" in str(error.hint)


@pytest.mark.parametrize(
    "content",
    sampled([b"", b"<html>Log in</html>", BETA_1[1][:-40], b"\0" * 3000], [b"<html>Log in</html>"]),
)
def test_file_that_is_no_wheel_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources, content: bytes
) -> None:
    index.with_hashes = False
    index.intercept = lambda path: (200, {}, content) if path.endswith(BETA_1[0]) else None
    message = installation_of(bench, sources, Pin("beta", "1.0")).message
    assert message.startswith(
        "Failed to download `beta==1.0`: Failed to extract archive: beta-1.0-py3-none-any.whl: "
    )


def test_file_with_another_hash_is_named_and_not_installed(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    changed = BETA_1[1].replace(b"1.0", b"6.6", 1)
    index.intercept = lambda path: (200, {}, changed) if path.endswith(BETA_1[0]) else None
    assert "beta" in installation_of(bench, sources).message


def test_redirected_file_is_verified_too(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    elsewhere = {"Location": f"http://127.0.0.1:{index.port}/files/{BETA_2[0]}"}
    index.intercept = lambda path: (302, elsewhere, b"") if path.endswith(BETA_1[0]) else None
    assert "beta" in installation_of(bench, sources).message


def test_index_that_redirects_for_ever_is_told(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.intercept = lambda path: (302, {"Location": path}, b"")
    message = resolution_of(bench, sources).message
    assert message == f"{sources.index_url}/alpha/ is not a package index: too many redirects"


def test_slow_index_is_waited_for(bench: Workbench, index: LoopbackIndex, sources: PackageSources) -> None:
    def later(path: str) -> None:
        time.sleep(0.3)

    index.intercept = later
    assert [pin.line for pin in bench.resolve("alpha", sources=sources)] == ["alpha==1.0", "beta==2.0"]


@pytest.mark.parametrize(
    ("speak", "said"),
    [
        pytest.param(hanging, "timed out", id="hanging", marks=pytest.mark.e2e),
        pytest.param(hanging_up, "closed early", id="reset"),
        pytest.param(saying(""), "closed early", id="closed", marks=pytest.mark.e2e),
        pytest.param(
            saying(f"{OK}Content-Type: text/html\r\nContent-Length: 900\r\n\r\n<a"),
            "closed early",
            id="truncated",
            marks=pytest.mark.e2e,
        ),
        pytest.param(
            saying("220 mail.example.org ESMTP\r\n"),
            "the response is not HTTP",
            id="another protocol",
            marks=pytest.mark.e2e,
        ),
    ],
)
def test_server_that_breaks_off_is_told(bench: Workbench, speak: Speak, said: str) -> None:
    with listening(speak) as port:
        error = resolution_of(bench, PackageSources(index_url=f"http://127.0.0.1:{port}/simple", timeout=1))
    assert f"127.0.0.1:{port}" in error.message
    assert said in error.message


@pytest.mark.e2e
def test_stalled_file_is_told(bench: Workbench, index: LoopbackIndex) -> None:
    def stall(connection: socket.socket) -> None:
        connection.sendall(f"{OK}Content-Length: {len(BETA_1[1])}\r\n\r\n".encode())
        connection.sendall(BETA_1[1][:50])
        hanging(connection)

    with listening(stall) as port:
        elsewhere = {"Location": f"http://127.0.0.1:{port}/{BETA_1[0]}"}
        index.intercept = lambda path: (302, elsewhere, b"") if path.endswith(BETA_1[0]) else None
        error = installation_of(bench, PackageSources(index_url=index.url, timeout=1))
    assert error.message.startswith("Failed to download `beta==1.0`: ")
    assert "network timeout" in error.message


@pytest.mark.parametrize(
    ("answer", "said"),
    sampled(
        [
            ("407 Proxy Authentication Required", "requires a username and password: 407"),
            ("403 Forbidden", ": 403 Forbidden"),
            ("502 Bad Gateway", ": 502 Bad Gateway"),
        ],
        [("407 Proxy Authentication Required", "requires a username and password: 407")],
    ),
)
def test_proxy_that_lets_nothing_through_is_named(bench: Workbench, answer: str, said: str) -> None:
    with listening(saying(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n")) as port:
        proxies = {"HTTPS_PROXY": f"http://me:hidden@127.0.0.1:{port}"}
        sources = PackageSources(index_url="https://packages.invalid/simple", proxies=proxies)
        error = resolution_of(bench, sources)
    assert f"the proxy http://****@127.0.0.1:{port}" in error.message
    assert said in error.message
    assert "hidden" not in "\n".join([*bench.reporter.seen, error.message, str(error.hint)])


@pytest.fixture(scope="session")
def intercepting(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody trusts."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Proxy"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "pem"]
    try:
        subprocess.run([*command, *names], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem", folder / "key.pem")
    return context


def test_intercepted_tls_is_named_with_the_certificate_option(
    bench: Workbench, intercepting: ssl.SSLContext
) -> None:
    with listening(saying(f"{OK}\r\n"), tls=intercepting) as port:
        error = resolution_of(bench, PackageSources(index_url=f"https://127.0.0.1:{port}/simple"))
    assert error.message.startswith(f"the certificate of 127.0.0.1:{port} is not trusted")
    assert "SSL_CERT_FILE" in str(error.hint)


@pytest.mark.e2e
def test_certificate_file_without_a_certificate_is_named(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    sources = PackageSources(
        index_url="https://127.0.0.1:9/simple", certificate=str(tmp_path / "ca.pem"), timeout=1
    )
    assert (
        resolution_of(bench, sources).message
        == f"{tmp_path / 'ca.pem'} is missing or contains no certificate"
    )


@pytest.mark.e2e
def test_missing_certificate_file_is_named(bench: Workbench) -> None:
    sources = PackageSources(index_url="https://127.0.0.1:9/simple", certificate="/nowhere/ca.pem", timeout=1)
    assert "/nowhere/ca.pem" in resolution_of(bench, sources).message


def test_source_that_cannot_be_built_is_named(
    bench: Workbench, index: LoopbackIndex, sources: PackageSources
) -> None:
    index.add(make_sdist("omega", "1.0", builds=False))
    with pytest.raises(
        InstallFailed, match=r"omega==1\.0 has no wheel for this Python, and building it failed"
    ) as caught:
        bench.install(pinned(ALPHA), Pin("omega", "1.0"), sources=sources)
    assert "AssertionError: fatal error: fancy.h" in str(caught.value.hint)
