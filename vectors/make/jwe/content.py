"""IVs, ciphertexts, tags and authenticated headers that are wrong."""

from dataclasses import replace

from ..common.derive import derive
from ..common.encode import b64url, flip_bit
from ..common.jwe import HEADER, HEADER_A256GCM, make_jwe
from ..common.vector_file import Case, Group
from .maker import BASE_JWE, BASE_JWE_A256GCM, PLAINTEXT, negative_jwe


def add_content(group: Group, base: Case, base_a256gcm: Case) -> None:
    """Add content that does not fit its tag."""
    add_ivs(group, base)
    add_tags(group, base)
    add_boundaries(group, base)
    add_ciphertexts(group, base)
    add_aads(group, base)
    add_swapped_headers(group, base, base_a256gcm)


def add_swapped_headers(group: Group, base: Case, base_a256gcm: Case) -> None:
    """Add tokens that say one enc, and were authenticated as the other; the CEK fits what they say.

    Their ids say what they were first: they had a CEK of the wrong length, too.
    """
    swapped = make_jwe(
        "jwe/Aad/swapped/1", PLAINTEXT, HEADER, aad=BASE_JWE_A256GCM.protected.encode()
    )
    negative_jwe(
        group,
        base,
        "a token of A128GCM that was authenticated under the header of A256GCM",
        "Aad",
        swapped.compact,
        name="header-of-a128gcm-on-token-of-a256gcm",
    )
    swapped = make_jwe(
        "jwe/Aad/swapped/2", PLAINTEXT, HEADER_A256GCM, aad=BASE_JWE.protected.encode()
    )
    negative_jwe(
        group,
        base_a256gcm,
        "a token of A256GCM that was authenticated under the header of A128GCM",
        "Aad",
        swapped.compact,
        name="header-of-a256gcm-on-token-of-a128gcm",
    )


IV = BASE_JWE.iv
WRONG_IVS = {
    "the IV's last byte cut off": IV[:-1],
    "a zero behind the IV": IV + b"\0",
    "a bit of the IV flipped": flip_bit(IV, 0),
}


def add_ivs(group: Group, base: Case) -> None:
    """Add IVs of other lengths, and other IVs."""
    for length in (8, 9, 11, 13, 16, 24, 32, 64):
        label = f"jwe/IvLength/{length}"
        jwe = make_jwe(label, PLAINTEXT, iv=derive(f"{label}/iv", length))
        comment = f"an IV of {length} bytes, tag right for it"
        negative_jwe(group, base, comment, "IvLength", jwe.compact)
    for comment, iv in WRONG_IVS.items():
        jwe = replace(BASE_JWE, iv=iv)
        negative_jwe(group, base, comment, "IvLength", jwe.compact)


TAG = BASE_JWE.tag
WRONG_TAG_LENGTHS = {
    "the first 15 bytes of the tag": TAG[:15],
    "the first 12 bytes of the tag": TAG[:12],
    "the first 8 bytes of the tag": TAG[:8],
    "the first 4 bytes of the tag": TAG[:4],
    "the first byte of the tag": TAG[:1],
    "a byte behind the tag": TAG + b"\1",
    "the tag twice": TAG * 2,
}
WRONG_TAGS = {
    "the first bit flipped": flip_bit(TAG, 0, 128),
    "zeros": bytes(16),
    "the last bit flipped": flip_bit(TAG, 15),
}


def add_tags(group: Group, base: Case) -> None:
    """Add shorter, longer and other tags."""
    for comment, tag in WRONG_TAG_LENGTHS.items():
        jwe = replace(BASE_JWE, tag=tag)
        negative_jwe(group, base, comment, "TagLength", jwe.compact)
    for reason, tag in WRONG_TAGS.items():
        jwe = replace(BASE_JWE, tag=tag)
        negative_jwe(group, base, f"tag: {reason}", "TagBits", jwe.compact)


def add_boundaries(group: Group, base: Case) -> None:
    """Move bytes from the tag to the ciphertext, and back."""
    text = BASE_JWE.ciphertext
    for count in (1, 8, 16):
        longer = replace(BASE_JWE, ciphertext=text + TAG[:count], tag=TAG[count:])
        comment = f"{count} bytes moved from tag to ciphertext"
        negative_jwe(group, base, comment, "Boundary", longer.compact)
        shorter = replace(BASE_JWE, ciphertext=text[:-count], tag=text[-count:] + TAG)
        comment = f"{count} bytes moved from ciphertext to tag"
        negative_jwe(group, base, comment, "Boundary", shorter.compact)


CIPHERTEXT = BASE_JWE.ciphertext
WRONG_CIPHERTEXTS = {
    "the first bit flipped": flip_bit(CIPHERTEXT, 0, 128),
    "the last bit flipped": flip_bit(CIPHERTEXT, -1),
    "its last byte cut off": CIPHERTEXT[:-1],
    "a zero behind it": CIPHERTEXT + b"\0",
    "reversed": CIPHERTEXT[::-1],
}


def add_ciphertexts(group: Group, base: Case) -> None:
    """Add other ciphertexts under the same tag."""
    for reason, ciphertext in WRONG_CIPHERTEXTS.items():
        jwe = replace(BASE_JWE, ciphertext=ciphertext)
        negative_jwe(group, base, f"ciphertext: {reason}", "Ciphertext", jwe.compact)


HEADERS_OF_ONE_MEANING = {
    "a blank more": HEADER.replace(b",", b", "),
    "alg before enc": b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}',
    "a parameter more": HEADER[:-1] + b',"typ":"JWE"}',
    "a letter escaped": HEADER.replace(b'"enc"', b'"\\u0065nc"'),
}
WRONG_AADS = [
    # comment, header, AAD
    (
        "authenticated as it would be written again",
        HEADER.replace(b",", b", "),
        b64url(HEADER).encode(),
    ),
    ("authenticated without base64url", HEADER, HEADER),
    ("authenticated as nothing", HEADER, b""),
]


def add_aads(group: Group, base: Case) -> None:
    """Add headers of one meaning whose text is not the one that was authenticated."""
    for comment, header in HEADERS_OF_ONE_MEANING.items():
        jwe = replace(BASE_JWE, protected=b64url(header))
        negative_jwe(group, base, f"the header after sealing: {comment}", "Aad", jwe.compact)
    for reason, header, aad in WRONG_AADS:
        jwe = make_jwe(f"jwe/Aad/{len(aad)}", PLAINTEXT, header, aad=aad)
        negative_jwe(group, base, f"the header is {reason}", "Aad", jwe.compact)
