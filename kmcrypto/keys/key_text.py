r"""Read key text and key files: one structure each, whose form is known (S4.5).

A key travels in many wrappings: PEM, also with its line feeds turned into spaces or into the two
characters \n; DER; JWK; and the base64 of one of these, which is read once and not again. A byte
order mark and a pair of quotes around a text mean nothing. All but JWK come down to one DER
structure, and the tags of its members tell its form. A file's name and a PEM label are often wrong,
so a name is not looked at and a label must agree with the structure.

Nothing is tried and nothing is guessed. Either the form is clear, or the error says what else this
is and how to turn it into a form that is taken: `foreign_forms` has the table of those.

Only the outermost structure is looked at here, to tell the forms apart; `loading` has
`cryptography` read and check the rest.
"""

import re
from enum import Enum
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Union

from .._core.base64url import from_base64
from .._core.forms import NotStrict
from .._core.scrub import raising
from .._core.values import require_types
from ..errors import InvalidKey
from .der import NotDer, has_open_length, read_elements, read_first_element
from .foreign_forms import refuse_foreign_label, refuse_foreign_outline, refuse_foreign_start

MAX_KEY_TEXT = 64 << 10  # bytes; an RSA key of 8192 bits takes about a tenth of that
KeySource = Union[bytes, str, Path]  # key text, or a file of it


class Form(Enum):
    """The forms in which a key is taken.

    `title` names the form in error texts. `label` stands in the PEM armour, None where there is no
    PEM. `outline` tells the form of a DER structure: the tag of the structure and the tags of its
    members, in hex (X.690, 8.1.2), where 02 is an INTEGER, 03 a BIT STRING, 04 an OCTET STRING and
    30 a SEQUENCE.
    """

    # name = title, label, outline
    SPKI = ("a SubjectPublicKeyInfo", "PUBLIC KEY", "30 30 03")
    PKCS1_PUBLIC = ("a PKCS#1 public key", "RSA PUBLIC KEY", "30 02 02")
    CERTIFICATE = ("a certificate", "CERTIFICATE", "30 30 30 03")
    PKCS1 = ("a PKCS#1 private key", "RSA PRIVATE KEY", "30 02 02 02 02 02 02 02 02 02")
    PKCS8 = ("a PKCS#8 private key", "PRIVATE KEY", "30 02 30 04")
    ENCRYPTED_PKCS8 = ("an encrypted PKCS#8 private key", "ENCRYPTED PRIVATE KEY", "30 30 04")
    PKCS12 = ("a PKCS#12 file", None, "30 02 30 30")
    JWK = ("a JWK", None, None)

    def __init__(self, title: str, label: str | None, outline: str | None) -> None:
        self.title: str = title
        self.label: str | None = label
        self.outline: str | None = outline


_BY_LABEL = {form.label: form for form in Form if form.label is not None}
_BY_OUTLINE = {form.outline: form for form in Form if form.outline is not None}
_BY_OUTLINE["30 02 30 04 a0"] = Form.PKCS8  # with attributes (RFC 5208, 5)
_BY_OUTLINE["30 02 30"] = Form.PKCS12  # without a MAC (RFC 7292, 4)

