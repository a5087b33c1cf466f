r"""What a portal, a file or an environment variable hands out, to one structure of a known form (S4.5).

A key travels in many wrappings: PEM, also with its line feeds turned into spaces or into the two characters \n, DER,
the base64 of DER without armour, JWK. All but the last come down to one DER structure, and the tags of its members
tell its form, which the file's name or the armour's label often gets wrong. So nothing is tried and nothing guessed:
a loader gets what it is for, or the caller is told what this is instead.

Only the outermost structure is looked at here, to tell the forms apart; `cryptography` reads and checks the rest.
"""

import re
from enum import Enum
from pathlib import Path
from typing import Union

from .._core.base64url import from_base64
from .._core.forms import NotStrict
from .._core.scrub import raising
from .._core.values import expect
from ..errors import InvalidKey

MAX_KEY_TEXT = 64 << 10  # bytes; an RSA key of 8192 bits takes about a tenth
KeySource = Union[bytes, str, Path]  # key text, or a file of it


class Form(Enum):
    """The forms of a key: its usual name, its label in PEM, and in DER its tag and those of its members."""

    # 02 is an INTEGER, 03 a BIT STRING, 04 an OCTET STRING, 30 a SEQUENCE
    SPKI = ("SubjectPublicKeyInfo", "PUBLIC KEY", "30 30 03")
    PKCS1_PUBLIC = ("PKCS#1 public key", "RSA PUBLIC KEY", "30 02 02")
    CERTIFICATE = ("certificate", "CERTIFICATE", "30 30 30 03")
    PKCS1 = ("PKCS#1 private key", "RSA PRIVATE KEY", "30 02 02 02 02 02 02 02 02 02")
    PKCS8 = ("PKCS#8 private key", "PRIVATE KEY", "30 02 30 04")
    ENCRYPTED_PKCS8 = ("PKCS#8 private key, encrypted", "ENCRYPTED PRIVATE KEY", "30 30 04")
    PKCS12 = ("PKCS#12 file", None, "30 02 30 30")
    JWK = ("JWK", None, None)

    def __init__(self, title: str, label: str | None, tags: str | None) -> None:
        self.title: str = title
        self.label: str | None = label
        self.tags: str | None = tags


_BY_LABEL = {form.label: form for form in Form if form.label}
_BY_TAGS = {form.tags: form for form in Form if form.tags} | {
    "30 02 30 04 a0": Form.PKCS8
}  # with attributes
_RSA_PSS = bytes.fromhex(
    "06092a864886f70d01010a"
)  # id-RSASSA-PSS (RFC 4055): a key that may only sign
_PEM = re.compile(r"-----BEGIN ([^-]*)-----([^-]*)-----END \1-----")


def read_key_text(source: KeySource) -> tuple[Form, bytes]:
    """The form of a key text or key file, and what is in it: DER, or the JSON text of a JWK. Raises InvalidKey."""
    data = read_source(source)
    if not data.strip():
        raise InvalidKey("the key text is empty")
    if data.lstrip().startswith(b"{"):
        return Form.JWK, data
    if data[:1] == b"\x30" and data[1:2] >= b"\x80":  # no text starts like this
        return _from_der(data)
    # Latin-1 takes any bytes: text around a PEM block may be in whatever encoding, the block itself is ASCII.
    text = data.decode("latin-1").replace("\\r", "\r").replace("\\n", "\n")
    if "-----BEGIN " not in text:
        return _from_der(_from_base64(text))
    if text.count("-----BEGIN ") > 1:
        raise InvalidKey(
            "the key text holds more than one PEM block: which of them is meant? (S4.5)"
        )
    return _from_pem(text)


def read_source(source: KeySource) -> bytes:
    """The bytes of a text or file, at most 64 KiB of them. A `str` is text: only a `Path` is a file."""
    expect("key text is bytes or str, a key file is a Path", (source, bytes | str | Path))
    if isinstance(source, Path):
        # ValueError: a path that no file can have
        with (
            raising(InvalidKey("the key file can't be read"), OSError, ValueError),
            source.open("rb") as file,
        ):
            data = file.read(MAX_KEY_TEXT + 1)  # a device or a wrong file may have no end
    else:
        data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    if len(data) > MAX_KEY_TEXT:
        raise InvalidKey("the key text is longer than 64 KiB")
    return data


def _from_pem(text: str) -> tuple[Form, bytes]:
    if "Proc-Type:" in text:
        raise InvalidKey(
            "encrypted PKCS#1 is not taken: turn it into PKCS#8 with `openssl pkcs8 -topk8` (S4.5)"
        )
    if (block := _PEM.search(text)) is None:
        raise InvalidKey("the PEM block has no end, or another one than its begin (S4.5)")
    if (form := _BY_LABEL.get(block[1])) is None:
        raise InvalidKey(
            "a PEM block of this kind is not taken: no certificate, RSA or PKCS#8 key (S4.5)"
        )
    # Dotenv files and CI variables turn line feeds into spaces: white space inside a block means nothing.
    found, der = _from_der(_from_base64(block[2]))
    if found is not form:
        raise InvalidKey(
            f"the PEM block's label says {form.title}, and it holds a {found.title} (S4.5)"
        )
    return form, der


def _from_base64(text: str) -> bytes:
    with raising(
        InvalidKey("the text is no PEM, JWK or base64 of DER; a file is given as a Path (S4.5)"),
        NotStrict,
    ):
        return from_base64("".join(text.split()))


def _from_der(der: bytes) -> tuple[Form, bytes]:
    with raising(
        InvalidKey("the DER structure is cut off, or no RSA key of a form that is taken (S4.5)"),
        LookupError,
    ):
        start, end = _content(der, 0)
        if end < len(der):
            raise InvalidKey(
                "bytes follow the DER structure: more than one key, or a bad copy (S4.5)"
            )
        form = _BY_TAGS[(der[:1] + _tags(der, start)).hex(" ")]
    # cryptography would read it as a plain RSA key. The algorithm is at the front; PKCS#1 has none.
    if form in (Form.SPKI, Form.PKCS8) and _RSA_PSS in der[:64]:
        raise InvalidKey("the key is RSA-PSS: it may only sign (S4.2)")
    return form, der


def _tags(der: bytes, at: int) -> bytes:
    """The tags of the elements from `at` to the end, which must be the end of the last (else IndexError)."""
    tags = bytearray()
    while at != len(der):
        tags.append(der[at])
        _, at = _content(der, at)
    return bytes(tags)


def _content(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` starts and ends (X.690, 8.1.3). IndexError outside the data."""
    size, start = der[at + 1], at + 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[at + 2 : start], "big")
    return start, start + size
