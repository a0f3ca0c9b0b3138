"""Projects with random resources, and the same ones each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from flaskgen.planning.project.spec import render_project
from flaskgen.planning.resources.fields import parse_field
from flaskgen.planning.resources.resource import Resource, parse_resource
from flaskgen.planning.resources.types import FIELD_TYPES, SHORT
from tests.project_templates.rendering import spec_of
from tests.project_templates.series import NEWEST
from tests.project_templates.subsets import SHIPPED, Files, Subset, closed, known_to, name_of

NAMES = ("Ant", "BlackBee", "CarefulMonarchButterfly", "Dog", "Elephant")
RESOURCES = len(NAMES)
_WORDS = ("name", "delivery", "quantity", "confirmation", "x", "long")
_DEFAULTS = {
    "str": ("x", "'", '"', "é"),
    "text": ("It's", 'a "b" it\'s', "a \\ b " * 8, '"' * 30),
    "int": ("0", "-7"),
    "float": ("0.5", "-1.25"),
    "decimal": ("0", "-7", "0.25"),
    "bool": ("true", "false"),
    "date": ("today", "2030-01-02"),
    "time": ("now", "08:15"),
    "datetime": ("now", "2030-01-02T08:15"),
    "enum": ("a" * 20,),
}


@dataclass(frozen=True)
class Project:
    """A project that a number stands for."""

    seed: int

    def __str__(self) -> str:
        return f"project {self.seed}, {name_of(self.extensions)}"

    @cached_property
    def extensions(self) -> Subset:
        choose = Random(self.seed)
        names = [name for name in known_to(NEWEST) if choose.random() < 0.5]
        return closed({*names, "sqlalchemy", "wtf"})

    def files(self, database: str = "sqlite") -> Files:
        spec = spec_of(self.extensions, options=(f"sqlalchemy.database={database}",))
        return render_project(replace(spec, resources=self.resources), SHIPPED, secret_key="a-key" * 8)

    @property
    def tests(self) -> tuple[str, ...]:
        """The files with the tests of its resources."""
        names = tuple(f"tests/test_{resource.plural}_" for resource in self.resources)
        return tuple(path for path in map(str, self.files()) if path.startswith(names))

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        choose = Random(self.seed)
        has_users = "login" in self.extensions
        made: list[Resource] = []
        for name in NAMES:
            made.append(_random_resource(choose, name, made, has_users=has_users))
        return tuple(made)


def _random_resource(choose: Random, name: str, others: Sequence[Resource], *, has_users: bool) -> Resource:
    """Return a random resource; some of its fields may be rows of others."""
    owner = has_users and choose.random() < 0.3
    related = [other.name for other in others if owner or not other.owner]
    fields = [_random_field(choose, number, related) for number in range(choose.randint(1, 9))]
    return parse_resource(
        name,
        fields,
        owner=owner,
        pages=choose.random() < 0.8,
        api=choose.random() < 0.8,
        form=choose.random() < 0.5,
    )


def _random_field(choose: Random, number: int, related: Sequence[str]) -> str:
    words = "_".join(choose.choice(_WORDS) for _ in range(choose.randint(1, 3)))
    name = f"{words[:24]}_{number}"
    if related and choose.random() < 0.2:
        return f"{name}:{choose.choice(related)}{choose.choice(['', '?', '*'])}"
    kind = choose.choice(sorted(FIELD_TYPES))
    arguments = {
        "str": f"({choose.randint(1, 300)})",
        "slug": f"({choose.randint(SHORT, 300)})",
        "decimal": f"({choose.randint(9, 18)},{choose.randint(0, 9)})",
        "enum": f"({','.join('abcdefgh'[one] * 20 for one in range(choose.randint(2, 8)))})",
    }.get(kind, "")
    unique = choose.choice(["", "^"]) if FIELD_TYPES[kind].can_be_unique else ""
    given = parse_field(f"{name}:{kind}{arguments}").arguments
    valid = [one for one in _DEFAULTS.get(kind, ()) if not FIELD_TYPES[kind].check_default(one, given)]
    default = f"={choose.choice(valid)}" if valid and not unique and choose.random() < 0.4 else ""
    return f"{name}:{kind}{arguments}{choose.choice(['', '?'])}{unique}{default}"
