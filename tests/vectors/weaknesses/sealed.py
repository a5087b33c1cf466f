"""Weak readers of sealed projects."""

from __future__ import annotations

import struct
from typing import Any
from unicodedata import normalize

from tests.support.weakening import (
    Copy,
    Weaken,
    Weakness,
    with_arguments,
    with_changed_arguments,
    wrapped,
)

# --- The header -----------------------------------------------------------------------------------


def any_value_of(check: str, **right: object) -> Weaken:
    """A field of the header may have any value, where a passphrase or a key opens the blob."""

    def set_right(header: Any) -> Any:
        return header._replace(**right)

    return with_changed_arguments(f"keys.sealed:Header.{check}", self=set_right)


def key_is_the_callers(original: Any, secret: bytes, header: Any) -> Any:
    """A key opens the blob as it is, whatever source the header names."""
    return secret if len(secret) == 32 else original(secret, header)


def any_source_of_keys(copy: Copy) -> None:
    """A blob that is opened with a key may name a passphrase as its source."""
    any_value_of("fits_key", source=0)(copy)
    wrapped("keys.sealed:_sealing_key", key_is_the_callers)(copy)


def without_cost(header: Any) -> Any:
    return header._replace(operations=0, memory_kib=0)


def without_salt(header: Any) -> Any:
    return header._replace(salt=bytes(16))


def unpack_before_measuring(original: Any, blob: bytes, **arguments: Any) -> Any:
    if len(blob) < 54:
        raise struct.error  # as Struct.unpack does
    return original(blob, **arguments)


HEADER = [
    Weakness("another magic", "sealed", any_value_of("fits_passphrase", magic=b"KMSP")),
    Weakness("another version", "sealed", any_value_of("fits_passphrase", version=1)),
    Weakness(
        "another source than a passphrase", "sealed", any_value_of("fits_passphrase", source=1)
    ),
    Weakness("another magic, opened with a key", "sealed", any_value_of("fits_key", magic=b"KMSP")),
    Weakness("another version, opened with a key", "sealed", any_value_of("fits_key", version=1)),
    Weakness("another source than a key", "sealed", any_source_of_keys),
    Weakness(
        "a cost beside a key",
        "sealed",
        with_changed_arguments("keys.sealed:Header.fits_key", self=without_cost),
    ),
    Weakness(
        "a salt beside a key",
        "sealed",
        with_changed_arguments("keys.sealed:Header.fits_key", self=without_salt),
    ),
    Weakness(
        "the header is not authenticated",
        "sealed",
        with_arguments("keys.sealed:crypto_aead_xchacha20poly1305_ietf_decrypt", aad=b""),
    ),
    Weakness(
        "a blob shorter than its header",
        "sealed",
        wrapped("keys.sealed:unseal", unpack_before_measuring),
        raises=True,
    ),
]


# --- Argon2id -------------------------------------------------------------------------------------


def from_one_pass(cost: Any) -> Any:
    return cost._replace(operations=2) if cost.operations == 1 else cost


def to_eleven_passes(cost: Any) -> Any:
    return cost._replace(operations=10) if cost.operations == 11 else cost


def from_8_kib(cost: Any) -> Any:
    if 8 <= cost.memory_kib < 64 << 10:
        return cost._replace(memory_kib=64 << 10)
    return cost


def keep_form(original: Any, form: str, text: str) -> str:
    return text


def change_compatible_characters(original: Any, form: str, text: str) -> str:
    return normalize("NFKC", text)


PASSPHRASES = [
    Weakness(
        "one pass of Argon2id",
        "sealed",
        with_changed_arguments("keys.sealed:Cost.is_bounded", self=from_one_pass),
    ),
    Weakness(
        "eleven passes of Argon2id",
        "sealed",
        with_changed_arguments("keys.sealed:Cost.is_bounded", self=to_eleven_passes),
    ),
    Weakness(
        "less memory for Argon2id",
        "sealed",
        with_changed_arguments("keys.sealed:Cost.is_bounded", self=from_8_kib),
    ),
    Weakness("a passphrase as it was typed", "sealed", wrapped("keys.sealed:normalize", keep_form)),
    Weakness(
        "a passphrase in compatibility form",
        "sealed",
        wrapped("keys.sealed:normalize", change_compatible_characters),
    ),
]


SEALED = [*HEADER, *PASSPHRASES]
