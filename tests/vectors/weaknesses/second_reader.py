"""Weaknesses that a second implementation showed, made here to copies of this package.

That implementation, a verifier in Perl, was written from docs/protocol.md and the vectors alone,
and changed in hundreds of single ways. The vectors of that time caught none of those below.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from tests.support.weakening import (
    Copy,
    Weaken,
    Weakness,
    constant,
    with_changed_arguments,
    with_result,
    wrapped,
)
from tests.vectors.weaknesses.encryption import HUGE
from tests.vectors.weaknesses.keys import with_secret
from tests.vectors.weaknesses.signing import (
    MAC,
    S1_NAMES,
    SECOND,
    TIME,
    Pairs,
    also_verifies,
    id_read_as,
    token_form,
    with_zones,
)

# --- Calendars ------------------------------------------------------------------------------------


def dates_are_none(*days: str) -> Weaken:
    """Some days of the year, as MMdd, are refused."""

    def read(original: Any, digits: str) -> int | None:
        return None if digits[4:8] in days else original(digits)

    return wrapped("clock.instant:second_of_digits", read)


def days_are_read_as_the_day_before(*days: str) -> Weaken:
    """Some days that do not exist, as MMdd, are taken."""

    def read(digits: str) -> str:
        return f"{digits[:6]}30{digits[8:]}" if digits[4:8] in days else digits

    return with_changed_arguments("clock.instant:second_of_digits", digits=read)


CALENDARS = [
    *(
        Weakness(f"no 31 {month}", "tran_token", dates_are_none(day))
        for month, day in {
            "January": "0131",
            "March": "0331",
            "May": "0531",
            "July": "0731",
            "August": "0831",
            "October": "1031",
        }.items()
    ),
    *(
        Weakness(f"a 31 {month}", "tran_token", days_are_read_as_the_day_before(day))
        for month, day in {"April": "0431", "June": "0631", "September": "0931"}.items()
    ),
]


# --- Tokens ---------------------------------------------------------------------------------------


def also_matches(is_same: Callable[[bytes, bytes], bool]) -> Weaken:
    """A MAC is taken, too, if a comparison of its own says that it is the same."""

    def verify(original: Any, self: Any, secret: str, body: bytes) -> None:
        mac = hmac.digest(secret.encode(), body, "sha256")
        if not is_same(mac, self.mac):
            original(self, secret, body)

    return wrapped("signing.tran_token:TranToken.verify", verify)


def same_in_any_case(mac: bytes, other: bytes) -> bool:
    return b64encode(mac).lower() == b64encode(other).lower()


def same_up_to_nul(mac: bytes, other: bytes) -> bool:
    return mac.split(b"\0")[0] == other.split(b"\0")[0]


def without_nul_at_end(body: bytes) -> bytes:
    return body.rstrip(b"\0")


def with_unix_lines(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n")


def without_byte_order_mark(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf")


TOKENS = [
    Weakness(
        "a Kelvin sign in a token's prefix", "tran_token", token_form(f"[K\u212a]MV1:{TIME}:{MAC}")
    ),
    Weakness("any first separator of a token", "tran_token", token_form(f"KMV1.{TIME}:{MAC}")),
    Weakness(
        "a blank or a sign before the milliseconds",
        "tran_token",
        token_form(f"KMV1:{SECOND}[ +0-9][0-9]{{2}}:{MAC}"),
    ),
    Weakness(
        "an underscore in the milliseconds",
        "tran_token",
        token_form(f"KMV1:{SECOND}[0-9][_0-9][0-9]:{MAC}"),
    ),
    Weakness("a MAC in any case of its base64", "tran_token", also_matches(same_in_any_case)),
    Weakness("a MAC up to its first NUL", "tran_token", also_matches(same_up_to_nul)),
    Weakness(
        "the MAC over the body without the NUL at its end",
        "tran_token",
        also_verifies(body=without_nul_at_end),
    ),
    Weakness(
        "the MAC over the body with CR LF made LF",
        "tran_token",
        also_verifies(body=with_unix_lines),
    ),
    Weakness(
        "the MAC over the body without its byte order mark",
        "tran_token",
        also_verifies(body=without_byte_order_mark),
    ),
]


# --- Secrets --------------------------------------------------------------------------------------


def in_nfc(secret: bytes) -> bytes:
    return unicodedata.normalize("NFC", secret.decode()).encode()


def in_surrogates(secret: bytes) -> bytes:
    """A character beyond U+FFFF is written as two surrogates of three bytes each."""
    units = secret.decode().encode("utf-16-be")
    pairs = re.findall(b"(?s)..", units)
    text = "".join(chr(int.from_bytes(pair, "big")) for pair in pairs)
    return text.encode(errors="surrogatepass")


def refuse_secrets(is_refused: Callable[[str], bool]) -> Weaken:
    """Secrets are refused that S5.4 takes."""

    def weaken(copy: Copy) -> None:
        def check(original: Any, text: str) -> None:
            if is_refused(text):
                raise copy.errors.InvalidKey
            original(text)

        wrapped("keys.project_key:_check_secret_text", check)(copy)

    return weaken


def with_other_quotes(*pairs: str) -> Weaken:
    return refuse_secrets(lambda text: len(text) > 1 and text[0] + text[-1] in pairs)


def fill_empty_quotes(text: str) -> str:
    return "filled" if text in ('""', "''", "\u201c\u201d", "\u2018\u2019") else text


SECRETS = [
    Weakness("a secret in NFC", "tran_token", with_secret(in_nfc)),
    Weakness("a secret in surrogates", "tran_token", with_secret(in_surrogates)),
    Weakness(
        "a secret of 1,024 characters at most",
        "tran_token",
        refuse_secrets(lambda text: len(text) > 1024),
    ),
    Weakness(
        "no secret in quotes",
        "tran_token",
        with_changed_arguments("keys.project_key:_check_secret_text", text=fill_empty_quotes),
    ),
    Weakness("one single quote", "tran_token", refuse_secrets(lambda text: text == "'")),
    Weakness(
        "a zero-width space before a secret",
        "tran_token",
        refuse_secrets(lambda text: text.startswith("\u200b")),
    ),
    Weakness("two closing quotes", "tran_token", with_other_quotes("\u201d\u201d", "\u2019\u2019")),
    Weakness(
        "a typographic quote and a straight one",
        "tran_token",
        with_other_quotes('\u201c"', '"\u201d'),
    ),
    Weakness("guillemets", "tran_token", with_other_quotes("\xab\xbb")),
    Weakness("German quotes", "tran_token", with_other_quotes("\u201e\u201c")),
    Weakness("backticks", "tran_token", with_other_quotes("``")),
]


# --- Correlation ids ------------------------------------------------------------------------------


def with_any_hyphen(text: str) -> str:
    return f"{text[:12]}-{text[12:]}" if len(text) == 19 else text


def with_western_digits(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(sign, sign)) if not sign.isascii() else sign for sign in text
    )


def with_western_suffix(text: str) -> str:
    return text[:13] + with_western_digits(text[13:])


def in_quarters_of_an_hour(zone: Any) -> Any:
    return SimpleNamespace(offset_minutes=zone.offset_minutes // 15 * 15)


def compare_without_one_digit(original: Any, self: Any) -> str:
    text: str = original(self)
    return text[:13] + text[14:]


def compare_numbers(original: Any, self: Any) -> Any:
    text = original(self)
    try:
        return text[:13], float(text[13:])
    except ValueError:  # hex digits that are no number
        return text


COMPARED = "signing.correlation:CorrelationId._compared"
CORRELATION_IDS = [
    Weakness("a hyphen may be left out", "correlation_id", id_read_as(with_any_hyphen)),
    Weakness("digits of any script in a suffix", "correlation_id", id_read_as(with_western_suffix)),
    Weakness(
        "the first digit of a suffix does not count",
        "correlation_id",
        wrapped(COMPARED, compare_without_one_digit),
    ),
    Weakness("suffixes are numbers", "correlation_id", wrapped(COMPARED, compare_numbers)),
    Weakness(
        "offsets in quarters of an hour",
        "correlation_id",
        with_changed_arguments("clock.instant:digits_of_second", zone=in_quarters_of_an_hour),
    ),
]


# --- Values of headers ----------------------------------------------------------------------------


def pairs_read_as(change: Callable[[Pairs], Pairs]) -> Weaken:
    return with_result("signing.headers:_pairs", change)


def value_read_as(name: str, change: Callable[[str], str]) -> Weaken:
    """The value of one header is changed before it is read."""

    def read(pairs: Pairs) -> Pairs:
        return [(known, change(value) if known == name else value) for known, value in pairs]

    return pairs_read_as(read)


def cut_at_nul(value: str) -> str:
    return value.split("\0")[0]


def without_other_blanks(value: str) -> str:
    return value.strip("\xa0\u3000\x85\u2028")


def names_without_blanks(pairs: Pairs) -> Pairs:
    return [(name.strip(), value) for name, value in pairs]


def names_without_colons(pairs: Pairs) -> Pairs:
    return [(name.rstrip(":"), value) for name, value in pairs]


def once_if_three_times(pairs: Pairs) -> Pairs:
    """A header that comes three times is read once: only the second is noticed."""
    rows = list(pairs)
    names = [name.lower() for name, _ in rows]
    return [
        row
        for row, name in zip(rows, names, strict=True)
        if names.count(name) != 3 or row is rows[names.index(name)]
    ]


def visible_if(pattern: str) -> Weaken:
    """The values of headers are visible by another regular expression."""
    return constant("signing.headers:_is_visible", re.compile(pattern).fullmatch)


VALUES = [
    *(
        Weakness(f"{name} is cut at a NUL", "headers", value_read_as(name, cut_at_nul))
        for name in S1_NAMES
    ),
    *(
        Weakness(
            f"{name} without a no-break space", "headers", value_read_as(name, without_other_blanks)
        )
        for name in S1_NAMES
    ),
    *(
        Weakness(f"{name} without blanks behind it", "headers", value_read_as(name, str.rstrip))
        for name in ("X-KM-Access-Key", "X-KM-Crypto-Key-Id", "X-KM-Time-Zone")
    ),
    Weakness("a blank behind a name", "headers", pairs_read_as(names_without_blanks)),
    Weakness("a colon behind a name", "headers", pairs_read_as(names_without_colons)),
    Weakness("a header three times", "headers", pairs_read_as(once_if_three_times)),
    Weakness("a value of any length", "headers", constant("_core.forms:MAX_HEADER_VALUE", HUGE)),
    Weakness("a value of 255 at most", "headers", constant("_core.forms:MAX_HEADER_VALUE", 255)),
    Weakness("no exclamation mark", "headers", visible_if('["-~]{1,256}')),
    Weakness("no tilde", "headers", visible_if("[!-}]{1,256}")),
    Weakness("a tab", "headers", visible_if("[\t!-~]{1,256}")),
    Weakness("a delete character", "headers", visible_if("[!-\x7f]{1,256}")),
    Weakness("Latin-1", "headers", visible_if("[!-~\xa1-\xff]{1,256}")),
    Weakness("letters beyond Latin-1", "headers", visible_if("[!-~\u0100-\uffff]{1,256}")),
]


# --- Steps of receivers and openers ---------------------------------------------------------------


def with_gmt(zones: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**zones, "GMT": zones["UTC"]}


def round_milliseconds(copy: Copy) -> None:
    """Token time and tran time are compared after the token's milliseconds were rounded."""

    def rounded(self: Any) -> int:
        milliseconds: int = self.local_ms
        return (milliseconds + 500) // 1000

    copy.replace("signing.tran_token:TranToken.local_second", lambda original: property(rounded))


