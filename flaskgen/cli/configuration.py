"""The user's defaults: flaskgen.toml and FLASKGEN_* variables, where click looks for what is not typed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from flaskgen.cli.terminal import show_json, show_table
from flaskgen.errors import BrokenSettings, Fix, FlaskgenError, UsageError

if TYPE_CHECKING:
    from flaskgen.effects.system.user_directories import Configuration

_PREFIX = "FLASKGEN"
# What the projects of a user have in common. Nothing else can be configured: not a switch that the command
# line cannot turn back (--no-install, --hashes, --workon), not what is decided for one run (DEST, --name,
# --flask, --conflict, --update, --dry-run, --yes) or shown for one (--json, --quiet, --verbose), and not
# where packages come from (--index-url, --offline), which pip's configuration says.
_SETTINGS = ("preset", "with", "option", "python", "git", "extensions")
_IGNORING = "--no-config"
_TOGETHER = ("preset", "with")  # one place has both


def accept_configuration(command: click.Command) -> click.Command:
    """Let a command, or each of a group, have the settings of the configuration, unless --no-config is typed.

    An option is a setting by its name; ``allow_from_autoenv=False`` is for one that only has such a name.
    """
    for one in command.commands.values() if isinstance(command, click.Group) else ():
        accept_configuration(one)
    for option in _options(command):
        option.allow_from_autoenv = option.allow_from_autoenv and option.name in _SETTINGS
    if settings_of(command) and _NO_CONFIG not in command.params:
        command.params.append(_NO_CONFIG)
    return command


def command_of_projects() -> click.Command:
    """Return `flaskgen new`, which has all of the settings."""
    from flaskgen.cli.new import new

    return accept_configuration(new)


def settings_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command that can be configured, by their names."""
    found = {option.name: option for option in _options(command) if option.allow_from_autoenv}
    return {name: found[name] for name in _SETTINGS if name in found}


def configured_defaults() -> Mapping[str, Any]:
    """Return what the configuration says for the command that runs, whatever was typed."""
    return click.get_current_context().default_map or {}


def configured_places() -> Mapping[str, str]:
    """Return the variable, or the file and the line, of each value of the configuration."""
    return click.get_current_context().obj or {}


