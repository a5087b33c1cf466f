"""Compact JWE (RFC 7516) of one profile: RSA-OAEP-256 with A128GCM or A256GCM (S4.2 to S4.4).

`encrypt` and `decrypt` are made of the steps below them, which encrypted fields use one by one.
Reading keeps these rules:

- The token is measured, and its four dots are found. It is never split: a token of a million dots
  must not become a million strings. The header is strict JSON of at most 8 KiB, and one outside
  the profile is refused before any RSA work. Keys and addresses in a header (`jwk`, `jku`, ...)
  are refused: the key comes from the caller and from nowhere else.
- After the header was read, every failure takes the same steps, one RSA and one AES-GCM operation,
  and ends in the same DecryptionError. An encrypted key or IV of the wrong length is replaced by
  zeros of the right length; a wrong tag length is remembered in `has_tag`. The substitute CEK is
  drawn before RSA, always, and it takes over without a branch that depends on why OAEP failed
  (RFC 7516, 11.5).
- The AAD is the text of the header as it came, never one that was built again.

A JWE does not prove its sender: everybody who has the public key can make one (S9.5). The tran
token does that.
"""

import os
import re
from binascii import b2a_base64
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from .._core.base64url import (
    PIECE,
    from_base64url,
    from_base64url_in_pieces,
    split_into_pieces,
    to_base64url,
    to_url_alphabet,
)
from .._core.forms import MAX_JWE, NotStrict, decode_latin1, is_crypto_key_id
from .._core.scrub import call_out, calling_out, scrubbed
from .._core.strict_json import read_json
from .._core.values import require_types
from ..errors import DecryptionError, InvalidHeaderValue, InvalidSetting
from ..keys.loading import PrivateKey
from ..keys.rsa_checks import check_size
from .jwe_inspection import JweInspection as JweInspection, inspect as inspect
from .jwe_profile import (
    ALG as ALG,
    CEK_BYTES as CEK_BYTES,
    IV_BYTES as IV_BYTES,
    MAX_ENCODED_HEADER,
    REFUSED_PARAMETERS,
    TAG_BYTES as TAG_BYTES,
)

# SHA-256 for the hash and for MGF1, where Java's default is SHA-1 (S4.2). It holds no state.
OAEP_256 = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)

_FIRST_SEGMENTS = re.compile(r"(?P<header>[^.]*)\.(?P<encrypted_key>[^.]*)\.(?P<iv>[^.]*)\.")


class Parts(NamedTuple):
    """A compact JWE taken apart: the header is read and checked, the other segments are decoded.

    Decoding stops at the first segment that is not base64url. That segment and those not yet
    decoded (the order is ciphertext, tag, IV, encrypted key) are empty. `aad` is the text of the
    header as it came. `has_tag` is True if the ciphertext and the tag could be decoded, and the
    tag has its 16 bytes.
    """

    header: dict[str, Any]
    aad: bytes
    encrypted_key: bytes
    iv: bytes
    ciphertext_and_tag: bytes
    has_tag: bool


@lru_cache(maxsize=16)
def _is_rsa_public_key(key_class: type) -> bool:
    """Tell whether the objects of a class are RSA public keys: abstract classes answer slowly."""
    return issubclass(key_class, RSAPublicKey)


@scrubbed
def encrypt(
    plaintext: bytes, public_key: RSAPublicKey, enc: str = "A128GCM", kid: str | None = None
) -> str:
    """Encrypt bytes to an RSA public key, with a fresh CEK and IV (RFC 7516, 5.1).

    Args:
        plaintext: The bytes to encrypt; they may be empty.
        public_key: An RSA public key of 2048 to 8192 bits (S4.2).
        enc: The content algorithm, A128GCM or A256GCM (S4.3).
        kid: A crypto key id (32 letters and digits) to write into the header, if any (S4.4).

    Returns:
        A compact JWE.

    Raises:
        TypeError: An argument has another type.
        InvalidHeaderValue: `kid` is not a crypto key id.
        InvalidKey: `public_key` is too short or too long.
        InvalidSetting: `enc` is another algorithm.
    """
    if not isinstance(plaintext, bytes) or not _is_rsa_public_key(type(public_key)):
        # Raises: it says which of the two is wrong.
        require_types(plaintext=(plaintext, bytes), public_key=(public_key, RSAPublicKey))
    if kid is not None:
        _check_kid(kid)
    check_size(public_key.key_size)
    check_enc(enc)
    header = _HEADERS_WITHOUT_KID[enc] if kid is None else _header_with_kid(enc, kid)
    # One call draws the bytes of both: they are as independent as those of two calls.
    random_bytes = os.urandom(IV_BYTES + CEK_BYTES[enc])
    iv = random_bytes[:IV_BYTES]
    cek = random_bytes[IV_BYTES:]
    encrypted_key = public_key.encrypt(cek, OAEP_256)
    return assemble(header, plaintext, encrypted_key, AESGCM(cek), iv)


