"""The notes of message_v1.json."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note(
        "S4.1",
        "A JSON object of one member, encData, whose string is a compact JWE of the JSON text of "
        "the body.",
    ),
    "EnvelopeSpelling": Note("S4.1", "Other spellings of the same JSON."),
    "Payload": Note("S4.1", "Payloads of every kind: nested, not ASCII, with unusual numbers."),
    "Size": Note("S13", "A body longer than the limit is refused before it is parsed."),
    "PlainBody": Note(
        "S4.8", "A plain body where an encrypted one is due is refused, never taken."
    ),
    "NotOneMember": Note("S4.1", "A second member, or another name: that is a plain body."),
    "NotText": Note("S4.1", "encData is a string."),
    "EnvelopeJson": Note(
        "S4.1",
        "The body is one object of strict UTF-8 JSON, without names that come twice.",
    ),
    "PayloadJson": Note("S4.1", "So is the text within, which is read once the JWE was opened."),
    "Field": Note(
        "S9.4", "An encrypted field, which says its place in km-path, in a message's place."
    ),
    "Kid": Note("S4.4", "A kid that is read equals the id that is due."),
    "BrokenJwe": Note(
        "S4.2",
        "The JWE does not open: one failure for every reason. jwe_v1.json has them all.",
    ),
}
