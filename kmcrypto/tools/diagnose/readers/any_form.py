"""The form of an input is told by how it begins, or by one of its lines; one reader reads it."""

from collections.abc import Mapping

from ..message import Exchange
from .curl_command import is_curl_command, read_curl_command
from .curl_config import is_curl_config, read_curl_config
from .curl_output import is_curl_output, read_answer, read_curl_output, split_session
from .har import is_har, read_har
from .http_text import is_http_text, lacks_request_line, read_http_text
from .json_message import is_json_message, read_json_message
from .json_text import parse
from .limits import MAX_INPUT, unreadable

_FORMS = (
    "HTTP text, a curl command line or configuration, the output of curl -v, HAR, "
    "or JSON of headers and body"
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # an editor's
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_exchange(data: bytes, entry: int | None = None, body: bytes | None = None) -> Exchange:
    """Read a recording of a request, an answer, or both, in any of the forms.

    Args:
        data: The contents of the file.
        entry: Of a HAR, the number of the entry, from 1.
        body: The exact bytes of the request's body, which take the place of the recorded ones.

    Raises:
        Unreadable: It is of none of the forms, or damaged.
    """
    if len(data) > MAX_INPUT:
        raise unreadable(_FORMS, f"it must not be longer than {MAX_INPUT >> 20} MiB")
    if not data.strip():
        raise unreadable(_FORMS, "it is empty")
    if data.startswith(_UTF_16_MARKS):
        raise unreadable(_FORMS, "it is UTF-16, as PowerShell writes it: save it as UTF-8")
    exchange = _read(data.removeprefix(_BYTE_ORDER_MARK), entry, body)
    if body is None or exchange.request is None:
        return exchange
    return Exchange(exchange.request.with_body(body), exchange.answer, exchange.earlier)


def _read(data: bytes, entry: int | None, body: bytes | None) -> Exchange:
    if is_curl_command(data):
        return _read_curl_session(data, body)
    if data.lstrip()[:1] == b"{":
        return _read_json(data, entry)
    if is_http_text(data):
        return read_http_text(data)
    if is_curl_output(data):
        return read_curl_output(data, may_lack_body=body is not None)
    if is_curl_config(data):
        return read_curl_config(data, may_name_file=body is not None)
    problem = "it begins like none of them"
    if lacks_request_line(data):
        problem += ": put a request line such as POST /path HTTP/1.1 before the headers"
    raise unreadable(_FORMS, problem)


def _read_curl_session(data: bytes, body: bytes | None) -> Exchange:
    """Read a command, and the answer in the output that a terminal may show below it."""
    command, output = split_session(data)
    exchange = read_curl_command(command, may_name_file=body is not None)
    return Exchange(exchange.request, read_answer(output))


def _read_json(data: bytes, entry: int | None) -> Exchange:
    if data.lstrip().startswith(b"{'"):
        raise unreadable(_FORMS, "it is a dict of Python: write it with json.dumps")
    document = parse(_FORMS, data)
    if isinstance(document, Mapping):
        if is_har(document):
            return read_har(document, entry)
        if is_json_message(document) or "request" in document:
            return read_json_message(document)
    raise unreadable(_FORMS, "its JSON has neither headers nor a log")
