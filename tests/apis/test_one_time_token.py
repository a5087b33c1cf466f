"""The contract of the token API (S7): values, lifetimes, result codes, and errors.

An error names the field at fault and shows no value.
"""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any, Union

import pytest
from hypothesis import given, strategies as st

from kmcrypto import KST, UTC, Client, Instant, errors, one_time_token as ott
from kmcrypto.testing import FakePlatform, projects
from tests.support import NOW_NS
from tests.support.leaks import everything_in
from tests.support.properties import examples

CARD = "9410000000001234"
TOKEN = "1111222233334444"
DCVV = "987"
EPOCH = 1_795_392_939_123
ANSWER = {
    "response": {"code": "000_000", "description": "Success"},
    "oneTimeToken": TOKEN,
    "dcvv": DCVV,
    "expiryTime": EPOCH,
}
Failure = Union[type[errors.InvalidPayload], type[errors.MalformedPayload]]


# --- the request ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "payload", "lifetime_ms"),
    [
        (None, {"cardNo": CARD}, 30_000),
        (ott.TokenType.ATM, {"cardNo": CARD, "type": "ATM"}, 300_000),
        (ott.TokenType.CREDIT, {"cardNo": CARD, "type": "CREDIT"}, 300_000),
    ],
)
def test_a_request_its_payload_and_its_lifetime(
    kind: ott.TokenType | None, payload: dict[str, Any], lifetime_ms: int
) -> None:
    """S7: no type means 30 s, and is left out; the types live five minutes."""
    request = ott.TokenRequest(CARD, kind)
    assert request.payload() == payload
    assert request.lifetime_ms == lifetime_ms
    assert ott.TokenRequest.read(payload) == request
    assert (request.card_no, request.type) == (CARD, kind)


def test_every_type_is_at_most_six_characters_and_has_a_lifetime() -> None:
    """S7."""
    assert {kind.value for kind in ott.TokenType} == {"ATM", "CREDIT"}
    assert set(ott.LIFETIME_MS) == {None, *ott.TokenType}


CARDS = [
    pytest.param("", id="empty"),
    pytest.param("941000000000123", id="15-digits"),
    pytest.param("94100000000012345", id="17-digits"),
    pytest.param("9410-0000-0000-1", id="hyphens"),
    pytest.param("941000000000123 ", id="trailing-space"),
    pytest.param("941000000000123\n", id="trailing-lf"),
    pytest.param("9410000000001234\n", id="16-digits-and-lf"),
    pytest.param("+410000000001234", id="plus"),
    pytest.param("-410000000001234", id="minus"),
    pytest.param("9_10000000001234", id="underscore"),
    pytest.param("941000000000123a", id="hex"),
    pytest.param("\uff19\uff14\uff11\uff10" * 4, id="full-width-digits"),
    pytest.param("\u0669\u0664\u0661\u0660" * 4, id="arabic-digits"),
    pytest.param("941000000000123\u0664", id="one-arabic-digit"),
    pytest.param("941000000000123\u00b2", id="superscript"),
    pytest.param("941000000000123\u2460", id="circled"),
    pytest.param("941000000000123\ud800", id="lone-surrogate"),
    pytest.param("\x00" * 16, id="nul"),
]
NO_TEXT = [
    pytest.param(9410000000001234, id="number"),
    pytest.param(b"9410000000001234", id="bytes"),
    pytest.param(None, id="null"),
    pytest.param(["9"] * 16, id="list-of-digits"),
    pytest.param({"cardNo": CARD}, id="object"),
    pytest.param(True, id="bool"),
    pytest.param(9410000000001234.0, id="float"),
]


@pytest.mark.parametrize("card_no", CARDS)
def test_a_card_number_is_sixteen_ascii_digits(card_no: str) -> None:
    """S7, S1.11: our own value is InvalidPayload, a stranger's MalformedPayload; both name the
    field.
    """
    makers: list[tuple[Callable[[], object], Failure]] = [
        (lambda: ott.TokenRequest(card_no), errors.InvalidPayload),
        (lambda: ott.TokenRequest.read({"cardNo": card_no}), errors.MalformedPayload),
    ]
    for make, error in makers:
        with pytest.raises(error) as caught:
            make()
        assert type(caught.value) is error
        assert caught.value.field == "cardNo"
        assert "cardNo" in str(caught.value)
        assert not card_no or card_no not in everything_in(caught.value)


