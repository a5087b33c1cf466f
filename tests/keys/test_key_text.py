"""The forms of keys (S4.2, S4.5): those that openssl, keytool, Node and jwcrypto write are taken.

Two tables. `FORMS` lists the forms of each maker; each goes through some carriers of its coding,
and must be the key that its maker says it is. `FAULTS` has what must be refused, by class of fault:
each class has a text of its own, so that its reader knows what to mend, and no text shows a key or
a password. The last part throws damaged and made-up data at the loaders: what they end in is a key
or InvalidKey, at once.

Where a program is missing, its forms are skipped; with the environment variable CI set they fail.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import warnings
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import cache, partial
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    load_pkcs12,
    serialize_key_and_certificates,
)
from hypothesis import given, settings, strategies as st
from jwcrypto import jwk as jwcrypto_jwk  # type: ignore[import-untyped]

from kmcrypto import (
    Client,
    CryptoKey,
    Gateway,
    KeyRing,
    MemoryReplayGuard,
    Project,
    errors,
)
from tests.support import ACCESS_KEY, KEY_ID, clock
from tests.support.carriers import carriers_of
from tests.support.encodings import NULL, b64, integer, oid, sequence, tlv
from tests.support.fields import OAEP_256
from tests.support.hsm import Hsm, HsmDown
from tests.support.key_forms import (
    RSA_PSS,
    STORE_PASSWORD as PASSWORD,
    certificate_of_numbers,
    certificate_of_version_6,
    jwk,
    key_bag,
    key_store,
    members,
    next_sound,
    numbers,
    pem,
    pkcs1,
    pkcs1_public,
    pkcs8,
    replaced,
    roca_primes,
    roca_private,
    sound,
    spki,
    usage,
    with_member,
)
from tests.support.keys import (
    END,
    START,
    certificate,
    certificate_der,
    certificate_pem,
    key_numbers,
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
from tests.support.parties import project_key
from tests.support.processes import PACKAGES, need, openssl, output_of
from tests.support.properties import examples
from tests.support.speed import MEBI, costs_at_most
from tests.support.written_keys import KOREAN, Made, cryptography_made

LIMIT = 64 << 10  # bytes of a key text


# --- who makes what -----------------------------------------------------------------------------


class Form(NamedTuple):
    """One form of one maker: public or private, its name, and its coding (pem, der or json)."""

    maker: str
    half: str
    kind: str
    coding: str

    @property
    def name(self) -> str:
        """The name that the maker's table has it under."""
        return f"{self.half} {self.kind} {self.coding}"

    @property
    def password(self) -> str | None:
        """What opens it, if anything is needed."""
        if not self.kind.startswith(("encrypted", "pkcs12")):
            return None
        return {"korean": KOREAN, "empty": ""}.get(self.kind.rpartition("-")[2], PASSWORD)


FORMS = [
    Form(maker, *name.split())
    for maker, names in {
        "cryptography": """
            public spki pem | public spki der | public pkcs1 pem | public pkcs1 der
            public certificate pem | public certificate der | public jwk json
            private pkcs8 pem | private pkcs8 der | private pkcs1 pem | private pkcs1 der
            private encrypted-pkcs8 pem | private encrypted-pkcs8 der
            private encrypted-pkcs8-korean pem | private jwk json
            private pkcs12 der | private pkcs12-3des der | private pkcs12-key-only der""",
        "openssl": """
            public spki pem | public spki der | public pkcs1 pem | public pkcs1 der
            public certificate pem | public certificate der | public certificate-with-text pem
            private pkcs8 pem | private pkcs8 der | private pkcs1 pem | private pkcs1 der
            private pkcs8-bag-attributes pem
            private encrypted-pkcs8 pem | private encrypted-pkcs8 der
            private encrypted-pkcs8-3des pem | private encrypted-pkcs8-scrypt pem
            private encrypted-pkcs8-korean pem
            private pkcs12 der | private pkcs12-3des der | private pkcs12-key-only der
            private pkcs12-chain der | private pkcs12-korean der
            private pkcs12-3des-korean der | private pkcs12-empty der""",
        "keytool": """
            public certificate pem | public certificate der
            private pkcs12 der | private pkcs12-legacy der""",
        "node": """
            public spki pem | public spki der | public pkcs1 pem | public pkcs1 der
            public jwk json
            private pkcs8 pem | private pkcs8 der | private pkcs1 pem | private pkcs1 der
            private jwk json
            private encrypted-pkcs8 pem | private encrypted-pkcs8 der""",
        "jwcrypto": "public jwk json | private jwk json",
    }.items()
    for name in names.strip().replace("\n", "|").split("|")
]


def made_by(form: Form) -> tuple[Made, bytes]:
    """All that a form's maker made, and the text of this form; a skip, or a failure in CI, where
    it is not here.
    """
    if form.maker in PACKAGES:
        need(form.maker)
    made = {
        "cryptography": cryptography_made,
        "openssl": openssl_made,
        "keytool": keytool_made,
        "node": node_made,
        "jwcrypto": jwcrypto_made,
    }[form.maker]()
    return made, made.texts[form.name]


QUICK_CARRIERS = ("as it is", r"\n", "base64, as it is")


def marks_of(form: Form, carrier: str = "as it is") -> list[pytest.MarkDecorator]:
    """Another maker's form needs its program, and openssl to state the modulus; a private key
    takes long to check.
    """
    if form.maker != "cryptography":
        return [pytest.mark.programs]
    if form.half == "private" and carrier not in QUICK_CARRIERS:
        return [pytest.mark.slow]
    return []


@cache
def openssl_made() -> Made:
    """Two dozen texts of one key, with named ciphers, so that a newer openssl writes the same."""
    key = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    texts = {"private pkcs8 pem": key}
    with tempfile.TemporaryDirectory() as folder:
        file, certificate, other = (Path(folder) / name for name in ("key", "certificate", "other"))
        file.write_bytes(key)
        texts["public certificate pem"] = openssl(
            "req", "-x509", "-key", str(file), "-subj", "/CN=made up"
        )
        certificate.write_bytes(texts["public certificate pem"])
        other.write_bytes(certificate_pem(rsa_key()))
        secret = ("-passout", f"pass:{PASSWORD}")
        seal = partial(openssl, "pkcs8", "-topk8", "-in", str(file))
        store = partial(openssl, "pkcs12", "-export", "-inkey", str(file), "-name", "made up")
        whole = partial(store, "-in", str(certificate))
        triple_des = ("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")
        texts |= {
            "public certificate-with-text pem": openssl(
                "x509", "-text", stdin=texts["public certificate pem"]
            ),
            "private encrypted-pkcs8 pem": seal("-v2", "aes-256-cbc", *secret),
            "private encrypted-pkcs8 der": seal("-v2", "aes-256-cbc", "-outform", "DER", *secret),
            "private encrypted-pkcs8-3des pem": seal("-v1", "PBE-SHA1-3DES", *secret),
            "private encrypted-pkcs8-scrypt pem": seal("-scrypt", *secret),
            "private encrypted-pkcs8-korean pem": seal("-passout", f"pass:{KOREAN}"),
            "private pkcs12 der": whole(*secret),
            "private pkcs12-3des der": whole(*triple_des, *secret),
            "private pkcs12-key-only der": store("-nocerts", *secret),
            "private pkcs12-chain der": whole("-certfile", str(other), *secret),
            "private pkcs12-korean der": whole("-passout", f"pass:{KOREAN}"),
            "private pkcs12-3des-korean der": whole(*triple_des, "-passout", f"pass:{KOREAN}"),
            "private pkcs12-empty der": whole("-passout", "pass:"),
        }
    opened = ("-nodes", "-nocerts", "-passin", f"pass:{PASSWORD}")
    texts |= {
        "public spki pem": openssl("pkey", "-pubout", stdin=key),
        "public spki der": openssl("pkey", "-pubout", "-outform", "DER", stdin=key),
        "public pkcs1 pem": openssl("rsa", "-RSAPublicKey_out", stdin=key),
        "public pkcs1 der": openssl("rsa", "-RSAPublicKey_out", "-outform", "DER", stdin=key),
        "public certificate der": openssl(
            "x509", "-outform", "DER", stdin=texts["public certificate pem"]
        ),
        "private pkcs8 der": openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", stdin=key),
        "private pkcs1 pem": openssl("rsa", "-traditional", stdin=key),
        "private pkcs1 der": openssl("rsa", "-traditional", "-outform", "DER", stdin=key),
        "private pkcs8-bag-attributes pem": openssl(
            "pkcs12", *opened, stdin=texts["private pkcs12 der"]
        ),
    }
    return Made(_stated_modulus("rsa", key), texts)


