"""correlation_id_v1.json: ids read and written (S2), and local time in all zones (S1.10).

There are two operations. `parse` reads an id; its base is one id in lower case. `format` writes the
id of a moment in a zone.
"""

from ..common.derive import derive
from ..common.encode import FULLWIDTH_ZERO, Json, in_script
from ..common.errors import INVALID_INSTANT, MALFORMED_HEADER
from ..common.vector_file import Case, Group, VectorFile
from ..common.wire import to_epoch_ms
from ..common.zones import BIT, CHA, ICT, IST, KST, LIN, LMT, MIT, NPT, NST, PST, UTC, Zone
from .notes import NOTES

TIME = "261123091509"
SUFFIX = "0a1b2c3"
ID = f"{TIME}-{SUFFIX}"

ZONES = [UTC, KST, IST, NPT, NST, MIT, CHA, ICT, PST, BIT, LIN]


def correlation_id_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "correlation_id",
        about="the correlation id, and local time in all zones (S2)",
        description=[
            "parse: read the id; a valid one is equal to those in equals and to none in differs.",
            "format: write the id of a moment (epoch milliseconds) in a zone with a suffix; a "
            "moment that can't be written is refused, and value is null.",
        ],
        notes=NOTES,
    )
    group = file.group()
    others: Json = {"equals": [ID, ID.upper()], "differs": [ID[:-1] + "4", "261123091510-0a1b2c3"]}
    base = positive_id(group, "an id in lower case", "Normal", ID, **others)
    add_right_ids(group)
    add_impossible_times(group, base)
    add_forms(group, base)
    add_zones(group)
    add_year_ends(group)
    add_moments_out_of_range(group)
    return file


def positive_id(
    group: Group, comment: str, flags: str, value: str, *, equals: list[str], differs: list[str]
) -> Case:
    """Add an id to read, with ids that equal it and ids that differ from it."""
    outputs = {"equals": equals, "differs": differs}
    return group.positive(comment, flags, operation="parse", value=value, outputs=outputs)


RIGHT_SUFFIXES = {
    "digits alone in the suffix": "261123091509-0000000",
    "the highest suffix": "261123091509-fffffff",
}
ALMOST_EQUAL = {
    # comment: an id, and another one that differs from it
    "ids that differ in the first digit of the suffix": (f"{TIME}-1a1b2c3", ID),
    "suffixes that are both 0 if they are read as decimal numbers": (
        f"{TIME}-0e12345",
        f"{TIME}-0e54321",
    ),
}
RIGHT_TIMES = {
    "a leap day": "280229120000-0a1b2c3",
    "the leap day of 2000": "000229235959-0a1b2c3",
    "the first of 2000": "000101000000-0a1b2c3",
    "the last of 2099": "991231235959-0a1b2c3",
    "midnight": "261123000000-0a1b2c3",
    "30 June": "260630120000-0a1b2c3",
}


def add_right_ids(group: Group) -> None:
    """Add ids in both cases, with unusual suffixes and times."""
    differs = ["261123091509-0A1B2C4"]
    positive_id(group, "an id in upper case", "Case", ID.upper(), equals=[ID], differs=differs)
    positive_id(
        group,
        "an id in both cases",
        "Case",
        "261123091509-aBcDeF0",
        equals=["261123091509-abcdef0", "261123091509-ABCDEF0"],
        differs=["261123091509-abcdef1"],
    )
    for comment, value in RIGHT_SUFFIXES.items():
        positive_id(group, comment, "Suffix", value, equals=[value], differs=[ID])
    for comment, (value, other) in ALMOST_EQUAL.items():
        positive_id(group, comment, "Suffix", value, equals=[value], differs=[other])
    for comment, value in RIGHT_TIMES.items():
        positive_id(group, f"the time: {comment}", "RealTime", value, equals=[value], differs=[ID])


IMPOSSIBLE_TIMES = {
    "29 February of a common year": "260229120000",
    "30 February": "280230120000",
    "month 13": "261323091509",
    "month 0": "260023091509",
    "day 0": "261100091509",
    "31 November": "261131091509",
    "day 32": "261232091509",
    "hour 24": "261123240000",
    "minute 60": "261123096000",
    "second 60": "261231235960",
    "second 99": "261123091599",
}


