"""An https server in front of a WSGI server, as a proxy is in production; it keeps the pages it passes on."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# Of one connection, not of the request: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"}
_FIRST_BYTE_OF_TLS = b"\x16"


def make_certificate(folder: Path) -> Path:
    """Write a key and a certificate for localhost, which signs itself, into one file."""
    certificate = folder / "localhost.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    written = ["-keyout", str(certificate), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command, *names, *written], check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + (folder / "certificate.pem").read_text())
    return certificate


class HttpsFront(ThreadingHTTPServer):
    """Speaks https, and sends who comes by http to https on the same port."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, certificate: Path, backend_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.backend_port = backend_port
        self.pages: dict[str, bytes] = {}
        """The HTML that was sent to be shown, by method, path and status."""
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate)

    @property
    def host(self) -> str:
        return f"localhost:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        if request.recv(1, socket.MSG_PEEK) == _FIRST_BYTE_OF_TLS:
            with self._tls.wrap_socket(request, server_side=True) as encrypted:
                super().finish_request(encrypted, client_address)
        else:
            super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that hang up: browsers open connections that they do not use."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HttpsFront

    def forward(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if not isinstance(self.connection, ssl.SSLSocket):
            self.answer(301, [("Location", f"https://{self.headers['Host']}{self.path}")], b"")
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        # What this proxy says takes the place of what the client claims.
        headers |= {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "https"}
        backend = HTTPConnection("127.0.0.1", self.server.backend_port, timeout=60)
        try:
            backend.request(self.command, self.path, body, headers)
            response = backend.getresponse()
            content = response.read()
        finally:
            backend.close()
        if response.headers.get_content_type() == "text/html" and "Location" not in response.headers:
            self.server.pages[f"{self.command} {self.path} {response.status}"] = content
        self.answer(response.status, response.getheaders(), content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = forward

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Log nothing: the WSGI server does."""


@contextmanager
def https_front(certificate: Path, backend_port: int) -> Iterator[HttpsFront]:
    """Serve a local port by https, on another one."""
    with HttpsFront(certificate, backend_port) as front:
        thread = threading.Thread(target=front.serve_forever, daemon=True)
        thread.start()
        try:
            yield front
        finally:
            front.shutdown()
            thread.join()
