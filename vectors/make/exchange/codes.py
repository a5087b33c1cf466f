"""Answers whose correlation id is asked for under encryption, and codes that look like success."""

from collections.abc import Sequence
from dataclasses import replace

from ..common.encode import compact_json
from ..common.errors import ECHO_MISMATCH, RESULT_ERROR
from ..common.requests import ID_HEADER, KEY_ID, KEY_ID_HEADER, Headers, Request
from ..common.vector_file import Case, Group, VectorFile
from .answers import (
    Answer,
    encrypted_answer,
    negative_answer,
    plain_answer,
    positive_answer,
)
from .client import (
    ENCRYPTED_ANSWER,
    REQUEST,
    REQUEST_WITHOUT_KEY,
)
from .parties import SUCCESS, party_group

# The correlation id has letters, which may come in capitals.
ECHOED_ANSWER = replace(
    ENCRYPTED_ANSWER, request_headers=Request(b"", "exchange/echo/1", key_id=KEY_ID).headers
)
ID = ECHOED_ANSWER.correlation_id
PAYLOAD = compact_json({**SUCCESS, "amount": 900})
OTHER_ID = "261123091510-0000000"


def add_codes_and_echoes(file: VectorFile) -> None:
    """Add the echo on encrypted answers, and codes with blanks or other signs in them."""
    add_encrypted_echoes(file)
    group = party_group(file, "client")
    answer = plain_answer(REQUEST_WITHOUT_KEY, PAYLOAD)
    plain = positive_answer(group, "a plain answer of 000_000", "Result", answer)
    answer = encrypted_answer("exchange/code", REQUEST, PAYLOAD)
    encrypted = positive_answer(group, "an encrypted answer of 000_000", "Result", answer)
    add_codes(group, plain, encrypted)


def with_ids(ids: Sequence[str], *, require_echo: bool) -> Answer:
    """The encrypted answer under these correlation ids."""
    headers: Headers = [[KEY_ID_HEADER, KEY_ID]]
    headers += [[ID_HEADER, correlation_id] for correlation_id in ids]
    return replace(ECHOED_ANSWER, own_headers=headers, require_echo=require_echo)


OTHER_IDS = {
    "under another correlation id": [OTHER_ID],
    "without a correlation id": [],
    "with two correlation ids": [ID, ID],
    "with a correlation id of 21 characters": [ID + "0"],
}


def add_encrypted_echoes(file: VectorFile) -> None:
    """Add encrypted answers that echo the correlation id, or not (S1.9)."""
    group = party_group(file, "client")
    answer = with_ids([ID], require_echo=True)
    comment = "an encrypted answer that echoes the correlation id, as asked"
    base = positive_answer(group, comment, "Echo", answer)
    answer = with_ids([ID.upper()], require_echo=True)
    comment = "an encrypted answer that echoes the correlation id in capitals"
    positive_answer(group, comment, "Echo", answer, rule="S2.1")
    for reason, ids in OTHER_IDS.items():
        comment = f"an encrypted answer {reason}"
        positive_answer(group, comment, "Echo", with_ids(ids, require_echo=False))
        comment = f"an encrypted answer {reason}, the echo asked for"
        asked_for = with_ids(ids, require_echo=True)
        negative_answer(group, base, comment, "Echo", ECHO_MISMATCH, asked_for)


OTHER_CODES = {
    "a leading blank": " 000_000",
    "a blank at the end": "000_000 ",
    "a line feed at the end": "000_000\n",
    "a tab before it": "\t000_000",
    "a no-break space at the end": "000_000\xa0",
    "a zero-width space at the end": "000_000\u200b",
    "a byte order mark before it": "\ufeff000_000",
    "a NUL at the end": "000_000\0",
    "a blank inside": "000 000",
    "a blank alone": " ",
    "fullwidth digits": "\uff10\uff10\uff10_\uff10\uff10\uff10",
    "a hyphen": "000-000",
    "a digit more": "000_0000",
    "a digit less": "000_00",
    "zeros alone": "000000",
    "one zero": "0",
}


def add_codes(group: Group, plain: Case, encrypted: Case) -> None:
    """Add codes that a careless reader takes for 000_000, plain and encrypted (S6.1)."""
    for number, (reason, code) in enumerate(OTHER_CODES.items()):
        payload = PAYLOAD.replace(b'"000_000"', compact_json(code))
        answer = plain_answer(REQUEST_WITHOUT_KEY, payload)
        comment = f"a plain code like 000_000: {reason}"
        negative_answer(group, plain, comment, "Result", RESULT_ERROR, answer, result_code=code)
        answer = encrypted_answer(f"exchange/code/{number}", REQUEST, payload)
        comment = f"an encrypted code like 000_000: {reason}"
        negative_answer(group, encrypted, comment, "Result", RESULT_ERROR, answer, result_code=code)
