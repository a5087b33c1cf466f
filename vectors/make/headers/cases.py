"""headers_v1.json: the X-KM-* headers of a request, a callback and an answer (S1), on bodies that are plain and right."""

from functools import lru_cache

from ..common import parties
from ..common.base import Json, b64, compact, text_bytes, token_of
from ..common.book import Book, Group
from ..common.parties import ACCESS_KEY, KEY_ID, KST, NOW, UTC, Pairs, Request, with_value
from .notes import (
    ABSENT,
    BAD,
    BAD_TOKEN,
    DISAGREE,
    LATE,
    MISMATCH,
    NOTES,
    TWICE,
    UNKNOWN,
    VALUES,
)

BODY = compact({"cardNo": "0000111122223333"})
ANSWER = compact({"response": {"code": "000_000", "description": "Success"}, "amount": 1500})
ZONES = [
    {"name": name, "offsetMinutes": minutes}
    for name, minutes in (
        ("IST", 330),
        ("NPT", 345),
        ("NST", -210),
        ("CHA", 765),
        ("BIT", -720),
        ("LIN", 840),
    )
]
ASP, ID, ACCESS, KEY, TOKEN, TIME, ZONE = (
    f"X-KM-{name}"
    for name in (
        "User-AspId",
        "Correlation-Id",
        "Access-Key",
        "Crypto-Key-Id",
        "Tran-Token",
        "Tran-Time",
        "Time-Zone",
    )
)


def good(group: Group, comment: str, flags: str, rule: str, pairs: Pairs, **read: str) -> Json:
    """A valid request: what is read of it is what its headers say, in whatever case their names are."""
    found = {name.lower(): value for name, value in pairs}
    names = {
        "aspId": ASP,
        "correlationId": ID,
        "accessKey": ACCESS,
        "cryptoKeyId": KEY,
        "tranTime": TIME,
        "zone": ZONE,
    }
    said = {member: found.get(name.lower()) for member, name in names.items()}
    return group.valid(comment, flags, rule, headers=pairs, read={**said, **read})


@lru_cache
def headers_vectors() -> Book:
    """The whole file."""
    made = Book(
        "headers",
        [
            "A receiver that knows the project, whose clock stands at clockMs and whose tolerance is 300 s, takes the plain "
            "body under these headers (encrypted=false, a replay guard that saw nothing), or ends at the stage.",
            "A client reads a plain answer with HTTP status 200 to the request whose headers are in request.",
        ],
        NOTES,
        ["read"],
    )
    shared = {
        "project": parties.project(),
        "zones": ZONES,
        "clockMs": NOW,
        "body": text_bytes(BODY.decode()),
    }
    group = made.group(role="gateway", **shared)
    twin = good(group, "six headers", "Normal", "S1.1", Request(BODY, "headers/normal/1").pairs)
    seven = good(
        group,
        "seven headers",
        "Normal",
        "S1.4",
        Request(BODY, "headers/normal/2", key_id=KEY_ID).pairs,
    )
    names(group, twin, seven)
    values(group, twin, seven)
    zones(group, twin)
    times(group, twin)
    senders(group, twin)
    callbacks(made.group(role="callback", **shared))
    request = Request(BODY, "headers/answer/1", key_id=KEY_ID).pairs
    told = {**shared, "body": text_bytes(ANSWER.decode()), "request": request}
    answers(made.group(role="client", **told), request)
    return made.numbered()


def names(group: Group, twin: Json, seven: Json) -> None:
    """Names: in any case, each once, all of them there; others are not looked at."""
    pairs: Pairs = twin["headers"]
    for comment, changed in {
        "names in lower case": [[name.lower(), value] for name, value in pairs],
        "names in capitals": [[name.upper(), value] for name, value in pairs],
        "the other way round": pairs[::-1],
    }.items():  # fmt: skip
        good(group, comment, "Names", "S1.11", changed)
    other_names(group, pairs)
    for name, _ in pairs:
        group.fault(
            twin,
            f"no {name}",
            "Missing",
            "S1.3" if name == ACCESS else "S1.1",
            ABSENT,
            headers=with_value(pairs, name, None),
        )
    for name, value in seven["headers"]:
        twice = [*seven["headers"], [name.lower(), value]]
        group.fault(seven, f"{name} twice", "Duplicate", "S1.11", TWICE, headers=twice)
        joined = with_value(seven["headers"], name, f"{value}, {value}")
        error = BAD
        group.fault(
            seven, f"{name} twice, joined by a proxy", "Joined", "S1.11", error, headers=joined
        )
    kelvin = [[name.replace("K", "\u212a"), value] for name, value in pairs if name == TIME]
    rest = [pair for pair in pairs if pair[0] != TIME]
    group.fault(
        twin,
        "a Kelvin sign for the K of a name",
        "Missing",
        "S1.11",
        ABSENT,
        headers=[*rest, *kelvin],
    )
    group.fault(twin, "an underscore for a hyphen in a name", "Missing", "S1.6", ABSENT,
                headers=[*rest, ["X-KM-Tran_Time", pairs[4][1]]])  # fmt: skip


