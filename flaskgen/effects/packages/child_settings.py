"""Tell uv and pip where packages come from, in variables that no other user's ``ps`` can show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from flaskgen.effects.system.cache import users_cache_is_foreign
from flaskgen.effects.system.environment import child_environment
from flaskgen.planning.packages.sources import PackageSources

# Seconds to wait for an answer, where the user set nothing.
_TIMEOUT = 15


def uv_environment(sources: PackageSources) -> dict[str, str]:
    """Give the whole environment for uv: nothing of the surroundings decides but ``sources``."""
    settings = {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        # pip does the same by itself.
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
    """Pass over missing folders, as pip does; uv would refuse to run."""
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


def pip_environment(sources: PackageSources, *, temporary: Path) -> dict[str, str]:
    """Give the whole environment for pip, which unpacks and builds under ``temporary``."""
    settings = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_COLOR": "1",
        "PIP_PROGRESS_BAR": "off",
        "PIP_RETRIES": "0",
        # Each time it waits for the whole of the time.
        "PIP_RESUME_RETRIES": "1",
        "PIP_DEFAULT_TIMEOUT": str(sources.timeout or _TIMEOUT),
        "PIP_INDEX_URL": sources.index_url or "",
        "PIP_EXTRA_INDEX_URL": " ".join(sources.extra_index_urls),
        "PIP_FIND_LINKS": " ".join(_existing(sources.find_links)),
        "PIP_NO_INDEX": "1" if sources.no_index or sources.offline else "",
        "PIP_TRUSTED_HOST": " ".join(sources.trusted_hosts),
        "PIP_KEYRING_PROVIDER": "subprocess" if sources.keyring else "",
        "PIP_CERT": os.path.abspath(sources.certificate) if sources.certificate else "",
        "PIP_CLIENT_CERT": sources.client_certificate or "",
        # Interrupted, pip leaves what it unpacked; here it goes away with the folder.
        "TMPDIR": str(temporary),
        **sources.proxies,
    }
    return child_environment({name: value for name, value in settings.items() if value})
