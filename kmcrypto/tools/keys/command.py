"""`kmcrypto keys`: make, change and show a sealed project file.

A command that changes the file does so with `_change`. It asks the user for secrets before that,
so that nobody types while it holds the lock. The changed document must pass `Contents` before it is
written. Nothing secret is printed.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import Any

from ..._core.strict_json import write_json
from ...clock.time_zone import TimeZone
from ...keys.crypto_key import CryptoKey, Side
from ...keys.project import Project
from ...keys.project_key import ProjectKey
from ...keys.ring import KeyRing
from ...keys.sealed import Contents
from ...keys.state import KeyState
from ..common import sealed_file
from ..common.atomic_file import PUBLIC_MODE, replace_atomically
from ..common.claimed_name import partial_path
from ..common.failure import Failure
from ..common.file_identity import require_separate_files
from ..common.seal_credential import SealCredential, read_credential, read_new_credential
from ..common.secret_input import Secret, is_terminal, read_secret
from .check import check
from .key_files import public_pem, read_key_files

Document = dict[str, Any]
_FINGERPRINT_CHARACTERS = 16
_DATE_CHARACTERS = 10  # of a date and time in ISO 8601
# The options that name a file to read.
_INPUT_OPTIONS = (
    "passphrase_file",
    "key_file",
    "new_passphrase_file",
    "new_key_file",
    "secret_file",
    "password_file",
    "platform_public",
    "platform_private",
    "client_public",
    "client_private",
)
# The commands that do not change the sealed file.
_READERS = ("list", "check", "export-public")


def run(args: Namespace) -> int:
    """Run the command that `args.action` names and return its exit status."""
    _require_separate_files(args)
    if args.action == "check":
        return check(args)
    _COMMANDS[args.action](args)
    return 0


def open_project(args: Namespace) -> Project:
    """Return the project in the file `args.keys`, with its first active project key."""
    blob = sealed_file.read(args.keys)
    return read_credential(args).unseal(blob).project()


def _init(args: Namespace) -> None:
    sealed_file.require_absent(args.file)
    TimeZone.parse(args.zone)  # a bad zone must be reported before a passphrase is asked for
    document = {"zone": args.zone, "project_keys": [], "crypto_keys": [], "primary": None}
    credential = read_credential(args, confirm=True)
    sealed_file.create(args.file, credential.seal(Contents(document)))
    print("Sealed a project without keys. Add keys with add-project and add-crypto.")


def _add_project(args: Namespace) -> None:
    credential = _read_credential_of_file(args)
    secret_key = read_secret(Secret.SECRET_KEY, args.secret_file)
    # A bad key must be reported as such, and not by its place in the file.
    ProjectKey(
        asp_id=args.asp_id, access_key=args.access_key, secret_key=secret_key, kind=args.kind
    )
    entry = {
        "asp_id": args.asp_id,
        "access_key": args.access_key,
        "secret_key": secret_key,
        "kind": args.kind,
        "state": args.state,
    }

    def add(contents: Contents, document: Document) -> None:
        """Append the project key."""
        document["project_keys"].append(entry)

    _change(args, credential, add)
    print(f"Added project key {_mask_access_key(args.access_key)}.")


def _add_crypto(args: Namespace) -> None:
    credential = _read_credential_of_file(args)
    entry = {"id": args.id, "state": "active", **read_key_files(args)}

    def add(contents: Contents, document: Document) -> None:
        """Append the crypto key. It becomes primary only if asked for, or if it is the first."""
        if contents.ring is not None and contents.ring.get(args.id) is not None:
            raise Failure("the file already has a crypto key with that id")
        document["crypto_keys"].append(entry)
        if args.primary or contents.ring is None:
            document["primary"] = args.id
        else:
            # The document of a ring of one key may leave its primary out.
            document["primary"] = contents.ring.primary.id

    _change(args, credential, add)
    print(f"Added crypto key {args.id}.")
    for side in args.generate:
        print(f"Its {side} key pair is new. Give the other side its public key: export-public.")


def _set_state(args: Namespace) -> None:
    credential = _read_credential_of_file(args)
    state = KeyState(args.state)
    if state is KeyState.DISCARDED and not args.yes:
        _confirm_discarding()
    set_state = _set_project_state if args.crypto_key is None else _set_crypto_state
    _change(args, credential, partial(set_state, args, state))
    print(f"The key is now {state.value}.")


def _set_project_state(
    args: Namespace, state: KeyState, contents: Contents, document: Document
) -> None:
    matches = [
        index
        for index, key in enumerate(contents.project_keys)
        if key.access_key.startswith(args.access_key)
    ]
    if not args.access_key:
        raise Failure("--access-key must not be empty")
    if not matches:
        raise Failure("no access key in the file begins with that text")
    if len(matches) > 1:
        raise Failure("more than one access key in the file begins with that text")
    (index,) = matches
    contents.project_keys[index].with_state(state)  # raises where a discarded key would come back
    document["project_keys"][index]["state"] = state.value


def _set_crypto_state(
    args: Namespace, state: KeyState, contents: Contents, document: Document
) -> None:
    ring, key = _find_crypto_key(contents, args.crypto_key)
    if key is ring.primary and state is not KeyState.ACTIVE:
        raise Failure("the primary crypto key must be active: set-primary to another one first")
    key.with_state(state)  # raises where a discarded key would come back
    for entry in document["crypto_keys"]:
        if entry["id"] == key.id:
            entry["state"] = state.value


def _set_primary(args: Namespace) -> None:
    def move(contents: Contents, document: Document) -> None:
        """Make another key primary."""
        ring, key = _find_crypto_key(contents, args.id)
        if key.state is not KeyState.ACTIVE:
            raise Failure(f"a primary crypto key must be active, and this one is {key.state.value}")
        document["primary"] = ring.with_primary(key.id).primary.id

    _change(args, _read_credential_of_file(args), move)
    print(f"New messages are now encrypted with crypto key {args.id}.")


def _export_public(args: Namespace) -> None:
    _, key = _find_crypto_key(_unseal(args), args.id)
    pem = public_pem(key.public_half(Side(args.side)))
    if args.out is None:
        print(pem, end="")
        return
    with replace_atomically(args.out, partial_path(args.out), mode=PUBLIC_MODE) as write:
        # While the name of the incomplete file is claimed, no other command makes the new one.
        if os.path.lexists(args.out):
            raise Failure(f"{args.out} exists already and is not overwritten")
        write(pem.encode())


def _change_passphrase(args: Namespace) -> None:
    credential = _read_credential_of_file(args)
    # A wrong passphrase must be reported before the new one is asked for.
    credential.unseal(sealed_file.read(args.file))
    new_credential = read_new_credential(args)

    def seal_again(blob: bytes) -> bytes:
        """Seal the same contents under the new credential."""
        return new_credential.seal(credential.unseal(blob), blob, strengthen=True)

    sealed_file.change(args.file, seal_again)
    print("Only the new passphrase or key opens the file now. Older copies open with the old one.")


def _list(args: Namespace) -> None:
    contents = _unseal(args)
    if args.json:
        print(write_json(_describe(contents)).decode())
        return
    print(f"Zone {contents.document()['zone']}\n")
    _print_table(
        ("project key", "asp id", "kind", "state"),
        _list_project_keys(contents),
        empty="no project keys",
    )
    keys = _list_crypto_keys(contents)
    if not keys:
        print("\nno crypto keys")
    for key in keys:
        is_primary = ", primary" if key["primary"] else ""
        print(f"\ncrypto key {key['id']}: {key['state']}{is_primary}")
        _print_table(
            ("  side", "bits", "keys", "fingerprint", "expires"), _list_key_pairs(key), empty=""
        )


def _describe(contents: Contents) -> Document:
    """Return what --json writes: the same as the tables, with whole fingerprints and dates."""
    return {
        "zone": contents.document()["zone"],
        "project_keys": [
            {
                "access_key": _mask_access_key(key.access_key),
                "asp_id": key.asp_id,
                "kind": key.kind,
                "state": key.state.value,
            }
            for key in contents.project_keys
        ],
        "crypto_keys": _list_crypto_keys(contents),
    }


def _list_project_keys(contents: Contents) -> list[tuple[str, ...]]:
    return [
        (_mask_access_key(key.access_key), key.asp_id, key.kind or "-", key.state.value)
        for key in contents.project_keys
    ]


def _list_crypto_keys(contents: Contents) -> list[dict[str, Any]]:
    return [] if contents.ring is None else contents.ring.info()


def _list_key_pairs(key: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each key pair of a crypto key."""
    rows: list[tuple[str, ...]] = []
    for side in Side:
        pair = key[side.value]
        if pair is not None:
            row = (
                f"  {side.value}",
                str(pair["bits"]),
                "public, private" if pair["private"] else "public",
                pair["fingerprint"][:_FINGERPRINT_CHARACTERS],
                (pair["not_after"] or "-")[:_DATE_CHARACTERS],
            )
            rows.append(row)
    return rows


