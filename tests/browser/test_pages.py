"""Every page of the full application, held against the rules for people and for machines that read it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import Chromium, chromium
from tests.browser.https_front import HttpsFront, https_front
from tests.browser.npm import NodeModules
from tests.browser.production import Production, make_production
from tests.browser.survey import Survey, survey_everyone, violations_on
from tests.mailbox import Mailbox
from tests.project_templates.rendering import render_project

pytestmark = pytest.mark.e2e

BAD_PAGE = """<!doctype html><html><head><title></title></head><body>
<img src="x.png"><input name="q"><p style="color: #999; background: #fff; width: 900px">Faint</p>
<p id="a">One<p id="a">Two</b></body></html>"""


@pytest.fixture(scope="module")
def survey(
    application: Production,
    site: HttpsFront,
    window: Chromium,
    node_modules: NodeModules,
    mail_server: tuple[Mailbox, int],
) -> Survey:
    window.forget()
    window.take_complaints()
    return survey_everyone(window, application.rules, node_modules.axe, mail_server[0])


def test_the_rules_would_find_a_fault(browser: Chromium, node_modules: NodeModules, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(BAD_PAGE)
    browser.driver.get(page.as_uri())
    browser.show_as("light", 320)
    found = {fault.split(":")[0] for fault in violations_on(browser, node_modules.axe)}
    assert found >= {"html-has-lang", "document-title", "image-alt", "label", "color-contrast"}
    assert browser.is_wider_than_the_window()
    browser.driver.execute_script("console.error('heard')")
    assert "heard" in str(browser.take_complaints())
    assert len(node_modules.validate(page)) >= 3


def test_the_survey_saw_every_page(survey: Survey, application: Production) -> None:
    seen = {re.split(r"[?,]", name)[0] for name in survey.visited}
    expected = {
        "/",
        "/contact",
        "/notes/",
        "/scores/",
        "/api/docs",
        "/auth/login",
        "/auth/register",
        "/auth/account",
    }
    assert seen >= expected
    assert "/notes/?page=2" in " ".join(survey.visited)
    assert "/missing" in seen


def test_a_time_is_shown_in_the_time_zone_of_the_reader(browser: Chromium) -> None:
    script = render_project(("sqlalchemy",))[PurePosixPath("my_shop/static/times.js")]
    browser.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
    browser.driver.get('data:text/html,<time datetime="2026-01-02T03:04:00%2B00:00">03:04 UTC</time>')
    browser.driver.execute_script(script.decode() if isinstance(script, bytes) else script)
    browser.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})
    assert browser.text.startswith("Jan 1, 2026")
    assert "10:04" in browser.text


def test_every_page_meets_wcag_light_and_dark_on_phone_and_desk(survey: Survey) -> None:
    assert not survey.violations, "\n".join(survey.violations)


def test_the_menu_of_a_phone_opens_meets_wcag_and_leads_on(
    browser: Chromium, node_modules: NodeModules
) -> None:
    browser.visit("/")
    for scheme in ("light", "dark"):
        browser.show_as(scheme, 320)
        button = browser.driver.find_element(By.CSS_SELECTOR, "header [aria-expanded]")
        if button.get_attribute("aria-expanded") == "false":
            button.send_keys(Keys.ENTER)
        assert button.get_attribute("aria-expanded") == "true"
        assert list(violations_on(browser, node_modules.axe)) == []
        assert not browser.is_wider_than_the_window()
    browser.follow("Notes")
    assert browser.path == "/notes/"


@pytest.mark.usefixtures("_chromium_is_installed")
def test_pages_without_bootstrap_meet_wcag_and_their_menu_opens_on_a_phone(
    tmp_path: Path, shared_cache: Path, certificate: Path, node_modules: NodeModules
) -> None:
    extensions = "sqlalchemy,login,mail,wtf,smorest"
    settings = {"TRUSTED_HOSTS": "localhost", "PROXY_HOPS": "1", "MAIL_SERVER": "127.0.0.1"}
    made = make_production(tmp_path, "--with", extensions, cache=shared_cache, **settings)
    made.flask("init-db")
    (tmp_path / "chromium").mkdir()
    with made.serving() as port, https_front(certificate, port) as front:
        origin = f"https://{front.host}"
        with chromium(origin, tmp_path / "chromium") as browser:
            survey = Survey()
            for path in (
                "/",
                "/notes/",
                "/contact",
                "/auth/login",
                "/auth/register",
                "/api/docs",
                "/missing",
            ):
                browser.visit(path)
                survey.look_at(browser, path, node_modules.axe)
            browser.visit("/")
            browser.show_as("dark", 320)
            browser.driver.find_element(By.CSS_SELECTOR, "header [popovertarget]").send_keys(Keys.ENTER)
            assert browser.driver.find_element(By.LINK_TEXT, "Notes").is_displayed()
            assert list(violations_on(browser, node_modules.axe)) == []
    assert (survey.violations, survey.too_wide, survey.complaints) == ([], [], [])


def test_no_page_is_wider_than_a_small_phone(survey: Survey) -> None:
    assert not survey.too_wide


def test_the_console_stays_silent(survey: Survey) -> None:
    assert not survey.complaints, "\n".join(survey.complaints)


def test_every_page_that_was_sent_is_valid_html(
    survey: Survey, site: HttpsFront, node_modules: NodeModules, tmp_path: Path
) -> None:
    files = []
    for name, body in site.pages.items():
        files.append(tmp_path / (re.sub(r"\W+", "-", name) + ".html"))
        files[-1].write_bytes(body)
    assert len(files) >= len(set(survey.visited)) / 2
    faults = node_modules.validate(*files)
    assert not faults, "\n".join(faults)
