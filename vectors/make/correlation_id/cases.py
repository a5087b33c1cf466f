"""correlation_id_v1.json: ids read and written (S2), and with them the 12 digits of a moment in a zone (S1.10)."""

from functools import lru_cache

from ..common.base import Json, derive, epoch, local
from ..common.book import Book, Group

BAD, OUTSIDE = "headers malformed-header", "time invalid-instant"
ID = "261123091509-0a1b2c3"
ZONES = {
    "UTC": 0, "KST": 540, "IST": 330, "NPT": 345, "NST": -210, "MIT": -570, "CHA": 765, "ICT": 420, "PST": -480, "BIT": -720,
    "LIN": 840,
}  # fmt: skip

NOTES = {
    "Normal": ("S2.1", "12 digits of local time, a hyphen, 7 hex digits."),
    "Case": ("S2.1", "Hex digits are read in either case, shown as they came, and compared in lower case."),
    "RealTime": ("S2.1", "The 12 digits are a real date and time of day; yy is 20yy (S1.11), so that 00 is a leap year."),
    "ImpossibleTime": ("S2.1", "No such date or time of day; lenient readers roll over, or read 13 as 1 and 3."),
    "Milliseconds": ("S2.2", "Ids of 21 or 23 characters, with milliseconds: the sandbox answered a bare HTTP 500."),
    "Length": ("S2.1", "Other lengths than 20."),
    "NotAsciiDigits": ("S1.11", "Signs and other scripts' digits that int() takes."),
    "Suffix": ("S2.1", "The suffix is 7 hex digits."),
    "Form": ("S2.1", "The hyphen is another sign, or at another place."),
    "Wrapping": ("S1.11", "Something around the id that strip() would hide, or that forges a line of a log."),
    "Zone": ("S1.7", "The digits are local time in the zone: half and quarter hours, and the ends of -12:00 and +14:00."),
    "YearEnd": ("S1.10", "Local midnight of a year's end or of a leap day, which other zones have at other moments."),
    "OutOfRange": ("S1.11", "yy is 20yy: a moment before 2000 or after 2099 in the zone can't be written."),
    "Cut": ("S1.10", "A moment is cut to the second, never rounded."),
}  # fmt: skip


@lru_cache
def correlation_id_vectors() -> Book:
    """The whole file."""
    made = Book(
        "correlation_id",
        [
            "parse: read the id; a valid one is equal to those in equals and to none in differs.",
            "format: write the id of a moment (epoch milliseconds) in a zone with a suffix; a moment that can't be "
            "written is refused, and value is null.",
        ],
        NOTES,
        ["equals", "differs"],
    )
    group = made.group()
    twin = sound(group)
    impossible(group, twin)
    forms(group, twin)
    zones(group)
    outside(group)
    return made.numbered()


def sound(group: Group) -> Json:
    """Ids to read; the first is given back."""
    others: Json = {"equals": [ID, ID.upper()], "differs": [ID[:-1] + "4", "261123091510-0a1b2c3"]}
    twin = group.valid("lower case", "Normal", "S2.1", operation="parse", value=ID, **others)
    group.valid(
        "upper case",
        "Case",
        "S2.1",
        operation="parse",
        value=ID.upper(),
        equals=[ID],
        differs=["261123091509-0A1B2C4"],
    )
    group.valid("both cases", "Case", "S2.1", operation="parse", value="261123091509-aBcDeF0",
                equals=["261123091509-abcdef0", "261123091509-ABCDEF0"], differs=["261123091509-abcdef1"])  # fmt: skip
    for comment, value in {
        "digits alone in the suffix": "261123091509-0000000", "the highest suffix": "261123091509-fffffff",
        "a leap day": "280229120000-0a1b2c3", "the leap day of 2000": "000229235959-0a1b2c3", "the first of 2000": "000101000000-0a1b2c3",
        "the last of 2099": "991231235959-0a1b2c3", "midnight": "261123000000-0a1b2c3", "30 June": "260630120000-0a1b2c3",
    }.items():  # fmt: skip
        flags = "RealTime" if "suffix" not in comment else "Suffix"
        group.valid(
            comment, flags, "S2.1", operation="parse", value=value, equals=[value], differs=[ID]
        )
    return twin


def impossible(group: Group, twin: Json) -> None:
    """Times that are none."""
    for comment, time in {
        "29 February of a common year": "260229120000", "30 February": "280230120000", "month 13": "261323091509",
        "month 0": "260023091509", "day 0": "261100091509", "31 November": "261131091509", "day 32": "261232091509",
        "hour 24": "261123240000", "minute 60": "261123096000", "second 60": "261231235960", "second 99": "261123091599",
    }.items():  # fmt: skip
        group.fault(twin, comment, "ImpossibleTime", "S2.1", BAD, value=f"{time}-0a1b2c3")


