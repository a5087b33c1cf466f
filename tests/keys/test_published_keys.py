"""Key files that nobody here wrote: those of the package cryptography-vectors.

Every file goes through the loaders as a public and as a private key. `cryptography` itself says
what each file is: its own functions read it, form by form. From that follows the verdict: the same
key, or a text with the words of a fault that the file really has. A file that `cryptography` cannot
read is refused, too; one whose PEM label is not taken, by the words for its label.

Nothing is counted: another release of the package has other files, and the same rules.
"""

from __future__ import annotations

import re
import warnings
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from contextlib import suppress
from fnmatch import fnmatch
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
    pkcs7,
    pkcs12,
)

from kmcrypto import errors
from kmcrypto.keys.key_text import MAX_KEY_TEXT
from tests.support.encodings import oid
from tests.support.keys import load_private_key, load_public_key
from tests.support.leaks import refused
from tests.support.speed import MEBI, costs_at_most

ROOT = Path(cryptography_vectors.__file__).parent
FOLDERS = ("asymmetric", "pkcs12", "pkcs7", "x509")
TABLES = (".py", ".pyc", ".txt", ".rsp", ".fax", ".json", ".eml", ".ldif", ".schema")  # no keys

# The passwords that the tests of cryptography have for these files.
PASSWORDS = {
    "asymmetric/*/enc-rsa-pkcs8*": "foobar",
    "asymmetric/*/enc2-rsa-pkcs8*": "baz",
    "asymmetric/PKCS8/rsa-40bitrc2.pem": "baz",
    "asymmetric/PKCS8/pkcs12_s2k_pem-*": "123456",
    "asymmetric/*/ec_private_key_encrypted.*": "123456",
    "asymmetric/PKCS8/rsa-pbewithmd5anddescbc.pem": "hunter2",
    "asymmetric/PKCS8/ed25519-scrypt.pem": "hunter42",
    "asymmetric/PKCS8/rsa-rc2-cbc*": "Red Hat Enterprise Linux 7.4",
    "asymmetric/PKCS8/rsa-aes-192-cbc.pem": "PolarSSLTest",
    "asymmetric/PKCS8/rsa_pkcs8_pbes2_*": "PolarSSLTest",
    "pkcs12/*cbc*.p12": "cryptography",
    "pkcs12/*rc2*.p12": "cryptography",
    "pkcs12/cert-none-key-none.p12": "cryptography",
    "pkcs12/*-no-pwd.p12": "",
    "pkcs12/no-password.p12": "",
    "*": "password",
}
WRONG_PASSWORD = "no password of these files"


class Read(NamedTuple):
    """What a function of `cryptography` reads in a file: its form, and the key or None."""

    form: str
    key: Any = None


def key_of_pkcs12(data: bytes, password: bytes | None) -> Any:
    return pkcs12.load_key_and_certificates(data, password)[0]


def key_of(load: Callable[[bytes], Any]) -> Callable[[bytes, bytes | None], Any]:
    """A function that reads the public key of what another one loads."""
    return lambda data, password: load(data).public_key()


def whole(load: Callable[[bytes], Any]) -> Callable[[bytes, bytes | None], Any]:
    """A function that takes a password for nothing."""
    return lambda data, password: load(data)


def unchecked(load: Callable[..., Any]) -> Callable[[bytes, bytes | None], Any]:
    """A function that reads a private key without the checks of its numbers, which take long."""
    return lambda data, password: load(data, password, unsafe_skip_rsa_key_validation=True)


