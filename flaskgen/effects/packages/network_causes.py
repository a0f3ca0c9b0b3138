"""Recognise what went wrong on the way to the index: no route, proxy, certificate, refusal."""

from __future__ import annotations

import os
import re

from flaskgen.effects.packages.cause import Cause, Evidence, host_of

_CACHED = "check the network; what was installed before can be had without it, by --offline"
_CHECK_PROXY = "check HTTPS_PROXY and HTTP_PROXY, or `proxy` in pip.conf"
_CERTIFICATE = (
    "name the file with the authority's certificate by `cert` in pip.conf, PIP_CERT or SSL_CERT_FILE"
)

_STATUSES = (
    re.compile(r"HTTP status \w+ error \((?P<status>\d{3}) (?P<reason>[^)]+)\) for url \((?P<url>[^)]+)\)"),
    re.compile(
        r"index URL \((?P<url>\S+)\) could not be queried [^(\n]*\((?P<status>\d{3}) (?P<reason>[^)]+)\)"
    ),
    re.compile(r"An index \((?P<url>\S+)\) returned a (?P<status>\d{3}) (?P<reason>[\w ]+?) error"),
    re.compile(
        r"(?P<status>\d{3}) (?:Client|Server) Error: (?P<reason>.*?) for url: (?P<url>[^\s>]+)"
    ),
    re.compile(r"(?P<reason>too many) (?P<status>\d{3}) error responses"),
)  # fmt: skip

_NAME = re.compile(
    r"(?i)failed to lookup address|failed to resolve|name or service not known|nodename nor servname"
    r"|temporary failure in name resolution|getaddrinfo failed|no address associated"
)
_REFUSED = re.compile(r"(?i)connection refused|actively refused")
_UNREACHABLE = re.compile(r"(?i)network is unreachable|no route to host|host is unreachable")
_SILENT = re.compile(
    r"(?i)operation timed out|timed out|network timeout|did(?:n't| not) respond within|deadline has elapsed"
)
_CUT_OFF = re.compile(r"end of file before message length|IncompleteRead")
_FILE = re.compile(r"Failed to \w+ `|\.whl|\.tar\.gz|\.zip")
_NOT_HTTP = re.compile(r"invalid HTTP (?:version|header) parsed|BadStatusLine\(")
_BROKEN_OFF = re.compile(
    r"(?i)connection reset|connection aborted|connection closed before|remote end closed"
)
_TUNNEL = re.compile(
    r"Tunnel connection failed: (?P<status>\d{3}) (?P<reason>[^'\")\n]*)"
    r"|tunnel error: (?:(?P<asks>proxy authorization required)|unsuccessful)"
)
_PROXY = re.compile(
    r"(?i)tunnel error|proxy connection error|cannot connect to proxy|unable to connect to proxy"
)
_UNTRUSTED = re.compile(
    r"(?i)invalid peer certificate: ([^\n]+)|certificate verify failed: ([^\n(]+)|certificate verify failed"
)
_NOT_TLS = re.compile(r"(?i)received corrupt message of type|wrong version number|record layer failure")
_NO_BUNDLE = re.compile(r"(?i)invalid path: (\S+)|no certificate or crl found|could not load certs")
_INSECURE = re.compile(r"repository located at (\S+) is not a trusted or secure host")


def find_network_cause(evidence: Evidence) -> Cause | None:
    """Find what kept the installer from the index; None where it got through."""
    return (
        _find_tunnel(evidence)
        or _find_status(evidence)
        or _find_certificate(evidence)
        or _find_proxy(evidence)
        or _find_connection(evidence)
    )


def _find_status(evidence: Evidence) -> Cause | None:
    for pattern in _STATUSES:
        for match in pattern.finditer(evidence.text):
            found = match.groupdict()
            url = (found.get("url") or evidence.near(match)).rstrip(".:")
            # An index that lacks a project says 404: that is for the package's own cause to tell.
            if found["status"] != "404" or url.endswith((".whl", ".tar.gz", ".zip", ".metadata")):
                reason = "" if found["reason"] == "too many" else found["reason"].strip()
                return status_cause(evidence, url, int(found["status"]), reason)
    return None


