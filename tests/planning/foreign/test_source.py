from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.planning.foreign.source import new_keyword, python2_syntax, read_source

PATH = PurePosixPath("shop.py")


def _facts(text):
    return read_source(PATH, text)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("print 'hello'", "print"),
        ("try:\n    pass\nexcept ValueError, e:\n    pass", "except"),
        ("raise ValueError, 'x'", "raise"),
        ("exec 'x = 1'", "exec"),
        ("if 1 <> 2: pass", "<>"),
        ("mode = 0755", "octal"),
        ("if True:\n        a = 1\n\tb = 2", "tabs"),
    ],
)
def test_syntax_of_python_2_is_told(line, what):
    sign = python2_syntax(read_source(PATH, f"import os\n{line}\n"))
    assert sign is not None
    assert what in sign.what


def test_an_error_of_the_project_itself_is_not_taken_for_python_2():
    source = read_source(PATH, "print('a')\ntext = 'no end\n")
    assert source.error is not None
    assert source.error.line == 2
    assert python2_syntax(source) is None


def test_lines_are_those_that_python_counts():
    """A form feed, between the parts of many an old module, ends none."""
    sign = python2_syntax(read_source(PATH, "import os\n\x0c\nprint 'hello'\nprint('all')\n"))
    assert sign is not None
    assert sign.line == 3
    assert new_keyword(read_source(PATH, "import os\n\x0c\x0c\nasync = 1\n")) is not None
    facts = _facts("\x0c\x0c\x0c\ncreate_app('shop.Config')\n")
    assert facts.arguments


def test_a_file_that_sets_the_encoding_of_python_2_is_for_it():
    text = "import sys\nreload(sys)\nsys.setdefaultencoding('utf-8')\n"
    assert str(python2_syntax(read_source(PATH, text))).startswith(
        f"{PATH}:3: calls `sys.setdefaultencoding`"
    )
    indented = "import sys\nif sys.version_info[0] == 2:\n    sys.setdefaultencoding('utf-8')\n"
    assert python2_syntax(read_source(PATH, indented)) is None


def test_an_import_is_guarded_where_the_file_can_do_without_it():
    text = (
        "import a\ntry:\n    import b\nexcept ImportError:\n    import c\n"
        "if PY2:\n    import d\ndef f():\n    import e\nfrom .g import h\n"
    )
    assert {one.module: one.guarded for one in _facts(text).imports} == {
        **dict.fromkeys("ag", False),
        **dict.fromkeys("bcde", True),
    }


def test_variables_are_told_by_what_happens_without_them():
    text = (
        "import os\na = os.environ['A']\nb = os.getenv('B', 'x')\nc = os.environ.get('C')\n"
        "d = os.environ.get('D') or 'x'\nos.environ['SET'] = '1'\n"
        "try:\n    e = os.environ['E']\nexcept KeyError:\n    pass\n"
        "f = request.environ.get('wsgi.input')\n"
    )
    assert {one.name: (one.required, one.default) for one in _facts(text).variables} == {
        "A": (True, False),
        "B": (False, True),
        "C": (False, False),
        "D": (False, True),
        "E": (True, False),
    }


def test_applications_and_factories_are_told_apart():
    text = (
        "from flask import Flask\napp = Flask(__name__)\napi = create_app('testing')\n"
        "def create_app(config):\n    app = Flask(__name__)\n    return app\n"
        "def other():\n    return 1\n"
    )
    facts = _facts(text)
    assert facts.applications == ("app", "api")
    assert [(one.name, one.required) for one in facts.factories] == [("create_app", 1)]
    assert facts.arguments == ("testing",)


def test_an_application_inside_a_main_block_is_not_importable():
    assert not _facts("if __name__ == '__main__':\n    app = create_app()\n").applications


@pytest.mark.parametrize("text", ["\0", "(" * 10_000, "x = " + "-" * 100_000 + "1"])
def test_what_cannot_be_parsed_says_so(text):
    source = read_source(PATH, text)
    assert source.tree is None
    assert source.error is not None
    assert source.imports == ()


@pytest.mark.parametrize(
    "text",
    [
        f"app = query{'.filter()' * 250}\n",
        f"app = ({' + '.join(['text'] * 500)}).format()\n",
        f"import os\nlevel = os.getenv('LEVEL'){'.strip()' * 250}\n",
        f"if {' + '.join(['text'] * 500)}:\n    pass\n",
    ],
)
def test_a_long_chain_of_calls_or_sum_is_no_error(text):
    source = read_source(PurePosixPath("app.py"), f"from shop import app\n{text}")
    assert [one.module for one in source.imports][:1] == ["shop"]
