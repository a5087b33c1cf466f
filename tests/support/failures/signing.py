"""How the package's `signing` fails; headers are read by a gateway."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from kmcrypto import (
    KST,
    Client,
    CorrelationId,
    CorrelationIdSource,
    Gateway,
    Instant,
    KeyState,
    Signer,
    TranToken,
)
from tests.support import ACCESS_KEY, NOW_NS, SECRET, clock
from tests.support.clocks import clock_that_then
from tests.support.failures import BODY, CARD, Failures, Fault, raiser
from tests.support.parties import Parties, project_key

ANY: Any = CARD
ANY_BODY: Any = {CARD: CARD}
INSTANT = Instant.now(KST, clock=clock)


class HasHeaders(dict[str, str]):
    """A mapping that has headers, as the requests of some frameworks do."""

    headers = CARD


class Undecodable(dict[str, str]):
    """Headers of a framework that decodes each value when it is read."""

    def __iter__(self) -> Any:
        yield CARD.encode() + b"\xe9".decode()  # type: ignore[operator]

    def items(self) -> Any:
        return iter(self)


class Ids:
    """A caller's source of correlation ids that gives something else."""

    def next(self, instant: Instant, /) -> Any:
        return CARD


def failures(parties: Parties) -> Failures:
    return {**_signing(), **_tokens(), **_ids(), **_headers(parties)}


def _signing() -> Failures:
    key = project_key()
    inactive = key.with_state(KeyState.INACTIVE)
    any_ids: Any = [SECRET]
    return {
        "signer with another source": lambda: Signer(key, correlation_ids=any_ids),
        "signer of an inactive key": lambda: Signer(inactive),
        "signer of a secret": lambda: Signer(SECRET),  # type: ignore[arg-type]
        "sign a text": lambda: Signer(key).headers(ANY),
        "sign by a clock of text": lambda: Signer(key, clock=clock_that_then(lambda: ANY)).headers(
            BODY
        ),
        "signer with a clock of text": lambda: Signer(key, clock=lambda: ANY),
        "signer with a clock of seconds": lambda: Signer(key, clock=lambda: NOW_NS // 10**9),
        "sign in 1970": lambda: Signer(key, clock=lambda: 0).headers(BODY),
        "sign by a clock that fails": lambda: Signer(key, clock=clock_that_then(_fails())).headers(
            BODY
        ),
        "sign with a wrong key id": lambda: Signer(key).headers(BODY, CARD),
        "sign with a key id of bytes": lambda: Signer(key).headers(BODY, BODY),  # type: ignore[arg-type]
        "sign by a source of texts": lambda: Signer(key, correlation_ids=Ids()).headers(BODY),
        "pickle a signer": lambda: Signer(key).__reduce_ex__(4),
    }


def _fails() -> Any:
    return raiser(Fault())


def _tokens() -> Failures:
    discarded = project_key().with_state(KeyState.DISCARDED)
    token = TranToken.sign("another secret", BODY, at=INSTANT)
    return {
        "token of another type": lambda: TranToken.parse([CARD]),  # type: ignore[arg-type]
        "token of another form": lambda: TranToken.parse(f"KMV1:{SECRET}"),
        "token of no real time": lambda: TranToken.parse(f"KMV1:{'9' * 17}:{'A' * 43}="),
        "token of wrong parts": lambda: TranToken(CARD, BODY),
        "sign a token of text": lambda: TranToken.sign(SECRET, ANY, at=INSTANT),
        "sign a token under nothing": lambda: TranToken.sign("", BODY, at=INSTANT),
        "verify a text": lambda: token.verify(SECRET, ANY),
        "verify under another secret": lambda: token.verify(SECRET, BODY),
        "verify under a discarded key": lambda: token.verify(discarded, BODY),
        "verify under a broken secret": lambda: token.verify(f"{SECRET}\n", BODY),
        "verify of a text": lambda: TranToken.verify(ANY, SECRET, BODY),
    }


def _ids() -> Failures:
    return {
        "id of another form": lambda: CorrelationId(CARD),
        "id of bytes": lambda: CorrelationId(BODY),  # type: ignore[arg-type]
        "lanes that are no power of two": lambda: CorrelationIdSource(lanes=3),
        "lane that is not there": lambda: CorrelationIdSource(lane=2, lanes=2),
        "suffixes are not copied": lambda: CorrelationIdSource().suffixes().__reduce_ex__(4),
        "lane that fails": lambda: CorrelationIdSource(_fails(), 2).next(INSTANT),
        "id of a wrong instant": lambda: CorrelationIdSource().next(ANY),
    }


def _headers(parties: Parties) -> Failures:
    gateway = Gateway({ACCESS_KEY: parties.platform}.get, clock=clock)
    headers = Signer(parties.key, clock=clock).headers(BODY)

    def verify(headers: Any) -> Callable[[], object]:
        return lambda: gateway.verify(headers, BODY, encrypted=False)

    def changed(name: str, value: object) -> Callable[[], object]:
        return verify({**headers, name: value})

    def without(name: str) -> Callable[[], object]:
        return verify({other: value for other, value in headers.items() if other != name})

    return {
        "headers that are a number": verify(5),
        "headers that are an answer": verify(SimpleNamespace(headers=CARD)),
        "headers that are a request": verify(HasHeaders()),
        "headers that cannot be decoded": verify(Undecodable()),
        "headers whose names have underscores": verify({"HTTP_X_KM_TRAN_TIME": CARD}),
        "body that is nothing": lambda: gateway.verify(headers, ANY_BODY, encrypted=False),
        "headers that are a WSGI environ": verify({"wsgi.version": (1, 0), "HTTP_X": CARD}),
        "headers that are an event": verify({"headers": {CARD: CARD}}),
        "headers that are an ASGI scope": verify({"asgi": {}, "path": CARD}),
        "header that was joined": changed("X-KM-Access-Key", f"{CARD},{CARD}"),
        "token that was joined": changed("X-KM-Tran-Token", f"{CARD},{CARD}"),
        "header that was joined by a space": changed("X-KM-Access-Key", f"{CARD}, {CARD}"),
        "header that is a text": verify([CARD]),
        "header of three": verify([(CARD, CARD, CARD)]),
        "name that is a number": verify([(5, CARD)]),
        "name that is a number in a dict": verify({5: CARD}),
        "value that is a number": changed("X-KM-Access-Key", 5),
        "header that came twice": verify([*headers.items(), ("x-km-access-key", CARD)]),
        "answer's key id with a blank": lambda: Client(parties.provider).open(
            200,
            {"X-KM-Crypto-Key-Id": f" {CARD}"},
            b'{"response":{"code":"000_000"}}',
            request=Client(parties.provider).seal({}, encrypted=False),
        ),
        "header with a blank": changed("X-KM-User-AspId", f" {CARD}"),
        "no token": without("X-KM-Tran-Token"),
        "wrong tran time": changed("X-KM-Tran-Time", CARD),
        "wrong zone": changed("X-KM-Time-Zone", CARD),
        "wrong asp id": changed("X-KM-User-AspId", CARD),
        "wrong access key": changed("X-KM-Access-Key", CARD),
        "wrong correlation id": changed("X-KM-Correlation-Id", CARD),
        "wrong crypto key id": changed("X-KM-Crypto-Key-Id", CARD),
        "wrong token": changed("X-KM-Tran-Token", CARD),
    }
