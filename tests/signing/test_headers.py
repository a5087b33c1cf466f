"""`kmcrypto/signing/headers.py`: containers, each form of S1 at its borders, and attacks."""

from __future__ import annotations

import email
import http.client
import io
import random
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from types import MappingProxyType
from typing import Any
from wsgiref.headers import Headers as WsgiHeaders

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import KST, UTC, CorrelationId, TimeZone, errors
from kmcrypto._core.scrub import scrubbed
from kmcrypto.signing import headers as unscrubbed
from kmcrypto.signing.headers import RequestHeaders
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID
from tests.support.digits import LIKE_A_DIGIT, ZEROES, in_script
from tests.support.leaks import assert_nothing_left
from tests.support.properties import examples

PROPERTY = examples(150)

# In the package their callers scrub; here the tests call them directly.
read_request_headers = scrubbed(unscrubbed.read_request_headers)
read_answer_headers = scrubbed(unscrubbed.read_answer_headers)
read_correlation_id = scrubbed(unscrubbed.read_correlation_id)

ZONES = {"UTC": UTC, "KST": KST, "IST": TimeZone("IST", 5, 30)}
TOKEN = "KMV1:20221108120814608:uLD+mU8mz9K95neGiSJTSsF3zzAQJglCggZAOSs5Fkg="
CORRELATION = "221108120814-0a1B2c3"
REQUEST = {
    "X-KM-User-AspId": ASP_ID,
    "X-KM-Correlation-Id": CORRELATION,
    "X-KM-Access-Key": ACCESS_KEY,
    "X-KM-Crypto-Key-Id": KEY_ID,
    "X-KM-Tran-Token": TOKEN,
    "X-KM-Tran-Time": "20221108120814",
    "X-KM-Time-Zone": "KST",
}
ANSWER = {name: REQUEST[name] for name in ("X-KM-Correlation-Id", "X-KM-Crypto-Key-Id")}
OTHERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Host": "a\r\nb",
    "X-Forwarded-For": "",
    "X-KMA": "\ud800",
    "X_KM_Tran_Token": "a header that a CGI gateway would take for ours",
    "Cookie": "k=" + "v" * 5000,
    "": "",
}


def read(headers: Any, zones: Mapping[str, TimeZone] = ZONES) -> RequestHeaders:
    return read_request_headers(headers, zones)


def request(**changes: Any) -> dict[str, Any]:
    """The good request with other values, by the ends of their names; None leaves one out."""
    changed: dict[str, Any] = dict(REQUEST)
    for end, value in changes.items():
        (name,) = (name for name in REQUEST if name.replace("-", "").lower().endswith(end))
        changed[name] = value
    return {name: value for name, value in changed.items() if value is not None}


def assert_is_the_request(found: RequestHeaders) -> None:
    assert found.asp_id == ASP_ID
    assert str(found.correlation_id) == CORRELATION
    assert found.access_key == ACCESS_KEY
    assert found.crypto_key_id == KEY_ID
    assert str(found.token) == TOKEN
    assert found.tran_second == 1_667_909_294  # date -u -d "2022-11-08 12:08:14" +%s
    assert found.zone is KST


# --- Containers -----------------------------------------------------------------------------------


class MultiDict:
    """A mapping of web frameworks: a name may have several values, and items() gives them all."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def items(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)


class Answering(MultiDict):
    """Headers of a client whose objects answer for every name, as proxies and mocks do."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: []


