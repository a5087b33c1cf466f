"""The side that receives, in web frameworks: what a view gives a Gateway, and what comes of it.

Each row of SITUATIONS is a view of a framework that takes headers and body out of a real request,
sent over loopback as the row says. It ends in an accepted request, or in an error of the class and
with the words that the row has.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest

from kmcrypto import CallbackReceiver, CallbackSender, Client, Gateway, MemoryReplayGuard, errors
from kmcrypto.exchange.client import SealedRequest
from kmcrypto.exchange.receiver import AcceptedRequest
from tests.situations.endpoints import (
    ANSWER,
    DOCUMENTED,
    STANDARD,
    AwaitingEndpoint,
    Endpoint,
    Take,
    Wire,
    environ_headers,
    serve,
)
from tests.support import ACCESS_KEY
from tests.support.parties import Parties
from tests.support.processes import PATIENCE

PAYLOAD = {"cardNo": "9410000000001234", "memo": "한글", "amount": 1.50}
TOKEN = "X-KM-Tran-Token"
ASP_ID = "X-KM-User-AspId"


def marks_of(framework: str) -> Any:
    """The quick suite has what needs no package."""
    return () if framework in STANDARD else pytest.mark.programs


FRAMEWORKS = [pytest.param(name, marks=marks_of(name)) for name in DOCUMENTED]


class Sent(NamedTuple):
    """A request as it travels: bytes on the wire, which a proxy or a client may have changed."""

    pairs: list[tuple[str, bytes]]
    body: bytes
    chunked: bool = False


Send = Callable[[SealedRequest], Sent]


class Told(NamedTuple):
    """The error that a person meets: its class, and the words in it that say what to do."""

    kind: type[Exception]
    words: str


class Situation(NamedTuple):
    """A view of a framework, and a request that comes to it."""

    framework: str
    name: str  # a sentence
    headers: Take
    body: Take
    send: Send
    verdict: Told | None  # None: the request is accepted


# --- What travels ---------------------------------------------------------------------------------


def pairs_of(request: SealedRequest) -> list[tuple[str, bytes]]:
    return [(name, value.encode("ascii")) for name, value in request.headers.items()]


def as_sealed(request: SealedRequest) -> Sent:
    return Sent(pairs_of(request), request.body)


def in_chunks(request: SealedRequest) -> Sent:
    """As a client sends a body whose length it does not know: a file or a generator."""
    return Sent([*pairs_of(request), ("Transfer-Encoding", b"chunked")], request.body, chunked=True)


def compressed(request: SealedRequest) -> Sent:
    """As a client sends it that compresses what it sends, after it was signed."""
    return Sent([*pairs_of(request), ("Content-Encoding", b"gzip")], gzip.compress(request.body))


def doubled(request: SealedRequest) -> Sent:
    """As a proxy sends it that adds a header which is there already."""
    return Sent([*pairs_of(request), (ASP_ID, request.headers[ASP_ID].encode())], request.body)


def as_a_form(request: SealedRequest) -> Sent:
    """As curl -d sends it without the Content-Type of the sealed request."""
    pairs = [pair for pair in pairs_of(request) if pair[0] != "Content-Type"]
    form = ("Content-Type", b"application/x-www-form-urlencoded")
    return Sent([*pairs, form], request.body)


def with_underscores(request: SealedRequest) -> Sent:
    """As a client sends it that makes header names of variable names."""
    pairs = [(name.replace("-", "_"), value) for name, value in pairs_of(request)]
    return Sent(pairs, request.body)


def without_a_body(request: SealedRequest) -> Sent:
    """As a server sees it when a client signed a body and sent none."""
    return Sent(pairs_of(request), b"")


def with_a_newline(request: SealedRequest) -> Sent:
    """As an editor or `echo` writes a file that is then sent."""
    return Sent(pairs_of(request), request.body + b"\n")


def indented(request: SealedRequest) -> Sent:
    """As a proxy or a client sends it that parses JSON and writes it again."""
    return Sent(pairs_of(request), json.dumps(json.loads(request.body), indent=1).encode())


def in_capitals(request: SealedRequest) -> Sent:
    return Sent([(name.upper(), value) for name, value in pairs_of(request)], request.body)


def in_small_letters(request: SealedRequest) -> Sent:
    """As HTTP/2 has names, and a proxy that speaks it."""
    return Sent([(name.lower(), value) for name, value in pairs_of(request)], request.body)


def with_spaces_before(request: SealedRequest) -> Sent:
    """White space around a value is no part of it (RFC 9110, 5.5)."""
    return Sent([(name, b" \t" + value) for name, value in pairs_of(request)], request.body)


def with_spaces_behind(request: SealedRequest) -> Sent:
    return Sent([(name, value + b" \t") for name, value in pairs_of(request)], request.body)


def with_latin1(request: SealedRequest) -> Sent:
    """A value that is not ASCII, as the letter é of Latin-1."""
    return Sent([*without(request, ASP_ID), (ASP_ID, b"TESTPROVIDER00\xe9")], request.body)


def with_a_header_lost(request: SealedRequest) -> Sent:
    """As a proxy sends it that lets only known headers through."""
    return Sent(without(request, TOKEN), request.body)


def without(request: SealedRequest, name: str) -> list[tuple[str, bytes]]:
    return [pair for pair in pairs_of(request) if pair[0] != name]


def post(address: str, sent: Sent) -> Wire:
    """Send a request exactly as it is, and return the answer."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.putrequest("POST", "/pay")
        for name, value in sent.pairs:
            connection.putheader(name, value)
        if not sent.chunked:
            connection.putheader("Content-Length", str(len(sent.body)))
        connection.endheaders(sent.body, encode_chunked=sent.chunked)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


