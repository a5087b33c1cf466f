"""Crypto keys, their loading and the ring (S4.2, S5): what is taken and refused; no key is shown.

Loading is tested here with what `cryptography` writes as PEM; test_key_text.py has the other forms
and makers.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import secrets
import sys
import warnings
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from hypothesis import given, strategies as st

from kmcrypto import CryptoKey, KeyRing, KeyState, errors, jwe
from kmcrypto.keys import rsa_checks
from kmcrypto.keys.crypto_key import Side
from kmcrypto.keys.key_text import MAX_KEY_TEXT
from kmcrypto.keys.loading import PrivateKey
from kmcrypto.keys.rsa_checks import check_public_key
from tests.support import KEY_ID, OTHER_KEY_ID, PASSWORD, THIRD_KEY_ID
from tests.support.encodings import b64
from tests.support.hsm import Hsm, HsmDown
from tests.support.key_forms import (
    certificate_bag,
    certificate_of_numbers,
    certificate_with,
    has_small_factor,
    jwk,
    key_bag,
    key_store,
    pkcs1_public,
    small_primes,
    sound,
    spki,
)
from tests.support.keys import (
    OTHER_KINDS,
    certificate_pem,
    encryption_under,
    load_private_key,
    load_public_key,
    other_key,
    pkcs12,
    private_jwk,
    private_pem,
    public_pem,
    rsa_key,
    stranger,
)
from tests.support.leaks import refused
from tests.support.parties import Parties
from tests.support.processes import openssl
from tests.support.properties import examples


def sealed_pem(key: rsa.RSAPrivateKey | None = None) -> bytes:
    """An encrypted PEM PKCS#8, of rsa_key() unless a key is given."""
    return private_pem(key or rsa_key(), encryption_under(PASSWORD))


# --- what is taken ------------------------------------------------------------------------------

FORMS: dict[str, Callable[[bytes, Path], Any]] = {
    "bytes": lambda pem, folder: pem,
    "str": lambda pem, folder: pem.decode(),
    "path": lambda pem, folder: _written(folder, pem),
    "crlf": lambda pem, folder: pem.replace(b"\n", b"\r\n"),
    "text-before": lambda pem, folder: b"subject=made up\n" + pem,
    "no-line-feed-at-the-end": lambda pem, folder: pem.rstrip(),
}


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "key.pem"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["spki", "certificate"])
def test_a_public_half_may_be_a_pem_public_key_or_certificate(
    tmp_path: Path, kind: str, form: str
) -> None:
    pem = public_pem(rsa_key()) if kind == "spki" else certificate_pem(rsa_key())
    loaded = load_public_key(FORMS[form](pem, tmp_path))
    assert loaded.public_numbers() == rsa_key().public_key().public_numbers()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "password", [None, PASSWORD, PASSWORD.encode()], ids=["plain", "str", "bytes"]
)
def test_a_private_half_may_be_pem_pkcs8_plain_or_encrypted(
    tmp_path: Path, password: str | bytes | None, form: str
) -> None:
    pem = private_pem(rsa_key()) if password is None else sealed_pem()
    loaded = load_private_key(FORMS[form](pem, tmp_path), password)
    assert loaded.public_key().public_numbers() == rsa_key().public_key().public_numbers()


@pytest.mark.parametrize("filters", ["error", "always"])
def test_whether_an_odd_certificate_is_taken_is_not_up_to_the_filters_of_warnings(
    filters: Any,
) -> None:
    """`cryptography` warns of a serial number below zero, which RFC 5280 forbids."""
    odd = certificate_with(b"\x02\x01\x4d", b"\x02\x01\xb3")
    store = key_store(key_bag(rsa_key()), certificate_bag(odd), password=PASSWORD)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter(filters)
        keys = [
            load_public_key(odd),
            load_public_key(jwk(x5c=[b64encode(odd).decode()])),
            load_private_key(store, PASSWORD).public_key(),
        ]
    assert keys == [rsa_key().public_key()] * 3
    assert warned == []


def _at_depth(depth: int, call: Callable[[], object]) -> object:
    return _at_depth(depth - 1, call) if depth else call()