class AnsweringPairs(list[tuple[str, str]]):
    """Pairs whose object answers for every name, `items` and `raw_items` included."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: []


def as_message(headers: dict[str, str]) -> Message:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return message


def as_received(headers: dict[str, str]) -> http.client.HTTPMessage:
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return http.client.parse_headers(io.BytesIO(text.encode("latin-1") + b"\r\n"))


CONTAINERS: dict[str, Callable[[dict[str, str]], Any]] = {
    "dict": dict,
    "read-only mapping": MappingProxyType,
    "list of pairs": lambda headers: list(headers.items()),
    "tuple of lists": lambda headers: tuple(list(pair) for pair in headers.items()),
    "mapping that answers for every name": lambda headers: Answering(list(headers.items())),
    "pairs that answer for every name": lambda headers: AnsweringPairs(headers.items()),
    "generator": lambda headers: (pair for pair in headers.items()),
    "set of pairs": lambda headers: set(headers.items()),
    "view of a dict": lambda headers: headers.items(),
    "pairs of bytes (ASGI)": lambda headers: [
        (n.lower().encode(), v.encode()) for n, v in headers.items()
    ],
    "dict of bytes": lambda headers: {n.encode(): v.encode() for n, v in headers.items()},
    "text names, bytes values": lambda headers: {n: v.encode() for n, v in headers.items()},
    "bytes names, text values": lambda headers: [(n.encode(), v) for n, v in headers.items()],
    "email message": as_message,
    "headers of http.client": as_received,
    "headers of wsgiref": lambda headers: WsgiHeaders(list(headers.items())),
    "multi-dict": lambda headers: MultiDict(list(headers.items())),
    "lower case": lambda headers: {n.lower(): v for n, v in headers.items()},
    "upper case": lambda headers: {n.upper(): v for n, v in headers.items()},
    "swapped case": lambda headers: {n.swapcase(): v for n, v in headers.items()},
}


@pytest.mark.parametrize("contain", CONTAINERS.values(), ids=CONTAINERS.keys())
def test_headers_are_read_from_whatever_holds_them(
    contain: Callable[[dict[str, str]], Any],
) -> None:
    """docs/design.md, The names callers see: any mapping or iterable of pairs, text or bytes;
    S1.11: names in any case.
    """
    assert_is_the_request(read(contain(REQUEST)))
    correlation_id, key_id = read_answer_headers(contain(ANSWER))
    assert (str(correlation_id), key_id) == (CORRELATION, KEY_ID)
    assert str(read_correlation_id(contain(REQUEST))) == CORRELATION


def test_names_are_read_in_any_case() -> None:
    """S1.11."""
    for change in (str.lower, str.upper, str.title, str.swapcase):
        named = {change(name): value for name, value in REQUEST.items()}
        assert_is_the_request(read(named))
        assert_is_the_request(read([(n.encode(), v.encode()) for n, v in named.items()]))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-KM-Correlation-Id": ""},
        {"X-KM-Correlation-Id": "\n" + CORRELATION},
        {"X-KM-Correlation-Id": CORRELATION + "0"},
        [("X-KM-Correlation-Id", CORRELATION), ("x-km-correlation-id", CORRELATION)],
        [("X-KM-Correlation-Id", CORRELATION)] * 3,
        [("X-KM-Correlation-Id", "x"), ("X-KM-Correlation-Id", CORRELATION)],
    ],
    ids=repr,
)
def test_a_correlation_id_that_cannot_be_read_is_none(headers: Any) -> None:
    """S1.9: for a refusal, and for an answer that came through a proxy."""
    assert read_correlation_id(headers) is None
    pairs: Any = headers.items() if isinstance(headers, dict) else headers
    assert read_answer_headers([*pairs, ("X-KM-Crypto-Key-Id", KEY_ID)]) == (None, KEY_ID)


def test_a_correlation_id_is_read_whatever_the_other_headers_are() -> None:
    pairs: list[tuple[Any, Any]] = [(name, "\r\n") for name in REQUEST if "Correl" not in name] * 2
    assert str(read_correlation_id([*pairs, ("X-KM-Correlation-Id", CORRELATION)])) == CORRELATION
    junk: Any
    for junk in ([*pairs, 5], [*pairs, ("X-KM-Tran-Time", None)]):
        with pytest.raises(TypeError):
            read_correlation_id(junk)


def test_headers_are_not_changed_by_reading() -> None:
    headers = dict(REQUEST)
    read(headers)
    assert headers == REQUEST
    assert list(headers) == list(REQUEST)


@pytest.mark.parametrize(
    "headers",
    [
        None,
        5,
        object(),
        "X-KM-Time-Zone: KST",
        b"X-KM-Time-Zone: KST",
        ["X-KM-Time-Zone: KST"],
        ["ab"],
        [("X-KM-Time-Zone",)],
        [("X-KM-Time-Zone", "KST", "KST")],
        [()],
        [None],
        [{"X-KM-Time-Zone": "KST"}],
        [(5, "KST")],
        [(None, "KST")],
        [(bytearray(b"X-KM-Time-Zone"), b"KST")],
        {5: "KST"},
        {"X-KM-Time-Zone": None},
        {"X-KM-Time-Zone": 5},
        {"X-KM-Time-Zone": ["KST"]},
        {"X-KM-Time-Zone": ("KST",)},
        {"X-KM-Time-Zone": bytearray(b"KST")},
        pytest.param({"X-KM-Time-Zone": memoryview(b"KST")}, id="a memoryview"),
    ],
    ids=lambda headers: repr(headers)[:40] if type(headers) is not object else "object",
)
def test_what_is_no_headers_is_a_type_error(headers: Any) -> None:
    """D8: our own caller's mistake."""
    for reader in (read, read_correlation_id, read_answer_headers):
        with pytest.raises(TypeError):
            reader(headers)