# The commands that write these forms anew, as PEM.
_REWRITE = {
    Form.SPKI: "openssl pkey -pubin -inform DER -in FILE -out key.pem",
    Form.PKCS1_PUBLIC: "openssl rsa -RSAPublicKey_in -inform DER -in FILE -out key.pem",
    Form.CERTIFICATE: "openssl x509 -inform DER -in FILE -out certificate.pem",
    Form.PKCS1: "openssl pkey -inform DER -in FILE -out key.pem",
    Form.PKCS8: "openssl pkey -inform DER -in FILE -out key.pem",
    Form.ENCRYPTED_PKCS8: "openssl pkcs8 -topk8 -inform DER -in FILE -out key.pem",
}
# id-RSASSA-PSS (RFC 4055) as DER: the algorithm of a key that may only sign.
_RSA_PSS_ALGORITHM = bytes.fromhex("06092a864886f70d01010a")
_PEM_BEGIN = "-----BEGIN "
_PEM_BLOCK = re.compile(r"-----BEGIN ([^-]*)-----([^-]*)-----END \1-----")
_PEM_LABEL = re.compile(_PEM_BEGIN + "([^-]*)-----")
# A line feed or carriage return that was escaped, once or twice.
_ESCAPED_LINE_END = re.compile(rb"\\{1,2}[rn]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTES = (b'""', b"''")


def read_key_text(source: KeySource) -> tuple[Form, bytes]:
    """Read a key text or key file: its form, and its DER or, for a JWK, its JSON text.

    Raises InvalidKey for what cannot be read or is of no form that is taken.
    """
    data = read_source(source)
    if not data.strip():
        raise InvalidKey("the key text is empty")
    key = _read_plain(data)
    if key is not None:
        return key
    decoded = _from_base64(data)
    key = _read_plain(decoded)
    return _from_der(decoded) if key is None else key


def _read_plain(data: bytes) -> tuple[Form, bytes] | None:
    """Read DER, PEM or a JWK, or return None for data that may be base64 of one of them."""
    if data[:1] == b"\x30" and data[1:2] >= b"\x80":  # a SEQUENCE; no text starts like this
        return _from_der(data)
    refuse_foreign_start(data)
    text = _without_wrapping(data)
    if text.startswith(b"{"):
        return Form.JWK, text
    # Latin-1 takes any byte: text around a PEM block may have any encoding, the block is ASCII.
    pem = _ESCAPED_LINE_END.sub(b"\n", text).decode("latin-1")
    return _from_pem(pem) if _PEM_BEGIN in pem else None


def _without_wrapping(data: bytes) -> bytes:
    """Take off the white space, the byte order mark and the pair of quotes around a text."""
    text = data.strip().removeprefix(_BYTE_ORDER_MARK).strip()
    if len(text) > 1 and text[:1] + text[-1:] in _QUOTES:
        text = text[1:-1].strip()
    return text


def read_source(source: KeySource) -> bytes:
    """Read the bytes of a key text or file: at most 64 KiB, else InvalidKey.

    A `str` is always text, of which the UTF-8 is read; only a `Path` names a file.
    """
    require_types(source=(source, KeySource))
    if isinstance(source, Path):
        data = _read_file(source)
    elif isinstance(source, str):
        data = source.encode("utf-8", "replace")
    else:
        data = source
    if len(data) > MAX_KEY_TEXT:
        raise InvalidKey("the key text must not be longer than 64 KiB")
    return data


def _read_file(path: Path) -> bytes:
    """Read a regular file, and one byte more than is taken: it may be another file, and long.

    Anything else is not opened. A pipe has no bytes until another program writes them, a device may
    have no end.
    """
    # ValueError is for a path that no file can have: with a NUL in it, for one.
    with (
        raising(InvalidKey("the file cannot be read"), OSError, ValueError),
        raising(InvalidKey("there is no such file"), FileNotFoundError, NotADirectoryError),
        raising(InvalidKey("the file cannot be read: permission denied"), PermissionError),
    ):
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            raise InvalidKey("expected a regular file, got a folder")
        if not S_ISREG(mode):
            raise InvalidKey(
                "expected a regular file, got a pipe or device: of a pipe, give the bytes"
            )
        with path.open("rb") as file:
            return file.read(MAX_KEY_TEXT + 1)


def _from_pem(text: str) -> tuple[Form, bytes]:
    """Read the one PEM block of a text, whose label and structure must agree."""
    _check_labels(_PEM_LABEL.findall(text))
    if "Proc-Type:" in text:
        raise InvalidKey(
            "encrypted PKCS#1 is not taken (S4.5): turn it into PKCS#8 with "
            "`openssl pkcs8 -topk8 -in FILE -out key.pem`"
        )
    block = _PEM_BLOCK.search(text)
    if block is None:
        raise InvalidKey(
            "the PEM block must end with the label that it begins with: "
            "it is cut off, or a line of it was changed (S4.5)"
        )
    label, content = block.groups()
    form = _BY_LABEL.get(label)
    if form is None:
        raise InvalidKey(
            "expected a PEM block with a certificate, RSA or PKCS#8 key, got another kind (S4.5)"
        )
    actual_form, der = _from_der(_decode_block(content))
    if actual_form is not form:
        raise InvalidKey(
            f"the label of the PEM block is that of {form.title}, "
            f"but the block holds {actual_form.title} (S4.5)"
        )
    return form, der


def _decode_block(content: str) -> bytes:
    """Decode the lines between those of the armour.

    Dotenv files and CI variables turn line feeds into spaces: white space means nothing.
    """
    damaged = InvalidKey(
        "the lines of the PEM block must be base64, and characters of them are missing, added or "
        "changed: copy the whole file again (S4.5)"
    )
    with raising(damaged, NotStrict):
        return from_base64("".join(content.split()))


def _check_labels(labels: list[str]) -> None:
    """Raise InvalidKey for more than one PEM block, and for one of a form that is not taken."""
    if len(labels) == 1:
        refuse_foreign_label(labels[0])
    if len(labels) < 2:
        return
    more_than_one = "the key text holds more than one PEM block"
    if all(label.endswith("CERTIFICATE") for label in labels):
        raise InvalidKey(
            f"{more_than_one}, a chain of certificates: give the first, that of the key, by "
            "`openssl x509 -in FILE -out certificate.pem` (S4.5)"
        )
    if "CERTIFICATE" in labels:
        raise InvalidKey(
            f"{more_than_one}, a key and its certificate: give the key by "
            "`openssl pkey -in FILE -out key.pem`, "
            "the certificate by `openssl x509 -in FILE -out certificate.pem` (S4.5)"
        )
    raise InvalidKey(f"{more_than_one}: give one of them (S4.5)")


def _from_base64(data: bytes) -> bytes:
    """Decode base64, whatever white space is in it."""
    expected = (
        "expected PEM, JWK, or base64 of DER, PEM or a JWK, got other text; "
        "give a file as a Path (S4.5)"
    )
    text = _ESCAPED_LINE_END.sub(b"\n", _without_wrapping(data)).decode("latin-1")
    with raising(InvalidKey(expected), NotStrict):
        return from_base64("".join(text.split()))


def _from_der(der: bytes) -> tuple[Form, bytes]:
    """Tell the form of one DER structure by its outline."""
    unknown = InvalidKey(
        "expected one RSA key in DER, got a structure that is cut off or of another form (S4.5)"
    )
    try:
        structure, rest = read_first_element(der)
        members = read_elements(structure.content)
    except NotDer:
        raise unknown from None
    if rest:
        raise InvalidKey("bytes follow the DER structure: more than one key, or a bad copy (S4.5)")
    outline = bytes([structure.tag, *(member.tag for member in members)])
    form = _BY_OUTLINE.get(outline.hex(" "))
    if form is None:
        refuse_foreign_outline(outline.hex(" "))
        raise unknown
    if form is not Form.PKCS12 and has_open_length(der):
        raise InvalidKey(
            f"{form.title} in BER is not taken, only in DER: turn it into PEM by "
            f"`{_REWRITE[form]}` (X.690)"
        )
    # cryptography would read an RSA-PSS key as a plain RSA key. The algorithm is at the front of
    # these two forms; PKCS#1 has none.
    if form in (Form.SPKI, Form.PKCS8) and _RSA_PSS_ALGORITHM in der[:64]:
        raise InvalidKey("the key must be one that may encrypt, not RSA-PSS (S4.2)")
    return form, der
