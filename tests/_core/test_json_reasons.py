"""The reason why a text is not strict JSON: one of a closed list, and that of the first fault."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from typing import get_args

import pytest
from hypothesis import given, strategies as st

from kmcrypto import errors
from kmcrypto._core.forms import NotStrict
from kmcrypto._core.strict_json import MAX_DEPTH, MAX_DIGITS, read_json
from kmcrypto.encryption.message import read_payload
from tests.support.json_texts import JSON_TEXTS, MOST, REFUSED
from tests.support.properties import examples
from tests.support.speed import MEBI, times_of_reading

REASONS = [reason for reason in get_args(errors.JsonFault) if reason]
BOMB = b"[" * 70
# The reasons of the tables of tests/support/json_texts.py, by the groups of their names.
GROUPS = {
    "duplicate": {"duplicate-member"},
    "number": {"number", "syntax", "trailing-text"},  # 01 is the number 0 with text behind it
    "encoding": {"not-utf8", "byte-order-mark", "trailing-text", "syntax"},  # UTF-16 has no BOM
    "half a pair": {"half-surrogate", "not-utf8"},
    "grammar": {"syntax", "trailing-text"},
    "control character": {"syntax"},
}


def reason_of(data: bytes, exact: bool = False) -> str:
    """The reason why the reader refuses a text."""
    with pytest.raises(NotStrict) as caught:
        read_json(data, exact=exact)
    return caught.value.reason


# --- One text, one reason ------------------------------------------------------------------------

TEXTS: dict[str, list[bytes]] = {
    "not-utf8": [b'{"a":"\xff"}', '{"a":1}'.encode("utf-16"), '{"이":1}'.encode("euc-kr")],
    "byte-order-mark": [b"\xef\xbb\xbf{}", b" \xef\xbb\xbf{}", b"\xef\xbb\xbf" + BOMB],
    "syntax": [
        b"",
        b" ",
        b"<html>",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":"\n"}',
        b'{"a":"\\x"}',
        b'{"a":',
        # Brackets behind the first fault, or in a string, are not read.
        b"<" + BOMB,
        b'{"a":1 ' + BOMB,
        b'["' + BOMB,
        b'["\\"' + BOMB,
        b"[tru" + BOMB,
        b'{"a":1,' + BOMB,
    ],
    "number": [
        b'{"a":NaN}',
        b"[-Infinity]",
        b"[1e999]",
        b"[1e-999]",
        b"[NaN," + BOMB,
        b'{"a":1,"a":NaN}',  # an object counts as read at its end
    ],
    "too-many-digits": [b"1" * 65, b'{"a":-%b}' % (b"1" * 65), b"[%b," % (b"1" * 65) + BOMB],
    "duplicate-member": [b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'[{"a":1,"a":2},' + BOMB],
    "too-deep": [
        BOMB,
        b"[" * 65 + b"]" * 65,
        b" \n" + BOMB + b"\xc2\xa0",
        '["이]]]\\"]]\\\\",'.encode() + BOMB,
        b'{"[":' * 64 + b" {}" + b"}" * 64,
        b"[[]," + BOMB + b"NaN",
    ],
    "trailing-text": [b"{}x", b"{}{}", b"1 2", b"{}\0", b"[]]", b"[]" + BOMB, b"01"],
    "half-surrogate": [b'{"a":"\\ud800"}', b'{"\\udc00":1}', b'"\\ud83d\\ud83d\\ude00"'],
    "not-an-object": [b"[]", b'"a"', b"1", b"null", b" true "],
}
TABLE = [
    pytest.param(reason, text, id=f"{reason} {text[:20]!r}")
    for reason, texts in TEXTS.items()
    for text in texts
]


def test_the_table_has_every_reason() -> None:
    assert set(TEXTS) == set(REASONS)


@pytest.mark.parametrize(("reason", "text"), TABLE)
def test_a_payload_is_refused_with_its_reason(reason: str, text: bytes) -> None:
    with pytest.raises(errors.MalformedPayload) as caught:
        read_payload(text)
    error = caught.value
    assert error.reason == reason
    assert str(error) == f"the body must be one strict JSON object (S4.1): {reason}"
    assert error.field == ""


@pytest.mark.parametrize(("reason", "text"), TABLE)
def test_exact_reading_gives_the_same_reason(reason: str, text: bytes) -> None:
    """S9.2."""
    if reason != "not-an-object":
        assert reason_of(text, exact=True) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"1." + b"1" * 124, "too-many-digits"),
        (b"1E+309", "number"),
        (b"0E-325", "number"),
        (b"1e-" + b"9" * 30, "number"),
    ],
)
def test_a_decimal_has_limits_of_its_own(text: bytes, reason: str) -> None:
    assert reason_of(text, exact=True) == reason


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_each_refused_text_has_a_reason_of_its_group(name: str, exact: bool) -> None:
    group, _, _ = name.partition(":")
    assert reason_of(REFUSED[name], exact) in GROUPS[group]


# --- The first fault, found slowly ---------------------------------------------------------------

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
STRING = re.compile(r'"([^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"')
BLANKS = re.compile(r"[ \t\r\n]*")


class Fault(Exception):
    """The first fault that the slow reader came to."""


class SlowReader:
    """Reads a text by the grammar, one character after the other, up to its first fault."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def comes(self, start: str) -> bool:
        """Whether such a text comes next; then it is read."""
        found = self.text.startswith(start, self.position)
        self.position += len(start) if found else 0
        return found

    def blanks(self) -> None:
        blanks = BLANKS.match(self.text, self.position)
        assert blanks is not None
        self.position = blanks.end()

    def require(self, start: str) -> None:
        self.blanks()
        if not self.comes(start):
            raise Fault("syntax")

    def value(self, levels: int) -> None:
        self.blanks()
        if self.text.startswith(("[", "{"), self.position):
            if levels == MAX_DEPTH:
                raise Fault("too-deep")
            if self.comes("["):
                self.array(levels + 1)
            else:
                self.require("{")
                self.object(levels + 1)
        elif any(self.comes(constant) for constant in ("NaN", "Infinity", "-Infinity")):
            raise Fault("number")
        elif self.text.startswith('"', self.position):
            self.string()
        elif not any(self.comes(constant) for constant in ("null", "true", "false")):
            self.number()

    def array(self, levels: int) -> None:
        self.blanks()
        if self.comes("]"):
            return
        self.value(levels)
        self.blanks()
        while self.comes(","):
            self.value(levels)
            self.blanks()
        self.require("]")

    def object(self, levels: int) -> None:
        self.blanks()
        if not self.comes("}"):
            names = [self.member(levels)]
            while self.comes(","):
                names.append(self.member(levels))
            self.require("}")
            if len(set(names)) < len(names):
                raise Fault("duplicate-member")

    def member(self, levels: int) -> str:
        self.blanks()
        name = self.string()
        self.require(":")
        self.value(levels)
        self.blanks()
        return name

    def string(self) -> str:
        string = STRING.match(self.text, self.position)
        if string is None:
            raise Fault("syntax")
        self.position = string.end()
        decoded = json.loads(string[0])
        assert isinstance(decoded, str)
        return decoded

    def number(self) -> None:
        number = NUMBER.match(self.text, self.position)
        if number is None:
            raise Fault("syntax")
        self.position = number.end()
        integer, fraction, exponent = number.groups()
        if fraction is None and exponent is None:
            if len(integer) > MAX_DIGITS:
                raise Fault("too-many-digits")
            return
        value = float(number[0])
        digits = f"{integer}{fraction or ''}"
        became_zero = value == 0 and digits.strip("0.") != ""
        if math.isinf(value) or became_zero:
            raise Fault("number")


