"""The command line of `kmcrypto vectors`, apart from the command so that `--help` loads no keys."""

import argparse
from pathlib import Path
from typing import Any

_STATUS_HELP = """\
The exit status is 0 if every test agrees and every file matches MANIFEST.sha256,
1 if not, and 2 if there are no vectors, if some cannot be read, or if the results
cannot be written.
"""


def add_vectors(commands: Any) -> None:
    """Add `vectors check` to the sub-commands of `kmcrypto`."""
    vectors = commands.add_parser(
        "vectors", help="run test vectors with this kmcrypto", allow_abbrev=False
    )
    actions = vectors.add_subparsers(dest="action", required=True, metavar="command")
    summary = "run every test in a folder of vectors with this kmcrypto, and print what disagrees"
    check = actions.add_parser(
        "check",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
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
