from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from flaskgen.planning.foreign.requirements import for_python, running_python
from flaskgen.planning.foreign.requirements_reading import read_requirements, requirements_files


def _paths(*names: str) -> list[PurePosixPath]:
    return [PurePosixPath(name) for name in names]


def _read(environment: dict[str, str] | None = None, **texts: str):
    files = {PurePosixPath(name.replace("__", "/") + ".txt"): text for name, text in texts.items()}
    return for_python(read_requirements(files, list(files)[:1], environment or {}), running_python())


def test_the_main_file_goes_before_those_for_development():
    paths = _paths(
        "requirements/dev.txt", "requirements.txt", "requirements/prod.txt", "docs/requirements.txt"
    )
    assert requirements_files(paths) == tuple(_paths("requirements.txt", "requirements/dev.txt"))


def test_of_several_files_in_a_directory_the_common_one_is_the_main_one():
    paths = _paths("requirements/prod.txt", "requirements/base.txt", "requirements/test.txt")
    assert requirements_files(paths) == tuple(_paths("requirements/base.txt", "requirements/test.txt"))


def test_files_in_a_sub_directory_are_read_if_there_are_none_above():
    assert requirements_files(_paths("backend/requirements.txt", "a/b/requirements.txt")) == tuple(
        _paths("backend/requirements.txt")
    )


def test_the_requirements_of_the_documentation_are_not_those_of_the_application():
    assert requirements_files(_paths("docs/requirements.txt")) == ()


def test_includes_are_read_once_and_name_their_own_place():
    found = _read(
        requirements="-r requirements/common.txt\n# c\n\nFlask==0.12.2  # old\n",
        requirements__common="-r ../requirements.txt\nJinja2==2.9.6\n",
    )
    assert [(one.name, one.version, str(one.path), one.line) for one in found.declared] == [
        ("jinja2", "2.9.6", "requirements/common.txt", 2),
        ("flask", "0.12.2", "requirements.txt", 4),
    ]


def test_of_a_line_one_file_is_included_as_pip_does():
    found = _read(requirements="-r a.txt -r b.txt -c c.txt\n", a="flask==1.0\n", b="click\n", c="six\n")
    assert [one.name for one in found.declared] == ["flask"]


def test_constraints_are_no_requirements():
    found = _read(requirements="flask\n-c limits.txt\n", limits="werkzeug<1\n")
    assert [one.name for one in found.declared] == ["flask"]
    assert [str(one.requirement) for one in found.constraints] == ["werkzeug<1"]


def test_options_of_the_index_are_kept():
    found = _read(
        requirements="-i https://a/s\n--extra-index-url=https://b/s\n-f https://c/\n--no-binary :all:\n"
    )
    assert (found.indexes, found.refused) == (("https://a/s", "https://b/s"), ())


def test_a_directory_of_the_project_is_no_requirement():
    found = _read(requirements="-e .\n-e ./src[test]\n-e ../other\n./lib\n")
    assert (found.declared, found.refused) == ((), ())


def test_hashes_and_continued_lines_are_read():
    (one,) = _read(requirements="flask==1.0 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\n").declared
    assert (str(one.requirement), one.line) == ("flask==1.0", 1)


def test_a_url_is_a_requirement_if_it_says_of_what():
    found = _read(
        requirements="-e git+https://github.com/x/y.git@v1#egg=Flask-Y\ngit+https://github.com/x/flask-z\n"
        "https://github.com/x/flask-a/tarball/master\nhttps://x.org/archive.tgz\n"
    )
    assert [str(one.requirement) for one in found.declared] == [
        "Flask-Y @ git+https://github.com/x/y.git@v1",
        "flask-z @ git+https://github.com/x/flask-z",
        "flask-a @ https://github.com/x/flask-a/tarball/master",
    ]
    assert [one.place for one in found.refused] == ["requirements.txt:4"]


