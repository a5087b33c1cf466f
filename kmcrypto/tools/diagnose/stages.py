"""How a right request was built, stage by stage, as a page to learn from. Everything is masked.

The digest of a body is shown only if the body is encrypted: a plain one is so short that a card
number could be guessed from its digest.
"""

import hashlib
from collections.abc import Iterator

from ..._core.values import Value
from ...encryption import jwe
from ...exchange.wire_headers import mask_headers
from ...signing.headers import ASP_ID, CRYPTO_KEY_ID, TRAN_TOKEN
from .checks.envelope import jwe_of
from .checks.jwe_trials import Trial
from .evidence import Evidence
from .header_view import NAMES

_VISIBLE_OF_ID = 4
_VISIBLE_OF_DIGEST = 16  # hex digits: enough to compare
_MASKED_IDS = (ASP_ID, CRYPTO_KEY_ID)


class Stage(Value):
    """One step of building a request: its name, what was made, and the rule."""

    name: str
    text: str
    rule: str

    def __init__(self, name: str, text: str, rule: str) -> None:
        self._set_attributes(name=name, text=text, rule=rule)


def describe_stages(
    evidence: Evidence, trial: Trial | None, *, mac_is_right: bool
) -> tuple[Stage, ...]:
    """Return the stages of a request without findings; () without a request.

    Args:
        evidence: The messages, and what is known beside them.
        trial: What the private keys showed of an encrypted body.
        mac_is_right: Whether the MAC was compared, and found right.
    """
    if evidence.request is None or evidence.token is None:
        return ()
    return (
        *_describe_body(evidence.request.body, trial),
        *_describe_times(evidence),
        *_describe_token(evidence, mac_is_right),
        *_describe_headers(evidence),
    )


def _describe_body(body: bytes, trial: Trial | None) -> Iterator[Stage]:
    token = jwe_of(body)
    if token is None:
        yield Stage("body", _describe_plain_body(body), "S3.2")
        return
    if trial is not None and trial.plaintext is not None:
        size = f"{len(trial.plaintext):,} bytes of JSON, serialised once"
        yield Stage("plaintext", size, "S4.1")
    inspection = jwe.inspect(token)
    header = inspection.header or {}
    text = ", ".join(f"{name} {header[name]}" for name in ("alg", "enc"))
    yield Stage("algorithm", text + (", with a kid" if "kid" in header else ""), "S4.2, S4.3")
    parts = ("header", "encrypted key", "IV", "ciphertext", "tag")
    lengths = [
        f"{part} {length:,}" for part, length in zip(parts, inspection.part_lengths, strict=False)
    ]
    yield Stage("JWE", f"bytes: {', '.join(lengths)}", "S4.11")
    digest = hashlib.sha256(body).hexdigest()[:_VISIBLE_OF_DIGEST]
    text = f'{{"encData":"..."}}, {len(body):,} bytes; their SHA-256 begins with {digest}'
    yield Stage("body", text, "S4.1")


def _describe_plain_body(body: bytes) -> str:
    if not body:
        return "empty"
    return f"plain JSON, {len(body):,} bytes; no digest is shown, from which it could be guessed"


def _describe_times(evidence: Evidence) -> Iterator[Stage]:
    token = evidence.token
    if token is None or token.digits is None or evidence.zone is None:
        return
    text = f"{token.digits} in {evidence.zone.name}, one reading of the clock for three headers"
    yield Stage("instant", text, "S1.10")


def _describe_token(evidence: Evidence, mac_is_right: bool) -> Iterator[Stage]:
    made = "HMAC-SHA256 over the body" if mac_is_right else "not compared"
    yield Stage("MAC", f"{made}: 32 bytes, 44 characters of base64", "S3.2")
    text = evidence.headers.meant(TRAN_TOKEN) or ""
    yield Stage("token", f"KMV1, 17 digits, MAC: {len(text)} characters", "S3.4")


def _describe_headers(evidence: Evidence) -> Iterator[Stage]:
    values = {name: evidence.headers.meant(name) or "" for name in NAMES}
    masked = mask_headers(values)
    for name in NAMES:
        if evidence.headers.has(name):
            value = masked[name]
            if name in _MASKED_IDS:
                value = f"{value[:_VISIBLE_OF_ID]}***"
            yield Stage(name, f"{value} ({len(values[name])} characters)", "S1")
