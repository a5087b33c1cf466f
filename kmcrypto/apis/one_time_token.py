"""POST /api/v2/payment/generate/onetimetoken: a one-time payment token for a card number (S7).

This is the API "Issuance of Disposable Token" of the documents' version v3. The classes here are
its request and its answer as values. They are checked both when they are made and when they are
read. An error names the field at fault and never shows its value: InvalidPayload for our own
values, MalformedPayload for those that came in.

An answer is read as widely as the platform's page allows: its token and its dynamic CVV may have
other characters than digits. Those that are made here are digits (S7.1).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from .._core.result import SUCCESS_CODE, SUCCESS_DESCRIPTION, result_payload
from .._core.values import Value, require_types
from ..clock.instant import Instant
from ..errors import InvalidPayload, MalformedPayload
from .members import Digits, PayloadError, VisibleText, success_payload

METHOD = "POST"
PATH = "/api/v2/payment/generate/onetimetoken"  # under /open-api on the sandbox
ENCRYPTED = True  # both request and answer are (S4.6): `client.seal(payload, encrypted=ENCRYPTED)`

_CARD_NO = Digits("cardNo", 16, "S7")
_ONE_TIME_TOKEN = Digits("oneTimeToken", 16, "S7.1")
_DCVV = Digits("dcvv", 3, "S7.1")
_INCOMING_TOKEN = VisibleText("oneTimeToken", 16, "S7.1")
_INCOMING_DCVV = VisibleText("dcvv", 3, "S7.1")

_MIN_EPOCH_MS = 10**12  # September 2001; what is below is a duration
_MAX_EXPIRY_MS = 10**13 - 1  # 13 digits


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
        milliseconds: 1 to 9999999999999: below 10^12 a duration, which an older API gives; from
            10^12 a moment, counted since 1970.

    Raises:
        InvalidPayload: The number is outside that range.
    """

    milliseconds: int

    def __init__(self, milliseconds: int) -> None:
        require_types(milliseconds=(milliseconds, int))
        self._set_attributes(milliseconds=_require_expiry(milliseconds, InvalidPayload))

    @property
    def is_duration(self) -> bool:
        """Whether the value is a duration, and not a moment."""
        return self.milliseconds < _MIN_EPOCH_MS

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
        one_time_token: The token: 16 ASCII digits. In an answer that was read, 16 visible
            characters.
        dcvv: The dynamic CVV: 3 ASCII digits. In an answer that was read, 3 visible characters.
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
        token = _INCOMING_TOKEN.read(payload)
        dcvv = _INCOMING_DCVV.read(payload)
        milliseconds = _require_expiry(payload.get("expiryTime"), MalformedPayload)
        return cls._from_parts(
            one_time_token=token, dcvv=dcvv, expiry_time=ExpiryTime(milliseconds)
        )

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
    """Read the `type` of a request: None where it is absent or null."""
    value = payload.get("type")
    if value is None:
        return None
    for token_type in TokenType:
        if token_type.value == value:
            return token_type
    raise MalformedPayload("type must be ATM or CREDIT, or be absent (S7)", field="type")


def _require_expiry(value: object, error_type: PayloadError) -> int:
    """Return a number of milliseconds that is in the range of S7, or raise `error_type`."""
    if type(value) is int and 1 <= value <= _MAX_EXPIRY_MS:
        return value
    raise error_type(
        "expiryTime must be an integer from 1 to 9999999999999 (S7)", field="expiryTime"
    )
