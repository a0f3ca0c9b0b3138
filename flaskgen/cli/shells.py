"""`flaskgen completion`, and what bash, zsh and fish need beyond click's own completion."""

from __future__ import annotations

import os

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
