"""Compact JWEs (S4.2 to S4.4): decrypted with the private key of the group."""

from functools import partial
from types import NoneType

from .... import jwe
from ....keys.loading import PrivateKey
from ..case import Case, CaseMaker, is_valid
from ..files import Members
from ..parties import Keys
from ..values import decode_bytes, read_member


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    return partial(_make_case, keys.private(group["privateKey"]))


def _make_case(private_key: PrivateKey, test: Members) -> Case:
    token = read_member(test, "jwe", str)
    kid = read_member(test, "kid", str, NoneType)
    expected = {"plaintext": decode_bytes(test["plaintext"])} if is_valid(test) else {}

    def decrypt() -> Members:
        """Decrypt the JWE."""
        return {"plaintext": jwe.decrypt(token, private_key, kid=kid)}

    return Case(decrypt, expected)
