"""Who sends, and what was sent before: access key, asp id, crypto key id, correlation id."""

from collections.abc import Iterator

from ...._core.forms import is_access_key, is_asp_id, is_crypto_key_id
from ....keys.ring import KeyRing
from ....keys.state import KeyState
from ....signing.headers import ACCESS_KEY, ASP_ID, CORRELATION_ID, CRYPTO_KEY_ID, TRAN_TOKEN
from ..evidence import Evidence
from ..finding import Finding
from ..header_view import HeaderView
from ..token_view import TokenView
from .envelope import has_envelope


def check_sender(evidence: Evidence) -> Iterator[Finding]:
    """Find identifiers of another project, and keys that may not be used."""
    key = evidence.key
    if key is None or evidence.request is None:
        return
    access_key = evidence.headers.meant(ACCESS_KEY) or ""
    is_other = access_key != key.access_key and is_access_key(access_key)
    if is_other and not evidence.is_callback:
        yield Finding("access-key-of-another", "the access key is not that of the project")
    asp_id = evidence.headers.meant(ASP_ID) or ""
    if asp_id != key.asp_id and is_asp_id(asp_id):
        yield Finding("asp-id-of-another", f"{ASP_ID} is not that of the project")
    if key.state is not KeyState.ACTIVE:
        yield Finding("key-not-active", f"the project key is {key.state.value}")


def check_crypto_key_id(evidence: Evidence) -> Iterator[Finding]:
    """Find a crypto key id that is missing, or that names no usable key."""
    request = evidence.request
    if request is None:
        return
    key_id = evidence.headers.meant(CRYPTO_KEY_ID)
    ring = None if evidence.project is None else evidence.project.ring
    if not key_id:
        is_encrypted = has_envelope(request.body) or evidence.encrypted
        needs_key = is_encrypted or evidence.answer_encrypted
        if needs_key and not evidence.headers.has(CRYPTO_KEY_ID):
            seen = f"{CRYPTO_KEY_ID} is absent"
            if not is_encrypted:
                seen += (
                    ", and this plain request needs it because its answers are encrypted;"
                    " --answer-is plain if not"
                )
            yield from _check_unnamed_key(ring, evidence.is_callback, seen)
        return
    if ring is None or not is_crypto_key_id(key_id):
        return
    key = ring.get(key_id)
    if key is None:
        yield Finding("crypto-key-id-unknown", "the id is not that of a crypto key of the project")
    elif key.state is not KeyState.ACTIVE:
        yield Finding("key-not-active", f"the crypto key is {key.state.value}")
    elif evidence.is_callback and key is not ring.first_issued:
        yield Finding("callback-key-not-first", "the id is that of a key that was issued later")


def _check_unnamed_key(ring: KeyRing | None, is_callback: bool, seen: str) -> Iterator[Finding]:
    """Only a callback may leave the id out. The key that was issued first is then meant (S10.3)."""
    if not is_callback:
        yield Finding("crypto-key-id-missing", seen)
    elif ring is not None and ring.first_issued.state is not KeyState.ACTIVE:
        state = ring.first_issued.state.value
        yield Finding("key-not-active", f"no id is named, and the first crypto key is {state}")


def check_earlier(evidence: Evidence) -> Iterator[Finding]:
    """Find a request that was sent before, or its correlation id in another one."""
    for exchange in evidence.earlier:
        if exchange.request is None or evidence.request is None:
            continue
        earlier = HeaderView(exchange.request.headers)
        has_same_id = _same(evidence.headers, earlier, CORRELATION_ID)
        has_same_body = exchange.request.body == evidence.request.body
        if has_same_body and _is_replay(evidence, earlier, has_same_id):
            yield Finding("sent-before", "an earlier request has the same body and the same MAC")
            return
        if has_same_id:
            seen = f"an earlier request has the same {CORRELATION_ID}"
            yield Finding("correlation-id-used-before", seen)
            return


def _is_replay(evidence: Evidence, earlier: HeaderView, has_same_id: bool) -> bool:
    """Tell whether a receiver takes a request of the same body for the earlier one (S11).

    An encrypted request is the same under any id and time, but for another crypto key id.
    """
    text = earlier.meant(TRAN_TOKEN)
    if not text or evidence.token is None or evidence.token.mac != TokenView(text).mac:
        return False
    if evidence.request is not None and has_envelope(evidence.request.body):
        return _same(evidence.headers, earlier, CRYPTO_KEY_ID)
    return has_same_id


def _same(headers: HeaderView, earlier: HeaderView, name: str) -> bool:
    value = headers.meant(name)
    earlier_value = earlier.meant(name)
    if not value or not earlier_value:
        return False
    return value.lower() == earlier_value.lower()
