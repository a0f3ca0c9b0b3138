from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest
from packaging.specifiers import SpecifierSet

from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.foreign.candidate import Candidate, loosen
from flaskgen.planning.foreign.manifests import own_names
from flaskgen.planning.foreign.requirements_reading import read_declared


def _read(python: str | None = None, **texts: str):
    return read_declared(
        {PurePosixPath(name.replace("__", ".")): text for name, text in texts.items()}, python
    )


def _lines(found):
    return [str(one.requirement) for one in found.declared]


def test_a_lock_of_pipenv_has_its_python_its_index_and_its_pins():
    lock = {
        "_meta": {
            "requires": {"python_version": "3.6"},
            "sources": [{"url": "https://pypi.org/simple"}, {"url": "https://example.org/simple"}],
        },
        "default": {"flask": {"version": "==1.0.2"}, "shop": {"path": ".", "editable": True}},
        "develop": {"pytest": {"version": "==5.0", "markers": "python_version >= '3.5'"}},
    }
    found = _read(Pipfile__lock=json.dumps(lock))
    assert _lines(found) == ["flask==1.0.2", 'pytest==5.0; python_version >= "3.5"']
    assert (found.python, found.indexes) == ("==3.6.*", ("https://example.org/simple",))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "poetry__lock",
            '[[package]]\nname="Flask"\nversion="1.0"\ncategory="main"\n[[package]]\nname="nose"\nversion="1"\ncategory="dev"\n',
        ),
        (
            "pdm__lock",
            '[[package]]\nname="Flask"\nversion="1.0"\ngroups=["default"]\n[[package]]\nname="nose"\nversion="1"\ngroups=["dev"]\n',
        ),
    ],
)
def test_locks_have_packages_for_development_as_well(name, text):
    assert _lines(_read(**{name: text})) == ["Flask==1.0", "nose==1"]


def test_constraints_beside_the_requirements_count_though_no_file_includes_them():
    found = _read(requirements__txt="flask\n", constraints__txt="flask==1.0\nwerkzeug<1\n")
    assert [(one.place, one.version) for one in found.declared] == [("constraints.txt:1", "1.0")]
    assert [str(one.requirement) for one in found.constraints] == ["flask==1.0", "werkzeug<1"]


@pytest.mark.parametrize(
    ("marker", "line"),
    [
        ("'default' in dependency_groups or 'dev' in dependency_groups", "flask==1.0"),
        ("'web' in dependency_groups", "flask==1.0"),
        ("'dev' in dependency_groups", "flask==1.0"),
        ("('email' in extras)", "flask==1.0"),
        ("'email' not in extras", "flask==1.0"),
        ("'dev' in dependency_groups and 'email' not  in extras", "flask==1.0"),
        ("os_name == 'posix'", 'flask==1.0; os_name == "posix"'),
        (
            "os_name == 'posix' and 'dev' in dependency_groups",
            'flask==1.0; os_name == "posix" and python_version > "0"',
        ),
    ],
)
def test_of_markers_of_a_lock_all_but_groups_and_extras_counts(marker, line):
    package = f'[[packages]]\nname="flask"\nversion="1.0"\nmarker="{marker}"\n'
    assert _lines(_read(pylock__toml=f'default-groups = ["default", "web"]\n{package}')) == [line]


@pytest.mark.parametrize(
    "given",
    [
        "**{'install_requires': ['flask'], 'extras_require': extras}",
        "**dict(install_requires=['flask'], extras_require=extras)",
        "**more, install_requires=['flask'], extras_require=dict(test=['pytest'])",
    ],
)
def test_what_setup_py_gives_in_a_dictionary_is_read(given: str):
    setup = f"extras = {{'dev': TOOLS, 'test': ['pytest'], **more}}\nsetup({given})\n"
    assert _lines(_read(setup__py=setup)) == ["flask", "pytest"]


_COMMIT = "0" * 40


@pytest.mark.parametrize(
    ("name", "table", "locked"),
    [
        ("poetry.lock", "package", f'source={{type="git", url="URL", resolved_reference="{_COMMIT}"}}'),
        ("uv.lock", "package", f'source={{git="URL?rev=main#{_COMMIT}"}}'),
        ("pdm.lock", "package", f'git="URL"\nrevision="{_COMMIT}"'),
        ("pylock.toml", "packages", f'vcs={{type="git", url="URL", commit-id="{_COMMIT}"}}'),
    ],
)
def test_a_lock_of_a_repository_has_its_commit(name: str, table: str, locked: str):
    url = "https://example.org/shop.git"
    text = f'[[{table}]]\nname="own"\nversion="0.1"\n{locked.replace("URL", url)}\n'
    assert _lines(_read(**{name.replace(".", "__"): text})) == [f"own @ git+{url}@{_COMMIT}"]


