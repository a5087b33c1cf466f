"""Masking for logs (S8): in data, in texts of any carrier, and in what logging tools hand over."""

from __future__ import annotations

import copy
import io
import json
import logging
from collections import UserDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
import sentry_sdk
import structlog
from hypothesis import given, strategies as st
from pythonjsonlogger.json import JsonFormatter
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

from kmcrypto.redact import (
    RedactingFilter,
    is_sensitive,
    redact,
    redact_event,
    redact_headers,
    redact_sentry_event,
)
from tests.support.masking_costs import HOSTILE_FACTOR, HOSTILE_UNITS, ORDINARY_FACTOR
from tests.support.processes import python

CARD = "9410777788881234"  # known by its name alone: it does not pass the check of Luhn
MASKED_CARD = "941077******1234"
LUHN_CARD = "4111111111111111"
MASKED_LUHN_CARD = "411111******1111"
ACCESS_KEY = "abcd" + "0123456789" * 3 + "-UVWXY"
TOKEN = "KMV1:20221108120814608:uLD+mU8mz9K95neGiSJTSsF3zzAQJglCggZAOSs5Fkg="
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----"
# A value for each kind of name. None is part of another or of an innocent text.
SECRETS = {
    "cardNo": CARD,
    "newCardNo": CARD,
    "card_no": CARD,
    "dcvv": "zq731",
    "cvc": "zq732",
    "oneTimeToken": "7777zq66655554444",
    "barcodeSpec": "zq733",
    "password": "zq734",
    "cardPin": "zq735",
    "ci": "zq736==",
    "birthDate": "zq19900102",
    "nrNumber": "zq9001021234567",
    "userName": "zqKim",
    "firstName": "zqGil",
    "mobileNumber": "zq01012345678",
    "homePhone": "zq0212345678",
    "email": "zq@example.com",
    "addressLine1": "zq-Seoul",
    "bankAccount": "zq737",
    "par": "zq738",
    "authNumber": "zq739",
    "encData": "zq740",
    "secretKey": "zq741",
    "mac": "zq742",
}


def as_json_in_json(name: str, value: str) -> str:
    return json.dumps({"body": json.dumps({"inner": json.dumps({name: value, "amount": 1})})})


# Each carrier is a text that holds a member, and the reason why it is here.
CARRIERS: dict[str, Callable[[str, str], str]] = {
    "a body": lambda name, value: json.dumps({name: value, "amount": 1500}),
    "a body without blanks": lambda name, value: f'{{"a":[{{"{name}":"{value}"}}]}}',
    "a body of many lines": lambda name, value: json.dumps({"a": {name: value}}, indent=2),
    "a list as a value": lambda name, value: json.dumps({name: [{"any": value}], "amount": 1}),
    "JSON in JSON in JSON": as_json_in_json,
    "a body in a repr": lambda name, value: repr(json.dumps({name: value})),
    "bytes in a repr": lambda name, value: repr(json.dumps({name: value}).encode()),
    "a dict in a repr": lambda name, value: repr({name: value, "amount": 1500}),
    "an object in a repr": lambda name, value: f"Customer({name}='{value}', amount=1500)",
    "a body that was cut off": lambda name, value: json.dumps({"a": 1, name: value})[:-2],
    "a query": lambda name, value: f"GET /cards?{urlencode({name: value, 'page': 2})} HTTP/1.1",
    "JSON in a query": lambda name, value: (
        "/cards?q=" + quote(json.dumps({name: value})) + "&page=2"
    ),
    "a member of a form": lambda name, value: urlencode({f"user[{name}]": value}),
    "a line of a log": lambda name, value: f"declined {name}={value} status=402",
    "a header": lambda name, value: f"Host: a\r\n{name}: {value}\r\nAccept: */*",
    "a quote before it, in a body in a repr": lambda name, value: repr(
        json.dumps({name: f'a"{value}', "amount": 1})
    ),
    "a body in a field of CSV": lambda name, value: f'"{{""{name}"":""{value}"",""amount"":1}}"',
    "a literal of SQL": lambda name, value: f"SET {name} = 'O''{value}' WHERE id = 1",
    "a query in a query in a query": lambda name, value: (
        "/login?next=" + quote("/pay?next=" + quote(f"/cards?{urlencode({name: value})}"))
    ),
    "a key of PostgreSQL": lambda name, value: f"Key ({name})=({value}) already exists.",
    "an object as a value": lambda name, value: f"{{'{name}': <Value {value!r}>, 'amount': 1}}",
    "pairs in a repr": lambda name, value: f"Headers({[('Host', 'a'), (name, value), ('b', 'c')]})",
    "pairs of bytes in a repr": lambda name, value: repr([(name.encode(), value.encode())]),
    "a pair in a body": lambda name, value: json.dumps({"headers": [[name, value]]}),
    "a pair that was cut off": lambda name, value: repr((name, value))[:-2],
    "a literal of Ruby": lambda name, value: f'{{"{name}"=>"{value}"}}',
}

