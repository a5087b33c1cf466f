"""headers_v1.json: the X-KM-* headers of requests, callbacks and answers (S1).

The bodies are plain and right. Most cases are headers of a request to a gateway. Those have two
bases: the six headers that are required, and the seven with a crypto key id.
"""

from dataclasses import replace

from ..common.encode import as_text, b64, compact_text
from ..common.errors import (
    DUPLICATE_HEADER,
    MALFORMED_HEADER,
    MALFORMED_TOKEN,
    MISSING_HEADER,
    SIGNATURE_MISMATCH,
    TIME_OUT_OF_TOLERANCE,
    TIMES_DISAGREE,
    UNEXPECTED_HEADER,
    UNKNOWN_CRYPTO_KEY,
)
from ..common.requests import (
    ACCESS_KEY,
    ACCESS_KEY_HEADER,
    ASP_ID,
    ASP_ID_HEADER,
    DAY_MS,
    ID_HEADER,
    KEY_ID,
    KEY_ID_HEADER,
    NEXT_KEY_ID,
    NOW_DIGITS,
    NOW_MS,
    OTHER_ACCESS_KEY,
    OTHER_ASP_ID,
    SECRET,
    TOKEN_HEADER,
    TRAN_TIME_HEADER,
    UNKNOWN_KEY_ID,
    ZONE_HEADER,
    Headers,
    Request,
    make_project,
    with_header,
    without_header,
)
from ..common.vector_file import Case, Group, VectorFile
from ..common.wire import make_token
from ..common.zones import BIT, CHA, IST, KST, LIN, NPT, NST, UTC
from .answers import add_answers
from .maker import BODY, positive_headers
from .notes import NOTES
from .receivers import add_clocks, add_other_keys, add_zone_of_project
from .values import TOKEN, add_values

ANSWER = {"response": {"code": "000_000", "description": "Success"}, "amount": 1500}
ADDED_ZONES = [IST, NPT, NST, CHA, BIT, LIN]
REQUEST = Request(BODY, "headers/normal/1")


def headers_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "headers",
        about="the X-KM-* headers of requests, callbacks and answers (S1)",
        description=[
            "A receiver that knows the project, whose clock stands at clockMs and whose tolerance "
            "is 300 s, takes the plain body under these headers (encrypted=false, a replay guard "
            "that saw nothing), or ends at the stage.",
            "A client reads a plain answer with HTTP status 200 to the request whose headers are "
            "in request.",
        ],
        notes=NOTES,
    )
    zones = [zone.render() for zone in ADDED_ZONES]
    shared = {"project": make_project(), "zones": zones, "clockMs": NOW_MS}
    body = as_text(BODY.decode())
    gateway = file.group(role="gateway", **shared, body=body)
    named = add_requests(gateway)
    callback = file.group(role="callback", **shared, body=body)
    add_callbacks(callback)
    answer = as_text(compact_text(ANSWER))
    request = Request(BODY, "headers/answer/1", key_id=KEY_ID).headers
    client = file.group(role="client", **shared, body=answer, request=request)
    add_answers(client, request)
    add_other_keys(file, {"zones": zones, "clockMs": NOW_MS, "body": body}, named)
    add_zone_of_project(file, body)
    add_clocks(file, {"project": make_project(), "zones": zones, "body": body})
    return file


def add_requests(group: Group) -> Case:
    """Add the headers of requests to a gateway. Returns a request that names its key."""
    six = positive_headers(group, "the six required headers", "Normal", REQUEST.headers)
    with_key = Request(BODY, "headers/normal/2", key_id=KEY_ID)
    seven = positive_headers(
        group,
        "the six required headers and a crypto key id",
        "Normal",
        with_key.headers,
        rule="S1.4",
    )
    add_names(group, six)
    add_other_headers(group, six)
    add_missing_headers(group, six)
    add_duplicates(group, seven)
    add_misspelt_names(group, six)
    add_values(group, six, seven)
    add_zones(group, six)
    add_wrong_zones(group, six)
    add_times(group, six)
    add_senders(group, six)
    request = replace(REQUEST, own_id="261123091509-74E836F")
    positive_headers(group, "a correlation id with capitals", "AsItCame", request.headers)
    return add_key_ids(group)


