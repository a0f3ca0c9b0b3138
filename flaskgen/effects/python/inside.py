"""What flaskgen runs in a project's own interpreter: ask for the home page, write a revision, import tools.

The interpreter gets this text with ``-c``: so it is written for every Python and Flask that projects have,
and imports little.
"""

from __future__ import annotations

import gc

gc.disable()  # the search for garbage takes a third of the time

import os  # noqa: E402
import sys  # noqa: E402

del sys.path[0]  # as with `flask run`, a json.py of the project is not what is meant below

import importlib  # noqa: E402
import json  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
from contextlib import suppress  # noqa: E402
from importlib.machinery import PathFinder, SourceFileLoader  # noqa: E402
from typing import Any  # noqa: E402


def answer_home_page(package: str) -> None:
    """Start the application of ``package``, request its home page, and write a revision if that is asked for.

    With the libraries imported, it waits for a line of input: the mark that begins the one line of output
    that says what came of it; for a revision also an empty directory to work in, and the title. If no line
    comes, nothing is started.
    """
    told, output = os.dup(0), os.dup(1)  # which stay, whatever the application does with its own
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    project = os.getcwd()
    import_libraries(package, project)
    with open(told, encoding="utf-8") as file:
        line = file.readline()
    if not line:
        os._exit(0)
    mark, *revision = json.loads(line)
    importlib.invalidate_caches()  # packages may have been installed meanwhile
    sys.path.insert(0, project)
    sys.argv = ["flask", "run"]
    os.environ["FLASK_RUN_FROM_CLI"] = "true"  # so that app.run() does nothing
    app, status, error = None, None, None
    try:
        app = load(package)
        status, error = request(app)
    except BaseException as raised:
        error = raised
    answer: dict[str, Any] = {"python": ".".join(map(str, sys.version_info[:3])), "status": status}
    if error is not None:
        answer.update(summary=summarize(error), place=find_place(error, project))
    if revision and app is not None:
        try:
            answer.update(revision=write_revision(app, *revision))
        except BaseException as raised:
            answer.update(no_revision=summarize(raised))
    os.write(output, f"\n{mark}{json.dumps(answer)}\n".encode())
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with whatever the application started
    os._exit(0)


def import_libraries(package: str, project: str) -> None:
    """Import Flask, and then the libraries that a package imports, unless the project hides one.

    What fails comes again, where it is reported. If Flask is not compiled yet, a second process imports the
    other libraries meanwhile: compiling takes most of the time of a first start.
    """
    own = {name.partition(".")[0] for name in os.listdir(project)}
    named = [module for module in named_in(package) if module.partition(".")[0] not in own]
    flask = PathFinder.find_spec("flask")
    if flask and flask.cached and not os.path.exists(flask.cached) and hasattr(os, "fork") and not os.fork():
        try:
            import_each([module for module in named if not module.startswith(OF_FLASK)])
        finally:
            os._exit(0)
    import_each(["flask"])
    if not any(is_library(name, project) for name in own - sys.modules.keys()):
        import_each(named)


OF_FLASK = ("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker")


def import_each(modules: list[str]) -> None:
    for module in modules:
        with suppress(Exception, SystemExit):
            importlib.import_module(module)


def is_library(name: str, project: str) -> bool:
    """Return whether there is a module of this name outside the project."""
    found = PathFinder.find_spec(name) if name else None
    return found is not None and not is_in_project(
        found.origin or next(iter(found.submodule_search_locations or ()), ""), project
    )


def named_in(package: str) -> list[str]:
    """Return the modules that the import statements of a package name."""
    found: set[str] = set()
    for directory, _, names in os.walk(package):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                    found.update(re.findall(r"^(?:from|import)\s+(\w[\w.]*)", file.read(), re.MULTILINE))
    return sorted(found)


def import_tools() -> None:
    """Import what `flask run` and pytest need beyond the application, so that it is compiled from then on."""
    for module in ("werkzeug._reloader", "werkzeug.debug.tbtools", "werkzeug.debug.console", "pytest"):
        with suppress(ImportError):
            found = importlib.import_module(module)
            if module == "pytest":
                found.main(["--version", "-p", "no:cacheprovider"])


