"""Sealed projects: unsealed with a passphrase or a sealing key."""

from types import NoneType

from ....keys.sealed import unseal
from ..case import Case, CaseMaker, is_valid
from ..files import Members
from ..parties import Keys
from ..values import canonicalize, canonicalize_text, read_member


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases, whose tests share nothing."""
    return _make_case


def _make_case(test: Members) -> Case:
    blob = bytes.fromhex(test["blob"])
    passphrase = read_member(test, "passphrase", str, NoneType)
    key = None if test["key"] is None else bytes.fromhex(test["key"])
    expected: Members = {}
    if is_valid(test):
        expected = {"document": canonicalize_text(test["document"], exact=False)}

    def open_blob() -> Members:
        """Unseal the blob."""
        contents = unseal(blob, passphrase=passphrase, key=key)
        return {"document": canonicalize(contents.document())}

    return Case(open_blob, expected)
