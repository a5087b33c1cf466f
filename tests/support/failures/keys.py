"""How the package's `keys` fail: key texts, key files, rings, environments, sealed projects."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import BasicConstraints
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from kmcrypto import CryptoKey, KeyRing, KeyState, Project
from kmcrypto.keys.crypto_key import Side
from kmcrypto.keys.sealed import Contents, Cost, Header, seal, unseal
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, OTHER_KEY_ID, PASSWORD, SECRET, THIRD_KEY_ID
from tests.support.encodings import NULL, b64, integer, oid, sequence, tlv
from tests.support.failures import CARD, PASSPHRASE, SEALING_KEY, Failures
from tests.support.hsm import Hsm
from tests.support.key_forms import (
    PBES2,
    PKCS7_DATA,
    RSA_PSS,
    STORE_PASSWORD,
    certificate_bag,
    certificate_dated,
    certificate_of_version_6,
    certificate_under,
    encrypted_key,
    jwk,
    key_bag,
    key_store,
    pbes2,
    pbkdf2,
    pem,
    pkcs1,
    pkcs1_public,
    pkcs8,
    replaced,
    roca_primes,
    scrypt,
    sound,
    spki,
    usage,
)
from tests.support.keys import (
    certificate,
    certificate_der,
    certificate_pem,
    certificate_request,
    encryption_under,
    other_key,
    pkcs12,
    private_pem,
    public_pem,
    revocation_list,
    rsa_key,
    stranger,
)
from tests.support.parties import Parties, project_key

ANY: Any = [SECRET]


def failures(parties: Parties, folder: Path) -> Failures:
    return {
        **_project_keys(),
        **_crypto_keys(),
        **_key_texts(folder),
        **_foreign_forms(),
        **_public_keys(),
        **_private_keys(),
        **_jwks(),
        **_rings(parties),
        **_environments(folder),
        **_contents(),
        **_sealed(),
    }


def _project_keys() -> Failures:
    discarded = project_key().with_state(KeyState.DISCARDED)
    return {
        "secret that is empty": lambda: project_key(secret_key=""),
        "secret with a blank": lambda: project_key(secret_key=f"{SECRET} "),
        "secret with a line feed": lambda: project_key(secret_key=f"{SECRET}\n{SECRET}"),
        "secret that is no UTF-8": lambda: project_key(secret_key=SECRET.encode() + b"\xff"),
        "secret with half a pair": lambda: project_key(secret_key=f"{SECRET}\ud800"),
        "secret in a list": lambda: project_key(secret_key=ANY),
        "wrong asp id": lambda: project_key(asp_id=CARD),
        "wrong access key": lambda: project_key(access_key=CARD),
        "wrong kind": lambda: project_key(kind=CARD),
        "state again": lambda: discarded.with_state(KeyState.ACTIVE),
        "project key is frozen": lambda: setattr(project_key(), "asp_id", SECRET),
        "project key is not pickled": lambda: project_key().__reduce_ex__(4),
        "project of a secret": lambda: Project(ANY),
    }


def _load(**sources: Any) -> Callable[[], object]:
    return partial(CryptoKey.load, id=KEY_ID, **sources)


def _crypto_keys() -> Failures:
    key = rsa_key()
    text = private_pem(key)
    public = CryptoKey.load(id=KEY_ID, platform_public=key.public_key())
    return {
        "crypto key without load": lambda: CryptoKey(),
        "naive moment": _load(client_private=text, valid_at=datetime(2026, 1, 1)),
        "wrong crypto key id": lambda: CryptoKey.load(id=CARD, client_private=text),
        "crypto key without a key": _load(),
        "password without a key": _load(platform_public=public_pem(key), password=PASSWORD),
        "key that is not there": lambda: public.private_half(Side.PLATFORM),
        "public key that is not there": lambda: public.public_half(Side.CLIENT),
        "keys of two pairs": _load(client_private=text, client_public=stranger().public_key()),
        "certificate of another time": _load(
            client_private=text,
            client_public=certificate_der(key),
            valid_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
        ),
    }


def _key_texts(folder: Path) -> Failures:
    text = private_pem(rsa_key()).decode()
    missing = folder / "missing"
    utf16 = folder / "utf16"
    utf16.write_bytes(text.encode("utf-16"))
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    two = text + text
    der = pkcs8(pkcs1())
    return {
        "key file that is a folder": _load(client_private=folder),
        "key file that is a pipe": _load(client_private=pipe),
        "key text of another structure": _load(client_private=sequence(tlv(4, CARD.encode() * 20))),
        "key text with an open length": _load(client_private=b"\x30\x80" + CARD.encode()),
        "key text of a long tag": _load(client_private=tlv(0x30, b"\x1f" * 200)),
        "key text that is empty": _load(client_private=" "),
        "key text that is long": _load(client_private=text * 50),
        "key file that is missing": _load(client_private=missing),
        "key file in UTF-16": _load(client_private=utf16),
        "key of another type": _load(client_private=[text]),
        "two PEM blocks": _load(client_private=two),
        "encrypted PKCS#1": _load(
            client_private=text.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n", 1)
        ),
        "PEM block without an end": _load(client_private=text[:-30]),
        "PEM block of another label": _load(client_private=text.replace("PRIVATE", "SECRET")),
        "PEM block of a wrong label": _load(client_private=pem("RSA PRIVATE KEY", der)),
        "base64 with a fault": _load(client_private=f"!{b64(der)}"),
        "base64 with another padding": _load(client_private=f"{b64(der)}==="),
        "base64 of base64": _load(client_private=b64encode(b64encode(der))),
        "PEM block with dashes": _load(client_private=text.replace("--", "\u2013")),
        "DER with a tail": _load(client_private=der + b"\0"),
        "DER that is cut off": _load(client_private=der[:-9]),
        "key of RSA-PSS": _load(client_private=sequence(integer(0), RSA_PSS, tlv(4, pkcs1()))),
    }


def _foreign_forms() -> Failures:
    key = rsa_key()
    text = private_pem(key)
    chain = certificate_pem(key) + certificate_pem(stranger())
    ber = b"\x30\x80" + pkcs8(pkcs1())[4:] + b"\0\0"
    json_text = json.dumps({"key": text.decode()})
    certificates = key_store(certificate_bag(certificate_der(key)))
    return {
        "Java key store": _load(client_private=b"\xfe\xed\xfe\xed" + CARD.encode()),
        "UTF-16 without a mark": _load(client_private=text.decode().encode("utf-16-le")),
        "OpenSSH private key": _load(client_private=text.replace(b"PRIVATE", b"OPENSSH PRIVATE")),
        "PKCS#7 in DER": _load(client_public=sequence(oid("1.2"), tlv(0xA0, CARD.encode() * 10))),
        "chain of certificates": _load(client_public=chain),
        "certificate request": _load(client_public=certificate_request(key, Encoding.DER)),
        "revocation list": _load(client_public=revocation_list(Encoding.DER)),
        "key and certificate": _load(client_private=text + certificate_pem(key)),
        "base64 with a fault in PEM": _load(client_private=text.replace(b"\nM", b"\n*")),
        "private key in BER": _load(client_private=ber),
        "JSON object with a PEM": _load(client_private=json_text),
        "store of certificates": _load(client_private=certificates, password=STORE_PASSWORD),
        "store in BER of a wrong piece": _in_ber(tlv(0x24, tlv(2, CARD.encode()))),
        "store in BER of an open piece": _in_ber(tlv(0x24, b"\4\x80" + CARD.encode())),
        "store in BER that is deep": _in_ber(b"\x24\x80" * 20),
    }


def _in_ber(contents: bytes) -> Callable[[], object]:
    information = sequence(PKCS7_DATA, tlv(0xA0, contents), tlv(4, bytes(200)))
    store = sequence(integer(3), information)
    return _load(client_private=store, password=STORE_PASSWORD)


def _public_keys() -> Failures:
    key = rsa_key()
    half = 3 << 1022 | 1
    only_signs = certificate_der(key, usage("digital_signature"))
    twice = certificate_der(key, usage("key_encipherment"), BasicConstraints(False, None))
    twice = replaced(twice, oid("2.5.29.19"), oid("2.5.29.15"))
    return {
        "private key for a public one": _load(client_public=private_pem(key)),
        "public key that is damaged": _load(client_public=spki(key.key_size, 1)),
        "public key that is not RSA": _load(client_public=public_pem(other_key("EC"))),
        "public key that is short": _load(client_public=public_pem(rsa_key(1024))),
        "exponent that is small": _load(client_public=spki(sound(2048), 3)),
        "modulus with a small factor": _load(client_public=spki(sound(2040) * 255)),
        "modulus with close factors": _load(client_public=spki(half * half)),
        "modulus of ROCA": _load(client_public=spki(prod(roca_primes()))),
        "certificate that is not read": _load(client_public=certificate_of_version_6()),
        "certificate of another key": _load(
            client_public=certificate_under(sequence(oid("1.2.840.10045.2.1"), NULL))
        ),
        "certificate of the year 0": _load(
            client_public=certificate_dated(
                tlv(0x18, b"00000101000000Z"), tlv(0x18, b"20990101000000Z")
            )
        ),
        "certificate that forbids": _load(client_public=only_signs),
        "certificate that says it twice": _load(client_public=twice),
        "certificate of RSA-PSS": _load(client_public=_certificate_of_pss()),
    }


def _certificate_of_pss() -> bytes:
    """A certificate of a key that may only sign; its signature is nobody's."""
    public = rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pss = sequence(RSA_PSS, tlv(3, b"\0", pkcs1_public(sound(2048))))
    tbs = certificate(rsa_key()).tbs_certificate_bytes
    size = 4  # of the tag and length of a SEQUENCE between 256 bytes and 64 KiB
    changed = sequence(replaced(tbs, public, pss)[size:])
    return sequence(changed, sequence(oid("1.2.840.113549.1.1.11"), NULL), tlv(3, b"\0" * 257))