def test_an_environment_of_conda_has_packages_for_conda_and_for_pip():
    environment = (
        "name: shop\ndependencies:\n  - python=3.7\n  - flask=1.1\n  - conda-forge::numpy >=1.18\n"
        "  # server\n  - gunicorn=20.0=py37_0\n  - redis-py=3.5.3\n  - openssl=1.1.1d=h7b6447c_2\n"
        "  - pip\n  - pip:\n    - flask-cors==3.0.8\n    - -r more.txt\nprefix: /opt/x\n- flask=9\n"
    )
    found = ["flask==1.1.*", "numpy>=1.18", "gunicorn==20.0", "redis-py==3.5.3", "flask-cors==3.0.8"]
    assert _lines(_read(environment__yml=environment)) == found


def test_what_a_dockerfile_installs_by_name_is_required():
    dockerfile = (
        "FROM python:3.8\nRUN pip install -U pip && pip3 install --no-cache-dir 'flask==2.0.3' \\\n"
        "    -i https://example.org/simple -r more.txt -e . gunicorn; rm -r x\nRUN apt-get install gcc\n"
    )
    assert _lines(_read(Dockerfile=dockerfile)) == ["flask==2.0.3", "gunicorn"]


def test_a_script_requires_what_it_says_itself():
    script = '# /// script\n# requires-python = ">=3.9"\n# dependencies = [\n#   "flask==3.0",\n# ]\n# ///\n'
    found = _read(app__py=script + "import flask\n", release__py=script.replace("flask", "x"))
    assert (_lines(found), found.python) == (["flask==3.0"], ">=3.9")


def test_requirements_that_conda_wrote_are_read_and_told_once():
    found = _read(requirements__txt="# platform: win-64\nflask=1.1.2=py_0\nvc=14.1=h0_4\nx=1=py_0\n")
    assert _lines(found) == ["flask==1.1.2", "x==1"]
    assert [one.place for one in found.refused] == ["requirements.txt:2"]


def test_what_requirements_are_compiled_from_counts_where_they_are_not():
    files = {"reqs/base.in": "flask<2\n", "reqs/dev.in": "-r base.in\npytest\n"}
    found = read_declared({PurePosixPath(name): text for name, text in files.items()})
    assert _lines(found) == ["flask<2", "pytest"]
    files["reqs/base.txt"] = "flask==1.1.4\n"
    assert _lines(read_declared({PurePosixPath(name): text for name, text in files.items()})) == [
        "flask==1.1.4"
    ]


def test_the_project_itself_is_not_in_its_lock():
    lock = (
        'requires-python = ">=3.10"\n[[package]]\nname="shop"\nversion="0.1"\nsource={virtual="."}\n'
        '[[package]]\nname="flask"\nversion="3.1.2"\nsource={registry="https://pypi.org/simple"}\n'
    )
    found = _read(uv__lock=lock)
    assert (_lines(found), found.python) == (["flask==3.1.2"], ">=3.10")


_TWO = '[[{0}]]\nname="{1}"\nversion="1.19.5"\n{2}\n[[{0}]]\nname="{1}"\nversion="1.26.4"\n{3}\n'
_FORKS = {
    "uv.lock": _TWO.format(
        "package",
        "numpy",
        "resolution-markers=[\"python_full_version < '3.8'\", \"python_full_version == '3.8.*'\"]",
        "resolution-markers=[\"python_full_version >= '3.9'\"]",
    ),
    "poetry.lock": _TWO.format(
        "package", "numpy", 'python-versions=">=3.6"', 'python-versions=">=3.9,<3.13"'
    ),
    "poetry.lock of 2": _TWO.format(
        "package", "numpy", "markers=\"python_version < '3.9'\"", "markers=\"python_version >= '3.9'\""
    ),
    "pdm.lock": _TWO.format(
        "package",
        "numpy",
        "requires_python='>=3.6'\nmarker=\"python_version < '3.9'\"",
        "marker=\"python_version >= '3.9'\"",
    ),
    "pylock.toml": _TWO.format(
        "packages", "numpy", "marker=\"python_version < '3.9'\"", "marker=\"python_version >= '3.9'\""
    ),
    "requirements.txt": ("numpy==1.19.5 ; python_version < '3.9'\nnumpy==1.26.4 ; python_version >= '3.9'\n"),
    "pyproject.toml": (
        "[project]\ndependencies=[\"numpy==1.19.5; python_version < '3.9'\","
        " \"numpy==1.26.4; python_version >= '3.9'\"]\n"
    ),
    "pyproject.toml of poetry": (
        "[tool.poetry.dependencies]\nnumpy = [{version='1.19.5', python='<3.9'},"
        " {version='1.26.4', python='^3.9'}]\n"
    ),
}


