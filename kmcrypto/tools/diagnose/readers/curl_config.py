r"""A configuration of curl, as `kmcrypto sign --curl` writes it for `curl -K -`.

    header = "X-KM-Tran-Time: 20261123091509"
    data-raw = "{\"encData\":\"...\"}"

A line has one option, with or without its hyphens, and perhaps its value behind blanks, `=` or `:`.
In quotes, `\t`, `\n`, `\r` and `\v` are control characters, and any other character behind a
backslash stands for itself. A value without quotes ends at the first blank. Lines that begin with
`#` are comments (curl's manual, --config).

The options mean what they mean on the command line, and files are not read here either.
"""

import re
from collections.abc import Iterator

from ..message import Exchange
from .curl_command import LONG_NAMES, read_options
from .limits import unreadable

_FORM = "a configuration of curl"
_MAX_CONFIG = 2 << 20  # bytes, as for a command
_OUR_HEADER = re.compile(
    rb'^[ \t]*(?:(?:--)?header|-?H)[ \t]*[=:]?[ \t]*"?(?:HTTP_)?X[-_]KM[-_]',
    re.IGNORECASE | re.MULTILINE,
)
_LINE = re.compile(r"-{0,2}([0-9A-Za-z][0-9A-Za-z.-]*)(?:[ \t]*[=:][ \t]*|[ \t]+|\Z)(.*)")
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
_ESCAPE = re.compile(r"\\(.)")
_CONTROL_CHARACTERS = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}


def is_curl_config(data: bytes) -> bool:
    """Tell whether one of the lines is an option for an X-KM-* header."""
    return _OUR_HEADER.search(data) is not None


def read_curl_config(data: bytes, *, may_name_file: bool = False) -> Exchange:
    """Read the request that a configuration makes. Raises Unreadable.

    Args:
        data: The configuration.
        may_name_file: Whether its body may be in a file, because the caller has the bytes.
    """
    # The command line beside it may name another method than GET.
    return read_options(list(_options(data)), method_without_body="", may_name_file=may_name_file)


def _options(data: bytes) -> Iterator[tuple[str, str]]:
    """Give each option under its long name, with its value or ""."""
    if len(data) > _MAX_CONFIG:
        raise unreadable(_FORM, "it must not be longer than 2 MiB")
    text = data.decode("utf-8", "surrogateescape")
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip(" \t\r")
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise unreadable(_FORM, f"line {number} must be an option of curl")
        yield _long_name(match[1]), _read_value(match[2], number)


def _long_name(name: str) -> str:
    if len(name) == 1:
        return LONG_NAMES.get(f"-{name}", f"-{name}")
    return f"--{name}"


def _read_value(text: str, number: int) -> str:
    if not text.startswith('"'):
        return text.split(maxsplit=1)[0] if text else ""
    match = _QUOTED.match(text)
    if match is None:
        raise unreadable(_FORM, f"the quote in line {number} does not end")
    return _ESCAPE.sub(_unescape, match[1])


def _unescape(escape: re.Match[str]) -> str:
    return _CONTROL_CHARACTERS.get(escape[1], escape[1])