def add_names(group: Group, six: Case) -> None:
    """Add names in other cases and another order."""
    headers: Headers = six.inputs["headers"]
    lower = [[name.lower(), value] for name, value in headers]
    upper = [[name.upper(), value] for name, value in headers]
    positive_headers(group, "names in lower case", "Names", lower)
    positive_headers(group, "names in capitals", "Names", upper)
    positive_headers(group, "the headers in reverse order", "Names", headers[::-1])


def add_other_headers(group: Group, six: Case) -> None:
    """Add headers that are not among the seven, X-KM-* and others."""
    headers: Headers = six.inputs["headers"]
    others = [
        ["Content-Type", "application/json"],
        ["Accept", "*/*"],
        ["Accept", "text/html"],
        ["X-Trace", "\u00e9\u00e9"],
    ]
    comment = "other headers, twice and in Latin-1"
    positive_headers(group, comment, "OtherHeaders", [*others, *headers])

    def with_other(value: str) -> Headers:
        return [*headers, ["X-KM-Other", value]]

    unknown = {
        "an unknown X-KM-* name": with_other("1"),
        "an unknown X-KM-* name twice": [*with_other("1"), ["x-km-other", "2"]],
        "an unknown X-KM-* name with a blank in its value": with_other("a b"),
        "an unknown X-KM-* name without a value": with_other(""),
        "an unknown X-KM-* name with 257 characters": with_other("a" * 257),
    }
    for comment, given in unknown.items():
        positive_headers(group, comment, "OtherHeaders", given)


def add_missing_headers(group: Group, six: Case) -> None:
    """Leave out each of the six required headers."""
    for name, _ in six.inputs["headers"]:
        rule = "S1.3" if name == ACCESS_KEY_HEADER else "S1.1"
        headers = without_header(six.inputs["headers"], name)
        group.negative(six, f"no {name}", "Missing", MISSING_HEADER, rule=rule, headers=headers)


def add_duplicates(group: Group, seven: Case) -> None:
    """Repeat each of the seven headers, apart and joined."""
    headers: Headers = seven.inputs["headers"]
    for name, value in headers:
        twice = [*headers, [name.lower(), value]]
        group.negative(seven, f"{name} twice", "Duplicate", DUPLICATE_HEADER, headers=twice)
        joined = with_header(headers, name, f"{value}, {value}")
        comment = f"{name} twice, joined by a proxy"
        group.negative(seven, comment, "Joined", MALFORMED_HEADER, headers=joined)
    again = [ACCESS_KEY_HEADER, ACCESS_KEY]
    comment = f"{ACCESS_KEY_HEADER} three times"
    thrice = [*headers, again, again]
    group.negative(seven, comment, "Duplicate", DUPLICATE_HEADER, headers=thrice)


def add_misspelt_names(group: Group, six: Case) -> None:
    """Add names that only look like the name of a header."""
    time = REQUEST.headers[4][1]
    rest = without_header(six.inputs["headers"], TRAN_TIME_HEADER)
    kelvin = [*rest, ["X-\u212aM-Tran-Time", time]]
    comment = "a Kelvin sign for the K of a name"
    group.negative(six, comment, "Missing", MISSING_HEADER, rule="S1.11", headers=kelvin)
    underscore = [*rest, ["X-KM-Tran_Time", time]]
    comment = "an underscore for a hyphen in a name"
    group.negative(six, comment, "Missing", MISSING_HEADER, rule="S1.6", headers=underscore)
    for reason, ending in {"a blank": " ", "a colon": ":"}.items():
        longer = [*rest, [TRAN_TIME_HEADER + ending, time]]
        comment = f"{reason} at the end of a name"
        group.negative(six, comment, "Missing", MISSING_HEADER, rule="S1.11", headers=longer)


UNKNOWN_ZONES = {
    "in lower case": "kst",
    "two letters": "KS",
    "four letters": "KSTX",
    "one that nobody added": "JST",
    "an offset": "+09:00",
    "GMT+9": "GMT+9",
    "a name of the tz database": "Asia/Seoul",
    "a fullwidth letter": "KS\uff34",
    "a digit": "KS7",
    "EST, which nobody added": "EST",
}


def add_zones(group: Group, six: Case) -> None:
    """Add all zones that the receiver knows, and names that it does not know."""
    for zone in (UTC, *ADDED_ZONES):
        request = Request(BODY, f"headers/zone/{zone.name}", zone=zone)
        positive_headers(group, f"a clock in {zone.name}", "Zone", request.headers)
    for reason, value in UNKNOWN_ZONES.items():
        headers = with_header(six.inputs["headers"], ZONE_HEADER, value)
        group.negative(six, f"zone: {reason}", "UnknownZone", MALFORMED_HEADER, headers=headers)


