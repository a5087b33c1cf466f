"""Encryption: what everybody can see of a JWE, and what the private keys show (S4)."""

from collections.abc import Iterator

from ....encryption import jwe
from ....encryption.message import KM_PATH, read_payload
from ....errors import MalformedPayload
from ....keys.crypto_key import CryptoKey, Side
from ....keys.ring import KeyRing
from ....signing.headers import CRYPTO_KEY_ID
from ..evidence import Evidence
from ..finding import Finding
from .envelope import jwe_of
from .jwe_trials import Trial, try_keys

_SEEN = {
    "jwe-mgf1-sha1": "the token opens with SHA-1 in MGF1",
    "jwe-oaep-sha1": "the token opens with SHA-1 in OAEP",
    "jwe-pkcs1": "the token opens with the padding of PKCS#1 v1.5",
    "jwe-own-public-key": "the sender's own private key opens the token",
    "crypto-key-id-of-other-key": "the key of another id of the project opens the token",
    "jwe-aad": "the token opens with another AAD",
    "jwe-changed": "the content key decrypts, and the tag does not match",
    "jwe-iv": "the content key decrypts, and the IV is of another length",
    "jwe-other-key": "no private key of the project opens the token, whatever the padding",
}


def request_side(evidence: Evidence) -> Side:
    """Return the side to whose pair a request is encrypted."""
    return Side.CLIENT if evidence.is_callback else Side.PLATFORM


def open_request(evidence: Evidence) -> Trial | None:
    """Open the JWE of the request with the keys of the project; None if there is no such thing."""
    if evidence.request is None:
        return None
    token = jwe_of(evidence.request.body)
    ring = None if evidence.project is None else evidence.project.ring
    if token is None or ring is None:
        return None
    key_id = evidence.headers.meant(CRYPTO_KEY_ID)
    if evidence.is_callback and not key_id:
        key_id = ring.first_issued.id  # a callback that names no key is under this one (S10.3)
    return try_keys(token, ring, key_id, request_side(evidence))


def check_request_jwe(evidence: Evidence, trial: Trial | None) -> Iterator[Finding]:
    """Find faults in the JWE of an encrypted request."""
    if evidence.request is None:
        return
    token = jwe_of(evidence.request.body)
    if token is None:
        return
    ring = None if evidence.project is None else evidence.project.ring
    key_id = evidence.headers.meant(CRYPTO_KEY_ID)
    for finding in check_jwe(token, key_id, ring, request_side(evidence), trial):
        if finding.code == "crypto-key-id-of-other-key" and not key_id:
            seen = "no id is named, and the key of another id than the first opens the token"
            yield Finding("callback-key-not-first", seen)
        else:
            yield finding


def check_jwe(
    token: str, key_id: str | None, ring: KeyRing | None, side: Side, trial: Trial | None
) -> Iterator[Finding]:
    """Find faults in a JWE: those of `jwe.inspect`, then those that the private keys show."""
    inspection = jwe.inspect(token, kid=key_id)
    for finding in inspection.findings:
        yield Finding(f"jwe-{finding.code}", finding.text)
    if inspection.header is not None and KM_PATH in inspection.header:
        yield Finding("jwe-field", "the header has km-path")
    if inspection.findings:
        return
    if trial is not None:
        yield from _findings_of(trial)
    key = None if ring is None else ring.get(key_id or "")
    if (trial is None or not trial.codes) and key is not None:
        yield from _check_key_size(inspection.part_lengths[1], key, side)


def _findings_of(trial: Trial) -> Iterator[Finding]:
    for code in trial.codes:
        yield Finding(code, _SEEN[code], "likely" if code == "jwe-other-key" else "certain")
    if trial.plaintext is not None:
        try:
            read_payload(trial.plaintext)
        except MalformedPayload as error:
            yield Finding(
                "plaintext-json", f"the plaintext is not one strict JSON object: {error.reason}"
            )


def _check_key_size(encrypted_key_bytes: int, key: CryptoKey, side: Side) -> Iterator[Finding]:
    """Compare with the public key of the named crypto key: another size is another key."""
    public = key.platform_public if side is Side.PLATFORM else key.client_public
    if public is not None and encrypted_key_bytes != (public.key_size + 7) // 8:
        seen = (
            f"the encrypted key has {encrypted_key_bytes * 8:,} bits, the key {public.key_size:,}"
        )
        yield Finding("jwe-other-key", seen)
