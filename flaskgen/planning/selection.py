"""Which extensions a project gets, with which options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from flaskgen.errors import InvalidOption, UnknownExtension, UsageError
from flaskgen.planning.catalogue import Catalogue

Options = Mapping[str, Mapping[str, str]]
"""Values by extension and option."""


@dataclass(frozen=True)
class Selection:
    """The chosen extensions in the order they are laid, and what came along."""

    extensions: tuple[str, ...]
    taken_along: Mapping[str, str]
    """Extensions nobody asked for, by the one that needs each."""


def parse_extension_names(texts: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Read lists such as ``login,mail``, ``all`` or ``none``. Raises UnknownExtension or UsageError."""
    names = [name.strip().lower() for text in texts for name in text.split(",") if name.strip()]
    if "none" in names:
        if len(set(names)) > 1:
            raise UsageError("`none` cannot stand beside other extensions", hint="leave `none` out")
        return ()
    for name in names:
        if name != "all" and name not in catalogue.extensions:
            raise _unknown(name, catalogue)
    return tuple(catalogue.extensions) if "all" in names else tuple(dict.fromkeys(names))


def _unknown(name: str, catalogue: Catalogue) -> UnknownExtension:
    by_distribution = {
        extension.distribution.lower(): extension.name for extension in catalogue.extensions.values()
    }
    shown = name if name.isprintable() else ascii(name)[1:-1]
    if name in by_distribution:
        return UnknownExtension(
            f"`{shown}` is not an extension", hint=f"did you mean `{by_distribution[name]}`?"
        )
    near = get_close_matches(name, catalogue.extensions, n=1)
    known = ", ".join(catalogue.extensions)
    return UnknownExtension(
        f"`{shown}` is not an extension",
        hint=f"did you mean `{near[0]}`?" if near else f"choose from {known}",
    )


def preset_extensions(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Give a preset's extensions. Raises UsageError for a preset that is not there."""
    if name not in catalogue.presets:
        raise UsageError(f"`{name}` is not a preset", hint=f"choose from {', '.join(catalogue.presets)}")
    return catalogue.presets[name].extensions


def select_extensions(requested: Iterable[str], catalogue: Catalogue) -> Selection:
    """Add what the requested extensions need, and put all in the catalogue's order."""
    chosen = dict.fromkeys(requested)
    taken_along: dict[str, str] = {}
    queue = list(chosen)
    while queue:
        name = queue.pop()
        for need in catalogue.extensions[name].needs:
            if need not in chosen and need not in taken_along:
                taken_along[need] = name
                queue.append(need)
    everything = chosen.keys() | taken_along.keys()
    return Selection(tuple(name for name in catalogue.extensions if name in everything), taken_along)


def parse_options(texts: Sequence[str], extensions: Sequence[str], catalogue: Catalogue) -> Options:
    """Read ``EXT.KEY=VALUE`` settings and complete them with the defaults of the chosen extensions.

    Raises InvalidOption for a wrong form, an unknown option, a bad value, or an extension not chosen.
    """
    options = {
        name: {option.name: option.default for option in catalogue.extensions[name].options}
        for name in extensions
        if catalogue.extensions[name].options
    }
    for text in texts:
        key, equals, value = text.partition("=")
        name, dot, option = key.strip().partition(".")
        if not (equals and dot and name and option):
            raise InvalidOption(
                f"`{text}` is not EXT.KEY=VALUE", hint="for example sqlalchemy.database=sqlite"
            )
        if name not in catalogue.extensions:
            raise _unknown(name, catalogue)
        parsed = catalogue.extensions[name].option(option).parse(value.strip(), extension=name)
        if name not in extensions:
            raise InvalidOption(f"`{text}`: {name} is not among the extensions", hint=f"add --with {name}")
        options[name][option] = parsed
    return options
