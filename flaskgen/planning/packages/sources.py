"""Where packages come from: indexes, files, certificates and proxies, as one value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PUBLIC_INDEX = "https://pypi.org/simple"


class PackageSources(NamedTuple):
    """The network settings that uv is given; None leaves its own default."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    """Directories, files and pages that list packages, as paths or URLs."""
    no_index: bool = False
    offline: bool = False
    certificate: str | None = None
    """A file, or a directory of files, with the trusted certificates."""
    client_certificate: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    """Hosts that the user chose to trust without a valid certificate; flaskgen itself never adds one."""
    proxies: Mapping[str, str] = {}
    """Proxy by the variable that names it: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``."""
    timeout: int | None = None
    """Seconds to wait for an answer."""
    keyring: bool = False
    """Whether the ``keyring`` program is asked for the passwords of an index."""

    @property
    def private(self) -> bool:
        """Whether packages can come from elsewhere than the public index."""
        return bool(self.index_url or self.extra_index_urls or self.find_links or self.no_index)

    @property
    def indexes(self) -> tuple[str, ...]:
        """Every index that is named, the main one first."""
        return ((self.index_url,) if self.index_url else ()) + self.extra_index_urls

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy that a request for ``url`` goes through."""
        parts = urlsplit(url)
        for excepted in map(str.strip, self.proxies.get("NO_PROXY", "").split(",")):
            name = excepted.lstrip("*.")
            if excepted == "*" or (name and f".{parts.hostname}".endswith(f".{name}")):
                return None
        return self.proxies.get(f"{parts.scheme.upper()}_PROXY") or self.proxies.get("ALL_PROXY")

    def without_public(self) -> PackageSources:
        """Return what is private only, without the public index, whether it is named or the default."""
        if self.no_index:
            return self
        private = [url for url in self.indexes if url.rstrip("/") != PUBLIC_INDEX]
        return self._replace(
            index_url=private[0] if private else None,
            extra_index_urls=tuple(private[1:]),
            no_index=not private,
        )


def with_options(sources: PackageSources, options: Mapping[str, Any]) -> PackageSources:
    """Apply the command line's options, by their names, as pip does: the index takes over, the lists grow."""

    def extended(configured: tuple[str, ...], name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*configured, *options.get(name, ()))))

    return sources._replace(
        index_url=options.get("index_url") or sources.index_url,
        extra_index_urls=extended(sources.extra_index_urls, "extra_index_url"),
        find_links=extended(sources.find_links, "find_links"),
        offline=options.get("offline") or sources.offline,
    )


# Greedy up to the last @ before the path, because passwords hold a bare @ more often than they are quoted.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s'\"`<>]+@")


def redact(text: str) -> str:
    """Return ``text`` without the users and passwords of its URLs."""
    return _CREDENTIALS.sub("****@", text)