def _print_table(heads: tuple[str, ...], rows: list[tuple[str, ...]], *, empty: str) -> None:
    """Print rows under their heads, or the text `empty` if there are none."""
    if not rows:
        print(empty)
        return
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print("  ".join(cells).rstrip())


def _mask_access_key(access_key: str) -> str:
    """Return the part of an access key that may be shown (S8)."""
    return f"{access_key[:4]}***"


def _read_credential_of_file(args: Namespace) -> SealCredential:
    """Return the credential, after making sure that the file exists and may be used."""
    sealed_file.read(args.file)
    return read_credential(args)


def _unseal(args: Namespace) -> Contents:
    blob = sealed_file.read(args.file)
    return read_credential(args).unseal(blob)


def _change(
    args: Namespace, credential: SealCredential, edit: Callable[[Contents, Document], None]
) -> None:
    """Change the document in the file. The changed document must be a valid project."""

    def edit_blob(blob: bytes) -> bytes:
        """Unseal, edit and seal again."""
        contents = credential.unseal(blob)
        document = contents.document()
        edit(contents, document)
        return credential.seal(Contents(document), blob)

    sealed_file.change(args.file, edit_blob)


def _require_separate_files(args: Namespace) -> None:
    """Raise Failure if the command would write to a file that it reads, or remove it."""
    named = vars(args)
    inputs = [named.get(option) for option in _INPUT_OPTIONS]
    if args.action not in _READERS:
        require_separate_files(inputs, [args.file, *sealed_file.list_side_files(args.file)])
        return
    out = named.get("out")  # it must not exist yet, but its leftover is removed
    require_separate_files([args.file, *inputs], [] if out is None else [partial_path(out)])


def _find_crypto_key(contents: Contents, id: str) -> tuple[KeyRing, CryptoKey]:
    """Return the ring and its key with that id. Raises Failure."""
    ring = contents.ring
    key = None if ring is None else ring.get(id)
    if ring is None or key is None:
        raise Failure("the file has no crypto key with that id")
    return ring, key


def _confirm_discarding() -> None:
    """Raise Failure unless the user answers yes."""
    if not is_terminal():
        raise Failure("a discarded key cannot come back: confirm with --yes")
    print("A discarded key cannot come back. Discard it? (yes/no) ", end="", flush=True)
    try:
        answer = sys.stdin.readline()
    except UnicodeDecodeError:
        answer = ""
    if not answer:
        print()  # end the line of the prompt
    if answer.strip().lower() != "yes":
        raise Failure("nothing was discarded")


_COMMANDS: dict[str, Callable[[Namespace], None]] = {
    "init": _init,
    "add-project": _add_project,
    "add-crypto": _add_crypto,
    "list": _list,
    "set-state": _set_state,
    "set-primary": _set_primary,
    "export-public": _export_public,
    "change-passphrase": _change_passphrase,
}
