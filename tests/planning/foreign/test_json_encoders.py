from __future__ import annotations

import ast
from pathlib import PurePosixPath

import pytest

from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.planning.foreign.json_encoders import ROWS, encoders_of
from flaskgen.planning.foreign.steps import affecting, rewrite_all, uses_in
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.python_syntax import names_imported

ENCODER = """\
from flask.json import JSONEncoder


class Encoder(JSONEncoder):
    def default(self, value):
        if isinstance(value, set):  # in any order
            return sorted(value)
        return super().default(value)
"""
SET = "app.json_encoder = Encoder\n"


def _rewritten(texts: dict[str, str], flask: str = "2.3.3") -> dict[str, str]:
    rows = affecting(load_breaks(), [Pin("flask", flask)], "3.11")
    changed = rewrite_all({PurePosixPath(name): text for name, text in texts.items()}, rows)
    return {str(path): text for path, text in changed.items()}


def test_an_encoder_becomes_a_provider():
    provider = ENCODER.replace(
        "flask.json import JSONEncoder", "flask.json.provider import DefaultJSONProvider"
    )
    assert _rewritten({"app.py": f"{ENCODER}\n\n{SET}"}) == {
        "app.py": provider.replace("(JSONEncoder)", "(DefaultJSONProvider)") + "\n\napp.json = Encoder(app)\n"
    }


def test_nothing_is_left_to_break():
    rows = [row for row in load_breaks().rows if row.id in ROWS]
    texts = {PurePosixPath("app.py"): ENCODER + SET}
    assert {row.id for row, _ in uses_in(texts, rows)} == ROWS
    assert uses_in(rewrite_all(texts, rows), rows) == []


@pytest.mark.parametrize("flask", ["2.1.3", "2.2.5"])
def test_an_encoder_stays_as_long_as_flask_has_them(flask: str):
    assert _rewritten({"app.py": ENCODER + SET}, flask) == {}


def test_an_encoder_in_another_module_becomes_a_provider():
    factory = (
        "from flask import Flask\nfrom . import encoders\n\ndef create_app():\n    web = Flask('x')\n    {}\n"
    )
    changed = _rewritten(
        {
            "shop/encoders.py": ENCODER,
            "shop/__init__.py": factory.format("web.json_encoder = encoders.Encoder"),
        }
    )
    assert changed["shop/__init__.py"] == factory.format("web.json = encoders.Encoder(web)")
    assert "class Encoder(DefaultJSONProvider):" in changed["shop/encoders.py"]


@pytest.mark.parametrize(
    ("begin", "call"),
    [
        (
            "from flask.json import JSONEncoder\nclass Encoder(JSONEncoder):",
            "JSONEncoder.default(self, value)",
        ),
        ("from flask.json import JSONEncoder as Base\nclass Encoder(Base):", "Base.default(self, value)"),
        ("import json\nclass Encoder(json.JSONEncoder):", "json.JSONEncoder.default(self, value)"),
        (
            "import flask\nclass Encoder(flask.json.JSONEncoder):",
            "flask.json.JSONEncoder.default(self, value)",
        ),
        ("from flask import json\nclass Encoder(json.JSONEncoder):", "super(Encoder, self).default(value)"),
    ],
)
def test_each_way_to_encode_all_else_is_known(begin: str, call: str):
    changed = _rewritten({"app.py": f"{begin}\n    def default(self, value):\n        return {call}\n{SET}"})[
        "app.py"
    ]
    assert "class Encoder(DefaultJSONProvider):" in changed
    assert (
        "return super(Encoder, self).default(value)" in changed
        or "return DefaultJSONProvider.default(value)" in changed
    )
    assert "from flask.json import" not in changed


def test_a_call_of_the_base_is_known_wherever_it_stands():
    """The default of a provider is a static method."""
    text = (
        ENCODER.replace("super().default(value)", "[JSONEncoder.default(self, one) for one in value]") + SET
    )
    changed = _rewritten({"app.py": text})["app.py"]
    assert "return [DefaultJSONProvider.default(one) for one in value]" in changed


@pytest.mark.parametrize(
    ("begin", "base"),
    [
        ("import json, sys\n\nprint(sys.path)\n", "json.JSONEncoder"),
        ("from flask import Flask, json\n\nFlask('x')\n", "json.JSONEncoder"),
        (
            "try:\n    from flask.json import JSONEncoder\nexcept ImportError:\n"
            "    from json import JSONEncoder\n",
            "JSONEncoder",
        ),
    ],
)
def test_imports_that_only_an_encoder_used_are_removed(begin: str, base: str):
    encoder = f"class Encoder({base}):\n    def default(self, value):\n        return list(value)\n"
    changed = _rewritten({"app.py": f"{begin}{encoder}{SET}"})["app.py"]
    names = names_imported(ast.walk(ast.parse(changed))).values()
    assert set(names) - {"sys", "flask.Flask"} == {"flask.json.provider.DefaultJSONProvider"}
    assert "try" not in changed