def test_what_a_callers_own_headers_raise_passes_through() -> None:
    def pairs() -> Iterator[tuple[str, str]]:
        yield "Host", "x"
        raise ConnectionResetError("cut off")

    with pytest.raises(ConnectionResetError, match="cut off"):
        read(pairs())


# --- Other headers --------------------------------------------------------------------------------


def test_other_headers_are_not_looked_at_whatever_they_hold() -> None:
    """S1.11."""
    pairs: list[tuple[Any, Any]] = [*OTHERS.items(), *OTHERS.items(), *REQUEST.items()]
    pairs += [
        ("Host", None),
        ("Host", 5),
        (b"\xff\xfe", object()),
        ("X-KM", "no hyphen"),
        (b"x-k", b"\r\n"),
        ("X-KM-Whatever", "\r\n"),
        ("X-KM-Whatever", None),
        ("X-KM-Tran-Token2", ""),
        (b"x-km-trace-id", "\u00e9" * 5000),
    ]
    assert_is_the_request(read(pairs))
    assert read_answer_headers(pairs) == (CorrelationId(CORRELATION), KEY_ID)


LOOKALIKES = {
    "Kelvin sign, whose lower case is k": "X-\u212aM-Tran-Token",
    "Kelvin sign further on": "X-KM-Tran-To\u212aen",
    "long s, whose upper case is S": "X-KM-U\u017fer-AspId",
    "dotted I, whose lower case is two letters": "X-KM-Tran-T\u0130me",
    "dotless i, whose upper case is I": "X-KM-Tran-T\u0131me",
    "full-width letters": "\uff38-\uff2b\uff2d-Tran-Token",
    "Cyrillic M": "X-K\u041c-Tran-Token",
    "hyphen of typography": "X\u2010KM\u2010Tran\u2010Token",
    "soft hyphen": "X-KM-Tran-Tok\u00aden",
    "combining mark": "X-KM-Tran-Token\u0301",
    "half a surrogate pair": "X-KM-Tran-Token\ud800",
}


@pytest.mark.parametrize("name", LOOKALIKES.values(), ids=LOOKALIKES.keys())
def test_a_name_that_only_looks_like_ours_is_another_header(name: str) -> None:
    """It neither stands in for ours nor counts as a second one."""
    assert_is_the_request(read([(name, "\r\n"), *REQUEST.items(), (name, "again")]))
    for ours in ("X-KM-Tran-Token", "X-KM-User-AspId", "X-KM-Tran-Time"):
        missing = {other: value for other, value in REQUEST.items() if other != ours}
        with pytest.raises(errors.MissingHeader):
            read({**missing, name: REQUEST[ours]})


def test_a_name_with_an_8_bit_byte_is_another_header() -> None:
    assert_is_the_request(
        read([(b"X-KM-Tran-Token\xad", b"\r\n"), *REQUEST.items(), (b"\xd8-KM-Tran-Token", b"")])
    )


@pytest.mark.parametrize(
    "name",
    [
        "X-KM-Tran-Token ",
        "X-KM-Tran-Token:",
        "X-KM-Tran-Token\0",
        "X-KM-Tran-Token\r",
        "X-KM--Tran-Token",
    ],
    ids=repr,
)
def test_a_name_with_something_behind_it_does_not_stand_in_for_ours(name: str) -> None:
    """Servers that trim names and servers that don't must not see two different requests."""
    with pytest.raises(errors.MissingHeader):
        read({**request(trantoken=None), name: TOKEN})