def add_wrong_zones(group: Group, six: Case) -> None:
    """Add times of another zone than the label says."""
    utc_as_kst = labelled(replace(REQUEST, zone=UTC), "KST")
    group.negative(
        six,
        "a UTC clock labelled KST",
        "MistakeOfClients",
        TIME_OUT_OF_TOLERANCE,
        headers=utc_as_kst,
    )
    in_utc = Request(BODY, "headers/zone/again", zone=UTC)
    base = positive_headers(group, "a UTC clock labelled UTC", "Zone", in_utc.headers)
    as_gmt = labelled(in_utc, "GMT")
    comment = "a UTC clock labelled GMT, which nobody added"
    group.negative(base, comment, "UnknownZone", MALFORMED_HEADER, headers=as_gmt)
    group.negative(
        base,
        "a KST clock labelled UTC",
        "MistakeOfClients",
        TIME_OUT_OF_TOLERANCE,
        headers=labelled(replace(in_utc, zone=KST), "UTC"),
    )
    in_ist = Request(BODY, "headers/zone/half", zone=IST)
    base = positive_headers(group, "an IST clock labelled IST", "Zone", in_ist.headers)
    group.negative(
        base,
        "an NPT clock labelled IST, a quarter of an hour more",
        "WrongZone",
        TIME_OUT_OF_TOLERANCE,
        headers=labelled(replace(in_ist, zone=NPT), "IST"),
    )


def labelled(request: Request, name: str) -> Headers:
    """The headers of a request, with the name of another zone."""
    return with_header(request.headers, ZONE_HEADER, name)


def add_times(group: Group, six: Case) -> None:
    """Add tran times near the token's: they are compared before the sender is known."""
    second_ms = NOW_MS // 1000 * 1000
    for nearest, beyond in ((5, 6), (-5, -6)):
        label = f"headers/apart/{nearest}"
        near = replace(REQUEST, tran_time_at=second_ms + nearest * 1000, label=label)
        far = replace(REQUEST, tran_time_at=second_ms + beyond * 1000, label=label)
        comment = f"tran time {nearest:+d} s from the token's"
        base = positive_headers(group, comment, "TimesApart", near.headers)
        comment = f"tran time {beyond:+d} s from the token's"
        group.negative(base, comment, "TimesApart", TIMES_DISAGREE, headers=far.headers)
    rounded = replace(REQUEST, at=second_ms + 999, tran_time_at=second_ms - 5000)
    comment = "tran time -5 s from the token's, whose milliseconds are 999"
    positive_headers(group, comment, "TimesApart", rounded.headers)
    next_minute = replace(REQUEST, at=second_ms - 10_000, tran_time_at=second_ms - 7000)
    comment = "tran time of the minute after the token's, 3 s later"
    positive_headers(group, comment, "TimesApart", next_minute.headers)
    next_day = replace(REQUEST, tran_time_at=NOW_MS + DAY_MS).headers
    comment = "tran time a day later"
    group.negative(six, comment, "TimesApart", TIMES_DISAGREE, headers=next_day)
    in_utc = with_header(six.inputs["headers"], TRAN_TIME_HEADER, "20261123001509")
    comment = "tran time in UTC, the token's in KST"
    group.negative(six, comment, "TimesApart", TIMES_DISAGREE, headers=in_utc)
    old_id = replace(REQUEST, id_at=NOW_MS - 10**10, label="headers/apart/id")
    comment = "a correlation id of another day"
    positive_headers(group, comment, "CorrelationTime", old_id.headers)


WRONG_SENDERS = {
    "an unknown access key": replace(REQUEST, access_key=OTHER_ACCESS_KEY),
    "the access key in capitals": replace(REQUEST, access_key=ACCESS_KEY.upper()),
    "another asp id": replace(REQUEST, asp_id=OTHER_ASP_ID),
    "the asp id in lower case": replace(REQUEST, asp_id=ASP_ID.lower()),
    "a token under another secret": replace(REQUEST, secret="another secret"),
    "a token over no body": replace(REQUEST, token=make_token(SECRET, NOW_DIGITS, b"")),
    "a token over base64 of the body": replace(
        REQUEST, token=make_token(SECRET, NOW_DIGITS, b64(BODY).encode())
    ),
    "an access key of letters alone": replace(REQUEST, access_key="a" * 40),
    "the access key with its hyphen at another place": replace(
        REQUEST, access_key="1a2b3c40-0112233445566778899aabbccddeeff"
    ),
    "the access key with another last character": replace(
        REQUEST, access_key=ACCESS_KEY[:39] + "e"
    ),
}
MALFORMED_TOKENS = {
    "66 characters": TOKEN[:66],
    "in lower case": TOKEN.lower(),
    "for month 13": make_token(SECRET, "20261323091509123", BODY),
    # Sound values of a header, at both ends of what S1.11 takes.
    "256 characters": "A" * 256,
    "an exclamation mark": "!",
    "a tilde": "~",
}