@scrubbed
def decrypt(
    token: str | bytes,
    private_key: PrivateKey,
    *,
    kid: str | None = None,
    max_length: int = MAX_JWE,
) -> bytes:
    """Decrypt a compact JWE with an RSA private key (RFC 7516, 5.2).

    Args:
        token: The compact JWE.
        private_key: An RSA private key of 2048 to 8192 bits: a key of `cryptography`, or an object
            of yours with the interface of `PrivateKey`.
        kid: A crypto key id. If the header has a `kid`, it must be this one (S4.4).
        max_length: The longest token that is read, in characters.

    Returns:
        The plaintext.

    Raises:
        TypeError: An argument has another type.
        InvalidKey: `private_key` is too short or too long.
        DecryptionError: The token cannot be decrypted, whatever the reason. `inspect` shows what
            can be seen of it without a key.

    Errors other than a plain ValueError that your object's `decrypt` raises reach the caller (D6).
    """
    check_private_key(private_key, kid)
    require_types(token=(token, (str, bytes)), max_length=(max_length, int))
    if len(token) > max_length:  # before anything is copied
        raise DecryptionError()
    text = token if isinstance(token, str) else decode_latin1(token)
    return decrypt_parts(read_parts(text), private_key, kid)


def check_enc(enc: str) -> str:
    """Return the content algorithm if it is one of the two (S4.3).

    Raises TypeError for another type, InvalidSetting for another text.
    """
    if type(enc) is not str:
        require_types(enc=(enc, str))
    if enc not in CEK_BYTES:
        raise InvalidSetting(f"enc must be A128GCM or A256GCM, not {enc[:20]!r} (S4.3)")
    return enc


def _check_kid(kid: str) -> None:
    """Raise TypeError or InvalidHeaderValue unless a kid to write is a crypto key id (S1.4)."""
    if type(kid) is not str:
        require_types(kid=(kid, str | None))
    if not is_crypto_key_id(kid):
        raise InvalidHeaderValue("kid must be a crypto key id: 32 letters and digits (S1.4)")


def check_private_key(private_key: PrivateKey, kid: str | None) -> None:
    """Refuse arguments that can decrypt nothing, before anything of a token is looked at.

    Raises TypeError for another type, InvalidKey for a key that is too short or too long.
    """
    require_types(private_key=(private_key, (RSAPrivateKey, PrivateKey)), kid=(kid, str | None))
    check_size(call_out(getattr, private_key, "key_size"))


def encode_header(header: str) -> bytes:
    """Encode the JSON text of a protected header: the result is the first segment and the AAD.

    The text must be ASCII, because some readers write a header anew, with escapes, before they
    verify it. Raises NotStrict for a header that `read_parts` would refuse: one that is too long,
    or has half a surrogate pair.
    """
    if "\\ud" in header:
        read_json(header.encode())  # NotStrict for half a pair
    encoded = to_base64url(header.encode()).encode()
    if len(encoded) > MAX_ENCODED_HEADER:
        raise NotStrict
    return encoded


def _header_with_kid(enc: str, kid: str) -> bytes:
    return encode_header(f'{{"enc":"{enc}","alg":"{ALG}","kid":"{kid}"}}')


def assemble(
    header: bytes, plaintext: bytes, encrypted_key: bytes, content_cipher: AESGCM, iv: bytes
) -> str:
    """Encrypt the content and put the token together: steps 14 to 19 of RFC 7516, 5.1."""
    ciphertext_and_tag = content_cipher.encrypt(iv, plaintext, header)
    if len(plaintext) > PIECE:
        return _assemble_in_pieces(header, encrypted_key, iv, memoryview(ciphertext_and_tag))
    segments = (
        header,
        b2a_base64(encrypted_key),
        b2a_base64(iv),
        b2a_base64(ciphertext_and_tag[:-TAG_BYTES]),
        b2a_base64(ciphertext_and_tag[-TAG_BYTES:]),
    )
    return to_url_alphabet(b".".join(segments))


def _assemble_in_pieces(
    header: bytes, encrypted_key: bytes, iv: bytes, ciphertext_and_tag: memoryview
) -> str:
    """Put a long token together. Nothing else refers to the text, so it grows in place."""
    token = f"{header.decode()}.{to_base64url(encrypted_key)}.{to_base64url(iv)}."
    for piece in split_into_pieces(ciphertext_and_tag[:-TAG_BYTES]):
        token += to_base64url(piece)
    token += "."
    token += to_base64url(ciphertext_and_tag[-TAG_BYTES:])
    return token


def read_parts(token: str) -> Parts:
    """Take a token apart and check its header: steps 1 to 7 of RFC 7516, 5.2.

    Raises DecryptionError for a token that has not five segments, or a header outside the profile.
    """
    segments, last_dot = _find_segments(token)
    header = _CACHED_HEADERS.get(segments["header"]) or _read_header(segments["header"])
    return _decode_segments(token, segments, last_dot, header)


