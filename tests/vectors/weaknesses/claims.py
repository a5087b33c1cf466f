"""Weak claims: each part left out, other labels, lifetimes, owners, and moments."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from tests.support.weakening import Copy, Weaken, Weakness, always, constant, wrapped

LABELS = {
    "encrypted": b"kmcrypto encrypted claim:",
    "unique": b"kmcrypto unique claim:",
    "plain": b"kmcrypto plain claim:",
}
MAC = 32
ACCESS_KEY = 40


def hashing(change: Callable[[bytes], bytes]) -> Weaken:
    """Other bytes are hashed: `change(parts)`."""

    def claim(original: Any, parts: bytes, lifetime: int, owner: bytes) -> Any:
        return original(change(parts), lifetime, owner)

    return wrapped("exchange.receiver:claim_on", claim)


def only(kind: str, change: Callable[[bytes, bytes], bytes]) -> Weaken:
    """What stands between label and MAC of one kind is changed: `change(ids, mac)`."""
    label = LABELS[kind]

    def change_parts(parts: bytes) -> bytes:
        if not parts.startswith(label):
            return parts
        return label + change(parts[len(label) : -MAC], parts[-MAC:])

    return hashing(change_parts)


def without_label(parts: bytes) -> bytes:
    return parts[parts.index(b":") + 1 :]


def with_one_label(parts: bytes) -> bytes:
    return b"kmcrypto claim:" + without_label(parts)


def with_lifetime(change: Callable[[int], int]) -> Weaken:
    """Every claim has another lifetime."""

    def claim(original: Any, parts: bytes, lifetime: int, owner: bytes) -> Any:
        return original(parts, change(lifetime), owner)

    return wrapped("exchange.receiver:claim_on", claim)


def with_owner(make: Callable[[bytes], bytes]) -> Weaken:
    """Every claim has another owner."""

    def claim(original: Any, parts: bytes, lifetime: int, owner: bytes) -> Any:
        return original(parts, lifetime, make(owner))

    return wrapped("exchange.receiver:claim_on", claim)


def kept_in_vain(copy: Copy) -> None:
    """A claim blocks nothing."""
    always("exchange.replay:MemoryReplayGuard.claim", True)(copy)


def kept_for_ever(original: Any, self: Any, claim: Any) -> Any:
    return original(self, type(claim)(claim.key, 1 << 40, claim.owner))


def claimed_by_owner(original: Any, self: Any, claim: Any) -> Any:
    """Claims of an owner have one key."""
    return original(self, type(claim)(sha256(claim.owner).digest(), claim.lifetime, claim.owner))


def plain_as_unique(original: Any, self: Any, request: Any, key: Any, *rest: Any) -> Any:
    sealed, _ = rest
    return original(self, request, key, sealed, True)


def unique_as_plain(original: Any, self: Any, request: Any, key: Any, *rest: Any) -> Any:
    sealed, _ = rest
    return original(self, request, key, sealed, False)


def encrypted_as_plain(original: Any, self: Any, request: Any, key: Any, *rest: Any) -> Any:
    return original(self, request, key, None, False)


def id_as_written(original: Any, self: Any, request: Any, *rest: Any) -> Any:
    class AsWritten(str):
        def lower(self) -> str:
            return str(self)

    correlation_id = request.correlation_id
    request.correlation_id = SimpleNamespace(text=AsWritten(correlation_id.text))
    claim = original(self, request, *rest)
    request.correlation_id = correlation_id
    return claim


def claim_before_verifying(copy: Copy) -> None:
    """A request is claimed, whatever comes of it: its MAC is taken first."""

    def accept(original: Any, self: Any, headers: Any, *rest: Any) -> Any:
        seen = self.__dict__.setdefault("seen", set())
        token = dict(headers)["X-KM-Tran-Token"]
        is_copy = (token, str(headers)) in seen
        seen.add((token, str(headers)))
        if is_copy:
            raise copy.errors.Replayed
        return original(self, headers, *rest)

    wrapped("exchange.receiver:Receiver._accept", accept)(copy)


def retain_a_day(original: Any, self: Any, **settings: Any) -> Any:
    original(self, **settings)
    self._retention = 86_400


def retain_plain(original: Any, self: Any, **settings: Any) -> Any:
    original(self, **settings)
    self._plain_lifetime = settings["retention"]


def plain_for_one_tolerance(original: Any, self: Any, **settings: Any) -> Any:
    original(self, **settings)
    self._plain_lifetime = max(1, self._plain_lifetime // 2)


def plain_for_600_s(original: Any, self: Any, **settings: Any) -> Any:
    original(self, **settings)
    self._plain_lifetime = 600


def plain_for_0_s(original: Any, self: Any, **settings: Any) -> Any:
    original(self, **settings)
    if settings["tolerance"] == 0:
        self._plain_lifetime = 0


RECEIVER = "exchange.receiver:Receiver.__init__"
CLAIM = "exchange.receiver:Receiver._claim"

CLAIMS = [
    Weakness("claims without labels", "claims", hashing(without_label)),
    Weakness("claims of one label", "claims", hashing(with_one_label)),
    Weakness(
        "an encrypted claim without the key id", "claims", only("encrypted", lambda ids, mac: mac)
    ),
    Weakness(
        "an encrypted claim without the MAC", "claims", only("encrypted", lambda ids, mac: ids)
    ),
    Weakness("a unique claim without the MAC", "claims", only("unique", lambda ids, mac: b"")),
    Weakness("a plain claim without the MAC", "claims", only("plain", lambda ids, mac: ids)),
    Weakness(
        "a plain claim without the access key",
        "claims",
        only("plain", lambda ids, mac: ids[ACCESS_KEY:] + mac),
    ),
    Weakness(
        "a plain claim without the correlation id",
        "claims",
        only("plain", lambda ids, mac: ids[:ACCESS_KEY] + mac),
    ),
    Weakness(
        "a plain claim whose ids are the other way round",
        "claims",
        only("plain", lambda ids, mac: ids[ACCESS_KEY:] + ids[:ACCESS_KEY] + mac),
    ),
    Weakness(
        "a plain claim whose MAC stands before the ids",
        "claims",
        only("plain", lambda ids, mac: mac + ids),
    ),
    Weakness(
        "a plain claim with a blank between its ids",
        "claims",
        only("plain", lambda ids, mac: ids[:ACCESS_KEY] + b" " + ids[ACCESS_KEY:] + mac),
    ),
    Weakness(
        "the MAC of a claim in hex",
        "claims",
        hashing(lambda parts: parts[:-MAC] + parts[-MAC:].hex().encode()),
    ),
    Weakness("half of the MAC", "claims", hashing(lambda parts: parts[: -MAC // 2])),
    Weakness("a plain claim of the id as written", "claims", wrapped(CLAIM, id_as_written)),
    Weakness("plain requests claimed as unique ones", "claims", wrapped(CLAIM, plain_as_unique)),
    Weakness("unique bodies claimed as plain ones", "claims", wrapped(CLAIM, unique_as_plain)),
    Weakness("encrypted requests claimed as plain", "claims", wrapped(CLAIM, encrypted_as_plain)),
    Weakness(
        "a claim under the id that was named",
        "claims",
        wrapped("exchange.receiver:_first_id_of_pair", lambda original, project, key, side: key.id),
    ),
    Weakness("a lifetime of a second less", "claims", with_lifetime(lambda seconds: seconds - 1)),
    Weakness("a lifetime of a second more", "claims", with_lifetime(lambda seconds: seconds + 1)),
    Weakness("a retention of a day, always", "claims", wrapped(RECEIVER, retain_a_day)),
    Weakness("plain requests kept for the retention", "claims", wrapped(RECEIVER, retain_plain)),
    Weakness(
        "plain requests kept for one tolerance",
        "claims",
        wrapped(RECEIVER, plain_for_one_tolerance),
    ),
    Weakness("plain requests kept for 600 s", "claims", wrapped(RECEIVER, plain_for_600_s)),
    Weakness("plain requests kept for 0 s", "claims", wrapped(RECEIVER, plain_for_0_s)),
    Weakness("no second of grace", "claims", constant("exchange.replay:GRACE_S", 0)),
    Weakness("two seconds of grace", "claims", constant("exchange.replay:GRACE_S", 2)),
    Weakness("claims that block nothing", "claims", kept_in_vain),
    Weakness(
        "claims kept for ever",
        "claims",
        wrapped("exchange.replay:MemoryReplayGuard._take", kept_for_ever),
    ),
    Weakness(
        "one claim for each owner",
        "claims",
        wrapped("exchange.replay:MemoryReplayGuard._take", claimed_by_owner),
    ),
    Weakness("one owner for all", "claims", with_owner(lambda owner: bytes(8))),
    Weakness("an owner cut short", "claims", with_owner(lambda owner: owner[:7] + b"\0")),
    Weakness("a request is claimed before it is verified", "claims", claim_before_verifying),
]
