"""The tran token: `KMV1:` + 17 digits of time + `:` + base64 of HMAC-SHA256 over the body (S3).

The MAC covers the body and nothing else (S3.6). The token's time proves nothing, and neither do path, direction and
the other headers: a verified token says that somebody who held the secret once signed this body.

Reading is canonical (S3.5): 67 characters in one spelling, so that a MAC has one text and a replay guard can't be
passed by another spelling of it.
"""

from binascii import a2b_base64, b2a_base64
from itertools import product

from cryptography.exceptions import InvalidSignature

from .._core.scrub import Scrubbed
from .._core.values import expect
from ..clock import instant
from ..errors import KeyUnavailable, MalformedToken, SignatureMismatch
from ..keys.project_key import ProjectKey, Secret, keyed_hmac
from ..keys.state import DISCARDED

PREFIX = "KMV1:"
# "000:" to "999:". To format one in a request takes three times as long; to format them all here, four times.
MILLISECONDS = tuple(map("".join, product("0123456789", "0123456789", "0123456789", ":")))
# What may stand behind a token's second, and at its end: 32 bytes leave two bits of the last base64 character unused,
# and only those with zeros there are canonical.
_MILLISECONDS, _ENDS = (
    frozenset(MILLISECONDS),
    frozenset(map("".join, product("048AEIMQUYcgkosw", "="))),
)
_new = object.__new__  # looked up once, here


class TranToken(Scrubbed):
    """An X-KM-Tran-Token; `str()` gives its 67 characters, `compact17` the digits of its time (local, unproven).

    `local_second` is that time in seconds since 1970, zone left aside; `mac` is 32 bytes. `verify` compares in constant
    time, `==` does not.
    """

    # A value, and the one that is made for every request: in slots it costs half of what a `Value` does.
    __slots__ = ("_mac", "_second", "_text")
    compact17: str = property(lambda self: self._text[5:22])  # type: ignore[assignment]
    local_second: int = property(lambda self: self._second)  # type: ignore[assignment]
    mac: bytes = property(lambda self: self._mac)  # type: ignore[assignment]

    def __init__(self, compact17: str, mac: bytes) -> None:
        expect("a tran token is made of str digits and a bytes MAC", (compact17, str), (mac, bytes))
        made = TranToken.parse(f"{PREFIX}{compact17}:{b2a_base64(mac, newline=False).decode()}")
        self._mac, self._second, self._text = made.mac, made.local_second, str(made)

    @classmethod
    def sign(cls, secret: Secret | ProjectKey, body: bytes, *, at: instant.Instant) -> "TranToken":
        """Sign the exact bytes that will be sent; b"" where there is no body (S3.2).

        `secret` is the issued text (S3.3) or a ProjectKey, whose keyed HMAC is reused. Raises InvalidKey,
        and KeyUnavailable for a ProjectKey that is not active.
        """
        expect("at is an Instant", (at, instant.Instant))
        context = (
            secret._signing_hmac().copy() if isinstance(secret, ProjectKey) else keyed_hmac(secret)
        )
        if not isinstance(body, bytes):
            raise refused_body(body)
        context.update(body)
        return cls(at.compact17, context.finalize())

    @classmethod
    def parse(cls, text: str | bytes) -> "TranToken":
        """Read a header's value in its canonical form, or raise MalformedToken (S3.5)."""
        if type(text) is not str:
            expect("a tran token is str or bytes", (text, (str, bytes)))
            text = (
                str(text, "latin-1") if isinstance(text, bytes) else "".join(text)
            )  # a subclass stays out
        digits, recent = instant._recent  # looked at here: mostly it saves the call
        second = recent if text[5:19] == digits else instant.second_of_digits(text[5:19])
        # 67 characters; the documents' 66 is not what their own sample has (S3.4). That the base64 is canonical follows
        # from its end and the 32 bytes: these need all of its 43 characters, so none was skipped for not being of the
        # alphabet. A regular expression for the whole takes longer.
        try:
            mac = (
                a2b_base64(text[23:])
                if text[19:23] in _MILLISECONDS and text[65:68] in _ENDS
                else b""
            )
        except ValueError:
            mac = b""
        if second is None or len(mac) != 32 or text[:5] != PREFIX:
            raise MalformedToken(
                "the tran token is not KMV1:, 17 digits of a real time, : and canonical base64 (S3.5)"
            )
        token = _new(cls)
        token._text, token._mac, token._second = text, mac, second
        return token

    def verify(self, secret: Secret | ProjectKey, body: bytes) -> None:
        """Return if the MAC is that of `body` under `secret`, in constant time; else raise SignatureMismatch.

        A discarded ProjectKey is KeyUnavailable; whether an inactive one is taken is its caller's to say (S5.1).

        The expected MAC is compared inside `cryptography` and never becomes an object that could be looked at.
        """
        if not isinstance(secret, ProjectKey):
            context = keyed_hmac(secret)
        elif secret.state is DISCARDED:
            raise KeyUnavailable("a discarded project key verifies nothing (S5.1)")
        else:
            context = secret._hmac.copy()
        if not isinstance(body, bytes):
            raise refused_body(body)
        context.update(body)
        try:
            context.verify(self._mac)
        except InvalidSignature:
            raise SignatureMismatch() from None

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<TranToken {self.compact17}>"


def refused_body(body: object) -> TypeError:
    """The error for a body that is not bytes, which says why."""
    return TypeError(
        f"the body is {type(body).__name__}: serialise it once, sign and send those exact bytes (S3.2)"
    )
