"""POST /api/v2/payment/generate/onetimetoken: a card number in, a disposable payment token out (S7).

Values of the request and the answer, checked both when they are made and when they are read. An error names the field
at fault and never shows its value: InvalidPayload for values of ours, MalformedPayload for what came in. Request and
answer are both encrypted on the wire: seal, accept, answer and open them with `encrypted=True`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from .._core.forms import is_digits
from .._core.scrub import raising
from .._core.values import Value, expect
from ..clock.instant import Instant
from ..errors import InvalidPayload, MalformedPayload

PATH = "/api/v2/payment/generate/onetimetoken"  # under /open-api on the sandbox

_MAX_DURATION_MS = 300_000  # 5 minutes, the longest lifetime there is
_MIN_EPOCH_MS = 10**12  # September 2001


class TokenType(Enum):
    """What the token is for, which decides how long it lives; a request without a type gives 30 s."""

    ATM = "ATM"  # cash withdrawal
    CREDIT = "CREDIT"  # credit-card recharge


LIFETIME_MS: Mapping[TokenType | None, int] = {
    None: 30_000,
    TokenType.ATM: 300_000,
    TokenType.CREDIT: 300_000,
}


class ResultCode(Enum):
    """The documented result codes of this endpoint (S7.2), each with its text and HTTP status; match on the code."""

    SUCCESS = ("000_000", "Success", 200)
    CARD_NOT_FOUND = ("006_001", "CardNo not found.", 400)
    INVALID_CARD_NUMBER = ("006_002", "Invalid cardNo.", 400)
    GENERATION_FAILED = ("006_003", "One time token generation failed.", 400)
    REISSUE_FAILED = ("006_031", "One time token reissue failed.", 400)

    def __init__(self, code: str, description: str, http_status: int) -> None:
        self.code = code
        self.description = description
        self.http_status = http_status

    @classmethod
    def of(cls, code: str) -> "ResultCode | None":
        """The result of that code (a ResultError's `result_code`, say), or None for one that is not documented here."""
        return next((result for result in cls if result.code == code), None)

    def payload(self) -> dict[str, Any]:
        """The answer's payload with this result and nothing beside it (S6.1)."""
        return {"response": {"code": self.code, "description": self.description}}


class TokenRequest(Value):
    """A request: the number of the member's card (16 ASCII digits), and the type or None. Raises InvalidPayload."""

    card_no: str
    type: TokenType | None

    def __init__(self, card_no: str, type: TokenType | None = None) -> None:
        expect(
            "card_no is str, type is a TokenType or None", (card_no, str), (type, TokenType | None)
        )
        self._fill(card_no=_digits(card_no, "cardNo", 16, InvalidPayload), type=type)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "TokenRequest":
        """The request in an accepted payload; MalformedPayload names the field at fault."""
        expect("a payload is a mapping", (payload, Mapping))
        card_no = _digits(payload.get("cardNo"), "cardNo", 16, MalformedPayload)
        with raising(MalformedPayload("type is not ATM or CREDIT (S7)", field="type"), ValueError):
            return cls(
                card_no, TokenType(payload["type"]) if "type" in payload else None
            )  # null is not absent

    def payload(self) -> dict[str, Any]:
        """The request's JSON object, for `Client.seal`."""
        return {"cardNo": self.card_no, **({} if self.type is None else {"type": self.type.value})}

    @property
    def lifetime_ms(self) -> int:
        """How long the token that is asked for lives, in milliseconds (S7)."""
        return LIFETIME_MS[self.type]

    def __repr__(self) -> str:
        return f"<TokenRequest {self.type}>"


class ExpiryTime(Value):
    """An `expiryTime`: `milliseconds` of lifetime where `is_duration`, else since 1970 (S7.1).

    At most 300,000 is a duration, 10^12 to 9999999999999 a moment; what lies between or outside is InvalidPayload.
    """

    milliseconds: int

    def __init__(self, milliseconds: int) -> None:
        expect("milliseconds is int", (milliseconds, int))
        self._fill(milliseconds=_expiry(milliseconds, InvalidPayload))

    @property
    def is_duration(self) -> bool:
        """Whether the value is a lifetime, as an older API gives it, and not a moment."""
        return self.milliseconds <= _MAX_DURATION_MS

    def remaining_ms(self, at: Instant) -> int:
        """Milliseconds from `at` until the token expires, negative when it has; a duration counts from `at`."""
        expect("at is an Instant", (at, Instant))
        return self.milliseconds if self.is_duration else self.milliseconds - at.epoch_ms


class TokenAnswer(Value):
    """An answer: the one-time token (16 ASCII digits), the dynamic CVV (3) and the expiry. Raises InvalidPayload."""

    one_time_token: str
    dcvv: str
    expiry_time: ExpiryTime

    def __init__(self, one_time_token: str, dcvv: str, expiry_time: ExpiryTime) -> None:
        expect("one_time_token and dcvv are str", (one_time_token, str), (dcvv, str))
        expect("expiry_time is an ExpiryTime", (expiry_time, ExpiryTime))
        token = _digits(one_time_token, "oneTimeToken", 16, InvalidPayload)
        self._fill(
            one_time_token=token,
            dcvv=_digits(dcvv, "dcvv", 3, InvalidPayload),
            expiry_time=expiry_time,
        )

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "TokenAnswer":
        """The answer in an opened payload (an `Answer`); MalformedPayload names the field at fault."""
        expect("a payload is a mapping", (payload, Mapping))
        token = _digits(payload.get("oneTimeToken"), "oneTimeToken", 16, MalformedPayload)
        dcvv = _digits(payload.get("dcvv"), "dcvv", 3, MalformedPayload)
        return cls(token, dcvv, ExpiryTime(_expiry(payload.get("expiryTime"), MalformedPayload)))

    def payload(self) -> dict[str, Any]:
        """The answer's JSON object with 000_000, for `Gateway.answer`."""
        fields = {
            "oneTimeToken": self.one_time_token,
            "dcvv": self.dcvv,
            "expiryTime": self.expiry_time.milliseconds,
        }
        return {**ResultCode.SUCCESS.payload(), **fields}

    def __repr__(self) -> str:
        return f"<TokenAnswer {self.expiry_time!r}>"


def _digits(
    value: object, field: str, length: int, error: type[InvalidPayload] | type[MalformedPayload]
) -> str:
    """A text of so many ASCII digits, or the error with the field's name."""
    if not isinstance(value, str) or len(value) != length or not is_digits(value):
        raise error(f"{field} is not {length} digits (S7)", field=field)
    return value


def _expiry(value: object, error: type[InvalidPayload] | type[MalformedPayload]) -> int:
    """A number that is clearly a duration or clearly a moment, or the error (S7.1)."""
    if type(value) is int and (
        1 <= value <= _MAX_DURATION_MS or _MIN_EPOCH_MS <= value < 10 * _MIN_EPOCH_MS
    ):
        return value
    raise error(
        "expiryTime is neither 1 to 300,000 ms nor 10^12 to 9999999999999 ms (S7.1)",
        field="expiryTime",
    )
