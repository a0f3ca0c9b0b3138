"""Requests that another site makes a browser send."""

from __future__ import annotations

from collections.abc import Iterator

from tests.attack.site import Site
from tests.attack.table import Try, attack
from tests.attack.values import EVIL

SAFE = {"GET", "HEAD", "OPTIONS"}
KINDS = (
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/json",
    "multipart/form-data; boundary=a",
)
REFUSED = "400, 401, 403 or 415, or the login page"


def changes(site: Site) -> list[tuple[str, str]]:
    return [(method, path) for path, methods in site.rules for method in sorted(set(methods) - SAFE)]


@attack("forgery", "nothing changes for a request without a token", REFUSED)
def without_a_token(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    for method, path in changes(site):
        for kind in KINDS:
            for origin in (f"https://{EVIL}", "null"):
                headers = [("Content-Type", kind), ("Origin", origin), ("Referer", f"{origin}/")]
                answer = visitor.send(method, path, b'{"text": "forged", "email": "a@example.com"}', headers)
                yield f"{method} {path} as {kind}", answer.status in (400, 401, 403, 415), answer
    assert visitor.is_logged_in, "a forged request logged the visitor out"


@attack("forgery", "the token of someone else is worth nothing", "400")
def the_token_of_someone_else(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    token = site.visitor().token("/auth/login")
    for path in (
        *("/auth/logout", "/auth/account", "/contact", "/auth/register", "/auth/password"),
        *("/auth/confirm", "/auth/sessions", "/auth/tokens", "/auth/email", "/auth/delete"),
    ):
        answer = visitor.post(path, {"csrf_token": token, "email": "a@example.com"})
        yield path, answer.status == 400, answer


@attack("forgery", "a token does not help a page of another site", "400")
def a_token_from_another_site(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    token = visitor.token("/auth/account")
    host = visitor.host
    for referer in (
        f"https://{EVIL}/",
        f"http://{host}/",
        f"https://localhost.{EVIL}/",
        f"https://{EVIL}/{host}",
        "",
    ):
        answer = visitor.post("/auth/logout", {"csrf_token": token}, [("Referer", referer)])
        yield referer, answer.status == 400, answer


@attack("forgery", "a Referer that is no address breaks nothing", "400")
def malformed_referers(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    token = visitor.token("/auth/account")
    for referer in (f"https://{visitor.host}.{EVIL}/", "https://[", "https://localhost:99999/", "a" * 5000):
        answer = visitor.post("/auth/logout", {"csrf_token": token}, [("Referer", referer)])
        yield referer, answer.status == 400, answer


@attack("forgery", "a safe request changes nothing, whatever it asks for", "405, and still logged in")
def safe_requests(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    override = [("X-HTTP-Method-Override", "POST"), ("X-HTTP-Method", "POST")]
    for method, target in (
        ("GET", "/auth/logout"),
        ("GET", "/auth/logout?_method=POST"),
        ("HEAD", "/auth/logout"),
    ):
        answer = visitor.send(method, target, headers=override)
        yield f"{method} {target}", answer.status == 405 and visitor.is_logged_in, answer


@attack("forgery", "other origins may read nothing", "no Access-Control-Allow-Origin")
def other_origins(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    asks = [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "authorization")]
    for path in ("/api/me", "/api/notes", "/api/openapi.json", "/auth/account", "/"):
        for method in ("GET", "OPTIONS"):
            answer = visitor.send(method, path, headers=[("Origin", f"https://{EVIL}"), *asks])
            yield (
                f"{method} {path}",
                "Access-Control-Allow-Origin" not in answer.headers,
                answer.headers.items(),
            )


@attack("forgery", "the API takes no change without the right token", "401")
def tokens_of_the_api(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    body = b'{"text": "forged"}'
    for given in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer null",
        "Bearer ,",
        "Basic Og==",
        "Bearer \u00e9",
        "bearer a" * 99,
    ):
        for method, path in (("POST", "/api/notes"), ("PUT", "/api/notes/1"), ("DELETE", "/api/notes/1")):
            headers = [("Content-Type", "application/json"), *([("Authorization", given)] if given else [])]
            answer = visitor.send(method, path, body, headers)
            yield f"{method} {path} with {given!r}", answer.status == 401, answer
