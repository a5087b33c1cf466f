"""The command line of `kmcrypto vectors`, apart from the command so that `--help` loads no keys."""

from pathlib import Path
from typing import Any

from ..common.command_parser import add_command

_EXAMPLES = """
kmcrypto vectors check
kmcrypto vectors check vectors --json results.json --report report.html
"""
_NOTES = """\
A test that disagrees and a file that differs from MANIFEST.sha256 are wrong. Vectors that
are missing or cannot be read are no work done.
"""


def add_vectors(commands: Any) -> None:
    """Add `vectors check` to the sub-commands of `kmcrypto`."""
    vectors = add_command(
        commands, "vectors", "run test vectors with this kmcrypto", examples=_EXAMPLES
    )
    actions = vectors.add_subparsers(dest="action", required=True, metavar="command")
    check = add_command(
        actions,
        "check",
        "run every test in a folder of vectors with this kmcrypto, and print what disagrees",
        examples=_EXAMPLES,
        notes=_NOTES,
    )
    check.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("vectors"),
        metavar="DIR",
        help="the folder (default: vectors)",
    )
    check.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="also write all results as JSON, under FILE.kmcrypto-partial until it is complete",
    )
    check.add_argument(
        "--report",
        type=Path,
        metavar="FILE.html",
        help="also write them as a page for auditors, likewise",
    )
