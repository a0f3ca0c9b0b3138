"""Attacks on sessions and their cookies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.attack.site import PASSWORD, Site
from tests.attack.table import Try, attack
from tests.attack.visitor import Answer

OTHER_PASSWORD = "difference engine"
PRIVATE = (
    "/auth/account",
    "/auth/confirm",
    "/auth/sessions",
    "/auth/tokens",
    "/auth/email",
    "/auth/email/confirm",
    "/auth/delete",
    "/auth/two-factor",
    "/auth/two-factor/on",
    "/auth/two-factor/off",
    "/auth/two-factor/recovery-codes",
    "/admin/users",
    "/api/me",
)


@attack("sessions", "a session that was planted is not logged in with its victim", "a new session")
def fixation(site: Site) -> Iterator[Try]:
    victim = site.visitor()
    victim.get("/auth/login")
    planted = victim.copy()
    victim.log_in(site.account(), PASSWORD)
    yield "the planted cookies", victim.is_logged_in and not planted.is_logged_in, "logged in"


@attack(
    "sessions", "a form token from before logging in is worth nothing afterwards", "400, and still logged in"
)
def planted_token(site: Site) -> Iterator[Try]:
    victim = site.visitor()
    token = victim.token("/auth/login")
    victim.log_in(site.account(), PASSWORD)
    answer = victim.post("/auth/logout", {"csrf_token": token})
    yield "the token", answer.status == 400 and victim.is_logged_in, answer


@attack("sessions", "cookies that were copied end with logging out", "not logged in")
def replay_after_logging_out(site: Site) -> Iterator[Try]:
    victim, _ = site.someone_logged_in(remember=True)
    thief = victim.copy()
    assert thief.is_logged_in
    victim.submit("/auth/logout", {"csrf_token": victim.token("/auth/account")})
    yield "all cookies", not thief.is_logged_in, "logged in"
    for name, value in victim.cookies.items() | thief.cookies.items():
        one = site.visitor()
        one.cookies = {name: value}
        yield name, not one.is_logged_in, "logged in"


@attack("sessions", "a cookie that the application never set breaks nothing", "not logged in")
def forged_cookies(site: Site) -> Iterator[Try]:
    remembered, _ = site.someone_logged_in(remember=True)
    for name in remembered.cookies:
        for value in ("", "|", "1|\u00e9", "1|" + "0" * 128, "a.b.c", ".eJw.a.b", '"', "\\", "a" * 4000):
            visitor = site.visitor()
            for path in PRIVATE:
                answer = visitor.get(path, [("Cookie", f"{name}={value}")])
                yield f"{name}={value}", answer.status in (302, 401), answer


@attack("sessions", "cookies that were copied end with a new password", "not logged in")
def replay_after_a_password_change(site: Site) -> Iterator[Try]:
    victim, _ = site.someone_logged_in(remember=True)
    thief = victim.copy()
    answer = victim.submit("/auth/account", {"current": PASSWORD, "password": OTHER_PASSWORD})
    yield "all cookies", answer.status == 302 and not thief.is_logged_in, answer
    for name, value in thief.cookies.items():
        one = site.visitor()
        one.cookies = {name: value}
        yield name, not one.is_logged_in, "logged in"


@attack("sessions", "cookies that were copied end with a password by mail", "not logged in")
def replay_after_a_reset(site: Site) -> Iterator[Try]:
    victim, email = site.someone_logged_in(remember=True)
    assert site.redeem(site.ask_for_code(email), OTHER_PASSWORD)
    yield "all cookies", not victim.is_logged_in, "logged in"


@attack("sessions", "a changed cookie is no login", "not logged in")
def changed_cookies(site: Site) -> Iterator[Try]:
    victim, _ = site.someone_logged_in(remember=True)
    for name, value in victim.cookies.items():
        first, rest = value[0], value[1:]
        for changed in (
            ("A" if first != "A" else "B") + rest,
            value[:-3],
            f"{value}.a",
            value[: len(value) // 2],
            "a" * 5000,
        ):
            thief = site.visitor()
            thief.cookies = {name: changed}
            answer = thief.get("/api/me")
            yield f"{name}={changed}", answer.status in (400, 401), answer


@attack("sessions", "cookies go by https alone, to this host alone, and not to scripts", "every flag")
def flags(site: Site) -> Iterator[Try]:
    visitor = site.visitor()
    first = visitor.get("/auth/login")
    logged_in = visitor.log_in(site.account(), PASSWORD, remember=True)
    logged_out = visitor.submit("/auth/logout", {"csrf_token": visitor.token("/auth/account")})
    for cookie in (*_cookies(first), *_cookies(logged_in), *_cookies(logged_out)):
        flags = {flag.strip().lower().partition("=")[0] for flag in cookie.split(";")[1:]}
        removed = "max-age=0" in cookie.lower()
        wanted = {"path"} if removed else {"secure", "httponly", "samesite", "path"}
        safe = wanted <= flags and "domain" not in flags and "samesite=none" not in cookie.lower()
        yield cookie, safe and cookie.startswith("__Host-"), sorted(flags)


def _cookies(answer: Answer) -> list[str]:
    return answer.headers.get_all("Set-Cookie", [])


@attack("sessions", "private pages ask strangers to log in", "401, or a redirect to the login page")
def strangers(site: Site) -> Iterator[Try]:
    for path in PRIVATE:
        answer = site.visitor().get(path)
        yield path, answer.status == 401 or "/auth/login" in answer.location, answer


@attack("sessions", "private pages stay out of caches", "Cache-Control: no-store")
def caches(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    for path in (*PRIVATE, "/", "/notes/", "/contact", "/missing"):
        answer = visitor.get(path)
        yield path, "no-store" in answer.headers.get("Cache-Control", ""), answer.headers.get("Cache-Control")


@attack("sessions", "nobody ends the session of someone else", "the session goes on")
def sessions_of_others(site: Site) -> Iterator[Try]:
    victim, email = site.someone_logged_in()
    second = site.visitor()
    second.log_in(email, PASSWORD)
    attacker, _ = site.someone_logged_in()
    listed = second.get("/auth/sessions").text
    for path in re.findall(r'action="(/auth/sessions/\d+)"', listed):
        attacker.post(path, {"csrf_token": attacker.token("/auth/sessions")})
        yield path, victim.is_logged_in, "logged out"


@attack("sessions", "the pages of admins are theirs alone", "403")
def admins(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    for path in ("/admin/users", "/admin/users?page=2"):
        answer = visitor.get(path)
        yield path, answer.status == 403, answer
