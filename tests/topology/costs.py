"""What a request of the home page costs, by part: run in the directory and with the Python of a project.

Prints a JSON object of microseconds of processor time. A part is what one module, or one package, registered
to run in each request: it is taken out for some requests, in turn with requests of all parts.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

REQUESTS, ROUNDS = 100, 15
HOOKS = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs")


def main() -> None:
    sys.path.insert(0, os.getcwd())
    app = import_module("wsgi").app
    hooks = [getattr(app, name)[None] for name in HOOKS] + [app.url_default_functions[None]]
    parts: dict[str, Callable[[], Any]] = {
        "the template": lambda: replaced(view(app), "render_template", lambda name: "text"),
        "trusted proxies": lambda: replaced(app, "wsgi_app", type(app).wsgi_app.__get__(app)),
    }
    for module in sorted({module_of(hook) for each in hooks for hook in each}):
        parts[module] = partial(without, module, hooks)
    saved = defaultdict(list)
    for _ in range(ROUNDS):
        for name, part in parts.items():
            before = cost(app)
            with part():
                rest = cost(app)
            saved[name].append((before + cost(app)) / 2 - rest)
    whole = statistics.median(cost(app) for _ in range(ROUNDS))
    print(json.dumps({"the whole request": whole} | {name: statistics.median(saved[name]) for name in parts}))


def module_of(hook: Any) -> str:
    """Return the module of the project, or the package, that a function is from."""
    module = str(getattr(hook, "func", hook).__module__)
    own, _, rest = module.partition(".")
    return rest if own == "shop" else own


def view(app: Any) -> Any:
    return sys.modules[app.view_functions["main.index"].__module__]


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def without(module: str, hooks: list[list[Any]]) -> Iterator[None]:
    """Take out all that a module or a package registered."""
    originals = [list(each) for each in hooks]
    for each in hooks:
        each[:] = [hook for hook in each if module_of(hook) != module]
    try:
        yield
    finally:
        for each, original in zip(hooks, originals, strict=True):
            each[:] = original


def cost(app: Any) -> float:
    """Return the microseconds of processor time that a request takes, after some to warm up."""
    request(app, 5)
    began = time.process_time()
    request(app, REQUESTS)
    return (time.process_time() - began) / REQUESTS * 1e6


def request(app: Any, times: int) -> None:
    for _ in range(times):
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_X_FORWARDED_FOR": "127.0.0.2",
            "HTTP_X_FORWARDED_PROTO": "https",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        statuses: list[str] = []
        body = app(environ, lambda status, headers, statuses=statuses: statuses.append(status))
        b"".join(body)
        body.close()
        assert statuses == ["200 OK"], statuses


if __name__ == "__main__":
    main()
