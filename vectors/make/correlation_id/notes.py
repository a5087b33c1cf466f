"""The notes of correlation_id_v1.json."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note("S2.1", "12 digits of local time, a hyphen, 7 hex digits."),
    "Case": Note(
        "S2.1",
        "Hex digits are read in either case, shown as they came, and compared in lower case.",
    ),
    "RealTime": Note(
        "S2.1",
        "The 12 digits are a real date and time of day; yy is 20yy (S1.11), so that 00 is a leap "
        "year.",
    ),
    "ImpossibleTime": Note(
        "S2.1", "No such date or time of day; lenient readers roll over, or read 13 as 1 and 3."
    ),
    "Milliseconds": Note(
        "S2.2",
        "Ids of 21 or 23 characters, with milliseconds: the sandbox answered a bare HTTP 500.",
    ),
    "Length": Note("S2.1", "Other lengths than 20."),
    "NotAsciiDigits": Note("S1.11", "Signs and other scripts' digits that int() takes."),
    "Suffix": Note("S2.1", "The suffix is 7 hex digits, each of which counts."),
    "Form": Note("S2.1", "The hyphen is another sign, or at another place."),
    "Wrapping": Note(
        "S1.11",
        "Something around the id that strip() would hide, or that forges a line of a log.",
    ),
    "Zone": Note(
        "S1.7",
        "The digits are local time in the zone: half and quarter hours, any minute, and the ends "
        "of -12:00 and +14:00.",
    ),
    "YearEnd": Note(
        "S1.10",
        "Local midnight of a year's end or of a leap day, which other zones have at other moments.",
    ),
    "OutOfRange": Note(
        "S1.11",
        "yy is 20yy: a moment before 2000 or after 2099 in the zone can't be written.",
    ),
    "Cut": Note("S1.10", "A moment is cut to the second, never rounded."),
}
