"""Find out why an installer failed, and say it in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flaskgen.effects.packages.cause import Cause, Evidence
from flaskgen.effects.packages.index_probe import probe
from flaskgen.effects.packages.network_causes import find_network_cause
from flaskgen.effects.packages.package_causes import find_missing, find_package_cause
from flaskgen.effects.system.session import Completed
from flaskgen.errors import InstallFailed, ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.sources import PackageSources, redact

_MISMATCHES = (
    re.compile(r"Hash mismatch for `([^=`]+)=="),
    # pip lists each of them, indented, below its one error.
    re.compile(r"^ +([A-Za-z0-9][\w.-]*)==\S+ from \S+ \(from -r", re.MULTILINE),
)


def resolution_failure(
    completed: Completed, *, sources: PackageSources, python: Interpreter
) -> ResolutionFailed:
    """Make the error for a resolution that failed."""
    cause = find_cause(Evidence(_text(completed), sources, python.version))
    return ResolutionFailed(cause.message, hint=cause.hint)


def install_failure(completed: Completed, *, sources: PackageSources, python: Path) -> InstallFailed:
    """Make the error for an installation that failed, into the environment of ``python``."""
    cause = find_cause(Evidence(_text(completed), sources, _version_of(python)))
    return InstallFailed(cause.message, hint=cause.hint)


def require_removed(completed: Completed, names: Sequence[str]) -> None:
    """Raise InstallFailed where an installer could not take packages out of an environment."""
    if completed.returncode != 0:
        raise InstallFailed(
            f"cannot uninstall {', '.join(names)}: {_last_words(_text(completed))}",
            hint="uninstall by hand: python -m pip uninstall " + " ".join(names),
        )


def mismatched_names(completed: Completed) -> list[str]:
    """Name the packages whose files had another hash than their pins."""
    found = (match[1] for pattern in _MISMATCHES for match in pattern.finditer(completed.stderr))
    return list(dict.fromkeys(normalized(name) for name in found))


def find_cause(evidence: Evidence) -> Cause:
    """Find the true cause: in what was printed where that tells it, else by asking the index."""
    return (
        find_network_cause(evidence)
        or find_package_cause(evidence)
        or _ask_index(evidence)
        or Cause(_last_words(evidence.text), "-v shows all that the installer printed")
    )


def _ask_index(evidence: Evidence) -> Cause | None:
    missing = find_missing(evidence.text)
    if missing is None:
        return None
    return probe(missing.name, evidence) or missing.cause


def _version_of(python: Path) -> str:
    """Read an environment's version where virtualenv and venv write it; empty where they did not."""
    try:
        written = (python.parent.parent / "pyvenv.cfg").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", written, re.MULTILINE)
    return found[1] if found else ""


def _text(completed: Completed) -> str:
    return redact(f"{completed.stderr}\n{completed.stdout}")  # pip explains a conflict on stdout


def _last_words(text: str) -> str:
    """Give the error and its innermost cause, on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and "RUST_BACKTRACE" not in line]
    errors = [line for line in lines if line.lower().startswith("error")]
    causes = [line.removeprefix("cause:").strip() for line in lines if line.startswith("cause:")]
    said = [re.sub(r"(?i)^error:\s*", "", line) for line in errors[:1]] + causes[-1:]
    return ": ".join(said) or (lines[-1] if lines else "the installer failed and said nothing")
