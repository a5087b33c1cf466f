"""HAR, the recordings of browsers and proxies (HTTP Archive 1.2), which are JSON.

Of the entries, the last one whose request has X-KM-* headers is diagnosed, unless another is asked
for. The entries before it are what was sent earlier: the same body or id may stand in one of them,
or the redirect that led to this request.
"""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..header_view import is_our_name
from ..message import Answer, Exchange, Pair, Request
from .json_text import decode_base64, encode_text, member
from .limits import MAX_ENTRIES, check_header_count, unreadable

_FORM = "HAR"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def is_har(document: object) -> bool:
    """Tell whether a parsed document is a HAR."""
    return isinstance(document, Mapping) and isinstance(document.get("log"), Mapping)


def read_har(document: Mapping[str, Any], entry: int | None = None) -> Exchange:
    """Read an entry, and the requests before it. Raises Unreadable.

    Args:
        document: The parsed HAR.
        entry: The number of the entry, from 1; None: the last with X-KM-* headers, else the last.
    """
    entries = member(_FORM, document["log"], "entries", list, [])
    if not entries or len(entries) > MAX_ENTRIES:
        raise unreadable(_FORM, f"it must have 1 to {MAX_ENTRIES:,} entries")
    exchanges = [_read_entry(each) for each in entries]
    index = _last_index(exchanges) if entry is None else entry - 1
    if not 0 <= index < len(exchanges):
        raise unreadable(_FORM, f"it has the entries 1 to {len(exchanges)}")
    chosen = exchanges[index]
    return Exchange(chosen.request, chosen.answer, exchanges[:index])


def _last_index(exchanges: list[Exchange]) -> int:
    for index in reversed(range(len(exchanges))):
        request = exchanges[index].request
        if request is not None and _has_our_headers(request):
            return index
    return len(exchanges) - 1


def _has_our_headers(request: Request) -> bool:
    return any(is_our_name(name) for name, _ in request.headers)


def _read_entry(entry: object) -> Exchange:
    if not isinstance(entry, Mapping):
        raise unreadable(_FORM, "an entry must be an object")
    request = member(_FORM, entry, "request", dict, None)
    if request is None:
        raise unreadable(_FORM, "an entry must have a request")
    started_ms = _read_moment(member(_FORM, entry, "startedDateTime", str, ""))
    response = member(_FORM, entry, "response", dict, None)
    return Exchange(_read_request(request, started_ms), _read_answer(response))


def _read_request(request: Mapping[str, Any], started_ms: int | None) -> Request:
    post_data = member(_FORM, request, "postData", dict, {})
    return Request(
        member(_FORM, request, "method", str, "GET"),
        member(_FORM, request, "url", str, ""),
        _read_headers(request),
        _read_text(post_data),
        started_ms=started_ms,
    )


def _read_answer(response: Mapping[str, Any] | None) -> Answer | None:
    """Read a response; None for one that never came, which recorders give the status 0."""
    if response is None:
        return None
    status = member(_FORM, response, "status", int, 0)
    if status == 0:
        return None
    content = member(_FORM, response, "content", dict, {})
    return Answer(status, _read_headers(response), _read_text(content))


def _read_headers(message: Mapping[str, Any]) -> list[Pair]:
    headers = member(_FORM, message, "headers", list, [])
    check_header_count(_FORM, len(headers))
    pairs = []
    for header in headers:
        if not isinstance(header, Mapping):
            raise unreadable(_FORM, "a header must be an object")
        name = member(_FORM, header, "name", str, "")
        pairs.append((name, member(_FORM, header, "value", str, "")))
    return pairs


def _read_text(content: Mapping[str, Any]) -> bytes:
    text = member(_FORM, content, "text", str, "")
    if content.get("encoding") == "base64":
        return decode_base64(_FORM, text)
    return encode_text(_FORM, text)


def _read_moment(text: str) -> int | None:
    """Read an ISO 8601 moment as epoch milliseconds; None unless it is one with an offset."""
    if text.endswith("Z"):
        text = f"{text[:-1]}+00:00"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None
        return round((moment - _EPOCH).total_seconds() * 1000)
    except (ValueError, OverflowError):
        return None
