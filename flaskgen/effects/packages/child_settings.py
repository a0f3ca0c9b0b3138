"""Tell uv where packages come from, in variables that no other user's ``ps`` can show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from flaskgen.effects.system.cache import users_cache_is_foreign
from flaskgen.effects.system.environment import child_environment
from flaskgen.planning.packages.sources import PackageSources

# Seconds to wait for an answer, if the user set nothing.
_TIMEOUT = 15


def uv_environment(sources: PackageSources) -> dict[str, str]:
    """Return the whole process environment for uv, in which nothing but ``sources`` decides."""
    settings = {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_NO_CACHE": "1" if users_cache_is_foreign() else "",
        "UV_HTTP_TIMEOUT": str(sources.timeout or _TIMEOUT),
        # uv waits longer before each further try; two of them can pass five seconds.
        "UV_HTTP_RETRIES": "1",
        "UV_DEFAULT_INDEX": sources.index_url or "",
        "UV_INDEX": " ".join(sources.extra_index_urls),
        "UV_FIND_LINKS": ",".join(_existing(sources.find_links)),
        "UV_INSECURE_HOST": " ".join(sources.trusted_hosts),
        "UV_KEYRING_PROVIDER": "subprocess" if sources.keyring else "",
        "SSL_CLIENT_CERT": sources.client_certificate or "",
        **_certificate(sources),
        **sources.proxies,
    }
    return child_environment({name: value for name, value in settings.items() if value})


def _existing(links: tuple[str, ...]) -> Iterator[str]:
    """Skip missing directories, as pip does; uv would refuse to run."""
    for link in links:
        if "://" in link:
            path = _path_of(link)
            if path is None or path.exists():
                yield link
        elif (path := Path(os.path.expanduser(link)).absolute()).exists():
            yield path.as_uri()


def _path_of(link: str) -> Path | None:
    if not link.startswith("file:"):
        return None
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(link).path))


def _certificate(sources: PackageSources) -> dict[str, str]:
    if sources.certificate is None:
        # pip trusts what the system trusts; uv brings a list of its own.
        return {"UV_SYSTEM_CERTS": "1"}
    path = os.path.abspath(sources.certificate)
    return {"SSL_CERT_DIR" if os.path.isdir(path) else "SSL_CERT_FILE": path}