def add_senders(group: Group, six: Case) -> None:
    """Add well-formed headers of somebody else, all with one outcome, and malformed tokens."""
    for comment, request in WRONG_SENDERS.items():
        group.negative(six, comment, "Sender", SIGNATURE_MISMATCH, headers=request.headers)
    for reason, token in MALFORMED_TOKENS.items():
        headers = with_header(six.inputs["headers"], TOKEN_HEADER, token)
        group.negative(six, f"token: {reason}", "TokenForm", MALFORMED_TOKEN, headers=headers)


UNKNOWN_KEY_IDS = {
    "an unknown crypto key id": UNKNOWN_KEY_ID,
    "the crypto key id in capitals": KEY_ID.upper(),
    "the crypto key id with another last character": NEXT_KEY_ID,
    "a crypto key id of letters that are no hex digits": "z" * 32,
}


def add_key_ids(group: Group) -> Case:
    """Add crypto key ids that name a key of the ring, or none. Returns one that names a key."""
    request = replace(REQUEST, key_id=KEY_ID, label="headers/key/1")
    base = positive_headers(group, "the key id of the ring", "CryptoKeyId", request.headers)
    for comment, key_id in UNKNOWN_KEY_IDS.items():
        headers = with_header(base.inputs["headers"], KEY_ID_HEADER, key_id)
        group.negative(base, comment, "CryptoKeyId", UNKNOWN_CRYPTO_KEY, headers=headers)
    return base


def add_callbacks(group: Group) -> None:
    """Add callbacks, which carry no access key (S10.1)."""
    request = Request(BODY, "headers/callback/1", access_key=None)
    base = positive_headers(group, "a callback", "Callback", request.headers)
    named = replace(request, key_id=KEY_ID, label="headers/callback/2")
    comment = "a callback that names its key"
    with_key = positive_headers(group, comment, "Callback", named.headers, rule="S10.3")
    unknown_key = with_header(with_key.inputs["headers"], KEY_ID_HEADER, UNKNOWN_KEY_ID)
    comment = "a plain callback that names an unknown key"
    group.negative(
        with_key, comment, "Callback", UNKNOWN_CRYPTO_KEY, rule="S10.3", headers=unknown_key
    )
    access_keys = {"the access key": ACCESS_KEY, "another access key": OTHER_ACCESS_KEY}
    for reason, access_key in access_keys.items():
        headers = replace(request, access_key=access_key).headers
        group.negative(
            base, f"a callback with {reason}", "Callback", UNEXPECTED_HEADER, headers=headers
        )
    empty = replace(request, access_key="").headers
    comment = "a callback with an empty access key"
    group.negative(base, comment, "Callback", MALFORMED_HEADER, headers=empty)
    for name in (ASP_ID_HEADER, ID_HEADER, TOKEN_HEADER, TRAN_TIME_HEADER, ZONE_HEADER):
        headers = without_header(base.inputs["headers"], name)
        group.negative(
            base, f"a callback without {name}", "Missing", MISSING_HEADER, headers=headers
        )
    other_asp_id = replace(request, asp_id=OTHER_ASP_ID).headers
    comment = "a callback for another asp id"
    group.negative(base, comment, "Sender", SIGNATURE_MISMATCH, headers=other_asp_id)
    in_lower_case = replace(request, asp_id=ASP_ID.lower()).headers
    comment = "a callback for the asp id in lower case"
    group.negative(base, comment, "Sender", SIGNATURE_MISMATCH, headers=in_lower_case)
    other_secret = replace(request, secret="another").headers
    comment = "a callback under another secret"
    group.negative(base, comment, "Sender", SIGNATURE_MISMATCH, rule="S10.2", headers=other_secret)
