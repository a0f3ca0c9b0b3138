"""Prompt for what to change in a project."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click
import questionary

from flaskgen.cli.completion import removable_from
from flaskgen.cli.prompts import CHECKBOX, aligned, ask_extensions, ask_options, valid_when
from flaskgen.cli.questions import Declined, ask, goes_back
from flaskgen.cli.terminal import say
from flaskgen.effects.project.opening import open_here
from flaskgen.errors import InvalidResource
from flaskgen.planning.resources.fields import parse_fields
from flaskgen.planning.resources.generated import parse_generated
from flaskgen.planning.resources.resource import check_resource_name
from flaskgen.planning.templates.selection import select_extensions


@goes_back
def ask_for_extensions(
    options: tuple[str, ...], defaults: tuple[str, ...], directories: tuple[Path, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Prompt for extensions that the project does not have, and for their options.

    Returns names and ``EXT.KEY=VALUE`` settings, ``options`` among them. Raises Declined if none is chosen.
    """
    project = open_here(directories=directories, names=None)
    catalogue, there, series = project.catalogue, project.spec.extensions, project.spec.release.series
    absent = [name for name in catalogue.extensions if name not in there]
    if all(series.lacks(name) for name in absent):
        _end(f"the project has every extension for Flask {series.name}.")
    names = ask_extensions("Extensions to add:", absent, catalogue, series=series)
    if not names:
        raise Declined
    wanted = select_extensions((*there, *names), catalogue).extensions
    new = [name for name in wanted if name not in there]
    return names, ask_options(new, options, catalogue, defaults=defaults, there=there)


def ask_what_to_remove(directories: tuple[Path, ...]) -> tuple[str, ...]:
    """Prompt for extensions of the project, and for what was generated. Raises Declined if none is chosen."""
    project = open_here(directories=directories, names=None)
    summaries = removable_from(project.spec, project.catalogue)
    if not summaries:
        _end("the project has nothing that can be removed.")
    names = ask(questionary.checkbox("What to remove:", choices=aligned(summaries), instruction=CHECKBOX))
    if not names:
        raise Declined
    return tuple(names)


@goes_back
def ask_for_setting(directories: tuple[Path, ...]) -> tuple[str, ...]:
    """Prompt for one option of the project's extensions, and for its new value; return it as it is typed."""
    project = open_here(directories=directories, names=None)
    there = project.spec.extensions
    options = {
        f"{name}.{option.name}": option
        for name in there
        for option in project.catalogue.extensions[name].options_with(there)
    }
    if not options:
        _end("the project's extensions have no option that can be changed.")
    values = {key: project.spec.options[key.partition(".")[0]][one.name] for key, one in options.items()}
    key = ask(questionary.select("Option:", choices=aligned(values)))
    others = [choice for choice in options[key].choices if choice != values[key]]
    return (f"{key}={ask(questionary.select(f'{key}:', choices=others))}",)


def ask_resource_name() -> str:
    question = questionary.text(
        "Model:",
        instruction="(such as BlogPost)",
        validate=valid_when(lambda text: check_resource_name(text.strip())),
    )
    return str(ask(question)).strip()


def ask_part_name(kind: str) -> str:
    check = valid_when(lambda text: parse_generated(kind, text.strip()))
    return str(ask(questionary.text(f"Name of the {kind}:", validate=check))).strip()


def choose_resource(directories: tuple[Path, ...]) -> str:
    """Prompt for a resource of the project. Raises InvalidResource if it has none."""
    names = [resource.name for resource in open_here(directories=directories, names=None).spec.resources]
    if not names:
        raise InvalidResource(
            "the project has no resource", hint="generate one: flaskgen generate resource Post title:str"
        )
    return str(ask(questionary.select("Resource:", choices=names)))


@goes_back
def ask_fields() -> tuple[str, ...]:
    """Prompt for fields, one by one, until nothing is typed. Raises Declined if there is none."""
    fields: list[str] = []
    instruction = "(such as title:str(120), body:text? or author:User)"
    while True:
        check = valid_when(lambda text: text.strip() and parse_fields([*fields, text.strip()]))
        typed = str(ask(questionary.text("Field:", instruction=instruction, validate=check))).strip()
        if not typed:
            break
        fields.append(typed)
        instruction = "(Enter to finish)"
    if not fields:
        raise Declined
    return tuple(fields)


def _end(reason: str) -> NoReturn:
    say(f"Nothing to do: {reason}")
    raise click.exceptions.Exit(0)