# Texts that come back as they are, and what could be mistaken for a secret in them.
INNOCENT = {
    "a name alone": 'the member "cardNo" is missing; send userName and password',
    "part of a word": "copying: yes pinned=2 space=3 participate: 4 macro=5",
    "a name of a file": '{"name":"readme.txt","fileName":"a","hostname":"b"}',
    "a timestamp and an id": "20221108120814608 0123456789abcdef 12345678901234567",
    "16 digits that fail the check of Luhn": "order 1234567812345678",
    "no value": '{"cardNo":null,"dcvv":"","pin": None}',
    "masked before": '{"cardNo":"941077******1234","dcvv":"***"}',
    "Korean": "결제가 완료되었습니다: 1,500원",
    "a URL": "https://api.example.com/v1/cards?page=2&size=20#top",
    "JSON of other members": '{"amount":1500,"tags":["a",null,true],"at":"2026-11-28T06:00:00Z"}',
}


# --- Texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_survives_in_a_carrier(name: str, carrier: Callable[[str, str], str]) -> None:
    text = carrier(name, SECRETS[name])
    masked = redact(text)
    assert "zq" not in masked
    assert CARD not in masked
    assert redact(masked) == masked
    assert redact(text.encode()) == masked.encode()


@pytest.mark.parametrize("text", INNOCENT.values(), ids=INNOCENT)
def test_innocent_text_comes_back_as_the_same_object(text: str) -> None:
    data = {"text": text, "list": [text, 1, 1.5, None, True, text.encode()]}
    assert redact(text) is text
    assert redact(data) is data


# What is kept, and what stands around a secret stays.
MASKED = {
    "a card number by its name": (f'{{"cardNo":"{CARD}"}}', f'{{"cardNo":"{MASKED_CARD}"}}'),
    "a card number anywhere": (f"refund {LUHN_CARD}.", f"refund {MASKED_LUHN_CARD}."),
    "in groups": ("4111 1111 1111 1111", "4111 11** **** 1111"),
    "in groups with hyphens": ("4111-1111-1111-1111", "4111-11**-****-1111"),
    "groups that adjoin": ("1234 4111 1111 1111 1111 22", "1234 41** **** **** 1111 22"),
    "a value that is no card number": ('{"cardNo":"9410"}', '{"cardNo":"***"}'),
    "an access key": (f"X-KM-Access-Key: {ACCESS_KEY}\n", "X-KM-Access-Key: abcd***\n"),
    "a MAC": (f"got {TOKEN} twice", "got KMV1:20221108120814608:*** twice"),
    "a private key": (
        f"key:\n{PEM}\n",
        "key:\n-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----\n",
    ),
    "a private key in a query": (
        urlencode({"key": PEM.replace("PRIVATE", "RSA PRIVATE"), "a": 1}),
        "key=-----BEGIN+RSA+PRIVATE+KEY-----***-----END+RSA+PRIVATE+KEY-----&a=1",
    ),
    "a private key that was cut off": (PEM[:40], "-----BEGIN PRIVATE KEY-----***"),
    "a number in JSON": ('{"pin":1234,"amount":1}', '{"pin":"***","amount":1}'),
    "a quote in a value": (r'{"password":"a\"b","amount":1}', '{"password":"***","amount":1}'),
    "quotes that SQL doubles": ("userName = 'O''Brien' AND 1", "userName = '***' AND 1"),
    "quotes that CSV doubles": ('"{""pin"":""1"",""a"":2}"', '"{""pin"":"***",""a"":2}"'),
    "brackets in quotes": ('{"address":{"a":"]}"},"amount":1}', '{"address":"***","amount":1}'),
    "a call as a value": ("{'birthDate': date(1990, 1), 'a': 1}", "{'birthDate': '***', 'a': 1}"),
    "words": ("userName=Hong Gil Dong status=200", "userName=*** status=200"),
    "a name in brackets": ('{"(pin)": 5, "a": 1}', '{"(pin)": "***", "a": 1}'),
    "an object": ("{'pin': <Pin 1>, 'b': 2}", "{'pin': '***', 'b': 2}"),
    "an object in another": ("pin=<Pin of=<Card 1>> a=2", "pin=*** a=2"),
    "tags": ("<p>pin:</p><p>pin: 1</p>", "<p>pin:</p><p>pin: ***</p>"),
    "a list that is no pair": ("['pin', 'a', 'b']", "['pin', 'a', 'b']"),
    "a pair with an access key": (
        f"[('X-Km-Access-Key', '{ACCESS_KEY}')]",
        "[('X-Km-Access-Key', 'abcd***')]",
    ),
    "the next parameter": ("?pin=12&page=2", "?pin=***&page=2"),
}


