"""Key files that ask for more work than they are worth (D11).

Each bomb is small, needs no password to be made, or has a key that takes minutes to check. It is
refused in a moment, and its text says which limit it breaks. The limits themselves are taken, and
so are files of ordinary makers (test_key_text.py).
"""

from __future__ import annotations

import json
import os
import random
import warnings
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kmcrypto import errors
from kmcrypto.keys import loading
from kmcrypto.keys.key_text import MAX_KEY_TEXT, Form
from kmcrypto.keys.work_factors import MAX_MEMORY, MAX_PRIVATE_KEY, MAX_ROUNDS, check_work
from tests.support.encodings import NULL, b64, integer, oid, sequence, tlv
from tests.support.key_forms import (
    HMAC_SHA256,
    KEY_BAG,
    PBMAC1,
    PKCS7_DATA,
    SHA_256,
    STORE_PASSWORD as PASSWORD,
    certificate_bag,
    certificate_of_numbers,
    encrypted,
    encrypted_content,
    encrypted_key,
    inner_bags,
    jwk,
    key_bag,
    mac_data,
    open_length,
    pbes1,
    pbes2,
    pbkdf2,
    pem,
    pkcs1_public,
    pkcs8,
    plain_content,
    plain_key,
    scrypt,
    shrouded_key_bag,
    sound,
    spki,
    store_in_ber,
    store_of,
)
from tests.support.keys import (
    certificate,
    certificate_der,
    encryption_under,
    load_private_key,
    load_public_key,
    pkcs12,
    rsa_key,
)
from tests.support.leaks import refused
from tests.support.speed import takes_at_most

TRIPLE_DES = "1.2.840.113549.1.12.1.3"  # pbeWithSHAAnd3-KeyTripleDES-CBC
MD5_DES = "1.2.840.113549.1.5.3"
CIPHERTEXT = bytes(1312)  # of a key of 2048 bits; nothing gets as far as to decrypt it


# --- work factors -------------------------------------------------------------------------------


def sealed_key(scheme: bytes) -> bytes:
    """An encrypted PKCS#8 that asks for the work of a scheme."""
    return encrypted_key(scheme, CIPHERTEXT)


def sealed_bag(rounds: int) -> bytes:
    return shrouded_key_bag(pbes2(pbkdf2(rounds)), CIPHERTEXT)


def sealed_content(rounds: int) -> bytes:
    return encrypted_content(pbes2(pbkdf2(rounds)), CIPHERTEXT)


def mac_of(rounds: int) -> bytes:
    return mac_data(bytes(32), rounds)


def pbmac1_of(rounds: int) -> bytes:
    """RFC 9579: PBKDF2 in the place of the older derivation, whose rounds are one."""
    parameters = sequence(pbkdf2(rounds), sequence(HMAC_SHA256, NULL))
    return mac_data(bytes(32), 1, algorithm=sequence(PBMAC1, parameters))


class Asked(NamedTuple):
    """A file of a form that asks for work, by how much."""

    form: Form
    file: Callable[[int], bytes]