# --- Missing and duplicate headers ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [name for name in REQUEST if name not in ("X-KM-Access-Key", "X-KM-Crypto-Key-Id")]
)
def test_a_request_without_a_required_header_is_refused_by_its_name(name: str) -> None:
    """S1."""
    with pytest.raises(errors.MissingHeader) as caught:
        read({other: value for other, value in REQUEST.items() if other != name})
    assert name in str(caught.value)
    assert_nothing_left(caught.value, *REQUEST.values())


def test_access_key_and_crypto_key_id_may_be_absent() -> None:
    """S1.3 on callbacks, S1.4 on plain calls; whether they may is the receiver's question."""
    found = read(request(accesskey=None, cryptokeyid=None))
    assert (found.access_key, found.crypto_key_id) == (None, None)


def test_an_answer_needs_no_header_at_all() -> None:
    """S1.9: a proxy may drop them. Those of requests are not looked at in an answer."""
    correlation_id, key_id = read_answer_headers({"x-km-correlation-id": CORRELATION})
    assert (str(correlation_id), key_id) == (CORRELATION, None)
    assert read_answer_headers({"X-KM-Crypto-Key-Id": KEY_ID}) == (None, KEY_ID)
    assert read_answer_headers(OTHERS) == read_answer_headers({}) == (None, None)
    of_requests = {name: "\n" for name in REQUEST if name not in ANSWER}
    expected = (CorrelationId(CORRELATION), KEY_ID)
    assert read_answer_headers([*of_requests.items(), *REQUEST.items()]) == expected


def test_a_crypto_key_id_of_an_answer_is_read_strictly() -> None:
    """It decides which key opens the answer (S4.7)."""
    with pytest.raises(errors.DuplicateHeader):
        read_answer_headers([*ANSWER.items(), ("x-km-crypto-key-id", KEY_ID)])
    for value in ("", "x", KEY_ID + "0", KEY_ID[:-1] + "\n"):
        with pytest.raises(errors.MalformedHeader):
            read_answer_headers({**ANSWER, "X-KM-Crypto-Key-Id": value})


@pytest.mark.parametrize("same", [True, False], ids=["the same value", "another value"])
@pytest.mark.parametrize("name", REQUEST)
def test_a_header_that_comes_twice_is_refused(name: str, same: bool) -> None:
    """S1.11: in whatever case and container, even with the same value."""
    again = REQUEST[name] if same else "x"
    twice = [*REQUEST.items(), (name, again)]
    message = as_message(REQUEST)
    message[name] = again
    containers: list[Any] = [
        twice,
        [(name, again), *REQUEST.items()],
        [*REQUEST.items(), (name.lower(), again)],
        [*REQUEST.items(), (name.upper().encode(), again.encode())],
        {**REQUEST, name.upper(): again},
        MultiDict(twice),
        WsgiHeaders(twice),
        message,
        iter(twice),
    ]
    for headers in containers:
        with pytest.raises(errors.DuplicateHeader) as caught:
            read(headers)
        assert name in str(caught.value)
        assert_nothing_left(caught.value, *REQUEST.values())


@pytest.mark.parametrize("joint", [", ", ",", "; ", " ", "\n", "\r\n ", "\0", ""], ids=repr)
@pytest.mark.parametrize("name", REQUEST)
def test_two_values_joined_into_one_are_refused(name: str, joint: str) -> None:
    """RFC 9110, 5.3: mappings join what came twice."""
    with pytest.raises(errors.RemoteError):
        read({**REQUEST, name: REQUEST[name] + joint + REQUEST[name]})


# --- The token's form is the last step (S12) ------------------------------------------------------

BROKEN_TOKENS = {"of another form": TOKEN[:-1], "joined": f"{TOKEN},{TOKEN}"}
HEADER_FAULTS: dict[str, dict[str, str | None]] = {
    "asp id": {"aspid": "x"},
    "correlation id": {"correlationid": "x"},
    "access key": {"accesskey": "x"},
    "no access key": {"accesskey": None},
    "crypto key id": {"cryptokeyid": "x"},
    "tran time": {"trantime": "x"},
    "zone": {"timezone": "x"},
}


