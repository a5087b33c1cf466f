"""The side that calls, by HTTP clients: what a Client makes of what came back.

ANSWERS are the answers that a platform and the proxies before it give, read by every library.
MISTAKES are what users of one library give it, or give a Client of what it has. The other tables
are redirects, and calls that were carried out although no answer came.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event
from typing import Any, NamedTuple

import pytest

from kmcrypto import KST, Client, Gateway, MemoryReplayGuard, Project, errors
from kmcrypto.exchange.client import Answer, SealedRequest
from tests.situations.libraries import LIBRARIES, STANDARD, Came
from tests.situations.platform import SUCCESS, Answered, Platform, Proxy, serve_platform, unchanged
from tests.support import ACCESS_KEY
from tests.support.parties import Parties, project_key
from tests.support.processes import PATIENCE
from tests.support.servers import package

PAYLOAD = {"cardNo": "9410000000001234", "memo": "한글"}
ID = "X-KM-Correlation-Id"
KEY = "X-KM-Crypto-Key-Id"
TOKEN = "X-KM-Tran-Token"
OUTCOMES = {errors.NOT_SENT, errors.REFUSED, errors.UNKNOWN}


def marks_of(library: str) -> Any:
    """The quick suite has what needs no package."""
    return () if library in STANDARD else pytest.mark.programs


EVERY_LIBRARY = [pytest.param(name, marks=marks_of(name)) for name in LIBRARIES]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is called directly, whatever the environment says."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def gateway_of(parties: Parties) -> Gateway:
    return Gateway({ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard())


class Told(NamedTuple):
    """The error that a person meets: its class, the words that say what to do, its outcome."""

    kind: type[errors.KmCryptoError] | type[TypeError]
    words: str
    outcome: str | None = errors.UNKNOWN


def assert_told(error: Exception, told: Told) -> None:
    assert type(error) is told.kind, error
    assert re.search(told.words, str(error)), error
    assert getattr(error, "outcome", None) == told.outcome


# --- Answers, and what proxies make of them -------------------------------------------------------


def with_header(name: str, value: str) -> Proxy:
    """A proxy that adds a header, though it be there already."""
    return lambda answer: answer._replace(pairs=[*answer.pairs, (name, value)])


def without_header(name: str) -> Proxy:
    def proxy(answer: Answered) -> Answered:
        return answer._replace(pairs=[pair for pair in answer.pairs if pair[0] != name])

    return proxy


def with_header_twice(name: str) -> Proxy:
    def proxy(answer: Answered) -> Answered:
        twice = [pair for pair in answer.pairs if pair[0] == name]
        assert len(twice) == 1
        return answer._replace(pairs=[*answer.pairs, *twice])

    return proxy


def with_status(status: int) -> Proxy:
    return lambda answer: answer._replace(status=status)


def page(status: int, body: bytes, content_type: str = "text/html") -> Proxy:
    """A proxy that answers itself."""
    return lambda answer: Answered(status, [("Content-Type", content_type)], body)


def indented(answer: Answered) -> Answered:
    return answer._replace(body=json.dumps(json.loads(answer.body), indent=1).encode() + b"\r\n")


def compressed(answer: Answered) -> Answered:
    pairs = [*answer.pairs, ("Content-Encoding", "gzip")]
    return Answered(answer.status, pairs, gzip.compress(answer.body))


def compressed_and_not_said(answer: Answered) -> Answered:
    return answer._replace(body=gzip.compress(answer.body))


def in_small_letters(answer: Answered) -> Answered:
    return answer._replace(pairs=[(name.lower(), value) for name, value in answer.pairs])


REFUSED = {"response": {"code": "006_001", "description": "Not a member"}}
BROKEN = {"response": {"code": "999_999", "description": "Broken"}}


class Answering(NamedTuple):
    """What a platform and its proxy answer, and what a Client makes of it."""

    name: str  # a sentence
    proxy: Proxy
    verdict: Told | None  # None: the answer is opened
    payload: dict[str, Any] = SUCCESS
    encrypted: bool = True


ANSWERS = [
    # The good case, both ways.
    Answering("an encrypted answer is opened", unchanged, None),
    Answering("a plain answer is opened", unchanged, None, encrypted=False),
    # S6: the code tells, and not the status.
    Answering(
        "a business error is a refusal",
        unchanged,
        Told(errors.ResultError, "HTTP 400 with result 006_001", errors.REFUSED),
        REFUSED,
    ),
    # S6.4: a server that failed may have done its work before.
    Answering(
        "an error of the platform's leaves the call unknown",
        with_status(500),
        Told(errors.ResultError, "HTTP 500 with result 999_999"),
        BROKEN,
    ),
    # The load balancer's own page.
    Answering(
        "a page of a proxy is told from an answer",
        page(502, b"<html><h1>502 Bad Gateway</h1></html>"),
        Told(errors.UnexpectedAnswer, "HTTP 502 with a page of HTML or XML"),
    ),
    # A maintenance page often comes with 200.
    Answering(
        "a page is none with status 200 either",
        page(200, b"\n<!DOCTYPE html><p>Under maintenance"),
        Told(errors.UnexpectedAnswer, "HTTP 200 with a page of HTML or XML"),
    ),
    # Proxies have JSON of their own, too.
    Answering(
        "JSON without a result is told from an answer",
        page(429, b'{"message":"Too Many Requests"}', "application/json"),
        Told(errors.UnexpectedAnswer, "HTTP 429 with another body"),
    ),
    Answering(
        "an empty page is named",
        page(504, b""),
        Told(errors.UnexpectedAnswer, "HTTP 504 with an empty body"),
    ),
    Answering(
        "an empty answer is no success",
        page(200, b""),
        Told(errors.UnexpectedAnswer, "HTTP 200 with an empty body"),
    ),
    Answering(
        "no content is no success",
        page(204, b""),
        Told(errors.UnexpectedAnswer, "HTTP 204 with an empty body"),
    ),
    # S4.8: who has carried it out, and what?
    Answering(
        "a success with another status is unexpected",
        with_status(202),
        Told(errors.UnexpectedAnswer, "000_000 must come with HTTP 200, not 202"),
    ),
    # Answers have no MAC: what is in them is what counts.
    Answering("an answer that was indented on its way is opened", indented, None),
    Answering("names in small letters are the same names", in_small_letters, None),
    # Headers that the platform does not have.
    Answering("another X-KM header is not looked at", with_header("X-KM-New", "?"), None),
    Answering("a comma in another header is not looked at", with_header("Via", "1.1 x, y"), None),
    # S1.9: whoever dropped it, the call was carried out.
    Answering("an answer whose id was dropped is opened", without_header(ID), None),
    Answering("an answer whose id was doubled is opened", with_header_twice(ID), None),
    # S4.7: the key that the request named.
    Answering("an answer whose key id was dropped is opened", without_header(KEY), None),
    # Clients of HTTP do not undo it if nobody says that it was done.
    Answering(
        "a compressed body of which nothing is said is named",
        compressed_and_not_said,
        Told(errors.UnexpectedAnswer, "HTTP 200 with a compressed body: decompress it"),
    ),
]


@pytest.mark.parametrize("library", EVERY_LIBRARY)
@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: row.name)
def test_an_answer(parties: Parties, library: str, row: Answering) -> None:
    platform = Platform(
        gateway_of(parties), proxy=row.proxy, encrypted=row.encrypted, payload=row.payload
    )
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=row.encrypted)
    with serve_platform(platform) as address:
        came = LIBRARIES[library](address, request)
    assert platform.accepted == 1
    if row.verdict is None:
        assert client.open(*came, request=request) == SUCCESS
        return
    with pytest.raises(row.verdict.kind) as caught:
        client.open(*came, request=request)
    assert_told(caught.value, row.verdict)
    assert vars(caught.value)["http_status"] == came[0]


@pytest.mark.parametrize("library", EVERY_LIBRARY)
@pytest.mark.parametrize("proxy", [without_header(ID), with_header_twice(ID)])
def test_an_answer_that_must_have_its_id_is_opened_and_kept(
    parties: Parties, library: str, proxy: Proxy
) -> None:
    """S1.9: the error has the answer, so that nothing is lost."""
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with serve_platform(Platform(gateway_of(parties), proxy=proxy)) as address:
        came = LIBRARIES[library](address, request)
    with pytest.raises(errors.EchoMismatch, match="must carry the correlation id") as caught:
        client.open(*came, request=request, require_echo=True)
    assert (caught.value.answer, caught.value.outcome) == (SUCCESS, errors.UNKNOWN)


@pytest.mark.parametrize("library", EVERY_LIBRARY)
def test_a_key_id_that_a_proxy_doubled_is_named(parties: Parties, library: str) -> None:
    """As two headers or as one that was joined: a library has the one or the other."""
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with serve_platform(Platform(gateway_of(parties), proxy=with_header_twice(KEY))) as address:
        came = LIBRARIES[library](address, request)
    words = f"{KEY} (came twice|must be one value: a server or proxy joined several)"
    with pytest.raises((errors.DuplicateHeader, errors.MalformedHeader), match=words) as caught:
        client.open(*came, request=request)
    assert (caught.value.outcome, caught.value.http_status) == (errors.UNKNOWN, 502)


@pytest.mark.parametrize("library", EVERY_LIBRARY)
def test_a_compressed_answer_is_opened_or_named(parties: Parties, library: str) -> None:
    """Those of the standard library do not decompress: send no Accept-Encoding with them."""
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with serve_platform(Platform(gateway_of(parties), proxy=compressed)) as address:
        came = LIBRARIES[library](address, request)
    if library not in STANDARD:
        assert client.open(*came, request=request) == SUCCESS
        return
    with pytest.raises(errors.UnexpectedAnswer, match="a compressed body: decompress it"):
        client.open(*came, request=request)


@pytest.mark.parametrize("library", EVERY_LIBRARY)
def test_a_request_of_another_secret_is_refused(parties: Parties, library: str) -> None:
    """The commonest of all: a secret of the other environment, say."""
    key = project_key(secret_key="that of the sandbox")
    client = Client(Project(key, parties.provider.ring, zone=KST))
    request = client.seal(PAYLOAD, encrypted=True)
    with serve_platform(Platform(gateway_of(parties))) as address:
        came = LIBRARIES[library](address, request)
    with pytest.raises(errors.ResultError, match="HTTP 401 with result 990_001") as caught:
        client.open(*came, request=request)
    assert caught.value.outcome == errors.REFUSED


# --- Mistakes with a library ----------------------------------------------------------------------

Mistake = Callable[[str, SealedRequest], Came]


def urllib_response(take: Callable[[Any], Came]) -> Mistake:
    """What is taken of an answer of urllib."""

    def call(address: str, request: SealedRequest) -> Came:
        outgoing = urllib.request.Request(address, request.body, dict(request.headers))
        with urllib.request.urlopen(outgoing, timeout=PATIENCE) as response:
            return take(response)

    return call


def http_client_response(take: Callable[[Any], Came]) -> Mistake:
    """What is taken of an answer of http.client."""

    def call(address: str, request: SealedRequest) -> Came:
        with http_client_connection(address) as connection:
            connection.request("POST", "/", request.body, dict(request.headers))
            with connection.getresponse() as response:
                return take(response)

    return call


@contextmanager
def http_client_connection(address: str) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
    try:
        yield connection
    finally:
        connection.close()


def text_by_http_client(address: str, request: SealedRequest) -> Came:
    """http.client writes a str in Latin-1."""
    with http_client_connection(address) as connection:
        connection.request("POST", "/", request.body.decode(), dict(request.headers))
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def requests_call(**how: Callable[[SealedRequest], Any]) -> Mistake:
    """A call of requests with a body given in this way."""

    def call(address: str, request: SealedRequest) -> Came:
        given = {name: take(request) for name, take in how.items()}
        response = package("requests").post(
            address, headers=request.headers, timeout=PATIENCE, **given
        )
        return response.status_code, response.headers, response.content

    return call


def requests_response(take: Callable[[Any], Came], *, stream: bool = False) -> Mistake:
    """What is taken of an answer of requests."""

    def call(address: str, request: SealedRequest) -> Came:
        with package("requests").post(
            address, data=request.body, headers=request.headers, timeout=PATIENCE, stream=stream
        ) as response:
            return take(response)

    return call


def httpx_call(**how: Callable[[SealedRequest], Any]) -> Mistake:
    """A call of httpx with a body given in this way."""

    def call(address: str, request: SealedRequest) -> Came:
        given = {name: take(request) for name, take in how.items()}
        response = package("httpx").post(
            address, headers=request.headers, timeout=PATIENCE, **given
        )
        return response.status_code, response.headers, response.content

    return call


def httpx_response(take: Callable[[Any], Came]) -> Mistake:
    """What is taken of an answer of httpx."""

    def call(address: str, request: SealedRequest) -> Came:
        response = package("httpx").post(
            address, content=request.body, headers=request.headers, timeout=PATIENCE
        )
        return take(response)

    return call


def aiohttp_call(take: Callable[[Any], Any], **how: Callable[[SealedRequest], Any]) -> Mistake:
    """A call of aiohttp with a body given in this way, and what is taken of its answer."""

    def call(address: str, request: SealedRequest) -> Came:
        return asyncio.run(post(address, request))

    async def post(address: str, request: SealedRequest) -> Came:
        given = {name: given_as(request) for name, given_as in how.items()}
        async with (
            package("aiohttp").ClientSession() as session,
            session.post(address, headers=request.headers, **given) as response,
        ):
            return await take(response)  # type: ignore[no-any-return]

    return call


async def taken(response: Any) -> Came:
    return response.status, response.headers, await response.read()


async def text_taken(response: Any) -> Came:
    return response.status, response.headers, await response.text()


async def json_taken(response: Any) -> Came:
    return response.status, response.headers, await response.json()


async def stream_taken(response: Any) -> Came:
    return response.status, response.headers, response.content


async def method_taken(response: Any) -> Came:
    return response.status, response.headers, response.read


async def not_awaited(response: Any) -> Came:
    return response.status, response.headers, response.read()


async def response_taken(response: Any) -> Came:
    return response.status, response, await response.read()


async def raw_headers_taken(response: Any) -> Came:
    return response.status, response.raw_headers, await response.read()


def body_of(request: SealedRequest) -> bytes:
    return request.body


def text_of(request: SealedRequest) -> str:
    return request.body.decode()


def dict_of(request: SealedRequest) -> Any:
    return json.loads(request.body)


ALL = "pass the exact bytes that came"
BYTES = Told(TypeError, f": {ALL}", None)
READ_IT = Told(TypeError, f": read it; {ALL}", None)
HEADERS = Told(TypeError, "pass its attribute headers", None)
SIGNED_OTHERWISE = Told(errors.ResultError, "HTTP 401 with result 990_001", errors.REFUSED)


class Mistaken(NamedTuple):
    """What a user of a library does, and what comes of it."""

    library: str
    name: str  # a sentence
    call: Mistake
    verdict: Told | None  # None: the answer is opened


MISTAKES = [
    # --- urllib ---
    # The response is iterable, and by then empty: its headers would all be missing.
    Mistaken(
        "urllib",
        "a response is not its headers",
        urllib_response(lambda response: (response.status, response, response.read())),
        HEADERS,
    ),
    Mistaken(
        "urllib",
        "a response is not its body",
        urllib_response(lambda response: (response.status, response.headers, response)),
        READ_IT,
    ),
    Mistaken(
        "urllib",
        "a second read finds nothing",
        urllib_response(
            lambda response: (
                response.status,
                response.headers,
                response.read()[:0] + response.read(),
            )
        ),
        Told(errors.UnexpectedAnswer, "HTTP 200 with an empty body"),
    ),
    # "OK" is the reason.
    Mistaken(
        "urllib",
        "a reason is not a status",
        urllib_response(lambda response: (response.reason, response.headers, response.read())),
        Told(TypeError, "status must be int, not str", None),
    ),
    # Status, headers and body, in the older spelling.
    Mistaken(
        "urllib",
        "getcode and info will do",
        urllib_response(lambda response: (response.getcode(), response.info(), response.read())),
        None,
    ),
    # --- http.client ---
    # Pairs.
    Mistaken(
        "http.client",
        "getheaders will do",
        http_client_response(
            lambda response: (response.status, response.getheaders(), response.read())
        ),
        None,
    ),
    Mistaken(
        "http.client",
        "a text is not the bytes of an answer",
        http_client_response(
            lambda response: (response.status, response.headers, response.read().decode())
        ),
        BYTES,
    ),
    # --- requests ---
    # requests writes JSON of its own, with other spaces and escapes.
    Mistaken(
        "requests",
        "json= writes another body than the signed one",
        requests_call(json=dict_of),
        SIGNED_OTHERWISE,
    ),
    # A dict is a form.
    Mistaken(
        "requests",
        "data= makes a form of a dict",
        requests_call(data=dict_of),
        SIGNED_OTHERWISE,
    ),
    # A str is written in UTF-8, as it was.
    Mistaken("requests", "data= takes the text, too", requests_call(data=text_of), None),
    Mistaken(
        "requests",
        "the text of an answer is not its bytes",
        requests_response(lambda r: (r.status_code, r.headers, r.text)),
        BYTES,
    ),
    Mistaken(
        "requests",
        "the dict in an answer is not its bytes",
        requests_response(lambda r: (r.status_code, r.headers, r.json())),
        BYTES,
    ),
    # It is iterable: the pieces of its body.
    Mistaken(
        "requests",
        "a response is not its headers",
        requests_response(lambda r: (r.status_code, r, r.content)),
        HEADERS,
    ),
    Mistaken(
        "requests",
        "a raw answer is told to be read",
        requests_response(lambda r: (r.status_code, r.headers, r.raw), stream=True),
        READ_IT,
    ),
    # `ok` is True.
    Mistaken(
        "requests",
        "a bool is not a status",
        requests_response(lambda r: (r.ok, r.headers, r.content)),
        Told(TypeError, "status must be int, not bool", None),
    ),
    # urllib3's, which are not those of requests.
    Mistaken(
        "requests",
        "the raw headers will do",
        requests_response(lambda r: (r.status_code, r.raw.headers, r.content)),
        None,
    ),
    Mistaken(
        "requests",
        "a dict of the headers will do",
        requests_response(lambda r: (r.status_code, dict(r.headers), r.content)),
        None,
    ),
    # --- httpx ---
    # httpx writes compact JSON in UTF-8, as kmcrypto does: the same bytes, until either changes.
    Mistaken("httpx", "json= may write the signed body by chance", httpx_call(json=dict_of), None),
    Mistaken("httpx", "data= makes a form of a dict", httpx_call(data=dict_of), SIGNED_OTHERWISE),
    Mistaken("httpx", "content= takes the text, too", httpx_call(content=text_of), None),
    Mistaken(
        "httpx",
        "the text of an answer is not its bytes",
        httpx_response(lambda r: (r.status_code, r.headers, r.text)),
        BYTES,
    ),
    Mistaken(
        "httpx",
        "a response is not its headers",
        httpx_response(lambda r: (r.status_code, r, r.content)),
        HEADERS,
    ),
    Mistaken(
        "httpx",
        "a method that nobody called is told to be called",
        httpx_response(lambda r: (r.status_code, r.headers, r.read)),
        Told(TypeError, f": call it; {ALL}", None),
    ),
    # Pairs of bytes.
    Mistaken(
        "httpx",
        "the raw headers will do",
        httpx_response(lambda r: (r.status_code, r.headers.raw, r.content)),
        None,
    ),
    # --- aiohttp ---
    Mistaken(
        "aiohttp",
        "json= writes another body than the signed one",
        aiohttp_call(taken, json=dict_of),
        SIGNED_OTHERWISE,
    ),
    Mistaken("aiohttp", "data= takes the text, too", aiohttp_call(taken, data=text_of), None),
    Mistaken(
        "aiohttp",
        "the text of an answer is not its bytes",
        aiohttp_call(text_taken, data=body_of),
        BYTES,
    ),
    Mistaken(
        "aiohttp",
        "the dict in an answer is not its bytes",
        aiohttp_call(json_taken, data=body_of),
        BYTES,
    ),
    Mistaken(
        "aiohttp",
        "a stream is told to be read",
        aiohttp_call(stream_taken, data=body_of),
        READ_IT,
    ),
    Mistaken(
        "aiohttp",
        "a method that nobody called is told to be called",
        aiohttp_call(method_taken, data=body_of),
        Told(TypeError, f": call it; {ALL}", None),
    ),
    Mistaken(
        "aiohttp",
        "a body that nobody awaited is told to be awaited",
        aiohttp_call(not_awaited, data=body_of),
        Told(TypeError, f": await it; {ALL}", None),
    ),
    Mistaken(
        "aiohttp",
        "a response is not its headers",
        aiohttp_call(response_taken, data=body_of),
        HEADERS,
    ),
    Mistaken(
        "aiohttp",
        "the raw headers will do",
        aiohttp_call(raw_headers_taken, data=body_of),
        None,
    ),
]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{row.library}: {row.name}", marks=marks_of(row.library))
        for row in MISTAKES
    ],
)
def test_a_user_of_a_library(parties: Parties, row: Mistaken) -> None:
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=False)
    with serve_platform(Platform(gateway_of(parties), encrypted=False)) as address:
        status, headers, body = row.call(address, request)
    if row.verdict is None:
        assert client.open(status, headers, body, request=request) == SUCCESS
        return
    with pytest.raises(row.verdict.kind) as caught:
        client.open(status, headers, body, request=request)
    if asyncio.iscoroutine(body):
        body.close()
    assert_told(caught.value, row.verdict)


def test_http_client_writes_a_text_in_latin1(parties: Parties) -> None:
    """The same letters are other bytes, or none at all: give it the bytes."""
    client = Client(parties.provider)
    request = client.seal({"memo": "é"}, encrypted=False)
    with serve_platform(Platform(gateway_of(parties), encrypted=False)) as address:
        came = text_by_http_client(address, request)
        with pytest.raises(UnicodeEncodeError):
            text_by_http_client(address, client.seal({"memo": "한글"}, encrypted=False))
    with pytest.raises(errors.ResultError, match="990_001") as caught:
        client.open(*came, request=request)
    assert caught.value.outcome == errors.REFUSED


def test_urllib_takes_no_text(parties: Parties) -> None:
    """Its own error says it."""
    request = Client(parties.provider).seal(PAYLOAD, encrypted=False)
    text: Any = request.body.decode()
    outgoing = urllib.request.Request("http://127.0.0.1:9", text, dict(request.headers))
    with pytest.raises(TypeError, match="POST data should be bytes"):
        urllib.request.urlopen(outgoing, timeout=PATIENCE)


# --- Redirects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("library", "status"),
    [
        pytest.param(library, status, marks=marks_of(library))
        for library in LIBRARIES
        for status in (301, 302, 303, 307, 308)
        if library != "urllib" or status > 303
    ],
)
def test_a_redirect_that_is_not_followed_is_told(
    parties: Parties, library: str, status: int
) -> None:
    """Nothing goes to the other host. urllib has no switch: it follows all but 307 and 308."""
    other = Platform(gateway_of(parties))
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with (
        serve_platform(other) as elsewhere,
        serve_platform(redirecting(parties, status, elsewhere)) as address,
    ):
        came = LIBRARIES[library](address, request)
    with pytest.raises(errors.UnexpectedAnswer, match=f"HTTP {status} with a redirect") as caught:
        client.open(*came, request=request)
    assert (caught.value.outcome, other.received) == (errors.UNKNOWN, [])


def redirecting(parties: Parties, status: int, elsewhere: str) -> Platform:
    """A server that sends every request to another host."""

    def proxy(answer: Answered) -> Answered:
        return Answered(status, [("Location", f"{elsewhere}/")], b"")

    return Platform(gateway_of(parties), proxy=proxy)


def follow_by_urllib(address: str, request: SealedRequest) -> Came:
    return LIBRARIES["urllib"](address, request)


def follow_by_requests(address: str, request: SealedRequest) -> Came:
    response = package("requests").post(
        address, data=request.body, headers=request.headers, timeout=PATIENCE
    )
    return response.status_code, response.headers, response.content


def follow_by_httpx(address: str, request: SealedRequest) -> Came:
    response = package("httpx").post(
        address,
        content=request.body,
        headers=request.headers,
        follow_redirects=True,
        timeout=PATIENCE,
    )
    return response.status_code, response.headers, response.content


def follow_by_aiohttp(address: str, request: SealedRequest) -> Came:
    return aiohttp_call(taken, data=body_of)(address, request)


FOLLOWING = {
    "urllib": follow_by_urllib,
    "requests": follow_by_requests,
    "httpx": follow_by_httpx,
    "aiohttp": follow_by_aiohttp,
}


@pytest.mark.parametrize("library", [pytest.param(n, marks=marks_of(n)) for n in FOLLOWING])
def test_a_client_that_follows_a_redirect_takes_the_signed_headers_to_another_host(
    parties: Parties, library: str
) -> None:
    """All but httpx do so unless they are told not to. POST becomes GET, and is refused."""
    other = Platform(gateway_of(parties))
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with (
        serve_platform(other) as elsewhere,
        serve_platform(redirecting(parties, 302, elsewhere)) as address,
    ):
        came = FOLLOWING[library](address, request)
    (received,) = other.received
    assert (received.method, received.body) == ("GET", b"")
    assert received.headers[TOKEN] == request.headers[TOKEN]
    assert received.headers["X-KM-Access-Key"] == ACCESS_KEY
    with pytest.raises(errors.ResultError, match="HTTP 401 with result 990_001"):
        client.open(*came, request=request)


@pytest.mark.programs
@pytest.mark.parametrize("library", ["requests", "httpx", "aiohttp"])
def test_a_client_that_follows_307_makes_the_call_at_another_host(
    parties: Parties, library: str
) -> None:
    """The body goes along, and is carried out there: nothing in a token names a host (S3.6)."""
    other = Platform(gateway_of(parties))
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with (
        serve_platform(other) as elsewhere,
        serve_platform(redirecting(parties, 307, elsewhere)) as address,
    ):
        came = FOLLOWING[library](address, request)
    assert (other.accepted, other.received[0].body) == (1, request.body)
    assert client.open(*came, request=request) == SUCCESS


# --- Calls that were carried out, although no answer came -----------------------------------------


@pytest.mark.parametrize("library", EVERY_LIBRARY)
def test_a_time_out_leaves_the_call_unknown(parties: Parties, library: str) -> None:
    """The same bytes are refused with 409, which says so; sealed anew, it is a second call."""
    arrived, given_up = Event(), Event()

    def proxy(answer: Answered) -> Answered:
        arrived.set()
        given_up.wait(PATIENCE)
        return answer

    platform = Platform(gateway_of(parties), proxy=proxy)
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with serve_platform(platform) as address:
        try:
            with pytest.raises(time_outs_of(library)):
                LIBRARIES[library](address, request, 0.05)
            assert arrived.wait(PATIENCE)  # it was sent, so it comes, however late
        finally:
            given_up.set()
        again = LIBRARIES[library](address, request)
        anew = LIBRARIES[library](address, client.seal(PAYLOAD, encrypted=True))
    assert_claimed_before(client, request, again)
    assert (anew[0], platform.accepted) == (200, 2)


def time_outs_of(library: str) -> Any:
    """The exception of a library whose time is up."""
    if library in STANDARD:
        return TimeoutError
    module, name = {
        "requests": ("requests", "ReadTimeout"),
        "httpx": ("httpx", "ReadTimeout"),
        "httpx-async": ("httpx", "ReadTimeout"),
        "aiohttp": ("aiohttp", "ServerTimeoutError"),
    }[library]
    return getattr(package(module), name)


def assert_claimed_before(client: Client, request: SealedRequest, came: Came) -> None:
    with pytest.raises(errors.ResultError, match="HTTP 409 with result 990_003") as caught:
        client.open(*came, request=request)
    assert caught.value.outcome == errors.UNKNOWN


class FirstLost:
    """A proxy that loses the first answer, and lets the others through."""

    def __init__(self, instead: Answered | None) -> None:
        self._instead = instead
        self._is_first = True

    def __call__(self, answer: Answered) -> Answered | None:
        if not self._is_first:
            return answer
        self._is_first = False
        return self._instead


@pytest.mark.parametrize("library", EVERY_LIBRARY)
def test_a_connection_that_broke_leaves_the_call_unknown(parties: Parties, library: str) -> None:
    """No library sends a POST again by itself."""
    platform = Platform(gateway_of(parties), proxy=FirstLost(None))
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    with serve_platform(platform) as address:
        with pytest.raises(breaks_of(library)):
            LIBRARIES[library](address, request)
        assert (platform.accepted, len(platform.received)) == (1, 1)
        again = LIBRARIES[library](address, request)
    assert_claimed_before(client, request, again)


def breaks_of(library: str) -> Any:
    """The exception of a library whose connection was closed."""
    if library in STANDARD:
        return ConnectionError
    module, name = {
        "requests": ("requests", "ConnectionError"),
        "httpx": ("httpx", "RemoteProtocolError"),
        "httpx-async": ("httpx", "RemoteProtocolError"),
        "aiohttp": ("aiohttp", "ServerDisconnectedError"),
    }[library]
    return getattr(package(module), name)


@pytest.mark.programs
def test_a_retry_of_requests_after_502_meets_its_own_first_copy(parties: Parties) -> None:
    """The first copy came through, so 409 says nothing against the call."""
    requests = package("requests")
    lost = Answered(502, [("Content-Type", "text/html")], b"<html>")
    platform = Platform(gateway_of(parties), proxy=FirstLost(lost))
    client = Client(parties.provider)
    request = client.seal(PAYLOAD, encrypted=True)
    retry = package("urllib3").Retry(1, status_forcelist=[502], allowed_methods=None)
    with serve_platform(platform) as address, requests.Session() as session:
        session.mount(address, requests.adapters.HTTPAdapter(max_retries=retry))
        response = session.post(
            address, data=request.body, headers=request.headers, timeout=PATIENCE
        )
    assert (len(platform.received), platform.accepted) == (2, 1)
    came = (response.status_code, response.headers, response.content)
    assert_claimed_before(client, request, came)


@pytest.mark.parametrize("library", EVERY_LIBRARY)
def test_a_failure_of_ones_own_outgoing_call_is_not_told_as_the_callers_fault(
    parties: Parties, library: str
) -> None:
    """S6.4: a gateway that calls a platform for its caller, and gets a page."""
    client = Client(parties.provider)
    incoming = client.seal(PAYLOAD, encrypted=True)
    gateway = gateway_of(parties)
    gateway.accept(incoming.headers, incoming.body, encrypted=True)
    outgoing = client.seal(PAYLOAD, encrypted=True)
    with serve_platform(Platform(gateway_of(parties), proxy=page(502, b"<html>"))) as address:
        came = LIBRARIES[library](address, outgoing)
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        client.open(*came, request=outgoing)
    refused = gateway.refuse(caught.value, incoming.headers)
    with pytest.raises(errors.ResultError, match="HTTP 500 with result 990_500") as told:
        client.open(refused.status, refused.headers, refused.body, request=incoming)
    assert told.value.outcome == errors.UNKNOWN


def test_what_was_not_sent_may_be_corrected(parties: Parties) -> None:
    """No client of HTTP has seen it."""
    with pytest.raises(errors.InvalidPayload, match="amount") as caught:
        Client(parties.provider).seal({"amount": {1}}, encrypted=True)
    assert caught.value.outcome == errors.NOT_SENT


def test_there_are_three_outcomes() -> None:
    rows: list[Answering | Mistaken] = [*ANSWERS, *MISTAKES]
    told = {row.verdict.outcome for row in rows if row.verdict is not None}
    assert told - {None} | {errors.NOT_SENT} == OUTCOMES


def test_an_answer_is_a_mapping_of_its_payload() -> None:
    """So that the rows above may compare it with a dict."""
    assert Answer(SUCCESS, 200, None, None) == SUCCESS
