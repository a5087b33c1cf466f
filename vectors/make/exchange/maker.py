"""Whole calls made by hand: requests, callbacks and answers, with what a receiver reads of them."""

from typing import Any, NamedTuple

from ..common.base import Json, card, compact, mac_of, show, text_bytes
from ..common.book import Group
from ..common.jwe_maker import HEADER, Made, checked, make
from ..common.parties import KEY_ID, NOW, Pairs, Request, project

SETTINGS: Json = {
    "toleranceS": 300, "acceptInactive": False, "allowEmptyBody": False, "anyKey": False, "maxBody": 1 << 20,
    "callbackSecrets": [], "zones": [],
}  # fmt: skip
SUCCESS = {"response": {"code": "000_000", "description": "Success"}}


def party(role: str, settings: Json | None = None, clock: int = NOW, **changes: Any) -> Json:
    """What the tests of a group share."""
    return {
        "role": role,
        "project": project(**changes),
        "clockMs": clock,
        "settings": {**SETTINGS, **(settings or {})},
    }


class Call(NamedTuple):
    """A request as it came, what its API says of it, and what is in it."""

    request: Request
    plaintext: bytes
    made: Made | None = None
    answer_encrypted: bool = False
    unique: bool = False
    encrypted: bool | None = None

    @property
    def jwe(self) -> Made:
        """The JWE of an encrypted call."""
        if self.made is None:
            raise TypeError("a plain call")
        return self.made

    @property
    def shown(self) -> Json:
        """The inputs of a test."""
        encrypted = self.made is not None if self.encrypted is None else self.encrypted
        return {
            "headers": self.request.pairs,
            "body": show(self.request.body),
            "encrypted": encrypted,
            "answerEncrypted": self.answer_encrypted,
            "uniqueBody": self.unique,
        }

    @property
    def intermediate(self) -> Json:
        """The values on the way."""
        mac = mac_of(self.request.secret, self.request.body).hex()
        inner = (
            {}
            if self.made is None
            else {
                **self.made.intermediate,
                "plaintext": self.plaintext.decode("utf-8", "backslashreplace"),
            }
        )
        return {**inner, "mac": mac}

    def on(self, **changes: Any) -> "Call":
        """The call under other headers, its body signed again where that is another one."""
        return self._replace(request=self.request._replace(**changes))


def plain(label: str, payload: Any, **own: Any) -> Call:
    """A plain request; the payload is bytes, or what is to be written as JSON."""
    body = payload if isinstance(payload, bytes) else compact(payload)
    return Call(Request(body, label, **own), body)


def sealed(
    label: str,
    payload: Any,
    key: str = "platform_2048",
    header: bytes = HEADER,
    parts: Json | None = None,
    **own: Any,
) -> Call:
    """An encrypted request; `parts` are those of `jwe_maker.make`, for faults."""
    plaintext = payload if isinstance(payload, bytes) else compact(payload)
    made = make(label, plaintext, header, key, **(parts or {}))
    return around(label, made, plaintext, **own)


def token_request(number: int, kind: str | None) -> Call:
    """A request of the token API (S7)."""
    payload = {"cardNo": card(f"exchange/card/{number}"), **({"type": kind} if kind else {})}
    return sealed(f"exchange/token/{number}", payload)


def around(label: str, made: Made, plaintext: bytes, **own: Any) -> Call:
    """The request around a JWE."""
    request = Request(compact({"encData": made.token}), label, **{"key_id": KEY_ID, **own})
    return Call(request, plaintext, made, answer_encrypted=True)


def good(group: Group, comment: str, flags: str, rule: str, call: Call, *, before: tuple[Call, ...] = (),
         key: str = "platform_2048", opened_by: str | None = None) -> Json:  # fmt: skip
    """A valid test of a receiver; `opened_by` is the id of the key where the request names none."""
    if call.made is not None:
        checked(call.made, call.plaintext, key)
    encrypted = call.made is not None
    values = {**call.shown, "before": [one.shown for one in before], "payload": call.plaintext.decode() or "{}",
              "cryptoKeyId": opened_by or call.request.key_id, "replayProtected": encrypted or call.unique}  # fmt: skip
    return group.valid(comment, flags, rule, **values, intermediate=call.intermediate)