def other_names(group: Group, pairs: Pairs) -> None:
    """Headers that nobody knows, X-KM-* and others."""
    others = [
        ["Content-Type", "application/json"],
        ["Accept", "*/*"],
        ["Accept", "text/html"],
        ["X-Trace", "\u00e9\u00e9"],
    ]
    good(group, "other headers, twice and in Latin-1", "OtherHeaders", "S1.11", [*others, *pairs])
    unknown = good(
        group,
        "an X-KM-* name that nobody knows",
        "OtherHeaders",
        "S1.11",
        [*pairs, ["X-KM-Other", "1"]],
    )
    group.fault(
        unknown,
        "it twice",
        "Duplicate",
        "S1.11",
        TWICE,
        headers=[*unknown["headers"], ["x-km-other", "2"]],
    )
    group.fault(
        unknown,
        "it with a blank in its value",
        "VisibleAscii",
        "S1.11",
        BAD,
        headers=[*pairs, ["X-KM-Other", "a b"]],
    )
    longest = good(
        group,
        "it with 256 characters",
        "OtherHeaders",
        "S1.11",
        [*pairs, ["X-KM-Other", "a" * 256]],
    )
    group.fault(
        longest,
        "it with 257",
        "ValueForm",
        "S1.11",
        BAD,
        headers=[*pairs, ["X-KM-Other", "a" * 257]],
    )


def values(group: Group, twin: Json, seven: Json) -> None:
    """Values that are not of their form, header by header."""
    for name, rule, faults in VALUES:
        for comment, value in faults.items():
            flag = "MistakeOfClients" if "S3.8" in rule else "ValueForm"
            pairs = with_value(seven["headers"], name, value)
            group.fault(seven, f"{name}: {comment}", flag, rule, BAD, headers=pairs)
    for name, old in twin["headers"]:
        if name in (ASP, TIME, TOKEN, ID):
            for comment, value in {
                "a line feed": old + "\n",
                "a blank": old + " ",
                "CR LF and a header": old + "\r\nX-A: b",
            }.items():
                pairs = with_value(twin["headers"], name, value)
                group.fault(
                    twin,
                    f"{name}: {comment} at the end",
                    "VisibleAscii",
                    "S1.11",
                    BAD,
                    headers=pairs,
                )
    for comment, value in {
        "a folded line": ACCESS_KEY[:20] + "\r\n " + ACCESS_KEY[20:], "a NUL": ACCESS_KEY[:39] + "\0", "an escape": ACCESS_KEY[:39] + "\x1b",
        "a delete character": ACCESS_KEY[:39] + "\x7f", "U+010A, which is cut to a line feed": ACCESS_KEY[:39] + "\u010a",
        "a no-break space": ACCESS_KEY[:39] + "\xa0", "U+560A, which is cut to a line feed": ACCESS_KEY[:39] + "\u560a", "U+010D": ACCESS_KEY[:39] + "\u010d", "a tab before it": "\t" + ACCESS_KEY, "257 characters": "a" * 257,
    }.items():  # fmt: skip
        pairs = with_value(twin["headers"], ACCESS, value)
        group.fault(twin, f"{ACCESS}: {comment}", "VisibleAscii", "S1.11", BAD, headers=pairs)


