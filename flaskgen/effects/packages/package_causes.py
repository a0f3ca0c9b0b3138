"""Recognise what is wrong with the packages: none that fits, a conflict, a damaged or changed file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flaskgen.effects.packages.cause import Cause, Evidence, host_of

_MISMATCH = re.compile(
    r"Hash mismatch for `([^`]+)`|DO NOT MATCH THE HASHES[^\n]*\n+ +(\S+==\S+) from"
)  # fmt: skip
_UNCACHED = re.compile(
    r"Because (\S+) was not found in the cache|network was disabled|Network connectivity is dis"
)
_FETCHED = re.compile(r"Failed to \w+ `([^`]+)`")
_BROKEN_FILE = re.compile(
    r"(?i)invalid zip|failed to extract archive|end of file before message length|unexpected end of file"
    r"|Wheel '[^']+' located at \S+ is invalid|incomplete-download|BadZipFile|File is not a zip file"
    r"|has a file .* outside target|outside of the target|invalid wheel|\.dist-info directory"
)
_INCOMPLETE = re.compile(
    r"\((?P<received>[^/()\n]+)/(?P<size>[^()\n]+)\)\s+\S+ URL: \S*/(?P<name>[^/#\s]+\.(?:whl|tar\.gz|zip))"
)
_WHICH_FILE = re.compile(r"Failed to \w+ `([^`]+)`|Wheel '([^']+)' located|([\w.-]+\.whl)")
_NOT_AN_INDEX = re.compile(
    r"Unsupported `Content-Type` \"([^\"]+)\" for `([^`]+)`"
    r"|Missing `Content-Type` header for `(?P<bare>[^`]+)`"
    r"|Skipping page (\S+) because the GET request got Content-Type: (\S+?)\.? "
)
_DISK = re.compile(
    r"(?i)no space left on device|disk quota exceeded|read-only file system|permission denied"
    r"|too many open files|file too large"
)
_NO_CACHE = re.compile(r"Failed to initialize cache at `([^`]+)`(?:[^\n]*\n)+?[^\n]*: ([^:\n]+) \(os error")
_PYTHON_UV = re.compile(
    r"current Python version \(([\d.]+)\) does not\s+satisfy Python(\S+) and (.+?) depends?\s+on Python",
    re.DOTALL,
)
_PYTHON_PIP = re.compile(r"Package '([^']+)' requires a different Python: (\S+) not in '([^']+)'")
_PYTHON_LINK = re.compile(r"Link requires a different Python \((\S+) not in: '([^']+)'\): \S*/([^/#\s]+)")
_WHEEL_UV = re.compile(r"Because (?:all versions of )?(\S+) has no (?:usable )?wheels[^,\n]*")
_WHEEL_PIP = re.compile(r"none of the wheel's tags \(([^)]+)\) are compatible[^\n]*?/([^/#\s]+\.whl)")
_BUILD = re.compile(
    r"Failed to (?:build|download and build) `([^`]+)`|Failed to build '?([\w.=-]+)'?"
    r"|(?:metadata-generation-failed|subprocess-exited-with-error)"
)
_UNPREPARED = re.compile(r"generating package metadata[^\n]*\n\S+ ([\w.-]+)")
_CONFLICT_PIP = re.compile(r"The conflict is caused by:\n(.+?)\n\s*\n", re.DOTALL)
_UNSATISFIABLE = re.compile(r"Because (.+?), we\s+can\s+conclude", re.DOTALL)
_ABSENT_UV = re.compile(
    r"Because (?:there are no versions of )?(\S+)( was not found in the package registry)?"
)
_ABSENT_PIP = re.compile(
    r"Could not find a version that satisfies the requirement (.+?)"
    r" \((?:from [^)]*\) \()?from versions: ([^)]+)\)"
)


@dataclass(frozen=True)
class Missing:
    """A project of which the index gave nothing, and what that means if the index is in order."""

    name: str
    cause: Cause


def find_package_cause(evidence: Evidence) -> Cause | None:
    """Find the package that cannot be had or does not fit; None where the index may be at fault."""
    return (
        _find_damage(evidence) or _find_disk(evidence) or _find_python(evidence) or _find_conflict(evidence)
    )


def _find_damage(evidence: Evidence) -> Cause | None:
    text = evidence.text
    if match := _UNCACHED.search(text):
        found = match[1] or next(iter(_FETCHED.findall(text)), None)
        what = f"`{found}`" if found else "a package"
        return Cause(
            f"{what} is not in uv's cache, and --offline keeps it from being fetched",
            "run once without --offline",
        )
    if match := _MISMATCH.search(text):
        return Cause(
            f"the file of {match[1] or match[2]} is not the one that was tested: its hash differs",
            "it was changed on its way or on the index; if your own index rebuilt it, give --index-url",
        )
    if match := _INCOMPLETE.search(text):
        return Cause(
            f"the file of {match['name']} is truncated: {match['received']} of {match['size']} arrived",
            "try again; else the index's copy is damaged",
        )
    if _BROKEN_FILE.search(text):
        found = _WHICH_FILE.search(text)
        name = next((one for one in found.groups() if one), "a package") if found else "a package"
        return Cause(
            f"the file of {name} is truncated or damaged", "try again; else the index's copy is damaged"
        )
    if match := _NOT_AN_INDEX.search(text):
        if match["bare"]:
            return not_an_index(match["bare"], "it does not say what it answers with")
        return not_an_index(match[2] or match[4], f"it answers with {match[1] or match[5]}")
    return None


def not_an_index(url: str, answer: str) -> Cause:
    """Say that something else than an index answers there."""
    return Cause(
        f"{url} is not a package index: {answer}",
        f"check the index's URL; a network that asks to log in first also answers for {host_of(url)}",
    )


def _find_disk(evidence: Evidence) -> Cause | None:
    if found := _NO_CACHE.search(evidence.text):
        return Cause(
            f"uv's cache `{found[1]}` cannot be written: {found[2]}",
            "set UV_CACHE_DIR or XDG_CACHE_HOME to another directory",
        )
    match = _DISK.search(evidence.text)
    if match is None:
        return None
    line = evidence.text[evidence.text.rfind("\n", 0, match.start()) + 1 :].splitlines()[0]
    said = re.sub(r"(?i)^\s*(?:error|cause):\s*", "", line)
    hint = "make room or mend the permissions there"
    if "many open files" in match[0].lower():
        hint = "allow more of them: ulimit -n 1024"
    return Cause(f"the packages cannot be written: {said}", hint)


def _find_python(evidence: Evidence) -> Cause | None:
    text = evidence.text
    if match := _PYTHON_UV.search(text):
        name = " ".join(match[3].split())
        return Cause(
            f"{name} needs Python {match[2]}, and this is Python {match[1]}", "choose another --python"
        )
    if match := _PYTHON_PIP.search(text):
        return Cause(
            f"{match[1]} needs Python {match[3]}, and this is Python {match[2]}", "choose another --python"
        )
    if "from versions: none" in text and (match := _PYTHON_LINK.search(text)):
        return Cause(
            f"{match[3]} needs Python {match[2]}, and this is Python {match[1]}", "choose another --python"
        )
    python = f"Python {evidence.python}" if evidence.python else "this Python"
    if match := _WHEEL_UV.search(text):
        return Cause(f"{match[1]} has no wheel for {python}", "choose another --python")
    if "from versions: none" in text and (match := _WHEEL_PIP.search(text)):
        return Cause(f"{match[2]} is no wheel for {python}, and there is no other", "choose another --python")
    if match := _BUILD.search(text):
        unnamed = _UNPREPARED.search(text)
        name = match[1] or match[2] or (unnamed[1] if unnamed else "a package")
        return Cause(
            f"{name} has no wheel for {python}, and building it failed", "-v shows the build's output"
        )
    return None


def _find_conflict(evidence: Evidence) -> Cause | None:
    if match := _CONFLICT_PIP.search(evidence.text):
        sides = [line.strip() for line in match[1].splitlines() if line.strip()]
        return Cause(f"these cannot be met together: {'; '.join(sides)}", "ask for other versions")
    if find_missing(evidence.text):
        return None
    if match := _UNSATISFIABLE.search(evidence.text):
        rest = evidence.text[match.end() :]
        required = re.search(r"And because (you\s+require\s+.+?), we\s+can\s+conclude", rest, re.DOTALL)
        sides = [match[1], *([required[1]] if required else [])]
        return Cause(f"no versions fit: {' '.join('; '.join(sides).split())}", "ask for other versions")
    if match := _ABSENT_PIP.search(evidence.text):
        return Cause(f"no version fits {match[1]}: the index has {match[2]}", "ask for another version")
    return None


def find_missing(text: str) -> Missing | None:
    """Find the project of which nothing was found at all."""
    if match := re.search(r"Because (\S+) was not found in the package registry", text):
        return _missing(match[1])
    if match := re.search(r"Because there are no versions of (\S+)", text):
        return _missing(match[1])
    if (match := _ABSENT_PIP.search(text)) and match[2] == "none":
        return _missing(re.split(r"[\s<>=!~;\[(]", match[1])[0])
    return None


def _missing(name: str) -> Missing:
    return Missing(name, Cause(f"the index has no package `{name}`", "check its name, and the index's URL"))
