"""Everything that kmcrypto raises on purpose.

    KmCryptoError                     abstract: catch it, never raise it
    |-- LocalError                    abstract: our side is wrong (settings, keys, payloads)
    |   |-- InvalidSetting            headers   a limit, a lane, a zone or another parameter
    |   |-- InvalidHeaderValue        headers   a value that may not be sent in an X-KM-* header
    |   |-- InvalidInstant            time      a clock reading or datetime that the wire can't carry
    |   |-- InvalidKey                key       a secret or RSA key that can't be used
    |   |-- KeyUnavailable            key       a key or half that the call needs is not there
    |   |-- UnsealingFailed           key       a sealed project did not open: one error for every reason
    |   |-- ReplayGuardFull           replay    no room for another claim (503)
    |   `-- InvalidPayload            payload   a body that can't be sent
    `-- RemoteError                   abstract: what came in is wrong
        |-- BodyTooLarge              headers   longer than the limit (413)
        |-- EmptyBody                 headers   nothing in it, and that was not allowed (S3.7)
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
        |-- DecryptionError           decrypt   the JWE did not open: one error for every reason
        |-- WrongProtection           payload   plain where encrypted was due, or the other way round
        |-- MalformedPayload          payload   the body is not what the API describes
        |-- UnexpectedAnswer          result    an answer without a readable result
        `-- ResultError               result    the platform answered with another code than 000_000

The second column is the `stage`. Messages name the SPEC rule and never hold anything that came in, a key or a
plaintext; what a caller needs is in typed attributes. Every error can be pickled.
"""

from typing import ClassVar


class KmCryptoError(Exception):
    """The root of every error of this library; abstract.

    `code` is a stable kebab-case name, `stage` the step that failed (headers, token, time, replay, key, decrypt,
    payload, result) and `http_status` a hint for a server that has to answer.
    """

    code: ClassVar[str]
    stage: ClassVar[str]
    text: ClassVar[str] = ""
    http_status: int = 500

    def __init_subclass__(cls, **facts: object) -> None:
        """What the line of a class says of it; what it leaves out is inherited."""
        super().__init_subclass__()
        for name, fact in facts.items():
            setattr(cls, name, fact)

    def __init__(self, message: str = "", **facts: object) -> None:
        """`message` is the class's one `text` where it is left out; `facts` are the attributes that the class names."""
        if not hasattr(type(self), "code") or not all(hasattr(type(self), name) for name in facts):
            raise TypeError(f"{type(self).__name__} is abstract, or has no such attributes")
        super().__init__(message or self.text)
        vars(self).update(facts)


class LocalError(KmCryptoError):
    """Our side is wrong: a setting, a key or a payload of the caller's; abstract."""


class RemoteError(KmCryptoError, http_status=400):
    """What came in is wrong; abstract.

    `authenticated` tells whether a receiver had verified the MAC before it raised this: until then nothing is known
    about the sender, and a refusal must not tell one reason from another (S6.3).
    """

    authenticated: ClassVar[bool] = False


class InvalidSetting(LocalError, code="invalid-setting", stage="headers"):
    """A parameter is outside its range. Found before any request, hence of the first stage."""


class InvalidHeaderValue(LocalError, code="invalid-header-value", stage="headers"):
    """A value that may not be sent in an X-KM-* header (S1)."""


class InvalidInstant(LocalError, code="invalid-instant", stage="time"):
    """A clock reading or a datetime that the wire can't carry: naive, or outside 2000 to 2099 (S1.11)."""


class InvalidKey(LocalError, code="invalid-key", stage="key"):
    """Key material that can't be used: text, size, type, exponent, or halves that don't belong together (S5)."""


class KeyUnavailable(LocalError, code="key-unavailable", stage="key"):
    """The call needs a key or a half of one that the project does not have, or may not use in its state."""


class UnsealingFailed(LocalError, code="unsealing-failed", stage="key"):
    """A sealed project did not open: the passphrase or key is wrong, or the blob is not what was sealed."""

    text = "the sealed project did not open: wrong passphrase or key, or damage"


