"""Attacks on a generated application in production: `python -m tests.attack [SUBJECT]... [--weak] [--write]`.

Makes a project with the full preset, serves it with gunicorn behind an https proxy on this machine, with
a mail server and, if installed, Redis, and tries every attack of the table. Exits 1 if one succeeds.
`--weak` takes controls out of the application, one at a time, and exits 1 if the attacks do not find that.
`--write` puts the result into docs/security.md. Needs openssl, and Linux: visitors come from many addresses
of 127.0.0.0/8.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import tests.attack.subjects  # noqa: F401
from tests.attack.document import ROOT, write_document
from tests.attack.site import Site, make_site
from tests.attack.table import ATTACKS, Attack, Result, run
from tests.attack.weaknesses import WEAKNESSES, weakened


def main() -> int:
    """Run the attacks, and return 1 where the outcome is not the expected one."""
    subjects = list(dict.fromkeys(attack.subject for attack in ATTACKS.values()))
    parser = argparse.ArgumentParser(prog="python -m tests.attack")
    parser.add_argument(
        "subjects", nargs="*", metavar="SUBJECT", help=f"default: all of {', '.join(subjects)}"
    )
    parser.add_argument(
        "--weak", action="store_true", help="weaken the application; the attacks have to find it"
    )
    parser.add_argument("--write", action="store_true", help="write the result into docs/security.md")
    options = parser.parse_args()
    if unknown := set(options.subjects) - set(subjects):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    chosen = [
        attack for attack in ATTACKS.values() if not options.subjects or attack.subject in options.subjects
    ]
    with _site() as site:
        results = _run_weakened(site, chosen) if options.weak else _run(site, chosen)
    if options.write:
        write_document(results, weak=options.weak)
    expected = (result.succeeded if options.weak else result.held for result in results)
    return 0 if all(expected) else 1


@contextmanager
def _site() -> Iterator[Site]:
    packages = Path(os.environ.get("TEST_PACKAGE_CACHE") or ROOT / ".pytest_cache" / "packages")
    packages.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="attack-") as directory:
        parent = Path(directory).resolve()
        (parent / "cache").mkdir()
        (parent / "cache" / "uv").symlink_to(packages.absolute())
        with make_site(parent, parent / "cache") as site:
            yield site


def _run(site: Site, attacks: Sequence[Attack]) -> list[Result]:
    results = []
    for attack in attacks:
        results.append(run(attack, site))
        print(results[-1], flush=True)
    tries = sum(result.tries for result in results)
    failed = sum(not result.held for result in results)
    print(f"{len(results)} attacks, {tries} tries: {failed} attacks succeeded.")
    return results


def _run_weakened(site: Site, attacks: Sequence[Attack]) -> list[Result]:
    """Try, for each weakness, the attacks that have to find it."""
    results = []
    for weakness in WEAKNESSES:
        wanted = [attack for attack in attacks if attack.fact in weakness.facts]
        if not wanted:
            continue
        try:
            with weakened(site, weakness) as weak:
                found = [run(attack, weak, until_one_succeeds=True) for attack in wanted]
        except AssertionError as error:
            print(f"BROKEN  {weakness.name}: {str(error)[-500:]}", flush=True)
            found = [Result(attack, broke_off="the application does not start") for attack in wanted]
        for result in found:
            outcome = "found" if result.succeeded else "MISSED"
            shown = [*result.succeeded[:1], result.broke_off][0][:100]
            print(f"{outcome:<7} {weakness.name}: {result.attack.fact} ({shown})", flush=True)
        results += found
    missed = sum(not result.succeeded for result in results)
    print(f"{len(results)} attacks on weakened applications: {missed} missed the weakness.")
    return results


if __name__ == "__main__":
    sys.exit(main())
