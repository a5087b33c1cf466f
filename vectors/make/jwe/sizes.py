"""Tokens at the limit of a JWE that is opened alone (S13); their ciphertext is told by a rule."""

from ..common.encode import Json, as_repeat, read_bytes
from ..common.errors import DECRYPTION_FAILED
from ..common.jwe import Jwe, as_parts, check_jwe, header_with, make_jwe
from ..common.vector_file import Group

MAX_JWE = 1 << 20
# With the usual header, no token has just as many characters as the limit.
HEADER = header_with({"x": "a"})
# Zeros whose token has as many characters as the limit, and one more.
AT_LIMIT = as_repeat(b"\0", 786_097)
BEYOND_LIMIT = as_repeat(b"\0", 786_098)


def add_sizes(group: Group) -> None:
    """Add a token as long as the limit, and one of a character more."""
    longest = large_jwe(AT_LIMIT, MAX_JWE)
    base = group.positive(
        "a token of 1,048,576 characters",
        "Size",
        jwe=as_parts(longest, AT_LIMIT),
        kid=None,
        outputs={"plaintext": AT_LIMIT},
        intermediate={"tag": longest.tag.hex()},
    )
    longer = large_jwe(BEYOND_LIMIT, MAX_JWE + 1)
    group.negative(
        base,
        "a token of 1,048,577 characters",
        "Size",
        DECRYPTION_FAILED,
        jwe=as_parts(longer, BEYOND_LIMIT),
        intermediate={"tag": longer.tag.hex()},
    )


def large_jwe(plaintext: Json, length: int) -> Jwe:
    """Make a token that has this length; both have one CEK and one IV."""
    raw = read_bytes(plaintext)
    jwe = make_jwe("jwe/size", raw, HEADER)
    check_jwe(jwe, raw)
    if len(jwe.compact) != length:
        raise ValueError(f"the token must have {length} characters, not {len(jwe.compact)}")
    return jwe