def add_impossible_times(group: Group, base: Case) -> None:
    """Add ids whose time does not exist."""
    for comment, time in IMPOSSIBLE_TIMES.items():
        value = f"{time}-{SUFFIX}"
        group.negative(
            base, f"the time: {comment}", "ImpossibleTime", MALFORMED_HEADER, value=value
        )


OTHER_FORMS = {
    "Milliseconds": {
        "21 characters": f"{TIME}1-{SUFFIX}",
        "23 characters": f"{TIME}123-{SUFFIX}",
        "22 characters: four digits of the year": f"20{ID}",
    },
    "Length": {
        "nothing": "",
        "19 characters: six hex digits": ID[:-1],
        "21 characters: eight hex digits": ID + "4",
        "11 digits of time": f"{TIME[1:]}-{SUFFIX}",
        "no suffix": f"{TIME}-",
        "twice": ID * 2,
    },
    "NotAsciiDigits": {
        "fullwidth digits": f"{in_script(TIME, FULLWIDTH_ZERO)}-{SUFFIX}",
        "one Arabic-Indic digit": f"{TIME[:-1]}\u0669-{SUFFIX}",
        "a superscript digit": f"{TIME[:-1]}\xb2-{SUFFIX}",
        "a plus sign": f"+{TIME[1:]}-{SUFFIX}",
        "a minus sign": f"-{TIME[1:]}-{SUFFIX}",
        "a blank among the digits": f"{TIME[:6]} {TIME[7:]}-{SUFFIX}",
        "an underscore": f"{TIME[:6]}_{TIME[7:]}-{SUFFIX}",
    },
    "Suffix": {
        "a g in the suffix": f"{TIME}-0a1b2cg",
        "0x in the suffix": f"{TIME}-0x1b2c3",
        "a fullwidth hex letter in the suffix": f"{TIME}-0\uff211b2c3",
        "a Cyrillic letter in the suffix": f"{TIME}-0\u04301b2c3",
        "a hyphen in the suffix": f"{TIME}-0a1b-c3",
        "a blank in the suffix": f"{TIME}-0a1b2c ",
        "an Arabic-Indic digit in the suffix": f"{TIME}-0a1b2c\u0663",
    },
    "Form": {
        "an underscore for the hyphen": f"{TIME}_{SUFFIX}",
        "a dash": f"{TIME}\u2013{SUFFIX}",
        "no hyphen": f"{TIME}0{SUFFIX}",
        "the hyphen too early": f"{TIME[:11]}-{TIME[11]}{SUFFIX}",
        "a UUID": "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f",
        "the hyphen left out": f"{TIME}{SUFFIX}",
    },
    "Wrapping": {
        "a line feed at the end": ID + "\n",
        "a leading blank": " " + ID,
        "a blank at the end": ID + " ",
        "a line of a log": ID[:-1] + "\n200 OK",
        "an escape sequence": "\x1b[31m" + ID,
        "CR LF and a header": ID + "\r\nX-A: b",
        "a NUL at the end": ID + "\0",
        "joined with a second": f"{ID},{ID}",
    },
}


def add_forms(group: Group, base: Case) -> None:
    """Add ids of other lengths, with other signs, or with something around them, flag by flag."""
    for flag, values in OTHER_FORMS.items():
        for comment, value in values.items():
            group.negative(base, f"an id: {comment}", flag, MALFORMED_HEADER, value=value)


def positive_format(
    group: Group, comment: str, flags: str, moment: str, zone: Zone, number: int
) -> Case:
    """Add an id to write: of an ISO 8601 moment, in a zone; the suffix is derived from a number."""
    suffix = derive(f"correlation_id/suffix/{number}", 4).hex()[1:]
    return positive_format_with(group, comment, flags, moment, zone, suffix)