@pytest.mark.parametrize("form", ["encrypted", "store", "jwk"])
def test_no_key_and_no_password_is_wrong_for_want_of_room(form: str) -> None:
    """At the limit of recursion the program fails, and not the key."""
    sources: dict[str, tuple[str | bytes, str | None]] = {
        "encrypted": (sealed_pem(), PASSWORD),
        "store": (pkcs12(rsa_key(), password=PASSWORD), PASSWORD),
        "jwk": (private_jwk(rsa_key()), None),
    }
    source, password = sources[form]
    load = partial(load_private_key, source, password)
    load()
    outer = len(inspect.stack(0))
    outcomes = set()
    for room in range(5, 60, 4):
        with suppress(RecursionError):
            _at_depth(sys.getrecursionlimit() - outer - room, load)
            outcomes.add(room)
    assert outcomes  # with room enough, the key is read


@pytest.mark.programs
def test_keys_that_openssl_made_are_taken() -> None:
    """Another writer of PKCS#8, of encrypted PKCS#8 and of certificates."""
    made = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    sealed = openssl(
        "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:made-up", stdin=made
    )
    public = openssl("pkey", "-pubout", stdin=made)
    plain = load_private_key(made)
    assert (
        plain.public_key()
        == load_private_key(sealed, "made-up").public_key()
        == load_public_key(public)
    )


def test_key_objects_are_taken_as_they_are() -> None:
    assert load_private_key(rsa_key()) is rsa_key()
    public = rsa_key().public_key()
    assert load_public_key(public) is public
    hsm = Hsm(rsa_key())
    assert load_private_key(hsm) is hsm
    assert isinstance(hsm, PrivateKey)


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_sizes_that_are_taken(bits: int) -> None:
    """S4.2: 2048 to 8192 bits; the larger ones as public keys, which need no search for primes."""
    assert load_public_key(_public_of(bits)).key_size == bits


@pytest.mark.parametrize("bits", [2048, 2049, 8191, 8192])
def test_the_bounds_of_the_modulus_from_inside(bits: int) -> None:
    """S4.2."""
    assert check_public_key(_public_of(bits)).key_size == bits


@pytest.mark.parametrize("bits", [1024, 2040, 2047, 8193, 16384])
def test_the_bounds_of_the_modulus_from_outside(bits: int) -> None:
    """S4.2, as an object and, where the parser itself would still take it, as text."""
    key = _public_of(bits)
    assert "2048 to 8192" in refused(lambda: load_public_key(key))
    refused(
        lambda: load_public_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    )


@cache
def _public_of(bits: int, exponent: int = 65537) -> rsa.RSAPublicKey:
    """A public key of so many bits whose modulus has no small factor; it has no private key."""
    while True:
        modulus = secrets.randbits(bits) | 1 << (bits - 1) | 1
        if not has_small_factor(modulus):
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [3, 5, 17, 257, 65535])
def test_a_small_exponent_is_refused(exponent: int) -> None:
    """docs/threats.md, 1, weak RSA keys."""
    assert "exponent" in refused(lambda: load_public_key(_public_of(2048, exponent)))


def test_a_private_key_of_exponent_three_is_refused() -> None:
    key = rsa_key(2048, 3)
    for source in (key, private_pem(key), Hsm(key)):
        refused(partial(load_private_key, source), private_pem(key))
    for public in (key.public_key(), public_pem(key), certificate_pem(key)):
        refused(partial(load_public_key, public))


@pytest.mark.parametrize("bits", [2048, 4096, 8192])
@pytest.mark.parametrize("exponent", [65539, (1 << 63) + 1, (1 << 64) - 1])
def test_a_larger_exponent_is_taken_if_it_is_odd_and_has_64_bits_at_most(
    bits: int, exponent: int
) -> None:
    """S4.2. What is taken can be used: OpenSSL has bounds of its own for larger moduli."""
    key = load_public_key(_public_of(bits, exponent))
    assert len(jwe.encrypt(b"{}", key)) > 300


@pytest.mark.parametrize(
    "exponent",
    [1 << 64 | 1, 1 << 65 | 1, 1 << 256 | 1, 1 << 2046 | 1],
    ids=lambda exponent: f"{exponent.bit_length()}-bits",
)
@pytest.mark.parametrize("bits", [2048, 4096])
def test_an_exponent_of_more_than_64_bits_is_refused(bits: int, exponent: int) -> None:
    """S4.2: it would fail in OpenSSL, or cost many times the work, at each answer."""
    key = _public_of(bits, exponent)
    numbers = key.public_numbers()
    sources: list[Any] = [
        key,
        spki(numbers.n, exponent),
        pkcs1_public(numbers.n, exponent),
        certificate_of_numbers(numbers.n, exponent),
        jwk(n=b64(numbers.n), e=b64(exponent)),
    ]
    for source in sources:
        assert "below 2^64" in refused(partial(load_public_key, source))
    assert "below 2^64" in refused(partial(load_private_key, Hsm(rsa_key(), public=key)))


