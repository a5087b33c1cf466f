"""The command line of `kmcrypto vectors`, apart from the command itself so that `--help` loads no cryptography."""

from pathlib import Path
from typing import Any

STATUS = """\
The exit status is 0 if every test comes out as it should and every file is the one
that MANIFEST.sha256 lists, 1 if not, and 2 if there are no vectors or some can't be read.
"""


def add_vectors(commands: Any) -> None:
    """Add `vectors check` to the sub-commands of `kmcrypto`."""
    vectors = commands.add_parser(
        "vectors", help="run the vectors through this kmcrypto", allow_abbrev=False
    )
    actions = vectors.add_subparsers(dest="action", required=True, metavar="command")
    does = "run every test of a folder of vectors through this kmcrypto, and say what disagrees"
    check = actions.add_parser(
        "check",
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=STATUS,
        allow_abbrev=False,
    )
    check.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("vectors"),
        metavar="DIR",
        help="their folder (vectors)",
    )
    check.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON, too")
    check.add_argument(
        "--report", type=Path, metavar="FILE.html", help="write it as one page for an auditor, too"
    )
