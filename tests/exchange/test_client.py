"""The Client: what it seals and sends, and what it takes for an answer (S4.7, S4.8, S6)."""

from __future__ import annotations

import copy
import json
import pickle
from base64 import b64decode
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from http import HTTPStatus
from itertools import product
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import (
    KST,
    UTC,
    Client,
    CorrelationId,
    CorrelationIdSource,
    CryptoKey,
    Instant,
    KeyRing,
    KeyState,
    Project,
    TimeZone,
    TranToken,
    decrypt_message,
    encrypt_message,
    errors,
    jwe,
)
from kmcrypto.exchange.client import Answer, SealedRequest
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, OTHER_KEY_ID, SECRET, clock
from tests.support.documents import nested
from tests.support.leaks import everything_in
from tests.support.parties import Parties, asking, project_key
from tests.support.properties import examples

CARD = "9410000000001234"
PAYLOAD = {"cardNo": CARD, "nested": {"n": [1, 2.5, None, True, "한글"]}}
ID = "X-KM-Correlation-Id"
KEY = "X-KM-Crypto-Key-Id"
SUCCESS = {"response": {"code": "000_000", "description": "Success"}, "dcvv": "xyz"}
FAILURE = {"response": {"code": "006_001", "description": "REMOTE TEXT"}, "dcvv": "xyz"}


@pytest.fixture(scope="module")
def client(parties: Parties) -> Client:
    """A client at NOW whose primary is the second key."""
    return Client(parties.provider, clock=clock)


@pytest.fixture(scope="module")
def sealed(client: Client) -> SealedRequest:
    """A request whose answer will be encrypted."""
    return client.seal(PAYLOAD, encrypted=True)


def encrypt(parties: Parties, payload: Mapping[str, Any] | bytes, *, first: bool = False) -> bytes:
    """The body of an encrypted answer, by default under the second key; bytes are its plaintext."""
    pair = parties.first if first else parties.second
    plaintext = payload if isinstance(payload, bytes) else json.dumps(dict(payload)).encode()
    return json.dumps({"encData": jwe.encrypt(plaintext, pair.client.public_key())}).encode()


def plain(payload: Any) -> bytes:
    """A plain answer's body."""
    return json.dumps(payload).encode()


def echo(sealed: SealedRequest, **more: str) -> dict[str, str]:
    """The headers of an honest answer."""
    return {ID: str(sealed.correlation_id), **more}


