"""What is wrong with a refused request, in one line for its operator.

The caller of a refused request learns nothing of this (S6.3).
"""

from ..._core.values import Frozen
from ...errors import KmCryptoError, TimeOutOfTolerance

Pairs = list[tuple[str, str]]  # names and values of headers, as they came

# What to do, for the errors whose text does not say it.
_ADVICE = {
    "decryption-failed": (
        "encrypt to the platform's public key with RSA-OAEP-256 (SHA-256 for MGF1, too) and A128GCM"
        " or A256GCM; kmcrypto.jwe.inspect shows what can be seen of a token"
    ),
    "replayed": "seal each request anew: one that came before is refused",
    "time-out-of-tolerance": "set the clock and the time zone of the sender right",
    "unknown-crypto-key": "send X-KM-Crypto-Key-Id with the id of the project's crypto key (S1.4)",
}


class RefusedRequest(Frozen):
    """A request that was refused, as it came, and the error. Its repr shows nothing of it."""

    path: str
    headers: Pairs
    body: bytes
    error: KmCryptoError

    def __init__(self, path: str, headers: Pairs, body: bytes, error: KmCryptoError) -> None:
        self._set_attributes(path=path, headers=headers, body=body, error=error)

    def __repr__(self) -> str:
        return f"<RefusedRequest {self.error.code}>"


def first_finding(request: RefusedRequest) -> str:
    """Return what is wrong with a refused request and what to do, without a secret.

    It is the error's code, what the error says, and what its reader can do.
    """
    error = request.error
    text = f"{error.code}: {error}"
    if isinstance(error, TimeOutOfTolerance):
        text += f", by {error.skew_ms / 1000:+.3f} s"
    advice = _ADVICE.get(error.code)
    return text if advice is None else f"{text}; {advice}"