def test_a_version_that_no_python_takes_is_told():
    found = _read(requirements=f"flask=={'9' * 5000}\nclick==7.0\n")
    assert ([one.name for one in found.declared], len(found.refused)) == (["click"], 1)


def test_a_wheel_whose_name_is_none_is_told():
    wheels = "shop @ https://h/shop.whl\ntorch @ https://h/torch-1.7%2Bcu101-cp36-cp36m-linux_x86_64.whl\n"
    found = _read(requirements=wheels)
    assert [one.name for one in found.declared] == ["torch"]
    assert [one.place for one in found.refused] == ["requirements.txt:1"]


def test_what_pip_refuses_is_told_with_its_line():
    found = _read(requirements="flask\nthis is no requirement\n-r missing.txt\n")
    assert [(one.place, one.text) for one in found.refused] == [
        ("requirements.txt:2", "this is no requirement"),
        ("requirements.txt:3", "-r missing.txt"),
    ]
    assert found.refused[1].reason == "there is no missing.txt"


@pytest.mark.parametrize("marker", ["'dev' in dependency_groups", "python_version ~= 'x'"])
@pytest.mark.parametrize("what", ["flask", "flask @ git+https://github.com/pallets/flask"])
def test_a_marker_that_has_no_value_is_told(what, marker):
    (refused,) = _read(requirements=f"click\n{what} ; {marker}\n").refused
    assert refused.place == "requirements.txt:2"


def test_an_include_that_leads_out_of_the_project_is_not_read():
    found = _read(requirements="-r /etc/passwd\n-r ../../secret.txt\n")
    assert not found.declared
    assert len(found.refused) == 2


def test_a_requirement_has_the_version_that_a_constraint_pins():
    limits = "click==7\nflask==1.1.2\njinja2<4\nsix==1.0\n"
    found = _read(requirements="flask[async]>=1,<2\njinja2<3\nsix>2\n-c limits.txt\n", limits=limits)
    assert [(str(one.requirement), one.place) for one in found.declared] == [
        ("flask[async]==1.1.2", "limits.txt:2"),
        ("jinja2<3", "requirements.txt:2"),
        ("six>2", "requirements.txt:3"),  # which no version can fulfil
    ]


def test_a_file_can_have_requirements_and_constraints():
    found = _read(requirements="-c all.txt\n-r all.txt\n", all="flask==1.0\n")
    assert ([one.name for one in found.declared], [one.name for one in found.constraints]) == (
        ["flask"],
        ["flask"],
    )


def test_variables_are_those_of_the_environment():
    found = _read(
        {"VERSION": "1.0", "HOST": "example.org", "FILE": "more"},
        requirements="flask==${VERSION}\n-r ${FILE}.txt\n--extra-index-url https://${HOST}/${TOKEN}\n",
        more="click\n",
    )
    assert [str(one.requirement) for one in found.declared] == ["flask==1.0", "click"]
    assert found.indexes == ("https://example.org/${TOKEN}",)


def test_a_variable_in_a_url_is_left_to_uv_since_it_may_be_secret():
    found = _read(
        {"TOKEN": "s3cret"}, requirements="-e git+https://${TOKEN}@h/x#egg=x\ny @ git+https://${TOKEN}@h/y\n"
    )
    assert [one.requirement.url for one in found.declared] == [
        "git+https://${TOKEN}@h/x",
        "git+https://${TOKEN}@h/y",
    ]


def test_a_variable_that_is_not_set_is_told():
    (refused,) = _read(requirements="flask==${FLASK_VERSION}\n").refused
    assert (refused.text, refused.reason) == (
        "flask==${FLASK_VERSION}",
        "the environment variable FLASK_VERSION is not set",
    )


def test_requirements_at_a_url_are_not_read():
    (refused,) = _read(requirements="-r https://user:s3cret@example.org/r.txt\n").refused
    assert refused.reason == "it is not in the project"


def test_a_line_of_a_million_letters_is_a_name():
    (declared,) = _read(requirements="a" * 1_000_000).declared
    assert len(declared.name) == 1_000_000