@pytest.mark.parametrize("token", BROKEN_TOKENS.values(), ids=BROKEN_TOKENS.keys())
@pytest.mark.parametrize("fault", HEADER_FAULTS.values(), ids=HEADER_FAULTS.keys())
def test_a_fault_of_a_header_is_told_before_one_of_the_token(
    fault: dict[str, str | None], token: str
) -> None:
    headers = request(trantoken=token, **fault)
    # The token stands first, too: the order of the headers decides nothing.
    for ordered in (
        headers,
        dict(sorted(headers.items(), key=lambda pair: "Token" not in pair[0])),
    ):
        with pytest.raises(errors.RemoteError) as caught:
            read_request_headers(ordered, ZONES, True)
        assert caught.value.stage == "headers"


@pytest.mark.parametrize("token", BROKEN_TOKENS.values(), ids=BROKEN_TOKENS.keys())
def test_an_unexpected_access_key_is_told_before_a_broken_token(token: str) -> None:
    with pytest.raises(errors.UnexpectedHeader):
        read_request_headers(request(trantoken=token), ZONES, False)


# --- Values that no X-KM-* header may have --------------------------------------------------------

BAD_CHARACTERS = {
    "CR": "\r",
    "LF": "\n",
    "CR LF": "\r\n",
    "LF CR": "\n\r",
    "obs-fold": "\r\n ",
    "obs-fold with a tab": "\r\n\t",
    "bare obs-fold": "\n ",
    "header injection": "\r\nX-KM-Access-Key: x",
    "response splitting": "\r\n\r\n<html>",
    "NUL": "\0",
    "tab": "\t",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "backspace": "\x08",
    "escape sequence": "\x1b[2J",
    "file separator": "\x1c",
    "unit separator": "\x1f",
    "space": " ",
    "DEL": "\x7f",
    "next line": "\u0085",
    "C1 escape": "\u009b",
    "no-break space": "\u00a0",
    "e with an accent": "\u00e9",
    "y with a diaeresis, byte 255": "\u00ff",
    "truncates to LF": "\u010a",
    "truncates to CR": "\u010d",
    "truncates to LF, Chinese": "\u560a",
    "truncates to CR, Chinese": "\u560d",
    "truncates to a space": "\u0120",
    "line separator": "\u2028",
    "zero-width space": "\u200b",
    "byte order mark": "\ufeff",
    "right-to-left override": "\u202e",
    "full-width zero": "\uff10",
    "Kelvin sign": "\u212a",
    "half a surrogate pair": "\ud800",
    "escaped byte 0x0a": "\udc0a",
    "emoji": "\U0001f511",
}


@pytest.mark.parametrize("bad", BAD_CHARACTERS.values(), ids=BAD_CHARACTERS.keys())
@pytest.mark.parametrize("name", REQUEST)
def test_a_value_that_is_not_visible_ascii_is_malformed(name: str, bad: str) -> None:
    """S1.11. Before, inside, after a good value and in a character's place; as text and bytes."""
    good = REQUEST[name]
    for value in (
        bad,
        bad + good,
        good + bad,
        good[:2] + bad + good[2:],
        good[:-1] + bad,
        bad + good[1:],
        good[:2] + bad,
    ):
        for form in (
            value,
            value.encode("utf-8", "surrogatepass"),
            value.encode("latin-1", "replace"),
        ):
            if isinstance(form, bytes) and b"?" in form:
                continue  # there is no latin-1 for it
            with pytest.raises(errors.MalformedHeader) as caught:
                read({**REQUEST, name: form})
            assert_nothing_left(caught.value, form, good)


@pytest.mark.parametrize("bad", ["X-KM-Time-Zone", "x-km-crypto-key-id"])
def test_a_value_that_is_not_visible_is_named_before_one_of_another_form(bad: str) -> None:
    """Whatever is wrong with others: a server's parser let through what it must not."""
    for others in (
        {"X-KM-Tran-Time": "20221308120814"},
        {"X-KM-Tran-Token": "KMV1"},
        {"X-KM-User-AspId": "short"},
    ):
        with pytest.raises(errors.MalformedHeader, match="must be visible ASCII"):
            read({**request(timezone=None, cryptokeyid=None), **others, bad: "a b"})