def _private_keys() -> Failures:
    key = rsa_key()
    text = private_pem(key)
    encrypted = private_pem(key, encryption_under(PASSWORD))
    store = pkcs12(key, password=PASSWORD)
    hsm = Hsm(key, public=other_key("EC").public_key())
    two = key_store(key_bag(key), key_bag(stranger()))
    return {
        "public key for a private one": _load(client_private=public_pem(key)),
        "wrong password": _load(client_private=encrypted, password=f"{PASSWORD}x"),
        "no password": _load(client_private=encrypted),
        "password that is not needed": _load(client_private=text, password=PASSWORD),
        "password of another type": _load(client_private=text, password=[PASSWORD]),
        "password with half a pair": _load(client_private=encrypted, password=f"{PASSWORD}\ud800"),
        "password with a NUL": _load(client_private=store, password=f"{PASSWORD}\0"),
        "private key with a wrong number": _load(client_private=pkcs8(pkcs1(d=7))),
        "private key of two moduli": _load(client_private=pkcs8(pkcs1(n=sound(2048)))),
        "private key with a long prime": _load(client_private=_long_prime()),
        "key file that is cut off inside": _load(
            client_private=sequence(sequence(tlv(6, b"x")), tlv(4, b"x" * 200)), password=PASSWORD
        ),
        "key file of no rounds": _load_encrypted(pbes2(pbkdf2(0))),
        "key file of many rounds": _load_encrypted(pbes2(pbkdf2(1 << 31))),
        "key file of negative rounds": _load_encrypted(pbes2(_pbkdf2_of(tlv(2, b"\xff")))),
        "key file of endless rounds": _load_encrypted(pbes2(_pbkdf2_of(tlv(2, b"\1" * 10)))),
        "key file of rounds that are text": _load_encrypted(pbes2(_pbkdf2_of(tlv(4, b"1")))),
        "key file of much memory": _load_encrypted(pbes2(scrypt(1 << 30, 8, 1))),
        "key file of another derivation": _load_encrypted(pbes2(sequence(oid("1.2.3"), NULL))),
        "key file of another scheme": _load_encrypted(sequence(oid("1.2.3"), NULL)),
        "key file of a long identifier": _load_encrypted(sequence(tlv(6, b"\x81" * 30), NULL)),
        "key file of another cipher": _load_encrypted(_pbes2_of(sequence(oid("1.2.3"), NULL))),
        "key file with a long key": _load_encrypted(pbes2(pbkdf2(1)), bytes(6000)),
        "private key that is too long": _load(client_private=pkcs8(pkcs1(n=1 << 70_000 | 1))),
        "store with two keys": _load(client_private=two, password=STORE_PASSWORD),
        "key object of another kind": _load(client_private=hsm),
        "key object of another size": _load(
            client_private=Hsm(key, public=rsa_key(2056).public_key())
        ),
        "one pair on both sides": _load(client_private=key, platform_public=key.public_key()),
    }