@cache
def keytool_made() -> Made:
    """A key that never leaves its store, its certificate, and the store in its older form."""
    with tempfile.TemporaryDirectory() as folder:
        store, legacy, certificate = (
            Path(folder) / name for name in ("store", "legacy", "certificate")
        )
        dated = ("-validity", "1", "-dname", "CN=made up")
        _keytool(
            "-genkeypair", store, "-alias", "one", "-keyalg", "RSA", "-keysize", "2048", *dated
        )
        _keytool("-exportcert", store, "-alias", "one", "-file", str(certificate))
        armoured = _keytool("-exportcert", store, "-alias", "one", "-rfc")
        _import(store, legacy, "-J-Dkeystore.pkcs12.legacy=true")
        texts = {
            "public certificate pem": armoured,
            "public certificate der": certificate.read_bytes(),
            "private pkcs12 der": store.read_bytes(),
            "private pkcs12-legacy der": legacy.read_bytes(),
        }
    return Made(_stated_modulus("x509", armoured), texts)


@cache
def two_in_a_store() -> bytes:
    """A PKCS#12 file of keytool's with two key entries: its own, and one of openssl's."""
    with tempfile.TemporaryDirectory() as folder:
        store, other = Path(folder) / "store", Path(folder) / "other"
        store.write_bytes(keytool_made().texts["private pkcs12 der"])
        other.write_bytes(openssl_made().texts["private pkcs12 der"])
        _import(other, store)
        return store.read_bytes()


def _keytool(command: str, store: Path, *arguments: str) -> bytes:
    quick = (
        "-J-XX:TieredStopAtLevel=1",
        "-J-XX:+UseSerialGC",
        "-storetype",
        "PKCS12",
        "-storepass",
        PASSWORD,
    )
    return output_of("keytool", command, *quick, "-keystore", str(store), *arguments)


def _import(source: Path, store: Path, *arguments: str) -> None:
    stores = ("-srckeystore", str(source), "-destkeystore", str(store), "-deststoretype", "PKCS12")
    output_of(
        "keytool",
        "-importkeystore",
        *stores,
        "-srcstorepass",
        PASSWORD,
        "-deststorepass",
        PASSWORD,
        *arguments,
    )


@cache
def node_made() -> Made:
    """What keys.mjs writes."""
    made = json.loads(output_of("node", Path(__file__).with_name("keys.mjs"), PASSWORD))
    texts = {name: b64decode(text) for name, text in made.items()}
    return Made(_stated_modulus("rsa", texts["public spki pem"], "-pubin"), texts)


@cache
def jwcrypto_made() -> Made:
    """Members that Node does not write: kid, use, alg."""
    key = jwcrypto_jwk.JWK.generate(
        kty="RSA", size=2048, kid="made up", use="enc", alg="RSA-OAEP-256"
    )
    texts = {
        "public jwk json": key.export_public().encode(),
        "private jwk json": key.export_private().encode(),
    }
    return Made(_stated_modulus("rsa", key.export_to_pem(), "-pubin"), texts)


def _stated_modulus(command: str, text: bytes, *arguments: str) -> int:
    """The modulus as openssl prints it: neither our reader nor `cryptography` takes part in it."""
    return int(
        openssl(command, *arguments, "-noout", "-modulus", stdin=text).partition(b"=")[2], 16
    )


# --- what carries it ----------------------------------------------------------------------------


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "key"
    path.write_bytes(data)
    return path


# The carriers of tests/support/carriers.py that each maker's forms go through. The forms of
# `cryptography` go through all of them in test_carriers.py.
CARRIERS = {
    "pem": (
        *("as it is", "CR LF", r"\n", r"\r\n", r"\n twice escaped", "blanks", "double quotes"),
        *("text before, as openssl writes it", "base64, as it is", "base64, lines of 76"),
    ),
    "der": (
        *("as it is", "base64, as it is", "base64, a line feed behind", "base64, lines of 76"),
        *(r"base64, \n", r"base64, \n twice escaped", "base64, double quotes"),
        "base64, a byte order mark",
    ),
    "json": (
        *("as it is", "single quotes", "a byte order mark", "indented", "base64, as it is"),
        "base64, a line feed behind",
    ),
}
COMBINATIONS = [(form, carrier) for form in FORMS for carrier in CARRIERS[form.coding]]


def test_the_matrix_is_as_large_as_it_is_meant_to_be() -> None:
    """A row that gets lost is noticed: forms and combinations by maker."""
    assert Counter(form.maker for form in FORMS) == {
        "cryptography": 18,
        "openssl": 24,
        "node": 12,
        "keytool": 4,
        "jwcrypto": 2,
    }
    assert len(COMBINATIONS) == len(set(COMBINATIONS)) > 500


@pytest.mark.parametrize(
    ("form", "carrier"),
    [
        pytest.param(
            form,
            carrier,
            id=f"{form.maker} {form.name} {carrier}",
            marks=marks_of(form, carrier),
        )
        for form, carrier in COMBINATIONS
    ],
)
def test_every_form_of_every_maker_is_taken_from_these_carriers(form: Form, carrier: str) -> None:
    """It is the maker's key by its numbers, and a private one opens what was encrypted to them."""
    made, text = made_by(form)
    source = carriers_of(form.coding, text)[carrier].data
    public = rsa.RSAPublicNumbers(65537, made.modulus)
    if form.half == "public":
        assert load_public_key(source).public_numbers() == public
        return
    loaded = load_private_key(source, form.password)
    assert loaded.key_size == 2048
    assert loaded.public_key().public_numbers() == public
    assert loaded.decrypt(public.public_key().encrypt(b"cek", OAEP_256), OAEP_256) == b"cek"


KOREAN_FORMS = [
    Form("cryptography", "private", "encrypted-pkcs8-korean", "pem"),
    Form("openssl", "private", "encrypted-pkcs8-korean", "pem"),
    Form("openssl", "private", "pkcs12-korean", "der"),
]


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(form, id=f"{form.maker} {form.name}", marks=marks_of(form))
        for form in KOREAN_FORMS
    ],
)
def test_a_password_may_be_bytes(form: Form) -> None:
    """Its UTF-8, as a file of secrets holds it."""
    made, text = made_by(form)
    assert load_private_key(text, KOREAN.encode()).public_key().public_numbers().n == made.modulus


# --- what else is taken -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"use": "enc"}, id="use"),
        pytest.param({"alg": "RSA-OAEP-256"}, id="alg"),
        pytest.param(
            {"kid": "../../etc/passwd", "made-up": [None], "ext": True},
            id="members-of-no-concern",
        ),
    ],
)
@pytest.mark.parametrize("half", ["public", "private"])
def test_a_jwk_may_say_what_it_is_for(half: str, changes: dict[str, Any]) -> None:
    """RFC 7517, 4: what is unknown is ignored."""
    load = load_public_key if half == "public" else load_private_key
    assert load(jwk(half, **changes))


@pytest.mark.parametrize(
    ("half", "operations"),
    [
        ("public", ["encrypt"]),
        ("public", ["wrapKey"]),
        ("public", ["made-up", "wrapKey"]),
        ("private", ["decrypt"]),
        ("private", ["unwrapKey"]),
        ("private", ["wrapKey", "decrypt", "unwrapKey"]),
    ],
)
def test_one_key_operation_that_fits_is_enough(half: str, operations: list[str]) -> None:
    """RFC 7517, 4.3."""
    load = load_public_key if half == "public" else load_private_key
    assert load(jwk(half, key_ops=operations))


@pytest.mark.parametrize(
    "extensions",
    [
        pytest.param((), id="none"),
        pytest.param((usage("key_encipherment"),), id="key-encipherment"),
        pytest.param((usage("data_encipherment"),), id="data-encipherment"),
        pytest.param((usage("digital_signature", "key_encipherment"),), id="a-tls-server"),
        pytest.param((x509.BasicConstraints(ca=True, path_length=None),), id="another-extension"),
    ],
)
def test_a_certificate_is_taken_unless_its_key_usage_forbids_it(
    extensions: tuple[x509.ExtensionType, ...],
) -> None:
    """RFC 5280, 4.2.1.3: without the extension nothing is forbidden."""
    for coding in (Encoding.DER, Encoding.PEM):
        loaded = load_public_key(certificate(rsa_key(), *extensions).public_bytes(coding))
        assert loaded.public_numbers() == rsa_key().public_key().public_numbers()