@pytest.mark.parametrize(("text", "expected"), MASKED.values(), ids=MASKED)
def test_what_is_kept(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(expected) is expected


# From these, texts are put together that no format has.
PIECES = (
    *("cardNo", "card_no", "pin", "password", "userName", "ci", "address", "X-KM-Access-Key"),
    *("dcvv", "KMV1:20221108120814608:", TOKEN, "a" * 40, LUHN_CARD, "4111 1111 1111 1111"),
    *('"', "'", "`", "\\", '\\"', '\\\\"', '\\\\\\"', ":", "=", "=>", " ", "\n", ",", "&", "?"),
    *("['pin', '", '["pin","', "('pin','", '""', "''", "<a", "%253D", "','", ","),
    *("{", "}", "[", "]", "(", ")"),
    *("<", ">", ";", "%", "/", "-", "+", ".", "b", "s", "2", "9"),
    *("%22", "%27", "%3A", "%3d", "%5D", "%25", "\\u0063", "1234", "***", "*", "null", "foo"),
    *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "a b c", "\u0130", "홍길동"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40)


@given(TEXTS)
def test_masking_twice_is_masking_once(text: str) -> None:
    masked = redact(text)
    assert redact(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        '"address":%25"',  # the quotes of the mask would be doubled
        '"address": (1)x',  # and would stand before a letter
        '"address":1<a>x',
        "('pin','a [\"pin\",\"b'",  # a pair in a text that is no pair's
    ],
)
def test_what_adjoins_a_mask_makes_it_no_part_of_a_value(text: str) -> None:
    masked = redact(text)
    assert "***" in masked
    assert redact(masked) == masked


NUMBERS = st.lists(
    st.sampled_from(
        ("4111", "1111", LUHN_CARD, " ", "-", "+", "*", "9", "cardNo=", "cardNo: ", '"')
    ),
    max_size=24,
).map("".join)


@given(NUMBERS)
def test_numbers_that_adjoin_are_masked_once(text: str) -> None:
    """What is left of one card number never begins another."""
    masked = redact(text)
    assert redact(masked) == masked


@pytest.mark.slow
@given(st.data())
def test_masking_twice_is_masking_once_for_many_texts(data: st.DataObject) -> None:
    for text in data.draw(st.lists(TEXTS | NUMBERS, min_size=200, max_size=200)):
        masked = redact(text)
        assert redact(masked) == masked


# --- Data -----------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """A named tuple whose fields are named as on the wire."""

    cardNo: str  # noqa: N815
    amount: int


