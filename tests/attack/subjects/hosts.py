"""Attacks by the names that a request gives: its host, and what it claims of proxies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.attack.site import Site
from tests.attack.table import Try, attack
from tests.attack.values import EVIL

HOSTS = (
    EVIL,
    f"localhost.{EVIL}",
    f"localhost:80@{EVIL}",
    f"{EVIL}/localhost",
    f"{EVIL}#localhost",
    f"{EVIL}?localhost",
    f"localhost,{EVIL}",
    f"localhost {EVIL}",
    "127.0.0.1",
    "[::1]",
    f"[::1]@{EVIL}",
    "",
    "local\u212aost",
    "<script>attack()</script>",
)
CLAIMS = (
    ("X-Forwarded-Host", EVIL),
    ("X-Host", EVIL),
    ("X-Forwarded-Server", EVIL),
    ("Forwarded", f"host={EVIL};proto=https"),
    ("X-Original-URL", f"https://{EVIL}/auth/account"),
    ("X-Rewrite-URL", "/auth/account"),
    ("X-Forwarded-Prefix", f"//{EVIL}"),
    ("X-Script-Name", f"//{EVIL}"),
    ("SCRIPT_NAME", f"//{EVIL}"),
    ("X_Forwarded_Host", EVIL),
)
ADDRESSES = ("10.0.0.5", "10.0.0.5:8000", "[2001:db8::5]", "[2001:db8::5]:8000")


@attack("hosts", "a host that is not trusted gets no page", "400, without a link to it or its markup")
def forged_hosts(site: Site) -> Iterator[Try]:
    visitor = site.behind_the_proxy()
    for host in HOSTS:
        for path in ("/", "/auth/login", "/notes", "/auth/account", "/api/notes"):
            answer = visitor.send("GET", path, host=host)
            linked = re.search(rf"//\S*{EVIL}", answer.everything)
            marked = "<script>attack" in answer.text and answer.headers.get_content_type() == "text/html"
            yield f"{path} of {host!r}", answer.status in (0, 400, 404) and not (linked or marked), answer


@attack("hosts", "a second name of the host counts for nothing", "400, or the first host")
def two_hosts(site: Site) -> Iterator[Try]:
    visitor = site.behind_the_proxy()
    for path in ("/auth/account", "/notes"):
        for headers in ([("Host", EVIL)], [("host", EVIL)], [(" Host", EVIL)]):
            answer = visitor.send("GET", path, headers=headers)
            yield f"{path} and {headers}", EVIL not in answer.everything, answer
        answer = visitor.get(f"https://{EVIL}{path}")
        yield f"https://{EVIL}{path}", answer.status < 500 and EVIL not in answer.everything, answer


@attack("hosts", "what a client claims of proxies counts for nothing", "the same page, without the name")
def claims(site: Site) -> Iterator[Try]:
    for visitor in (site.visitor(), site.behind_the_proxy()):
        for claim in CLAIMS:
            for path in ("/auth/login", "/auth/account", "/notes"):
                answer = visitor.get(path, [claim])
                yield f"{path} with {claim}", answer.status < 500 and EVIL not in answer.everything, answer


@attack("hosts", "no link in a mail leads elsewhere", "no mail, or a link without what was forged")
def links_in_mails(site: Site) -> Iterator[Try]:
    port = 6666
    for host, claim in (
        (f"localhost:{port}", ("X-A", "")),
        (None, ("X-Forwarded-Host", EVIL)),
        (EVIL, ("X-A", "")),
    ):
        visitor, email = site.behind_the_proxy(), site.account()
        body = f"csrf_token={visitor.token('/auth/register')}&email={email}".encode()
        referer = ("Referer", f"https://{host or visitor.host}/")
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        answer = visitor.send("POST", "/auth/register", body, [kind, claim, referer], host=host)
        text = site.text_to(email, seconds=10 if answer.status == 302 else 0)
        forged = re.search(rf"{EVIL}|:{port}", text)
        yield (
            f"Host {host}, {claim[0]}",
            forged is None and answer.status < 500,
            forged[0] if forged else answer,
        )


@attack("hosts", "load balancers may ask for health by address", "200, and nothing else by address")
def health_by_address(site: Site) -> Iterator[Try]:
    visitor = site.behind_the_proxy()
    for host in ADDRESSES:
        for path, statuses in (
            ("/healthz", [200]),
            ("/readyz", [200]),
            ("/", [400]),
            ("/healthz/../auth/login", [400, 404]),
        ):
            answer = visitor.send("GET", path, host=host)
            yield f"{path} of {host}", answer.status in statuses, answer
