"""The command line of `kmcrypto vectors`, apart from the command so that `--help` loads no keys."""

from pathlib import Path
from typing import Any

from ..common.command_parser import add_command

_EXAMPLES = """
kmcrypto vectors check
kmcrypto vectors check vectors --json results.json --report report.html
kmcrypto vectors export --format wycheproof --output wycheproof
"""
_CHECK_EXAMPLES = """
kmcrypto vectors check
kmcrypto vectors check vectors --json results.json --report report.html
"""
_CHECK_NOTES = """\
A test that disagrees and a file that differs from MANIFEST.sha256 are wrong. Vectors that
are missing or cannot be read are no work done.
"""
_EXPORT_EXAMPLES = """
kmcrypto vectors export --format wycheproof --output wycheproof
"""


def add_vectors(commands: Any) -> None:
    """Add `vectors check` and `vectors export` to the sub-commands of `kmcrypto`."""
    vectors = add_command(
        commands,
        "vectors",
        "run test vectors with this kmcrypto, or write them in another form",
        examples=_EXAMPLES,
    )
    actions = vectors.add_subparsers(dest="action", required=True, metavar="command")
    _add_check(actions)
    _add_export(actions)


def _add_check(actions: Any) -> None:
    check = add_command(
        actions,
        "check",
        "run every test in a folder of vectors with this kmcrypto, and print what disagrees",
        examples=_CHECK_EXAMPLES,
        notes=_CHECK_NOTES,
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
    export = add_command(
        actions,
        "export",
        "write the vectors of JWEs and tran tokens in Wycheproof's form",
        examples=_EXPORT_EXAMPLES,
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
