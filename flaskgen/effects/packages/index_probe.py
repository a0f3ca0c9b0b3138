"""Send a request as uv did, to learn from the answer what uv did not tell."""

from __future__ import annotations

import os
import re
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from flaskgen.planning.packages.sources import PackageSources, redact

_SECONDS = 5
_ENOUGH = 65536
# What every index says of itself or of its files: https://packaging.python.org/specifications/simple-repository-api/
_INDEX_MARKS = re.compile(
    r"(?i)pypi:repository-version|\.whl\b|\.tar\.gz\b|\.zip\b|\"files\"\s*:|simple index|links for"
)
_CERTIFICATE = "set the CA certificate with `cert` in pip.conf, PIP_CERT or SSL_CERT_FILE"


@dataclass(frozen=True)
class Cause:
    """Why uv failed, in one line, and what to do about it."""

    message: str
    hint: str


def probe(url: str, sources: PackageSources, *, reached: bool = False) -> Cause | None:
    """Request ``url`` and return what is wrong; None if nothing is, or if it cannot be requested.

    It is that of a file, or ends with a slash and is that of a page of an index. If uv ``reached`` that, the
    connection is not what is wrong.
    """
    proxy = sources.proxy_for(url)
    if not all(one.startswith("http") for one in (url, proxy or url)):
        return None
    try:
        opener = _opener(proxy, sources)
    except OSError:  # also an SSLError
        named = " or ".join(filter(None, (sources.certificate, sources.client_certificate)))
        return None if reached else Cause(f"{named} is missing or contains no certificate", _CERTIFICATE)
    try:
        return _judge_answer(url, opener, sources)
    except (OSError, HTTPException) as error:
        return None if reached else _broken_connection(url, error, sources)


def _judge_answer(url: str, opener: OpenerDirector, sources: PackageSources) -> Cause | None:
    """Return what is wrong with an answer. Raises OSError or HTTPException if there is none."""
    bare = urlsplit(url)._replace(netloc=_host_of(url)).geturl()
    request = Request(bare, headers={"Accept": "text/html"})  # noqa: S310 # it is http
    if password := _password_for(url, sources):
        request.add_unredirected_header("Authorization", f"Basic {password}")
    try:
        with opener.open(request, timeout=min(_SECONDS, sources.timeout or _SECONDS)) as answer:
            content = answer.read(_ENOUGH)
    except HTTPError as error:
        with error:
            # With a password from netrc or a keyring, uv may have been let in.
            unsure = error.code == 404 or (error.code in (401, 403) and not password)
            return None if unsure else status_cause(url, error.code, error.reason, sources)
    if answer.length and len(content) < _ENOUGH:
        raise IncompleteRead(content, answer.length)
    if url.endswith("/") and not _INDEX_MARKS.search(content.decode("utf-8", "replace")):
        return _not_an_index(url, f"it returns {answer.headers.get('Content-Type')}")
    return None


def status_cause(url: str, status: int, reason: str, sources: PackageSources) -> Cause:
    """Return what an HTTP status other than 2xx means."""
    answer = f"{status} {reason}"
    if status == 407:
        return Cause(
            f"the proxy {redact(sources.proxy_for(url) or url)} requires a username and password: {answer}",
            "add them to the proxy's URL, http://USER:PASSWORD@HOST:PORT",
        )
    if status in (401, 403):
        return Cause(
            f"the index refuses access to {redact(url)}: {answer}",
            "check the username and password in the index's URL or in ~/.netrc, and their permissions",
        )
    if status < 400:
        return _not_an_index(url, "too many redirects")
    return Cause(f"{redact(url)} answers {answer}", "try again later, or pass another --index-url")


def _not_an_index(url: str, answer: str) -> Cause:
    return Cause(
        f"{redact(url)} is not a package index: {answer}",
        f"check the index's URL; a network that requires a login also responds in place of {_host_of(url)}",
    )


def unreachable(url: str, reason: str, sources: PackageSources) -> Cause:
    """Return the cause that there is no connection to the host of ``url``."""
    if proxy := sources.proxy_for(url):
        return Cause(
            f"cannot reach {_host_of(url)} through the proxy {redact(proxy)}: {reason}",
            "check HTTPS_PROXY and HTTP_PROXY, or `proxy` in pip.conf",
        )
    return Cause(
        f"cannot reach {_host_of(url)}: {reason}",
        "check the network, or pass --offline if uv's cache has the packages",
    )


def _broken_connection(url: str, error: Exception, sources: PackageSources) -> Cause:
    reason = error.reason if isinstance(error, URLError) else error
    match reason:
        case ssl.SSLCertVerificationError():
            said = f"the certificate of {_host_of(url)} is not trusted: {reason.verify_message}"
            return Cause(said, _CERTIFICATE)
        case ssl.SSLError():
            said = f"TLS error: {(reason.reason or 'unknown').replace('_', ' ').lower()}"
        case socket.gaierror():
            said = "its name cannot be resolved"
        case TimeoutError():
            said = "timed out"
        case RemoteDisconnected() | IncompleteRead() | ConnectionResetError():
            said = "the connection was closed early"
        case BadStatusLine():
            said = "the response is not HTTP"
        case OSError() if reason.strerror:
            said = reason.strerror.lower()
        case _:
            said = str(reason).removeprefix("Tunnel connection failed: ")
            if said.startswith("407 "):
                return status_cause(url, 407, said.removeprefix("407 "), sources)
    return unreachable(url, said, sources)


def _host_of(url: str) -> str:
    """Return the host, and the port if it is named."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _password_for(url: str, sources: PackageSources) -> str:
    """Return the user and password of an index on the host of ``url``, encoded; empty if none has them."""
    known = [urlsplit(index).netloc.rpartition("@") for index in sources.indexes]
    user = next((user for user, at, host in known if at and host == _host_of(url)), "")
    return b64encode(unquote(user).encode()).decode()


def _opener(proxy: str | None, sources: PackageSources) -> OpenerDirector:
    """Return what trusts the same certificates as uv. Raises OSError if their file cannot be used."""
    named = sources.certificate
    is_directory = named is not None and os.path.isdir(named)
    context = ssl.create_default_context(
        cafile=None if is_directory else named, capath=named if is_directory else None
    )
    if sources.client_certificate:
        context.load_cert_chain(sources.client_certificate)
    proxies = {"http": proxy, "https": proxy} if proxy else {}
    return build_opener(ProxyHandler(proxies), HTTPSHandler(context=context))
