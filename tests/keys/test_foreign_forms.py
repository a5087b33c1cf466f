"""Forms that are not taken: the text names the form and the command, and the command works.

`CAUSES` has one row for each cause: what comes, and the text that its reader gets. `CONVERSIONS`
has files that real programs wrote: the command in the text is run on each, and what comes out of it
is taken and is the same key.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509 import Certificate

from kmcrypto import CryptoKey
from tests.support import KEY_ID
from tests.support.encodings import NULL, integer, oid, sequence, tlv
from tests.support.key_forms import (
    IV,
    PBES2,
    SALT,
    STORE_PASSWORD as PASSWORD,
    certificate_bag,
    certificate_of_version_6,
    encrypted_key,
    jwk,
    key_bag,
    key_store,
    pbes1,
    pbes2,
    pbkdf2,
    pem,
    plain_content,
    sound,
    spki,
    store_of,
    usage,
)
from tests.support.keys import (
    certificate,
    certificate_der,
    certificate_pem,
    certificate_request,
    load_private_key,
    load_public_key,
    other_key,
    pkcs12,
    private_pem,
    public_pem,
    revocation_list,
    rsa_key,
    stranger,
)
from tests.support.leaks import refused
from tests.support.processes import need, openssl, output_of


class Cause(NamedTuple):
    """What comes, as which key, and the text that must be given."""

    half: str
    source: Callable[[], Any]
    text: str
    password: str | None = None


def openssh_private() -> bytes:
    return rsa_key().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def openssh_public() -> bytes:
    return rsa_key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def traditional_encrypted() -> bytes:
    return rsa_key().private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"made up")
    )


def utf16(coding: str) -> bytes:
    return private_pem(rsa_key()).decode().encode(coding)


def pem_in_json() -> str:
    return json.dumps({"created": "2026", "key": private_pem(rsa_key()).decode()})


def broken_inside() -> bytes:
    """A line of the block without one of its characters."""
    lines = private_pem(rsa_key()).splitlines(keepends=True)
    return b"".join([*lines[:5], lines[5][1:], *lines[6:]])


def in_ber(der: bytes) -> bytes:
    """A structure of 256 bytes or more, its outermost length left open."""
    assert der[1] == 0x82
    return b"\x30\x80" + der[4:] + b"\0\0"


def under_cipher(cipher: str, hashed: str = "1.2.840.113549.2.9") -> bytes:
    """An EncryptedPrivateKeyInfo of PBKDF2 with this cipher and this hash."""
    function = sequence(oid(hashed), NULL)
    derivation = sequence(
        oid("1.2.840.113549.1.5.12"), sequence(tlv(4, SALT), integer(1), function)
    )
    scheme = sequence(PBES2, sequence(derivation, sequence(oid(cipher), tlv(4, IV))))
    return encrypted_key(scheme, bytes(1312))


def store_under(cipher: str) -> bytes:
    """A PKCS#12 file whose key is encrypted so."""
    return store_of(
        plain_content(sequence(oid("1.2.840.113549.1.12.10.1.2"), tlv(0xA0, under_cipher(cipher))))
    )


