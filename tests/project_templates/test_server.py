"""A project as a person meets it: a real server, real mail, pages that are valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from tests.mailbox import Mailbox, serve_mail
from tests.project_templates.browser import Browser, check_page
from tests.project_templates.rendering import render_project
from tests.project_templates.series import any_python_of, old_series_are_slow
from tests.project_templates.served import Site
from tests.project_templates.subsets import WEB, PythonFor, write_tree

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("series", old_series_are_slow)]

ADA = {"email": "ada@example.org", "password": "analytical engine"}


@pytest.fixture
def inbox() -> Iterator[tuple[Mailbox, int]]:
    with serve_mail() as served:
        yield served


@pytest.fixture
def python(series: FlaskSeries, python_for: PythonFor) -> Path:
    return python_for(series, any_python_of(series))


@pytest.fixture
def site(series: FlaskSeries, python: Path, tmp_path: Path) -> Site:
    return Site(python, write_tree(tmp_path / "my-shop", render_project(WEB, series=series)))


def html_of(message: Message) -> str:
    [part] = [part for part in message.walk() if part.get_content_type() == "text/html"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def choose_password(browser: Browser, mailbox: Mailbox, password: str) -> str:
    """Follow the mailed link and send its code; give the code, which is dead then."""
    message, text = mailbox.take()
    assert message["To"] == ADA["email"]
    link = re.search(r"http://127\.0\.0\.1:\d+/auth/password#([^\s:]+):\S+", text)
    assert link
    assert link[0] in html_of(message)
    chosen = {"code": link[1], "password": password}
    assert "is set" in browser.submit("/auth/password", chosen)
    return link[1]


def test_a_person_uses_the_whole_application(site: Site, inbox: tuple[Mailbox, int]) -> None:
    mailbox, port = inbox
    site.run("init-db")
    assert (site.folder / "instance" / "my_shop.sqlite3").exists()
    site.add_note("Buy <milk>")
    with site.serving(MAIL_SERVER="127.0.0.1", MAIL_PORT=str(port)) as browser:
        assert "Buy &lt;milk&gt;" in browser.get("/notes/")

        assert "sent you an email" in browser.submit("/auth/register", {"email": ADA["email"]})
        choose_password(browser, mailbox, ADA["password"])
        assert "is wrong" in browser.submit("/auth/login", {**ADA, "password": "guessed"})
        assert "ada@example.org" in browser.submit("/auth/login?next=/auth/account", ADA)
        assert browser.path == "/auth/account"
        assert "You are logged out" in browser.submit("/", {}, to="/auth/logout")
        browser.get("/auth/account")
        assert browser.path == "/auth/login?next=%2Fauth%2Faccount"

        message = {"name": "Ada", "email": ADA["email"], "message": "Does it do <sums>?\nToday?"}
        assert "Thank you" in browser.submit("/contact", message)
        contact, text = mailbox.take()
        assert contact["To"] == "my-shop@localhost"
        assert contact["Reply-To"] == ADA["email"]
        assert "Ada" in contact["Subject"]
        assert "Does it do <sums>?" in text
        assert "Does it do &lt;sums&gt;?" in html_of(contact)

        assert "sent you an email" in browser.submit("/auth/register", {"email": ADA["email"]})
        code = choose_password(browser, mailbox, "difference engine")
        again = {"code": code, "password": "jacquard's loom"}
        assert "no longer valid" in browser.submit("/auth/password", again)
        assert "is wrong" in browser.submit("/auth/login", ADA)
        browser.submit("/auth/login", {**ADA, "password": "difference engine"})
        assert "ada@example.org" in browser.get("/auth/account")
        notice, text = mailbox.take()
        assert notice["To"] == ADA["email"]
        assert "Your password was changed" in text
        assert not mailbox.messages
    assert "Traceback" not in site.log


def test_without_a_mail_server_the_link_is_in_the_log(site: Site) -> None:
    site.run("init-db")
    with site.serving() as browser:
        browser.submit("/auth/register", {"email": ADA["email"]})
    assert "To: ada@example.org" in site.log
    assert re.search(r"http://127\.0\.0\.1:\d+/auth/password#\S+", site.log)


def test_errors_are_pages(site: Site) -> None:
    with site.serving() as browser:
        for path, data, status in (("/missing", None, 404), ("/contact", {}, 400), ("/", {}, 405)):
            with pytest.raises(HTTPError) as caught:
                browser.get(path, data)
            with caught.value as error:
                assert error.code == status
                check_page(error.read().decode())
                assert "default-src 'none'" in error.headers["Content-Security-Policy"]


def test_a_wsgi_server_gets_the_key_from_the_file_and_is_refused_without_host_names(site: Site) -> None:
    code = "from wsgi import app as a; print(a.debug, a.secret_key, a.config['SESSION_COOKIE_SECURE'])"
    assert "TRUSTED_HOSTS is not set" in site.call([site.python, "-c", code]).stderr
    required = {"TRUSTED_HOSTS": "www.example.com", "MAIL_SERVER": "localhost"}
    started = site.call([site.python, "-c", code], **required)
    assert started.stdout == "False a-key-for-tests-0123456789-abcdefghij True\n"


def test_a_message_is_logged_in_production(series: FlaskSeries, python: Path, tmp_path: Path) -> None:
    site = Site(python, write_tree(tmp_path / "my-shop", render_project(("wtf",), series=series)))
    code = (
        "from wsgi import app\n"
        "app.config['WTF_CSRF_ENABLED'] = False\n"
        "message = {'name': 'Ada', 'email': 'ada@example.org', 'message': 'Does it do sums?'}\n"
        "app.test_client().post('/contact', data=message, base_url='https://www.example.com')\n"
    )
    logged = site.call([site.python, "-c", code], TRUSTED_HOSTS="www.example.com").stderr
    assert "message from 'Ada' <ada@example.org>: 'Does it do sums?'" in logged


def test_the_smallest_application_serves_its_page_and_lists_its_addresses(
    series: FlaskSeries, python: Path, tmp_path: Path
) -> None:
    site = Site(python, write_tree(tmp_path / "my-shop", render_project((), series=series)))
    assert "main.index" in site.run("routes")
    with site.serving() as browser:
        assert "Welcome to My Shop" in browser.get("/")
    assert not site.log.count("Traceback")
