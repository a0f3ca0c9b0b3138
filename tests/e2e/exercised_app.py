"""Uses all packages of the compatibility data together: run by the pytest of the environment under test."""

from __future__ import annotations

import pytest
from dotenv import dotenv_values
from flask import Blueprint, Flask, jsonify, redirect, render_template_string, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_mail import Mail, Message
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import StringField
from wtforms.validators import DataRequired, Email


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
login = LoginManager()
mail = Mail()
csrf = CSRFProtect()
pages = Blueprint("pages", __name__)


class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]


class ContactForm(FlaskForm):
    email = StringField(validators=[DataRequired(), Email()])


@login.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@pages.route("/")
def index():
    users = db.session.scalars(select(User)).all()
    return render_template_string("{% for user in users %}<p>{{ user.email }}</p>{% endfor %}", users=users)


@pages.route("/login")
def log_in():
    login_user(db.session.scalars(select(User)).one())
    session["seen"] = True
    return redirect(url_for("pages.members"))


@pages.route("/logout")
def log_out():
    logout_user()
    return redirect("/")


@pages.route("/members")
@login_required
def members():
    return jsonify(email=current_user.email)


@pages.route("/contact", methods=["GET", "POST"])
def contact():
    form = ContactForm()
    if form.validate_on_submit():
        mail.send(Message("Hello", recipients=[form.email.data], body="text", html="<p>text</p>"))
        return "sent"
    return render_template_string("{{ form.csrf_token }}{{ form.email }}{{ form.email.errors }}", form=form)


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config.update(
        TESTING=True,
        SECRET_KEY="secret",
        SQLALCHEMY_DATABASE_URI="sqlite://",
        MAIL_DEFAULT_SENDER="shop@example.org",
        WTF_CSRF_ENABLED=False,
    )
    for extension in (db, login, mail, csrf):
        extension.init_app(app)
    app.register_blueprint(pages)
    app.cli.command("count")(lambda: print(len(db.session.scalars(select(User)).all())))
    with app.app_context():
        db.create_all()
        password = generate_password_hash("open", method="pbkdf2:sha256:1000")
        db.session.add(User(email="ann@example.org", password=password))
        db.session.commit()
        yield app
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


def test_a_model_is_stored_and_shown(app):
    assert "ann@example.org" in app.test_client().get("/").text
    assert check_password_hash(db.session.scalars(select(User)).one().password, "open")


def test_members_log_in_and_out(app):
    client = app.test_client()
    assert client.get("/members").status_code == 401
    response = client.get("/login", follow_redirects=True)
    assert response.get_json() == {"email": "ann@example.org"}
    with client.session_transaction() as stored:
        assert stored["seen"]
    client.get("/logout")
    assert client.get("/members").status_code == 401


def test_a_form_validates_an_address_and_mails(app):
    client = app.test_client()
    assert "Invalid email address" in client.post("/contact", data={"email": "ann@"}).text
    with mail.record_messages() as outbox:
        assert client.post("/contact", data={"email": "ann@python.org"}).text == "sent"
    assert outbox[0].recipients == ["ann@python.org"]
    assert "text/html" in str(outbox[0])


def test_a_post_without_its_csrf_token_is_refused(app):
    app.config["WTF_CSRF_ENABLED"] = True
    assert app.test_client().post("/contact", data={"email": "ann@python.org"}).status_code == 400


def test_the_flask_command_runs_with_the_application(app):
    assert app.test_cli_runner().invoke(args=["count"]).output == "1\n"


def test_dotenv_and_signed_tokens_are_there(app, tmp_path):
    (tmp_path / ".env").write_text("FLASK_DEBUG='1'\n")
    assert dotenv_values(tmp_path / ".env") == {"FLASK_DEBUG": "1"}
    serializer = URLSafeTimedSerializer("secret")
    assert serializer.loads(serializer.dumps("ann"), max_age=60) == "ann"
