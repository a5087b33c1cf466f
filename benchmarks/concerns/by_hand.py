"""A peer without a library: the headers and the token as one writes them from the platform's guide.

Nothing is checked: neither the body's type, the key id, nor a token's spelling and date. Ids are
random, so they collide. The key is hashed anew for every call.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime, timedelta, timezone

from ..method.measure import Loop, loop
from .parties import KEY_ID, SECRET, body_of, project_key
from .verify import token_of

ASP_ID = project_key().asp_id
ACCESS_KEY = project_key().access_key
TIME_ZONE = timezone(timedelta(hours=9))


def headers(secret: str, body: bytes, key_id: str) -> dict[str, str]:
    """The seven headers of a request."""
    now = datetime.now(TIME_ZONE)
    second = f"{now:%Y%m%d%H%M%S}"
    mac = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()
    return {
        "X-KM-User-AspId": ASP_ID,
        "X-KM-Correlation-Id": f"{now:%y%m%d%H%M%S}-{secrets.token_hex(4)[:7]}",
        "X-KM-Access-Key": ACCESS_KEY,
        "X-KM-Crypto-Key-Id": key_id,
        "X-KM-Tran-Token": f"KMV1:{second}{now.microsecond // 1000:03}:{mac}",
        "X-KM-Tran-Time": second,
        "X-KM-Time-Zone": "KST",
    }


def is_verified(secret: str, token: str, body: bytes) -> bool:
    """Whether the token's MAC is that of the body."""
    _, _, text = token.split(":")
    mac = hmac.new(secret.encode(), body, "sha256").digest()
    return hmac.compare_digest(mac, base64.b64decode(text))


def sign(size: int) -> Loop:
    """`headers` of a body of that size."""
    return loop(
        "headers(secret, body, key_id)",
        headers=headers,
        secret=SECRET,
        body=body_of(size),
        key_id=KEY_ID,
    )


def verify(size: int) -> Loop:
    """`is_verified` of a token over a body of that size."""
    return loop(
        "is_verified(secret, token, body)",
        is_verified=is_verified,
        secret=SECRET,
        token=token_of(size),
        body=body_of(size),
    )
