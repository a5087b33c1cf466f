"""Every error that kmcrypto raises on purpose.

    KmCryptoError                     abstract: catch it, never raise it
    |-- LocalError                    abstract: our side is wrong (settings, keys, payloads)
    |   |-- InvalidSetting            headers   a limit, a lane, a zone or another parameter
    |   |-- InvalidHeaderValue        headers   a value that may not be sent in an X-KM-* header
    |   |-- InvalidInstant            time      a clock reading or datetime outside 2000 to 2099
    |   |-- InvalidKey                key       a secret or RSA key that cannot be used
    |   |-- KeyUnavailable            key       a key that the call needs is not there
    |   |-- UnsealingFailed           key       a sealed project cannot be unsealed: one error
    |   |-- ReplayGuardFull           replay    no room for another claim (503)
    |   |-- ReplayGuardUnavailable    replay    the store of the claims did not answer (503)
    |   `-- InvalidPayload            payload   a body that cannot be sent
    `-- RemoteError                   abstract: the message that came in is wrong
        |-- BodyTooLarge              headers   longer than the limit (413)
        |-- EmptyBody                 headers   no body, where one is required (S3.7)
        |-- MissingHeader             headers   a required X-KM-* header is absent
        |-- DuplicateHeader           headers   an X-KM-* name came twice
        |-- UnexpectedHeader          headers   an X-KM-* header that must be absent came
        |-- MalformedHeader           headers   an X-KM-* value is not of its form
        |-- EchoMismatch              headers   an answer carries another correlation id
        |-- MalformedToken            token     the tran token is not of its form
        |-- SignatureMismatch         token     the sender is not who the headers say (401)
        |-- TimesDisagree             time      tran time and token time are too far apart
        |-- TimeOutOfTolerance        time      the request's time is too far from our clock
        |-- Replayed                  replay    this request was claimed before (409)
        |-- UnknownCryptoKey          key       the crypto key id is absent or names no usable key
        |-- InactiveKey               key       the key is not active (403)
        |-- DecryptionError           decrypt   the JWE cannot be decrypted: one error, any reason
        |-- WrongProtection           payload   plain instead of encrypted, or the other way round
        |-- MalformedPayload          payload   the body is not what the API describes
        |-- UnexpectedAnswer          result    an answer without a readable result
        `-- ResultError               result    the platform answered with another code than 000_000

The second column is the `stage`. A message cites the rule that was broken (S3.5, say) where the
protocol has one. It never holds a key, a plaintext or a value that came in; the exceptions are an
answer's HTTP status and a result code of the documented form (S6). Callers match on the class or on
`code`, and read the details from typed attributes. Every error can be pickled.

A new error is a class with a docstring, a `code` and a `stage`, a line in this tree, and a row in
tests/test_errors.py.
"""

from typing import Any, ClassVar, Literal

# Outcomes of a call that ended in an error (S6.4).
NOT_SENT = "not-sent"  # nothing was sent: correct the request and send it
REFUSED = "refused"  # the other side said no
UNKNOWN = "unknown"  # the call may have been carried out: ask, and do not repeat it

# The reason why a text is not the strict JSON that is expected (S4.10). A text with several faults
# has one reason: its encoding is looked at first, then the text from left to right up to the first
# fault, where an object counts as read at its end; then half surrogates, and the type at last.
JsonFault = Literal[
    "not-utf8",  # another encoding, or damage
    "byte-order-mark",  # UTF-8 with a byte order mark in front
    "syntax",  # not of JSON's grammar, cut off, or empty
    "number",  # NaN or Infinity, or a number outside a double's range
    "too-many-digits",  # an integer of over 64 digits; in a field, a decimal of over 128 characters
    "duplicate-member",  # a name that comes twice in an object
    "too-deep",  # over 64 levels
    "trailing-text",  # more text behind the value
    "half-surrogate",  # half a surrogate pair, escaped: it has no UTF-8
    "not-an-object",  # strict JSON, but a list, a text, a number, true, false or null
    "",  # the error concerns something else than this
]


