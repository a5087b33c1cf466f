"""Bodies of 1 MiB and more, whose ciphertext is told by a rule (S13)."""

from ..common.encode import as_join, as_repeat, as_text, read_bytes
from ..common.errors import BODY_TOO_LARGE
from ..common.jwe import as_parts, check_jwe, make_jwe
from ..common.vector_file import Case, Group

BEFORE = '{"encData":"'
BEHIND = '"}'
# Blanks behind an empty object, whose body is as long as the limit.
AT_LIMIT = 786_093
LARGE_LIMIT = 2 << 20


def add_large_bodies(group: Group) -> None:
    """Add bodies of 1 MiB; a longer JWE is taken where the body's limit allows it."""
    base = positive_large(group, "a body of 1,048,576 bytes", AT_LIMIT, None)
    before, jwe, _ = base.inputs["body"]["join"]
    longer = as_join(before, jwe, as_text(BEHIND + " "))
    group.negative(base, "a body of 1,048,577 bytes", "Size", BODY_TOO_LARGE, body=longer)
    comment = "a JWE of more than 1 MiB, in a body that may be longer"
    base = positive_large(group, comment, AT_LIMIT + 3000, LARGE_LIMIT)
    comment = "a JWE of more than 1 MiB, in a body that may have 1 MiB"
    group.negative(base, comment, "Size", BODY_TOO_LARGE, maxBody=None)


def positive_large(group: Group, comment: str, blanks: int, max_body: int | None) -> Case:
    """Add a body around a JWE whose plaintext is an empty object and blanks."""
    plaintext = as_join(as_text("{}"), as_repeat(b" ", blanks))
    jwe = make_jwe("message/large", read_bytes(plaintext))
    check_jwe(jwe, read_bytes(plaintext))
    length = len(BEFORE + jwe.compact + BEHIND)
    if (length == 1 << 20) != (max_body is None):
        raise ValueError(f"{comment}: the body has {length} bytes")
    return group.positive(
        comment,
        "Size",
        body=as_join(as_text(BEFORE), as_parts(jwe, plaintext), as_text(BEHIND)),
        kid=None,
        maxBody=max_body,
        outputs={"payload": "{}"},
        intermediate={"tag": jwe.tag.hex()},
    )
