"""Requests under crypto keys of every state and size (S5)."""

from typing import NamedTuple

from ..common.encode import Json
from ..common.errors import DECRYPTION_FAILED, INACTIVE_KEY, UNKNOWN_CRYPTO_KEY, Error
from ..common.jwe import make_jwe
from ..common.requests import FIRST_KEY, NEXT_KEY, NEXT_KEY_ID, make_ring, with_state
from ..common.vector_file import Case, VectorFile
from .calls import PLAINTEXT, call_around, encrypted_call, negative_call, positive_call
from .parties import party_group

BOTH_ACTIVE = make_ring(FIRST_KEY, NEXT_KEY)
FIRST_INACTIVE = make_ring(with_state(FIRST_KEY, "inactive"), NEXT_KEY)
FIRST_DISCARDED = make_ring(with_state(FIRST_KEY, "discarded"), NEXT_KEY)


class RingRow(NamedTuple):
    """A ring, and what becomes of a request under its first key."""

    comment: str
    ring: Json
    accept_inactive: bool
    error: Error | None


RINGS = [
    RingRow("the first key inactive", FIRST_INACTIVE, False, INACTIVE_KEY),
    RingRow("the first key discarded", FIRST_DISCARDED, False, UNKNOWN_CRYPTO_KEY),
    RingRow("the first key inactive, which is allowed", FIRST_INACTIVE, True, None),
    RingRow(
        "the first key discarded, inactive ones allowed", FIRST_DISCARDED, True, UNKNOWN_CRYPTO_KEY
    ),
    RingRow("the next key alone", make_ring(NEXT_KEY), False, UNKNOWN_CRYPTO_KEY),
]


UNDER_FIRST = encrypted_call("exchange/rotation/1", PLAINTEXT)
UNDER_NEXT = encrypted_call(
    "exchange/rotation/2", PLAINTEXT, "next_platform_2048", key_id=NEXT_KEY_ID
)


def add_keys(file: VectorFile) -> None:
    """Add requests under two keys in rings of every state, and under keys of other sizes."""
    group = party_group(file, "gateway", ring=BOTH_ACTIVE)
    comment = "both keys active: under the first key, which is not primary"
    first = positive_call(group, comment, "Rotation", UNDER_FIRST)
    comment = "both keys active: under the next key"
    following = positive_call(group, comment, "Rotation", UNDER_NEXT, key="next_platform_2048")
    crossed = UNDER_FIRST.with_request(key_id=NEXT_KEY_ID)
    comment = "the next key is named, the first was used"
    negative_call(group, first, comment, "CryptoKeyId", DECRYPTION_FAILED, crossed, rule="S5.2")
    for row in RINGS:
        add_ring(file, row, first)
    add_missing_keys(file, first, following)
    add_key_size(file, 3072)
    add_key_size(file, 4096)


def add_ring(file: VectorFile, row: RingRow, first: Case) -> None:
    """Add a request under each key to a gateway with this ring."""
    group = party_group(file, "gateway", ring=row.ring, accept_inactive=row.accept_inactive)
    comment = f"{row.comment}: under the first key"
    if row.error is None:
        positive_call(group, comment, "Rotation", UNDER_FIRST, rule="S5.1")
    else:
        base = add_lenient_base(file) if row.accept_inactive else first
        negative_call(group, base, comment, "Rotation", row.error, rule="S5.1")
    comment = f"{row.comment}: under the next key"
    positive_call(group, comment, "Rotation", UNDER_NEXT, key="next_platform_2048")


def add_lenient_base(file: VectorFile) -> Case:
    """Add the base for a gateway that accepts inactive keys, in a group of its own."""
    group = party_group(file, "gateway", ring=BOTH_ACTIVE, accept_inactive=True)
    return positive_call(group, "both keys active, inactive ones allowed", "Rotation", UNDER_FIRST)


def add_missing_keys(file: VectorFile, first: Case, following: Case) -> None:
    """Add a key that the ring does not have yet, and a project without a ring."""
    group = party_group(file, "gateway")
    comment = "the next key not there yet: under the next key"
    negative_call(group, following, comment, "Rotation", UNKNOWN_CRYPTO_KEY)
    group = party_group(file, "gateway", ring=None)
    comment = "a project without crypto keys"
    negative_call(group, first, comment, "CryptoKeyId", UNKNOWN_CRYPTO_KEY, rule="S5.2")


def add_key_size(file: VectorFile, bits: int) -> None:
    """Add requests under a larger RSA key."""
    key = f"platform_{bits}"
    label = f"exchange/{bits}/1"
    ring = make_ring({**FIRST_KEY, "platform": key})
    group = party_group(file, "gateway", ring=ring)
    call = encrypted_call(label, PLAINTEXT, key)
    base = positive_call(group, f"RSA of {bits} bits", "KeySizes", call, key=key)
    shorter = make_jwe(f"exchange/{bits}/2", PLAINTEXT)
    call = call_around(shorter, label, PLAINTEXT)
    comment = f"encrypted to a key of 2048 bits, not {bits}"
    negative_call(group, base, comment, "KeySizes", DECRYPTION_FAILED, call)