def _long_prime() -> bytes:
    """A key whose modulus is a long number and 3."""
    p = sound(6000)
    q = 3 << 1022 | 1
    return pkcs8(pkcs1(n=p * q, p=p, q=q))


def _pbkdf2_of(rounds: bytes) -> bytes:
    return sequence(oid("1.2.840.113549.1.5.12"), sequence(tlv(4, b"salt"), rounds))


def _pbes2_of(cipher: bytes) -> bytes:
    return sequence(PBES2, sequence(pbkdf2(1), cipher))


def _load_encrypted(scheme: bytes, ciphertext: bytes = b"x" * 1200) -> Callable[[], object]:
    return _load(client_private=encrypted_key(scheme, ciphertext), password=PASSWORD)


def _jwks() -> Failures:
    private = jwk("private")
    large = b64(sound(8200))
    return {
        "JWK that is no JSON": _load(client_private=private[:-1]),
        "JWK with a member twice": _load(client_private=f'{private[:-1]},"kty":"RSA"}}'),
        "private JWK for a public one": _load(client_public=private),
        "public JWK for a private one": _load(client_private=jwk()),
        "JWK set": _load(client_private=json.dumps({"keys": [json.loads(private)]})),
        "JWK of another type": _load(client_private=jwk("private", kty=CARD)),
        "JWK with a certificate that is none": _load(client_private=jwk("private", x5c=CARD)),
        "JWK of another use": _load(client_private=jwk("private", use=CARD)),
        "JWK of three primes": _load(client_private=jwk("private", oth=[CARD])),
        "JWK of other operations": _load(client_private=jwk("private", key_ops=["sign"])),
        "JWK without a number": _load(client_private=jwk("private", d=...)),
        "JWK with a number of another type": _load(client_private=jwk("private", d=[CARD])),
        "JWK with a number of another form": _load(client_private=jwk("private", d=f"{CARD}=")),
        "JWK with a leading zero": _load(client_private=jwk("private", e="AAEAAQ")),
        "JWK with a large number": _load(client_private=jwk("private", n=large)),
        "JWK with a wrong number": _load(client_private=jwk("private", d=b64(7))),
    }


