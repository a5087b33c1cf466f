"""JWK members that say something about the key, and must not contradict the key that is taken.

The forms and numbers of JWKs are in test_key_text.py. An EC private key has a `d`, too: JWKs of
other types are there, among the types.
"""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timezone
from functools import cache, partial
from hashlib import sha1, sha256
from typing import Any, NamedTuple, NoReturn

import pytest
from cryptography.x509 import load_der_x509_certificate

from kmcrypto import CryptoKey, KeyRing, errors
from kmcrypto.keys.crypto_key import Side
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.encodings import NULL, b64, oid, sequence, tlv
from tests.support.key_forms import certificate_of_numbers, jwk, replaced, usage
from tests.support.keys import (
    END,
    START,
    certificate,
    certificate_der,
    other_key,
    rsa_key,
    stranger,
)
from tests.support.leaks import everything_in

HALVES = ("public", "private")


def load(half: str, text: str, id: str = KEY_ID, valid_at: datetime | None = None) -> CryptoKey:
    """Load a JWK as the platform's public or private key."""
    if half == "public":
        return CryptoKey.load(id=id, platform_public=text, valid_at=valid_at)
    return CryptoKey.load(id=id, platform_private=text, valid_at=valid_at)


@cache
def own() -> bytes:
    """A certificate of rsa_key(), the key of the JWKs."""
    return certificate_der(rsa_key())


@cache
def foreign() -> bytes:
    """A certificate of another key."""
    return certificate_der(stranger())


def standard(data: bytes) -> str:
    """Standard base64, as in `x5c`."""
    return b64encode(data).decode()


def certificate_of_year_0() -> bytes:
    """A certificate that `cryptography` loads, and whose dates it cannot read."""
    start, end = (tlv(0x17, date.strftime("%y%m%d%H%M%SZ").encode()) for date in (START, END))
    year_0 = sequence(tlv(0x18, b"00000101000000Z"), end)
    tbs = replaced(certificate(rsa_key()).tbs_certificate_bytes, sequence(start, end), year_0)
    size = 4  # of the tag and length of a SEQUENCE between 256 bytes and 64 KiB
    algorithm = sequence(oid("1.2.840.113549.1.1.11"), NULL)
    return sequence(sequence(tbs[size:]), algorithm, tlv(3, bytes(257)))


# --- What is taken --------------------------------------------------------------------------------

TAKEN: dict[str, Callable[[], dict[str, Any]]] = {
    "the id that it is loaded under": lambda: {"kid": KEY_ID},
    "a kid that is no crypto key id": lambda: {"kid": "2026-11 platform"},
    "a thumbprint as kid": lambda: {"kid": b64(bytes(32))},
    "a kid of 31 letters and digits": lambda: {"kid": OTHER_KEY_ID[:31]},
    "an empty kid": lambda: {"kid": ""},
    "use and key_ops that agree": lambda: {"use": "enc", "key_ops": ["encrypt", "decrypt"]},
    "all operations of RSA-OAEP": lambda: {
        "key_ops": ["encrypt", "decrypt", "wrapKey", "unwrapKey"]
    },
    "its certificate": lambda: {"x5c": [standard(own())]},
    "its certificate, and its issuer's": lambda: {"x5c": [standard(own()), standard(foreign())]},
    "its certificate and both hashes": lambda: {
        "x5c": [standard(own())],
        "x5t": b64(sha1(own()).digest()),
        "x5t#S256": b64(sha256(own()).digest()),
    },
    "hashes of a certificate that is not here": lambda: {
        "x5t": b64(bytes(20)),
        "x5t#S256": b64(bytes(32)),
    },
    "where its certificate is": lambda: {"x5u": "https://made-up.example/certificate.pem"},
    "dates and ext": lambda: {"iat": 1, "nbf": 1.5, "exp": 2, "ext": False},
    "members that nobody registered": lambda: {"made-up": [None], "KID": OTHER_KEY_ID, "sub": {}},
}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("name", TAKEN)
def test_members_that_agree_with_the_key_are_taken(half: str, name: str) -> None:
    key = load(half, jwk(half, **TAKEN[name]()))
    assert key.public_half(Side.PLATFORM) == rsa_key().public_key()


