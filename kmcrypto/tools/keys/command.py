"""`kmcrypto keys`: make, change and show a sealed project file.

A command that changes the file does it through `_change`: what it asks of a person it asks before, so that the lock is
not held while somebody types, and the new document passes `Contents` before it is written. Nothing secret is printed.
"""

from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import Any

from ...clock.time_zone import TimeZone
from ...keys.crypto_key import CryptoKey, Side
from ...keys.project import Project
from ...keys.ring import KeyRing
from ...keys.sealed import Contents
from ...keys.state import KeyState
from ..common import sealed_file
from ..common.failure import Failure
from ..common.secrets_in import Opener, Secret, is_terminal, new_opener, opener, read_secret

Document = dict[str, Any]


def run(args: Namespace) -> int:
    """Run the command that `args.action` names, and give its exit status."""
    if args.action == "check":
        from .check import check

        return check(args)
    _COMMANDS[args.action](args)
    return 0


def open_project(args: Namespace) -> Project:
    """The project in the file `args.keys`, as it signs."""
    blob = sealed_file.read(args.keys)
    return opener(args).open(blob).project()


def _init(args: Namespace) -> None:
    sealed_file.check_new(args.file)
    TimeZone.parse(args.zone)  # before a passphrase is asked for
    empty = Contents({"zone": args.zone, "project_keys": [], "crypto_keys": [], "primary": None})
    sealed_file.create(args.file, opener(args, new=True).seal(empty))
    print("Sealed a project without keys: add-project and add-crypto put them in.")


def _add_project(args: Namespace) -> None:
    held = _opener(args)
    secret = read_secret(Secret.SECRET_KEY, args.secret_file)
    entry = {
        "asp_id": args.asp_id,
        "access_key": args.access_key,
        "secret_key": secret,
        "kind": args.kind,
        "state": args.state,
    }
    _change(args, held, lambda _, document: document["project_keys"].append(entry))
    print(f"Added project key {args.access_key[:4]}***.")


def _add_crypto(args: Namespace) -> None:
    from .key_files import read_halves

    held = _opener(args)
    entry = {"id": args.id, "state": "active", **read_halves(args)}

    def add(contents: Contents, document: Document) -> None:
        if contents.ring is not None and contents.ring.get(args.id) is not None:
            raise Failure("the file has a crypto key of that id already")
        document["crypto_keys"].append(entry)
        if args.primary or contents.ring is None:
            document["primary"] = args.id
        else:
            document["primary"] = contents.ring.primary.id  # a ring of one may leave it unsaid

    _change(args, held, add)
    print(f"Added crypto key {args.id}.")
    for side in args.generate:
        print(f"Its {side} pair is new: export-public writes the half that the other side needs.")


def _set_state(args: Namespace) -> None:
    held = _opener(args)
    state = KeyState(args.state)
    if state is KeyState.DISCARDED and not args.yes:
        _confirm("A discarded key can't come back. Discard it? (yes/no) ")
    find = _set_project_state if args.crypto_key is None else _set_crypto_state
    _change(args, held, partial(find, args, state))
    print(f"The key is {state.value} now.")


def _set_project_state(
    args: Namespace, state: KeyState, contents: Contents, document: Document
) -> None:
    prefix = args.access_key
    found = [
        at for at, key in enumerate(contents.project_keys) if key.access_key.startswith(prefix)
    ]
    if not prefix or len(found) != 1:
        raise Failure(
            f"{'more than one' if found else 'no'} project key has an access key that begins like that"
        )
    contents.project_keys[found[0]].with_state(state)  # refuses to bring a discarded one back
    document["project_keys"][found[0]]["state"] = state.value


def _set_crypto_state(
    args: Namespace, state: KeyState, contents: Contents, document: Document
) -> None:
    ring, key = _find(contents, args.crypto_key)
    if key is ring.primary and state is not KeyState.ACTIVE:
        raise Failure(
            "this crypto key is primary, which must be active: set-primary to another one first"
        )
    key.with_state(state)
    for entry in document["crypto_keys"]:
        if entry["id"] == key.id:
            entry["state"] = state.value


