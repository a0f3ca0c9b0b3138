"""Edits that nobody thought of: lines put in, changed, moved, copied and taken away anywhere in a project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from hypothesis import strategies as st

from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.planning.templates.selection import select_extensions
from tests.edits.cases import Files
from tests.edits.measure import EXTENSIONS, files_of
from tests.edits.resource_changes import FIELDS, NEEDED, posts_with

_CATALOGUE = load_catalogue()


@dataclass(frozen=True)
class Touch:
    """One thing that is done to some lines that follow each other."""

    kind: str
    at: int
    """Which line, counted round and round; so is ``to``, where it is moved or copied to."""
    to: int
    size: int

    def make(self, lines: list[str], whose: str, path: str) -> list[str]:
        at, to = self.at % (len(lines) + 1), self.to % (len(lines) + 1)
        some = lines[at : at + self.size]
        match self.kind:
            case "insert":
                return [*lines[:at], *self._new(lines, at, whose, path), *lines[at:]]
            case "change":
                changed = [f"{line}  {_remark(path, f'{whose} {self.at}')}" for line in some]
                return [*lines[:at], *changed, *lines[at + self.size :]]
            case "delete":
                return [*lines[:at], *lines[at + self.size :]]
            case "copy":
                return [*lines[:to], *some, *lines[to:]]
            case _:
                rest = [*lines[:at], *lines[at + self.size :]]
                return [*rest[:to], *some, *rest[to:]]

    def _new(self, lines: list[str], at: int, whose: str, path: str) -> list[str]:
        beside = lines[at] if at < len(lines) else ""
        indent = beside[: len(beside) - len(beside.lstrip())]
        words = [f"{whose} {self.at} {self.to} {number}" for number in range(self.size)]
        if path.endswith(".py") and self.at % 2:
            return [f"{indent}{word.replace(' ', '_')} = 1" for word in words]
        return [indent + _remark(path, word) for word in words]


@dataclass(frozen=True)
class FileEdit:
    """What is done to one file, of those that there are, counted round and round."""

    file: int
    touches: tuple[Touch, ...]
    form: str
    fate: str

    def make(self, files: Files, paths: list[str], whose: str) -> Files:
        path = paths[self.file % len(paths)]
        if path not in files:
            return files
        lines = files[path].split("\n")[:-1]
        for touch in self.touches:
            lines = touch.make(lines, whose, path)
        text = "".join(f"{line}\n" for line in lines)
        text = {"crlf": text.replace("\n", "\r\n"), "no-end": text.removesuffix("\n")}.get(self.form, text)
        others = {name: content for name, content in files.items() if name != path}
        match self.fate:
            case "deleted":
                return others
            case "renamed":
                renamed = PurePosixPath(path).with_stem(f"{PurePosixPath(path).stem}_of_ours")
                return {**others, str(renamed): text}
            case _:
                return {**others, path: text}


@dataclass(frozen=True)
class Project:
    """A project with edits in it, and what is to become of it."""

    extensions: frozenset[str]
    choice: int
    """Which extension is added, and which removed, counted round and round."""
    fields: tuple[str, ...]
    """What its posts have beside their first fields; without any, there are no posts."""
    older: tuple[FileEdit, ...]
    """How the templates of an older flaskgen differ from those of today."""
    edits: tuple[FileEdit, ...]

    def changes(self) -> Iterator[tuple[str, Files, Files, Files]]:
        """Yield each verb with the rendered files, the edited ones, and the rendered ones that are to be."""
        now = self._files(self.extensions)
        more = [name for name in EXTENSIONS if name not in self.extensions]
        if more:
            added = {*self.extensions, more[self.choice % len(more)]}
            yield from self._change("add", now, self._files(_closed(added)))
        free = [name for name in EXTENSIONS if self._is_free(name)]
        if free:
            left = self.extensions - {free[self.choice % len(free)]}
            yield from self._change("remove", now, self._files(left))
        if self.fields:
            with_fewer = dict(files_of(self.extensions, posts_with(*self.fields[1:])))
            yield from self._change("generate field", with_fewer, now)
            yield from self._change("remove field", now, with_fewer)
        old = now
        for edit in self.older:
            old = edit.make(old, sorted(now), "theirs")
        yield from self._change("update", old, now)

    def _files(self, extensions: frozenset[str]) -> Files:
        return dict(files_of(extensions, posts_with(*self.fields) if self.fields else ()))

    def _change(self, verb: str, base: Files, theirs: Files) -> Iterator[tuple[str, Files, Files, Files]]:
        changed = sorted(path for path in base if base[path] != theirs.get(path))
        ours = base
        for edit in self.edits:  # half of them where the change is too
            ours = edit.make(ours, changed if changed and edit.file % 2 else sorted(base), "mine")
        yield verb, base, ours, theirs

    def _is_free(self, name: str) -> bool:
        others = self.extensions - {name}
        if self.fields and name in NEEDED:
            return False
        return name in self.extensions and _closed(others) == others


def _closed(extensions: frozenset[str] | set[str]) -> frozenset[str]:
    return frozenset(select_extensions(sorted(extensions), _CATALOGUE).extensions)


def _remark(path: str, words: str) -> str:
    if path.endswith((".html", ".svg", ".md")):
        return f"<!-- {words} -->"
    return f"/* {words} */" if path.endswith((".css", ".js")) else f"# {words}"


_anywhere = st.integers(0, 9999)
_touches = st.builds(
    Touch,
    kind=st.sampled_from(["insert", "insert", "change", "delete", "copy", "move"]),
    at=_anywhere,
    to=_anywhere,
    size=st.integers(1, 4),
)
_usual = ["as it is"] * 8


def file_edits(*, fates: bool) -> st.SearchStrategy[FileEdit]:
    """Return edits of one file, with files that are deleted or renamed among them or without."""
    return st.builds(
        FileEdit,
        file=_anywhere,
        touches=st.lists(_touches, min_size=1, max_size=4).map(tuple),
        form=st.sampled_from([*_usual, "crlf", "no-end"]) if fates else st.just("as it is"),
        fate=st.sampled_from([*_usual, "deleted", "renamed"]) if fates else st.just("stays"),
    )


_extensions = st.sets(st.sampled_from(EXTENSIONS))
_fields = st.lists(st.sampled_from(FIELDS), max_size=3, unique=True).map(tuple)
projects = st.builds(
    lambda extensions, fields, **rest: Project(
        _closed(extensions | NEEDED if fields else extensions), fields=fields, **rest
    ),
    extensions=_extensions,
    fields=_fields,
    choice=_anywhere,
    older=st.lists(file_edits(fates=False), min_size=1, max_size=4).map(tuple),
    edits=st.lists(file_edits(fates=True), min_size=1, max_size=3).map(tuple),
)