def forms(group: Group, twin: Json) -> None:
    """Other lengths, signs and wrappings."""
    time, suffix = ID.split("-")
    rows = {
        "Milliseconds": {"21 characters": f"{time}1-{suffix}", "23 characters": f"{time}123-{suffix}",
                         "22 characters: four digits of the year": f"20{ID}"},
        "Length": {"nothing": "", "19 characters: six hex digits": ID[:-1], "21 characters: eight hex digits": ID + "4",
                   "11 digits of time": f"{time[1:]}-{suffix}", "no suffix": f"{time}-", "twice": ID * 2},
        "NotAsciiDigits": {"fullwidth digits": time.translate({48 + n: 0xFF10 + n for n in range(10)}) + "-" + suffix,
                           "one Arabic-Indic digit": f"{time[:-1]}\u0669-{suffix}", "a superscript digit": f"{time[:-1]}\xb2-{suffix}",
                           "a plus sign": f"+{time[1:]}-{suffix}", "a minus sign": f"-{time[1:]}-{suffix}",
                           "a blank among the digits": f"{time[:6]} {time[7:]}-{suffix}", "an underscore": f"{time[:6]}_{time[7:]}-{suffix}"},
        "Suffix": {"a g": f"{time}-0a1b2cg", "0x": f"{time}-0x1b2c3", "a fullwidth hex letter": f"{time}-0\uff21 1b2c3".replace(" ", ""),
                   "a Cyrillic letter": f"{time}-0\u04301b2c3", "a hyphen": f"{time}-0a1b-c3", "a blank": f"{time}-0a1b2c "},
        "Form": {"an underscore for the hyphen": f"{time}_{suffix}", "a dash": f"{time}\u2013{suffix}", "no hyphen": f"{time}0{suffix}",
                 "the hyphen too early": f"{time[:11]}-{time[11]}{suffix}", "a UUID": "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"},
        "Wrapping": {"a line feed at the end": ID + "\n", "a leading blank": " " + ID, "a blank at the end": ID + " ",
                     "a line of a log": ID[:-1] + "\n200 OK", "an escape sequence": "\x1b[31m" + ID, "CR LF and a header": ID + "\r\nX-A: b",
                     "a NUL at the end": ID + "\0", "joined with a second": f"{ID},{ID}"},
    }  # fmt: skip
    for flag, faults in rows.items():
        for comment, value in faults.items():
            group.fault(twin, comment, flag, NOTES[flag][0], BAD, value=value)


def written(
    group: Group, comment: str, flags: str, moment: str | int, zone: str, number: int
) -> Json:
    """A valid test of format."""
    epoch_ms = epoch(moment) if isinstance(moment, str) else moment
    digits = local(epoch_ms, ZONES[zone])[2:14]
    suffix = derive(f"correlation_id/suffix/{number}", 4).hex()[1:]
    shown = {"name": zone, "offsetMinutes": ZONES[zone]}
    return group.valid(comment, flags, NOTES[flags][0], operation="format", epochMs=epoch_ms, zone=shown, suffix=suffix,
                       value=f"{digits}-{suffix}", intermediate={"digits": digits})  # fmt: skip


def zones(group: Group) -> None:
    """One moment in all zones, and midnights of each."""
    for number, zone in enumerate(ZONES):
        written(group, f"in {zone}", "Zone", "2026-11-23T00:15:09.123+00:00", zone, number)
    for number, (comment, moment, zone) in enumerate((
        ("the last second of a year in KST", "2026-12-31T23:59:59.999+09:00", "KST"),
        ("the first second of a year in KST, still the last day in UTC", "2027-01-01T00:00:00+09:00", "KST"),
        ("that moment in UTC", "2027-01-01T00:00:00+09:00", "UTC"),
        ("the first second of a year at +14:00", "2027-01-01T00:00:00+14:00", "LIN"),
        ("the last second of a year at -12:00", "2026-12-31T23:59:59-12:00", "BIT"),
        ("a leap day in KST, 28 February in UTC", "2028-02-29T00:00:00+09:00", "KST"),
        ("a leap day at -12:00, 1 March in UTC", "2028-02-29T23:59:59-12:00", "BIT"),
        ("a leap day at +05:45", "2028-02-29T12:00:00+05:45", "NPT"),
        ("28 February of a common year, its last second", "2026-02-28T23:59:59-03:30", "NST"),
    )):  # fmt: skip
        written(group, comment, "YearEnd", moment, zone, 20 + number)
    written(
        group, "the last millisecond of a second", "Cut", "2026-11-23T09:15:09.999+09:00", "KST", 40
    )


def outside(group: Group) -> None:
    """The first and last moments that can be written, zone by zone, and a millisecond beyond."""
    for number, (zone, offset) in enumerate(
        (
            ("UTC", "+00:00"),
            ("KST", "+09:00"),
            ("BIT", "-12:00"),
            ("LIN", "+14:00"),
            ("NST", "-03:30"),
        )
    ):
        first = written(
            group,
            f"the first of 2000 in {zone}",
            "OutOfRange",
            f"2000-01-01T00:00:00{offset}",
            zone,
            50 + number,
        )
        last = written(
            group,
            f"the last of 2099 in {zone}",
            "OutOfRange",
            f"2099-12-31T23:59:59.999{offset}",
            zone,
            60 + number,
        )
        for twin, step, comment in (
            (first, -1, "a millisecond before 2000"),
            (last, 1, "a millisecond after 2099"),
        ):
            group.fault(
                twin,
                f"{comment} in {zone}",
                "OutOfRange",
                "S1.11",
                OUTSIDE,
                epochMs=twin["epochMs"] + step,
                value=None,
            )
    far = written(group, "noon", "Normal", "2026-11-23T12:00:00+00:00", "UTC", 70)
    for comment, epoch_ms in {
        "1969": -1,
        "the year 10000": 253402300800000,
        "-2^63": -(1 << 63),
    }.items():
        group.fault(far, comment, "OutOfRange", "S1.11", OUTSIDE, epochMs=epoch_ms, value=None)
