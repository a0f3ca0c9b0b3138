"""The text of a ``slots.jinja``."""

from __future__ import annotations


def fill(slot: str, text: str) -> bytes:
    return f"{{% fill {slot} %}}\n{text}{{% endfill %}}\n".encode()


def section(traits: str, fills: bytes) -> bytes:
    return f'{{% with "{traits}" %}}\n'.encode() + fills + b"{% endwith %}\n"