class KmCryptoError(Exception):
    """The root of every error of this library; abstract.

    Attributes:
        code: A stable name in kebab-case.
        stage: The step that failed: headers, token, time, replay, key, decrypt, payload or result.
        text: The message of an error that always has the same one, so that no reason shows.
        http_status: The status that a server should answer with; on UnexpectedAnswer and
            ResultError, the status that came; 502 on another error of an answer.
        outcome: What an error of `Client.seal` or `Client.open`, or of a CallbackSender, says about
            the call (S6.4): NOT_SENT, REFUSED or UNKNOWN. None on every other error.
    """

    code: ClassVar[str]
    stage: ClassVar[str]
    text: ClassVar[str] = ""
    http_status: int = 500
    outcome: str | None = None

    def __init__(self, message: str = "") -> None:
        if not hasattr(self, "code"):
            raise TypeError(f"{type(self).__name__} is abstract: raise one of its subclasses")
        super().__init__(message or self.text)


class LocalError(KmCryptoError):
    """Our side is wrong: a setting, a key or a payload of the caller's; abstract."""


class RemoteError(KmCryptoError):
    """The message that came in is wrong; abstract.

    Attributes:
        authenticated: Whether a receiver had verified the MAC before it raised this error. Until
            then nothing is known about the sender, and a refusal must not tell one reason from
            another (S6.3).
    """

    authenticated: ClassVar[bool] = False
    http_status = 400


class InvalidSetting(LocalError):
    """A parameter is outside its range. It is checked before any request: hence the first stage."""

    code = "invalid-setting"
    stage = "headers"


class InvalidHeaderValue(LocalError):
    """A value that may not be sent in an X-KM-* header (S1)."""

    code = "invalid-header-value"
    stage = "headers"


class InvalidInstant(LocalError):
    """A clock reading or datetime that is naive, or outside 2000 to 2099 (S1.11)."""

    code = "invalid-instant"
    stage = "time"


class InvalidKey(LocalError):
    """Key material cannot be used: its text, size, type or exponent, or its pair (S5)."""

    code = "invalid-key"
    stage = "key"


class KeyUnavailable(LocalError):
    """The project lacks a key that the call needs, or may not use it in its state."""

    code = "key-unavailable"
    stage = "key"


class UnsealingFailed(LocalError):
    """A sealed project cannot be unsealed: the passphrase, the key or the blob is wrong."""

    code = "unsealing-failed"
    stage = "key"
    text = "the sealed project did not open: wrong passphrase or key, or damage"


class ReplayGuardFull(LocalError):
    """The replay guard has no room for another claim of this project: "try again later" (503)."""

    code = "replay-guard-full"
    stage = "replay"
    http_status = 503


class ReplayGuardUnavailable(LocalError):
    """The store of a replay guard did not take the claim: "try again later" (503).

    Its cause is the exception that the client of the store raised. The request was not accepted.
    But its claim may have been made, and then the same request, sent again, is a replay.
    """

    code = "replay-guard-unavailable"
    stage = "replay"
    http_status = 503