DATA: dict[str, tuple[object, object]] = {
    "a member": ({"cardNo": CARD, "a": 1}, {"cardNo": MASKED_CARD, "a": 1}),
    "a number": ({"cardNo": int(CARD), "pin": 1234}, {"cardNo": MASKED_CARD, "pin": "***"}),
    "a card number of no name": ([int(LUHN_CARD), 7], [MASKED_LUHN_CARD, 7]),
    "data as a value": ({"address": {"a": ["b"]}}, {"address": "***"}),
    "no value": ({"cardNo": None, "pin": ""}, {"cardNo": None, "pin": ""}),
    "a pair": ([("cardNo", CARD), ("a", "b")], [("cardNo", MASKED_CARD), ("a", "b")]),
    "headers of ASGI": (
        [[b"x-km-access-key", ACCESS_KEY.encode()]],
        [[b"x-km-access-key", b"abcd***"]],
    ),
    "a named tuple": (Pair(CARD, 1), (MASKED_CARD, 1)),
    "a set": ({LUHN_CARD}, {MASKED_LUHN_CARD}),
    "a key": ({LUHN_CARD: 1}, {MASKED_LUHN_CARD: 1}),
    "JSON in data": ({"body": f'{{"dcvv":"{CARD}"}}'}, {"body": '{"dcvv":"***"}'}),
    "another mapping": (UserDict(pin="1"), {"pin": "***"}),
    "another object": (Decimal(LUHN_CARD), MASKED_LUHN_CARD),
    "an exception": (ValueError(f"pin={CARD}"), "pin=***"),
}


@pytest.mark.parametrize(("value", "expected"), DATA.values(), ids=DATA)
def test_data_is_masked_and_its_input_stays(value: object, expected: object) -> None:
    before = copy.deepcopy(value)
    masked = redact(value)
    assert masked == expected
    assert redact(masked) == masked
    assert isinstance(value, Exception) or value == before


SCALARS = (
    TEXTS | st.integers() | st.floats(allow_nan=False) | st.none() | st.booleans() | st.binary()
)
NAMES = st.sampled_from((*SECRETS, "amount", "a"))
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(NESTED)
def test_data_is_never_changed_and_masked_once(value: object) -> None:
    before = copy.deepcopy(value)
    masked = redact(value)
    assert value == before
    assert redact(masked) == masked


class Name(str, Enum):
    """Names of members, as programs list them. Their str is not the name."""

    PASSWORD = "password"


class Shy(str):
    """A text that does not show its characters."""

    def __str__(self) -> str:
        return "shy"

    __repr__ = __str__


def test_a_text_of_a_subclass_is_read_by_its_characters() -> None:
    """JSON writes the characters, whatever str and repr show."""
    assert redact({Name.PASSWORD: "zq"}) == {Name.PASSWORD: "***"}
    assert redact_headers({Name.PASSWORD: "zq", Shy("pin"): "zq"}) == {
        "password": "***",
        "pin": "***",
    }
    assert redact([Shy("pin=zq")]) == ["pin=***"]
    innocent = [Shy("a=1")]
    assert redact(innocent) is innocent


class Failing:
    """An object of which everything fails."""

    def __getattribute__(self, name: str) -> Any:
        raise ValueError(CARD)

    def __repr__(self) -> str:
        raise ValueError(CARD)

    __str__ = __repr__


class FailingDict(dict):  # type: ignore[type-arg]
    """A dict of which no member can be had."""

    def items(self) -> Any:
        raise ValueError(CARD)


class WrongText:
    """An object whose text is none."""

    def __str__(self) -> str:
        return 5  # type: ignore[return-value]


def holding_itself() -> list[Any]:
    value: list[Any] = [1]
    value.append(value)
    return value


def nested(levels: int) -> Any:
    value: Any = CARD
    for _ in range(levels):
        value = [value]
    return value


