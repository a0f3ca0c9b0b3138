"""An application that uses all packages of the compatibility data together.

It is not in the module of its tests, since pytest's import hook is not one that Flask before 1.0 knows.
"""

from flask import (
    Blueprint,
    Flask,
    flash,
    jsonify,
    redirect,
    render_template_string,
    request,
    session,
    url_for,
)
from flask_login import LoginManager, current_user, login_required, login_user, logout_user
from flask_mail import Mail, Message
from flask_wtf import CSRFProtect, FlaskForm
from models import User, all_users, db, user_by_id
from werkzeug.security import generate_password_hash
from wtforms import StringField
from wtforms.validators import DataRequired, Email

login = LoginManager()
mail = Mail()
csrf = CSRFProtect()
pages = Blueprint("pages", __name__)


class ContactForm(FlaskForm):
    email = StringField(validators=[DataRequired(), Email()])


@login.user_loader
def load_user(user_id):
    return user_by_id(int(user_id))


@pages.route("/")
def index():
    return render_template_string(
        "{% for user in users %}<p>{{ user.email }}</p>{% endfor %}", users=all_users()
    )


@pages.route("/echo", methods=["POST"])
def echo():
    return jsonify(request.get_json())


@pages.route("/login")
def log_in():
    login_user(all_users()[0])
    session["seen"] = True
    flash("Welcome")
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


def create_app():
    app = Flask(__name__)
    app.config.update(
        TESTING=True,
        SECRET_KEY="secret",
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SQLALCHEMY_TRACK_MODIFICATIONS=False,
        MAIL_DEFAULT_SENDER="shop@example.org",
        WTF_CSRF_ENABLED=False,
    )
    for extension in (db, login, mail, csrf):
        extension.init_app(app)
    app.register_blueprint(pages)
    app.errorhandler(404)(lambda error: ("no such page", 404))
    return app


def add_user():
    password = generate_password_hash("open", method="pbkdf2:sha256:1000")
    db.session.add(User(email="ann@example.org", password=password))
    db.session.commit()