def _find_segments(token: str) -> tuple[re.Match[str], int]:
    """Find the first three segments, behind which the ciphertext starts, and the last dot (step 1).

    The ciphertext, which may be long, is not copied.
    """
    segments = _FIRST_SEGMENTS.match(token)
    if segments is None:
        raise DecryptionError()
    last_dot = token.find(".", segments.end())
    if last_dot == -1 or token.find(".", last_dot + 1) != -1:
        raise DecryptionError()
    return segments, last_dot


def _read_header(encoded: str) -> dict[str, Any]:
    """Decode the first segment and check the header against the profile (steps 2 to 5)."""
    if len(encoded) > MAX_ENCODED_HEADER:
        raise DecryptionError()
    try:
        header = read_json(from_base64url(encoded))
    except NotStrict:
        raise DecryptionError() from None
    if not isinstance(header, dict) or not _is_within_profile(header):
        raise DecryptionError()
    return header


def _is_within_profile(header: dict[str, Any]) -> bool:
    """Tell whether this module decrypts a token with this header (S4.2 to S4.4, S4.9)."""
    if header.get("alg") != ALG:
        return False
    enc = header.get("enc")
    if not isinstance(enc, str) or enc not in CEK_BYTES:
        return False
    if not isinstance(header.get("kid", ""), str):
        return False
    return REFUSED_PARAMETERS.isdisjoint(header)


def _decode_segments(
    token: str, segments: re.Match[str], last_dot: int, header: dict[str, Any]
) -> Parts:
    """Decode the other segments (step 2).

    One that cannot be decoded ends the decoding, and has no other effect here: the failure must
    take the same steps as all that come later.
    """
    encrypted_key = b""
    iv = b""
    ciphertext: list[bytes] = []
    tag = b""
    try:
        ciphertext = from_base64url_in_pieces(token, segments.end(), last_dot)
        tag = from_base64url(token[last_dot + 1 :])
        iv = from_base64url(segments["iv"])
        encrypted_key = from_base64url(segments["encrypted_key"])
    except NotStrict:
        pass
    aad = segments["header"].encode()
    ciphertext_and_tag = b"".join((*ciphertext, tag))
    has_tag = len(tag) == TAG_BYTES
    return Parts(header, aad, encrypted_key, iv, ciphertext_and_tag, has_tag)


def decrypt_parts(parts: Parts, private_key: PrivateKey, kid: str | None) -> bytes:
    """Decrypt the CEK and with it the content: steps 8 to 19 of RFC 7516, 5.2.

    Raises DecryptionError, also for a `kid` in the header that is not the one passed in (S4.4).
    """
    if kid is not None and parts.header.get("kid", kid) != kid:
        raise DecryptionError()
    cek = unwrap_cek(parts, private_key)
    return decrypt_content(parts, AESGCM(cek))


def unwrap_cek(parts: Parts, private_key: PrivateKey) -> bytes:
    """Decrypt the CEK: steps 9 to 13 of RFC 7516, 5.2.

    If anything is wrong with the encrypted key, a random CEK takes its place, under which the
    content cannot be decrypted (RFC 7516, 11.5).
    """
    substitute = os.urandom(CEK_BYTES[parts.header["enc"]])
    modulus_bytes = (call_out(getattr, private_key, "key_size") + 7) // 8
    has_right_length = len(parts.encrypted_key) == modulus_bytes
    encrypted_key = parts.encrypted_key if has_right_length else bytes(modulus_bytes)
    decrypt = calling_out(private_key.decrypt)
    try:
        cek = decrypt(encrypted_key, OAEP_256)
    except ValueError as error:
        if type(error) is not ValueError:  # of a KMS client, say: it is not about this token (D6)
            raise
        return substitute
    if has_right_length and len(cek) == len(substitute):
        return cek
    return substitute


def decrypt_content(parts: Parts, content_cipher: AESGCM) -> bytes:
    """Decrypt the content: steps 14 to 19 of RFC 7516, 5.2. Raises DecryptionError.

    Nothing here can tell whether the CEK is a substitute.
    """
    has_iv = len(parts.iv) == IV_BYTES
    iv = parts.iv if has_iv else bytes(IV_BYTES)
    plaintext: bytes | None
    try:
        plaintext = content_cipher.decrypt(iv, parts.ciphertext_and_tag, parts.aad)
    except InvalidTag:
        plaintext = None
    if plaintext is None or not has_iv or not parts.has_tag:
        raise DecryptionError()
    return plaintext


# The two headers that `encrypt` writes without a kid: encoded once, and read once.
_HEADERS_WITHOUT_KID = {enc: encode_header(f'{{"enc":"{enc}","alg":"{ALG}"}}') for enc in CEK_BYTES}
_CACHED_HEADERS = {
    header.decode(): _read_header(header.decode()) for header in _HEADERS_WITHOUT_KID.values()
}