class InvalidPayload(LocalError):
    """A body cannot be sent.

    Attributes:
        field: The place of the value at fault, such as "orders[1].amount", or "" where the error
            concerns no single one; of FieldCipher, the selector at fault. Names are cut, and long
            numbers in them masked, so that it can be logged.
    """

    code = "invalid-payload"
    stage = "payload"
    field: str

    def __init__(self, message: str = "", *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class BodyTooLarge(RemoteError):
    """The body is longer than the receiver's limit."""

    code = "body-too-large"
    stage = "headers"
    http_status = 413


class EmptyBody(RemoteError):
    """A request has no body, so that one captured token would fit it for ever (S3.6, S3.7)."""

    code = "empty-body"
    stage = "headers"


class MissingHeader(RemoteError):
    """A required X-KM-* header is absent (S1)."""

    code = "missing-header"
    stage = "headers"


class DuplicateHeader(RemoteError):
    """An X-KM-* name came twice, in whatever case (S1.11)."""

    code = "duplicate-header"
    stage = "headers"


class UnexpectedHeader(RemoteError):
    """An X-KM-* header came where it must be absent: the access key on a callback (S10.1)."""

    code = "unexpected-header"
    stage = "headers"


class MalformedHeader(RemoteError):
    """An X-KM-* value is not of its form: its length, its alphabet, or no real date (S1, S2)."""

    code = "malformed-header"
    stage = "headers"


class EchoMismatch(RemoteError):
    """The answer does not carry the request's correlation id, and the caller requires that (S1.9).

    The answer was opened: the call was carried out, whoever dropped or changed the id.

    Attributes:
        answer: The opened Answer.
    """

    code = "echo-mismatch"
    stage = "headers"
    http_status = 502
    answer: Any

    def __init__(self, message: str = "", *, answer: Any = None) -> None:
        super().__init__(message)
        self.answer = answer


class MalformedToken(RemoteError):
    """The tran token is not in its one canonical form (S3.5)."""

    code = "malformed-token"
    stage = "token"


class SignatureMismatch(RemoteError):
    """The MAC, the access key, its state or the asp id is wrong; a receiver never says which."""

    code = "signature-mismatch"
    stage = "token"
    http_status = 401
    text = (
        "the tran token does not prove the sender (S3): its keys or asp id are not those known"
        " here, or the body is not the exact bytes that were signed"
    )


class TimesDisagree(RemoteError):
    """X-KM-Tran-Time and the token's time are more than 5 s apart (S1.10)."""

    code = "times-disagree"
    stage = "time"


class TimeOutOfTolerance(RemoteError):
    """The token's time is further from the receiver's clock than its tolerance, before or after.

    Attributes:
        skew_ms: How far the request's time is ahead of the receiver's clock, in milliseconds;
            negative: behind it. It is for one's own logs: no refusal shows it (S6.3).
    """

    code = "time-out-of-tolerance"
    stage = "time"
    authenticated = True
    skew_ms: int

    def __init__(self, message: str = "", *, skew_ms: int = 0) -> None:
        super().__init__(message)
        self.skew_ms = skew_ms


class Replayed(RemoteError):
    """This request was claimed before (S3.6)."""

    code = "replayed"
    stage = "replay"
    authenticated = True
    http_status = 409


class UnknownCryptoKey(RemoteError):
    """The required crypto key id is absent, or names no usable key of this project (S4.7, S5.2)."""

    code = "unknown-crypto-key"
    stage = "key"
    authenticated = True


class InactiveKey(RemoteError):
    """The project key or crypto key is inactive, and this side does not accept such keys."""

    code = "inactive-key"
    stage = "key"
    authenticated = True
    http_status = 403


class DecryptionError(RemoteError):
    """The JWE cannot be decrypted, whatever the reason.

    All reasons share one text: naming them would make an oracle.
    """

    code = "decryption-failed"
    stage = "decrypt"
    authenticated = True
    text = "the message could not be decrypted (S4)"


class WrongProtection(RemoteError):
    """The body is plain where it must be encrypted, or encrypted where it must be plain (S4.8)."""

    code = "wrong-protection"
    stage = "payload"
    authenticated = True


class MalformedPayload(RemoteError):
    """The body is not strict JSON, or not what the API describes.

    Attributes:
        field: The member at fault, or "" where the error concerns no single one.
        reason: Why the text is not the strict JSON that it must be: one of `JsonFault`, and "" for
            every other error. It is for one's own logs: no refusal shows it (S6.3).
    """

    code = "malformed-payload"
    stage = "payload"
    authenticated = True
    field: str
    reason: JsonFault

    def __init__(self, message: str = "", *, field: str = "", reason: JsonFault = "") -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


class UnexpectedAnswer(RemoteError):
    """An answer is not JSON, has no result code, or has 000_000 with HTTP other than 200 (S4.8).

    Nothing of the body is kept.

    Attributes:
        http_status: The HTTP status that came.
        reason: Why the text of an encrypted answer, which was decrypted, is not the strict JSON
            that it must be; "" for every other body, which may be a page of a proxy's.
    """

    code = "unexpected-answer"
    stage = "result"
    http_status: int = 502
    reason: JsonFault

    def __init__(
        self, message: str = "", *, http_status: int = 502, reason: JsonFault = ""
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.reason = reason


class ResultError(RemoteError):
    """The platform answered with another code than 000_000 (S6).

    Attributes:
        result_code: That code. Match on it and the endpoint, never on text (S6.2).
        description: The text beside it. It is remote text: do not log it unread.
        http_status: The HTTP status that came.
        correlation_id: The answer's correlation id; "" if it cannot be read (S1.9).
    """

    code = "result-error"
    stage = "result"
    result_code: str
    description: str
    correlation_id: str

    def __init__(
        self,
        message: str = "",
        *,
        result_code: str = "",
        description: str = "",
        http_status: int = 400,
        correlation_id: str = "",
    ) -> None:
        super().__init__(message)
        self.result_code = result_code
        self.description = description
        self.http_status = http_status
        self.correlation_id = correlation_id