ROUNDS = {
    "PBKDF2": Asked(Form.ENCRYPTED_PKCS8, lambda n: sealed_key(pbes2(pbkdf2(n)))),
    "3DES of PKCS#12": Asked(Form.ENCRYPTED_PKCS8, lambda n: sealed_key(pbes1(TRIPLE_DES, n))),
    "MD5 and DES": Asked(Form.ENCRYPTED_PKCS8, lambda n: sealed_key(pbes1(MD5_DES, n))),
    "MAC": Asked(Form.PKCS12, lambda n: store_of(plain_content(key_bag(rsa_key())), mac=mac_of(n))),
    "PBMAC1": Asked(
        Form.PKCS12, lambda n: store_of(plain_content(key_bag(rsa_key())), mac=pbmac1_of(n))
    ),
    "key in a PKCS#12 file": Asked(
        Form.PKCS12, lambda n: store_of(plain_content(sealed_bag(n - 1)))
    ),
    "key in an inner bag": Asked(
        Form.PKCS12, lambda n: store_of(plain_content(inner_bags(inner_bags(sealed_bag(n - 1)))))
    ),
    "encrypted content": Asked(
        Form.PKCS12, lambda n: store_of(sealed_content(n - 1), plain_content(key_bag(rsa_key())))
    ),
    "the sum of MAC, two contents and key": Asked(
        Form.PKCS12,
        lambda n: store_of(
            sealed_content(n // 4),
            plain_content(sealed_bag(n // 4)),
            sealed_content(n // 4),
            mac=mac_of(n - 3 * (n // 4)),
        ),
    ),
}


@pytest.mark.parametrize("rounds", [MAX_ROUNDS + 1, 1 << 31, (1 << 32) + 1, 1 << 63, 1 << 64])
@pytest.mark.parametrize("name", ROUNDS)
def test_too_many_rounds_are_refused_before_the_first(name: str, rounds: int) -> None:
    """2^32 + 1 is one round for a reader that keeps 32 bits."""
    file = ROUNDS[name].file(rounds)
    for source in (file, b64encode(file).decode()):
        with takes_at_most(0.2):
            text = refused(partial(load_private_key, source, PASSWORD))
        assert f"asks for {rounds:,} rounds" in text
        assert "10,000,000" in text


@pytest.mark.parametrize("name", ROUNDS)
def test_the_most_rounds_are_allowed(name: str) -> None:
    """The limit belongs to it; nothing is derived here."""
    asked = ROUNDS[name]
    check_work(asked.form, asked.file(MAX_ROUNDS))


def test_many_encrypted_contents_are_added_up() -> None:
    """Each alone would be allowed, and a file has room for hundreds."""
    contents = [encrypted_content(pbes2(pbkdf2(MAX_ROUNDS)), bytes(16))] * 300
    bomb = store_of(*contents, plain_content(key_bag(rsa_key())))
    assert len(bomb) < MAX_KEY_TEXT
    with takes_at_most(0.2):
        assert "3,000,000,001 rounds" in refused(partial(load_private_key, bomb, PASSWORD))


@pytest.mark.parametrize(
    "factors",
    [
        pytest.param((1 << 21, 1, 1), id="the most, in N"),
        pytest.param((1 << 18, 8, 1), id="the most, in N and r"),
        pytest.param((1 << 14, 8, 16), id="the most, in p"),
    ],
)
def test_the_most_memory_is_allowed(factors: tuple[int, int, int]) -> None:
    cost, block_size, parallel = factors
    assert 128 * cost * block_size * parallel == MAX_MEMORY
    check_work(Form.ENCRYPTED_PKCS8, sealed_key(pbes2(scrypt(*factors))))
    more = sealed_key(pbes2(scrypt(cost, block_size, parallel + 1)))
    assert "memory" in refused(partial(load_private_key, more, PASSWORD))


@pytest.mark.parametrize(
    "factors",
    [
        pytest.param((1 << 20, 8, 1), id="1 GiB"),
        pytest.param((1 << 14, 1, 1 << 10), id="little memory, a thousand times"),
        pytest.param((2, 1 << 30, 1), id="long blocks"),
        pytest.param((1 << 62, 1, 1), id="more than there is"),
        pytest.param((1 << 70, 1 << 70, 1 << 70), id="more than a machine's integer"),
    ],
)
def test_too_much_memory_is_refused_before_any_is_taken(factors: tuple[int, int, int]) -> None:
    """RFC 7914: 128 * N * r bytes, p times."""
    bomb = sealed_key(pbes2(scrypt(*factors)))
    for source in (bomb, pem("ENCRYPTED PRIVATE KEY", bomb)):
        with takes_at_most(0.2):
            assert "256" in refused(partial(load_private_key, source, PASSWORD))


def test_memory_is_added_up_too() -> None:
    half = scrypt(1 << 17, 8, 1)
    content = encrypted_content(pbes2(half), bytes(16))
    bag = plain_content(shrouded_key_bag(pbes2(half), CIPHERTEXT))
    check_work(Form.PKCS12, store_of(content, bag))
    text = refused(partial(load_private_key, store_of(content, content, bag), PASSWORD))
    assert "384 MiB" in text


@pytest.mark.parametrize(
    "scheme",
    [
        pytest.param(sequence(oid("1.2.3.4"), sequence(tlv(4, b"s"), integer(1))), id="scheme"),
        pytest.param(pbes2(sequence(oid("1.2.3.4"), sequence(integer(1)))), id="derivation"),
        pytest.param(pbes2(pbkdf2(1))[:-1] + b"\1", id="cut off inside"),
        pytest.param(sequence(oid(TRIPLE_DES)), id="without parameters"),
        pytest.param(sequence(oid(TRIPLE_DES), sequence(tlv(4, b"s"), tlv(2, b"\xff"))), id="-1"),
        pytest.param(sequence(oid(TRIPLE_DES), sequence(tlv(4, b"s"), tlv(2))), id="no number"),
        pytest.param(pbes1(TRIPLE_DES, 1 << 200), id="a number of 26 bytes"),
    ],
)
def test_work_that_can_not_be_told_is_refused(scheme: bytes) -> None:
    for bomb in (
        sealed_key(scheme),
        store_of(plain_content(shrouded_key_bag(scheme, CIPHERTEXT))),
        store_of(encrypted_content(scheme, b""), plain_content(key_bag(rsa_key()))),
    ):
        refused(partial(load_private_key, bomb, PASSWORD))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PBKDF2", "3DES of PKCS#12", "MAC"])
def test_the_most_rounds_are_worked_off(name: str) -> None:
    """The limit is one that ends: the password is wrong, which shows when all rounds are done."""
    with takes_at_most(60):
        text = refused(partial(load_private_key, ROUNDS[name].file(MAX_ROUNDS), PASSWORD))
    assert "password is wrong" in text


@pytest.mark.parametrize("depth", [1, 20, 500])
def test_bags_inside_bags_end_in_a_key_or_invalid_key(depth: int) -> None:
    bags = key_bag(rsa_key())
    for _ in range(depth):
        bags = inner_bags(bags)
    with takes_at_most(1), suppress(errors.InvalidKey):
        assert load_private_key(store_of(plain_content(bags)), PASSWORD)


OTHER_CONTENT = sequence(oid("1.2.3.4"), tlv(0xA0, sequence()))


def test_an_encrypted_key_and_a_store_by_hand_open() -> None:
    """So that the bombs are refused for their work, and not because they are made wrong."""
    ciphertext = encrypted(plain_key(rsa_key()))
    scheme = pbes2(pbkdf2(1))
    held = certificate_bag(certificate_der(rsa_key()))
    hidden = encrypted_content(scheme, encrypted(sequence(held)))
    bag = shrouded_key_bag(scheme, ciphertext)
    for source in (
        encrypted_key(scheme, ciphertext),
        store_of(plain_content(bag)),
        store_of(plain_content(inner_bags(bag))),
        store_of(hidden, plain_content(bag)),
        store_of(OTHER_CONTENT, plain_content(bag)),  # cryptography passes over it, too
    ):
        assert load_private_key(source, PASSWORD).public_key() == rsa_key().public_key()


# --- long keys ----------------------------------------------------------------------------------

# Mersenne primes: long ones that need no search, and take long to be shown prime again.
PRIME_2203 = (1 << 2203) - 1
PRIME_4423 = (1 << 4423) - 1
PRIME_11213 = (1 << 11213) - 1
PRIME_19937 = (1 << 19937) - 1


def private_key(p: int, q: int, n: int = 0) -> bytes:
    """PKCS#8 of two primes, with the numbers that follow from them."""
    d = pow(65537, -1, (p - 1) * (q - 1))
    follow = (d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    return pkcs8(sequence(integer(0), *map(integer, (n or p * q, 65537, *follow))))


def hidden_prime() -> bytes:
    """PKCS#8 of a modulus of 2048 bits beside a prime of 19937 that has nothing to do with it."""
    numbers = (sound(2048), 65537, 3, PRIME_19937, 3, 3, 1, 1)
    return pkcs8(sequence(integer(0), *map(integer, numbers)))


def private_jwk(p: int, q: int) -> str:
    d = pow(65537, -1, (p - 1) * (q - 1))
    private = {"d": d, "p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)}
    return jwk(n=b64(p * q), **{name: b64(number) for name, number in private.items()})


LONG_PRIVATE_KEYS: dict[str, Callable[[], Any]] = {
    "PKCS#8": lambda: private_key(PRIME_11213, PRIME_2203),
    "PKCS#8 just over the bytes": lambda: pkcs8(sequence(integer(0), *[integer(1 << 5300)] * 8)),
    "PKCS#8 with a hidden prime": hidden_prime,
    "PKCS#8 with a long prime": lambda: private_key(PRIME_4423, PRIME_2203),
    "PKCS#1": lambda: sequence(integer(0), *[integer(PRIME_19937)] * 8),
    "JWK": lambda: private_jwk(PRIME_11213, PRIME_2203),
    "JWK with a long prime": lambda: private_jwk(PRIME_4423, PRIME_2203),
    "JWK with one long member": lambda: jwk("private", d=b64(PRIME_19937)),
}


@pytest.mark.parametrize("name", LONG_PRIVATE_KEYS)
def test_a_private_key_that_is_too_long_to_check_is_not_checked(name: str) -> None:
    """Each of these takes 5 s to minutes to check; most are refused for their size."""
    source = LONG_PRIVATE_KEYS[name]()
    with takes_at_most(0.2):
        text = refused(partial(load_private_key, source))
    assert "4096 bits" in text or "2048 to 8192" in text or "p times q" in text


LONG_SEALED_KEYS: dict[str, Callable[[], bytes]] = {
    "PKCS#8": lambda: private_key(PRIME_11213, PRIME_2203),
    "PKCS#8 with a hidden prime": hidden_prime,
    "PKCS#8 with a long prime": lambda: private_key(PRIME_4423, PRIME_2203),
}


@pytest.mark.parametrize("name", LONG_SEALED_KEYS)
def test_an_encrypted_key_that_is_too_long_to_check_is_not_checked(name: str) -> None:
    """By its length where it can be told, and by its numbers once it is decrypted."""
    bomb = encrypted_key(pbes2(pbkdf2(1)), encrypted(LONG_SEALED_KEYS[name]()))
    with takes_at_most(0.2):
        refused(partial(load_private_key, bomb, PASSWORD))


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "encrypted"])
def test_a_pkcs12_file_with_a_long_key_is_not_opened(plain: bool) -> None:
    long = private_key(PRIME_11213, PRIME_2203)
    bag = sequence(KEY_BAG, tlv(0xA0, long))
    if not plain:
        bag = shrouded_key_bag(pbes2(pbkdf2(1)), encrypted(long))
    with takes_at_most(0.2):
        text = refused(partial(load_private_key, store_of(plain_content(bag)), PASSWORD))
    assert "2048 to 8192" in text


def test_the_bound_on_bytes_is_inclusive() -> None:
    scheme = pbes2(pbkdf2(1))
    for form, at_the_bound, over in (
        (Form.PKCS8, bytes_of(MAX_PRIVATE_KEY), bytes_of(MAX_PRIVATE_KEY + 1)),
        (
            Form.ENCRYPTED_PKCS8,
            encrypted_key(scheme, bytes(MAX_PRIVATE_KEY)),
            encrypted_key(scheme, bytes(MAX_PRIVATE_KEY + 1)),
        ),
        (
            Form.PKCS12,
            store_of(plain_content(sequence(KEY_BAG, tlv(0xA0, bytes_of(MAX_PRIVATE_KEY))))),
            store_of(plain_content(sequence(KEY_BAG, tlv(0xA0, bytes_of(MAX_PRIVATE_KEY + 1))))),
        ),
    ):
        check_work(form, at_the_bound)
        with pytest.raises(errors.InvalidKey, match="2048 to 8192"):
            check_work(form, over)


def bytes_of(size: int) -> bytes:
    """One element of so many bytes."""
    return sequence(bytes(size - 4))


def test_the_longest_key_fits_into_the_bound() -> None:
    """8192 bits, all numbers as long as they get, an exponent of 64 bits, and 400 bytes more."""
    prime = (1 << 4096) - 1
    modulus = (1 << 8192) - 1
    numbers = (modulus, (1 << 64) - 1, modulus, prime, prime, prime, prime, prime)
    plain = pkcs8(sequence(integer(0), *map(integer, numbers)))
    assert len(plain) + 400 < MAX_PRIVATE_KEY


# To find primes of this size takes half a minute. These are the largest below such numbers.
PRIME_BELOW_2_TO_4096 = (1 << 4096) - 2549
PRIME_BELOW_3_TIMES_2_TO_4094 = (3 << 4094) - 71


@pytest.mark.slow
def test_a_key_of_8192_bits_is_taken_in_every_form() -> None:
    """The limit belongs to it."""
    plain = private_key(PRIME_BELOW_2_TO_4096, PRIME_BELOW_3_TIMES_2_TO_4094)
    scheme = pbes2(pbkdf2(1))
    for source, password in (
        (plain, None),
        (encrypted_key(scheme, encrypted(plain)), PASSWORD),
        (store_of(plain_content(shrouded_key_bag(scheme, encrypted(plain)))), PASSWORD),
    ):
        assert load_private_key(source, password).key_size == 8192


LONG_PUBLIC_KEYS: dict[str, Callable[[int], Any]] = {
    "SubjectPublicKeyInfo": spki,
    "PKCS#1": pkcs1_public,
    "certificate": certificate_of_numbers,
    "JWK": lambda n: jwk(n=b64(n)),
    "SubjectPublicKeyInfo, exponent": lambda n: spki(n, n - 2),
    "certificate, exponent": lambda n: certificate_of_numbers(n, n - 2),
    "JWK, exponent": lambda n: jwk(e=b64(n)),
}


@pytest.mark.parametrize("bits", [8193, 16384, 200_000])
@pytest.mark.parametrize("name", LONG_PUBLIC_KEYS)
def test_a_public_key_of_any_length_is_refused_at_once(name: str, bits: int) -> None:
    source = LONG_PUBLIC_KEYS[name]((1 << bits) - 3)
    with takes_at_most(0.2):
        refused(partial(load_public_key, source))


# --- structure ----------------------------------------------------------------------------------


BAGS: dict[str, Callable[[], bytes]] = {
    "plain": lambda: key_bag(rsa_key()),
    "encrypted": lambda: shrouded_key_bag(pbes2(pbkdf2(1)), encrypted(plain_key(rsa_key()))),
    "inner": lambda: inner_bags(key_bag(rsa_key())),
}


@pytest.mark.parametrize("bag", BAGS)
@pytest.mark.parametrize("certified", [True, False], ids=["certified", "alone"])
def test_a_key_store_in_ber_is_taken(bag: str, certified: bool) -> None:
    """Bouncy Castle's default: lengths left open, octet strings in pieces."""
    held = certificate_bag(certificate_der(rsa_key())) if certified else b""
    store = store_in_ber(BAGS[bag](), certificates=held)
    for source in (store, b64encode(store)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loaded = load_private_key(source, PASSWORD)
        assert loaded.public_key() == rsa_key().public_key()
    assert "password is wrong" in refused(partial(load_private_key, store, "another"))


def test_the_keys_and_the_work_of_a_store_in_ber_are_counted() -> None:
    """As in DER: nothing is done before."""
    two = store_in_ber(key_bag(rsa_key()), key_bag(rsa_key()))
    assert "more than one" in refused(partial(load_private_key, two, PASSWORD))
    none = store_in_ber(certificate_bag(certificate_der(rsa_key())))
    assert "only certificates" in refused(partial(load_private_key, none, PASSWORD))
    for bomb in (
        store_in_ber(key_bag(rsa_key()), mac=mac_of(MAX_ROUNDS + 1)),
        store_in_ber(sealed_bag(MAX_ROUNDS + 1)),
    ):
        with takes_at_most(0.2):
            assert "10,000,00" in refused(partial(load_private_key, bomb, PASSWORD))


@pytest.mark.parametrize(
    "safes",
    [
        pytest.param(lambda der: tlv(0x24, tlv(0x24, tlv(4, der))), id="pieces of pieces"),
        pytest.param(lambda der: tlv(0x24, tlv(4, der), tlv(2, b"\1")), id="a piece of a number"),
        pytest.param(lambda der: b"\x04\x80" + tlv(4, der) + b"\0\0", id="open, yet primitive"),
        pytest.param(lambda der: b"\x24\x80" + tlv(4, der), id="without an end"),
    ],
)
def test_other_liberties_of_ber_are_refused_by_name(safes: Callable[[bytes], bytes]) -> None:
    data = tlv(0xA0, safes(sequence(plain_content(key_bag(rsa_key())))))
    store = sequence(integer(3), sequence(PKCS7_DATA, data), mac_of(1))
    text = refused(partial(load_private_key, store, PASSWORD))
    assert "BER" in text or "cut off" in text


@pytest.mark.parametrize("depth", [1, 8, 15, 16, 17, 1000, 16_000])
def test_open_lengths_inside_each_other_take_no_time(depth: int) -> None:
    """16 deep is the most that is read; what is inside is passed over as often, and no more."""
    filling = b"\5\0" * ((MAX_KEY_TEXT - 4 * depth - 100) // 2)
    deep = b"\x30\x80" * depth + filling + b"\0\0" * depth
    store = open_length(0x30, integer(3), deep[: MAX_KEY_TEXT - 50], mac_of(1))
    for source in (deep[:MAX_KEY_TEXT], store[:MAX_KEY_TEXT]):
        with takes_at_most(0.5):
            refused(partial(load_private_key, source, PASSWORD))


@pytest.mark.parametrize("password", [PASSWORD, ""], ids=["a password", "the empty one"])
def test_a_store_without_a_mac_is_taken(password: str) -> None:
    """RFC 7292, 4: the MacData is optional. OpenSSL writes such a file under -nomac."""
    plain = store_of(plain_content(key_bag(rsa_key())), mac=b"")
    assert load_private_key(plain, password).public_key() == rsa_key().public_key()


def test_an_encrypted_key_in_a_store_without_a_mac_needs_its_password() -> None:
    sealed = shrouded_key_bag(pbes2(pbkdf2(1)), encrypted(plain_key(rsa_key())))
    store = store_of(plain_content(sealed), mac=b"")
    assert load_private_key(store, PASSWORD).public_key() == rsa_key().public_key()
    assert "password is wrong" in refused(partial(load_private_key, store, "another"))
    assert "the empty one" in refused(partial(load_private_key, store))


@pytest.mark.parametrize("at", range(4))
def test_a_store_with_a_part_of_another_kind_ends_in_invalid_key(at: int) -> None:
    parts = [integer(3), plain_content(key_bag(rsa_key())), mac_of(1)]
    for other in (integer(1), sequence(), sequence(integer(1)), sequence(SHA_256), tlv(4)):
        changed = [*parts[:at], other, *parts[at + 1 :]]
        refused(partial(load_private_key, sequence(*changed), PASSWORD))


# --- damage -------------------------------------------------------------------------------------

# Each form with its password, in DER.
FORMS: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "encrypted PKCS#8": (lambda: private_der(PrivateFormat.PKCS8, sealed=True), PASSWORD),
    "PKCS#12": (lambda: pkcs12(rsa_key(), certificate(rsa_key()), password=PASSWORD), PASSWORD),
    "PKCS#12 by hand": (lambda: store_of(plain_content(key_bag(rsa_key()))), PASSWORD),
    "PKCS#12 in BER": (
        lambda: store_in_ber(
            key_bag(rsa_key()), certificates=certificate_bag(certificate_der(rsa_key()))
        ),
        PASSWORD,
    ),
    "PKCS#12 without a certificate": (lambda: pkcs12(rsa_key(), password=PASSWORD), PASSWORD),
    "PKCS#8": (lambda: private_der(PrivateFormat.PKCS8), None),
    "PKCS#1": (lambda: private_der(PrivateFormat.TraditionalOpenSSL), None),
    "SubjectPublicKeyInfo": (lambda: spki(sound(2048)), None),
    "certificate": (lambda: certificate_der(rsa_key()), None),
}
PUBLIC_FORMS = ("SubjectPublicKeyInfo", "certificate")


def private_der(form: PrivateFormat, *, sealed: bool = False) -> bytes:
    encryption = encryption_under(PASSWORD) if sealed else NoEncryption()
    return rsa_key().private_bytes(Encoding.DER, form, encryption)


@cache
def whole(name: str) -> bytes:
    """A file of a form, made once: each encryption draws another salt."""
    return FORMS[name][0]()


def damaged(data: bytes, chosen: random.Random) -> bytes:
    """The data with one to three bytes changed, added or left out."""
    changed = bytearray(data)
    for _ in range(chosen.randint(1, 3)):
        place = chosen.randrange(len(changed))
        kind = chosen.randrange(4)
        if kind == 0:
            del changed[place]
        elif kind == 1:
            changed.insert(place, chosen.randrange(256))
        elif kind == 2:
            changed[place] ^= 1 << chosen.randrange(8)
        else:
            changed[place] = chosen.choice((0, 1, 0x7F, 0x80, 0x82, 0xFF))
    return bytes(changed)


def load_damaged(name: str, seed: int) -> None:
    """It ends in a key or in InvalidKey, within a second."""
    source = damaged(whole(name), random.Random(f"{name} {seed}"))
    load: Callable[[], object] = partial(load_private_key, source, FORMS[name][1])
    if name in PUBLIC_FORMS:
        load = partial(load_public_key, source)
    with takes_at_most(1), warnings.catch_warnings(), suppress(errors.InvalidKey):
        warnings.simplefilter("ignore")  # of serial numbers that are not positive
        load()


@pytest.mark.parametrize("name", FORMS)
def test_damage_ends_in_a_key_or_invalid_key(name: str) -> None:
    for seed in range(15):
        load_damaged(name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_much_damage_ends_in_a_key_or_invalid_key(name: str) -> None:
    for seed in range(15, 1000):
        load_damaged(name, seed)


def test_a_panic_of_the_parser_is_invalid_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """2^31 rounds make some releases of cryptography panic, which is no Exception."""
    monkeypatch.setattr(loading, "check_work", lambda form, der: None)
    refused(partial(load_private_key, sealed_key(pbes2(pbkdf2(1 << 31))), PASSWORD))


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_the_program_is_no_fault_of_the_key(
    monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    def interrupted(data: bytes) -> object:
        raise stop

    monkeypatch.setattr(loading, "load_der_public_key", interrupted)
    with pytest.raises(stop):
        load_public_key(spki(sound(2048)))


# --- files --------------------------------------------------------------------------------------


def test_what_is_no_regular_file_is_not_read(tmp_path: Path) -> None:
    """A pipe would block until somebody writes, a device may have no end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for source in (pipe, tmp_path, Path("/dev/zero"), Path("/dev/null")):
        for load in (load_public_key, load_private_key):
            assert "regular file" in refused(partial(load, source))


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    """Secrets of a container are mounted so."""
    (tmp_path / "key").write_bytes(spki(sound(2048)))
    (tmp_path / "link").symlink_to("key")
    assert load_public_key(tmp_path / "link").key_size == 2048


def test_a_long_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with takes_at_most(0.2):
        assert "64 KiB" in refused(partial(load_public_key, path))


def test_a_jwk_of_many_members_is_refused_at_once() -> None:
    members = {f"x{number}": b64(number) for number in range(1500)}
    long = json.dumps({**json.loads(jwk()), **members, "n": "A" * 40_000})
    assert len(long) < MAX_KEY_TEXT
    with takes_at_most(0.2):
        refused(partial(load_public_key, long))