@pytest.mark.parametrize(
    "names",
    [
        pytest.param("3009a5073005a1030c0161", id="an-edi-party-name"),
        pytest.param("3004a3023000", id="an-x400-address"),
    ],
)
def test_an_extension_that_cryptography_cannot_read_is_of_no_concern(names: str) -> None:
    """Only the key usage is read: for such alternative names cryptography reads no extension."""
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), bytes.fromhex(names))
    for source in (
        certificate_der(rsa_key(), odd),
        certificate_der(rsa_key(), odd, usage("key_encipherment")),
    ):
        assert load_public_key(source).key_size == 2048
    forbidden = certificate_der(rsa_key(), odd, usage("digital_signature"))
    assert "key usage" in refused(partial(load_public_key, forbidden))


def test_a_private_key_with_attributes_is_taken() -> None:
    """RFC 5208, 5: Windows writes a key usage there."""
    attribute = sequence(oid("2.5.29.15"), tlv(0x31, tlv(3, b"\x04\x10")))
    assert (
        load_private_key(pkcs8(pkcs1(), tlv(0xA0, attribute))).public_key()
        == rsa_key().public_key()
    )


def test_a_key_store_by_hand_opens() -> None:
    """So that those with two keys are refused for what they are about."""
    loaded = load_private_key(key_store(key_bag(rsa_key())), PASSWORD)
    assert loaded.public_key() == rsa_key().public_key()


@pytest.mark.parametrize("exponent", [65537, 65539, (1 << 32) + 15])
def test_larger_odd_exponents_are_taken(exponent: int) -> None:
    modulus = sound(2048)
    for source in (
        spki(modulus, exponent),
        pkcs1_public(modulus, exponent),
        certificate_of_numbers(modulus, exponent),
    ):
        assert load_public_key(source).public_numbers() == rsa.RSAPublicNumbers(exponent, modulus)


@pytest.mark.parametrize("bits", [2048, 8192])
def test_the_bounds_of_the_modulus_from_inside_in_every_public_form(bits: int) -> None:
    """S4.2."""
    modulus = sound(bits)
    text = jwk(n=b64(modulus))
    for source in (spki(modulus), pkcs1_public(modulus), certificate_of_numbers(modulus), text):
        assert load_public_key(source).key_size == bits


# --- what is refused ----------------------------------------------------------------------------


class Fault(NamedTuple):
    """A source that must be refused, which half is asked for, and with which password."""

    half: str
    source: Callable[[], Any]
    password: str | bytes | None = None


# The pattern of each class's texts. The faults of one class may share a text; two classes may not.
CLASSES = {
    "size": "2048 to 8192",
    "exponent": "exponent",
    "not RSA": "RSA",
    "RSA-PSS": "RSA-PSS",
    "small factor": "factor|even",
    "weak modulus": "ROCA|close|square|factored",
    "inconsistent": "fit|consistent|belong",
    "more than one": "more than one",
    "private for public": "public",
    "public for private": "private",
    "JWK members": "duplicate",
    "JWK type": "kty",
    "JWK purpose": "use|alg|key_ops",
    "JWK number": "number|missing|canonical|prime",
    "JWK set": "JWK set",
    "key usage": "key usage",
    "wrong password": "wrong",
    "missing password": "needs|missing|none",
    "needless password": "needless|has none|no password|not encrypted|needs none",
    "empty": "empty",
    "too long": "64 KiB",
    "encrypted PKCS#1": r"PKCS#8",
    "label": "label",
    "no key": "",
}


def in_public_forms(name: str, n: Callable[[], int], e: int = 65537) -> dict[str, Fault]:
    """Public numbers that must be refused, in each public form."""
    return {
        f"{name}, SubjectPublicKeyInfo": Fault("public", lambda: spki(n(), e)),
        f"{name}, PKCS#1": Fault("public", lambda: pem("RSA PUBLIC KEY", pkcs1_public(n(), e))),
        f"{name}, certificate": Fault("public", lambda: certificate_of_numbers(n(), e)),
        f"{name}, JWK": Fault("public", lambda: jwk(n=b64(n()), e=b64(e))),
    }


def in_private_forms(name: str, key: Callable[[], rsa.RSAPrivateKey]) -> dict[str, Fault]:
    """A private key that must be refused, in each private form."""

    def written(
        form: PrivateFormat, coding: Encoding = Encoding.DER, *, sealed: bool = False
    ) -> bytes:
        return key().private_bytes(
            coding, form, BestAvailableEncryption(PASSWORD.encode()) if sealed else NoEncryption()
        )

    def store() -> bytes:
        return pkcs12(key(), password=PASSWORD)

    return {
        f"{name}, PKCS#8": Fault("private", lambda: written(PrivateFormat.PKCS8, Encoding.PEM)),
        f"{name}, encrypted PKCS#8": Fault(
            "private", lambda: written(PrivateFormat.PKCS8, sealed=True), PASSWORD
        ),
        f"{name}, PKCS#1": Fault("private", lambda: written(PrivateFormat.TraditionalOpenSSL)),
        f"{name}, PKCS#12": Fault("private", store, PASSWORD),
        f"{name}, JWK": Fault("private", lambda: private_jwk(key())),
    }


def inconsistent() -> dict[str, Fault]:
    """Each number of a private key changed by itself, and a pair of factors that is none."""
    changes: dict[str, Callable[[], dict[str, int]]] = {
        "n": lambda: {"n": stranger().public_key().public_numbers().n},
        "e": lambda: {"e": 65539},
        "d": lambda: {"d": numbers()["d"] + 2},
        "p": lambda: {"p": numbers()["p"] + 2},
        "q": lambda: {"q": stranger().private_numbers().q},
        "dp": lambda: {"dp": numbers()["dp"] + 2},
        "dq": lambda: {"dq": numbers()["dq"] - 2},
        "qi": lambda: {"qi": numbers()["qi"] + 1},
        "p and q in each other's place": lambda: {"p": numbers()["q"], "q": numbers()["p"]},
        "one as a factor": lambda: {
            "p": 1,
            "q": numbers()["n"],
            "dp": 0,
            "dq": numbers()["d"],
            "qi": 0,
        },
    }

    def text(change: Callable[[], dict[str, int]]) -> str:
        return jwk("private", **{name: b64(value or b"") for name, value in change().items()})

    faults = {
        f"{name}, PKCS#8": Fault("private", partial(_changed, pkcs8, change))
        for name, change in changes.items()
    }
    faults |= {
        f"{name}, PKCS#1": Fault("private", partial(_changed, bytes, changes[name]))
        for name in ("d", "q", "dp")
    }
    del changes["one as a factor"]  # its zeros are no canonical numbers in a JWK
    return faults | {
        f"{name}, JWK": Fault("private", partial(text, change)) for name, change in changes.items()
    }


def _changed(wrap: Callable[[bytes], bytes], change: Callable[[], dict[str, int]]) -> bytes:
    return wrap(pkcs1(**change()))


def made_text(name: str, maker: str = "cryptography") -> Callable[[], bytes]:
    """A text of a maker's, when it is asked for."""
    return partial(_text_by, Form(maker, *name.split()))


def _text_by(form: Form) -> bytes:
    return made_by(form)[1]


def needs_a_program(fault: Fault) -> bool:
    """Whether the source of a fault is made by another program."""
    made = fault.source
    if isinstance(made, partial) and made.func is _text_by:
        return bool(marks_of(made.args[0]))
    return made is _keytools_two or (isinstance(made, partial) and made.func is pss)


def both(name: str, source: Callable[[], Any], password: str | None = None) -> dict[str, Fault]:
    """What is refused whichever half is meant."""
    return {
        f"{name}, as public": Fault("public", source),
        f"{name}, as private": Fault("private", source, password),
    }


@cache
def pss(command: str) -> bytes:
    """A key that may only sign, as openssl makes it, in one of its forms."""
    if command == "key":
        return openssl("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
    if command == "public":
        return openssl("pkey", "-pubout", stdin=pss("key"))
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder) / "key", Path(folder) / "certificate"
        key.write_bytes(pss("key"))
        certificate.write_bytes(openssl("req", "-x509", "-key", str(key), "-subj", "/CN=made up"))
        if command == "certificate":
            return certificate.read_bytes()
        secret = ("-passout", f"pass:{PASSWORD}")
        return openssl("pkcs12", "-export", "-inkey", str(key), "-in", str(certificate), *secret)


