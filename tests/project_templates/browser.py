"""A browser without a window: it keeps cookies, sends forms with their token, and checks every page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener


class Browser:
    """Visits the pages of one site."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.path = ""
        """Where the last visit ended, after redirects."""
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def get(self, path: str, data: Mapping[str, str] | None = None) -> str:
        """Get a page, or with ``data`` post to it. Raises HTTPError."""
        body = urlencode(data).encode() if data is not None else None
        with self._opener.open(self.origin + path, body, timeout=30) as response:
            self.path = response.url.removeprefix(self.origin)
            page: str = response.read().decode()
        check_page(page)
        return page

    def submit(self, path: str, fields: Mapping[str, str], to: str = "") -> str:
        """Fill in and send the form of a page, and return the page that comes back."""
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(path))
        assert token, f"no form on {path}"
        return self.get(to or path, {"csrf_token": token[1], **fields})


class _Checker(HTMLParser):
    """Collects what breaks a page: tags that do not match, inline code, ids, fields and labels."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str | None] = set()
        self.fields: set[str | None] = set()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(str(attributes["id"]))
        if tag == "label":
            self.labelled.add(attributes.get("for"))
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden":
            self.fields.add(attributes.get("id"))
        handlers = [name for name in attributes if name.startswith("on")]
        inline_script = tag == "script" and "src" not in attributes
        if inline_script or tag == "style" or "style" in attributes or handlers:
            self.faults.append(f"inline code in <{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def check_page(page: str) -> None:
    """Assert that a page is well-formed, has one heading, a label for each field and no inline code."""
    checker = _Checker()
    checker.feed(page)
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert not checker.faults, checker.faults
    assert not checker.open, checker.open
    assert len(checker.ids) == len(set(checker.ids)), checker.ids
    assert checker.fields <= checker.labelled, checker.fields
    assert page.count("<h1>") == 1