def any_clock(copy: Copy) -> None:
    constant("clock.instant:START_OF_2000_MS", -HUGE)(copy)


def any_token_year(copy: Copy) -> None:
    """A token's time is of any year; what is said of it is another moment in its zone."""

    def make(original: Any, epoch_ms: int, zone: Any) -> Any:
        try:
            return original(epoch_ms, zone)
        except copy.errors.InvalidInstant:
            return original(1_795_392_909_123, zone)

    wrapped("exchange.receiver:Instant", make)(copy)


def any_case_of_callbacks(original: Any, headers: Any, *args: Any, **kwargs: Any) -> Any:
    """The asp id of a callback, which has no access key, is read in capitals."""
    request = original(headers, *args, **kwargs)
    if request.access_key is None:
        request.asp_id = request.asp_id.upper()
    return request


def first_key_for(code: str) -> Weaken:
    """A plain callback whose key cannot be used is taken with the first key issued."""

    def crypto_key(original: Any, self: Any, project: Any, *args: Any) -> Any:
        try:
            return original(self, project, *args)
        except Exception as error:
            if getattr(error, "code", None) != code:
                raise
            return project.ring.first_issued

    return wrapped("exchange.callback:CallbackReceiver._crypto_key", crypto_key)


def inactive_if_plain(original: Any, self: Any, project: Any, key_id: Any, *due: bool) -> Any:
    """A plain request may name an inactive key."""
    try:
        return original(self, project, key_id, *due)
    except Exception as error:
        if getattr(error, "code", None) != "inactive-key" or any(due):
            raise
        return project.ring.get(key_id)