# --- seal -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer_encrypted", [None, False, True])
@pytest.mark.parametrize("encrypted", [False, True])
def test_all_four_combinations_are_sealed_signed_and_labelled(
    parties: Parties, client: Client, encrypted: bool, answer_encrypted: bool | None
) -> None:
    """S1, S1.8, S4.6: the key id is there if the request or its answer is encrypted, else not."""
    request = client.seal(PAYLOAD, encrypted=encrypted, answer_encrypted=answer_encrypted)
    names_key = encrypted or bool(answer_encrypted)
    assert request.headers == {
        "X-KM-User-AspId": ASP_ID,
        "X-KM-Access-Key": ACCESS_KEY,
        "X-KM-Time-Zone": "KST",
        "X-KM-Tran-Time": "20261123091509",
        "X-KM-Tran-Token": str(
            TranToken.sign(SECRET, request.body, at=Instant(NOW_NS // 10**6, KST))
        ),
        ID: str(request.correlation_id),
        **({KEY: OTHER_KEY_ID} if names_key else {}),
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    if encrypted:
        assert list(json.loads(request.body)) == ["encData"]
        assert decrypt_message(request.body, parties.second.platform) == PAYLOAD
    else:
        assert json.loads(request.body) == PAYLOAD
        assert (
            request.body == json.dumps(PAYLOAD, ensure_ascii=False, separators=(",", ":")).encode()
        )


@pytest.mark.parametrize("answer_encrypted", [None, False, True])
def test_no_payload_is_an_empty_body_that_is_signed(
    client: Client, answer_encrypted: bool | None
) -> None:
    """S3.2, S3.7: the empty string, and not {} or null."""
    request = client.seal(None, encrypted=False, answer_encrypted=answer_encrypted)
    assert request.body == b""
    TranToken.parse(request.headers["X-KM-Tran-Token"]).verify(SECRET, b"")
    assert (KEY in request.headers) is bool(answer_encrypted)


def test_no_payload_is_never_encrypted(client: Client) -> None:
    with pytest.raises(errors.InvalidPayload):
        client.seal(None, encrypted=True)


def test_an_empty_object_is_a_body(client: Client) -> None:
    assert client.seal({}, encrypted=False).body == b"{}"


@pytest.mark.parametrize(
    "payload", [{"encData": "x"}, {"encData": None}, MappingProxyType({"encData": "x"})], ids=repr
)
def test_a_plain_payload_of_the_shape_of_an_envelope_is_refused(
    parties: Parties, client: Client, payload: Mapping[str, Any]
) -> None:
    """S4.8: the receiver would refuse it; inside an envelope it is a payload like any other."""
    with pytest.raises(errors.InvalidPayload):
        client.seal(payload, encrypted=False)
    inside = client.seal(payload, encrypted=True)
    assert decrypt_message(inside.body, parties.second.platform) == dict(payload)
    assert json.loads(client.seal({"encData": "x", "y": 1}, encrypted=False).body) == {
        "encData": "x",
        "y": 1,
    }


class Colour(str, Enum):
    """A str that is more than a str."""

    RED = "red"


def _endless() -> dict[str, Any]:
    inner: dict[str, Any] = {}
    inner["inner"] = inner
    return inner


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"a": float("nan")}, id="nan"),
        pytest.param({"a": float("inf")}, id="infinity"),
        pytest.param({"a": [float("-inf")]}, id="minus-infinity"),
        pytest.param({"a": b"bytes"}, id="bytes"),
        pytest.param({"a": bytearray(b"x")}, id="bytearray"),
        pytest.param({"a": {1, 2}}, id="set"),
        pytest.param({"a": Decimal("1.5")}, id="decimal"),
        pytest.param({"a": 1j}, id="complex"),
        pytest.param({"a": object()}, id="object"),
        pytest.param({"a": iter([1])}, id="iterator"),
        pytest.param({"a": MappingProxyType({"b": 1})}, id="inner-mapping-that-is-no-dict"),
        pytest.param({"a": "\ud800"}, id="lone-surrogate"),
        pytest.param({"\udfff": 1}, id="lone-surrogate-in-a-name"),
        pytest.param({1: 2}, id="int-key"),
        pytest.param({None: 2}, id="none-key"),
        pytest.param({True: 2}, id="bool-key"),
        pytest.param({1.5: 2}, id="float-key"),
        pytest.param({b"a": 2}, id="bytes-key"),
        pytest.param({"a": {("b", "c"): 1}}, id="inner-tuple-key"),
        pytest.param({"a": 10**64}, id="65-digits"),
        pytest.param({"a": -(10**64)}, id="minus-65-digits"),
        pytest.param({"a": 10**5000}, id="longer-than-int-to-str-goes"),
        pytest.param({"a": nested(64, kinds="[")}, id="65-levels"),
        pytest.param({"a": nested(49_999, kinds="[")}, id="50000-levels"),
        pytest.param(_endless(), id="endless"),
    ],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_what_strict_json_can_not_say_is_refused_and_not_shown(
    client: Client, payload: dict[str, Any], encrypted: bool
) -> None:
    """D8: one InvalidPayload, whatever json itself would raise or silently coerce."""
    with pytest.raises(errors.InvalidPayload) as caught:
        client.seal(payload, encrypted=encrypted)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        pytest.param({"a": (1, 2)}, b'{"a":[1,2]}', id="tuple"),
        pytest.param({"a": Colour.RED}, b'{"a":"red"}', id="str-enum"),
        pytest.param({"a": HTTPStatus.OK}, b'{"a":200}', id="int-enum"),
        pytest.param({"a": 10**64 - 1}, b'{"a":' + b"9" * 64 + b"}", id="64-digits"),
        pytest.param({"a": True, "b": None}, b'{"a":true,"b":null}', id="constants"),
        pytest.param({"": ""}, b'{"":""}', id="empty-name"),
        pytest.param(
            {"a": "\x00\x1f\u2028"}, b'{"a":"\\u0000\\u001f\xe2\x80\xa8"}', id="control-characters"
        ),
        pytest.param({"a": "\U0001f511"}, '{"a":"\U0001f511"}'.encode(), id="beyond-the-bmp"),
        pytest.param(MappingProxyType({"a": 1}), b'{"a":1}', id="another-mapping"),
        pytest.param(
            {"a": nested(63, 1, kinds="[")},
            b'{"a":' + b"[" * 63 + b"1" + b"]" * 63 + b"}",
            id="64-levels",
        ),
    ],
)
def test_what_strict_json_can_say_is_written_compactly(
    parties: Parties, client: Client, payload: Mapping[str, Any], text: bytes
) -> None:
    assert client.seal(payload, encrypted=False).body == text
    sealed = client.seal(payload, encrypted=True)
    assert jwe.decrypt(json.loads(sealed.body)["encData"], parties.second.platform) == text


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("payload", [[1], "text", b"{}", 5, ..., True, ("a",)], ids=repr)
def test_a_payload_that_is_no_mapping_is_a_type_error(
    client: Client, payload: Any, encrypted: bool
) -> None:
    """D8, plain and encrypted alike; an AttributeError says nothing."""
    with pytest.raises(TypeError):
        client.seal(payload, encrypted=encrypted)


@pytest.mark.parametrize("flag", [None, 0, 1, "yes"])
def test_a_flag_that_is_no_bool_is_a_type_error(client: Client, flag: Any) -> None:
    """S4.6."""
    with pytest.raises(TypeError, match="bool"):
        client.seal({}, encrypted=flag)
    if flag is not None:
        with pytest.raises(TypeError, match="bool"):
            client.seal({}, encrypted=False, answer_encrypted=flag)


def test_encrypted_has_no_default_and_is_said_once(client: Client, sealed: SealedRequest) -> None:
    """S4.6, D3."""
    with pytest.raises(TypeError, match="encrypted"):
        client.seal({})  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="encrypted"):
        client.open(200, {}, b"{}", request=sealed, encrypted=True)  # type: ignore[call-arg]


def test_a_sealed_request_is_frozen_down_to_its_headers(sealed: SealedRequest) -> None:
    """D1: nothing is left to serialise or sign again."""
    for name, value in (("body", b""), ("headers", {}), ("correlation_id", None), ("extra", 1)):
        with pytest.raises((AttributeError, TypeError)):
            setattr(sealed, name, value)
    with pytest.raises(TypeError):
        sealed.headers["X-KM-User-AspId"] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        del sealed.headers["X-KM-User-AspId"]  # type: ignore[attr-defined]
    assert type(sealed.body) is bytes


def test_changing_the_payload_afterwards_changes_nothing(client: Client) -> None:
    payload = {"a": [1]}
    sealed = client.seal(payload, encrypted=False)
    payload["a"].append(2)
    assert sealed.body == b'{"a":[1]}'


