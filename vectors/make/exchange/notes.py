"""The notes of exchange_v1.json."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note(
        "S4.6",
        "A call as the documents describe it, in each of the four combinations of plain and "
        "encrypted.",
    ),
    "TokenApi": Note(
        "S7",
        "The request and the answer of one whole call of POST "
        "/api/v2/payment/generate/onetimetoken.",
    ),
    "Payload": Note("S4.1", "Payloads of every kind."),
    "PayloadJson": Note(
        "S4.1",
        "A body, or what is encrypted in it, that is no strict JSON object; its sender is "
        "authentic.",
    ),
    "KeySizes": Note("S4.2", "RSA of 3072 and 4096 bits, and A256GCM."),
    "Protection": Note(
        "S4.8",
        "Plain where encrypted was due, or the other way round. What is due is said by the "
        "receiver's API.",
    ),
    "BrokenJwe": Note(
        "S4.2",
        "The JWE does not open, though its sender is authentic: one failure for every reason.",
    ),
    "Field": Note("S9.4", "An encrypted field in a message's place."),
    "Replay": Note(
        "S3.6",
        "The token proves the body alone, so a copy passes under any headers. An encrypted body "
        "is claimed by its crypto key id and MAC, a plain one by access key, correlation id and "
        "MAC, or by its MAC alone if the API says that its bodies are unique.",
    ),
    "CopiedKeyId": Note(
        "S11.2",
        "The MAC does not cover the crypto key id. A copy under the id of another pair does not "
        "open and burns its own claim only; one under another id of the same pair meets the claim.",
    ),
    "Repeat": Note(
        "S3.6",
        "What may rightly come again: a plain body under another correlation id, a payload "
        "encrypted anew.",
    ),
    "Sender": Note(
        "S3.6",
        "Not the sender that the headers say. Which of access key, state, asp id and MAC is "
        "wrong is not told.",
    ),
    "Reserialised": Note(
        "S3.8", "A mistake seen in public clients: the body serialised again after it was signed."
    ),
    "MistakeOfClients": Note("S3.8", "A mistake seen in public clients."),
    "Tolerance": Note(
        "S3.6", "The token's time against the receiver's clock, on both sides, to the millisecond."
    ),
    "Calendar": Note(
        "S1.10", "Year ends and leap days, in zones whose date is another one than the receiver's."
    ),
    "TimesApart": Note("S1.10", "Tran time and token time are at most 5 s apart."),
    "EmptyBody": Note(
        "S3.7",
        "One captured token fits every empty body, so they are refused unless they are allowed.",
    ),
    "Size": Note("S13", "A body longer than the limit is refused before anything else."),
    "Projects": Note(
        "S5.2",
        "Several projects at one gateway: the access key says whose request it is, and the keys of "
        "another project are of no use to it.",
    ),
    "ProjectState": Note("S5.1", "The state of the project key."),
    "CryptoKeyId": Note(
        "S1.4",
        "Which crypto key a request names: it is found by its id, within the project, and never "
        "tried.",
    ),
    "Rotation": Note(
        "S5.2",
        "Rings under rotation: the state of the key that the message names decides, whichever is "
        "primary.",
    ),
    "AnswerKey": Note(
        "S4.7",
        "The key that the answer names opens it, else the one that the request named, else none.",
    ),
    "Result": Note(
        "S6.1", "Another code than 000_000 is an error of the platform's, encrypted or not."
    ),
    "NoResult": Note(
        "S4.8",
        "No answer of this API: a proxy's page, no response.code, or success with another status "
        "than 200.",
    ),
    "Echo": Note(
        "S1.9", "Another correlation id is handed to the caller, and refused only when asked."
    ),
    "Callback": Note(
        "S10.1",
        "The platform calls the provider: no access key, the first key issued, the provider's "
        "own secret.",
    ),
    "CallbackKey": Note(
        "S10.3", "The first key issued, named or not, unless every key is allowed."
    ),
    "CallbackSecret": Note(
        "S10.2", "The project's own secret, and further candidates during a rotation."
    ),
    "Reflection": Note(
        "S10.4",
        "Nothing in the token marks direction: a provider's own plain request passes as a "
        "callback. An encrypted one does not open, for it is for the platform's key.",
    ),
}
