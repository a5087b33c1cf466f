r"""Masking for logs: the secrets of S8 in data and texts, and the filters that logging tools take.

`redact` masks what other tools write down: payloads, bodies, headers, URLs, messages and errors.
This file first finds the secrets in a text, then in the values around texts, and then in what
logging, structlog and Sentry hand over.

- Members are masked by their names: the value of `cardNo` whatever it is, a list or an object too.
  A pair whose first item is such a name is a member as well, as headers and query strings have it.
- Numbers of 16 digits are masked if they pass the check of Luhn.
- Other objects are judged by what str and repr show of them. If that has a secret, the masked text
  takes the object's place; attributes that neither shows are not looked for.

What holds no secret comes back as the same object, and no input is changed. Nothing raises: an
object that fails, data that holds itself, and data beyond the limits below are masked. Secrets that
are encoded (base64, gzip, hexadecimal) or encrypted are not found, nor those in the attributes and
elements of XML, apart from card numbers.

In a text, the secrets of S8 are found by name and by form.

No format is parsed. JSON, JSON in a string of JSON, reprs of Python, query strings, form bodies and
lines of a log are read by the same rules, whole or cut off. A name of S8, a separator (`:`, `=`,
`=>`) and a value:

- A value in quotes ends at the closing quote of the same depth. Backslashes may stand before the
  quotes, as JSON in a string of JSON has them. A quote that a letter, a digit or the same quote
  follows does not close: it is one of the value, doubled or escaped in another way.
- A value in brackets ends at the bracket that closes it, and is masked as a whole.
- A value that begins with `<`, as a repr of Python may, ends at the first `>` and those behind it.
- Any other value of a name in quotes ends as a number of JSON does.
- Any other value of a bare name ends at `&`, at a quote, at `<` or `>`, before the next name, or at
  the end of the line; earlier only if it begins in the form of which S8 keeps a part.
- A value that does not end takes the rest of the text.

A pair of two texts in round or square brackets, as the reprs of headers have it, is a name and a
value, too.

Three things are found by their form, wherever they stand: private keys in PEM, the MAC of a tran
token, and card numbers: 16 digits that pass the check of Luhn, in one run or in groups of four.
Runs and groups that adjoin, joined by one blank or hyphen, are masked as one number.

Facts:

- Masking is idempotent. A mask has no digit, no separator and no character that ends a value. So a
  masked value ends where the value ended, and no new secret is found in it or beside it. What is
  kept of a value has the form of the value.
- Masking is linear. A separator is looked at once, and its name lies between it and the separator
  before. A value is read a constant number of times, and the search goes on behind it.
- All patterns are of ASCII: a text and its bytes are masked alike.

Limits: names and digits that are written as escapes (`\u0041`, `%41`), separators and quotes that
are (`\u003d`, `&quot;`), base64 and what is encrypted are not read. A bare value is read to the end
of its line: in YAML it may go on below. Private keys in other forms than PEM are found by their
names alone, which the members of a JWK are not. Digits of other scripts are no digits.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Set
from functools import wraps
from itertools import islice
from operator import is_
from typing import Any, NamedTuple, TypeVar, cast

__all__ = [
    "RedactingFilter",
    "redact",
    "redact_event",
    "redact_headers",
    "redact_sentry_event",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _quiet(function: _Function) -> _Function:
    """Decorate a function that never raises: Ctrl-C in it leaves without the frames (D7)."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            leaving = error.with_traceback(None)
        leaving.__cause__ = leaving.__context__ = None  # they have frames of their own
        try:
            raise leaving
        finally:
            del args, kwargs, leaving

    return cast(_Function, call)


MASK = "***"

# --- What is kept of a value ----------------------------------------------------------------------


class Kept(NamedTuple):
    """The form of the values of which S8 keeps a part, and the mask of the rest."""

    form: re.Pattern[str]
    mask: Callable[[str], str]


_JOINT = "[-+ ]"  # between the groups of a card number; `+` is a blank in a query
_DIGITS = re.compile("[0-9*]")


def _mask_card(number: str) -> str:
    """Keep the first 6 and the last 4 digits of a card number, and what joins its groups."""
    if len(number) == 16:
        return number[:6] + "******" + number[12:]
    places = [match.start() for match in _DIGITS.finditer(number)]
    characters = list(number)
    for place in places[6:-4]:
        characters[place] = "*"
    return "".join(characters)


