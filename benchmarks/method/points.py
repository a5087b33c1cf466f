"""Every point of every chart: the contestants at each size, side by side.

The first contestant is the bare primitive, to which the others are ratios; the second is ours; then
come the peers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Callable, NamedTuple

from ..concerns import (
    accept,
    correlation,
    fields,
    imports,
    jwe,
    keys,
    mastercard,
    peers,
    seal,
    sign,
    verify,
)
from ..concerns.parties import KEY_BITS, SIZES
from .budget import EVERY
from .measure import Loop, Point

# Labels of contestants.
BARE = "bare"
OURS = "kmcrypto"
ENCODED = "bare + base64url"  # the encoding is what the format itself demands of the ciphertext

FIELDS = (1, 2, 5, 10, 20, 50, 100)
READABLE_SIZES = SIZES[:-1]  # a body of 1 MiB, encrypted, is longer than a Gateway reads

MakeLoop = Callable[[], Loop]


class _MessageKind(NamedTuple):
    bits: int
    enc: str


# Each key size and each algorithm, but not each with each: neither depends on the other.
USUAL_KIND = _MessageKind(2048, "A128GCM")
MESSAGE_KINDS = (
    *(_MessageKind(bits, "A128GCM") for bits in KEY_BITS),
    _MessageKind(2048, "A256GCM"),
)


def points_of(concerns: Sequence[str] = EVERY) -> list[Point]:
    """The points of those concerns."""
    every = (
        *_headers(),
        *_tokens(),
        *_correlation_ids(),
        *_encrypted_messages(),
        *_decrypted_messages(),
        *_fields(),
        *_sealed_requests(),
        *_accepted_requests(),
        *_keys(),
        *_imports(),
    )
    return [point for point in every if point.concern in concerns]


def _contestants(bare: MakeLoop, ours: MakeLoop, **others: MakeLoop) -> dict[str, MakeLoop]:
    return {BARE: bare, OURS: ours, **others}


def _installed(
    makers: Mapping[str, Callable[..., Loop]], *arguments: object
) -> dict[str, MakeLoop]:
    """The loops of those peers that are installed."""
    return {
        name: partial(maker, *arguments)
        for name, maker in makers.items()
        if peers.is_installed(name)
    }


def _headers() -> Iterator[Point]:
    for size in SIZES:
        contestants = _contestants(
            partial(sign.bare_mac, size),
            partial(sign.headers, size),
            **_installed(peers.SIGNERS, size),
        )
        yield Point("sign", "All seven headers of a request", size, "bytes", contestants)


def _tokens() -> Iterator[Point]:
    for size in SIZES:
        contestants = _contestants(
            partial(verify.bare_verify, size),
            partial(verify.parse_and_verify, size),
            **_installed(peers.VERIFIERS, size),
        )
        yield Point("verify", "A token read and verified", size, "bytes", contestants)


def _correlation_ids() -> Iterator[Point]:
    by_hand = {"by hand": correlation.id_by_hand}
    contestants = _contestants(correlation.bare_digits, correlation.next_id, **by_hand)
    yield Point("correlation", "A correlation id", 1, "ids", contestants)


def _encrypted_messages() -> Iterator[Point]:
    for kind in MESSAGE_KINDS:
        makers = dict(peers.ENCRYPTERS)
        if kind.enc != mastercard.ENCRYPTS_WITH:
            del makers["mastercard"]
        for size in SIZES:
            contestants = _contestants(
                partial(jwe.bare_encrypt, size, *kind), partial(jwe.encrypt, size, *kind)
            )
            if kind == USUAL_KIND:
                contestants[ENCODED] = partial(jwe.encoded_encrypt, size)
            contestants |= _installed(makers, size, *kind)
            title = f"A message encrypted, RSA {kind.bits}, {kind.enc}"
            yield Point("jwe", title, size, "bytes", contestants)


def _decrypted_messages() -> Iterator[Point]:
    for kind in MESSAGE_KINDS:
        for size in SIZES:
            contestants = _contestants(
                partial(jwe.bare_decrypt, size, *kind), partial(jwe.decrypt, size, *kind)
            )
            if kind == USUAL_KIND:
                contestants[ENCODED] = partial(jwe.encoded_decrypt, size)
            contestants |= _installed(peers.DECRYPTERS, size, *kind)
            title = f"A message decrypted, RSA {kind.bits}, {kind.enc}"
            yield Point("jwe", title, size, "bytes", contestants)


def _fields() -> Iterator[Point]:
    for number in FIELDS:
        contestants = _contestants(
            partial(fields.bare_encrypt, number), partial(fields.encrypt, number)
        )
        yield Point("fields", "Fields of a record encrypted", number, "fields", contestants)
    for number in FIELDS:
        contestants = _contestants(
            partial(fields.bare_decrypt, number), partial(fields.decrypt, number)
        )
        yield Point("fields", "Fields of a record decrypted", number, "fields", contestants)


def _sealed_requests() -> Iterator[Point]:
    for kind, encrypted in (("plain", False), ("encrypted", True)):
        for size in SIZES:
            contestants = _contestants(
                partial(seal.bare_seal, size, encrypted), partial(seal.seal, size, encrypted)
            )
            yield Point("seal", f"Client.seal, {kind}", size, "bytes", contestants)


def _accepted_requests() -> Iterator[Point]:
    for size in READABLE_SIZES:
        contestants = _contestants(
            partial(verify.bare_verify, size), partial(accept.accept, size, False)
        )
        yield Point("accept", "Gateway.accept, plain", size, "bytes", contestants)
    for size in READABLE_SIZES:
        contestants = _contestants(accept.bare_rsa, partial(accept.accept, size, True))
        yield Point("accept", "Gateway.accept, encrypted", size, "bytes", contestants)


def _keys() -> Iterator[Point]:
    for bits in KEY_BITS:
        contestants = _contestants(partial(keys.bare_load, bits), partial(keys.load, bits))
        yield Point("keys", "A private key loaded", bits, "bits", contestants)
    contestants = _contestants(partial(keys.bare_load, 2048), keys.unseal_with_key)
    yield Point("keys", "A project unsealed with a key", 1, "projects", contestants)
    contestants = _contestants(keys.bare_argon2, keys.unseal_with_passphrase)
    yield Point("keys", "A project unsealed with a passphrase", 1, "projects", contestants)


def _imports() -> Iterator[Point]:
    bare = partial(imports.fresh_import, imports.BARE)
    signing = partial(imports.fresh_import, imports.SIGNING)
    everything = partial(imports.fresh_import, imports.EVERYTHING)
    yield Point("imports", "Importing signing", 1, "imports", _contestants(bare, signing))
    yield Point("imports", "Importing the whole", 1, "imports", _contestants(bare, everything))
