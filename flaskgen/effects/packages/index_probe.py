"""Ask an index for one project's page, to learn what an installer did not tell."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from flaskgen.effects.packages.cause import Cause, Evidence
from flaskgen.effects.packages.network_causes import find_network_cause, status_cause
from flaskgen.effects.packages.package_causes import not_an_index
from flaskgen.planning.packages.sources import PackageSources, redact

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

_SECONDS = 5
_ENOUGH = 65536
# What every index says of itself or of its files: https://packaging.python.org/specifications/simple-repository-api/
_INDEX_MARKS = re.compile(
    r"(?i)pypi:repository-version|\.whl\b|\.tar\.gz\b|\.zip\b|\"files\"\s*:|simple index|links for"
)


def probe(project: str, evidence: Evidence) -> Cause | None:
    """Ask each index by HTTP for ``project``; None where all of them are in order, or none can be asked."""
    if evidence.sources.offline or evidence.sources.no_index:
        return None
    for index in evidence.sources.indexes:
        if index.startswith(("http://", "https://")):
            if (cause := _probe_page(f"{index.rstrip('/')}/{project}/", evidence)) is not None:
                return cause
        elif not index.startswith("file:"):
            return Cause(
                f"{redact(index)} is not a URL of an index", "an index starts with https:, http: or file:"
            )
    return None


def _probe_page(url: str, evidence: Evidence) -> Cause | None:
    from urllib.error import HTTPError, URLError
    from urllib.request import Request

    shown = redact(url)
    bare, authorization = _split_credentials(url)
    request = Request(bare, headers={"Accept": "text/html", **authorization})  # noqa: S310 # the scheme is checked
    try:
        with _opener(evidence.sources).open(request, timeout=_SECONDS) as answer:
            text = answer.read(_ENOUGH).decode("utf-8", "replace")
    except HTTPError as error:
        with error:
            return None if error.code == 404 else status_cause(evidence, shown, error.code, str(error.reason))
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        told = Evidence(f"{shown}: {reason}", evidence.sources, evidence.python)
        return find_network_cause(told)
    if _INDEX_MARKS.search(text):
        return None
    title = re.search(r"(?is)<(title|h1)[^>]*>\s*([^<]{1,60})", text)
    return not_an_index(shown, f"it shows `{' '.join(title[2].split())}`" if title else "it lists no files")


def _split_credentials(url: str) -> tuple[str, dict[str, str]]:
    from base64 import b64encode
    from urllib.parse import unquote, urlsplit, urlunsplit

    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    token = b64encode(unquote(user).encode()).decode()
    return urlunsplit(parts._replace(netloc=host)), {"Authorization": f"Basic {token}"}


def _opener(sources: PackageSources) -> OpenerDirector:
    import ssl
    from urllib.request import HTTPSHandler, ProxyHandler, build_opener

    named = sources.certificate if sources.certificate and os.path.exists(sources.certificate) else None
    folder = named is not None and os.path.isdir(named)
    context = ssl.create_default_context(cafile=None if folder else named, capath=named if folder else None)
    if sources.client_certificate and os.path.exists(sources.client_certificate):
        context.load_cert_chain(sources.client_certificate)
    proxies = {
        name.lower().removesuffix("_proxy"): proxy
        for name, proxy in sources.proxies.items()
        if name != "NO_PROXY"
    }
    return build_opener(ProxyHandler(proxies), HTTPSHandler(context=context))
