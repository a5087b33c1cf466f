"""Weak readers of base64url and JSON.

Headers, bodies, fields and sealed projects have the same readers. A weakness in one of these must
be noticed wherever it matters, so several rows make the same change for other subjects.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from json import JSONDecoder
from math import isfinite
from typing import Any

from tests.support import STANDARD_BASE64
from tests.support.weakening import (
    Copy,
    Weaken,
    Weakness,
    always,
    constant,
    with_arguments,
    with_changed_arguments,
    wrapped,
)

# --- base64url ------------------------------------------------------------------------------------


def without_other_characters(text: str) -> str:
    return re.sub("[^0-9A-Za-z_-]", "", text)


def without_padding(text: str) -> str:
    return text.rstrip("=")


SEGMENTS = [
    Weakness(
        "characters of no alphabet in a segment",
        "jwe",
        with_changed_arguments("_core.base64url:from_base64url", text=without_other_characters),
    ),
    Weakness(
        "segments with padding",
        "jwe",
        with_changed_arguments("_core.base64url:from_base64url", text=without_padding),
    ),
    Weakness(
        "segments with stray bits",
        "jwe",
        constant("_core.base64url:_FINAL_CHARACTERS", ("", "", STANDARD_BASE64, STANDARD_BASE64)),
    ),
    Weakness(
        "segments in the standard alphabet",
        "jwe",
        constant("_core.base64url:_FROM_URL_ALPHABET", bytes.maketrans(b"-_", b"+/")),
    ),
]


# --- The text around a JSON value -----------------------------------------------------------------


def without_byte_order_mark(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf")


def with_replacement_characters(data: bytes) -> bytes:
    return data.decode(errors="replace").encode()


def overlook_the_rest(original: Any, text: str, start: int) -> Any:
    value, _ = original(text, start)
    return value, len(text)


def text_behind(copy: Copy) -> None:
    """Text behind the value is ignored."""
    wrapped("_core.strict_json:_scan", overlook_the_rest)(copy)
    wrapped("_core.strict_json:_scan_exact", overlook_the_rest)(copy)


byte_order_mark = with_changed_arguments(
    "_core.strict_json:read_json", data=without_byte_order_mark
)
any_bytes = with_changed_arguments("_core.strict_json:read_json", data=with_replacement_characters)
half_surrogates = always("_core.strict_json:_has_half_surrogates", False)


TEXTS = [
    Weakness("a byte order mark before a header", "jwe", byte_order_mark),
    Weakness("a byte order mark before a body", "message", byte_order_mark),
    Weakness("a header that is not UTF-8", "jwe", any_bytes),
    Weakness("a body that is not UTF-8", "message", any_bytes),
    Weakness("a sealed text that is not UTF-8", "sealed", any_bytes),
    Weakness("half a surrogate pair in a header", "jwe", half_surrogates),
    Weakness("half a surrogate pair in a body", "message", half_surrogates),
    Weakness("text behind the JSON of a header", "jwe", text_behind),
    Weakness("text behind the JSON of a body", "message", text_behind),
]


# --- Depth ----------------------------------------------------------------------------------------


def with_lists_twice(data: bytes) -> bytes:
    return data.replace(b"[", b"[[").replace(b"]", b"]]")


def without_lists(data: bytes) -> bytes:
    return data.replace(b"[", b"").replace(b"]", b"")


def without_quotes(data: bytes) -> bytes:
    return data.replace(b'"', b"")


def one_level_deeper(data: bytes) -> bytes:
    return b"[" + data + b"]"


any_depth = always("_core.strict_json:too_deep", False)


DEPTHS = [
    Weakness("a header nested deeply", "jwe", any_depth),
    Weakness("a body nested deeply", "message", any_depth),
    Weakness("a field nested deeply", "fields", any_depth),
    Weakness("a body nested one deeper", "message", constant("_core.strict_json:MAX_DEPTH", 65)),
    Weakness("64 levels are too deep", "message", constant("_core.strict_json:MAX_DEPTH", 63)),
    Weakness(
        "64 levels are too deep in a text with many brackets",
        "message",
        with_changed_arguments("_core.strict_json:too_deep", data=one_level_deeper),
    ),
    Weakness(
        "lists count as two levels",
        "message",
        with_changed_arguments("_core.strict_json:too_deep", data=with_lists_twice),
    ),
    Weakness(
        "lists count as no level",
        "message",
        with_changed_arguments("_core.strict_json:too_deep", data=without_lists),
    ),
    Weakness(
        "brackets in strings count as levels",
        "message",
        with_changed_arguments("_core.strict_json:too_deep", data=without_quotes),
    ),
]


# --- Objects, strings and numbers -----------------------------------------------------------------


def is_finite(value: Decimal) -> bool:
    return isfinite(float(value))


def has_exponent_of_a_double(value: Decimal) -> bool:
    return -324 <= value.adjusted() <= 308 and is_finite(value)


def in_scanners(name: str, function: Any) -> Weaken:
    """Replace a function that the scanners hold since they were made, and make new scanners."""

    def weaken(copy: Copy) -> None:
        constant(f"_core.strict_json:{name}", function)(copy)
        strict_json = copy.module("_core.strict_json")
        strict_json._scan = strict_json._scanner(strict_json._read_float)
        strict_json._scan_exact = strict_json._scanner(strict_json._read_exact)

    return weaken


def read_finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError
    return value


names_twice = in_scanners("_read_object", dict)
nan = in_scanners("_refuse_constant", float)
any_integer = in_scanners("_read_integer", int)
control_characters = in_scanners("JSONDecoder", partial(JSONDecoder, strict=False))


VALUES = [
    Weakness("a member of a header twice", "jwe", names_twice),
    Weakness("a member of a body twice", "message", names_twice),
    Weakness("a member of a request twice", "exchange", names_twice),
    Weakness("a member of a field twice", "fields", names_twice),
    Weakness("a sealed member twice", "sealed", names_twice),
    Weakness("control characters in a header", "jwe", control_characters),
    Weakness("control characters in a body", "message", control_characters),
    Weakness("NaN in a header", "jwe", nan),
    Weakness("NaN in a body", "message", nan),
    Weakness("NaN in a field", "fields", nan),
    Weakness("a number beyond a double's range", "message", in_scanners("_read_float", float)),
    Weakness("a number below all doubles", "message", in_scanners("_read_float", read_finite)),
    Weakness("a long integer in a header", "jwe", any_integer),
    Weakness("an integer of any length", "message", any_integer),
    Weakness("an integer of a field of any length", "fields", any_integer),
    Weakness("an integer of 65 digits", "message", constant("_core.strict_json:MAX_DIGITS", 65)),
    Weakness(
        "an integer of 64 digits is too long",
        "message",
        constant("_core.strict_json:MAX_DIGITS", 63),
    ),
    Weakness("whole numbers are floats", "fields", in_scanners("_read_integer", float)),
    Weakness(
        "a fraction loses digits",
        "fields",
        with_arguments("_core.strict_json:read_json", exact=False),
    ),
    Weakness(
        "a decimal of any length",
        "fields",
        constant("_core.strict_json:MAX_DECIMAL_CHARACTERS", 1 << 20),
    ),
    Weakness(
        "a decimal as small as it likes",
        "fields",
        constant("_core.strict_json:_is_in_double_range", is_finite),
    ),
    Weakness(
        "a zero with any negative exponent",
        "fields",
        constant("_core.strict_json:MIN_EXPONENT", -(1 << 20)),
    ),
    Weakness(
        "a zero with any positive exponent",
        "fields",
        constant("_core.strict_json:MAX_EXPONENT", 1 << 20),
    ),
    Weakness(
        "a decimal that a double takes for 0",
        "fields",
        constant("_core.strict_json:_is_in_double_range", has_exponent_of_a_double),
    ),
]


CORE = [*SEGMENTS, *TEXTS, *DEPTHS, *VALUES]
