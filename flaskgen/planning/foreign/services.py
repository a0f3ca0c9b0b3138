"""The services that a project talks to: databases, queues, and mail servers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.foreign.requirements import Requirements
from flaskgen.planning.foreign.source import Sign

_SETTINGS = (".py", ".env", ".cfg", ".ini", ".toml", ".yml", ".yaml")
_NO_CONNECTION = re.compile(
    r"Connection ?refused|could not (?:connect|translate host name)|Can't connect|Name or service not known|"
    r"Temporary failure in name resolution|Network is unreachable|ServerSelectionTimeout|No route to host",
    re.IGNORECASE,
)


class Service(NamedTuple):
    """Another program that the application talks to."""

    name: str
    """``PostgreSQL``"""
    found_in: str
    """What names it: ``requirements.txt: psycopg2``."""


class Names(NamedTuple):
    """What is known of distributions: the tables of import-names.toml."""

    distributions: Mapping[str, str]
    """The distribution of each import name."""
    replacements: Mapping[str, str]
    """What replaces a distribution that cannot be built any more."""
    services: Mapping[str, str]
    """The service of each distribution that is a client of one."""
    ports: Mapping[str, int]
    """The usual port of each service."""
    clients: Mapping[str, str]
    """The service of each module in whose name one can be told in a traceback."""
    schemes: Mapping[str, str]
    """The service of each scheme of URLs, without its ``ql``."""


def find_services(
    files: Mapping[PurePosixPath, str],
    requirements: Requirements,
    imported: Mapping[str, Sign],
    names: Names,
) -> tuple[Service, ...]:
    """Return each service once, with what names it: a requirement, an import, or a URL."""
    clients = {one.name: f"{one.path}: {one.requirement.name}" for one in requirements.declared}
    for distribution, sign in imported.items():
        clients.setdefault(distribution, str(sign))
    found: dict[str, str] = {}
    for distribution, place in clients.items():
        if service := names.services.get(distribution):
            found.setdefault(service, place)
    scheme = re.compile(rf"^(?!\s*#).*?\b(({'|'.join(names.schemes)})(?:ql)?(?:\+\w+)?://)", re.MULTILINE)
    for path, text in files.items():
        if path.suffix in _SETTINGS or path.name.startswith(".env"):
            for match in scheme.finditer(text):
                line = text.count("\n", 0, match.start(1)) + 1
                found.setdefault(names.schemes[match[2]], f"{path}:{line}: {match[1]}")
    return tuple(Service(*one) for one in found.items())


def needed_service(text: str, names: Names) -> str | None:
    """Return the service that a program could not connect to; None if that is not why it failed."""
    if not _NO_CONNECTION.search(text):
        return None
    found = [service for service, port in names.ports.items() if re.search(rf"\b{port}\b", text)]
    found += [service for client, service in names.clients.items() if client in text]
    return found[0] if found else "a service"
