"""The errors flaskgen raises, named by what the user can do about them."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import PurePosixPath

DISK_FAULTS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM}
)
"""What a disk answers that is full, broken, or not the user's to write to."""
_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space there"),
    errno.EFBIG: "raise the limit of file sizes: ulimit -f unlimited",
    errno.EIO: "check the disk: `dmesg` may say more",
    errno.EROFS: "it is on a read-only file system: mount it writable, or use another directory",
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "raise the limit of open files: ulimit -n 4096"),
    errno.ELOOP: "remove the link",
    errno.ENAMETOOLONG: "use a directory with a shorter path",
}


def advice_on(error: OSError, otherwise: str) -> str:
    """Return what to do about an error of the system, if that does not depend on what met it."""
    return _ADVICE.get(error.errno or 0, otherwise)


PYTHON = "{python}"
"""Stands in a command for the interpreter that flaskgen runs on."""


class Fix(NamedTuple):
    """How a command line is changed so that it does what was wanted, without a person."""

    typed: str = ""
    """What is replaced in it, or removed if ``meant`` is empty."""
    meant: str = ""
    more: str = ""
    """What is added to it."""
    option: tuple[str, str] = ("", "")
    """An option that is set, or removed if its value is empty."""
    first: str = ""
    """A command that goes before it."""


def suggest(name: str, known: Iterable[str], *, otherwise: str) -> tuple[str, Fix | None]:
    """Return a hint at the name that was meant, with the fix; ``otherwise`` if none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return (f"did you mean `{near[0]}`?", Fix(name, near[0])) if near else (otherwise, None)


class FlaskgenError(Exception):
    """An expected failure: what went wrong in one line, what to do about it, and how that is done."""

    exit_code = 1
    kind = "error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "kind" not in cls.__dict__:
            cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(self, message: str, *, hint: str | None = None, fix: Fix | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fix = fix


class UsageError(FlaskgenError):
    """The command line itself is wrong."""

    exit_code = 2


class InvalidProjectName(UsageError):
    """The name cannot be a Python package next to Flask."""


class InvalidVersion(UsageError):
    """The text is not a version."""


class UnknownVersion(FlaskgenError):
    """No such release is known."""


class UnknownExtension(UsageError):
    """No extension has that name."""


class ExtensionMissing(FlaskgenError):
    """The project has an extension that is not here."""


class InvalidOption(UsageError):
    """An extension's option is unknown or has a bad value."""


class InvalidResource(UsageError):
    """The name of a resource cannot be one."""


class InvalidField(UsageError):
    """A field of a resource is not written as the grammar has it."""


class InvalidName(UsageError):
    """What is to be generated cannot have that name."""


class InvalidDocument(UsageError):
    """A file of JSON is not as its schema says."""


class InvalidDestination(FlaskgenError):
    """The project cannot be created at that path."""


class ProjectExists(FlaskgenError):
    """Something is already at the destination, or another run is creating it."""


class NotAProject(FlaskgenError):
    """The directory contains no flaskgen project."""


class BrokenRecord(FlaskgenError):
    """The project's record cannot be read, or a file that it names is missing."""

    def __init__(self, message: str, *, hint: str | None = None, lost: PurePosixPath | None = None) -> None:
        """``lost`` is what Git may have as it was, below the project."""
        super().__init__(message, hint=hint)
        self.lost = lost


class RecordTooNew(FlaskgenError):
    """A newer flaskgen created the project."""


class IncompatibleVersions(FlaskgenError):
    """The requested versions do not work together."""


class UnknownError(FlaskgenError):
    """A message is of no known break."""


class InterpreterNotFound(FlaskgenError):
    """No suitable Python was found."""


class BrokenSettings(FlaskgenError):
    """A configuration file of flaskgen, pip or uv cannot be read or has an invalid value."""


class PackagesFailed(FlaskgenError):
    """uv could not choose or install packages."""

    output = ""
    """What uv printed."""


class ResolutionFailed(PackagesFailed):
    """The package index has no set of versions that fits."""


class InstallFailed(PackagesFailed):
    """The packages could not be installed."""


class EnvironmentBroken(FlaskgenError):
    """The virtual environment is missing, damaged or incomplete."""


class VerificationFailed(FlaskgenError):
    """The application does not work."""


class RescueFailed(FlaskgenError):
    """No set of versions was found with which the application starts."""


class CannotWrite(FlaskgenError):
    """A file cannot be written."""


class BrokenLog(FlaskgenError):
    """The log of an interrupted or an earlier change cannot be read."""


class HashesUnavailable(FlaskgenError):
    """A package has no hash to pin it by."""


class CommandFailed(FlaskgenError):
    """A program that flaskgen ran failed."""


class TimeLimitReached(CommandFailed):
    """A program that flaskgen ran did not end in time."""


class MergeConflict(FlaskgenError):
    """The user's edits and the change touch the same lines."""


class NameClash(FlaskgenError):
    """The change brings a name that the user's own code has already."""


class ProjectOutdated(FlaskgenError):
    """The project was created from other templates than this flaskgen's."""


class TemplateDefect(FlaskgenError):
    """A template or manifest is wrong: a bug of flaskgen or of the template's author."""


class Drift(FlaskgenError):
    """``--check`` found a difference."""

    exit_code = 4


class Interrupted(BaseException):
    """A signal asked the run to stop; not an Exception, so that no handler mistakes it for a failure."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number