@pytest.mark.parametrize("card_no", NO_TEXT)
def test_a_card_number_that_is_no_text_is_refused_and_not_shown(card_no: Any) -> None:
    """The number 9410000000001234 is not the string: leading zeros would be lost."""
    with pytest.raises(errors.MalformedPayload) as read:
        ott.TokenRequest.read({"cardNo": card_no})
    assert read.value.field == "cardNo"
    with pytest.raises((TypeError, errors.InvalidPayload)) as made:
        ott.TokenRequest(card_no)
    for caught in (read, made):
        assert "9410000000001234" not in everything_in(caught.value)


def test_a_request_without_a_card_number_is_refused() -> None:
    for payload in ({}, {"type": "ATM"}, {"cardno": CARD}, {"card_no": CARD}):
        with pytest.raises(errors.MalformedPayload) as caught:
            ott.TokenRequest.read(payload)
        assert caught.value.field == "cardNo"


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "",
            "atm",
            "Atm",
            "ATM ",
            " ATM",
            "ATM\n",
            "DEBIT",
            "CREDITS",
            "\uff21\uff34\uff2d",
            "x" * 10_000,
        ),
        *(0, 1, True, 1.5, ["ATM"], {"ATM": 1}, {}, b"ATM", ott.TokenType),
    ],
    ids=lambda kind: repr(kind)[:20],
)
def test_a_type_that_is_not_one_of_the_two_is_refused(kind: Any) -> None:
    """S7: lower case is another text."""
    with pytest.raises(errors.MalformedPayload) as caught:
        ott.TokenRequest.read({"cardNo": CARD, "type": kind})
    assert caught.value.field == "type"
    told = everything_in(caught.value)
    assert CARD not in told
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert len(str(caught.value)) < 200


def test_a_type_that_is_null_is_absent() -> None:
    """S7."""
    assert ott.TokenRequest.read({"cardNo": CARD, "type": None}) == ott.TokenRequest(CARD)


@pytest.mark.parametrize("kind", ["ATM", "atm", 1, True, ott.ResultCode.SUCCESS], ids=repr)
def test_our_own_type_is_a_token_type(kind: Any) -> None:
    with pytest.raises(TypeError):
        ott.TokenRequest(CARD, kind)


def test_members_that_are_not_in_the_contract_are_ignored() -> None:
    """An API may grow."""
    assert ott.TokenRequest.read({"cardNo": CARD, "note": 1}) == ott.TokenRequest(CARD)
    assert ott.TokenAnswer.read({**ANSWER, "note": 1}) == ott.TokenAnswer(
        TOKEN, DCVV, ott.ExpiryTime(EPOCH)
    )


# --- expiryTime (S7.1) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("milliseconds", "is_duration"),
    [
        (1, True),
        (30_000, True),
        (300_000, True),
        (300_001, True),
        (10**12 - 1, True),
        (10**12, False),
        (EPOCH, False),
        (9_999_999_999_999, False),
    ],
)
def test_an_expiry_says_which_of_the_two_it_is(milliseconds: int, is_duration: bool) -> None:
    expiry = ott.ExpiryTime(milliseconds)
    assert (expiry.milliseconds, expiry.is_duration) == (milliseconds, is_duration)
    assert ott.TokenAnswer.read({**ANSWER, "expiryTime": milliseconds}).expiry_time == expiry