def _mask_access_key(key: str) -> str:
    return key[:4] + MASK


def _mask_mac(token: str) -> str:
    return token[:23] + MASK  # KMV1, its 17 digits, and two colons


# Six digits, six more or stars, four digits: in one run, or joined by anything.
_CARD = (
    rf"(?:[0-9]{{16}}|[0-9](?:{_JOINT}?[0-9]){{5}}(?:{_JOINT}?[0-9*]){{6}}(?:{_JOINT}?[0-9]){{4}})"
    r"(?![\w*])"
)
# Each form is also that of its masked value.
_KEPT = {
    "card": Kept(re.compile(_CARD, re.ASCII), _mask_card),
    "access_key": Kept(
        re.compile(r"[0-9A-Za-z-]{4}(?:[0-9A-Za-z-]{36}|\*{3})(?![\w*-])", re.ASCII),
        _mask_access_key,
    ),
    "tran_token": Kept(
        re.compile(r"KMV1:[0-9]{17}:(?:[0-9A-Za-z+/]{43}=|\*{3})(?![\w*=+/])", re.ASCII),
        _mask_mac,
    ),
}


def _masked(value: str, kept: "Kept | None") -> str:
    """Mask the text of a value; an empty one says nothing."""
    if kept is not None and kept.form.fullmatch(value):
        return kept.mask(value)
    return MASK if value else value


# --- Names ----------------------------------------------------------------------------------------

# The words of each name. They may be joined by `-`, `_`, `.` or a blank. Anything may stand before
# a name that begins with `*`; a plural s or a number may stand behind any. So `*card no` is also
# newCardNo, CARD_NO and card_no_2.
_KEPT_IN_PART = {"*card no": "card", "*access key": "access_key", "*tran token": "tran_token"}
_SECRETS = (
    *("*secret", "*secret key", "*private key", "*password", "*passphrase", "*pin"),
    *("mac", "*enc data", "*one time token", "*barcode spec", "*auth number"),
    *("*cvc", "*cvv", "*bank account", "par"),
)
_PERSONAL = (
    *("ci", "*birth date", "*nr number", "*e mail"),
    *("*phone", "*phone number", "*phone no", "*mobile number", "*mobile no"),
    *("*address", "*address line", "*address detail", "*addr", "*addr line", "*addr detail"),
    *("*zip code", "*postal code"),
)
# These before `name` make it the name of a person. Alone, it is also that of a file or a library.
_PERSONS = (
    *("user", "member", "customer", "holder", "owner", "person", "contact"),
    *("first", "middle", "last", "given", "family", "full", "real", "legal", "nick", "sur"),
    *("sender", "receiver", "recipient", "payer", "payee", "depositor", "beneficiary"),
    *("kor", "korean", "eng", "english"),
)
_NAMES_OF_PERSONS = [f"*{person} name" for person in _PERSONS]

# Each name of S8, and the key of _KEPT if a part of its values is kept.
NAMES = {**_KEPT_IN_PART, **dict.fromkeys((*_SECRETS, *_PERSONAL, *_NAMES_OF_PERSONS), "")}

# Before a whole name: no letter and no digit, save those of an escape such as `%22` or `%2522`.
_BEGINNING = "(?:(?![a-z0-9])|(?=[0-9a-f]{2}(?:52)*%))"


def _names_backwards() -> str:
    """Write the pattern of all names from their ends on: `on` and then `drac` or `enohp`."""
    beginnings: dict[str, list[str]] = {}
    for name, kept in NAMES.items():
        *before, last = name.lstrip("*").split()
        pattern = "".join("[-_. ]?" + word[::-1] for word in reversed(before))
        if not name.startswith("*"):
            pattern += _BEGINNING
        if kept:
            pattern = f"(?P<{kept}>{pattern})"
        beginnings.setdefault(last[::-1], []).append(pattern)
    return "|".join(f"{end}(?:{'|'.join(patterns)})" for end, patterns in beginnings.items())


def _name_before(separator: str, closing: str) -> "re.Pattern[str]":
    """Make the pattern of a separator and a name before it, both from their ends on."""
    last_letters = "".join(sorted({name[-1] for name in NAMES}))
    return re.compile(
        rf"{separator}(?P<closing>{closing})(?=[0-9_{last_letters}-])[0-9s_-]{{0,3}}"
        rf"(?:{_names_backwards()})"
    )