@pytest.mark.parametrize("name", _FORKS)
def test_of_several_versions_that_of_the_python_counts(name):
    def version_on(python):
        (found,) = _read(python, **{name.partition(" ")[0].replace(".", "__"): _FORKS[name]}).declared
        return found.version

    assert [version_on("3.7.16"), version_on("3.11")] == ["1.19.5", "1.26.4"]


def test_an_attempt_requires_all_of_several_versions_since_its_python_may_be_another():
    candidate = Candidate(Interpreter(Path("python3.7"), "3.7.16", "CPython"), "")
    assert candidate.requirements(_read("3.11", requirements__txt=_FORKS["requirements.txt"])) == (
        'numpy==1.26.4; python_version >= "3.9"',
        'numpy==1.19.5; python_version < "3.9"',
    )


def test_what_is_loosened_is_for_every_python():
    (found,) = _read("3.11", requirements__txt=_FORKS["requirements.txt"]).declared
    assert loosen(found, "").line == "numpy>=1.26.4,<2"
    (found,) = _read("3.11", requirements__txt="dataclasses==0.8 ; python_version < '3.7'").declared
    assert loosen(found, "").line == 'dataclasses>=0.8,<1 ; python_version < "3.7"'


@pytest.mark.parametrize(
    ("pin", "loosened"), [("torch==1.7.1+cu101", "torch>=1.7.1,<2"), ("torch===nightly", "torch")]
)
def test_what_is_loosened_names_no_build_and_no_version_that_is_none(pin: str, loosened: str):
    (found,) = _read("3.11", requirements__txt=pin).declared
    assert loosen(found, "").line == loosened


def test_of_several_versions_that_of_the_platform_counts():
    here, elsewhere = "sys_platform != 'no-such'", "sys_platform == 'no-such'"
    lock = _TWO.format(
        "package", "torch", f'resolution-markers=["{here}"]', f'resolution-markers=["{elsewhere}"]'
    )
    assert [one.version for one in _read(uv__lock=lock).declared] == ["1.19.5"]


def test_without_a_python_the_lock_says_for_which_one_versions_are_taken():
    lock = 'requires-python = "<3.9"\n' + _FORKS["uv.lock"]
    assert [one.version for one in _read(uv__lock=lock).declared] == ["1.19.5"]


def test_a_lock_goes_before_requirements_and_these_before_pyproject():
    files = {
        "pylock__toml": '[[packages]]\nname="flask"\nversion="3.0.0"\n',
        "requirements__txt": "flask==2.0.0\n",
        "pyproject__toml": '[project]\ndependencies=["flask==1.0"]\n',
    }
    assert [_lines(_read(**dict(list(files.items())[start:])))[0] for start in range(3)] == [
        "flask==3.0.0",
        "flask==2.0.0",
        "flask==1.0",
    ]


def test_a_lock_that_cannot_be_read_is_told_and_the_next_file_counts():
    found = _read(Pipfile__lock="{ not json", requirements__txt="flask\n")
    assert _lines(found) == ["flask"]
    assert [one.place for one in found.refused] == ["Pipfile.lock:1"]


def test_a_lock_that_requires_nothing_leaves_it_to_that_of_a_subproject():
    files = {
        "poetry.lock": "package = []\n",
        "api/poetry.lock": '[[package]]\nname="flask"\nversion="3.0.0"\n',
    }
    found = read_declared({PurePosixPath(name): text for name, text in files.items()})
    assert [one.place for one in found.declared] == ["api/poetry.lock"]


