"""Compact JWE (RFC 7516) of one profile: RSA-OAEP-256 with A128GCM or A256GCM, and nothing else (S4.2 to S4.4).

The rules that reading keeps:

- The token is measured, and its four dots are found; it is never split. Its header is strict JSON of at most 8 KiB;
  whatever is outside the profile is refused from the header alone, before any RSA work. Keys and addresses in a
  header (`jwk`, `jku`, ...) are refused: a key comes from the caller and from nowhere else.
- Once the header was read, every failure costs the same work and ends in the same DecryptionError. Lengths that are
  wrong are noted, and stand-ins of the right length take the same way. The substitute CEK is drawn before RSA, always,
  and takes over without a branch that depends on why OAEP failed (RFC 7516, 11.5).
- The AAD is the header's text as it came, never one built again.

A JWE says nothing about who made it: whoever has the public key can (S9.5). The tran token says that.
"""

import os
import re
from binascii import b2a_base64
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from .._core.base64url import PIECE, TO_URLSAFE, from_base64url, urlsafe
from .._core.forms import MAX_JWE, MAX_JWE_HEADER, NotStrict, is_crypto_key_id
from .._core.scrub import scrubbed
from .._core.strict_json import read_json
from .._core.values import expect, new_tuple
from ..errors import DecryptionError, InvalidHeaderValue, InvalidSetting
from ..keys.loading import MAX_BITS, MIN_BITS, PrivateKey, check_size

