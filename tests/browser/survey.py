"""A walk through every page of an application, and what the rules say about each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.browser.chromium import Chromium
from tests.browser.people import PASSWORD, ask_for_link, log_in
from tests.mailbox import Mailbox

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
DIAGONALS = ((("light", 320), ("dark", 1280)), (("light", 1280), ("dark", 320)))
"""Both schemes and both widths. The scheme sets colors, and the width the menu, which all pages have."""

_RUN_AXE = """
const done = arguments[arguments.length - 1];
const wanted = {runOnly: {type: "tag", values: arguments[0]}, resultTypes: ["violations"]};
axe.run(document, wanted).then(done, error => done({violations: [{id: String(error), nodes: []}]}));
"""

_IS_NO_PAGE = "return document.contentType !== 'text/html'"
_HAS_AN_ICON = "return document.querySelector('link[rel~=icon]') !== null"
_LINKS = """
return [...document.links].filter(link => link.origin === location.origin)
    .map(link => link.pathname + link.search);
"""


@dataclass
class Survey:
    """What was found, page by page."""

    visited: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def look_at(self, browser: Chromium, name: str, axe: str) -> None:
        """Check the page that is shown by the rules, in light and dark colors, on a phone and a desk.

        The first page is checked in each combination.
        """
        looks = DIAGONALS[len(self.visited) % 2] if self.visited else DIAGONALS[0] + DIAGONALS[1]
        self.visited.append(name)
        for scheme, width in looks:
            browser.show_as(scheme, width)
            look = f"{name}, {scheme}, {width} pixels"
            self.violations += [f"{look}: {fault}" for fault in violations_on(browser, axe)]
            if browser.is_wider_than_the_window():
                self.too_wide.append(look)
        # A page about an error has the status of one, which the console repeats. For what is no page, the
        # browser asks for an icon, and may say that there is none when the next page is shown.
        own = tuple(
            f"{url} - Failed to load resource"
            for url in (browser.driver.current_url, f"{browser.origin}/favicon.ico")
        )
        told = [line for line in browser.take_complaints() if not line.startswith(own)]
        if not browser.driver.execute_script(_HAS_AN_ICON):
            told.append("it names no icon, and the browser asks for one that is not there")
        self.complaints += [f"{name}: {line}" for line in told]


def violations_on(browser: Chromium, axe: str) -> Iterator[str]:
    """Yield what axe finds on the page that is shown: the rule, and the element that breaks it."""
    if not browser.driver.execute_script("return 'axe' in window"):
        browser.driver.execute_script(axe)
    result: dict[str, Any] = browser.driver.execute_async_script(_RUN_AXE, list(WCAG))
    for violation in result["violations"]:
        for node in violation["nodes"] or [{"html": ""}]:
            yield f"{violation['id']}: {node['html']}"


def survey_everyone(browser: Chromium, rules: list[str], axe: str, mailbox: Mailbox) -> Survey:
    """Visit the pages of an application as a stranger, then as a member."""
    survey = Survey()
    paths = [re.sub(r"<[^>]+>", "1", rule) for rule in rules]
    _crawl(survey, browser, ["/missing", *paths], axe, "stranger")
    email = "member@example.org"
    link = ask_for_link(browser, mailbox, "Sign up", email)
    survey.look_at(browser, f"{browser.path}, link sent", axe)
    browser.visit(link)
    survey.look_at(browser, f"{browser.path}, from the mail", axe)
    browser.send(password=PASSWORD)
    survey.look_at(browser, f"{browser.path}, registered", axe)
    log_in(browser, email)
    assert browser.path == "/auth/account", browser.text
    _crawl(survey, browser, paths, axe, "member")
    return survey


def _crawl(survey: Survey, browser: Chromium, paths: list[str], axe: str, who: str) -> None:
    """Look at one page of each kind among these and all that they link to, also with its form sent empty."""
    seen: set[str] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        if _kind(path) in seen:
            continue
        seen.add(_kind(path))
        browser.visit(path)
        kind = _kind(browser.path)
        if kind in seen - {_kind(path)} or browser.driver.execute_script(_IS_NO_PAGE):
            browser.take_complaints()
            continue
        seen.add(kind)
        survey.look_at(browser, f"{browser.path}, {who}", axe)
        waiting += [link.removeprefix(browser.origin) for link in browser.driver.execute_script(_LINKS)]
        if browser.send_nothing():
            survey.look_at(browser, f"{browser.path}, {who}, sent empty", axe)


def _kind(path: str) -> str:
    """Return what stands for all rows of a table, and for the login page wherever it leads to."""
    return re.sub(r"(?<=/)[0-9]+|(?<=[?&]next=).+", "1", path)
