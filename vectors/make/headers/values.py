"""Header values that are not of their form."""

from typing import NamedTuple

from ..common.encode import FULLWIDTH_ZERO, in_script
from ..common.errors import MALFORMED_HEADER
from ..common.requests import (
    ACCESS_KEY,
    ACCESS_KEY_HEADER,
    ASP_ID_HEADER,
    ID_HEADER,
    KEY_ID,
    KEY_ID_HEADER,
    NOW_DIGITS,
    SECRET,
    TOKEN_HEADER,
    TRAN_TIME_HEADER,
    ZONE_HEADER,
    with_header,
)
from ..common.vector_file import Case, Group
from ..common.wire import make_token
from .maker import BODY

TOKEN = make_token(SECRET, NOW_DIGITS, BODY)


class WrongValues(NamedTuple):
    """Wrong values of one header, with a reason each."""

    header: str
    values: dict[str, str]
    flag: str
    rule: str


WRONG_VALUES = [
    WrongValues(
        ASP_ID_HEADER,
        {
            "14 characters": "TESTPROVIDER00",
            "16 characters": "TESTPROVIDER0012",
            "a hyphen": "TESTPROVIDER-01",
            "empty": "",
            "a fullwidth letter": "\uff34ESTPROVIDER001",
            "Hangul": "TESTPROVIDER00가",
            "an underscore": "TESTPROVIDER_01",
        },
        "ValueForm",
        "S1.1",
    ),
    WrongValues(
        ACCESS_KEY_HEADER,
        {
            "39 characters": ACCESS_KEY[:39],
            "41 characters": ACCESS_KEY + "0",
            "an underscore": ACCESS_KEY.replace("-", "_"),
            "empty": "",
            "a dash": ACCESS_KEY.replace("-", "\u2013"),
        },
        "ValueForm",
        "S1.3",
    ),
    WrongValues(
        KEY_ID_HEADER,
        {
            "31 characters": KEY_ID[:31],
            "33 characters": KEY_ID + "0",
            "a hyphen": KEY_ID[:31] + "-",
            "empty": "",
            "a UUID with hyphens": "01234567-89ab-cdef-0123-456789abcdea",
            "a path": "../../../../../../etc/passwd/.//",
            "an underscore": KEY_ID[:31] + "_",
        },
        "ValueForm",
        "S1.4",
    ),
    WrongValues(
        TRAN_TIME_HEADER,
        {
            "13 digits": "2026112309150",
            "15 digits": "202611230915091",
            "month 13": "20261323091509",
            "hour 24": "20261123240000",
            "29 February of a common year": "20260229091509",
            "second 60": "20261231235960",
            "day 0": "20261100091509",
            "ISO 8601": "2026-11-23T09:15:09",
            "fullwidth digits": in_script("20261123091509", FULLWIDTH_ZERO),
            "one Arabic-Indic digit": "2026112309150\u0669",
            "a plus sign": "+2026112309150",
            "empty": "",
            "epoch seconds": "1795392909",
            "a sign in the seconds": "202611230915+9",
        },
        "ValueForm",
        "S1.6",
    ),
    WrongValues(
        TRAN_TIME_HEADER,
        {"16 digits": "2026112309150912", "17 digits": "20261123091509123"},
        "MistakeOfClients",
        "S3.8",
    ),
    WrongValues(
        ID_HEADER,
        {
            "19 characters": "261123091509-0a1b2c",
            "a g": "261123091509-0a1b2cg",
            "no date": "261323091509-0a1b2c3",
            "empty": "",
            "an underscore": "261123091509_0a1b2c3",
        },
        "ValueForm",
        "S2.1",
    ),
    WrongValues(
        ID_HEADER,
        {
            "21 characters": "2611230915091-0a1b2c3",
            "23 characters": "261123091509123-0a1b2c3",
        },
        "MistakeOfClients",
        "S3.8",
    ),
]
UNSOUND_TOKENS = {
    "empty": "",
    "257 characters": "A" * 257,
    "a tab at the end": TOKEN[:66] + "\t",
    "a delete character at the end": TOKEN[:66] + "\x7f",
    "a Latin-1 letter at the end": TOKEN[:66] + "\xe9",
    "an Arabic-Indic digit at the end": TOKEN[:66] + "\u0660",
}
ENDINGS = {"a line feed": "\n", "a blank": " ", "CR LF and a header": "\r\nX-A: b"}
# What a library takes for white space, or for the end of a text.
OTHER_ENDINGS = {"a no-break space": "\xa0", "a NUL and a letter": "\0x"}
INVISIBLE_ACCESS_KEYS = {
    "a folded line": ACCESS_KEY[:20] + "\r\n " + ACCESS_KEY[20:],
    "a NUL": ACCESS_KEY[:39] + "\0",
    "an escape": ACCESS_KEY[:39] + "\x1b",
    "a delete character": ACCESS_KEY[:39] + "\x7f",
    "U+010A, which is cut to a line feed": ACCESS_KEY[:39] + "\u010a",
    "a no-break space": ACCESS_KEY[:39] + "\xa0",
    "U+560A, which is cut to a line feed": ACCESS_KEY[:39] + "\u560a",
    "U+010D, which is cut to a carriage return": ACCESS_KEY[:39] + "\u010d",
    "a tab before it": "\t" + ACCESS_KEY,
    "257 characters": "a" * 257,
}


def add_values(group: Group, six: Case, seven: Case) -> None:
    """Add values of another form, and values with characters that are not visible ASCII."""
    for row in WRONG_VALUES:
        for reason, value in row.values.items():
            headers = with_header(seven.inputs["headers"], row.header, value)
            comment = f"{row.header}: {reason}"
            group.negative(
                seven, comment, row.flag, MALFORMED_HEADER, rule=row.rule, headers=headers
            )
    for name, value in six.inputs["headers"]:
        if name not in (ASP_ID_HEADER, ID_HEADER, TOKEN_HEADER, TRAN_TIME_HEADER):
            continue
        for reason, ending in ENDINGS.items():
            headers = with_header(six.inputs["headers"], name, value + ending)
            comment = f"{name}: {reason} at the end"
            group.negative(six, comment, "VisibleAscii", MALFORMED_HEADER, headers=headers)
    for reason, value in INVISIBLE_ACCESS_KEYS.items():
        headers = with_header(six.inputs["headers"], ACCESS_KEY_HEADER, value)
        comment = f"{ACCESS_KEY_HEADER}: {reason}"
        group.negative(six, comment, "VisibleAscii", MALFORMED_HEADER, headers=headers)
    add_other_endings(group, seven)
    for reason, value in UNSOUND_TOKENS.items():
        headers = with_header(six.inputs["headers"], TOKEN_HEADER, value)
        comment = f"{TOKEN_HEADER}: {reason}"
        group.negative(six, comment, "VisibleAscii", MALFORMED_HEADER, headers=headers)


def add_other_endings(group: Group, seven: Case) -> None:
    """Add a right value of each header with something behind it."""
    for name, value in seven.inputs["headers"]:
        endings = OTHER_ENDINGS
        if name in (ACCESS_KEY_HEADER, KEY_ID_HEADER, ZONE_HEADER):
            endings = {"a line feed": "\n", "a blank": " ", **OTHER_ENDINGS}
        for reason, ending in endings.items():
            headers = with_header(seven.inputs["headers"], name, value + ending)
            comment = f"{name}: {reason} behind it"
            group.negative(seven, comment, "VisibleAscii", MALFORMED_HEADER, headers=headers)
