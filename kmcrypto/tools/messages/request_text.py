"""A request as text: as HTTP has it, or as JSON. Both keep the exact bytes of the body (D1).

The text of HTTP is an optional request line, a header a line, an empty line, and the body. Lines
end with LF, or with CRLF as on the wire; the body is what follows the first empty line, whatever
it is. The first character tells the forms apart: no header begins with a brace.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..._core.forms import NotStrict, decode_latin1
from ..._core.strict_json import read_json, write_json
from ..common.failure import Unreadable

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_END_OF_HEADERS = re.compile(rb"(?:\A|\n)\r?\n")
_REQUEST_LINE = re.compile(r"[A-Z]+ [^ ]+ HTTP/[0-9.]+")
_HEADER_LINE = re.compile(r"([^\s:]+):[ \t]*(.*)")  # of a line that ends without blanks

Headers = list[tuple[str, str]]


class Request(NamedTuple):
    """The headers of a request in their order, and the exact bytes of its body."""

    headers: Headers
    body: bytes


def format_http(headers: Mapping[str, str], body: bytes) -> bytes:
    """Write a request as text of HTTP, without a request line."""
    lines = [f"{name}: {value}\n" for name, value in headers.items()]
    return "".join(lines).encode() + b"\n" + body


def format_json(headers: Mapping[str, str], body: bytes) -> bytes:
    """Write a request as one line of JSON."""
    members: dict[str, Any] = {"headers": dict(headers)}
    try:
        members["body"] = body.decode()
    except UnicodeDecodeError:
        members["body_base64"] = b64encode(body).decode()
    return write_json(members) + b"\n"


def read_request(data: bytes, title: str) -> Request:
    """Read a request in either form. Raises Unreadable, whose text calls the data by the title.

    A byte order mark before it is an editor's.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if data.lstrip()[:1] == b"{":
        return _read_json(data, title)
    return _read_http(data, title)


def _read_http(data: bytes, title: str) -> Request:
    end = _END_OF_HEADERS.search(data)
    head = data if end is None else data[: end.start()]
    body = b"" if end is None else data[end.end() :]
    lines = decode_latin1(head).replace("\r\n", "\n").split("\n")
    if _REQUEST_LINE.fullmatch(lines[0]):
        del lines[0]
    headers = []
    for number, line in enumerate(lines, 1):
        if not line and number == len(lines):
            continue  # the end of the last line
        match = _HEADER_LINE.fullmatch(line.rstrip(" \t\r"))
        if match is None:
            raise Unreadable(
                f"{title} must be a request: header {number} is no line of name, colon and value"
            )
        headers.append((match[1], match[2]))
    return Request(headers, body)


def _read_json(data: bytes, title: str) -> Request:
    try:
        members = read_json(data)
    except NotStrict as error:
        raise Unreadable(f"{title} must be strict JSON: {error.reason}") from None
    headers = members.get("headers")
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        raise Unreadable(f"{title} must have headers: an object of texts, or a list of pairs")
    return Request([(name, value) for name, value in pairs], _read_body(members, title))


def _is_pair(pair: Any) -> bool:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        return False
    return all(isinstance(text, str) for text in pair)


def _read_body(members: dict[str, Any], title: str) -> bytes:
    """Return the body of a request in JSON; one without a body has neither member."""
    text = members.get("body", "")
    encoded = members.get("body_base64", "")
    if not isinstance(text, str) or not isinstance(encoded, str) or (text and encoded):
        raise Unreadable(f"{title} must have its body as text, in body or in body_base64")
    if not encoded:
        return text.encode()
    try:
        return b64decode(encoded, validate=True)
    except Base64Error:
        raise Unreadable(f"{title}: body_base64 must be base64") from None
