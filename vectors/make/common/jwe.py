"""Compact JWEs made by hand, so that every part can be chosen, and be wrong."""

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from .derive import derive
from .encode import Json, b64url, compact_json, printable
from .key_files import modulus_length, private_key
from .rsa_oaep import OAEP_SHA256, Oaep, rsa_encrypt

HEADER = b'{"enc":"A128GCM","alg":"RSA-OAEP-256"}'
HEADER_A256GCM = b'{"enc":"A256GCM","alg":"RSA-OAEP-256"}'
TAG_LENGTH = 16


@dataclass(frozen=True)
class Jwe:
    """A JWE by its parts. `dataclasses.replace` makes the wrong ones.

    `protected` is the text of the first segment; `header` is the JSON text that it encodes.
    """

    protected: str
    encrypted_key: bytes
    iv: bytes
    ciphertext: bytes
    tag: bytes
    cek: bytes
    header: bytes

    @property
    def segments(self) -> list[str]:
        """The five segments."""
        parts = (self.encrypted_key, self.iv, self.ciphertext, self.tag)
        return [self.protected, *map(b64url, parts)]

    @property
    def compact(self) -> str:
        """The compact serialization (RFC 7516, 7.1)."""
        return ".".join(self.segments)

    @property
    def intermediate(self) -> Json:
        """The values between plaintext and compact serialization."""
        return {
            "header": printable(self.header),
            "aad": self.protected.encode().hex(),
            "cek": self.cek.hex(),
            "iv": self.iv.hex(),
            "encryptedKey": self.encrypted_key.hex(),
            "ciphertext": self.ciphertext.hex(),
            "tag": self.tag.hex(),
        }


def header_with(members: Json) -> bytes:
    """Write the usual header with further members, or with other values of its own."""
    return compact_json({"enc": "A128GCM", "alg": "RSA-OAEP-256", **members})


def make_jwe(
    label: str,
    plaintext: bytes,
    header: bytes = HEADER,
    key: str = "platform_2048",
    *,
    cek: bytes | None = None,
    iv: bytes | None = None,
    seed: bytes | None = None,
    oaep: Oaep = OAEP_SHA256,
    encrypted_key: bytes | None = None,
    content_key: bytes | None = None,
    aad: bytes | None = None,
) -> Jwe:
    """Make a JWE that is genuine (RFC 7516, 5.1) but for what the caller chooses.

    Args:
        label: What the CEK, the IV and the seed are derived from.
        plaintext: The content.
        header: The JSON text of the header; its `enc` decides the length of the CEK.
        key: The name of the key pair that the CEK is encrypted to.
        cek: The CEK, instead of the derived one.
        iv: The IV, instead of the derived one.
        seed: The seed of OAEP, instead of the derived one.
        oaep: How the CEK is encoded.
        encrypted_key: The second segment, instead of the encrypted CEK.
        content_key: The key of the content, instead of the CEK.
        aad: The authenticated data, instead of the first segment.
    """
    if cek is None:
        cek = derive(f"{label}/cek", 32 if b'"A256GCM"' in header else 16)
    if iv is None:
        iv = derive(f"{label}/iv", 12)
    if seed is None:
        seed = derive(f"{label}/seed", 64)
    if encrypted_key is None:
        encrypted_key = rsa_encrypt(oaep.encode(cek, modulus_length(key), seed), key)
    if content_key is None:
        content_key = cek
    protected = b64url(header)
    if aad is None:
        aad = protected.encode()
    encrypted = AESGCM(content_key).encrypt(iv, plaintext, aad)
    return Jwe(
        protected=protected,
        encrypted_key=encrypted_key,
        iv=iv,
        ciphertext=encrypted[:-TAG_LENGTH],
        tag=encrypted[-TAG_LENGTH:],
        cek=cek,
        header=header,
    )


def check_jwe(jwe: Jwe, plaintext: bytes, key: str = "platform_2048") -> None:
    """Decrypt a JWE with `cryptography`; a ValueError says that it is not what it should be."""
    cek = private_key(key).decrypt(jwe.encrypted_key, OAEP(MGF1(SHA256()), SHA256(), None))
    content = AESGCM(cek).decrypt(jwe.iv, jwe.ciphertext + jwe.tag, jwe.protected.encode())
    lengths = (len(jwe.iv), len(jwe.tag))
    if (cek, content, lengths) != (jwe.cek, plaintext, (12, TAG_LENGTH)):
        raise ValueError("a JWE that was made by hand does not decrypt to its plaintext")


def as_parts(jwe: Jwe, plaintext: Json) -> Json:
    """Show a genuine JWE by what its ciphertext and tag are computed from, where it is large."""
    return {
        "jwe": {
            "header": jwe.protected,
            "encryptedKey": b64url(jwe.encrypted_key),
            "iv": b64url(jwe.iv),
            "cek": jwe.cek.hex(),
            "plaintext": plaintext,
        }
    }


def envelope(value: Any) -> bytes:
    """Write the body of an encrypted message around a compact JWE, or another value (S4.1)."""
    return compact_json({"encData": value})
