"""What one would use instead, and where its guarantees differ from ours. A peer that is not installed is left out.

Peers are imported by name at run time, so that neither the gate nor a type checker needs them.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Callable

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ..method.measure import Case, Loop, loop
from . import jwe as our_jwe, mastercard, sign as our_sign
from .parties import KEY_ID, LONGEST, SECRET, body_of, private_key, project_key
from .verify import token_of

ASP_ID, ACCESS_KEY = project_key().asp_id, project_key().access_key
TIME_ZONE = timezone(timedelta(hours=9))
SIGNERS = ("by hand", "standardwebhooks", "itsdangerous", "botocore")
VERIFIERS = SIGNERS[:3]
JOSE = ("joserfc", "jwcrypto", "mastercard")
# The packages that they are in, but for what is written by hand.
PACKAGES = {name: name for name in (*SIGNERS[1:], *JOSE)} | {
    "mastercard": "mastercard-client-encryption"
}

# What the reports say beside the figures.
DIFFERENCES = {
    "by hand": "the same seven headers, or the same token, from the standard library; ids are random (they collide), "
    "the key is hashed anew for every call, nothing is checked: body's type, key id, spelling and date of a token",
    "standardwebhooks": "signs id, time (its verify wants it within 5 minutes) and body, which must be UTF-8 text; "
    "makes one value, not seven; each call hashes the key anew",
    "itsdangerous": "TimestampSigner with SHA-256 and a salted key; signs the time with the body and puts both in one "
    "value, body included; its unsign checks no age here",
    "botocore": "SigV4: signs method, path, query, chosen headers and body, and derives a key of four HMACs for each "
    "request; it signs only, AWS verifies",
    "joserfc": "RSA-OAEP-256 like ours, restricted to the two algorithms; its decrypt takes a header in which "
    "a name comes twice, or that has a key's address, and tells apart whether the key or the content failed",
    "jwcrypto": "RSA-OAEP-256 like ours, restricted to the two algorithms; its decrypt does the same, and takes base64 "
    "that isn't canonical",
    "mastercard": "client-encryption's JWE mode, RSA-OAEP-256 by PyCryptodome: encrypts with A256GCM only (so it is in "
    "that table alone) under an IV of 16 bytes where RFC 7518 wants 12, reads the RSA key anew for each message; "
    "its decrypt checks no tag, so what was changed on the way is taken, and reads the JSON, too",
}


def installed(name: str) -> bool:
    """Whether a peer is here. What is written by hand always is."""
    return name not in PACKAGES or version_of(PACKAGES[name]) is not None


def version_of(package: str) -> str | None:
    """The version of a package that is installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def headers_by_hand(secret: str, body: bytes, key_id: str) -> dict[str, str]:
    """What one writes who reads the platform's guide and nothing else."""
    now = datetime.now(TIME_ZONE)
    second = f"{now:%Y%m%d%H%M%S}"
    mac = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()
    return {
        "X-KM-User-AspId": ASP_ID,
        "X-KM-Correlation-Id": f"{now:%y%m%d%H%M%S}-{secrets.token_hex(4)[:7]}",
        "X-KM-Access-Key": ACCESS_KEY,
        "X-KM-Crypto-Key-Id": key_id,
        "X-KM-Tran-Token": f"KMV1:{second}{now.microsecond // 1000:03}:{mac}",
        "X-KM-Tran-Time": second,
        "X-KM-Time-Zone": "KST",
    }


def verified_by_hand(secret: str, token: str, body: bytes) -> bool:
    """The same for the other side."""
    _, _, text = token.split(":")
    mac = hmac.new(secret.encode(), body, "sha256").digest()
    return hmac.compare_digest(mac, base64.b64decode(text))


def sign(name: str, size: int) -> Loop:
    """What signs a body of that size instead."""
    body = body_of(size)
    if name == "by hand":
        return loop(
            "sign(secret, body, key_id)",
            sign=headers_by_hand,
            secret=SECRET,
            body=body,
            key_id=KEY_ID,
        )
    if name == "standardwebhooks":
        webhook = import_module(name).Webhook(SECRET.encode())
        names = {
            "sign": webhook.sign,
            "now": datetime.now,
            "utc": timezone.utc,
            "text": body.decode(),
        }
        return loop("sign('msg_0123456789', now(utc), text)", **names)
    if name == "itsdangerous":
        return loop("sign(body)", sign=_timestamp_signer().sign, body=body)
    auth, awsrequest = import_module("botocore.auth"), import_module("botocore.awsrequest")
    credentials = import_module("botocore.credentials").Credentials("AKID", SECRET)
    names = {
        "add": auth.SigV4Auth(credentials, "execute-api", "ap-northeast-2").add_auth,
        "body": body,
    }
    url = "https://example.test/open-api/api/v2/payment/generate/onetimetoken"
    return loop(
        "add(Request('POST', url, data=body))", Request=awsrequest.AWSRequest, url=url, **names
    )