def gateway_of(parties: Parties) -> Gateway:
    return Gateway({ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard())


# --- Mistakes and surprises of each framework -----------------------------------------------------

PASS_THE_BYTES = Told(TypeError, "pass the exact bytes that came")
SIGNED_OTHERWISE = Told(errors.SignatureMismatch, "not the exact bytes that were signed")
LOST_OR_READ = Told(errors.EmptyBody, "the server or framework has lost or already read it")
NOT_AN_ENVIRON = Told(TypeError, "not a WSGI environ: pass the pairs")
NOT_A_SCOPE = Told(TypeError, r"not an ASGI scope: pass scope\['headers'\]")
PASS_ITS_HEADERS = Told(TypeError, "pass its attribute headers")
UNDERSCORES = Told(errors.MissingHeader, "X-KM-Tran-Time is missing .*came with underscores")
CAME_TWICE = Told(errors.DuplicateHeader, "came twice")
JOINED = Told(errors.MalformedHeader, "a server or proxy joined several by commas")


def headers_of(request: Any) -> Any:
    return request.headers


def written_again(payload: Any) -> bytes:
    return json.dumps(payload).encode()


async def text_of_aiohttp(request: Any) -> Any:
    return await request.text()


async def json_of(request: Any) -> Any:
    return await request.json()


async def not_awaited(request: Any) -> Any:
    """What a view has that forgot to await the body."""
    return request.body()


async def body_after_its_stream(request: Any) -> Any:
    async for _piece in request.stream():
        pass
    return await request.body()


async def pieces_of_sanic(request: Any) -> Any:
    pieces: list[bytes] = []
    while True:
        piece = await request.stream.read()
        if piece is None:
            return b"".join(pieces)
        pieces.append(piece)


def body_after_the_stream(request: Any) -> Any:
    request.stream.read()
    return request.get_data()


def body_after_the_form(request: Any) -> Any:
    request.form.get("amount")
    return request.get_data()


def body_after_read(request: Any) -> Any:
    request.read()
    return request.body


def second_read(request: Any) -> Any:
    request.read()
    return request.read()


def body_twice(request: Any) -> Any:
    request.body.read()
    return request.body.read()


def http_names_of(request: Any) -> Any:
    return {name: value for name, value in request.META.items() if name.startswith("HTTP_")}


def body_of_rfile(handler: Any) -> Any:
    return handler.rfile.read(int(handler.headers["Content-Length"]))


def body_of_input(environ: Any) -> Any:
    return environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))


