"""The time of a token: real times, impossible ones, and texts that are no digits (S3.1, S3.5)."""

from ..common.encode import ARABIC_INDIC_ZERO, FULLWIDTH_ZERO, as_text, in_script
from ..common.errors import MALFORMED_TOKEN
from ..common.vector_file import Case, Group
from ..common.wire import make_token
from .maker import BODY, BODY_TEXT, SECRET, TIME, positive_token

REAL_TIMES = {
    "leap day": "20280229120000000",
    "leap day of a century that has one": "20000229000000000",
    "first millisecond of a year": "20270101000000000",
    "last millisecond of a year": "20261231235959999",
    "the last of 2099": "20991231235959999",
    "30 April": "20260430010203004",
    "midnight": "20261123000000000",
    "31 January": "20260131093045123",
    "31 March": "20260331093045123",
    "31 May": "20260531093045123",
    "31 July": "20260731093045123",
    "31 August": "20260831093045123",
    "31 October": "20261031093045123",
}
# Well-formed, though no moment of these years can be written (S1.12).
YEARS_OUT_OF_RANGE = {
    "the first millisecond of the year 1": "00010101000000000",
    "the last millisecond of the year 9999": "99991231235959999",
    "the last of 1999": "19991231235959999",
    "the first of 2100": "21000101000000000",
    "29 February of the year 4": "00040229120000000",
    "29 February of the year 2400": "24000229120000000",
}
IMPOSSIBLE_TIMES_OF_OTHER_YEARS = {
    "29 February of the year 1": "00010229120000000",
    "29 February of the year 1900": "19000229120000000",
    "month 13 of the year 9999": "99991301000000000",
    "hour 24 of the last day of the year 9999": "99991231240000000",
    "the year 0 in its last millisecond": "00001231235959999",
}
IMPOSSIBLE_TIMES = {
    "29 February of a common year": "20260229120000000",
    "29 February 2100": "21000229120000000",
    "month 13": "20261315093045123",
    "month 0": "20260015093045123",
    "day 0": "20261100093045123",
    "31 November": "20261131093045123",
    "day 32": "20261232093045123",
    "hour 24": "20261123240000000",
    "minute 60": "20261123096000000",
    "second 60": "20261231235960000",
    "second 99": "20261123091599123",
    "year 0": "00001123091509123",
    "31 April": "20260431093045123",
    "31 June": "20260631093045123",
    "31 September": "20260931093045123",
}
NOT_17_DIGITS = {
    "16 digits": TIME[:16],
    "18 digits": TIME + "0",
    "14 digits": TIME[:14],
    "no digits": "",
    "Arabic-Indic digits": in_script(TIME, ARABIC_INDIC_ZERO),
    "fullwidth digits": in_script(TIME, FULLWIDTH_ZERO),
    "one Devanagari digit": TIME[:16] + "\u0969",
    "a superscript digit": TIME[:16] + "\xb3",
    "a plus sign": "+" + TIME[1:],
    "a minus sign": "-" + TIME[1:],
    "an underscore": TIME[:16] + "_",
    "a leading blank": " " + TIME[1:],
    "a blank at the end": TIME[:16] + " ",
    "a letter O": TIME[:16] + "O",
    "a point before the milliseconds": TIME[:14] + "." + TIME[14:16],
    "hex digits": TIME[:15] + "0x",
    "a blank before the digits of the milliseconds": TIME[:14] + " " + TIME[15:],
    "a sign before the digits of the milliseconds": TIME[:14] + "+" + TIME[15:],
    "an underscore between the digits of the milliseconds": TIME[:15] + "_" + TIME[16:],
}


def add_times(group: Group) -> None:
    """Add real times and texts that are no time. The MAC covers the body alone, so it is right."""
    body = as_text(BODY_TEXT)
    for comment, time in REAL_TIMES.items():
        positive_token(group, f"the time: {comment}", "TokenTime", body, time)
    base = positive_token(
        group, "the time: 28 February of a common year", "TokenTime", body, "20260228235959999"
    )
    for comment, time in IMPOSSIBLE_TIMES.items():
        token = make_token(SECRET, time, BODY)
        group.negative(base, f"the time: {comment}", "ImpossibleTime", MALFORMED_TOKEN, token=token)
    for comment, time in NOT_17_DIGITS.items():
        token = make_token(SECRET, time, BODY)
        group.negative(base, f"the time: {comment}", "TimeDigits", MALFORMED_TOKEN, token=token)


def add_other_years(group: Group) -> None:
    """Add tokens of years that are read and never written (S1.12, S3.5)."""
    body = as_text(BODY_TEXT)
    for comment, time in YEARS_OUT_OF_RANGE.items():
        base = positive_token(group, f"the time: {comment}", "TokenTime", body, time, rule="S1.12")
    for comment, time in IMPOSSIBLE_TIMES_OF_OTHER_YEARS.items():
        token = make_token(SECRET, time, BODY)
        group.negative(
            base,
            f"the time: {comment}",
            "ImpossibleTime",
            MALFORMED_TOKEN,
            rule="S1.12",
            token=token,
        )


ZEROS_OF_SCRIPTS = {
    "Extended Arabic-Indic": 0x6F0,
    "Bengali": 0x9E6,
    "Tamil": 0xBE6,
    "Thai": 0xE50,
    "Tibetan": 0xF20,
    "Myanmar": 0x1040,
    "Khmer": 0x17E0,
    "Mongolian": 0x1810,
    "mathematical": 0x1D7CE,
    "segmented": 0x1FBF0,
}


def add_scripts(group: Group, base: Case) -> None:
    """Add one digit of another script, which int() and isdigit() take (Unicode's category Nd)."""
    for script, zero in ZEROS_OF_SCRIPTS.items():
        time = TIME[:9] + in_script(TIME[9], zero) + TIME[10:]
        token = make_token(SECRET, time, BODY)
        group.negative(
            base, f"one digit in the time is {script}", "TimeDigits", MALFORMED_TOKEN, token=token
        )