def test_the_repr_of_a_sealed_request_is_masked(client: Client) -> None:
    """S8: nothing of the access key, of the token or of the body, but which request it is."""
    for encrypted in (False, True):
        sealed = client.seal(PAYLOAD, encrypted=encrypted)
        shown = f"{sealed} {sealed!r} {[sealed]}"
        assert shown.count(str(sealed.correlation_id)) == 3
        assert ACCESS_KEY[:7] not in shown
        assert ACCESS_KEY[4:] not in shown
        assert sealed.headers["X-KM-Tran-Token"][23:] not in shown
        assert CARD not in shown
        assert sealed.body.decode() not in shown


def test_every_seal_is_another_message_with_another_id(client: Client) -> None:
    """S2.3, S4.3: fresh id, CEK and IV, though the clock stands still.

    The payload is long enough that two ciphertexts are never the same by chance.
    """
    sealed = [client.seal(PAYLOAD, encrypted=True) for _ in range(20)]
    assert len({str(request.correlation_id) for request in sealed}) == 20
    parts = [json.loads(request.body)["encData"].split(".") for request in sealed]
    assert [len({part[index] for part in parts}) for index in range(5)] == [1, 20, 20, 20, 20]


@pytest.mark.parametrize("write_kid", [False, True])
@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_the_jwe_header_as_written(parties: Parties, enc: str, write_kid: bool) -> None:
    """S4.4: the exact text; a kid only on request, and last."""
    client = Client(parties.provider, clock=clock, enc=enc, write_kid=write_kid)
    head = json.loads(client.seal({}, encrypted=True).body)["encData"].split(".")[0]
    kid = f',"kid":"{OTHER_KEY_ID}"' if write_kid else ""
    assert (
        b64decode(head + "=" * (-len(head) % 4), "-_").decode()
        == f'{{"enc":"{enc}","alg":"RSA-OAEP-256"{kid}}}'
    )


@pytest.mark.parametrize(
    ("zone", "time"), [(None, "20261123091509"), (KST, "20261123091509"), (UTC, "20261123001509")]
)
def test_the_times_are_in_the_projects_zone(
    parties: Parties, zone: TimeZone | None, time: str
) -> None:
    """S1.10: one instant in the zone that S1.7 names, KST where the project names none."""
    project = Project(parties.key) if zone is None else Project(parties.key, zone=zone)
    headers = Client(project, clock=clock).seal({}, encrypted=False).headers
    assert headers["X-KM-Time-Zone"] == (zone or KST).name
    assert headers["X-KM-Tran-Time"] == time
    assert headers[ID][:12] == time[2:]
    assert headers["X-KM-Tran-Token"][5:22] == time + "123"


def test_the_callers_source_makes_the_ids(parties: Parties) -> None:
    source = CorrelationIdSource(lane=15, lanes=16)
    sealed = Client(parties.provider, clock=clock, correlation_ids=source).seal({}, encrypted=False)
    assert str(sealed.correlation_id).startswith("261123091509-f")


@pytest.mark.parametrize(
    ("project", "encrypted", "answer_encrypted"),
    [
        ("no-ring", True, False),
        ("no-ring", False, True),
        ("no-platform-half", True, False),
        ("no-client-half", False, True),
        ("no-client-half", True, None),
    ],
)
def test_a_key_that_is_missing_is_missed_before_anything_is_sent(
    parties: Parties, project: str, encrypted: bool, answer_encrypted: bool | None
) -> None:
    """S4.5; an answer that could not be read must not be asked for."""
    rings = {
        "no-ring": None,
        "no-platform-half": KeyRing(
            [CryptoKey.load(id=KEY_ID, client_private=parties.first.client)]
        ),
        "no-client-half": KeyRing(
            [CryptoKey.load(id=KEY_ID, platform_public=parties.first.platform.public_key())]
        ),
    }
    client = Client(Project(parties.key, rings[project]), clock=clock)
    with pytest.raises(errors.KeyUnavailable):
        client.seal({}, encrypted=encrypted, answer_encrypted=answer_encrypted)


@pytest.mark.parametrize("state", [KeyState.INACTIVE, KeyState.DISCARDED])
def test_only_an_active_project_key_signs(state: KeyState) -> None:
    """S5.1, also where inactive keys are accepted for opening."""
    key = project_key(state=state)
    with pytest.raises(errors.KeyUnavailable):
        Client(Project(key), accept_inactive=True)


JUNK_SETTINGS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"enc": "A192GCM"}, errors.InvalidSetting),
    ({"enc": None}, TypeError),
    ({"max_body": 0}, errors.InvalidSetting),
    ({"max_body": 1.5}, TypeError),
    ({"max_body": True}, TypeError),
    ({"unknown": 1}, TypeError),
]


@pytest.mark.parametrize(
    ("given_", "error"), JUNK_SETTINGS, ids=[repr(given_) for given_, _ in JUNK_SETTINGS]
)
def test_a_setting_of_the_wrong_type_or_range_is_refused_at_once(
    parties: Parties, given_: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Client(parties.provider, **given_)


@pytest.mark.parametrize(
    "project", [None, "project", SECRET.encode(), object()], ids=lambda p: type(p).__name__
)
def test_a_client_needs_a_project(project: Any) -> None:
    with pytest.raises(TypeError):
        Client(project)


def test_a_client_holds_keys_and_shows_nothing(client: Client) -> None:
    assert repr(client) == "<Client>"
    for hand_on in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="holds keys"):
            hand_on(client)


# --- open: the table S4.8 -------------------------------------------------------------------------

