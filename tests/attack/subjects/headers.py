"""What responses have to say to browsers and caches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.attack.site import PASSWORD, Site
from tests.attack.table import Try, attack
from tests.attack.visitor import Answer

WANTED = {
    "Content-Security-Policy": r"(?=.*default-src 'none')(?=.*frame-ancestors 'none')(?=.*base-uri 'none')"
    r"(?=.*form-action 'self')(?!.*unsafe-)(?!.* \*).*",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin|no-referrer|strict-origin.*",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": r"max-age=\d{8,}.*",
}


def kinds_of_answers(site: Site) -> Iterator[tuple[str, Answer]]:
    """Yield every page, and each kind of error."""
    visitor, _ = site.someone_logged_in()
    for path in site.pages:
        yield path, visitor.get(path)
    for path in ("/static/style.css", "/missing", "/api/missing", "/auth/account", "/notes"):
        yield path, site.visitor().get(path)
    yield "405", visitor.get("/auth/logout")
    yield "400", visitor.post("/contact", {})
    yield "413", visitor.post("/contact", {"message": "a" * 2**21})
    yield "an unknown host", site.behind_the_proxy().send("GET", "/", host="evil.example")


@attack("headers", "every response has the security headers", ", ".join(WANTED))
def security_headers(site: Site) -> Iterator[Try]:
    for sent, answer in kinds_of_answers(site):
        wrong = {
            name: answer.headers.get(name)
            for name, pattern in WANTED.items()
            if not re.fullmatch(pattern, answer.headers.get(name, ""))
        }
        yield sent, answer.status > 0 and not wrong, wrong


@attack("headers", "no response shows what it is made with", "no traceback, no version")
def leaks(site: Site) -> Iterator[Try]:
    for sent, answer in kinds_of_answers(site):
        found = re.search(
            r"Traceback|Werkzeug/|Python/|Flask/\d|sqlalchemy\.exc|X-Powered-By", answer.everything
        )
        yield sent, found is None, found and found[0]


@attack("headers", "caches know that errors depend on Accept", "Vary: Accept")
def negotiated_errors(site: Site) -> Iterator[Try]:
    for kind in ("text/html", "application/json"):
        answer = site.visitor().get("/missing", [("Accept", kind)])
        yield kind, "accept" in answer.headers.get("Vary", "").lower(), answer.headers.get("Vary")


@attack("headers", "a page of its user is not stored as a file", "404, or no-store")
def cache_deception(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    for path in (
        "/auth/account/a.css",
        "/auth/account%2fa.css",
        "/auth/account;a.css",
        "/auth/account%3f.css",
        "/api/me/a.js",
    ):
        answer = visitor.get(path)
        safe = answer.status == 404 or "no-store" in answer.headers.get("Cache-Control", "")
        yield path, safe, answer


@attack("headers", "a login that succeeds asks nobody to wait", "no Retry-After")
def retry_after(site: Site) -> Iterator[Try]:
    email = site.account()
    answer = site.visitor().log_in(email, PASSWORD)
    yield (
        email,
        answer.status == 302 and "Retry-After" not in answer.headers,
        answer.headers.get("Retry-After"),
    )
