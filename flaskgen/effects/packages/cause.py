"""What an installer left behind when it failed, and the cause that was found in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flaskgen.planning.packages.sources import PackageSources, redact

_URL = re.compile(r"https?://[^\s\"'`()<>,]+")


@dataclass(frozen=True)
class Cause:
    """Why it failed, in one line, and what to do about it."""

    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What was printed, without credentials, and how the installer was told to work."""

    text: str
    sources: PackageSources
    python: str = ""
    """The version of the interpreter that packages were sought for, where it is known."""

    def near(self, match: re.Match[str]) -> str:
        """Give the address that the words of ``match`` are about: the last up to its line, else the next."""
        end = self.text.find("\n", match.end())
        before = _URL.findall(self.text if end < 0 else self.text[:end])
        after = _URL.findall(self.text[match.end() :])
        found = before[-1:] or after[:1]
        return found[0].rstrip(".:") if found else redact(next(iter(self.sources.indexes), "the index"))

    def proxy_for(self, url: str) -> str | None:
        """Give the proxy that a request for ``url`` goes through, without its credentials."""
        scheme = urlsplit(url).scheme.upper()
        if _is_excepted(urlsplit(url).hostname or "", self.sources.proxies.get("NO_PROXY", "").split(",")):
            return None
        proxy = self.sources.proxies.get(f"{scheme}_PROXY") or self.sources.proxies.get("ALL_PROXY")
        return redact(proxy) if proxy else None


def _is_excepted(host: str, exceptions: Sequence[str]) -> bool:
    names = [name.strip().lstrip("*.") for name in exceptions]
    return any(name and (host == name or host.endswith("." + name)) for name in names) or "*" in exceptions


def host_of(url: str) -> str:
    """Give the host, and the port where it is named."""
    return urlsplit(url).netloc.rpartition("@")[2] or url
