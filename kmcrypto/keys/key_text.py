r"""Read key text and key files: one structure each, whose form is known (S4.5).

A key travels in many wrappings: PEM, also with its line feeds turned into spaces or into the two
characters \n; DER; JWK; and the base64 of one of these, which is read once and not again. A pair of
quotes around a text, and white space that nobody sees, mean nothing. All but JWK come down to one
DER structure, and the tags of its members tell its form. A file's name and a PEM label are often
wrong, so a name is not looked at and a label must agree with the structure.

Nothing is tried and nothing is guessed. Either the form is clear, or the error says what else this
is and how to turn it into a form that is taken: `foreign_forms` has the table of those.

Only what tells the forms apart is looked at here: the outermost structure, the first member of a
certificate, and the algorithm of a key. `loading` has `cryptography` read and check the rest.
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
from .der import (
    OBJECT_IDENTIFIER,
    Element,
    NotDer,
    has_open_length,
    read_elements,
    read_first_element,
    read_object_identifier,
)
from .foreign_forms import (
    refuse_foreign_label,
    refuse_foreign_outline,
    refuse_foreign_signed,
    refuse_foreign_start,
)

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
# The place of the AlgorithmIdentifier among the members of these two forms. PKCS#1 has none.
_ALGORITHM_PLACE = {Form.SPKI: 0, Form.PKCS8: 1}
RSA_OID = "1.2.840.113549.1.1.1"  # rsaEncryption (RFC 8017, A.1)
RSA_PSS_OID = "1.2.840.113549.1.1.10"  # id-RSASSA-PSS (RFC 4055): the key may only sign

_PEM_BEGIN = "-----BEGIN "
_PEM_BLOCK = re.compile(r"-----BEGIN ([^-]*)-----([^-]*)-----END \1-----")
_PEM_LABEL = re.compile(_PEM_BEGIN + "([^-]*)-----")
# A line feed or carriage return that was escaped, once or twice.
_ESCAPED_LINE_END = re.compile(r"\\{1,2}[rn]")
# Characters without width, which web pages and editors add; the last is the byte order mark.
_ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_QUOTES = ('""', "''")
# The first line of a PEM block, changed: word processors write dashes in the place of hyphens.
_CHANGED_ARMOUR = re.compile("[-\u2010-\u2015]BEGIN", re.IGNORECASE)
# Base64 of another alphabet, or without its padding; a key has some hundred characters.
_ALMOST_BASE64 = re.compile("[A-Za-z0-9+/_-]{100,}=*")


def read_key_text(source: KeySource) -> tuple[Form, bytes]:
    """Read a key text or key file: its form, and its DER or, for a JWK, its JSON text.

    Raises InvalidKey for what cannot be read or is of no form that is taken.
    """
    data = read_source(source)
    if not _without_wrapping(data):
        raise InvalidKey("the key text is empty")
    key = _read_plain(data)
    if key is not None:
        return key
    decoded = _from_base64(data)
    key = _read_plain(decoded)
    if key is None:
        raise InvalidKey(
            "expected base64 of DER, PEM or a JWK, got base64 of other bytes: "
            "if the key was encoded twice, decode it once (S4.5)"
        )
    return key


def _read_plain(data: bytes) -> tuple[Form, bytes] | None:
    """Read DER, PEM or a JWK, or return None for data that may be base64 of one of them."""
    if _starts_like_der(data):
        return _from_der(data)
    text = _without_wrapping(data)
    lines = _ESCAPED_LINE_END.sub("\n", text)
    is_pem = _PEM_BEGIN in lines
    plain = text.encode("utf-8", "surrogateescape")
    if not is_pem:
        refuse_foreign_start(plain)
    if text.startswith("{"):
        return Form.JWK, plain
    return _from_pem(lines) if is_pem else None


def _starts_like_der(data: bytes) -> bool:
    """Tell whether data starts with a SEQUENCE: a long one as no text does, a short one exactly."""
    if data[:1] != b"\x30" or len(data) < 2:
        return False
    length = data[1]
    return length >= 0x80 or length == len(data) - 2


def _without_wrapping(data: bytes) -> str:
    """Decode a text without the white space and the quotes around it, and without zero width.

    Bytes that are not UTF-8 become surrogates: text around a PEM block may have any encoding.
    """
    text = _ZERO_WIDTH.sub("", data.decode("utf-8", "surrogateescape")).strip()
    if len(text) > 1 and text[0] + text[-1] in _QUOTES:
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
            "the PEM block must end with the label that it begins with: it is cut off, or a line "
            "of it was changed: copy the whole file again (S4.5)"
        )
    label, content = block.groups()
    form = _BY_LABEL.get(label)
    if form is None:
        raise InvalidKey(
            "expected a PEM block with a certificate, RSA or PKCS#8 key, got another kind (S4.5)"
        )
    actual_form, der = _from_der(_decode_block(content))
    if actual_form is not form:
        way_out = "give it without its first and last line"
        if actual_form.label is not None:
            way_out = f"its label must be {actual_form.label}"
        raise InvalidKey(
            f"the label of the PEM block is that of {form.title}, "
            f"but the block holds {actual_form.title}: {way_out} (S4.5)"
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
    refuse_foreign_label(labels)
    if len(labels) < 2:
        return
    more_than_one = "the key text holds more than one PEM block"
    if all(label.endswith("CERTIFICATE") for label in labels):
        raise InvalidKey(
            f"{more_than_one}, a chain of certificates: give the first, that of the key, by "
            "`openssl x509 -in FILE -out certificate.pem` (S4.5)"
        )
    if "CERTIFICATE" in labels and any(label.endswith("KEY") for label in labels):
        raise InvalidKey(
            f"{more_than_one}, a key and its certificate: give the key by "
            "`openssl pkey -in FILE -out key.pem`, "
            "the certificate by `openssl x509 -in FILE -out certificate.pem` (S4.5)"
        )
    raise InvalidKey(f"{more_than_one}: give one of them (S4.5)")


def _from_base64(data: bytes) -> bytes:
    """Decode base64, whatever white space is in it."""
    text = "".join(_ESCAPED_LINE_END.sub("\n", _without_wrapping(data)).split())
    with raising(_no_key_text(text), NotStrict):
        return from_base64(text)


def _no_key_text(text: str) -> InvalidKey:
    """Make the error for text without white space that is neither PEM nor JWK nor base64."""
    if _CHANGED_ARMOUR.search(text):
        return InvalidKey(
            "the PEM block must start with -----BEGIN, a space, its label and -----, "
            "and its lines were changed: copy the whole file again (S4.5)"
        )
    if _ALMOST_BASE64.fullmatch(text):
        return InvalidKey(
            "the base64 must be whole, padded, and in the standard alphabet: "
            "encode the file again by `base64 FILE` (RFC 4648, 4)"
        )
    return InvalidKey(
        "expected PEM, JWK, or base64 of DER, PEM or a JWK, and nothing around it, got other text; "
        "give a file as a Path (S4.5)"
    )


def _from_der(der: bytes) -> tuple[Form, bytes]:
    """Read one DER structure of a form that is taken."""
    damaged = InvalidKey(
        "the DER structure is cut off, or bytes of it were changed: "
        "copy the whole file again, as binary or as base64 (S4.5)"
    )
    with raising(damaged, NotDer):
        structure, rest = read_first_element(der)
        if rest:
            raise InvalidKey(
                "bytes follow the DER structure, more than one key or a bad copy: "
                "give one key, copied as it is (S4.5)"
            )
        members = read_elements(structure.content)
        form = _tell_form(structure.tag, members)
        if form in _ALGORITHM_PLACE:
            _check_algorithm(members[_ALGORITHM_PLACE[form]])
    if form is not Form.PKCS12 and has_open_length(der):
        raise InvalidKey(
            f"{form.title} in BER is not taken, only in DER: turn it into PEM by "
            f"`{_REWRITE[form]}` (X.690)"
        )
    return form, der


def _tell_form(tag: int, members: list[Element]) -> Form:
    """Tell the form of a structure by its outline, and refuse it by name if it is not taken."""
    outline = _outline(tag, members)
    refuse_foreign_outline(outline)
    form = _BY_OUTLINE.get(outline)
    if form is None:
        raise InvalidKey("expected one RSA key in DER, got a structure of another form (S4.5)")
    if form is Form.CERTIFICATE:
        signed = members[0]
        refuse_foreign_signed(_outline(signed.tag, signed.members()))
    return form


def _outline(tag: int, members: list[Element]) -> str:
    """Return the tag of a structure and those of its members, in hex."""
    return bytes([tag, *(member.tag for member in members)]).hex(" ")


def _check_algorithm(algorithm: Element) -> None:
    """Raise InvalidKey for a key that is not RSA, or that may only sign (RFC 5280, 4.1.1.2).

    `cryptography` would read an RSA-PSS key as a plain RSA key, and gives no reason for a key of an
    algorithm that it does not know.
    """
    identifier = algorithm.members(least=1)[0].octets(OBJECT_IDENTIFIER)
    oid = read_object_identifier(identifier)
    if oid == RSA_PSS_OID:
        raise InvalidKey("the key must be one that may encrypt, not RSA-PSS (S4.2)")
    if oid != RSA_OID:
        raise InvalidKey(f"the key must be an RSA key, not one of algorithm {oid} (S4.2)")
