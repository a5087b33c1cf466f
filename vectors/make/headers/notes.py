"""The notes of headers_v1.json, and its table of values that are not of their form."""

ABSENT, TWICE, BAD = (
    "headers missing-header",
    "headers duplicate-header",
    "headers malformed-header",
)
BAD_TOKEN, MISMATCH = "token malformed-token", "token signature-mismatch"
DISAGREE, LATE, UNKNOWN = (
    "time times-disagree",
    "time time-out-of-tolerance",
    "key unknown-crypto-key",
)

NOTES = {
    "Normal": ("S1.1", "The headers as the documents list them."),
    "Names": ("S1.11", "Names are matched in any case and any order."),
    "OtherHeaders": ("S1.11", "Headers that are not X-KM-* are not looked at; unknown X-KM-* ones must be sound."),
    "Missing": ("S1.1", "A required header is absent, or its name is another one."),
    "Duplicate": ("S1.11", "A name that comes twice: two readers would see two requests (CVE-2026-34525 is one of many)."),
    "Joined": ("S1.11", "A proxy that joins a name that came twice makes one value, which is not of its form (RFC 9110, 5.3)."),
    "VisibleAscii": ("S1.11", "Control characters, blanks and what a library cuts to them: header injection and log forging."),
    "ValueForm": ("S1.1", "A value of another length or alphabet."),
    "MistakeOfClients": ("S3.8", "A mistake seen in public clients."),
    "Zone": ("S1.7", "Three letters that a table turns into a fixed offset: UTC, KST, and those that were added."),
    "UnknownZone": ("S1.7", "A zone that the receiver's table does not have is refused, never guessed."),
    "WrongZone": ("S1.7", "The times are those of another zone than the label says."),
    "TimesApart": ("S1.10", "Tran time and token time are at most 5 s apart."),
    "CorrelationTime": ("S1.10", "The correlation id's time need only be real."),
    "Sender": ("S3.6", "The sender is not who the headers say. Which of access key, asp id and MAC is wrong is not told."),
    "TokenForm": ("S3.5", "The tran token is not of its one form."),
    "CryptoKeyId": ("S1.4", "An id is compared exactly, and names a key of the project or none."),
    "Callback": ("S10.1", "A callback carries no access key."),
    "Answer": ("S1.9", "An answer has a correlation id, and perhaps a crypto key id; another correlation id is handed to the caller."),
}  # fmt: skip

_ACCESS, _KEY = "1a2b3c4-00112233445566778899aabbccddeeff", "0123456789abcdef0123456789abcdea"
VALUES: list[tuple[str, str, dict[str, str]]] = [
    ("X-KM-User-AspId", "S1.1", {
        "14 characters": "TESTPROVIDER00", "16 characters": "TESTPROVIDER0012", "a hyphen": "TESTPROVIDER-01", "empty": "",
        "a fullwidth letter": "\uff34ESTPROVIDER001", "Hangul": "TESTPROVIDER00가", "an underscore": "TESTPROVIDER_01",
    }),
    ("X-KM-Access-Key", "S1.3", {
        "39 characters": _ACCESS[:39], "41 characters": _ACCESS + "0", "an underscore": _ACCESS.replace("-", "_"), "empty": "",
        "a dash": _ACCESS.replace("-", "\u2013"),
    }),
    ("X-KM-Crypto-Key-Id", "S1.4", {
        "31 characters": _KEY[:31], "33 characters": _KEY + "0", "a hyphen": _KEY[:31] + "-", "empty": "",
        "a UUID with hyphens": "01234567-89ab-cdef-0123-456789abcdea", "a path": "../../../../../../etc/passwd/.//",
    }),
    ("X-KM-Tran-Time", "S1.6", {
        "13 digits": "2026112309150", "15 digits": "202611230915091", "month 13": "20261323091509", "hour 24": "20261123240000",
        "29 February of a common year": "20260229091509", "second 60": "20261231235960", "day 0": "20261100091509",
        "ISO 8601": "2026-11-23T09:15:09", "fullwidth digits": "\uff12\uff10\uff12\uff16\uff11\uff11\uff12\uff13\uff10\uff19\uff11\uff15\uff10\uff19",
        "one Arabic-Indic digit": "2026112309150\u0669", "a plus sign": "+2026112309150", "empty": "", "epoch seconds": "1795392909",
    }),
    ("X-KM-Tran-Time", "S3.8", {"16 digits": "2026112309150912", "17 digits": "20261123091509123"}),
    ("X-KM-Correlation-Id", "S2.1", {
        "19 characters": "261123091509-0a1b2c", "a g": "261123091509-0a1b2cg", "no date": "261323091509-0a1b2c3", "empty": "",
        "an underscore": "261123091509_0a1b2c3",
    }),
    ("X-KM-Correlation-Id", "S3.8", {"21 characters": "2611230915091-0a1b2c3", "23 characters": "261123091509123-0a1b2c3"}),
]  # fmt: skip
