"""Weak readers of tokens, correlation ids and headers."""

from __future__ import annotations

import base64
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.support.weakening import (
    Copy,
    Weaken,
    Weakness,
    always,
    constant,
    with_changed_arguments,
    with_result,
    without_error,
    wrapped,
)

S1_NAMES = (
    "X-KM-User-AspId",
    "X-KM-Correlation-Id",
    "X-KM-Access-Key",
    "X-KM-Crypto-Key-Id",
    "X-KM-Tran-Token",
    "X-KM-Tran-Time",
    "X-KM-Time-Zone",
)
S1_NAMES_IN_LOWER_CASE = {name.lower() for name in S1_NAMES}

Pairs = Iterable[tuple[str, str]]


# --- Tokens ---------------------------------------------------------------------------------------


SECOND = "([0-9]{14})"
TIME = SECOND + "[0-9]{3}"
MAC = "([0-9A-Za-z+/]{42}[048AEIMQUYcgkosw]=)"


def token_form(pattern: str) -> Weaken:
    """Tokens are read by another regular expression. Its groups are those of the right one."""
    return constant("signing.tran_token:_FORM", pattern)


def with_standard_alphabet(text: str) -> str:
    return text[:23] + text[23:].replace("-", "+").replace("_", "/")


def date_that_is_none(second: int | None) -> int:
    return second or 0


def compares_only(part: slice) -> Weaken:
    """A part of the MAC is compared, and the rest may be anything."""

    def verify(original: Any, self: Any, secret: str, body: bytes) -> None:
        mac = hmac.digest(secret.encode(), body, "sha256")
        if mac[part] != self.mac[part]:
            original(self, secret, body)

    return wrapped("signing.tran_token:TranToken.verify", verify)


def also_verifies(
    key: Callable[[str], bytes] = str.encode, body: Callable[[bytes], bytes] = bytes
) -> Weaken:
    """A MAC under another key or over another body is taken, too: a mistake of signers."""

    def verify(original: Any, self: Any, secret: str, sent: bytes) -> None:
        try:
            mac = hmac.digest(key(secret), body(sent), "sha256")
        except ValueError:  # this secret is no hex, or this body no JSON
            mac = b""
        if mac != self.mac:
            original(self, secret, sent)

    return wrapped("signing.tran_token:TranToken.verify", verify)


def without_body(body: bytes) -> bytes:
    return b""


def as_compact_json(body: bytes) -> bytes:
    return json.dumps(json.loads(body), separators=(",", ":")).encode()


def in_nfc(body: bytes) -> bytes:
    return unicodedata.normalize("NFC", body.decode()).encode()


TOKENS = [
    Weakness(
        "a MAC in other base64",
        "tran_token",
        with_changed_arguments("signing.tran_token:TranToken._set", text=with_standard_alphabet),
    ),
    Weakness(
        "a MAC with stray bits", "tran_token", token_form(rf"KMV1:{TIME}:([0-9A-Za-z+/]{{43}}=)")
    ),
    Weakness("more behind a token", "tran_token", token_form(rf"KMV1:{TIME}:{MAC}(?s:.*)")),
    Weakness("a token of any version", "tran_token", token_form(rf"KMV.:{TIME}:{MAC}")),
    Weakness(
        "a token's prefix in other case", "tran_token", token_form(rf"(?i:KMV1):{TIME}:{MAC}")
    ),
    Weakness("a token without its second colon", "tran_token", token_form(rf"KMV1:{TIME}.{MAC}")),
    Weakness(
        "milliseconds in the digits of every script",
        "tran_token",
        token_form(rf"KMV1:{SECOND}\d\d\d:{MAC}"),
    ),
    Weakness("any milliseconds", "tran_token", token_form(rf"KMV1:{SECOND}...:{MAC}")),
    Weakness(
        "dates that do not exist",
        "tran_token",
        with_result("signing.tran_token:second_of_digits", date_that_is_none),
    ),
    Weakness(
        "any MAC",
        "tran_token",
        without_error("signing.tran_token:TranToken.verify", "signature-mismatch"),
    ),
    Weakness("the first half of a MAC", "tran_token", compares_only(slice(16))),
    Weakness("the second half of a MAC", "tran_token", compares_only(slice(16, None))),
    Weakness("all but the last byte of a MAC", "tran_token", compares_only(slice(31))),
    Weakness(
        "a body without the white space at its end",
        "tran_token",
        with_changed_arguments("signing.tran_token:TranToken.verify", body=bytes.rstrip),
    ),
    Weakness("the MAC over base64 of the body", "tran_token", also_verifies(body=base64.b64encode)),
    Weakness("the MAC over compact JSON", "tran_token", also_verifies(body=as_compact_json)),
    Weakness("the MAC over the text in NFC", "tran_token", also_verifies(body=in_nfc)),
    Weakness("the MAC over no body", "tran_token", also_verifies(body=without_body)),
    Weakness("the MAC under a secret in hex", "tran_token", also_verifies(key=bytes.fromhex)),
    Weakness("the MAC under a secret in base64", "tran_token", also_verifies(key=base64.b64decode)),
]


# --- Correlation ids ------------------------------------------------------------------------------