def _rings(parties: Parties) -> Failures:
    first, second = parties.first.provider_half, parties.second.provider_half
    third = CryptoKey.load(id=THIRD_KEY_ID, client_private=rsa_key(name="third"))
    ring = KeyRing([first, second], primary=first.id)
    inactive = first.with_state(KeyState.INACTIVE)
    same = CryptoKey.load(id=THIRD_KEY_ID, platform_public=parties.first.client.public_key())
    return {
        "ring of one pair on both sides": lambda: KeyRing([first, same], KEY_ID),
        "ring without keys": lambda: KeyRing([]),
        "ring of texts": lambda: KeyRing([ANY]),
        "ring with an id twice": lambda: KeyRing([first, first], primary=first.id),
        "ring of three live keys": lambda: ring.with_key(third),
        "ring without that key": lambda: ring.with_state(CARD, KeyState.ACTIVE),
        "ring without a primary": lambda: KeyRing([first, second]),
        "ring with another primary": lambda: ring.with_primary(CARD),
        "ring with an inactive primary": lambda: KeyRing([inactive]),
        "ring is not pickled": lambda: ring.__reduce_ex__(4),
    }


def _environments(folder: Path) -> Failures:
    whole = {
        "KM_ASP_ID": ASP_ID,
        "KM_ACCESS_KEY": ACCESS_KEY,
        "KM_SECRET_KEY": SECRET,
    }
    utf16 = folder / "secret"
    utf16.write_bytes(SECRET.encode("utf-16"))
    private = private_pem(rsa_key()).decode()

    def read(**changes: Any) -> Callable[[], object]:
        environ = {**whole, **{f"KM_{name}": value for name, value in changes.items()}}
        present = {name: value for name, value in environ.items() if value is not ...}
        return lambda: Project.from_env("KM_", present)

    return {
        "environment of a text": lambda: Project.from_env("KM_", ANY),
        "primary without a crypto key": read(PRIMARY_CRYPTO_KEY_ID=KEY_ID),
        "variable and file": read(SECRET_KEY_FILE=str(utf16)),
        "variable that is empty": read(SECRET_KEY=""),
        "file that is empty": read(SECRET_KEY=..., SECRET_KEY_FILE=""),
        "file in UTF-16": read(SECRET_KEY=..., SECRET_KEY_FILE=str(utf16)),
        "file that is missing": read(SECRET_KEY=..., SECRET_KEY_FILE=str(folder / "missing")),
        "variable that is missing": read(SECRET_KEY=...),
        "crypto key without an id": read(CLIENT_PRIVATE_KEY=private, KEY_PASSWORD=PASSWORD),
        "crypto key of another password": read(
            CLIENT_PRIVATE_KEY=private, KEY_PASSWORD=PASSWORD, CRYPTO_KEY_ID=OTHER_KEY_ID
        ),
        "secret in quotes": read(SECRET_KEY=f"'{SECRET}'"),
        "zone that is none": read(TIME_ZONE=CARD),
        "kind that is none": read(KIND=CARD),
        "path in the place of a key": read(
            CLIENT_PRIVATE_KEY="/run/secrets/key.pem", CRYPTO_KEY_ID=KEY_ID
        ),
        "file of a key that is missing": read(
            CLIENT_PRIVATE_KEY_FILE=str(folder / "missing"), CRYPTO_KEY_ID=KEY_ID
        ),
        "key that is empty": read(CLIENT_PRIVATE_KEY="", CRYPTO_KEY_ID=KEY_ID),
        "password that is empty": read(
            CLIENT_PRIVATE_KEY=private, KEY_PASSWORD="", CRYPTO_KEY_ID=KEY_ID
        ),
        "primary that is none of the keys": read(
            CLIENT_PRIVATE_KEY=private, CRYPTO_KEY_ID=KEY_ID, PRIMARY_CRYPTO_KEY_ID=OTHER_KEY_ID
        ),
        "environment of bytes": read(SECRET_KEY=SECRET.encode() + b"\xff"),
    }


