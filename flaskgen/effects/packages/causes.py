"""Find out why uv failed.

A cause is named if it is certain: by a number that uv printed (an HTTP status, an errno), by uv's own
verdict, or by sending a request as uv did. For everything else, the message is uv's own.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Sequence
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from flaskgen.effects.system.environment import errors_of_uv, fault_of_uv
from flaskgen.effects.system.session import Completed
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.sources import PackageSources, redact
from flaskgen.reporting import how_it_ended

_REQUEST = re.compile(r"Failed to fetch: (\S+)|An index (?:URL )?\((\S+)\)|`Content-Type`.* for `([^`]+)`")
_STATUS = re.compile(r"[( ]([45]\d\d) ([A-Z][\w-]*(?: [A-Z][\w-]*)*)")
_MISMATCH = re.compile(r"Hash mismatch for `([^`]+)`")
_FAILED = re.compile(r"Failed to (?:download and )?(\w+) `([^`]+)`")
_LACKING = re.compile(
    r"Because (?:(there) (?:is no version|are no versions) of )?(([\w.-]+)\S*)"
    r"(?: (was not found|needs to be downloaded|has no (?:usable )?wheels))?"
)
_UNFIT = re.compile(
    r"Because only (the following versions of )?([\w.-]+(?:\[[^\]]*\])?)\S* (?:is|are) available"
)
_TOO_NEW = re.compile(r"was filtered by `exclude-newer` to only include packages uploaded before (\d[\d-]*)")

_GO_ONLINE = "run once without --offline"


def find_cause(completed: Completed, sources: PackageSources, indexes: Sequence[str]) -> Cause:
    """Return why uv failed, and what to do about it; ``indexes`` are all that it asks."""
    text = redact(completed.stderr).strip() or f"error: uv {how_it_ended(completed.returncode)}"
    own_words = ": ".join(errors_of_uv(text)) or f"uv: {text.splitlines()[-1]}"
    return (
        _find_mismatch(text)
        or _find_request(text, sources)
        or _find_fault(text)
        or _find_unprepared(text, sources)
        or _find_lacking(text, sources, indexes)
        or _find_unfit(text, sources)
        or Cause(own_words, _rest(text))
    )


def mismatched_names(completed: Completed) -> list[str]:
    """Return the names of the packages whose files had another hash than their pins."""
    found = (match.partition("==")[0] for match in _MISMATCH.findall(completed.stderr))
    return list(dict.fromkeys(map(normalized, found)))


def _find_mismatch(text: str) -> Cause | None:
    match = _MISMATCH.search(text)
    return match and Cause(
        f"the index serves a different file for {match[1]} than the tested one: its hash differs",
        "it was changed on the index or in transit; if your own index rebuilt it, pass --index-url",
    )


def _find_request(text: str, sources: PackageSources) -> Cause | None:
    """Find what came of the request that uv gave up on."""
    match = _REQUEST.search(text)
    if match is None or sources.offline:
        return None
    url = match[1] or match[2] or match[3]
    if status := _STATUS.search(text):
        return status_cause(url, int(status[1]), status[2], sources)
    if "dns error" in text:  # to ask again could take as long again
        return unreachable(url, "its name cannot be resolved", sources)
    return probe(url, sources)


def _find_fault(text: str) -> Cause | None:
    fault = fault_of_uv(text)
    return Cause(*fault) if fault else None


def _find_unprepared(text: str, sources: PackageSources) -> Cause | None:
    """Find the package that uv chose, and then could not download or build."""
    match = _FAILED.search(text)
    if match and match[1] == "build":
        return Cause(f"{match[2]} has no wheel for this Python, and building it failed", _rest(text))
    if match and sources.offline and "disabled" in text:  # "network connectivity is disabled", says uv
        return Cause(f"uv's cache has no `{match[2]}`", _GO_ONLINE)
    return None


def _find_lacking(text: str, sources: PackageSources, indexes: Sequence[str]) -> Cause | None:
    """Find the package of which nothing fits, or the index that is none or refuses to answer."""
    match = _LACKING.search(text)
    if match is None or not (match[1] or match[4]):
        return None
    is_wheel = (match[4] or "").endswith("wheels")
    lacking = f"wheel of `{match[2]}` for this Python" if is_wheel else f"`{match[2]}`"
    if sources.offline:
        return Cause(f"uv's cache has no {lacking}", _GO_ONLINE)
    if too_new := _TOO_NEW.search(text):
        return Cause(f"the index has no {lacking} of {too_new[1]} or before", _rest(text))
    asked = () if sources.no_index else indexes
    for index in asked:
        if "://" not in index and not os.path.isdir(index):
            return Cause(
                f"the index `{index}` is neither a URL nor a directory", "begin its URL with https://"
            )
        if cause := probe(f"{index.rstrip('/')}/{match[3]}/", sources, reached=True):
            return cause
    hint = "check the name, the version and the index's URL"
    if asked:
        hint += f": {redact(' '.join(asked))}"
    return Cause(f"the index has no {lacking}", _rest(text) if is_wheel else hint)


def _find_unfit(text: str, sources: PackageSources) -> Cause | None:
    """Find the package of which no version fits, if uv lists those that are there or if others are hidden."""
    match = _UNFIT.search(text)
    if match and sources.offline:
        return Cause(f"uv's cache has no `{match[2]}` that fits", _GO_ONLINE)
    return Cause(f"no version of `{match[2]}` fits", _rest(text)) if match and match[1] else None


def _rest(text: str) -> str:
    """Return what uv printed beyond the error and its causes, or how to see it."""
    lines = text.partition("error: ")[2].splitlines()[1:]
    rest = [
        line.strip().removeprefix("hint: ")
        for line in lines
        if line.strip() and not line.startswith(("  cause: ", "For more information"))
    ]
    return "\n".join(rest[-15:]) or "try again; -v shows uv's output"


_SECONDS = 5
_ENOUGH = 65536
# What every index says of itself or of its files: https://packaging.python.org/specifications/simple-repository-api/
_INDEX_MARKS = re.compile(
    r"(?i)pypi:repository-version|\.whl\b|\.tar\.gz\b|\.zip\b|\"files\"\s*:|simple index|links for"
)
_CERTIFICATE = "set the CA certificate with `cert` in pip.conf, PIP_CERT or SSL_CERT_FILE"


class Cause(NamedTuple):
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
        return _not_an_index(url, f"it returns {answer.headers.get('Content-Type') or 'nothing'}")
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
    return Cause(f"{redact(url)} answers {answer}", "try again later, or use another index")


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
