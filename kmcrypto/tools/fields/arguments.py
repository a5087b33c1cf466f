"""The command line of `kmcrypto fields`, apart from the commands so that `--help` loads no keys."""

import argparse
import os
from pathlib import Path
from typing import Any

from ..common.command_parser import add_command
from ..common.enc_argument import add_enc
from ..common.number_argument import integer_between
from ..keys.arguments import SECRETS_HELP, add_credential_options

MAX_LINE = 1 << 20
_LONGEST_MAX_LINE = 1 << 30
_MAX_THREADS = 256
_FILES_HELP = """\
IN has one JSON document per line, and OUT gets one line for each. OUT appears when
it is complete, readable by its owner only. Until then, and if the command fails or
is stopped, an older file of that name stays as it is.

Until OUT is complete, its lines are in OUT.kmcrypto-partial, likewise readable by its
owner only, and those of --bad FILE in FILE.kmcrypto-partial. A command that fails, or
that a signal asks to stop, removes them. One that is killed cannot: then decrypted
values stay in OUT.kmcrypto-partial until the next run that writes OUT removes it, or
you do.
"""


def add_fields(commands: Any) -> None:
    """Add `fields` and its commands to the sub-commands of `kmcrypto`."""
    fields = add_command(
        commands,
        "fields",
        "encrypt, decrypt or rewrap selected values in JSON lines",
        details=_FILES_HELP,
        examples=_make_example("encrypt"),
    )
    actions = fields.add_subparsers(dest="action", required=True, metavar="command")
    encrypt = _add(actions, "encrypt", "replace each selected value with an encrypted field")
    _add_role(encrypt, ["client", "gateway", "storage"])
    add_enc(encrypt)
    decrypt = _add(actions, "decrypt", "replace each selected field with its value")
    _add_role(decrypt, ["client", "gateway", "storage"])
    rewrap = _add(
        actions,
        "rewrap",
        "encrypt the selected fields of your own records again, under the primary key",
    )
    _add_role(rewrap, ["storage"])
    add_enc(rewrap)


def _add(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    """Add a command with the options that all of them have."""
    parser = add_command(
        actions,
        name,
        summary,
        details=_FILES_HELP,
        examples=_make_example(name),
        notes=SECRETS_HELP,
    )
    parser.add_argument("input", metavar="IN", help="a file of JSON lines, or - for standard input")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="OUT",
        help="the file to write, which must not be IN",
    )
    parser.add_argument(
        "--keys",
        type=Path,
        required=True,
        metavar="FILE",
        help="the sealed project file with the keys",
    )
    add_credential_options(parser)
    _add_selectors(parser)
    _add_context(parser)
    parser.add_argument(
        "--bad",
        type=Path,
        metavar="FILE",
        help="continue after bad lines, and write their numbers, errors and reasons to this file",
    )
    parser.add_argument(
        "--threads",
        type=integer_between(1, _MAX_THREADS),
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many threads work (default: one per CPU)",
    )
    parser.add_argument(
        "--max-line",
        type=integer_between(2, _LONGEST_MAX_LINE),
        default=MAX_LINE,
        metavar="BYTES",
        help="the length of the longest line (default: 1 MiB)",
    )
    return parser


def _make_example(name: str) -> str:
    return (
        f"kmcrypto fields {name} IN.ndjson -o OUT.ndjson --keys project.kmsp \\\n"
        "    --as storage --select '$.cardNo' --context-from '$.id'"
    )


def _add_selectors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--select",
        action="append",
        required=True,
        metavar="SELECTOR",
        help="the values to work on, for example $.cards[*].cardNo",
    )
    parser.add_argument(
        "--optional",
        action="append",
        default=[],
        metavar="SELECTOR",
        help="one of the --select selectors, which may select nothing",
    )
    parser.add_argument(
        "--plain",
        action="append",
        default=[],
        metavar="SELECTOR",
        help="one of the --select selectors, which may select plain values",
    )
    parser.add_argument(
        "--accept-inactive",
        action="store_true",
        help="decrypt fields of inactive crypto keys, too",
    )


def _add_context(parser: argparse.ArgumentParser) -> None:
    context = parser.add_mutually_exclusive_group()
    context.add_argument(
        "--context", metavar="TEXT", help="the context that the fields of all records are bound to"
    )
    context.add_argument(
        "--context-from",
        metavar="SELECTOR",
        help="the text or integer in each record that its fields are bound to: a text is the "
        'context as it is, and the integer 7 is the context "integer:7", so that 7 and "7" are '
        "two records",
    )


def _add_role(parser: argparse.ArgumentParser, roles: list[str]) -> None:
    """Add the options that say whose keys are used; the first role is the default."""
    parser.add_argument(
        "--as",
        dest="role",
        choices=roles,
        default=roles[0],
        help=f"whose keys are used (default: {roles[0]})",
    )
    parser.add_argument(
        "--side",
        choices=["platform", "client"],
        help="the key pair for storage, if the file has both private keys",
    )