HOSTILE: dict[str, Callable[[], Any]] = {
    "an object that fails": Failing,
    "a mapping that fails": lambda: FailingDict(pin=CARD),
    "a text that is none": WrongText,
    "data that holds itself": holding_itself,
    "data of 5,000 levels": lambda: nested(5_000),
    "a number of 5,000 digits": lambda: 10**5_000,
    "a surrogate": lambda: "\ud800 pin=1",
    "data of 200,000 values": lambda: [CARD, *range(200_000)],
    "bytes of no encoding": lambda: b"\xff\xfe pin=1",
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_nothing_raises(make: Callable[[], Any]) -> None:
    value = make()
    for hostile in (value, [value], {"a": value}, {"pin": value}):
        redact(hostile)
        redact_headers(hostile)
        redact_event(None, "info", {"event": hostile})
        redact_sentry_event({"extra": hostile}, {})
    record = logging.makeLogRecord({"msg": "%s", "args": (value,), "extra": value})
    assert RedactingFilter().filter(record)
    logging.Formatter().format(record)


def test_what_is_beyond_the_limits_is_masked() -> None:
    assert CARD not in repr(redact(nested(100)))
    assert redact(holding_itself()) == [1, "***"]
    assert redact([0] * 200_000)[-1] == "***"


def test_data_that_is_shared_is_masked_once() -> None:
    """30 levels of which each holds the next one twice are 2**30 paths."""
    value: Any = {"pin": "1"}
    for _ in range(30):
        value = [value, value]
    masked = redact(value)
    assert masked[0] is masked[1]


# --- Headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [dict, lambda pairs: pairs, lambda pairs: iter(pairs)])
def test_headers(kind: Callable[[Any], Any]) -> None:
    pairs = [
        ("X-KM-Access-Key", ACCESS_KEY),
        ("X-KM-Tran-Token", TOKEN),
        ("Content-Type", "application/json"),
    ]
    expected = {
        "X-KM-Access-Key": "abcd***",
        "X-KM-Tran-Token": "KMV1:20221108120814608:***",
        "Content-Type": "application/json",
    }
    assert redact_headers(kind(pairs)) == expected
    as_bytes = [(name.encode(), value.encode()) for name, value in pairs]
    assert redact_headers(kind(as_bytes)) == expected
    assert redact_headers(expected) == expected


def test_headers_of_one_name_are_joined() -> None:
    assert redact_headers([("a", "1"), ("a", "2"), "no pair", None]) == {"a": "1, 2"}


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SECRETS, "X-KM-Access-Key", "CARD_NO", "card-no-2", "phones"])
def test_names_are_compared_without_case(name: str) -> None:
    assert is_sensitive(name)
    assert is_sensitive(name.upper())


@pytest.mark.parametrize("name", ["name", "fileName", "mapping", "spar", "amount", "", "pinned"])
def test_other_names(name: str) -> None:
    assert not is_sensitive(name)


# --- Real tools -----------------------------------------------------------------------------------


@contextmanager
def logger_to(stream: io.StringIO, formatter: logging.Formatter) -> Iterator[logging.Logger]:
    logger = logging.Logger("redact")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(RedactingFilter())
    logger.addHandler(handler)
    yield logger
    handler.close()


def fail_with_secret() -> None:
    raise LookupError(f"no card pin={SECRETS['password']}")


@pytest.mark.parametrize("formatter", [logging.Formatter(), JsonFormatter("%(message)s")])
def test_logging(formatter: logging.Formatter) -> None:
    stream = io.StringIO()
    payload = {"cardNo": CARD, "password": SECRETS["password"]}
    with logger_to(stream, formatter) as logger:
        logger.error("got %s", payload)
        logger.error("got %(cardNo)s password=%(password)s", payload)
        logger.error(json.dumps(payload))
        logger.error("in extra", extra={"payload": payload, "dcvv": SECRETS["dcvv"]})
        logger.error("wrong arguments %d %s", payload["password"], f"pin={CARD}")
        try:
            fail_with_secret()
        except LookupError:
            logger.exception("failed", stack_info=True)
    lines = stream.getvalue()
    assert "zq" not in lines
    assert f"'cardNo': '{MASKED_CARD}'" in lines
    assert "fail_with_secret" in lines
    assert payload == {"cardNo": CARD, "password": SECRETS["password"]}


@pytest.mark.parametrize(
    ("message", "arguments", "expected"),
    [
        ("headers %s", ([("password", "zq")],), "headers [('password', '***')]"),
        ("login %(password)s", ({"password": "zq"},), "login ***"),
        ("%s: %s", ("password", "zq"), "password: ***"),
        ("pin of %(pin)d", ({"pin": 7351},), "pin of %(pin)d {'pin': '***'}"),
        ("card %d", (int(LUHN_CARD),), f"card %d ('{MASKED_LUHN_CARD}',)"),
    ],
)
def test_a_secret_is_known_by_the_name_that_it_has_in_the_arguments(
    message: str, arguments: tuple[Any, ...], expected: str
) -> None:
    """The message shows the value, and not the name that makes it a secret."""
    stream = io.StringIO()
    with logger_to(stream, logging.Formatter()) as logger:
        logger.error(message, *arguments)
    assert stream.getvalue() == expected + "\n"