def status_cause(evidence: Evidence, url: str, status: int, reason: str) -> Cause:
    """Say what an HTTP status means for the user."""
    from http import HTTPStatus

    known = {one.value: one.phrase for one in HTTPStatus}
    answer = f"{status} {reason or known.get(status, '')}".strip()
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return _proxy_that_asks(evidence.proxy_for(url) or host_of(url))
    if status in (401, 403):
        return Cause(
            f"the index refuses access to {url}: {answer}",
            "check the user and password in the index's URL or in ~/.netrc, and what they may read",
        )
    if status == 404:
        return Cause(f"the index lists {url} but does not have it: {answer}", "the index is out of order")
    hint = "wait a little and try again" if status == 429 else "the index is out of order: try again later"
    return Cause(f"the index cannot answer for {url}: {answer}", f"{hint}, or name another by --index-url")


def _proxy_that_asks(proxy: str) -> Cause:
    return Cause(
        f"the proxy {proxy} asks for a user and password: 407 Proxy Authentication Required",
        "give them in the proxy's URL, http://USER:PASSWORD@HOST:PORT",
    )


def _find_tunnel(evidence: Evidence) -> Cause | None:
    """Find a proxy that answers in place of the index, before a word of TLS was spoken."""
    match = _TUNNEL.search(evidence.text)
    if match is None:
        return None
    url = evidence.near(match)
    proxy = evidence.proxy_for(url) or "on the way"
    if match["asks"] or match["status"] == "407":
        return _proxy_that_asks(proxy)
    answer = f": {match['status']} {match['reason']}".rstrip() if match["status"] else ""
    return Cause(f"the proxy {proxy} does not let through to {host_of(url)}{answer}", _CHECK_PROXY)


def _find_certificate(evidence: Evidence) -> Cause | None:
    named = evidence.sources.certificate
    if match := _NO_BUNDLE.search(evidence.text):
        return Cause(
            f"the certificate file {match[1] or named} is not there or holds no certificate", _CERTIFICATE
        )
    if match := _UNTRUSTED.search(evidence.text):
        host = host_of(evidence.near(match))
        if named and not os.path.exists(named):
            return Cause(f"the certificate file {named} is not there", _CERTIFICATE)
        reason = (match[1] or match[2] or "verification failed").strip(" .'\")")
        return Cause(f"the certificate of {host} is not trusted: {reason}", _CERTIFICATE)
    if match := _NOT_TLS.search(evidence.text):
        host = host_of(evidence.near(match))
        return Cause(f"{host} does not speak TLS", "should its URL start with http:, not https:?")
    if match := _INSECURE.search(evidence.text):
        return Cause(
            f"pip takes nothing from {match[1]} over plain HTTP",
            "use its https: URL, or set trusted-host in pip.conf",
        )
    return None


def _find_proxy(evidence: Evidence) -> Cause | None:
    connection = next(
        (match for one in (_NAME, _REFUSED, _UNREACHABLE, _SILENT) if (match := one.search(evidence.text))),
        None,
    )
    match = _PROXY.search(evidence.text) or connection
    proxy = evidence.proxy_for(evidence.near(match)) if match else None
    if proxy is None:
        return None
    said = f": {connection[0]}" if connection else ""
    return Cause(f"the proxy {proxy} cannot be reached or does not let through{said}", _CHECK_PROXY)


def _find_connection(evidence: Evidence) -> Cause | None:
    if match := _NAME.search(evidence.text):
        return Cause(f"no route to {host_of(evidence.near(match))}: its name cannot be resolved", _CACHED)
    if match := _REFUSED.search(evidence.text):
        return Cause(f"no route to {host_of(evidence.near(match))}: connection refused", _CACHED)
    if match := _UNREACHABLE.search(evidence.text):
        return Cause(f"no route to {host_of(evidence.near(match))}: {match[0].lower()}", _CACHED)
    if match := _SILENT.search(evidence.text):
        return Cause(f"{host_of(evidence.near(match))} does not answer: timed out", _CACHED)
    if match := _NOT_HTTP.search(evidence.text):
        return Cause(f"{host_of(evidence.near(match))} does not speak HTTP", "check the index's URL and port")
    if (match := _CUT_OFF.search(evidence.text)) and not _FILE.search(evidence.text):
        return Cause(f"{host_of(evidence.near(match))} broke off in the middle of its answer", _CACHED)
    if match := _BROKEN_OFF.search(evidence.text):
        return Cause(f"{host_of(evidence.near(match))} broke off: {match[0].lower()}", _CACHED)
    return None