def fault(group: Group, twin: Json, comment: str, flags: str, rule: str, error: str, call: Call | None = None,
          before: tuple[Call, ...] | None = None) -> None:  # fmt: skip
    """The twin with another call, with requests before it, or, with neither, in a group that differs."""
    change: Json = (
        {}
        if call is None
        else {name: value for name, value in call.shown.items() if value != twin[name]}
    )
    if before is not None:
        change["before"] = [one.shown for one in before]
    if (call is not None or before is not None) and not change:
        raise ValueError(comment)
    group.fault(
        twin,
        comment,
        flags,
        rule,
        error,
        **change,
        intermediate=None if call is None else call.intermediate,
    )


class Answer(NamedTuple):
    """An answer as it came; `key` is the key that it was made for, which is checked."""

    request: Pairs
    body: bytes
    plaintext: bytes
    made: Made | None = None
    headers: Pairs | None = None
    key_id: str | None = None
    status: int = 200
    encrypted: bool | None = None
    echo: bool = False

    @property
    def jwe(self) -> Made:
        """The JWE of an encrypted answer."""
        if self.made is None:
            raise TypeError("a plain answer")
        return self.made

    @property
    def shown(self) -> Json:
        """The inputs of a test."""
        named = [] if self.key_id is None else [["X-KM-Crypto-Key-Id", self.key_id]]
        own = dict(self.request)["X-KM-Correlation-Id"]
        return {
            "request": self.request,
            "status": self.status,
            "headers": [["Content-Type", "application/json"], ["X-KM-Correlation-Id", own], *named] if self.headers is None else self.headers,
            "body": text_bytes(self.body.decode()) if self.body.isascii() and self.body.decode().isprintable() else show(self.body),
            "encrypted": self.made is not None if self.encrypted is None else self.encrypted,
            "requireEcho": self.echo,
        }  # fmt: skip

    @property
    def intermediate(self) -> Json:
        """The values on the way."""
        return (
            {}
            if self.made is None
            else {
                **self.made.intermediate,
                "plaintext": self.plaintext.decode("utf-8", "backslashreplace"),
            }
        )


def told(request: Pairs, payload: Any, **own: Any) -> Answer:
    """A plain answer."""
    body = payload if isinstance(payload, bytes) else compact(payload)
    return Answer(request, body, body, **own)


def sealed_answer(label: str, request: Pairs, payload: Any, key: str = "client_2048", header: bytes = HEADER,
                  parts: Json | None = None, **own: Any) -> Answer:  # fmt: skip
    """An encrypted answer."""
    plaintext = payload if isinstance(payload, bytes) else compact(payload)
    made = make(label, plaintext, header, key, **(parts or {}))
    return Answer(
        request, compact({"encData": made.token}), plaintext, made, **{"key_id": KEY_ID, **own}
    )


def read(
    group: Group,
    comment: str,
    flags: str,
    rule: str,
    answer: Answer,
    key: str = "client_2048",
    opened_by: str | None = None,
) -> Json:
    """A valid test of an opener."""
    if answer.made is not None:
        checked(answer.made, answer.plaintext, key)
    used = (opened_by or answer.key_id) if answer.made is not None else None
    values = {**answer.shown, "payload": answer.plaintext.decode(), "cryptoKeyId": used}
    return group.valid(comment, flags, rule, **values, intermediate=answer.intermediate)


def unread(
    group: Group,
    twin: Json,
    comment: str,
    flags: str,
    rule: str,
    error: str,
    answer: Answer | None = None,
    **extra: Any,
) -> None:
    """The twin with another answer, or in a group that differs."""
    change = (
        {}
        if answer is None
        else {name: value for name, value in answer.shown.items() if value != twin[name]}
    )
    middle = None if answer is None else answer.intermediate
    group.fault(twin, comment, flags, rule, error, **change, **extra, intermediate=middle)