@pytest.mark.parametrize(
    "milliseconds",
    [-1, 0, 10**13, 10**13 + 1, 10**30, -EPOCH],
)
def test_an_expiry_that_is_outside_its_range_is_refused(milliseconds: int) -> None:
    with pytest.raises(errors.InvalidPayload) as made:
        ott.ExpiryTime(milliseconds)
    with pytest.raises(errors.MalformedPayload) as read:
        ott.TokenAnswer.read({**ANSWER, "expiryTime": milliseconds})
    assert made.value.field == read.value.field == "expiryTime"
    assert "expiryTime" in str(made.value)


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        30_000.0,
        1.5,
        float("nan"),
        str(EPOCH),
        "30000",
        None,
        [30_000],
        {"ms": 1},
        b"1",
    ],
    ids=repr,
)
def test_an_expiry_that_is_no_integer_is_refused(value: Any) -> None:
    """S7: a number; true is 1 for isinstance, and a float or a text is a guess."""
    with pytest.raises(errors.MalformedPayload) as read:
        ott.TokenAnswer.read({**ANSWER, "expiryTime": value})
    assert read.value.field == "expiryTime"
    with pytest.raises((TypeError, errors.InvalidPayload)):
        ott.ExpiryTime(value)


@examples(200)
@given(value=st.integers() | st.integers(0, 400_000) | st.integers(10**12 - 10, 10**13 + 10))
def test_every_integer_of_the_range_is_one_of_the_two(value: int) -> None:
    lawful = 1 <= value <= 9_999_999_999_999
    try:
        expiry = ott.ExpiryTime(value)
    except errors.InvalidPayload:
        assert not lawful
    else:
        assert lawful
        assert expiry.is_duration is (value < 10**12)


@pytest.mark.parametrize("zone", [UTC, KST], ids=str)
def test_what_remains(zone: Any) -> None:
    """A duration counts from the given moment; a moment is compared with it, whatever its zone."""
    now = Instant(NOW_NS // 10**6, zone)
    assert ott.ExpiryTime(30_000).remaining_ms(now) == 30_000
    assert ott.ExpiryTime(now.epoch_ms + 1).remaining_ms(now) == 1
    assert ott.ExpiryTime(now.epoch_ms).remaining_ms(now) == 0
    assert ott.ExpiryTime(now.epoch_ms - 5).remaining_ms(now) == -5


@pytest.mark.parametrize("milliseconds", [30_000, EPOCH])
@pytest.mark.parametrize("at", [None, NOW_NS // 10**6, "now", 1.5], ids=repr)
def test_what_remains_needs_an_instant(milliseconds: int, at: Any) -> None:
    """D8: a TypeError for both kinds; a duration must not hide the mistake."""
    with pytest.raises(TypeError):
        ott.ExpiryTime(milliseconds).remaining_ms(at)


# --- the answer -----------------------------------------------------------------------------------


def test_an_answer_and_its_payload() -> None:
    """S7, S6.1."""
    answer = ott.TokenAnswer(TOKEN, DCVV, ott.ExpiryTime(EPOCH))
    assert answer.payload() == ANSWER
    assert ott.TokenAnswer.read(ANSWER) == answer
    assert (answer.one_time_token, answer.dcvv, answer.expiry_time.milliseconds) == (
        TOKEN,
        DCVV,
        EPOCH,
    )
    zeros = ott.TokenAnswer("0" * 16, "000", ott.ExpiryTime(1))
    assert ott.TokenAnswer.read(json.loads(json.dumps(zeros.payload()))) == zeros


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("oneTimeToken", ""),
        ("oneTimeToken", TOKEN[:-1]),
        ("oneTimeToken", TOKEN + "5"),
        ("oneTimeToken", TOKEN[:-1] + "\n"),
        ("oneTimeToken", TOKEN[:-1] + "\u3000"),
        ("oneTimeToken", TOKEN[:-1] + "\ud800"),
        ("dcvv", ""),
        ("dcvv", "98"),
        ("dcvv", "9876"),
        ("dcvv", "9 7"),
        ("dcvv", "9\x007"),
        ("dcvv", "9\u200b7"),
    ],
)
def test_a_token_or_dcvv_of_another_form_is_refused(field: str, value: str) -> None:
    parts = {"oneTimeToken": TOKEN, "dcvv": DCVV, field: value}
    with pytest.raises(errors.InvalidPayload) as made:
        ott.TokenAnswer(parts["oneTimeToken"], parts["dcvv"], ott.ExpiryTime(1))
    with pytest.raises(errors.MalformedPayload) as read:
        ott.TokenAnswer.read({**ANSWER, field: value})
    for caught in (made, read):
        assert caught.value.field == field
        assert field in str(caught.value)
        told = everything_in(caught.value)
        # Two or three digits may well be part of an address in a repr: of short values the message
        # alone is searched.
        assert not value or value not in (told if len(value) > 3 else str(caught.value))
        assert TOKEN not in told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("oneTimeToken", TOKEN[:-1] + "a"),
        ("oneTimeToken", "ABCD-efgh_1234.~"),
        ("oneTimeToken", TOKEN[:-1] + "\u0664"),
        ("dcvv", "A7k"),
        ("dcvv", "-98"),
        ("dcvv", "\u00b2\u00b2\u00b2"),
    ],
)
def test_a_token_or_dcvv_of_other_visible_characters_is_read_and_not_made(
    field: str, value: str
) -> None:
    """S7.1: the page says how long they are, and not what they are made of."""
    answer = ott.TokenAnswer.read({**ANSWER, field: value})
    assert answer.payload() == {**ANSWER, field: value}
    parts = {"oneTimeToken": TOKEN, "dcvv": DCVV, field: value}
    with pytest.raises(errors.InvalidPayload, match=field):
        ott.TokenAnswer(parts["oneTimeToken"], parts["dcvv"], ott.ExpiryTime(1))