READERS: list[tuple[str, Callable[[bytes, bytes | None], Any]]] = [
    ("public key", whole(load_pem_public_key)),
    ("public key", whole(load_der_public_key)),
    ("certificate", key_of(x509.load_pem_x509_certificate)),
    ("certificate", key_of(x509.load_der_x509_certificate)),
    ("private key", unchecked(load_pem_private_key)),
    ("private key", unchecked(load_der_private_key)),
    ("private key", key_of_pkcs12),
    ("a certificate request", key_of(x509.load_pem_x509_csr)),
    ("a certificate request", key_of(x509.load_der_x509_csr)),
    ("an OpenSSH public key", whole(load_ssh_public_key)),
    ("an OpenSSH private key", load_ssh_private_key),
    ("a certificate revocation list", whole(x509.load_pem_x509_crl)),
    ("a certificate revocation list", whole(x509.load_der_x509_crl)),
    ("a PKCS#7 file", whole(pkcs7.load_pem_pkcs7_certificates)),
    ("a PKCS#7 file", whole(pkcs7.load_der_pkcs7_certificates)),
]
# The words of the texts for forms that are not taken.
FOREIGN = {
    "a certificate request": "a certificate request",
    "an OpenSSH public key": "an OpenSSH public key",
    "an OpenSSH private key": "an OpenSSH private key",
    "a certificate revocation list": "a certificate revocation list",
    "a PKCS#7 file": "a PKCS#7 file",
}
# The words that a PEM block of one of these labels is refused with, if it is the only one.
LABELS = {
    "OPENSSH PRIVATE KEY": "an OpenSSH private key",
    "PKCS7": "a PKCS#7 file",
    "X509 CERTIFICATE": "an old label",
    "CERTIFICATE REQUEST": "a certificate request",
    "NEW CERTIFICATE REQUEST": "a certificate request",
    "X509 CRL": "a certificate revocation list",
    "EC PRIVATE KEY": "an EC key",
    "EC PARAMETERS": "an EC key",
    "DSA PRIVATE KEY": "a DSA key",
    "DSA PUBLIC KEY": "a DSA key",
    "DSA PARAMETERS": "a DSA key",
    "DH PARAMETERS": "Diffie-Hellman parameters",
    "X9.42 DH PARAMETERS": "Diffie-Hellman parameters",
}
RSA = oid("1.2.840.113549.1.1.1")
PSS = oid("1.2.840.113549.1.1.10")
# The extension: its identifier, perhaps "critical", and a BIT STRING with the count of unused bits.
KEY_USAGE = re.compile(re.escape(oid("2.5.29.15")) + rb"(?:\x01\x01\xff)?\x04.\x03..(.)", re.DOTALL)
KEY_AND_DATA_ENCIPHERMENT = 0x20 | 0x10  # RFC 5280, 4.2.1.3


@lru_cache(maxsize=1)  # each file is asked for twice, one time after the other
def read(data: bytes, password: str | None) -> list[Read]:
    """All that `cryptography` reads in a file."""
    secret = None if password is None else password.encode()
    found = []
    for form, reader in READERS:
        try:
            key = reader(data, secret)
        except BaseException as error:
            # Not only Exception: its code in Rust may panic.
            if isinstance(error, KeyboardInterrupt):
                raise
            continue
        if key is not None:
            found.append(Read(form, key))
    return found


