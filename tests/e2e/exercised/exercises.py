"""Exercises exercised_app.py: run by the pytest of the environment under test.

``models.py`` is a copy of classic_models.py or typed_models.py. What a line of Flask may not
have, such as the test client's ``text``, is not used.
"""

import pytest
from dotenv import dotenv_values
from exercised_app import add_user, create_app, mail
from itsdangerous import URLSafeTimedSerializer
from models import all_users, db
from werkzeug.security import check_password_hash


def text_of(response):
    return response.get_data(as_text=True)


@pytest.fixture
def app():
    app = create_app()
    with app.app_context():
        db.create_all()
        add_user()
        yield app
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


def test_a_model_is_stored_and_shown(app):
    assert "ann@example.org" in text_of(app.test_client().get("/"))
    assert check_password_hash(all_users()[0].password, "open")


def test_json_goes_in_and_out(app):
    response = app.test_client().post("/echo", data='{"a": [1]}', content_type="application/json")
    assert '"a"' in text_of(response)


def test_an_error_handler_answers(app):
    response = app.test_client().get("/nowhere")
    assert (response.status_code, text_of(response)) == (404, "no such page")


def test_members_log_in_and_out(app):
    client = app.test_client()
    assert client.get("/members").status_code == 401
    assert client.get("/login").status_code == 302
    assert "ann@example.org" in text_of(client.get("/members"))
    with client.session_transaction() as stored:
        assert stored["seen"]
    client.get("/logout")
    assert client.get("/members").status_code == 401


def test_a_form_validates_an_address_and_mails(app):
    client = app.test_client()
    assert "Invalid email address" in text_of(client.post("/contact", data={"email": "ann@"}))
    with mail.record_messages() as outbox:
        assert text_of(client.post("/contact", data={"email": "ann@python.org"})) == "sent"
    assert outbox[0].recipients == ["ann@python.org"]
    assert "text/html" in str(outbox[0])


def test_a_post_without_its_csrf_token_is_refused(app):
    app.config["WTF_CSRF_ENABLED"] = True
    assert app.test_client().post("/contact", data={"email": "ann@python.org"}).status_code == 400


def test_dotenv_and_signed_tokens_are_there(tmp_path):
    (tmp_path / ".env").write_text("FLASK_DEBUG='1'\n")
    assert dotenv_values(str(tmp_path / ".env")) == {"FLASK_DEBUG": "1"}
    serializer = URLSafeTimedSerializer("secret")
    assert serializer.loads(serializer.dumps("ann"), max_age=60) == "ann"