CODES: dict[str, Any] = {
    "success": SUCCESS,
    "failure": FAILURE,
    "no-code": {"dcvv": "xyz"},
    "empty-code": {"response": {"code": ""}},
    "null-code": {"response": {"code": None}},
    "number-code": {"response": {"code": 0}},
    "response-list": {"response": ["000_000"]},
    "response-text": {"response": "000_000"},
    "list": ["000_000"],
    "text": "000_000",
    "null": None,
}


def due(
    encrypted: bool, came_encrypted: bool, kind: str, status: int
) -> type[errors.KmCryptoError] | None:
    """What S4.8 says, row by row; None is a success."""
    if came_encrypted and not encrypted:
        return errors.WrongProtection  # row 5
    if kind not in ("success", "failure"):
        return errors.UnexpectedAnswer  # row 7
    if kind == "failure":
        return errors.ResultError  # row 4, and S6.1
    if encrypted and not came_encrypted:
        return errors.WrongProtection  # row 3
    return None if status == 200 else errors.UnexpectedAnswer  # row 6


@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 401, 404, 500, 502])
@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize(("encrypted", "came_encrypted"), list(product([False, True], repeat=2)))
def test_the_table_of_protection(
    parties: Parties,
    client: Client,
    sealed: SealedRequest,
    encrypted: bool,
    came_encrypted: bool,
    kind: str,
    status: int,
) -> None:
    """S4.8 for every mix of what was due, what came, its code and its status."""
    payload = CODES[kind]
    body = encrypt(parties, json.dumps(payload).encode()) if came_encrypted else plain(payload)
    expected = due(encrypted, came_encrypted, kind, status)
    if expected is None:
        answer = client.open(
            status, echo(sealed), body, request=asking(sealed, encrypted=encrypted)
        )
        assert dict(answer) == SUCCESS
        assert (answer.status, answer.correlation_id) == (200, sealed.correlation_id)
        assert answer.crypto_key_id == (OTHER_KEY_ID if encrypted else None)
    else:
        with pytest.raises(errors.KmCryptoError) as caught:
            client.open(status, echo(sealed), body, request=asking(sealed, encrypted=encrypted))
        assert type(caught.value) is expected
        assert "xyz" not in everything_in(caught.value)
        assert "REMOTE" not in everything_in(caught.value, attributes=False)
        if isinstance(caught.value, (errors.UnexpectedAnswer, errors.ResultError)):
            assert caught.value.http_status == status


HTML = b"<html><head><title>502 Bad Gateway</title></head><body>secret-page-text</body></html>"
NO_ANSWERS = [
    pytest.param(HTML, id="html"),
    pytest.param(b"", id="empty"),
    pytest.param(b" \n", id="white-space"),
    pytest.param(b"Bad Gateway", id="text"),
    pytest.param(b"[]", id="list"),
    pytest.param(b"{}", id="empty-object"),
    pytest.param(b'{"error":"Internal Server Error","status":500}', id="a-frameworks-json-page"),
    pytest.param(b'{"response":{"code":"000_000"}', id="cut-off"),
    pytest.param(b'{"response":{"code":"000_000"}} x', id="something-behind"),
    pytest.param(b'{"response":{"code":"006_001","code":"000_000"}}', id="code-twice"),
    pytest.param(
        b'{"response":{"code":"006_001"},"response":{"code":"000_000"}}', id="response-twice"
    ),
    pytest.param(b'\xef\xbb\xbf{"response":{"code":"000_000"}}', id="byte-order-mark"),
    pytest.param('{"response":{"code":"000_000"}}'.encode("utf-16"), id="utf-16"),
    pytest.param(b'{"response":{"code":"000_000"},"a":NaN}', id="nan"),
    pytest.param(b'{"response":{"code":"000_000"},"a":1e999}', id="overflow"),
    pytest.param(b'{"response":{"code":"000_000"},"a":"\\ud800"}', id="lone-surrogate"),
    pytest.param(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", id="deep"),
    pytest.param(b'{"a":' + b"9" * 5000 + b"}", id="huge-number"),
    pytest.param(b'{"encData":null}', id="encData-null"),
    pytest.param(b'{"encData":{"a":1}}', id="encData-object"),
    pytest.param(b"\xff\xfe\xfd", id="bytes"),
]


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("status", [200, 500, 502])
@pytest.mark.parametrize("headers", [{}, None], ids=["no-headers", "our-headers"])
@pytest.mark.parametrize("body", NO_ANSWERS)
def test_what_is_no_answer_is_unexpected_and_keeps_its_status(
    client: Client,
    sealed: SealedRequest,
    body: bytes,
    headers: dict[str, str] | None,
    status: int,
    encrypted: bool,
) -> None:
    """S4.8, last row: a page of a proxy or framework counts, too; it has no X-KM-* headers
    (S2.2)."""
    given_headers = echo(sealed) if headers is None else headers
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        client.open(status, given_headers, body, request=asking(sealed, encrypted=encrypted))
    assert caught.value.http_status == status
    assert "secret-page-text" not in everything_in(caught.value)
    assert len(str(caught.value)) < 200
    assert str(status) in str(caught.value)


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff",
        b"null",
        b'{"encData":"x"}',
        b'{"a":1,"a":2}',
        b'\xef\xbb\xbf{"a":1}',
    ],
    ids=repr,
)
def test_an_encrypted_answer_that_holds_no_answer_is_unexpected(
    parties: Parties, client: Client, sealed: SealedRequest, plaintext: bytes
) -> None:
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        client.open(200, echo(sealed), encrypt(parties, plaintext), request=sealed)
    assert (caught.value.http_status, caught.value.__context__) == (200, None)


