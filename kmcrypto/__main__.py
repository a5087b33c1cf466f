"""Run the command line: `python -m kmcrypto`."""

from .tools.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