ALG = "RSA-OAEP-256"
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}
IV_BYTES, TAG_BYTES = 12, 16
# SHA-256 for the hash and for MGF1, where Java's default is SHA-1 (S4.2). Made once: it holds no state.
OAEP_256 = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)
# Other parameters are ignored unless critical (RFC 7516, 4). These change what a token means or bring their own keys.
_REFUSED = frozenset(("crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "epk", "p2c"))
_OPENERS = (RSAPrivateKey, PrivateKey)  # the protocol alone takes 10 us to check in 3.11
# The class that cryptography's keys have comes first: to check the abstract one takes 0.4 us, with cold caches 1 us.
_SEALERS = (type(RSAPublicNumbers(65537, 2**2047 + 1).public_key()), RSAPublicKey)
_first_segments = re.compile(r"([^.]*)\.([^.]*)\.([^.]*)\.").match
_MAX_HEADER_TEXT = -(-MAX_JWE_HEADER * 4 // 3)


@scrubbed
def encrypt(
    plaintext: bytes, public_key: RSAPublicKey, enc: str = "A128GCM", kid: str | None = None
) -> str:
    """Encrypt bytes to an RSA public key; the result is a compact JWE with a fresh CEK and IV (RFC 7516, 5.1).

    `enc` is A128GCM or A256GCM; a `kid` (32 letters and digits) is written where it is given. Raises InvalidSetting
    for another `enc`, InvalidHeaderValue for a bad `kid`, InvalidKey for a key outside S4.2.
    """
    if not isinstance(plaintext, bytes) or not isinstance(public_key, _SEALERS):
        raise TypeError("a plaintext is bytes, public_key an RSA public key")
    if kid is not None and not is_crypto_key_id(kid):
        raise InvalidHeaderValue("a kid is a crypto key id: 32 letters and digits (S1.4)")
    if not (
        MIN_BITS <= public_key.key_size <= MAX_BITS and enc in CEK_BYTES
    ):  # as below: no call that can be spared
        check_size(public_key.key_size)
        check_enc(enc)
    drawn = os.urandom(IV_BYTES + CEK_BYTES[enc])  # in one call: it goes to the system
    # What stands in the header needs no escape.
    head = (
        _HEADS[enc]
        if kid is None
        else encode_header(f'{{"enc":"{enc}","alg":"{ALG}","kid":"{kid}"}}')
    )
    iv, cek = drawn[:IV_BYTES], drawn[IV_BYTES:]
    return _from_parts(head, plaintext, public_key.encrypt(cek, OAEP_256), AESGCM(cek), iv)


@scrubbed
def decrypt(
    token: str | bytes,
    private_key: PrivateKey,
    *,
    kid: str | None = None,
    max_length: int = MAX_JWE,
) -> bytes:
    """Decrypt a compact JWE with an RSA private key, or raise DecryptionError, whatever the reason (RFC 7516, 5.2).

    With `kid`, a `kid` in the header must equal it (S4.4). `max_length` is the longest token that is read, in
    characters. What the caller's own key object raises, other than ValueError, passes through.
    """
    check_opener(private_key, kid)
    return open_parts(read_parts(token, max_length), private_key, kid)


def check_opener(private_key: PrivateKey, kid: str | None) -> None:
    """TypeError or InvalidKey for arguments that can open nothing, before anything of the token is looked at."""
    expect(
        "private_key has the RSA key interface, kid is str or None",
        (private_key, _OPENERS),
        (kid, str | None),
    )
    check_size(private_key.key_size)


class Parts(NamedTuple):
    """A compact JWE taken apart. Its header is read and checked, and `aad` is that header's text.

    `sealed` is the ciphertext and the tag. All of it is decoded, and `sound` tells whether it could be.
    """

    header: dict[str, Any]
    aad: bytes
    encrypted_key: bytes
    iv: bytes
    sealed: bytes
    sound: bool


def check_enc(enc: str) -> str:
    """The content algorithm, if it is one of the two (S4.3); else InvalidSetting."""
    if enc not in CEK_BYTES:
        raise InvalidSetting("enc is A128GCM or A256GCM (S4.3)")
    return enc


def read_parts(token: str | bytes, max_length: int) -> Parts:
    """Steps 1 to 7 of RFC 7516, 5.2: take the token apart and check its header against the profile."""
    if not isinstance(token, (str, bytes)):
        raise TypeError("a token is str or bytes")
    if len(token) > max_length:  # before anything is copied
        raise DecryptionError()
    text = token if isinstance(token, str) else str(token, "latin-1")
    # Step 1. Nothing is split: a token of a million dots must not become a million parts, and to copy a long ciphertext
    # takes longer than to decrypt it. The last dot is the fourth; if there are more, the ciphertext has one.
    start, end = _first_segments(text), text.rfind(".")
    if start is None or end < start.end() or len(head := start[1]) > _MAX_HEADER_TEXT:
        raise DecryptionError()
    header = _USUAL.get(head) or _read_header(head)
    encrypted_key, iv, tag, sealed = b"", b"", b"", [b""]
    try:  # step 2 for the other segments, what takes longest first; one that can't be decoded stays empty
        # In pieces: what is made on the way then stays in the processor's cache, and takes no new pages.
        sealed = [
            from_base64url(text[at : min(at + PIECE, end)]) for at in range(start.end(), end, PIECE)
        ]
        sealed.append(tag := from_base64url(text[end + 1 :]))
        iv, encrypted_key = from_base64url(start[3]), from_base64url(start[2])
    except NotStrict:
        if (
            text.find(".", start.end()) != end
        ):  # only now: to look through a ciphertext takes its time
            raise DecryptionError() from None
    return new_tuple(
        Parts, (header, head.encode(), encrypted_key, iv, b"".join(sealed), len(tag) == TAG_BYTES)
    )


def _read_header(head: str) -> dict[str, Any]:
    """Steps 2 to 5 of RFC 7516, 5.2: the first segment of a token, within the profile."""
    try:
        header = read_json(from_base64url(head))
    except NotStrict:
        raise DecryptionError() from None
    # Steps 4 and 5, and for each parameter its type: one that is no text must not reach a comparison.
    if (
        not isinstance(header, dict)
        or header.get("alg") != ALG
        or not isinstance(header.get("kid", ""), str)
    ):
        raise DecryptionError()
    if (
        not isinstance(enc := header.get("enc"), str)
        or enc not in CEK_BYTES
        or not _REFUSED.isdisjoint(header)
    ):
        raise DecryptionError()
    return header


def open_parts(parts: Parts, private_key: PrivateKey, kid: str | None) -> bytes:
    """Steps 8 to 19 of RFC 7516, 5.2: the key, then the content; every failure alike from here on."""
    if kid is not None and parts.header.get("kid", kid) != kid:
        raise DecryptionError()
    return open_content(parts, AESGCM(unwrap(parts, private_key)))


def unwrap(parts: Parts, private_key: PrivateKey) -> bytes:
    """Steps 9 to 13: the CEK, or a random one where anything is wrong with the encrypted key (RFC 7516, 11.5)."""
    substitute = os.urandom(CEK_BYTES[parts.header["enc"]])
    sound = len(parts.encrypted_key) == (size := (private_key.key_size + 7) // 8)
    try:
        cek = private_key.decrypt(parts.encrypted_key if sound else bytes(size), OAEP_256)
    except ValueError:
        return substitute
    return cek if sound and len(cek) == len(substitute) else substitute


def open_content(parts: Parts, cek: AESGCM) -> bytes:
    """Steps 14 to 19: the plaintext. The CEK may be a random one, and nothing here can tell."""
    sound = parts.sound and len(parts.iv) == IV_BYTES
    try:
        plaintext = cek.decrypt(parts.iv if sound else bytes(IV_BYTES), parts.sealed, parts.aad)
    except InvalidTag:
        sound = False
    if not sound:
        raise DecryptionError()
    return plaintext


def encode_header(header: str) -> bytes:
    """The first segment of a token from the JSON text of its header; NotStrict for one that nobody could read.

    The text is ASCII: there are readers that write a header anew, with escapes, before they verify it.
    """
    if "\\ud" in header:
        read_json(header.encode())  # NotStrict for half a surrogate pair
    if len(head := urlsafe(b2a_base64(header.encode())).encode()) > _MAX_HEADER_TEXT:
        raise NotStrict
    return head


_HEADS = {
    enc: encode_header(f'{{"enc":"{enc}","alg":"{ALG}"}}') for enc in CEK_BYTES
}  # without a kid: made once
_USUAL = {head.decode(): _read_header(head.decode()) for head in _HEADS.values()}


def _from_parts(head: bytes, plaintext: bytes, encrypted_key: bytes, cek: AESGCM, iv: bytes) -> str:
    """Put a compact JWE together from its parts (RFC 7516, 5.1 steps 14 to 19)."""
    sealed = cek.encrypt(iv, plaintext, head)
    end = len(sealed) - TAG_BYTES
    if (
        end > PIECE
    ):  # what is made on the way then stays in the processor's cache, and takes no new pages
        text = urlsafe(b".".join((head, b2a_base64(encrypted_key), b2a_base64(iv), b"")))
        for start in range(0, end, PIECE):
            text += urlsafe(b2a_base64(sealed[start : min(start + PIECE, end)]))
        text += f".{urlsafe(b2a_base64(sealed[end:]))}"
        return text
    segments = (
        head,
        b2a_base64(encrypted_key),
        b2a_base64(iv),
        b2a_base64(sealed[:end]),
        b2a_base64(sealed[end:]),
    )
    # As `urlsafe` does it, in one step for all: calls cost most behind RSA.
    return b".".join(segments).translate(TO_URLSAFE, b"=\n").decode()
