"""What an attacker sends: hostile values, made from small grammars, and how a browser reads an address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

EVIL = "evil.example"
_HOSTS = (
    EVIL,
    f"localhost@{EVIL}",
    f"user:pass@{EVIL}",
    f"localhost.{EVIL}",
    f"{EVIL}:443",
    "[::1]",
    "2130706433",
)
# Browsers read `\` as `/`, and leave tabs and line ends out.
_SLASHES = (
    "//",
    "///",
    "////",
    "\\\\",
    "/\\",
    "\\/",
    "/\t/",
    "/\n/",
    "/\r/",
    "\t//",
    " //",
    "\x00//",
    "/.//",
    "/\x0b/",
)
_SCHEMES = (
    "https:",
    "http:",
    "HTTPS:",
    "https:/",
    "ftp:",
    "javascript:",
    "vbscript:",
    "blob:https:",
    "data:text/html,",
    "ht\ntps:",
    "\x01https:",
)
_UNICODE_SLASHES = (
    "\uff0f\uff0f",
    "/\uff0f",
    "\u2044\u2044",
    "\u2215\u2215",
    "/\u200b/",
    "\ufeff//",
    "/\u00ad/",
)
_ENCODED = ("%2f%2f", "/%2f", "%5c%5c", "/%5c", "/%09/", "/%0d%0a/", "%252f%252f", "//%2e%2e/", "/%00/")

SQL = (
    "'",
    "' OR '1'='1' -- ",
    "'; DROP TABLE user; -- ",
    '" OR ""="',
    "') UNION SELECT password_hash FROM user -- ",
    "1 OR 1=1",
    "%' ESCAPE '\\",
)
PRODUCT = str(1337 * 7331)
"""What a template engine makes of one of the templates."""
TEMPLATES = ("{{ 1337*7331 }}", "${1337*7331}", "#{1337*7331}", "<%= 1337*7331 %>", "{% print(1337*7331) %}")
MARKUP = (
    "<script>attack()</script>",
    '"><img src=x onerror=attack()>',
    "'><svg/onload=attack()>",
    "</textarea></title><b id=attack>",
    "<!--<attack>-->",
)
UNSTORABLE = (
    "\x00",
    "a\x00b@example.com",
    "\ud800",
    "\udfff\ud800",
    "\ufffe",
    "\U0010ffff",
    "\u202e",
    "a\u0300" * 200,
)
"""NUL, halves of surrogate pairs (sent as their three bytes), and other text at the edges."""
HEADERS = (
    "Ada\r\nBcc: {evil}",
    "Ada\nBcc: {evil}",
    "Ada\r\n\r\n{evil}",
    "Ada\u2028Bcc: {evil}",
    "Ada\x0bBcc: {evil}",
)
PAGES = (
    "99999999999999999999",
    "9223372036854775807",
    "9" * 4000,
    "-1",
    "0",
    "1e9",
    "NaN",
    "0x10",
    "\u0663",
    "1;",
    "",
)
_UP = (
    *("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\"),
    *("....//", "%252e%252e%252f", "..%00/", "..;/"),
)
TRAVERSALS = (
    *(
        f"{up * times}{target}"
        for up in _UP
        for times, target in ((1, "config.py"), (2, ".env"), (9, "etc/passwd"))
    ),
    *("/etc/passwd", "%2fetc%2fpasswd"),
)


def targets() -> Iterator[str]:
    """Yield hostile values of `next`: each a way, for some reader, to another host or to a script."""
    yield from (f"{slashes}{EVIL}/" for slashes in (*_SLASHES, *_UNICODE_SLASHES, *_ENCODED))
    yield from (f"//{host}/a" for host in _HOSTS)
    yield from (f"https://{host}/a" for host in _HOSTS)
    for scheme in _SCHEMES:
        yield from (f"{scheme}{slashes}{EVIL}/" for slashes in ("", "//", "\\\\", "/\t/"))
    yield from (
        f"/\r\nLocation: https://{EVIL}/",
        f"/%0d%0aSet-Cookie: a={EVIL}",
        f"/a\x00//{EVIL}",
        EVIL,
        f".{EVIL}",
    )
    yield from (f"//\u24d4vil.example/{part}" for part in ("", "\u3002", "\ud800"))


def look_alikes(email: str) -> Iterator[str]:
    """Yield other ways to write an address of the same mailbox."""
    name, _, host = email.partition("@")
    yield from (email.upper(), f" {email} ", f"{name}@{host.title()}", f"{email}\u00a0")
    wide: dict[str, str | int | None] = {letter: chr(ord(letter) + 0xFEE0) for letter in "aeox"}
    others = host.translate(str.maketrans(wide)), host.replace("e", "\u212f"), host.replace(".", "\u3002")
    yield from (f"{name}@{other}" for other in others)


def host_read_by_a_browser(address: str) -> str | None:
    """Return the host that a browser on an https page would go to, or nothing where it stays; or the scheme.

    See https://url.spec.whatwg.org/#concept-basic-url-parser.
    """
    text = re.sub("[\t\r\n]", "", address.strip("".join(map(chr, range(33)))))
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return scheme[0].lower()
    rest = text[scheme.end() :] if scheme else text
    path = re.split("[?#]", rest)[0].replace("\\", "/")
    away = path.startswith("//") or (scheme is not None and scheme[1].lower() == "http")
    return urlsplit(f"https://{path.lstrip('/')}").netloc.rpartition("@")[2] if away else None


def encode(text: str) -> str:
    """Return the text as a part of a query or a form; a half of a surrogate pair keeps its three bytes."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