@pytest.mark.parametrize("half", HALVES)
def test_a_certificate_in_a_jwk_is_kept_as_one_in_a_file_is(half: str) -> None:
    """Its dates show, and `valid_at` is asked of it, too."""
    text = jwk(half, x5c=[standard(own())])
    key = load(half, text)
    assert key.validity == {Side.PLATFORM: (START, END)}
    assert KeyRing([key]).info()[0]["platform"]["not_after"] == END.isoformat()
    with pytest.raises(errors.InvalidKey, match="platform certificate is valid from"):
        load(half, text, valid_at=datetime(2026, 11, 23, tzinfo=timezone.utc))


# --- What is refused ------------------------------------------------------------------------------


class Fault(NamedTuple):
    """Members that contradict the key, and the member that the error names."""

    changes: Callable[[], dict[str, Any]]
    member: str


def is_not(member: str, **values: Any) -> dict[str, Fault]:
    """Values that a member must not have, by their names."""
    return {
        f"{member}: {name}": Fault(partial(dict, {member: value}), member)
        for name, value in values.items()
    }


ANY_TYPE: dict[str, Any] = {"null": None, "number": 5, "list": ["a"], "object": {}, "true": True}

FAULTS: dict[str, Fault] = {
    **is_not("kid", **ANY_TYPE, another_id=OTHER_KEY_ID, in_capitals=KEY_ID.upper()),
    **is_not("use", sig="sig", null=None),
    **is_not("alg", another="RSA-OAEP", null=None),
    # RFC 7517, 4.3: operations must not come twice, and unrelated ones should not come together.
    **is_not("key_ops", twice=["encrypt", "decrypt", "encrypt"], none=[], text="encrypt decrypt"),
    **is_not(
        "key_ops",
        a_number=["encrypt", "decrypt", 5],
        a_list=["encrypt", "decrypt", ["encrypt"]],
        null=["encrypt", "decrypt", None],
        sign=["encrypt", "decrypt", "sign"],
        verify=["verify", "encrypt", "decrypt"],
        derive_key=["encrypt", "decrypt", "deriveKey"],
        derive_bits=["encrypt", "decrypt", "deriveBits"],
    ),
    "key_ops: of signing, beside use": Fault(
        lambda: {"use": "enc", "key_ops": ["sign", "verify"]}, "key_ops"
    ),
    **is_not("x5u", **ANY_TYPE),
    **is_not("x5c", **ANY_TYPE, text="AAAA", empty=[], no_certificate=["AAAA"], empty_text=[""]),
    "x5c: of another key": Fault(lambda: {"x5c": [standard(foreign())]}, "x5c"),
    "x5c: the issuer's first": Fault(
        lambda: {"x5c": [standard(foreign()), standard(own())]}, "x5c"
    ),
    "x5c: of an EC key": Fault(
        lambda: {"x5c": [standard(certificate_der(other_key("EC")))]}, "x5c"
    ),
    "x5c: of the same modulus and another exponent": Fault(
        lambda: {"x5c": [standard(certificate_of_numbers(modulus(), 65539))]}, "x5c"
    ),
    "x5c: of a key that cryptography does not read": Fault(
        lambda: {"x5c": [standard(certificate_of_numbers(modulus(), 4))]}, "x5c"
    ),
    "x5c: dates that cryptography does not read": Fault(
        lambda: {"x5c": [standard(certificate_of_year_0())]}, "x5c"
    ),
    "x5c: in base64url": Fault(lambda: {"x5c": [b64(own())]}, "x5c"),
    "x5c: with line feeds": Fault(lambda: {"x5c": [standard(own())[:64] + "\n"]}, "x5c"),
    "x5c: as PEM": Fault(lambda: {"x5c": ["-----BEGIN CERTIFICATE-----"]}, "x5c"),
    "x5c: bytes behind the certificate": Fault(lambda: {"x5c": [standard(own() + b"\0")]}, "x5c"),
    "x5c: an issuer that is a number": Fault(lambda: {"x5c": [standard(own()), 5]}, "x5c"),
    "x5c: an issuer that is no base64": Fault(lambda: {"x5c": [standard(own()), "?"]}, "x5c"),
    **is_not("x5t", **ANY_TYPE, of_19_bytes=b64(bytes(19)), padded=standard(bytes(20)), empty=""),
    "x5t: of another certificate": Fault(
        lambda: {"x5c": [standard(own())], "x5t": b64(sha1(foreign()).digest())}, "x5t"
    ),
    "x5t: the SHA-256": Fault(lambda: {"x5t": b64(sha256(own()).digest())}, "x5t"),
    **is_not("x5t#S256", **ANY_TYPE, of_31_bytes=b64(bytes(31)), padded=standard(bytes(32))),
    "x5t#S256: of another certificate": Fault(
        lambda: {"x5c": [standard(own())], "x5t#S256": b64(sha256(foreign()).digest())}, "x5t#S256"
    ),
    "x5t#S256: the SHA-1": Fault(lambda: {"x5t#S256": b64(sha1(own()).digest())}, "x5t#S256"),
    **is_not("oth", empty=[], null=None),
    # The members of EC and OKP keys, of symmetric keys, and of AKP keys.
    **is_not("crv", curve="P-256", null=None),
    **is_not("x", coordinate=b64(bytes(32))),
    **is_not("y", coordinate=b64(bytes(32))),
    **is_not("k", secret=b64(bytes(32))),
    **is_not("pub", key=b64(bytes(32))),
    **is_not("priv", seed=b64(bytes(32))),
    **is_not("ext", text="true", number=1, null=None),
    **is_not("iat", text="1", true=True, null=None),
    **is_not("nbf", text="1", true=True, null=None),
    **is_not("exp", text="1", true=True, null=None),
    **is_not("revoked", when={"revoked_at": 1}, false=False),
}


