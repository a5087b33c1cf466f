"""How the contracts of APIs, the errors and the package itself fail."""

from __future__ import annotations

from typing import Any

import kmcrypto
from kmcrypto import errors
from kmcrypto.apis.one_time_token import ExpiryTime, TokenAnswer, TokenRequest
from tests.support.failures import CARD, Failures

ANY: Any = [CARD]


def failures() -> Failures:
    request = {"cardNo": CARD, "type": "atm"}
    return {
        "card number of 17 digits": lambda: TokenRequest(f"{CARD}5"),
        "card number in a list": lambda: TokenRequest(ANY),
        "card number that came": lambda: TokenRequest.read({"cardNo": [CARD]}),
        "type that came": lambda: TokenRequest.read(request),
        "request is frozen": lambda: setattr(TokenRequest(CARD), "card_no", CARD),
        "expiry beyond its range": lambda: ExpiryTime(10**13),
        "answer with a blank token": lambda: TokenAnswer.read({"oneTimeToken": f"{CARD[:-1]} "}),
        "answer without an expiry": lambda: TokenAnswer.read({"oneTimeToken": CARD, "dcvv": "123"}),
        "answer with another CVV": lambda: TokenAnswer(CARD, CARD, ExpiryTime(1)),
        "abstract error": lambda: errors.RemoteError(),
        "unknown name": lambda: getattr(kmcrypto, "Unknown"),  # noqa: B009
    }
