"""Refusals: the answer that a refused caller gets (S6.3).

The protocol knows no codes for a bad token, key, time or body, so those here are kmcrypto's own.
Each error belongs to a row of the table, and the answer says no more than that row. All errors that
an unauthenticated caller can provoke share one row, so that none of them tells a stranger anything.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .. import errors
from .._core.result import SUCCESS_CODE, result_payload
from .._core.values import Value, require_types
from ..encryption.message import write_payload


class Refusal(Value):
    """A row of the table.

    Args:
        result_code: The result code of the answer (S6.1).
        description: The text beside it.
        http_status: The HTTP status of the answer.

    Raises:
        InvalidSetting: The result code is that of success, 000_000.
    """

    result_code: str
    description: str
    http_status: int

    def __init__(self, result_code: str, description: str, http_status: int) -> None:
        require_types(
            result_code=(result_code, str),
            description=(description, str),
            http_status=(http_status, int),
        )
        if result_code == SUCCESS_CODE:
            raise errors.InvalidSetting("a refusal must not have the code of success (S6.3)")
        self._set_attributes(
            result_code=result_code, description=description, http_status=http_status
        )

    def body(self) -> bytes:
        """Write the body of the answer with this result (S6.1). Raises InvalidPayload."""
        return write_payload(result_payload(self.result_code, self.description))


_DEFAULT_REFUSALS = {
    # Everything that an unauthenticated caller can provoke.
    "unauthenticated": Refusal("990_001", "Request not accepted.", 401),
    # Errors of an authenticated sender, by their stage.
    "time": Refusal("990_002", "Request time not accepted.", 400),
    "replay": Refusal("990_003", "Request already received.", 409),
    "key": Refusal("990_004", "Key not accepted.", 400),
    "decrypt": Refusal("990_005", "Message not readable.", 400),
    "payload": Refusal("990_006", "Body not accepted.", 400),
    # Faults of our own side.
    "busy": Refusal("990_503", "Try again later.", 503),
    "internal": Refusal("990_500", "Internal error.", 500),
}
REFUSALS: Mapping[str, Refusal] = MappingProxyType(_DEFAULT_REFUSALS)


# The stages of a receiver at which the sender is known; each has a row of its own.
_AUTHENTICATED_STAGES = ("time", "replay", "key", "decrypt", "payload")


def refusal_row(error: errors.KmCryptoError) -> str:
    """Return the name of the row that an error belongs to.

    An error with an outcome, or of stage "result", comes from a call of our own, made while we
    served the request (S6.4). A caller's subclass may have any stage, or none. Both are "internal".
    """
    if isinstance(error, (errors.ReplayGuardFull, errors.ReplayGuardUnavailable)):
        return "busy"
    stage = getattr(error, "stage", None)
    if not isinstance(error, errors.RemoteError) or error.outcome or stage == "result":
        return "internal"
    if not error.authenticated:
        return "unauthenticated"
    return stage if stage in _AUTHENTICATED_STAGES else "internal"
