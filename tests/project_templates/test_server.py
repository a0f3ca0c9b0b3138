"""The web preset as a person meets it: a real server, real mail, pages that are valid."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tests.project_templates.browser import Browser, check_page
from tests.project_templates.subsets import WEB, Subset

pytestmark = pytest.mark.e2e

ADA = {"email": "ada@example.org", "password": "analytical engine"}


class Inbox(MessageHandler):
    """Keeps every mail that the server takes."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield inbox, controller.port
    controller.stop()


def environment_of(project: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLASK_")}
    database = f"sqlite:///{project}/instance/test.sqlite3"
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "DATABASE_URL": database} | settings


@contextmanager
def serving(python: Path, project: Path, environment: Mapping[str, str]) -> Iterator[Browser]:
    port = free_port()
    command = [python, "-m", "flask", "run", "--no-reload", "--port", str(port)]
    with (project / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=project, env=environment, stdout=log, stderr=log)
    try:
        browser = Browser(f"http://127.0.0.1:{port}")
        wait_for(browser, server, project)
        yield browser
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(browser: Browser, server: subprocess.Popen[bytes], project: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            browser.get("/")
            return
        except URLError:
            log = (project / "server.log").read_text()
            assert server.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.1)


@pytest.fixture
def project(projects: Mapping[Subset, Path], tmp_path: Path) -> Path:
    folder = tmp_path / "my-shop"
    shutil.copytree(projects[WEB], folder)
    (folder / "instance").mkdir()
    return folder


def flask(python: Path, project: Path, environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [python, "-m", "flask", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def text_of(message: Message) -> tuple[str, str]:
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in message.walk()}
    plain, html = parts["text/plain"], parts["text/html"]
    assert isinstance(plain, bytes)
    assert isinstance(html, bytes)
    return plain.decode(), html.decode()


def test_a_person_uses_the_whole_application(
    project_python: Path, project: Path, inbox: tuple[Inbox, int]
) -> None:
    mailbox, port = inbox
    environment = environment_of(project, MAIL_SERVER="127.0.0.1", MAIL_PORT=str(port))
    flask(project_python, project, environment, "init-db")
    flask(project_python, project, environment, "add-note", "Buy <milk>")
    with serving(project_python, project, environment) as browser:
        assert "Buy &lt;milk&gt;" in browser.get("/notes/")

        assert "You are registered" in browser.submit("/auth/register", ADA)
        assert "is wrong" in browser.submit("/auth/login", {**ADA, "password": "guessed"})
        assert "ada@example.org" in browser.submit("/auth/login?next=/auth/account", ADA)
        assert browser.path == "/auth/account"
        assert "You are logged out" in browser.submit("/", {}, to="/auth/logout")
        browser.get("/auth/account")
        assert browser.path == "/auth/login?next=%2Fauth%2Faccount"

        message = {"name": "Ada", "email": ADA["email"], "message": "Does it do <sums>?\nToday?"}
        assert "Thank you" in browser.submit("/contact", message)
        contact = mailbox.messages.pop()
        assert contact["To"] == "my-shop@localhost"
        assert contact["Reply-To"] == ADA["email"]
        assert "Ada" in contact["Subject"]
        assert "Does it do <sums>?" in text_of(contact)[0]
        assert "Does it do &lt;sums&gt;?" in text_of(contact)[1]

        assert "on its way" in browser.submit("/auth/password/", {"email": ADA["email"]})
        reset = mailbox.messages.pop()
        assert reset["To"] == ADA["email"]
        link = re.search(r"http://127\.0\.0\.1:\d+(/auth/password/\S+)", text_of(reset)[0])
        assert link
        assert link[0] in text_of(reset)[1]
        assert "is changed" in browser.submit(link[1], {"password": "difference engine"})
        assert "no longer valid" in browser.get(link[1])
        assert "is wrong" in browser.submit("/auth/login", ADA)
        browser.submit("/auth/login", {**ADA, "password": "difference engine"})
        assert "ada@example.org" in browser.get("/auth/account")
        assert not mailbox.messages
    assert "Traceback" not in (project / "server.log").read_text()


def test_without_a_mail_server_the_link_is_in_the_log(project_python: Path, project: Path) -> None:
    environment = environment_of(project)
    flask(project_python, project, environment, "init-db")
    with serving(project_python, project, environment) as browser:
        browser.submit("/auth/register", ADA)
        browser.submit("/auth/password/", {"email": ADA["email"]})
    log = (project / "server.log").read_text()
    assert "To: ada@example.org" in log
    assert re.search(r"http://127\.0\.0\.1:\d+/auth/password/\S+", log)


def test_errors_are_pages(project_python: Path, project: Path) -> None:
    with serving(project_python, project, environment_of(project)) as browser:
        for path, data, status in (("/missing", None, 404), ("/contact", {}, 400), ("/", {}, 405)):
            with pytest.raises(HTTPError) as caught:
                browser.get(path, data)
            with caught.value as error:
                assert error.code == status
                check_page(error.read().decode())
                assert "default-src 'none'" in error.headers["Content-Security-Policy"]


def test_a_wsgi_server_gets_the_key_from_the_file_and_is_refused_without_host_names(
    project_python: Path, project: Path
) -> None:
    code = "from wsgi import app as a; print(a.debug, a.secret_key, a.config['SESSION_COOKIE_SECURE'])"

    def start(**settings: str) -> subprocess.CompletedProcess[str]:
        command = [project_python, "-c", code]
        environment = environment_of(project, **settings)
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )

    assert "TRUSTED_HOSTS is not set" in start().stderr
    key = "a-key-for-tests-0123456789-abcdefghij"
    assert start(TRUSTED_HOSTS="www.example.com").stdout == f"False {key} True\n"
