"""The key that decrypts a field: whose it is, its id, and its state (S4.5, S5, S9.1)."""

from typing import NamedTuple

from ..common.encode import Json
from ..common.errors import DECRYPTION_FAILED, INACTIVE_KEY, UNKNOWN_CRYPTO_KEY, Error
from ..common.jwe import header_with, make_jwe
from ..common.requests import FIRST_KEY, KEY_ID, NEXT_KEY, NEXT_KEY_ID, make_ring, with_state
from ..common.vector_file import Case, Group, VectorFile
from .maker import (
    PATH,
    SELECTOR,
    Field,
    field_group,
    field_header,
    make_field,
    negative_document,
    negative_value,
    positive_document,
)

VALUE = b'"v"'


class SideRow(NamedTuple):
    """A side, and the key pair whose private half it decrypts with."""

    comment: str
    side: str
    storage_side: str | None
    key: str


SIDES = [
    SideRow("the client's side opens what the platform encrypted", "client", None, "client_2048"),
    SideRow("the platform's own records", "storage", "platform", "platform_2048"),
    SideRow("the client's own records", "storage", "client", "client_2048"),
]


def add_sides(file: VectorFile) -> None:
    """Add fields for each side, and fields for a stranger (S4.5)."""
    for row in SIDES:
        group = field_group(file, side=row.side, storage_side=row.storage_side)
        field = make_field(f"fields/side/{row.comment}", "1", key=row.key)
        base = positive_one(group, row.comment, "Side", field)
        stranger = make_field(f"fields/side/{row.comment}/2", "1", key="other_2048")
        comment = f"{row.comment}: encrypted to a stranger"
        document = {"cardNo": stranger.text}
        negative_document(group, base, comment, "Side", DECRYPTION_FAILED, document)


def positive_one(
    group: Group, comment: str, flags: str, field: Field, rule: str | None = None
) -> Case:
    """Add a document with one field whose value is 1."""
    return positive_document(
        group,
        comment,
        flags,
        document={"cardNo": field.text},
        plain={"cardNo": 1},
        report={SELECTOR: 1},
        fields=[field],
        rule=rule,
    )


FIRST_INACTIVE = with_state(FIRST_KEY, "inactive")
FIRST_DISCARDED = with_state(FIRST_KEY, "discarded")
NEXT_INACTIVE = with_state(NEXT_KEY, "inactive")
NEXT_DISCARDED = with_state(NEXT_KEY, "discarded")
RINGS = {
    "both keys active": make_ring(FIRST_KEY, NEXT_KEY),
    "first key primary": make_ring(FIRST_KEY, NEXT_KEY, primary=KEY_ID),
    "first key inactive": make_ring(FIRST_INACTIVE, NEXT_KEY),
    "first key discarded": make_ring(FIRST_DISCARDED, NEXT_KEY),
    "first key gone": make_ring(NEXT_KEY),
    "next key not there yet": make_ring(FIRST_KEY),
    "next key inactive": make_ring(FIRST_KEY, NEXT_INACTIVE, primary=KEY_ID),
    "next key discarded": make_ring(FIRST_KEY, NEXT_DISCARDED, primary=KEY_ID),
}
REFUSING_RINGS: dict[str, dict[str, Error]] = {
    # key of the field: ring, error
    "first": {
        "first key inactive": INACTIVE_KEY,
        "first key discarded": UNKNOWN_CRYPTO_KEY,
        "first key gone": UNKNOWN_CRYPTO_KEY,
    },
    "next": {
        "next key not there yet": UNKNOWN_CRYPTO_KEY,
        "next key inactive": INACTIVE_KEY,
        "next key discarded": UNKNOWN_CRYPTO_KEY,
    },
}


def add_rotation(file: VectorFile) -> None:
    """Add fields under two keys, in rings of every state (S5.1, S5.2)."""
    first = make_field("fields/rotation/1", "1")
    following = make_field("fields/rotation/2", "1", key="next_platform_2048", kid=NEXT_KEY_ID)
    groups = {name: field_group(file, ring=ring) for name, ring in RINGS.items()}
    bases = {}
    for key, field in {"first": first, "next": following}.items():
        for name in ("both keys active", "first key primary"):
            comment = f"{name}: a field under the {key} key"
            bases[key] = positive_one(groups[name], comment, "Rotation", field)
    for key, errors in REFUSING_RINGS.items():
        for name, error in errors.items():
            comment = f"{name}: a field under the {key} key"
            groups[name].negative(bases[key], comment, "Rotation", error, rule="S5.1")
    group = field_group(file, ring=RINGS["first key inactive"], accept_inactive=True)
    comment = "an inactive key, where that is allowed"
    positive_one(group, comment, "Rotation", first, rule="S5.1")
    add_both_keys(file)


def add_both_keys(file: VectorFile) -> None:
    """Add a document with a field under each key."""
    first = make_field("fields/rotation/3", "1", "$['a']")
    following = make_field(
        "fields/rotation/4", "2", "$['b']", key="next_platform_2048", kid=NEXT_KEY_ID
    )
    group = field_group(file, ring=RINGS["both keys active"], selectors=["$.a", "$.b"])
    positive_document(
        group,
        "fields under both keys",
        "Rotation",
        document={"a": first.text, "b": following.text},
        plain={"a": 1, "b": 2},
        report={"$.a": 1, "$.b": 1},
        fields=[first, following],
    )


UNKNOWN_KIDS = {
    "unknown": "f" * 32,
    "in capitals": KEY_ID.upper(),
    "empty": "",
    "a path": "../" + KEY_ID,
}
KIDS_OF_OTHER_TYPES: Json = {"null": None, "a number": 1, "a list": [KEY_ID]}


def add_kids(file: VectorFile, group: Group, base: Case) -> None:
    """Add kids that name no key of the ring, or the wrong one, and kids that are no strings."""
    for number, (reason, kid) in enumerate(UNKNOWN_KIDS.items()):
        jwe = make_jwe(f"fields/kid/{number}", VALUE, field_header(kid=kid))
        comment = f"kid: {reason}"
        negative_value(group, base, comment, "Kid", UNKNOWN_CRYPTO_KEY, jwe.compact)
    jwe = make_jwe("fields/kid/none", VALUE, header_with({"km-path": PATH}))
    negative_value(group, base, "kid: none", "Kid", UNKNOWN_CRYPTO_KEY, jwe.compact)
    for number, (reason, kid) in enumerate(KIDS_OF_OTHER_TYPES.items()):
        jwe = make_jwe(f"fields/kid/type/{number}", VALUE, field_header(kid=kid))
        comment = f"kid: {reason}"
        negative_value(group, base, comment, "Kid", DECRYPTION_FAILED, jwe.compact)
    both = field_group(file, ring=RINGS["both keys active"])
    field = make_field("fields/kid/both", '"v"')
    first_of_two = positive_document(
        both,
        "a field under the first of two keys",
        "Kid",
        document={"cardNo": field.text, "amount": 1500},
        plain={"cardNo": "v", "amount": 1500},
        report={SELECTOR: 1},
    )
    jwe = make_jwe("fields/kid/other", VALUE, field_header(kid=NEXT_KEY_ID))
    comment = "kid: the other key of the ring"
    negative_value(both, first_of_two, comment, "Kid", DECRYPTION_FAILED, jwe.compact)
