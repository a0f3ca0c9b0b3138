"""A full application in production, the browser that visits it, and the mail it sends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, chromium, find_programs
from tests.browser.https_front import HttpsFront, https_front, make_certificate
from tests.browser.production import Production, make_production, serve_redis
from tests.mailbox import Mailbox, serve_mail


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    with serve_mail() as served:
        yield served


@pytest.fixture
def mailbox(mail_server: tuple[Mailbox, int]) -> Mailbox:
    mail_server[0].messages.clear()
    return mail_server[0]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def application(
    tmp_path_factory: pytest.TempPathFactory,
    shared_cache: Path,
    mail_server: tuple[Mailbox, int],
    redis_url: str,
) -> Production:
    """The full preset with codes at login, installed and with thirty notes in its database."""
    parent = tmp_path_factory.mktemp("production")
    settings = {"TRUSTED_HOSTS": "localhost", "PROXY_HOPS": "1", "REDIS_URL": redis_url}
    settings |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server[1])}
    made = make_production(parent, "--preset", "full", "-o", "login.totp=yes", cache=shared_cache, **settings)
    made.flask("init-db")
    made.add_notes(*(f"Water plant {number}" for number in range(1, 31)))
    return made


@pytest.fixture(scope="session")
def site(application: Production, certificate: Path) -> Iterator[HttpsFront]:
    """The application behind https."""
    with application.serving() as port, https_front(certificate, port) as front:
        yield front
    assert "Traceback" not in application.log, application.log


@pytest.fixture(scope="session")
def _chromium_is_installed() -> None:
    if find_programs() is None:
        pytest.skip("Chromium and chromedriver are not installed")


@pytest.fixture(scope="session")
def window(
    _chromium_is_installed: None, site: HttpsFront, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    with chromium(f"https://{site.host}", tmp_path_factory.mktemp("chromium")) as window:
        yield window


@pytest.fixture
def browser(window: Chromium) -> Chromium:
    """The browser as someone new sits down at it."""
    window.driver.get("about:blank")
    window.forget()
    window.take_complaints()
    window.show_as("light", 1280)
    return window
