"""The tran token (S3) and local times (S1.10) as they are sent."""

import hmac
from datetime import datetime, timedelta, timezone

from .encode import b64

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def compute_mac(secret: str | bytes, body: bytes) -> bytes:
    """Compute HMAC-SHA256 of a body; a secret that is text stands for its UTF-8 (S3.2, S3.3)."""
    if isinstance(secret, str):
        secret = secret.encode()
    return hmac.digest(secret, body, "sha256")


def make_token(secret: str | bytes, time: str, body: bytes) -> str:
    """Make the tran token of a body; `time` is its 17 digits, and is not checked (S3.4)."""
    return f"KMV1:{time}:{b64(compute_mac(secret, body))}"


def local_digits(epoch_ms: int, offset_minutes: int) -> str:
    """Write a moment in a zone as 17 digits (S1.10)."""
    moment = _EPOCH + timedelta(milliseconds=epoch_ms, minutes=offset_minutes)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"


def to_epoch_ms(text: str) -> int:
    """Read an ISO 8601 moment with its offset as epoch milliseconds."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)
