from __future__ import annotations

import pytest

from flaskgen.effects.foreign.files import known_names
from flaskgen.planning.foreign.services import needed_service


@pytest.mark.parametrize(
    ("text", "service"),
    [
        (
            "psycopg2.OperationalError: could not connect to server: Connection refused ... port 5432?",
            "PostgreSQL",
        ),
        (
            "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
            "Redis",
        ),
        ("pymongo.errors.ServerSelectionTimeoutError: mongo: Name or service not known", "MongoDB"),
        ("ConnectionRefusedError: [Errno 111] Connection refused", "a service"),
        ("KeyError: 5432", None),
    ],
)
def test_a_service_that_does_not_answer_is_named(text, service):
    assert needed_service(text, known_names()) == service
