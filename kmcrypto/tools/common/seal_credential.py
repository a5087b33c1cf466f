"""The credential of a sealed file: a passphrase, or a sealing key of 32 bytes."""

import re
from argparse import Namespace
from pathlib import Path

from ..._core.values import Frozen, KeyHolder
from ...keys.sealed import Contents, Cost, passphrase_cost, seal, unseal
from .failure import Failure
from .secret_input import Secret, read_file, read_secret

_HEX_KEY = re.compile(rb"([0-9a-fA-F]{64})(?:\r?\n)?")
_KEY_BYTES = 32
_DEFAULT_COST = Cost()


class SealCredential(Frozen, KeyHolder):
    """The passphrase or the key that seals and unseals a project."""

    _passphrase: str | None
    _key: bytes | None

    def __init__(self, passphrase: str | None = None, key: bytes | None = None) -> None:
        self._set_attributes(_passphrase=passphrase, _key=key)

    def unseal(self, blob: bytes) -> Contents:
        """Unseal a blob. Raises UnsealingFailed and the errors of the keys in it."""
        return unseal(blob, passphrase=self._passphrase, key=self._key)

    def seal(
        self, contents: Contents, replaced_blob: bytes = b"", *, strengthen: bool = False
    ) -> bytes:
        """Seal contents.

        The new blob has the Argon2id cost of the blob that it replaces, so that a change never
        weakens a file. With `strengthen`, a cheap cost becomes the default, or more.
        """
        cost = passphrase_cost(replaced_blob) or _DEFAULT_COST
        if strengthen and is_cheap(cost):
            operations = max(cost.operations, _DEFAULT_COST.operations)
            memory_kib = max(cost.memory_kib, _DEFAULT_COST.memory_kib)
            cost = Cost(operations, memory_kib)
        return seal(contents, passphrase=self._passphrase, key=self._key, cost=cost)


def is_cheap(cost: Cost) -> bool:
    """Tell whether a passphrase is guessed at less than the default cost.

    More memory makes up for fewer passes over it, but not the other way round: memory is what an
    attacker's special hardware lacks.
    """
    work = cost.operations * cost.memory_kib
    default_work = _DEFAULT_COST.operations * _DEFAULT_COST.memory_kib
    return cost.memory_kib < _DEFAULT_COST.memory_kib or work < default_work


def read_credential(args: Namespace, *, confirm: bool = False) -> SealCredential:
    """Return the credential of the command's file; `confirm` asks for a typed passphrase twice."""
    if args.key_file is not None:
        return SealCredential(key=_read_sealing_key(args.key_file))
    return SealCredential(read_secret(Secret.PASSPHRASE, args.passphrase_file, confirm=confirm))


def read_new_credential(args: Namespace) -> SealCredential:
    """Return the credential that replaces the present one."""
    if args.new_key_file is not None:
        return SealCredential(key=_read_sealing_key(args.new_key_file))
    return SealCredential(
        read_secret(Secret.NEW_PASSPHRASE, args.new_passphrase_file, confirm=True)
    )


def _read_sealing_key(path: Path) -> bytes:
    data = read_file(path)
    match = _HEX_KEY.fullmatch(data)
    if match is not None:
        return bytes.fromhex(match[1].decode())
    if len(data) != _KEY_BYTES:
        raise Failure(f"{path} must hold a sealing key: 32 bytes or 64 hexadecimal digits")
    return data