def _keytools_two() -> bytes:
    made_by(Form("keytool", "private", "pkcs12", "der"))  # a skip where it is missing
    return two_in_a_store()


def traditional_encrypted() -> bytes:
    """Encrypted PKCS#1 as openssl once wrote it: one round of MD5 makes the key of the password."""
    sealed = BestAvailableEncryption(PASSWORD.encode())
    return rsa_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, sealed)


def store_with(*usages: str) -> bytes:
    """A PKCS#12 file whose certificate has this key usage."""
    return pkcs12(rsa_key(), certificate(rsa_key(), usage(*usages)), password=PASSWORD)


def purposes(half: str) -> dict[str, Fault]:
    """A use, alg or key_ops that is not for RSA-OAEP-256 with this half."""
    wrong = "decrypt" if half == "public" else "encrypt"
    members: dict[str, Any] = {
        "use sig": {"use": "sig"},
        "use in capitals": {"use": "ENC"},
        "use null": {"use": None},
        "use in a list": {"use": ["enc"]},
        "alg RSA-OAEP": {"alg": "RSA-OAEP"},
        "alg RSA-OAEP-512": {"alg": "RSA-OAEP-512"},
        "alg RSA1_5": {"alg": "RSA1_5"},
        "alg RS256": {"alg": "RS256"},
        "alg null": {"alg": None},
        "alg in a list": {"alg": ["RSA-OAEP-256"]},
        "key_ops sign": {"key_ops": ["sign", "verify"]},
        "key_ops of the other half": {"key_ops": [wrong]},
        "key_ops none": {"key_ops": []},
        "key_ops null": {"key_ops": None},
        "key_ops a string": {"key_ops": "encrypt decrypt"},
        "key_ops an object": {"key_ops": {"encrypt": True, "decrypt": True}},
        "key_ops of lists": {"key_ops": [["encrypt", "decrypt"], 5, None]},
    }
    return {
        f"{half}, {name}": Fault(half, partial(jwk, half, **change))
        for name, change in members.items()
    }


def jwk_numbers() -> dict[str, Fault]:
    """Members that are no number of a JWK, or are not there (RFC 7518, 6.3)."""
    n = numbers()["n"].to_bytes(256, "big")
    last = b64(n)[:-1] + chr(
        ord(b64(n)[-1]) + 1
    )  # 2048 bits leave four spare ones in the last character
    public: dict[str, Any] = {
        "n with a zero before": {"n": b64(b"\0" + n)},
        "e with a zero before": {"e": "AAEAAQ"},
        "n padded": {"n": urlsafe_b64encode(n).decode()},
        "n in the other alphabet": {"n": b64encode(b"\xff\xff\xff" + n).decode().rstrip("=")},
        "n with spare bits set": {"n": last},
        "n with a line feed": {"n": b64(n) + "\n"},
        "n in other digits": {"n": "\uff21" * 342},
        "n a number": {"n": 65537},
        "n null": {"n": None},
        "n in a list": {"n": [b64(n)]},
        "n empty": {"n": ""},
        "n missing": {"n": ...},
        "e missing": {"e": ...},
        "e a number": {"e": 65537},
    }
    private: dict[str, Any] = {
        f"{name} missing": {name: ...} for name in ("n", "e", "p", "q", "dp", "dq", "qi")
    }
    private["only d"] = dict.fromkeys(("p", "q", "dp", "dq", "qi"), ...)
    private["d with a zero before"] = {"d": b64(b"\0" + numbers()["d"].to_bytes(256, "big"))}
    private["a third prime"] = {"oth": [{"r": "Aw", "d": "Aw", "t": "Aw"}]}
    faults = {
        f"public, {name}": Fault("public", partial(jwk, **change))
        for name, change in public.items()
    }
    return faults | {
        f"private, {name}": Fault("private", partial(jwk, "private", **c))
        for name, c in private.items()
    }


def loose_json(half: str) -> dict[str, Fault]:
    """A member that comes twice, also where it is spelt otherwise or lies deeper."""
    text = partial(jwk, half)
    modulus = b64(sound(2048))
    extra = {
        "n twice": f'"n": "{modulus}"',
        "n twice, spelt otherwise": f'"\\u006e": "{modulus}"',
        "kty twice": '"kty": "RSA"',
        "use twice": '"use": "enc", "use": "enc"',
        "a member of no concern twice": '"made-up": 1, "made-up": 1',
        "twice further down": '"made-up": {"a": 1, "a": 2}',
    }
    return {
        f"{half}, {name}": Fault(half, partial(_more, text, member))
        for name, member in extra.items()
    }


def _more(text: Callable[[], str], member: str) -> str:
    return with_member(text(), member)


def two_blocks() -> dict[str, Callable[[], bytes]]:
    """More than one key in one text."""
    certificate = partial(certificate_pem, rsa_key())
    return {
        "two private keys": lambda: private_pem(rsa_key()) + private_pem(stranger()),
        "the same private key twice": lambda: private_pem(rsa_key()) * 2,
        "two public keys": lambda: public_pem(rsa_key()) + public_pem(stranger()),
        "a chain": lambda: certificate() + certificate_pem(stranger()),
        "a key and its certificate": lambda: private_pem(rsa_key()) + certificate(),
        "a certificate and its key": lambda: certificate() + private_pem(rsa_key()),
        "PKCS#1 and SubjectPublicKeyInfo": lambda: (
            pem("RSA PUBLIC KEY", pkcs1_public(sound(2048))) + public_pem(rsa_key())
        ),
        "in one line": lambda: (private_pem(rsa_key()) + private_pem(stranger())).replace(
            b"\n", rb"\n"
        ),
        "with spaces": lambda: (public_pem(rsa_key()) + public_pem(stranger())).replace(
            b"\n", b" "
        ),
    }


def without_padding(der: bytes) -> str:
    text = b64encode(der).decode()
    assert text.endswith("=")
    return text.rstrip("=")


def padded_private() -> bytes:
    """A private key whose base64 is padded: the lengths of its two forms differ by 26 bytes."""
    return next(der for der in (pkcs8(pkcs1()), pkcs1()) if len(der) % 3)


def in_other_alphabet(der: bytes) -> bytes:
    text = urlsafe_b64encode(der)
    assert text != b64encode(der)
    return text


def no_keys() -> dict[str, Callable[[], Any]]:
    """Texts that hold no key of a form that is taken."""
    return {
        "OpenSSH private": lambda: rsa_key().private_bytes(
            Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
        ),
        "OpenSSH public": lambda: (
            rsa_key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        ),
        "a request for a certificate": lambda: pem("CERTIFICATE REQUEST", b"\x30\x03\x02\x01\x05"),
        "PKCS#7": lambda: pem("PKCS7", sequence(oid("1.2.840.113549.1.7.2"))),
        "JKS": lambda: b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1",
        "XML": lambda: "<RSAKeyValue><Modulus>AAAA</Modulus></RSAKeyValue>",
        "a name of a file": lambda: "/etc/ssl/private/key.pem",
        "a number": lambda: "123456789012345678901234567890",
        "an array of JWKs": lambda: f"[{jwk()}]",
        "a JSON string": lambda: json.dumps(private_pem(rsa_key()).decode())[1:30],
        "half a PEM block": lambda: private_pem(rsa_key())[:900],
        "PEM with another end": lambda: private_pem(rsa_key()).replace(
            b"END PRIVATE", b"END PUBLIC"
        ),
        "PEM cut short inside": lambda: pem("PRIVATE KEY", pkcs8(pkcs1())[:-9]),
        "DER cut short": lambda: spki(sound(2048))[:-1],
        "DER with a byte after it": lambda: spki(sound(2048)) + b"\0",
        "PKCS#8 with a byte after it": lambda: pkcs8(pkcs1()) + b"\0",
        "two DER structures": lambda: spki(sound(2048)) * 2,
        "base64 of two DER structures": lambda: b64encode(pkcs8(pkcs1()) * 2).decode(),
        "base64 of a public key without its padding": lambda: without_padding(spki(sound(4096))),
        "base64 of a private key without its padding": lambda: without_padding(padded_private()),
        "base64 with padding that it needs not": lambda: b64encode(spki(sound(2048))) + b"=",
        "base64 of a public key in the other alphabet": lambda: in_other_alphabet(
            spki(sound(2048))
        ),
        "base64 of a private key in the other alphabet": lambda: in_other_alphabet(pkcs8(pkcs1())),
        "base64 twice": lambda: b64encode(b64encode(spki(sound(2048)))).decode(),
        "base64 of base64 of PEM": lambda: b64encode(b64encode(private_pem(rsa_key()))).decode(),
        "base64 of base64 of a JWK": lambda: b64encode(b64encode(jwk().encode())).decode(),
        "quotes inside quotes": lambda: f"\"'{jwk()}'\"",
        "BER of no stated length": lambda: b"\x30\x80" + spki(sound(2048))[4:] + b"\0\0",
        "UTF-16": lambda: private_pem(rsa_key()).decode().encode("utf-16"),
        "JSON that is no JSON": lambda: "{" + "}" * 5,
        "a JWK with a comma too much": lambda: jwk()[:-1] + ",}",
        "a JWK with a comment": lambda: "{/* made up */" + jwk()[1:],
        "a JWK with NaN": lambda: with_member(jwk(), '"made-up": NaN'),
        "two JWKs": lambda: jwk() + jwk(),
        "a JWK in UTF-16": lambda: jwk().encode("utf-16-le"),
        "a JWK nested deeply": lambda: with_member(jwk(), '"x": ' + "[" * 20_000 + "]" * 20_000),
        "a JWK with a long integer": lambda: with_member(jwk(), '"x": ' + "9" * 20_000),
        "a certificate of version 6": certificate_of_version_6,
        "a certificate with two key usages": lambda: replaced(
            certificate_der(
                rsa_key(),
                usage("key_encipherment"),
                x509.BasicConstraints(ca=False, path_length=None),
            ),
            oid("2.5.29.19"),
            oid("2.5.29.15"),
        ),
        "a certificate with a key usage that is none": lambda: certificate_der(
            rsa_key(), x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.15"), NULL)
        ),
    }


