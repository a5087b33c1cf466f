"""The command line of `kmcrypto keys`, apart from the commands themselves so that `--help` loads no cryptography."""

import argparse
from pathlib import Path
from typing import Any

SECRETS = """\
Secrets are never arguments. The passphrase is read from --passphrase-file, or from
the variable KMCRYPTO_PASSPHRASE, or is asked for. --key-file holds a sealing key in
its place: 32 bytes, or 64 hexadecimal digits.
"""


def add_opener(parser: argparse.ArgumentParser) -> None:
    """The options that say what opens a sealed file."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--passphrase-file", type=Path, metavar="F", help="a file of the passphrase"
    )
    source.add_argument(
        "--key-file",
        type=Path,
        metavar="F",
        help="a file of a sealing key, instead of a passphrase",
    )


def add_keys(commands: Any) -> None:
    """Add `keys` and its commands to the sub-commands of `kmcrypto`."""
    keys = commands.add_parser(
        "keys",
        help="make, change and check a sealed project file",
        description=SECRETS,
        allow_abbrev=False,
    )
    actions = keys.add_subparsers(dest="action", required=True, metavar="command")
    init = _add(actions, "init", "make a sealed file of a project without keys")
    init.add_argument(
        "--zone",
        default="KST",
        help="the project's zone: UTC, KST (the default), or as in ICT+07:00",
    )
    _add_project(actions)
    _add_crypto(actions)
    _add(actions, "list", "show what is in the file, and nothing that is secret")
    check = _add(
        actions,
        "check",
        "say what is wrong or missing, a line each; the exit status is 0 if nothing is",
    )
    check.add_argument(
        "--within",
        type=_days,
        default=30,
        metavar="DAYS",
        help="certificates that expire by then are wrong (30)",
    )
    check.add_argument(
        "--date",
        metavar="TEXT",
        help="a Date header just received from the platform, to hold the clock here against",
    )
    _add_set_state(actions)
    primary = _add(actions, "set-primary", "encrypt new messages with another crypto key")
    primary.add_argument("id", metavar="ID", help="the crypto key's id")
    export = _add(actions, "export-public", "write a public half as PEM (SubjectPublicKeyInfo)")
    export.add_argument("id", metavar="ID", help="the crypto key's id")
    export.add_argument("side", choices=["platform", "client"])
    export.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="OUT",
        help="a new file for it, instead of standard output",
    )
    change = _add(
        actions, "change-passphrase", "seal the file under another passphrase or sealing key"
    )
    to = change.add_mutually_exclusive_group()
    to.add_argument(
        "--new-passphrase-file",
        type=Path,
        metavar="F",
        help="a file of the new one; else KMCRYPTO_NEW_PASSPHRASE",
    )
    to.add_argument(
        "--new-key-file", type=Path, metavar="F", help="a file of a sealing key that is to open it"
    )


def _add(actions: Any, name: str, does: str) -> argparse.ArgumentParser:
    """A command that has a sealed file."""
    parser: argparse.ArgumentParser = actions.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=SECRETS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the sealed file")
    add_opener(parser)
    return parser


def _add_project(actions: Any) -> None:
    parser = _add(actions, "add-project", "add a project key; the first one that is active signs")
    parser.add_argument("--asp-id", required=True, metavar="ID", help="15 letters and digits")
    parser.add_argument(
        "--access-key", required=True, metavar="KEY", help="40 letters, digits and hyphens"
    )
    parser.add_argument("--kind", choices=["sandbox", "UAT", "SI"], help="what it was issued for")
    parser.add_argument("--state", choices=["active", "inactive"], default="active")
    parser.add_argument(
        "--secret-file",
        type=Path,
        metavar="F",
        help="a file of the secret key; else KONAPLATE_SECRET_KEY, or asked for",
    )


def _add_crypto(actions: Any) -> None:
    parser = _add(
        actions,
        "add-crypto",
        "add a crypto key: halves out of files, or new pairs; the first one is primary",
    )
    parser.add_argument("--id", required=True, help="the Crypto-Key-Id: 32 letters and digits")
    for side, half in (
        ("platform", "public"),
        ("platform", "private"),
        ("client", "public"),
        ("client", "private"),
    ):
        kinds = "key or certificate" if half == "public" else "key"
        parser.add_argument(
            f"--{side}-{half}",
            type=Path,
            metavar="F",
            help=f"a file of the {side}'s {half} {kinds}, in any usual form",
        )
    parser.add_argument(
        "--generate",
        action="append",
        default=[],
        choices=["platform", "client"],
        help="make a new pair for that side",
    )
    parser.add_argument(
        "--bits",
        type=int,
        choices=[2048, 3072, 4096],
        default=2048,
        help="of a new pair (2048, which opens fastest)",
    )
    parser.add_argument(
        "--primary", action="store_true", help="encrypt new messages with this key from now on"
    )
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="F",
        help="a file of the private files' password; else KONAPLATE_KEY_PASSWORD, or asked for if one needs it",
    )


def _add_set_state(actions: Any) -> None:
    parser = _add(
        actions,
        "set-state",
        "make a project key or crypto key active, inactive, or discarded for good",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--access-key",
        "--access-key-prefix",
        metavar="KEY",
        help="the project key whose access key begins like that",
    )
    which.add_argument("--crypto-key", metavar="ID", help="the crypto key of that id")
    parser.add_argument("state", choices=["active", "inactive", "discarded"])
    parser.add_argument("--yes", action="store_true", help="discard without asking")


def _days(text: str) -> int:
    days = int(text)  # argparse says what is wrong with it
    if not 0 <= days <= 36_500:
        raise argparse.ArgumentTypeError("0 to 36500 days")
    return days
