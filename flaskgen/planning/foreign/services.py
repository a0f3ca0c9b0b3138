"""The services that a project talks to: databases, queues, and mail servers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.foreign.requirements import Requirements
from flaskgen.planning.foreign.source import Sign

PORTS = {
    "PostgreSQL": 5432,
    "MySQL": 3306,
    "MongoDB": 27017,
    "Redis": 6379,
    "RabbitMQ": 5672,
    "Memcached": 11211,
    "Elasticsearch": 9200,
}
_CLIENTS = {
    "psycopg": "PostgreSQL",
    "pymysql": "MySQL",
    "MySQLdb": "MySQL",
    "redis": "Redis",
    "pymongo": "MongoDB",
    "mongoengine": "MongoDB",
    "elasticsearch": "Elasticsearch",
    "pika": "RabbitMQ",
    "kombu": "RabbitMQ or Redis",
    "smtplib": "a mail server",
}
_SCHEMES = {
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mongodb": "MongoDB",
    "redis": "Redis",
    "amqp": "RabbitMQ",
    "mssql": "SQL Server",
    "oracle": "Oracle",
    "memcached": "Memcached",
}
_SCHEME = re.compile(rf"^(?!\s*#).*?\b(({'|'.join(_SCHEMES)})(?:ql)?(?:\+\w+)?://)", re.MULTILINE)
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
    """What is known of distributions."""

    distributions: Mapping[str, str]
    """The distribution of each import name."""
    services: Mapping[str, str]
    """The service of each distribution that is a client of one."""


def parse_names(text: str) -> Names:
    """Read import-names.toml."""
    document = tomllib.loads(text)
    return Names(document["distributions"], document["services"])


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
    for path, text in files.items():
        if path.suffix in _SETTINGS or path.name.startswith(".env"):
            for match in _SCHEME.finditer(text):
                line = text.count("\n", 0, match.start(1)) + 1
                found.setdefault(_SCHEMES[match[2]], f"{path}:{line}: {match[1]}")
    return tuple(Service(*one) for one in found.items())


def needed_service(text: str) -> str | None:
    """Return the service that a program could not connect to; None if that is not why it failed."""
    if not _NO_CONNECTION.search(text):
        return None
    of_port = next((service for service, port in PORTS.items() if re.search(rf"\b{port}\b", text)), None)
    return of_port or next((service for client, service in _CLIENTS.items() if client in text), "a service")