def test_a_record_without_a_secret_stays_as_it_is() -> None:
    arguments = ({"amount": 1},)
    error = LookupError("nothing")
    exc_info = (LookupError, error, None)
    record = logging.makeLogRecord({"msg": "a %s", "args": arguments, "exc_info": exc_info})
    RedactingFilter().filter(record)
    assert record.args is arguments
    assert record.exc_info is exc_info


class FailingFormat:
    """An object that has a text and cannot be formatted."""

    def __str__(self) -> str:
        return "no place for an argument"

    def __format__(self, spec: str) -> str:
        raise ValueError(CARD)


@pytest.mark.parametrize("kind", [Failing, FailingFormat])
def test_a_message_that_fails_is_masked(kind: type) -> None:
    record = logging.makeLogRecord({"msg": kind(), "args": (1,), "exc_info": (1, 2, 3)})
    RedactingFilter().filter(record)
    assert logging.Formatter().format(record).startswith("***")


def test_the_text_of_an_earlier_handler_is_masked() -> None:
    """A formatter keeps the text of an exception in the record, for the handlers that follow."""
    record = logging.makeLogRecord({"msg": "failed", "exc_text": f"LookupError: pin={CARD}"})
    RedactingFilter().filter(record)
    assert record.exc_text == "LookupError: pin=***"


def test_structlog() -> None:
    stream = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            structlog.processors.format_exc_info,
            redact_event,
            structlog.processors.JSONRenderer(),
        ],
    )
    event = {"cardNo": CARD, "body": json.dumps({"dcvv": SECRETS["dcvv"]})}
    logger.error("declined", payload=event, password=SECRETS["password"])
    try:
        fail_with_secret()
    except LookupError:
        logger.exception("failed")
    lines = stream.getvalue()
    assert "zq" not in lines
    assert MASKED_CARD in lines
    assert "fail_with_secret" in lines
    assert event["cardNo"] == CARD


def test_structlog_before_its_exception_is_a_text() -> None:
    """The processor writes the text itself only if there is a secret in it."""
    secret = LookupError(f"pin={CARD}")
    masked = redact_event(None, "error", {"event": "failed", "exc_info": secret})
    assert masked == {"event": "failed", "exception": "LookupError: pin=***"}
    try:
        raise secret
    except LookupError:
        shown = redact_event(None, "error", {"event": "failed", "exc_info": True})
    assert shown["exception"].endswith("LookupError: pin=***")
    innocent = {"event": "failed", "exc_info": LookupError("nothing")}
    assert redact_event(None, "error", innocent) == innocent


class Memory(Transport):
    """A transport that keeps what Sentry would send."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize().decode())


def test_sentry() -> None:
    client = sentry_sdk.Client(
        dsn="https://made-up@localhost/1",
        transport=Memory,
        before_send=redact_sentry_event,
        default_integrations=False,
        auto_enabling_integrations=False,
        enable_backpressure_handling=False,
        auto_session_tracking=False,
    )
    scope = sentry_sdk.Scope()
    scope.set_extra("body", json.dumps({"cardNo": CARD, "dcvv": SECRETS["dcvv"]}))
    scope.set_tag("userName", SECRETS["userName"])
    scope.add_breadcrumb(message=f"pin={SECRETS['cardPin']}", data={"email": SECRETS["email"]})
    payload = {"cardNo": CARD, "password": SECRETS["password"]}
    try:
        fail_with_secret()
    except LookupError as error:
        event, hint = event_from_exception(error, client_options=client.options)
        client.capture_event(event, hint, scope)
    transport = client.transport
    assert isinstance(transport, Memory)
    sent = "".join(transport.sent)
    assert "LookupError" in sent
    assert MASKED_CARD in sent
    assert CARD not in sent
    assert "zq" not in sent
    assert payload["cardNo"] == CARD


# --- Cost -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_work_is_bounded_by_length() -> None:
    multiples = json.loads(python("-m", "tests.support.masking_costs"))
    assert len(multiples) == len(HOSTILE_UNITS) + 2
    assert multiples["ordinary"] <= ORDINARY_FACTOR
    assert {name: cost for name, cost in multiples.items() if cost > HOSTILE_FACTOR} == {}
