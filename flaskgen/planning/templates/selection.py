"""Which extensions a project gets, with which options."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from flaskgen.errors import Fix, InvalidOption, UnknownExtension, UsageError, suggest
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.reporting import printable

Options = Mapping[str, Mapping[str, str]]
"""Values by extension and option."""


class Selection(NamedTuple):
    """The chosen extensions in the order they are laid, and what came along."""

    extensions: tuple[str, ...]
    taken_along: Mapping[str, str]
    """Extensions nobody asked for, by the one that needs each."""
    left_out: Mapping[str, str] = {}
    """Extensions that the Flask series cannot have and nobody named, with the reason."""
    replaced: Mapping[str, str] = {}
    """Chosen extensions whose place something of the series' has, and what."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is not as it was asked for, a line each."""
        return (
            *(f"adding {name} (required by {by})" for name, by in self.taken_along.items()),
            *(f"skipping {name}: {reason}" for name, reason in self.left_out.items()),
            *(f"{name}: {text}" for name, text in self.replaced.items()),
        )


class Request(NamedTuple):
    """The extensions that were asked for."""

    named: tuple[str, ...]
    """One by one: where the series cannot have one, that is an error."""
    swept: tuple[str, ...] = ()
    """By `all` or by a preset: if the series cannot have one, it is skipped."""


def parse_extension_names(
    texts: Iterable[str], catalogue: Catalogue, *, known: Collection[str] = ()
) -> tuple[str, ...]:
    """Read lists such as ``login,mail``, ``all`` or ``none``; hints name what is known, or all extensions.

    Raises UnknownExtension or UsageError.
    """
    names = _split(texts)
    if "none" in names:
        if len(set(names)) > 1:
            raise UsageError(
                "`none` cannot be combined with other extensions", hint="remove `none`", fix=Fix("none")
            )
        return ()
    for name in names:
        if name != "all" and name not in catalogue.extensions:
            raise _unknown(name, catalogue, known or catalogue.extensions)
    if "all" in names:  # of flaskgen: what others made is only chosen by its name
        names += (name for name, extension in catalogue.extensions.items() if not extension.place)
        return tuple(name for name in catalogue.extensions if name in names)
    return tuple(dict.fromkeys(names))


def _split(texts: Iterable[str]) -> list[str]:
    return [name.strip().lower() for text in texts for name in text.split(",") if name.strip()]


def parse_request(texts: Sequence[str], preset: str | None, catalogue: Catalogue) -> Request:
    """Read lists as ``parse_extension_names`` does, and a preset. Raises UsageError or UnknownExtension."""
    swept = () if preset is None else preset_extensions(preset, catalogue)
    names = parse_extension_names(texts, catalogue)
    one_by_one = _split(texts)
    if swept and "none" in one_by_one:
        raise UsageError(
            f"`none` cannot be combined with the preset `{preset}`", hint="remove `none`", fix=Fix("none")
        )
    if "all" not in one_by_one:
        return Request(names, swept)
    return Request(tuple(name for name in names if name in one_by_one), names)


def _unknown(name: str, catalogue: Catalogue, known: Collection[str]) -> UnknownExtension:
    by_distribution = {
        extension.distribution.lower(): extension.name for extension in catalogue.extensions.values()
    }
    shown = printable(name)
    if name in by_distribution:
        meant = by_distribution[name]
        return UnknownExtension(
            f"`{shown}` is not an extension", hint=f"did you mean `{meant}`?", fix=Fix(name, meant)
        )
    if name in catalogue.presets:
        return UnknownExtension(
            f"`{shown}` is a preset, not an extension",
            hint=f"presets are for new projects: flaskgen new --preset {name}",
        )
    hint, fix = suggest(name, known, otherwise=f"choose from {', '.join(known)}")
    return UnknownExtension(f"`{shown}` is not an extension", hint=hint, fix=fix)


def preset_extensions(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Return a preset's extensions. Raises UsageError for a preset that is not there."""
    if name not in catalogue.presets:
        known = f"choose from {', '.join(catalogue.presets)}"
        hint, fix = suggest(name, catalogue.presets, otherwise=known)
        raise UsageError(f"`{name}` is not a preset", hint=hint, fix=fix)
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


def select_for_series(
    request: Request, series: FlaskSeries, catalogue: Catalogue, *, there: Sequence[str] = ()
) -> Selection:
    """Select what was requested, beside what is ``there``, without what the series cannot have."""
    named = (*there, *request.named)
    left_out: dict[str, str] = {}
    for name in request.swept:
        needed = select_extensions([name], catalogue).extensions
        reasons = [reason for reason in map(series.lacks, needed) if reason]
        if reasons and name not in named:
            left_out[name] = reasons[0]
    kept = (name for name in request.swept if name not in left_out)
    selection = select_extensions((*named, *kept), catalogue)
    new = (name for name in selection.extensions if name not in there)
    replaced = {name: text for name in new if (text := series.replacement(name))}
    return selection._replace(left_out=left_out, replaced=replaced)


def _by_flag(names: str) -> tuple[str, Fix]:
    return f"also pass --with {names}", Fix(more=f"--with {names}")


def parse_options(
    texts: Sequence[str],
    extensions: Sequence[str],
    catalogue: Catalogue,
    *,
    defaults: Sequence[str] = (),
    choose: Callable[[str], tuple[str | None, Fix | None]] = _by_flag,
) -> Options:
    """Read ``EXT.KEY=VALUE`` settings and complete them with the defaults of the chosen extensions.

    ``defaults`` are settings that replace these, if the extensions that they need are chosen. Raises
    InvalidOption for a wrong form, an unknown option, a bad value, or extensions not chosen: ``choose``
    returns the hint and the fix for these, such as ``login,sqlalchemy``.
    """
    options = {
        name: {option.name: option.default for option in catalogue.extensions[name].options}
        for name in extensions
        if catalogue.extensions[name].options
    }
    for position, text in enumerate((*defaults, *texts)):
        key, equals, value = text.partition("=")
        name, dot, option = key.strip().partition(".")
        if not (equals and dot and name and option):
            raise InvalidOption(
                f"`{text}` is not EXT.KEY=VALUE", hint="for example sqlalchemy.database=sqlite"
            )
        if name not in catalogue.extensions:
            raise _unknown(name, catalogue, catalogue.extensions)
        found = catalogue.extensions[name].option(option)
        parsed = found.parse(value.strip(), extension=name)
        needed = (name, *(found.needs if parsed != found.default else ()))
        if missing := [one for one in needed if one not in extensions]:
            if position < len(defaults):
                continue
            are = "is" if len(missing) == 1 else "are"
            hint, fix = choose(",".join(missing))
            raise InvalidOption(
                f"`{text}`: {' and '.join(missing)} {are} not among the extensions", hint=hint, fix=fix
            )
        options[name][option] = parsed
    return options
