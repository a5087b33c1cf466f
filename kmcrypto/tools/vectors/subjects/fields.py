"""Encrypted fields and selectors (S9): documents are encrypted and decrypted, selectors select.

A decrypted document must be the expected one to the digit, with its members in the same order.
"""

from functools import partial
from types import NoneType
from typing import Any

from .... import FieldCipher
from ....encryption import json_path
from ..case import Case, CaseMaker, is_valid, require_operation
from ..files import Members
from ..parties import Keys, Party
from ..values import canonicalize, canonicalize_text, parse_document, read_member


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    return partial(_make_case, _make_cipher(keys, group))


def _make_cipher(keys: Keys, group: Members) -> FieldCipher:
    side = group["side"]
    storage_side = group["storageSide"]
    is_platform = side == "gateway" or storage_side == "platform"
    ring = keys.ring(group["ring"], Party.PLATFORM if is_platform else Party.PROVIDER)
    selectors = group["selectors"]
    options = {
        "optional": group["optional"],
        "plain": group["plain"],
        "accept_inactive": group["acceptInactive"],
    }
    if side == "storage":
        return FieldCipher.for_storage(ring, selectors, side=storage_side, **options)
    if side == "gateway":
        return FieldCipher.for_gateway(ring, selectors, **options)
    if side == "client":
        return FieldCipher.for_client(ring, selectors, **options)
    raise ValueError("side must be gateway, client or storage")


def _make_case(cipher: FieldCipher, test: Members) -> Case:
    document = parse_document(test["document"])
    if test["operation"] == "select":
        return _make_select_case(test, document)
    if test["operation"] == "encrypt":
        return _make_encrypt_case(cipher, test, document)
    require_operation(test, "decrypt")
    return _make_decrypt_case(cipher, test, document)


def _make_decrypt_case(cipher: FieldCipher, test: Members, document: Any) -> Case:
    context = read_member(test, "context", str, NoneType)
    expected: Members = {}
    if is_valid(test):
        plain = canonicalize_text(test["plain"], ordered=True)
        expected = {"plain": plain, "report": test["report"]}

    def decrypt() -> Members:
        """Decrypt the fields of the document."""
        result = cipher.decrypt(document, context)
        return {"plain": canonicalize(result.document, ordered=True), "report": result.report}

    return Case(decrypt, expected)


def _make_encrypt_case(cipher: FieldCipher, test: Members, document: Any) -> Case:
    context = test["context"]
    expected = {"report": test["report"]} if is_valid(test) else {}

    def encrypt() -> Members:
        """Encrypt the selected values of the document."""
        return {"report": cipher.encrypt(document, context).report}

    return Case(encrypt, expected)


def _make_select_case(test: Members, document: Any) -> Case:
    selector = read_member(test, "selector", str)
    if is_valid(test):
        expected = {"paths": test["paths"]}
    elif "position" in test:
        expected = {"position": test["position"]}
    else:
        expected = {}

    def select() -> Members:
        """Select values of the document."""
        locations = json_path.select(json_path.parse(selector), document)
        return {"paths": [json_path.normalized_path(location) for location in locations]}

    return Case(select, expected)