def _document(**changes: Any) -> dict[str, Any]:
    entry = {
        "asp_id": ASP_ID,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET,
        "kind": None,
        "state": "active",
    }
    whole = {"zone": "KST", "project_keys": [entry], "crypto_keys": [], "primary": None}
    return {**whole, **changes}


def _contents() -> Failures:
    (entry,) = _document()["project_keys"]
    inactive = Contents(_document(project_keys=[{**entry, "state": "inactive"}]))
    return {
        "contents without a zone": lambda: Contents({"project_keys": [entry]}),
        "contents of another state": lambda: Contents(
            _document(project_keys=[{**entry, "state": CARD}])
        ),
        "contents of a wrong secret": lambda: Contents(
            _document(project_keys=[{**entry, "secret_key": f"{SECRET} "}])
        ),
        "contents of a list": lambda: Contents(_document(project_keys=SECRET)),
        "contents of a text": lambda: Contents(_document(project_keys=[SECRET])),
        "contents with a further member": lambda: Contents(
            _document(project_keys=[{**entry, SECRET: SECRET}])
        ),
        "contents without a secret": lambda: Contents(
            _document(project_keys=[{"asp_id": ASP_ID, "access_key": ACCESS_KEY}])
        ),
        "contents of a secret in a list": lambda: Contents(
            _document(project_keys=[{**entry, "secret_key": [SECRET]}])
        ),
        "contents of a kind in a list": lambda: Contents(
            _document(project_keys=[{**entry, "kind": [SECRET]}])
        ),
        "contents of a primary in a list": lambda: Contents(_document(primary=[SECRET])),
        "contents of a zone in a list": lambda: Contents(_document(zone=[SECRET])),
        "contents of a key text that is none": lambda: Contents(
            _document(
                crypto_keys=[{"id": KEY_ID, "state": "active", "client_private": SECRET}],
                primary=KEY_ID,
            )
        ),
        "contents of a secret in quotes": lambda: Contents(
            _document(project_keys=[{**entry, "secret_key": f'"{SECRET}"'}])
        ),
        "contents of a key twice": lambda: Contents(_document(project_keys=[entry, entry])),
        "contents that are long": lambda: Contents(_document(note=SECRET * 100_000)),
        "contents without an active key": lambda: inactive.project(),
        "contents are not pickled": lambda: inactive.__reduce_ex__(4),
    }


