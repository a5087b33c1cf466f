"""Other people's JOSE and ours read each other's tokens: joserfc, jwcrypto, Node's crypto, `jose`.

The last two are programs. Where one is missing its tests are skipped, and say so; with the
environment variable CI set they fail instead, so that an automated run never loses them in silence.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Callable, NoReturn

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwe as joserfc_jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from jwcrypto import jwe as jwcrypto_jwe, jwk as jwcrypto_jwk  # type: ignore[import-untyped]
from jwcrypto.common import JWException  # type: ignore[import-untyped]

from kmcrypto import decrypt_message, encrypt_message, errors, jwe
from tests.support import KEY_ID

ALG = "RSA-OAEP-256"
ENCS = ("A128GCM", "A256GCM")
PLAINTEXTS = {
    "empty": b"",
    "one byte": b"x",
    "every byte": bytes(range(256)),
    "10 KiB": b"0123456789" * 1024,
}
PAYLOAD = {
    "cardNo": "1234567890123456",
    "\uc774\ub984": "\uae40\ube44\ubc00",
    "n": [1, 2.5, None, True, "\U0001f600"],
}
HERE = Path(__file__).parent


class Peer(ABC):
    """Another implementation, with one RSA pair; `refusal` is what it raises for a bad token."""

    refusal: type[Exception] = subprocess.CalledProcessError

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self.key = key
        self.private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        self.public = (
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        )

    @abstractmethod
    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        """A compact JWE of theirs."""

    @abstractmethod
    def open(self, token: str) -> bytes:
        """The plaintext of a compact JWE, or any exception."""


class Joserfc(Peer):
    refusal = JoseError

    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        return joserfc_jwe.encrypt_compact(
            header, plaintext, RSAKey.import_key(self.public), algorithms=[ALG, *ENCS]
        )

    def open(self, token: str) -> bytes:
        opened = joserfc_jwe.decrypt_compact(
            token, RSAKey.import_key(self.private), algorithms=[ALG, *ENCS]
        )
        assert opened.plaintext is not None
        return opened.plaintext


class Jwcrypto(Peer):
    refusal = JWException

    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        recipient = jwcrypto_jwk.JWK.from_pem(self.public.encode())
        made = jwcrypto_jwe.JWE(
            plaintext=plaintext, protected=json.dumps(header), recipient=recipient
        )
        return str(made.serialize(compact=True))

    def open(self, token: str) -> bytes:
        opened = jwcrypto_jwe.JWE()
        opened.deserialize(token, key=jwcrypto_jwk.JWK.from_pem(self.private.encode()))
        return bytes(opened.payload)


class Node(Peer):
    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        job = {
            "do": "seal",
            "key": self.public,
            "header": header,
            "plaintext": base64.b64encode(plaintext).decode(),
        }
        return str(self._answer(job))

    def open(self, token: str) -> bytes:
        return base64.b64decode(
            self._answer({"do": "open", "key": self.private, "token": token}), validate=True
        )

    def _answer(self, job: dict[str, Any]) -> Any:
        return json.loads(run("node", str(HERE / "interop.mjs"), text=json.dumps(job).encode()))


class Jose(Peer):
    """José, in C: its keys are JWK files, and it cannot read its standard input twice."""

    def __init__(self, key: rsa.RSAPrivateKey, folder: Path) -> None:
        super().__init__(key)
        self.folder = folder

    @cached_property
    def _jwks(self) -> tuple[str, str]:
        names = (str(self.folder / "private.jwk"), str(self.folder / "public.jwk"))
        jwk = jwcrypto_jwk.JWK.from_pem(self.private.encode())
        for name, text in zip(names, (jwk.export_private(), jwk.export_public()), strict=True):
            Path(name).write_text(text, encoding="ascii")
        return names

    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        (self.folder / "plaintext").write_bytes(plaintext)
        template = json.dumps({"protected": header})
        made = run(
            "jose",
            "jwe",
            "enc",
            "-i",
            template,
            "-I",
            str(self.folder / "plaintext"),
            "-k",
            self._jwks[1],
            "-c",
        )
        return made.decode("ascii").strip()

    def open(self, token: str) -> bytes:
        (self.folder / "token").write_text(token, encoding="ascii")
        return run("jose", "jwe", "dec", "-i", str(self.folder / "token"), "-k", self._jwks[0])


def run(*command: str, text: bytes = b"") -> bytes:
    """What a program writes; a program that fails is an exception."""
    return subprocess.run(
        command, input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    ).stdout


def missing(reason: str) -> NoReturn:
    """Skip, or fail where CI must not lose the test."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@lru_cache
