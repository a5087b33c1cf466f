"""Other implementations of JOSE: joserfc and jwcrypto in Python, Node and José as programs."""

from __future__ import annotations

import json
import subprocess
from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from joserfc import jwe as joserfc_jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from jwcrypto import jwe as jwcrypto_jwe, jwk as jwcrypto_jwk  # type: ignore[import-untyped]
from jwcrypto.common import JWException  # type: ignore[import-untyped]

from tests.support.keys import private_pem, public_pem
from tests.support.processes import missing, need, output_of

ALG = "RSA-OAEP-256"
ENCS = ("A128GCM", "A256GCM")


class Peer(ABC):
    """Another implementation, with one RSA pair; `refusal` is its error for a bad token."""

    refusal: type[Exception]

    def __init__(self, key: RSAPrivateKey) -> None:
        self.key = key
        self.private = private_pem(key).decode()
        self.public = public_pem(key).decode()

    @abstractmethod
    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        """A compact JWE of theirs."""

    @abstractmethod
    def open(self, token: str) -> bytes:
        """The plaintext of a compact JWE, or any exception."""


class Joserfc(Peer):
    """joserfc, which refuses header parameters that it does not know."""

    refusal = JoseError
    registry = joserfc_jwe.JWERegistry(algorithms=[ALG, *ENCS])

    @cached_property
    def _pair(self) -> RSAKey:
        pair: RSAKey = RSAKey.import_key(self.private)
        return pair

    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        return joserfc_jwe.encrypt_compact(header, plaintext, self._pair, registry=self.registry)

    def open(self, token: str) -> bytes:
        opened = joserfc_jwe.decrypt_compact(token, self._pair, registry=self.registry)
        assert opened.plaintext is not None
        return opened.plaintext


class LenientJoserfc(Joserfc):
    """joserfc, told to ignore header parameters that it does not know, as RFC 7516, 4 has it."""

    registry = joserfc_jwe.JWERegistry(algorithms=[ALG, *ENCS], strict_check_header=False)


class Jwcrypto(Peer):
    """jwcrypto."""

    refusal = JWException

    @cached_property
    def _pair(self) -> Any:
        return jwcrypto_jwk.JWK.from_pem(self.private.encode())

    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        recipient = jwcrypto_jwk.JWK.from_pem(self.public.encode())
        made = jwcrypto_jwe.JWE(
            plaintext=plaintext, protected=json.dumps(header), recipient=recipient
        )
        return str(made.serialize(compact=True))

    def open(self, token: str) -> bytes:
        opened = jwcrypto_jwe.JWE()
        opened.deserialize(token, key=self._pair)
        return bytes(opened.payload)


class Node(Peer):
    """Node's crypto, behind interop.mjs."""

    refusal = subprocess.CalledProcessError

    def __init__(self, key: RSAPrivateKey) -> None:
        need("node")
        super().__init__(key)

    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        job = {"do": "seal", "key": self.public, "header": header}
        return str(self._answer({**job, "plaintext": b64encode(plaintext).decode()}))

    def open(self, token: str) -> bytes:
        job = {"do": "open", "key": self.private, "token": token}
        return b64decode(self._answer(job), validate=True)

    def _answer(self, job: dict[str, Any]) -> Any:
        script = Path(__file__).with_name("interop.mjs")
        return json.loads(output_of("node", script, stdin=json.dumps(job).encode()))


class Jose(Peer):
    """José, the C implementation: it reads keys, plaintexts and tokens from files."""

    refusal = subprocess.CalledProcessError

    def __init__(self, key: RSAPrivateKey, folder: Path) -> None:
        need("jose")
        if not jose_has_the_algorithm():
            missing(f"this jose has no {ALG}: version 12 or later has it, or the one of .ci/jose")
        super().__init__(key)
        self.folder = folder
        jwk = jwcrypto_jwk.JWK.from_pem(self.private.encode())
        self._file("private.jwk", jwk.export_private().encode())
        self._file("public.jwk", jwk.export_public().encode())

    def _file(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def seal(self, plaintext: bytes, header: dict[str, str]) -> str:
        template = json.dumps({"protected": header})
        file = self._file("plaintext", plaintext)
        key = self.folder / "public.jwk"
        made = output_of("jose", "jwe", "enc", "-i", template, "-I", file, "-k", key, "-c")
        return made.decode("ascii").strip()

    def open(self, token: str) -> bytes:
        file = self._file("token", token.encode("ascii"))
        return output_of("jose", "jwe", "dec", "-i", file, "-k", self.folder / "private.jwk")


@cache
def jose_has_the_algorithm() -> bool:
    """Version 11 leaves it out, for want of a macro that OpenSSL 3 dropped (latchset/jose #145)."""
    return ALG in output_of("jose", "alg").decode().split()