def files(folder: Path) -> list[Path]:
    """The files of a folder that may be keys."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix not in TABLES)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def password_of(path: Path) -> str:
    return next(text for glob, text in PASSWORDS.items() if fnmatch(name_of(path), glob))


def labels_of(data: bytes) -> list[str]:
    return re.findall("-----BEGIN ([^-]*)-----", data.decode("latin-1"))


def der_of(data: bytes) -> bytes:
    """The DER of a file: itself, or what is in its first PEM block."""
    block = re.search(b"-----BEGIN [^-]*-----([^-]*)-----END", data)
    return data if block is None else a2b_base64(block[1])


def is_encrypted(path: Path, data: bytes) -> bool:
    """Whether a password opens the file, by its label, its name, or the words of cryptography."""
    if path.suffix == ".p12" or labels_of(data) == ["ENCRYPTED PRIVATE KEY"]:
        return True
    try:
        load_der_private_key(data, None)
    except TypeError:
        return True
    except Exception:
        return False
    return False


# --- The faults that a file has -------------------------------------------------------------------


def faults_of_label(data: bytes) -> Iterator[str]:
    """The words for what the lines around its PEM blocks say."""
    labels = labels_of(data)
    if labels and all(label in LABELS for label in labels):
        yield LABELS[labels[-1]]
    elif len(labels) > 1:
        yield "more than one PEM block"
    elif labels and labels[0].startswith("RSA ") and RSA in der_of(data):
        yield "its label must be"  # PKCS#1 has no algorithm, so this is another form
    elif labels in (["PUBLIC KEY"], ["PRIVATE KEY"]) and RSA not in der_of(data):
        yield "an RSA key"
    if b"Proc-Type:" in data:
        yield "encrypted PKCS#1"


def faults_of_key(half: str, found: Read, data: bytes) -> Iterator[str]:
    """The words for what is wrong with a key that cryptography reads."""
    form, key = found
    if form in FOREIGN:
        yield FOREIGN[form]
    elif half == "public" and form == "private key":
        yield "expected a public key"
    elif half == "private" and form != "private key":
        yield "expected a private key"
    if form not in FOREIGN and PSS in der_of(data) and not is_signed_alone_by_pss(found, data):
        yield "not RSA-PSS"
    if not isinstance(key, (RSAPrivateKey, RSAPublicKey)):
        yield "an RSA key"
        return
    if key.key_size < 2048:
        yield "2048 to 8192 bits"
    if numbers_of(key).e < 65537:
        yield "exponent"


def is_signed_alone_by_pss(found: Read, data: bytes) -> bool:
    """Whether a certificate is of a plain RSA key, and only its signature is RSA-PSS."""
    if found.form != "certificate":
        return False
    certificate = x509.load_der_x509_certificate(der_of(data))
    return certificate.public_key_algorithm_oid.dotted_string == "1.2.840.113549.1.1.1"


def faults_of_certificate(certificate: x509.Certificate) -> Iterator[str]:
    """The words for a key usage that forbids encipherment, whatever other extensions are like.

    cryptography reads all extensions or none, so this one is looked for in the bytes.
    """
    usage = KEY_USAGE.search(certificate.public_bytes(Encoding.DER))
    if usage is not None and not usage[1][0] & KEY_AND_DATA_ENCIPHERMENT:
        yield "key usage"


def certificates_of(data: bytes, password: str | None) -> list[x509.Certificate]:
    """The certificate that is the file, or that is beside the key in it."""
    with suppress(Exception):
        return [x509.load_der_x509_certificate(der_of(data))]
    with suppress(Exception):
        store = pkcs12.load_pkcs12(data, None if password is None else password.encode())
        return [] if store.cert is None else [store.cert.certificate]
    return []


def numbers_of(key: Any) -> RSAPublicNumbers:
    public = key.public_key() if isinstance(key, RSAPrivateKey) else key
    numbers: RSAPublicNumbers = public.public_numbers()
    return numbers


# --- The verdicts ---------------------------------------------------------------------------------


def ended(load: Callable[[], Any], data: bytes) -> RSAPublicNumbers | str:
    """The numbers of the key, or the text of the error, which shows nothing of the file."""
    with costs_at_most(MEBI), suppress(errors.InvalidKey):
        return numbers_of(load())
    return refused(load, data)


def problem_of(half: str, path: Path, password: str | None = None) -> str | None:
    """What is wrong with the verdict on a file; None if it is as the rules say."""
    data = path.read_bytes()
    load: Callable[[], Any] = partial(load_public_key, path)
    if half == "private":
        load = partial(load_private_key, path, password)
    verdict = ended(load, data)
    shown = f"{name_of(path)}, {half}: {verdict}"
    if len(data) > MAX_KEY_TEXT:
        return None if "64 KiB" in str(verdict) else shown
    found = read(data, password)
    faults = [*faults_of_label(data), *faults_of_file(half, found, data, password)]
    if isinstance(verdict, str):
        is_right = any(words in verdict for words in faults) or not (found or faults)
    else:
        is_right = not faults and verdict in [numbers_of(each.key) for each in found]
    return None if is_right else f"{shown}; its faults: {faults}"


def faults_of_file(
    half: str, found: list[Read], data: bytes, password: str | None
) -> Iterator[str]:
    """The words for what is wrong with a file of which cryptography reads something."""
    for each in found:
        yield from faults_of_key(half, each, data)
    if found and (half == "public" or password is not None):
        for certificate in certificates_of(data, password):
            yield from faults_of_certificate(certificate)


def problem_of_password(path: Path, password: str | None, *words: str) -> str | None:
    """The same for an encrypted file and a password that does not open it."""
    data = path.read_bytes()
    verdict = str(ended(partial(load_private_key, path, password), data))
    if any(each in verdict for each in words):
        return None
    return f"{name_of(path)}, {password}: {verdict}"


def problems_of(path: Path) -> list[str]:
    """All that is wrong with the verdicts on a file."""
    if not is_encrypted(path, path.read_bytes()):
        problems = [problem_of("public", path), problem_of("private", path)]
    else:
        problems = [
            problem_of_password(path, None, "needs a password"),
            problem_of_password(path, WRONG_PASSWORD, *WORDS_FOR_WRONG_PASSWORD),
            problem_of("private", path, password_of(path)),
        ]
    return [problem for problem in problems if problem is not None]


# What may be told before a password is tried.
WORDS_FOR_WRONG_PASSWORD = (
    "the password is wrong",
    "which `cryptography` does not read",
    "no private key, only certificates",
    "the key file is damaged",
)


def folders() -> list[Any]:
    """The folders with files; those of the NIST have hundreds of files of a kind, and are slow."""
    inside = [folder for name in FOLDERS for folder in (ROOT / name).rglob("*") if folder.is_dir()]
    return [
        pytest.param(
            folder,
            id=name_of(folder),
            marks=[pytest.mark.slow] if "PKITS_data" in folder.parts else [],
        )
        for folder in sorted([*(ROOT / name for name in FOLDERS), *inside])
        if files(folder)
    ]


@pytest.mark.parametrize("folder", folders())
def test_each_file_is_the_key_that_it_is_or_is_refused_for_what_it_is(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of odd files, and of old ciphers
        # Of the NIST's hundreds, every fourth: a key store takes a tenth of a second.
        step = 4 if "PKITS_data" in folder.parts else 1
        problems = [problem for path in files(folder)[::step] for problem in problems_of(path)]
    assert problems == []
