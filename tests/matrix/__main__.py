"""The compatibility matrix, for real: `python -m tests.matrix [--only TEXT] [--fresh] [--write]`.

Every line of Flask x every Python of this machine x {no extension, every extension}: `flaskgen new --test`,
then the project's own server; refused pairs have to be refused, and a sample of them is forced. One line a
cell, as many at a time as there are processors. What passed is not done again, unless the templates or the
line's data have changed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.matrix.cells import ROOT, Cell, Result, all_cells, key_of
from tests.matrix.refused import Forced, expect_refusal, fail_as_recorded, sample
from tests.matrix.supported import make_and_serve
from tests.matrix.table import write_tables

RESULTS = ROOT / "build" / "matrix.jsonl"


def main() -> int:
    """Run what is not yet done, and return 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix")
    parser.add_argument("--only", default="", help="cells whose name contains this, such as `1.1 ` or ` all`")
    parser.add_argument("--fresh", action="store_true", help="do again what has passed")
    parser.add_argument("--write", action="store_true", help="write the tables of docs/compatibility.md")
    options = parser.parse_args()
    done = {} if options.fresh else _read_results()
    results = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        proofs = [
            pool.submit(done.__getitem__, (name, key))
            if (name, key) in done
            else pool.submit(_prove, name, key, prove)
            for name, key, prove in _proofs()
            if options.only in name
        ]
        for proof in proofs:
            results.append(proof.result())
            said = "passed" if results[-1].passed else "FAILED"
            print(f"{results[-1].cell} {said} {_summary(results[-1])}", flush=True)
    failed = [result for result in results if not result.passed]
    print(f"{len(results)} cells, {len(failed)} failed")
    if options.write and not options.only:
        write_tables(results)
    return 1 if failed else 0


def _proofs() -> list[tuple[str, str, Callable[[Path], str]]]:
    """Return each cell's name, its key, and what proves it in a directory and returns what to say of it."""
    cells = [(cell.name, key_of(cell.series), _proof_of(cell)) for cell in all_cells()]
    forced = [(_forced_name(one), key_of(one.series), _forced_proof(one)) for one in sample()]
    return [*cells, *forced]


def _proof_of(cell: Cell) -> Callable[[Path], str]:
    return lambda folder: expect_refusal(cell, folder) if cell.refusal else make_and_serve(cell, folder)


def _forced_name(forced: Forced) -> str:
    return f"{forced.release:<5} {forced.interpreter.minor:<5} forced  "


def _forced_proof(forced: Forced) -> Callable[[Path], str]:
    return lambda folder: fail_as_recorded(forced, folder)


def _prove(name: str, key: str, prove: Callable[[Path], str]) -> Result:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="flaskgen-matrix-") as folder:
        try:
            said, passed = prove(Path(folder).resolve()), True
        except AssertionError as error:
            said, passed = str(error), False
    result = Result(name, key, passed, round(time.monotonic() - begun, 1), said)
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(result.as_row()) + "\n")
    return result


def _read_results() -> dict[tuple[str, str], Result]:
    """Return what has passed, by name and key."""
    if not RESULTS.exists():
        return {}
    rows = [Result(**json.loads(row)) for row in RESULTS.read_text(encoding="utf-8").splitlines()]
    return {(row.cell, row.key): row for row in rows if row.passed}


def _summary(result: Result) -> str:
    said = result.said.strip().splitlines()
    return f"{result.seconds:5.1f} s  {said[-1][:160] if said else ''}"


if __name__ == "__main__":
    sys.exit(main())
