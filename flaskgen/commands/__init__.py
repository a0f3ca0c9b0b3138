"""What flaskgen does, callable from Python: ``flaskgen.commands.add(path, ["mail"])``."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flaskgen.commands.verbs.changes import add, option, remove, update
    from flaskgen.commands.verbs.freeze import freeze
    from flaskgen.commands.verbs.generate import generate, generate_fields, generate_part, generate_resources
    from flaskgen.commands.verbs.new import new
    from flaskgen.commands.verbs.rescue import rescue
    from flaskgen.commands.verbs.undo import undo
    from flaskgen.commands.verbs.upgrade import upgrade
    from flaskgen.commands.verbs.upgrade_foreign import upgrade_foreign

__all__ = [
    "add",
    "freeze",
    "generate",
    "generate_fields",
    "generate_part",
    "generate_resources",
    "new",
    "option",
    "remove",
    "rescue",
    "undo",
    "update",
    "upgrade",
    "upgrade_foreign",
]
_MODULES = {
    **dict.fromkeys(("generate_fields", "generate_part", "generate_resources"), "generate"),
    **dict.fromkeys(("add", "option", "remove", "update"), "changes"),
}


def __getattr__(name: str) -> Any:
    """Import a verb when it is used: each brings much with it, and the command line uses one."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"flaskgen.commands.verbs.{_MODULES.get(name, name)}")
    return getattr(module, name)
