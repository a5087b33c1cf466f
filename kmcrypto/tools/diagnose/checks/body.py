"""Body bytes: lost, cut, compressed, marked, or no JSON (S3.2, S3.7, S4.10)."""

from collections.abc import Iterator

from ...._core.forms import MAX_BODY, is_digits
from ....encryption.message import ENC_DATA, read_payload
from ....errors import MalformedPayload
from ..evidence import Evidence
from ..finding import Finding
from ..message import Request
from .envelope import has_envelope, is_encrypted, read_object

GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, 2.3.1
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_METHODS_WITHOUT_BODY = ("GET", "HEAD")
_REDIRECTS = (301, 302, 303)
_MAX_REDIRECTS = 3  # between a request and the one that it was turned into


def check_body(evidence: Evidence) -> Iterator[Finding]:
    """Find faults in the bytes of a request's body."""
    request = evidence.request
    if request is None:
        return
    if len(request.body) > MAX_BODY:
        yield Finding("body-too-large", f"the body has {len(request.body):,} bytes")
    if not request.body:
        yield from _check_lost_body(evidence, request)
    elif _is_cut(evidence, request):
        length = evidence.headers.other["content-length"]
        yield Finding("body-cut", f"Content-Length is {length}, the body {len(request.body)} bytes")
    elif request.body.startswith(GZIP_MAGIC):
        yield Finding("body-gzip", "the body begins like gzip")
    elif request.body.startswith(_BYTE_ORDER_MARK):
        yield Finding("body-bom", "the body begins with the byte order mark of UTF-8")
    else:
        yield from _check_json(request.body)


def check_protection(evidence: Evidence) -> Iterator[Finding]:
    """Find a plain body where an encrypted one must be, and the other way round (S4.8)."""
    if evidence.request is None or not evidence.request.body:
        return
    if evidence.encrypted is False and not has_envelope(evidence.request.body):
        return  # with another member beside it, encData is a member like others
    members = read_object(evidence.request.body)
    if members is None:
        return
    if is_encrypted(evidence.request.body):
        if list(members) != [ENC_DATA]:
            beside = len(members) > 1
            seen = (
                "encData has other members beside it" if beside else "encData is spelled otherwise"
            )
            yield Finding("envelope-form", seen)
        elif evidence.encrypted is False:
            yield Finding("encrypted-where-plain", "the body is encrypted")
    elif ENC_DATA in members:
        yield Finding("envelope-form", "encData is not text")
    elif evidence.encrypted:
        yield Finding("plain-where-encrypted", "the body is plain")


def _is_cut(evidence: Evidence, request: Request) -> bool:
    """Tell whether Content-Length announces more bytes than came."""
    text = evidence.headers.other.get("content-length", "")
    if request.fidelity == "value" or len(text) > 10 or not is_digits(text):
        return False
    return int(text) > len(request.body)


def code_of_lost_body(request: Request) -> str:
    """Return the code of a body that is not there: a method without a body lost it, or another."""
    if request.method.upper() in _METHODS_WITHOUT_BODY:
        return "redirect-changed-method"
    return "body-lost"


def _check_lost_body(evidence: Evidence, request: Request) -> Iterator[Finding]:
    """Find a body that must be there and is not. One that never was has the MAC of no bytes."""
    led_here = any(
        exchange.answer is not None and exchange.answer.status in _REDIRECTS
        for exchange in evidence.earlier[-_MAX_REDIRECTS:]
    )
    has_length = evidence.headers.other.get("content-length", "0") != "0"
    code = code_of_lost_body(request)
    if code == "redirect-changed-method" and led_here:
        yield Finding(code, "a method without a body, behind an answer that redirects")
    elif evidence.is_token_api() or evidence.encrypted is True or has_length:
        yield Finding(code, "there is no body, and this request has one")


def _check_json(body: bytes) -> Iterator[Finding]:
    try:
        read_payload(body)
    except MalformedPayload as error:
        yield Finding("body-json", f"the body is not one strict JSON object: {error.reason}")
