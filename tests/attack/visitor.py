"""A client that sends what no browser would: each byte of the request is the attacker's."""

from __future__ import annotations

import html
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException, HTTPMessage, HTTPResponse

from tests.attack.values import encode

TIMEOUT = 30  # seconds
_LENGTHS = {"content-length", "transfer-encoding"}
Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back; the status 0 stands for a connection that was closed without an answer."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def everything(self) -> str:
        """The headers and the body, for what must stand in neither."""
        return f"{self.headers.as_string()}{self.text}"

    def __str__(self) -> str:
        return f"{self.status} {self.location}".strip() if self.status else "no answer"


NO_ANSWER = Answer(0, HTTPMessage(), b"")


def exchange(connection: socket.socket, request: bytes, method: str = "GET") -> Answer:
    """Send the bytes, and read one answer."""
    with suppress(OSError):  # a server may refuse a request before it has read all of it
        connection.sendall(request)
    try:
        response = HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.headers, response.read())
    except (HTTPException, OSError):
        return NO_ANSWER


@dataclass
class Visitor:
    """Someone at an address, with cookies, who comes through the proxy or plays it."""

    port: int
    host: str
    address: str
    encrypted: bool = True
    cookies: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, target: str, body: bytes = b"", headers: Headers = (), host: str | None = None
    ) -> Answer:
        """Send a request whose target and headers are taken as they are."""
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {self.host if host is None else host}",
            "Connection: close",
        ]
        given = {name.lower() for name, _ in headers}
        if "referer" not in given:
            lines.append(f"Referer: https://{self.host}/")
        if self.cookies and "cookie" not in given:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if not self.encrypted:
            # As the proxy does, which this visitor plays.
            lines += [f"X-Forwarded-For: {self.address}", "X-Forwarded-Proto: https"]
        if (body or method in ("POST", "PUT", "PATCH")) and "content-length" not in given | {
            "transfer-encoding"
        } & given:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in headers]
        request = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + body
        with self.connect() as connection:
            answer = exchange(connection, request, method)
        self.keep_cookies(answer)
        return answer

    def connect(self) -> socket.socket:
        source = (self.address, 0) if self.encrypted else None
        plain = socket.create_connection(("127.0.0.1", self.port), TIMEOUT, source_address=source)
        if not self.encrypted:
            return plain
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(plain, server_hostname="localhost")

    def keep_cookies(self, answer: Answer) -> None:
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            if not value or re.search(r"max-age=0\b|1970", line, re.IGNORECASE):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def get(self, target: str, headers: Headers = ()) -> Answer:
        return self.send("GET", target, headers=headers)

    def post(self, target: str, fields: Mapping[str, str], headers: Headers = ()) -> Answer:
        """Send a form as it is, without a token."""
        body = "&".join(f"{encode(name)}={encode(value)}" for name, value in fields.items())
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        return self.send("POST", target, body.encode(), [kind, *headers])

    def submit(self, target: str, fields: Mapping[str, str], headers: Headers = ()) -> Answer:
        """Send a form with the token that its page has."""
        return self.post(target, {"csrf_token": self.token(target)} | dict(fields), headers)

    def token(self, page: str) -> str:
        """Return the token of the first form of a page; empty where it has none."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).text)
        return html.unescape(found[1]) if found else ""

    def copy(self) -> Visitor:
        """Return someone who has stolen the cookies."""
        return replace(self, cookies=dict(self.cookies))

    def log_in(
        self, email: str, password: str, remember: bool = False, target: str = "/auth/login"
    ) -> Answer:
        fields = {"email": email, "password": password} | ({"remember": "y"} if remember else {})
        return self.submit(target, fields)

    @property
    def is_logged_in(self) -> bool:
        return self.get("/api/me").status == 200