def test_a_private_key_of_a_large_exponent_is_refused_in_every_form() -> None:
    """S4.2: its public key is what answers are encrypted with."""
    key = _with_exponent((1 << 64) + 13)
    jwk_text = private_jwk(key)
    store = pkcs12(key, password=PASSWORD)
    for source in (key, private_pem(key), jwk_text, Hsm(key)):
        assert "below 2^64" in refused(partial(load_private_key, source))
    for source in (private_pem(key, encryption_under(PASSWORD)), store):
        assert "below 2^64" in refused(partial(load_private_key, source, PASSWORD))
    largest = _with_exponent((1 << 64) - 59)
    assert load_private_key(private_pem(largest)).key_size == 2048


def _with_exponent(exponent: int) -> rsa.RSAPrivateKey:
    """The primes of rsa_key() under another exponent."""
    numbers = rsa_key().private_numbers()
    d = pow(exponent, -1, (numbers.p - 1) * (numbers.q - 1))
    return rsa.RSAPrivateNumbers(
        p=numbers.p,
        q=numbers.q,
        d=d,
        dmp1=d % (numbers.p - 1),
        dmq1=d % (numbers.q - 1),
        iqmp=numbers.iqmp,
        public_numbers=rsa.RSAPublicNumbers(exponent, numbers.public_numbers.n),
    ).private_key()


@pytest.mark.parametrize("factor", [3, 7, 251, 997, 1009, 32_771, 65_519, 65_521])
def test_a_modulus_with_a_factor_below_65536_is_refused(factor: int) -> None:
    """Such a modulus is broken, or made wrong."""
    modulus = factor * sound(2048)
    key = rsa.RSAPublicNumbers(65537, modulus).public_key()
    assert "factor" in refused(lambda: load_public_key(key))


def test_the_first_factor_that_is_not_looked_for_is_65537() -> None:
    assert all(65_537 % prime for prime in small_primes())
    modulus = 65_537 * sound(2048)
    assert load_public_key(rsa.RSAPublicNumbers(65537, modulus).public_key())


def test_the_primes_that_are_looked_for_are_all_of_them() -> None:
    """Each odd prime below 2^16, and nothing else, divides what a modulus is compared with."""
    assert rsa_checks._product_of_small_primes() == prod(small_primes()[1:])


@pytest.mark.parametrize("bits", [2048, 4096])
def test_an_even_modulus_is_refused_though_it_has_no_other_small_factor(bits: int) -> None:
    modulus = 2 * sound(bits - 1)
    assert modulus % 4 == 2
    key = rsa.RSAPublicNumbers(65537, modulus).public_key()
    sources: list[Any] = [key, spki(modulus), certificate_of_numbers(modulus), jwk(n=b64(modulus))]
    for source in sources:
        assert "factor" in refused(partial(load_public_key, source))


def test_an_rsa_key_of_1024_bits_is_refused_in_every_form() -> None:
    """S4.2."""
    key = rsa_key(1024)
    for source in (key, private_pem(key), Hsm(key)):
        refused(partial(load_private_key, source), private_pem(key))
    for public in (key.public_key(), public_pem(key), certificate_pem(key)):
        refused(partial(load_public_key, public))


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_key_of_another_kind_is_refused(kind: str) -> None:
    """As text it is InvalidKey; as an object a wrong type of our own caller's (D8)."""
    key = other_key(kind)
    refused(lambda: load_private_key(private_pem(key)), private_pem(key))
    refused(lambda: load_public_key(public_pem(key)))
    refused(lambda: load_private_key(key), private_pem(key), error=TypeError)
    refused(lambda: load_public_key(key.public_key()), error=TypeError)
    refused(lambda: load_private_key(Hsm(rsa_key(), public=key.public_key())))


def test_a_certificate_of_another_kind_of_key_is_refused() -> None:
    refused(lambda: load_public_key(certificate_pem(other_key("EC"))))


