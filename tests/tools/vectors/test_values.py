"""BYTES that are joined, and JWEs whose ciphertext the vectors do not hold."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kmcrypto.tools.vectors.values import MAX_BYTES, decode_bytes


def test_bytes_are_joined() -> None:
    parts: list[dict[str, Any]] = [
        {"text": "a"},
        {"repeat": {"hex": "20", "times": 2}},
        {"hex": "ff"},
    ]
    assert decode_bytes({"join": parts}) == b"a  \xff"
    assert decode_bytes({"join": [{"join": parts}, {"text": "b"}]}) == b"a  \xffb"
    for wrong in ({"join": ["a"]}, {"join": [{"text": "a", "hex": "00"}]}):
        with pytest.raises(ValueError, match="BYTES must have one member"):
            decode_bytes(wrong)


def test_no_more_bytes_are_joined_than_one_test_may_have() -> None:
    most = {"repeat": {"hex": "00", "times": MAX_BYTES}}
    with pytest.raises(ValueError, match="all bytes must be at most"):
        decode_bytes({"join": [most, {"text": "a"}]})


def test_a_large_jwe_is_computed_from_its_parts() -> None:
    """Another library decrypts what comes out, with the header's text as the AAD."""
    cek = bytes(range(16))
    parts = {"header": "e30", "encryptedKey": "AAAA", "iv": "AAAAAAAAAAAAAAAA", "cek": cek.hex()}
    token = decode_bytes({"jwe": {**parts, "plaintext": {"repeat": {"hex": "61", "times": 70}}}})
    header, encrypted_key, iv, ciphertext, tag = token.decode("ascii").split(".")
    assert (header, encrypted_key, iv) == ("e30", "AAAA", "AAAAAAAAAAAAAAAA")
    raw = urlsafe_b64decode(ciphertext + "==") + urlsafe_b64decode(tag + "==")
    assert AESGCM(cek).decrypt(bytes(12), raw, b"e30") == b"a" * 70
