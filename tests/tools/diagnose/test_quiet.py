"""Whatever comes in, a diagnosis or an error of ours goes out, and no secret with it (D7, D8)."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from kmcrypto.errors import KmCryptoError
from kmcrypto.testing import projects
from kmcrypto.tools.common.failure import Failure
from kmcrypto.tools.diagnose import Diagnosis, diagnose
from kmcrypto.tools.diagnose.json_report import render_json
from kmcrypto.tools.diagnose.message import Answer, Exchange, Request
from kmcrypto.tools.diagnose.text_report import render_text
from tests.support.mistakes import MISTAKES, Draft, make
from tests.support.mistakes.forms import write
from tests.support.mistakes.headers import OURS
from tests.support.properties import examples

SECRET = "the made-up secret key of kmcrypto.testing"
NAMES = [*OURS, "X-KM-Crypto-Key-Id", "Content-Length", "Content-Type", "Date", "X-Other"]


def shown(diagnosis: Diagnosis) -> str:
    """Everything that can be seen of a diagnosis."""
    return f"{render_text(diagnosis)}{render_json(diagnosis)}{diagnosis!r}"


def spellings_of(secret: bytes) -> Iterator[str]:
    """The ways in which bytes may stand in a text."""
    yield secret.decode("latin-1")
    yield secret.decode("utf-8", "replace")
    yield repr(secret)[2:-1]
    yield json.dumps(secret.decode("utf-8", "replace"))[1:-1]
    yield secret.hex()
    yield base64.b64encode(secret).decode().rstrip("=")
    yield base64.urlsafe_b64encode(secret).decode().rstrip("=")


def secrets_of(draft: Draft) -> Iterator[bytes]:
    """What nobody may see of a draft: keys, MAC, card number, payload, the JWE."""
    yield draft.secret.encode()
    yield from (secret.encode() for secret in draft.other_secrets)
    yield draft.mac
    yield draft.access_key.encode()
    for payload in (draft.payload, draft.answer_payload):
        yield payload["cardNo"].encode()
        yield json.dumps(payload).encode()
    yield draft.plaintext
    if draft.encrypted and draft.body:
        yield draft.body


def leaks(text: str, secrets: Iterator[bytes]) -> list[str]:
    squeezed = "".join(text.split())  # long texts are wrapped
    spelled = (each for secret in secrets for each in spellings_of(secret))
    return [each for each in spelled if len(each) > 4 and "".join(each.split()) in squeezed]


@pytest.mark.parametrize("code", [None, *sorted(MISTAKES)])
def test_no_secret_is_shown_with_a_mistake(code: str | None) -> None:
    rng = random.Random(f"quiet {code}")
    draft = make(rng, code)
    text = shown(diagnose(write(draft), **draft.facts()))
    assert leaks(text, secrets_of(draft)) == []


def test_the_search_finds_a_secret_in_each_spelling() -> None:
    for spelled in spellings_of(b"a secret of \xec\x95\x94\xed\x98\xb8"):
        assert leaks(f"seen: {spelled}", iter([b"a secret of \xec\x95\x94\xed\x98\xb8"]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "secret", ["5eedc0de" * 4, "s3cr3tkey0f15ch", "0a1b2c3-" + "d" * 32, SECRET]
)
def test_a_secret_in_the_wrong_header_is_not_repeated(name: str, secret: str) -> None:
    draft = make(random.Random(f"{name} {secret}"), None)
    draft.headers = [pair for pair in draft.headers if pair[0].lower() != name.lower()]
    draft.headers.append((name, secret))
    request = Request(draft.method, secret, draft.headers, draft.body)
    for facts in ({}, draft.facts()):
        assert leaks(shown(diagnose(request, **facts)), iter([secret.encode()])) == []


def test_a_message_shows_no_value_in_its_repr() -> None:
    request = Request("POST", f"/{SECRET}", [("X", SECRET)], SECRET.encode())
    answer = Answer(200, [("X", SECRET)], SECRET.encode())
    exchange = Exchange(request, answer, [Exchange(request)])
    assert leaks(f"{request!r} {answer!r} {exchange!r} {exchange}", iter([SECRET.encode()])) == []


# --- Random input --------------------------------------------------------------------------------

TEXTS = st.text(max_size=40) | st.sampled_from([*NAMES, "KMV1:", "{}", '{"encData":"a.b.c.d.e"}'])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=8)


def members(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of the members that a reader looks for, of any type."""
    pairs = st.lists(st.tuples(st.sampled_from(names), JSON | HEADERS), max_size=6)
    return pairs.map(dict)


MESSAGES = members("method", "url", "headers", "body", "isBase64Encoded", "status", "answer")
ENTRIES = st.fixed_dictionaries(
    {
        "request": members("method", "url", "headers", "postData"),
        "response": members("status", "headers", "content"),
        "startedDateTime": TEXTS,
    }
)
HARS = st.lists(ENTRIES | JSON, max_size=3).map(lambda entries: {"log": {"entries": entries}})


def outcome(message: Any, **facts: Any) -> Diagnosis | None:
    """The diagnosis, or None for an error that may leave; any other error fails the test."""
    try:
        return diagnose(message, **facts)
    except (KmCryptoError, Failure):
        return None


def try_all(message: Any) -> None:
    outcome(message)
    project = projects().platform
    diagnosis = outcome(message, project=project, secret=SECRET, payload=b"{}", encrypted=True)
    if diagnosis is not None:
        assert leaks(shown(diagnosis), iter([SECRET.encode()])) == []


@examples(300)
@given(st.binary(max_size=200))
def test_random_bytes_end_in_a_value_or_an_error_of_ours(data: bytes) -> None:
    for start in (
        b"",
        b"POST / HTTP/1.1\r\n",
        b"HTTP/1.1 200\n\n",
        b"curl ",
        b"> POST / HTTP/1.1\n> ",
        b"< HTTP/1.1 200\n< ",
        b"{",
        b"\xef\xbb\xbf{",
    ):
        try_all(start + data)


@examples(300)
@given(HEADERS, st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_random_messages_end_in_a_value(headers: list[tuple[str, str]], body: bytes) -> None:
    request = Request("POST", "/x", headers, body)
    answer = Answer(200, headers, body)
    try_all(Exchange(request, answer, [Exchange(request, answer)]))


@examples(200)
@given(MESSAGES | HARS | JSON)
def test_random_json_ends_in_a_value_or_an_error_of_ours(document: Any) -> None:
    try_all(json.dumps(document).encode())


@examples(200)
@given(
    st.lists(TEXTS | st.sampled_from(["-H", "-d", "-X", "--url", "$'\\x41'", "\\\n"]), max_size=8)
)
def test_random_commands_end_in_a_value_or_an_error_of_ours(words: list[str]) -> None:
    try_all(f"curl {' '.join(words)}")
