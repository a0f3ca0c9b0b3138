"""A reporter that keeps all that a user could see of the programs that a run starts."""

from __future__ import annotations

from flaskgen.effects.system.session import Reporter


class Recorder(Reporter):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def command(self, arguments: list[str]) -> None:
        self.seen.append(" ".join(arguments))

    def output(self, text: str) -> None:
        self.seen.append(text)
