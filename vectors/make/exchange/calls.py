"""Requests and callbacks made by hand, and the ways to add a case for their receiver."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..common.derive import derive_card_number
from ..common.encode import Json, as_bytes, compact_json, printable
from ..common.errors import Error
from ..common.jwe import HEADER, Jwe, check_jwe, envelope, make_jwe
from ..common.requests import ACCESS_KEY, KEY_ID, Request
from ..common.vector_file import Case, Group
from ..common.wire import compute_mac
from .claims import make_claim

PAYLOAD = {"userId": "kim", "amount": 1500}
PLAINTEXT = compact_json(PAYLOAD)


@dataclass(frozen=True)
class Call:
    """A request as it comes, its payload, and what the receiver's API says of it.

    `jwe` is what the payload is encrypted in, if the API is an encrypted one. `refused_at` is the
    stage at which a request that comes before a case is refused, or None where it is accepted.
    """

    request: Request
    payload: bytes
    jwe: Jwe | None = None
    answer_encrypted: bool = False
    unique_body: bool = False
    refused_at: str | None = None

    @property
    def inputs(self) -> Json:
        """The inputs of a case."""
        return {
            "headers": self.request.headers,
            "body": as_bytes(self.request.body),
            "encrypted": self.jwe is not None,
            "answerEncrypted": self.answer_encrypted,
            "uniqueBody": self.unique_body,
        }

    @property
    def as_earlier(self) -> Json:
        """What `before` says of the request."""
        return {**self.inputs, "stage": self.refused_at}

    @property
    def intermediate(self) -> Json:
        """The values on the way."""
        mac = compute_mac(self.request.secret, self.request.body).hex()
        if self.jwe is None:
            return {"mac": mac}
        return {**self.jwe.intermediate, "plaintext": printable(self.payload), "mac": mac}

    def with_request(self, **changes: Any) -> "Call":
        """The call with another body or other headers; a changed body is signed again.

        Args:
            changes: Fields of Request.
        """
        return replace(self, request=replace(self.request, **changes))


def plain_call(request: Request) -> Call:
    """Make a plain call."""
    return Call(request, request.body)


def encrypted_call(
    label: str,
    payload: bytes,
    key: str = "platform_2048",
    *,
    header: bytes = HEADER,
    key_id: str | None = KEY_ID,
    access_key: str | None = ACCESS_KEY,
) -> Call:
    """Make a call whose payload is encrypted to a key pair, and whose answer is encrypted, too."""
    jwe = make_jwe(label, payload, header, key)
    return call_around(jwe, label, payload, key_id=key_id, access_key=access_key)


def call_around(
    jwe: Jwe,
    label: str,
    payload: bytes,
    *,
    key_id: str | None = KEY_ID,
    access_key: str | None = ACCESS_KEY,
) -> Call:
    """Make the call around a JWE, be it right or wrong."""
    body = envelope(jwe.compact)
    request = Request(body, label, key_id=key_id, access_key=access_key)
    return Call(request, payload, jwe, answer_encrypted=True)


def token_call(number: int, card_type: str | None) -> Call:
    """Make a call of the token API (S7)."""
    payload = {"cardNo": derive_card_number(f"exchange/card/{number}")}
    if card_type is not None:
        payload["type"] = card_type
    return encrypted_call(f"exchange/token/{number}", compact_json(payload))


def positive_call(
    group: Group,
    comment: str,
    flags: str,
    call: Call,
    *,
    before: Sequence[Call] = (),
    key: str = "platform_2048",
    opened_by: str | None = None,
    rule: str | None = None,
) -> Case:
    """Add a call that the receiver accepts.

    Args:
        group: The group of the receiver.
        comment: What is special about the case.
        flags: The names of its notes.
        call: The call.
        before: Calls that came to the same receiver before.
        key: The name of the key pair that the call is encrypted to.
        opened_by: The id of the key, where the request names none.
        rule: The rule, where it is not that of the flag.
    """
    if call.jwe is not None:
        check_jwe(call.jwe, call.payload, key)
    key_id = opened_by or call.request.key_id
    outputs = {
        "payload": call.payload.decode() or "{}",
        "cryptoKeyId": key_id,
        "replayProtected": call.jwe is not None or call.unique_body,
        "claim": make_claim(
            call.request,
            group.shared,
            encrypted_to=None if call.jwe is None else key_id,
            unique_body=call.unique_body,
        ),
    }
    return group.positive(
        comment,
        flags,
        rule=rule,
        **call.inputs,
        before=[earlier.as_earlier for earlier in before],
        outputs=outputs,
        intermediate=call.intermediate,
    )


def negative_call(
    group: Group,
    base: Case,
    comment: str,
    flags: str,
    error: Error,
    call: Call | None = None,
    *,
    before: Sequence[Call] | None = None,
    rule: str | None = None,
) -> None:
    """Add another call, or other calls before it. Without either, the group must differ."""
    change: Json = {}
    intermediate = None
    if call is not None:
        change.update(call.inputs)
        intermediate = call.intermediate
    if before is not None:
        change["before"] = [earlier.as_earlier for earlier in before]
    group.negative(base, comment, flags, error, rule=rule, intermediate=intermediate, **change)
