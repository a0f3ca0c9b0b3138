"""`flaskgen completion`: what a shell completes after Tab, and what bash, zsh and fish need for it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from flaskgen.cli.terminal import COMPLETING

if TYPE_CHECKING:
    from flaskgen.planning.project.spec import ProjectSpec
    from flaskgen.planning.templates.catalogue import Catalogue


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options, and names of extensions, releases and resources.

    \b
    echo 'eval "$(flaskgen completion bash)"' >> ~/.bashrc
    echo 'eval "$(flaskgen completion zsh)"' >> ~/.zshrc
    flaskgen completion fish > ~/.config/fish/completions/flaskgen.fish
    """
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click has each of them
    click.echo(found(click.get_current_context().find_root().command, {}, "flaskgen", COMPLETING).source())


class _Bash(BashComplete):
    """Bash takes `a.b=c` for three words, and replaces the last: it gives the line as it was typed."""

    source_template = BashComplete.source_template.replace(
        'COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD',
        'COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_CWORD="${COMP_WORDS[COMP_CWORD]}"',
    )
    _kept = 0

    def get_completion_args(self) -> tuple[list[str], str]:
        line, last = os.environ["COMP_WORDS"], os.environ["COMP_CWORD"]
        words = split_arg_string(line)[1:]
        incomplete = words.pop() if words and not line[-1].isspace() else ""
        replaced = "" if last in ("=", ":") else last
        self._kept = len(incomplete) - len(replaced) - len(_option_of(incomplete))
        return words, incomplete

    def format_completion(self, item: CompletionItem[str]) -> str:
        item.value = item.value[max(self._kept, 0) :]
        return super().format_completion(item)


class _WholeWord(ShellComplete):
    """The shell replaces the whole word; of `--with=log`, click completes what is behind the option."""

    _option = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, incomplete = super().get_completion_args()
        self._option = _option_of(incomplete)
        return words, incomplete

    def format_completion(self, item: CompletionItem[str]) -> str:
        item.value = f"{self._option}{item.value}"
        return super().format_completion(item)


class _Zsh(_WholeWord, ZshComplete):
    pass


class _Fish(_WholeWord, FishComplete):
    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


for _shell in (_Bash, _Zsh, _Fish):
    add_completion_class(_shell)


def _option_of(word: str) -> str:
    """Return the `--with=` of a word."""
    option, equals, _ = word.partition("=")
    return f"{option}{equals}" if equals and option.startswith("-") else ""


# The names, by the functions that ``options.completes`` is given


def complete(
    names: Mapping[str, str] | Iterable[str],
    context: click.Context,
    parameter: click.Parameter,
    typed: str,
    *,
    several: bool,
) -> list[CompletionItem[str]]:
    """Complete a parameter with some of ``names``, or of names and what each means.

    Of ``several``, which are separated by commas, it is the last.
    """
    before, comma, last = typed.rpartition(",") if several else ("", "", typed)
    taken = {*before.split(","), *_given(context, parameter)}
    helps = names if isinstance(names, Mapping) else dict.fromkeys(names, "")
    return [
        CompletionItem(f"{before}{comma}{name}", help=what)
        for name, what in helps.items()
        if name.startswith(last) and name not in taken
    ]


def _given(context: click.Context, parameter: click.Parameter) -> Collection[str]:
    """Return the values that a parameter which takes several has already."""
    values = context.params.get(parameter.name or "")
    return {name for value in values for name in str(value).split(",")} if isinstance(values, tuple) else ()


def extensions(context: click.Context) -> dict[str, str]:
    return {name: one.summary for name, one in _catalogue(context).extensions.items()}


def presets(context: click.Context) -> dict[str, str]:
    return {name: preset.summary for name, preset in _catalogue(context).presets.items()}


def settings(context: click.Context) -> dict[str, str]:
    """Return each value of the options of each extension, as it is typed."""
    return _settings(_catalogue(context), tuple(_catalogue(context).extensions))


def absent_extensions(context: click.Context) -> dict[str, str]:
    there = _project(context).extensions
    return {name: what for name, what in extensions(context).items() if name not in there}


def removable(context: click.Context) -> dict[str, str]:
    """Return what `remove` takes in the current project."""
    return removable_from(_project(context), _catalogue(context))


def removable_from(spec: ProjectSpec, catalogue: Catalogue) -> dict[str, str]:
    """Return the extensions of a project and what was generated in it, with what each is."""
    return {
        **{name: catalogue.extensions[name].summary for name in spec.extensions},
        **{one.name.lower(): "a resource" for one in spec.resources},
        **{one.name: f"a {one.kind}" for one in spec.generated},
    }


def project_settings(context: click.Context) -> dict[str, str]:
    """Return each value of the options of the current project's extensions."""
    return _settings(_catalogue(context), _project(context).extensions)


def resources(context: click.Context) -> list[str]:
    return [one.name for one in _project(context).resources]


def releases(_context: click.Context) -> dict[str, str]:
    """Return the series of Flask and their releases, the newest first."""
    from flaskgen.effects.shipped.compatibility_data import load_series

    newest_first = tuple(reversed(load_series()))
    return {
        "latest": f"Flask {newest_first[0].tested}",
        **{series.name: f"Flask {series.tested}" for series in newest_first},
        **{release: "" for series in newest_first for release in reversed(series.releases)},
    }


def pythons(_context: click.Context) -> list[str]:
    """Return the Pythons that some release of Flask works on, the newest first."""
    from flaskgen.effects.shipped.compatibility_data import load_series

    bounds = [series.pythons for series in load_series()]
    minors = [int(one.version.split(".")[1]) for bound in bounds for one in (bound.minimum, bound.maximum)]
    return [f"3.{minor}" for minor in range(max(minors), min(minors) - 1, -1)]


def schemas(_context: click.Context) -> list[str]:
    """Return what `flaskgen schema` describes."""
    from flaskgen.effects.shipped.json_schema import load_schema

    return list(load_schema(None)["$defs"])


def _settings(catalogue: Catalogue, names: Sequence[str]) -> dict[str, str]:
    return {
        f"{name}.{option.name}={choice}": option.help
        for name in names
        for option in catalogue.extensions[name].options_with(names)
        for choice in option.choices
    }


def _catalogue(context: click.Context) -> Catalogue:
    from flaskgen.effects.shipped.templates import load_catalogue

    return load_catalogue(_directories(context), None)


def _project(context: click.Context) -> ProjectSpec:
    from flaskgen.effects.project.opening import open_here

    return open_here(directories=_directories(context)).spec


def _directories(context: click.Context) -> tuple[Path, ...]:
    return tuple(map(Path, context.params.get("extensions") or ()))