def _set_primary(args: Namespace) -> None:
    def move(contents: Contents, document: Document) -> None:
        ring, key = _find(contents, args.id)
        if key.state is not KeyState.ACTIVE:
            raise Failure(f"this crypto key is {key.state.value}: a primary must be active")
        document["primary"] = ring.with_primary(key.id).primary.id

    _change(args, _opener(args), move)
    print(f"New messages are encrypted with crypto key {args.id} now.")


def _export_public(args: Namespace) -> None:
    from .key_files import public_pem

    _, key = _find(_open(args), args.id)
    pem = public_pem(key.public_half(Side(args.side)))
    if args.out is None:
        print(pem, end="")
        return
    try:
        with args.out.open("x", encoding="ascii") as file:
            file.write(pem)
    except FileExistsError:
        raise Failure(f"{args.out} is there already, and is not overwritten") from None
    except OSError as error:
        raise Failure(f"{args.out} can't be written: {error.strerror}") from None


def _change_passphrase(args: Namespace) -> None:
    held = _opener(args)
    held.open(sealed_file.read(args.file))  # a wrong one is found out before a new one is asked for
    following = new_opener(args)
    sealed_file.change(args.file, lambda blob: following.seal(held.open(blob), blob))
    print(
        "The file opens with the new passphrase or key only. Copies made before still open with the old one."
    )


def _list(args: Namespace) -> None:
    contents = _open(args)
    print(f"Zone {contents.document()['zone']}\n")
    keys = [
        (f"{key.access_key[:4]}***", key.asp_id, key.kind or "-", key.state.value)
        for key in contents.project_keys
    ]
    _print_table([("project key", "asp id", "kind", "state"), *keys], "no project keys")
    print()
    rows: list[tuple[str, ...]] = [
        ("crypto key", "state", "primary", "side", "bits", "halves", "fingerprint", "expires")
    ]
    for key in contents.ring.info() if contents.ring is not None else []:
        for side in Side:
            if (half := key[side.value]) is not None:
                halves = "public, private" if half["private"] else "public"
                primary = "primary" if key["primary"] else "-"
                expires = (half["not_after"] or "-")[:10]
                shown = (side.value, str(half["bits"]), halves, half["fingerprint"][:16], expires)
                rows.append((key["id"], key["state"], primary, *shown))
    _print_table(rows, "no crypto keys")


def _opener(args: Namespace) -> Opener:
    """What opens the file. A file that is not there, or may not be used, is found out before anybody is asked."""
    sealed_file.read(args.file)
    return opener(args)


def _open(args: Namespace) -> Contents:
    blob = sealed_file.read(args.file)
    return opener(args).open(blob)


def _change(args: Namespace, held: Opener, edit: Callable[[Contents, Document], None]) -> None:
    """Let `edit` change the document in the file; what it leaves must be a sound project."""

    def edited(blob: bytes) -> bytes:
        contents = held.open(blob)
        document = contents.document()
        edit(contents, document)
        return held.seal(Contents(document), blob)

    sealed_file.change(args.file, edited)


def _find(contents: Contents, id: str) -> tuple[KeyRing, CryptoKey]:
    key = None if contents.ring is None else contents.ring.get(id)
    if contents.ring is None or key is None:
        raise Failure("the file has no crypto key of that id")
    return contents.ring, key


def _confirm(question: str) -> None:
    if not is_terminal():
        raise Failure("a discarded key can't come back: say --yes to discard it")
    try:
        answer = input(question)
    except EOFError:
        print()
        answer = ""
    if answer.strip().lower() != "yes":
        raise Failure("nothing was discarded")


def _print_table(rows: list[tuple[str, ...]], empty: str) -> None:
    """Print rows under their first one, or what to say if there are none."""
    if len(rows) == 1:
        print(empty)
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


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
