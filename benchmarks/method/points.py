"""Every point of every chart: what is measured at which size, contestants side by side.

The first contestant is the bare primitive, to which the others are ratios; the second is ours; then come the peers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Callable

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

BARE, OURS = "bare", "kmcrypto"
ENCODED = "bare + base64url"  # what the format itself demands of the ciphertext
FIELDS = (1, 2, 5, 10, 20, 50, 100)

Make = Callable[[], Loop]


def of(concerns: Sequence[str] = EVERY) -> list[Point]:
    """The points of those concerns."""
    every = (*_tokens(), *_messages(), *_fields(), *_calls(), *_once())
    return [point for point in every if point.concern in concerns]


def _contestants(bare: Make, ours: Make, **others: Make) -> dict[str, Make]:
    return {BARE: bare, OURS: ours, **others}


def _peers(make: Callable[..., Loop], names: Sequence[str], *arguments: object) -> dict[str, Make]:
    return {name: partial(make, name, *arguments) for name in names if peers.installed(name)}


def _tokens() -> Iterator[Point]:
    for size in SIZES:
        others = _peers(peers.sign, peers.SIGNERS, size)
        made = _contestants(partial(sign.bare, size), partial(sign.ours, size), **others)
        yield Point("sign", "All seven headers of a request", size, "bytes", made)
    for size in SIZES:
        others = _peers(peers.verify, peers.VERIFIERS, size)
        made = _contestants(partial(verify.bare, size), partial(verify.ours, size), **others)
        yield Point("verify", "A token read and verified", size, "bytes", made)
    made = _contestants(correlation.bare, correlation.ours, **{"by hand": correlation.by_hand})
    yield Point("correlation", "A correlation id", 1, "ids", made)


def _messages() -> Iterator[Point]:
    # Each key size and algorithm, but not each with each: they don't depend on one another.
    kinds = [(bits, "A128GCM") for bits in KEY_BITS] + [(2048, "A256GCM")]
    for what, bare, encoded, ours, other in (
        ("encrypted", jwe.bare_encrypt, jwe.encoded_encrypt, jwe.encrypt, peers.encrypt),
        ("decrypted", jwe.bare_decrypt, jwe.encoded_decrypt, jwe.decrypt, peers.decrypt),
    ):
        for bits, enc in kinds:
            for size in SIZES:
                made = _contestants(partial(bare, size, bits, enc), partial(ours, size, bits, enc))
                if (bits, enc) == kinds[0]:
                    made[ENCODED] = partial(encoded, size)
                able = (
                    peers.JOSE
                    if what == "decrypted" or enc in mastercard.ENCRYPTS
                    else peers.JOSE[:2]
                )
                made |= _peers(other, able, size, bits, enc)
                yield Point("jwe", f"A message {what}, RSA {bits}, {enc}", size, "bytes", made)


def _fields() -> Iterator[Point]:
    for number in FIELDS:
        made = _contestants(partial(fields.bare_encrypt, number), partial(fields.encrypt, number))
        yield Point("fields", "Fields of a record encrypted", number, "fields", made)
    for number in FIELDS:
        made = _contestants(partial(fields.bare_decrypt, number), partial(fields.decrypt, number))
        yield Point("fields", "Fields of a record decrypted", number, "fields", made)


def _calls() -> Iterator[Point]:
    for encrypted, kind in ((False, "plain"), (True, "encrypted")):
        for size in SIZES:
            made = _contestants(
                partial(seal.bare, size, encrypted), partial(seal.ours, size, encrypted)
            )
            yield Point("seal", f"Client.seal, {kind}", size, "bytes", made)
    for size in SIZES[:-1]:  # a body of 1 MiB, encrypted, is longer than a Gateway reads
        made = _contestants(partial(verify.bare, size), partial(accept.ours, size, False))
        yield Point("accept", "Gateway.accept, plain", size, "bytes", made)
    for size in SIZES[:-1]:
        made = _contestants(accept.bare_rsa, partial(accept.ours, size, True))
        yield Point("accept", "Gateway.accept, encrypted", size, "bytes", made)


def _once() -> Iterator[Point]:
    for bits in KEY_BITS:
        made = _contestants(partial(keys.bare_load, bits), partial(keys.load, bits))
        yield Point("keys", "A private key loaded", bits, "bits", made)
    made = _contestants(partial(keys.bare_load, 2048), partial(keys.unsealed, False))
    yield Point("keys", "A project unsealed with a key", 1, "projects", made)
    made = _contestants(keys.bare_argon2, partial(keys.unsealed, True))
    yield Point("keys", "A project unsealed with a passphrase", 1, "projects", made)
    for what, statement in (("signing", imports.SIGNING), ("the whole", imports.WHOLE)):
        made = _contestants(partial(imports.fresh, imports.HMAC), partial(imports.fresh, statement))
        yield Point("imports", f"Importing {what}", 1, "imports", made)
