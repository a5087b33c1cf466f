"""One call of each hot path, made ready for counting: the same steps in every process.

The clock stands still, so the text of the current second stays cached and no request gets too old.
Keys, ids and IVs are random; their values decide nothing about the steps. Everything is reached
through public names, so an older commit can be counted, too.
"""

from __future__ import annotations

from functools import partial
from inspect import signature
from typing import Any, Callable, NamedTuple

from kmcrypto import Client, FieldCipher, Gateway, Signer, TranToken

from .accept import gateway
from .fields import document_of, selectors_of
from .parties import KEY_ID, body_of, parties, payload_of, project_key

HotPath = Callable[[], object]

NOW_NS = 1_795_392_909_123_000_000  # 2026-11-23 00:15:09.123 UTC
SIZE = 256  # bytes of a body
FIELDS = 10


def hot_paths() -> dict[str, HotPath]:
    """The hot paths by name, each a call without arguments."""
    body = body_of(SIZE)
    headers = Signer(project_key(), clock=_stopped_clock()).headers
    seal = _client().seal
    fields = _fields()
    return {
        "headers": partial(headers, body),
        "headers_with_key_id": partial(headers, body, KEY_ID),
        "parse_and_verify": _parse_and_verify(body),
        "accept_plain": _accept(encrypted=False),
        "accept_encrypted": _accept(encrypted=True),
        "seal_plain": partial(seal, payload_of(SIZE), encrypted=False),
        "seal_encrypted": partial(seal, payload_of(SIZE), encrypted=True),
        "open_plain": _open(encrypted=False),
        "open_encrypted": _open(encrypted=True),
        "fields_encrypt": fields.encrypt,
        "fields_decrypt": fields.decrypt,
    }


def _parse_and_verify(body: bytes) -> HotPath:
    key = project_key()
    token = Signer(key, clock=_stopped_clock()).headers(body)["X-KM-Tran-Token"]

    def parse_and_verify() -> None:
        TranToken.parse(token).verify(key, body)

    return parse_and_verify


def _accept(*, encrypted: bool) -> HotPath:
    request = _client().seal(payload_of(SIZE), encrypted=encrypted)
    return partial(_gateway().accept, dict(request.headers), request.body, encrypted=encrypted)


def _open(*, encrypted: bool) -> HotPath:
    client = _client()
    platform = _gateway()
    request = client.seal(payload_of(SIZE), encrypted=encrypted)
    accepted = platform.accept(request.headers, request.body, encrypted=encrypted)
    payload = {"response": {"code": "000_000"}, **payload_of(SIZE)}
    answer = _answer(platform, accepted, payload, encrypted)
    arguments = {"request": request, "encrypted": encrypted}
    if "encrypted" not in signature(client.open).parameters:  # an older commit is told it again
        del arguments["encrypted"]
    open_answer: Callable[..., object] = client.open
    return partial(open_answer, answer.status, dict(answer.headers), answer.body, **arguments)


def _answer(platform: Gateway, accepted: Any, payload: dict[str, Any], encrypted: bool) -> Any:
    answer: Callable[..., Any] = platform.answer
    if "encrypted" in signature(answer).parameters:  # an older commit is told it again
        return answer(accepted, payload, encrypted=encrypted)
    return answer(accepted, payload)


class _FieldPaths(NamedTuple):
    encrypt: HotPath
    decrypt: HotPath


def _fields() -> _FieldPaths:
    document = document_of(FIELDS)
    selectors = selectors_of(document)
    client = FieldCipher.for_client(parties().provider_ring, selectors)
    platform = FieldCipher.for_gateway(parties().platform_ring, selectors)
    encrypted = client.encrypt(document).document
    return _FieldPaths(
        encrypt=partial(client.encrypt, document),
        decrypt=partial(platform.decrypt, encrypted),
    )


def _client() -> Client:
    return Client(parties().provider, clock=_stopped_clock())


def _gateway() -> Gateway:
    return gateway(clock=_stopped_clock())


def _stopped_clock() -> Callable[[], int]:
    # A built-in function, like time.time_ns: it has no frame to be counted. It gives NOW_NS itself.
    return NOW_NS.conjugate
