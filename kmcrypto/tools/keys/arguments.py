"""The command line of `kmcrypto keys`, apart from the commands so that `--help` loads no keys."""

import argparse
from pathlib import Path
from typing import Any

from ..common.command_parser import add_command
from ..common.failure import Failure
from ..common.number_argument import integer_between

SECRETS_HELP = """\
Secrets are never arguments. The passphrase is read from --passphrase-file, else from
the variable KMCRYPTO_PASSPHRASE, else from a prompt. --key-file gives a sealing key
instead: 32 bytes, or 64 hexadecimal digits.
"""
_LONGEST_WITHIN_DAYS = 36_500
_EXAMPLES = """
kmcrypto keys init project.kmsp
kmcrypto keys add-project project.kmsp --asp-id ID --access-key KEY
kmcrypto keys add-crypto project.kmsp --id ID \\
    --platform-public platform.pem --client-private client.pem
kmcrypto keys list project.kmsp
"""
_EXAMPLES_BY_COMMAND = {
    "init": """
kmcrypto keys init project.kmsp
kmcrypto keys init project.kmsp --zone UTC --passphrase-file passphrase
""",
    "add-project": """
kmcrypto keys add-project project.kmsp --asp-id ID --access-key KEY \\
    --secret-file secret
""",
    "add-crypto": """
kmcrypto keys add-crypto project.kmsp --id ID \\
    --platform-public platform.pem --client-private client.p12
kmcrypto keys add-crypto project.kmsp --id ID --generate client
""",
    "list": "kmcrypto keys list project.kmsp",
    "check": """
kmcrypto keys check project.kmsp --within 60
kmcrypto keys check project.kmsp \\
    --date "$(curl -sI https://HOST | grep -i ^date:)"
""",
    "set-state": """
kmcrypto keys set-state project.kmsp --crypto-key ID inactive
kmcrypto keys set-state project.kmsp --access-key 1a2b discarded --yes
""",
    "set-primary": "kmcrypto keys set-primary project.kmsp ID",
    "export-public": "kmcrypto keys export-public project.kmsp ID client -o client.pem",
    "change-passphrase": """
kmcrypto keys change-passphrase project.kmsp
kmcrypto keys change-passphrase project.kmsp --new-key-file sealing.key
""",
}


def add_credential_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the passphrase or the sealing key of a sealed file."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--passphrase-file", type=Path, metavar="F", help="a file with the passphrase"
    )
    source.add_argument(
        "--key-file", type=Path, metavar="F", help="a file with a sealing key instead"
    )


def require_sealed_file(args: argparse.Namespace) -> None:
    """Raise Failure if a command that may do without a sealed file got the credential of one."""
    if args.keys is None and (args.passphrase_file is not None or args.key_file is not None):
        raise Failure("--passphrase-file and --key-file need --keys")


def add_keys(commands: Any) -> None:
    """Add `keys` and its commands to the sub-commands of `kmcrypto`."""
    keys = add_command(
        commands,
        "keys",
        "make, change and check a sealed project file",
        details=SECRETS_HELP,
        examples=_EXAMPLES,
    )
    actions = keys.add_subparsers(dest="action", required=True, metavar="command")
    _add_init(actions)
    _add_project(actions)
    _add_crypto(actions)
    _add_list(actions)
    _add_check(actions)
    _add_set_state(actions)
    _add_set_primary(actions)
    _add_export_public(actions)
    _add_change_passphrase(actions)