def modulus() -> int:
    return rsa_key().public_key().public_numbers().n


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("name", FAULTS)
def test_a_member_that_contradicts_the_key_is_refused_by_name(half: str, name: str) -> None:
    """D8, D9: one error, which says where to look and shows nothing of the member's value."""
    fault = FAULTS[name]
    with pytest.raises(errors.InvalidKey) as caught:
        load(half, jwk(half, **fault.changes()))
    text = str(caught.value)
    assert text.startswith(f"platform_{half}: JWK member `{fault.member}` must ")
    assert len(text) < 240
    assert OTHER_KEY_ID not in text
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_the_certificates_of_the_lazy_faults_load() -> None:
    """So that what fails there is what `cryptography` parses later."""
    for data in (certificate_of_numbers(modulus(), 4), certificate_of_year_0()):
        assert load_der_x509_certificate(data).serial_number == 77


@pytest.mark.parametrize("half", HALVES)
def test_the_operations_of_the_other_half_alone_are_refused(half: str) -> None:
    others = {"public": ["decrypt", "unwrapKey"], "private": ["encrypt", "wrapKey"]}
    with pytest.raises(errors.InvalidKey, match="`key_ops` must list encrypt or wrapKey"):
        load(half, jwk(half, key_ops=others[half]))


@pytest.mark.parametrize("half", HALVES)
def test_a_certificate_in_a_jwk_must_not_forbid_encryption(half: str) -> None:
    """RFC 7517, 4.7: the JWK agrees with the key usage of its certificate."""
    signing = certificate_der(rsa_key(), usage("digital_signature"))
    with pytest.raises(errors.InvalidKey, match="key usage of the certificate forbids"):
        load(half, jwk(half, x5c=[standard(signing)]))


@pytest.mark.parametrize("half", HALVES)
def test_a_kid_is_compared_with_the_id_of_this_load(half: str) -> None:
    text = jwk(half, kid=KEY_ID)
    assert load(half, text).id == KEY_ID
    with pytest.raises(errors.InvalidKey, match="`kid` must be text, and no other crypto key id"):
        load(half, text, id=OTHER_KEY_ID)


@pytest.mark.parametrize("half", HALVES)
def test_no_error_of_a_jwk_shows_what_was_in_it(half: str) -> None:
    marked = "made up and kept by nobody"
    for changes in ({"kid": [marked]}, {"x5c": [marked]}, {"key_ops": [marked]}, {"k": marked}):
        with pytest.raises(errors.InvalidKey) as caught:
            load(half, jwk(half, **changes))
        assert marked not in everything_in(caught.value)


def test_nothing_is_fetched_from_x5u(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert load("public", jwk(x5u="https://made-up.example/certificate.pem"))
