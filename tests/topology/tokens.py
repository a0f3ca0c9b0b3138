"""API tokens, which a user makes and revokes at one instance, and API clients use at both."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.topology.stack import Stack, get

USER = {"email": "ada@example.com", "password": "a long enough one"}


def token_rows(stack: Stack, lost: list[str]) -> list[tuple[str, str]]:
    """Make a token, use it, revoke it, and try it again."""
    first, second = (int(instance.environment["PORT"]) for instance in stack.instances)
    stack.production.flask("create-user", USER["email"], "--password", USER["password"])
    user = User(first)
    user.submit("/auth/login", **USER)
    token = re.findall("<code>(.+)</code>", user.submit("/auth/tokens", name="topology"))[0]
    accepted = [add_note(port, token) for port in (first, second)]
    revoke = re.findall(r'action="(/auth/tokens/\d+)"', user.get("/auth/tokens"))[0]
    user.submit("/auth/tokens", to=revoke)
    refused = [add_note(port, token) for port in (first, second)]
    if accepted != [201, 201]:
        lost.append(f"a token of one instance is answered {accepted}")
    if refused != [401, 401]:
        lost.append(f"a revoked token is answered {refused}")
    return [
        ("an API token made at one instance", f"{accepted.count(201)} of 2 instances accept it"),
        ("the same, revoked there", f"{refused.count(401)} of 2 instances refuse it"),
    ]


def add_note(port: int, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return get(port, "/api/notes", json.dumps({"text": "by a client"}), **headers)[0]


@dataclass
class User:
    """A browser at an instance, which believes that its proxy has HTTPS."""

    port: int
    cookie: str = ""

    def get(self, path: str, body: str | None = None) -> str:
        headers = {
            "Cookie": self.cookie,
            "Referer": "https://localhost/",
            "X-Forwarded-Proto": "https",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, text, cookie = get(self.port, path, body, **headers)
        assert status in (200, 302), (path, status, text)
        self.cookie = cookie or self.cookie
        return text

    def submit(self, path: str, *, to: str = "", **fields: str) -> str:
        """Send the form of a page."""
        [token, *_] = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(path))
        return self.get(to or path, urlencode({"csrf_token": token, **fields}))
