"""A request and an answer as they were recorded, before anything in them is judged.

All readers of input make these values, and all checks look at them. Headers are pairs, because a
name may come twice; their values are kept as they came, a folded one with its line ends.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from ..._core.forms import decode_latin1
from ..._core.values import Frozen, require_types

# How much of a body is known:
#
# - "bytes": the very bytes;
# - "text": a text whose line ends and last line feed may be those of an editor;
# - "value": a parsed JSON value, whose spelling is lost.
Fidelity = Literal["bytes", "text", "value"]

Pair = tuple[str, str]
_Text = str | bytes
Headers = Mapping[str, str] | Iterable[tuple[_Text, _Text]]


class Request(Frozen):
    """A request as it was recorded. Its repr shows no value of it.

    Args:
        method: The HTTP method, or "" if it is not known.
        target: The path or the URL, or "" if it is not known.
        headers: A mapping, or pairs of name and value in their order; of str or bytes.
        body: The body.
        fidelity: How much of the body is known.
        started_ms: When it was sent, in epoch milliseconds, if the recording says so.
    """

    method: str
    target: str
    headers: tuple[Pair, ...]
    body: bytes
    fidelity: Fidelity
    started_ms: int | None

    def __init__(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: bytes,
        *,
        fidelity: Fidelity = "bytes",
        started_ms: int | None = None,
    ) -> None:
        require_types(
            method=(method, str),
            target=(target, str),
            body=(body, bytes),
            fidelity=(fidelity, str),
            started_ms=(started_ms, int | None),
        )
        self._set_attributes(
            method=method,
            target=target,
            headers=_text_pairs(headers),
            body=body,
            fidelity=fidelity,
            started_ms=started_ms,
        )

    def with_body(self, body: bytes) -> "Request":
        """Return this request with the exact bytes of its body."""
        return Request(self.method, self.target, self.headers, body, started_ms=self.started_ms)

    def __repr__(self) -> str:
        return f"<Request of {len(self.headers)} headers, {len(self.body)} bytes>"


class Answer(Frozen):
    """An answer as it was recorded. Its repr shows no value of it but the HTTP status.

    Args:
        status: The HTTP status.
        headers: A mapping, or pairs of name and value in their order; of str or bytes.
        body: The body.
        fidelity: How much of the body is known.
    """

    status: int
    headers: tuple[Pair, ...]
    body: bytes
    fidelity: Fidelity

    def __init__(
        self,
        status: int,
        headers: Headers,
        body: bytes,
        *,
        fidelity: Fidelity = "bytes",
    ) -> None:
        require_types(status=(status, int), body=(body, bytes), fidelity=(fidelity, str))
        self._set_attributes(
            status=status, headers=_text_pairs(headers), body=body, fidelity=fidelity
        )

    def __repr__(self) -> str:
        return f"<Answer {self.status} of {len(self.headers)} headers, {len(self.body)} bytes>"


class Exchange(Frozen):
    """A request, an answer, or both, and the requests that were recorded before them.

    Raises TypeError if there is neither.
    """

    request: Request | None
    answer: Answer | None
    earlier: tuple["Exchange", ...]

    def __init__(
        self,
        request: Request | None,
        answer: Answer | None = None,
        earlier: Iterable["Exchange"] = (),
    ) -> None:
        require_types(request=(request, Request | None), answer=(answer, Answer | None))
        if request is None and answer is None:
            raise TypeError("an exchange must have a request or an answer")
        self._set_attributes(request=request, answer=answer, earlier=tuple(earlier))

    def __repr__(self) -> str:
        return f"<Exchange {self.request!r} {self.answer!r}, {len(self.earlier)} earlier>"


def _text_pairs(headers: Headers) -> tuple[Pair, ...]:
    """Return headers as pairs of text. Raises TypeError for what are none."""
    pairs: Iterable[object] = headers if not isinstance(headers, Mapping) else headers.items()
    require_types(headers=(pairs, Iterable))
    texts = []
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError("headers must be a mapping or pairs of name and value")
        texts.append((_text("a header's name", pair[0]), _text("a header's value", pair[1])))
    return tuple(texts)


def _text(name: str, value: object) -> str:
    require_types(**{name: (value, str | bytes)})
    return decode_latin1(value) if isinstance(value, bytes) else str(value)