def labels() -> dict[str, Fault]:
    """PEM whose label says another form than it holds."""
    public, private = partial(spki, sound(2048)), partial(_changed, pkcs8, dict)
    wrong: dict[str, tuple[str, str, Callable[[], bytes]]] = {
        "a public key as a certificate": ("public", "CERTIFICATE", public),
        "a certificate as a public key": (
            "public",
            "PUBLIC KEY",
            lambda: certificate_der(rsa_key()),
        ),
        "SubjectPublicKeyInfo as PKCS#1": ("public", "RSA PUBLIC KEY", public),
        "a private key as a public one": ("public", "PUBLIC KEY", private),
        "a public key as a private one": ("private", "PRIVATE KEY", public),
        "PKCS#8 as PKCS#1": ("private", "RSA PRIVATE KEY", private),
        "PKCS#1 as PKCS#8": ("private", "PRIVATE KEY", pkcs1),
        "an encrypted key as a plain one": (
            "private",
            "PRIVATE KEY",
            made_text("private encrypted-pkcs8 der"),
        ),
    }
    return {
        name: Fault(half, partial(_labelled, label, der))
        for name, (half, label, der) in wrong.items()
    }


def _labelled(label: str, der: Callable[[], bytes]) -> bytes:
    return pem(label, der())


def not_rsa() -> dict[str, Fault]:
    """Keys of other kinds, in the forms that they have."""
    faults: dict[str, Fault] = {}
    for kind in ("EC", "Ed25519", "DSA"):
        faults[f"{kind}, public"] = Fault("public", partial(_other_public, kind))
        faults[f"{kind}, private"] = Fault("private", partial(_other_private, kind, NoEncryption()))
        sealed = BestAvailableEncryption(PASSWORD.encode())
        faults[f"{kind}, encrypted"] = Fault(
            "private", partial(_other_private, kind, sealed), PASSWORD
        )
        faults[f"{kind}, certificate"] = Fault("public", partial(_other_certificate, kind))
    faults["EC, PKCS#12"] = Fault("private", _other_store, PASSWORD)
    return faults


def _other_public(kind: str) -> bytes:
    return public_pem(other_key(kind))


def _other_private(kind: str, encryption: Any) -> bytes:
    return private_pem(other_key(kind), encryption)


def _other_certificate(kind: str) -> bytes:
    return certificate_der(other_key(kind))


def _other_store() -> bytes:
    return pkcs12(other_key("EC"), password=PASSWORD)


def passwords() -> dict[str, dict[str, Fault]]:
    """Wrong, missing and needless passwords, for each form that has one, or none."""
    makers = {
        "private encrypted-pkcs8 pem": "cryptography",
        "private encrypted-pkcs8-3des pem": "openssl",
        "private encrypted-pkcs8 der": "cryptography",
        "private pkcs12 der": "cryptography",
        "private pkcs12-3des der": "cryptography",
        "private pkcs12-key-only der": "cryptography",
    }
    sealed = {name: made_text(name, maker) for name, maker in makers.items()}
    wrong: dict[str, str | bytes] = {
        "another": "another password",
        "in capitals": PASSWORD.upper(),
        "with a line feed": PASSWORD + "\n",
        "empty": "",
        "long": "x" * 5000,
        "with a NUL": PASSWORD + "\0x",
        "half a surrogate pair": "\ud800" * 8,
        "not UTF-8": b"\xff\xfe\xfd\xfc" * 4,
    }
    plain: dict[str, Callable[[], Any]] = {
        name: made_text(f"private {name}")
        for name in ("pkcs8 pem", "pkcs8 der", "pkcs1 pem", "pkcs1 der")
    }
    plain["JWK"] = partial(jwk, "private")
    needless: dict[str, str | bytes] = {"str": PASSWORD, "bytes": PASSWORD.encode(), "empty": ""}
    return {
        "wrong password": {
            f"{name}, {how}": Fault("private", source, password)
            for name, source in sealed.items()
            for how, password in wrong.items()
        },
        "missing password": {name: Fault("private", source) for name, source in sealed.items()},
        "needless password": {
            f"{name}, {how}": Fault("private", source, password)
            for name, source in plain.items()
            for how, password in needless.items()
        },
    }


def _weak_moduli() -> dict[str, Fault]:
    half = sound(1024)
    moduli: dict[str, Callable[[], int]] = {
        "two close factors": lambda: half * next_sound(half),
        "the upper half of two factors alike": lambda: half * next_sound(half ^ 1 << 500),
        "a square": lambda: half * half,
        "ROCA": lambda: prod(roca_primes()),
    }
    faults = {"ROCA, private": Fault("private", roca_private)}
    for name, modulus in moduli.items():
        faults |= in_public_forms(name, modulus)
    return faults


