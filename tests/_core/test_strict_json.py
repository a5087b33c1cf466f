"""`kmcrypto/_core/strict_json.py`: one reading of JSON, limits that hold, and linear time."""

from __future__ import annotations

import json
from collections import OrderedDict
from decimal import Context, Decimal, DefaultContext, ExtendedContext, localcontext
from enum import IntEnum
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto._core.forms import NotStrict
from kmcrypto._core.strict_json import MAX_DEPTH, MAX_DIGITS, read_json, too_deep, write_json
from tests.support.documents import same
from tests.support.json_texts import (
    JSON_TEXTS,
    JSON_VALUES,
    MOST,
    NO_NUMBERS,
    REFUSED,
    UNWRITABLE,
)
from tests.support.properties import examples
from tests.support.speed import MEBI, times_of_reading

PROPERTY = examples(150)


def nested(depth: int, kind: str = "[") -> bytes:
    """A JSON text of that many containers, one inside the other."""
    opening, closing = {"[": (b"[", b"]"), "{": (b'{"a":', b"}")}[kind]
    return opening * depth + b"0" + closing * depth


def depth_of(value: Any) -> int:
    """How deeply a parsed value is nested: the independent count."""
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


# --- JSON, read ----------------------------------------------------------------------------------

JSON_READ: dict[str, tuple[bytes, Any]] = {
    "null": (b"null", None),
    "white space around": (b' \t\r\n{ "a" : 1 } \n', {"a": 1}),
    "a text": (b'"x"', "x"),
    "Korean, raw": ('{"\uc774\ub984":"\ube44\ubc00"}'.encode(), {"\uc774\ub984": "\ube44\ubc00"}),
    "Korean, escaped": (b'"\\ube44\\uBC00"', "\ube44\ubc00"),
    "astral, raw": ('"\U0001f600"'.encode(), "\U0001f600"),
    "astral, escaped pair": (b'"\\ud83d\\uDE00"', "\U0001f600"),
    "a backslash before the letters ud800": (b'"\\\\ud800"', "\\ud800"),
    "an escaped pair, then the letters": (b'"\\ud83d\\ude00\\\\udfff"', "\U0001f600\\udfff"),
    "escaped NUL": (b'"\\u0000"', "\0"),
    "raw DEL and U+2028": ('"\x7f\u2028"'.encode(), "\x7f\u2028"),
    "non-character": ('"\uffff"'.encode(), "\uffff"),
    "every short escape": (b'"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
    "byte order mark inside a text": ('"\ufeff"'.encode(), "\ufeff"),
    "names that differ in case": (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
    "names that differ in normal form": (
        '{"\u00e9":1,"e\u0301":2}'.encode(),
        {"\u00e9": 1, "e\u0301": 2},
    ),
    "the same name on two levels": (b'{"a":{"a":1}}', {"a": {"a": 1}}),
    "the same name in two objects": (b'[{"a":1},{"a":1}]', [{"a": 1}, {"a": 1}]),
    "a name like a method": (b'{"__class__":1}', {"__class__": 1}),
    "the longest integer": (b"9" * 64, 10**64 - 1),
    "the longest negative integer": (b"-" + b"9" * 64, 1 - 10**64),
    "a whole float": (b"1.0", 1.0),
    "minus zero, float": (b"-0.0", -0.0),
    "the largest float": (b"1.7976931348623157e308", 1.7976931348623157e308),
    "the smallest float": (b"5e-324", 5e-324),
}


@pytest.mark.parametrize(("data", "value"), JSON_READ.values(), ids=JSON_READ.keys())
def test_strict_json_is_read(data: bytes, value: Any) -> None:
    assert same(read_json(data), value)


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_json_that_is_not_strict_is_refused(data: bytes) -> None:
    """S4.10."""
    with pytest.raises(NotStrict):
        read_json(data)


@pytest.mark.parametrize("data", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
def test_what_is_no_number_is_none_inside_containers_either(data: bytes) -> None:
    for text in (b"[%b]" % data, b'{"a":%b}' % data, b'[{"a":[1,%b]}]' % data):
        if data == b"1,000":
            text = text.replace(
                b"1,000", b"01,000"
            )  # in a list, 1,000 would be two values, of which 000 is none
        with pytest.raises(NotStrict):
            read_json(text)


@pytest.mark.parametrize("digits", [65, 309, 4300, 4301, 5000, MEBI])
@pytest.mark.parametrize("sign", [b"", b"-"])
def test_an_integer_of_more_than_64_digits_is_refused(sign: bytes, digits: int) -> None:
    """CVE-2020-10735: int() of a long text costs quadratic time, or raises a bare ValueError."""
    for data in (
        sign + b"1" * digits,
        b"[%b]" % (sign + b"9" * digits),
        b'{"a":%b}' % (sign + b"1" * digits),
    ):
        with pytest.raises(NotStrict):
            read_json(data)


def test_many_minus_signs_are_no_number() -> None:
    for data in (
        b"-" * 65,
        b"-" * MEBI,
        b"-" * 65 + b"1",
        b"--" + b"1" * 63,
        b"[-" + b"-" * 64 + b"1]",
    ):
        with pytest.raises(NotStrict):
            read_json(data)


# --- JSON, depth ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["[", "{"])
def test_64_levels_are_read_and_written_and_65_are_not(kind: str) -> None:
    assert MAX_DEPTH == 64
    value = read_json(nested(64, kind))
    assert depth_of(value) == 64
    assert write_json(value) == nested(64, kind)
    with pytest.raises(NotStrict):
        read_json(nested(65, kind))
    with pytest.raises(NotStrict):
        write_json([value])
    with pytest.raises(NotStrict):
        write_json({"a": value})


def test_the_depth_counts_whatever_the_containers_hold() -> None:
    empty = b"[" * 63 + b"{}" + b"]" * 63
    assert depth_of(read_json(empty)) == 64
    with pytest.raises(NotStrict):
        read_json(b"[" + empty + b"]")
    mixed = b'[{"a":' * 32 + b"0" + b"}]" * 32
    assert depth_of(read_json(mixed)) == 64
    with pytest.raises(NotStrict):
        read_json(b"[" + mixed + b"]")


@pytest.mark.parametrize("levels", [66, 1000, 20_000])
@pytest.mark.parametrize(
    "start", [b"[", b'{"a":', b'[{"":', b"[0,", b'["[",', b'["]",', b'["\\"]]]",', b"[[],"]
)
def test_a_depth_bomb_is_refused_without_recursion(start: bytes, levels: int) -> None:
    """CVE-2025-53864: never a RecursionError, closed or not."""
    bomb = start * levels
    for data in (bomb, bomb + b"]" * levels):
        with pytest.raises(NotStrict):
            read_json(data)


def test_a_depth_bomb_is_found_behind_everything_that_looks_like_an_end() -> None:
    """Brackets in strings and brackets closed too often must not pay for those that are open."""
    bomb = b"[" * 2000
    ends = b"]" * 3000
    for before in (
        b'["' + ends + b'",',
        b'["\\\\","' + ends + b'",',
        b'["\\"' + ends + b'",',
        b"[" + b"[]," * 3000,
        b'{"' + b"}" * 3000 + b'":',
        b'["\\u005d\\u005d",',
        b'["\\\\\\"]]",',
        '["\u2028]]]\U0001f600",'.encode(),
    ):
        with pytest.raises(NotStrict):
            read_json(before + bomb)


def test_brackets_inside_strings_do_not_count() -> None:
    text = "[{" * 500 + '"' + "]}" * 3 + "\\" + "[" * 100
    for value in (text, [text, {text: [text]}], {"\\": text, '"': "["}, ['\\\\"[', *["["] * 100]):
        assert read_json(json.dumps(value).encode()) == value
    assert not too_deep(json.dumps([text]).encode())


def test_wide_is_not_deep() -> None:
    wide: list[Any] = [[{}, []]] * 20_000
    assert read_json(write_json(wide)) == wide


@PROPERTY
@given(value=JSON_VALUES, levels=st.integers(0, 80), kind=st.sampled_from("[{"))
def test_the_depth_that_is_scanned_is_the_depth_that_is_parsed(
    value: Any, levels: int, kind: str
) -> None:
    for _ in range(levels):
        value = [value, "]"] if kind == "[" else {"[": value}
    data = json.dumps(value).encode()
    depth = depth_of(value)
    assert too_deep(data) is (depth > MAX_DEPTH)
    if depth > MAX_DEPTH:
        with pytest.raises(NotStrict):
            read_json(data)


MARKS = st.text('"\\\\[]{}u,', max_size=6)  # of which strings consist that could hide brackets


@PROPERTY
@given(
    texts=st.lists(MARKS, min_size=1, max_size=6),
    levels=st.integers(62, 67),
    raw=st.booleans(),
)
def test_no_string_hides_a_bracket_or_adds_one(texts: list[str], levels: int, raw: bool) -> None:
    """Quotes, backslashes and brackets in the strings before, around and behind the levels."""
    value: Any = [*texts]
    for level in range(levels - 1):
        text = texts[level % len(texts)]
        value = [text, value, text] if level % 2 else {text: value, f"{text} ": text}
    data = json.dumps(value, ensure_ascii=not raw).encode()
    assert too_deep(data) is (levels > MAX_DEPTH)
    if levels <= MAX_DEPTH:
        assert read_json(data) == value


def test_the_level_beyond_the_last_ends_the_search() -> None:
    """The brackets behind it take no more than the passes that every text takes."""
    bomb = b"[" * MEBI
    assert times_of_reading(lambda: read_json(bomb), MEBI, aim=1) <= 1


# --- JSON, time ----------------------------------------------------------------------------------

# Start and repeated unit of a text; each is also tried with an end that closes a list of strings.
SLOW = {
    "an unterminated text of escapes": (b'["', b"\\\\"),
    "an unterminated text of escaped quotes": (b"[" * 65 + b'"', b'\\"'),
    "an unterminated text of \\u escapes": (b"[" * 65 + b'"', b"\\u0041"),
    "escapes, one backslash short": (b"[" * 65 + b'"\\', b"\\\\"),
    "quotes": (b"[" * 65, b'"'),
    "quotes and backslashes": (b"[" * 65, b'"\\'),
    "backslashes outside strings": (b"[" * 65, b"\\"),
    "texts that never end right": (b"[" * 65, b'"a\\"'),
    "brackets": (b"", b"[]"),
    "opening brackets": (b"", b"["),
    "opening braces": (b"", b'{"a":'),
    "digits": (b"", b"1"),
    "digits of a fraction": (b"0.", b"1"),
    "zeros of a fraction": (b"0.", b"0"),
    "an exponent": (b"1e", b"9"),
    "minus signs": (b"", b"-"),
    "white space": (b"", b" "),
    "halves of pairs": (b'["', b"\\ud83d"),
    "pairs": (b'["', b"\\ud83d\\ude00"),
    "members": (b"{", b'"a":0,'),
    "small objects": (b"[", b'{"a":0},'),
    # Sound texts, but for their end: a list of what costs most for its few bytes.
    "lists": (b"[", b"[],"),
    "objects": (b"[", b"{},"),
    "objects of one member": (b"[", b'{"":0},'),
    "64 levels again and again": (b"[", b"[" * 63 + b"]" * 63 + b","),
    "64 levels of objects": (b"[", b'{"":' * 63 + b"0" + b"}" * 63 + b","),
    "lists on the last level": (b"[" * 63, b"[],"),
    "empty strings": (b"[[]" + b",[]" * 70 + b",", b'"",'),
    "brackets in strings": (b"[", b'"[",'),
    "integers": (b"[", b"1,"),
    "integers of 64 digits": (b"[", b"9" * 64 + b","),
    "white space around values": (b"[", b"1 , "),
    "text beyond the BMP, then integers": ('["\U0001f600",'.encode(), b"1,"),
    "fractions": (b"[", b"0.1,"),
    "exponents": (b"[", b"1e5,"),
    "zeros with exponents": (b"[", b"0e0,"),
    "the largest double": (b"[", b"1.7976931348623157e308,"),
    "the greatest exponent": (b"[", b"1e308,"),
    "the least normal double": (b"[", b"2.2250738585072011e-308,"),
    "a number below all doubles": (b"[", b"1e-400,"),
    "fractions of 120 digits": (b"[", b"1." + b"1" * 120 + b","),
    # One pair somewhere must not make all the rest dear.
    "a pair, then lists": (b'["\\ud83d\\ude00",', b"[],"),
    "a pair, then levels": (b'["\\ud83d\\ude00",', b"[" * 63 + b"]" * 63 + b","),
    "a pair, then objects": (b'["\\ud83d\\ude00",', b"{},"),
    "a pair, then exponents": (b'["\\ud83d\\ude00",', b"1e5,"),
    "a pair, then integers": (b'["\\ud83d\\ude00",', b"1,"),
    "escaped backslashes that look like halves": (b'["', b"\\\\ud800"),
    "half a pair at the end": (b'["', b"\\ud83d\\ude00" * 3),
}


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(MEBI // 32, id="32 KiB"),
        pytest.param(MEBI, id="1 MiB", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("mode", MOST)
@pytest.mark.parametrize(("start", "unit"), SLOW.values(), ids=SLOW.keys())
def test_no_text_costs_much_more_than_an_ordinary_one(
    start: bytes, unit: bytes, mode: str, size: int
) -> None:
    """D11: the time grows with the bytes, and the costliest bytes are known."""
    data = start + unit * (size // len(unit))
    for text in (data, data + b'"]', data + b"0]"):
        read = partial(read_json, text, exact=mode == "exact")
        assert times_of_reading(read, size, aim=MOST[mode]) <= MOST[mode]


# --- JSON, written -------------------------------------------------------------------------------


class _Level(IntEnum):
    ONE = 1


WRITTEN: dict[str, tuple[Any, bytes]] = {
    "compact": ({"a": [1, True, None, 1.5], "b": {}}, b'{"a":[1,true,null,1.5],"b":{}}'),
    "the order that came": ({"b": 1, "a": 2}, b'{"b":1,"a":2}'),
    "UTF-8, not \\u": ({"\uc774\ub984": "\U0001f600"}, '{"\uc774\ub984":"\U0001f600"}'.encode()),
    "controls escaped, DEL not": ("\0\n\x1f\x7f\u2028", '"\\u0000\\n\\u001f\x7f\u2028"'.encode()),
    "a solidus as it is": ("</script>", b'"</script>"'),
    "a tuple as a list": ((1, (2,)), b"[1,[2]]"),
    "a subclass of dict": (OrderedDict(a=1), b'{"a":1}'),
    "an int enum as its number": ({"a": _Level.ONE}, b'{"a":1}'),
    "64 digits": (10**64 - 1, b"9" * 64),
    "minus 64 digits": (1 - 10**64, b"-" + b"9" * 64),
}  # fmt: skip


@pytest.mark.parametrize(("value", "data"), WRITTEN.values(), ids=WRITTEN.keys())
def test_json_is_written_compactly(value: Any, data: bytes) -> None:
    assert write_json(value) == data


@pytest.mark.parametrize("value", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_what_json_would_coerce_or_can_not_say_is_not_written(value: Any) -> None:
    for wrapped in (value, [1, value], {"a": {"b": (value,)}}):
        with pytest.raises(NotStrict):
            write_json(wrapped)


def test_ten_thousand_levels_are_refused_without_recursion() -> None:
    value: Any = 0
    for _ in range(10_000):
        value = [value]
    with pytest.raises(NotStrict):
        write_json(value)


@PROPERTY
@given(value=JSON_VALUES)
def test_what_is_written_is_read_back_in_value_and_type(value: Any) -> None:
    data = write_json(value)
    assert same(read_json(data), value)
    assert same(json.loads(data), value)
    assert write_json(read_json(data)) == data
    assert data == json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


PIECES = [
    *(b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b"\\ud800", b"\\u0061", b'"a":', b"a", b" "),
    *(b"1", b"-", b"e9", b".5", b"9" * 30, b"NaN", b"null"),
    *(b"\0", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
]  # fmt: skip


@examples(200)
@given(data=st.binary(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join))
@example(data=b'{"a":1e-999}')
def test_whatever_is_read_can_be_written_and_is_what_the_standard_library_reads(
    data: bytes,
) -> None:
    """A value or NotStrict; and a value that another reader of the same text sees as well."""
    try:
        value = read_json(data)
    except NotStrict:
        return
    assert same(json.loads(data.decode()), value)
    assert same(read_json(write_json(value)), value)


def read_plainly(data: bytes) -> Any:
    """S4.10 in the plainest way: the whole text is read, then all of its value is looked at."""

    def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in members}) < len(members):
            raise NotStrict
        return dict(members)

    def integer(digits: str) -> int:
        if len(digits.lstrip("-")) > MAX_DIGITS:
            raise NotStrict
        return int(digits)

    value = json.loads(data.decode(), object_pairs_hook=unique, parse_int=integer)
    if depth_of(value) > MAX_DEPTH:
        raise NotStrict
    # UnicodeEncodeError for half a pair, ValueError for NaN and infinity: all are ValueErrors.
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


@examples(400)
@given(text=JSON_TEXTS, levels=st.integers(0, 3) | st.integers(60, 66), cut=st.integers(0, 3))
def test_the_quick_reader_reads_what_a_plain_one_reads(text: str, levels: int, cut: int) -> None:
    """Depth and half pairs are found in the text, without a look at the value."""
    nested_text = "[" * levels + text + "]" * levels
    data = nested_text[: len(nested_text) - cut].encode()
    try:
        expected = read_plainly(data)
    except ValueError:
        with pytest.raises(NotStrict):
            read_json(data)
    else:
        assert same(read_json(data), expected)


def test_the_error_shows_nothing_of_the_text() -> None:
    """JSONDecodeError holds the whole document and UnicodeDecodeError its bytes."""
    for reader in (
        lambda: read_json(b'{"cardNo":"1234567812345678",}'),
        lambda: read_json(b'"\xff1234567812345678"'),
        lambda: write_json({"cardNo": "1234567812345678\ud800"}),
    ):
        with pytest.raises(NotStrict) as caught:
            reader()
        assert caught.value.args == ()
        assert caught.value.__cause__ is None


# --- Exact decimals ------------------------------------------------------------------------------

# text, the value that is read exactly, the text that it is written as
EXACT: list[tuple[bytes, Any, bytes]] = [
    (b"1.5", 1.5, b"1.5"),  # a float of the same characters
    (b"1.10", Decimal("1.10"), b"1.10E+0"),  # of which a float would drop a digit
    (b"1.10E+0", Decimal("1.10"), b"1.10E+0"),  # which is how it was written
    (b"1e2", Decimal("1e2"), b"1E+2"),  # a float would be 100.0
    (b"-0.0", -0.0, b"-0.0"),
    (b"-0.00", Decimal("-0.00"), b"-0E-2"),
    (b"3e-324", Decimal("3e-324"), b"3E-324"),  # 5e-324 as a float
    (b"0e-324", Decimal("0e-324"), b"0E-324"),
    (b"0.0e309", Decimal("0e308"), b"0E+308"),
    (b"1.7976931348623158e308", Decimal("1.7976931348623158e308"), b"1.7976931348623158E+308"),
    (b"12345678901234567.8", Decimal("12345678901234567.8"), b"1.23456789012345678E+16"),
    (b"1." + b"1" * 123, Decimal("1." + "1" * 123), b"1." + b"1" * 123 + b"E+0"),  # 128 characters
    (b"12", 12, b"12"),
]


@pytest.mark.parametrize(("data", "value", "written"), EXACT)
def test_an_exact_decimal_keeps_its_digits(data: bytes, value: Any, written: bytes) -> None:
    """S9.2."""
    assert same(read_json(data, exact=True), value)
    assert write_json(value, exact=True) == written
    assert same(read_json(written, exact=True), value)


# The ends of a double's range. 0 has no end itself, but its exponent has.
BEYOND_A_DOUBLE = ["1E+309", "-1.8E+308", "2E-324", "-1E-400", "1E-999999", "0E+309", "-0E-325"]

INEXACT = {
    **{f"beyond a double: {text}": text.encode() for text in BEYOND_A_DOUBLE},
    "129 characters": b"1." + b"1" * 124,
    "an exponent beyond Decimal's": b"1e" + b"-" + b"9" * 30,
    "NaN": b"NaN",
}


@pytest.mark.parametrize("data", INEXACT.values(), ids=INEXACT.keys())
def test_a_decimal_that_could_not_be_written_again_is_not_read(data: bytes) -> None:
    with pytest.raises(NotStrict):
        read_json(data, exact=True)


@pytest.mark.parametrize("context", [DefaultContext, ExtendedContext], ids=["traps", "no traps"])
@pytest.mark.parametrize(
    "text", ["1e-99999999999999999999", "1e9999999999999999999", "0e99999999999999999999"]
)
def test_the_callers_decimal_context_lets_no_nan_in(text: str, context: Context) -> None:
    """Without traps, Decimal gives NaN for an exponent that it does not have."""
    with localcontext(context), pytest.raises(NotStrict):
        read_json(text.encode(), exact=True)


@pytest.mark.parametrize(
    "text", ["NaN", "sNaN", "-NaN7", "Infinity", "-Infinity", *BEYOND_A_DOUBLE]
)
def test_a_decimal_that_json_cannot_say_is_not_written(text: str) -> None:
    for value in (Decimal(text), [Decimal(text)], {"a": Decimal(text)}):
        with pytest.raises(NotStrict):
            write_json(value, exact=True)
