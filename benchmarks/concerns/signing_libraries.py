"""The peers that sign or verify a body: standardwebhooks, itsdangerous and botocore.

They are imported by name at run time, so neither the gate nor a type checker needs them.
"""

from __future__ import annotations

from datetime import datetime, timezone
from hashlib import sha256
from importlib import import_module
from typing import Any

from ..method.measure import Loop, loop
from .parties import SECRET, body_of

MESSAGE_ID = "msg_0123456789"
URL = "https://example.test/open-api/api/v2/payment/generate/onetimetoken"


def standardwebhooks_sign(size: int) -> Loop:
    """`Webhook.sign` of a body of that size."""
    return loop(
        "sign(message_id, now(utc), text)",
        sign=_webhook().sign,
        message_id=MESSAGE_ID,
        now=datetime.now,
        utc=timezone.utc,
        text=body_of(size).decode(),
    )


def standardwebhooks_verify(size: int) -> Loop:
    """`Webhook.verify` of such a body, without reading its JSON."""
    body = body_of(size)
    now = datetime.now(timezone.utc)
    headers = {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _webhook().sign(MESSAGE_ID, now, body.decode()),
    }
    return loop(
        "verify(body, headers, json_parse=False)",
        verify=_webhook().verify,
        body=body,
        headers=headers,
    )


def itsdangerous_sign(size: int) -> Loop:
    """`TimestampSigner.sign` of a body of that size."""
    return loop("sign(body)", sign=_timestamp_signer().sign, body=body_of(size))


def itsdangerous_verify(size: int) -> Loop:
    """`TimestampSigner.unsign` of such a body."""
    signer = _timestamp_signer()
    return loop("unsign(signed)", unsign=signer.unsign, signed=signer.sign(body_of(size)))


def botocore_sign(size: int) -> Loop:
    """`SigV4Auth.add_auth` to a request with a body of that size."""
    credentials = import_module("botocore.credentials").Credentials("AKID", SECRET)
    auth = import_module("botocore.auth").SigV4Auth(credentials, "execute-api", "ap-northeast-2")
    return loop(
        "add_auth(Request('POST', url, data=body))",
        add_auth=auth.add_auth,
        Request=import_module("botocore.awsrequest").AWSRequest,
        url=URL,
        body=body_of(size),
    )


def _webhook() -> Any:
    return import_module("standardwebhooks").Webhook(SECRET.encode())


def _timestamp_signer() -> Any:
    return import_module("itsdangerous").TimestampSigner(SECRET, digest_method=sha256)