UNREADABLE_IDS: dict[str, Any] = {
    "none": {},
    "empty": {ID: ""},
    "21 characters": {ID: "261123091509123-abcde"},
    "23 characters": {ID: "261123091509123-abcdef0"},
    "month 13": {ID: "261323091509-abcdef0"},
    "space behind": {ID: "261123091509-abcdef0 "},
    "line feed behind": {ID: "261123091509-abcdef0\n"},
    "full-width digits": {ID: "\uff12\uff161123091509-abcdef0"},
    "joined": {ID: "261123091509-abcdef0,261123091509-abcdef0"},
    "twice": [(ID, "261123091509-abcdef0"), (ID.lower(), "261123091509-abcdef0")],
}


@pytest.mark.parametrize("headers", UNREADABLE_IDS.values(), ids=UNREADABLE_IDS.keys())
@pytest.mark.parametrize("encrypted", [False, True])
def test_an_answer_whose_correlation_id_cannot_be_read_is_opened(
    parties: Parties, client: Client, sealed: SealedRequest, headers: Any, encrypted: bool
) -> None:
    """S1.9: a proxy may drop it, and the token in the answer is issued all the same."""
    body = encrypt(parties, SUCCESS) if encrypted else plain(SUCCESS)
    request = asking(sealed, encrypted=encrypted)
    answer = client.open(200, headers, body, request=request)
    assert (dict(answer), answer.correlation_id) == (SUCCESS, None)
    with pytest.raises(errors.EchoMismatch) as caught:
        client.open(200, headers, body, request=request, require_echo=True)
    assert dict(caught.value.answer) == SUCCESS
    with pytest.raises(errors.ResultError) as refused:
        client.open(400, headers, plain(FAILURE), request=request, require_echo=True)
    assert refused.value.correlation_id == ""


@pytest.mark.parametrize(
    ("status", "payload", "outcome"),
    [
        (400, FAILURE, errors.REFUSED),
        (200, FAILURE, errors.REFUSED),
        (404, FAILURE, errors.REFUSED),
        (409, FAILURE, errors.UNKNOWN),
        (500, FAILURE, errors.UNKNOWN),
        (503, FAILURE, errors.UNKNOWN),
        (500, SUCCESS, errors.UNKNOWN),
        (200, {"error": "a proxy's page"}, errors.UNKNOWN),
    ],
)
def test_an_error_of_an_answer_says_what_it_leaves_behind(
    client: Client, sealed: SealedRequest, status: int, payload: dict[str, Any], outcome: str
) -> None:
    """S6.4."""
    request = asking(sealed, encrypted=False)
    with pytest.raises(errors.RemoteError) as caught:
        client.open(status, echo(sealed), plain(payload), request=request)
    assert caught.value.outcome == outcome
    assert caught.value.http_status == status
    assert pickle.loads(pickle.dumps(caught.value)).outcome == outcome


def test_an_answer_that_cannot_be_opened_leaves_everything_open(
    parties: Parties, client: Client, sealed: SealedRequest
) -> None:
    """S6.4: the platform answered, so the call may have been carried out; 502 for one's own log."""
    broken = {"encData": json.loads(encrypt(parties, SUCCESS))["encData"][:-4] + "AAAA"}
    with pytest.raises(errors.DecryptionError) as caught:
        client.open(200, echo(sealed), plain(broken), request=sealed)
    assert (caught.value.outcome, caught.value.http_status) == (errors.UNKNOWN, 502)
    with pytest.raises(errors.WrongProtection) as wrong:
        client.open(200, echo(sealed), plain(SUCCESS), request=sealed)
    assert (wrong.value.outcome, wrong.value.http_status) == (errors.UNKNOWN, 502)
    with pytest.raises(errors.InvalidPayload) as unsent:
        client.seal({"a": float("nan")}, encrypted=False)
    assert unsent.value.outcome == errors.NOT_SENT


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        pytest.param(
            {ID: "261123091509-abcdef0", KEY: ""}, errors.MalformedHeader, id="key-id-empty"
        ),
        pytest.param(
            {ID: "261123091509-abcdef0", KEY: "a" * 31}, errors.MalformedHeader, id="key-id-of-31"
        ),
        pytest.param(
            {ID: "261123091509-abcdef0", KEY: f"{KEY_ID}, {KEY_ID}"},
            errors.MalformedHeader,
            id="keys-joined",
        ),
        pytest.param(
            {ID: "261123091509-abcdef0", KEY: "../" + "a" * 29},
            errors.MalformedHeader,
            id="key-id-path",
        ),
        pytest.param(
            [(ID, "261123091509-abcdef0"), (KEY, KEY_ID), (KEY.upper(), OTHER_KEY_ID)],
            errors.DuplicateHeader,
            id="key-id-twice",
        ),
    ],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_an_answer_with_wrong_headers_is_refused_and_they_are_not_shown(
    parties: Parties,
    client: Client,
    sealed: SealedRequest,
    headers: Any,
    error: type[errors.RemoteError],
    encrypted: bool,
) -> None:
    """S1.9, S1.11."""
    body = encrypt(parties, SUCCESS) if encrypted else plain(SUCCESS)
    with pytest.raises(error) as caught:
        client.open(200, headers, body, request=asking(sealed, encrypted=encrypted))
    assert "abcde" not in str(caught.value)
    assert KEY_ID not in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [
        {ID.lower(): "261123091509-abcdef0"},
        {ID.upper().encode(): b"261123091509-abcdef0"},
        [
            (ID, "261123091509-abcdef0"),
            ("Set-Cookie", "a"),
            ("Set-Cookie", "b"),
            ("Server", "é\x00"),
        ],
        iter([(ID.encode(), b"261123091509-abcdef0")]),
        MappingProxyType({ID: "261123091509-abcdef0", "Content-Length": "5"}),
    ],
    ids=["lower", "bytes", "pairs-and-others", "iterator", "mapping"],
)
def test_headers_are_read_from_whatever_an_http_library_gives(
    client: Client, sealed: SealedRequest, headers: Any
) -> None:
    answer = client.open(200, headers, plain(SUCCESS), request=asking(sealed, encrypted=False))
    assert answer.correlation_id == CorrelationId("261123091509-abcdef0")


