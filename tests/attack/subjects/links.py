"""Attacks on the links that are mailed: used again, at once, changed, or for another account."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.attack.site import PASSWORD, Site
from tests.attack.table import Try, attack
from tests.attack.values import look_alikes

AT_ONCE = 8


def password(number: int) -> str:
    return f"difference engine {number}"


@attack("links", "a link works once", "refused the second time")
def used_twice(site: Site) -> Iterator[Try]:
    for email in (site.account(), "newcomer@example.com"):
        code = site.ask_for_code(email)
        assert site.redeem(code, password(1))
        yield email, not site.redeem(code, password(2)), "taken twice"


@attack("links", "a link works once, also for those who use it at the same time", "taken once")
def used_at_once(site: Site) -> Iterator[Try]:
    for email in (site.account(), "newcomers@example.com"):
        code = site.ask_for_code(email)
        visitors = [site.visitor() for _ in range(AT_ONCE)]
        tokens = [visitor.token("/auth/password") for visitor in visitors]

        def redeem(number: int) -> bool:
            fields = {"csrf_token": tokens[number], "code": code, "password": password(number)}  # noqa: B023
            return visitors[number].post("/auth/password", fields).status == 302  # noqa: B023

        with ThreadPoolExecutor(AT_ONCE) as threads:
            taken = sum(threads.map(redeem, range(AT_ONCE)))
        yield email, taken == 1, f"taken {taken} times"


@attack("links", "older links end with a new password", "refused")
def older_links(site: Site) -> Iterator[Try]:
    email = site.account()
    older, newer = site.ask_for_code(email), site.ask_for_code(email)
    assert site.redeem(newer, password(1))
    yield "after a link", not site.redeem(older, password(2)), "taken"
    visitor, email = site.someone_logged_in()
    code = site.ask_for_code(email)
    visitor.submit("/auth/account", {"current": PASSWORD, "password": password(1)})
    yield "after a change", not site.redeem(code, password(2)), "taken"


@attack("links", "no code but the mailed one works", "refused")
def changed_codes(site: Site) -> Iterator[Try]:
    email = site.account()
    code = site.ask_for_code(email)
    head, stamp, signature = code.rsplit(".", 2)  # the text itself begins with a point if it is compressed
    other = site.ask_for_code(site.account()).rsplit(".", 2)[0]
    changed = (
        f"{other}.{stamp}.{signature}",
        code[:-2],
        code.upper(),
        f"{code}a",
        head,
        "..",
        "null",
        "W10",
        "a" * 100_000,
    )
    for number, sent in enumerate(changed):
        yield sent, not site.redeem(sent, password(number)), "taken"
    yield "the old password", site.visitor().log_in(email, PASSWORD).status == 302, "no longer works"


@attack(
    "links",
    "an address that looks like another is no second account",
    "refused, or the same account",
)
def addresses_that_look_alike(site: Site) -> Iterator[Try]:
    email, taken = site.account(), []
    for spelling in look_alikes(email):
        answer = site.visitor().submit("/auth/register", {"email": spelling})
        yield spelling, 0 < answer.status < 500, answer
        if answer.status == 302:
            taken.append(spelling)
    code = ["-c", _FIND, email, *taken]
    one, *others = site.production.call(site.production.python, *code).split()
    for spelling, found in zip(taken, others, strict=True):
        yield spelling, found == one, "a link for an account of its own"


_FIND = """
import sys
from wsgi import app
from shop.auth import users
with app.app_context():
    print(*(getattr(users.find(email), "id", None) for email in sys.argv[1:]))
"""