@pytest.mark.parametrize("value", [None, 987, [DCVV], {"dcvv": DCVV}, True, b"987"], ids=repr)
@pytest.mark.parametrize("field", ["oneTimeToken", "dcvv", "expiryTime"])
def test_a_field_of_another_type_or_absent_is_refused(field: str, value: Any) -> None:
    if (field, type(value)) == ("expiryTime", int):
        value = str(value)
    absent = {name: kept for name, kept in ANSWER.items() if name != field}
    for payload in ({**ANSWER, field: value}, absent):
        with pytest.raises(errors.MalformedPayload) as caught:
            ott.TokenAnswer.read(payload)
        assert caught.value.field == field
        assert TOKEN not in everything_in(caught.value)


@pytest.mark.parametrize("expiry", [EPOCH, None, "1", ANSWER], ids=["int", "none", "text", "dict"])
def test_our_own_expiry_is_an_expiry_time(expiry: Any) -> None:
    with pytest.raises(TypeError):
        ott.TokenAnswer(TOKEN, DCVV, expiry)


@pytest.mark.parametrize("payload", [None, [], "text", b"{}", 5], ids=repr)
@pytest.mark.parametrize("read", [ott.TokenRequest.read, ott.TokenAnswer.read])
def test_reading_what_is_no_mapping_is_a_type_error(read: Any, payload: Any) -> None:
    """D8: it is our own caller's mistake, and an AttributeError says nothing."""
    with pytest.raises(TypeError):
        read(payload)


# --- what the values show -------------------------------------------------------------------------

VALUES = [
    ott.TokenRequest(CARD, ott.TokenType.ATM),
    ott.TokenAnswer(TOKEN, DCVV, ott.ExpiryTime(EPOCH)),
    ott.ExpiryTime(30_000),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_do_not_change_are_compared_and_copied(value: Any) -> None:
    for name in (*vars(value), "other"):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)
        with pytest.raises(AttributeError):
            delattr(value, name)
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert again == value
        assert hash(again) == hash(value)
    assert value != object()


def test_values_differ_where_a_part_does() -> None:
    assert ott.TokenRequest(CARD) != ott.TokenRequest(CARD, ott.TokenType.ATM)
    assert ott.TokenRequest(CARD) != ott.TokenRequest(TOKEN)
    assert ott.ExpiryTime(1) != ott.ExpiryTime(2)


@pytest.mark.parametrize("value", VALUES[:2], ids=lambda value: type(value).__name__)
def test_values_show_no_card_token_or_dcvv(value: Any) -> None:
    """S8."""
    shown = f"{value} {value!r} {[value]}"
    assert [secret for secret in (CARD, CARD[6:12], TOKEN, DCVV) if secret in shown] == []


