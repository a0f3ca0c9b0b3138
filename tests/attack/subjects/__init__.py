"""The subjects of the attacks, in the order of the run."""

from tests.attack.subjects import (  # noqa: I001
    redirects,
    sessions,
    forgery,
    enumeration,
    injection,
    hosts,
    links,
    requests,
    headers,
    limits,
)

__all__ = [
    "enumeration",
    "forgery",
    "headers",
    "hosts",
    "injection",
    "limits",
    "links",
    "redirects",
    "requests",
    "sessions",
]
