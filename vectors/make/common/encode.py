"""Base64, JSON, digests, and BYTES: the form in which the files show bytes.

BYTES = {"text": UTF-8 text} | {"hex": hex} | {"repeat": {"hex": hex, "times": number}}
      | {"join": [BYTES, ...]} | {"jwe": parts, see as_parts in jwe.py}
"""

import base64
import hashlib
import json
from typing import Any

Json = dict[str, Any]

ARABIC_INDIC_ZERO = 0x660
FULLWIDTH_ZERO = 0xFF10


def b64(raw: bytes) -> str:
    """Encode as standard base64 with padding."""
    return base64.b64encode(raw).decode()


def b64url(raw: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def compact_json(value: Any) -> bytes:
    """Write compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def compact_text(value: Any) -> str:
    """Write compact JSON as text."""
    return compact_json(value).decode()


def sha256_hex(raw: bytes) -> str:
    """Compute SHA-256, in hex."""
    return hashlib.sha256(raw).hexdigest()


def flip_bit(raw: bytes, index: int, mask: int = 1) -> bytes:
    """Flip bits of one byte, by default its lowest; an index below 0 counts from the end."""
    changed = bytearray(raw)
    changed[index] ^= mask
    return bytes(changed)


def in_script(text: str, zero: int) -> str:
    """Write the ASCII digits of a text in another script, whose zero has this code point."""
    return text.translate({ord("0") + digit: zero + digit for digit in range(10)})


def as_text(text: str) -> Json:
    """Show bytes as text."""
    return {"text": text}


def as_hex(raw: bytes) -> Json:
    """Show bytes in hex."""
    return {"hex": raw.hex()}


def as_repeat(byte: bytes, times: int) -> Json:
    """Show many equal bytes as one byte and a count."""
    return {"repeat": {"hex": byte.hex(), "times": times}}


def as_join(*parts: Json) -> Json:
    """Show bytes as other bytes, one after the other."""
    return {"join": list(parts)}


def as_bytes(raw: bytes) -> Json:
    """Show bytes as text where it is printable, else in hex."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return as_hex(raw)
    return as_text(text) if text.isprintable() else as_hex(raw)


def read_bytes(member: Json) -> bytes:
    """Read the bytes that a BYTES member shows; those of a JWE are not read here."""
    if "join" in member:
        return b"".join(read_bytes(part) for part in member["join"])
    if "repeat" in member:
        return bytes.fromhex(member["repeat"]["hex"]) * int(member["repeat"]["times"])
    if "hex" in member:
        return bytes.fromhex(member["hex"])
    return str(member["text"]).encode()


def printable(raw: bytes) -> str:
    """Read bytes as text; bytes that are no UTF-8 become escapes such as \\xff."""
    return raw.decode("utf-8", "backslashreplace")
