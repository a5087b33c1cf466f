"""Whole calls and callbacks (S3.6, S4 to S7, S10), as the one side or the other sees them.

Gateway, CallbackReceiver, Client and CallbackSender are used as a program would use them.
"""

from collections.abc import Callable
from functools import partial
from types import NoneType
from typing import Any, NamedTuple

from .... import Client, Project, errors
from ..case import Case, CaseMaker, is_valid
from ..files import Members
from ..parties import Keys, make_project_key
from ..roles import OPENERS, PARTIES, make_clock, make_receiver, make_request
from ..values import (
    canonicalize,
    canonicalize_text,
    decode_bytes,
    decode_headers,
    decode_zones,
    read_member,
)


class _EarlierRequest(NamedTuple):
    """The arguments of `accept` for a request, and the stage that refuses it, or None."""

    arguments: Members
    stage: str | None


class EarlierRequestDisagrees(Exception):
    """A request that comes before the tested one did not end as stated: the test tells nothing.

    It is no error of kmcrypto's, so that it cannot be taken for the expected one.
    """


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    role = group["role"]
    project = keys.project(group["project"], PARTIES[role])
    if role in OPENERS:
        return partial(_make_answer_case, _make_opener(role, project, group))
    others = [keys.project(members, PARTIES[role]) for members in group.get("otherProjects", [])]
    make_own_receiver = partial(make_receiver, role, project, read_receiver_settings(group), others)
    return partial(_make_request_case, make_own_receiver)


def _make_request_case(make_own_receiver: Callable[[], Any], test: Members) -> Case:
    receiver = make_own_receiver()
    earlier_requests = [_read_earlier_request(request) for request in test["before"]]
    request = read_request(test)
    expected = _expect_payload(test)
    if is_valid(test):
        expected["cryptoKeyId"] = test["cryptoKeyId"]
        expected["replayProtected"] = test["replayProtected"]
        expected["claim"] = test["claim"]
    return Case(partial(_receive, receiver, earlier_requests, request), expected)


def _receive(receiver: Any, earlier_requests: list[_EarlierRequest], request: Members) -> Members:
    """Accept a request after others, which must end as stated."""
    for earlier_request in earlier_requests:
        if stage_of(receiver, earlier_request.arguments) != earlier_request.stage:
            raise EarlierRequestDisagrees
    accepted = receiver.accept(**request)
    claim = receiver.verify(**request).claim
    return {
        "payload": canonicalize(accepted.payload),
        "cryptoKeyId": accepted.crypto_key_id,
        "replayProtected": accepted.replay_protected,
        "claim": {
            "key": claim.key.hex(),
            "lifetimeS": claim.lifetime,
            "owner": claim.owner.hex(),
        },
    }


def stage_of(receiver: Any, request: Members) -> str | None:
    """Return the stage at which a request is refused, or None if it is accepted."""
    try:
        receiver.accept(**request)
    except errors.KmCryptoError as error:
        return error.stage
    return None


def _make_answer_case(opener: Client, test: Members) -> Case:
    arguments = {
        "status": read_member(test, "status", int),
        "headers": decode_headers(test["headers"]),
        "body": decode_bytes(test["body"]),
        "request": make_request(test, read_member(test, "encrypted", bool)),
        "require_echo": read_member(test, "requireEcho", bool),
    }
    expected = _expect_payload(test)
    if is_valid(test):
        expected["cryptoKeyId"] = test["cryptoKeyId"]
    if test["code"] == errors.ResultError.code or test.get("resultCode") is not None:
        expected["resultCode"] = test["resultCode"]
    return Case(partial(_open, opener, arguments), expected)


def _open(opener: Client, arguments: Members) -> Members:
    answer = opener.open(**arguments)
    return {"payload": canonicalize(dict(answer)), "cryptoKeyId": answer.crypto_key_id}


def _make_opener(role: str, project: Project, group: Members) -> Client:
    settings = group["settings"]
    return OPENERS[role](
        project,
        clock=make_clock(group),
        max_body=settings["maxBody"],
        accept_inactive=settings["acceptInactive"],
    )


def read_receiver_settings(group: Members) -> Members:
    """Return the keyword arguments of the group's receivers."""
    settings = group["settings"]
    arguments: Members = {
        "clock": make_clock(group),
        "tolerance": settings["toleranceS"],
        "accept_inactive": settings["acceptInactive"],
        "allow_empty_body": settings["allowEmptyBody"],
        "max_body": settings["maxBody"],
        "zones": list(decode_zones(settings["zones"]).values()),
    }
    if group["role"] == "callback-receiver":
        arguments["any_key"] = settings["anyKey"]
        arguments["callback_keys"] = [
            make_project_key(group["project"], secret) for secret in settings["callbackSecrets"]
        ]
    return arguments


def read_request(members: Members) -> Members:
    """Return the keyword arguments of `accept` for a request."""
    return {
        "headers": decode_headers(members["headers"]),
        "body": decode_bytes(members["body"]),
        "encrypted": read_member(members, "encrypted", bool),
        "answer_encrypted": read_member(members, "answerEncrypted", bool, NoneType),
        "unique_body": read_member(members, "uniqueBody", bool),
    }


def _read_earlier_request(members: Members) -> _EarlierRequest:
    return _EarlierRequest(read_request(members), members["stage"])


def _expect_payload(test: Members) -> Members:
    """Return the expected payload of a valid test. Its fractions are floats, as in all messages."""
    if not is_valid(test):
        return {}
    return {"payload": canonicalize_text(test["payload"], exact=False)}