@pytest.mark.parametrize(
    ("password", "sealed"),
    [
        pytest.param("another password", True, id="wrong"),
        pytest.param(PASSWORD + " ", True, id="one-character-more"),
        pytest.param("", True, id="empty"),
        pytest.param(b"", True, id="empty-bytes"),
        pytest.param("x" * 5000, True, id="long"),
        pytest.param("\ud800 half a pair", True, id="lone-surrogate"),
        pytest.param(b"\xff\x00\xfe not UTF-8", True, id="bytes"),
        pytest.param(None, True, id="missing"),
        pytest.param(PASSWORD, False, id="needless"),
        pytest.param("", False, id="needless-and-empty"),
    ],
)
def test_a_wrong_missing_or_needless_password_is_refused_and_not_shown(
    password: str | bytes | None, sealed: bool
) -> None:
    pem = sealed_pem() if sealed else private_pem(rsa_key())
    refused(lambda: load_private_key(pem, password), pem, password or "")
    refused(
        lambda: CryptoKey.load(id=KEY_ID, client_private=pem, password=password),
        pem,
        password or "",
    )


@pytest.mark.parametrize("password", [5, ["p"], bytearray(b"p"), True], ids=repr)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_password_of_another_type_is_a_type_error(password: Any, sealed: bool) -> None:
    """D8."""
    pem = sealed_pem() if sealed else private_pem(rsa_key())
    refused(lambda: load_private_key(pem, password), pem, error=TypeError)


@cache
def _bodies() -> dict[str, bytes]:
    key, public, private = rsa_key(), public_pem(rsa_key()), private_pem(rsa_key())
    lines = private.splitlines(keepends=True)
    return {
        "empty": b"",
        "white-space": b" \n\t\n",
        "garbage": b"\x00\xff garbage",
        "pkcs1-private-encrypted": key.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"p")
        ),
        "openssh-private": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        "openssh-public": key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "two-private": private + private,
        "two-public": public + public,
        "a-chain": certificate_pem(key) * 2,
        "private-then-public": private + public,
        "public-then-private": public + private,
        "certificate-and-key": certificate_pem(key) + private,
        "no-end": b"".join(lines[:-1]),
        "no-begin": b"".join(lines[1:]),
        "cut-off": b"".join([*lines[:5], lines[-1]]),
        "empty-frame": b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "empty-public-frame": b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "another-end": private.replace(b"END PRIVATE", b"END PUBLIC"),
        "bad-base64": private.replace(lines[3][:8], b"!!!!!!!!"),
        "public-bytes-under-a-private-label": public.replace(b"PUBLIC KEY", b"PRIVATE KEY"),
        "private-bytes-under-a-public-label": private.replace(b"PRIVATE KEY", b"PUBLIC KEY"),
        "key-under-a-certificate-label": public.replace(b"PUBLIC KEY", b"CERTIFICATE"),
        "plain-under-the-encrypted-label": private.replace(
            b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY"
        ),
        "lower-case-label": public.lower().replace(b"-----begin", b"-----BEGIN"),
        "csr": b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "huge": b" " * MAX_KEY_TEXT + private,
        "huge-public": public + b"\n" * MAX_KEY_TEXT,
        "utf-16": private.decode().encode("utf-16"),
    }


@pytest.mark.parametrize("name", sorted(_bodies()))
def test_what_is_no_key_text_is_refused_and_not_shown(tmp_path: Path, name: str) -> None:
    """Two blocks in one file are refused, too: which of them would be meant?"""
    data = _bodies()[name]
    texts: list[Any] = [data, _written(tmp_path, data)]
    if data.isascii():
        texts.append(data.decode())
    for source in texts:
        refused(partial(load_private_key, source), data)
        refused(partial(load_private_key, source, PASSWORD), data)
        refused(partial(load_public_key, source), data)


def test_a_private_key_where_a_public_one_is_meant_is_refused() -> None:
    """It would be handed to the other side's half, and perhaps shown as public."""
    for pem in (private_pem(rsa_key()), sealed_pem()):
        refused(partial(load_public_key, pem), pem)
        refused(partial(CryptoKey.load, id=KEY_ID, platform_public=pem), pem)
    refused(lambda: load_public_key(rsa_key()), error=TypeError)  # type: ignore[arg-type]


def test_a_public_key_where_a_private_one_is_meant_is_refused() -> None:
    for pem in (public_pem(rsa_key()), certificate_pem(rsa_key())):
        refused(partial(load_private_key, pem))
    refused(lambda: load_private_key(rsa_key().public_key()), error=TypeError)  # type: ignore[arg-type]


