"""jwe_v1.json: compact JWE in the one profile, and the attacks on it (S4.2 to S4.4).

Right tokens, kids and the other sizes of keys are here. Wrong tokens have a module for each place
where they are wrong: the text of the segments, the header, the algorithm, the encrypted key, and
the content.
"""

from dataclasses import replace
from typing import NamedTuple

from ..common.encode import b64url, flip_bit
from ..common.jwe import HEADER, HEADER_A256GCM, header_with, make_jwe
from ..common.requests import KEY_ID
from ..common.vector_file import Case, Group, VectorFile
from .algorithms import add_algorithms
from .content import add_content
from .headers import add_headers
from .key_sizes import add_refused_keys
from .keys import add_encrypted_keys
from .lenient import add_lenient
from .maker import (
    BASE_JWE,
    BASE_JWE_A256GCM,
    PLAINTEXT,
    deflated_zeros,
    negative_jwe,
    positive_jwe,
    with_segment,
)
from .notes import NOTES
from .segments import add_segments, add_spellings, add_stand_ins
from .sizes import add_sizes


def jwe_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "jwe",
        about="compact JWE: the profile, and the attacks on it (S4.2 to S4.4)",
        description=[
            "Decrypt the compact JWE with the private key of the group; kid, where there is one, "
            "is the id that is due.",
            "Every failure is one and the same: what failed is in the comment, for people, and "
            "never to be told apart.",
        ],
        notes=NOTES,
    )
    group = file.group(privateKey="keys/platform_2048.pem", publicKey="keys/platform_2048.pub.pem")
    base = positive_jwe(group, "a token of A128GCM", "Normal", BASE_JWE, rule="S4.3")
    base_a256gcm = positive_jwe(
        group, "a token of A256GCM", "Normal", BASE_JWE_A256GCM, rule="S4.3"
    )
    add_plaintexts(group)
    add_unusual_headers(group)
    add_stand_ins(group)
    add_unusual_ceks(group)
    add_segments(group, base)
    add_spellings(group, base)
    add_headers(group, base)
    add_algorithms(group, base)
    add_kids(group)
    add_kid_types(group, base)
    add_encrypted_keys(group, base, base_a256gcm)
    add_content(group, base, base_a256gcm)
    add_lenient(group, base)
    add_key_size(file, 3072)
    add_key_size(file, 4096)
    add_sizes(file.group(**group.shared))
    add_refused_keys(file, base)
    return file


PLAINTEXTS = {
    "nothing": b"",
    "one byte": b"x",
    "every byte once": bytes(range(256)),
    "an unsecured JWT, which is nothing but bytes": (b"eyJhbGciOiJub25lIn0.eyJhZG1pbiI6dHJ1ZX0."),
    "text as deflate would write it, without zip": deflated_zeros(1),
    "Hangul": '{"이름":"비밀"}'.encode(),
    "16 KiB of zeros": bytes(1 << 14),
}


def add_plaintexts(group: Group) -> None:
    """Add plaintexts of every kind."""
    for number, (comment, plaintext) in enumerate(PLAINTEXTS.items()):
        jwe = make_jwe(f"jwe/sound/{number}", plaintext)
        positive_jwe(group, f"a plaintext: {comment}", "Plaintext", jwe, plaintext)


class HeaderRow(NamedTuple):
    """A header that is right, and that a reader might refuse."""

    comment: str
    flag: str
    header: bytes


MOST_PADDING = "a" * (8192 - len(header_with({"x": ""})))
UNUSUAL_HEADERS = [
    HeaderRow("alg before enc", "HeaderSpelling", b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}'),
    HeaderRow(
        "blanks and line feeds",
        "HeaderSpelling",
        b'{ "enc" : "A128GCM",\n "alg": "RSA-OAEP-256" }\n',
    ),
    HeaderRow(
        "an escaped letter",
        "HeaderSpelling",
        b'{"\\u0065nc":"A128GCM","alg":"RSA-OAEP-25\\u0036"}',
    ),
    HeaderRow("typ and cty", "UnknownParameter", header_with({"typ": "JWE", "cty": "json"})),
    HeaderRow(
        "a parameter that nobody knows",
        "UnknownParameter",
        header_with({"x_none": [1, {"a": None}]}),
    ),
    HeaderRow("exp, which means nothing here", "UnknownParameter", header_with({"exp": 0})),
    HeaderRow("an integer of 64 digits", "JsonLimits", HEADER[:-1] + b',"x":' + b"1" * 64 + b"}"),
    HeaderRow("64 levels", "JsonLimits", HEADER[:-1] + b',"x":' + b"[" * 63 + b"]" * 63 + b"}"),
    HeaderRow("8 KiB", "HeaderSize", header_with({"x": MOST_PADDING})),
    HeaderRow("a kid where none is due", "Kid", header_with({"kid": KEY_ID})),
    HeaderRow(
        "a kid of another form where none is due",
        "Kid",
        header_with({"kid": "../../etc/passwd"}),
    ),
]


