"""The tran token: `KMV1:` + 17 digits of time + `:` + base64 of HMAC-SHA256 over the body (S3).

The MAC covers the body and nothing else (S3.6). The token's time proves nothing, and neither do path, direction and
the other headers: a verified token says that somebody who held the secret once signed this body.

Reading is canonical (S3.5): 67 characters in one spelling, so that a MAC has one text and a replay guard can't be
passed by another spelling of it.
"""

from binascii import b2a_base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hmac import HMAC

from .._border import Value, expect
from .._strict import NotStrict, from_base64, is_digits
from ..errors import KeyUnavailable, MalformedToken, SignatureMismatch
from ..keys.project import KeyState, ProjectKey, keyed_hmac
from .instant import Instant, second_of_digits

PREFIX = "KMV1:"
LENGTH = 67  # 5 + 17 + 1 + 44; the documents' 66 is not what their own sample has (S3.4)


class TranToken(Value):
    """An X-KM-Tran-Token; `str()` gives its 67 characters, `compact17` the digits of its time (local, unproven).

    `local_second` is that time in seconds since 1970, zone left aside; `mac` is 32 bytes. `verify` compares in constant
    time, `==` does not.
    """

    compact17: str
    mac: bytes
    local_second: int

    def __init__(self, compact17: str, mac: bytes) -> None:
        expect("a tran token is made of str digits and a bytes MAC", (compact17, str), (mac, bytes))
        self._checked(compact17, mac)

    def _checked(self, compact17: str, mac: bytes) -> "TranToken":
        second = second_of_digits(compact17[:14])
        if second is None or len(compact17) != 17 or not is_digits(compact17[14:]) or len(mac) != 32:
            raise MalformedToken("a tran token has 17 digits of a real time and a MAC of 32 bytes (S3.5)")
        return self._fill(compact17=compact17, mac=mac, local_second=second)

    @classmethod
    def sign(cls, secret: str | bytes | ProjectKey, body: bytes, *, at: Instant) -> "TranToken":
        """Sign the exact bytes that will be sent; b"" where there is no body (S3.2).

        `secret` is the issued text (S3.3) or a ProjectKey, whose keyed HMAC is reused. Raises InvalidKey,
        and KeyUnavailable for a ProjectKey that is not active.
        """
        expect("at is an Instant", (at, Instant))
        if isinstance(secret, ProjectKey) and secret.state is not KeyState.ACTIVE:
            raise KeyUnavailable("only an active project key signs (S5.1)")
        return object.__new__(cls)._checked(at.compact17, _hmac_over(secret, body).finalize())

    @classmethod
    def parse(cls, text: str | bytes) -> "TranToken":
        """Read a header's value in its canonical form, or raise MalformedToken (S3.5)."""
        if not isinstance(text, (str, bytes)):
            raise TypeError("a tran token is str or bytes")
        token = text if isinstance(text, str) else str(text, "latin-1")
        try:
            if len(token) != LENGTH or token[:5] != PREFIX or token[22] != ":":
                raise NotStrict
            mac = from_base64(token[23:])
        except NotStrict:
            raise MalformedToken("the tran token is not KMV1:, 17 digits, : and 44 base64 characters (S3.5)") from None
        return object.__new__(cls)._checked(token[5:22], mac)

    def verify(self, secret: str | bytes | ProjectKey, body: bytes) -> None:
        """Return if the MAC is that of `body` under `secret`, in constant time; else raise SignatureMismatch.

        A discarded ProjectKey is KeyUnavailable; whether an inactive one is taken is its caller's to say (S5.1).

        The expected MAC is compared inside `cryptography` and never becomes an object that could be looked at.
        """
        if isinstance(secret, ProjectKey) and secret.state is KeyState.DISCARDED:
            raise KeyUnavailable("a discarded project key verifies nothing (S5.1)")
        try:
            _hmac_over(secret, body).verify(self.mac)
        except InvalidSignature:
            raise SignatureMismatch() from None

    def __str__(self) -> str:
        return f"{PREFIX}{self.compact17}:{b2a_base64(self.mac, newline=False).decode()}"

    def __repr__(self) -> str:
        return f"<TranToken {self.compact17}>"


def _hmac_over(secret: str | bytes | ProjectKey, body: bytes) -> HMAC:
    """The HMAC over a body, not yet finalized. Bytes only: only they are what is sent."""
    if not isinstance(body, bytes):
        raise refused_body(body)
    context = secret._hmac.copy() if isinstance(secret, ProjectKey) else keyed_hmac(secret)
    context.update(body)
    return context


def refused_body(body: object) -> TypeError:
    """The error for a body that is not bytes, which says why."""
    kind = type(body).__name__
    return TypeError(f"the body is {kind}: serialise it once, then sign and send those exact bytes (S3.2)")