def test_the_longest_key_text_is_taken(tmp_path: Path) -> None:
    pem = public_pem(rsa_key())
    exact = pem + b"\n" * (MAX_KEY_TEXT - len(pem))
    assert load_public_key(exact)
    assert load_public_key(_written(tmp_path, exact))
    refused(lambda: load_public_key(exact + b"\n"))
    refused(lambda: load_public_key(_written(tmp_path, exact + b"\n")))


def _paths(folder: Path) -> dict[str, Path]:
    return {
        "missing": folder / "missing.pem",
        "folder": folder,
        "below-a-file": _written(folder, b"x") / "key.pem",
        "empty": Path(),
        "nul": folder / "key\0.pem",
        "lone-surrogate": folder / "key\ud800.pem",
        "long": folder / ("x" * 5000),
    }


@pytest.mark.parametrize(
    "name", ["missing", "folder", "below-a-file", "empty", "nul", "lone-surrogate", "long"]
)
def test_a_file_that_can_not_be_read_is_invalid_and_its_path_is_not_shown(
    tmp_path: Path, name: str
) -> None:
    """D8: whatever the file system or the path itself raises."""
    path = _paths(tmp_path)[name]
    for load in (load_public_key, load_private_key):
        text = refused(partial(load, path))
        assert str(tmp_path) not in text


def test_a_str_is_key_text_and_never_a_path(tmp_path: Path) -> None:
    """A path in a setting must not be opened by mistake, nor key text be shown as a path."""
    path = _written(tmp_path, public_pem(rsa_key()))
    refused(lambda: load_public_key(str(path)))
    refused(lambda: load_public_key(str(path).encode()))


@pytest.mark.parametrize(
    "junk", [None, 5, ["-----BEGIN"], bytearray(b"-----BEGIN PUBLIC KEY-----"), ..., rsa], ids=repr
)
def test_a_source_of_another_type_is_a_type_error(junk: Any) -> None:
    """D8."""
    for load in (load_public_key, load_private_key):
        with pytest.raises(TypeError):
            load(junk)


@pytest.mark.parametrize("missing", ["key_size", "public_key", "decrypt"])
def test_an_object_without_the_whole_interface_is_a_type_error(missing: str) -> None:
    members = {name: value for name, value in vars(Hsm).items() if name != missing}
    partial = type("Partial", (), members)(rsa_key())
    with pytest.raises(TypeError):
        load_private_key(partial)


def test_what_a_callers_key_object_raises_passes_through() -> None:
    """D6."""

    class Down(Hsm):
        def public_key(self) -> rsa.RSAPublicKey:
            raise HsmDown("slot 0")

    with pytest.raises(HsmDown):
        load_private_key(Down(rsa_key()))
    with pytest.raises(HsmDown):
        CryptoKey.load(id=KEY_ID, platform_private=Down(rsa_key()))


class Sized(Hsm):
    """A key object that says another size than that of its public key."""

    size: Any = 2048

    @property
    def key_size(self) -> int:
        size: int = self.size
        return size


@pytest.mark.parametrize("size", [2047, 2049, 4096, 0, -2048, 1 << 64])
def test_a_key_object_of_another_size_than_its_public_key_is_refused(size: int) -> None:
    """S4.2: its size decides how long a ciphertext must be."""
    hsm = Sized(rsa_key())
    hsm.size = size
    text = refused(lambda: CryptoKey.load(id=KEY_ID, client_private=hsm))
    assert f"2048 bits, not {size}" in text


@pytest.mark.parametrize("size", ["2048", 2048.0, None, True, [2048]], ids=repr)
def test_a_key_object_whose_size_is_no_int_is_a_type_error(size: Any) -> None:
    """D8: the object lacks a part of the interface, as if the part were missing."""
    hsm = Sized(rsa_key())
    hsm.size = size
    with pytest.raises(TypeError, match=r"client_private\.key_size must be int, not"):
        CryptoKey.load(id=KEY_ID, client_private=hsm)


@pytest.mark.parametrize("public", [b"a key", "a key", 5, rsa_key()], ids=lambda key: type(key))
def test_a_key_object_whose_public_key_is_none_is_refused(public: Any) -> None:
    """As one whose public key is of another kind: what the object holds is not what is meant."""
    assert "RSA key" in refused(partial(load_private_key, Hsm(rsa_key(), public=public)))


def test_what_key_size_raises_passes_through() -> None:
    """D6."""

    class Down(Hsm):
        @property
        def key_size(self) -> int:
            raise HsmDown("slot 0")

    with pytest.raises(HsmDown):
        load_private_key(Down(rsa_key()))


