"""What is taken out of the application to see that the attacks find it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.attack.site import Site
from tests.project_templates.test_mutations import CONTROLS

Edit = tuple[str, str, str]
"""A module of the package, what is replaced in it, and by what."""


@dataclass(frozen=True)
class Weakness:
    """A fault that somebody could write, and the facts that it makes untrue."""

    name: str
    facts: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)


def control(module: str, part: str) -> Edit:
    """Return the control with these words that the generated tests watch as well."""
    [found] = [edit for edit in CONTROLS if edit[0] == module and part in edit[1]]
    return found


HEADERS = "every response has the security headers"
FLAGS = "cookies go by https alone, to this host alone, and not to scripts"
_TEXT = 'render_template("error.html", error=error)'
_EVALUATED = (
    "__import__('flask').render_template_string("
    '"{% extends \'error.html\' %}{% block content %}" + request.path + "{% endblock %}", error=error)'
)

WEAKNESSES = [
    Weakness(
        "any target of `next`",
        ("no value of `next` leads away from the site", "logging in leads nowhere else either"),
        (control("auth/views.py", r"(?![/\\])"),),
    ),
    Weakness(
        "the old session after logging in",
        ("a form token from before logging in is worth nothing afterwards",),
        (control("auth/views.py", "session.clear()"),),
    ),
    Weakness(
        "sessions that outlive logging out",
        ("cookies that were copied end with logging out",),
        (control("auth/views.py", "sessions.end("),),
    ),
    Weakness(
        "sessions that outlive a password",
        (
            "cookies that were copied end with a new password",
            "cookies that were copied end with a password by mail",
        ),
        (control("auth/users.py", "end_sessions(user)\n    return"),),
    ),
    Weakness(
        "sessions that anyone ends",
        ("nobody ends the session of someone else",),
        (control("auth/account.py", "session_id"),),
    ),
    Weakness(
        "pages of admins for everyone",
        ("the pages of admins are theirs alone",),
        (control("auth/admin.py", "is_admin"),),
    ),
    Weakness("cookies without https", (FLAGS,), (control("config.py", "SESSION_COOKIE_SECURE"),)),
    Weakness(
        "cookies that scripts read",
        (FLAGS,),
        (
            (
                "config.py",
                '"SESSION_COOKIE_SAMESITE": "Lax"',
                '"SESSION_COOKIE_HTTPONLY": False, "SESSION_COOKIE_SAMESITE": "Lax"',
            ),
        ),
    ),
    Weakness("cookies without a prefix", (FLAGS,), (control("config.py", "__Host-session"),)),
    Weakness(
        "a private page for everyone",
        ("private pages ask strangers to log in",),
        (control("auth/views.py", "@login_required"),),
    ),
    Weakness(
        "a private answer of the API for everyone",
        ("private pages ask strangers to log in",),
        (control("api/me.py", "is_authenticated"),),
    ),
    Weakness(
        "private pages in caches",
        ("private pages stay out of caches",),
        (control("auth/views.py", '"no-store"'),),
    ),
    Weakness(
        "no form tokens",
        ("nothing changes for a request without a token",),
        (control("__init__.py", "csrf.init_app"),),
    ),
    Weakness(
        "form tokens from other sites",
        ("a token does not help a page of another site",),
        (
            (
                "config.py",
                '"WTF_CSRF_TIME_LIMIT"',
                '"WTF_CSRF_SSL_STRICT": False,\n        "WTF_CSRF_TIME_LIMIT"',
            ),
        ),
    ),
    Weakness(
        "logging out by GET",
        ("a safe request changes nothing, whatever it asks for",),
        (control("auth/views.py", 'methods=["POST"]'),),
    ),
    Weakness(
        "access for every origin",
        ("other origins may read nothing",),
        (
            (
                "security.py",
                '"X-Content-Type-Options"',
                '"Access-Control-Allow-Origin": "*",\n    "X-Content-Type-Options"',
            ),
        ),
    ),
    Weakness(
        "an API without tokens",
        ("the API takes no change without the right token",),
        (control("notes/api.py", "require_token"),),
    ),
    Weakness(
        "another answer for unknown addresses",
        ("a wrong password is answered as an unknown address",),
        (
            (
                "auth/views.py",
                "if user is None:",
                "users.find(form.email.data) or abort(404)\n        if user is None:",
            ),
        ),
    ),
    Weakness(
        "no link for unknown addresses",
        ("asking for a link is answered alike with and without an account",),
        (
            (
                "auth/registration.py",
                "user = users.find(email)\n        attempts",
                "user = users.find(email) or 1 / 0\n        attempts",
            ),
        ),
    ),
    Weakness(
        "no work for unknown addresses",
        ("a wrong password takes as long as an unknown address",),
        (control("auth/passwords.py", "hash_password(password)\n        return False"),),
    ),
    Weakness(
        "SQL made of strings",
        ("SQL in any field is text",),
        (("auth/users.py", "filter_by(email=normalize(email))", "where(db.text(f\"email = '{email}'\"))"),),
    ),
    Weakness(
        "templates made of paths", ("a template in any field is text",), (("errors.py", _TEXT, _EVALUATED),)
    ),
    Weakness(
        "markup that is not escaped",
        ("markup in any field is text",),
        (("templates/notes/index.html", '{{ note | trim or "(empty)" }}', "{{ note|string|safe }}"),),
    ),
    Weakness(
        "notes with NUL and surrogates",
        ("NUL, surrogates and odd text break nothing",),
        (
            ("schema_fields.py", r"[^\x00\ud800-\udfff]*", r"[\s\S]*"),
            ("schema_fields.py", r"[^\x00\r\n\ud800-\udfff]*", r"[\s\S]*"),
        ),
    ),
    Weakness(
        "referrers that are not parsed with care",
        ("a Referer that is no address breaks nothing",),
        (control("extensions.py", "except ValueError"),),
    ),
    Weakness(
        "cookies that are compared as they come",
        ("a cookie that the application never set breaks nothing",),
        (control("extensions.py", "isascii"),),
    ),
    Weakness(
        "forms of files and JSON",
        ("a file or JSON in place of text breaks nothing",),
        (control("contact.py", "request.form"),),
    ),
    Weakness(
        "forms of resources with files and JSON",
        ("a file or JSON in place of text breaks nothing",),
        (control("form_fields.py", "formdata"),),
    ),
    Weakness(
        "fields without a name",
        ("a file or JSON in place of text breaks nothing",),
        (control("extensions.py", "None in request.form"),),
    ),
    Weakness(
        "decoded paths in the log",
        ("no path adds a line to the log",),
        (("../gunicorn.conf.py", "addFilter(keep_encoded)", "addFilter(bool)"),),
    ),
    Weakness(
        "passwords of any length in one form",
        ("a password or an address that is too long costs nothing",),
        (("auth/passwords.py", "password[:1000]", "password"),),
    ),
    Weakness(
        "addresses of any length",
        ("a password or an address that is too long costs nothing",),
        (control("auth/addresses.py", "254"),),
    ),
    Weakness(
        "rows that are not locked",
        ("one ETag lets one change through, also of those at the same time",),
        (("notes/api.py", "    db.session.execute(lock)\n", ""),),
    ),
    Weakness(
        "JSON of any depth",
        ("JSON that Python does not read breaks nothing",),
        (control("notes/api.py", "require_json"),),
    ),
    Weakness(
        "subjects of more than one line",
        ("no field adds a header to a mail",),
        (control("inbox.py", "name.split()"),),
    ),
    Weakness(
        "paths joined without a check",
        ("no path leads out of the static files",),
        (
            (
                "__init__.py",
                "    return app\n",
                "    static = app.static_folder\n"
                "    app.view_functions['static'] = lambda filename: open(f'{static}/{filename}').read()\n"
                "    return app\n",
            ),
        ),
    ),
    Weakness(
        "the project as static files",
        ("what belongs to the project alone is not served",),
        (("__init__.py", "Flask(__name__)", 'Flask(__name__, static_folder="..", static_url_path="")'),),
    ),
    Weakness(
        "another host that is trusted",
        ("a host that is not trusted gets no page",),
        settings={"TRUSTED_HOSTS": "localhost,evil.example"},
    ),
    Weakness(
        "hosts that clients claim",
        ("what a client claims of proxies counts for nothing",),
        (control("security.py", "x_host=0"),),
        {"TRUSTED_HOSTS": "localhost,evil.example"},
    ),
    Weakness(
        "links that work again",
        ("a link works once",),
        (control("auth/registration.py", "if password_mark !="),),
    ),
    Weakness(
        "links that are not compared when they are used",
        ("a link works once, also for those who use it at the same time",),
        (control("auth/users.py", "unchanged ="),),
    ),
    Weakness(
        "links with the port of the request",
        ("no link in a mail leads elsewhere",),
        (control("auth/registration.py", "host not in"),),
    ),
    Weakness(
        "health by host name alone",
        ("load balancers may ask for health by address",),
        (control("security.py", "PATH_INFO"),),
    ),
    Weakness(
        "pages of any number",
        ("no number of a page breaks anything",),
        (control("database.py", "2**31"),),
    ),
    Weakness(
        "addresses as they were typed",
        (
            "other spellings of an address count together",
            "an address that looks like another is no second account",
        ),
        (control("auth/addresses.py", ".ascii_email.lower()"),),
    ),
    Weakness(
        "addresses that mail servers refuse",
        ("no address breaks the forms",),
        (
            control("auth/addresses.py", "found.ascii_email and"),
            ("auth/forms.py", "Email(allow_smtputf8=False)", "Email()"),
        ),
    ),
    Weakness(
        "errors of one kind in caches",
        ("caches know that errors depend on Accept",),
        (control("errors.py", "vary"),),
    ),
    Weakness(
        "each IPv6 address for itself",
        ("the addresses of one IPv6 network count together",),
        (control("limits.py", "ip_network"),),
    ),
    Weakness(
        "messages without a limit",
        ("the contact form is no way to flood a mailbox",),
        (control("contact.py", '"10 per hour"'),),
    ),
    Weakness(
        "requests that wait for mail",
        ("a mail server that does not answer stops nothing else",),
        (("background.py", "wait([future], PATIENCE)", "wait([future], 60)"),),
    ),
    Weakness(
        "fields of any size",
        ("what is too large is refused at once",),
        (control("config.py", "256 * 1024"),),
    ),
    Weakness(
        "requests of any size",
        ("what is too large is refused at once",),
        (control("config.py", "1024 * 1024"),),
    ),
    Weakness("no headers", (HEADERS,), (control("security.py", "app.after_request(add_headers)"),)),
    Weakness("content from everywhere", (HEADERS,), (control("security.py", "default-src"),)),
    Weakness("pages in frames", (HEADERS,), (control("security.py", "frame-ancestors"),)),
    Weakness("inline scripts", (HEADERS,), (control("security.py", "script-src"),)),
    Weakness("guessed types", (HEADERS,), (control("security.py", "nosniff"),)),
    Weakness("no HSTS", (HEADERS,), (control("security.py", "request.is_secure"),)),
    Weakness(
        "a header that names the software",
        ("no response shows what it is made with",),
        (
            (
                "security.py",
                '"X-Content-Type-Options"',
                '"X-Powered-By": "Flask",\n    "X-Content-Type-Options"',
            ),
        ),
    ),
    Weakness(
        "passwords without a limit for an account",
        (
            "the password of an account cannot be guessed from many addresses",
            "the current password cannot be guessed in a stolen session",
        ),
        (control("auth/attempts.py", '"10 per 15 minutes"'),),
    ),
    Weakness(
        "passwords without a limit for an address",
        ("one address cannot guess in many accounts, whatever it claims to be",),
        (control("auth/attempts.py", '"60 per 15 minutes"'),),
    ),
    Weakness(
        "the address that a client claims",
        ("one address cannot guess in many accounts, whatever it claims to be",),
        settings={"PROXY_HOPS": "2"},
    ),
    Weakness(
        "a limit for logins that succeed as well",
        ("those who know their password are not shut out with an address",),
        (control("auth/attempts.py", "deduct_when"),),
    ),
    Weakness(
        "links without a limit",
        ("nobody is flooded with links",),
        (control("auth/registration.py", '"5 per hour"'),),
    ),
]


@contextmanager
def weakened(site: Site, weakness: Weakness) -> Iterator[Site]:
    """Serve the application with a weakness, and put its files right again."""
    with ExitStack() as stack:
        for module, old, new in weakness.edits:
            path = site.production.folder / "shop" / module
            original = path.read_text(encoding="utf-8")
            assert old in original, f"{path} has no {old!r}"
            stack.callback(path.write_text, original, encoding="utf-8")
            path.write_text(original.replace(old, new), encoding="utf-8")
        # One worker starts in half the time of two, and is as weak.
        settings = {"WEB_CONCURRENCY": "1"} | weakness.settings
        yield stack.enter_context(site.with_settings(**settings))