def _add(actions: Any, name: str, summary: str) -> argparse.ArgumentParser:
    """Add a command on a sealed file."""
    parser = add_command(
        actions, name, summary, examples=_EXAMPLES_BY_COMMAND[name], notes=SECRETS_HELP
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the sealed file")
    add_credential_options(parser)
    return parser


def _add_init(actions: Any) -> None:
    parser = _add(actions, "init", "make a sealed file of a project without keys")
    parser.add_argument(
        "--zone",
        default="KST",
        help="the time zone of the project: UTC, KST (default), or NAME+HH:MM such as ICT+07:00",
    )


def _add_project(actions: Any) -> None:
    parser = _add(actions, "add-project", "add a project key; the first active one signs")
    parser.add_argument("--asp-id", required=True, metavar="ID", help="15 letters and digits")
    parser.add_argument(
        "--access-key", required=True, metavar="KEY", help="40 letters, digits and hyphens"
    )
    parser.add_argument(
        "--kind", choices=["sandbox", "UAT", "SI"], help="the environment it was issued for"
    )
    parser.add_argument("--state", choices=["active", "inactive"], default="active")
    parser.add_argument(
        "--secret-file",
        type=Path,
        metavar="F",
        help="a file with the secret key (else KONAPLATE_SECRET_KEY, else a prompt)",
    )


def _add_crypto(actions: Any) -> None:
    parser = _add(
        actions,
        "add-crypto",
        "add a crypto key, from key files or with new key pairs; the first one is primary",
    )
    parser.add_argument("--id", required=True, help="the Crypto-Key-Id: 32 letters and digits")
    for side in ("platform", "client"):
        parser.add_argument(
            f"--{side}-public",
            type=Path,
            metavar="F",
            help=f"a file with the {side}'s public key or certificate, in any usual form",
        )
        parser.add_argument(
            f"--{side}-private",
            type=Path,
            metavar="F",
            help=f"a file with the {side}'s private key, in any usual form",
        )
    parser.add_argument(
        "--generate",
        action="append",
        default=[],
        choices=["platform", "client"],
        help="generate a new key pair for that side",
    )
    parser.add_argument(
        "--bits",
        type=int,
        choices=[2048, 3072, 4096],
        default=2048,
        help="the size of a new key pair (default: 2048, which decrypts fastest)",
    )
    parser.add_argument(
        "--primary", action="store_true", help="encrypt new messages with this key from now on"
    )
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="F",
        help="a file with the password of the private key files"
        " (else KONAPLATE_KEY_PASSWORD, else a prompt where one is needed)",
    )


def _add_list(actions: Any) -> None:
    parser = _add(actions, "list", "show the keys in the file, without their secrets")
    parser.add_argument("--json", action="store_true", help="write them as JSON")


def _add_check(actions: Any) -> None:
    parser = _add(
        actions,
        "check",
        "print each problem of the file on a line; the exit status is 1 if there is one",
    )
    parser.add_argument(
        "--within",
        type=integer_between(0, _LONGEST_WITHIN_DAYS),
        default=30,
        metavar="DAYS",
        help="report certificates that expire within so many days (default: 30)",
    )
    parser.add_argument(
        "--date",
        metavar="TEXT",
        help="a Date header just received from the platform, to check this computer's clock",
    )
    parser.add_argument("--json", action="store_true", help="write the problems as JSON")


def _add_set_state(actions: Any) -> None:
    parser = _add(
        actions,
        "set-state",
        "make a project key or crypto key active, inactive, or discarded for good",
    )
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument(
        "--access-key",
        "--access-key-prefix",
        metavar="KEY",
        help="the project key whose access key begins with KEY",
    )
    key.add_argument("--crypto-key", metavar="ID", help="the crypto key with that id")
    parser.add_argument("state", choices=["active", "inactive", "discarded"])
    parser.add_argument("--yes", action="store_true", help="discard without asking")


def _add_set_primary(actions: Any) -> None:
    parser = _add(actions, "set-primary", "encrypt new messages with another crypto key")
    parser.add_argument("id", metavar="ID", help="the id of the crypto key")


def _add_export_public(actions: Any) -> None:
    parser = _add(actions, "export-public", "write a public key in PEM, as a SubjectPublicKeyInfo")
    parser.add_argument("id", metavar="ID", help="the id of the crypto key")
    parser.add_argument("side", choices=["platform", "client"])
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="OUT",
        help="a new file for it, under OUT.kmcrypto-partial until it is complete"
        " (default: standard output)",
    )


def _add_change_passphrase(actions: Any) -> None:
    parser = _add(
        actions, "change-passphrase", "seal the file under another passphrase or sealing key"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--new-passphrase-file",
        type=Path,
        metavar="F",
        help="a file with the new passphrase (else KMCRYPTO_NEW_PASSPHRASE, else a prompt)",
    )
    source.add_argument(
        "--new-key-file",
        type=Path,
        metavar="F",
        help="a file with a sealing key that replaces the passphrase or key",
    )