def test_a_pem_block_behind_a_bom_is_taken(tmp_path: Path) -> None:
    """Editors of Windows put one in front of a file."""
    pem = b"\xef\xbb\xbf" + private_pem(rsa_key())
    for source in (pem, pem.decode(), _written(tmp_path, pem)):
        assert load_private_key(source).public_key() == rsa_key().public_key()


@examples(150)
@given(
    data=st.binary(max_size=300),
    label=st.sampled_from(["PUBLIC KEY", "CERTIFICATE", "PRIVATE KEY"]),
    frame=st.booleans(),
)
def test_whatever_the_bytes_are_it_ends_in_invalid_key(
    data: bytes, label: str, frame: bool
) -> None:
    """D8."""
    from base64 import encodebytes

    text = (
        f"-----BEGIN {label}-----\n{encodebytes(data).decode()}-----END {label}-----\n".encode()
        if frame
        else data
    )
    for load in (load_public_key, load_private_key):
        with pytest.raises(errors.InvalidKey):
            load(text)


# --- CryptoKey ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both() -> CryptoKey:
    """A key with all four halves, two of them derived."""
    return CryptoKey.load(id=KEY_ID, platform_private=rsa_key(), client_private=stranger())


def test_a_public_half_is_derived_from_its_private_half(both: CryptoKey) -> None:
    assert both.platform_public is not None
    assert both.client_public is not None
    assert both.platform_public.public_numbers() == rsa_key().public_key().public_numbers()
    assert both.client_public.public_numbers() == stranger().public_key().public_numbers()


@pytest.mark.parametrize(
    "private", [rsa_key(), Hsm(rsa_key()), private_pem(rsa_key())], ids=["object", "hsm", "pem"]
)
def test_halves_of_one_pair_belong_together(private: Any) -> None:
    key = CryptoKey.load(
        id=KEY_ID, client_public=certificate_pem(rsa_key()), client_private=private
    )
    assert key.client_public is not None
    assert key.client_private is not None
    assert key.client_public.public_numbers() == key.client_private.public_key().public_numbers()
    assert (key.platform_public, key.platform_private) == (None, None)


@pytest.mark.parametrize("side", ["platform", "client"])
def test_halves_that_do_not_belong_together_are_refused(side: str) -> None:
    """S5.2: the platform's certificate beside the client's private key, under one side's names."""
    halves: dict[str, Any] = {
        f"{side}_public": public_pem(stranger()),
        f"{side}_private": private_pem(rsa_key()),
    }
    refused(lambda: CryptoKey.load(id=KEY_ID, **halves), private_pem(rsa_key()))


def test_the_two_sides_are_two_pairs() -> None:
    """S5.2: each side holds its own private half and the other's public half."""
    key = CryptoKey.load(
        id=KEY_ID, platform_public=public_pem(stranger()), client_private=rsa_key()
    )
    assert key.platform_private is None
    assert key.platform_public is not None
    assert key.public_half(Side.PLATFORM) is key.platform_public
    assert key.private_half(Side.CLIENT) is rsa_key()
    for missing in (lambda: key.private_half(Side.PLATFORM),):
        assert "platform" in refused(missing, error=errors.KeyUnavailable)


@pytest.mark.parametrize("half", ["platform_public", "client_public"])
def test_a_half_that_is_not_here_is_named(half: str) -> None:
    key = CryptoKey.load(id=KEY_ID, **{half: rsa_key().public_key()})  # type: ignore[arg-type]
    other = Side.CLIENT if half.startswith("platform") else Side.PLATFORM
    for missing in (lambda: key.public_half(other), lambda: key.private_half(other)):
        assert other.value in refused(missing, error=errors.KeyUnavailable)


@pytest.mark.parametrize(
    "key_id",
    [
        *(
            "",
            "a" * 31,
            "a" * 33,
            "a" * 31 + "-",
            "a" * 31 + " ",
            "a" * 31 + "\n",
            "a" * 32 + "\n",
            "a" * 31 + "é",
        ),
        *("\uff11" * 32, "../" + "a" * 29, "a" * 31 + "_"),
    ],
    ids=repr,
)
def test_a_crypto_key_id_is_thirty_two_letters_and_digits(key_id: str) -> None:
    """S1.4."""
    refused(
        lambda: CryptoKey.load(id=key_id, client_private=rsa_key()),
        key_id,
        error=errors.InvalidHeaderValue,
    )