def id_read_as(change: Callable[[str], str]) -> Weaken:
    """A correlation id is valid if `change(text)` is."""

    def read(original: Any, cls: Any, text: str) -> Any:
        correlation_id = original(cls, change(text))
        vars(correlation_id)["text"] = text
        return correlation_id

    return wrapped("signing.correlation:CorrelationId.parse", read)


def first_20(text: str) -> str:
    return text[:20]


def with_hyphen(text: str) -> str:
    return text[:12] + "-" + text[13:]


def without_milliseconds(text: str) -> str:
    return re.sub("^([0-9]{12})[0-9]{3}-", r"\1-", text)


def letters_as_digits(text: str) -> str:
    return re.sub("[A-Za-z]", "0", text)


def compare_as_written(original: Any, self: Any) -> Any:
    return self.text


def write_any_century(copy: Copy) -> None:
    constant("clock.instant:START_OF_2000", -(1 << 40))(copy)
    constant("clock.instant:START_OF_2100", 1 << 40)(copy)


CORRELATION_IDS = [
    Weakness("more behind a correlation id", "correlation_id", id_read_as(first_20)),
    Weakness(
        "a correlation id at no date",
        "correlation_id headers",
        always("signing.correlation:second_of_digits", 0),
    ),
    Weakness("no hyphen in a correlation id", "correlation_id", id_read_as(with_hyphen)),
    Weakness(
        "a correlation id with milliseconds", "correlation_id", id_read_as(without_milliseconds)
    ),
    Weakness("any letter in a correlation id", "correlation_id", id_read_as(letters_as_digits)),
    Weakness(
        "correlation ids differ in case",
        "correlation_id",
        wrapped("signing.correlation:CorrelationId._compared", compare_as_written),
    ),
    Weakness("correlation ids of any century", "correlation_id", write_any_century),
]


# --- Headers --------------------------------------------------------------------------------------


def last_of_each(pairs: Pairs) -> Pairs:
    return {name.lower(): (name, value) for name, value in pairs}.values()


def read_unknown_names(copy: Copy) -> None:
    """Every X-KM-* header must be visible."""

    def require_visible(original: Any, headers: Any) -> Any:
        pairs = list(original(headers))
        for name, value in pairs:
            if name.lower().startswith("x-km-") and (not value or " " in value):
                raise copy.errors.MalformedHeader
        return pairs

    wrapped("signing.headers:_pairs", require_visible)(copy)


def names_of_one_case(pairs: Pairs) -> Pairs:
    return [(name, value) for name, value in pairs if name in S1_NAMES]


def names_in_lower_case(pairs: Pairs) -> Pairs:
    return [(name.lower(), value) for name, value in pairs]


def values_without_blanks(pairs: Pairs) -> Pairs:
    return [(name, value.strip()) for name, value in pairs]


def is_not_empty(original: Any, value: str) -> bool:
    return 0 < len(value) <= 256


def first_14(digits: str) -> str:
    return digits[:14]


class WithKstForUnknown(dict[str, Any]):
    """Zones by name, in which every other name is KST."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, self["KST"])


class InAnyCase(dict[str, Any]):
    """Zones by name, in whatever case it comes."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.upper(), default)


def with_zones(change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Weaken:
    return with_changed_arguments("signing.headers:read_request_headers", zones=change)


def form(place: str, pattern: str) -> Weaken:
    """An identifier is read by another regular expression."""
    return constant(place, re.compile(pattern).fullmatch)


HEADERS = [
    Weakness(
        "a header may come twice", "headers", with_result("signing.headers:_pairs", last_of_each)
    ),
    Weakness("an X-KM-* header that S1 does not have is read", "headers", read_unknown_names),
    Weakness(
        "a header that looks like another",
        "headers",
        with_result("signing.headers:_pairs", names_in_lower_case),
    ),
    Weakness(
        "names in one case", "headers", with_result("signing.headers:_pairs", names_of_one_case)
    ),
    Weakness(
        "any characters in a header",
        "headers",
        wrapped("signing.headers:_is_visible", is_not_empty),
    ),
    Weakness(
        "blanks around a header value",
        "headers",
        with_result("signing.headers:_pairs", values_without_blanks),
    ),
    Weakness("any asp id", "headers", always("_core.forms:is_asp_id", True)),
    Weakness("an asp id of 16", "headers", form("_core.forms:is_asp_id", "[0-9A-Za-z]{15,16}")),
    Weakness("any access key", "headers", always("_core.forms:is_access_key", True)),
    Weakness(
        "an access key of 39 or 41",
        "headers",
        form("_core.forms:is_access_key", "[0-9A-Za-z-]{39,41}"),
    ),
    Weakness("any crypto key id", "headers", always("_core.forms:is_crypto_key_id", True)),
    Weakness(
        "a crypto key id of 31 or 33",
        "headers",
        form("_core.forms:is_crypto_key_id", "[0-9A-Za-z]{31,33}"),
    ),
    Weakness(
        "a tran time of 16 or 17",
        "headers",
        with_changed_arguments("signing.headers:second_of_digits", digits=first_14),
    ),
    Weakness("an unknown zone is KST", "headers", with_zones(WithKstForUnknown)),
    Weakness("a zone in other case", "headers", with_zones(InAnyCase)),
]
