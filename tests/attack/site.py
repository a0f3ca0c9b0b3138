"""The application under attack: a full project, served by gunicorn behind a proxy that speaks https."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.message import Message
from pathlib import Path

from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import version_numbers
from tests.attack.visitor import Visitor
from tests.browser.https_front import HttpsFront, https_front, make_certificate
from tests.browser.production import Production, make_production, serve_redis
from tests.mailbox import Mailbox, plain_text, serve_mail

PASSWORD = "analytical engine"
ACCOUNTS = 200
CONTACT = "contact@example.com"
TOKEN = secrets.token_urlsafe(32)

_FILL = """
import sys
from wsgi import app
from shop.auth import tokens, users
from shop.extensions import db
assert app.test_cli_runner().invoke(args=["init-db"]).exit_code == 0
with app.app_context():
    password_hash = users.create("user@example.com", sys.argv[2]).password_hash
    for number in range(int(sys.argv[1])):
        db.session.add(users.User(email=f"user{number}@example.com", password_hash=password_hash))
    token_hash = tokens.hash_token(sys.argv[3])
    user_id = users.find("user@example.com").id
    db.session.add(tokens.ApiToken(user_id=user_id, name="attacks", token_hash=token_hash))
    db.session.commit()
"""
_LIST_RULES = """
import json, re
from wsgi import app
fill = lambda rule: re.sub("<[^>]+>", "1", rule.rule)
rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]
print(json.dumps([[fill(rule), sorted(rule.methods)] for rule in rules]))
"""


@dataclass
class Site:
    """A running application, and those who visit it."""

    production: Production
    front: HttpsFront
    port: int
    """gunicorn's own port, for what a proxy might pass on."""
    mailbox: Mailbox
    certificate: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _accounts: Iterator[int] = field(default_factory=lambda: itertools.count())

    def visitor(self) -> Visitor:
        """Return someone new, at an address that nobody had: limits count by address."""
        number = next(self._numbers)
        return Visitor(self.front.server_port, self.front.host, f"127.1.{number // 250}.{number % 250 + 1}")

    def behind_the_proxy(self, address: str = "192.0.2.1") -> Visitor:
        """Return someone whose bytes reach gunicorn as they are, as from a proxy that checks nothing."""
        return Visitor(self.port, self.front.host, address, encrypted=False)

    def account(self) -> str:
        """Return the address of an account that no other attack uses; its password is PASSWORD."""
        number = next(self._accounts)
        assert number < ACCOUNTS, "more attacks than accounts"
        return f"user{number}@example.com"

    def someone_logged_in(self, remember: bool = False) -> tuple[Visitor, str]:
        visitor, email = self.visitor(), self.account()
        answer = visitor.log_in(email, PASSWORD, remember)
        assert visitor.is_logged_in, f"login answered {answer}"
        return visitor, email

    def take_mail(self, address: str = "", seconds: float = 10) -> Message | None:
        """Wait for a mail to an address, or to anyone, and take it out of the mailbox."""
        deadline = time.monotonic() + seconds
        while True:
            for message in self.mailbox.messages:
                # Notices answer nothing that an attack asked for.
                if address in str(message["To"]) and "contact us" not in plain_text(message):
                    self.mailbox.messages.remove(message)
                    return message
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)

    def text_to(self, address: str, seconds: float = 10) -> str:
        """Return the text of the next mail to an address; empty if none comes."""
        message = self.take_mail(address, seconds)
        return plain_text(message) if message else ""

    def ask_for_code(self, email: str) -> str:
        """Ask for a link by mail, and return the code in it; empty where no mail comes."""
        self.visitor().submit("/auth/register", {"email": email})
        found = re.search(r"https?://\S+#([^\s:]+)", self.text_to(email))
        return found[1] if found else ""

    def redeem(self, code: str, password: str) -> bool:
        """Choose a password by a code, and return whether the application took it."""
        answer = self.visitor().submit("/auth/password", {"code": code, "password": password})
        return answer.status in (302, 303)

    @property
    def rules(self) -> list[tuple[str, list[str]]]:
        """The paths that are served, a 1 in place of each variable, and their methods."""
        found = json.loads(self.production.call(self.production.python, "-c", _LIST_RULES))
        return [(path, methods) for path, methods in found]

    @property
    def pages(self) -> list[str]:
        return [path for path, methods in self.rules if "GET" in methods]

    @contextmanager
    def with_settings(self, **settings: str) -> Iterator[Site]:
        """Serve the same project once more, with other settings."""
        changed = replace(self.production, settings=self.production.settings | settings)
        with changed.serving() as port, https_front(self.certificate, port) as front:
            yield replace(self, production=changed, front=front, port=port)


def _slow_python() -> tuple[str, ...]:
    """Return the options for the newest Python on which long texts cost time: 3.14 compares them at once."""
    minors = [one.minor for one in find_interpreters(Session()) if one.usual]
    slow = [minor for minor in minors if (3, 10) <= version_numbers(minor) < (3, 14)]
    return ("--python", max(slow, key=version_numbers)) if slow else ()


@contextmanager
def make_site(parent: Path, cache: Path) -> Iterator[Site]:
    """Make the project and all that it needs."""
    with ExitStack() as stack:
        mailbox, mail_port = stack.enter_context(serve_mail())
        settings = {
            "TRUSTED_HOSTS": "localhost",
            "PROXY_HOPS": "1",
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(mail_port),
            "MAIL_DEFAULT_SENDER": "shop@example.com",
            "CONTACT_ADDRESS": CONTACT,
            # Werkzeug's own, which takes a fifth of the time: some attacks send a hundred passwords.
            "PASSWORD_HASH_METHOD": "scrypt:32768:8:1",
        }
        settings["REDIS_URL"] = stack.enter_context(serve_redis(parent))
        if not settings["REDIS_URL"]:
            settings["WEB_CONCURRENCY"] = "1"  # without Redis each process counts for itself
        options = ("--preset", "full", "-o", "login.totp=yes", *_slow_python())
        production = make_production(parent, *options, cache=cache, **settings)
        production.call(production.python, "-c", _FILL, str(ACCOUNTS), PASSWORD, TOKEN)
        certificate = make_certificate(parent)
        port = stack.enter_context(production.serving())
        front = stack.enter_context(https_front(certificate, port))
        yield Site(production, front, port, mailbox, certificate)