_CLOSING = r"""[ \t\r\n\])"'`\\]*"""
_NAME = _name_before("[:=]", _CLOSING)
_NAME_AND_COLON = _name_before(":", _CLOSING)  # a search for one character is much faster
# In a query: `%22cardNo%22%3A` and `cardNo%3D`, also of a query in a query: `cardNo%253D`.
_NAME_IN_QUERY = _name_before(
    "(?:[:=]|[ad]3(?:52)*%)", r"""(?:[ \t\r\n\])"'`\\]|(?:[279]2|d5)(?:52)*%)*"""
)


def _pattern_of_names(text: str) -> "re.Pattern[str]":
    """Choose the pattern that finds all names in a text."""
    if "%" in text:
        return _NAME_IN_QUERY
    return _NAME if "=" in text else _NAME_AND_COLON


def _read_backwards(text: str) -> str:
    """Return the text, of the same length, as the patterns of names read it.

    A name ends where a separator begins. So only at separators the names are tried if the text is
    read from its end on.
    """
    lowered = text.replace("\u0130", "i").lower()  # the one letter that lower() makes two of
    return lowered[::-1]


def is_sensitive(name: str) -> bool:
    """Tell whether the name of a member, a header or an attribute is one of S8."""
    return _NAME.match("=" + _read_backwards(name)) is not None


def mask_value(name: str, value: str) -> str:
    """Mask the text of a value whose name is one of S8."""
    match = _NAME.match("=" + _read_backwards(name))
    if match is None:
        return value
    return _masked(value, _KEPT.get(match.lastgroup or ""))


# --- Texts ----------------------------------------------------------------------------------------

_BLANK = r"(?: |[+]|%20)"  # as it is, or in a query
_PEM_LABEL = rf"{_BLANK}(?:[A-Z]{{1,20}}{_BLANK}){{0,3}}PRIVATE{_BLANK}KEY-----"
_PEM = re.compile(rf"(-----BEGIN{_PEM_LABEL}).*?(-----END{_PEM_LABEL}|\Z)", re.DOTALL)
_MAC = re.compile(r"(KMV1:[0-9]{17}:)(?:\\*[0-9A-Za-z+/=%_-])+")


def mask_text(text: str) -> str:
    """Return the text with its secrets masked: the same object if there are none."""
    masked = text
    if "KEY-----" in masked:
        masked = _PEM.sub(rf"\1{MASK}\2", masked)
    if "KMV1:" in masked:
        masked = _MAC.sub(rf"\1{MASK}", masked)
    if ":" in masked or "=" in masked or "%" in masked:
        masked = _mask_named(masked)
    if "," in masked:
        masked = _mask_pairs(masked)
    if len(masked) >= 16:
        masked = _mask_card_numbers(masked)
    return text if masked == text else masked


# --- Values with a name ---------------------------------------------------------------------------