NOT_VISIBLE: dict[str, str | bytes] = {
    "empty": "",
    "empty bytes": b"",
    "too long": "a" * 257,
    "too long bytes": b"a" * 257,
    "space inside": "a b",
    "space first": " a",
    "space last": "a ",
    "tab": "a\tb",
    "line feed last": "a\n",
    "CR LF": b"a\r\nb",
    "obs-fold": "a\r\n b",
    "NUL": "a\0",
    "escape": "a\x1b[31m",
    "delete": "a\x7f",
    "C1 control": "a\x85",
    "no-break space": "a\u00a0",
    "byte of 255": b"a\xff",
    "UTF-8 bytes": "\ube44".encode(),
    "Korean": "\ube44",
    "truncates to LF in one byte": "a\u010a",
    "truncates to CR in one byte": "a\u560d",
    "half a surrogate pair": "a\ud800",
    "full-width digit": "\uff11",
}


@pytest.mark.parametrize("value", NOT_VISIBLE.values(), ids=NOT_VISIBLE.keys())
def test_a_header_value_that_is_not_visible_ascii_is_refused(value: str | bytes) -> None:
    """S1.11."""
    for name in REQUEST:
        with pytest.raises(errors.MalformedHeader, match="must be visible ASCII"):
            read({**REQUEST, name: value})
    with pytest.raises(errors.MalformedHeader, match="must be visible ASCII"):
        read_answer_headers([("X-KM-Crypto-Key-Id", value)])


@pytest.mark.parametrize("name", REQUEST)
def test_an_empty_or_oversize_value_is_malformed(name: str) -> None:
    for value in ("", "0" * 257, "0" * 1_000_000):
        for form in (value, value.encode()):
            with pytest.raises(errors.MalformedHeader) as caught:
                read({**REQUEST, name: form})
            assert_nothing_left(caught.value, form)


@pytest.mark.parametrize("name", REQUEST)
def test_bytes_that_http_client_let_through_are_malformed(name: str) -> None:
    """It reads latin-1, so 8-bit bytes arrive as letters."""
    with pytest.raises(errors.MalformedHeader):
        read(as_received({**REQUEST, name: REQUEST[name][:-1] + "\u00e9"}))


def test_bytes_that_an_email_parser_let_through_are_malformed() -> None:
    """The standard library's message gives 8-bit values as an `email.header.Header`."""
    lines = [
        f"{name}: {value}" for name, value in request(accesskey=ACCESS_KEY[:-1] + "\u00e9").items()
    ]
    with pytest.raises(errors.MalformedHeader):
        read(email.message_from_bytes("\n".join(lines).encode("latin-1")))


# --- The forms of S1 ------------------------------------------------------------------------------

