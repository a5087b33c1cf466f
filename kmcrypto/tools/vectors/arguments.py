"""The command line of `kmcrypto vectors`, apart from the command so that `--help` loads no keys."""

import argparse
from pathlib import Path
from typing import Any

from ..common.failure import STATUS_HELP

_STATUS_HELP = """\
The exit status is 0 if every test agrees and every file matches MANIFEST.sha256,
1 if not, and 2 if there are no vectors, if some cannot be read, or if the results
cannot be written.
"""


def add_vectors(commands: Any) -> None:
    """Add `vectors check` and `vectors export` to the sub-commands of `kmcrypto`."""
    vectors = commands.add_parser(
        "vectors",
        help="run test vectors with this kmcrypto, or write them in another form",
        allow_abbrev=False,
    )
    actions = vectors.add_subparsers(dest="action", required=True, metavar="command")
    _add_check(actions)
    _add_export(actions)


def _add_check(actions: Any) -> None:
    summary = "run every test in a folder of vectors with this kmcrypto, and print what disagrees"
    check = actions.add_parser(
        "check",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_folder(check)
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


def _add_export(actions: Any) -> None:
    summary = "write the vectors of JWEs and tran tokens in Wycheproof's form"
    export = actions.add_parser(
        "export",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_folder(export)
    export.add_argument("--format", required=True, choices=["wycheproof"], help="the form")
    export.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder to write to, which is made if it is not there",
    )


def _add_folder(parser: Any) -> None:
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("vectors"),
        metavar="DIR",
        help="the folder of vectors (default: vectors)",
    )
