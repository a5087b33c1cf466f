"""A curl command line, as a shell or a browser's "copy as cURL" has it.

Only the options that make the message are read. The files that they name are not, so a body in a
file has to be given beside the command.
"""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from ..message import Exchange, Pair, Request
from .limits import check_header_count, unreadable

_FORM = "a curl command line"
_OPTIONS = "options of curl"
_JSON = "application/json"
_URL_ENCODED = "application/x-www-form-urlencoded"
_MAX_COMMAND = 2 << 20  # bytes; shlex takes about a second for so many

# The long names of the options that are read, by their short names.
LONG_NAMES = {
    "-X": "--request",
    "-H": "--header",
    "-d": "--data",
    "-I": "--head",
    "-G": "--get",
    "-A": "--user-agent",
    "-u": "--user",
}
_DATA = ("--data", "--data-ascii", "--data-raw", "--data-binary", "--json")
_NO_JSON = ("--get", "--form", "-F", "--data-urlencode", "--upload-file", "-T")
# Options of curl that have a value and that do not change what is judged here.
_SKIPPED = frozenset(
    (
        *("-A", "-b", "-c", "-e", "-E", "-K", "-m", "-o", "-r", "-u", "-w", "-x", "-y", "-Y"),
        *("--cacert", "--cert", "--cert-type", "--ciphers", "--config", "--connect-timeout"),
        *("--cookie", "--cookie-jar", "--dump-header", "-D", "--interface", "--key", "--key-type"),
        *("--limit-rate", "--max-redirs", "--max-time", "--output", "--proxy", "--referer"),
        *("--resolve", "--retry", "--retry-delay", "--tlsv1.2-ciphers", "--trace", "--user"),
        *("--user-agent", "--write-out", "--unix-socket", "--noproxy", "--pinnedpubkey"),
    )
)
_WITH_VALUE = frozenset(("--request", "--header", "--url", *_DATA))
# The prompt of a shell, which may stand before the name of the program.
_PROMPT = re.compile(rb"(?:[^\n'\"]{0,100}?[$#%][ \t]+)?(?=(?:\S*/)?curl(?:\.exe)?\s)")
_QUOTED_FOR_WINDOWS = re.compile(rb'\^(?:"|\r?\n)')
# Bash writes text with escapes as $'...', which shlex does not know.
_ESCAPED_TEXT = re.compile(r"(?<![^\s=])\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|(.))", re.DOTALL
)
_CONTROL_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "e": "\x1b"}


def is_curl_command(data: bytes) -> bool:
    """Tell whether the text begins with the name of the program, perhaps behind a prompt."""
    return _PROMPT.match(data.lstrip()) is not None


def read_curl_command(data: bytes, *, may_name_file: bool = False) -> Exchange:
    """Read the request that a command makes. Raises Unreadable.

    Args:
        data: The command.
        may_name_file: Whether its body may be in a file, because the caller has the bytes.
    """
    options = list(_options(_split_words(data)))
    return read_options(options, method_without_body="GET", may_name_file=may_name_file)


def read_options(
    options: list[tuple[str, str]], *, method_without_body: str, may_name_file: bool
) -> Exchange:
    """Read the request that options make. Raises Unreadable.

    Args:
        options: Pairs of an option's long name and its value, or "".
        method_without_body: The method, if they name none and have no body.
        may_name_file: Whether the body may be in a file, because the caller has the bytes.
    """
    for option, _ in options:
        if option in _NO_JSON:
            raise unreadable(_OPTIONS, f"{option} does not send a body of JSON: use --data-raw")
    pairs = [pair for text in _values(options, "--header") for pair in _read_header(text)]
    check_header_count(_OPTIONS, len(pairs))
    texts = [
        "" if may_name_file else _inline(option, value)
        for option, value in options
        if option in _DATA
    ]
    is_json = bool(_values(options, "--json"))
    if texts:
        _add_default(pairs, "Content-Type", _JSON if is_json else _URL_ENCODED)
    body = ("" if is_json else "&").join(texts).encode("utf-8", "surrogateescape")
    target = next(iter(_values(options, "--url")), "")
    method = _named_method(options) or ("POST" if texts else method_without_body)
    return Exchange(Request(method, target, pairs, body))


def _values(options: list[tuple[str, str]], name: str) -> list[str]:
    return [value for option, value in options if option == name]


def _named_method(options: list[tuple[str, str]]) -> str:
    """Return the method that the options name, or ""."""
    named = _values(options, "--request")
    if named:
        return named[-1]
    return "HEAD" if _values(options, "--head") else ""


def _split_words(data: bytes) -> list[str]:
    """Split the command as a shell does, without the name of the program."""
    if len(data) > _MAX_COMMAND:
        raise unreadable(_FORM, "it must not be longer than 2 MiB")
    if _QUOTED_FOR_WINDOWS.search(data) is not None:
        raise unreadable(_FORM, "it is quoted for the Windows command prompt: copy it for bash")
    text = _PROMPT.sub(b"", data.lstrip(), count=1).decode("utf-8", "surrogateescape")
    text = _ESCAPED_TEXT.sub(lambda match: shlex.quote(_unescape(match[1])), text)
    text = re.sub(r"\\\r?\n", " ", text)
    try:
        words = shlex.split(text)
    except ValueError:
        raise unreadable(_FORM, "a quote or an escape does not end") from None
    if any(word == "curl" and not before.startswith("-") for before, word in pairwise(words)):
        raise unreadable(_FORM, "it must be one command: copy the one that is meant")
    return words[1:]


def _unescape(text: str) -> str:
    r"""Replace the escapes of a $'...' text."""

    def character(match: re.Match[str]) -> str:
        digits = match[1] or match[2] or match[3]
        if digits is None:
            return _CONTROL_CHARACTERS.get(match[4], match[4])
        number = int(digits, 16)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise unreadable(_FORM, "an escape names no character")
        return chr(number)

    return _ESCAPE.sub(character, text)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Give each option under its long name, with its value or ""; an address as --url."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            yield "--url", word
            continue
        name, equals, value = word.partition("=")
        if word.startswith("--"):
            option = name
        else:
            option = LONG_NAMES.get(word[:2], word[:2])
            equals = value = word[2:]
        if option in _WITH_VALUE or option in _SKIPPED:
            if not equals:
                value = _next_word(rest)
            if option in _WITH_VALUE:
                yield option, value
        else:
            yield option, value


def _next_word(rest: Iterator[str]) -> str:
    word = next(rest, None)
    if word is None:
        raise unreadable(_FORM, "the last option has no value")
    return word


def _read_header(text: str) -> list[Pair]:
    """Read the value of -H: `Name: value`, `Name;` for an empty one, `Name:` for none."""
    if text.startswith("@"):
        raise unreadable(_OPTIONS, "its headers are in a file: write them into the options")
    name, colon, value = text.partition(":")
    if not colon:
        return [(name[:-1], "")] if name.endswith(";") else []
    value = value.strip(" \t")
    return [(name, value)] if value else []


def _inline(option: str, value: str) -> str:
    """Return the text of a data option. Raises Unreadable if it names a file."""
    if value.startswith("@") and option != "--data-raw":
        raise unreadable(_OPTIONS, "its body is in a file: give that file, too, with --body")
    return value


def _add_default(pairs: list[Pair], name: str, value: str) -> None:
    if all(pair[0].lower() != name.lower() for pair in pairs):
        pairs.append((name, value))
