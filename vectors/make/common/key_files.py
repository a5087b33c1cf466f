"""The fixed key pairs in vectors/keys. They are read, and never written."""

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

VECTORS = Path(__file__).parents[2]


def private_pem(name: str) -> bytes:
    """Read the PEM of a private key; `name` is the file's, such as platform_2048."""
    return (VECTORS / "keys" / f"{name}.pem").read_bytes()


def public_pem(name: str) -> bytes:
    """Read the PEM of a public key."""
    return (VECTORS / "keys" / f"{name}.pub.pem").read_bytes()


@lru_cache
def private_key(name: str) -> RSAPrivateKey:
    """Load a private key. Its primes are not tested, which takes seconds for large ones."""
    key = load_pem_private_key(private_pem(name), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f"vectors/keys/{name}.pem must be an RSA key")
    return key


def modulus_length(name: str) -> int:
    """The length of a key's modulus, in bytes."""
    return (private_key(name).key_size + 7) // 8