def positive_format_with(
    group: Group, comment: str, flags: str, moment: str, zone: Zone, suffix: str
) -> Case:
    """Add an id to write: of an ISO 8601 moment, in a zone, with a suffix."""
    epoch_ms = to_epoch_ms(moment)
    digits = zone.digits(epoch_ms)[2:14]
    return group.positive(
        comment,
        flags,
        operation="format",
        epochMs=epoch_ms,
        zone=zone.render(),
        suffix=suffix,
        value=f"{digits}-{suffix}",
        outputs={},
        intermediate={"digits": digits},
    )


def add_zones(group: Group) -> None:
    """Add one moment in all zones."""
    moment = "2026-11-23T00:15:09.123+00:00"
    for number, zone in enumerate(ZONES):
        positive_format(group, f"a moment in {zone.name}", "Zone", moment, zone, number)
    comment = "a moment at an offset that is no quarter of an hour"
    positive_format(group, comment, "Zone", moment, LMT, 80)
    positive_format_with(group, "a suffix of zeros and a one", "Suffix", moment, KST, "0000001")


YEAR_ENDS = [
    # comment, moment, zone
    ("the last second of a year in KST", "2026-12-31T23:59:59.999+09:00", KST),
    (
        "the first second of a year in KST, still the last day in UTC",
        "2027-01-01T00:00:00+09:00",
        KST,
    ),
    ("the first second of a year in KST, written in UTC", "2027-01-01T00:00:00+09:00", UTC),
    ("the first second of a year at +14:00", "2027-01-01T00:00:00+14:00", LIN),
    ("the last second of a year at -12:00", "2026-12-31T23:59:59-12:00", BIT),
    ("a leap day in KST, 28 February in UTC", "2028-02-29T00:00:00+09:00", KST),
    ("a leap day at -12:00, 1 March in UTC", "2028-02-29T23:59:59-12:00", BIT),
    ("a leap day at +05:45", "2028-02-29T12:00:00+05:45", NPT),
    ("28 February of a common year, its last second", "2026-02-28T23:59:59-03:30", NST),
]


def add_year_ends(group: Group) -> None:
    """Add moments whose date differs between zones, and a moment that must not be rounded."""
    for number, (comment, moment, zone) in enumerate(YEAR_ENDS, 20):
        positive_format(group, comment, "YearEnd", moment, zone, number)
    moment = "2026-11-23T09:15:09.999+09:00"
    positive_format(group, "the last millisecond of a second", "Cut", moment, KST, 40)


RANGE_ZONES = {
    UTC: "+00:00",
    KST: "+09:00",
    BIT: "-12:00",
    LIN: "+14:00",
    NST: "-03:30",
}
FAR_MOMENTS = {
    "a moment in 1969": -1,
    "a moment in the year 10000": 253_402_300_800_000,
    "a moment -2^63 ms from 1970": -(1 << 63),
}


def add_moments_out_of_range(group: Group) -> None:
    """Add the first and the last moment that can be written in a zone, and a millisecond beyond."""
    for number, (zone, offset) in enumerate(RANGE_ZONES.items()):
        first_moment = f"2000-01-01T00:00:00{offset}"
        last_moment = f"2099-12-31T23:59:59.999{offset}"
        comment = f"the first moment of 2000 in {zone.name}"
        first = positive_format(group, comment, "OutOfRange", first_moment, zone, 50 + number)
        comment = f"the last moment of 2099 in {zone.name}"
        last = positive_format(group, comment, "OutOfRange", last_moment, zone, 60 + number)
        before = first.inputs["epochMs"] - 1
        negative_format(group, first, f"a millisecond before 2000 in {zone.name}", before)
        after = last.inputs["epochMs"] + 1
        negative_format(group, last, f"a millisecond after 2099 in {zone.name}", after)
    noon = positive_format(group, "noon in UTC", "Normal", "2026-11-23T12:00:00+00:00", UTC, 70)
    for comment, epoch_ms in FAR_MOMENTS.items():
        negative_format(group, noon, comment, epoch_ms)


def negative_format(group: Group, base: Case, comment: str, epoch_ms: int) -> None:
    """Add a moment that cannot be written, so that there is no value."""
    group.negative(base, comment, "OutOfRange", INVALID_INSTANT, epochMs=epoch_ms, value=None)
