"""The work that a private key file asks for, read before any of it is done (D11).

A file says how its password is turned into a key: by so many rounds of a hash, or by scrypt with so
much memory. A few bytes can thus ask for days of work, and no password is needed to write them.
The derivations of a file are added up, because `cryptography` does one after the other: a PKCS#12
file has one for its MAC, one for each encrypted content and one for its key.

To check that the factors of a key are prime takes minutes for long ones, so the bytes of a private
key are bounded. `rsa_checks` bounds its numbers, once they are read.

Not seen here: a key inside an encrypted content of a PKCS#12 file, and the numbers of an encrypted
key in one. `cryptography` decrypts and checks both at once. To write them takes the password.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import InvalidKey
from .der import (
    EXPLICIT_0,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    Element,
    NotDer,
    read_first_element,
    read_object_identifier,
)
from .key_text import Form
from .rsa_checks import WRONG_SIZE

MAX_ROUNDS = 10_000_000
MAX_MEMORY = 256 << 20  # bytes
# Bytes of a private key as PKCS#8. One of 8192 bits has 4.7 KB; the rest is for its attributes.
MAX_PRIVATE_KEY = 5 << 10

# The contents of OBJECT IDENTIFIERs. PKCS#5 (RFC 8018, A and C; RFC 7914, 7):
_PKCS5 = bytes.fromhex("2a864886f70d0105")  # 1.2.840.113549.1.5
_PBKDF2 = _PKCS5 + b"\x0c"
_PBES2 = _PKCS5 + b"\x0d"
_PBMAC1 = _PKCS5 + b"\x0e"
_SCRYPT = bytes.fromhex("2b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11
_PBE_MD5_DES = _PKCS5 + b"\x03"
# PKCS#12 (RFC 7292, C and D) and what its contents are (RFC 2315, 14):
_PKCS12 = bytes.fromhex("2a864886f70d010c")  # 1.2.840.113549.1.12
_PKCS12_PBE = tuple(_PKCS12 + bytes([1, number]) for number in (1, 3, 6))
_PBES1 = (_PBE_MD5_DES, *_PKCS12_PBE)  # the older schemes that `cryptography` reads
_KEY_BAG = _PKCS12 + b"\x0a\x01\x01"
_SHROUDED_KEY_BAG = _PKCS12 + b"\x0a\x01\x02"
_SAFE_CONTENTS_BAG = _PKCS12 + b"\x0a\x01\x06"
_DATA = bytes.fromhex("2a864886f70d010701")
_ENCRYPTED_DATA = bytes.fromhex("2a864886f70d010706")
# The ciphers of PBES2 that `cryptography` reads (RFC 8018, B.2):
_CIPHERS = (
    "2.16.840.1.101.3.4.1.2",  # AES-128-CBC
    "2.16.840.1.101.3.4.1.22",  # AES-192-CBC
    "2.16.840.1.101.3.4.1.42",  # AES-256-CBC
    "1.2.840.113549.3.7",  # triple DES
    "1.2.840.113549.3.2",  # RC2
)
# The hashes of PBKDF2 that it reads, as HMAC: SHA-1, and SHA-224 to SHA-512 (RFC 8018, B.1).
_HASHES = tuple(f"1.2.840.113549.2.{number}" for number in range(7, 12))


class _Work(NamedTuple):
    """What one derivation takes: rounds of a hash, and bytes of memory."""

    rounds: int = 0
    memory: int = 0


class _Typed(NamedTuple):
    """A value, and the content of the OBJECT IDENTIFIER that says what it is."""

    kind: bytes
    value: Element


class _UnknownAlgorithm(Exception):
    """A file needs an algorithm that `cryptography` does not read; `args` has its identifier."""


def check_work(form: Form, der: bytes) -> None:
    """Raise InvalidKey if a private key in DER asks for more work than is done (D11).

    At most 10,000,000 rounds and 256 MiB of memory are taken, for all derivations together, and
    5 KiB of private key. A file whose work cannot be told is refused, too, and so is one under a
    cipher that `cryptography` does not read, which would look like a wrong password.
    """
    try:
        derivations = list(_read_derivations(form, der))
    except NotDer:
        raise InvalidKey(
            "the key file is damaged, or written in a BER that is not read: "
            "export it again in DER (X.690)"
        ) from None
    except _UnknownAlgorithm as error:
        raise _unknown_algorithm(form, error.args[0]) from None
    rounds = sum(work.rounds for work in derivations)
    if rounds > MAX_ROUNDS:
        raise InvalidKey(
            f"the key file asks for {rounds:,} rounds of key derivation; at most {MAX_ROUNDS:,} "
            "are taken (D11): encrypt it again with fewer"
        )
    memory = sum(work.memory for work in derivations)
    if memory > MAX_MEMORY:
        raise InvalidKey(
            f"the key file asks for {memory >> 20:,} MiB of memory; at most {MAX_MEMORY >> 20} "
            "are taken (D11): encrypt it again with less"
        )


def _unknown_algorithm(form: Form, identifier: str) -> InvalidKey:
    """Make the error that must not look as if the password was wrong: it was not tried."""
    command = "openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out key.pem"
    if form is Form.PKCS12:
        command = "openssl pkcs12 -in FILE -nocerts -out key.pem"
    return InvalidKey(
        f"the key file uses {identifier}, which `cryptography` does not read: "
        f"encrypt it again by `{command}` (RFC 8018)"
    )


def _read_derivations(form: Form, der: bytes) -> Iterator[_Work]:
    """Give the work of each derivation in a file, and refuse a key that is too long."""
    file, _ = read_first_element(der)
    if form is Form.PKCS12:
        yield from _read_pkcs12(file)
    elif form is Form.ENCRYPTED_PKCS8:
        yield _read_encrypted_key(file)
    else:
        _check_length(der)


def _check_length(private_key: bytes) -> None:
    if len(private_key) > MAX_PRIVATE_KEY:
        raise InvalidKey(WRONG_SIZE)


def _read_encrypted_key(file: Element) -> _Work:
    """Read an EncryptedPrivateKeyInfo (RFC 5958, 3)."""
    scheme, encrypted = file.members(least=2)[:2]
    _check_length(encrypted.octets())
    return _read_scheme(scheme)


def _read_scheme(scheme: Element) -> _Work:
    """Read the AlgorithmIdentifier of an encryption under a password (RFC 8018, A; RFC 7292, C)."""
    kind, parameters = _read_typed(scheme)
    if kind == _PBES2:
        derivation, cipher = parameters.members(least=2)[:2]
        _check_algorithm(_read_identifier(cipher), _CIPHERS)
        return _read_derivation(derivation)
    if kind not in _PBES1:
        raise _UnknownAlgorithm(read_object_identifier(kind))
    _salt, rounds = parameters.members(least=2)[:2]
    return _Work(rounds=_read_rounds(rounds))


def _read_derivation(function: Element) -> _Work:
    """Read the AlgorithmIdentifier of PBKDF2 (RFC 8018, A.2) or scrypt (RFC 7914, 7)."""
    kind, parameters = _read_typed(function)
    if kind == _PBKDF2:
        _salt, rounds, *optional = parameters.members(least=2)
        for member in optional:
            if member.tag == SEQUENCE:  # the hash, in the place of SHA-1
                _check_algorithm(_read_identifier(member), _HASHES)
        return _Work(rounds=_read_rounds(rounds))
    if kind == _SCRYPT:
        _salt, cost, block_size, parallel = parameters.members(least=4)[:4]
        # N blocks of 128 * r bytes, for each of p runs: so the runs count as if made at once.
        return _Work(memory=128 * cost.number() * block_size.number() * parallel.number())
    raise _UnknownAlgorithm(read_object_identifier(kind))


def _read_rounds(number: Element) -> int:
    """Read a number of rounds, which is 1 or more (RFC 8018, A.2)."""
    rounds = number.number()
    if rounds == 0:
        raise NotDer
    return rounds


def _read_identifier(algorithm: Element) -> str:
    """Return the dotted identifier of an AlgorithmIdentifier (RFC 5280, 4.1.1.2)."""
    identifier = algorithm.members(least=1)[0]
    return read_object_identifier(identifier.octets(OBJECT_IDENTIFIER))


def _check_algorithm(identifier: str, known: tuple[str, ...]) -> None:
    if identifier not in known:
        raise _UnknownAlgorithm(identifier)


def _read_pkcs12(file: Element) -> Iterator[_Work]:
    """Read a PFX (RFC 7292, 4): the work of its MAC, its encrypted contents and its one key."""
    _version, contents, *mac = file.members(least=2)
    if mac:
        yield _read_mac(mac[0])
    key_bags: list[_Typed] = []
    safes, _ = read_first_element(_read_data(contents))
    for content in safes.members():
        kind, value = _read_typed(content)
        if kind == _ENCRYPTED_DATA:
            yield _read_encrypted_content(value)
        elif kind == _DATA:
            key_bags += _list_key_bags(_read_data(content))
    # Of several keys cryptography would give the first and say nothing.
    if len(key_bags) > 1:
        raise InvalidKey("the PKCS#12 file holds more than one key: export one of them (S4.5)")
    if not key_bags:
        raise InvalidKey(
            "the PKCS#12 file holds no private key, only certificates, or hides a key among them: "
            "export it with its key, or take it out by `openssl pkcs12 -in FILE -nocerts` (S4.5)"
        )
    (key_bag,) = key_bags
    if key_bag.kind == _SHROUDED_KEY_BAG:
        yield _read_encrypted_key(_read_only_member(key_bag.value))
    else:
        _check_length(key_bag.value.content)


def _read_mac(mac: Element) -> _Work:
    """Read a MacData (RFC 7292, 4; RFC 9579, 3). Without a number of rounds there is one."""
    digest, _salt, *rounds = mac.members(least=2)
    algorithm = digest.members(least=1)[0]
    if algorithm.members(least=1)[0].content == _PBMAC1:
        _kind, parameters = _read_typed(algorithm)
        return _read_derivation(parameters.members(least=1)[0])
    return _Work(rounds=rounds[0].number() if rounds else 1)


def _read_encrypted_content(value: Element) -> _Work:
    """Read an EncryptedData (RFC 2315, 13); its content stays encrypted."""
    _version, information = _read_only_member(value).members(least=2)[:2]
    _type, scheme = information.members(least=2)[:2]
    return _read_scheme(scheme)


def _list_key_bags(contents: bytes) -> list[_Typed]:
    """List the bags with a key in a SafeContents (RFC 7292, 4.2), those in inner ones included."""
    safe, _ = read_first_element(contents)
    key_bags = []
    waiting = safe.members()
    while waiting:
        bag = _read_typed(waiting.pop())
        if bag.kind == _SAFE_CONTENTS_BAG:
            waiting += _read_only_member(bag.value).members()
        elif bag.kind in (_KEY_BAG, _SHROUDED_KEY_BAG):
            key_bags.append(bag)
    return key_bags


def _read_data(content: Element) -> bytes:
    """Return the bytes in a ContentInfo of type data (RFC 2315, 8)."""
    return _read_only_member(_read_typed(content).value).octets()


def _read_only_member(element: Element) -> Element:
    """Return the element in an explicit [0]."""
    return element.members(EXPLICIT_0, least=1)[0]


def _read_typed(element: Element) -> _Typed:
    """Read a SEQUENCE of an OBJECT IDENTIFIER and a value, whatever follows them."""
    identifier, value = element.members(least=2)[:2]
    return _Typed(identifier.octets(OBJECT_IDENTIFIER), value)