FAULTS: dict[str, dict[str, Fault]] = {
    "size": {
        **in_public_forms("1024 bits", lambda: sound(1024)),
        **in_public_forms("2047 bits", lambda: sound(2047)),
        **in_public_forms("8193 bits", lambda: sound(8193)),
        **in_public_forms("16384 bits", lambda: sound(16384)),
        **in_private_forms("1024 bits", lambda: rsa_key(1024)),
    },
    "exponent": {
        **in_public_forms("three", lambda: sound(2048), 3),
        **in_public_forms("65535", lambda: sound(2048), 65535),
        **in_public_forms("65536", lambda: sound(2048), 65536),
        **in_public_forms("65538", lambda: sound(2048), 65538),
        **in_public_forms("one", lambda: sound(2048), 1),
        **in_private_forms("three", lambda: rsa_key(2048, 3)),
    },
    "not RSA": not_rsa(),
    "RSA-PSS": {
        "public, by hand": Fault(
            "public", lambda: sequence(RSA_PSS, tlv(3, b"\0", pkcs1_public(sound(2048))))
        ),
        "private, by hand": Fault(
            "private", lambda: sequence(integer(0), RSA_PSS, tlv(4, pkcs1()))
        ),
        "public": Fault("public", partial(pss, "public")),
        "private": Fault("private", partial(pss, "key")),
        "certificate": Fault("public", partial(pss, "certificate")),
        "PKCS#12 with its certificate": Fault("private", partial(pss, "store"), PASSWORD),
    },
    "small factor": {
        **in_public_forms("two", lambda: sound(2048) + 1),
        **in_public_forms("three", lambda: 3 * sound(2047)),
        **in_public_forms("251", lambda: 251 * sound(2042)),
        **in_public_forms("65521", lambda: 65_521 * sound(2042)),
    },
    "weak modulus": _weak_moduli(),
    "inconsistent": inconsistent(),
    "more than one": {
        **{
            f"{name}, {half}": Fault(half, source)
            for name, source in two_blocks().items()
            for half in ("public", "private")
        },
        "two entries of keytool's": Fault("private", _keytools_two, PASSWORD),
        "two bags": Fault(
            "private", lambda: key_store(key_bag(rsa_key()), key_bag(stranger())), PASSWORD
        ),
    },
    "private for public": {
        **{
            name: Fault("public", made_text(name))
            for name in (
                *(
                    "private pkcs8 pem",
                    "private pkcs8 der",
                    "private pkcs1 pem",
                    "private pkcs1 der",
                ),
                *(
                    "private encrypted-pkcs8 pem",
                    "private encrypted-pkcs8 der",
                    "private pkcs12 der",
                ),
            )
        },
        "private jwk json": Fault("public", partial(jwk, "private")),
        "a JWK with one private member": Fault("public", partial(jwk, d=b64(numbers()["d"]))),
        "a JWK with a prime": Fault("public", partial(jwk, p=b64(numbers()["p"]))),
    },
    "public for private": {
        **{
            name: Fault("private", made_text(name))
            for name in (
                *("public spki pem", "public spki der", "public pkcs1 pem", "public pkcs1 der"),
                *("public certificate pem", "public certificate der"),
            )
        },
        "public jwk json": Fault("private", jwk),
    },
    "JWK members": {**loose_json("public"), **loose_json("private")},
    "JWK type": {
        f"{half}, {name}": Fault(half, partial(jwk, half, kty=kind))
        for half in ("public", "private")
        for name, kind in {
            "EC": "EC",
            "oct": "oct",
            "in small letters": "rsa",
            "missing": ...,
            "null": None,
            "list": ["RSA"],
        }.items()
    },
    "JWK purpose": {**purposes("public"), **purposes("private")},
    "JWK number": jwk_numbers(),
    "JWK set": {
        **both("of one", lambda: json.dumps({"keys": [members("private")]})),
        **both("of two", lambda: json.dumps({"keys": [members(), members("private")]})),
        **both("of none", lambda: '{"keys": []}'),
        "a JWK that has keys": Fault("public", partial(jwk, keys=[])),
    },
    "key usage": {
        **{
            "certificate, " + " ".join(named): Fault(
                "public", partial(certificate_der, rsa_key(), usage(*named))
            )
            for named in (
                ("digital_signature",),
                ("key_agreement",),
                ("key_cert_sign", "crl_sign"),
                ("key_agreement", "encipher_only"),
            )
        },
        "certificate, PEM": Fault(
            "public",
            lambda: certificate_pem(rsa_key(), usage("digital_signature")),
        ),
        "PKCS#12": Fault("private", lambda: store_with("digital_signature"), PASSWORD),
    },
    **passwords(),
    "empty": {
        f"{name}, {half}": Fault(half, partial(str if isinstance(text, str) else bytes, text))
        for half in ("public", "private")
        for name, text in {
            "bytes": b"",
            "str": "",
            "white space": " \r\n\t",
            "blank bytes": b"\n\n",
            "quotes around nothing": '""',
            "no-break spaces": "\u00a0\u00a0",
            "a byte order mark alone": b"\xef\xbb\xbf\n",
        }.items()
    },
    "too long": {
        **both("bytes", lambda: public_pem(rsa_key()) + b"\n" * LIMIT),
        **both("str", lambda: "\n" * LIMIT + private_pem(rsa_key()).decode()),
        **both("characters of three bytes", lambda: "\uac00" * (LIMIT // 3 + 1)),
        **both("a JWK", lambda: with_member(jwk(), f'"x": "{"x" * LIMIT}"')),
        **both("DER", lambda: tlv(0x30, bytes(LIMIT))),
    },
    "encrypted PKCS#1": {
        "with its password": Fault("private", traditional_encrypted, PASSWORD),
        "without": Fault("private", traditional_encrypted),
        "in one line": Fault(
            "private", lambda: traditional_encrypted().replace(b"\n", rb"\n"), PASSWORD
        ),
    },
    "label": labels(),
    "no key": {
        f"{name}, {half}": Fault(half, source)
        for name, source in no_keys().items()
        for half in ("public", "private")
    },
}
CASES = [(kind, name) for kind, faults in FAULTS.items() for name in faults]


FIRST_OF_EACH = [(kind, next(iter(faults))) for kind, faults in FAULTS.items()]


@cache
def text_of(kind: str, name: str) -> str:
    """The text that a fault is refused with, without any of the key, its base64 or password."""
    fault = FAULTS[kind][name]
    return message(fault, fault.source())


def message(fault: Fault, source: Any) -> str:
    """The same for another carrier of the source."""
    data = source.read_bytes() if isinstance(source, Path) else source
    text = (
        data
        if isinstance(data, str)
        else data.decode()
        if data.isascii()
        else b64encode(data).decode()
    )
    pieces = "\n".join(
        text[start : start + 20].replace("\n", "") for start in range(0, len(text), 20)
    )
    password = fault.password or ""
    hidden = password.decode("latin-1") if isinstance(password, bytes) else password
    numbers_of = [str(numbers()[name]) for name in ("n", "d", "p", "q")]
    call: Callable[[], object] = partial(load_public_key, source)
    if fault.half == "private":
        call = partial(load_private_key, source, fault.password)
    return refused(call, pieces, hidden.replace("\n", ""), *numbers_of)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(
            kind,
            name,
            id=f"{kind}: {name}",
            marks=[pytest.mark.programs] if needs_a_program(FAULTS[kind][name]) else [],
        )
        for kind, name in CASES
    ],
)
def test_what_must_be_refused_is_refused_by_its_name_and_not_shown(kind: str, name: str) -> None:
    """The text says what is wrong."""
    assert re.search(CLASSES[kind], text_of(kind, name))


@pytest.mark.parametrize(("kind", "name"), FIRST_OF_EACH, ids=list(FAULTS))
def test_a_file_is_refused_as_the_text_in_it(tmp_path: Path, kind: str, name: str) -> None:
    fault = FAULTS[kind][name]
    source = fault.source()
    told = message(fault, _file(tmp_path, source.encode() if isinstance(source, str) else source))
    assert told == text_of(kind, name)
    assert str(tmp_path) not in told


@pytest.mark.parametrize(
    "programs", [False, pytest.param(True, marks=pytest.mark.programs)], ids=["ours", "all"]
)
def test_each_class_of_faults_has_texts_of_its_own(programs: bool) -> None:
    """Whoever reads the text knows which of them it was; only what is no key at all may be told in
    anyone's words.
    """
    assert set(FAULTS) == set(CLASSES)
    classes: dict[str, set[str]] = {}
    for kind, name in CASES:
        if not programs and needs_a_program(FAULTS[kind][name]):
            continue
        if kind != "no key" and "keytool" not in name:
            classes.setdefault(text_of(kind, name), set()).add(kind)
    assert {text: kinds for text, kinds in classes.items() if len(kinds) > 1} == {}


def test_two_keys_are_refused_where_they_can_not_be_counted_from_outside(tmp_path: Path) -> None:
    """PKCS#12 with its keys in an encrypted content: cryptography opens it and gives one key."""
    two = key_store(key_bag(rsa_key()), key_bag(stranger()), sealed=True)
    assert load_pkcs12(two, PASSWORD.encode()).key is not None
    for source in (two, _file(tmp_path, two), b64encode(two)):
        message(Fault("private", lambda: two, PASSWORD), source)


def test_a_key_store_without_a_private_key_is_refused() -> None:
    """Certificates alone, as a portal's trust store has them; it is no public half either."""
    held = certificate(rsa_key())
    sealed = BestAvailableEncryption(PASSWORD.encode())
    store = serialize_key_and_certificates(None, None, None, [held], sealed)
    for fault in (Fault("private", lambda: store, PASSWORD), Fault("public", lambda: store)):
        message(fault, store)


# --- halves together ----------------------------------------------------------------------------

STRANGERS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "PEM and PEM": (lambda: public_pem(stranger()), lambda: private_pem(rsa_key())),
    "certificate and PKCS#1": (lambda: certificate_der(stranger()), pkcs1),
    "JWK and JWK": (jwk, lambda: private_jwk(stranger())),
    "PKCS#1 and an HSM": (lambda: pkcs1_public(sound(2048)), lambda: Hsm(rsa_key())),
    "key objects": (lambda: stranger().public_key(), rsa_key),
}


