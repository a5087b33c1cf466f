"""The notes of tran_token_v1.json."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note("S3", "A token as the documents describe it."),
    "SecretText": Note(
        "S3.3",
        "The key of the HMAC is the UTF-8 text as it was issued, whatever it looks like: letters, "
        "hex or base64.",
    ),
    "SecretForm": Note(
        "S5.4",
        "White space around a secret, or a control character in it, was left by a copy or a file. "
        "Taken as it is, it makes another secret; taken off, it hides a bad copy.",
    ),
    "SecretFirst": Note(
        "S5.4",
        "A secret is refused when it is set, before any message: here the token is malformed, too, "
        "and the stage is that of the secret.",
    ),
    "QuotedSecret": Note(
        "S5.4",
        "A pair of quotes around a secret was left by a shell, a settings file or a word "
        "processor. Taken as it is, it makes another secret; taken off, it hides a bad copy.",
    ),
    "BodyBytes": Note(
        "S3.2",
        "What is signed is the exact bytes of the body, be they text, binary, none or a mebibyte.",
    ),
    "TokenTime": Note("S3.1", "The 17 digits are a real date and time of day, to the millisecond."),
    "ImpossibleTime": Note(
        "S3.5",
        "No such date or time of day. Lenient readers roll over, or read 13 as 1 and 3 "
        "(CPython's strptime does).",
    ),
    "TimeDigits": Note(
        "S3.5",
        "Not 17 ASCII digits: other lengths, signs, blanks, other scripts' digits that int() "
        "takes.",
    ),
    "TokenForm": Note("S3.5", "The prefix, the colons or the length is wrong."),
    "MacSpelling": Note(
        "S3.5",
        "Base64 that decodes to the right MAC but is not its one spelling. A second spelling gets "
        "past a replay guard.",
    ),
    "MacLength": Note(
        "S3.4",
        "A part of the right MAC. Who compares as many bytes as came takes a guess of one byte.",
    ),
    "MacCharacters": Note(
        "S3.5",
        "Characters in the MAC that are no base64; naive code fails with a type error on them.",
    ),
    "Wrapping": Note(
        "S1.11",
        "Something around the token that a call of strip() would hide. Values are read as they "
        "came.",
    ),
    "WrongMac": Note("S3", "A well-formed token whose MAC is another one."),
    "NotCovered": Note(
        "S3.6", "The MAC covers the body alone: the same MAC is right under another time."
    ),
    "WrongBytesSigned": Note(
        "S3.8",
        "A mistake seen in public clients: the HMAC over something else than the body sent.",
    ),
    "WrongMacText": Note(
        "S3.8",
        "A mistake seen in public clients: the MAC written as hex, or as base64 without padding.",
    ),
    "Reserialised": Note(
        "S3.8",
        "A mistake seen in public clients: the body serialised again after it was signed.",
    ),
    "WrongSecretBytes": Note(
        "S3.8",
        "A mistake seen in public clients: the secret decoded as hex or base64 before use.",
    ),
    "DocumentedLength": Note(
        "S3.4",
        "The documents say 66 characters; their own sample, and what passes, has 67.",
    ),
    "HmacKey": Note(
        "S3",
        "Key sizes around SHA-256's block of 64 bytes, where HMAC hashes the key first (RFC 2104).",
    ),
    "LengthExtension": Note(
        "S3",
        "SHA-256 over key and message is no HMAC: it can be extended without the key.",
    ),
}
