"""The errors that negative cases end in: the stage that refuses, and kmcrypto's code for it."""

from typing import NamedTuple


class Error(NamedTuple):
    """Where a case is refused, and as what."""

    stage: str
    code: str


BODY_TOO_LARGE = Error("headers", "body-too-large")
DUPLICATE_HEADER = Error("headers", "duplicate-header")
ECHO_MISMATCH = Error("headers", "echo-mismatch")
EMPTY_BODY = Error("headers", "empty-body")
INVALID_SETTING = Error("headers", "invalid-setting")
MALFORMED_HEADER = Error("headers", "malformed-header")
MISSING_HEADER = Error("headers", "missing-header")
UNEXPECTED_HEADER = Error("headers", "unexpected-header")

MALFORMED_TOKEN = Error("token", "malformed-token")
SIGNATURE_MISMATCH = Error("token", "signature-mismatch")

INVALID_INSTANT = Error("time", "invalid-instant")
TIMES_DISAGREE = Error("time", "times-disagree")
TIME_OUT_OF_TOLERANCE = Error("time", "time-out-of-tolerance")

REPLAYED = Error("replay", "replayed")

INACTIVE_KEY = Error("key", "inactive-key")
INVALID_KEY = Error("key", "invalid-key")
UNKNOWN_CRYPTO_KEY = Error("key", "unknown-crypto-key")
UNSEALING_FAILED = Error("key", "unsealing-failed")

DECRYPTION_FAILED = Error("decrypt", "decryption-failed")

INVALID_PAYLOAD = Error("payload", "invalid-payload")
MALFORMED_PAYLOAD = Error("payload", "malformed-payload")
WRONG_PROTECTION = Error("payload", "wrong-protection")

RESULT_ERROR = Error("result", "result-error")
UNEXPECTED_ANSWER = Error("result", "unexpected-answer")
