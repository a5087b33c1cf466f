"""Requests under keys of every state and size (S5)."""

from ..common.base import Json
from ..common.book import Book
from ..common.jwe_maker import make
from ..common.parties import FIRST, NEXT, NEXT_ID, ring
from .maker import around, fault, good, party, sealed
from .notes import DECRYPT, INACTIVE, UNKNOWN

PAYLOAD: Json = {"userId": "kim", "amount": 1500}


def add(made: Book) -> None:
    """All of them."""
    rotation(made)
    sizes(made)


def rotation(made: Book) -> None:
    """A matrix of rings; requests under the first and the next key."""
    old, new = (
        sealed("exchange/rotation/1", PAYLOAD),
        sealed("exchange/rotation/2", PAYLOAD, "next_platform_2048", key_id=NEXT_ID),
    )
    resting, gone = {**FIRST, "state": "inactive"}, {**FIRST, "state": "discarded"}
    both = made.group(**party("gateway", ring=ring(FIRST, NEXT)))
    first = good(
        both, "both active: under the first key, which is not primary", "Rotation", "S5.2", old
    )
    second = good(
        both, "both active: under the next key", "Rotation", "S5.2", new, key="next_platform_2048"
    )
    fault(
        both,
        first,
        "the next key is named, the first was used",
        "CryptoKeyId",
        "S5.2",
        DECRYPT,
        old.on(key_id=NEXT_ID),
    )
    for comment, shown, settings, outcome in (
        ("the first inactive", ring(resting, NEXT), {}, INACTIVE), ("the first discarded", ring(gone, NEXT), {}, UNKNOWN),
        ("the first inactive, which is allowed", ring(resting, NEXT), {"acceptInactive": True}, ""),
        ("the first discarded, inactive ones allowed", ring(gone, NEXT), {"acceptInactive": True}, UNKNOWN), ("the next alone", ring(NEXT), {}, UNKNOWN),
    ):  # fmt: skip
        group = made.group(**party("gateway", settings, ring=shown))
        if not outcome:
            good(group, f"{comment}: under the first key", "Rotation", "S5.1", old)
        elif settings:
            lenient = made.group(**party("gateway", settings, ring=ring(FIRST, NEXT)))
            allowed = good(lenient, "both active, inactive ones allowed", "Rotation", "S5.2", old)
            fault(group, allowed, f"{comment}: under the first key", "Rotation", "S5.1", outcome)
        else:
            fault(group, first, f"{comment}: under the first key", "Rotation", "S5.1", outcome)
        good(
            group,
            f"{comment}: under the next key",
            "Rotation",
            "S5.2",
            new,
            key="next_platform_2048",
        )
    early = made.group(**party("gateway", ring=ring(FIRST)))
    fault(early, second, "the next not there yet: under the next key", "Rotation", "S5.2", UNKNOWN)
    bare = made.group(**party("gateway", ring=None))
    fault(bare, first, "a project without crypto keys", "CryptoKeyId", "S5.2", UNKNOWN)


def sizes(made: Book) -> None:
    """The other sizes of RSA keys."""
    for bits in (3072, 4096):
        key = f"platform_{bits}"
        group = made.group(**party("gateway", ring=ring({**FIRST, "platform": key})))
        call = sealed(f"exchange/{bits}/1", PAYLOAD, key)
        twin = good(group, f"RSA of {bits} bits", "KeySizes", "S4.2", call, key=key)
        other = make(f"exchange/{bits}/2", call.plaintext)
        fault(
            group,
            twin,
            f"encrypted to a key of 2048 bits, not {bits}",
            "KeySizes",
            "S4.2",
            DECRYPT,
            around(f"exchange/{bits}/1", other, call.plaintext),
        )