ARIA = "1.2.410.200046.1.1.12"
SEED = "1.2.410.200004.1.4"
AES_256 = "2.16.840.1.101.3.4.1.42"
AGAIN = (
    ", which `cryptography` does not read: encrypt it again by "
    "`openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out key.pem` (RFC 8018)"
)
BKS = (
    "a key store of Bouncy Castle (BKS) is not taken (S4.5): run `keytool -importkeystore` with "
    "-srcstoretype BKS, -deststoretype PKCS12 and Bouncy Castle as -provider"
)
JKS = (
    "a Java key store ({0}) is not taken (S4.5): run `keytool -importkeystore -srckeystore FILE "
    "-srcstoretype {0} -destkeystore key.p12 -deststoretype PKCS12`"
)
OPENSSH = (
    "an OpenSSH private key is not taken (S4.5): run `ssh-keygen -p -m PKCS8 -f FILE`, "
    "which rewrites the file: use a copy"
)
OPENSSH_PUBLIC = (
    "an OpenSSH public key is not taken (S4.5): run `ssh-keygen -e -m PKCS8 -f FILE > key.pem`"
)
PKCS7 = "a PKCS#7 file of certificates is not taken (S4.5): run `openssl pkcs7 {}`, "
PUTTY = "a PuTTY key is not taken (S4.5): run `puttygen FILE -O private-openssh -o key.pem`"
DOTNET = (
    "an XML key of .NET is not taken (S4.5): load it by RSA.FromXmlString, and write it by "
    "ExportPkcs8PrivateKey or, if it is public, by ExportSubjectPublicKeyInfo"
)
UTF_16 = "UTF-16 text is not taken (S4.5): run `iconv -f UTF-16 -t UTF-8 FILE > key.pem`"
REQUEST = (
    "a certificate request is not taken (S4.5): run `openssl req -in FILE -noout -pubkey > key.pem`"
)
TRUSTED = (
    "a trusted certificate of OpenSSL is not taken (S4.5): run "
    "`openssl x509 -in FILE -out certificate.pem`"
)
ENCRYPTED_PKCS1 = (
    "encrypted PKCS#1 is not taken (S4.5): turn it into PKCS#8 with "
    "`openssl pkcs8 -topk8 -in FILE -out key.pem`"
)
TWO = "the key text holds more than one PEM block"
CHAIN = (
    f"{TWO}, a chain of certificates: give the first, that of the key, by "
    "`openssl x509 -in FILE -out certificate.pem` (S4.5)"
)
KEY_AND_CERTIFICATE = (
    f"{TWO}, a key and its certificate: give the key by `openssl pkey -in FILE -out key.pem`, "
    "the certificate by `openssl x509 -in FILE -out certificate.pem` (S4.5)"
)
BROKEN = (
    "the lines of the PEM block must be base64, and characters of them are missing, added or "
    "changed: copy the whole file again (S4.5)"
)
CERTIFICATES_ONLY = (
    "the PKCS#12 file holds no private key, only certificates, or hides a key among them: export "
    "it with its key, or take it out by `openssl pkcs12 -in FILE -nocerts` (S4.5)"
)
USAGE = (
    "the key usage of the certificate forbids encipherment (RFC 5280, 4.2.1.3): if the key may be "
    "used, {}"
)
IN_BER = "{} in BER is not taken, only in DER: turn it into PEM by `{}` (X.690)"
DER_REQUEST = (
    "a certificate request is not taken (S4.5): "
    "run `openssl req -inform DER -in FILE -noout -pubkey > key.pem`"
)
REVOCATION_LIST = (
    "a certificate revocation list is not taken (S4.5): ask for the certificate of the key"
)
EC_KEY = "an EC key is not taken (S4.5): ask for an RSA key"
DSA_KEY = "a DSA key is not taken (S4.5): ask for an RSA key"
PARAMETERS = "a file of Diffie-Hellman parameters is not taken (S4.5): ask for an RSA key"
OTHER_ALGORITHM = "the key must be an RSA key, not one of algorithm {} (S4.2)"
EC_ALGORITHM = OTHER_ALGORITHM.format("1.2.840.10045.2.1")
UNREADABLE_CERTIFICATE = (
    "the certificate cannot be read, {}: if the key may be used, take it out by "
    "`openssl x509 -in FILE -noout -pubkey` (RFC 5280, 4.1)"
)
FOR_PUBLIC = "expected a public key, got {}: take the public key out by `{}` (S4.5)"
REASON = "the public key cannot be used, its structure or its exponent is wrong: {} (S4.2)"


def only_signs() -> Certificate:
    return certificate(rsa_key(), usage("digital_signature"))


def ec_private(form: PrivateFormat) -> bytes:
    key: bytes = other_key("EC").private_bytes(Encoding.DER, form, NoEncryption())
    return key