SITUATIONS = [
    # --- http.server ---
    # The handler has headers, and is none.
    Situation(
        "http.server",
        "a handler is not its headers",
        lambda handler: handler,
        body_of_rfile,
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    # rfile is the stream of the connection.
    Situation(
        "http.server",
        "a stream is told to be read",
        headers_of,
        lambda handler: handler.rfile,
        as_sealed,
        Told(TypeError, "read it; pass the exact bytes that came"),
    ),
    # A message of the standard library keeps both.
    Situation(
        "http.server",
        "a header that a proxy doubled comes twice",
        headers_of,
        body_of_rfile,
        doubled,
        CAME_TWICE,
    ),
    # A dict of a message has the first of both, and they are equal here.
    Situation(
        "http.server",
        "a dict of doubled headers has one of them",
        lambda handler: dict(handler.headers),
        body_of_rfile,
        doubled,
        None,
    ),
    Situation(
        "http.server",
        "names with underscores are not the names of headers",
        headers_of,
        body_of_rfile,
        with_underscores,
        UNDERSCORES,
    ),
    # --- WSGI without a framework ---
    Situation(
        "wsgiref",
        "an environ is not the headers",
        lambda environ: environ,
        body_of_input,
        as_sealed,
        NOT_AN_ENVIRON,
    ),
    # As it is; PEP 3333 has these names.
    Situation(
        "wsgiref",
        "the names of CGI are not the names of headers",
        lambda environ: [pair for pair in environ.items() if pair[0].startswith("HTTP_")],
        body_of_input,
        as_sealed,
        UNDERSCORES,
    ),
    Situation(
        "wsgiref",
        "a stream is told to be read",
        environ_headers,
        lambda environ: environ["wsgi.input"],
        as_sealed,
        Told(TypeError, "read it; pass the exact bytes that came"),
    ),
    # Its CONTENT_LENGTH is "".
    Situation(
        "wsgiref",
        "a chunked body is lost",
        environ_headers,
        body_of_input,
        in_chunks,
        LOST_OR_READ,
    ),
    # An environ has no other names, so what came with underscores reads as if with hyphens.
    Situation(
        "wsgiref",
        "names with underscores are those with hyphens",
        environ_headers,
        body_of_input,
        with_underscores,
        None,
    ),
    # --- Flask ---
    # The text may be that of other bytes, too.
    Situation(
        "flask",
        "the text of a body is not its bytes",
        headers_of,
        lambda request: request.get_data(as_text=True),
        as_sealed,
        PASS_THE_BYTES,
    ),
    # request.json is a dict; what was signed is gone.
    Situation(
        "flask",
        "the dict in a body is not its bytes",
        headers_of,
        lambda request: request.json,
        as_sealed,
        PASS_THE_BYTES,
    ),
    # Other spaces, other escapes: another text of the same object.
    Situation(
        "flask",
        "a dict that is written again is another body",
        headers_of,
        lambda request: written_again(request.json),
        as_sealed,
        SIGNED_OTHERWISE,
    ),
    # The text is written in the encoding that it was read in.
    Situation(
        "flask",
        "a text that is encoded again in UTF-8 is the same body",
        headers_of,
        lambda request: request.get_data(as_text=True).encode(),
        as_sealed,
        None,
    ),
    # environ has HTTP_X_KM_TRAN_TOKEN, and things that are no headers.
    Situation(
        "flask",
        "an environ is not the headers",
        lambda request: request.environ,
        lambda request: request.get_data(),
        as_sealed,
        NOT_AN_ENVIRON,
    ),
    # The request has headers, and is none.
    Situation(
        "flask",
        "a request is not its headers",
        lambda request: request,
        lambda request: request.get_data(),
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    # Logging middleware often does that.
    Situation(
        "flask",
        "a stream that was read leaves an empty body",
        headers_of,
        body_after_the_stream,
        as_sealed,
        LOST_OR_READ,
    ),
    # With the Content-Type of a form, Werkzeug parses the body, and keeps nothing of it.
    Situation(
        "flask",
        "a form that was parsed leaves an empty body",
        headers_of,
        body_after_the_form,
        as_a_form,
        LOST_OR_READ,
    ),
    # Its items are a list of pairs, and so is a dict of them.
    Situation(
        "flask",
        "a dict of the headers will do",
        lambda request: dict(request.headers),
        lambda request: request.get_data(),
        as_sealed,
        None,
    ),
    # WSGI knows no two headers of one name (PEP 3333): its server joins them.
    Situation(
        "flask",
        "a header that a proxy doubled comes joined by a comma",
        headers_of,
        lambda request: request.get_data(),
        doubled,
        JOINED,
    ),
    # Its length is not known, and WSGI has no other way to tell its end.
    Situation(
        "flask",
        "a chunked body is lost by a server of WSGI",
        headers_of,
        lambda request: request.get_data(),
        in_chunks,
        LOST_OR_READ,
    ),
    # What was signed is what travels (S3.2).
    Situation(
        "flask",
        "a body that was compressed after it was signed is another body",
        headers_of,
        lambda request: request.get_data(),
        compressed,
        SIGNED_OTHERWISE,
    ),
    # The server takes it away (RFC 9110, 5.5).
    Situation(
        "flask",
        "white space behind a value is no part of it",
        headers_of,
        lambda request: request.get_data(),
        with_spaces_behind,
        None,
    ),
    # --- Django ---
    Situation(
        "django",
        "the text of a body is not its bytes",
        headers_of,
        lambda request: request.body.decode(),
        as_sealed,
        PASS_THE_BYTES,
    ),
    # POST is a QueryDict, empty for JSON.
    Situation(
        "django",
        "a QueryDict is not a body",
        headers_of,
        lambda request: request.POST,
        as_sealed,
        PASS_THE_BYTES,
    ),
    # META is the environ.
    Situation(
        "django",
        "META is not the headers",
        lambda request: request.META,
        lambda request: request.body,
        as_sealed,
        NOT_AN_ENVIRON,
    ),
    # The names of CGI: nothing else is left of the environ.
    Situation(
        "django",
        "the names of CGI are not the names of headers",
        http_names_of,
        lambda request: request.body,
        as_sealed,
        UNDERSCORES,
    ),
    # A request of Django is an iterable, of the lines of its body.
    Situation(
        "django",
        "a request is not its headers",
        lambda request: request,
        lambda request: request.body,
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    # Django's own error comes first, and says it.
    Situation(
        "django",
        "Django says that a body was read before",
        headers_of,
        body_after_read,
        as_sealed,
        Told(Exception, "You cannot access body after reading from request's data stream"),
    ),
    # read() says nothing of that.
    Situation(
        "django",
        "a second read finds an empty body",
        headers_of,
        second_read,
        as_sealed,
        LOST_OR_READ,
    ),
    # Under ASGI, META has the names of CGI, and is no environ of WSGI.
    Situation(
        "django-asgi",
        "META is not the headers",
        lambda request: request.META,
        lambda request: request.body,
        as_sealed,
        UNDERSCORES,
    ),
    Situation(
        "django-asgi",
        "a scope is not the headers",
        lambda request: request.scope,
        lambda request: request.body,
        as_sealed,
        NOT_A_SCOPE,
    ),
    # Django's handler of ASGI joins them, as WSGI does.
    Situation(
        "django-asgi",
        "a header that a proxy doubled comes joined by a comma",
        headers_of,
        lambda request: request.body,
        doubled,
        JOINED,
    ),
    # --- Bottle ---
    # `request.body` is a file.
    Situation(
        "bottle",
        "a file is not what is in it",
        headers_of,
        lambda request: request.body,
        as_sealed,
        PASS_THE_BYTES,
    ),
    Situation(
        "bottle",
        "the dict in a body is not its bytes",
        headers_of,
        lambda request: request.json,
        as_sealed,
        PASS_THE_BYTES,
    ),
    Situation(
        "bottle",
        "an environ is not the headers",
        lambda request: request.environ,
        lambda request: request.body.read(),
        as_sealed,
        NOT_AN_ENVIRON,
    ),
    Situation(
        "bottle",
        "a request is not its headers",
        lambda request: request,
        lambda request: request.body.read(),
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    # Bottle's `body` goes back to its beginning.
    Situation(
        "bottle",
        "a body that was read before is read again",
        headers_of,
        body_twice,
        as_sealed,
        None,
    ),
    # Bottle reads the chunks, which wsgiref lets through as they are.
    Situation(
        "bottle",
        "a chunked body is put together",
        headers_of,
        lambda request: request.body.read(),
        in_chunks,
        None,
    ),
    # --- FastAPI and Starlette ---
    Situation(
        "fastapi",
        "the dict in a body is not its bytes",
        headers_of,
        json_of,
        as_sealed,
        PASS_THE_BYTES,
    ),
    # A coroutine is not what it returns.
    Situation(
        "fastapi",
        "a body that nobody awaited is told to be awaited",
        headers_of,
        not_awaited,
        as_sealed,
        Told(TypeError, "not coroutine: await it"),
    ),
    # Neither is a method.
    Situation(
        "fastapi",
        "a method that nobody called is not a body",
        headers_of,
        lambda request: request.body,
        as_sealed,
        PASS_THE_BYTES,
    ),
    Situation(
        "fastapi",
        "a stream is not a body",
        headers_of,
        lambda request: request.stream(),
        as_sealed,
        PASS_THE_BYTES,
    ),
    Situation(
        "fastapi",
        "a scope is not the headers",
        lambda request: request.scope,
        lambda request: request.body(),
        as_sealed,
        NOT_A_SCOPE,
    ),
    # A request of Starlette is a mapping: its scope.
    Situation(
        "fastapi",
        "a request is not its headers",
        lambda request: request,
        lambda request: request.body(),
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    # Pairs of bytes, as the server read them.
    Situation(
        "fastapi",
        "the headers in a scope will do",
        lambda request: request.scope["headers"],
        lambda request: request.body(),
        as_sealed,
        None,
    ),
    # Starlette's own error comes first.
    Situation(
        "fastapi",
        "Starlette says that a stream was read before",
        headers_of,
        body_after_its_stream,
        as_sealed,
        Told(RuntimeError, "Stream consumed"),
    ),
    # ASGI keeps both.
    Situation(
        "fastapi",
        "a header that a proxy doubled comes twice",
        headers_of,
        lambda request: request.body(),
        doubled,
        CAME_TWICE,
    ),
    # A dict has one of the two, and they are equal here.
    Situation(
        "fastapi",
        "a dict of doubled headers has one of them",
        lambda request: dict(request.headers),
        lambda request: request.body(),
        doubled,
        None,
    ),
    Situation(
        "fastapi",
        "a chunked body is put together",
        headers_of,
        lambda request: request.body(),
        in_chunks,
        None,
    ),
    # uvicorn hands them over as they came.
    Situation(
        "fastapi",
        "names with underscores are not the names of headers",
        headers_of,
        lambda request: request.body(),
        with_underscores,
        UNDERSCORES,
    ),
    # --- aiohttp ---
    Situation(
        "aiohttp",
        "the text of a body is not its bytes",
        headers_of,
        text_of_aiohttp,
        as_sealed,
        PASS_THE_BYTES,
    ),
    Situation(
        "aiohttp",
        "the dict in a body is not its bytes",
        headers_of,
        json_of,
        as_sealed,
        PASS_THE_BYTES,
    ),
    # `content` is a StreamReader.
    Situation(
        "aiohttp",
        "a stream is not a body",
        headers_of,
        lambda request: request.content,
        as_sealed,
        PASS_THE_BYTES,
    ),
    # A request of aiohttp is a mapping, of what handlers keep in it.
    Situation(
        "aiohttp",
        "a request is not its headers",
        lambda request: request,
        lambda request: request.read(),
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    # Pairs of bytes, as they came.
    Situation(
        "aiohttp",
        "the raw headers will do",
        lambda request: request.raw_headers,
        lambda request: request.read(),
        as_sealed,
        None,
    ),
    # A multidict keeps both.
    Situation(
        "aiohttp",
        "a header that a proxy doubled comes twice",
        headers_of,
        lambda request: request.read(),
        doubled,
        CAME_TWICE,
    ),
    # aiohttp decompresses bodies: the view has what was signed.
    Situation(
        "aiohttp",
        "a body that was compressed after it was signed comes as it was signed",
        headers_of,
        lambda request: request.read(),
        compressed,
        None,
    ),
    Situation(
        "aiohttp",
        "names with underscores are not the names of headers",
        headers_of,
        lambda request: request.read(),
        with_underscores,
        UNDERSCORES,
    ),
    # --- Tornado ---
    Situation(
        "tornado",
        "the text of a body is not its bytes",
        lambda handler: handler.request.headers,
        lambda handler: handler.request.body.decode(),
        as_sealed,
        PASS_THE_BYTES,
    ),
    # HTTPServerRequest.
    Situation(
        "tornado",
        "a request is not its headers",
        lambda handler: handler.request,
        lambda handler: handler.request.body,
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    # HTTPHeaders joins what comes twice.
    Situation(
        "tornado",
        "a header that a proxy doubled comes joined by a comma",
        lambda handler: handler.request.headers,
        lambda handler: handler.request.body,
        doubled,
        JOINED,
    ),
    # get_all() does not join.
    Situation(
        "tornado",
        "all pairs of doubled headers have both",
        lambda handler: handler.request.headers.get_all(),
        lambda handler: handler.request.body,
        doubled,
        CAME_TWICE,
    ),
    # `decompress_request` is off unless somebody turns it on.
    Situation(
        "tornado",
        "a body that was compressed after it was signed is another body",
        lambda handler: handler.request.headers,
        lambda handler: handler.request.body,
        compressed,
        SIGNED_OTHERWISE,
    ),
    # body_arguments are for forms.
    Situation(
        "tornado",
        "arguments of a form are not a body",
        lambda handler: handler.request.headers,
        lambda handler: handler.request.body_arguments,
        as_sealed,
        PASS_THE_BYTES,
    ),
    # --- Sanic ---
    Situation(
        "sanic",
        "the dict in a body is not its bytes",
        headers_of,
        lambda request: request.json,
        as_sealed,
        PASS_THE_BYTES,
    ),
    Situation(
        "sanic",
        "a request is not its headers",
        lambda request: request,
        lambda request: request.body,
        as_sealed,
        PASS_ITS_HEADERS,
    ),
    Situation(
        "sanic",
        "a header that a proxy doubled comes twice",
        headers_of,
        lambda request: request.body,
        doubled,
        CAME_TWICE,
    ),
    # Sanic keeps it, and a value is not trimmed again: it has one form (S1.11).
    Situation(
        "sanic",
        "white space behind a value makes it another value",
        headers_of,
        lambda request: request.body,
        with_spaces_behind,
        Told(errors.MalformedHeader, "must be visible ASCII"),
    ),
    # A handler with stream=True reads the body itself.
    Situation(
        "sanic-stream",
        "a body that is a stream is empty until it is read",
        headers_of,
        lambda request: request.body,
        as_sealed,
        LOST_OR_READ,
    ),
    Situation(
        "sanic-stream",
        "the pieces of a stream are the body",
        headers_of,
        pieces_of_sanic,
        as_sealed,
        None,
    ),
]


@pytest.mark.parametrize(
    "situation",
    [
        pytest.param(row, id=f"{row.framework}: {row.name}", marks=marks_of(row.framework))
        for row in SITUATIONS
    ],
)
def test_a_view_hands_over(parties: Parties, situation: Situation) -> None:
    endpoint = Endpoint(gateway_of(parties), situation.headers, situation.body)
    request = Client(parties.provider).seal(PAYLOAD, encrypted=False)
    # A server that closes a connection of which it has not read all may reset it.
    with serve(situation.framework, endpoint) as address, suppress(ConnectionError):
        post(address, situation.send(request))
    (verdict,) = endpoint.verdicts
    assert_verdict(verdict, situation.verdict)


def assert_verdict(verdict: AcceptedRequest | Exception, expected: Told | None) -> None:
    """Compare what came of a request with what a row says."""
    if expected is None:
        assert isinstance(verdict, AcceptedRequest), verdict
        assert verdict.payload == PAYLOAD
        return
    assert isinstance(verdict, expected.kind), verdict
    assert re.search(expected.words, str(verdict)), verdict


# --- The same in every framework ------------------------------------------------------------------

EVERYWHERE = [
    # S3.2: the bytes that travel are those that are signed.
    ("a body with a newline at its end is another body", with_a_newline, SIGNED_OTHERWISE),
    ("a body that was indented on its way is another body", indented, SIGNED_OTHERWISE),
    # The token is over another body, so a framework that loses bodies must not be trusted.
    ("a body that did not come is empty", without_a_body, LOST_OR_READ),
    # S1.11: names in any case.
    ("names in capitals are the same names", in_capitals, None),
    ("names in small letters are the same names", in_small_letters, None),
    ("white space before a value is no part of it", with_spaces_before, None),
    (
        "a header that a proxy dropped is named",
        with_a_header_lost,
        Told(errors.MissingHeader, f"{TOKEN} is missing"),
    ),
]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    ("send", "expected"), [row[1:] for row in EVERYWHERE], ids=[row[0] for row in EVERYWHERE]
)
def test_in_every_framework(
    parties: Parties, framework: str, send: Send, expected: Told | None
) -> None:
    endpoint = Endpoint(gateway_of(parties), *DOCUMENTED[framework])
    request = Client(parties.provider).seal(PAYLOAD, encrypted=False)
    with serve(framework, endpoint) as address:
        post(address, send(request))
    (verdict,) = endpoint.verdicts
    assert_verdict(verdict, expected)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_view_as_the_documentation_shows_it_answers_a_call(
    parties: Parties, framework: str, encrypted: bool
) -> None:
    """Both ways, by the real server; a copy of the request is refused as one."""
    endpoint = Endpoint(gateway_of(parties), *DOCUMENTED[framework], encrypted=encrypted)
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=encrypted)
    with serve(framework, endpoint) as address:
        answer = client.open(*post(address, as_sealed(request)), request=request, require_echo=True)
        assert answer == ANSWER
        with pytest.raises(errors.ResultError) as refused:
            client.open(*post(address, as_sealed(request)), request=request)
    assert (refused.value.http_status, refused.value.outcome) == (409, errors.UNKNOWN)
    assert isinstance(endpoint.verdicts[1], errors.Replayed)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_callback_is_received(parties: Parties, framework: str) -> None:
    receiver = CallbackReceiver(parties.provider, replay_guard=MemoryReplayGuard())
    endpoint = Endpoint(receiver, *DOCUMENTED[framework], encrypted=True)
    sender = CallbackSender(parties.platform)
    request = sender.seal(PAYLOAD, encrypted=True)
    with serve(framework, endpoint) as address:
        assert sender.open(*post(address, as_sealed(request)), request=request) == ANSWER


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_value_that_is_not_ascii_is_refused(parties: Parties, framework: str) -> None:
    """By kmcrypto, or by the server, before any view; Bottle fails to decode it when it is read."""
    endpoint = Endpoint(gateway_of(parties), *DOCUMENTED[framework])
    request = Client(parties.provider).seal(PAYLOAD, encrypted=False)
    with serve(framework, endpoint) as address:
        status, _headers, _body = post(address, with_latin1(request))
    if endpoint.verdicts:
        (verdict,) = endpoint.verdicts
        assert_verdict(verdict, Told(errors.MalformedHeader, "must be visible ASCII"))
        assert status == 401
    else:
        assert status == 400


@pytest.mark.programs
@pytest.mark.parametrize("framework", ["fastapi", "aiohttp", "sanic", "django-asgi"])
def test_a_coroutine_awaits_its_finder_and_its_store(parties: Parties, framework: str) -> None:
    """The three steps of `accept`, with two awaits between them; a copy is refused as one."""

    def find_nothing(access_key: str) -> None:
        """The look-up is awaited before."""

    gateway = Gateway(find_nothing)
    endpoint = AwaitingEndpoint(gateway, parties.platform, *DOCUMENTED[framework])
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with serve(framework, endpoint) as address:
        assert client.open(*post(address, as_sealed(request)), request=request) == ANSWER
        status, _headers, _body = post(address, as_sealed(request))
    assert status == 409


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_finder_or_a_guard_that_is_asynchronous_is_told_to_be_awaited(parties: Parties) -> None:
    """Else a coroutine would pass for a project, or for a claim that was won."""

    async def find_project(access_key: str) -> Any:
        return parties.platform

    class Guard:
        async def claim(self, claim: object, /) -> bool:
            return True

    request = Client(parties.provider).seal(PAYLOAD, encrypted=True)
    any_finder: Any = find_project
    with pytest.raises(TypeError, match=r"await the look-up by access_key\(headers\) first"):
        Gateway(any_finder, replay_guard=MemoryReplayGuard())
    gateway = Gateway(lambda key: any_finder(key), replay_guard=MemoryReplayGuard())
    with pytest.raises(TypeError, match=r"not coroutine; if .* access_key\(headers\) first"):
        gateway.accept(request.headers, request.body, encrypted=True)
    any_guard: Any = Guard()
    with pytest.raises(TypeError, match=r"await claim\(\) between verify\(\) and open"):
        Gateway({ACCESS_KEY: parties.platform}.get, replay_guard=any_guard)