# --- open: keys -----------------------------------------------------------------------------------


def _ring(parties: Parties, *, first: KeyState = KeyState.ACTIVE) -> KeyRing:
    key = CryptoKey.load(id=KEY_ID, client_private=parties.first.client, state=first)
    return KeyRing([key, parties.second.provider_half], primary=OTHER_KEY_ID)


@pytest.mark.parametrize(
    ("asked_for", "names", "sealed_to_first", "opened_by"),
    [
        pytest.param(True, None, False, OTHER_KEY_ID, id="none-named-the-requests"),
        pytest.param(True, OTHER_KEY_ID, False, OTHER_KEY_ID, id="the-requests-named"),
        pytest.param(True, KEY_ID, True, KEY_ID, id="another-named"),
        pytest.param(False, KEY_ID, True, KEY_ID, id="only-the-answer-names-one"),
        pytest.param(False, None, False, errors.UnknownCryptoKey, id="nobody-names-one"),
        pytest.param(True, None, True, errors.DecryptionError, id="never-by-trying"),
        pytest.param(True, KEY_ID, False, errors.DecryptionError, id="the-answers-id-wins"),
        pytest.param(True, "f" * 32, False, errors.UnknownCryptoKey, id="unknown-id-no-fallback"),
        pytest.param(True, KEY_ID.upper(), True, errors.UnknownCryptoKey, id="id-in-another-case"),
    ],
)
def test_which_key_opens_an_answer(
    parties: Parties,
    client: Client,
    asked_for: bool,
    names: str | None,
    sealed_to_first: bool,
    opened_by: Any,
) -> None:
    """S4.7: the answer's id, else the request's, else an error; no key is tried."""
    request = client.seal({}, encrypted=False, answer_encrypted=asked_for)
    request = asking(request, encrypted=True)
    headers = echo(request, **({} if names is None else {KEY: names}))
    body = encrypt(parties, SUCCESS, first=sealed_to_first)
    if isinstance(opened_by, str):
        assert client.open(200, headers, body, request=request).crypto_key_id == opened_by
    else:
        with pytest.raises(opened_by):
            client.open(200, headers, body, request=request)


@pytest.mark.parametrize(
    ("state", "accept_inactive", "error"),
    [
        (KeyState.ACTIVE, False, None),
        (KeyState.INACTIVE, False, errors.InactiveKey),
        (KeyState.INACTIVE, True, None),
        (KeyState.DISCARDED, False, errors.UnknownCryptoKey),
        (KeyState.DISCARDED, True, errors.UnknownCryptoKey),
    ],
)
def test_states_of_the_key_that_opens(
    parties: Parties,
    state: KeyState,
    accept_inactive: bool,
    error: type[errors.KmCryptoError] | None,
) -> None:
    """S5.1."""
    project = Project(parties.key, _ring(parties, first=state))
    client = Client(project, clock=clock, accept_inactive=accept_inactive)
    request = client.seal({}, encrypted=True)
    call = (200, echo(request, **{KEY: KEY_ID}), encrypt(parties, SUCCESS, first=True))
    if error is None:
        assert client.open(*call, request=request)["dcvv"] == "xyz"
    else:
        with pytest.raises(error):
            client.open(*call, request=request)


def test_an_answer_to_a_request_of_an_older_ring_is_opened_by_the_id_it_names(
    parties: Parties,
) -> None:
    """A rotation between request and answer: the request's id decides, not the new primary."""
    old = Client(Project(parties.key, KeyRing([parties.first.provider_half])), clock=clock)
    request = old.seal({}, encrypted=True)
    new = Client(parties.provider, clock=clock)
    answer = new.open(200, echo(request), encrypt(parties, SUCCESS, first=True), request=request)
    assert answer.crypto_key_id == KEY_ID


def test_a_project_without_a_ring_opens_nothing(parties: Parties, sealed: SealedRequest) -> None:
    client = Client(Project(parties.key), clock=clock)
    with pytest.raises(errors.UnknownCryptoKey):
        client.open(200, echo(sealed), encrypt(parties, SUCCESS), request=sealed)
    assert (
        client.open(200, echo(sealed), plain(SUCCESS), request=asking(sealed, encrypted=False))[
            "dcvv"
        ]
        == "xyz"
    )


def test_an_answer_needs_the_clients_private_half(parties: Parties, sealed: SealedRequest) -> None:
    key = CryptoKey.load(id=OTHER_KEY_ID, platform_public=parties.second.platform.public_key())
    client = Client(Project(parties.key, KeyRing([key])), clock=clock)
    with pytest.raises(errors.KeyUnavailable):
        client.open(200, echo(sealed), encrypt(parties, SUCCESS), request=sealed)


@pytest.mark.parametrize(("kid", "opens"), [(None, True), (OTHER_KEY_ID, True), (KEY_ID, False)])
def test_a_kid_that_disagrees_with_the_key_is_refused(
    parties: Parties, client: Client, sealed: SealedRequest, kid: str | None, opens: bool
) -> None:
    """S4.4, D3."""
    body = encrypt_message(SUCCESS, parties.second.client.public_key(), kid=kid)
    if opens:
        assert client.open(200, echo(sealed), body, request=sealed) == SUCCESS
    else:
        with pytest.raises(errors.DecryptionError):
            client.open(200, echo(sealed), body, request=sealed)