# A text in quotes, after m backslashes and the quote. JSON within JSON doubles the backslashes at
# each level and adds one to the quote. So 2m + 1 of them and a quote are a quote of the text, and
# 2m + 2 are a backslash of it; the closing quote has m, beside multiples of 2m + 2.
#
# The repr of a JSON text doubles backslashes and leaves quotes alone; SQL and CSV double quotes. So
# a quote that a letter, a digit or the same quote follows is none that closes.
_CLOSING_QUOTE = r"(?P=slashes) (?P=quote) (?! \w | (?P=slashes) (?P=quote) )"
_QUOTED_TEXT = rf"""
    (?P<slashes>\\*) (?P<quote>["'`])
    (?P<value>
        [^"'`\\]* (?= {_CLOSING_QUOTE} )
        | .*? (?: (?<!\\) (?: (?P=slashes){{2}} \\\\ )* (?= {_CLOSING_QUOTE} ) | \Z )
    )
    (?P<end> (?: (?P=slashes) (?P=quote) )? )
"""
# The text of most values: JSON without a backslash.
_PLAIN = re.compile(r'\s*"([^"\\]*)"(?!["\w])', re.ASCII)
_QUOTED = re.compile(
    rf"[:=>]* \s* [bBfFrRuU]{{0,2}} {_QUOTED_TEXT}", re.VERBOSE | re.DOTALL | re.ASCII
)
_TEXT_AND_COMMA = r"""
    \s* [bB]? (?P<quote>\\*["']) (?P<name>[\w.-]{1,64}) (?P=quote) \s* , \s* (?= [bB]? \\* ["'] )
"""
# Two patterns, because a search for one character is much faster.
_ROUND_PAIR = re.compile(rf"\( {_TEXT_AND_COMMA}", re.VERBOSE | re.ASCII)
_SQUARE_PAIR = re.compile(rf"\[ {_TEXT_AND_COMMA}", re.VERBOSE | re.ASCII)
_END_OF_PAIR = re.compile(r"\s*(?:[)\]]|\Z)")
_BRACKET = re.compile(rf"[()\[\]{{}}] | {_QUOTED_TEXT}", re.VERBOSE | re.DOTALL | re.ASCII)
_QUOTE_OF_NAME = re.compile(r"""[ \t\r\n\])]*(\\*["'`])""")
_SEPARATED = re.compile(r"[:=>]*\s*", re.ASCII)
_SEPARATED_IN_LINE = re.compile(r"[:=>]*[ \t]*")
_OBJECT = r"<[^/>\s][^>\r\n]*>*"  # a repr of Python, and no tag that closes
_NUMBER = re.compile(rf"""(?:{_OBJECT})?[^\s,;&"'`\\()\[\]{{}}<>]*""", re.ASCII)
_WORD = re.compile(rf"""(?:{_OBJECT})?[^\s&"'`<>(\[{{]*""", re.ASCII)
_REST = re.compile(
    r"""[^\s&"'`<>]*(?:[ \t]+[^\s&"'`<>:=%]+(?=[\s&"'`<>]|\Z))*""", re.ASCII
)  # of a word, and the words after it
_NO_VALUE = ("null", "none")


def _mask_named(text: str) -> str:
    """Mask the values that follow a name of S8 and a separator."""
    name = _pattern_of_names(text)
    parts: list[str] = []
    done = 0
    size = len(text)
    for match in reversed([*name.finditer(_read_backwards(text))]):
        place = size - match.start()  # behind the separator
        if place <= done:
            continue  # it is part of a value
        kept = _KEPT.get(match.lastgroup or "")
        plain = _PLAIN.match(text, place)
        if plain is not None:
            start, end = plain.span(1)
            masked = _masked(plain[1], kept)
        else:
            start, end, masked = _mask_other(text, place, match["closing"][::-1], kept)
        parts += (text[done:start], masked)
        done = end
    return "".join(parts) + text[done:]


def _mask_pairs(text: str) -> str:
    """Mask the values of pairs whose first text is a name of S8: `('cardNo', '1234')`.

    A list of more texts is none. What its second text holds is not looked at: whether that text
    ends where it does must not depend on what is masked in it.
    """
    parts: list[str] = []
    done = 0
    passed = 0
    pairs = [*_ROUND_PAIR.finditer(text), *_SQUARE_PAIR.finditer(text)]
    for pair in sorted(pairs, key=re.Match.start):
        quoted = _QUOTED.match(text, pair.end())
        if quoted is None or pair.start() < passed or not is_sensitive(pair["name"]):
            continue
        passed = quoted.end()
        if _END_OF_PAIR.match(text, passed):
            start, end = quoted.span("value")
            parts += (text[done:start], mask_value(pair["name"], quoted["value"]))
            done = end
    return "".join(parts) + text[done:]


def _mask_other(text: str, place: int, closing: str, kept: "Kept | None") -> "tuple[int, int, str]":
    """Find the start and the end of a value that is not plain text in quotes, and mask it.

    Args:
        text: The whole text.
        place: Where the separator ends.
        closing: The characters between the name and its separator.
        kept: What is kept of the value.
    """
    quoted = _QUOTED.match(text, place)
    if quoted is not None:
        return *quoted.span("value"), _masked(quoted["value"], kept)
    quote = _QUOTE_OF_NAME.match(closing)
    if quote is None:
        start = _end_of(_SEPARATED_IN_LINE, text, place)
        end = _end_of_bare(text, start, kept)
    else:
        start = _end_of(_SEPARATED, text, place)
        end = _end_of_brackets(text, _end_of(_NUMBER, text, start))
        end = _end_of(_NUMBER, text, end)  # of what is written right behind the brackets
    value = text[start:end]
    if not value or value.lower() in _NO_VALUE:
        return start, end, value
    masked = _masked(value, kept)
    # Quotes, so that JSON stays JSON; not where the last one would not close (_CLOSING_QUOTE).
    if quote is not None and not text.startswith(quote[1], end):
        masked = f"{quote[1]}{masked}{quote[1]}"
    return start, end, masked