def is_configured(name: str) -> bool:
    """Return whether an option of the command that runs has its value from the configuration."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT_MAP


def check_extensions(directories: Iterable[str | Path], names: Sequence[str] | None) -> None:
    """Check what the configuration says of extensions. Raises BrokenSettings, which names the place.

    ``directories`` and ``names`` are as ``load_catalogue`` takes them.
    """
    from flaskgen.effects.shipped.templates import load_catalogue
    from flaskgen.planning.templates.selection import parse_extension_names, parse_options, preset_extensions

    try:
        catalogue = load_catalogue([*map(Path, directories)], names)
    except FlaskgenError as error:
        if is_configured("extensions"):
            raise _wrong(configured_places()["extensions"], error.message, error.hint) from error
        raise
    checks: dict[str, Callable[[Any], object]] = {
        "preset": lambda preset: preset_extensions(preset, catalogue),
        "with": lambda names: parse_extension_names(names, catalogue),
        "option": lambda options: parse_options(options, tuple(catalogue.extensions), catalogue),
    }
    for name, value in configured_defaults().items():
        try:
            if name in checks:
                checks[name](value)
        except UsageError as error:
            raise _wrong(configured_places()[name], error.message, error.hint) from error


def _configure(context: click.Context, _option: click.Parameter, ignored: bool) -> None:
    """Let click look into the configuration; being eager, this comes before its other options."""
    if ignored:
        context.meta[_IGNORING] = True  # also for the commands of a group
    if _IGNORING not in context.meta:
        # A shell that completes a command shows no errors, and each command of a group reads it again.
        is_silent = context.resilient_parsing or isinstance(context.command, click.Group)
        with suppress(BrokenSettings) if is_silent else nullcontext():
            _read_settings(context)


def _read_settings(context: click.Context) -> None:
    from flaskgen.effects.system.user_directories import read_configuration

    known = settings_of(command_of_projects())
    variables = dict(_read_variables(known, context))
    file = read_configuration()
    values = dict(_read_file(file, known, context))
    if variables.keys() & _TOGETHER:
        values = {name: value for name, value in values.items() if name not in _TOGETHER}
    context.obj = {name: file.place(name) for name in values} | {name: _variable(name) for name in variables}
    values |= variables
    context.default_map = {name: values[name] for name in settings_of(context.command) if name in values}


_NO_CONFIG = click.Option(
    [_IGNORING],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_configure,
    help="Ignore flaskgen.toml and FLASKGEN_* variables.",
)


def _read_variables(known: Mapping[str, click.Option], context: click.Context) -> Iterator[tuple[str, Any]]:
    """Return the values of the variables; one whose name resembles no option is not meant for flaskgen."""
    names = [name for name, value in os.environ.items() if value and name.startswith(f"{_PREFIX}_")]
    for variable in sorted(names):
        name, text = variable.removeprefix(f"{_PREFIX}_").lower(), os.environ[variable]
        if option := known.get(name):
            value = option.type.split_envvar_value(text) if option.multiple else text
            yield name, _converted(option, value, variable, context)
        elif hint := _hint(name, {_variable(key): key for key in known}):
            raise BrokenSettings(f"{variable} is not a setting", hint=hint, fix=Fix(more=_IGNORING))


def _read_file(
    file: Configuration, known: Mapping[str, click.Option], context: click.Context
) -> Iterator[tuple[str, Any]]:
    for key, value in file.values.items():
        place = file.place(key)
        if key not in known:
            hint = _hint(key, {key: key for key in known}) or f"the settings are {', '.join(known)}"
            raise _wrong(place, f"`{key}` is not a setting", hint)
        option = known[key]
        values = value if option.multiple and isinstance(value, list) else [value]
        kind = bool if option.is_flag else str
        if not all(type(one) is kind and one != "" and "\0" not in str(one) for one in values):
            wanted = "true or false" if kind is bool else "a list of strings" if option.multiple else "text"
            raise _wrong(place, f"`{key}` is {_as_written(value)}, not {wanted}")
        if isinstance(option.type, click.Path) and file.path is not None:
            values = [os.path.join(file.path.parent, os.path.expanduser(str(one))) for one in values]
        yield key, _converted(option, values if option.multiple else values[0], place, context)


def _as_written(value: object) -> str:
    try:
        return json.dumps(value, default=str)
    except ValueError:
        return "a number with too many digits"


def _converted(option: click.Option, value: object, place: str, context: click.Context) -> object:
    try:
        return option.type_cast_value(context, value)
    except click.BadParameter as error:
        message = f"`{value}` is not true or false" if option.is_flag else error.message.rstrip(".")
        raise _wrong(place, message) from error


def _hint(name: str, known: Mapping[str, str]) -> str | None:
    """Return what was meant by a name that is not a setting; None if that cannot be told."""
    from difflib import get_close_matches

    flag = f"--{name.replace('_', '-')}"
    if any(flag in (*option.opts, *option.secondary_opts) for option in _options(command_of_projects())):
        return f"it cannot be configured; pass {flag} instead"
    near = get_close_matches(name, known.values(), n=1)
    return next((f"did you mean `{shown}`?" for shown, key in known.items() if key in near), None)


def _wrong(place: str, message: str, hint: str | None = None) -> BrokenSettings:
    hint = hint or "change or remove it"
    return BrokenSettings(f"{place}: {message}", hint=hint, fix=Fix(more=_IGNORING))


def _variable(name: str) -> str:
    return f"{_PREFIX}_{name.upper()}"


def _options(command: click.Command) -> Iterator[click.Option]:
    return (option for option in command.params if isinstance(option, click.Option))


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def config(context: click.Context, as_json: bool) -> None:
    """Show the defaults of your projects, and where each is set.

    They are set in flaskgen.toml, whose place is shown, and by variables such as FLASKGEN_PRESET, which
    override the file. Options on the command line override both.
    """
    from flaskgen.effects.system.user_directories import configuration_path

    new = command_of_projects()
    with new.make_context("new", [], parent=context) as asked:
        check_extensions(asked.params["extensions"], None)
        places, values = configured_places(), asked.params
    path = configuration_path()
    found = path is not None and path.exists()
    settings = [
        {"name": name, "value": values[name], "set_in": places.get(name)} for name in settings_of(new)
    ]
    if as_json:
        show_json({"file": path and str(path), "exists": found, "settings": settings})
        return
    file = f"{path}{'' if found else ' (does not exist)'}" if path else "no file: you have no home directory"
    click.echo(f"{file}\n")
    rows = [("SETTING", "SET IN", "VALUE")]
    for row in settings:  # the directory of the file is shown above
        place = row["set_in"].replace(str(path), "flaskgen.toml") if row["set_in"] else "default"
        rows.append((row["name"], place, _shown(row["value"])))
    show_table(rows)


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
