"""Compact JWEs (S4.2 to S4.4): decrypted with the private key of the group.

A test may be about that key: then loading it fails, and not reading the group.
"""

from collections.abc import Callable
from functools import partial
from types import NoneType

from .... import jwe
from ....keys.loading import PrivateKey
from ..case import Case, CaseMaker, is_valid
from ..files import Members
from ..parties import Keys
from ..values import decode_bytes, decode_token, read_member


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    name = group["privateKey"]
    keys.read_private(name)  # a file that is missing is no outcome of a test
    return partial(_make_case, partial(keys.private, name))


def _make_case(load_key: Callable[[], PrivateKey], test: Members) -> Case:
    token = decode_token(read_member(test, "jwe", str, dict))
    kid = read_member(test, "kid", str, NoneType)
    expected = {"plaintext": decode_bytes(test["plaintext"])} if is_valid(test) else {}

    def decrypt() -> Members:
        """Decrypt the JWE."""
        return {"plaintext": jwe.decrypt(token, load_key(), kid=kid)}

    return Case(decrypt, expected)