def _end_of(pattern: "re.Pattern[str]", text: str, start: int) -> int:
    """Find the end of a pattern that matches anywhere."""
    match = pattern.match(text, start)
    return start if match is None else match.end()


def _end_of_bare(text: str, start: int, kept: "Kept | None") -> int:
    """Find the end of a value if neither it nor its name stands in quotes."""
    formed = kept.form.match(text, start) if kept is not None else None
    if formed is not None:
        return formed.end()
    in_brackets = _end_of_brackets(text, _end_of(_WORD, text, start))
    value = text[start : _end_of(_REST, text, in_brackets)]
    return start + len(value.rstrip(",;)]}\\"))


def _end_of_brackets(text: str, start: int) -> int:
    """Find the end of what stands in brackets: the start if there are none, else the text's end.

    Brackets in quotes do not count.
    """
    if text[start : start + 1] not in ("(", "[", "{"):
        return start
    depth = 0
    for token in _BRACKET.finditer(text, start):
        if token["quote"]:
            continue
        depth += 1 if token[0] in "([{" else -1
        if depth == 0:
            return token.end()
    return len(text)


# --- Card numbers ---------------------------------------------------------------------------------

# Numbers of 4 or 16 digits that follow each other; digits read as 0, joints as blanks. They are
# masked as a whole: what is left of one could otherwise be a part of the next.
_NUMBERS = re.compile(rb"0000(?=000000000000| 0000)(?<!00000)(?:0{12})?(?: 0000(?:0{12})?)*(?!0)")
_SIXTEEN = b"0000000000000000"  # a card number has this or the next
_TWO_GROUPS = b"0000 0000"
_KINDS = bytes.maketrans(b"0123456789-+", b"0000000000  ")
_JOINTS = str.maketrans("", "", "-+ ")
_DOUBLED = str.maketrans("0123456789", "0246813579")  # a digit twice, and then its digits added


def _mask_card_numbers(text: str) -> str:
    """Mask the card numbers in a text.

    They are searched in a copy of the same length with few kinds of characters, so that the search
    is one for a constant.
    """
    parts: list[str] = []
    done = 0
    kinds = text.encode("latin-1", "replace").translate(_KINDS)
    if _SIXTEEN not in kinds and _TWO_GROUPS not in kinds:
        return text
    for match in _NUMBERS.finditer(kinds):
        start, end = match.span()
        number = text[start:end]
        if _has_card(number.translate(_JOINTS)):
            parts += (text[done:start], _mask_card(number))
            done = end
    return "".join(parts) + text[done:]


def _has_card(digits: str) -> bool:
    """Tell whether any 16 digits that begin with a group of four pass the check of Luhn."""
    return any(_passes_luhn(digits[start : start + 16]) for start in range(0, len(digits) - 15, 4))


def _passes_luhn(digits: str) -> bool:
    """Tell whether 16 digits pass the check of Luhn: ISO/IEC 7812-1, Annex B."""
    doubled = digits[0::2].translate(_DOUBLED)
    return sum(map(int, doubled + digits[1::2])) % 10 == 0


def mask_whole_number(number: int) -> "int | str":
    """Return the masked text of a number if it is that of a card, else the number."""
    if not -(10**16) < number < 10**16:
        return number
    text = str(number)
    masked = mask_text(text)
    return number if masked is text else masked


# --- Data and headers -----------------------------------------------------------------------------

MAX_DEPTH = 64  # levels of data, as JSON of S4.10 has
MAX_VALUES = 100_000  # values of one call


@_quiet
def redact(value: Any) -> Any:
    """Return a value with the secrets of S8 masked: the same object if it has none.

    Args:
        value: Anything: data as JSON has it, in which texts may be JSON, URLs or lines of a log; a
            text or bytes; any other object. At most 64 levels and 100,000 values; what is beyond is
            masked as a whole.

    Returns:
        A value of the same kind. Of data with a secret, a new dict, list, tuple or set. Of a number
        or of an object with a secret, a text.
    """
    return _Walk().value(value)


