"""Attacks by number: guessing passwords, and mails that others get."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.attack.site import CONTACT, PASSWORD, Site
from tests.attack.subjects.injection import FORMS
from tests.attack.table import Try, attack
from tests.attack.values import look_alikes
from tests.attack.visitor import Answer, Visitor

OF_AN_ACCOUNT = 10
OF_AN_ADDRESS = 60
MAILS = 5
WRONG = {"password": "not the password"}


def answers(number: int, post: Callable[[int], Answer]) -> tuple[int, Answer]:
    """Post up to so many times; return how many were taken before one was too many, and the last answer."""
    for taken in range(number):
        answer = post(taken)
        if answer.status == 429:
            return taken, answer
    return number, answer


def guess(visitor: Visitor, email: str, *headers: tuple[str, str]) -> Answer:
    return visitor.submit("/auth/login", {"email": email} | WRONG, headers)


@attack(
    "limits", "the password of an account cannot be guessed from many addresses", f"429 after {OF_AN_ACCOUNT}"
)
def guessing_from_many_addresses(site: Site) -> Iterator[Try]:
    email = site.account()
    taken, answer = answers(OF_AN_ACCOUNT + 2, lambda _: guess(site.visitor(), email))
    yield (
        "passwords",
        taken <= OF_AN_ACCOUNT and "Retry-After" in answer.headers,
        f"{taken} taken, then {answer}",
    )
    spellings = [spelling for spelling in look_alikes(email) if spelling.strip().isascii()]
    for spelling in spellings:
        answer = guess(site.visitor(), spelling)
        yield f"another spelling, {spelling!r}", answer.status == 429, answer


@attack(
    "limits",
    "one address cannot guess in many accounts, whatever it claims to be",
    f"429 after {OF_AN_ADDRESS}",
)
def guessing_in_many_accounts(site: Site) -> Iterator[Try]:
    visitor = site.visitor()

    def post(number: int) -> Answer:
        claims = [
            (name, f"198.51.100.{number}") for name in ("x-forwarded-for", "X-Real-IP", "True-Client-IP")
        ]
        return guess(visitor, f"nobody{number}@example.com", *claims)

    taken, answer = answers(OF_AN_ADDRESS + 2, post)
    yield "passwords", taken <= OF_AN_ADDRESS, f"{taken} taken, then {answer}"


@attack("limits", "the addresses of one IPv6 network count together", f"429 after {OF_AN_ADDRESS}")
def guessing_from_one_network(site: Site) -> Iterator[Try]:
    def post(number: int) -> Answer:
        return guess(site.behind_the_proxy(f"2001:db8:1:2::{number:x}"), f"absent{number}@example.com")

    taken, answer = answers(OF_AN_ADDRESS + 2, post)
    yield "passwords", taken <= OF_AN_ADDRESS, f"{taken} taken, then {answer}"


@attack("limits", "the current password cannot be guessed in a stolen session", f"429 after {OF_AN_ACCOUNT}")
def guessing_the_current_password(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    fields = {"current": "not the password", "password": "difference engine"}
    taken, answer = answers(OF_AN_ACCOUNT + 2, lambda _: visitor.submit("/auth/account", fields))
    yield "passwords", taken <= OF_AN_ACCOUNT, f"{taken} taken, then {answer}"


@attack("limits", "nobody is flooded with links", f"429 after {MAILS}")
def links_to_one_account(site: Site) -> Iterator[Try]:
    email = site.account()
    taken, answer = answers(MAILS + 2, lambda _: site.visitor().submit("/auth/register", {"email": email}))
    yield "links", taken <= MAILS, f"{taken} taken, then {answer}"


@attack("limits", "other spellings of an address count together", "429")
def links_to_other_spellings(site: Site) -> Iterator[Try]:
    email = site.account()
    for _ in range(MAILS):
        site.visitor().submit("/auth/register", {"email": email})
    for spelling in look_alikes(email):
        answer = site.visitor().submit("/auth/register", {"email": spelling})
        refused = answer.status == 429 or (answer.status == 200 and answer.location == "")
        yield spelling, refused, answer


@attack(
    "limits",
    "the contact form is no way to flood a mailbox",
    f"429 within {OF_AN_ADDRESS} messages",
)
def messages(site: Site) -> Iterator[Try]:
    visitor = site.visitor()
    taken, answer = answers(OF_AN_ADDRESS + 2, lambda _: visitor.submit("/contact", FORMS["/contact"]))
    while site.text_to(CONTACT, seconds=0.2):
        pass
    yield "messages", taken <= OF_AN_ADDRESS, f"{taken} taken, then {answer}"


@attack("limits", "those who know their password are not shut out with an address", "logged in")
def others_at_the_address(site: Site) -> Iterator[Try]:
    visitor, email = site.visitor(), site.account()
    for number in range(OF_AN_ACCOUNT - 1):
        guess(visitor, email if number < 3 else f"lost{number}@example.com")
    for _ in range(OF_AN_ACCOUNT):
        visitor = site.visitor()
        answer = visitor.log_in(email, PASSWORD)
        yield email, visitor.is_logged_in, answer