def watch_bytecode(project: str) -> None:
    """Compile the project's own modules in memory only, and remove incomplete compiled files of any other.

    On a full disk Python before 3.14 can leave an incomplete compiled file, on which its next start fails.
    """
    write = SourceFileLoader.set_data

    def set_data(self: SourceFileLoader, path: str, data: bytes, **options: Any) -> None:
        if not is_in_project(path, project):
            write(self, path, data, **options)
            with suppress(OSError):
                if os.stat(path).st_size < len(data):
                    os.unlink(path)

    SourceFileLoader.set_data = set_data  # type: ignore[method-assign, assignment]


def is_in_project(path: str, project: str) -> bool:
    return path.startswith(project + os.sep) and not path.startswith(sys.prefix + os.sep)


def load(package: str) -> Any:
    """Return the application that `flask run` would serve; Flask before 1.0 finds no create_app()."""
    flask = importlib.import_module("flask")
    os.environ["FLASK_RUN_FROM_CLI"] = "true"
    with suppress(ImportError):
        load_dotenv = importlib.import_module("dotenv").load_dotenv
        load_dotenv(".env")
        load_dotenv(".flaskenv")
    name = os.environ.get("FLASK_APP") or package
    module = name.partition(":")[0]
    if module.replace(".", "").isidentifier() and not module.endswith(".py"):
        create_app = getattr(importlib.import_module(module), "create_app", None)
        if module == name and create_app:
            app = create_app()
            if not isinstance(app, flask.Flask):
                raise TypeError("create_app() did not return a Flask application")
            return app
        if module == name and isinstance(getattr(sys.modules[module], "app", None), flask.Flask):
            return sys.modules[module].app
    return importlib.import_module("flask.cli").ScriptInfo(name).load_app()


def request(app: Any) -> tuple[int, BaseException | None]:
    """Return the status of the home page, and the error behind it if there was one."""
    errors: list[BaseException] = []

    def note(sender: object, exception: BaseException, **more: object) -> None:
        errors.append(exception)

    with suppress(RuntimeError):  # Flask before 2.3 has no signals without blinker
        importlib.import_module("flask").got_request_exception.connect(note, app)
    try:
        status = app.test_client().get("/").status_code
    except Exception as error:  # as in debug mode
        return 500, error
    return status, errors[0] if errors and status >= 500 else None


def write_revision(app: Any, scratch: str, title: str) -> tuple[str, str] | None:
    """Write what the models have and the revisions lack, as `flask db migrate` does.

    Return the path and the text of the revision; None if nothing differs. It is written to a copy of the
    revisions, compared with an SQLite database at their heads, and applied to it. If there are several heads,
    as after a merge by git, it merges them.
    """
    project, migrate = os.getcwd(), app.extensions["migrate"].migrate
    directory = os.path.relpath(migrate.directory)
    if not is_in_project(os.path.abspath(directory), project):
        raise RuntimeError(f"{migrate.directory} is outside the project")
    if app.config.get("SQLALCHEMY_BINDS"):
        raise RuntimeError("the application has several databases")
    shutil.copytree(directory, os.path.join(scratch, directory))
    os.chdir(scratch)
    command = importlib.import_module("alembic.command")
    with app.app_context():
        connect_to_nothing_but(os.path.join(scratch, "database.sqlite3"), app)
        command.upgrade(migrate.get_config(directory), "heads")
        written = command.revision(
            migrate.get_config(directory, opts=["autogenerate"]),
            title,
            autogenerate=True,
            head="heads",
            version_path=os.path.join(directory, "versions"),
            process_revision_directives=finish,
        )
        if not written:
            return None
        command.upgrade(migrate.get_config(directory), "heads")
    path = os.path.relpath(written.path, scratch).replace(os.sep, "/")
    with open(written.path, encoding="utf-8") as file:
        return path, file.read()


def finish(context: Any, revision: Any, directives: list[Any]) -> None:
    """Let no revision be written if nothing differs, and give rows that exist the defaults of new columns."""
    if directives and directives[0].upgrade_ops.is_empty():
        directives.clear()
    render = context.opts["render_item"]

    def render_item(kind: str, item: Any, autogenerate: Any) -> Any:
        if kind == "server_default" and isinstance(getattr(item, "arg", None), Expression):
            if "datetime." in item.arg:
                autogenerate.imports.add("import datetime")
            return item.arg
        return render(kind, item, autogenerate) if render else False

    context.opts["render_item"] = render_item
    for table in directives[0].upgrade_ops.ops if directives else ():
        for operation in getattr(table, "ops", ()):
            column = getattr(operation, "column", None)
            if column is not None and column.default is not None and column.server_default is None:
                default = default_of(column, context.dialect)
                if default is not None:
                    column.server_default = importlib.import_module("sqlalchemy").DefaultClause(default)