def ec_public() -> bytes:
    key: bytes = (
        other_key("EC").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    return key


CAUSES = {
    "OpenSSH, private": Cause("private", openssh_private, OPENSSH),
    "OpenSSH, private, as base64": Cause("private", lambda: b64encode(openssh_private()), OPENSSH),
    "OpenSSH, public": Cause("public", openssh_public, OPENSSH_PUBLIC),
    "JKS": Cause("private", lambda: b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1", JKS.format("JKS")),
    "JCEKS": Cause("private", lambda: b"\xce\xce\xce\xce\0\0\0\2\0\0\0\1", JKS.format("JCEKS")),
    "JKS as base64": Cause(
        "private", lambda: b64encode(b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1"), JKS.format("JKS")
    ),
    "BKS": Cause("private", lambda: b"\0\0\0\2\0\0\0\x14" + bytes(99), BKS),
    "BKS, version 1": Cause("private", lambda: b"\0\0\0\1\0\0\0\x14" + bytes(99), BKS),
    "PKCS#7": Cause(
        "public",
        lambda: pem("PKCS7", sequence(oid("1.2.840.113549.1.7.2"))),
        PKCS7.format("-in FILE -print_certs") + "and give one of them",
    ),
    "PKCS#7 in DER": Cause(
        "public",
        lambda: sequence(oid("1.2.840.113549.1.7.2"), tlv(0xA0, bytes(200))),
        PKCS7.format("-inform DER -in FILE -print_certs") + "and give one of them",
    ),
    "a chain": Cause("public", lambda: certificate_pem(rsa_key()) * 2, CHAIN),
    "a key with its certificate": Cause(
        "private",
        lambda: private_pem(rsa_key()) + certificate_pem(rsa_key()),
        KEY_AND_CERTIFICATE,
    ),
    "two keys": Cause(
        "private", lambda: private_pem(rsa_key()) * 2, f"{TWO}: give one of them (S4.5)"
    ),
    "encrypted PKCS#1": Cause("private", traditional_encrypted, ENCRYPTED_PKCS1, "made up"),
    "PuTTY": Cause("private", lambda: b"PuTTY-User-Key-File-3: ssh-rsa\r\n", PUTTY),
    ".NET XML": Cause("public", lambda: "<RSAKeyValue><Modulus>AAAA</Modulus>", DOTNET),
    ".NET XML with a header": Cause("public", lambda: '<?xml version="1.0"?>', DOTNET),
    "UTF-16": Cause("private", partial(utf16, "utf-16"), UTF_16),
    "UTF-16 without a mark": Cause("private", partial(utf16, "utf-16-le"), UTF_16),
    "UTF-16, the other way round": Cause("private", partial(utf16, "utf-16-be"), UTF_16),
    "a PEM in JSON": Cause(
        "private",
        pem_in_json,
        "expected a JWK, got a JSON object with a PEM in it: "
        "give the PEM alone, by `jq -r .MEMBER FILE > key.pem` (S4.5)",
    ),
    "broken base64": Cause("private", broken_inside, BROKEN),
    "certificates only": Cause(
        "private",
        lambda: store_of(plain_content(certificate_bag(certificate_der(rsa_key())))),
        CERTIFICATES_ONLY,
        PASSWORD,
    ),
    "a store of two keys": Cause(
        "private",
        lambda: key_store(key_bag(rsa_key()), key_bag(stranger())),
        "the PKCS#12 file holds more than one key: export one of them (S4.5)",
        PASSWORD,
    ),
    "a trusted certificate": Cause(
        "public", lambda: pem("TRUSTED CERTIFICATE", certificate_der(rsa_key())), TRUSTED
    ),
    "a certificate request": Cause(
        "public", lambda: pem("CERTIFICATE REQUEST", sequence(bytes(200))), REQUEST
    ),
    "key usage": Cause(
        "public",
        lambda: certificate_der(rsa_key(), usage("digital_signature")),
        USAGE.format("take it out by `openssl x509 -in FILE -noout -pubkey`"),
    ),
    "key usage in PKCS#12": Cause(
        "private",
        lambda: pkcs12(rsa_key(), only_signs(), password=PASSWORD),
        USAGE.format("take it out by `openssl pkcs12 -in FILE -nocerts -out key.pem`"),
        PASSWORD,
    ),
    "key usage in a JWK": Cause(
        "public",
        lambda: jwk(x5c=[b64encode(only_signs().public_bytes(Encoding.DER)).decode()]),
        USAGE.format("leave `x5c` out"),
    ),
    "a public key in BER": Cause(
        "public",
        lambda: in_ber(spki(sound(2048))),
        IN_BER.format(
            "a SubjectPublicKeyInfo", "openssl pkey -pubin -inform DER -in FILE -out key.pem"
        ),
    ),
    "ARIA": Cause(
        "private", partial(under_cipher, ARIA), f"the key file uses {ARIA}{AGAIN}", PASSWORD
    ),
    "SEED": Cause(
        "private", partial(under_cipher, SEED), f"the key file uses {SEED}{AGAIN}", PASSWORD
    ),
    "ARIA in PKCS#12": Cause(
        "private",
        partial(store_under, ARIA),
        f"the key file uses {ARIA}, which `cryptography` does not read: encrypt it again by "
        "`openssl pkcs12 -in FILE -nocerts -out key.pem` (RFC 8018)",
        PASSWORD,
    ),
    "a hash that is not known": Cause(
        "private",
        partial(under_cipher, AES_256, "1.2.156.10197.1.401.2"),
        f"the key file uses 1.2.156.10197.1.401.2{AGAIN}",
        PASSWORD,
    ),
    "no round of a hash": Cause(
        "private",
        lambda: encrypted_key(pbes2(pbkdf2(0)), bytes(1312)),
        "the key file is damaged, or written in a BER that is not read: "
        "export it again in DER (X.690)",
        PASSWORD,
    ),
    "a scheme that is not known": Cause(
        "private",
        lambda: encrypted_key(pbes1("1.2.840.113549.1.5.10", 1), bytes(1312)),
        f"the key file uses 1.2.840.113549.1.5.10{AGAIN}",
        PASSWORD,
    ),
    "a certificate request in DER": Cause(
        "public", lambda: certificate_request(rsa_key(), Encoding.DER), DER_REQUEST
    ),
    "a new certificate request": Cause(
        "public",
        lambda: pem("NEW CERTIFICATE REQUEST", certificate_request(rsa_key(), Encoding.DER)),
        REQUEST,
    ),
    "a revocation list": Cause("public", lambda: revocation_list(Encoding.PEM), REVOCATION_LIST),
    "a revocation list in DER": Cause(
        "public", lambda: revocation_list(Encoding.DER), REVOCATION_LIST
    ),
    "an OpenSSH certificate": Cause(
        "public", lambda: b"ssh-rsa-cert-v01@openssh.com AAAA", OPENSSH_PUBLIC
    ),
    "an OpenSSH key of DSA": Cause("public", lambda: b"ssh-dss AAAA", DSA_KEY),
    "an EC key behind its parameters": Cause(
        "private",
        lambda: pem("EC PARAMETERS", bytes(10)) + pem("EC PRIVATE KEY", bytes(100)),
        EC_KEY,
    ),
    "an EC key in DER, which is short": Cause(
        "private", partial(ec_private, PrivateFormat.TraditionalOpenSSL), EC_KEY
    ),
    "an EC key as PKCS#8 in DER": Cause(
        "private", partial(ec_private, PrivateFormat.PKCS8), EC_ALGORITHM
    ),
    "a public EC key in DER, which is short": Cause("public", ec_public, EC_ALGORITHM),
    "a DSA key in DER": Cause(
        "private",
        lambda: other_key("DSA").private_bytes(
            Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ),
        DSA_KEY,
    ),
    "parameters of Diffie-Hellman": Cause(
        "public",
        lambda: pem("DH PARAMETERS", sequence(integer(sound(2048)), integer(2))),
        PARAMETERS,
    ),
    "an algorithm that cryptography does not know": Cause(
        "private",
        lambda: sequence(integer(0), sequence(oid("1.2.3.4")), tlv(4, bytes(200))),
        OTHER_ALGORITHM.format("1.2.3.4"),
    ),
    "a label of another form": Cause(
        "public",
        lambda: pem("RSA PUBLIC KEY", spki(sound(2048))),
        "the label of the PEM block is that of a PKCS#1 public key, but the block holds "
        "a SubjectPublicKeyInfo: its label must be PUBLIC KEY (S4.5)",
    ),
    "a key store with a label": Cause(
        "private",
        lambda: pem("PRIVATE KEY", key_store(key_bag(rsa_key()))),
        "the label of the PEM block is that of a PKCS#8 private key, but the block holds "
        "a PKCS#12 file: give it without its first and last line (S4.5)",
        PASSWORD,
    ),
    "a certificate and its revocation list": Cause(
        "public",
        lambda: certificate_pem(rsa_key()) + revocation_list(Encoding.PEM),
        f"{TWO}: give one of them (S4.5)",
    ),
    "an EC key": Cause(
        "private",
        lambda: other_key("EC").private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ),
        EC_KEY,
    ),
    "a private key for a public one": Cause(
        "public",
        lambda: private_pem(rsa_key()),
        FOR_PUBLIC.format("a PKCS#8 private key", "openssl pkey -in FILE -pubout"),
    ),
    "a private JWK for a public one": Cause(
        "public",
        partial(jwk, "private"),
        "expected a public key, got a private JWK: "
        "leave out d, p, q, dp, dq and qi (RFC 7518, 6.3.2)",
    ),
    "a key store for a public key": Cause(
        "public",
        lambda: pkcs12(rsa_key(), password=PASSWORD),
        FOR_PUBLIC.format(
            "a PKCS#12 file", "openssl pkcs12 -in FILE -nokeys -clcerts -out certificate.pem"
        ),
    ),
}


@pytest.mark.parametrize("name", CAUSES)
def test_each_cause_has_its_text(name: str) -> None:
    """D9: what it is, and the way out; exactly so, and without a word of the key."""
    cause = CAUSES[name]
    load: Callable[[], object] = partial(load_public_key, cause.source())
    if cause.half == "private":
        load = partial(load_private_key, cause.source(), cause.password)
    assert refused(load) == cause.text


@pytest.mark.parametrize(
    ("exponent", "reason"), [(65536, "e must be odd"), (1, "e must be >= 3 and < n")]
)
def test_an_exponent_is_refused_with_the_readers_reason_or_ours(exponent: int, reason: str) -> None:
    """Old releases of cryptography read such a key, so that our own check refuses it."""
    ours = "the RSA exponent must be odd, 65537 or more and below 2^64 (S4.2)"
    text = refused(lambda: load_public_key(spki(sound(2048), exponent)))
    assert text in (REASON.format(reason), ours)


def test_a_certificate_that_is_not_read_shows_the_readers_reason_and_the_way_to_its_key() -> None:
    """The words of the reason are those of cryptography, and may change with it."""
    start, end = UNREADABLE_CERTIFICATE.split("{}")
    text = refused(partial(load_public_key, certificate_of_version_6()))
    assert text.startswith(f"{start}5 is not a valid")
    assert text.endswith(end)


def test_the_own_public_key_in_the_place_of_the_platforms_is_noticed() -> None:
    text = refused(
        partial(
            CryptoKey.load,
            id=KEY_ID,
            platform_public=public_pem(rsa_key()),
            client_private=private_pem(rsa_key()),
        )
    )
    assert "not your own" in text


# --- The commands work ----------------------------------------------------------------------------


def openssh_pair(folder: Path) -> Path:
    """A private key in FILE, and its public key beside it."""
    need("ssh-keygen")
    file = folder / "FILE"
    output_of("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", file)
    return file


def openssh_public_file(folder: Path) -> Path:
    file = openssh_pair(folder)
    return (folder / "FILE.pub").rename(file)


def written(folder: Path, data: bytes) -> Path:
    file = folder / "FILE"
    file.write_bytes(data)
    return file


def java_store(kind: str, folder: Path) -> Path:
    need("keytool")
    file = folder / "FILE"
    made = f"-genkeypair -alias one -keyalg RSA -keysize 2048 -dname CN=made -storetype {kind}"
    secret = ("-storepass", PASSWORD, "-keypass", PASSWORD)
    output_of("keytool", *made.split(), *secret, "-keystore", file)
    return file


def self_signed(*arguments: str) -> bytes:
    """A key and its certificate, as PEM, in one text."""
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=made up")
    return openssl(*made, "-keyout", "/dev/stdout", "-out", "/dev/stdout", *arguments)


def certificate_alone(*arguments: str) -> bytes:
    return openssl("x509", *arguments, stdin=self_signed())


PASS_OUT = ("-passout", f"pass:{PASSWORD}")

CONVERSIONS: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    # name = half, what writes the file FILE, the file that the command leaves
    "OpenSSH, private": ("private", openssh_pair, "FILE"),
    "OpenSSH, public": ("public", openssh_public_file, "key.pem"),
    "JKS": ("private", partial(java_store, "JKS"), "key.p12"),
    "JCEKS": ("private", partial(java_store, "JCEKS"), "key.p12"),
    "UTF-16": (
        "private",
        lambda folder: written(folder, utf16("utf-16")),
        "key.pem",
    ),
    "trusted certificate": (
        "public",
        lambda folder: written(folder, certificate_alone("-trustout")),
        "certificate.pem",
    ),
    "chain": (
        "public",
        lambda folder: written(folder, certificate_alone() + certificate_alone()),
        "certificate.pem",
    ),
    "key with certificate": (
        "private",
        lambda folder: written(folder, self_signed()),
        "key.pem",
    ),
    "public key in BER": (
        "public",
        lambda folder: written(folder, in_ber(spki(sound(2048)))),
        "key.pem",
    ),
    "certificate request": (
        "public",
        lambda folder: written(folder, certificate_request(rsa_key(), Encoding.PEM)),
        "key.pem",
    ),
    "certificate request in DER": (
        "public",
        lambda folder: written(folder, certificate_request(rsa_key(), Encoding.DER)),
        "key.pem",
    ),
    "hex": (
        "public",
        lambda folder: written(folder, spki(sound(2048)).hex().encode()),
        "key.der",
    ),
    "hex with colons": (
        "public",
        lambda folder: written(folder, spki(sound(2048)).hex(":").encode()),
        "key.der",
    ),
}


@pytest.mark.programs
@pytest.mark.parametrize("name", CONVERSIONS)
def test_the_command_in_the_text_makes_a_form_that_is_taken(tmp_path: Path, name: str) -> None:
    half, make, result = CONVERSIONS[name]
    file = make(tmp_path)
    load = load_public_key if half == "public" else load_private_key
    text = refused(partial(load, file))
    command = re.search("`(.*?)`", text)
    assert command is not None
    answers = b"".join(f"{PASSWORD}\n".encode() for _ in "123") if "keytool" in text else b"\n\n"
    output_of("sh", "-c", command[1], stdin=answers, cwd=tmp_path)
    password = (PASSWORD,) if result.endswith(".p12") else ()
    assert load(tmp_path / result, *password).key_size == 2048


@pytest.mark.programs
@pytest.mark.parametrize("form", ["PKCS#8", "PKCS#12"])
def test_the_command_for_another_cipher_works(tmp_path: Path, form: str) -> None:
    """ARIA is the cipher of Korean standards, and openssl writes it."""
    both = self_signed()
    sealed = openssl("pkcs8", "-topk8", "-v2", "aria-256-cbc", *PASS_OUT, stdin=both)
    if form == "PKCS#12":
        sealed = openssl("pkcs12", "-export", "-keypbe", "aria-256-cbc", *PASS_OUT, stdin=both)
    text = refused(partial(load_private_key, written(tmp_path, sealed), PASSWORD))
    assert ARIA in text
    command = re.search("`(openssl.*?)`", text)
    assert command is not None
    secrets = " ".join(("-passin", f"pass:{PASSWORD}", *PASS_OUT))
    output_of("sh", "-c", f"{command[1]} {secrets}", cwd=tmp_path)
    assert load_private_key(tmp_path / "key.pem", PASSWORD).key_size == 2048


@pytest.mark.programs
def test_the_command_for_a_key_whose_certificate_forbids_it_works(tmp_path: Path) -> None:
    store = pkcs12(rsa_key(), only_signs(), password=PASSWORD)
    text = refused(partial(load_private_key, written(tmp_path, store), PASSWORD))
    command = re.search("`(openssl.*?)`", text)
    assert command is not None
    secrets = " ".join(("-passin", f"pass:{PASSWORD}", *PASS_OUT))
    output_of("sh", "-c", f"{command[1]} {secrets}", cwd=tmp_path)
    assert load_private_key(tmp_path / "key.pem", PASSWORD).public_key() == rsa_key().public_key()


@pytest.mark.programs
def test_a_store_that_openssl_wrote_without_a_mac_is_taken() -> None:
    store = openssl("pkcs12", "-export", "-nomac", *PASS_OUT, stdin=self_signed())
    assert load_private_key(store, PASSWORD).key_size == 2048
