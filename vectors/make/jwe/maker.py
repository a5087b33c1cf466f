"""The two tokens that are the bases of most cases, and the ways to add a case."""

from ..common.derive import derive
from ..common.encode import Json, as_bytes
from ..common.errors import DECRYPTION_FAILED
from ..common.jwe import HEADER_A256GCM, Jwe, check_jwe, make_jwe
from ..common.key_files import modulus_length
from ..common.vector_file import Case, Group

KEY = "platform_2048"
PLAINTEXT = b'{"cardNo":"0000111122223333","type":"ATM"}'
BASE_JWE = make_jwe("jwe/twin/1", PLAINTEXT)
BASE_JWE_A256GCM = make_jwe("jwe/twin/2", PLAINTEXT, HEADER_A256GCM)

SEGMENTS = ("header", "encrypted key", "IV", "ciphertext", "tag")


def positive_jwe(
    group: Group,
    comment: str,
    flags: str,
    jwe: Jwe,
    plaintext: bytes = PLAINTEXT,
    *,
    key: str = KEY,
    kid: str | None = None,
    rule: str | None = None,
) -> Case:
    """Add a token that `cryptography` has decrypted; `kid` is the id that the reader expects."""
    check_jwe(jwe, plaintext, key)
    return group.positive(
        comment,
        flags,
        rule=rule,
        jwe=jwe.compact,
        kid=kid,
        outputs={"plaintext": as_bytes(plaintext)},
        intermediate=jwe.intermediate,
    )


def negative_jwe(
    group: Group,
    base: Case,
    comment: str,
    flags: str,
    compact: str,
    intermediate: Json | None = None,
    *,
    name: str | None = None,
) -> None:
    """Add a token that must not be decrypted. Every failure is one and the same (D6)."""
    group.negative(
        base, comment, flags, DECRYPTION_FAILED, name=name, jwe=compact, intermediate=intermediate
    )


def with_segment(jwe: Jwe, index: int, text: str) -> str:
    """The compact serialization with another text in one segment."""
    segments = jwe.segments
    segments[index] = text
    return ".".join(segments)


def deflated_zeros(runs: int) -> bytes:
    """Write 1 + 258 * runs zeros in raw deflate (RFC 1951).

    It is written by hand, because the output of zlib changes from one release to the next: one
    block with the fixed codes, a literal 0, each run as length 258 at distance 1, and the end.
    """
    bits = "1" + "10" + "00110000" + "1100010100000" * runs + "0000000"
    length = (len(bits) + 7) // 8
    return int(bits[::-1], 2).to_bytes(length, "little")


def pad_pkcs1(message: bytes, label: str) -> bytes:
    """Encode a message with EME-PKCS1-v1_5 (RFC 8017, 7.2.1); the padding is derived."""
    length = modulus_length(KEY) - 3 - len(message)
    padding = bytes(byte or 1 for byte in derive(label, length))
    return b"\0\2" + padding + b"\0" + message
