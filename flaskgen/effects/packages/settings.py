"""Read where packages come from: from pip's configuration, and from uv's if pip's is silent."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path

from flaskgen.effects.packages.settings_pip import read_pip_options
from flaskgen.effects.packages.settings_uv import UvSettings, read_uv_settings
from flaskgen.errors import BrokenSettings
from flaskgen.planning.packages.sources import PackageSources

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})

# In the order in which requests, which pip speaks through, and then Python's ssl module look for one.
_CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def configured_sources() -> PackageSources:
    """Return what ``pip install`` would use for the user who runs this. Raises BrokenSettings."""
    home = os.path.expanduser("~")
    return read_package_sources(os.environ, home=Path(home) if os.path.isabs(home) else None)


def read_package_sources(environ: Mapping[str, str], *, home: Path | None) -> PackageSources:
    """Return what ``pip install`` would use in this environment, without starting pip.

    ``home`` is the user's home directory, None if there is none. Raises BrokenSettings, which names
    the file and the line, or the setting.
    """
    pip = read_pip_options(environ, home=home)
    uv = read_uv_settings(environ, home=home)
    return PackageSources(
        index_url=pip.get("index-url") or uv.index_url,
        extra_index_urls=_words(pip, "extra-index-url") or uv.extra_index_urls,
        find_links=tuple(_expand(link, home) for link in _words(pip, "find-links")) or uv.find_links,
        no_index=_flag(pip, "no-index"),
        certificate=pip.get("cert") or _first(environ, _CERTIFICATE_VARIABLES),
        client_certificate=pip.get("client-cert") or environ.get("SSL_CLIENT_CERT") or None,
        trusted_hosts=_words(pip, "trusted-host") or uv.trusted_hosts,
        proxies=_proxies(pip, environ, uv),
        timeout=_seconds(pip) or uv.timeout,
        keyring=pip.get("keyring-provider") == "subprocess" or uv.keyring,
    )


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _words(options: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(options.get(name, "").split())


def _expand(link: str, home: Path | None) -> str:
    return str(home / link[2:]) if home and link.startswith(("~/", "~" + os.sep)) else link


def _flag(options: Mapping[str, str], name: str) -> bool:
    value = options.get(name, "no").lower()
    if value not in _TRUE | _FALSE:
        raise BrokenSettings(
            f"pip's setting {name} is `{value}`, which is neither true nor false",
            hint=f"see `pip config debug` for where {name} is set",
        )
    return value in _TRUE


def _seconds(options: Mapping[str, str]) -> int | None:
    value = options.get("timeout")
    if value is None:
        return None
    try:
        return max(1, math.ceil(float(value)))
    except (ValueError, OverflowError):
        raise BrokenSettings(
            f"pip's setting timeout is `{value}`, which is not a number of seconds",
            hint="see `pip config debug` for where timeout is set",
        ) from None


def _proxies(options: Mapping[str, str], environ: Mapping[str, str], uv: UvSettings) -> dict[str, str]:
    if proxy := options.get("proxy"):
        # pip's own setting replaces all of the variables, NO_PROXY too.
        return {"HTTP_PROXY": _with_scheme(proxy), "HTTPS_PROXY": _with_scheme(proxy)}
    proxies = dict(uv.proxies)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        # The lower-case spelling wins, and an empty one takes the proxy away, as in urllib.
        value = environ.get(name.lower(), environ.get(name))
        if value:
            proxies[name] = value if name == "NO_PROXY" else _with_scheme(value)
        elif value is not None:
            proxies.pop(name, None)
    return proxies


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"
