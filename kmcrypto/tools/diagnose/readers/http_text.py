"""HTTP text: a request as it stands on the wire, an answer, or one after the other (RFC 9112).

    POST /api/v2/payment HTTP/1.1
    X-KM-Tran-Time: 20261123091509
    Content-Length: 58

    {"encData":"..."}

The request line may be absent, as in what `kmcrypto sign` writes: the first line is then a header,
one of the headers is an X-KM-* header, and neither the method nor the path is known.

Lines may end in CRLF or LF. A line that begins with a blank continues the value before it, which
keeps the line end: a fault that a check must see. Content-Length, if it is there, says where a body
ends, unless a recorder has written its JSON anew, on several lines; else the body is the rest of
the file, whose last line feed may be an editor's. A body in chunks is put together; one that a
recorder has put together already is taken as it is.
"""

import re

from ...._core.forms import NotStrict, decode_latin1
from ...._core.strict_json import read_json
from ..header_view import is_our_name
from ..message import Answer, Exchange, Fidelity, Pair, Request
from .limits import check_header_count, unreadable

_FORM = "HTTP text"
_REQUEST_LINE = re.compile(r"([A-Za-z]{1,20}) (\S{1,8192})(?: HTTP/[0-9.]{1,4})?")
_STATUS_LINE = re.compile(r"HTTP/[0-9.]{1,4} ([0-9]{3})(?: .*)?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}:.*")  # a token and a colon (RFC 9110)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_ANSWER_START = re.compile(rb"[\r\n]*(?=HTTP/[0-9.]{1,4} [0-9]{3})")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]{0,200})?\r?\n")
_LINE_END = re.compile(rb"\r?\n|\Z")
_BLANKS = b"\r\n \t"
_CONTENT_LENGTH = re.compile(r"[0-9]{1,10}")


def is_http_text(data: bytes) -> bool:
    """Tell whether the text begins with a request line with a version, or with a status line.

    It may also begin with a header, if one of its headers is an X-KM-* header.
    """
    first_line = _first_line(data)
    if _STATUS_LINE.fullmatch(first_line) is not None:
        return True
    if _REQUEST_LINE.fullmatch(first_line) is not None:
        return " HTTP/" in first_line
    return _HEADER.fullmatch(first_line) is not None and _has_our_header(data)


def lacks_request_line(data: bytes) -> bool:
    """Tell whether the text would be HTTP text behind a request line with a version.

    It begins with a header, or with a method and a target.
    """
    first_line = _first_line(data)
    return any(form.fullmatch(first_line) is not None for form in (_HEADER, _REQUEST_LINE))


def _first_line(data: bytes) -> str:
    return decode_latin1(data[:8300].lstrip().split(b"\n", 1)[0].rstrip(b"\r"))


def _has_our_header(data: bytes) -> bool:
    head, _ = _split_head(data.lstrip(_BLANKS))
    return any(is_our_name(line) for line in head.split("\n"))


def read_http_text(data: bytes) -> Exchange:
    """Read a request, an answer, or a request and its answer. Raises Unreadable."""
    data = data.lstrip(_BLANKS)
    first_line, pairs, rest = _read_head(data)
    status_line = _STATUS_LINE.fullmatch(first_line)
    if status_line is not None:
        body, fidelity, _ = _split_body(pairs, rest)
        return Exchange(None, Answer(int(status_line[1]), pairs, body, fidelity=fidelity))
    method, target = _read_request_line(first_line)
    body, fidelity, rest = _split_body(pairs, rest)
    request = Request(method, target, pairs, body, fidelity=fidelity)
    return Exchange(request, _read_following_answer(rest))


def _read_request_line(line: str) -> tuple[str, str]:
    """Return the method and the target; "" for both where there is no request line."""
    if not line:
        return "", ""
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise unreadable(_FORM, "the first line must be a request line or a status line")
    return match[1], match[2]


def _read_following_answer(rest: bytes) -> Answer | None:
    """Read the answer behind a request; None if there is only white space."""
    start = _ANSWER_START.match(rest)
    if start is None:
        return None
    return read_http_text(rest[start.end() :]).answer


def _read_head(data: bytes) -> tuple[str, list[Pair], bytes]:
    """Return the request line or status line, the headers, and what follows the empty line.

    The line is "" where the first one is a header.
    """
    head, rest = _split_head(data)
    lines = re.split(r"\r?\n", head.rstrip("\r\n"))
    if _HEADER.fullmatch(lines[0]) is not None:
        lines.insert(0, "")
    check_header_count(_FORM, len(lines) - 1)
    pairs: list[Pair] = []
    for number, line in enumerate(lines[1:], start=2):
        if line[:1] in (" ", "\t") and pairs:
            name, value = pairs[-1]
            pairs[-1] = (name, f"{value}\r\n{line}")
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise unreadable(_FORM, f"line {number} must be a header, Name: value")
        pairs.append((name, value.strip(" \t")))
    return lines[0], pairs, rest


def _split_head(data: bytes) -> tuple[str, bytes]:
    """Return what stands before the empty line, and what follows it."""
    end = _END_OF_HEADERS.search(data)
    if end is None:
        return decode_latin1(data), b""
    return decode_latin1(data[: end.start()]), data[end.end() :]


def _split_body(pairs: list[Pair], rest: bytes) -> tuple[bytes, Fidelity, bytes]:
    """Return a body, how much of it is known, and what follows it."""
    codings = [value for name, value in pairs if name.lower() == "transfer-encoding"]
    chunked = _join_chunks(rest) if codings == ["chunked"] else None
    if chunked is not None:
        return chunked[0], "bytes", chunked[1]
    lengths = [value for name, value in pairs if name.lower() == "content-length"]
    if len(lengths) == 1 and _CONTENT_LENGTH.fullmatch(lengths[0]) is not None:
        length = int(lengths[0])
        if not _is_written_anew(rest, length):
            return rest[:length], "bytes", rest[length:]
        body, rest = _split_at_answer(rest)
        return body, "value", rest
    body, rest = _split_at_answer(rest)
    return body, "text", rest


def _is_written_anew(rest: bytes, length: int) -> bool:
    """Tell whether the text is JSON on several lines, and more than its length says.

    HTTPie writes JSON like that on a terminal, with other white space than the message had.
    """
    text, _ = _split_at_answer(rest)
    is_indented = b"\n" in text.strip()
    return is_indented and not _is_json(rest[:length]) and _is_json(text)


def _is_json(text: bytes) -> bool:
    try:
        read_json(text)
    except NotStrict:
        return False
    return True


def _split_at_answer(rest: bytes) -> tuple[bytes, bytes]:
    """Return a body of unknown length, and the answer behind it, told by its status line."""
    start = re.search(rb"\r?\n(?=HTTP/[0-9.]{1,4} [0-9]{3})", rest)
    if start is None:
        return rest, b""
    return rest[: start.start()], rest[start.end() :]


def _join_chunks(data: bytes) -> tuple[bytes, bytes] | None:
    """Return a body that came in chunks, and what follows it; None if there are none."""
    chunks = []
    position = 0
    while True:
        size_line = _CHUNK_SIZE.match(data, position)
        if size_line is None:
            return None
        size = int(size_line[1], 16)
        start = size_line.end()
        position = start + size
        chunks.append(data[start:position])
        end = _LINE_END.match(data, position)
        if end is None:
            return None
        position = end.end()
        if size == 0:
            return b"".join(chunks), data[position:]
