"""What can be typed anywhere and cannot be: each with its exit code, and a word of the error that is due."""

from __future__ import annotations

USAGE, FAILURE = 2, 1

Case = tuple[list[str], int, str]
"""Arguments, the exit code, and what the error names."""

NAMES = [
    ("", "empty"),
    (" ", "empty"),
    ("..", "`..`"),
    ("a/../b", "`..`"),
    ("/", "`/`"),
    ("a\0b", "NUL"),
    *((name, f"`{name}`") for name in ("my shop", ".shop", "shop.", "shop-", "-shop", "_shop", "shop_")),
    *((name, f"`{name}`") for name in ("shop ", " shop", "sh--op", "sh..op", "sh-_op", "sh+op")),
    ("\U0001f40d", "U+1F40D"),
    ("caf\u00e9", "U+00E9"),
    ("cafe\u0301", "U+0301"),
    ("\u0430pp", "U+0430"),
    ("sh\u03bfp", "U+03BF"),
    ("\uff53hop", "U+FF53"),
    ("sho\u2170", "U+2170"),
    *((name, f"`{name}`") for name in ("con", "NUL", "Com1", "lpt9", "aux.txt", "prn")),
    *((name, f"`{name}`") for name in ("class", "async", "Lambda", "match", "type", "case", "import")),
    *(
        (name, f"`{name}`")
        for name in ("json", "test", "Email", "site", "distutils", "tomllib", "sys", "ast")
    ),
    *((name, f"`{name}`") for name in ("flask", "Werkzeug", "jinja2", "click", "flask-login", "wtforms")),
    *((name, f"`{name}`") for name in ("sqlalchemy", "pytest", "blinker", "dotenv", "pip", "markupsafe")),
    *((name, f"`{name}`") for name in ("app", "static", "templates", "instance", "tests", "venv", "src")),
    *((name, f"`{name}`") for name in ("1abc", "__init__", "a.b", "x;y", "a=b", "a,b", "a[b]", "a@b", "a b")),
    *(
        (name, f"`{name}`")
        for name in ("a#b", "a%b", "a&b", "a|b", "a<b", "a'b", "a!b", "a?b", "a*b", "a{{7}}")
    ),
    ("x" * 101, "101 characters"),
]
DESTINATIONS = [
    *(
        (name, "has the character")
        for name in ("$HOME", "`id`", 'a"b', "a\\b", "a:b", "a\nb", "a\tb", "a\x1bb", "a\rb", "\x7f")
    ),
    *((name, "has the character") for name in ("a\u202eb", "a\u2066b", "a\u200bb", "a\u2028b", "$(touch x)")),
    ("x" * 256, "256 bytes"),
    ("x/" * 2000 + "shop", "too long for the files"),
    ("file", "`file` is a file"),
    ("file/shop", "not a directory"),
    ("full", "`full` already has tests/conftest.py, not as the project has it"),
    ("half", "`half` has a `.flaskgen` that is not of this project"),
    ("project", "is already a flaskgen project"),
    ("linked", "`linked` is a link to full"),
    ("linked/a", "`a` is a file"),
    ("dangling", "`dangling` is a link to nowhere"),
    ("dangling/shop", "does not exist"),
    ("loop", "`loop` is a link to loop"),
    ("loop/shop", "`loop` is a link to loop"),
    ("fifo", "`fifo` is a named pipe"),
    ("socket", "`socket` is a socket"),
    ("/dev/null", "`null` is a device"),
    ("/dev/null/shop", "not a directory"),
    ("~nobody-of-that-name/shop", "home directory"),
]
_NO_RELEASE = (
    *(
        "",
        " ",
        "x",
        "3.0; rm -rf",
        "$(id)",
        "3.0 --index-url http://x",
        "3.1\n",
        " 3.1",
        "v3.1",
        "3.1.*",
        ">=3",
    ),
    *(
        "==3.1",
        "3.1,3.0",
        "3,1",
        "3..1",
        "3.1.",
        ".1",
        "1e3",
        "0x3",
        "-1",
        "1!3.1",
        "3.1+local",
        "LATEST",
        "none",
    ),
    *("flask @ file:///x", "git+https://x", "./flask.whl", "\uff13", "\u0663.\u0661", "3.1\0", "9" * 5000),
)
_NO_INTERPRETER = (
    *("...", "/nowhere/python", "python", "3.x", "3.12; rm", "$(id)", "3.12\n", "-V", "a\0b", "x" * 5000),
    *("~/python", "~nobody-of-that-name/python", "3.12 --isolated", "git+https://x", "3.12/"),
)
_NO_PYTHON = ("/dev/null", ".", "..", "/etc/passwd", "/bin/true", "/bin/echo", "/bin/sh")
_NO_EXTENSION = (
    *(
        "-r x",
        "-e .",
        "./x",
        "../login",
        "/login",
        "login;rm",
        "login==1",
        "login[x]",
        "login wtf",
        "*",
        "**",
    ),
    *("git+https://x", "flask @ file:///x", "log\x1bin", "\0", "\U0001d425ogin", "log\u0456n"),
    *("sqlalchmy", "flask-login", "Flask-WTF", "maill", "x" * 10_000, "base", "{{7*7}}"),
)
_NO_OPTION = ("", " ", "x", "=", ".=", "a.b", "a=b.c", "login.=1", ".key=1", "a.b.c", "--", "x=y")
NEW: list[Case] = [
    *((["--flask", text], USAGE, "is not a Flask version") for text in _NO_RELEASE),
    *(
        (["--no-install", "--flask", text], FAILURE, f"Flask {text}")
        for text in ("99.9", "3.1.0rc1", "3.1.3.4", "0.9", "3.1.post1")
    ),
    *((["--python", text], FAILURE, "there is no Python at") for text in _NO_INTERPRETER),
    *((["--python", text], FAILURE, f"`{text}` is not a working Python") for text in _NO_PYTHON),
    *((["--python", text], FAILURE, f"Python {text}") for text in ("2.7", "3.99", "3.5", "4.0")),
    *(
        (["--python", text], USAGE, "is not a Python version")
        for text in ("", "3.12.", "\u0663.\u0661\u0662")
    ),
    *((["--with", text], USAGE, "is not an extension") for text in _NO_EXTENSION),
    *((["--option", text], USAGE, "is not EXT.KEY=VALUE") for text in _NO_OPTION),
    *(
        (["--preset", text], USAGE, "is not a preset")
        for text in ("", "huge", "WEB", "web,minimal", "\0", "-")
    ),
    (["--with", "none,login"], USAGE, "`none`"),
    (["--option", "nope.key=1"], USAGE, "`nope`"),
    (["--option", "login.nope=1"], USAGE, "nope"),
    (["--with", "login", "--option", "login.nope=\n"], USAGE, "nope"),
    (["--name", "shop", "two"], USAGE, "two"),
    (["--quiet=1"], USAGE, "--quiet"),
    *(([option], USAGE, option) for option in ("--no-such-option", "-Z", "--yess")),
    *(
        ([option], USAGE, option)
        for option in ("--flask", "--python", "--with", "--option", "--name", "--index-url")
    ),
    (["--quiet", "--verbose"], USAGE, "--quiet and --verbose"),
    (["--no-install", "--test"], USAGE, "--no-install and --test"),
    (["--no-install", "--workon"], USAGE, "--no-install and --workon"),
    (["--no-verify", "--test"], USAGE, "--no-verify and --test"),
    (["--no-dev", "--test"], USAGE, "--no-dev and --test"),
    (["--newest", "--no-install"], FAILURE, "versions must be resolved"),
    (["--offline", "--newest", "--find-links", "/nowhere-to-be-found"], FAILURE, ""),
]
ANYWHERE: list[Case] = [
    (["bogus"], USAGE, "bogus"),
    (["--bogus"], USAGE, "--bogus"),
    (["NEW", "shop"], USAGE, "NEW"),
    (["new", "-shop"], USAGE, "-s"),
    (["extensions", "nope"], USAGE, "`nope`"),
    (["extensions", "log\x1bin"], USAGE, "is not an extension"),
    (["extensions", "login", "wtf"], USAGE, "wtf"),
    (["versions", "9.9"], FAILURE, "Flask 9.9"),
    (["versions", "x"], USAGE, "`x`"),
    (["versions", "3.1", "3.0"], USAGE, "3.0"),
    (["constraints"], USAGE, "VERSION"),
    (["constraints", ""], USAGE, "is not a Flask version"),
    (["constraints", "9.9"], FAILURE, "Flask 9.9"),
    (["constraints", "x;y"], USAGE, "`x;y`"),
    (["constraints", "3.1", "--python", "2.7"], FAILURE, "Python 2.7"),
    *(
        ([*command], FAILURE, "there is no flaskgen project")
        for command in (["undo"], ["update"], ["freeze"])
    ),
    *(
        ([*command], FAILURE, "there is no flaskgen project")
        for command in (["add", "wtf"], ["remove", "wtf"])
    ),
    (["option", "a.b=c"], FAILURE, "there is no flaskgen project"),
    *(
        ([verb, "--bogus"], USAGE, "--bogus")
        for verb in ("add", "remove", "option", "undo", "update", "freeze")
    ),
    *(([verb, "x"], USAGE, "x") for verb in ("undo", "update", "freeze")),
    (["freeze", "--hashes=1"], USAGE, "--hashes"),
    (["freeze", "--venv"], USAGE, "--venv"),
    *((["freeze", "--venv", text], USAGE, "--venv") for text in ("", " ", "a\0b")),
    *(
        (["freeze", "--venv", text], FAILURE, "there is no virtual environment")
        for text in ("missing", "a\nb", "~x")
    ),
    *(
        (["freeze", "--venv", text], FAILURE, "is not a virtual environment")
        for text in (".", "full", "linked")
    ),
    *((["freeze", "--venv", text], FAILURE, "is a file") for text in ("file", "/dev/null", "fifo")),
    (["freeze", "--venv", "dangling"], FAILURE, "is a link to nowhere"),
    (["freeze", "--venv", "loop"], FAILURE, "is a link to loop"),
    (["freeze", "--venv", "file/env"], FAILURE, "there is no virtual environment"),
    (["freeze", "--venv", "x" * 300], FAILURE, "File name too long"),
]
