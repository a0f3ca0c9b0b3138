"""Attacks by a request's framing, size and method, and by what keeps the application busy."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

from tests.attack.site import PASSWORD, Site
from tests.attack.subjects.injection import BEARER, FORMS, write_note
from tests.attack.table import Try, attack

SECONDS = 10
HIDDEN = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Hidden: yes\r\n\r\n"
_CHUNKED = f"0\r\n\r\n{HIDDEN}"
FRAMES = {
    "both lengths, the chunks first": (
        f"Content-Length: {len(_CHUNKED)}\r\nTransfer-Encoding: chunked",
        _CHUNKED,
    ),
    "both lengths, the other order": (
        f"Transfer-Encoding: chunked\r\nContent-Length: {len(_CHUNKED)}",
        _CHUNKED,
    ),
    "two lengths": (f"Content-Length: 0\r\nContent-Length: {len(HIDDEN)}", HIDDEN),
    "a list of lengths": (f"Content-Length: 0, {len(HIDDEN)}", HIDDEN),
    "a length with a sign": ("Content-Length: +0", HIDDEN),
    "a negative length": ("Content-Length: -1", HIDDEN),
    "a length in hexadecimal": ("Content-Length: 0x0", HIDDEN),
    "a length with an underscore": ("Content-Length: 0_0", HIDDEN),
    "an unknown encoding": ("Transfer-Encoding: xchunked", _CHUNKED),
    "a quoted encoding": ('Transfer-Encoding: "chunked"', _CHUNKED),
    "an encoding that is not the last": ("Transfer-Encoding: chunked, identity", _CHUNKED),
    "two encodings": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", _CHUNKED),
    "a blank before the colon": ("Transfer-Encoding : chunked", _CHUNKED),
    "a folded header": ("Transfer-Encoding:\r\n chunked", _CHUNKED),
    "a vertical tab": ("Transfer-Encoding:\x0bchunked", _CHUNKED),
    "a size of a chunk with a sign": ("Transfer-Encoding: chunked", f"+0\r\n\r\n{HIDDEN}"),
    "a size of a chunk in hexadecimal": ("Transfer-Encoding: chunked", f"0x0\r\n\r\n{HIDDEN}"),
    "a bare line feed after the size": ("Transfer-Encoding: chunked", f"1\nA\n0\n\n{HIDDEN}"),
    "a chunk longer than its size": ("Transfer-Encoding: chunked", f"1\r\nAAAA\r\n0\r\n\r\n{HIDDEN}"),
    "a NUL in a header": ("X-A: a\x00b\r\nContent-Length: 0", HIDDEN),
    "a bare carriage return": ("X-A: a\rContent-Length: 0", HIDDEN),
}


def count_answers(port: int, head: str, body: str) -> int:
    """Send one request to gunicorn, with another one in its body, and count how many it answers with 200."""
    with socket.create_connection(("127.0.0.1", port), 3) as connection:
        connection.sendall(
            f"POST /missing HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n{body}".encode("latin-1")
        )
        received = b""
        with suppress(OSError):
            while part := connection.recv(65536):
                received += part
    return received.count(b"HTTP/1.1 200")


@attack("requests", "no framing hides one request in another", "one answer, or none")
def smuggling(site: Site) -> Iterator[Try]:
    # Two requests in a row may be answered: so it is seen that the second one can be counted.
    seen = count_answers(site.port, "Content-Length: 0", HIDDEN)
    yield "an honest pair", seen == 1, f"{seen} counted"
    for name, (head, body) in FRAMES.items():
        hidden = count_answers(site.port, head, body)
        yield name, hidden == 0, "the hidden request was answered"


@attack("requests", "what is too large is refused at once", "4xx within 10 s")
def sizes(site: Site) -> Iterator[Try]:
    visitor = site.visitor()
    token = visitor.token("/contact")
    long, json = "a" * 300 * 1024, ("Content-Type", "application/json")
    start = time.monotonic()
    part = f'--a\r\nContent-Disposition: form-data; name="message"\r\n\r\n{long}\r\n--a--\r\n'.encode()
    answer = visitor.send("POST", "/contact", part, [("Content-Type", "multipart/form-data; boundary=a")])
    yield "a part of 300 KiB", answer.status == 413, answer
    for name in FORMS["/contact"]:
        answer = visitor.post("/contact", FORMS["/contact"] | {"csrf_token": token, name: long})
        yield f"{name} of 300 KiB", answer.status in (200, 413), answer
    answer = visitor.post("/contact", {"csrf_token": token, "message": long * 7})
    yield "a form of 2 MiB", answer.status == 413, answer
    body = b'{"text": "' + b"a" * 2**21 + b'"}'
    answer = visitor.send("POST", "/api/notes", body, [json, BEARER])
    yield "JSON of 2 MiB", answer.status == 413, answer
    answer = visitor.post("/contact", {"csrf_token": token} | {f"f{number}": "" for number in range(20_000)})
    yield "20,000 fields", 400 <= answer.status < 500 or answer.status == 200, answer
    direct = site.behind_the_proxy()
    yield "a path of 64 KiB", (answer := direct.get("/" + "a" * 2**16)).status in range(400, 500), answer
    yield (
        "a header of 64 KiB",
        (answer := direct.get("/", [("X-A", "a" * 2**16)])).status in range(400, 500),
        answer,
    )
    yield (
        "1,000 headers",
        (answer := direct.get("/", [("X-A", "a")] * 1000)).status in range(400, 500),
        answer,
    )
    chunks = b"40000\r\n" + b"a" * 0x40000 + b"\r\n"
    headers = [("Transfer-Encoding", "chunked"), ("Content-Type", "application/x-www-form-urlencoded")]
    answer = direct.send("POST", "/contact", chunks * 8 + b"0\r\n\r\n", headers)
    yield "2 MiB in chunks", answer.status in (0, 400, 413), answer
    took = time.monotonic() - start
    yield "all of this", took < SECONDS * 6, f"took {took:.0f} s"


@attack("requests", "JSON that Python does not read breaks nothing", "400 or 422")
def unreadable_json(site: Site) -> Iterator[Try]:
    visitor, kind = site.visitor(), ("Content-Type", "application/json")
    number = b'{"text":' + b"1" * 5000 + b"}"
    for body in (b"[" * 200_000, b'{"text":' * 50_000, b"[" * 100_000 + b"]" * 100_000, number):
        answer = visitor.send("POST", "/api/notes", body, [kind, BEARER])
        yield f"{body[:9].decode()}...", answer.status in (400, 413, 422), answer


@attack("requests", "one ETag lets one change through, also of those at the same time", "200 once")
def changes_at_once(site: Site) -> Iterator[Try]:
    headers = [("Content-Type", "application/json"), BEARER]
    for number in range(5):
        path = write_note(site.visitor(), "before").location
        tag = str(site.visitor().get(path).headers["ETag"])

        def change(text: str, path: str = path, tag: str = tag) -> int:
            body = json.dumps({"text": text}).encode()
            return site.visitor().send("PUT", path, body, [*headers, ("If-Match", tag)]).status

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(change, "abcdefgh"))
        yield f"eight changes, {number + 1}", answers == [200, *[412] * 7], answers


@attack("requests", "a password or an address that is too long costs nothing", "below 500 within 10 s")
def long_passwords(site: Site) -> Iterator[Try]:
    email = site.account()
    # Marks in the wrong order, which take the square of their number to bring into order.
    marks = "a" + "\u0301" * 60_000 + "\u0327" * 60_000
    typed = {
        "1000 characters": (email, "a" * 1000),
        "200,000 characters": (email, "a" * 200_000),
        "120,000 marks": (email, marks),
        "120,000 marks in the address": (f"{marks}@example.com", PASSWORD),
    }
    for sent, (address, password) in typed.items():
        visitor, kind = site.visitor(), ("Content-Type", "application/x-www-form-urlencoded")
        # Not percent-encoded, which would make it three times as long.
        body = f"csrf_token={visitor.token('/auth/login')}&email={address}&password={password}"
        start = time.monotonic()
        answer = visitor.send("POST", "/auth/login", body.encode(), [kind])
        took = time.monotonic() - start
        yield sent, 0 < answer.status < 500 and took < SECONDS, f"{answer} in {took:.1f} s"


@attack("requests", "methods that a page does not have do nothing", "405, 501, or only what is allowed")
def methods(site: Site) -> Iterator[Try]:
    visitor = site.behind_the_proxy()
    for path in ("/", "/auth/account", "/contact", "/static/style.css", "/api/notes", "/healthz"):
        for method in ("TRACE", "CONNECT", "PROPFIND", "DEBUG", "get", "PUT", "DELETE", "PATCH"):
            answer = visitor.send(method, path, headers=[("X-Echo", "echoed")])
            refused = answer.status in (0, 400, 401, 404, 405, 501)
            yield f"{method} {path}", refused and "echoed" not in answer.everything, answer
        head, page = visitor.send("HEAD", path), visitor.get(path)
        yield f"HEAD {path}", head.status == page.status and not head.body, head
        options = visitor.send("OPTIONS", path)
        yield (
            f"OPTIONS {path}",
            options.status < 500 and "TRACE" not in options.headers.get("Allow", ""),
            options,
        )


@attack("requests", "a mail server that does not answer stops nothing else", "health within 10 s")
def slow_mail_server(site: Site) -> Iterator[Try]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        port = str(silent.getsockname()[1])
        with site.with_settings(MAIL_PORT=port) as slow, ThreadPoolExecutor(16) as threads:
            visitors = [slow.visitor() for _ in range(16)]
            tokens = [visitor.token("/contact") for visitor in visitors]
            pairs = zip(visitors, tokens, strict=True)
            forms = [(visitor, FORMS["/contact"] | {"csrf_token": token}) for visitor, token in pairs]
            sent = [threads.submit(visitor.post, "/contact", fields) for visitor, fields in forms]
            wait(sent, timeout=1)
            for path in ("/healthz", "/auth/login"):
                start = time.monotonic()
                answer = slow.visitor().get(path)
                took = time.monotonic() - start
                yield path, answer.status == 200 and took < SECONDS, f"{answer} after {took:.0f} s"
            silent.close()


@attack("requests", "a flood of logins leaves the application answering", "health within 10 s")
def many_at_once(site: Site) -> Iterator[Try]:
    email, visitors = site.account(), [site.visitor() for _ in range(16)]
    tokens = [visitor.token("/auth/login") for visitor in visitors]
    fields = {"email": email, "password": PASSWORD}
    with ThreadPoolExecutor(16) as threads:
        for visitor, token in zip(visitors, tokens, strict=True):
            threads.submit(visitor.post, "/auth/login", fields | {"csrf_token": token})
        start = time.monotonic()
        answer = site.visitor().get("/healthz")
        took = time.monotonic() - start
    yield "/healthz", answer.status == 200 and took < SECONDS, f"{answer} after {took:.1f} s"
