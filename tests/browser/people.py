"""What people do again and again: get an account by mail, follow a mailed link, log in."""

from __future__ import annotations

import re

from tests.browser.chromium import Chromium
from tests.mailbox import Mailbox

PASSWORD = "analytical engine"


def ask_for_link(browser: Chromium, mailbox: Mailbox, words: str, email: str) -> str:
    """Follow these words of the login page, send the address, and return the path of the mailed link."""
    browser.visit("/auth/login")
    browser.follow(words)
    browser.send(email=email)
    message, text = mailbox.take()
    assert message["To"] == email
    link = re.search(r"https://localhost(/auth/\S+)", text)
    assert link, text
    return link[1]


def register(browser: Chromium, mailbox: Mailbox, email: str) -> None:
    browser.visit(ask_for_link(browser, mailbox, "Sign up", email))
    browser.send(password=PASSWORD)


def log_in(browser: Chromium, email: str, password: str = PASSWORD) -> None:
    browser.visit("/auth/login")
    browser.send(email=email, password=password)
