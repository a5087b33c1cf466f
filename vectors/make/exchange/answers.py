"""Answers made by hand, and the ways to add a case for the party that opens them."""

from dataclasses import dataclass

from ..common.encode import Json, as_bytes, printable
from ..common.errors import Error
from ..common.jwe import HEADER, Jwe, check_jwe, envelope, make_jwe
from ..common.requests import ID_HEADER, KEY_ID, KEY_ID_HEADER, Headers
from ..common.rsa_oaep import OAEP_SHA256, Oaep
from ..common.vector_file import Case, Group


@dataclass(frozen=True)
class Answer:
    """An answer as it comes, its payload, and what the party that opens it expects.

    `own_headers` replace the usual ones, which echo the correlation id and name `key_id`.
    `encrypted` says that an encrypted answer is expected, whatever came.
    """

    request_headers: Headers
    body: bytes
    payload: bytes
    jwe: Jwe | None = None
    own_headers: Headers | None = None
    key_id: str | None = None
    status: int = 200
    encrypted: bool = False
    require_echo: bool = False

    @property
    def correlation_id(self) -> str:
        """The correlation id of the request."""
        return dict(self.request_headers)[ID_HEADER]

    @property
    def headers(self) -> Headers:
        """The headers of the answer."""
        if self.own_headers is not None:
            return self.own_headers
        headers = [["Content-Type", "application/json"], [ID_HEADER, self.correlation_id]]
        if self.key_id is not None:
            headers.append([KEY_ID_HEADER, self.key_id])
        return headers

    @property
    def inputs(self) -> Json:
        """The inputs of a case."""
        return {
            "request": self.request_headers,
            "status": self.status,
            "headers": self.headers,
            "body": as_bytes(self.body),
            "encrypted": self.encrypted,
            "requireEcho": self.require_echo,
        }

    @property
    def intermediate(self) -> Json:
        """The values on the way."""
        if self.jwe is None:
            return {}
        return {**self.jwe.intermediate, "plaintext": printable(self.payload)}


def plain_answer(
    request_headers: Headers,
    payload: bytes,
    *,
    status: int = 200,
    key_id: str | None = None,
    encrypted: bool = False,
) -> Answer:
    """Make a plain answer; `encrypted` says that an encrypted one is expected."""
    return Answer(
        request_headers,
        body=payload,
        payload=payload,
        key_id=key_id,
        status=status,
        encrypted=encrypted,
    )


def encrypted_answer(
    label: str,
    request_headers: Headers,
    payload: bytes,
    key: str = "client_2048",
    *,
    header: bytes = HEADER,
    oaep: Oaep = OAEP_SHA256,
    status: int = 200,
    key_id: str | None = KEY_ID,
) -> Answer:
    """Make an answer whose payload is encrypted to a key pair."""
    jwe = make_jwe(label, payload, header, key, oaep=oaep)
    return answer_around(jwe, request_headers, payload, status=status, key_id=key_id)


def answer_around(
    jwe: Jwe,
    request_headers: Headers,
    payload: bytes,
    *,
    status: int = 200,
    key_id: str | None = KEY_ID,
) -> Answer:
    """Make the answer around a JWE."""
    return Answer(
        request_headers,
        body=envelope(jwe.compact),
        payload=payload,
        jwe=jwe,
        key_id=key_id,
        status=status,
        encrypted=True,
    )


def positive_answer(
    group: Group,
    comment: str,
    flags: str,
    answer: Answer,
    *,
    key: str = "client_2048",
    opened_by: str | None = None,
    rule: str | None = None,
) -> Case:
    """Add an answer that opens.

    Args:
        group: The group of the party that opens it.
        comment: What is special about the case.
        flags: The names of its notes.
        answer: The answer.
        key: The name of the key pair that it is encrypted to.
        opened_by: The id of the key, where the answer names none.
        rule: The rule, where it is not that of the flag.
    """
    key_id = None
    if answer.jwe is not None:
        check_jwe(answer.jwe, answer.payload, key)
        key_id = opened_by or answer.key_id
    return group.positive(
        comment,
        flags,
        rule=rule,
        **answer.inputs,
        outputs={"payload": answer.payload.decode(), "cryptoKeyId": key_id},
        intermediate=answer.intermediate,
    )


def negative_answer(
    group: Group,
    base: Case,
    comment: str,
    flags: str,
    error: Error,
    answer: Answer | None = None,
    *,
    result_code: str | None = None,
    rule: str | None = None,
) -> None:
    """Add another answer. Without one, the group must differ.

    Args:
        group: The group of the party that refuses it.
        base: The positive case.
        comment: What is wrong.
        flags: The names of its notes.
        error: The stage that refuses it, and the error code.
        answer: The answer.
        result_code: The code of a result that is an error.
        rule: The rule, where it is not that of the flag.
    """
    change: Json = {}
    intermediate = None
    if answer is not None:
        change = answer.inputs
        intermediate = answer.intermediate
    facts = None
    if result_code is not None:
        facts = {"resultCode": result_code}
    group.negative(
        base,
        comment,
        flags,
        error,
        rule=rule,
        facts=facts,
        intermediate=intermediate,
        **change,
    )
