"""What runs in the interpreter of a foreign project: import its application, and request one page.

The interpreter gets this text with ``-c``, so it is written for every Python from 3.6 on. Its arguments are
the mark of its answer, and a JSON object.
"""

import hashlib
import importlib
import json
import os
import re
import signal
import sys
import traceback
from json import dumps  # before the application may replace it
from typing import Any, Dict, Iterator, List, Optional, Tuple

sys.path.pop(0)


def answer(
    mark: str, module: str, name: str, factory: bool, argument: Optional[str], roots: List[str], routes: bool
) -> None:
    """Print one line that begins with ``mark``: what came of it, as JSON."""
    output = os.dup(1)
    result: Dict[str, Any] = {"started": False, "status": None, "error": None, "traceback": "", "frames": []}
    result["answers"] = {}
    os.environ["FLASK_RUN_FROM_CLI"] = "true"  # so that app.run() does nothing
    sys.argv = ["flask", "run"]
    sys.path[:0] = roots
    try:
        app = load(module, name, factory, argument)
        result["started"] = True
        result["status"] = request(app)
        if routes and hasattr(app, "url_map"):
            result["answers"] = dict(answers(app))
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        result["error"] = describe(error)[:2000]
        result["traceback"] = "".join(traceback.format_exception(type(error), error, error.__traceback__))[
            -20000:
        ]
        result["frames"] = [[frame.filename, frame.lineno] for frame in frames]
        if isinstance(error, SyntaxError) and error.filename:
            result["frames"].append([error.filename, error.lineno])
    os.write(output, ("\n" + mark + dumps(result) + "\n").encode())
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with whatever the application started
    os._exit(0)


def describe(error: BaseException) -> str:
    """Return the name of an error, and what it says, if it can."""
    try:
        return (type(error).__name__ + ": " + str(error)).strip()
    except Exception:
        return type(error).__name__


def load(module: str, name: str, factory: bool, argument: Optional[str]) -> Any:
    """Return the application."""
    app = getattr(importlib.import_module(module), name)
    if factory:
        app = app() if argument is None else app(argument)
    if not (callable(app) or hasattr(app, "test_client")):
        raise TypeError(repr(app) + " is no application")
    return app


def request(app: Any) -> int:
    """Return the status of the home page; an error of the application is raised."""
    if hasattr(app, "test_client"):
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return int(app.test_client().get("/").status_code)
    response = importlib.import_module("werkzeug.test").Client(app).get("/")
    status = response[1] if isinstance(response, tuple) else response.status
    return int(str(status).split()[0])


def answers(app: Any) -> Iterator[Tuple[str, List[str]]]:
    """Yield each route without parameters, with its answer and a digest of what the page says."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments or rule.endpoint == "static":
            continue
        try:
            response = app.test_client().get(rule.rule)
        except Exception as error:
            yield rule.rule, [describe(error).partition("\n")[0], ""]
            continue
        location = re.sub("^https?://[^/]+", "", response.headers.get("Location") or "")
        answer = "{} {}".format(response.status_code, location or response.mimetype)
        yield rule.rule, [answer, digest(response) if response.status_code == 200 else ""]


def digest(response: Any) -> str:
    """Return a digest of the text that a reader sees, or of the values of JSON."""
    text = response.get_data().decode("utf-8", "replace")
    try:
        text = json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        text = " ".join(re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", text).split())
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    answer(sys.argv[1], **json.loads(sys.argv[2]))
