"""Run flaskgen as ``python -m flaskgen``."""

from flaskgen.cli.main import main

if __name__ == "__main__":
    main()