def test_a_pipfile_has_versions_repositories_and_any():
    pipfile = (
        '[packages]\nflask = "==1.0"\ncelery = {version=">=4", extras=["redis"]}\nrq = "*"\n'
        'x = {git="https://github.com/x/x", ref="v1"}\n[dev-packages]\npytest = "*"\n'
    )
    assert _lines(_read(Pipfile=pipfile)) == [
        "flask==1.0",
        "celery[redis]>=4",
        "rq",
        "x @ git+https://github.com/x/x@v1",
        "pytest",
    ]


@pytest.mark.parametrize(
    ("caret", "bounds"),
    [
        ("^1.1.2", "<2,>=1.1.2"),
        ("^0.12", "<0.13,>=0.12"),
        ("^0.0.3", "<0.0.4,>=0.0.3"),
        ("~1.1.2", "<1.2,>=1.1.2"),
        ("1.0", "==1.0"),
        (">=1,<2", "<2,>=1"),
        ("*", ""),
        ("^1.0.0rc1", "<2,>=1.0.0rc1"),
        ("^2.0 || ^1.0", "<3,>=2.0"),
        ("<1 | >= 2.1 <3", "<3,>=2.1"),
    ],
)
def test_poetrys_bounds_are_written_as_pips(caret, bounds):
    pyproject = f'[tool.poetry.dependencies]\npython = "^3.8"\nflask = "{caret}"\n'
    found = _read(pyproject__toml=pyproject)
    assert [str(one.requirement.specifier) for one in found.declared] == [bounds]
    assert found.python == "<4,>=3.8"


@pytest.mark.parametrize(
    ("python", "version"),
    [("3.8", "3.8.20"), ("==3.8", "3.8.20"), ("3.8.*", "3.8.20"), ("3", "3.12.1"), ("~3.8", "3.8.1")],
)
def test_a_python_of_poetry_is_each_of_its_patch_releases(python, version):
    dependencies = f'python = "{python}"\nflask = {{version = "*", python = "{python}"}}\n'
    found = _read(pyproject__toml=f"[tool.poetry.dependencies]\n{dependencies}")
    marker = found.declared[0].requirement.marker
    assert marker.evaluate({"python_full_version": version})
    assert version in SpecifierSet(found.python)
    assert not marker.evaluate({"python_full_version": "2.7.18"})


def test_an_arbitrary_version_of_python_is_exactly_that():
    assert (
        _read(pyproject__toml="project={requires-python='===3.8', dependencies=['flask']}").python == "===3.8"
    )


def test_a_version_without_an_operator_is_that_version():
    assert _lines(_read(Pipfile='[packages]\nflask = "1.0"\nclick = 7\n')) == [
        "flask==1.0",
        "click==7",
    ]


def test_pyproject_with_a_text_instead_of_a_list_has_one_requirement():
    assert _lines(_read(pyproject__toml='[project]\ndependencies="flask"\n')) == ["flask"]


def test_pyproject_has_groups_for_development():
    pyproject = (
        '[project]\nrequires-python=">=3.9"\ndependencies=["flask>=3"]\n'
        '[project.optional-dependencies]\ntest=["pytest"]\n'
        '[dependency-groups]\ndev=["ruff",{include-group="Web_Test"},{include-group="test"}]\n'
        'web-test=["selenium",{include-group="dev"}]\ntest=["coverage"]\n'
    )
    assert _lines(_read(pyproject__toml=pyproject)) == ["flask>=3", "ruff", "selenium", "coverage", "pytest"]


def test_setup_py_is_read_and_not_run(tmp_path):
    mark = tmp_path / "ran"
    setup = (
        f"open({str(mark)!r}, 'w')\nfrom setuptools import setup\nneeds = ['flask==0.12']\n"
        "setup(name='x', install_requires=needs, extras_require={'test': 'pytest'}, python_requires='>=3.6',"
        " version=compute())\n"
    )
    found = _read(setup__py=setup)
    assert (_lines(found), found.python) == (["flask==0.12", "pytest"], ">=3.6")
    assert not mark.exists()


def test_of_a_sum_in_setup_py_the_lists_that_are_written_out_are_read():
    found = _read(setup__py="needs = ['flask']\nsetup(install_requires=needs + read('more') + ['click'])\n")
    assert _lines(found) == ["flask", "click"]