@pytest.mark.parametrize("forms", STRANGERS)
@pytest.mark.parametrize("side", ["platform", "client"])
def test_halves_of_two_pairs_are_refused_in_whatever_form(side: str, forms: str) -> None:
    """S5.2."""
    public, private = (make() for make in STRANGERS[forms])
    told = refused(
        lambda: CryptoKey.load(id=KEY_ID, **{f"{side}_public": public, f"{side}_private": private})
    )
    assert re.search("pair|belong", told)
    assert all(text_of(kind, name) not in told for kind, name in FIRST_OF_EACH)


@pytest.mark.programs
def test_a_crypto_key_takes_each_half_in_a_form_of_its_own() -> None:
    """And of a maker of its own."""
    platform, client = openssl_made(), cryptography_made()
    text = platform.texts["public certificate-with-text pem"].decode()
    key = CryptoKey.load(
        id=KEY_ID,
        platform_public=text.replace("\n", r"\n"),
        client_public=b64encode(client.texts["public pkcs1 der"]).decode(),
        client_private=client.texts["private pkcs12-3des der"],
        password=PASSWORD,
    )
    assert key.platform_public is not None
    assert key.client_private is not None
    assert key.platform_public.public_numbers().n == platform.modulus
    assert key.client_private.public_key().public_numbers().n == client.modulus


@pytest.mark.parametrize(("kind", "name"), FIRST_OF_EACH, ids=list(FAULTS))
def test_a_crypto_key_refuses_what_the_loaders_refuse(kind: str, name: str) -> None:
    """Under every one of its four names, with a text that is the loader's at heart and short."""
    fault = FAULTS[kind][name]
    source = fault.source()
    for side in ("platform", "client"):
        half: dict[str, Any] = {f"{side}_{fault.half}": source, "password": fault.password}
        told = refused(partial(CryptoKey.load, id=KEY_ID, **half))
        assert re.search(CLASSES[kind], told), told


# --- files --------------------------------------------------------------------------------------


def test_an_empty_file_is_refused_as_empty(tmp_path: Path) -> None:
    for data in (b"", b"\n"):
        for load in (load_public_key, load_private_key):
            assert "empty" in refused(partial(load, _file(tmp_path, data)))


def test_exactly_64_kib_are_taken(tmp_path: Path) -> None:
    text = private_pem(rsa_key())
    full = text + b"\n" * (LIMIT - len(text))
    for source in (full, full.decode(), _file(tmp_path, full)):
        assert load_private_key(source).key_size == 2048


# --- validity -----------------------------------------------------------------------------------

SECOND = timedelta(seconds=1)
MOMENTS = {
    "a second before the start": (START - SECOND, False),
    "the start": (START, True),
    "inside": (START + timedelta(days=100), True),
    "the end": (END, True),
    "a second after the end": (END + SECOND, False),
    "the start by another clock": (START.astimezone(timezone(timedelta(hours=9))), True),
    "before the start by another clock": (
        (START - SECOND).astimezone(timezone(timedelta(hours=9))),
        False,
    ),
    "the first moment there is": (
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        False,
    ),
    "the last moment there is": (
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
        False,
    ),
}


def _dated_store() -> bytes:
    return pkcs12(rsa_key(), certificate(rsa_key()), password=PASSWORD)


