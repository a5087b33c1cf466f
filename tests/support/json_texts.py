"""JSON texts and values that the tests of strict JSON share: read, refused, not written."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from kmcrypto._core.strict_json import MAX_DIGITS

NUMBERS = st.integers(1 - 10**MAX_DIGITS, 10**MAX_DIGITS - 1) | st.floats(
    allow_nan=False, allow_infinity=False
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)

DUPLICATES = {
    "plain": b'{"a":1,"a":2}',
    "same value": b'{"a":1,"a":1}',
    "three apart": b'{"a":1,"b":2,"c":3,"a":4}',
    "one spelt with \\u": b'{"alg":1,"\\u0061lg":2}',
    "\\u of two cases": b'{"\\u00e9":1,"\\u00E9":2}',
    "escaped and raw": '{"\u00e9":1,"\\u00e9":2}'.encode(),
    "escaped solidus": b'{"a/b":1,"a\\/b":2}',
    "short and long escape": b'{"\\n":1,"\\u000a":2}',
    "astral, raw and escaped": '{"\U0001f600":1,"\\ud83d\\ude00":2}'.encode(),
    "empty names": b'{"":1,"":2}',
    "nested in an object": b'{"x":{"a":1,"a":2}}',
    "nested in a list": b'[0,[{"a":1,"a":2}]]',
    "nested, and then a sound object": b'{"x":{"a":1,"a":2},"y":{}}',
    "white space between": b'{"a" : 1 , "a" : 2}',
    "sound inner objects": b'{"a":{},"a":{}}',
    "null twice": b'{"a":null,"a":null}',
}
NO_NUMBERS = {
    text: text.encode()
    for text in (
        *(
            "NaN",
            "-NaN",
            "nan",
            "Infinity",
            "-Infinity",
            "+Infinity",
            "inf",
            "1e999",
            "-1e999",
            "1E309",
            "1e+400",
            "1e-400",
            "-0.1E-323",
            "1" + "0" * 60 + "e-400",
        ),
        *(
            "1e" + "9" * 20,
            "9" * 400 + ".0",
            "+1",
            "01",
            "-01",
            "00",
            ".5",
            "1.",
            "-.5",
            "1.e1",
            "1e",
            "1e+",
        ),
        *("0x10", "0b1", "0o7", "1_000", "1,000", "-", "--", "--1", "-a", "1L", "1n", "1f", "1/2"),
        *(
            "\u0661\u0662",
            "\uff11",
            "1\uff12",
            "\u00b2",
            "1\u0660",
            "1.\uff11",
            "1e\u0661",
            "\u22121",
        ),
    )
}
NO_UTF8 = {
    "byte order mark": b"\xef\xbb\xbf{}",
    "byte order mark and white space": b" \xef\xbb\xbf{}",
    "byte order mark last": b"{}\xef\xbb\xbf",
    **{f"{codec} {text!r}": text.encode(codec)
       for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
       for text in ("{}", '{"a":1}', "1")},
    "UTF-7": b"+AHsAfQ-",
    "latin-1": b'"\xe9"',
    "EUC-KR": "\"\ube44\"".encode("euc-kr"),
    "cut off": b'"\xeb\xb9"',
    "lone continuation": b'"\x80"',
    "overlong solidus": b'"\xc0\xaf"',
    "overlong NUL (modified UTF-8)": b'"\xc0\x80"',
    "overlong brace": b"\xc1\xbb}",
    "above U+10FFFF": b'"\xf4\x90\x80\x80"',
    "five bytes": b'"\xf8\x88\x80\x80\x80"',
    "high surrogate, raw": b'"\xed\xa0\x80"',
    "low surrogate, raw": b'"\xed\xbf\xbf"',
    "pair of surrogates, raw (CESU-8)": b'"\xed\xa0\xbd\xed\xb8\x80"',
    "surrogate, raw, as a name": b'{"\xed\xa0\x80":1}',
}  # fmt: skip
HALF_PAIRS = {
    "high": b'"\\ud800"',
    "low": b'"\\udfff"',
    "upper case": b'"\\uD8FF"',
    "mixed case": b'"\\udBfF"',
    "the wrong way round": b'"\\ude00\\ud83d"',
    "high twice": b'"\\ud83d\\ud83d"',
    "a pair and a half": b'"\\ud83d\\ude00\\ud83d"',
    "a half and a pair": b'"\\ud83d\\ud83d\\ude00"',
    "text between": b'"\\ud83dx\\ude00"',
    "high escaped, low raw": b'"\\ud83d\xed\xb8\x80"',
    "split over two texts": b'["\\ud83d","\\ude00"]',
    "as a name": b'{"\\ud800":1}',
    "as a name, deep": b'[{"x":{"\\udc00":[]}}]',
    "after a backslash": b'"\\\\\\ud800"',
    "in a text that is a member": b'{"a":"\\udead"}',
}
NO_JSON = {
    "nothing": b"",
    "white space alone": b" \n",
    "two values": b"{}{}",
    "two values, white space": b"1 2",
    "garbage behind": b"{}x",
    "NUL behind": b"{}\0",
    "comma behind": b"{},",
    "trailing comma, list": b"[1,]",
    "trailing comma, object": b'{"a":1,}',
    "leading comma": b"[,1]",
    "no comma": b"[1 2]",
    "no colon": b'{"a" 1}',
    "name without quotes": b"{a:1}",
    "number as a name": b"{1:1}",
    "null as a name": b"{null:1}",
    "single quotes": b"{'a':1}",
    "comment": b"{/**/}",
    "line comment": b"{}//",
    "hash comment": b"#\n{}",
    "XSSI prefix": b")]}',\n{}",
    "Python's True": b"True",
    "upper-case null": b"NULL",
    "undefined": b"undefined",
    "cut off list": b"[",
    "cut off object": b'{"a":',
    "cut off text": b'"a',
    "cut off escape": b'"a\\',
    "cut off \\u": b'"\\u12',
    "too many ends": b"[]]",
    "mixed ends": b"[}",
    "ends first": b"]" * 200 + b"[" * 200,
    "form feed as white space": b"\x0c{}",
    "vertical tab as white space": b"{}\x0b",
    "no-break space as white space": b"\xc2\xa0{}",
    "line separator as white space": b"{}\xe2\x80\xa8",
    "escape \\x": b'"\\x41"',
    "escape \\U": b'"\\U00000041"',
    "escape \\0": b'"\\0"',
    "escape \\'": b'"\\\'"',
    "escape of a line feed": b'"\\\n"',
    "\\u with a sign": b'"\\u+041"',
    "\\u with a space": b'"\\u 041"',
    "\\u with an underscore": b'"\\u0_41"',
    "\\u with 0x": b'"\\u0x41"',
    "\\u with full-width digits": '"\\u\uff10\uff10\uff14\uff11"'.encode(),
    "\\u of three digits": b'"\\u041"',
    "low half of a pair that is no hex": b'"\\ud83d\\u+e00"',
}
CONTROLS = {
    f"U+{code:04X} {where}": template % code
    for code in range(32)
    for where, template in (("in a text", b'"a%cb"'), ("in a name", b'{"%c":1}'))
}
REFUSED = {
    f"{group}: {name}": data
    for group, table in (
        ("duplicate", DUPLICATES), ("number", NO_NUMBERS), ("encoding", NO_UTF8),
        ("half a pair", HALF_PAIRS), ("grammar", NO_JSON), ("control character", CONTROLS),
    )
    for name, data in table.items()
}  # fmt: skip

ESCAPES = [
    "\\ud83d",
    "\\uDE00",
    "\\\\",
    '\\"',
    "\\u005c",
    "ud83d",
    "u",
    "[",
    "]",
    "{",
    "\U0001f600",
]
ESCAPED_STRINGS = st.lists(st.sampled_from(ESCAPES), max_size=6).map(
    lambda escapes: f'"{"".join(escapes)}"'
)
NUMBER_TEXTS = st.sampled_from(["0", "-1.50", "1e5", "1e999", "9" * 64, "9" * 65, "NaN", "01"])
JSON_TEXTS = st.recursive(
    ESCAPED_STRINGS | NUMBER_TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda texts: f"[{','.join(texts)}]")
        | st.lists(st.tuples(ESCAPED_STRINGS, inner), max_size=3).map(
            lambda members: "{" + ",".join(f"{name}:{text}" for name, text in members) + "}"
        )
    ),
    max_leaves=12,
)

# Times json.loads of an ordinary text. The dearest plain text takes 12 times: quotes behind 65
# brackets, whose place is looked for. json.loads alone takes 9 for the number below all doubles.
# The dearest exact text takes 20, or 31 with that number: float() and repr(), which decide between
# float and Decimal (S9.2), take 8 to 13 of them. The rest is room for other machines and Pythons.
MOST = {"plain": 25, "exact": 45}


def _cycle(kind: str) -> Any:
    ring: Any = [] if kind == "list" else {}
    ring.append([ring]) if kind == "list" else ring.update(a={"b": ring})
    return ring


UNWRITABLE: dict[str, Any] = {
    "bytes": b"x",
    "bytearray": bytearray(b"x"),
    "memoryview": memoryview(b"x"),
    "Decimal": Decimal("1.10"),
    "Fraction": Fraction(1, 2),
    "complex": 1j,
    "set": {1},
    "frozenset": frozenset("a"),
    "range": range(2),
    "generator": (x for x in "ab"),
    "dict view": {"a": 1}.keys(),
    "mapping proxy": MappingProxyType({"a": 1}),
    "date": date(2026, 11, 23),
    "object": object(),
    "class": int,
    "Ellipsis": ...,
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "half a pair": "\ud800",
    "a pair as two characters": "\ud83d\ude00",
    "65 digits": 10**64,
    "minus 65 digits": -(10**64),
    "5,000 digits": 10**5000,
    "int name": {1: 1},
    "None name": {None: 1},
    "bool name": {True: 1},
    "float name": {1.5: 1},
    "bytes name": {b"a": 1},
    "tuple name": {("a",): 1},
    "text and int name of one spelling": {"1": 1, 1: 2},
    "half a pair in a name": {"\udc00": 1},
    "list in itself": _cycle("list"),
    "dict in itself": _cycle("dict"),
}
