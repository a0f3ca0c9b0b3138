"""Attacks by what is typed: SQL, templates, markup, headers, paths, and text that no database takes."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator

from tests.attack.site import CONTACT, PASSWORD, TOKEN, Site
from tests.attack.table import Try, attack
from tests.attack.values import (
    EVIL,
    HEADERS,
    MARKUP,
    PAGES,
    PRODUCT,
    SQL,
    TEMPLATES,
    TRAVERSALS,
    UNSTORABLE,
    encode,
)
from tests.attack.visitor import Answer, Visitor

FORMS = {
    "/auth/login": {"email": "a@example.com", "password": PASSWORD},
    "/auth/register": {"email": "a@example.com"},
    "/auth/password": {"code": "a", "password": "analytical engine"},
    "/contact": {"name": "Ada", "email": "a@example.com", "message": "What a fine application."},
}
"""The forms that strangers can send, filled in as they should be."""
BEARER = ("Authorization", f"Bearer {TOKEN}")


def everywhere(site: Site, value: str) -> Iterator[tuple[str, Answer]]:
    """Send a value in every field of every form, in the query, in a path, and to the API."""
    for path, fields in FORMS.items():
        visitor = site.visitor()
        token = visitor.token(path)
        for name in fields:
            # With one field wrong the form is shown again, with what was typed in it.
            fault = {"message": "short"} if path == "/contact" and name != "message" else {}
            email = {"email": f"guest{visitor.address}@example.com"} if "email" in fields else {}
            sent = {"csrf_token": token, **fields, **email, **fault, name: value}
            yield f"{path} {name}={value}", visitor.post(path, sent)
    visitor = site.visitor()
    for target in (
        "/notes/?page=",
        "/api/notes?page=",
        "/api/notes?page_size=",
        "/auth/login?next=",
        "/",
        "/api/",
        "/notes/",
    ):
        yield target + value, visitor.get(target + encode(value))
    yield f"note {value}", write_note(visitor, value)


def write_note(visitor: Visitor, text: str) -> Answer:
    body = json.dumps({"text": text}).encode()
    return visitor.send("POST", "/api/notes", body, [("Content-Type", "application/json"), BEARER])


@attack("injection", "SQL in any field is text", "no error of the server, and nobody logged in")
def sql(site: Site) -> Iterator[Try]:
    for value in SQL:
        for sent, answer in everywhere(site, value):
            yield sent, 0 < answer.status < 500 and "scrypt:" not in answer.text, answer
        email = site.account()
        for fields in ({"email": value, "password": value}, {"email": email, "password": value}):
            visitor = site.visitor()
            visitor.submit("/auth/login", fields)
            yield f"login with {fields}", not visitor.is_logged_in, "logged in"
        notes = site.visitor().get("/api/notes")
        yield f"the notes after {value}", notes.status == 200, notes


@attack("injection", "a template in any field is text", "the template itself")
def templates(site: Site) -> Iterator[Try]:
    for value in TEMPLATES:
        for sent, answer in everywhere(site, value):
            yield sent, 0 < answer.status < 500 and PRODUCT not in answer.everything, answer
    shown = site.visitor().get("/notes/")
    yield "the page of the notes", "1337*7331" in shown.text and PRODUCT not in shown.text, shown


@attack("injection", "markup in any field is text", "escaped where it is shown")
def markup(site: Site) -> Iterator[Try]:
    for value in MARKUP:
        for sent, answer in everywhere(site, value):
            is_page = answer.headers.get_content_type() == "text/html"
            yield sent, 0 < answer.status < 500 and not (is_page and value in answer.text), answer
    site.production.flask("add-score", MARKUP[0], "42")
    for path in ("/notes/", "/scores/"):
        shown = site.visitor().get(path)
        there = html.escape(MARKUP[0]) in shown.text
        yield path, there and not any(value in shown.text for value in MARKUP), shown


@attack("injection", "NUL, surrogates and odd text break nothing", "below 500")
def text_that_cannot_be_stored(site: Site) -> Iterator[Try]:
    for value in UNSTORABLE:
        for sent, answer in everywhere(site, value):
            yield sent, 0 < answer.status < 500, answer


@attack("injection", "a file or JSON in place of text breaks nothing", "below 500")
def other_kinds_of_fields(site: Site) -> Iterator[Try]:
    for path, fields in {**FORMS, "/notes/new": {"text": "a"}}.items():
        visitor = site.someone_logged_in()[0] if path == "/notes/new" else site.visitor()
        token = ("X-CSRFToken", visitor.token(path))
        nameless = b"--a\r\nContent-Disposition: form-data\r\n\r\na\r\n--a--"
        kind = ("Content-Type", "multipart/form-data; boundary=a")
        answer = visitor.send("POST", path, nameless, [kind, token])
        yield f"{path} without a name", 0 < answer.status < 500, answer
        for name in fields:
            text = "".join(
                f'--a\r\nContent-Disposition: form-data; name="{other}"\r\n\r\n{value}\r\n'
                for other, value in fields.items()
                if other != name
            )
            file = f'--a\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n\r\na\r\n--a--'
            answer = visitor.send("POST", path, (text + file).encode(), [kind, token])
            yield f"{path} {name} as a file", 0 < answer.status < 500, answer
            for value in (7, ["a"], {"a": "b"}, None):
                body = json.dumps(fields | {name: value}).encode()
                answer = visitor.send("POST", path, body, [("Content-Type", "application/json"), token])
                yield f"{path} {name}={value!r}", 0 < answer.status < 500, answer


@attack("injection", "no number of a page breaks anything", "below 500")
def pages(site: Site) -> Iterator[Try]:
    visitor = site.visitor()
    for value in PAGES:
        for target in ("/notes/?page=", "/api/notes?page=", "/api/notes?page_size=", "/api/notes/"):
            answer = visitor.get(target + encode(value))
            yield target + value, 0 < answer.status < 500, answer


@attack("injection", "no address breaks the forms", "below 500, and no mail to anyone else")
def addresses(site: Site) -> Iterator[Try]:
    odd = (
        "j\u00f6rg@example.com",
        "a@ex\u00e4mple.com",
        '"a b"@example.com',
        f"a@example.com,b@{EVIL}",
        f"<b@{EVIL}>",
        f"a%0aBcc:b@{EVIL}",
        f"a@example.com\r\nBcc: b@{EVIL}",
        "a@[127.0.0.1]",
        f"{'a' * 65}@example.com",
        "a@localhost",
    )
    for email in odd:
        for path in ("/auth/register", "/contact"):
            answer = site.visitor().submit(path, FORMS[path] | {"email": email})
            yield f"{path} {email}", 0 < answer.status < 500, answer
    yield "mails to someone else", site.take_mail(EVIL, seconds=2) is None, "sent"


@attack("injection", "no field adds a header to a mail", "one recipient, and no line of the attacker's")
def headers_of_mails(site: Site) -> Iterator[Try]:
    for pattern in HEADERS:
        value = pattern.format(evil=f"spy@{EVIL}")
        for name in ("name", "email"):
            site.mailbox.messages.clear()
            answer = site.visitor().submit("/contact", FORMS["/contact"] | {name: value})
            message = site.take_mail() if answer.status == 302 else None
            yield f"{name}={value}", 0 < answer.status < 500, answer
            if message:
                alone = message["Bcc"] is None and message["To"] == CONTACT == message["X-RcptTo"]
                yield f"the mail of {value}", alone, message.items()


@attack("injection", "no value adds a header to a response", "no such header")
def headers_of_responses(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    for end in ("%0d%0a", "%0a", "%0d", "%e5%98%8a%e5%98%8d", "%00%0a"):
        for target in (
            "/notes{}",
            "/auth/login?next=/{}",
            "/auth/account?{}",
            "/api/notes?page=1{}",
            "/{}",
            "/static/{}",
        ):
            path = target.format(f"{end}X-Injected:%20yes{end}Set-Cookie:%20a=b")
            answer = visitor.get(path)
            added = "X-Injected" in answer.headers or "a=b" in str(answer.headers.get_all("Set-Cookie"))
            yield path, not added and answer.status < 500, answer


@attack("injection", "no path adds a line to the log", "one line")
def log_lines(site: Site) -> Iterator[Try]:
    for end in ("%0a", "%0d", "%0b", "%c2%85", "%e2%80%a8"):
        site.behind_the_proxy().get(f"/{end}127.0.0.1+FORGED")
    found = [line for line in site.production.log.splitlines() if line.startswith("127.0.0.1+FORGED")]
    yield "an encoded end of a line", not found, found


@attack("injection", "no path leads out of the static files", "404")
def traversal(site: Site) -> Iterator[Try]:
    visitor = site.behind_the_proxy()
    for below in ("/static/", "/bootstrap/static/"):
        for path in TRAVERSALS:
            answer = visitor.get(below + path)
            leaked = any(word in answer.text for word in ("root:", "SECRET_KEY", "def configure"))
            yield below + path, 300 <= answer.status < 500 and not leaked, answer


@attack("injection", "what belongs to the project alone is not served", "404")
def files_of_the_project(site: Site) -> Iterator[Try]:
    names = (
        ".env",
        ".flaskenv",
        ".git/config",
        "wsgi.py",
        "shop/config.py",
        "instance/shop.sqlite3",
        "shop.sqlite3",
        "requirements.txt",
        "server.log",
        "console",
        "?__debugger__=yes&cmd=resource&f=debugger.js",
    )
    visitor = site.visitor()
    for name in names:
        answer = visitor.get(f"/{name}")
        yield (
            name,
            answer.status == 404 or (name[0] == "?" and "javascript" not in answer.headers["Content-Type"]),
            answer,
        )