def test_an_import_that_is_still_used_stays():
    text = (
        "import json\nclass Encoder(json.JSONEncoder):\n    def default(self, value):\n"
        "        return json.dumps(value)\n"
    )
    assert _rewritten({"app.py": text + SET})["app.py"].startswith("import json\n")


def test_the_encoder_of_a_class_of_applications_becomes_its_provider():
    text = f"{ENCODER}\nfrom flask import Flask\nclass Shop(Flask):\n    json_encoder = Encoder\n"
    assert _rewritten({"app.py": text})["app.py"].endswith(
        "class Shop(Flask):\n    json_provider_class = Encoder\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ENCODER, id="set nowhere"),
        pytest.param(f"{ENCODER}{SET}import json\njson.dumps(1, cls=Encoder)\n", id="used otherwise"),
        pytest.param(f"{ENCODER}{SET}class Other(Encoder):\n    pass\n", id="has a subclass"),
        pytest.param(f"{ENCODER}{SET}{ENCODER}", id="made twice"),
        pytest.param(f"{ENCODER}{SET}x = app.json_encoder\n", id="read"),
        pytest.param(f"{ENCODER}{SET}api.json_encoder = Encoder\n", id="set for something else"),
        pytest.param(
            f"{ENCODER}from flask import Blueprint\napp = Blueprint('a', 'a')\n{SET}",
            id="set for a blueprint",
        ),
        pytest.param(
            f"{ENCODER}    def encode(self, value):\n        return ''\n{SET}", id="encodes by other means"
        ),
        pytest.param(ENCODER.replace("set)", "set) and self.indent") + SET, id="asks itself"),
        pytest.param(ENCODER.replace("self, value)", "self, value, *more)") + SET, id="takes more"),
        pytest.param(ENCODER.replace("(JSONEncoder)", "(Mixin, JSONEncoder)") + SET, id="has two bases"),
        pytest.param(ENCODER.replace("JSONEncoder", "JSONDecoder") + SET, id="no encoder"),
        pytest.param(ENCODER.replace("flask.json", "simplejson") + SET, id="of another package"),
        pytest.param("app.json_encoder = \n", id="no Python"),
    ],
)
def test_what_is_not_certain_is_left_to_a_person(text: str):
    assert encoders_of([text]) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "import json\nclass JSONEncoder(json.JSONEncoder):\n    def default(self, value):\n"
        "        return json.JSONEncoder.default(self, value)\napp.json_encoder = JSONEncoder\n",
        "from flask.json import JSONEncoder as Base\nclass JSONEncoder(Base):\n"
        "    def default(self, value):\n        return dict(value)\napp.json_encoder = JSONEncoder\n",
    ],
)
def test_an_encoder_can_have_the_name_of_its_base(text: str):
    assert "class JSONEncoder(DefaultJSONProvider):" in _rewritten({"app.py": text})["app.py"]


def test_the_module_of_an_encoder_can_have_the_name_of_the_setting():
    text = "from shop import json_encoder\napp.json_encoder = json_encoder.Encoder\n"
    changed = _rewritten({"shop/json_encoder.py": ENCODER, "shop/app.py": text})
    assert changed["shop/app.py"].endswith("app.json = json_encoder.Encoder(app)\n")


def test_another_module_can_make_it_uncertain():
    assert encoders_of([ENCODER, SET]) == {"Encoder"}
    assert encoders_of([ENCODER, SET, "from encoders import Encoder as E\n"]) == frozenset()
    assert encoders_of([ENCODER, SET, "import encoders\ndump(1, encoders.Encoder)\n"]) == frozenset()


def test_what_a_person_has_to_do_is_said():
    rows = affecting(load_breaks(), [Pin("flask", "2.3.3")], "3.11")
    text = "from flask.json import JSONDecoder\napp.json_decoder = JSONDecoder\n"
    left = [change for _, change in uses_in({PurePosixPath("app.py"): text}, rows)]
    assert [change.place for change in left] == ["app.py:1", "app.py:2"]
    assert all("DefaultJSONProvider" in change.change for change in left)
