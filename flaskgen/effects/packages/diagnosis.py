"""Find out why uv failed.

A cause is named if it is certain: by a number that uv printed (an HTTP status, an errno), by uv's own
verdict, or by asking the index. For everything else, the message is uv's own.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

from flaskgen.effects.packages.index_probe import Cause, probe, status_cause, unreachable
from flaskgen.effects.system.session import Completed, how_it_ended
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.sources import PackageSources, redact

_MESSAGE = re.compile(r"^(?:error|  cause): (.+)$", re.MULTILINE)
_REQUEST = re.compile(r"Failed to fetch: (\S+)|An index (?:URL )?\((\S+)\)|`Content-Type`.* for `([^`]+)`")
_STATUS = re.compile(r"[( ]([45]\d\d) ([A-Z][\w-]*(?: [A-Z][\w-]*)*)")
_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")
_MISMATCH = re.compile(r"Hash mismatch for `([^`]+)`")
_FAILED = re.compile(r"Failed to (?:download and )?(\w+) `([^`]+)`")
_LACKING = re.compile(
    r"Because (?:(there) (?:is no version|are no versions) of )?(([\w.-]+)\S*)"
    r"(?: (was not found|needs to be downloaded|has no (?:usable )?wheels))?"
)

_GO_ONLINE = "run once without --offline"
_CANNOT_WRITE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM}
    | {errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EMFILE, errno.ENFILE}
)


def find_cause(completed: Completed, sources: PackageSources, indexes: Sequence[str]) -> Cause:
    """Return why uv failed, and what to do about it; ``indexes`` are all that it asks."""
    text = redact(completed.stderr).strip() or f"error: uv {how_it_ended(completed.returncode)}"
    return (
        _find_mismatch(text)
        or _find_request(text, sources)
        or _find_system_error(text)
        or _find_unprepared(text, sources)
        or _find_lacking(text, sources, indexes)
        or Cause(_own_words(text), _rest(text))
    )


def mismatched_names(completed: Completed) -> list[str]:
    """Return the names of the packages whose files had another hash than their pins."""
    found = (match.partition("==")[0] for match in _MISMATCH.findall(completed.stderr))
    return list(dict.fromkeys(map(normalized, found)))


def _find_mismatch(text: str) -> Cause | None:
    match = _MISMATCH.search(text)
    return match and Cause(
        f"the index serves a different file for {match[1]} than the tested one: its hash differs",
        "it was changed on the index or in transit; if your own index rebuilt it, pass --index-url",
    )


def _find_request(text: str, sources: PackageSources) -> Cause | None:
    """Find what came of the request that uv gave up on."""
    match = _REQUEST.search(text)
    if match is None or sources.offline:
        return None
    url = match[1] or match[2] or match[3]
    if status := _STATUS.search(text):
        return status_cause(url, int(status[1]), status[2], sources)
    if "dns error" in text:  # to ask again could take as long again
        return unreachable(url, "its name cannot be resolved", sources)
    return probe(url, sources)


def _find_system_error(text: str) -> Cause | None:
    for message in reversed(_MESSAGE.findall(text)):
        match = _SYSTEM_ERROR.search(message)
        if match and int(match[1]) in _CANNOT_WRITE:
            hint = "free some space there, or fix its permissions; UV_CACHE_DIR moves uv's cache"
            return Cause(f"uv cannot write: {message}", hint)
    return None


def _find_unprepared(text: str, sources: PackageSources) -> Cause | None:
    """Find the package that uv chose, and then could not download or build."""
    match = _FAILED.search(text)
    if match and match[1] == "build":
        return Cause(f"{match[2]} has no wheel for this Python, and building it failed", _rest(text))
    if match and sources.offline and "disabled" in text:  # "network connectivity is disabled", says uv
        return Cause(f"uv's cache has no `{match[2]}`", _GO_ONLINE)
    return None


def _find_lacking(text: str, sources: PackageSources, indexes: Sequence[str]) -> Cause | None:
    """Find the package of which nothing fits, or the index that is none or refuses to answer."""
    match = _LACKING.search(text)
    if match is None or not (match[1] or match[4]):
        return None
    is_wheel = (match[4] or "").endswith("wheels")
    lacking = f"wheel of `{match[2]}` for this Python" if is_wheel else f"`{match[2]}`"
    if sources.offline:
        return Cause(f"uv's cache has no {lacking}", _GO_ONLINE)
    for index in () if sources.no_index else indexes:
        if cause := probe(f"{index.rstrip('/')}/{match[3]}/", sources, reached=True):
            return cause
    return Cause(
        f"the index has no {lacking}",
        _rest(text) if is_wheel else "check the name, the version and the index's URL",
    )


def _own_words(text: str) -> str:
    """Return the error and its causes as one line."""
    return ": ".join(_MESSAGE.findall(text)) or f"uv: {text.splitlines()[-1]}"


def _rest(text: str) -> str:
    """Return what uv printed beyond the error and its causes, or how to see it."""
    lines = text.partition("error: ")[2].splitlines()[1:]
    rest = [
        line.strip().removeprefix("hint: ") for line in lines if line.strip() and not _MESSAGE.match(line)
    ]
    return "\n".join(rest[-15:]) or "try again; -v shows uv's output"
