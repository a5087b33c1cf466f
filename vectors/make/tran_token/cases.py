"""tran_token_v1.json: the tran token alone, a MAC over a body with one spelling (S3).

The base of most cases is one token, over one JSON body under one secret. The last groups have a
secret each.
"""

from typing import NamedTuple

from ..common.encode import Json, as_hex, as_repeat, as_text
from ..common.errors import SIGNATURE_MISMATCH
from ..common.vector_file import Group, VectorFile
from .forms import add_forms, add_mac_lengths, add_mac_spellings
from .macs import add_wrong_macs
from .maker import BODY_TEXT, SECRET, positive_token
from .mistakes import add_reserialised_bodies, add_wrong_bytes, add_wrong_mac_texts
from .notes import NOTES
from .secrets import (
    add_secret_lengths,
    add_secrets_in_quotes,
    add_secrets_in_white_space,
    add_secrets_that_look_encoded,
)
from .times import add_other_years, add_scripts, add_times


def tran_token_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "tran_token",
        about="the tran token over exact bytes (S3)",
        description=[
            "verify: read the token in its one form, then compare its MAC with that of the body "
            "under the secret.",
            "A valid test is also one of signing: secret, body and time give exactly this token. "
            "Years other than 2000 to 2099 are read and never written (S1.12).",
        ],
        notes=NOTES,
    )
    group = file.group(secret=SECRET)
    base = positive_token(group, "a JSON body", "Normal", as_text(BODY_TEXT))
    add_bodies(group)
    add_times(group)
    add_scripts(group, base)
    add_mac_spellings(group, base)
    add_mac_lengths(group, base)
    add_forms(group, base)
    add_wrong_macs(group, base)
    add_wrong_bytes(group, base)
    add_wrong_mac_texts(group, base)
    add_reserialised_bodies(group, base)
    add_secrets_that_look_encoded(file)
    add_secret_lengths(file)
    add_secrets_in_quotes(file)
    add_secrets_in_white_space(file)
    add_other_years(group)
    return file


EUC_KR_BODY = '{"이름":"비밀"}'.encode("euc-kr")


class BodyPair(NamedTuple):
    """A body, and another one that is easily taken for it."""

    comment: str
    body: Json
    other_comment: str
    other: Json


BODY_PAIRS = [
    BodyPair("no body", as_text(""), "a blank as the body, signed as none", as_text(" ")),
    BodyPair("a body of one byte", as_text("a"), "no body, signed as one byte", as_text("")),
    BodyPair(
        "a body of 1 MiB",
        as_repeat(b"a", 1 << 20),
        "a body of 1 MiB less a byte",
        as_repeat(b"a", (1 << 20) - 1),
    ),
    BodyPair(
        "Hangul in UTF-8",
        as_text('{"이름":"비밀"}'),
        "Hangul in EUC-KR, signed in UTF-8",
        as_hex(EUC_KR_BODY),
    ),
    BodyPair(
        "Hangul in EUC-KR, which is no UTF-8",
        as_hex(EUC_KR_BODY),
        "Hangul in UTF-8, signed in EUC-KR",
        as_text('{"이름":"비밀"}'),
    ),
    BodyPair(
        "composed Hangul in the body",
        as_text('"가"'),
        "decomposed Hangul, signed composed",
        as_text('"\u1100\u1161"'),
    ),
    BodyPair(
        "an emoji in the body",
        as_text('"\U0001f600"'),
        "an emoji as escapes, signed as it is",
        as_text('"\\ud83d\\ude00"'),
    ),
    BodyPair(
        "a byte order mark before the body",
        as_hex(b"\xef\xbb\xbf{}"),
        "no byte order mark, signed with one",
        as_text("{}"),
    ),
    BodyPair("a NUL within the body", as_hex(b"{}\0x"), "a body cut at its NUL", as_text("{}")),
    BodyPair(
        "a line feed at the end of the body",
        as_hex(b"{}\n"),
        "no line feed at the end, signed with one",
        as_text("{}"),
    ),
    BodyPair(
        "CR LF within the body", as_hex(b"{\r\n}"), "LF within, signed with CR LF", as_hex(b"{\n}")
    ),
    BodyPair(
        "a body of every byte once",
        as_hex(bytes(range(256))),
        "every byte but the last, signed with all",
        as_hex(bytes(range(255))),
    ),
    BodyPair(
        "a body of 64 bytes, a block",
        as_repeat(b"\0", 64),
        "a body of 65 bytes, signed without the last",
        as_repeat(b"\0", 65),
    ),
    BodyPair(
        "an empty object", as_text("{}"), "an object and a NUL, signed without it", as_hex(b"{}\0")
    ),
    BodyPair(
        "LF within the body", as_hex(b"{\n}"), "CR LF within, signed with LF", as_hex(b"{\r\n}")
    ),
    BodyPair(
        "an empty list",
        as_text("[]"),
        "a byte order mark before a list, signed without it",
        as_hex(b"\xef\xbb\xbf[]"),
    ),
]


def add_bodies(group: Group) -> None:
    """Add bodies of every kind, each with another body that its token does not fit."""
    for pair in BODY_PAIRS:
        base = positive_token(group, pair.comment, "BodyBytes", pair.body)
        group.negative(base, pair.other_comment, "BodyBytes", SIGNATURE_MISMATCH, body=pair.other)
