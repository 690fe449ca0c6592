"""Runs the program as ``python -m monoprint``."""

from monoprint.cli.main import main

if __name__ == "__main__":
    main()