def absent(program: str) -> str:
    """Why a program can't be a peer, or nothing."""
    package = {"node": "nodejs", "jose": "jose"}[program]
    if shutil.which(program) is None:
        return f"{program} is not installed: it is in the Debian package {package}"
    if program == "jose" and ALG not in run("jose", "alg").decode().split():
        # Version 11 looks for a macro that is a function since OpenSSL 3, and so leaves RSA-OAEP
        # out (latchset/jose #145).
        return f"this jose has no {ALG}: it takes version 12 or later, or what .ci/jose builds"
    return ""


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The pair of both sides."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module", params=["joserfc", "jwcrypto", "node", "jose"])
def peer(
    request: pytest.FixtureRequest, key: rsa.RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> Peer:
    """Each of the four in turn."""
    if request.param in ("node", "jose") and (reason := absent(request.param)):
        missing(reason)
    if request.param == "jose":
        return Jose(key, tmp_path_factory.mktemp("jose"))
    kinds: dict[str, Callable[[rsa.RSAPrivateKey], Peer]] = {
        "joserfc": Joserfc,
        "jwcrypto": Jwcrypto,
        "node": Node,
    }
    return kinds[request.param](key)


@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("plaintext", PLAINTEXTS.values(), ids=PLAINTEXTS.keys())
def test_they_open_our_tokens(peer: Peer, enc: str, plaintext: bytes) -> None:
    token = jwe.encrypt(plaintext, peer.key.public_key(), enc=enc)
    if plaintext or not isinstance(peer, Jwcrypto):
        assert peer.open(token) == plaintext
    else:  # jwcrypto takes an empty plaintext for a failure, in its own tokens, too
        for empty in (token, peer.seal(b"", {"alg": ALG, "enc": enc})):
            with pytest.raises(JWException, match="Success"):
                peer.open(empty)


@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("plaintext", PLAINTEXTS.values(), ids=PLAINTEXTS.keys())
def test_we_open_their_tokens(peer: Peer, enc: str, plaintext: bytes) -> None:
    """Their headers differ from ours in order and white space."""
    token = peer.seal(plaintext, {"alg": ALG, "enc": enc})
    assert token.count(".") == 4
    assert jwe.decrypt(token, peer.key) == plaintext


@pytest.mark.parametrize("enc", ENCS)
def test_a_key_id_goes_both_ways(peer: Peer, enc: str) -> None:
    """S4.4."""
    assert peer.open(jwe.encrypt(b"x", peer.key.public_key(), enc=enc, kid=KEY_ID)) == b"x"
    theirs = peer.seal(
        b"x", {"alg": ALG, "enc": enc, "kid": KEY_ID, "typ": "JWE", "cty": "application/json"}
    )
    assert jwe.decrypt(theirs, peer.key, kid=KEY_ID) == b"x"
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(theirs, peer.key, kid="f" * 32)


@pytest.mark.parametrize("enc", ENCS)
def test_messages_go_both_ways(peer: Peer, enc: str) -> None:
    """S4.1: the JWE in encData holds the payload's UTF-8 JSON text."""
    sealed = json.loads(encrypt_message(PAYLOAD, peer.key.public_key(), enc=enc))
    opened = peer.open(sealed["encData"])
    assert json.loads(opened) == PAYLOAD
    assert "\uae40\ube44\ubc00".encode() in opened
    for text in (json.dumps(PAYLOAD), json.dumps(PAYLOAD, ensure_ascii=False, indent=2)):
        theirs = {"encData": peer.seal(text.encode(), {"enc": enc, "alg": ALG})}
        assert decrypt_message(json.dumps(theirs).encode(), peer.key) == PAYLOAD


@pytest.mark.parametrize(
    "place", range(5), ids=["header", "encrypted key", "IV", "ciphertext", "tag"]
)
def test_both_sides_refuse_a_changed_token(peer: Peer, place: int) -> None:
    """So that what opens above opens for a reason."""
    segments = jwe.encrypt(b"0123456789", peer.key.public_key()).split(".")
    if place == 0:
        raw = b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}'
    else:
        raw = base64.urlsafe_b64decode(segments[place] + "==")
        raw = raw[:5] + bytes([raw[5] ^ 1]) + raw[6:]
    segments[place] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(".".join(segments), peer.key)
    with pytest.raises(peer.refusal):
        peer.open(".".join(segments))
