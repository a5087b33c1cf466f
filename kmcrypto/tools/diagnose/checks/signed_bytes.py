"""The bytes that a sender may have signed in the place of the body, the likeliest first (S3.8)."""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from ...._core.forms import MAX_BODY
from ....signing.headers import ACCESS_KEY, ASP_ID, CORRELATION_ID, TRAN_TIME
from ..evidence import Evidence, path_of
from ..json_spellings import differences, spellings
from ..message import Request
from .body import GZIP_MAGIC, code_of_lost_body
from .envelope import jwe_of

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_EARLIER = 200
_GZIP_WINDOW = 31  # zlib's number for the gzip format


# The code of JSON that may be the body in another spelling, or another payload: which of them it is
# costs more to find out than its MAC, and is asked of one that matches.
SPELLING = "spelling"


class SignedBytes(NamedTuple):
    """Bytes that may have been signed: the code of the mistake, and what they are in words."""

    code: str
    message: bytes
    seen: str

    def __repr__(self) -> str:
        return f"<SignedBytes {self.code}>"  # the message may be a plaintext

    def code_beside(self, body: bytes) -> str:
        """Return the code of the mistake, if these bytes were signed and that body was sent."""
        if self.code != SPELLING:
            return self.code
        return differences(self.message, body) or "body-changed"


def signed_bytes(evidence: Evidence, plaintext: bytes | None) -> Iterator[SignedBytes]:
    """Give what may have been signed in the place of the request's body.

    Args:
        evidence: The messages, and what is known beside them.
        plaintext: What an encrypted body holds, if it could be opened.
    """
    request = evidence.request
    if request is None or len(request.body) > MAX_BODY:
        return
    yield from other_spellings(request.body)
    yield SignedBytes(
        "mac-over-base64-of-body", base64.b64encode(request.body), "the base64 of the body"
    )
    yield SignedBytes(
        "mac-over-base64-of-body",
        base64.urlsafe_b64encode(request.body).rstrip(b"="),
        "the base64url of the body",
    )
    if request.body:
        yield SignedBytes("mac-over-nothing", b"", "the empty string")
    yield from _inner_texts(evidence, request, plaintext)
    yield from _identifiers(evidence)
    yield from _more_than_the_body(evidence, request)
    yield from _digests(request.body)
    yield from _earlier_bodies(evidence)


def other_spellings(body: bytes) -> Iterator[SignedBytes]:
    """Give the same body with other edges, line ends, compression and JSON spellings."""
    yield from _other_edges(body)
    if body.startswith(GZIP_MAGIC):
        inflated = _inflate(body)
        if inflated is not None:
            yield SignedBytes("body-gzip", inflated, "the body before it was compressed")
    for text in spellings(body):
        yield SignedBytes(SPELLING, text, "the same JSON in another spelling")


def _other_edges(body: bytes) -> Iterator[SignedBytes]:
    bare = body.removeprefix(_BYTE_ORDER_MARK)
    if bare != body:
        yield SignedBytes("body-bom", bare, "the body without its byte order mark")
    yield SignedBytes("body-bom", _BYTE_ORDER_MARK + body, "the body behind a byte order mark")
    stripped = body.strip(b" \t\r\n")
    ends = (stripped, stripped + b"\n", stripped + b"\r\n", stripped + b"\n\n")
    for other in dict.fromkeys(ends):
        if other != body:
            yield SignedBytes("body-line-end", other, "the body with another end")
    with_lf = body.replace(b"\r\n", b"\n")
    with_crlf = with_lf.replace(b"\n", b"\r\n")
    no_line_ends = with_lf.replace(b"\n", b"")
    for other in (with_lf, with_crlf, no_line_ends):
        if other != body:
            yield SignedBytes("body-crlf", other, "the body with other line ends")


def _inflate(body: bytes) -> bytes | None:
    """Decompress gzip, up to the limit of a body; None if it is damaged."""
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(body, MAX_BODY)
    except zlib.error:
        return None


def _inner_texts(
    evidence: Evidence, request: Request, plaintext: bytes | None
) -> Iterator[SignedBytes]:
    """Give the plaintext and the JWE of an encrypted body, and the payload that was meant."""
    token = jwe_of(request.body)
    if token is not None:
        yield SignedBytes("mac-over-jwe", token.encode(), "the JWE alone")
    for text in (plaintext, evidence.payload):
        if text is None:
            continue
        for spelled in (text, *(other.message for other in other_spellings(text))):
            if token is not None:
                yield SignedBytes("mac-over-plaintext", spelled, "the plaintext of the body")
                continue
            code = SPELLING if request.body else code_of_lost_body(request)
            yield SignedBytes(code, spelled, "the payload that was meant")


def _identifiers(evidence: Evidence) -> Iterator[SignedBytes]:
    """Give access key and time, in either order and any form of the time."""
    access_key = evidence.headers.meant(ACCESS_KEY) or ""
    names = [access_key, evidence.headers.meant(ASP_ID) or ""]
    for name in filter(None, names):
        yield SignedBytes("mac-over-access-key-and-time", _latin1(name), "an identifier alone")
        for time in _times(evidence):
            for joint in ("", ":", "|", "-", "."):
                for text in (f"{name}{joint}{time}", f"{time}{joint}{name}"):
                    yield SignedBytes(
                        "mac-over-access-key-and-time", _latin1(text), "an identifier and the time"
                    )


def _times(evidence: Evidence) -> list[str]:
    """Return the times of a request, as its headers write them."""
    times = [evidence.headers.meant(TRAN_TIME) or ""]
    if evidence.token is not None and evidence.token.digits is not None:
        times += [evidence.token.digits, evidence.token.digits[:14]]
    return [time for time in dict.fromkeys(times) if time]


def _more_than_the_body(evidence: Evidence, request: Request) -> Iterator[SignedBytes]:
    access_key = evidence.headers.meant(ACCESS_KEY) or ""
    path = path_of(request.target)
    beside = [access_key, evidence.headers.meant(CORRELATION_ID) or "", path, *_times(evidence)]
    beside += [f"KMV1:{time}" for time in _times(evidence)]
    beside += [f"{access_key}{time}" for time in _times(evidence)]
    if request.method:
        beside += [f"{request.method}{path}", f"{request.method} {path}"]
    for text in dict.fromkeys(filter(None, beside)):
        for joint in (b"", b":", b"\n", b"|", b"."):
            other = _latin1(text)
            yield SignedBytes("mac-over-more", other + joint + request.body, "more than the body")
            yield SignedBytes("mac-over-more", request.body + joint + other, "more than the body")


def _digests(body: bytes) -> Iterator[SignedBytes]:
    digest = hashlib.sha256(body)
    texts = (
        digest.digest(),
        digest.hexdigest().encode(),
        digest.hexdigest().upper().encode(),
        base64.b64encode(digest.digest()),
    )
    for text in (*texts, body.hex().encode(), _as_json_text(body)):
        yield SignedBytes("mac-over-digest", text, "a digest or an encoding of the body")


def _as_json_text(body: bytes) -> bytes:
    """Return the body as a string of JSON, which an encoder makes of what is text already."""
    return json.dumps(body.decode("utf-8", "replace")).encode()


def _earlier_bodies(evidence: Evidence) -> Iterator[SignedBytes]:
    for exchange in evidence.earlier[-_MAX_EARLIER:]:
        if exchange.request is not None and len(exchange.request.body) <= MAX_BODY:
            yield SignedBytes(
                "body-of-earlier-token", exchange.request.body, "the body of an earlier request"
            )


def _latin1(text: str) -> bytes:
    return text.encode("latin-1", "replace")