def verify(name: str, size: int) -> Loop:
    """What verifies it instead."""
    body = body_of(size)
    if name == "by hand":
        names = {
            "verify": verified_by_hand,
            "secret": SECRET,
            "token": token_of(size),
            "body": body,
        }
        return loop("verify(secret, token, body)", **names)
    if name == "standardwebhooks":
        webhook, now = import_module(name).Webhook(SECRET.encode()), datetime.now(timezone.utc)
        headers = {"webhook-id": "msg_0123456789", "webhook-timestamp": str(int(now.timestamp()))}
        headers["webhook-signature"] = webhook.sign(headers["webhook-id"], now, body.decode())
        return loop(
            "verify(body, headers, json_parse=False)",
            verify=webhook.verify,
            body=body,
            headers=headers,
        )
    signer = _timestamp_signer()
    return loop("unsign(signed)", unsign=signer.unsign, signed=signer.sign(body))


def encrypt(name: str, size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """What encrypts a body of that size to a key of so many bits instead."""
    if name == "mastercard":
        return mastercard.encrypt(size, bits)
    header, key = {"alg": "RSA-OAEP-256", "enc": enc}, _jwk(name, bits)
    if name == "joserfc":
        jwe = import_module("joserfc.jwe")
        names = {"encrypt": jwe.encrypt_compact, "algorithms": list(header.values())}
        return loop(
            "encrypt({**header}, body, key, algorithms)",
            header=header,
            body=body_of(size),
            key=key,
            **names,
        )
    jwe, text = import_module("jwcrypto.jwe"), import_module("json").dumps(header)
    statement = (
        "jwe = JWE(body, text, algs=algs); jwe.add_recipient(key); jwe.serialize(compact=True)"
    )
    return loop(
        statement, JWE=jwe.JWE, body=body_of(size), text=text, key=key, algs=list(header.values())
    )


def decrypt(name: str, size: int, bits: int = 2048, enc: str = "A128GCM") -> Loop:
    """What decrypts it instead."""
    if name == "mastercard":
        return mastercard.decrypt(_token(size, bits, enc), bits)
    token, key = _token(size, bits, enc), _jwk(name, bits)
    algorithms = ["RSA-OAEP-256", enc]
    if name == "joserfc":
        jwe = import_module("joserfc.jwe")
        registry = jwe.JWERegistry(algorithms=algorithms)
        registry.max_ciphertext_length = (
            LONGEST  # 64 KiB otherwise; its user would have to raise it, too
        )
        names = {"decrypt": jwe.decrypt_compact, "token": token, "key": key, "registry": registry}
        return loop("decrypt(token, key, registry=registry)", **names)
    names = {
        "JWE": import_module("jwcrypto.jwe").JWE,
        "algs": algorithms,
        "token": token,
        "key": key,
    }
    return loop("jwe = JWE(algs=algs); jwe.deserialize(token, key)", **names)


def ratios() -> list[Case]:
    """What the budget limits: here the candidate is a peer and the primitive ours, so that a ratio may not shrink."""
    signed, encrypted = our_sign.ours(256), our_jwe.encrypt(256)
    against = "kmcrypto's seven headers, 256 bytes"
    return [
        Case("peers.by_hand", sign("by hand", 256), signed, against),
        Case("peers.botocore", _if_installed("botocore", sign), signed, against),
        Case("peers.standardwebhooks", _if_installed("standardwebhooks", sign), signed, against),
        Case(
            "peers.joserfc",
            _if_installed("joserfc", encrypt),
            encrypted,
            "kmcrypto's jwe.encrypt, 256 bytes",
        ),
    ]


def _if_installed(name: str, make: Callable[[str, int], Loop]) -> Loop | None:
    return make(name, 256) if installed(name) else None


def _timestamp_signer() -> Any:
    from hashlib import sha256

    return import_module("itsdangerous").TimestampSigner(SECRET, digest_method=sha256)


@lru_cache
def _token(size: int, bits: int, enc: str) -> str:
    from kmcrypto import jwe

    return jwe.encrypt(body_of(size), private_key(bits).public_key(), enc)


@lru_cache
def _jwk(name: str, bits: int) -> Any:
    pem = private_key(bits).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if name == "joserfc":
        return import_module("joserfc.jwk").RSAKey.import_key(pem)
    return import_module("jwcrypto.jwk").JWK.from_pem(pem)