class Expression(str):
    """Python that a revision evaluates when it runs: a default can depend on the time and on the database."""


DIALECT = "op.get_context().dialect.name"
ZONE = f"('+00:00' if {DIALECT} == 'postgresql' else '')"  # the others keep no time zone
NOW = "datetime.datetime.now(datetime.timezone.utc)"


def default_of(column: Any, sqlite: Any) -> Expression | None:
    """Return the default of a column as the text that databases read; None if there is no such text."""
    value: Any = getattr(column.default, "arg", None)
    kind = type(value).__name__
    if callable(value):
        return time_of(value)
    if kind == "bool":
        return Expression(repr(str(int(value))))
    if kind == "str" and isinstance(column.type, importlib.import_module("sqlalchemy").Text):
        return Expression(f"{mysql_text(value)} if {DIALECT} == 'mysql' else {value!r}")
    if kind in ("int", "float", "str"):
        return Expression(repr(str(value)))
    if kind not in ("Decimal", "date", "time", "datetime"):
        return None
    process = column.type.dialect_impl(sqlite).bind_processor(sqlite)
    text = repr(str(process(value) if process else value))  # SQLite compares dates and times as texts
    if kind == "Decimal" and text != repr(str(value)):
        return Expression(f"{text} if {DIALECT} == 'sqlite' else {str(value)!r}")
    return Expression(f"{text} + {ZONE}" if kind == "datetime" and value.tzinfo else text)


def mysql_text(value: str) -> str:
    """Return the Python of a default for MySQL's TEXT, which has to be an expression in parentheses."""
    sql = value.replace("\\", r"\\").replace("'", "''").replace(":", r"\:")  # `:name` would be a parameter
    return f"""sa.text({f"('{sql}')"!r})"""


def time_of(clock: Any) -> Expression | None:
    """Return what says the same time as a default does when the revision runs; None if it says no time."""
    datetime = importlib.import_module("datetime")
    try:
        value, now = clock(None), datetime.datetime.now(datetime.timezone.utc)
        if value == datetime.date.today():
            return Expression("str(datetime.date.today())")
        if isinstance(value, datetime.time):
            value = datetime.datetime.combine(now.date(), value, now.tzinfo)
            said = f"{NOW}.strftime('%H:%M:%S.%f')"
        else:
            said = f"{NOW}.strftime('%Y-%m-%d %H:%M:%S.%f') + {ZONE}"
        return Expression(said) if abs(now - value) < datetime.timedelta(seconds=10) else None
    except Exception:  # it needs the other values of a row, or is no time
        return None


def connect_to_nothing_but(database: str, app: Any) -> None:
    """Make an SQLite file the database of an application, and let SQLAlchemy connect to no other."""
    sqlalchemy = importlib.import_module("sqlalchemy")
    engine, kind = sqlalchemy.create_engine(f"sqlite:///{database}"), type(app.extensions["migrate"].db)
    app.config["SQLALCHEMY_DATABASE_URI"] = str(engine.url)
    kind.engine = property(lambda db: engine)
    kind.engines = property(lambda db: {None: engine})
    kind.get_engine = lambda *given, **more: engine

    def check(dialect: Any, record: Any, arguments: list[Any], parameters: dict[str, Any]) -> None:
        if list(arguments) != [database]:
            raise RuntimeError("the revisions connect to another database")

    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "do_connect", check)


def summarize(error: BaseException) -> str:
    """Print the traceback, and return the line of it that says what went wrong."""
    traceback = importlib.import_module("traceback")
    traceback.print_exception(type(error), error, error.__traceback__)
    sys.stderr.flush()
    lines = traceback.format_exception_only(type(error), error)
    told = lines[-1] if isinstance(error, SyntaxError) else lines[0]
    return str(told.strip().splitlines()[0][:300])


def find_place(error: BaseException, project: str) -> str | None:
    """Return the innermost line of the project that took part, as ``shop/main.py:12``."""
    places = []
    trace = error.__traceback__
    while trace:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 1))
    for path, line in reversed(places):
        if is_in_project(path, project):
            return f"{os.path.relpath(path, project)}:{line}".replace(os.sep, "/")
    return None


if __name__ == "__main__":
    watch_bytecode(os.getcwd())
    if sys.argv[1:]:
        answer_home_page(*sys.argv[1:])
    else:
        import_tools()