def add_unusual_headers(group: Group) -> None:
    """Add headers that are spelt otherwise, have further parameters, or are as large as allowed."""
    for number, row in enumerate(UNUSUAL_HEADERS, len(PLAINTEXTS)):
        jwe = make_jwe(f"jwe/sound/{number}", PLAINTEXT, row.header)
        positive_jwe(group, f"a header: {row.comment}", row.flag, jwe)


def add_unusual_ceks(group: Group) -> None:
    """Add CEKs that a careless reader of OAEP would shorten."""
    at_both_ends = make_jwe("jwe/zeros/2", PLAINTEXT, cek=b"\0\1" * 7 + b"\0\0")
    comment = "a CEK that begins and ends with zeros"
    positive_jwe(group, comment, "CekLength", at_both_ends)
    zeros = make_jwe("jwe/zeros/3", PLAINTEXT, cek=bytes(16))
    positive_jwe(group, "a CEK of zeros", "CekLength", zeros)


OTHER_KIDS = {
    "another kid than the one that is due": KEY_ID[:-1] + "b",
    "the kid in capitals": KEY_ID.upper(),
    "an empty kid": "",
    "a kid cut short": KEY_ID[:-1],
    "a blank behind the kid": KEY_ID + " ",
}
KIDS_OF_OTHER_TYPES: dict[str, object] = {
    "null": None,
    "a number": 1,
    "a list": [KEY_ID],
    "an object": {},
    "true": True,
}


def add_kids(group: Group) -> None:
    """Add kids where the reader expects an id (S4.4)."""
    positive_jwe(group, "no kid where one is due", "Kid", BASE_JWE, kid=KEY_ID)
    named = make_jwe("jwe/kid/1", PLAINTEXT, header_with({"kid": KEY_ID}))
    base = positive_jwe(group, "the kid that is due", "Kid", named, kid=KEY_ID)
    for number, (comment, kid) in enumerate(OTHER_KIDS.items()):
        jwe = make_jwe(f"jwe/kid/2/{number}", PLAINTEXT, header_with({"kid": kid}))
        negative_jwe(group, base, comment, "Kid", jwe.compact)


def add_kid_types(group: Group, base: Case) -> None:
    """Add kids that are no strings, where the reader expects no id."""
    for number, (reason, kid) in enumerate(KIDS_OF_OTHER_TYPES.items()):
        jwe = make_jwe(f"jwe/kid/3/{number}", PLAINTEXT, header_with({"kid": kid}))
        negative_jwe(group, base, f"the kid is {reason}", "KidType", jwe.compact)


def add_key_size(file: VectorFile, bits: int) -> None:
    """Add tokens for a larger RSA key."""
    key = f"platform_{bits}"
    group = file.group(privateKey=f"keys/{key}.pem", publicKey=f"keys/{key}.pub.pem")
    short = make_jwe(f"jwe/{bits}/short", PLAINTEXT)
    for enc, header in {"A128GCM": HEADER, "A256GCM": HEADER_A256GCM}.items():
        jwe = make_jwe(f"jwe/{bits}/{enc}", PLAINTEXT, header, key)
        base = positive_jwe(group, f"RSA of {bits} bits, {enc}", "Normal", jwe, key=key)
        flipped = replace(jwe, tag=flip_bit(jwe.tag, 0))
        negative_jwe(
            group,
            base,
            f"RSA of {bits} bits, {enc}: a bit of the tag flipped",
            "TagBits",
            flipped.compact,
        )
        shortened = replace(jwe, encrypted_key=short.encrypted_key)
        comment = f"RSA of {bits} bits, {enc}: an encrypted key of 2048 bits"
        negative_jwe(group, base, comment, "EncryptedKeyLength", shortened.compact)
    zeros = with_segment(jwe, 1, b64url(bytes(bits // 8)))
    negative_jwe(
        group, base, f"RSA of {bits} bits: an encrypted key of zeros", "EncryptedKeyRange", zeros
    )
