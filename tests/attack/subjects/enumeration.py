"""Attacks that learn who has an account."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import escape

from tests.attack.site import Site
from tests.attack.table import Try, attack
from tests.attack.visitor import Answer

ROUNDS = 8
FACTOR = 2.5
"""Noise only makes single rounds longer; without its hash a login takes about a tenth of the time."""


def unlike_others(answer: Answer, email: str) -> str:
    """Return what an answer has that is not of its request: the address, tokens and nonces left out."""
    text = answer.text.replace(escape(email), "EMAIL")
    text = re.sub(r'(name="csrf_token"[^>]*value|nonce)="[^"]+"', "", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.+Z-]+|\d\d:\d\d(:\d\d)?", "", text)
    names = sorted(name for name, _ in answer.headers.items())
    return f"{answer.status} {answer.location} {names} {text}"


def pairs(site: Site, path: str, **fields: str) -> Iterator[Try]:
    """Compare what an account and its absence lead to; the addresses are of one length."""
    email = site.account()
    missing = "none" + email[4:]
    known, unknown = (site.visitor().submit(path, {"email": who} | fields) for who in (email, missing))
    same = unlike_others(known, email) == unlike_others(unknown, missing)
    yield "status, headers and text", same and known.status < 400, f"{known}, not {unknown}"
    if len(email) == len(missing):
        yield "length", len(known.body) == len(unknown.body), f"{len(known.body)}, not {len(unknown.body)}"


@attack("enumeration", "a wrong password is answered as an unknown address", "the same answer")
def logging_in(site: Site) -> Iterator[Try]:
    yield from pairs(site, "/auth/login", password="not the password")


@attack("enumeration", "asking for a link is answered alike with and without an account", "the same answer")
def asking_for_a_link(site: Site) -> Iterator[Try]:
    yield from pairs(site, "/auth/register")


@attack(
    "enumeration", "a wrong password takes as long as an unknown address", f"at most {FACTOR} times as long"
)
def time_of_logging_in(site: Site) -> Iterator[Try]:
    email = site.account()
    shortest = {email: 60.0, f"none{email[4:]}": 60.0}
    for _ in range(ROUNDS):
        for who in shortest:
            visitor = site.visitor()
            token = visitor.token("/auth/login")
            start = time.perf_counter()
            visitor.post("/auth/login", {"csrf_token": token, "email": who, "password": "not the password"})
            shortest[who] = min(shortest[who], time.perf_counter() - start)
    one, other = sorted(shortest.values())
    yield "the shortest of each", other <= FACTOR * one, f"{one * 1000:.0f} ms and {other * 1000:.0f} ms"