def first_fault(data: bytes) -> str:
    """The reason by the order that `errors.JsonFault` describes, or "" for strict JSON."""
    try:
        text = data.decode().strip(" \t\r\n")
    except UnicodeDecodeError:
        return "not-utf8"
    if text.startswith("\ufeff"):
        return "byte-order-mark"
    reader = SlowReader(text)
    try:
        reader.value(0)
    except Fault as fault:
        return str(fault)
    if reader.position < len(text):
        return "trailing-text"
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "half-surrogate"
    return ""


FAULTS = [
    *(b"", b"x", b"]", b"}", b",", b":", b'"', b"\\", b"\0", b" ", b"[", b"{"),
    *(b"\xff", b"\xef\xbb\xbf", b"NaN", b",NaN", b"-Infinity,", b"1e999", b"1e-999", b"9" * 65),
    *(b'{"a":1,"a":2}', b',{"a":1,"\\u0061":2}', b'"\\ud800",', b"null,", BOMB, b"," + BOMB),
]


@examples(400)
@given(
    text=JSON_TEXTS,
    levels=st.integers(0, 2) | st.integers(60, 66),
    faults=st.lists(st.tuples(st.sampled_from(FAULTS), st.floats(0, 1)), max_size=3),
)
def test_the_reason_is_that_of_the_first_fault(
    text: str, levels: int, faults: list[tuple[bytes, float]]
) -> None:
    data = b"[" * levels + text.encode() + b"]" * levels
    for fault, part in faults:
        position = round(part * len(data))
        data = data[:position] + fault + data[position:]
    expected = first_fault(data)
    if expected:
        assert reason_of(data) == expected
    else:
        read_json(data)


@examples(200)
@given(data=st.lists(st.sampled_from(FAULTS), max_size=12).map(b"".join) | st.binary(max_size=20))
def test_every_text_is_read_or_has_one_reason(data: bytes) -> None:
    for exact in (False, True):
        reason = ""
        try:
            read_json(data, exact=exact)
        except NotStrict as error:
            reason = error.reason or "none"
        assert reason in ("", *REASONS)


# --- What the reason costs -----------------------------------------------------------------------

# What comes before the bracket that is one too many: it is read once more to be sure of the reason.
BEFORE = {
    "nothing": (b"", b" "),
    "lists": (b"[", b"[],"),
    "objects": (b"[", b'{"":0},'),
    "integers": (b"[", b"1,"),
    "short strings": (b"[", b'"",'),
    "long strings": (b"[", b'"aaaaaaaaaaaaaaaa",'),
    "quotes": (b"[" * 65, b'"'),
    "escapes": (b'["', b"\\\\"),
    "levels": (b"[", b"[" * 63 + b"]" * 63 + b","),
    "ends": (b"[", b"]"),
}


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(MEBI // 32, id="32 KiB"),
        pytest.param(MEBI, id="1 MiB", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(("start", "unit"), BEFORE.values(), ids=BEFORE.keys())
def test_the_reason_of_a_text_that_is_too_deep_costs_little(
    start: bytes, unit: bytes, size: int
) -> None:
    """D11: the limit is that of every other text."""
    data = start + unit * (size // len(unit)) + BOMB
    for exact in (False, True):
        most = MOST["exact" if exact else "plain"]
        assert times_of_reading(partial(read_json, data, exact=exact), size, aim=most) <= most