def test_the_request_does_not_open_as_its_own_answer(
    parties: Parties, client: Client, sealed: SealedRequest
) -> None:
    """S4.5: a request that is reflected is under the other pair."""
    with pytest.raises(errors.DecryptionError):
        client.open(200, echo(sealed), sealed.body, request=sealed)


def test_max_body_is_the_longest_answer_that_is_read(
    parties: Parties, sealed: SealedRequest
) -> None:
    for body, encrypted in ((plain(SUCCESS), False), (encrypt(parties, SUCCESS), True)):
        exact = Client(parties.provider, max_body=len(body))
        assert (
            exact.open(200, echo(sealed), body, request=asking(sealed, encrypted=encrypted))
            == SUCCESS
        )
        with pytest.raises(errors.BodyTooLarge):
            exact.open(200, echo(sealed), body + b" ", request=asking(sealed, encrypted=encrypted))


# --- open: the echo, results and the value --------------------------------------------------------


@pytest.mark.parametrize("change", ["as-it-is", "upper", "lower", "other"])
@pytest.mark.parametrize("payload", [SUCCESS, FAILURE], ids=["success", "failure"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_the_echo_is_required_on_demand_and_in_any_case(
    parties: Parties,
    client: Client,
    sealed: SealedRequest,
    change: str,
    payload: dict[str, Any],
    encrypted: bool,
) -> None:
    """S1.9, S2.1: another id is handed to the caller, or refused when that was asked for."""
    text = str(sealed.correlation_id)
    came = {"upper": text.upper(), "lower": text.lower(), "other": "261123091509-" + ("0" * 7)}.get(
        change, text
    )
    body = encrypt(parties, payload) if encrypted else plain(payload)
    for require_echo in (False, True):
        call: dict[str, Any] = {
            "request": asking(sealed, encrypted=encrypted),
            "require_echo": require_echo,
        }
        if require_echo and change == "other" and payload == SUCCESS:
            with pytest.raises(errors.EchoMismatch) as mismatch:
                client.open(200, {ID: came}, body, **call)
            assert came not in str(mismatch.value)
            assert dict(mismatch.value.answer) == payload
            assert mismatch.value.outcome == errors.UNKNOWN
            assert mismatch.value.http_status == 502
        elif payload is FAILURE:
            with pytest.raises(errors.ResultError) as caught:
                client.open(200, {ID: came}, body, **call)
            assert caught.value.correlation_id == came
        else:
            assert str(client.open(200, {ID: came}, body, **call).correlation_id) == came


@pytest.mark.parametrize(
    ("response", "code", "description", "shown"),
    [
        pytest.param(
            {"code": "006_001", "description": "CardNo not found."},
            "006_001",
            "CardNo not found.",
            True,
            id="documented",
        ),
        pytest.param({"code": "006_001"}, "006_001", "", True, id="no-description"),
        pytest.param(
            {"code": "006_001", "description": 5}, "006_001", "", True, id="description-number"
        ),
        pytest.param(
            {"code": "006_001", "description": None}, "006_001", "", True, id="description-null"
        ),
        pytest.param(
            {"code": "E-77 Kim", "description": "t"}, "E-77 Kim", "t", False, id="another-form"
        ),
        pytest.param(
            {"code": "000_000 ", "description": "t"},
            "000_000 ",
            "t",
            False,
            id="success-with-a-space",
        ),
        pytest.param({"code": "000_000\n"}, "000_000\n", "", False, id="success-with-a-line-feed"),
        pytest.param(
            {"code": "\uff10\uff10\uff10_\uff10\uff10\uff10"},
            "\uff10\uff10\uff10_\uff10\uff10\uff10",
            "",
            False,
            id="full-width",
        ),
        pytest.param({"code": "000_00"}, "000_00", "", False, id="shorter"),
        pytest.param({"code": "x" * 10_000}, "x" * 10_000, "", False, id="long"),
        pytest.param(
            {"code": "\x1b[2J006_001\r\nforged"},
            "\x1b[2J006_001\r\nforged",
            "",
            False,
            id="log-forging",
        ),
    ],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_result_error_has_attributes_and_keeps_remote_text_out_of_its_own(
    parties: Parties,
    client: Client,
    sealed: SealedRequest,
    response: dict[str, Any],
    code: str,
    description: str,
    shown: bool,
    encrypted: bool,
) -> None:
    """S6.2: match on the code. A description or an odd code is remote text, and not repeated."""
    payload = {"response": response, "oneTimeToken": "1234567890123456"}
    body = encrypt(parties, payload) if encrypted else plain(payload)
    with pytest.raises(errors.ResultError) as caught:
        client.open(400, echo(sealed), body, request=asking(sealed, encrypted=encrypted))
    error = caught.value
    assert (error.result_code, error.description) == (code, description)
    assert (error.http_status, error.correlation_id) == (400, str(sealed.correlation_id))
    assert (error.code, error.stage) == ("result-error", "result")
    told = everything_in(error, attributes=False)
    assert (code in told) is shown
    assert not description or description == "t" or description not in told
    assert "1234567890123456" not in told
    assert len(str(error)) < 200


def test_errors_of_answers_survive_pickling(client: Client, sealed: SealedRequest) -> None:
    for body in (plain(FAILURE), HTML):
        with pytest.raises(errors.RemoteError) as caught:
            client.open(503, echo(sealed), body, request=asking(sealed, encrypted=False))
        again = pickle.loads(pickle.dumps(caught.value))
        assert type(again) is type(caught.value)
        assert (str(again), vars(again)) == (str(caught.value), vars(caught.value))
        assert again.http_status == 503


@pytest.mark.parametrize("status", [HTTPStatus.OK, HTTPStatus.BAD_GATEWAY])
def test_a_status_may_be_an_enum_of_http(
    client: Client, sealed: SealedRequest, status: HTTPStatus
) -> None:
    if status == 200:
        assert (
            client.open(
                status, echo(sealed), plain(SUCCESS), request=asking(sealed, encrypted=False)
            ).status
            == 200
        )
    else:
        with pytest.raises(errors.UnexpectedAnswer, match="HTTP 502 "):
            client.open(status, echo(sealed), HTML, request=asking(sealed, encrypted=False))


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_answer_is_a_read_only_mapping_that_shows_no_payload(
    parties: Parties, client: Client, sealed: SealedRequest, encrypted: bool
) -> None:
    body = encrypt(parties, SUCCESS) if encrypted else plain(SUCCESS)
    answer = client.open(200, echo(sealed), body, request=asking(sealed, encrypted=encrypted))
    assert isinstance(answer, Mapping)
    assert (dict(answer), len(answer), list(answer)) == (SUCCESS, 2, ["response", "dcvv"])
    assert ("dcvv" in answer, answer.get("other"), answer["dcvv"]) == (True, None, "xyz")
    assert answer == SUCCESS
    with pytest.raises(KeyError):
        answer["other"]
    for name in ("status", "correlation_id", "crypto_key_id", "_payload", "other"):
        with pytest.raises(AttributeError):
            setattr(answer, name, 1)
        with pytest.raises(AttributeError):
            delattr(answer, name)
    with pytest.raises(TypeError):
        answer["dcvv"] = "1"  # type: ignore[index]
    with pytest.raises(TypeError):
        del answer["dcvv"]  # type: ignore[attr-defined]
    assert "xyz" not in f"{answer} {answer!r} {[answer]}"


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_an_answer_can_be_copied_as_the_value_that_it_is(
    client: Client, sealed: SealedRequest, copied: Any
) -> None:
    """It holds no key, and only key holders refuse (D7)."""
    answer = client.open(200, echo(sealed), plain(SUCCESS), request=asking(sealed, encrypted=False))
    again = copied(answer)
    assert type(again) is Answer
    assert (dict(again), again.status, again.correlation_id) == (
        SUCCESS,
        200,
        sealed.correlation_id,
    )


JUNK_CALLS: list[dict[str, Any]] = [
    {"status": "200"},
    {"status": None},
    {"status": 200.0},
    {"body": "{}"},
    {"body": None},
    {"body": [123, 125]},
    {"body": {"response": {"code": "000_000"}}},
    {"request": None},
    {"request": {}},
    {"require_echo": None},
    {"require_echo": 1},
    {"headers": None},
    {"headers": 5},
    {"headers": [("a", "b", "c")]},
    {"headers": {ID: 5}},
]


@pytest.mark.parametrize("junk", JUNK_CALLS, ids=repr)
def test_an_argument_of_the_wrong_type_is_a_type_error(
    client: Client, sealed: SealedRequest, junk: dict[str, Any]
) -> None:
    call = {
        "status": 200,
        "headers": echo(sealed),
        "body": plain(SUCCESS),
        "request": asking(sealed, encrypted=False),
    }
    with pytest.raises(TypeError):
        client.open(**{**call, **junk})


# --- nothing foreign leaves -----------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
responses = st.fixed_dictionaries(
    {"response": st.dictionaries(st.sampled_from(["code", "description"]), json_values)}
)
bodies = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda value: json.dumps(value).encode(), json_values | responses),
    st.builds(lambda text: json.dumps({"encData": text}).encode(), st.text(max_size=100)),
)
header_values = st.text(max_size=40) | st.binary(max_size=40)
answer_headers = st.one_of(
    st.just({ID: "261123091509-abcdef0", KEY: KEY_ID}),
    st.lists(
        st.tuples(st.sampled_from([ID, ID.lower(), KEY, "X-KM-Tran-Token", "Date"]), header_values),
        max_size=4,
    ),
)


@examples(150)
@given(status=st.integers(), headers=answer_headers, body=bodies, encrypted=st.booleans())
@example(
    status=200, headers={ID: "261123091509-abcdef0"}, body=b'{"encData":"...."}', encrypted=True
)
def test_whatever_comes_is_an_answer_or_one_of_our_errors(
    client: Client, sealed: SealedRequest, status: int, headers: Any, body: bytes, encrypted: bool
) -> None:
    """D8."""
    try:
        answer = client.open(status, headers, body, request=asking(sealed, encrypted=encrypted))
    except errors.RemoteError:
        return
    assert answer["response"]["code"] == "000_000"
    assert status == 200


@examples(100)
@given(payload=st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_what_was_sealed_is_what_is_read_again(client: Client, payload: dict[str, Any]) -> None:
    """A payload that strict JSON can say comes back equal; any other is InvalidPayload."""
    try:
        sealed = client.seal(payload, encrypted=False)
    except errors.InvalidPayload:
        return
    assert json.loads(sealed.body) == payload


class Shifting(Mapping[str, Any]):
    """A mapping that gives another value each time it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def __getitem__(self, name: str) -> Any:
        self.reads += 1
        return self.reads

    def __iter__(self) -> Iterator[str]:
        return iter(["n"])

    def __len__(self) -> int:
        return 1


def test_the_token_is_over_the_bytes_that_are_sent_even_if_the_payload_shifts(
    client: Client,
) -> None:
    """D1: serialised once."""
    for _ in range(3):
        sealed = client.seal(Shifting(), encrypted=False)
        TranToken.parse(sealed.headers["X-KM-Tran-Token"]).verify(SECRET, sealed.body)
