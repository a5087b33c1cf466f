"""The MAC of the token: whether it is right, and else the mistake that gives this MAC (S3.8).

A hypothesis is a message and a key. Each is recomputed and compared, so a mistake that is found is
certain. First the message alone is varied, then the key alone, then both. Their number and the
bytes that are hashed for them are bounded.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from ...._core.forms import MAX_BODY
from ..evidence import Evidence
from ..finding import Finding
from ..message import Fidelity
from .body import code_of_lost_body
from .signed_bytes import SPELLING, SignedBytes, other_spellings, signed_bytes
from .signing_keys import SigningKey, signing_keys

MAX_HYPOTHESES = 20_000
MAX_HASHED = 128 << 20  # bytes
_MAX_MESSAGES_IN_PAIRS = 400

# The mistakes that a recording may have made itself, by how much of the body it kept.
_MADE_BY_RECORDING: dict[Fidelity, tuple[str, ...]] = {
    "bytes": (),
    "text": ("body-line-end", "body-crlf"),
    "value": ("body-line-end", "body-crlf", "body-bom", SPELLING),
}


class Verdict(NamedTuple):
    """What became of the MAC.

    Attributes:
        is_right: Whether it is that of the body; None if that cannot be known.
        body: The bytes that it covers, where a recording lost their spelling; else the body.
        findings: The mistakes that give this MAC.
    """

    is_right: bool | None
    body: bytes
    findings: tuple[Finding, ...]


class _Budget:
    """What the hypotheses of one request may still cost."""

    def __init__(self) -> None:
        self._hypotheses = MAX_HYPOTHESES
        self._bytes = MAX_HASHED

    def spend(self, message: bytes) -> bool:
        """Take the cost of one HMAC; False if nothing is left."""
        self._hypotheses -= 1
        self._bytes -= len(message)
        return self._hypotheses > 0 and self._bytes > 0


def judge_mac(evidence: Evidence, plaintext: bytes | None) -> Verdict:
    """Compare the MAC with that of the body, and find the mistake if it is another one.

    Args:
        evidence: The messages, and what is known beside them.
        plaintext: What an encrypted body holds, if it could be opened.
    """
    body = b"" if evidence.request is None else evidence.request.body
    mac = None if evidence.token is None else evidence.token.mac
    right = evidence.right_hmac()
    if evidence.request is None or mac is None or right is None or len(body) > MAX_BODY:
        return Verdict(None, body, ())
    if _matches(right, body, mac):
        return Verdict(True, body, ())
    for spelled in _made_by_recording(evidence.request.fidelity, body):
        if _matches(right, spelled.message, mac):
            return Verdict(True, spelled.message, ())
    findings = tuple(_find_mistake(evidence, plaintext, right, mac))
    return Verdict(False, body, findings or (_unknown(evidence),))


def _matches(hmac: HMAC, message: bytes, mac: bytes) -> bool:
    """Tell whether a MAC is that of a message; compared inside `cryptography`."""
    hmac = hmac.copy()
    hmac.update(message)
    try:
        hmac.verify(mac)
    except InvalidSignature:
        return False
    return True


def _made_by_recording(fidelity: Fidelity, body: bytes) -> Iterator[SignedBytes]:
    codes = _MADE_BY_RECORDING[fidelity]
    if codes:
        yield from (spelled for spelled in other_spellings(body) if spelled.code in codes)


def _find_mistake(
    evidence: Evidence, plaintext: bytes | None, right: HMAC, mac: bytes
) -> Iterator[Finding]:
    """Give the first mistake that gives the MAC, if one does."""
    budget = _Budget()
    body = b"" if evidence.request is None else evidence.request.body
    messages: list[SignedBytes] = []
    for signed in signed_bytes(evidence, plaintext):
        if not budget.spend(signed.message):
            break
        if _matches(right, signed.message, mac):
            yield Finding(signed.code_beside(body), f"the MAC is that of {signed.seen}")
            return
        if len(messages) < _MAX_MESSAGES_IN_PAIRS:
            messages.append(signed)
    keys = list(signing_keys(evidence))
    for key in keys:
        if budget.spend(body) and _matches(key.hmac, body, mac):
            yield Finding(key.code, f"the MAC is that of the body under {key.seen}")
            return
    yield from _find_other_construction(evidence, body, mac)
    yield from _find_pair(messages, keys, body, mac, budget)


def _find_other_construction(evidence: Evidence, body: bytes, mac: bytes) -> Iterator[Finding]:
    """Give the mistake if the MAC is a plain hash, or HMAC with its arguments swapped."""
    if evidence.secret is None:
        return
    secret = evidence.secret.encode()
    if mac in (sha256(secret + body).digest(), sha256(body + secret).digest()):
        yield Finding("mac-plain-hash", "the MAC is SHA-256 over the secret key and the body")
    elif mac == sha256(body).digest():
        yield Finding("mac-plain-hash", "the MAC is SHA-256 over the body, without a key")
    elif body and _matches(HMAC(body, SHA256()), secret, mac):
        yield Finding("mac-arguments-swapped", "the MAC is that of the secret key under the body")


def _find_pair(
    messages: list[SignedBytes], keys: list[SigningKey], body: bytes, mac: bytes, budget: _Budget
) -> Iterator[Finding]:
    """Give the first pair of a message and a key that gives the MAC."""
    for key in keys:
        for signed in messages:
            if not budget.spend(signed.message):
                return
            if _matches(key.hmac, signed.message, mac):
                yield Finding(
                    "mac-of-several-mistakes",
                    f"the MAC is that of {signed.seen} under {key.seen}"
                    f" ({signed.code_beside(body)} and {key.code})",
                )
                return


def _unknown(evidence: Evidence) -> Finding:
    """Return the finding of a MAC that no mistake of the list gives."""
    if evidence.request is not None and not evidence.request.body:
        code = code_of_lost_body(evidence.request)
        return Finding(code, "there is no body, and the MAC is that of one", "likely")
    if evidence.secret is None:
        return Finding("mac-unknown", "the MAC is not that of the body", "likely")
    return Finding("mac-unknown", "no mistake of the list gives this MAC", "likely")
