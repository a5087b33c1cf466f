"""JSON of headers and body, as logs and test tools write it, and an event of AWS Lambda.

    {"method": "POST", "url": "/api/v2/payment", "headers": {"X-KM-Time-Zone": "KST"},
     "body": "{\"encData\":\"...\"}", "answer": {"status": 200, "headers": {}, "body": "..."}}

Headers are an object, whose values may be lists, or a list of pairs. The body is a text; with
`"isBase64Encoded": true`, or as `body_base64`, the base64 of the bytes; or a JSON value, whose
spelling is then not known. A `status` makes the message an answer.
"""

from collections.abc import Mapping
from typing import Any

from ...._core.forms import NotStrict
from ...._core.strict_json import write_json
from ..message import Answer, Exchange, Fidelity, Pair, Request
from .json_text import decode_base64, encode_text, member
from .limits import check_header_count, unreadable

_FORM = "JSON of headers and body"


def is_json_message(document: object) -> bool:
    """Tell whether a parsed document has headers."""
    return isinstance(document, Mapping) and "headers" in document


def read_json_message(document: Mapping[str, Any]) -> Exchange:
    """Read a request, an answer, or both. Raises Unreadable."""
    inner = member(_FORM, document, "request", dict, None)
    request_document = document if inner is None else inner
    answer_document = member(_FORM, document, "answer", dict, None)
    if answer_document is None:
        answer_document = member(_FORM, document, "response", dict, None)
    if answer_document is None and "status" in document:
        return Exchange(None, _read_answer(document))
    answer = None if answer_document is None else _read_answer(answer_document)
    return Exchange(_read_request(request_document), answer)


def _read_request(document: Mapping[str, Any]) -> Request:
    body, fidelity = _read_body(document)
    return Request(
        _first_text(document, "method", "httpMethod"),
        _first_text(document, "url", "path", "rawPath"),
        _read_headers(document),
        body,
        fidelity=fidelity,
    )


def _read_answer(document: Mapping[str, Any]) -> Answer:
    body, fidelity = _read_body(document)
    status = member(_FORM, document, "status", int, 0)
    return Answer(status, _read_headers(document), body, fidelity=fidelity)


def _first_text(document: Mapping[str, Any], *names: str) -> str:
    for name in names:
        text: str = member(_FORM, document, name, str, "")
        if text:
            return text
    return ""


def _read_headers(document: Mapping[str, Any]) -> list[Pair]:
    headers = document.get("headers")
    pairs: list[Pair] = []
    if isinstance(headers, Mapping):
        for name, value in headers.items():
            values = value if isinstance(value, list) else [value]
            pairs += [(name, _header_text(each)) for each in values]
    elif isinstance(headers, list):
        for pair in headers:
            pairs.append(_read_pair(pair))
    else:
        raise unreadable(_FORM, "headers must be an object or a list of pairs")
    check_header_count(_FORM, len(pairs))
    return pairs


def _read_pair(pair: object) -> Pair:
    """Read a header of a list: [name, value], or {"name": ..., "value": ...} as HAR has it."""
    if isinstance(pair, Mapping):
        pair = [pair.get("name"), pair.get("value")]
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
        raise unreadable(_FORM, "a header in a list must be a pair of name and value")
    return pair[0], _header_text(pair[1])


def _header_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else "0" * 300
    raise unreadable(_FORM, "the value of a header must be text")


def _read_body(document: Mapping[str, Any]) -> tuple[bytes, Fidelity]:
    """Return a body, and how much of it is known."""
    encoded = member(_FORM, document, "body_base64", str, None)
    if encoded is not None:
        return decode_base64(_FORM, encoded), "bytes"
    body = document.get("body")
    if body is None:
        return b"", "bytes"
    if isinstance(body, str):
        if member(_FORM, document, "isBase64Encoded", bool, False):
            return decode_base64(_FORM, body), "bytes"
        return encode_text(_FORM, body), "bytes"
    try:
        return write_json(body), "value"
    except NotStrict:
        raise unreadable(_FORM, "the body must be text, or a value of strict JSON") from None
