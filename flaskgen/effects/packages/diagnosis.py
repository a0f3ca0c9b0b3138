"""Find out why uv failed.

A cause is named if it is certain: by a signal, by a number that uv printed (an HTTP status, an errno), by
uv's own verdict, or by asking the index. Everything else is told in uv's own words.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

from flaskgen.effects.packages.index_probe import Cause, probe, status_cause, unreachable
from flaskgen.effects.system.session import Completed, advice_after, how_it_ended
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.sources import PackageSources, redact

_MESSAGE = re.compile(r"^(?:error|  cause): (.+)$", re.MULTILINE)
_REQUEST = re.compile(r"Failed to fetch: (\S+)|An index (?:URL )?\((\S+)\)|`Content-Type`.* for `([^`]+)`")
_STATUS = re.compile(r"[( ]([45]\d\d) ([A-Z][\w-]*(?: [A-Z][\w-]*)*)")
_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")
_MISMATCH = re.compile(r"Hash mismatch for `([^`]+)`")
_UNCACHED = re.compile(r"Because (\S+) (?:was not found|needs to be downl)|Failed to \w+ `([^`]+)`")
_NO_WHEEL = re.compile(r"Because (\S+) has no (?:usable )?wheels|Failed to (?:download and )?build `([^`]+)`")
_MISSING = re.compile(
    r"Because (?:there (?:is no version|are no versions) of (([\w.-]+)\S*)|(\S+) was not found)"
)

_CANNOT_WRITE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM}
    | {errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EMFILE, errno.ENFILE}
)


def find_cause(completed: Completed, sources: PackageSources, indexes: Sequence[str]) -> Cause:
    """Return why uv failed, and what to do about it; ``indexes`` are all that it asks."""
    if completed.returncode < 0:
        return Cause(f"uv {how_it_ended(completed.returncode)}", advice_after(completed.returncode))
    text = redact(completed.stderr).strip() or f"error: uv {how_it_ended(completed.returncode)}"
    return (
        _find_uncached(text, sources)
        or _find_mismatch(text)
        or _find_request(text, sources)
        or _find_system_error(text)
        or _find_no_wheel(text)
        or _find_missing(text, sources, indexes)
        or Cause(_own_words(text), _rest(text))
    )


def mismatched_names(completed: Completed) -> list[str]:
    """Return the names of the packages whose files had another hash than their pins."""
    found = (match.partition("==")[0] for match in _MISMATCH.findall(completed.stderr))
    return list(dict.fromkeys(map(normalized, found)))


def _find_uncached(text: str, sources: PackageSources) -> Cause | None:
    if not sources.offline or "disabled" not in text:  # "the network was disabled", says uv
        return None
    match = _UNCACHED.search(text)
    what = f"`{match[1] or match[2]}`" if match else "a package"
    said = f"{what} is not in uv's cache, and --offline forbids downloading it"
    return Cause(said, "run once without --offline")


def _find_mismatch(text: str) -> Cause | None:
    match = _MISMATCH.search(text)
    return match and Cause(
        f"the index serves a different file for {match[1]} than the tested one: its hash differs",
        "it was changed on its way or on the index; if your own index rebuilt it, give --index-url",
    )


def _find_request(text: str, sources: PackageSources) -> Cause | None:
    """Find what came of the request that uv gave up on."""
    match = _REQUEST.search(text)
    if match is None:
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
            hint = "make room there, or fix its permissions; UV_CACHE_DIR and XDG_CACHE_HOME move uv's cache"
            return Cause(f"uv cannot write: {message}", hint)
    return None


def _find_no_wheel(text: str) -> Cause | None:
    match = _NO_WHEEL.search(text)
    if match is None:
        return None
    unbuilt = ", and building it failed" if match[2] else ""
    return Cause(f"{match[1] or match[2]} has no wheel for this Python{unbuilt}", _rest(text))


def _find_missing(text: str, sources: PackageSources, indexes: Sequence[str]) -> Cause | None:
    """Find the package or version that no index has, or the index that is none or lets nobody in."""
    match = _MISSING.search(text)
    if match is None:
        return None
    what, name = match[1] or match[3], match[2] or match[3]
    if sources.offline:
        return Cause(f"uv's cache has no `{what}`", "run once without --offline")
    for index in () if sources.no_index else indexes:
        if cause := probe(f"{index.rstrip('/')}/{name}/", sources, reached=True):
            return cause
    return Cause(f"the index has no `{what}`", "check the name, the version and the index's URL")


def _own_words(text: str) -> str:
    """Return the error and its causes as one line."""
    return ": ".join(_MESSAGE.findall(text)) or f"uv: {text.splitlines()[-1]}"


def _rest(text: str) -> str:
    """Return what uv printed beyond the error and its causes, or how to see it."""
    lines = text.partition("error: ")[2].splitlines()[1:]
    rest = [line.strip() for line in lines if line.strip() and not _MESSAGE.match(line)]
    return "\n".join(rest[-15:]) or "try again; -v shows all that uv printed"
