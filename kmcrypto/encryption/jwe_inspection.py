"""Inspection of a JWE without a key: what its header says, and what of it is outside the profile.

DecryptionError has one text for every reason, so that no stranger can probe for one (D6). An
operator who holds the token may be told more: `inspect` looks at what everybody can see of it. It
reads leniently what `jwe.decrypt` refuses, and says what would have to change.

Its texts repeat names that JOSE registers, and nothing else of the token.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .._core.base64url import from_base64url
from .._core.forms import MAX_JWE, NotStrict, decode_latin1, is_crypto_key_id
from .._core.scrub import scrubbed
from .._core.strict_json import read_json
from .._core.values import Value, require_types
from ..keys.rsa_checks import MAX_BITS, MIN_BITS
from .jwe_profile import (
    ALG,
    CEK_BYTES,
    IV_BYTES,
    MAX_ENCODED_HEADER,
    REFUSED_PARAMETERS,
    TAG_BYTES,
)

_PARTS = ("header", "encrypted key", "IV", "ciphertext", "tag")  # RFC 7516, 7.1
_MAX_PARTS = 16  # of a text with more dots, the rest is not looked at

_ALG_ADVICE = {
    "RSA-OAEP": "it takes SHA-1; encrypt with SHA-256 for the hash and for MGF1",
    "RSA-OAEP-384": "encrypt with SHA-256 for the hash and for MGF1",
    "RSA-OAEP-512": "encrypt with SHA-256 for the hash and for MGF1",
    "RSA1_5": "its padding is PKCS#1 v1.5; encrypt with OAEP",
    "dir": "encrypt a fresh content key to the RSA key",
    "ECDH-ES": "encrypt to the RSA key",
}
_ENC_ADVICE = {
    "A192GCM": "take a key of 128 or 256 bits",
    "A128CBC-HS256": "encrypt with AES-GCM",
    "A192CBC-HS384": "encrypt with AES-GCM",
    "A256CBC-HS512": "encrypt with AES-GCM",
}
_PARAMETER_ADVICE = {
    "zip": "do not compress the plaintext",
    "crit": "mark no parameter as critical",
}


class Finding(NamedTuple):
    """One thing about a token that is outside the profile.

    Attributes:
        code: A stable name in kebab-case: size, parts, base64url, header, alg, enc, parameter, kid,
            encrypted-key, iv or tag.
        text: What was seen, what it must be, and the change that mends it.
    """

    code: str
    text: str


class JweInspection(Value):
    """What can be seen of a JWE without a key.

    Attributes:
        part_lengths: The bytes that each part stands for, in their order: header, encrypted key,
            IV, ciphertext, tag.
        findings: What is outside S4.2 to S4.4, in the order of the token. A token without findings
            that cannot be decrypted is under another key, or was changed on its way, or its sender
            left MGF1 at SHA-1, which is Java's default (S4.2).
    """

    _header: dict[str, Any] | None
    part_lengths: tuple[int, ...]
    findings: tuple[Finding, ...]

    def __init__(self) -> None:
        raise TypeError("make a JweInspection with jwe.inspect(token)")

    @property
    def header(self) -> Mapping[str, Any] | None:
        """The protected header, as its sender wrote it, read-only; None if it cannot be read."""
        return None if self._header is None else MappingProxyType(self._header)

    def __repr__(self) -> str:
        codes = ", ".join(finding.code for finding in self.findings) or "no findings"
        return f"<JweInspection {codes}>"


@scrubbed
def inspect(token: str | bytes, *, kid: str | None = None) -> JweInspection:
    """Look at a compact JWE without a key.

    Args:
        token: The token, or what is thought to be one. It may be outside the profile in any way.
        kid: The crypto key id that came beside it, if any; a `kid` in the header must be equal to
            it (S4.4).

    Returns:
        What was seen. Every token has a result; none is an error.
    """
    require_types(token=(token, (str, bytes)), kid=(kid, str | None))
    text = token if isinstance(token, str) else decode_latin1(token)
    if len(text) > MAX_JWE:
        too_long = Finding("size", f"the token must not be longer than {MAX_JWE:,} characters")
        return _inspection(None, (), [too_long])
    parts = text.split(".", _MAX_PARTS)
    lengths = tuple(len(part.strip().rstrip("=")) * 3 // 4 for part in parts)
    findings = list(_look_at_parts(text, parts))
    header = None
    if len(parts) > 1:
        header = _read_leniently(parts[0])
        findings += _look_at_header(parts[0], header, kid)
    if len(parts) == len(_PARTS):
        findings += _look_at_lengths(lengths)
    return _inspection(header, lengths, findings)


def _inspection(
    header: dict[str, Any] | None, lengths: tuple[int, ...], findings: list[Finding]
) -> JweInspection:
    return JweInspection._from_parts(_header=header, part_lengths=lengths, findings=tuple(findings))


def _look_at_parts(text: str, parts: list[str]) -> Iterator[Finding]:
    """Find what is wrong with the number of the parts, and with the alphabet of each."""
    if text.lstrip()[:1] == "{":
        yield Finding(
            "parts",
            "the text is JSON: give the string in its member encData, in compact form (S4.1)",
        )
        return
    if len(parts) == 3:
        yield Finding("parts", "three parts are a signed token (JWS), which is not encrypted")
    elif len(parts) != len(_PARTS):
        count = f"{len(parts)}" if len(parts) <= _MAX_PARTS else f"more than {_MAX_PARTS}"
        yield Finding("parts", f"the token must have five parts, not {count} (RFC 7516, 7.1)")
    for index, part in enumerate(parts):
        fault = _alphabet_fault(part)
        if fault is not None:
            named = len(parts) == len(_PARTS)
            name = f"the {_PARTS[index]}" if named else f"part {index + 1}"
            yield Finding("base64url", f"{name} {fault} (RFC 7515, 2)")


def _alphabet_fault(part: str) -> str | None:
    """Return what keeps a part from being canonical base64url, or None."""
    try:
        from_base64url(part)
    except NotStrict:
        pass
    else:
        return None
    if any(character.isspace() for character in part):
        return "has white space in it: remove it"
    if "+" in part or "/" in part:
        return "has + or /: write it in the URL-safe alphabet, with - and _"
    if part.endswith("="):
        return "has padding: remove the = at its end"
    return "is no base64url: it is cut off, or has other characters"


def _read_leniently(part: str) -> dict[str, Any] | None:
    """Read a header whose base64 may have another alphabet or padding."""
    canonical = "".join(part.split()).rstrip("=").replace("+", "-").replace("/", "_")
    if len(canonical) > MAX_ENCODED_HEADER:
        return None
    try:
        header = read_json(from_base64url(canonical))
    except NotStrict:
        return None
    return header if isinstance(header, dict) else None


def _look_at_header(part: str, header: dict[str, Any] | None, kid: str | None) -> Iterator[Finding]:
    """Find what in the header is outside S4.2 to S4.4 and S4.9."""
    if len(part) > MAX_ENCODED_HEADER:
        yield Finding("header", "the header must not be longer than 8 KiB (S4.10)")
        return
    if header is None:
        yield Finding("header", "the header must be one strict JSON object (S4.10)")
        return
    alg = header.get("alg")
    if alg != ALG:
        yield Finding("alg", _text_of("alg", alg, f"must be {ALG} (S4.2)", _ALG_ADVICE))
    enc = header.get("enc")
    if not isinstance(enc, str) or enc not in CEK_BYTES:
        must_be = "must be A128GCM or A256GCM (S4.3)"
        yield Finding("enc", _text_of("enc", enc, must_be, _ENC_ADVICE))
    for name in sorted(REFUSED_PARAMETERS.intersection(header)):
        advice = _PARAMETER_ADVICE.get(name, "leave it out")
        yield Finding("parameter", f"the header must not have {name}: {advice} (S4.9)")
    if "kid" in header:
        yield from _look_at_kid(header["kid"], kid)


def _text_of(name: str, value: object, must_be: str, advice: dict[str, str]) -> str:
    """Return the text about a parameter. It repeats registered values, and no others."""
    if value is None:
        return f"{name} is missing: it {must_be}"
    if isinstance(value, str) and value in advice:
        return f"{name} {must_be}, not {value}: {advice[value]}"
    return f"{name} {must_be}, not another value"


def _look_at_kid(value: object, kid: str | None) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding("kid", "kid must be text (RFC 7516, 4.1.6)")
    elif kid is not None and value != kid:
        yield Finding("kid", "kid must be the crypto key id of the X-KM-* header (S4.4)")
    elif not is_crypto_key_id(value):
        yield Finding("kid", "kid must be a crypto key id, 32 letters and digits, or absent (S4.4)")


def _look_at_lengths(lengths: tuple[int, ...]) -> Iterator[Finding]:
    """Find parts of a wrong length: a key of another size, and what AES-GCM does not have."""
    encrypted_key, iv, tag = lengths[1], lengths[2], lengths[4]
    bits = encrypted_key * 8
    if not MIN_BITS <= bits <= MAX_BITS:
        yield Finding(
            "encrypted-key",
            f"the encrypted key has {bits:,} bits: an RSA key has {MIN_BITS:,} to {MAX_BITS:,}"
            " (S4.2)",
        )
    if iv != IV_BYTES:
        yield Finding("iv", f"the IV must have {IV_BYTES} bytes, not {iv} (S4.3)")
    if tag != TAG_BYTES:
        yield Finding("tag", f"the tag must have {TAG_BYTES} bytes, not {tag} (S4.3)")
