"""The RSA keys of the tests of tokens and messages."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.support.keys import rsa_key, stranger


@pytest.fixture(scope="session")
def key() -> RSAPrivateKey:
    """The receiver's key."""
    return rsa_key()


@pytest.fixture(scope="session")
def other() -> RSAPrivateKey:
    """A key that opens none of the tokens."""
    return stranger()
