"""The command line of `kmcrypto fields`, apart from the commands themselves so that `--help` loads no cryptography."""

import argparse
import os
from pathlib import Path
from typing import Any

from ..keys.arguments import SECRETS, add_opener

MAX_LINE = 1 << 20
_ABOUT = """\
IN has a JSON document on each line, and OUT gets one for each. OUT appears when
all of it is there, readable for its owner only; until then, and when the command
fails or is stopped, an older file of that name stays as it is.
"""


def add_fields(commands: Any) -> None:
    """Add `fields` and its commands to the sub-commands of `kmcrypto`."""
    fields = commands.add_parser(
        "fields",
        help="encrypt, decrypt or rewrap chosen values of JSON lines",
        description=_ABOUT,
        allow_abbrev=False,
    )
    actions = fields.add_subparsers(dest="action", required=True, metavar="command")
    encrypt = _add(actions, "encrypt", "put an encrypted field in the place of each selected value")
    _add_role(encrypt)
    _add_enc(encrypt)
    _add_role(_add(actions, "decrypt", "put the value in the place of each selected field"))
    rewrap = _add(
        actions,
        "rewrap",
        "encrypt the selected fields of one's own records again, with the primary key",
    )
    _add_role(rewrap, ["storage"])
    _add_enc(rewrap)


def _add(actions: Any, name: str, does: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.\n\n{_ABOUT}",
        epilog=SECRETS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("input", metavar="IN", help="a file of JSON lines, or - for standard input")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="OUT",
        help="the file to write; not IN itself",
    )
    parser.add_argument(
        "--keys", type=Path, required=True, metavar="FILE", help="the sealed file of the keys"
    )
    add_opener(parser)
    selector: dict[str, Any] = {"action": "append", "metavar": "SELECTOR"}
    parser.add_argument(
        "--select", required=True, help="values to work on, as in $.cards[*].cardNo", **selector
    )
    parser.add_argument(
        "--optional", default=[], help="one of those, which may select nothing", **selector
    )
    parser.add_argument(
        "--plain", default=[], help="one of those, which may find values that are plain", **selector
    )
    parser.add_argument(
        "--accept-inactive",
        action="store_true",
        help="open what inactive crypto keys encrypted, too",
    )
    context = parser.add_mutually_exclusive_group()
    context.add_argument(
        "--context", metavar="TEXT", help="what the fields of all records are tied to"
    )
    context.add_argument(
        "--context-from",
        metavar="SELECTOR",
        help="the text or integer in each record that its fields are tied to",
    )
    parser.add_argument(
        "--bad",
        type=Path,
        metavar="FILE",
        help="go on after bad lines, and write there which ones they are and why",
    )
    parser.add_argument(
        "--threads",
        type=_threads,
        default=os.cpu_count() or 1,
        metavar="N",
        help="(one for each CPU)",
    )
    parser.add_argument(
        "--max-line",
        type=_bytes,
        default=MAX_LINE,
        metavar="BYTES",
        help="the longest line (1 MiB)",
    )
    return parser


def _add_role(parser: argparse.ArgumentParser, roles: list[str] | None = None) -> None:
    roles = roles or ["client", "gateway", "storage"]
    parser.add_argument(
        "--as",
        dest="role",
        choices=roles,
        default=roles[0],
        help=f"whose keys are used ({roles[0]} unless given)",
    )
    parser.add_argument(
        "--side",
        choices=["platform", "client"],
        help="for storage, if both private halves are in the file",
    )


def _add_enc(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--enc", choices=["A128GCM", "A256GCM"], default="A128GCM", help="(A128GCM)"
    )


def _threads(text: str) -> int:
    threads = int(text)  # argparse says what is wrong with it
    if not 1 <= threads <= 256:
        raise argparse.ArgumentTypeError("1 to 256 threads")
    return threads


def _bytes(text: str) -> int:
    size = int(text)
    if not 2 <= size <= 1 << 30:
        raise argparse.ArgumentTypeError("2 bytes to 1 GiB")
    return size
