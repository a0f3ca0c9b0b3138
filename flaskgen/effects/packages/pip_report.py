"""Read the report of ``pip install --dry-run --report``."""

from __future__ import annotations

import json
from typing import Any

from flaskgen.planning.packages.pins import Pin, normalized

_Entry = dict[str, Any]


def parse_report(text: str) -> tuple[Pin, ...]:
    """Give the pins of a report, each with the one hash that pip saw and the packages it is there for.

    The format: https://pip.pypa.io/en/stable/reference/installation-report/
    """
    report = json.loads(text)
    entries: dict[str, _Entry] = {normalized(entry["metadata"]["name"]): entry for entry in report["install"]}
    via = _find_via(entries, report["environment"])
    return tuple(_pin(name, entry, via[name]) for name, entry in sorted(entries.items()))


def _pin(name: str, entry: _Entry, via: set[str]) -> Pin:
    download = entry["download_info"]
    digest = download.get("archive_info", {}).get("hashes", {}).get("sha256")
    reference = f"{name} @ {download['url']}" if entry["is_direct"] else None
    return Pin(
        name,
        entry["metadata"]["version"],
        tuple(sorted(via)),
        (f"sha256:{digest}",) if digest else (),
        reference,
    )


def _find_via(entries: dict[str, _Entry], environment: dict[str, str]) -> dict[str, set[str]]:
    from packaging.requirements import Requirement

    # The file a person wrote is named as uv names it.
    via = {name: {"-r requirements.in"} if entry["requested"] else set() for name, entry in entries.items()}
    for name, entry in entries.items():
        extras = ["", *entry.get("requested_extras", ())]
        for line in entry["metadata"].get("requires_dist", ()):
            required = Requirement(line)
            wanted = required.marker is None or any(
                required.marker.evaluate({**environment, "extra": extra}) for extra in extras
            )
            if wanted and (target := normalized(required.name)) in via:
                via[target].add(name)
    return via