def _sealed() -> Failures:
    contents = Contents(_document())
    blob = seal(contents, key=SEALING_KEY)
    other = SEALING_KEY[::-1]
    return {
        "seal a document": lambda: seal(ANY, key=SEALING_KEY),
        "seal at another cost": lambda: seal(contents, passphrase=PASSPHRASE, cost=Cost(1, 1)),
        "seal under two": lambda: seal(contents, passphrase=PASSPHRASE, key=SEALING_KEY),
        "seal under a short key": lambda: seal(contents, key=SEALING_KEY[:5]),
        "seal under nothing": lambda: seal(contents, passphrase=""),
        "seal under half a pair": lambda: seal(contents, passphrase=f"{PASSPHRASE}\ud800"),
        "unseal a text": lambda: unseal(ANY, key=SEALING_KEY),
        "unseal a short blob": lambda: unseal(blob[:50], key=SEALING_KEY),
        "unseal with a passphrase": lambda: unseal(blob, passphrase=PASSPHRASE),
        "unseal with another key": lambda: unseal(blob, key=other),
        "unseal a changed blob": lambda: unseal(_changed(blob), key=SEALING_KEY),
        "unseal other contents": lambda: unseal(_blob_of(b"[1]"), key=SEALING_KEY),
        "unseal what is no JSON": lambda: unseal(_blob_of(SECRET.encode()), key=SEALING_KEY),
    }


def _changed(blob: bytes) -> bytes:
    return blob[:-1] + bytes([blob[-1] ^ 1])


def _blob_of(text: bytes) -> bytes:
    """A blob of another text than a document, sealed by hand under SEALING_KEY."""
    header = Header.for_key(bytes(24))
    head = header.pack()
    return head + crypto_aead_xchacha20poly1305_ietf_encrypt(text, head, header.nonce, SEALING_KEY)