FORMS: dict[str, tuple[dict[str, str], bool]] = {
    "S1.1 asp id of 14": ({"aspid": ASP_ID[:14]}, False),
    "S1.1 asp id of 15": ({"aspid": "aZ09" * 3 + "zA0"}, True),
    "S1.1 asp id of 16": ({"aspid": ASP_ID + "0"}, False),
    "S1.1 asp id with a hyphen": ({"aspid": ASP_ID[:-1] + "-"}, False),
    "S1.1 asp id with an underscore": ({"aspid": ASP_ID[:-1] + "_"}, False),
    "S1.1 asp id of 15 with brackets": ({"aspid": "[" + ASP_ID[2:] + "]"}, False),
    "S1.3 access key of 39": ({"accesskey": ACCESS_KEY[:39]}, False),
    "S1.3 access key of 40": ({"accesskey": "aZ0-" * 10}, True),
    "S1.3 access key of 41": ({"accesskey": ACCESS_KEY + "0"}, False),
    "S1.3 access key with an underscore": ({"accesskey": ACCESS_KEY.replace("-", "_")}, False),
    "S1.3 access key with a full stop": ({"accesskey": ACCESS_KEY.replace("-", ".")}, False),
    "S1.3 access key with a wildcard": ({"accesskey": ACCESS_KEY[:-1] + "*"}, False),
    "S1.3 access key with SQL": ({"accesskey": "'or'1'='1'--" + ACCESS_KEY[12:]}, False),
    "S1.4 key id of 31": ({"cryptokeyid": KEY_ID[:31]}, False),
    "S1.4 key id of 32": ({"cryptokeyid": "aZ09" * 8}, True),
    "S1.4 key id of 33": ({"cryptokeyid": KEY_ID + "0"}, False),
    "S1.4 key id with a hyphen": ({"cryptokeyid": KEY_ID[:-1] + "-"}, False),
    "S1.4 key id that is a path": ({"cryptokeyid": "../" * 10 + "ab"}, False),
    "S1.6 tran time of 12": ({"trantime": "221108120814"}, False),
    "S1.6 tran time of 13": ({"trantime": "2022110812081"}, False),
    "S1.6 tran time of 16": ({"trantime": "2022110812081400"}, False),
    "S1.6 tran time of 17": ({"trantime": "20221108120814608"}, False),
    "S1.6 tran time with hyphens": ({"trantime": "2022-11-08T12:"}, False),
    "S1.6 tran time with a plus": ({"trantime": "+0221108120814"}, False),
    "S1.6 tran time with underscores": ({"trantime": "2022_108120814"}, False),
    "S1.6 tran time in month 13": ({"trantime": "20221308120814"}, False),
    "S1.6 29 February 2024": ({"trantime": "20240229120814"}, True),
    "S1.6 29 February 2023": ({"trantime": "20230229120814"}, False),
    "S1.6 hour 24": ({"trantime": "20221108240000"}, False),
    "S1.6 second 60": ({"trantime": "20221231235960"}, False),
    "S1.6 the mask itself": ({"trantime": "yyyyMMddHHmmss"}, False),
    "S1.6 another time than the token's": ({"trantime": "20301231235959"}, True),
    "S1.7 UTC": ({"timezone": "UTC"}, True),
    "S1.7 added zone": ({"timezone": "IST"}, True),
    "S1.7 unknown zone": ({"timezone": "JST"}, False),
    "S1.7 lower case": ({"timezone": "kst"}, False),
    "S1.7 mixed case": ({"timezone": "Kst"}, False),
    "S1.7 two letters": ({"timezone": "KS"}, False),
    "S1.7 four letters": ({"timezone": "KSTX"}, False),
    "S1.7 offset": ({"timezone": "+09:00"}, False),
    "S1.7 place": ({"timezone": "Asia/Seoul"}, False),
    "S1.7 Z": ({"timezone": "Z"}, False),
    "S2.1 upper case": ({"correlationid": CORRELATION.upper()}, True),
    "S2.1 another time than the token's": ({"correlationid": "991231235959-fffffff"}, True),
    "S2.2 21 characters": ({"correlationid": "221108120814-0a1b2c3d"}, False),
    "S2.2 23 characters": ({"correlationid": "221108120814608-0a1b2c3"}, False),
    "S2.1 month 13": ({"correlationid": "221308120814-0a1b2c3"}, False),
    "S2.1 no hyphen": ({"correlationid": "22110812081400a1b2c3"}, False),
}


@pytest.mark.parametrize(("changes", "good"), FORMS.values(), ids=FORMS.keys())
def test_each_value_is_read_in_its_one_form(changes: dict[str, str], good: bool) -> None:
    if good:
        found = read(request(**changes))
        ((end, value),) = changes.items()
        shown = {
            "aspid": found.asp_id,
            "accesskey": found.access_key,
            "cryptokeyid": found.crypto_key_id,
            "timezone": found.zone.name,
            "correlationid": str(found.correlation_id),  # S2.1: as it came
        }
        assert end == "trantime" or shown[end] == value  # S1.4: a key id keeps its case
        return
    with pytest.raises(errors.MalformedHeader) as caught:
        read(request(**changes))
    # The error may well name the form, which is what one row sends.
    assert_nothing_left(
        caught.value, *(value for value in changes.values() if value != "yyyyMMddHHmmss")
    )


@pytest.mark.parametrize("zero", ZEROES.values(), ids=ZEROES.keys())
@pytest.mark.parametrize("name", [name for name in REQUEST if name != "X-KM-Time-Zone"])
def test_another_scripts_digits_are_refused_in_every_header(name: str, zero: int) -> None:
    """S1.11."""
    good = REQUEST[name]
    foreign = "".join(in_script(sign, zero) if sign.isdigit() else sign for sign in good)
    assert foreign != good
    last = max(place for place, sign in enumerate(good) if sign.isdigit())
    for value in (foreign, good[:last] + foreign[last] + good[last + 1 :]):
        for form in (value, value.encode()):
            with pytest.raises(errors.MalformedHeader):
                read({**REQUEST, name: form})


