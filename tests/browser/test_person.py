"""What a person does with the full application, in a real browser, by https and with real mail."""

from __future__ import annotations

import base64
import hmac
import re
import time

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import Chromium
from tests.browser.npm import NodeModules
from tests.browser.people import PASSWORD, ask_for_link, log_in, register
from tests.browser.production import Production
from tests.browser.survey import violations_on
from tests.mailbox import Mailbox

pytestmark = pytest.mark.e2e

HAS_A_FOCUS_RING = """
const style = getComputedStyle(document.activeElement);
return style.outlineStyle !== "none" || style.boxShadow !== "none";
"""

ASK_THE_API = """
const [done] = arguments;
fetch("/api/me").then(answer => answer.json()).then(done, error => done(String(error)));
"""

DELETE = """
import sys
from shop.auth import users
from shop.extensions import db
from wsgi import app
with app.app_context():
    db.session.delete(users.find(sys.argv[1]))
    db.session.commit()
"""


def code_of(key: str, later: int) -> str:
    """Return what an authenticator app shows (RFC 6238), or will show that many steps later."""
    step = int(time.time()) // 30 + later
    digest = hmac.digest(base64.b32decode(key), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def tab(browser: Chromium, *more: str) -> None:
    ActionChains(browser.driver).send_keys(Keys.TAB, *more).perform()


def test_a_person_registers_logs_in_and_out_and_leaves_nothing_behind(
    browser: Chromium, mailbox: Mailbox
) -> None:
    email = "ada@example.org"
    register(browser, mailbox, email)
    log_in(browser, email, "guessed password")
    assert "wrong" in browser.text
    browser.visit("/auth/account")
    assert browser.path.startswith("/auth/login?next=")
    browser.send(email=email, password=PASSWORD)
    assert browser.path == "/auth/account"
    assert email in browser.text
    cookies = browser.driver.get_cookies()
    assert cookies
    for cookie in cookies:
        assert cookie["httpOnly"], cookie
        assert cookie["secure"], cookie
        assert cookie["sameSite"] == "Lax", cookie
        assert cookie["name"].startswith("__Host-"), cookie

    browser.press("header form [type=submit]")
    assert "logged out" in browser.text
    browser.driver.back()
    assert email not in browser.text
    browser.visit("/auth/account")
    assert email not in browser.text
    assert browser.take_complaints() == []


def test_a_page_asks_the_api_who_is_logged_in(browser: Chromium, mailbox: Mailbox) -> None:
    email = "hedy@example.org"
    register(browser, mailbox, email)
    log_in(browser, email)
    answer = browser.driver.execute_async_script(ASK_THE_API)
    assert answer == {"email": email}


def test_a_forgotten_password_is_replaced_by_the_mailed_link_once(
    browser: Chromium, mailbox: Mailbox
) -> None:
    email = "grace@example.org"
    register(browser, mailbox, email)
    link = ask_for_link(browser, mailbox, "Forgot", email)
    for _ in range(2):
        browser.visit(link)
        browser.send(password="difference engine")
    assert "no longer valid" in browser.text
    assert "Your password was changed" in mailbox.take()[1]
    log_in(browser, email)
    assert "wrong" in browser.text
    log_in(browser, email, "difference engine")
    browser.visit("/auth/account")
    assert email in browser.text
    assert browser.take_complaints() == []


def test_a_password_is_taken_exactly_as_it_is_typed(browser: Chromium, mailbox: Mailbox) -> None:
    email, password = "jean@example.org", " Programming  the ENIAC, 1946: é "
    browser.visit(ask_for_link(browser, mailbox, "Sign up", email))
    browser.send(password=password)
    for other in (password.strip(), password.lower(), password.replace("  ", " "), password[:-2]):
        log_in(browser, email, other)
        assert "wrong" in browser.text
    log_in(browser, email, password)
    assert browser.path == "/auth/account"


def test_passwords_are_hidden_and_may_come_from_a_password_manager(
    browser: Chromium, mailbox: Mailbox
) -> None:
    email = "betty@example.org"
    link = ask_for_link(browser, mailbox, "Sign up", email)
    for path, purpose in ((link, "new-password"), ("/auth/login", "current-password")):
        browser.visit(path)
        field = browser.driver.find_element(By.CSS_SELECTOR, "main [name=password]")
        assert field.get_attribute("type") == "password"
        assert field.get_attribute("autocomplete") == purpose
        if path == link:
            username = browser.driver.find_element(By.CSS_SELECTOR, "[autocomplete=username]")
            assert username.get_attribute("value") == email
        browser.paste(field, PASSWORD)
        assert field.get_attribute("value") == PASSWORD
        browser.send(**({"email": email} if path == "/auth/login" else {}))
    assert browser.path == "/auth/account"


def test_who_is_deleted_is_logged_out(browser: Chromium, mailbox: Mailbox, application: Production) -> None:
    email = "eve@example.org"
    register(browser, mailbox, email)
    log_in(browser, email)
    assert browser.path == "/auth/account"
    application.call(application.python, "-c", DELETE, email)
    browser.visit("/auth/account")
    assert browser.path.startswith("/auth/login")
    assert email not in browser.text


def test_a_person_logs_out_everywhere_makes_a_token_and_deletes_the_account(
    browser: Chromium, mailbox: Mailbox
) -> None:
    email = "joan@example.org"
    register(browser, mailbox, email)
    log_in(browser, email)
    browser.follow("Sessions")
    assert "this device" in browser.text
    browser.press("main > form [type=submit]")
    assert "logged out" in browser.text
    log_in(browser, email)
    browser.follow("API tokens")
    browser.send(name="backups")
    assert "not shown again" in browser.text
    browser.visit("/auth/account")
    browser.follow("Delete your account")
    browser.press("main form [type=submit]")
    assert f"The account of {email} is deleted" in browser.text
    assert "Your account was deleted" in mailbox.take()[1]
    assert browser.take_complaints() == []


def test_a_person_logs_in_with_a_code_of_an_app_and_turns_it_off_with_another(
    browser: Chromium, mailbox: Mailbox, node_modules: NodeModules
) -> None:
    email = "dorothy@example.org"
    register(browser, mailbox, email)
    log_in(browser, email)
    browser.follow("Two-factor authentication")
    browser.follow("Turn on")
    key = browser.driver.find_element(By.CSS_SELECTOR, "main code").text.replace(" ", "")
    browser.send(code=code_of(key, 0))
    assert "turned on" in mailbox.take()[1]
    found = [code.text for code in browser.driver.find_elements(By.CSS_SELECTOR, "main li code")]
    assert list(violations_on(browser, node_modules.axe)) == []
    browser.press("header form [type=submit]")
    log_in(browser, email)
    assert browser.path == "/auth/login/code"
    assert list(violations_on(browser, node_modules.axe)) == []
    browser.send(code="123456")
    assert "wrong" in browser.text
    browser.send(code=code_of(key, 1))
    assert browser.path == "/auth/account"
    browser.follow("Two-factor authentication")
    assert "10 recovery codes left" in browser.text
    assert list(violations_on(browser, node_modules.axe)) == []
    browser.follow("Turn off")
    browser.send(code=found[0])
    assert "authentication is off" in browser.text
    texts = mailbox.take()[1] + mailbox.take()[1]
    assert "recovery code was used" in texts
    assert "turned off" in texts
    assert browser.take_complaints() == []


def test_a_person_changes_the_email_address(browser: Chromium, mailbox: Mailbox) -> None:
    email, new = "katherine@example.org", "johnson@example.org"
    register(browser, mailbox, email)
    log_in(browser, email)
    browser.follow("Change your email address")
    browser.send(email=new)
    mails = {message["To"]: text for message, text in (mailbox.take(), mailbox.take())}
    link = re.search(r"https://localhost(/auth/\S+)", mails[new])
    assert link
    assert "was requested" in mails[email]
    browser.visit(link[1])
    browser.press("main form [type=submit]")
    assert "Email address changed" in browser.text
    assert f"changed to {new}" in mailbox.take()[1]
    assert browser.take_complaints() == []


def test_the_contact_form_reaches_whoever_reads_the_mail(browser: Chromium, mailbox: Mailbox) -> None:
    browser.visit("/contact")
    browser.send(name="Ada", email="ada@example.org", message="Does it do <sums>?")
    assert "Thank you" in browser.text
    message, text = mailbox.take()
    assert message["Reply-To"] == "ada@example.org"
    assert "Does it do <sums>?" in text
    assert browser.take_complaints() == []


def test_what_a_person_types_comes_back_as_text(browser: Chromium) -> None:
    name = '"><img src=x onerror=alert(1)>'
    browser.visit("/contact")
    browser.driver.execute_script("document.querySelector('main form').noValidate = true")
    browser.send(name=name, email="nowhere", message="</textarea><script>alert(1)</script>")
    assert browser.driver.find_element(By.CSS_SELECTOR, "main [name=name]").get_attribute("value") == name
    assert not browser.driver.find_elements(By.CSS_SELECTOR, "main img, main script")
    assert browser.take_complaints() == []


def test_a_person_without_a_mouse_skips_the_links_and_logs_in(browser: Chromium, mailbox: Mailbox) -> None:
    email = "mary@example.org"
    register(browser, mailbox, email)
    browser.visit("/auth/login")
    tab(browser)
    assert str(browser.focused.get_attribute("href")).endswith("#content")
    assert browser.focused.is_displayed()
    assert browser.focused.rect["x"] >= 0
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    typed = {"email": email, "password": PASSWORD, "remember": Keys.SPACE}
    reached: list[str | None] = []
    while not reached or reached[-1] != "submit":
        tab(browser)
        reached.append(browser.focused.get_attribute("name") or browser.focused.get_attribute("type"))
        assert browser.driver.execute_script(HAS_A_FOCUS_RING), reached
        browser.focused.send_keys(typed.get(str(reached[-1]), ""))
    assert reached == ["email", "password", "remember", "submit"]
    page = browser.driver.find_element(By.TAG_NAME, "html")
    browser.focused.send_keys(Keys.ENTER)
    browser.wait_for_page_after(page)
    assert browser.path == "/auth/account"
    assert email in browser.text
