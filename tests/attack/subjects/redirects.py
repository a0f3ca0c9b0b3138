"""Attacks that send people from this site to another one."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.attack.site import PASSWORD, Site
from tests.attack.table import Try, attack
from tests.attack.values import EVIL, encode, host_read_by_a_browser, targets
from tests.attack.visitor import Answer, Visitor

STAYS = "an error, or a redirect to a path of this site"
PATHS = (
    f"//{EVIL}",
    f"//{EVIL}/notes",
    f"///{EVIL}/%2e%2e",
    f"//{EVIL}/%2f..",
    f"/%5c{EVIL}",
    f"/\\{EVIL}/notes",
    f"/notes//{EVIL}",
    f"//{EVIL}/auth/account",
    f"/notes?//{EVIL}",
    "/notes%0d%0aLocation:%20https://evil.example",
)


def stays(visitor: Visitor, answer: Answer) -> bool:
    leads = host_read_by_a_browser(answer.location)
    return answer.status < 500 and leads in (None, visitor.host, urlsplit(f"//{visitor.host}").hostname)


@attack("redirects", "no value of `next` leads away from the site", STAYS)
def next_of_someone_logged_in(site: Site) -> Iterator[Try]:
    visitor, _ = site.someone_logged_in()
    for target in targets():
        answer = visitor.get(f"/auth/login?next={encode(target)}")
        yield target, answer.location != "" and stays(visitor, answer), answer


@attack("redirects", "logging in leads nowhere else either", STAYS)
def next_of_someone_who_logs_in(site: Site) -> Iterator[Try]:
    email = site.account()
    for target in (f"//{EVIL}/", f"/\\{EVIL}/", f"https://{EVIL}/", f"/\t/{EVIL}/"):
        visitor = site.visitor()
        answer = visitor.log_in(email, PASSWORD, target=f"/auth/login?next={encode(target)}")
        yield target, answer.location != "" and stays(visitor, answer), answer


@attack("redirects", "no path with doubled slashes leads away", STAYS)
def doubled_slashes(site: Site) -> Iterator[Try]:
    visitor = site.behind_the_proxy()
    for path in PATHS:
        answer = visitor.get(path)
        yield path, stays(visitor, answer) and f"//{EVIL}" not in answer.location.partition("?")[0], answer