@pytest.mark.parametrize(
    "arguments",
    [{"id": None}, {"id": KEY_ID.encode()}, {"id": 5}, {"state": "active"}, {"state": None}],
)
def test_an_id_or_state_of_another_type_is_a_type_error(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        CryptoKey.load(**{"id": KEY_ID, "client_private": rsa_key(), **arguments})


def test_a_crypto_key_without_a_half_is_refused() -> None:
    refused(lambda: CryptoKey.load(id=KEY_ID))
    refused(lambda: CryptoKey.load(id=KEY_ID, password=PASSWORD))


def test_a_crypto_key_is_made_by_load_only() -> None:
    with pytest.raises(TypeError, match="load"):
        CryptoKey()


def test_one_password_opens_both_private_halves() -> None:
    key = CryptoKey.load(
        id=KEY_ID,
        platform_private=sealed_pem(),
        client_private=sealed_pem(stranger()),
        password=PASSWORD,
    )
    assert key.platform_private is not None
    assert key.client_private is not None


def test_a_password_is_not_needed_for_key_objects() -> None:
    assert CryptoKey.load(
        id=KEY_ID, platform_private=stranger(), client_private=sealed_pem(), password=PASSWORD
    )


def test_no_key_is_parsed_twice(both: CryptoKey) -> None:
    """STYLE 10: what was loaded is what is used."""
    assert both.private_half(Side.PLATFORM) is both.platform_private is rsa_key()


# --- the ring -----------------------------------------------------------------------------------


def _key(key_id: str, state: KeyState = KeyState.ACTIVE) -> CryptoKey:
    return CryptoKey.load(id=key_id, client_private=rsa_key(), state=state)


def test_a_ring_of_one_needs_no_primary() -> None:
    key = _key(KEY_ID)
    ring = KeyRing([key])
    assert ring.primary is ring.first_issued is ring.get(KEY_ID) is key


def test_the_primary_is_named_and_the_first_issued_is_the_first() -> None:
    """S5.3: a second key does not move the first."""
    first, second = _key(KEY_ID), _key(OTHER_KEY_ID)
    for primary in (first, second):
        ring = KeyRing(iter((first, second)), primary=primary.id)
        assert ring.primary is primary
        assert ring.first_issued is first
    assert KeyRing([second, first], primary=KEY_ID).first_issued is second


@pytest.mark.parametrize("key_id", [KEY_ID.upper(), KEY_ID + " ", "", "f" * 32, KEY_ID[:-1]])
def test_a_key_is_found_by_its_exact_id(key_id: str) -> None:
    """S1.4."""
    assert KeyRing([_key(KEY_ID)]).get(key_id) is None


RINGS: dict[str, Callable[[], KeyRing]] = {
    "empty": lambda: KeyRing([]),
    "empty-with-primary": lambda: KeyRing([], primary=KEY_ID),
    "one-id-twice": lambda: KeyRing([_key(KEY_ID), _key(KEY_ID)], primary=KEY_ID),
    "two-without-primary": lambda: KeyRing([_key(KEY_ID), _key(OTHER_KEY_ID)]),
    "unknown-primary": lambda: KeyRing([_key(KEY_ID)], primary=OTHER_KEY_ID),
    "primary-in-another-case": lambda: KeyRing([_key(KEY_ID)], primary=KEY_ID.upper()),
    "empty-primary": lambda: KeyRing([_key(KEY_ID)], primary=""),
    "inactive-primary": lambda: KeyRing([_key(KEY_ID, KeyState.INACTIVE)]),
    "discarded-primary": lambda: KeyRing(
        [_key(KEY_ID), _key(OTHER_KEY_ID, KeyState.DISCARDED)], primary=OTHER_KEY_ID
    ),
}


@pytest.mark.parametrize("name", RINGS)
def test_a_ring_that_is_not_clear_is_refused(name: str) -> None:
    refused(RINGS[name], error=errors.InvalidSetting)


@pytest.mark.parametrize("keys", [None, 5, ["key"], [None], "keys", [KEY_ID]], ids=repr)
def test_a_ring_of_something_else_is_a_type_error(keys: Any) -> None:
    with pytest.raises(TypeError):
        KeyRing(keys)
    with pytest.raises(TypeError):
        KeyRing(_key(KEY_ID))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [KeyState.INACTIVE, KeyState.DISCARDED])
