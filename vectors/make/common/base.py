"""What every maker draws on: the published phrase, the keys, and the encodings, none of them kmcrypto's.

Derivation: block 0 is HMAC-SHA256(PHRASE, label), block i is HMAC-SHA256(PHRASE, label + "/" + i); the blocks are
joined and cut to the length. A label is "file/purpose/number". Nothing here is random, and nothing is a secret.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PHRASE = b"kmcrypto test vectors, version 1: published, and protecting nothing"
HERE = Path(__file__).parents[2]

Json = dict[str, Any]


def derive(label: str, length: int) -> bytes:
    """So many bytes for a label."""
    blocks = (label if not number else f"{label}/{number}" for number in range(length // 32 + 1))
    return b"".join(hmac.digest(PHRASE, block.encode(), "sha256") for block in blocks)[:length]


def digits(label: str, length: int) -> str:
    """So many decimal digits for a label: its bytes modulo 10."""
    return "".join(str(byte % 10) for byte in derive(label, length))


def luhn(number: str) -> int:
    """The Luhn sum modulo 10: 0 for a number that could be a card's."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(number[::-1], 1)]
    return sum(value - 9 * (value > 9) for value in doubled) % 10


def card(label: str) -> str:
    """16 digits from a range that no issuer has (they begin with 0), whose Luhn check digit is wrong."""
    number = "0" + digits(label, 15)
    return number if luhn(number) else number[:15] + str((int(number[15]) + 1) % 10)


@lru_cache
def private_key(name: str) -> RSAPrivateKey:
    """One of the fixed keys, by the name of its file."""
    key = load_pem_private_key((HERE / "keys" / f"{name}.pem").read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(name)
    return key


def b64(raw: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(raw).decode()


def b64url(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def mac_of(secret: str | bytes, body: bytes) -> bytes:
    """HMAC-SHA256 under the UTF-8 bytes of a secret (S3.2, S3.3)."""
    return hmac.digest(secret.encode() if isinstance(secret, str) else secret, body, "sha256")


def token_of(secret: str | bytes, time: str, body: bytes) -> str:
    """A tran token (S3)."""
    return f"KMV1:{time}:{b64(mac_of(secret, body))}"


def sha256(raw: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(raw).hexdigest()


def compact(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def text_bytes(text: str) -> Json:
    """BYTES of the format, shown as text."""
    return {"text": text}


def hex_bytes(raw: bytes) -> Json:
    """BYTES of the format, shown in hex."""
    return {"hex": raw.hex()}


def show(raw: bytes) -> Json:
    """BYTES of the format: text where it is readable, else hex."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return hex_bytes(raw)
    return text_bytes(text) if text.isprintable() else hex_bytes(raw)


def raw_of(shown: Json) -> bytes:
    """The bytes that a BYTES stands for."""
    if "repeat" in shown:
        return bytes.fromhex(shown["repeat"]["hex"]) * int(shown["repeat"]["times"])
    return shown["text"].encode() if "text" in shown else bytes.fromhex(shown["hex"])


def local(epoch_ms: int, offset_minutes: int) -> str:
    """The 17 digits of a moment in a zone."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
        milliseconds=epoch_ms, minutes=offset_minutes
    )
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"


def epoch(text: str) -> int:
    """The epoch milliseconds of an ISO 8601 moment with its offset."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(
        milliseconds=1
    )
