"""What `curl -v` prints: headers behind `> ` and `< `, and remarks behind `* `.

    * Connected to host (192.0.2.1) port 443
    > POST /api/v2/payment HTTP/1.1
    > X-KM-Tran-Time: 20261123091509
    > Content-Length: 58
    >
    < HTTP/1.1 200 OK
    < Content-Type: application/json
    <
    {"encData":"..."}

curl never prints the body of a request there, so the caller has to give it. The body of the answer
is there if standard output went to the same place; a remark may follow it on its last line. If it
went elsewhere, the answer is not read, because it would look like an empty one.

A text copied from a terminal may have the command above its output, and so the body.

Of several requests, the last one is diagnosed. Those before it are what was sent earlier: another
try, or the redirect that led to this request.
"""

import re
from itertools import pairwise

from ..message import Answer, Exchange, Request
from .http_text import read_http_text
from .limits import MAX_ENTRIES, unreadable

_FORM = "the output of curl -v"
_REQUEST_START = re.compile(rb"^> [A-Za-z]{1,20} \S{1,8192} HTTP/", re.MULTILINE)
_ANSWER_START = re.compile(rb"^< HTTP/[0-9.]{1,4} [0-9]{3}", re.MULTILINE)
_FIRST_REMARK = re.compile(rb"\r?\n(?=[*<>] )")
# Beside curl's own remarks: the number of bytes that it sent or received, and its progress meter,
# which goes back to the start of its line.
_REMARK = re.compile(rb"\* |[{}] \[[0-9]+ bytes data\]|\r.")
_REMARK_BEHIND_BODY = re.compile(rb"\* (?:Connection #|Closing connection|shutting down)[^\n]*")


def is_curl_output(data: bytes) -> bool:
    """Tell whether one of the lines is a request line or a status line as `curl -v` prints it."""
    return any(start.search(data) is not None for start in (_REQUEST_START, _ANSWER_START))


def read_curl_output(data: bytes, *, may_lack_body: bool = False) -> Exchange:
    """Read the last request, its answer, and the requests before it. Raises Unreadable.

    Args:
        data: The output.
        may_lack_body: Whether the last request may have a body, because the caller has its bytes.
    """
    exchanges = [_read_exchange(part) for part in _split_exchanges(data)]
    last = exchanges[-1]
    if last.request is not None and not may_lack_body and _lacks_body(last.request):
        raise unreadable(_FORM, "it does not have the request's body: give that, too, with --body")
    _require_body_of(last.answer)
    return Exchange(last.request, last.answer, exchanges[:-1])


def split_session(data: bytes) -> tuple[bytes, bytes]:
    """Return the command at the top of a terminal's text, and its output, or b"" without any."""
    start = _FIRST_REMARK.search(data)
    if start is None:
        return data, b""
    return data[: start.start()], data[start.end() :]


def read_answer(output: bytes) -> Answer | None:
    """Read the last answer in the output of one command. Raises Unreadable."""
    answer = _read_answer(output)
    _require_body_of(answer)
    return answer


def _require_body_of(answer: Answer | None) -> None:
    if answer is not None and _lacks_body(answer):
        raise unreadable(
            _FORM,
            "it does not have the answer's body: record that, too, with 2>&1, "
            "or leave out the lines that begin with <",
        )


def _split_exchanges(data: bytes) -> list[bytes]:
    """Return each request with what follows it, or all of the data if there is no request."""
    starts = [match.start() for match in _REQUEST_START.finditer(data)]
    if not starts:
        return [data]
    if len(starts) > MAX_ENTRIES:
        raise unreadable(_FORM, f"it must not have more than {MAX_ENTRIES:,} requests")
    return [data[start:end] for start, end in pairwise([*starts, len(data)])]


def _read_exchange(part: bytes) -> Exchange:
    lines = [_without_mark(line) for line in part.split(b"\n") if _has_mark(line, b">")]
    request = read_http_text(b"\n".join(lines)).request if lines else None
    return Exchange(request, _read_answer(part))


def _read_answer(part: bytes) -> Answer | None:
    """Read the last answer of a request; an interim one, 100 Continue, may come before it."""
    starts = [match.start() for match in _ANSWER_START.finditer(part)]
    if not starts:
        return None
    head: list[bytes] = []
    body: list[bytes] = []
    for line in part[starts[-1] :].split(b"\n"):
        if _has_mark(line, b"<"):
            head.append(_without_mark(line))
        elif _REMARK.match(line) is None:
            body.append(_REMARK_BEHIND_BODY.sub(b"", line))
    return read_http_text(b"\n".join([*head, *body])).answer


def _lacks_body(message: Request | Answer) -> bool:
    """Tell whether the headers announce a body that is not there."""
    if message.body.strip() or _is_redirect(message):
        return False
    headers = {name.lower(): value for name, value in message.headers}
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _is_redirect(message: Request | Answer) -> bool:
    """Tell whether it is an answer whose body `curl -L` ignores."""
    return isinstance(message, Answer) and 300 <= message.status < 400


def _has_mark(line: bytes, mark: bytes) -> bool:
    """Tell whether a line begins with a mark and a blank, which an empty line may have lost."""
    return line.startswith(mark + b" ") or line.rstrip() == mark


def _without_mark(line: bytes) -> bytes:
    return line[1:].removeprefix(b" ")
