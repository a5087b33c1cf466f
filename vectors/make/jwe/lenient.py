"""Segments that lenient readers take, on tokens that are genuine for them.

The tag fits the header's text as it came, in whatever spelling, or the zeros that lenient readers
make of a tag. So what refuses these tokens is the spelling alone.
"""

from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ..common.derive import derive
from ..common.encode import b64url
from ..common.gcm import ciphertext_with_zero_tag
from ..common.jwe import HEADER, Jwe, header_with, make_jwe
from ..common.vector_file import Case, Group
from .maker import PLAINTEXT, negative_jwe, positive_jwe, with_segment
from .segments import other_spellings

# Its base64url has characters of both alphabets, and a last character with spare bits.
TILDES = header_with({"x": "~~~?>"})


def add_lenient(group: Group, base: Case) -> None:
    """Add headers and tags of another spelling, each of them authenticated as it came."""
    add_header_spellings(group, base)
    add_zero_tags(group)


def authenticated_as(label: str, text: str, header: bytes = HEADER) -> str:
    """Make a token whose first segment is `text`, and whose tag is right for that very text."""
    jwe = make_jwe(label, PLAINTEXT, header, aad=text.encode())
    return with_segment(jwe, 0, text)


def add_header_spellings(group: Group, base: Case) -> None:
    """Add other spellings of the header's base64url, each of them authenticated as it came."""
    text = b64url(HEADER)
    spellings = other_spellings(text)
    del spellings["a letter more"]  # which is canonical, and a byte more
    spellings |= {
        "a leading blank": " " + text,
        "a blank at the end": text + " ",
        "a line feed at the end": text + "\n",
        "a byte order mark before it": "\ufeff" + text,
        "a no-break space inside": text[:4] + "\xa0" + text[4:],
        "a NUL at the end": text + "\0",
        "padding inside": text[:4] + "=" + text[4:],
    }
    for number, (reason, spelling) in enumerate(spellings.items()):
        token = authenticated_as(f"jwe/lenient/header/{number}", spelling)
        comment = f"{reason} in the header, the tag right for that text"
        negative_jwe(group, base, comment, "Base64Url Aad", token)
    label = "jwe/lenient/tildes"
    tildes = make_jwe(label, PLAINTEXT, TILDES)
    comment = "a header whose base64url has letters of one alphabet alone"
    base = positive_jwe(group, comment, "Base64Url", tildes)
    standard = tildes.protected.replace("-", "+").replace("_", "/")
    token = authenticated_as(label, standard, TILDES)
    comment = "the standard alphabet in the header, the tag right for that text"
    negative_jwe(group, base, comment, "Base64Url Aad", token)


def zero_tag_jwe(label: str) -> tuple[Jwe, bytes]:
    """Make a genuine token whose tag is 16 zero bytes, and its plaintext of 16 bytes."""
    jwe = make_jwe(label, b"")
    ciphertext = ciphertext_with_zero_tag(jwe.cek, jwe.iv, jwe.protected.encode())
    counter = jwe.iv + (2).to_bytes(4, "big")
    decryptor = Cipher(algorithms.AES(jwe.cek), modes.CTR(counter)).decryptor()
    return replace(jwe, ciphertext=ciphertext, tag=bytes(16)), decryptor.update(ciphertext)


def add_zero_tags(group: Group) -> None:
    """Add a genuine tag of zeros, and texts of which lenient readers make zeros."""
    jwe, plaintext = zero_tag_jwe("jwe/lenient/tag")
    base = positive_jwe(group, "a tag of zeros, which is right", "TagBits", jwe, plaintext)
    zeros = b64url(bytes(16))
    texts = {
        "a sign of no alphabet at its end": (zeros[:-1] + "!", "Base64Url"),
        "signs of no alphabet alone": ("!" * 22, "Base64Url"),
        "a bit beyond the last byte set": (zeros[:-1] + "B", "Base64Url"),
        "padding": (zeros + "==", "Base64Url"),
        "nothing": ("", "EmptySegment"),
        "a byte less": (b64url(bytes(15)), "TagLength"),
        "a byte more": (b64url(bytes(17)), "TagLength"),
        "ones": (b64url(b"\xff" * 16), "TagBits"),
    }
    for reason, (text, flag) in texts.items():
        comment = f"the tag: {reason}, where zeros are right"
        negative_jwe(group, base, comment, flag, with_segment(jwe, 4, text))
    broken = derive("jwe/lenient/tag/broken", 16)
    changed = replace(jwe, ciphertext=broken)
    comment = "a tag of zeros, where another ciphertext's is zeros"
    negative_jwe(group, base, comment, "TagBits", changed.compact)
