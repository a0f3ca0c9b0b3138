"""The rules of Mozilla's HTTP Observatory, on what a real https server answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.browser.https_front import HttpsFront, https_front
from tests.browser.npm import NodeModules

pytestmark = pytest.mark.e2e


class Careless(BaseHTTPRequestHandler):
    """An application without any protection, and with a cookie that anyone can take."""

    def do_GET(self) -> None:
        page = b"<!doctype html><script src='http://cdn.example/x.js'></script>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Set-Cookie", "session=secret")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def careless(certificate: Path) -> Iterator[HttpsFront]:
    with HTTPServer(("127.0.0.1", 0), Careless) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with https_front(certificate, server.server_port) as front:
            yield front
        server.shutdown()


def test_a_careless_application_fails(node_modules: NodeModules, certificate: Path) -> None:
    with careless(certificate) as front:
        result = node_modules.scan(front.host, certificate)
    assert result["scan"]["grade"] == "F"
    assert result["tests"]["redirection"]["pass"]  # the proxy's doing, here as there
    for control in ("content-security-policy", "cookies", "strict-transport-security", "x-frame-options"):
        assert not result["tests"][control]["pass"], control


@pytest.mark.parametrize("path", ["/", "/auth/login", "/contact"])
def test_the_full_application_gets_the_best_grade(
    node_modules: NodeModules, certificate: Path, site: HttpsFront, path: str
) -> None:
    result = node_modules.scan(site.host + path, certificate)
    failed = {name: told["result"] for name, told in result["tests"].items() if not told["pass"]}
    assert failed == {}
    assert result["scan"]["grade"] == "A+", result