class ReplayGuardFull(LocalError, code="replay-guard-full", stage="replay", http_status=503):
    """The replay guard has no room for another live claim: answer "try again later" (503)."""


class InvalidPayload(LocalError, code="invalid-payload", stage="payload"):
    """A body that can't be sent; `field` names the member at fault where one is to blame, else it is empty."""

    field: str = ""


class BodyTooLarge(RemoteError, code="body-too-large", stage="headers", http_status=413):
    """The body is longer than the receiver's limit."""


class EmptyBody(RemoteError, code="empty-body", stage="headers"):
    """A request without a body, which one captured token would fit for ever (S3.6, S3.7)."""


class MissingHeader(RemoteError, code="missing-header", stage="headers"):
    """A required X-KM-* header is absent (S1)."""


class DuplicateHeader(RemoteError, code="duplicate-header", stage="headers"):
    """An X-KM-* name came twice, in whatever case (S1.11)."""


class UnexpectedHeader(RemoteError, code="unexpected-header", stage="headers"):
    """An X-KM-* header came where it must be absent: the access key on a callback (S10.1)."""


class MalformedHeader(RemoteError, code="malformed-header", stage="headers"):
    """An X-KM-* value is not of its form: length, alphabet, or not a real date (S1, S2)."""


class EchoMismatch(RemoteError, code="echo-mismatch", stage="headers", http_status=502):
    """The answer's correlation id is not the request's, and the caller asked for that (S1.9)."""


class MalformedToken(RemoteError, code="malformed-token", stage="token"):
    """The tran token is not in its one canonical form (S3.5)."""


class SignatureMismatch(RemoteError, code="signature-mismatch", stage="token", http_status=401):
    """The MAC, the access key, its state or the asp id is wrong; a receiver never says which."""

    text = "the tran token does not prove the sender (S3)"


class TimesDisagree(RemoteError, code="times-disagree", stage="time"):
    """X-KM-Tran-Time and the token's time are more than 5 s apart (S1.10)."""


class TimeOutOfTolerance(
    RemoteError, code="time-out-of-tolerance", stage="time", authenticated=True
):
    """The token's time is further from the receiver's clock than its tolerance, in the past or in the future."""


class Replayed(RemoteError, code="replayed", stage="replay", authenticated=True, http_status=409):
    """This request was claimed before (S3.6)."""


class UnknownCryptoKey(RemoteError, code="unknown-crypto-key", stage="key", authenticated=True):
    """The crypto key id is absent where one is due, or names no key of this project that may be used (S4.7, S5.2)."""


class InactiveKey(
    RemoteError, code="inactive-key", stage="key", authenticated=True, http_status=403
):
    """The project key or crypto key is inactive, and the receiver was not told to take such keys."""


class DecryptionError(RemoteError, code="decryption-failed", stage="decrypt", authenticated=True):
    """The JWE did not open. One text for every reason: which one it was would be an oracle."""

    text = "the message could not be decrypted (S4)"


class WrongProtection(RemoteError, code="wrong-protection", stage="payload", authenticated=True):
    """Plain where encrypted was due, or encrypted where plain was due (S4.8)."""


class MalformedPayload(RemoteError, code="malformed-payload", stage="payload", authenticated=True):
    """The body is not strict JSON, or not what the API describes; `field` names the member at fault, if any."""

    field: str = ""


class UnexpectedAnswer(RemoteError, code="unexpected-answer", stage="result", http_status=502):
    """An answer that is not JSON, has no result code, or says 000_000 with another status than 200 (S4.8).

    `http_status` is the status that came; nothing of the body is kept.
    """


class ResultError(RemoteError, code="result-error", stage="result"):
    """The platform answered with another code than 000_000 (S6).

    `result_code` is that code (match on it and the endpoint, never on text: S6.2), `description` the text beside it
    (remote text: don't log it unread), `http_status` the status that came, `correlation_id` the answer's id.
    """

    result_code: str = ""
    description: str = ""
    correlation_id: str = ""
