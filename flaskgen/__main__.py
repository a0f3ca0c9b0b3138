"""Run flaskgen as ``python -m flaskgen``."""

from __future__ import annotations

import atexit
import gc
import signal


def main() -> None:
    """Run the command line; Ctrl-C during the imports ends it without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The search for garbage takes a fifth of `new --no-install`; all of it goes away with the process.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    from flaskgen.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