def test_a_key_that_is_not_primary_may_be_in_any_state(state: KeyState) -> None:
    ring = KeyRing([_key(KEY_ID, state), _key(OTHER_KEY_ID)], primary=OTHER_KEY_ID)
    assert ring.first_issued.state is state


def test_changing_the_list_afterwards_changes_no_ring() -> None:
    keys = [_key(KEY_ID)]
    ring = KeyRing(keys)
    keys.append(_key(OTHER_KEY_ID))
    assert ring.get(OTHER_KEY_ID) is None


def test_the_info_of_a_ring_says_what_may_be_shown(parties: Parties, both: CryptoKey) -> None:
    """Sizes, states and fingerprints of DER that is written by hand; the platform sees the same
    ones.
    """
    ring = parties.provider.ring
    assert ring is not None
    first = parties.first
    undated = {"not_before": None, "not_after": None}
    assert ring.info()[0] == {
        "id": KEY_ID,
        "state": "active",
        "primary": False,
        "platform": {
            "bits": 2048,
            "fingerprint": _fingerprint(first.platform),
            "private": False,
            **undated,
        },
        "client": {
            "bits": 2048,
            "fingerprint": _fingerprint(first.client),
            "private": True,
            **undated,
        },
    }
    assert [entry["primary"] for entry in ring.info()] == [False, True]
    platform = parties.platform.ring
    assert platform is not None
    assert platform.info()[0]["platform"] == {**ring.info()[0]["platform"], "private": True}
    alone = KeyRing([_key(THIRD_KEY_ID)]).info()[0]
    assert alone["platform"] is None
    assert KeyRing([both]).info()[0]["client"]["private"] is True


def _fingerprint(key: rsa.RSAPrivateKey) -> str:
    return sha256(spki(key.public_key().public_numbers().n)).hexdigest()


def test_the_info_of_a_ring_holds_nothing_secret(parties: Parties) -> None:
    ring = parties.provider.ring
    assert ring is not None
    told = repr(ring.info())
    numbers = parties.first.client.private_numbers()
    for secret in (numbers.d, numbers.p, numbers.q):
        assert str(secret) not in told
        assert f"{secret:x}" not in told
    ring.info()[0]["state"] = "discarded"
    assert ring.info()[0]["state"] == "active"


# --- key holders --------------------------------------------------------------------------------


def _holders(both: CryptoKey) -> dict[str, Any]:
    return {"CryptoKey": both, "KeyRing": KeyRing([both])}


@pytest.mark.parametrize("kind", ["CryptoKey", "KeyRing"])
def test_a_key_holder_does_not_change(both: CryptoKey, kind: str) -> None:
    holder = _holders(both)[kind]
    for name in (*vars(holder), "other"):
        with pytest.raises(AttributeError):
            setattr(holder, name, None)
        with pytest.raises(AttributeError):
            delattr(holder, name)


@pytest.mark.parametrize("kind", ["CryptoKey", "KeyRing"])
def test_a_key_holder_is_neither_pickled_nor_copied(both: CryptoKey, kind: str) -> None:
    """D7."""
    holder = _holders(both)[kind]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="holds keys"):
            pickle.dumps(holder, protocol)
        with pytest.raises(TypeError, match="holds keys"):
            pickle.dumps([holder], protocol)
    for hand_on in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="holds keys"):
            hand_on(holder)


@pytest.mark.parametrize("kind", ["CryptoKey", "KeyRing"])
def test_a_key_holder_shows_ids_and_states_only(both: CryptoKey, kind: str) -> None:
    """S8."""
    holder = _holders(both)[kind]
    for shown in (repr(holder), str(holder), f"{holder}", repr([holder])):
        assert (KEY_ID in shown) is (kind == "CryptoKey")  # of a ring, info() is what is shown
        assert "RSA" not in shown
        assert re.search(r"0x|[0-9a-f]{33}", shown) is None


def test_what_is_loaded_is_the_same_key_by_another_reader() -> None:
    """The loaded public half encrypts to the private half that the other side holds."""
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP

    oaep = OAEP(MGF1(SHA256()), SHA256(), None)
    ours = load_public_key(certificate_pem(rsa_key()))
    theirs = load_pem_public_key(public_pem(rsa_key()))
    assert isinstance(theirs, rsa.RSAPublicKey)
    for public in (ours, theirs):
        assert (
            load_private_key(sealed_pem(), PASSWORD).decrypt(public.encrypt(b"cek", oaep), oaep)
            == b"cek"
        )