def almost_same_id(original: Any, self: Any, key_id: str) -> Any:
    """The last character of a crypto key id is not compared."""
    for key in self._keys.values():
        if key.id[:31] == key_id[:31]:
            return key
    return original(self, key_id)


def id_in_lower_case(original: Any, cls: Any, text: str) -> Any:
    correlation_id = original(cls, text)
    vars(correlation_id)["text"] = text.lower()
    return correlation_id


def answer_read_as(change: Callable[[Pairs], Pairs]) -> Weaken:
    """The headers of an answer are changed before they are read."""
    return with_changed_arguments("signing.headers:read_answer_headers", headers=change)


def without_empty(pairs: Pairs) -> Pairs:
    return [(name, value) for name, value in pairs if value]


def values_without_blanks(pairs: Pairs) -> Pairs:
    return [(name, value.strip(" ")) for name, value in pairs]


def ids_with_western_digits(pairs: Pairs) -> Pairs:
    return [(name, with_western_digits(value)) for name, value in pairs]


def all_headers_once(copy: Copy) -> None:
    """In an answer, none of the seven names may come twice."""

    def read(original: Any, headers: Pairs) -> Any:
        names = [name.lower() for name, _ in headers]
        others = [name.lower() for name in S1_NAMES if name != "X-KM-Correlation-Id"]
        if any(names.count(name) > 1 for name in others):
            raise copy.errors.DuplicateHeader
        return original(headers)

    wrapped("signing.headers:read_answer_headers", read)(copy)


