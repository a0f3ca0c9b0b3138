"""Exercises the packages that exercised_app.py has no use for, each in an application of its own.

EXERCISED names the extensions that the line of Flask under test supports, and its traits.
"""

import os
import re
import subprocess
import sys

import pytest
from bare_app import create_app

EXERCISED = os.environ["EXERCISED"].split(",")


def needs(extension):
    return pytest.mark.skipif(extension not in EXERCISED, reason="not on this line")


def text_of(response):
    return response.get_data(as_text=True)


def run_python(folder, *arguments, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=str(folder),
        env=dict(os.environ, LC_ALL="C.UTF-8", LANG="C.UTF-8", **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.skipif(not hasattr(create_app(), "cli"), reason="it has no flask command")
def test_the_flask_command_runs_with_the_application(tmp_path):
    (tmp_path / "hello_app.py").write_text(
        "from flask import Flask\napp = Flask('hello')\n"
        "@app.cli.command('hello')\ndef hello():\n    print('hello from', app.name)\n"
    )
    assert "hello from hello" in run_python(tmp_path, "-m", "flask", "hello", FLASK_APP="hello_app.py")


@needs("script")
def test_flask_script_runs_a_command(tmp_path):
    (tmp_path / "manage.py").write_text(
        "from flask import Flask, current_app\nfrom flask_script import Command, Manager, Option\n"
        "class Hello(Command):\n    option_list = [Option('name')]\n"
        "    def run(self, name):\n        print('hello', name, 'from', current_app.name)\n"
        "manager = Manager(Flask('hello'))\nmanager.add_command('hello', Hello())\nmanager.run()\n"
    )
    assert "hello ann from hello" in run_python(tmp_path, "manage.py", "hello", "ann")


@needs("migrate")
def test_flask_migrate_makes_the_tables(tmp_path):
    (tmp_path / "migrations_app.py").write_text(
        "import os\nfrom flask import Flask\nfrom flask_migrate import Migrate, init, migrate, upgrade\n"
        "from flask_sqlalchemy import SQLAlchemy\napp = Flask('migrations')\n"
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///' + os.path.abspath('shop.db')\n"
        "app.config['SQLALCHEMY_TRACK_MODIFICATIONS'] = False\n"
        "db = SQLAlchemy(app)\nMigrate(app, db)\n"
        "class Note(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
        "with app.app_context():\n    init('migrations')\n    migrate('migrations')\n"
        "    upgrade('migrations')\n"
        "    db.session.add(Note())\n    db.session.commit()\n    print('notes:', Note.query.count())\n"
    )
    assert "notes: 1" in run_python(tmp_path, "migrations_app.py")
    if "no-cli" not in EXERCISED:
        application = tmp_path / "migrations_app.py"
        application.write_text(application.read_text().partition("with app.app_context")[0])
        run_python(tmp_path, "-m", "flask", "db", "upgrade", FLASK_APP="migrations_app.py")


@needs("restful")
def test_flask_restful_answers_and_validates():
    from flask_restful import Api, Resource, reqparse

    class Notes(Resource):
        def post(self):
            parser = reqparse.RequestParser()
            parser.add_argument("number", type=int, location="json", required=True)
            return parser.parse_args(), 201

    app = create_app()
    Api(app).add_resource(Notes, "/notes")
    client = app.test_client()
    post = {"path": "/notes", "content_type": "application/json"}
    assert client.post(data='{"number": 2}', **post).status_code == 201
    assert client.post(data="{}", **post).status_code == 400


@needs("restful")
def test_marshmallow_validates_what_flask_restful_receives():
    from flask import request
    from flask_restful import Api, Resource
    from marshmallow import Schema, ValidationError, fields

    class Note(Schema):
        number = fields.Integer(required=True)

    class Notes(Resource):
        def post(self):
            try:
                return Note().load(request.get_json()), 201
            except ValidationError as error:
                return error.messages_dict, 422

    app = create_app()
    Api(app).add_resource(Notes, "/notes")
    client = app.test_client()
    post = {"path": "/notes", "content_type": "application/json"}
    assert client.post(data='{"number": 2}', **post).status_code == 201
    assert client.post(data='{"other": 2}', **post).status_code == 422


@needs("smorest")
def test_flask_smorest_answers_and_describes_itself():
    import marshmallow
    from flask.views import MethodView
    from flask_smorest import Api, Blueprint

    class Note(marshmallow.Schema):
        number = marshmallow.fields.Integer(required=True)

    notes = Blueprint("notes", "notes", url_prefix="/notes")

    @notes.route("/")
    class Notes(MethodView):
        @notes.arguments(Note)
        @notes.response(201, Note)
        def post(self, note):
            return note

    app = create_app()
    app.config.update(API_TITLE="shop", API_VERSION="1", OPENAPI_VERSION="3.0.3")
    app.config.update(OPENAPI_URL_PREFIX="/", OPENAPI_JSON_PATH="openapi.json")
    Api(app).register_blueprint(notes)
    client = app.test_client()
    post = {"path": "/notes/", "content_type": "application/json"}
    assert client.post(data='{"number": 2}', **post).status_code == 201
    assert client.post(data="{}", **post).status_code == 422
    assert "/notes/" in text_of(client.get("/openapi.json"))


@needs("bootstrap")
def test_bootstrap_flask_renders_and_serves_its_own_files():
    from flask import render_template_string
    from flask_bootstrap import Bootstrap5

    app = create_app()
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)
    page = "{% from 'bootstrap5/nav.html' import render_nav_item %}{{ bootstrap.load_css() }}"
    app.add_url_rule(
        "/", "index", lambda: render_template_string(page + "{{ render_nav_item('index', 'Home') }}")
    )
    client = app.test_client()
    shown = text_of(client.get("/"))
    assert "nav-link" in shown
    style = client.get(re.search('href="([^"]+css)"', shown)[1])
    assert style.status_code == 200
    style.close()


@pytest.mark.skipif("limiter" not in EXERCISED, reason="not on this line")
def test_flask_limiter_refuses_what_is_too_much():
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    limiter = Limiter(key_func=get_remote_address)
    app = create_app()
    app.config.update(RATELIMIT_STORAGE_URI="memory://", RATELIMIT_HEADERS_ENABLED=True)
    limiter.init_app(app)
    limited = limiter.limit("2 per minute", methods=["POST"])(lambda: "ok")
    app.add_url_rule("/", "index", limited, methods=["GET", "POST"])
    client = app.test_client()
    answers = [client.post("/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert client.get("/").status_code == 200


@needs("sqlalchemy")
def test_sqlalchemy_knows_the_drivers():
    from sqlalchemy import create_engine

    driver = "psycopg2" if "legacy-orm" in EXERCISED else "psycopg"
    for url in (f"postgresql+{driver}://shop@localhost/shop", "mysql+pymysql://shop@localhost/shop"):
        create_engine(url).dispose()


@needs("sqlalchemy")
@pytest.mark.skipif("legacy-orm" in EXERCISED, reason="SQLAlchemy 1.4 has one base class")
@pytest.mark.parametrize("base", ["Model", "DeclarativeBase", "DeclarativeBaseNoMeta"])
@pytest.mark.parametrize("dataclass", [False, True])
def test_flask_sqlalchemy_has_models_on_each_base_class_of_its_documentation(base, dataclass):
    from flask_sqlalchemy import SQLAlchemy
    from flask_sqlalchemy.model import Model
    from sqlalchemy import orm

    class_ = Model if base == "Model" else getattr(orm, base)
    if dataclass and class_ is Model:
        pytest.skip("the base class of SQLAlchemy 1 has no dataclasses")
    bases = (class_, orm.MappedAsDataclass) if dataclass else (class_,)
    db = SQLAlchemy(model_class=type("Base", bases, {}))

    class Note(db.Model):
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True, **({"init": False} if dataclass else {}))
        text: orm.Mapped[str] = orm.mapped_column(db.String(20))

    app = create_app()
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    with app.app_context():
        db.create_all()
        db.session.add(Note(text="Tea"))
        db.session.commit()
        assert db.session.scalar(db.select(Note)).text == "Tea"
        db.session.remove()
        db.engine.dispose()


@needs("redis")
def test_redis_tells_of_a_server_that_is_not_there():
    import redis

    client = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=5)
    with pytest.raises(redis.ConnectionError):
        client.ping()
    client.close()


@needs("jobs")
def test_flask_rq_enqueues_in_a_context_of_the_application():
    import redis
    from flask_rq import RQ
    from rq import Retry

    app = create_app()
    app.config["RQ_CONNECTION"] = "redis://127.0.0.1:1"
    jobs = RQ()
    jobs.init_app(app)
    assert {"worker", "cron"} <= set(app.cli.commands["rq"].commands)
    with app.app_context(), pytest.raises(redis.RedisError):
        jobs.queue.enqueue(print, args=["tea"], kwargs={}, retry=Retry(3, [10, 60, 300]), job_timeout=300)


@needs("jobs")
def test_celery_runs_tasks_in_a_context_of_the_application():
    from celery import Celery, Task, shared_task
    from celery.schedules import crontab
    from flask import current_app
    from kombu.exceptions import OperationalError

    app = create_app()

    class FlaskTask(Task):
        def __call__(self, *args, **options):
            with app.app_context():
                return self.run(*args, **options)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    options = {"max_retries": 1, "interval_start": 0}
    celery_app.config_from_object({"broker_url": "redis://127.0.0.1:1", "broker_transport_options": options})
    celery_app.set_default()

    @shared_task(bind=True)
    def name_of(task, greeting):
        return greeting, current_app.name

    assert name_of.apply(args=["hello"]).get() == ("hello", app.name)
    assert crontab.from_string("30 3 * * *").minute == {30}
    with pytest.raises(OperationalError):
        name_of.apply_async(["hello"], retry=False)


@needs("docker")
@pytest.mark.skipif(os.name == "nt", reason="gunicorn does not run there")
def test_gunicorn_loads_the_application(tmp_path):
    (tmp_path / "wsgi.py").write_text("from flask import Flask\napp = Flask('hello')\n")
    run_python(tmp_path, "-m", "gunicorn", "--check-config", "wsgi:app")


@needs("moment")
def test_flask_moment_renders_a_time():
    from datetime import datetime

    from flask import render_template_string
    from flask_moment import Moment

    app = create_app()
    Moment(app)
    page = "{{ moment(time).fromNow() }}"
    app.add_url_rule("/", "index", lambda: render_template_string(page, time=datetime(2020, 1, 1)))
    assert "2020-01-01T00:00:00" in text_of(app.test_client().get("/"))


@needs("caching")
@pytest.mark.parametrize(("kind", "calls"), [("SimpleCache", 1), ("FileSystemCache", 1), ("NullCache", 2)])
def test_flask_caching_keeps_what_a_view_and_a_function_return(tmp_path, kind, calls):
    from flask_caching import Cache

    app = create_app()
    cache = Cache()
    cache.init_app(app, {"CACHE_TYPE": kind, "CACHE_DIR": str(tmp_path), "CACHE_NO_NULL_WARNING": True})
    made = []
    double = cache.memoize()(lambda number: made.append(number) or 2 * number)
    app.add_url_rule("/", "index", cache.cached()(lambda: str(double(len(made)))))
    client = app.test_client()
    assert text_of(client.get("/")) == "0"
    client.get("/")
    assert len(made) == calls
    with app.app_context():
        cache.clear()
    client.get("/")
    assert len(made) == calls + 1


def test_the_development_tools_check_a_module(tmp_path):
    (tmp_path / "double.py").write_text("def double(number: int) -> int:\n    return 2 * number\n")
    (tmp_path / "test_double.py").write_text(
        "from double import double\n\n\ndef test_double():\n    assert double(2) == 4\n"
    )
    assert "1 passed" in run_python(
        tmp_path, "-m", "coverage", "run", "-m", "pytest", "-p", "no:cacheprovider"
    )
    assert "100%" in run_python(tmp_path, "-m", "coverage", "report", "-m", "double.py")
    assert "no issues" in run_python(tmp_path, "-m", "mypy", "--strict", "double.py")
    run_python(tmp_path, "-m", "ruff", "check", ".")
    run_python(tmp_path, "-m", "ruff", "format", "--check", ".")