def zones(group: Group, twin: Json) -> None:
    """All zones, and what is none."""
    for zone in (UTC, *ZONES):
        good(
            group,
            f"in {zone['name']}",
            "Zone",
            "S1.7",
            Request(BODY, f"headers/zone/{zone['name']}", zone=zone).pairs,
        )
    for comment, value in {
        "in lower case": "kst", "two letters": "KS", "four letters": "KSTX", "one that nobody added": "JST", "an offset": "+09:00",
        "GMT+9": "GMT+9", "a name of the tz database": "Asia/Seoul", "a fullwidth letter": "KS\uff34", "a digit": "KS7",
    }.items():  # fmt: skip
        group.fault(
            twin,
            f"zone: {comment}",
            "UnknownZone",
            "S1.7",
            BAD,
            headers=with_value(twin["headers"], ZONE, value),
        )
    utc = with_value(Request(BODY, "headers/normal/1", zone=UTC).pairs, ZONE, "KST")
    group.fault(twin, "UTC clock labelled KST", "MistakeOfClients", "S3.8", LATE, headers=utc)
    back = good(
        group, "in UTC again", "Zone", "S1.7", Request(BODY, "headers/zone/again", zone=UTC).pairs
    )
    other = with_value(Request(BODY, "headers/zone/again", zone=KST).pairs, ZONE, "UTC")
    group.fault(back, "KST clock labelled UTC", "MistakeOfClients", "S3.8", LATE, headers=other)
    half = good(
        group,
        "in IST again",
        "Zone",
        "S1.7",
        Request(BODY, "headers/zone/half", zone=ZONES[0]).pairs,
    )
    shift = with_value(Request(BODY, "headers/zone/half", zone=ZONES[1]).pairs, ZONE, "IST")
    group.fault(
        half, "a quarter of an hour more than the label", "WrongZone", "S1.7", LATE, headers=shift
    )


def times(group: Group, twin: Json) -> None:
    """Tran time and token time at most 5 s apart, before anything is known of the sender."""
    request = Request(BODY, "headers/normal/1")
    second = NOW // 1000 * 1000
    for step in (5, -5):
        pairs = request._replace(tran_at=second + step * 1000, label=f"headers/apart/{step}").pairs
        near = good(group, f"tran time {step:+d} s from the token's", "TimesApart", "S1.10", pairs)
        far = request._replace(
            tran_at=second + step // 5 * 6000, label=f"headers/apart/{step}"
        ).pairs
        group.fault(
            near,
            f"tran time {step // 5 * 6:+d} s from the token's",
            "TimesApart",
            "S1.10",
            DISAGREE,
            headers=far,
        )
    day = request._replace(tran_at=NOW + 86_400_000).pairs
    group.fault(twin, "tran time a day later", "TimesApart", "S1.10", DISAGREE, headers=day)
    utc = with_value(twin["headers"], TIME, "20261123001509")
    group.fault(
        twin, "tran time in UTC, the token's in KST", "TimesApart", "S1.10", DISAGREE, headers=utc
    )
    old = request._replace(id_at=NOW - 10**10, label="headers/apart/id").pairs
    good(group, "a correlation id of another day", "CorrelationTime", "S1.10", old)


def senders(group: Group, twin: Json) -> None:
    """Well-formed headers of somebody else: one outcome for every reason."""
    request = Request(BODY, "headers/normal/1")
    for comment, changed in {
        "an unknown access key": request._replace(access_key=parties.OTHER_ACCESS_KEY),
        "the access key in capitals": request._replace(access_key=ACCESS_KEY.upper()),
        "another asp id": request._replace(asp_id="TESTPROVIDER002"),
        "the asp id in lower case": request._replace(asp_id=parties.ASP_ID.lower()),
        "another secret": request._replace(secret="another secret"),
        "a token over no body": request._replace(token=token_of(parties.SECRET, "20261123091509123", b"")),
        "a token over base64 of the body": request._replace(token=token_of(parties.SECRET, "20261123091509123", b64(BODY).encode())),
    }.items():  # fmt: skip
        group.fault(twin, comment, "Sender", "S3.6", MISMATCH, headers=changed.pairs)
    for comment, value in {"66 characters": twin["headers"][3][1][:66], "in lower case": twin["headers"][3][1].lower(),
                           "for month 13": token_of(parties.SECRET, "20261323091509123", BODY)}.items():  # fmt: skip
        group.fault(
            twin,
            f"token: {comment}",
            "TokenForm",
            "S3.5",
            BAD_TOKEN,
            headers=with_value(twin["headers"], TOKEN, value),
        )
    named = good(
        group,
        "the key id of the ring",
        "CryptoKeyId",
        "S1.4",
        request._replace(key_id=KEY_ID, label="headers/key/1").pairs,
    )
    for comment, key_id in {
        "an unknown crypto key id": parties.UNKNOWN_ID,
        "the crypto key id in capitals": KEY_ID.upper(),
    }.items():
        pairs = with_value(named["headers"], KEY, key_id)
        group.fault(named, comment, "CryptoKeyId", "S1.4", UNKNOWN, headers=pairs)


