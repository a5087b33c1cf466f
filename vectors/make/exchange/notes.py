"""The notes of exchange_v1.json, and the names of its outcomes."""

DECRYPT, BAD, WRONG = (
    "decrypt decryption-failed",
    "payload malformed-payload",
    "payload wrong-protection",
)
MISMATCH, BAD_TOKEN, REPLAYED = (
    "token signature-mismatch",
    "token malformed-token",
    "replay replayed",
)
LATE, DISAGREE = "time time-out-of-tolerance", "time times-disagree"
UNKNOWN, INACTIVE = "key unknown-crypto-key", "key inactive-key"
UNEXPECTED, RESULT = "result unexpected-answer", "result result-error"

NOTES = {
    "Normal": ("S4.6", "A call as the documents describe it, in each of the four combinations of plain and encrypted."),
    "TokenApi": ("S7", "The request and the answer of one whole call of POST /api/v2/payment/generate/onetimetoken."),
    "Payload": ("S4.1", "Payloads of every kind."),
    "PayloadJson": ("S4.1", "A body, or what is encrypted in it, that is no strict JSON object; its sender is authentic."),
    "KeySizes": ("S4.2", "RSA of 3072 and 4096 bits, and A256GCM."),
    "Protection": ("S4.8", "Plain where encrypted was due, or the other way round. What is due is said by the receiver's API."),
    "BrokenJwe": ("S4.2", "The JWE does not open, though its sender is authentic: one failure for every reason."),
    "Field": ("S9.4", "An encrypted field in a message's place."),
    "Replay": (
        "S3.6",
        "The token proves the body alone, so a copy passes under any headers. An encrypted body is claimed by its MAC, a "
        "plain one with access key and correlation id, unless the API says that its bodies are unique.",
    ),
    "Repeat": ("S3.6", "What may rightly come again: a plain body under another correlation id, a payload encrypted anew."),
    "Sender": ("S3.6", "Not the sender that the headers say. Which of access key, state, asp id and MAC is wrong is not told."),
    "Reserialised": ("S3.8", "A mistake seen in public clients: the body serialised again after it was signed."),
    "MistakeOfClients": ("S3.8", "A mistake seen in public clients."),
    "Tolerance": ("S3.6", "The token's time against the receiver's clock, on both sides, to the millisecond."),
    "Calendar": ("S1.10", "Year ends and leap days, in zones whose date is another one than the receiver's."),
    "TimesApart": ("S1.10", "Tran time and token time are at most 5 s apart."),
    "EmptyBody": ("S3.7", "One captured token fits every empty body, so they are refused unless they are allowed."),
    "Size": ("S4.1", "A body longer than the limit is refused before anything else."),
    "ProjectState": ("S5.1", "The state of the project key."),
    "CryptoKeyId": ("S1.4", "Which crypto key a request names: it is found by its id, within the project, and never tried."),
    "Rotation": ("S5.2", "Rings under rotation: the state of the key that the message names decides, whichever is primary."),
    "Headers": ("S1.9", "What an answer's headers must be."),
    "AnswerKey": ("S4.7", "The key that the answer names opens it, else the one that the request named, else none."),
    "Result": ("S6.1", "Another code than 000_000 is an error of the platform's, encrypted or not."),
    "NoResult": ("S4.8", "No answer of this API: a proxy's page, no response.code, or success with another status than 200."),
    "Echo": ("S1.9", "Another correlation id is handed to the caller, and refused only when asked."),
    "Callback": ("S10.1", "The platform calls the provider: no access key, the first key issued, the provider's own secret."),
    "CallbackKey": ("S10.3", "The first key issued, named or not, unless every key is allowed."),
    "CallbackSecret": ("S10.2", "The project's own secret, and further candidates during a rotation."),
    "Reflection": (
        "S10.4",
        "Nothing in the token marks direction: a provider's own plain request passes as a callback. An encrypted one does "
        "not open, for it is for the platform's key.",
    ),
}  # fmt: skip
