"""Tests for a generated project: what a client can send reaches the database, or is refused."""

import json
import re

import pytest
from shop.extensions import db
from sqlalchemy.exc import IntegrityError

TEXTS = [
    "Grüße, 日本 & 🎉",
    "👩‍👩‍👧 \U0001f1f1\U0001f1e9 e\u0301 \u202e",
    "\0",
    "a\0b",
    "\ud800",
    "\udcff",
    "\x01\x1b\x7f\x85",
    "\ufffe\uffff\U0010ffff",
    "'\"\\%_;--",
    "🎉" * 500,
    "🎉" * 501,
    "a" * 70_000,
]
NUMBERS = [
    *("-1", "0", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808"),
    *("9" * 30, "9" * 5000, "1e9", "0x1", "\u0661", "1_0", "NaN", "", "%00", "%ff", "%ed%a0%80"),
]


@pytest.fixture
def sent(client, api_token):
    """Sends a JSON text to each API, and returns the responses."""

    def sent(text):
        for url in ("/api/notes", "/rest/notes"):
            yield client.post(
                url,
                data=json.dumps({"text": text}),
                headers={"Authorization": f"Bearer {api_token}"},
                content_type="application/json",
            )

    return sent


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_the_apis_keep_a_text_as_it_is_or_refuse_it(client, sent, text):
    storable = len(text) <= 500 and not re.search("[\0\ud800-\udfff]", text)
    for response in sent(text):
        assert response.status_code == (201 if storable else 422)
    texts = {note["text"] for note in json.loads(client.get("/api/notes").text)}
    assert texts == ({text} if storable else set())
    assert client.get("/notes/").status_code == 200


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/auth/login", {"email": "ada@example.com", "password": "analytical engine"}),
        ("/auth/register", {"email": "grace@example.com"}),
        ("/auth/password", {"code": "a", "password": "analytical engine"}),
        (
            "/contact",
            {"name": "Ada", "email": "ada@example.com", "message": "Does it do sums?"},
        ),
    ],
)
def test_every_field_of_a_form_is_taken_or_refused(submit, path, fields, text):
    for name in fields:
        data = {**fields, name: text}
        # As a browser never would: half of a surrogate pair as three bytes.
        encoded = {key: value.encode("utf-8", "surrogatepass") for key, value in data.items()}
        response = submit(path, encoded)
        assert response.status_code in (200, 302, 303)


@pytest.mark.parametrize("number", NUMBERS, ids=ascii)
def test_every_number_is_counted_to_or_refused(client, number):
    for path in ("/notes/?page=", "/notes/?per_page=", "/notes/"):
        assert client.get(path + number).status_code in (200, 404)
    for api in ("/api/notes", "/rest/notes"):
        assert client.get(f"{api}/{number}").status_code in (308, 404)
        for name in ("page", "page_size"):
            assert client.get(f"{api}?{name}={number}").status_code in (200, 422)


def test_texts_of_the_greatest_length_are_kept(app, submit):
    data = {"name": "🎉" * 100, "email": "ada@example.com", "message": "🎉" * 5000}
    assert submit("/contact", data).status_code in (302, 303)
    inbox = pytest.importorskip("shop.inbox")
    with app.app_context():
        message = inbox.ContactMessage.query.one()
        assert (message.name, message.text) == (data["name"], data["message"])


def test_an_error_does_not_show_a_value_that_exists_already(app):
    table = db.Table("kept", db.MetaData(), db.Column("text", db.String(9), unique=True))
    secret = {"text": "a secret"}
    with app.app_context(), db.engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), secret)
        with pytest.raises(IntegrityError) as raised, connection.begin_nested():
            connection.execute(table.insert(), secret)
        table.drop(connection)
    assert "a secret" not in f"{raised.value} {raised.value.orig}"