# --- result codes (S7.2) --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "description", "status"),
    [
        ("000_000", "Success", 200),
        ("006_001", "CardNo not found.", 400),
        ("006_002", "Invalid cardNo.", 400),
        ("006_003", "One time token generation failed.", 400),
        ("006_031", "One time token reissue failed.", 400),
    ],
)
def test_the_documented_result_codes(code: str, description: str, status: int) -> None:
    result = ott.ResultCode.of(code)
    assert result is not None
    assert (result.code, result.description, result.http_status) == (code, description, status)
    assert result.payload() == {"response": {"code": code, "description": description}}


def test_there_are_five_and_no_others() -> None:
    assert len(ott.ResultCode) == 5
    for code in ("000_002", "006_01", "006_001 ", "", "CARD_NOT_FOUND", "Success"):
        assert ott.ResultCode.of(code) is None


def test_how_the_api_is_called() -> None:
    """S7."""
    assert (ott.METHOD, ott.PATH) == ("POST", "/api/v2/payment/generate/onetimetoken")
    assert ott.ENCRYPTED is True


@examples(300)
@given(
    token=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=16, max_size=16),
    dcvv=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=3, max_size=3),
    expiry=st.integers(1, 9_999_999_999_999),
    card_no=st.text("0123456789", min_size=16, max_size=16),
    kind=st.sampled_from([None, "ATM", "CREDIT"]),
    further=st.dictionaries(
        st.sampled_from(["memo", "par"]), st.none() | st.text() | st.integers()
    ),
)
def test_all_that_the_page_allows_is_read(
    token: str, dcvv: str, expiry: int, card_no: str, kind: str | None, further: dict[str, Any]
) -> None:
    """S7, D14: values of the page's own types, lengths and ranges."""
    members = {"oneTimeToken": token, "dcvv": dcvv, "expiryTime": expiry}
    answer = ott.TokenAnswer.read({**ANSWER, **further, **members})
    assert answer.payload() == {**ANSWER, **members}
    request = ott.TokenRequest.read({"cardNo": card_no, "type": kind, **further})
    assert request.card_no == card_no
    assert request.lifetime_ms == (30_000 if kind is None else 300_000)


@pytest.mark.parametrize("result", ott.ResultCode)
def test_each_result_goes_through_both_sides(result: ott.ResultCode) -> None:
    """S6.1, S7: the Gateway answers with the documented status, and the client reads the result."""
    token = ott.TokenAnswer(TOKEN, DCVV, ott.ExpiryTime(30_000))
    payload = token.payload() if result is ott.ResultCode.SUCCESS else result.payload()
    platform = FakePlatform(payload, encrypted=True)
    client = Client(projects().client)
    request = client.seal(ott.TokenRequest(CARD).payload(), encrypted=True)
    status, headers, body = platform(request.headers, request.body)
    assert status == result.http_status
    assert ott.TokenRequest.read(platform.seen[0].payload) == ott.TokenRequest(CARD)
    if result is ott.ResultCode.SUCCESS:
        opened = client.open(status, headers, body, request=request)
        assert ott.TokenAnswer.read(opened) == token
    else:
        with pytest.raises(errors.ResultError) as caught:
            client.open(status, headers, body, request=request)
        assert ott.ResultCode.of(caught.value.result_code) is result


# --- nothing foreign leaves -----------------------------------------------------------------------

members = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.lists(st.integers())
)
fields = st.sampled_from(["cardNo", "type", "oneTimeToken", "dcvv", "expiryTime", "response"])


@examples(200)
@given(payload=st.dictionaries(fields, members | st.just(CARD) | st.just(DCVV) | st.just("ATM")))
def test_reading_ends_in_a_value_or_one_error(payload: dict[str, Any]) -> None:
    """D8."""
    for read in (ott.TokenRequest.read, ott.TokenAnswer.read):
        try:
            value: ott.TokenRequest | ott.TokenAnswer = read(payload)
        except errors.MalformedPayload:
            continue
        assert type(value).read(value.payload()) == value
