"""What a part of the run found for one command."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Row:
    """How many interruptions of a kind there were, and which of them left something wrong."""

    part: str
    subject: str
    runs: int = 0
    succeeded: int = 0
    longest: float = 0.0
    """Seconds from the signal to the end of the run."""
    failures: list[str] = field(default_factory=list)
    peer: bool = False
    said: str = ""
    """What a peer's runs led to."""

    @property
    def failed(self) -> int:
        return len(self.failures)

    def note(self, what: str, fault: str | None, seconds: float = 0.0) -> None:
        """Count one run."""
        self.runs += 1
        self.longest = max(self.longest, seconds)
        if fault:
            self.failures.append(f"{what}: {fault}")
            print(self.failures[-1], flush=True)

    def __str__(self) -> str:
        longest = f", {self.longest:.2f} s at the longest" if self.longest else ""
        return f"{self.part} {self.subject}: {self.runs} runs, {self.failed} failed{longest}{self.said}"
