"""The token service of the sandbox: one-time tokens by card number, each of which is spent once.

The five results are the documented ones (S7.2). Which card number leads to which result is the
sandbox's own choice, as no test card of the platform is known. The platform's way of spending a
token is not known either: here a token is spent if it was issued, was not spent before, and has not
expired.

The state is bounded. There is room for a number of tokens; expired ones make room for new ones, and
without room no token is issued.
"""

import secrets
from collections.abc import Mapping
from enum import Enum
from threading import Lock
from typing import Any

from ...apis.one_time_token import ExpiryTime, ResultCode, TokenAnswer, TokenRequest
from ...clock.instant import Clock

CASES: Mapping[str, ResultCode] = {
    "9410000000001234": ResultCode.SUCCESS,
    "9410000000006001": ResultCode.CARD_NOT_FOUND,
    "9410000000006002": ResultCode.INVALID_CARD_NUMBER,
    "9410000000006003": ResultCode.GENERATION_FAILED,
    "9410000000006031": ResultCode.REISSUE_FAILED,
}
MAX_TOKENS = 10_000
_NS_PER_MS = 1_000_000


class Spending(Enum):
    """How an attempt to spend a token ended."""

    SPENT = "spent"
    SPENT_BEFORE = "spent before"
    EXPIRED = "expired"
    UNKNOWN = "unknown token"


class _IssuedToken:
    """What is known of a token: when it expires, in epoch milliseconds, and whether it is spent."""

    __slots__ = ("expiry_ms", "is_spent")

    def __init__(self, expiry_ms: int) -> None:
        self.expiry_ms = expiry_ms
        self.is_spent = False


class TokenService:
    """Issues and spends tokens. Threads may share it.

    Args:
        clock: Gives epoch nanoseconds.
        max_tokens: How many tokens it remembers at most.
    """

    def __init__(self, clock: Clock, *, max_tokens: int = MAX_TOKENS) -> None:
        self._clock = clock
        self._max_tokens = max_tokens
        self._tokens: dict[str, _IssuedToken] = {}
        self._lock = Lock()

    def issue(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer's payload for a request's payload (S7).

        A card number that is not in `CASES` is one of no card.

        Raises:
            MalformedPayload: The payload is no token request.
        """
        request = TokenRequest.read(payload)
        result = CASES.get(request.card_no, ResultCode.CARD_NOT_FOUND)
        if result is not ResultCode.SUCCESS:
            return result.payload()
        expiry_ms = self._now_ms() + request.lifetime_ms
        token = self._remember_new_token(expiry_ms)
        if token is None:
            return ResultCode.GENERATION_FAILED.payload()
        return TokenAnswer(token, _draw_digits(3), ExpiryTime(expiry_ms)).payload()

    def spend(self, token: str) -> Spending:
        """Spend a token. It can be spent until, and not at, its expiry time."""
        with self._lock:
            issued = self._tokens.get(token)
            if issued is None:
                return Spending.UNKNOWN
            if issued.is_spent:
                return Spending.SPENT_BEFORE
            if self._now_ms() >= issued.expiry_ms:
                return Spending.EXPIRED
            issued.is_spent = True
            return Spending.SPENT

    def _remember_new_token(self, expiry_ms: int) -> str | None:
        """Draw a token that is not known yet; None if there is no room for it."""
        with self._lock:
            if len(self._tokens) >= self._max_tokens:
                self._forget_expired()
            if len(self._tokens) >= self._max_tokens:
                return None
            token = _draw_digits(16)
            while token in self._tokens:
                token = _draw_digits(16)
            self._tokens[token] = _IssuedToken(expiry_ms)
            return token

    def _forget_expired(self) -> None:
        now_ms = self._now_ms()
        self._tokens = {
            token: issued for token, issued in self._tokens.items() if issued.expiry_ms > now_ms
        }

    def _now_ms(self) -> int:
        return self._clock() // _NS_PER_MS


def _draw_digits(length: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(length))
