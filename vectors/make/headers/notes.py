"""The notes of headers_v1.json."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note("S1.1", "The headers as the documents list them."),
    "Names": Note("S1.11", "Names are matched in any case and any order."),
    "AsItCame": Note("S1.11", "A value is read as it came, in whatever case its letters are."),
    "OtherHeaders": Note(
        "S1.11",
        "Other headers are not looked at, X-KM-* names that S1 does not have included: they may be "
        "empty, long, or come twice.",
    ),
    "Missing": Note("S1.1", "A required header is absent, or its name is another one."),
    "Duplicate": Note(
        "S1.11",
        "A name that comes twice: two readers would see two requests (CVE-2026-34525 is one of "
        "many).",
    ),
    "Joined": Note(
        "S1.11",
        "A proxy that joins a name that came twice makes one value, which is not of its form "
        "(RFC 9110, 5.3).",
    ),
    "VisibleAscii": Note(
        "S1.11",
        "Control characters, blanks and what a library cuts to them: header injection and log "
        "forging.",
    ),
    "ValueForm": Note("S1.1", "A value of another length or alphabet."),
    "MistakeOfClients": Note("S3.8", "A mistake seen in public clients."),
    "Zone": Note(
        "S1.7",
        "Three letters that a table turns into a fixed offset: UTC, KST, and those that were "
        "added.",
    ),
    "UnknownZone": Note(
        "S1.7", "A zone that the receiver's table does not have is refused, never guessed."
    ),
    "WrongZone": Note("S1.7", "The times are those of another zone than the label says."),
    "TimesApart": Note("S1.10", "Tran time and token time are at most 5 s apart."),
    "Years": Note(
        "S1.12",
        "The tolerance refuses a token outside 2000 to 2099 in its zone, and a clock outside of "
        "them in UTC, however near the two are.",
    ),
    "CorrelationTime": Note("S1.10", "The correlation id's time need only be real."),
    "Sender": Note(
        "S3.6",
        "The sender is not who the headers say. Which of access key, asp id and MAC is wrong is "
        "not told.",
    ),
    "TokenForm": Note("S3.5", "The tran token is not of its one form."),
    "CryptoKeyId": Note(
        "S1.4", "An id is compared exactly, and names a key of the project or none."
    ),
    "Callback": Note("S10.1", "A callback carries no access key."),
    "Answer": Note(
        "S1.9",
        "An answer has a correlation id, and perhaps a crypto key id; another correlation id is "
        "handed to the caller.",
    ),
}
