"""The tran token: `KMV1:` + 17 digits of time + `:` + base64 of HMAC-SHA256 over the body (S3).

The MAC covers the body and nothing else (S3.6). The token's time proves nothing, and neither do the
path, the direction and the other headers: a verified token says that somebody who had the secret
once signed this body.

Reading is canonical (S3.5): a token has one spelling of 67 characters, so that no other spelling of
its MAC gets past a replay guard. One regular expression is that form; the calendar does the rest.
"""

import re
from binascii import a2b_base64, b2a_base64

from cryptography.exceptions import InvalidSignature

from .._core.forms import decode_latin1
from .._core.scrub import Scrubbed, holds_no_secret, scrub, scrubs_itself
from .._core.values import require_types
from ..clock.instant import Instant, second_of_digits
from ..errors import InvalidHeaderValue, MalformedToken, SignatureMismatch
from ..keys.project_key import ProjectKey, Secret, signing_hmac, verifying_hmac

PREFIX = "KMV1:"

# The way out for a caller whose body is not bytes, by the direction of the message.
SENDING = "serialise it once, then sign and send those exact bytes (S3.2)"
RECEIVING = "pass the exact bytes that came, before anything parses them (S3.2)"
_LAMBDA_BODY = "encode that of a Lambda event, or decode its base64 if isBase64Encoded is true"

# S3.5, in groups: the 14 digits of the second, and the MAC. 32 bytes leave two bits of the last
# base64 character unused; the sixteen characters at that place are those that have zeros there.
_FORM = r"KMV1:([0-9]{14})[0-9]{3}:([0-9A-Za-z+/]{42}[048AEIMQUYcgkosw]=)"


def _compile_and_match(text: str, /) -> "re.Match[str] | None":
    global _match_form
    _match_form = re.compile(_FORM).fullmatch
    return _match_form(text)


# After its first call this is the compiled form: a Signer, which reads no token, loads without it.
_match_form = _compile_and_match

_new_object = object.__new__  # looked up once, not for each token that comes in


