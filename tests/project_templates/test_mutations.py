"""Each control of a generated application is watched by its tests: taken out, some test fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.resources.resource import parse_resource
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES, NEWEST, RUNNING, any_python_of
from tests.project_templates.served import Site
from tests.project_templates.subsets import EVERYTHING, WEB, Files, PythonFor, write_tree
from tests.project_templates.test_resources import render as render_resources

CONTROLS = [
    ("config.py", "require_strong_key(app", "repr(app"),
    ("config.py", 'require_strong_key(key, "SECRET_KEY_FALLBACKS")', "pass"),
    ("config.py", '"TRUSTED_HOSTS": [],\n', ""),
    ("config.py", '"SESSION_COOKIE_SECURE": not development', '"SESSION_COOKIE_SECURE": False'),
    ("config.py", '"SESSION_COOKIE_SAMESITE": "Lax"', '"SESSION_COOKIE_SAMESITE": None'),
    ("config.py", '"__Host-session"', '"session"'),
    ("config.py", 'os.environ.get("FLASK_RUN_FROM_CLI") == "true"', "True"),
    ("config.py", "1024 * 1024", "None"),
    ("config.py", "256 * 1024", "None"),
    ("config.py", 'require(app.config, "TRUSTED_HOSTS")', "pass"),
    ("config.py", 'require(app.config, "MAIL_SERVER")', "pass"),
    ("config.py", "HOST_NAME.fullmatch(host)", "True"),
    ("config.py", "0 < port < 65536", "True"),
    ("config.py", 'server.count(":") != 1 and ', ""),
    ("config.py", ' and not re.search(r"^\\.|\\.\\.|\\s", server)', ""),
    ("config.py", "is_address(sender)", "True"),
    ("__init__.py", 'with reading("DATABASE_URL"):', "if True:"),
    ("config.py", "if text else default", "if text is not None else default"),
    ("config.py", "    app.config.update(mode)", "    pass"),
    ("config.py", "    app.config.from_prefixed_env()\n", ""),
    ("config.py", "class SettingsError(ClickException)", "class SettingsError(ValueError)"),
    ("security.py", 'if hosts and environ["PATH_INFO"]', 'if not hosts and environ["PATH_INFO"]'),
    ("config.py", "app.logger.setLevel(logging.INFO)", "pass"),
    ("config.py", '"hide_parameters": not app.debug', '"hide_parameters": False'),
    ("config.py", "if isinstance(default, bool):", "if False:"),
    ("security.py", "x_for=hops", "x_for=1"),
    ("security.py", "x_proto=hops", "x_proto=1"),
    ("security.py", "x_host=0", "x_host=hops"),
    ("security.py", "app.after_request(add_headers)", "pass"),
    ("security.py", "default-src 'none'", "default-src *"),
    ("security.py", "frame-ancestors 'none'", "frame-ancestors *"),
    ("security.py", "f\"script-src 'self'{nonce}\"", "\"script-src 'self' 'unsafe-inline'\""),
    ("security.py", '"X-Content-Type-Options": "nosniff",\n', ""),
    ("security.py", '"Cross-Origin-Opener-Policy": "same-origin",\n', ""),
    ("security.py", '"Cross-Origin-Resource-Policy": "same-origin",\n', ""),
    ("security.py", '"Referrer-Policy": "same-origin",\n', ""),
    ("security.py", "if request.is_secure:", "if False:"),
    ("security.py", " if name.lower() not in present", ""),
    ("errors.py", "error=error)", "error=error.original_exception)"),
    ("errors.py", " or request.path.startswith(API_PREFIXES)", ""),
    ("__init__.py", "    csrf.init_app(app)\n", ""),
    ("auth/views.py", "            session.clear()\n", ""),
    ("auth/views.py", "        sessions.end(current_user.session_token)\n", ""),
    ("auth/views.py", r"(?![/\\])[^\\\x00-\x20\x7f]*", ".*"),
    ("auth/views.py", "@login_required\n", ""),
    ("auth/views.py", 'methods=["POST"]', 'methods=["GET", "POST"]'),
    ("auth/views.py", '"no-store"', '"private"'),
    ("auth/views.py", "is_password_of(user, form.current.data)", "user"),
    ("auth/attempts.py", '"10 per 15 minutes"', '"10000 per 15 minutes"'),
    ("auth/attempts.py", '"60 per 15 minutes"', '"60000 per 15 minutes"'),
    ("auth/attempts.py", ", deduct_when=failed", ""),
    ("auth/account.py", "@limit_guesses\n", ""),
    ("auth/registration.py", '"5 per hour"', '"5000 per hour"'),
    ("auth/registration.py", "key_func=by_email", "key_func=attempts.by_account"),
    ("auth/attempts.py", "user_id, request", "request.form, request"),
    ("auth/passwords.py", "if not 8 <= len(password) <= 128:", "if False:"),
    ("auth/passwords.py", "if password.lower() in COMMON:", "if False:"),
    ("auth/passwords.py", "        hash_password(password)\n        return False", "        return False"),
    (
        "auth/users.py",
        'if not user.password_hash.startswith(current_app.config["PASSWORD_HASH_METHOD"])',
        "if 0",
    ),
    ("auth/users.py", "    end_sessions(user)\n    return", "    db.session.commit()\n    return"),
    (
        "auth/users.py",
        'unchanged = {"id": user.id, "password_hash": user.password_hash}',
        'unchanged = {"id": user.id}',
    ),
    ("auth/sessions.py", "        UserSession.used_at > now() - IDLE,\n", ""),
    ("auth/sessions.py", "if not replace_hash(user, user.password_hash):", "if False:"),
    ("database.py", "@bp.app_errorhandler(ObjectDeletedError)\n", ""),
    ("database.py", "@bp.app_errorhandler(StaleDataError)\n", ""),
    ("auth/sessions.py", "g.user_session.confirmed_at > now() - RECENT", "True"),
    ("auth/sessions.py", ", token=user.session_token)", ")"),
    ("auth/sessions.py", "change(used_at=now(), ", "change("),
    ("auth/account.py", '{"id": session_id, "user_id": current_user.id}', '{"id": session_id}'),
    ("auth/account.py", "if is_password_of(user, form.password.data):", "if user:"),
    ("auth/account.py", "    users.end_sessions(current_user)\n", ""),
    (
        "auth/email_change.py",
        "[*asked, password_mark] != [user.id, user.email, user.password_mark]",
        "asked != [user.id, user.email]",
    ),
    (
        "auth/email_change.py",
        "[*asked, password_mark] != [user.id, user.email, user.password_mark]",
        "password_mark != user.password_mark",
    ),
    ("auth/email_change.py", "max_age=seconds", "max_age=None"),
    ("auth/email_change.py", "    users.end_sessions(user)\n", "    db.session.commit()\n"),
    ("auth/email_change.py", '"5 per hour"', '"5000 per hour"'),
    ("auth/email_change.py", "            attempts.notify(user.email, f", "            str(f"),
    ("auth/email_change.py", "            attempts.notify(old, f", "            str(f"),
    ("auth/views.py", '            attempts.notify(user.email, "Your password was changed")\n', ""),
    ("auth/account.py", '            attempts.notify(email, "Your account was deleted")\n', ""),
    ("auth/admin.py", "if not current_user.is_admin:", "if False:"),
    ("auth/users.py", "    end_sessions(user)\n    click", "    db.session.commit()\n    click"),
    ("auth/users.py", "        return False\n    return True", "        raise\n    return True"),
    ("auth/addresses.py", ".ascii_email.lower()", ".original.lower()"),
    (
        "auth/addresses.py",
        "return found.ascii_email and",
        "return found.normalized if found.ascii_email is None else",
    ),
    ("auth/passwords.py", 'unicodedata.normalize("NFC", password[:1000])', "password[:1000]"),
    ("auth/passwords.py", "password[:1000]", "password"),
    ("auth/addresses.py", "if len(email) > 254:", "if False:"),
    ("config.py", "scrypt:16384:8:5", "scrypt:131072:8:1"),
    ("security.py", "\"connect-src 'self'\",\n", ""),
    ("errors.py", '    response.vary.add("Accept")\n', ""),
    ("auth/sessions.py", "remember=cookie in request.cookies", "remember=False"),
    ("contact.py", '"10 per hour"', '"10000 per hour"'),
    ("contact.py", "[InputRequired(), Length(10, 5000), is_text]", "[InputRequired(), Length(10, 5000)]"),
    ("database.py", "if page < 2**31", "if True"),
    ("config.py", '+= f"{separator}socket_timeout=2"', '+= ""'),
    ("database.py", 'if getattr(error, "statement", None) and not (is_lost or is_locked):', "if False:"),
    ("database.py", "(is_lost or is_locked)", "is_lost"),
    ("errors.py", 'response.headers.setdefault("Retry-After", "30")', "pass"),
    ("schema_fields.py", r"[^\x00\r\n\ud800-\udfff]*$(?!\n)", "[^\\x00\\ud800-\\udfff]*$"),
    ("form_fields.py", r"[^\0\r\n]*\Z", r"[^\0]*\Z"),
    ("limits.py", "ip_network((address, 64), strict=False)", "address"),
    ("limits.py", "error.retry_after = ", "error.seconds = "),
    ("auth/registration.py", "max_age=seconds", "max_age=None"),
    ("auth/registration.py", "if password_mark != (user.password_mark if user else None):", "if False:"),
    ("auth/registration.py", "if hosts and host not in hosts:", "if False:"),
    ("inbox.py", "' '.join(message.name.split())", "message.name"),
    ("inbox.py", "message.sent = True", "pass"),
    ("mailer.py", "sleep(PAUSE)\n", "raise\n"),
    ("config.py", 'require(app.config, "JOBS_URL")', "pass"),
    ("health.py", "    check_queue()\n", "    pass\n"),
    ("job_queue.py", "args, options = json.loads(json.dumps([args, options]))\n", "pass\n"),
    ("job_queue.py", "Context().run(call,", "call("),
    ("job_queue.py", "        raise NotQueued from error", "        pass"),
    ("job_queue.py", 'current_app.logger.error("%s was not queued', 'print("%s was not queued'),
    ("job_queue.py", 'with reading("JOBS_URL"):', "if True:"),
    ("job_queue.py", "retry=Attempts(len(PAUSES), PAUSES),\n", ""),
    ("job_queue.py", "description=function.__name__,", ""),
    ("job_queue.py", "result_ttl=0,", ""),
    ("job_queue.py", '"socket_timeout": 2, "retry": retry', '"socket_timeout": 2'),
    ("notes/api.py", "bp.before_request(require_token)\n", ""),
    ("notes/views.py", ".strip()[:500]", ".strip()"),
    ("notes/schemas.py", "validate.Length(max=500), is_text]", "is_text]"),
    ("api/me.py", "not current_user.is_authenticated", "False"),
    ("static_files.py", 'request.args.get("v") == current', "True"),
    ("static_files.py", "status.st_mtime_ns, status.st_size", "0, 0"),
    ("static_files.py", "find_hash if app.debug else find_once", "find_once"),
    ("auth/tokens.py", "return sha256(token.encode()).hexdigest()", "return token"),
    ("auth/tokens.py", 'own = {"id": token_id, "user_id": current_user.id}', 'own = {"id": token_id}'),
    ("auth/tokens.py", "select(ApiToken).filter_by(user_id=current_user.id)", "select(ApiToken)"),
    ("auth/tokens.py", ".values(used_at=now())", ".values(name=ApiToken.name)"),
    ("api_tokens.py", "or not valid", ""),
    ("api_tokens.py", 'scheme.lower() != "bearer" or ', ""),
    ("notes/api.py", "bp.before_request(require_json)\n", ""),
    ("extensions.py", "except ValueError as error:", "except KeyError as error:"),
    ("extensions.py", 'if request.method != "GET" and None in request.form:', "if False:"),
    ("form_fields.py", "super().__init__(formdata, **values)", "super().__init__(**values)"),
    ("extensions.py", "if cookie.isascii():", "if True:"),
    ("extensions.py", "        self._update_request_context_with_user()\n", ""),
    ("contact.py", "ContactForm(request.form)", "ContactForm()"),
    ("auth/views.py", "LoginForm(request.form)", "LoginForm()"),
]
"""What is replaced, and by what, in the package of a project with every extension."""

OF_RESOURCES = [
    ("form_fields.py", 'if hasattr(model, "owner_id"):', "if False:"),
    ("comments/views.py", "if comment.owner_id != current_user.id:", "if False:"),
    ("comments/views.py", ".filter_by(owner_id=current_user.id)", ""),
    ("comments/views.py", "@bp.before_request\n", ""),
    ("comments/models.py", '(sa.UniqueConstraint("title", "owner_id"),)', "()"),
    ("comments/models.py", 'sa.UniqueConstraint("title", "owner_id"),', 'sa.UniqueConstraint("title"),'),
    ("uploads.py", "if character.isprintable()", "if character"),
    ("uploads.py", "as_attachment=True", "as_attachment=False"),
    ("uploads.py", 'IMAGES.get(kind, "application/octet-stream")', "None"),
    ("uploads.py", "active_history=True", "active_history=False"),
    ("uploads.py", "if committed:", "if True:"),
    ("uploads.py", "if committed:", "if False:"),
    ("uploads.py", "places < 1", "places < 2"),
    ("uploads.py", "changes.places.keys() - changes.written", "changes.places.keys()"),
    ("uploads.py", " and not upload.path.exists()", ""),
    ("uploads.py", "outer.places.update(changes.places)", "pass"),
    ("uploads.py", "outer.written |= changes.written", "pass"),
    ("uploads.py", "if committed and transaction.parent:", "if False:"),
    ("uploads.py", "session.get_nested_transaction() or ", ""),
]
"""The same, of resources whose rows belong to users, with files."""

WITHOUT_JOBS = [
    ("background.py", "if not places.acquire(blocking=False):", "if False:"),
    ("background.py", "wait([future], PATIENCE)", "wait([future], 5)"),
    ("background.py", "        future.result()", "        pass"),
]
"""The same, of a project whose email is sent by threads."""

WITH_CELERY = [
    ("job_queue.py", '"task_retry_on_worker_lost": True,', ""),
    ("job_queue.py", 'if name.startswith(f"{__package__}."):', "if True:"),
    ("job_queue.py", "if name_of(function) == name:", "if True:"),
    ("job_queue.py", "    find_function(name)\n", ""),
    ("job_queue.py", '"accept_content": ["json"]', '"accept_content": ["json", "pickle"]'),
    ("job_queue.py", '"task_acks_late": True', '"task_acks_late": False'),
    ("job_queue.py", '"task_reject_on_worker_lost": True', '"task_reject_on_worker_lost": False'),
    ("job_queue.py", '"confirm_publish": True, ', ""),
    ("job_queue.py", "        raise task.retry(exc=error, countdown=pause) from error", "        raise"),
    ("job_queue.py", "    except OperationalError as error:", "    except ZeroDivisionError as error:"),
    ("job_queue.py", "    elif url:\n", "    elif False:\n"),
]
"""The same, of one with Celery."""

WITH_TOTP = [
    ("auth/views.py", "elif find_secret(user):", "elif False:"),
    ("auth/totp.py", " or user.password_mark != password_mark", ""),
    ("auth/totp.py", "time() - began > PATIENCE or ", ""),
    ("auth/totp.py", "range(now - 1, now + 2)", "range(now - 2, now + 3)"),
    ("auth/totp.py", ".where(TotpSecret.last_step < step)", ""),
    ("auth/totp.py", "secret=secret, last_step=step", "secret=secret, last_step=0"),
    ("auth/totp.py", '{"user_id": user.id, "code_hash": hash_code(code)}', '{"code_hash": hash_code(code)}'),
    (
        "auth/totp.py",
        "delete(RecoveryCode).filter_by(**used)",
        "update(RecoveryCode).filter_by(**used).values(user_id=user.id)",
    ),
    ("auth/totp.py", "return sha256(normalize(code).encode()).hexdigest()", "return normalize(code)"),
    ("auth/totp.py", "token_bytes(15)", "token_bytes(5)"),
    (
        "auth/totp.py",
        "    db.session.execute(delete(RecoveryCode).filter_by(user_id=user.id))\n    for",
        "    for",
    ),
    ("auth/totp.py", "delete(model).filter_by(user_id=user.id)", "delete(model)"),
    ("auth/totp.py", '    attempts.notify(user.email, "A recovery code was used")\n', ""),
    ("auth/totp.py", '    attempts.notify(user.email, "Two-factor authentication was turned on")\n', ""),
    ("auth/totp.py", '    attempts.notify(user.email, "Two-factor authentication was turned off")\n', ""),
    ("auth/two_factor.py", "        session.clear()\n", ""),
    ("auth/two_factor.py", "remember=remember", "remember=False"),
    ("auth/two_factor.py", "return redirect(local_path(page))", 'return redirect(page or "/auth/account")'),
    ("auth/two_factor.py", "@recent_password_required\n", "@sessions.login_required\n"),
    (
        "auth/two_factor.py",
        "if is_right(form, user):\n        totp",
        "if form.validate_on_submit():\n        totp",
    ),
    (
        "auth/two_factor.py",
        'if is_right(form, user):\n        attempts.log("new',
        'if form.validate_on_submit():\n        attempts.log("new',
    ),
    ("auth/two_factor.py", "    if totp.find_secret(user):\n", "    if False:\n"),
    ("auth/two_factor.py", '            session.pop("totp_secret")\n', ""),
    ("auth/two_factor.py", '"60 per 15 minutes"', '"60000 per 15 minutes"'),
    ("auth/two_factor.py", "            users.end_sessions(user)\n", ""),
    ("auth/two_factor.py", "            sessions.log_in_again(user)\n", ""),
    ("auth/totp.py", "if session_token != user.session_token:", "if not secret:"),
    ("auth/totp.py", "if not may_guess(user):", "if False:"),
    ("auth/totp.py", "TotpSecret.guesses < MOST_GUESSES", "TotpSecret.guesses < 10000"),
    ("auth/totp.py", "or_(waited, TotpSecret.guesses < MOST_GUESSES)", "TotpSecret.guesses < MOST_GUESSES"),
    ("auth/totp.py", "case((waited, 1), else_=TotpSecret.guesses + 1)", "TotpSecret.guesses + 1"),
    ("auth/totp.py", "step - PAUSE", "step - PAUSE // 2"),
    ("auth/totp.py", "own.values(guesses=0)", "own.values(guesses=TotpSecret.guesses)"),
    ("auth/totp.py", "select(User).join(TotpSecret)", "select(User)"),
]
"""The same, of one whose users log in with codes."""

MADE_UP_FOR = [
    ("security.py", "    app.before_request(check_host)\n", ""),
    ("errors.py", "not isinstance(error, HTTPException)", "False"),
    ("config.py", '"REMEMBER_COOKIE_HTTPONLY": True', '"REMEMBER_COOKIE_HTTPONLY": False'),
    ("cli.py", "    context.with_resource(context.obj.app_context())\n", ""),
]
"""The same, of what the oldest line lacks."""


def with_resources() -> Files:
    book = parse_resource("Book", ["title"], owner=True)
    comment = parse_resource("Comment", ["title^", "book:Book", "others:Book*", "scan:file"], owner=True)
    return render_resources(book, comment)


class Subject(NamedTuple):
    """A project from which controls are taken out."""

    render: Callable[[], Files]
    controls: list[tuple[str, str, str]]
    """Modules, each with what is replaced in it, and by what."""
    series: FlaskSeries = NEWEST


SUBJECTS = {
    "everything": Subject(lambda: render_project(EVERYTHING), CONTROLS),
    "resources": Subject(with_resources, OF_RESOURCES),
    "no jobs": Subject(lambda: render_project(("mail", "production")), WITHOUT_JOBS),
    "celery": Subject(
        lambda: render_project(("jobs", "production"), options=("jobs.engine=celery",)), WITH_CELERY
    ),
    "codes at login": Subject(lambda: render_project(EVERYTHING, options=("login.totp=yes",)), WITH_TOTP),
    "the oldest series": Subject(
        lambda: render_project(WEB, series=ALL_SERIES[0]), MADE_UP_FOR, series=ALL_SERIES[0]
    ),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_each_control_is_in_the_code(name: str):
    files = SUBJECTS[name].render()
    modules = {path: str(files[PurePosixPath("my_shop") / path]) for path, _, _ in SUBJECTS[name].controls}
    assert [(path, old) for path, old, _ in SUBJECTS[name].controls if old not in modules[path]] == []


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write a subject's project, once."""

    @cache
    def project(name: str) -> Path:
        return write_tree(tmp_path_factory.mktemp("of") / "my-shop", SUBJECTS[name].render())

    return project


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "control"),
    [
        pytest.param(name, control, id=f"{name}-{control[0]}-{control[1].strip()}")
        for name, subject in SUBJECTS.items()
        for control in subject.controls
    ],
)
def test_the_generated_tests_notice_that_a_control_is_taken_out(
    name: str, control: tuple[str, str, str], projects: Callable[[str], Path], python_for: PythonFor
):
    path, old, new = control
    project = projects(name)
    module = project / "my_shop" / path
    original = module.read_text()
    module.write_text(original.replace(old, new))
    about = set(re.findall("[a-z]+", path))  # those of the module first: mostly one of them fails
    files = sorted(
        (project / "tests").glob("test_*.py"), key=lambda test: about.isdisjoint(test.stem.split("_"))
    )
    try:
        assert Site(python_of(name, python_for), project).call_tests("-x", *map(str, files)).returncode == 1
    finally:
        module.write_text(original)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("name", SUBJECTS)
def test_without_a_change_nothing_fails(name: str, projects: Callable[[str], Path], python_for: PythonFor):
    Site(python_of(name, python_for), projects(name)).run_tests()


def python_of(name: str, python_for: PythonFor) -> Path:
    series = SUBJECTS[name].series
    return python_for(series, RUNNING if series is NEWEST else any_python_of(series))