@_quiet
def redact_headers(headers: Any) -> dict[str, str]:
    """Return headers as a dict for a log, with the secrets of S8 masked.

    The first 4 characters of X-KM-Access-Key and all but the MAC of X-KM-Tran-Token are kept. Other
    headers are texts like any other: Authorization and Cookie are not masked.

    Args:
        headers: Any mapping or iterable of pairs, of str or bytes. Values of a name that comes
            twice are joined by a comma. What is no pair is left out.
    """
    shown: dict[str, str] = {}
    for pair in _pairs_of(headers):
        try:
            name, value = map(_text_of, pair)
            masked = mask_value(name, value) if is_sensitive(name) else mask_text(value)
            shown[name] = f"{shown[name]}, {masked}" if name in shown else masked
        except Exception:  # noqa: S112 - it is no pair
            continue
    return shown


def _pairs_of(headers: Any) -> Iterable[Any]:
    try:
        pairs = headers.items() if hasattr(headers, "items") else headers
        return list(islice(pairs, MAX_VALUES))
    except Exception:
        return []


def _text_of(value: Any) -> str:
    """Return the text of a name or value; of a subclass of str, as enums may be, its characters."""
    if isinstance(value, str):
        return str.__str__(value)
    return str(value, "latin-1") if isinstance(value, (bytes, bytearray)) else str(value)


# --- Values ---------------------------------------------------------------------------------------


