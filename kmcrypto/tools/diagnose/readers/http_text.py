"""HTTP text: a request as it stands on the wire, an answer, or one after the other (RFC 9112).

    POST /api/v2/payment HTTP/1.1
    X-KM-Tran-Time: 20261123091509
    Content-Length: 58

    {"encData":"..."}

Lines may end in CRLF or LF. A line that begins with a blank continues the value before it, which
keeps the line end: a fault that a check must see. Content-Length, if it is there, says where a body
ends; else the body is the rest of the file, whose last line feed may be an editor's. A body in
chunks is put together; one that a recorder has put together already is taken as it is.
"""

import re

from ...._core.forms import decode_latin1
from ..message import Answer, Exchange, Fidelity, Pair, Request
from .limits import check_header_count, unreadable

_FORM = "HTTP text"
_REQUEST_LINE = re.compile(r"([A-Za-z]{1,20}) (\S{1,8192})(?: HTTP/[0-9.]{1,4})?")
_STATUS_LINE = re.compile(r"HTTP/[0-9.]{1,4} ([0-9]{3})(?: .*)?")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_ANSWER_START = re.compile(rb"[\r\n]*(?=HTTP/[0-9.]{1,4} [0-9]{3})")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]{0,200})?\r?\n")
_LINE_END = re.compile(rb"\r?\n|\Z")
_CONTENT_LENGTH = re.compile(r"[0-9]{1,10}")


def is_http_text(data: bytes) -> bool:
    """Tell whether the first line is a request line with a version, or a status line."""
    first_line = decode_latin1(data[:8300].lstrip().split(b"\n", 1)[0].rstrip(b"\r"))
    if _STATUS_LINE.fullmatch(first_line) is not None:
        return True
    return _REQUEST_LINE.fullmatch(first_line) is not None and " HTTP/" in first_line


def read_http_text(data: bytes) -> Exchange:
    """Read a request, an answer, or a request and its answer. Raises Unreadable."""
    data = data.lstrip(b"\r\n \t")
    first_line, pairs, rest = _read_head(data)
    status_line = _STATUS_LINE.fullmatch(first_line)
    if status_line is not None:
        body, fidelity, _ = _split_body(pairs, rest)
        return Exchange(None, Answer(int(status_line[1]), pairs, body, fidelity=fidelity))
    request_line = _REQUEST_LINE.fullmatch(first_line)
    if request_line is None:
        raise unreadable(_FORM, "the first line must be a request line or a status line")
    body, fidelity, rest = _split_body(pairs, rest)
    request = Request(request_line[1], request_line[2], pairs, body, fidelity=fidelity)
    return Exchange(request, _read_following_answer(rest))


def _read_following_answer(rest: bytes) -> Answer | None:
    """Read the answer behind a request; None if there is only white space."""
    start = _ANSWER_START.match(rest)
    if start is None:
        return None
    return read_http_text(rest[start.end() :]).answer


def _read_head(data: bytes) -> tuple[str, list[Pair], bytes]:
    """Return the first line, the headers, and what follows the empty line."""
    end = _END_OF_HEADERS.search(data)
    head = data if end is None else data[: end.start()]
    rest = b"" if end is None else data[end.end() :]
    lines = re.split(r"\r?\n", decode_latin1(head).rstrip("\r\n"))
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


def _split_body(pairs: list[Pair], rest: bytes) -> tuple[bytes, Fidelity, bytes]:
    """Return a body, how much of it is known, and what follows it."""
    codings = [value for name, value in pairs if name.lower() == "transfer-encoding"]
    chunked = _join_chunks(rest) if codings == ["chunked"] else None
    if chunked is not None:
        return chunked[0], "bytes", chunked[1]
    lengths = [value for name, value in pairs if name.lower() == "content-length"]
    if len(lengths) == 1 and _CONTENT_LENGTH.fullmatch(lengths[0]) is not None:
        length = int(lengths[0])
        return rest[:length], "bytes", rest[length:]
    # Without a length, an answer can only be told from a body by its status line.
    start = re.search(rb"\r?\n(?=HTTP/[0-9.]{1,4} [0-9]{3})", rest)
    if start is None:
        return rest, "text", b""
    return rest[: start.start()], "text", rest[start.end() :]


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
