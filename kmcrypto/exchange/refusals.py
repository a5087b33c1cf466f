"""What a refused caller is told (S6.3): the table of refusals, and the row for each error."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .. import errors
from ..encryption.message import write_payload


class Refusal(NamedTuple):
    """What a refused caller is told: a result code (S6.1), a description, and the HTTP status."""

    result_code: str
    description: str
    http_status: int

    def body(self) -> bytes:
        """The body of the answer that says so (S6.1)."""
        return write_payload(
            {"response": {"code": self.result_code, "description": self.description}}
        )


#: Kmcrypto's own codes (S6.3). The first row is everything that an unauthenticated caller can provoke; then, by
#: stage, what a sender who proved the key is told; then what is our own side's fault.
_OWN = {
    "unauthenticated": Refusal("900_001", "Request not accepted.", 401),
    "time": Refusal("900_002", "Request time not accepted.", 400),
    "replay": Refusal("900_003", "Request already received.", 409),
    "key": Refusal("900_004", "Key not accepted.", 400),
    "decrypt": Refusal("900_005", "Message not readable.", 400),
    "payload": Refusal("900_006", "Body not accepted.", 400),
    "busy": Refusal("900_503", "Try again later.", 503),
    "internal": Refusal("900_500", "Internal error.", 500),
}
REFUSALS: Mapping[str, Refusal] = MappingProxyType(_OWN)


def refusal_row(error: errors.KmCryptoError) -> str:
    if isinstance(error, errors.LocalError) or error.stage == "result":
        return "busy" if isinstance(error, errors.ReplayGuardFull) else "internal"
    return (
        error.stage
        if isinstance(error, errors.RemoteError) and error.authenticated
        else "unauthenticated"
    )