class _Walk:
    """One walk through a value: what it has masked so far, and how much more it may look at."""

    def __init__(self) -> None:
        self._values_left = MAX_VALUES
        self._levels_left = MAX_DEPTH
        # By the id of a container: itself, so that it lives as long, and what it became. What holds
        # itself is masked there.
        self._results: dict[int, tuple[object, Any]] = {}

    def value(self, value: Any) -> Any:
        """Return a value with its secrets masked."""
        self._values_left -= 1
        if self._values_left < 0:
            return MASK
        try:
            return self._any(value)
        except Exception:  # an object that fails, or the limit of recursion
            return MASK

    def _any(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return mask_text(value)
        if isinstance(value, str):
            text = _text_of(value)
            masked = mask_text(text)
            return value if masked is text else masked
        if value is None or kind is bool:
            return value
        if kind is int:
            return mask_whole_number(value)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _mask_bytes(value)
        if isinstance(value, (Mapping, list, tuple, Set)):
            return self._container(value)
        return _mask_object(value)

    def _container(self, value: Any) -> Any:
        known = self._results.get(id(value))
        if known is not None:
            return known[1]
        if self._levels_left == 0:
            return MASK
        self._results[id(value)] = (value, MASK)
        self._levels_left -= 1
        try:
            result = self._members(value)
        finally:
            self._levels_left += 1
        self._results[id(value)] = (value, result)
        return result

    def _members(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._mapping(value)
        items = list(islice(value, MAX_VALUES + 1))
        masked = self._named(items, getattr(type(value), "_fields", ()))
        if all(map(is_, items, masked)):
            return value
        if isinstance(value, list):
            return masked
        return tuple(masked) if isinstance(value, tuple) else set(masked)

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        masked: dict[Any, Any] = {}
        is_same = True
        for name, member in islice(value.items(), MAX_VALUES + 1):
            masked_name = self.value(name)
            masked_member = self.member(name, member)
            is_same = is_same and masked_name is name and masked_member is member
            masked[masked_name] = masked_member
        return value if is_same else masked

    def _named(self, items: list[Any], fields: Any) -> list[Any]:
        """Return items masked: those of a named tuple, of a pair, or any others."""
        if isinstance(fields, tuple) and len(fields) == len(items) > 0:
            return [self.member(*pair) for pair in zip(fields, items)]  # noqa: B905
        if len(items) == 2 and isinstance(items[0], (str, bytes)):
            return [self.value(items[0]), self.member(items[0], items[1])]
        return [self.value(item) for item in items]

    def member(self, name: Any, value: Any) -> Any:
        """Return the value of a name, masked as a whole if the name is one of S8."""
        try:
            text = _text_of(name) if isinstance(name, (str, bytes)) else ""
            return _mask_member(text, value) if is_sensitive(text) else self.value(value)
        except Exception:  # an object that fails
            return MASK


def _mask_member(name: str, value: Any) -> Any:
    """Mask a value by its name. None and an empty text say nothing."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return mask_value(name, _decoded(value)).encode("utf-8", "surrogateescape")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return MASK
    masked = mask_value(name, str(value))
    return value if type(value) is str and masked == value else masked


def _decoded(data: bytes) -> str:
    """Decode bytes of any kind so that they can be encoded again."""
    return str(data, "utf-8", "surrogateescape")


def _mask_bytes(data: "bytes | bytearray | memoryview") -> Any:
    text = _decoded(bytes(data))
    masked = mask_text(text)
    return data if masked is text else masked.encode("utf-8", "surrogateescape")


def _mask_object(value: Any) -> Any:
    """Return the masked text of an object if str or repr of it has a secret; else the object."""
    for show in (str, repr):
        text = str.__str__(show(value))
        masked = mask_text(text)
        if masked is not text:
            return masked
    return value


# --- logging --------------------------------------------------------------------------------------

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class RedactingFilter(logging.Filter):
    """A filter that masks the records of a handler: `handler.addFilter(RedactingFilter())`.

    It masks the message with its arguments, the text of an exception, the stack, and the attributes
    that `extra` gave. Add it to handlers: the filters of a logger do not see the records of the
    loggers below it. The record is changed, so the handlers that follow get it masked as well; the
    objects that the caller passed are not.
    """

    @_quiet
    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a record. It is always let through."""
        try:
            _redact_message(record)
        except Exception:  # arguments that fail
            record.msg = MASK
            record.args = None
        _redact_exception(record)
        record.stack_info = redact(record.stack_info)
        for name, value in list(vars(record).items()):
            if name not in _OF_EVERY_RECORD:
                vars(record)[name] = _Walk().member(name, value)
        return True


def _redact_message(record: logging.LogRecord) -> None:
    """Mask the message. Where something was masked, it is whole, and has no arguments."""
    if not record.args:
        record.msg = redact(record.msg)
        return
    try:
        message = str.__str__(record.getMessage())
    except Exception:  # logging would print the arguments to stderr
        record.msg = f"{redact(record.msg)} (its arguments do not fit)"
        record.args = None
        return
    # What names an argument as a secret, a member of a dict say, may not be in the message.
    arguments = redact(record.args)
    has_secret = arguments is not record.args
    if has_secret:
        record.args = arguments
        message = _message_of(record)
    masked = redact(message)
    if has_secret or masked is not message:
        record.msg = masked
        record.args = None


def _message_of(record: logging.LogRecord) -> str:
    """Return the message of a record whose arguments are masked.

    Arguments that no longer fit, as a masked number does not fit `%d`, stand behind the message.
    """
    try:
        return str.__str__(record.getMessage())
    except Exception:
        return f"{record.msg} {record.args}"


def _redact_exception(record: logging.LogRecord) -> None:
    """Mask the text of an exception, which then takes the exception's place."""
    if record.exc_text:
        record.exc_text = redact(record.exc_text)
    if record.exc_info:
        masked = _masked_traceback(record.exc_info)
        if masked is not None:
            record.exc_info = None
            record.exc_text = masked


def _masked_traceback(exc_info: Any) -> "str | None":
    """Return the masked text of an exception with its traceback; None if it holds no secret."""
    try:
        if isinstance(exc_info, BaseException):
            exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
        elif not isinstance(exc_info, tuple):
            exc_info = sys.exc_info()
        text = "".join(traceback.format_exception(*exc_info)).rstrip("\n")
    except Exception:
        return MASK
    masked = mask_text(text)
    return None if masked is text else masked


# --- structlog and Sentry -------------------------------------------------------------------------


@_quiet
def redact_event(
    logger: Any, name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask an event of structlog: a processor, to be the last before the renderer.

    An exception that is not yet a text, and whose text has a secret, becomes that text, masked, as
    `exception`.
    """
    event = {**event_dict}
    exc_info = event.pop("exc_info", None)
    masked = _masked_traceback(exc_info) if exc_info else None
    if masked is not None:
        event["exception"] = masked
    shown = redact(event)
    if not isinstance(shown, dict):
        return {"event": MASK}
    if exc_info and masked is None:
        return {**shown, "exc_info": exc_info}
    return shown


@_quiet
def redact_sentry_event(event: Any, hint: Any) -> Any:
    """Mask an event of Sentry: `sentry_sdk.init(before_send=redact_sentry_event)`.

    It masks the message, the variables of frames, the request, breadcrumbs, tags and extras. Give
    it as `before_send_transaction`, too, if you trace. An event beyond the limits is dropped.
    """
    masked = redact(event)
    return masked if isinstance(masked, dict) else None
