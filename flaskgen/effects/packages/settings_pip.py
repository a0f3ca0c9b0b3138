"""Read pip's options from its configuration files and variables, with pip's places and precedence."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from flaskgen.errors import BrokenSettings

# Other spellings of one option; pip takes each of them in files and in variables.
_ALIASES = {"pypi-url": "index-url", "default-timeout": "timeout"}


def read_pip_options(
    environ: Mapping[str, str], *, home: Path | None, platform: str = sys.platform
) -> dict[str, str]:
    """Return the options of ``pip install`` by their long names, each as the text that was set last.

    Raises BrokenSettings with the file and the line if a file cannot be parsed.
    """
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    if environ.get("PIP_CONFIG_FILE") != os.devnull:
        for path in pip_configuration_files(environ, home=home, platform=platform):
            for section, options in _read_file(path):
                # Across files the later one wins within a section; [install] then wins over [global].
                sections.setdefault(section, {}).update(options)
    variables = {_option(name[4:]): value for name, value in environ.items() if name.startswith("PIP_")}
    merged: dict[str, str] = {}
    for options in (sections["global"], sections["install"], variables):
        # pip takes an empty value for none at all, so that it does not undo an earlier one.
        merged.update({name: value.strip() for name, value in options.items() if value.strip()})
    return merged


def _option(name: str) -> str:
    spelled = name.lower().replace("_", "-").removeprefix("--")
    return _ALIASES.get(spelled, spelled)


def pip_configuration_files(
    environ: Mapping[str, str], *, home: Path | None, platform: str = sys.platform
) -> list[Path]:
    """Return the files pip would look for on this platform, the weakest first, whether they exist or not."""
    name = "pip.ini" if platform == "win32" else "pip.conf"
    chosen = environ.get("PIP_CONFIG_FILE")
    files = [directory / name for directory in _global_directories(environ, platform)]
    if not (chosen and Path(chosen).exists()):
        files += [directory / name for directory in _user_directories(environ, home, platform)]
    files.append(Path(sys.prefix, name))
    return files + ([Path(chosen)] if chosen else [])


def _global_directories(environ: Mapping[str, str], platform: str) -> list[Path]:
    if platform == "win32":
        return [Path(environ.get("PROGRAMDATA") or "C:\\ProgramData", "pip")]
    if platform == "darwin":
        return [Path("/Library/Application Support/pip")]
    listed = environ.get("XDG_CONFIG_DIRS", "").strip() or "/etc/xdg"
    return [*(Path(directory, "pip") for directory in listed.split(os.pathsep) if directory), Path("/etc")]


def _user_directories(environ: Mapping[str, str], home: Path | None, platform: str) -> Iterator[Path]:
    if home is not None:
        yield home / ("pip" if platform == "win32" else ".pip")
    if platform == "win32":
        if appdata := environ.get("APPDATA"):
            yield Path(appdata, "pip")
    elif platform == "darwin" and home is not None:
        library = home / "Library" / "Application Support" / "pip"
        yield library if library.is_dir() else home / ".config" / "pip"
    elif configured := environ.get("XDG_CONFIG_HOME", "").strip():
        yield Path(configured, "pip")
    elif home is not None:
        yield home / ".config" / "pip"


def _read_file(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        content = path.read_bytes()
    except OSError:
        return  # pip skips what it cannot open, too
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _broken(path, line, "is not UTF-8") from None
    # Imported late: most users have no file, and start-up time counts.
    import configparser

    parser = configparser.RawConfigParser()
    parser.optionxform = _option  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(text)
    except configparser.ParsingError as error:
        # Its subclass for a missing section header tells the line by another name.
        errors = getattr(error, "errors", None)
        line = errors[0][0] if errors else getattr(error, "lineno", 1)
        raise _broken(path, line, "is neither a [section] nor a `name = value`") from None
    except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as error:
        raise _broken(path, error.lineno or 1, "repeats a section or an option") from None
    for section in parser.sections():
        yield section, dict(parser.items(section))


def _broken(path: Path, line: int, problem: str) -> BrokenSettings:
    return BrokenSettings(
        f"pip's configuration {path}, line {line}, {problem}",
        hint="fix the line, or set PIP_CONFIG_FILE to another file",
    )
