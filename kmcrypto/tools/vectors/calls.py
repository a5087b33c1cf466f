"""The subjects of vectors with two parties: the headers of requests and answers, and whole calls and callbacks.

Gateway, Client, CallbackReceiver and CallbackSender run as a program would run them. What headers said beyond what
these show (the tran time, a plain answer's crypto key id) is read once more by `signing.headers`, their own reader.
"""

from time import gmtime, strftime
from typing import Any

from ... import (
    CallbackReceiver,
    CallbackSender,
    Client,
    Gateway,
    MemoryReplayGuard,
    Project,
    errors,
)
from ...exchange.client import SealedRequest
from ...signing.correlation import CorrelationId
from ...signing.headers import read_answer_headers, read_request_headers
from .case import Case
from .files import Members
from .parties import Holder, Keys, project_key
from .plain import Maker, is_valid, payload_due
from .values import bytes_of, pairs_of, spelled, zones_of

_HOLDERS = {
    "gateway": Holder.PLATFORM,
    "callback": Holder.PROVIDER,
    "callback-receiver": Holder.PROVIDER,
    "client": Holder.PROVIDER,
    "callback-opener": Holder.PLATFORM,
}
_READ = ("aspId", "correlationId", "accessKey", "cryptoKeyId", "tranTime", "zone")
_READ_OF_ANSWER = ("correlationId", "cryptoKeyId")
_FLAGS = {"answer_encrypted": "answerEncrypted", "unique_body": "uniqueBody"}


class EarlierRequestRefused(Exception):
    """A request before the one that a test is about was refused: the test says nothing then, whatever was due."""


def headers(keys: Keys, group: Members) -> Maker:
    """What is said of headers alone: a plain, right body under them is taken or not."""
    role, body = group["role"], bytes_of(group["body"])
    project = keys.project(group["project"], _HOLDERS[role])
    if role == "client":
        return _answer_headers(project, group, body)
    settings = {**_clock(group), "zones": list(zones_of(group["zones"]).values())}

    def _make(test: Members) -> Case:
        pairs, zones = pairs_of(test["headers"]), zones_of(group["zones"])
        receiver = _receiver(role, project, settings)

        def _call() -> Members:
            accepted = receiver.open(receiver.verify(pairs, body, encrypted=False))
            again = read_request_headers(pairs, zones)
            read = {
                "aspId": accepted.asp_id,
                "correlationId": str(accepted.correlation_id),
                "accessKey": again.access_key,
                "cryptoKeyId": accepted.crypto_key_id,
                "tranTime": strftime("%Y%m%d%H%M%S", gmtime(again.tran_second)),
                "zone": accepted.instant.zone.name,
            }
            return {"read": read}

        return Case(
            _call, {"read": {name: test["read"][name] for name in _READ}} if is_valid(test) else {}
        )

    return _make


def _answer_headers(project: Project, group: Members, body: bytes) -> Maker:
    client, request = Client(project, **_clock(group)), _request(group)

    def _make(test: Members) -> Case:
        pairs = pairs_of(test["headers"])

        def _call() -> Members:
            answer = client.open(200, pairs, body, request=request, encrypted=False)
            _, key_id = read_answer_headers(pairs)
            return {"read": {"correlationId": str(answer.correlation_id), "cryptoKeyId": key_id}}

        return Case(
            _call,
            {"read": {name: test["read"][name] for name in _READ_OF_ANSWER}}
            if is_valid(test)
            else {},
        )

    return _make


def exchange(keys: Keys, group: Members) -> Maker:
    """A whole call as the one side or the other sees it."""
    role = group["role"]
    project = keys.project(group["project"], _HOLDERS[role])
    if role in ("client", "callback-opener"):
        return _opener(Client if role == "client" else CallbackSender, project, group)
    settings = _settings(group)
    if role == "callback-receiver":
        said = group["settings"]
        others = [project_key(group["project"], secret) for secret in said["callbackSecrets"]]
        settings |= {"callback_keys": others, "any_key": said["anyKey"]}

    def _make(test: Members) -> Case:
        receiver = _receiver(role, project, settings)
        before, last = [_arguments(request) for request in test["before"]], _arguments(test)

        def _call() -> Members:
            for arguments in before:
                try:
                    receiver.accept(**arguments)
                except errors.KmCryptoError:
                    raise EarlierRequestRefused from None
            accepted = receiver.accept(**last)
            payload, protected = spelled(accepted.payload), accepted.replay_protected
            return {
                "payload": payload,
                "cryptoKeyId": accepted.crypto_key_id,
                "replayProtected": protected,
            }

        due = (
            {name: test[name] for name in ("cryptoKeyId", "replayProtected")}
            if is_valid(test)
            else {}
        )
        return Case(_call, {**payload_due(test), **due})

    return _make


def _opener(kind: type[Client], project: Project, group: Members) -> Maker:
    said = group["settings"]
    client = kind(
        project, **_clock(group), max_body=said["maxBody"], accept_inactive=said["acceptInactive"]
    )

    def _make(test: Members) -> Case:
        status, pairs, body, request = (
            test["status"],
            pairs_of(test["headers"]),
            bytes_of(test["body"]),
            _request(test),
        )
        options: Any = {"encrypted": test["encrypted"], "require_echo": test["requireEcho"]}

        def _call() -> Members:
            answer = client.open(status, pairs, body, request=request, **options)
            return {"payload": spelled(dict(answer)), "cryptoKeyId": answer.crypto_key_id}

        due = {"cryptoKeyId": test["cryptoKeyId"]} if is_valid(test) else {}
        if test.get("resultCode") is not None:
            due["resultCode"] = test["resultCode"]
        return Case(_call, {**payload_due(test), **due})

    return _make


def _receiver(role: str, project: Project, settings: Members) -> Any:
    """A new receiver, which has taken nothing yet."""
    if role == "gateway":
        return Gateway(
            {project.key.access_key: project}.get, replay_guard=MemoryReplayGuard(), **settings
        )
    return CallbackReceiver(project, replay_guard=MemoryReplayGuard(), **settings)


def _clock(group: Members) -> Members:
    epoch_ns = group["clockMs"] * 1_000_000
    return {"clock": lambda: epoch_ns}


def _settings(group: Members) -> Members:
    said = group["settings"]
    return {
        **_clock(group),
        "tolerance": said["toleranceS"],
        "accept_inactive": said["acceptInactive"],
        "allow_empty_body": said["allowEmptyBody"],
        "max_body": said["maxBody"],
        "zones": list(zones_of(said["zones"]).values()),
    }


def _arguments(said: Members) -> Members:
    """What a receiver is given of one request."""
    flags = {name: said[member] for name, member in _FLAGS.items()}
    return {
        "headers": pairs_of(said["headers"]),
        "body": bytes_of(said["body"]),
        "encrypted": said["encrypted"],
        **flags,
    }


def _request(said: Members) -> SealedRequest:
    """The request that an answer is for: of its body nothing is asked."""
    sent = dict(pairs_of(said["request"]))
    return SealedRequest(sent, b"", CorrelationId.parse(sent["X-KM-Correlation-Id"]))