@pytest.mark.parametrize("sign", LIKE_A_DIGIT.values(), ids=LIKE_A_DIGIT.keys())
def test_what_only_looks_like_a_digit_is_refused_in_the_tran_time(sign: str) -> None:
    for place in (0, 4, 13):
        with pytest.raises(errors.MalformedHeader):
            read(request(trantime="20221108120814"[:place] + sign + "20221108120814"[place + 1 :]))


@pytest.mark.parametrize(
    "token",
    [TOKEN[:-1], TOKEN + "=", TOKEN.replace("KMV1", "KMV2"), TOKEN.replace("+", "-"), "KMV1:", "x"],
)
def test_a_token_that_is_not_of_its_form_is_a_malformed_token(token: str) -> None:
    """S3.5; the whole table is in test_tran_token.py."""
    with pytest.raises(errors.MalformedToken) as caught:
        read(request(trantoken=token))
    assert_nothing_left(caught.value, *[token] * (len(token) > 5))


def test_the_zones_of_the_receiver_decide() -> None:
    """S1.7."""
    assert read(request(timezone="IST")).zone.offset_minutes == 330
    for zones in ({}, {"UTC": UTC}, MappingProxyType({"IST": ZONES["IST"]})):
        with pytest.raises(errors.MalformedHeader):
            read(REQUEST, zones)


def test_the_tran_time_is_read_as_a_local_second() -> None:
    """The zone does not move it: it is the token's digits that it is compared with."""
    assert {read(request(timezone=zone)).tran_second for zone in ZONES} == {1_667_909_294}


# --- Properties -----------------------------------------------------------------------------------

NAMES = st.one_of(st.sampled_from([*REQUEST, *OTHERS, "X-KM-", "x-km-a"]), st.text(max_size=20))
VALUES = st.one_of(
    st.sampled_from([*REQUEST.values()]), st.text(max_size=70), st.binary(max_size=70)
)


@examples(200)
@given(
    pairs=st.lists(
        st.tuples(
            st.one_of(NAMES, NAMES.map(lambda name: name.encode("utf-8", "replace"))), VALUES
        ),
        max_size=9,
    )
)
@example(pairs=[("X-KM-Time-Zone", "KST"), ("x-km-time-zone", b"KST")])
def test_any_pairs_are_headers_or_a_kmcrypto_error(
    pairs: list[tuple[str | bytes, str | bytes]],
) -> None:
    given_names = {name if isinstance(name, str) else name.decode("latin-1") for name, _ in pairs}
    for headers in (pairs, [*REQUEST.items(), *pairs]):
        for reader in (read, read_answer_headers):
            try:
                found = reader(headers)
            except errors.KmCryptoError as error:
                assert_nothing_left(error)
            else:
                came = found.correlation_id if isinstance(found, RequestHeaders) else found[0]
                assert came is None or str(came) in [
                    value if isinstance(value, str) else value.decode("latin-1")
                    for _, value in headers
                ]
                assert (
                    came is None
                    or headers is not pairs
                    or any(name.lower() == "x-km-correlation-id" for name in given_names)
                )


@examples(200)
@given(
    name=st.sampled_from([*REQUEST]),
    place=st.integers(0, 70),
    sign=st.characters(exclude_categories=[]),
    insert=st.booleans(),
)
@example(name="X-KM-Crypto-Key-Id", place=31, sign="\n", insert=True)
def test_one_changed_character_gives_that_value_or_an_error(
    name: str, place: int, sign: str, insert: bool
) -> None:
    """What is accepted is what came, to the letter."""
    good = REQUEST[name]
    value = good[:place] + sign + good[place + (not insert) :]
    try:
        found = read({**REQUEST, name: value})
    except errors.KmCryptoError as error:
        assert_nothing_left(error)
        return
    assert value.isascii()
    assert len(value) == len(good)
    shown = [
        found.asp_id,
        str(found.correlation_id),
        found.access_key,
        found.crypto_key_id,
        str(found.token),
        found.zone.name,
    ]
    assert value in shown or name == "X-KM-Tran-Time"


def test_the_order_and_case_of_headers_do_not_matter() -> None:
    chance = random.Random(7)
    pairs = [*REQUEST.items(), ("Host", "x")]
    for _ in range(20):
        chance.shuffle(pairs)
        cased = [
            ("".join(chance.choice((sign.lower(), sign.upper())) for sign in name), value)
            for name, value in pairs
        ]
        assert_is_the_request(read(cased))