def callbacks(group: Group) -> None:
    """Callbacks carry no access key (S10.1)."""
    request = Request(BODY, "headers/callback/1", access_key=None)
    twin = good(group, "a callback", "Callback", "S10.1", request.pairs)
    good(
        group,
        "a callback that names its key",
        "Callback",
        "S10.3",
        request._replace(key_id=KEY_ID, label="headers/callback/2").pairs,
    )
    for comment, access in {
        "the access key": ACCESS_KEY,
        "another access key": parties.OTHER_ACCESS_KEY,
    }.items():
        pairs = request._replace(access_key=access).pairs
        group.fault(
            twin, f"with {comment}", "Callback", "S10.1", "headers unexpected-header", headers=pairs
        )
    for name in (ASP, ID, TOKEN, TIME, ZONE):
        group.fault(
            twin,
            f"a callback without {name}",
            "Missing",
            "S1.1",
            ABSENT,
            headers=with_value(twin["headers"], name, None),
        )
    pairs = request._replace(asp_id="TESTPROVIDER002").pairs
    group.fault(twin, "a callback for another asp id", "Sender", "S3.6", MISMATCH, headers=pairs)
    group.fault(
        twin,
        "a callback under another secret",
        "Sender",
        "S10.2",
        MISMATCH,
        headers=request._replace(secret="another").pairs,
    )


def answers(group: Group, request: Pairs) -> None:
    """Answers carry a correlation id, and may carry a crypto key id (S1.9)."""
    own = request[1][1]

    def read(comment: str, pairs: Pairs, key_id: str | None, value: str = own) -> Json:
        said = {"correlationId": value, "cryptoKeyId": key_id}
        return group.valid(comment, "Answer", "S1.9", headers=pairs, read=said)

    twin = read("an answer", [[ID, own]], None)
    named = read("an answer that names a key", [[ID, own], [KEY, KEY_ID]], KEY_ID)
    read(
        "an answer under another correlation id, which nobody asked to compare",
        [[ID, "261123091510-0000000"]],
        None,
        "261123091510-0000000",
    )
    read(
        "an answer with other headers",
        [["Server", "a b"], [ID.lower(), own], ["Server", "c"]],
        None,
    )
    read(
        "an answer that names a key that is not needed",
        [[ID, own], [KEY, parties.UNKNOWN_ID]],
        parties.UNKNOWN_ID,
    )
    group.fault(
        twin,
        "an answer without a correlation id",
        "Missing",
        "S1.9",
        ABSENT,
        headers=[["Server", "x"]],
    )
    for comment, value in {"of 21 characters": own[:12] + "1" + own[12:], "that is no date": "269923091509" + own[12:],
                           "with a line feed": own + "\n", "that is empty": ""}.items():  # fmt: skip
        group.fault(
            twin,
            f"an answer's correlation id {comment}",
            "ValueForm",
            "S2.1",
            BAD,
            headers=[[ID, value]],
        )
    group.fault(
        twin,
        "two correlation ids",
        "Duplicate",
        "S1.11",
        TWICE,
        headers=[[ID, own], [ID.upper(), own]],
    )
    for comment, value in {
        "of 31": KEY_ID[:31],
        "of 33": KEY_ID + "a",
        "with a hyphen": KEY_ID[:31] + "-",
    }.items():
        group.fault(
            named,
            f"an answer's key id {comment}",
            "ValueForm",
            "S1.4",
            BAD,
            headers=[[ID, own], [KEY, value]],
        )
    group.fault(
        named,
        "two key ids",
        "Duplicate",
        "S1.11",
        TWICE,
        headers=[[ID, own], [KEY, KEY_ID], [KEY.lower(), KEY_ID]],
    )
