"""Run flaskgen as ``python -m flaskgen``."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line; Ctrl-C during the imports ends it without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from flaskgen.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
