"""A package index on loopback, and the tiny wheels it serves, for tests of real installers."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = tuple[int, dict[str, str], bytes]


def make_wheel(
    name: str,
    version: str,
    *,
    requires: tuple[str, ...] = (),
    text: str = "",
    python: str = "",
    tag: str = "py3",
    module: str = "",
) -> tuple[str, bytes]:
    """Build a wheel that holds one module, and return its file name and its bytes."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {one}" for one in requires]
    metadata += [f"Requires-Python: {python}"] if python else []
    files = {
        f"{module or name.replace('-', '_')}.py": f"version = {version!r}\n{text}",
        f"{stem}.dist-info/METADATA": "\n".join(metadata) + "\n",
        f"{stem}.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}-none-any\n",
    }
    record = "".join(f"{path},sha256={_urlsafe(content)},{len(content)}\n" for path, content in files.items())
    files[f"{stem}.dist-info/RECORD"] = record + f"{stem}.dist-info/RECORD,,\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content)
    return f"{stem}-{tag}-none-any.whl", buffer.getvalue()


def _urlsafe(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()


def make_sdist(name: str, version: str, *, builds: bool = True) -> tuple[str, bytes]:
    """Make a source distribution that builds itself, or fails to, without a build tool from anywhere."""
    wheel_name, wheel = make_wheel(name, version)
    backend = (
        "import base64, pathlib\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        f"    assert {builds}, 'fatal error: fancy.h: No such file'\n"
        f"    content = base64.b64decode({base64.b64encode(wheel)!r})\n"
        f"    pathlib.Path(folder, {wheel_name!r}).write_bytes(content)\n"
        f"    return {wheel_name!r}\n"
    )
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n",
        "pyproject.toml": f'{project}[project]\nname = "{name}"\nversion = "{version}"\n',
        "backend.py": backend,
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return f"{name}-{version}.tar.gz", buffer.getvalue()


def _python_attribute(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            metadata = next(name for name in archive.namelist() if name.endswith("/METADATA"))
            lines = archive.read(metadata).decode().splitlines()
    except zipfile.BadZipFile:
        return ""  # a test's damaged wheel
    wanted = [line.removeprefix("Requires-Python: ") for line in lines if line.startswith("Requires-Python")]
    return f' data-requires-python="{html.escape(wanted[0])}"' if wanted else ""


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def write_file_index(folder: Path, wheels: dict[str, bytes]) -> str:
    """Lay wheels out as a PEP 503 index of plain files, and return its ``file:`` URL."""
    for file_name, content in wheels.items():
        page = folder / _project(file_name)
        page.mkdir(parents=True, exist_ok=True)
        (page / file_name).write_bytes(content)
        links = "".join(f'<a href="{path.name}">{path.name}</a>\n' for path in sorted(page.glob("*.whl")))
        (page / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")
    return folder.as_uri()


def _project(file_name: str) -> str:
    return file_name.split("-")[0].replace("_", "-").lower()


@dataclass
class LoopbackIndex:
    """What the server holds, how it answers, and what it was asked."""

    port: int = 0
    wheels: dict[str, bytes] = field(default_factory=dict)
    password: str | None = None
    """``user:password`` that is asked for, where set."""
    intercept: Callable[[str], Answer | None] = lambda path: None
    """Answers in place of the index, where it gives an answer."""
    with_hashes: bool = True
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.url_as(None)

    def url_as(self, credentials: str | None) -> str:
        return f"http://{credentials + '@' if credentials else ''}127.0.0.1:{self.port}/simple"

    def add(self, *wheels: tuple[str, bytes]) -> None:
        self.wheels.update(wheels)

    def answer(self, path: str, authorization: str | None) -> Answer:
        self.requests.append(path)
        if (answer := self.intercept(path)) is not None:
            return answer
        if self.password is not None:
            expected = "Basic " + base64.b64encode(self.password.encode()).decode()
            if authorization != expected:
                return 401, {"WWW-Authenticate": 'Basic realm="packages"'}, b"who are you?"
        if path.startswith("/files/"):
            content = self.wheels.get(path.removeprefix("/files/"))
            return (
                (404, {}, b"")
                if content is None
                else (200, {"Content-Type": "application/octet-stream"}, content)
            )
        return self._page(path.removeprefix("/simple").strip("/"))

    def _page(self, project: str) -> Answer:
        files = {name: content for name, content in self.wheels.items() if _project(name) == project}
        if not files:
            return 404, {}, b"no such project"
        links = "".join(
            f'<a href="/files/{name}{self._fragment(content)}"{_python_attribute(content)}>{name}</a>\n'
            for name, content in files.items()
        )
        return (
            200,
            {"Content-Type": "text/html"},
            f"<!DOCTYPE html><html><body>{links}</body></html>".encode(),
        )

    def _fragment(self, content: bytes) -> str:
        return f"#sha256={hashlib.sha256(content).hexdigest()}" if self.with_hashes else ""


@contextmanager
def serve(index: LoopbackIndex) -> Iterator[LoopbackIndex]:
    """Serve ``index`` on a free port of loopback while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path
            if path.startswith("http://"):  # asked as a proxy
                path = "/" + path.split("/", 3)[3]
                index.requests.append(f"proxied {self.path}")
            status, headers, body = index.answer(path, self.headers.get("Authorization"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                with suppress(ConnectionError):  # the client gave up
                    self.wfile.write(body)
            self.close_connection = True

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
