from __future__ import annotations

import pytest

from flaskgen.planning.packages.pins import (
    Pin,
    count_changes,
    decode,
    format_requirements,
    parse_pins,
    without_versions,
)


def test_pins_are_read_back_as_they_were_written() -> None:
    pins = (Pin("click", "8.2", hashes=("sha256:aa", "sha256:bb")), Pin("flask", "3.1.3"))
    assert parse_pins(format_requirements(pins, hashes=True)) == pins


def test_what_pins_no_release_is_read_by_its_reference() -> None:
    others = "-r x.txt\n--hash=sha256:1\n-e ./x\nshop @ file:///x?y==1\nclick>=8\nb===x\n"
    text = f"{others}flask[async] == 3.1;python_version>'3'\r\n"
    assert [(pin.name, pin.version, pin.reference, pin.marker) for pin in parse_pins(text)] == [
        ("-e ./x", "", "-e ./x", ""),
        ("shop", "", "shop @ file:///x?y==1", ""),
        ("click", "", "click>=8", ""),
        ("b", "", "b===x", ""),
        ("flask", "3.1", None, 'python_version > "3"'),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("indent", ["    ", ""])
def test_hashes_are_read_over_continued_lines(newline: str, indent: str) -> None:
    text = newline.join(
        ["flask==3.1 \\", f"{indent}--hash=sha256:aa \\", f"{indent}--hash=sha256:bb", "a==1"]
    )
    assert parse_pins(text) == (Pin("flask", "3.1", hashes=("sha256:aa", "sha256:bb")), Pin("a", "1"))


def test_lines_are_joined_and_indented_as_pip_allows_it() -> None:
    text = "  click==8\n  rich==1 # \\\n  --hash=x\n# C:\\\nflask\\\n==3.1\n--index-url \\\nhttps://h/x\n"
    assert parse_pins(text) == (Pin("click", "8"), Pin("rich", "1"), Pin("flask", "3.1"))


@pytest.mark.parametrize("line", ["foo @ https://h/x;y=1#sha256=ab", "https://h/a==1.whl"])
@pytest.mark.parametrize("marker", ["", 'python_version > "3"'])
def test_a_url_is_read_whole(line: str, marker: str) -> None:
    (pin,) = parse_pins(f"{line} ; {marker}" if marker else line)
    assert (pin.reference, pin.marker) == (line, marker)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encoding_that_its_byte_order_mark_names(encoding: str) -> None:
    assert decode("flask==3.1\r\n".encode(encoding)) == "flask==3.1\r\n"


def test_changes_are_counted_by_package() -> None:
    before = "a==1\nb==1\nc==1\n-e git+file:///x@1#egg=d\n-e /e\n"
    after = (
        "a==1 \\\n    --hash=sha256:1\n    # via b\nb==2\n-e git+file:///x@2#egg=d\n-e /e\nf @ file:///f\n"
    )
    changes = count_changes(before, after)
    assert (changes.added, changes.removed, changes.changed) == (1, 1, 2)
    assert str(changes) == "1 added, 1 removed, 2 changed"
    assert str(count_changes("a==1", "a==1 # via b\n")) == "the same pins"


def test_without_versions_and_hashes_only_what_else_was_written_is_left():
    hashed = "a==1 \\\n    --hash=sha256:x \\\n    --hash=sha256:y\n    # via b\n"
    text = f"# mine\n{hashed}b==2 ; python_version < '3'\n"
    assert without_versions(text.encode()) == "# mine\na\n    # via b\nb ; python_version < '3'\n"