@pytest.mark.parametrize(
    ("assigned", "lines"),
    [
        ("needs = ['flask']\nneeds = needs + ['click']", ["flask", "click"]),
        ("needs = needs + ['click']", ["click"]),
        ("needs = more + ['click']\nmore = needs + ['flask']", ["click"]),
        ("web = ['flask']\nneeds = web", ["flask"]),
        ("needs = ['flask']\nneeds += ['click']\nneeds.append('rq')", ["flask", "click", "rq"]),
        ("needs = read()\nneeds.extend(['click'])", ["click"]),
        ("needs = dict(web=['flask'])", []),
        ("if True:\n    more = ['flask']\nneeds = more + ['click']", ["flask", "click"]),
        ("needs = 'flask>=%s' % '3'", []),
        ("needs = ['flask==' + '2.0', 'click' + more]", ["flask==2.0"]),
        ("web = ['flask']\nneeds = [*web, 'x>=%s' % version, 'click']", ["flask", "click"]),
    ],
)
def test_of_what_setup_py_names_the_parts_that_are_written_out_before_are_read(assigned, lines):
    found = _read(setup__py=f"{assigned}\nsetup(install_requires=needs)\n")
    assert (_lines(found), found.refused) == (lines, ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.cfg", "[options]\npython_requires = >=3.6\ninstall_requires =\n  flask  # web\n  click>=7\n"),
        ("setup.py", "setup(install_requires='flask # web\\n# all\\nclick>=7', python_requires='>=3.6')\n"),
        (
            "pyproject.toml",
            '[tool.flit.metadata]\nrequires = ["flask"]\nrequires-python = ">=3.6"\n'
            '[tool.pdm.dev-dependencies]\ntest = ["click>=7"]\n',
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["flask"]\nrequires-python = ">=3.6"\n'
            '[tool.hatch.envs.default]\ndependencies = ["click>=7"]\n',
        ),
    ],
)
def test_what_a_tool_of_packagers_installs_is_required(name: str, text: str):
    found = _read(**{name.replace(".", "__"): text})
    assert (_lines(found), found.python) == (["flask", "click>=7"], ">=3.6")


DYNAMIC = '[project]\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", DYNAMIC + 'dependencies = {file = ["in/base.in"]}\n'),
        ("pyproject.toml", DYNAMIC + 'dependencies = {file = "in/base.in"}\n'),
        ("pyproject.toml", DYNAMIC + 'optional-dependencies.dev = {file = ["in/base.in"]}\n'),
        ("setup.cfg", "[options]\ninstall_requires = file: in/base.in\n"),
        ("setup.cfg", "[options]\ninstall_requires =\n    file: in/more.in, in/base.in\n"),
        ("setup.cfg", "[options.extras_require]\ntest = file:in/base.in\n"),
    ],
)
def test_what_setuptools_reads_from_requirements_files_is_required(name: str, text: str):
    texts = {name: text, "in/base.in": "-r more.in\nflask<2.3  # why\n", "in/more.in": "click\n"}
    found = read_declared({PurePosixPath(path): content for path, content in texts.items()})
    assert (sorted(_lines(found)), found.refused) == (["click", "flask<2.3"], ())
    assert found.files[0] == PurePosixPath(name)


def test_a_requirements_file_that_is_not_there_is_named():
    (refused,) = _read(setup__cfg="[options]\ninstall_requires = file: base.in\n").refused
    assert refused.reason == "there is no base.in"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project]\nname = 'Flask.Shop'\n"),
        ("pyproject.toml", "[tool.poetry]\nname = 'flask_shop'\n"),
        ("setup.cfg", "[metadata]\nname = flask-shop\n"),
        ("setup.py", "from setuptools import setup\nsetup(name='Flask-Shop')\n"),
    ],
)
def test_a_project_has_the_names_that_its_files_give_it(name: str, text: str):
    assert own_names({PurePosixPath(name): text}) == ("flask-shop",)
    assert own_names({PurePosixPath("other") / name: text}) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project]\nversion = '1'\n[tool.poetry]\nname = 1\n"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "project = 1\n"),
        ("setup.cfg", "name = shop\n"),
        ("setup.py", "setup(name=NAME)\nother(name='shop')\n"),
    ],
)
def test_a_name_that_is_not_written_out_is_none(name: str, text: str):
    assert own_names({PurePosixPath(name): text}) == ()
