"""Encrypted bodies (S4.1): decrypted with the private key of the group."""

from functools import partial
from types import NoneType

from .... import decrypt_message
from ....keys.loading import PrivateKey
from ..case import Case, CaseMaker, is_valid
from ..files import Members
from ..parties import Keys
from ..values import canonicalize, canonicalize_text, decode_bytes, read_member


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    return partial(_make_case, keys.private(group["privateKey"]))


def _make_case(private_key: PrivateKey, test: Members) -> Case:
    body = decode_bytes(test["body"])
    options = {"kid": read_member(test, "kid", str, NoneType)}
    max_body = read_member(test, "maxBody", int, NoneType)
    if max_body is not None:
        options["max_body"] = max_body
    expected: Members = {}
    if is_valid(test):
        # The fractions of a message are floats: 1.50 and 1.5 are one number.
        expected = {"payload": canonicalize_text(test["payload"], exact=False)}

    def decrypt() -> Members:
        """Decrypt the body."""
        return {"payload": canonicalize(decrypt_message(body, private_key, **options))}

    return Case(decrypt, expected)