DATED: dict[str, Callable[[], dict[str, Any]]] = {
    "platform": lambda: {"platform_public": certificate_der(rsa_key())},
    "client": lambda: {"client_public": certificate_pem(rsa_key()).decode()},
    "beside the private half": lambda: {
        "client_public": certificate_der(rsa_key()),
        "client_private": rsa_key(),
    },
    "beside a valid one": lambda: {
        "client_public": certificate_der(rsa_key()),
        "platform_public": certificate_der(
            stranger(), start=datetime(1970, 1, 1), end=datetime(9999, 12, 31, 23, 59, 59)
        ),
    },
    "PKCS#12": lambda: {"client_private": _dated_store(), "password": PASSWORD},
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("place", DATED)
def test_a_certificate_outside_its_validity_is_refused_where_that_is_asked_for(
    place: str, moment: str
) -> None:
    """RFC 5280, 4.1.2.5: both ends belong to it."""
    valid_at, valid = MOMENTS[moment]
    load = partial(CryptoKey.load, id=KEY_ID, valid_at=valid_at, **DATED[place]())
    if place == "beside a valid one" and valid_at.year in (1, 9999):
        valid = False
    if valid:
        assert load().id == KEY_ID
    else:
        assert "valid" in refused(load)


@pytest.mark.parametrize("place", DATED)
def test_a_certificate_outside_its_validity_is_taken_where_nobody_asks(place: str) -> None:
    """These ended years ago."""
    assert CryptoKey.load(id=KEY_ID, **DATED[place]()).id == KEY_ID


def test_a_certificate_of_the_future_is_taken_where_nobody_asks() -> None:
    later = certificate_der(rsa_key(), start=datetime(2090, 1, 1), end=datetime(2091, 1, 1))
    assert load_public_key(later).public_numbers() == rsa_key().public_key().public_numbers()
    assert "valid" in refused(
        partial(CryptoKey.load, id=KEY_ID, platform_public=later, valid_at=START)
    )


@pytest.mark.parametrize("moment", [moment for moment, _ in MOMENTS.values()], ids=list(MOMENTS))
def test_a_key_without_a_certificate_is_valid_at_any_time(moment: datetime) -> None:
    for source in (spki(sound(2048)), jwk(), rsa_key().public_key()):
        assert CryptoKey.load(id=KEY_ID, platform_public=source, valid_at=moment).id == KEY_ID
    assert CryptoKey.load(id=KEY_ID, client_private=Hsm(rsa_key()), valid_at=moment).id == KEY_ID


class Nowhere(tzinfo):
    """A time zone without an offset: a datetime in it is naive, by datetime's own definition."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        return None

    dst = utcoffset

    def tzname(self, moment: datetime | None, /) -> str | None:
        return None


@pytest.mark.parametrize(
    "moment",
    [datetime(2021, 1, 1), datetime(2021, 1, 1, tzinfo=Nowhere())],
    ids=["naive", "naive-in-effect"],
)
def test_a_naive_moment_is_a_wrong_setting(moment: datetime) -> None:
    """Nobody can tell which moment it is; the same whether there is a certificate or not."""
    for source in (certificate_der(rsa_key()), spki(sound(2048))):
        refused(
            partial(CryptoKey.load, id=KEY_ID, platform_public=source, valid_at=moment),
            error=errors.InvalidSetting,
        )


@pytest.mark.parametrize(
    "moment", ["2021-01-01", 1_600_000_000, 0, True, date(2021, 1, 1)], ids=repr
)
def test_a_moment_of_another_type_is_a_type_error(moment: Any) -> None:
    """D8."""
    for source in (certificate_der(rsa_key()), spki(sound(2048))):
        with pytest.raises(TypeError):
            CryptoKey.load(id=KEY_ID, platform_public=source, valid_at=moment)


# --- an HSM, end to end -------------------------------------------------------------------------

PAYLOAD = {"cardNo": "9410000000001234"}
ANSWER = {"response": {"code": "000_000", "description": "Success"}, "dcvv": "987"}


def two_sides(platform: Any, client: Any) -> tuple[Client, Gateway]:
    """A provider and a platform with these private halves; each has the other's public half in
    another form.
    """
    key = project_key()
    provider = CryptoKey.load(
        id=KEY_ID, platform_public=certificate_der(rsa_key()), client_private=client
    )
    other = CryptoKey.load(
        id=KEY_ID, platform_private=platform, client_public=spki(key_numbers(stranger())["n"])
    )
    gateway = Gateway(
        {ACCESS_KEY: Project(key, KeyRing([other]))}.get,
        replay_guard=MemoryReplayGuard(),
        clock=clock,
    )
    return Client(Project(key, KeyRing([provider])), clock=clock), gateway


def test_a_call_goes_end_to_end_with_a_private_key_in_an_hsm_on_either_side() -> None:
    """docs/design.md, HSM and KMS: the object that was given is the one that decrypts."""
    client, gateway = two_sides(Hsm(rsa_key()), Hsm(stranger()))
    sealed = client.seal(PAYLOAD, encrypted=True)
    accepted = gateway.accept(sealed.headers, sealed.body, encrypted=True)
    assert accepted.payload == PAYLOAD
    answer = gateway.answer(accepted, ANSWER)
    opened = client.open(answer.status, answer.headers, answer.body, request=sealed)
    assert opened["dcvv"] == "987"


RAISED = [
    HsmDown("slot 0"),
    OSError(5, "slot 0"),
    TimeoutError("slot 0"),
    RuntimeError("slot 0"),
    KeyError("slot 0"),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_what_an_hsm_raises_reaches_the_caller_as_it_is(error: Exception) -> None:
    """D6: only ValueError means that OAEP failed."""
    client, gateway = two_sides(Hsm(rsa_key(), error=error), Hsm(stranger(), error=error))
    sealed = client.seal(PAYLOAD, encrypted=True)
    with pytest.raises(type(error)) as caught:
        gateway.accept(sealed.headers, sealed.body, encrypted=True)
    assert caught.value is error
    _, working = two_sides(Hsm(rsa_key()), Hsm(stranger()))
    answer = working.answer(working.accept(sealed.headers, sealed.body, encrypted=True), ANSWER)
    with pytest.raises(type(error)) as caught:
        client.open(answer.status, answer.headers, answer.body, request=sealed)
    assert caught.value is error


def test_a_value_error_of_an_hsm_is_a_decryption_that_failed() -> None:
    """D6."""
    client, gateway = two_sides(Hsm(rsa_key(), error=ValueError("slot 0")), Hsm(stranger()))
    sealed = client.seal(PAYLOAD, encrypted=True)
    told = refused(
        lambda: gateway.accept(sealed.headers, sealed.body, encrypted=True),
        "slot 0 is",
        error=errors.DecryptionError,
    )
    assert "slot" not in told


# --- whatever comes -----------------------------------------------------------------------------


def ends_in_a_key_or_invalid_key(
    load: Callable[..., Any], source: Any, *password: str | None
) -> bool:
    """Whether it was a key; any other end than a key or InvalidKey, at once, is a failure."""
    loaded = None
    with costs_at_most(MEBI), warnings.catch_warnings(), suppress(errors.InvalidKey):
        warnings.simplefilter(
            "ignore"
        )  # cryptography warns of serial numbers that are not positive
        loaded = load(source, *password)
    assert loaded is None or isinstance(loaded, (rsa.RSAPrivateKey, rsa.RSAPublicKey))
    return loaded is not None


@pytest.mark.parametrize(
    "form",
    [pytest.param(form, id=f"{form.maker} {form.name}", marks=marks_of(form)) for form in FORMS],
)
def test_a_damaged_key_text_ends_in_a_key_or_invalid_key(form: Form) -> None:
    """Cut off, and with one byte changed, at the front above all, where the structure is."""
    text = made_by(form)[1]
    chosen = random.Random(form.name)
    load = partial(
        ends_in_a_key_or_invalid_key, load_public_key if form.half == "public" else load_private_key
    )
    password = () if form.half == "public" else (form.password,)
    for _ in range(3):
        assert not load(text[: chosen.randrange(len(text) - 40)], *password)
    for place in [chosen.randrange(min(60, len(text))) for _ in range(3)] + [
        chosen.randrange(len(text)) for _ in "12"
    ]:
        load(
            text[:place] + bytes([text[place] ^ 1 << chosen.randrange(8)]) + text[place + 1 :],
            *password,
        )


@pytest.mark.parametrize("half", ["public", "private"])
def test_every_byte_of_the_structure_may_be_wrong(half: str) -> None:
    """All of what is not a number, with the values that a length or tag is most easily got wrong
    with.
    """
    certificate = certificate_der(rsa_key(), usage("key_encipherment"))
    sources = [spki(sound(2048)), pkcs1_public(sound(2048)), certificate]
    if half == "private":
        sources = [
            pkcs8(pkcs1(p=9, q=15)),
            pkcs1(p=9, q=15),
        ]  # refused before the long checks of a sound key
    load = load_public_key if half == "public" else load_private_key
    for source in sources:
        for place in range(36 if source is not certificate else 200):
            for value in {0, 0x30, 0x7F, 0x80, 0x84, 0xFF, source[place] ^ 1} - {source[place]}:
                ends_in_a_key_or_invalid_key(
                    load, source[:place] + bytes([value]) + source[place + 1 :]
                )


NOTHING_TO_LOAD = settings(examples(100), derandomize=True)
ELEMENTS = st.recursive(
    st.builds(
        tlv, st.sampled_from([2, 3, 4, 5, 6, 0x0C, 0x17, 0x80, 0xA0]), st.binary(max_size=24)
    ),
    lambda inner: st.builds(
        lambda tag, parts: tlv(tag, *parts), st.sampled_from([0x30, 0x31, 0xA0]), st.lists(inner)
    ),
    max_leaves=20,
)
SHAPES = [
    [2, 2],
    [2] * 9,
    [0x30, 3],
    [0x30, 0x30, 3],
    [2, 0x30, 4],
    [0x30, 4],
    [2, 0x30, 0x30],
    [2, 0x30, 4, 0xA0],
]


@NOTHING_TO_LOAD
@given(
    data=st.one_of(
        st.binary(max_size=600), st.binary(max_size=600).map(lambda data: b"\x30\x82" + data)
    )
)
def test_arbitrary_bytes_are_no_key(data: bytes) -> None:
    """As they are, with the start of DER, and as base64."""
    for source in (data, b64encode(data).decode(), data.decode("latin-1")):
        assert not ends_in_a_key_or_invalid_key(load_public_key, source)
        assert not ends_in_a_key_or_invalid_key(load_private_key, source)
        assert not ends_in_a_key_or_invalid_key(load_private_key, source, PASSWORD)


@NOTHING_TO_LOAD
@given(parts=st.lists(ELEMENTS, max_size=10))
def test_arbitrary_der_is_no_key(parts: list[bytes]) -> None:
    for load in (load_public_key, load_private_key):
        assert not ends_in_a_key_or_invalid_key(load, sequence(*parts))
    assert not ends_in_a_key_or_invalid_key(load_private_key, sequence(*parts), PASSWORD)


@NOTHING_TO_LOAD
@given(
    shape=st.sampled_from(SHAPES),
    contents=st.lists(st.binary(max_size=300), min_size=9, max_size=9),
)
def test_the_outline_of_a_key_with_anything_in_it_is_no_key(
    shape: list[int], contents: list[bytes]
) -> None:
    """What is told apart by its outline goes on to a reader, whose errors must not come out."""
    source = sequence(*(tlv(tag, content) for tag, content in zip(shape, contents, strict=False)))
    for load in (load_public_key, load_private_key):
        assert not ends_in_a_key_or_invalid_key(load, source)
    assert not ends_in_a_key_or_invalid_key(load_private_key, source, PASSWORD)


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.sampled_from(
            [
                "RSA",
                "enc",
                "sig",
                "RSA-OAEP-256",
                "AQAB",
                "encrypt",
                "unwrapKey",
                b64(sound(2048)),
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
MEMBERS = [
    "kty",
    "n",
    "e",
    "d",
    "p",
    "q",
    "dp",
    "dq",
    "qi",
    "oth",
    "use",
    "alg",
    "key_ops",
    "kid",
    "keys",
]


@NOTHING_TO_LOAD
@given(
    half=st.sampled_from(["public", "private"]),
    changes=st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=3),
)
def test_a_jwk_with_members_of_any_type_ends_in_a_key_or_invalid_key(
    half: str, changes: dict[str, Any]
) -> None:
    text = jwk(half, **changes)
    for load in (load_public_key, load_private_key):
        ends_in_a_key_or_invalid_key(load, text)


@NOTHING_TO_LOAD
@given(members_of=st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=8))
def test_an_object_of_json_is_no_key(members_of: dict[str, Any]) -> None:
    text = json.dumps(members_of)
    ends_in_a_key_or_invalid_key(load_public_key, text)
    assert not ends_in_a_key_or_invalid_key(load_private_key, text)


@NOTHING_TO_LOAD
@given(password=st.one_of(st.text(max_size=40), st.binary(max_size=40)), store=st.booleans())
def test_an_arbitrary_password_is_wrong(password: str | bytes, store: bool) -> None:
    source = cryptography_made().texts[
        "private pkcs12 der" if store else "private encrypted-pkcs8 der"
    ]
    with pytest.raises(errors.InvalidKey, match="wrong"):
        load_private_key(source, password)