STEPS = [
    Weakness("GMT is known", "headers", with_zones(with_gmt)),
    Weakness("milliseconds are rounded", "headers", round_milliseconds),
    Weakness("a clock of any year", "headers", any_clock),
    Weakness("a token of any year", "headers", any_token_year),
    Weakness(
        "the asp id of a callback in any case",
        "headers",
        wrapped("signing.headers:read_request_headers", any_case_of_callbacks),
    ),
    Weakness("a plain callback names no key", "headers", first_key_for("unknown-crypto-key")),
    Weakness(
        "a plain request names an inactive key",
        "headers",
        wrapped("exchange.receiver:Receiver._crypto_key", inactive_if_plain),
    ),
    Weakness(
        "the last character of a key id",
        "headers",
        wrapped("keys.ring:KeyRing.get", almost_same_id),
    ),
    Weakness(
        "a correlation id is shown in lower case",
        "headers",
        wrapped("signing.correlation:CorrelationId.parse", id_in_lower_case),
    ),
    Weakness("an answer's empty key id is none", "headers", answer_read_as(without_empty)),
    Weakness("blanks in an answer's headers", "headers", answer_read_as(values_without_blanks)),
    Weakness(
        "digits of any script in an answer", "headers", answer_read_as(ids_with_western_digits)
    ),
    Weakness("an answer has each header once", "headers", all_headers_once),
]


SECOND_READER = [*CALENDARS, *TOKENS, *SECRETS, *CORRELATION_IDS, *VALUES, *STEPS]
