"""IVs, ciphertexts, tags and AADs that are wrong."""

from ..common.base import Json, b64url, derive, raw_of
from ..common.book import Group
from ..common.jwe_maker import HEADER, Made, make
from .notes import DECRYPT


def add(group: Group, twin: Json, token: Made, twin_256: Json, wide: Made) -> None:
    """All of them."""
    plaintext = raw_of(twin["plaintext"])
    for size in (8, 9, 11, 13, 16, 24, 32, 64):
        made = make(f"jwe/IvLength/{size}", plaintext, iv=derive(f"jwe/IvLength/{size}/iv", size))
        group.fault(
            twin,
            f"an IV of {size} bytes, tag right for it",
            "IvLength",
            "S4.3",
            DECRYPT,
            jwe=made.token,
        )
    for comment, iv in {"the IV's last byte cut off": token.iv[:-1], "a zero behind the IV": token.iv + b"\0",
                        "a bit of the IV flipped": bytes([token.iv[0] ^ 1]) + token.iv[1:]}.items():  # fmt: skip
        group.fault(twin, comment, "IvLength", "S4.3", DECRYPT, jwe=token._replace(iv=iv).token)
    tags(group, twin, token)
    ciphertexts(group, twin, token)
    aads(group, twin, token, plaintext)
    swapped = wide._replace(head=token.head)
    group.fault(twin_256, "the header of A128GCM", "Aad", "S4.3", DECRYPT, jwe=swapped.token)
    group.fault(
        twin,
        "the header of A256GCM",
        "Aad",
        "S4.3",
        DECRYPT,
        jwe=token._replace(head=wide.head).token,
    )


def tags(group: Group, twin: Json, token: Made) -> None:
    """Shorter, longer and other tags; bytes that change sides."""
    tag, text = token.tag, token.ciphertext
    for size in (15, 12, 8, 4, 1):
        short = token._replace(tag=tag[:size])
        group.fault(
            twin,
            f"the first {size} bytes of the tag",
            "TagLength",
            "S4.3",
            DECRYPT,
            jwe=short.token,
        )
    group.fault(
        twin,
        "a byte behind the tag",
        "TagLength",
        "S4.3",
        DECRYPT,
        jwe=token._replace(tag=tag + b"\1").token,
    )
    group.fault(
        twin, "the tag twice", "TagLength", "S4.3", DECRYPT, jwe=token._replace(tag=tag * 2).token
    )
    for comment, other in {"the first bit flipped": bytes([tag[0] ^ 128]) + tag[1:], "zeros": bytes(16),
                           "the last bit flipped": tag[:15] + bytes([tag[15] ^ 1])}.items():  # fmt: skip
        group.fault(
            twin, f"tag: {comment}", "TagBits", "S4.3", DECRYPT, jwe=token._replace(tag=other).token
        )
    for size in (1, 8, 16):
        left = token._replace(ciphertext=text + tag[:size], tag=tag[size:])
        right = token._replace(ciphertext=text[:-size], tag=text[-size:] + tag)
        group.fault(
            twin, f"{size} bytes of the tag moved", "Boundary", "S4.3", DECRYPT, jwe=left.token
        )
        group.fault(
            twin,
            f"{size} bytes of the ciphertext moved",
            "Boundary",
            "S4.3",
            DECRYPT,
            jwe=right.token,
        )


def ciphertexts(group: Group, twin: Json, token: Made) -> None:
    """Other ciphertexts."""
    text = token.ciphertext
    for comment, other in {
        "the first bit flipped": bytes([text[0] ^ 128]) + text[1:], "the last bit flipped": text[:-1] + bytes([text[-1] ^ 1]),
        "its last byte cut off": text[:-1], "a zero behind it": text + b"\0", "reversed": text[::-1],
    }.items():  # fmt: skip
        group.fault(
            twin,
            f"ciphertext: {comment}",
            "Ciphertext",
            "S4.3",
            DECRYPT,
            jwe=token._replace(ciphertext=other).token,
        )


def aads(group: Group, twin: Json, token: Made, plaintext: bytes) -> None:
    """Another text of the header than the one that was authenticated."""
    for comment, header in {
        "a blank in the header": HEADER.replace(b",", b", "), "alg before enc": b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}',
        "a parameter more": HEADER[:-1] + b',"typ":"JWE"}', "a letter escaped": HEADER.replace(b'"enc"', b'"\\u0065nc"'),
    }.items():  # fmt: skip
        group.fault(
            twin, comment, "Aad", "S4.3", DECRYPT, jwe=token._replace(head=b64url(header)).token
        )
    spaced = HEADER.replace(b",", b", ")
    for comment, header, aad in (
        ("authenticated as it would be written again", spaced, b64url(HEADER).encode()),
        ("authenticated without base64url", HEADER, HEADER),
        ("authenticated as nothing", HEADER, b""),
    ):
        made = make(f"jwe/Aad/{len(aad)}", plaintext, header, aad=aad)
        group.fault(twin, f"the header is {comment}", "Aad", "S4.3", DECRYPT, jwe=made.token)