class TranToken(Scrubbed):
    """An X-KM-Tran-Token; str() gives its text. `==` does not compare in constant time.

    A token that came in is read with `parse`.

    Args:
        compact17: The digits of its time, `yyyyMMddHHmmssSSS` (S3.1).
        mac: Its HMAC-SHA256, 32 bytes.

    Raises:
        InvalidHeaderValue: The digits are no real date and time, or the MAC is not 32 bytes.
    """

    # Slots halve the cost of a token, and each request that comes in makes one.
    __slots__ = ("_mac", "_second", "_text")

    def __init__(self, compact17: str, mac: bytes) -> None:
        require_types(compact17=(compact17, str), mac=(mac, bytes))
        encoded_mac = b2a_base64(mac, newline=False).decode()
        try:
            self._set(f"{PREFIX}{compact17}:{encoded_mac}")
        except MalformedToken:
            raise InvalidHeaderValue(
                "a tran token must have 17 digits of a real time and a MAC of 32 bytes (S3.1, S3.4)"
            ) from None

    @property
    def compact17(self) -> str:
        """The digits of its time, `yyyyMMddHHmmssSSS`: local, and proved by nothing (S3.6)."""
        return self._text[5:22]

    @property
    @holds_no_secret
    def local_second(self) -> int:
        """Its time as the digits name it: seconds since 1970, the zone left aside."""
        return self._second

    @property
    @holds_no_secret
    def local_ms(self) -> int:
        """Its time as the digits name it: milliseconds since 1970, the zone left aside."""
        return self._second * 1000 + int(self._text[19:22])

    @property
    @holds_no_secret
    def mac(self) -> bytes:
        """Its MAC: 32 bytes."""
        return self._mac

    @classmethod
    def sign(cls, secret: Secret | ProjectKey, body: bytes, *, at: Instant) -> "TranToken":
        """Sign the exact bytes that will be sent.

        Args:
            secret: The text as it was issued (S3.3), or a ProjectKey, which has it hashed already.
            body: The bytes; b"" if there is no body (S3.2).
            at: The time of the token, in the zone of X-KM-Time-Zone.

        Raises:
            InvalidKey: The secret is not as S5.4 has it.
            KeyUnavailable: The ProjectKey is not active.
        """
        require_types(at=(at, Instant))
        hmac = signing_hmac(secret)
        if not isinstance(body, bytes):
            raise body_type_error(body, SENDING)
        hmac.update(body)
        return cls(at.compact17, hmac.finalize())

    @classmethod
    @scrubs_itself
    def parse(cls, text: str | bytes) -> "TranToken":
        """Read the value of a header.

        Args:
            text: 67 characters of the one form of S3.5, as they came.

        Raises:
            MalformedToken: The value has another form.
        """
        token = _new_object(cls)
        try:
            token._set(text)
            return token
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del token, text, leaving

    @scrubs_itself
    def verify(self, secret: Secret | ProjectKey, body: bytes) -> None:
        """Return if the MAC is that of the body under the secret, compared in constant time.

        The expected MAC is compared inside `cryptography`; it never becomes a Python object.

        Args:
            secret: The text as it was issued (S3.3), or a ProjectKey. It may be inactive: whether
                such keys are accepted is up to the caller (S5.1).
            body: The exact bytes that came; b"" if there is no body.

        Raises:
            SignatureMismatch: The MAC is another one.
            InvalidKey: The secret is not as S5.4 has it.
            KeyUnavailable: The ProjectKey is discarded.
        """
        hmac = None
        try:
            hmac = verifying_hmac(secret)
            if not isinstance(body, bytes):
                raise received_body_type_error(body)
            hmac.update(body)
            hmac.verify(self._mac)
            return
        except InvalidSignature:
            leaving: BaseException = SignatureMismatch()
        except BaseException as error:
            leaving = error
        try:
            raise scrub(leaving)
        finally:
            del self, secret, body, hmac, leaving

    def _set(self, text: str | bytes) -> None:
        """Set the slots by a text in its canonical form; raise MalformedToken for any other."""
        if type(text) is not str:
            text = _as_str(text)
        match = _match_form(text)
        if match is None:
            raise _malformed()
        digits, encoded_mac = match.groups()
        second = second_of_digits(digits)
        if second is None:
            raise _malformed()
        self._text = text
        self._mac = a2b_base64(encoded_mac)
        self._second = second

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))

    @holds_no_secret
    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<TranToken {self.compact17}>"


def _as_str(text: str | bytes) -> str:
    require_types(text=(text, (str, bytes)))
    if isinstance(text, bytes):
        return decode_latin1(text)
    return "".join(text)  # a plain str in the place of a subclass


def _malformed() -> MalformedToken:
    return MalformedToken(
        "the tran token must be KMV1:, 17 digits of a real time, : and canonical base64 (S3.5)"
    )


def received_body(body: object) -> bytes:
    """Return the bytes of a body that came in as another type than bytes.

    Raises TypeError for what has no bytes of its own.
    """
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    raise received_body_type_error(body)


def received_body_type_error(body: object) -> TypeError:
    """Return the error for a body that came in and is not bytes."""
    advice = f"{_way_to_bytes(body)}{RECEIVING}"
    if _is_of_lambda(body):
        advice = f"{advice}; {_LAMBDA_BODY}"
    return body_type_error(body, advice)


def _is_of_lambda(body: object) -> bool:
    """Whether this may be the text of an event of AWS Lambda, or is the whole event."""
    return isinstance(body, str) or (isinstance(body, dict) and "isBase64Encoded" in body)


def _way_to_bytes(body: object) -> str:
    """Say how to get the body from what frameworks have in its place: a coroutine, a file."""
    if hasattr(type(body), "__await__"):
        return "await it; "
    if hasattr(type(body), "read"):
        return "read it; "
    if callable(body):
        return "call it; "
    return ""


def body_type_error(body: object, advice: str) -> TypeError:
    """Return the error for a body that is not bytes; the advice is SENDING or RECEIVING (D1)."""
    return TypeError(f"body must be bytes, not {type(body).__name__}: {advice}")
