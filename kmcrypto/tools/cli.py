"""The `kmcrypto` command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status; `arguments` are those of the process unless given."""
    parser = argparse.ArgumentParser(
        prog="kmcrypto", description="Signatures, correlation ids and encryption for the KONA PLATE open API."
    )
    parser.add_argument("--version", action="version", version=f"kmcrypto {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="run one call of the token API on a loopback socket, and six that are refused")
    parser.parse_args(arguments)

    from .demo import run  # RSA and an HTTP server come with it

    return run()
