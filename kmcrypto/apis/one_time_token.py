"""POST /api/v2/payment/generate/onetimetoken: a one-time payment token for a card number (S7).

The classes here are the request and the answer of this API as values. They are checked both when
they are made and when they are read. An error names the field at fault and never shows its value:
InvalidPayload for our own values, MalformedPayload for those that came in. Request and answer are
both encrypted on the wire: seal, accept, answer and open them with `encrypted=True`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from .._core.result import SUCCESS_CODE, SUCCESS_DESCRIPTION, result_payload
from .._core.scrub import raising
from .._core.values import Value, require_types
from ..clock.instant import Instant
from ..errors import InvalidPayload, MalformedPayload
from .members import Digits, PayloadError, success_payload

PATH = "/api/v2/payment/generate/onetimetoken"  # under /open-api on the sandbox

_CARD_NO = Digits("cardNo", 16, "S7")
_ONE_TIME_TOKEN = Digits("oneTimeToken", 16, "S7")
_DCVV = Digits("dcvv", 3, "S7")

_MAX_DURATION_MS = 300_000  # 5 minutes, the longest lifetime there is
_MIN_EPOCH_MS = 10**12  # September 2001
_MAX_EPOCH_MS = 10**13 - 1  # 13 digits


class TokenType(Enum):
    """The use of the token, which decides how long it lives; a request without a type gets 30 s."""

    ATM = "ATM"  # cash withdrawal
    CREDIT = "CREDIT"  # credit-card recharge


LIFETIME_MS: Mapping[TokenType | None, int] = {
    None: 30_000,
    TokenType.ATM: 300_000,
    TokenType.CREDIT: 300_000,
}


class ResultCode(Enum):
    """The documented result codes of this API (S7.2), each with its description and HTTP status.

    Match on the code, never on the description (S6.2).
    """

    SUCCESS = (SUCCESS_CODE, SUCCESS_DESCRIPTION, 200)
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
        """Find the member of a code, a ResultError's `result_code` say; None if there is none."""
        for result in cls:
            if result.code == code:
                return result
        return None

    def payload(self) -> dict[str, Any]:
        """Return the answer's payload with this result and nothing beside it (S6.1)."""
        return result_payload(self.code, self.description)


class TokenRequest(Value):
    """A request for a token (S7).

    Args:
        card_no: The number of the member's card: 16 ASCII digits.
        type: The use of the token, or None for the usual one.

    Raises:
        InvalidPayload: The card number is not 16 ASCII digits.
    """

    card_no: str
    type: TokenType | None

    def __init__(self, card_no: str, type: TokenType | None = None) -> None:
        require_types(card_no=(card_no, str), type=(type, TokenType | None))
        self._set_attributes(card_no=_CARD_NO.check(card_no), type=type)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "TokenRequest":
        """Read the request in an accepted payload; MalformedPayload names the field at fault."""
        require_types(payload=(payload, Mapping))
        card_no = _CARD_NO.read(payload)
        return cls(card_no, _read_type(payload))

    def payload(self) -> dict[str, Any]:
        """Return the request's JSON object, for `Client.seal`."""
        if self.type is None:
            return {"cardNo": self.card_no}
        return {"cardNo": self.card_no, "type": self.type.value}

    @property
    def lifetime_ms(self) -> int:
        """How long the requested token lives, in milliseconds (S7)."""
        return LIFETIME_MS[self.type]

    def __repr__(self) -> str:
        return f"<TokenRequest {self.type}>"


class ExpiryTime(Value):
    """An `expiryTime`: either a duration or a moment, told apart by its size (S7.1).

    Args:
        milliseconds: 1 to 300,000 for a duration, which an older API gives; 10^12 to
            9999999999999 for a moment, counted since 1970.

    Raises:
        InvalidPayload: The number is in neither range.
    """

    milliseconds: int

    def __init__(self, milliseconds: int) -> None:
        require_types(milliseconds=(milliseconds, int))
        self._set_attributes(milliseconds=_require_expiry(milliseconds, InvalidPayload))

    @property
    def is_duration(self) -> bool:
        """Whether the value is a duration, and not a moment."""
        return self.milliseconds <= _MAX_DURATION_MS

    def remaining_ms(self, at: Instant) -> int:
        """Return the milliseconds from `at` until the token expires, negative after that.

        A duration counts from `at`.
        """
        require_types(at=(at, Instant))
        if self.is_duration:
            return self.milliseconds
        return self.milliseconds - at.epoch_ms


class TokenAnswer(Value):
    """An answer with a token (S7).

    Args:
        one_time_token: The token: 16 ASCII digits.
        dcvv: The dynamic CVV: 3 ASCII digits.
        expiry_time: When the token expires.

    Raises:
        InvalidPayload: The token or the CVV is not made of so many ASCII digits.
    """

    one_time_token: str
    dcvv: str
    expiry_time: ExpiryTime

    def __init__(self, one_time_token: str, dcvv: str, expiry_time: ExpiryTime) -> None:
        require_types(
            one_time_token=(one_time_token, str),
            dcvv=(dcvv, str),
            expiry_time=(expiry_time, ExpiryTime),
        )
        self._set_attributes(
            one_time_token=_ONE_TIME_TOKEN.check(one_time_token),
            dcvv=_DCVV.check(dcvv),
            expiry_time=expiry_time,
        )

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "TokenAnswer":
        """Read the answer in an opened payload (an `Answer`, say).

        Raises:
            MalformedPayload: A field is missing or not of its form; the error names it.
        """
        require_types(payload=(payload, Mapping))
        token = _ONE_TIME_TOKEN.read(payload)
        dcvv = _DCVV.read(payload)
        milliseconds = _require_expiry(payload.get("expiryTime"), MalformedPayload)
        return cls(token, dcvv, ExpiryTime(milliseconds))

    def payload(self) -> dict[str, Any]:
        """Return the answer's JSON object with 000_000, for `Gateway.answer`."""
        return success_payload(
            {
                "oneTimeToken": self.one_time_token,
                "dcvv": self.dcvv,
                "expiryTime": self.expiry_time.milliseconds,
            }
        )

    def __repr__(self) -> str:
        return f"<TokenAnswer {self.expiry_time!r}>"


def _read_type(payload: Mapping[str, Any]) -> TokenType | None:
    """Read the `type` of a request: None where it is absent. A null is a value, and refused."""
    if "type" not in payload:
        return None
    malformed = MalformedPayload("type must be ATM or CREDIT, or be absent (S7)", field="type")
    with raising(malformed, ValueError):
        return TokenType(payload["type"])


def _require_expiry(value: object, error_type: PayloadError) -> int:
    """Return a number that is clearly a duration or a moment, or raise `error_type` (S7.1)."""
    if type(value) is int:
        is_duration = 1 <= value <= _MAX_DURATION_MS
        is_moment = _MIN_EPOCH_MS <= value <= _MAX_EPOCH_MS
        if is_duration or is_moment:
            return value
    raise error_type(
        "expiryTime must be 1 to 300,000 ms or 10^12 to 9999999999999 ms (S7.1)",
        field="expiryTime",
    )
